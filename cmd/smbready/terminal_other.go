//go:build !windows

package main

import "os"

// enableEscapes reports whether a terminal handles escape sequences: outside of
// Windows all do.
func enableEscapes(*os.File) bool { return true }
