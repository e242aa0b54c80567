//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// ownLike gives a new file the owner and group of another: a configuration that root changes must stay readable to the
// daemon's user.
func ownLike(model os.FileInfo, path string) error {
	want, ok := model.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if has, ok := info.Sys().(*syscall.Stat_t); ok && has.Uid == want.Uid && has.Gid == want.Gid {
		return nil
	}
	if err := os.Chown(path, int(want.Uid), int(want.Gid)); err != nil {
		return fmt.Errorf("keep the owner of the configuration: %w", err)
	}
	return nil
}
