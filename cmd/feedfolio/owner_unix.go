//go:build unix

package main

import (
	"errors"
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

// actAs makes root act as the owner of a folder from here on. What root wrote into an archive, by a fetch or a reindex
// between times, the daemon's user could neither replace nor lock. Where root may not become another, as in some
// containers, it stays what it is.
func actAs(folder string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(folder)
	if err != nil {
		return nil //nolint:nilerr // it will be root's own, or opening it says what is wrong
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid == 0 {
		return nil
	}
	uid, gid := int(owner.Uid), int(owner.Gid)
	for _, become := range []func() error{
		func() error { return syscall.Setgroups([]int{gid}) },
		func() error { return syscall.Setgid(gid) },
		func() error { return syscall.Setuid(uid) },
	} {
		switch err := become(); {
		case errors.Is(err, syscall.EPERM):
			return nil
		case err != nil:
			return fmt.Errorf("act as the owner of %s: %w", folder, err)
		}
	}
	return nil
}
