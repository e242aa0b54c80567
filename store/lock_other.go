//go:build !unix

package store

import "os"

// canLock: without flock two daemons on one folder are not told apart, and staging folders are never swept, because
// one in use cannot be told from one left behind.
const canLock = false

func flock(*os.File, bool) error { return nil }
