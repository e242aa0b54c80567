//go:build unix

package main

import "golang.org/x/sys/unix"

// freeBytes is the room that is left on the disk of a folder.
func freeBytes(folder string) (int64, bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		return 0, false
	}
	return int64(st.Bavail) * int64(st.Bsize), true //nolint:unconvert // the types differ from system to system
}
