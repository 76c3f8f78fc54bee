//go:build unix

package canary

import (
	"errors"
	"syscall"
)

// isReset reports whether the client reset the connection.
func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
