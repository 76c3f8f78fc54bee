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

// isShortage reports a lack of this machine's own: sockets or buffers.
func isShortage(err error) bool { return isAny(err, windows.WSAEMFILE, windows.WSAENOBUFS) }

// isNoSource reports that there was no address or port to connect from.
func isNoSource(err error) bool { return isAny(err, windows.WSAEADDRNOTAVAIL) }
