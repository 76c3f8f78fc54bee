package main

import (
	"fmt"
	"strconv"
	"strings"
)

// Sizes of a test file, in bytes.
const (
	kib     = 1 << 10
	mib     = 1 << 20
	gib     = 1 << 30
	maxSize = 16 * gib
)

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"GiB", gib}, {"MiB", mib}, {"KiB", kib}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}

// parseSize reads a size such as 64MiB.
func parseSize(text string) (int64, error) {
	for _, u := range sizeUnits {
		digits, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err == nil && n > 0 && n <= maxSize/u.bytes {
			return n * u.bytes, nil
		}
		break
	}
	return 0, fmt.Errorf("--size wants a size from 1B to 16GiB, such as 64MiB, not %q", text)
}

// sizeText writes a size.
func sizeText(n int64) string {
	for _, u := range sizeUnits {
		if n >= u.bytes && n%u.bytes == 0 {
			return fmt.Sprintf("%d %s", n/u.bytes, u.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}
