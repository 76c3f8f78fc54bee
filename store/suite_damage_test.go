package store

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"smbready/inventory"
)

// change runs a statement as somebody else would.
func change(t *testing.T, s *Store, query string, args ...any) {
	t.Helper()
	must(t, s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}))
}

// ended stores a run that reached its end.
func ended(t *testing.T, s *Store, run *inventory.Run) {
	t.Helper()
	r := begin(t, s, run)
	must(t, r.Close(summary(0)))
}

// listed returns the ids of the runs of a site.
func listed(t *testing.T, s *Store, site string) string {
	t.Helper()
	list, err := s.Runs(t.Context(), site)
	must(t, err)
	ids := []string{}
	for i := range list {
		ids = append(ids, list[i].Header.ID)
	}
	return strings.Join(ids, " ")
}

// testDamagedHosts meets hosts that this program did not write, or that are missing. No
// report is to be made without them, and what they are of is said.
func testDamagedHosts(t *testing.T, name string) {
	s := opened(t, name)
	for i, tt := range []struct {
		change, why string
		args        []any
	}{
		{"UPDATE hosts SET line = $2 WHERE run = $1", "host 1 of it: invalid character", []any{[]byte("\xff\x00")}},
		{"UPDATE hosts SET line = $2 WHERE run = $1", "two types in one line", []any{[]byte("{}")}},
		{"UPDATE hosts SET line = $2 WHERE run = $1", "it is of another address", []any{[]byte(`{"type":"host","address":"10.9.9.9","state":"smb"}`)}},
		{"UPDATE hosts SET line = $2 WHERE run = $1", "parsing time", []any{[]byte(`{"type":"host","address":"10.0.0.0","time":"x"}`)}},
		{"DELETE FROM hosts WHERE run = $1", "it has 0 of its 3 hosts", nil},
		{"UPDATE progress SET hosts = 2 WHERE run = $1", "it has 3 of its 2 hosts", nil},
	} {
		id := fmt.Sprint("run", i)
		r := begin(t, s, header(id, "HQ"))
		record(t, r, 0, 3)
		must(t, r.Close(summary(3)))
		info, err := s.Check(t.Context(), id)
		if err != nil || info.Damaged != nil || info.Hosts != 3 {
			t.Errorf("before: %+v, %v", info, err)
		}
		change(t, s, tt.change, append([]any{id}, tt.args...)...)
		wantError(t, s.Export(t.Context(), id, io.Discard), ErrDamaged, s.Name(), id, tt.why, "bring the store back from a backup", "runs delete")
		info, err = s.Check(t.Context(), id)
		wantError(t, err, ErrDamaged)
		if info.Damaged == nil || !strings.Contains(info.Damaged.Error(), tt.why) || strings.Contains(info.Damaged.Error(), s.Name()) || info.Complete() || info.Header.Site != "HQ" {
			t.Errorf("%s: %+v", tt.change, info)
		}
		must(t, s.Delete(t.Context(), id))
	}
}

// testDamagedRow meets rows that this program did not write. The others are there
// as ever, and a damaged one is too, as what it is.
func testDamagedRow(t *testing.T, name string) {
	s := opened(t, name)
	ended(t, s, header("good", "HQ"))
	garbage := []byte("\xff{")
	for i, tt := range []struct {
		change, why string
		head        bool // the header can be read
		args        []any
	}{
		{"UPDATE runs SET header = $2 WHERE id = $1", "its head: ", false, []any{garbage}},
		{"UPDATE runs SET header = summary WHERE id = $1", "its head: another line stands there", false, nil},
		{"UPDATE runs SET header = (SELECT header FROM runs WHERE id = 'good') WHERE id = $1", "its head is of another run", false, nil},
		{"UPDATE runs SET summary = $2 WHERE id = $1", "its summary: ", true, []any{garbage}},
		{"UPDATE runs SET summary = header WHERE id = $1", "its summary: another line stands there", true, nil},
		{"UPDATE progress SET done = $2 WHERE run = $1", "positions that are not in order", true, []any{garbage}},
		{"UPDATE progress SET counted = $2 WHERE run = $1", "its counts: ", true, []any{garbage}},
		{"UPDATE progress SET hosts = -1 WHERE run = $1", "its number of hosts", true, nil},
		{"DELETE FROM progress WHERE run = $1", "a value is missing", false, nil},
	} {
		id := fmt.Sprint("run", i)
		ended(t, s, header(id, "HQ"))
		change(t, s, tt.change, append([]any{id}, tt.args...)...)

		info, err := s.Find(t.Context(), id)
		wantError(t, err, ErrDamaged, id, tt.why, "runs delete")
		if info.Header.ID != id || info.Damaged == nil || !strings.Contains(info.Damaged.Error(), tt.why) {
			t.Errorf("%s: %+v", tt.change, info)
		}
		if info.Complete() || info.Scan != nil || info.Done != nil || (info.Header.Tool != "") != tt.head || info.Header.Site != "HQ" || info.Header.Started.Sub(began).Abs() > time.Second {
			t.Errorf("%s: it is taken for something: %+v", tt.change, info)
		}
		_, _, err = s.Resume(t.Context(), id)
		wantError(t, err, ErrDamaged)
		for _, site := range []string{"", "HQ"} {
			if got := listed(t, s, site); got != id+" good" {
				t.Errorf("%s: the runs of %q are %s", tt.change, site, got)
			}
		}
		removed, err := s.Prune(t.Context(), time.Hour, began.Add(time.Hour*24*365), false)
		if err != nil || len(removed) != 0 {
			t.Errorf("%s: %+v were pruned, %v", tt.change, removed, err)
		}
		must(t, s.Delete(t.Context(), id))
		if got := listed(t, s, ""); got != "good" {
			t.Errorf("%s: %s are left", tt.change, got)
		}
	}
}

