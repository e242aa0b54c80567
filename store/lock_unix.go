//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// canLock says that flock does something.
const canLock = true

// flock takes the exclusive lock of an open file. The kernel frees it when the file is closed or the process ends.
// Without wait, a lock that another holds is errLocked.
func flock(f *os.File, wait bool) error {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errLocked
		}
		return err
	}
}
