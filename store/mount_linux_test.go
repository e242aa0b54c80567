package store_test

import "syscall"

// mount puts a file system of 8 MiB on dir.
func mount(dir string) error { return syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m") }

func remountReadOnly(dir string) error {
	return syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=8m")
}
