package store

import (
	"os"

	"golang.org/x/sys/windows"
)

// noFollow is nothing here: only administrators make links.
const noFollow = 0

// errHeld says that another process has a lock.
var errHeld error = windows.ERROR_LOCK_VIOLATION

// lockFile locks a file until it is closed, also by the end of the process.
func lockFile(f *os.File) error {
	const all = ^uint32(0)
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, all, all, new(windows.Overlapped))
}
