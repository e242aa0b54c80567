//go:build !unix

package main

import "time"

func monotonic() time.Duration { return 0 }
