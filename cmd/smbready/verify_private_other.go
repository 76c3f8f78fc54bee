//go:build !windows

package main

import (
	"errors"
	"fmt"
	"os"
)

// private reports whether only its owner can read a file.
func private(f *os.File) error {
	info, err := f.Stat()
	switch {
	case err != nil:
		return reason(err)
	case !info.Mode().IsRegular():
		return errors.New("it is not a file")
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("others may read it (mode %04o)", info.Mode().Perm())
	}
	return nil
}

func privateHint(name string) string { return "chmod 600 " + name }
