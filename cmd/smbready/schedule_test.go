package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smbready/inventory"
	"smbready/report"
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
	list, err := f.notifiers()
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
	if list, err = f.notifiers(); err != nil || list[1].(*notify.Mail).TLS {
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
	if hasFailed(name) || !noteFailure(name, now) || !hasFailed(name) {
		t.Error("the first failure is not told")
	}
	if noteFailure(name, now.Add(time.Hour)) {
		t.Error("it is told again after an hour")
	}
	if !noteFailure(name, now.Add(25*time.Hour)) {
		t.Error("it is not told again after a day")
	}
	if clearFailure(name); hasFailed(name) || !noteFailure(name, now) {
		t.Error("after a success the next failure is not told")
	}
	if !noteFailure(filepath.Join(name, "none"), now) {
		t.Error("without a place for the sign nobody is told")
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
	if got := completeBefore(infos, &infos[1].Header); got == nil || got.ID != "before" {
		t.Errorf("compared with %v", got)
	}
	if got := completeBefore(infos, &infos[6].Header); got != nil {
		t.Errorf("the first is compared with %v", got.ID)
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
