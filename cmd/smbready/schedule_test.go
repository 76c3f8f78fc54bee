package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smbready/inventory"
	"smbready/report"
	"smbready/schedule"
	"smbready/schedule/notify"
	"smbready/store"
)

func TestFirstLines(t *testing.T) {
	for _, c := range []struct {
		name   string
		writes []string
		want   string
		more   int
	}{
		{"all", []string{"one\n", "two\n"}, "one\ntwo\n", 0},
		{"in pieces", []string{"o", "ne\ntw", "o\n"}, "one\ntwo\n", 0},
		{"too many", []string{"12345\n12345\n", "12345\n"}, "12345\n", 2},
		{"too long", []string{"one\n", "1234567", "8901", "\ntwo\n"}, "one\n", 2},
		{"without an end", []string{"one\ntwo"}, "one\n", 0},
	} {
		f := &firstLines{most: 10}
		for _, w := range c.writes {
			if n, err := io.WriteString(f, w); n != len(w) || err != nil {
				t.Fatalf("%s: wrote %d, %v", c.name, n, err)
			}
		}
		if f.String() != c.want || f.more != c.more {
			t.Errorf("%s: kept %q and %d more, want %q and %d", c.name, f.String(), f.more, c.want, c.more)
		}
	}
}

func TestNotifiers(t *testing.T) {
	t.Setenv(mailPasswordVariable, "geheim")
	t.Setenv(webhookVariable, "https://hooks.example.com/KEY")
	f := noticeFlags{on: noticeChange, mailServer: "mail.example.com:465", mailFrom: "a@example.com", mailTo: []string{"b@example.com"}, mailUser: "smb"}
	list, err := f.notifiers("")
	if err != nil || len(list) != 2 {
		t.Fatalf("%d ways, %v", len(list), err)
	}
	if w := list[0].(*notify.Webhook); w.URL != "https://hooks.example.com/KEY" || w.Plain || w.Secret != nil {
		t.Errorf("webhook %+v", w)
	}
	if m := list[1].(*notify.Mail); !m.TLS || string(m.Password) != "geheim" || m.User != "smb" {
		t.Errorf("mail %+v", m)
	}
	f.mailServer = "mail.example.com:587"
	if list, err = f.notifiers(""); err != nil || list[1].(*notify.Mail).TLS {
		t.Errorf("port 587 begins without TLS: %v", err)
	}
}

func TestNoticeWanted(t *testing.T) {
	same, changed, worse := outcome{}, outcome{changed: true}, outcome{changed: true, worse: true}
	for on, want := range map[string][3]bool{
		noticeAlways: {true, true, true}, noticeChange: {false, true, true}, noticeWorse: {false, false, true}, noticeFailure: {},
	} {
		f := noticeFlags{on: on}
		if got := [3]bool{f.wanted(&same), f.wanted(&changed), f.wanted(&worse)}; got != want {
			t.Errorf("--notify %s: %v, want %v", on, got, want)
		}
	}
}

// A failure is told once a day, whatever restarts in between.
func TestNoteFailure(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.failed")
	now := time.Now()
	if hasFailed(name) || toldOfLate(name, now) {
		t.Error("the first failure is not told")
	}
	if noteFailure(name, false); !hasFailed(name) || toldOfLate(name, now) {
		t.Error("what could not be told is not told again")
	}
	if noteFailure(name, true); !toldOfLate(name, now.Add(time.Hour)) {
		t.Error("it is told again after an hour")
	}
	if toldOfLate(name, now.Add(25*time.Hour)) || toldOfLate(name, now.Add(-25*time.Hour)) {
		t.Error("it is not told again after a day, or when the clock was put back")
	}
	if removeMarker(name); hasFailed(name) || toldOfLate(name, now) {
		t.Error("after a success the next failure is not told")
	}
}

