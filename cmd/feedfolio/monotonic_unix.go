//go:build unix

package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonic is the time since boot, as CLOCK_MONOTONIC counts it.
func monotonic() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
