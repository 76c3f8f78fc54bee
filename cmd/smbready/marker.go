package main

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A marker is a small file that a schedule leaves for itself, so that it knows after a
// restart what became of a site. None holds what a run found. One that cannot be left
// or read has something told twice, which is no harm.

// maxMarker bounds what is read of a marker, in bytes.
const maxMarker = 64 << 10

// failureEvery is how often a site is told that fails again and again.
const failureEvery = 24 * time.Hour

// leaveMarker leaves a marker in place of the one before, and never half of it. An empty
// name is that of none.
func leaveMarker(name, text string) {
	if name == "" {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // not what others put there, nor what that leads to
	if err != nil {
		return
	}
	_, err = f.WriteString(text)
	if closed := f.Close(); err == nil && closed == nil && os.Rename(f.Name(), name) == nil {
		return
	}
	os.Remove(f.Name())
}

// removeMarker takes a marker away; where there is none there is nothing to do.
func removeMarker(name string) {
	if name != "" {
		os.Remove(name)
	}
}

// toldOfLate reports whether it was told within a day that a site fails: what the
// marker holds. Where none can be left it never was.
func toldOfLate(name string, now time.Time) bool {
	b, err := readBounded(name, maxMarker) // others may have put anything there
	if err != nil {
		return false
	}
	told, err := time.Parse(time.RFC3339, strings.TrimSpace(string(b)))
	age := now.Sub(told)
	return err == nil && age >= 0 && age < failureEvery
}

// noteFailure leaves the marker that a site fails, and in it the time if it was told.
func noteFailure(name string, told bool) {
	text := ""
	if told {
		text = time.Now().UTC().Format(time.RFC3339) + "\n"
	}
	leaveMarker(name, text)
}

// hasFailed reports whether the marker is there.
func hasFailed(name string) bool {
	_, err := os.Lstat(name)
	return name != "" && err == nil
}
