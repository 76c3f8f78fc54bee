package schedule

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
)

// TestLock: of two that want it one has it, until it is released. Each opening of
// the file counts as a process of its own.
func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "HQ.lock")
	release, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path); !errors.Is(err, ErrBusy) {
		t.Errorf("a second one: %v", err)
	}
	release()
	again, err := Lock(path)
	if err != nil {
		t.Fatalf("after its release: %v", err)
	}
	again()
	if _, err := Lock(filepath.Join(t.TempDir(), "none", "HQ.lock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
