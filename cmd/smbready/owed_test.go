package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestOwedFile(t *testing.T) {
	f := owedFile(filepath.Join(t.TempDir(), "x.owed"))
	ids := func() (list []string) {
		for _, o := range f.list() {
			list = append(list, o.id)
		}
		return list
	}
	f.remove("none")
	tried := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	f.put("r1", time.Time{})
	f.put("r2", tried)
	f.put("r1", tried)
	if got := f.list(); !slices.Equal(ids(), []string{"r2", "r1"}) || !got[0].tried.Equal(tried) || !got[1].tried.Equal(tried) {
		t.Errorf("owed %v", got)
	}
	f.put("r2", time.Time{})
	f.remove("r1")
	if got := f.list(); len(got) != 1 || got[0].id != "r2" || !got[0].tried.IsZero() {
		t.Errorf("owed %v", got)
	}
	f.remove("r2")
	if left, err := os.ReadDir(filepath.Dir(string(f))); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	for i := range maxOwed + 5 {
		f.put("r"+strings.Repeat("x", i), tried)
	}
	if got := ids(); len(got) != maxOwed || got[maxOwed-1] != "r"+strings.Repeat("x", maxOwed+4) {
		t.Errorf("of too many %v are kept", got)
	}
	none := owedFile("")
	none.put("r1", tried)
	none.remove("r1")
	if none.list() != nil {
		t.Error("what cannot be kept is there")
	}
}

// A message is tried again after an hour, and a clock that was put back does not put
// it off.
func TestOwedRipe(t *testing.T) {
	now := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	for tried, want := range map[time.Time]bool{
		{}: true, now: false, now.Add(-59 * time.Minute): false, now.Add(-time.Hour): true, now.Add(time.Minute): true,
	} {
		if got := (&owedRun{tried: tried}).ripe(now); got != want {
			t.Errorf("tried at %v: %v, want %v", tried, got, want)
		}
	}
}

// Where others can put something in place of what is owed, it neither holds up the
// schedule nor takes its memory.
func TestOwedOfOthers(t *testing.T) {
	f := owedFile(filepath.Join(t.TempDir(), "x.owed"))
	if err := os.WriteFile(string(f), []byte(strings.Repeat("r1\n", maxMarker)), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := f.list(); got != nil || toldOfLate(string(f), time.Now()) {
		t.Errorf("%d are owed", len(got))
	}
	if f.put("r2", time.Time{}); len(f.list()) != 1 {
		t.Errorf("owed %v", f.list())
	}
}
