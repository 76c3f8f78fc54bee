package scanner

import "golang.org/x/sys/windows"

// Winsock has error numbers of its own; those of package syscall do not match
// them.

func isRefused(err error) bool { return isAny(err, windows.WSAECONNREFUSED) }
func isReset(err error) bool   { return isAny(err, windows.WSAECONNRESET, windows.WSAECONNABORTED) }
func isHostUnreachable(err error) bool {
	return isAny(err, windows.WSAEHOSTUNREACH, windows.WSAEHOSTDOWN)
}
func isNetUnreachable(err error) bool { return isAny(err, windows.WSAENETUNREACH, windows.WSAENETDOWN) }
func isForbidden(err error) bool      { return isAny(err, windows.WSAEACCES) }

// isConnectTimeout reports that the system gave up on a connection before we did.
func isConnectTimeout(err error) bool { return isAny(err, windows.WSAETIMEDOUT) }

// isShortage reports a lack of this machine's own: sockets, buffers, or ports to
// connect from (WSAEADDRINUSE).
func isShortage(err error) bool {
	return isAny(err, windows.WSAEMFILE, windows.WSAENOBUFS, windows.WSAEADDRINUSE)
}

// isNoSource is never true: WSAEADDRNOTAVAIL means an address that cannot be
// connected to, such as a broadcast address.
func isNoSource(error) bool { return false }
