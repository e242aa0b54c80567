//go:build !linux

package storetest

import "testing"

// Disk is a small file system of its own, for trials of what happens when it is full or read-only.
type Disk struct{ Dir string }

// WithSmallDisk skips the test: these trials are made on Linux.
func WithSmallDisk(t *testing.T, _ int, _ func(*testing.T, *Disk)) {
	t.Helper()
	t.Skip("a small disk can be made on Linux only")
}

// Fill writes until nothing more fits.
func (*Disk) Fill() {}

// Empty makes room again.
func (*Disk) Empty() {}

// ReadOnly makes it so that nothing can be written.
func (*Disk) ReadOnly() {}
