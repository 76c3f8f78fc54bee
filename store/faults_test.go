package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"smbready/inventory"
)

// TestNotAStore opens files of other kinds.
func TestNotAStore(t *testing.T) {
	folder := t.TempDir()
	good := filepath.Join(folder, "good.db")
	s := opened(t, good)
	r := begin(t, s, header("a", ""))
	record(t, r, 0, 2000)
	must(t, r.Close(summary(2000)))
	must(t, s.Close())
	whole, err := os.ReadFile(good)
	must(t, err)
	for _, tt := range []struct {
		name string
		text []byte
		kind error
	}{
		{"text", bytes.Repeat([]byte("hello\n"), 1000), ErrDamaged},
		{"head overwritten", append(bytes.Repeat([]byte{0xaa}, 512), whole[512:]...), ErrDamaged},
		{"pages overwritten", append(append([]byte{}, whole[:100]...), bytes.Repeat([]byte{0xaa}, len(whole)-100)...), ErrDamaged},
		{"cut", whole[:8192], ErrDamaged},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(folder, tt.name+".db")
			must(t, os.WriteFile(path, tt.text, 0o600))
			err := useAll(path)
			wantError(t, err, tt.kind, path)
		})
	}
	_, err = open(t.Context(), folder, quick)
	wantError(t, err, ErrName, "not a file")
	_, err = open(t.Context(), filepath.Join(folder, "none", "x.db"), quick)
	wantError(t, err, ErrName, "no folder")
}

// TestPartMissing opens stores that lost a part of themselves, and files that never were
// one.
func TestPartMissing(t *testing.T) {
	for _, tt := range []struct{ change, want string }{
		{"DROP TABLE hosts", "no such table: hosts"},
		{"DROP TABLE runs", "no such table: runs"},
		{"ALTER TABLE progress RENAME COLUMN beat TO beet", "no such column: "},
		{"DELETE FROM " + versionTable, "what version of a store it is"},
	} {
		name := newFile(t)
		s := opened(t, name)
		r := begin(t, s, header("a", ""))
		must(t, r.Close(summary(0)))
		change(t, s, "PRAGMA foreign_keys = 0")
		change(t, s, tt.change)
		must(t, s.Close())
		wantError(t, useAll(name), ErrDamaged, name, "a part of it is missing", tt.want, "bring it back from a backup")
	}
	s, err := OpenExisting(t.Context(), filepath.Join(t.TempDir(), "none.db"))
	wantError(t, err, ErrAbsent, "smbready scan makes one")
	empty := filepath.Join(t.TempDir(), "empty.db")
	must(t, os.WriteFile(empty, nil, 0o600))
	if s != nil {
		t.Error("a store that is not there")
	}
	_, err = OpenExisting(t.Context(), empty)
	wantError(t, err, ErrAbsent, "the file is empty")
	if left, _ := filepath.Glob(empty + "-*"); left != nil {
		t.Errorf("%q were made", left)
	}
	if runtime.GOOS == "linux" {
		_, err = open(t.Context(), "/proc/x.db", quick)
		wantError(t, err, ErrReadOnly, "it cannot be made")
	}
}

// useAll opens a store and does everything with it, up to the first error.
func useAll(name string) error {
	ctx := context.Background()
	s, err := open(ctx, name, quick)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Runs(ctx, ""); err != nil {
		return err
	}
	if err := s.Export(ctx, "a", new(bytes.Buffer)); err != nil {
		return err
	}
	return s.Delete(ctx, "a")
}

// TestDamagedInTheMiddle overwrites a page of hosts.
func TestDamagedInTheMiddle(t *testing.T) {
	name := newFile(t)
	s := opened(t, name)
	r := begin(t, s, header("a", ""))
	record(t, r, 0, 2000)
	must(t, r.Close(summary(2000)))
	must(t, s.Close())
	text, err := os.ReadFile(name)
	must(t, err)
	for i := len(text) / 2; i < len(text)/2+64<<10; i++ {
		text[i] = 0xaa
	}
	must(t, os.WriteFile(name, text, 0o600))
	wantError(t, useAll(name), ErrDamaged, "the file is damaged")
}