// testDamagedLast: what is older does not take the place of a damaged run.
func testDamagedLast(t *testing.T, name string) {
	s := opened(t, name)
	ended(t, s, header("old", "HQ"))
	ended(t, s, header("other", "Depot"))
	ended(t, s, header("bad", "HQ"))
	change(t, s, "UPDATE runs SET summary = $1 WHERE id = 'bad'", []byte("{"))
	for _, name := range []string{"last", "last:HQ"} {
		_, err := s.Find(t.Context(), name)
		wantError(t, err, ErrDamaged, `"bad"`, "runs delete", "name an older one")
	}
	if info, err := s.Find(t.Context(), "last:Depot"); err != nil || info.Header.ID != "other" {
		t.Errorf("%+v, %v", info, err)
	}
	// Of several sites, and nobody can tell of which.
	several := header("several", "")
	several.Sites = []string{"Depot", "HQ"}
	ended(t, s, several)
	change(t, s, "UPDATE runs SET header = $1 WHERE id = 'several'", []byte("{"))
	_, err := s.Find(t.Context(), "last:Depot")
	wantError(t, err, ErrDamaged, `"several"`)
	if got := listed(t, s, "Depot"); got != "several other" {
		t.Errorf("the runs of Depot are %s", got)
	}
	// Which began when nobody can tell.
	change(t, s, "UPDATE runs SET began = 9000000000000000000 WHERE id = 'several'")
	_, err = s.Find(t.Context(), "last")
	wantError(t, err, ErrDamaged, `"several"`)
	if info, _ := s.Find(t.Context(), "several"); !info.Header.Started.IsZero() {
		t.Errorf("it began at %v", info.Header.Started)
	}
	must(t, s.Delete(t.Context(), "several"))
	must(t, s.Delete(t.Context(), "bad"))
	if info, err := s.Find(t.Context(), "last:HQ"); err != nil || info.Header.ID != "old" {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestOddRow meets values of types that the columns do not have, which only a
// SQLite file can hold.
func TestOddRow(t *testing.T) {
	s := opened(t, newFile(t))
	ended(t, s, header("good", "HQ"))
	for i, query := range []string{"UPDATE progress SET hosts = 'many' WHERE run = $1", "UPDATE progress SET batch = x'ff' WHERE run = $1", "UPDATE runs SET began = 'once' WHERE id = $1", "UPDATE progress SET beat = 'x' WHERE run = $1"} {
		id := fmt.Sprint("run", i)
		ended(t, s, header(id, "HQ"))
		change(t, s, query, id)
		info, err := s.Find(t.Context(), id)
		wantError(t, err, ErrDamaged, id, "wrong type")
		if info.Header.ID != id || info.Header.Site != "HQ" {
			t.Errorf("%+v", info)
		}
		if got := listed(t, s, ""); got != id+" good" {
			t.Errorf("the runs are %s", got)
		}
		ended(t, s, header("next", "HQ")) // scans go on
		must(t, s.Delete(t.Context(), "next"))
		must(t, s.Delete(t.Context(), id))
	}
}

func testDamagedSites(t *testing.T, name string) {
	s := opened(t, name)
	must(t, s.ChangeSites(t.Context(), func([]inventory.Site) ([]inventory.Site, error) { return []inventory.Site{{Name: "a"}}, nil }))
	change(t, s, "UPDATE sites SET site = $1", []byte("{"))
	_, err := s.Sites(t.Context())
	wantError(t, err, ErrDamaged, "the sites in it")
}

// testFuture: a run that a wrong clock dated does not pass for the last one.
func testFuture(t *testing.T, name string) {
	s := opened(t, name)
	now := time.Now().UTC().Truncate(time.Second)
	bring := func(id, site string, started time.Time) {
		t.Helper()
		run := header(id, site)
		run.Started = started
		end := summary(1)
		end.Finished = started.Add(time.Hour)
		_, err := s.Import(t.Context(), strings.NewReader(lines(run, 0, 1, end)))
		must(t, err)
	}
	bring("old", "HQ", now.Add(-200*24*time.Hour))
	bring("tomorrow", "HQ", now.Add(23*time.Hour)) // a clock may differ
	bring("future", "HQ", now.Add(25*time.Hour))
	bring("far", "Depot", now.AddDate(70, 0, 0))
	bring("farther", "Depot", now.AddDate(71, 0, 0))
	for name, want := range map[string]string{"last": "tomorrow", "last:HQ": "tomorrow", "last:Depot": "farther"} {
		info, err := s.Find(t.Context(), name)
		if err != nil || info.Header.ID != want || info.Future != (want == "farther") {
			t.Errorf("%s is %s, not %s; %v", name, info.Header.ID, want, err)
		}
	}
	must(t, s.Delete(t.Context(), "tomorrow"))
	if old, err := s.Prune(t.Context(), 90*24*time.Hour, now, true); err != nil || len(old) != 0 {
		t.Errorf("it takes the place of the latest run: %+v, %v", old, err)
	}
	// One that begins here is later all the same.
	run := header("begun", "HQ")
	run.Started = now
	ended(t, s, run)
	for _, name := range []string{"last", "last:HQ"} {
		if info, err := s.Find(t.Context(), name); err != nil || info.Header.ID != "begun" || info.Future {
			t.Errorf("%s is %+v, %v", name, info, err)
		}
	}
	if got := listed(t, s, ""); got != "begun farther far future old" {
		t.Errorf("the runs are %s", got)
	}
}

// testSeveralSites: a run of several sites is one of each of them.
func testSeveralSites(t *testing.T, name string) {
	s := opened(t, name)
	const day = 24 * time.Hour
	store := func(id string, age time.Duration, site string, several ...string) {
		t.Helper()
		run := header(id, site)
		run.Sites, run.Started = several, began.Add(-age)
		end := summary(1)
		end.Finished = run.Started.Add(time.Hour)
		_, err := s.Import(t.Context(), strings.NewReader(lines(run, 0, 1, end)))
		must(t, err)
	}
	store("eldest", 500*day, "", "HQ", "Yard")
	store("both", 300*day, "", "Depot", "HQ")
	store("depot", 200*day, "Depot")
	store("adhoc", 100*day, "")
	for _, tt := range []struct{ name, want, only string }{
		{"last", "adhoc", ""},
		{"last:HQ", "both", "HQ"},
		{"last:Depot", "depot", ""},
		{"last:Yard", "eldest", "Yard"},
		{"both", "both", ""},
	} {
		info, err := s.Find(t.Context(), tt.name)
		if err != nil || info.Header.ID != tt.want || info.Only != tt.only {
			t.Errorf("%s is %s, of it only %q; %v", tt.name, info.Header.ID, info.Only, err)
		}
	}
	_, err := s.Find(t.Context(), "last:Quay")
	wantError(t, err, ErrNotFound, `no run of site "Quay"`)
	for site, want := range map[string]string{"HQ": "both eldest", "Depot": "depot both", "Yard": "eldest", "Quay": "", "": "adhoc depot both eldest"} {
		if got := listed(t, s, site); got != want {
			t.Errorf("the runs of %q are %s, not %s", site, got, want)
		}
	}
	store("hq", 150*day, "HQ")
	old, err := s.Prune(t.Context(), 90*day, began, false)
	if err != nil || len(old) != 1 || old[0].Header.ID != "both" {
		t.Errorf("%+v were pruned, %v", old, err) // of Yard there is no other than the eldest
	}
}