// What a run is compared with is the last complete scan before it: not what was cut
// off, what was imported, or what is later.
func TestCompleteBefore(t *testing.T) {
	at := func(id string, day int, more func(*store.RunInfo)) store.RunInfo {
		i := store.RunInfo{Header: inventory.Run{ID: id, Started: time.Date(2026, 10, day, 0, 0, 0, 0, time.UTC)}, Summary: new(inventory.Summary)}
		if more != nil {
			more(&i)
		}
		return i
	}
	infos := []store.RunInfo{
		at("later", 20, nil), at("this", 15, nil), at("cut off", 14, func(i *store.RunInfo) { i.Summary.Interrupted = true }),
		at("running", 14, func(i *store.RunInfo) { i.Summary = nil }), at("capture", 13, func(i *store.RunInfo) { i.Header.Inputs = []inventory.Input{{}} }),
		at("before", 12, nil), at("long before", 2, nil),
	}
	if got, unread := completeBefore(infos, &infos[1].Header); len(got) != 2 || got[0].ID != "before" || got[1].ID != "long before" || unread != 0 {
		t.Errorf("compared with %v", got)
	}
	if got, _ := completeBefore(infos, &infos[6].Header); got != nil {
		t.Errorf("the first is compared with %v", got)
	}
	infos[5].Damaged, infos[6].Future = store.ErrDamaged, true
	got, unread := completeBefore(infos, &infos[1].Header)
	o := outcome{unread: unread}
	if got != nil || unread != 2 || !strings.Contains(o.firstWords(), "2 are damaged or dated in the future") {
		t.Errorf("%v, %d: %s", got, unread, o.firstWords())
	}
}

// A site that may not be scanned now is not, unless that is asked for.
func TestScanWindow(t *testing.T) {
	day := time.Now().UTC().AddDate(0, 0, 3).Format("Mon")
	name := filepath.Join(t.TempDir(), "sites.yaml")
	text := fmt.Sprintf("sites:\n  - name: Yard\n    targets: [127.0.1.99]\n    time_zone: UTC\n    window: %s 00:00-24:00\n", day)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"scan", "--sites", name, "--db", "none", "-q", "--port", "1", "--connect-timeout", "100ms"}
	var errs strings.Builder
	if code := run(t.Context(), args, nil, io.Discard, &errs); code != exitUsage || !strings.Contains(errs.String(), `site "Yard" may not be scanned now: its window is `+day) || !strings.Contains(errs.String(), "it opens "+day) {
		t.Errorf("exit code %d: %s", code, errs.String())
	}
	if code := run(t.Context(), append(args, "--dry-run"), nil, io.Discard, &errs); code != 0 {
		t.Errorf("a dry run: exit code %d: %s", code, errs.String())
	}
	if code := run(t.Context(), append(args, "--ignore-window"), nil, io.Discard, &errs); code != 0 {
		t.Errorf("--ignore-window: exit code %d: %s", code, errs.String())
	}
}

// The sites of one file do not make the store forget those of another.
func TestKeepSites(t *testing.T) {
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	site := func(name, target string) inventory.Site { return inventory.Site{Name: name, Targets: []string{target}} }
	for _, list := range [][]inventory.Site{{site("HQ", "10.1.0.0/24"), site("Mill", "10.2.0.0/24")}, nil, {site("Mill", "10.3.0.0/24"), site("Dock", "10.4.0.0/24")}} {
		if err := keepSites(t.Context(), st, list); err != nil {
			t.Fatal(err)
		}
	}
	got, err := st.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, s := range got {
		words = append(words, s.Name+" "+s.Targets[0])
	}
	if want := []string{"HQ 10.1.0.0/24", "Mill 10.3.0.0/24", "Dock 10.4.0.0/24"}; !slices.Equal(words, want) {
		t.Errorf("sites %v, want %v", words, want)
	}
}

