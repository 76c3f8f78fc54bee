//go:build unix && !linux

package verify

// forbidDump has nothing to forbid that the limit does not.
func forbidDump() {}
