//go:build !windows

package scanner

import "syscall"

func isRefused(err error) bool { return isAny(err, syscall.ECONNREFUSED) }
func isReset(err error) bool {
	return isAny(err, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE)
}
func isHostUnreachable(err error) bool { return isAny(err, syscall.EHOSTUNREACH, syscall.EHOSTDOWN) }
func isNetUnreachable(err error) bool  { return isAny(err, syscall.ENETUNREACH, syscall.ENETDOWN) }
func isForbidden(err error) bool       { return isAny(err, syscall.EACCES, syscall.EPERM) }

// isConnectTimeout reports that the system gave up on a connection before we did.
func isConnectTimeout(err error) bool { return isAny(err, syscall.ETIMEDOUT) }

// isShortage reports a lack of this machine's own: descriptors or buffers.
func isShortage(err error) bool {
	return isAny(err, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM)
}

// isNoSource reports that there was no address or port to connect from.
func isNoSource(err error) bool { return isAny(err, syscall.EADDRNOTAVAIL) }
