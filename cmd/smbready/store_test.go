package main

import (
	"path/filepath"
	"testing"
)

// TestOpenName: another program finds the store from wherever it runs, and learns no
// password of it.
func TestOpenName(t *testing.T) {
	here, err := filepath.Abs("x.db")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"x.db":                   here,
		"sqlite:x.db":            here,
		here:                     here,
		"postgres://db/smbready": "postgres://db/smbready",
		"postgres://me@db/smbready?sslmode=verify-full":   "postgres://me@db/smbready?sslmode=verify-full",
		"postgres://me:hunter2@db/smbready":               "postgres://me@db/smbready",
		"postgres://db/smbready?password=hunter2&user=me": "postgres://db/smbready?user=me",
		"postgres://me:hun%ter2@db/smbready":              "",
	} {
		if got := openName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
