//go:build unix

package verify

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime returns the time that this process has spent on processors, in user
// and in system mode. It counts what is signed and what is copied.
func cpuTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
