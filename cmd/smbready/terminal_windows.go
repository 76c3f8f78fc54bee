package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// enableEscapes switches a console's handling of escape sequences on. It fails
// on consoles before Windows 10 1607.
func enableEscapes(f *os.File) bool {
	var mode uint32
	h := windows.Handle(f.Fd())
	if windows.GetConsoleMode(h, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(h, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
