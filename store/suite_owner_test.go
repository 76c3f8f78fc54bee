package store

import (
	"context"
	"database/sql"
	"fmt"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"smbready/inventory"
)

// setOwner writes down who owns a run.
func setOwner(t *testing.T, s *Store, id, owner string) {
	t.Helper()
	must(t, s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE progress SET owner = $1, beat = beat + 1, beaten = "+now+" WHERE run = $2", owner, id)
		return err
	}))
}

func testOwnership(t *testing.T, name string) {
	s := opened(t, name)
	s.pace.stale = time.Minute
	r := begin(t, s, header("a", ""))
	_, _, err := s.Resume(t.Context(), "a")
	wantError(t, err, ErrRunning, "run a is being written by another smbready")
	wantError(t, s.Delete(t.Context(), "a"), ErrRunning)
	must(t, r.Close(nil))

	gone := exec.Command("true")
	must(t, gone.Run())
	here := newProcess("x")
	other := func(change func(p *process)) string {
		p := here
		change(&p)
		return p.String()
	}
	for _, tt := range []struct {
		name, owner string
	}{
		{"nobody", ""},
		{"not a process", "x y z"},
		{"ended", other(func(p *process) { p.pid = gone.ProcessState.Pid() })},
		{"started at another time", other(func(p *process) { p.pid, p.started = 1, "1" })},
		{"a recording of this process that ended", here.String()},
	} {
		setOwner(t, s, "a", tt.owner)
		r, _, err := s.Resume(t.Context(), "a") // at once, or the test takes minutes
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		must(t, r.Close(nil))
	}
	alive := exec.Command("sleep", "100")
	must(t, alive.Start())
	defer alive.Wait()
	defer alive.Process.Kill()
	started, _ := startOf(alive.Process.Pid)
	setOwner(t, s, "a", other(func(p *process) { p.pid, p.started = alive.Process.Pid, started }))
	_, _, err = s.Resume(t.Context(), "a")
	wantError(t, err, ErrRunning, fmt.Sprint(alive.Process.Pid))

	// Of a process elsewhere only its signs of life tell.
	elsewhere := other(func(p *process) { p.machine = "elsewhere" })
	setOwner(t, s, "a", elsewhere)
	if info, err := s.Find(t.Context(), "a"); err != nil || !info.Running {
		t.Errorf("a process elsewhere: %+v, %v", info, err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 10 {
			time.Sleep(20 * time.Millisecond)
			setOwner(t, s, "a", elsewhere)
		}
	})
	_, _, err = s.Resume(t.Context(), "a")
	wantError(t, err, ErrRunning)
	wg.Wait()
	s.pace.stale = 300 * time.Millisecond
	r, _, err = s.Resume(t.Context(), "a")
	must(t, err)
	must(t, r.Close(nil))
}

// testTaken lets two recorders believe that a run is theirs.
func testTaken(t *testing.T, name string) {
	s := opened(t, name)
	first := begin(t, s, header("a", ""))
	record(t, first, 0, 10)
	committed(t, s, "a", 10)
	// The first one seems to be gone: suspended, say.
	o, err := s.ownership(t.Context(), "a")
	must(t, err)
	for {
		owner, err := s.takeFrom(t.Context(), "a", o)
		if err == nil {
			must(t, s.release("a", owner))
			break
		}
		o, err = s.ownership(t.Context(), "a") // it gave a sign of life just then
		must(t, err)
	}
	second, info, err := s.Resume(t.Context(), "a")
	must(t, err)
	if !reflect.DeepEqual(info.Done, []Range{{0, 9}}) {
		t.Errorf("%+v", info)
	}
	for i := 10; first.Err() == nil; i++ {
		h, line := testHost(i)
		first.Done(uint64(i), inventory.Summary{Probed: 1}, h, line)
		time.Sleep(time.Millisecond)
	}
	wantError(t, first.Close(summary(1)), ErrTaken, "run a was deleted, or another smbready took it over")
	record(t, second, 100, 110)
	must(t, second.Close(summary(20)))
	got := export(t, s, "a")
	if info, err := s.Find(t.Context(), "a"); err != nil || info.Hosts != 20 || info.Counted.Probed != 20 || strings.Count(got, "\n") != 22 {
		t.Errorf("%+v, %v\n%s", info, err, got)
	}

	// A run that was deleted meanwhile.
	third := begin(t, s, header("b", ""))
	must(t, s.remove(t.Context(), "b"))
	for third.Err() == nil {
		third.Done(1, inventory.Summary{}, nil, nil)
		time.Sleep(time.Millisecond)
	}
	wantError(t, third.Close(nil), ErrTaken)
}

