// Smbready tells an administrator which devices on their own network would
// break when SMB signing is made mandatory, why, how sure that is, and what to
// do about it.
package main

import (
	"context"
	"os"
	"runtime/debug"
)

// A scan's heap is small and short-lived, and its many goroutines make each
// collection dear: collect rarely while there is little, as usual beyond.
const (
	gcPercent   = 400
	memoryLimit = 120 << 20 // bytes
)

func main() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(gcPercent)
		debug.SetMemoryLimit(memoryLimit)
	}
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
