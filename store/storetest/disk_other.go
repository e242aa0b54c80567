//go:build !linux

package storetest

import "testing"

// Disk is a small file system of its own, for trials of what happens when it is full or read-only.
type Disk struct{ Dir string }

// SmallDisk skips the test: these trials are made on Linux.
func SmallDisk(t testing.TB, _ int) *Disk {
	t.Helper()
	t.Skip("a small disk can be made on Linux only")
	return nil
}

// Fill writes until nothing more fits.
func (*Disk) Fill() {}

// Empty makes room again.
func (*Disk) Empty() {}

// ReadOnly mounts it anew, so that nothing can be written.
func (*Disk) ReadOnly() {}