func testDeleting(t *testing.T, name string) {
	s := opened(t, name)
	for i := range 2 {
		r := begin(t, s, header(fmt.Sprint("run", i), ""))
		record(t, r, 0, 2300)
		must(t, r.Close(nil))
	}
	must(t, s.Delete(t.Context(), "run0"))
	wantError(t, s.Delete(t.Context(), "run0"), ErrNotFound)
	wantError(t, s.Delete(t.Context(), "\x00"), ErrNotFound)
	if list, err := s.Runs(t.Context(), ""); err != nil || len(list) != 1 || list[0].Header.ID != "run1" {
		t.Errorf("%+v, %v", list, err)
	}
	for table, want := range map[string]int{"runs": 1, "progress": 1, "hosts": 2300} {
		if n := count(t, s, "SELECT COUNT(*) FROM "+table); n != want {
			t.Errorf("%d rows are left in %s", n, table)
		}
	}
	begun := begin(t, s, header("run0", "")) // the id is free again
	must(t, begun.Close(nil))

	// The deletion of a run that has no progress broke off.
	must(t, s.Delete(t.Context(), "run0"))
	change(t, s, "DELETE FROM progress WHERE run = 'run1'")
	change(t, s, "UPDATE runs SET stage = $1 WHERE id = 'run1'", stageDeleting)
	_, err := s.Prune(t.Context(), 24*time.Hour, time.Now(), false)
	must(t, err)
	if n := count(t, s, "SELECT COUNT(*) FROM runs") + count(t, s, "SELECT COUNT(*) FROM hosts"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

func testPruning(t *testing.T, name string) {
	s := opened(t, name)
	const day = 24 * time.Hour
	interrupted := summary(0)
	interrupted.Interrupted = true
	lasting := func(d time.Duration) *inventory.Summary {
		s := summary(0)
		s.Finished = s.Finished.Add(d)
		return s
	}
	for _, run := range []struct {
		id, site string
		age      time.Duration
		end      *inventory.Summary
	}{
		{"oldest", "HQ", 400 * day, summary(0)},
		{"old", "HQ", 200 * day, summary(0)},
		{"latest-complete", "HQ", 100 * day, summary(0)},
		{"interrupted", "HQ", 95 * day, interrupted},
		{"unfinished", "HQ", 300 * day, nil},
		{"only-one", "Branch", 300 * day, summary(0)},
		{"no-site-old", "", 91 * day, summary(0)},
		{"listener-of-weeks", "", 120 * day, lasting(31 * day)},
		{"no-site", "", 89 * day, summary(0)},
		{"no-site-latest", "", 1 * day, summary(0)},
	} {
		h := header(run.id, run.site)
		h.Started = began.Add(-run.age)
		if run.end != nil {
			run.end.Finished = run.end.Finished.Add(-run.age)
		}
		_, err := s.Import(t.Context(), strings.NewReader(lines(h, 0, 3, run.end)))
		must(t, err)
	}
	ids := func(list []RunInfo) (ids []string) {
		for _, r := range list {
			ids = append(ids, r.Header.ID)
		}
		return ids
	}
	want := []string{"no-site-old", "interrupted", "old", "oldest"}
	for _, dry := range []bool{true, false} {
		list, err := s.Prune(t.Context(), 90*day, began, dry)
		if err != nil || !reflect.DeepEqual(ids(list), want) {
			t.Errorf("dry run %v: %q, %v", dry, ids(list), err)
		}
	}
	if list, err := s.Prune(t.Context(), 90*day, began, false); err != nil || len(list) != 0 {
		t.Errorf("again: %v, %v", ids(list), err)
	}
	left, err := s.Runs(t.Context(), "")
	if got := ids(left); err != nil || !reflect.DeepEqual(got, []string{"no-site-latest", "no-site", "latest-complete", "listener-of-weeks", "only-one", "unfinished"}) {
		t.Errorf("%q are left, %v", got, err)
	}
}

func testOpenedAtOnce(t *testing.T, name string) {
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			s, err := open(t.Context(), name, quick)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			r, err := s.Begin(t.Context(), header(fmt.Sprint(i), ""), nil)
			if err != nil {
				t.Error(err)
				return
			}
			recordEvery(r, 0, 1, 50)
			if err := r.Close(summary(50)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s := opened(t, name)
	for i := range 6 {
		id := fmt.Sprint(i)
		if export(t, s, id) != lines(header(id, ""), 0, 50, summary(50)) {
			t.Errorf("run %d is not what was recorded", i)
		}
	}
	if n := count(t, s, "SELECT COUNT(*) FROM "+versionTable); n != 2 { // goose notes a version 0
		t.Errorf("%d migrations are noted", n)
	}
}

func testNewer(t *testing.T, name string) {
	s := opened(t, name)
	must(t, s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE "+versionTable+" SET version_id = 9 WHERE version_id = 1")
		return err
	}))
	_, err := open(t.Context(), name, quick)
	wantError(t, err, ErrNewer, s.Name()+": this store was made by a newer smbready (schema 9, this one knows 1): update, or name another store with --db")
}

func testForeign(t *testing.T, name string) {
	s := opened(t, name)
	must(t, s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DROP TABLE "+versionTable)
		return err
	}))
	_, err := open(t.Context(), name, quick)
	wantError(t, err, ErrNotStore, "something else")
}