// Progress is shown over the complete scans of the same site, or of the same targets
// where there is none.
func TestRunsUpTo(t *testing.T) {
	at := func(id string, day int, h inventory.Run) store.RunInfo {
		h.ID, h.Started = id, time.Date(2026, 10, day, 0, 0, 0, 0, time.UTC)
		return store.RunInfo{Header: h, Summary: new(inventory.Summary)}
	}
	same, other := inventory.Run{Scope: []string{"10.1.0.0/24"}}, inventory.Run{Scope: []string{"10.2.0.0/24"}}
	infos := []store.RunInfo{at("later", 9, same), at("this", 8, same), at("other", 7, other), at("HQ", 6, inventory.Run{Site: "HQ", Scope: same.Scope}), at("before", 5, same)}
	var ids []string
	for _, i := range runsUpTo(infos, &infos[1].Header, "") {
		ids = append(ids, i.Header.ID)
	}
	if want := []string{"this", "before"}; !slices.Equal(ids, want) {
		t.Errorf("runs %v, want %v", ids, want)
	}
	if o := (&output{format: string(report.CSV)}); o.wantsHistory() {
		t.Error("CSV shows progress")
	}
}

// What is told of is the run that the event was about, however long it waits: the next
// one may be made meanwhile.
func TestAftermathRun(t *testing.T) {
	r := &siteRunner{made: map[string]string{"HQ": "first"}}
	m := &aftermath{app: &app{ui: newUI(io.Discard, io.Discard)}, runner: r, todo: make(chan happened, 1)}
	e := schedule.Event{Kind: schedule.EventDone, Job: schedule.Job{Site: inventory.Site{Name: "HQ"}}}
	m.add(e)
	r.made["HQ"] = "second"
	m.add(e) // for which there is no room: it does not wait
	if h := <-m.todo; h.run != "first" {
		t.Errorf("run %q", h.run)
	}
}

// Where the last complete run cannot be read, an older one is compared with, and that
// is said.
func TestOutcomeOfDamaged(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.db")
	st, err := store.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for day, id := range map[int]string{1: "r1", 2: "r2", 3: "r3"} {
		text := fmt.Sprintf(`{"type":"run","version":1,"id":%q,"site":"HQ","started":"2026-10-0%dT08:00:00Z","scope":["10.0.0.1"],"tool":"t","targets":1}
{"type":"host","address":"10.0.0.1","port":445,"time":"2026-10-0%dT08:00:01Z","state":"closed"}
{"type":"summary","probed":1,"smb":0,"open":0,"closed":1,"filtered":0,"finished":"2026-10-0%dT08:00:02Z","interrupted":false}
`, id, day, day, day)
		if _, err := st.Import(t.Context(), strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE hosts SET line = '{bad' WHERE run = 'r2'"); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	r := &siteRunner{app: &app{ui: newUI(io.Discard, &said)}, store: st, flags: &scheduleFlags{db: name}}
	o, err := r.outcomeOf(t.Context(), "HQ", "r3")
	if err != nil || o.before != "r1" || o.changed || !strings.Contains(said.String(), "run r2 cannot be compared with") {
		t.Fatalf("%+v, %v: %s", o, err, said.String())
	}
	// What cannot be read now may be read later, and is told then.
	m := &aftermath{app: r.app, runner: r, flags: &scheduleFlags{notice: noticeFlags{on: noticeAlways}}, metrics: newSiteMetrics(r, nil)}
	if err := m.complete(t.Context(), "HQ", "r2"); err == nil || len(r.owedAt("HQ")) != 1 {
		t.Errorf("%v; owed %v", err, r.owedAt("HQ"))
	}
	if err := m.complete(t.Context(), "HQ", "r3"); err != nil || len(r.owedAt("HQ")) != 1 {
		t.Errorf("%v; owed %v", err, r.owedAt("HQ"))
	}
}

// What was found before the program is stopped can still be told, for a while.
func TestOutlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		longer, stop := outlive(ctx, time.Minute)
		defer stop()
		cancel()
		time.Sleep(59 * time.Second)
		if longer.Err() != nil {
			t.Error("it ends with the other")
		}
		time.Sleep(2 * time.Second)
		if longer.Err() == nil {
			t.Error("it never ends")
		}
	})
}
