//go:build unix

package verify

import "golang.org/x/sys/unix"

// forbidCore keeps this process from leaving its memory in a file when it falls
// over: the password is in it. That it cannot be had is no reason not to work.
func forbidCore() {
	unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	forbidDump()
}
