//go:build !linux

package pgtest

import (
	"errors"
	"syscall"
)

// account is a user as whom the server runs.
type account struct{ uid, gid int }

// serverAccount fails: only Debian's package is known, and only there can
// another account be taken.
func serverAccount() (*account, error) { return nil, errors.New("this is not Linux") }

func (a *account) attributes() *syscall.SysProcAttr { return nil }
