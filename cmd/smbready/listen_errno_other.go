//go:build !windows

package main

import (
	"errors"
	"syscall"
)

func isForbidden(err error) bool {
	return errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM)
}

// stopServing is what to do about a file server that is there already.
const stopServing = "take a machine, or an address, that serves no files: where this one is a file server, its users would come to the wrong one"

func isInUse(err error) bool   { return errors.Is(err, syscall.EADDRINUSE) }
func isNotOurs(err error) bool { return errors.Is(err, syscall.EADDRNOTAVAIL) }
