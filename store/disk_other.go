//go:build !unix

package store

// Free is the room in bytes that is left for us on the disk of a folder, where the system tells.
func Free(string) (int64, bool) { return 0, false }
