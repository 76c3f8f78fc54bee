//go:build unix

package schedule

import (
	"os"
	"syscall"
)

// errHeld says that another process has the lock.
var errHeld error = syscall.EWOULDBLOCK

func lockFile(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