// locker opens a second connection that keeps the file locked.
func locker(t *testing.T, s *Store) *sql.Tx {
	t.Helper()
	db, err := sql.Open("sqlite", s.engine.(*file).url("&_txlock=immediate"))
	must(t, err)
	t.Cleanup(func() { db.Close() })
	tx, err := db.Begin()
	must(t, err)
	return tx
}

func TestLocked(t *testing.T) {
	name := newFile(t)
	opened(t, name)
	hurried := quick
	hurried.busy, hurried.retry = 30*time.Millisecond, 300*time.Millisecond
	s, err := open(t.Context(), name, hurried)
	must(t, err)
	defer s.Close()
	r := begin(t, s, header("a", ""))
	record(t, r, 0, 10)
	committed(t, s, "a", 10)

	lock := locker(t, s)
	_, err = s.Begin(t.Context(), header("b", ""), nil)
	wantError(t, err, ErrLocked, "another process kept it locked for longer than 30ms")
	if got := export(t, s, "a"); strings.Count(got, "\n") != 11 { // reading goes on
		t.Error(got)
	}
	record(t, r, 10, 20)
	time.Sleep(100 * time.Millisecond)
	must(t, lock.Rollback())
	committed(t, s, "a", 20) // it was waited for

	lock = locker(t, s)
	record(t, r, 20, 30)
	wantError(t, r.Close(summary(30)), ErrLocked)
	must(t, lock.Rollback())
	r, info, err := s.Resume(t.Context(), "a")
	if err != nil || info.Hosts != 20 {
		t.Fatal(info, err)
	}
	must(t, r.Close(nil))
}

func TestRemoved(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not remove files that are open")
	}
	for _, tt := range []struct {
		name   string
		remove func(path string) error
		words  string
	}{
		{"removed", os.Remove, "the file was removed"},
		{"moved", func(path string) error { return os.Rename(path, path+".old") }, "the file was removed"},
		{"replaced", func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, nil, 0o600))
		}, "another file was put in its place"},
		{"folder removed", func(path string) error { return os.RemoveAll(filepath.Dir(path)) }, "the file was removed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x", "x.db")
			must(t, os.Mkdir(filepath.Dir(path), 0o700))
			s := opened(t, path)
			r := begin(t, s, header("a", ""))
			record(t, r, 0, 10)
			committed(t, s, "a", 10)
			must(t, tt.remove(path))
			for r.Err() == nil { // without anything to store: the next sign of life tells
				time.Sleep(time.Millisecond)
			}
			wantError(t, r.Close(summary(10)), ErrRemoved, path, tt.words)
			_, err := s.Runs(t.Context(), "")
			wantError(t, err, ErrRemoved)
			_, err = s.Begin(t.Context(), header("b", ""), nil)
			wantError(t, err, ErrRemoved)
		})
	}
}

// TestFull limits the pages of the database, which fails as a full disk does.
func TestFull(t *testing.T) {
	s := opened(t, newFile(t))
	limit := func(pages int) {
		t.Helper()
		_, err := s.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		must(t, err)
	}
	limit(200)
	r := begin(t, s, header("a", ""))
	last := 0
	for ; r.Err() == nil; last++ {
		h, line := testHost(last)
		r.Done(uint64(last), inventory.Summary{Probed: 1}, h, line)
	}
	wantError(t, r.Close(summary(1)), ErrFull, "no space is left in", "what was committed is safe")
	info, err := s.Find(t.Context(), "a")
	must(t, err)
	got := export(t, s, "a")
	if info.Hosts == 0 || info.Hosts != info.Counted.Probed || uint64(strings.Count(got, "\n")) != info.Hosts+1 || info.Running {
		t.Errorf("%+v", info)
	}
	limit(100_000)
	r, _, err = s.Resume(t.Context(), "a")
	must(t, err)
	record(t, r, int(info.Hosts), last)
	must(t, r.Close(nil))
	if export(t, s, "a") != lines(header("a", ""), 0, last, nil) {
		t.Error("the resumed run is not whole")
	}
}

