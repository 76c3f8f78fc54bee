package schedule

import (
	"errors"
	"fmt"
	"os"
)

// Lock makes the file of a path the sign that one process is at a site, and
// returns ErrBusy when another one has it. The system takes the sign away when
// the process ends, however it does; the file stays, and means nothing by itself.
func Lock(path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		f.Close()
		if errors.Is(err, errHeld) {
			return nil, ErrBusy
		}
		return nil, fmt.Errorf("cannot lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}
