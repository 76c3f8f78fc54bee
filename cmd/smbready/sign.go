package main

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A sign is a small file that a schedule leaves for itself, so that it knows after a
// restart what became of a site. None holds what a run found. One that cannot be left
// or read has something told twice, which is no harm.

// failureEvery is how often a site is told that fails again and again.
const failureEvery = 24 * time.Hour

// leaveSign leaves a sign in place of the one before, and never half of it. An empty
// name is that of none.
func leaveSign(name, text string) {
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

// removeSign takes a sign away; where there is none there is nothing to do.
func removeSign(name string) {
	if name != "" {
		os.Remove(name)
	}
}

// toldOfLate reports whether it was told within a day that a site fails: what the
// sign holds. Where no sign can be left it never was.
func toldOfLate(name string, now time.Time) bool {
	b, err := os.ReadFile(name)
	if err != nil {
		return false
	}
	told, err := time.Parse(time.RFC3339, strings.TrimSpace(string(b)))
	age := now.Sub(told)
	return err == nil && age >= 0 && age < failureEvery
}

// noteFailure leaves the sign that a site fails, and in it the time if it was told.
func noteFailure(name string, told bool) {
	text := ""
	if told {
		text = time.Now().UTC().Format(time.RFC3339) + "\n"
	}
	leaveSign(name, text)
}

// hasFailed reports whether the sign is there.
func hasFailed(name string) bool {
	_, err := os.Lstat(name)
	return name != "" && err == nil
}