// TestCompact wants space back.
func TestCompact(t *testing.T) {
	name := newFile(t)
	s := opened(t, name)
	r := begin(t, s, header("a", ""))
	record(t, r, 0, 20_000)
	must(t, r.Close(summary(1)))
	size := func() int64 {
		var size int64
		for _, suffix := range []string{"", "-wal"} {
			if info, err := os.Stat(name + suffix); err == nil {
				size += info.Size()
			}
		}
		return size
	}
	before := size()
	must(t, s.Delete(t.Context(), "a"))
	if after := size(); after > before/10 {
		t.Errorf("%d bytes before, %d afterwards", before, after)
	}
}

// TestModes looks at who may read a store.
func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	home := t.TempDir()
	t.Setenv("XDG_STATE_HOME", home)
	t.Setenv("HOME", home)
	s := opened(t, "")
	r := begin(t, s, header("a", ""))
	record(t, r, 0, 10)
	must(t, r.Close(nil))
	folder := filepath.Dir(s.Name())
	if !strings.HasPrefix(folder, home) || filepath.Base(s.Name()) != "smbready.db" {
		t.Errorf("the user's store is %s", s.Name())
	}
	info, err := os.Stat(folder)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info.Mode(), err)
	}
	files, err := os.ReadDir(folder)
	must(t, err)
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

// TestDurable looks at what makes a commit survive, which no test without a
// power cut can.
func TestDurable(t *testing.T) {
	s := opened(t, newFile(t))
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "auto_vacuum": "2"} {
		if got, err := list(t.Context(), s.db, "PRAGMA "+pragma); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s is %v, not %s; %v", pragma, got, want, err)
		}
	}
}

// TestStoredOnce commits a batch again whose answer was lost.
func TestStoredOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, name string) {
		s := opened(t, name)
		s.pace.commit, s.pace.beat = time.Hour, time.Hour // the test commits, not the recorder
		r := begin(t, s, header("a", ""))
		h, line := testHost(5)
		b := new(batch)
		b.add(h, bytes.TrimSuffix(line, []byte("\n")))
		for _, end := range []*ending{nil, {[]byte(`{"type":"summary","probed":1}`)}} {
			r.number++
			c := commit{id: "a", owner: r.owner, number: r.number, rows: b.rows(), ranges: []Range{{5, 5}}, counted: inventory.Summary{Probed: 1}, end: end}
			tries := 0
			must(t, s.persist(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				tries++
				if tries == 1 {
					must(t, c.run(ctx, tx))
					must(t, tx.Commit())
					return s.errorf(ErrUnreachable, "the answer is lost")
				}
				return c.run(ctx, tx)
			}))
			info, err := s.Find(t.Context(), "a")
			if err != nil || tries != 2 || info.Hosts != 1 || info.batch != r.number || info.Counted.Probed != 1 || info.Complete() != (end != nil) {
				t.Errorf("%d tries, %+v, %v", tries, info, err)
			}
		}
		wantError(t, r.Close(nil), ErrTaken) // the test took the run from it
	})
}

// TestLostHost: a run of which a host is lost is not exported as if it were whole;
// the plan would call a site ready that is not.
func TestLostHost(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lost.db")
	s := opened(t, name)
	r := begin(t, s, header("a", ""))
	record(t, r, 0, 5)
	must(t, r.Close(summary(5)))
	must(t, s.Export(t.Context(), "a", new(bytes.Buffer)))
	if _, err := s.db.Exec("DELETE FROM hosts WHERE address = (SELECT MIN(address) FROM hosts)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Export(t.Context(), "a", new(bytes.Buffer)); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want %v", err, ErrDamaged)
	}
}
