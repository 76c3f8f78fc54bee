package scanner

import (
	"errors"
	"syscall"
)

// isAny reports whether err is one of the system's error numbers in list. The
// numbers differ between systems: see errno_unix.go and errno_windows.go.
func isAny(err error, list ...syscall.Errno) bool {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return false
	}
	for _, e := range list {
		if errno == e {
			return true
		}
	}
	return false
}
