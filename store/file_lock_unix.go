//go:build unix

package store

import (
	"os"
	"syscall"
)

// noFollow keeps from a link, which others could have put there.
const noFollow = syscall.O_NOFOLLOW

// errHeld says that another process has a lock.
var errHeld error = syscall.EWOULDBLOCK

// lockFile locks a file until it is closed, also by the end of the process.
func lockFile(f *os.File) error {
	for {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != syscall.EINTR {
			return err
		}
	}
}
