package verify

import (
	"time"

	"golang.org/x/sys/windows"
)

// cpuTime returns the time that this process has spent on processors, in user
// and in system mode. It counts what is signed and what is copied.
func cpuTime() time.Duration {
	var created, exited, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(windows.CurrentProcess(), &created, &exited, &kernel, &user); err != nil {
		return 0
	}
	return ticks(kernel) + ticks(user)
}

// ticks is a FILETIME that is a length of time: units of 100 ns. Its Nanoseconds
// method counts from 1970.
func ticks(t windows.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}
