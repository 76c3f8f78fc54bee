//go:build !windows

package main

import (
	"errors"
	"syscall"
)

func isForbidden(err error) bool {
	return errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM)
}
func isInUse(err error) bool   { return errors.Is(err, syscall.EADDRINUSE) }
func isNotOurs(err error) bool { return errors.Is(err, syscall.EADDRNOTAVAIL) }
