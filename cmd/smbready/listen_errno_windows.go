package main

import (
	"errors"

	"golang.org/x/sys/windows"
)

// Windows refuses a port that its own file server has with WSAEACCES, and asks
// nobody for rights to a low one.
func isForbidden(error) bool { return false }
func isInUse(err error) bool {
	return errors.Is(err, windows.WSAEADDRINUSE) || errors.Is(err, windows.WSAEACCES)
}

// stopServing is what to do about a file server that is there already.
const stopServing = "Windows holds port 445 even without shares: use a Linux machine or a virtual one, or disable the service LanmanServer (Server) and restart, for the time of the test and where nobody needs its shares"

func isNotOurs(err error) bool { return errors.Is(err, windows.WSAEADDRNOTAVAIL) }
