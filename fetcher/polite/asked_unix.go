//go:build unix

package polite

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// OpenAsked opens the file of path, or makes it. Nobody misses it when it is gone.
func OpenAsked(path string) (*Asked, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644) //nolint:gosec // of the archive, as the database
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // the mapping stays
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	const size = askedPlaces * 8
	if info.Size() < size { // with its place on the disk: memory that cannot be written to it would end the process
		if _, err := f.WriteAt(make([]byte, size-info.Size()), info.Size()); err != nil {
			return nil, err
		}
	}
	data, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	a := &Asked{notes: unsafe.Slice((*atomic.Uint64)(unsafe.Pointer(unsafe.SliceData(data))), askedPlaces)}
	runtime.AddCleanup(a, func(data []byte) { _ = unix.Munmap(data) }, data)
	return a, nil
}
