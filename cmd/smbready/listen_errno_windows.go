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
func isNotOurs(err error) bool { return errors.Is(err, windows.WSAEADDRNOTAVAIL) }
