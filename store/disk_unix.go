//go:build unix

package store

import "golang.org/x/sys/unix"

// Free is the room in bytes that is left for us on the disk of a folder, where the system tells.
func Free(folder string) (int64, bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		return 0, false
	}
	return int64(st.Bavail) * int64(st.Bsize), true //nolint:unconvert // the types differ from system to system
}
