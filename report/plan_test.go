package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"smbready/assess"
	"smbready/assess/plan"
	"smbready/inventory"
)

var planDayOfTests = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// planOptions are two sites, one of which was not seen, and exceptions of every
// kind.
func planOptions(t testing.TB) plan.Options {
	t.Helper()
	f, err := os.Open("testdata/plan/exceptions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	exceptions, err := inventory.ReadExceptions("exceptions.yaml", f)
	if err != nil {
		t.Fatal(err)
	}
	sites := []inventory.Site{{Name: "HQ", Owner: "it@example.org", Wave: "pilot-site"}, {Name: "Mill", Owner: "ot@example.org", Tags: []string{"plant", "24x7"}}}
	return plan.Options{Sites: sites, Exceptions: exceptions, Now: planDayOfTests}
}

func namedRun(t testing.TB, name string) NamedRun {
	t.Helper()
	return NamedRun{Run: openFile(t, filepath.Join("testdata", name)), Name: name}
}

var planExtensions = map[Format]string{Text: ".txt", Markdown: ".md", CSV: ".csv", JSON: ".json", HTML: ".html"}

// TestPlanGolden renders plans in each format. Text is as on a terminal of 80
// columns.
func TestPlanGolden(t *testing.T) {
	for name, c := range map[string]struct{ runs, since []string }{
		"site":     {runs: []string{"site.jsonl"}},
		"clients":  {runs: []string{"clients.jsonl"}},
		"hostile":  {runs: []string{"hostile.jsonl"}},
		"verified": {runs: []string{"verified.jsonl"}, since: []string{"interrupted.jsonl"}},
		"empty":    {runs: []string{"empty.jsonl"}},
	} {
		var runs, since []NamedRun
		for _, f := range c.runs {
			runs = append(runs, namedRun(t, f))
		}
		for _, f := range c.since {
			since = append(since, namedRun(t, f))
		}
		p, err := NewRolloutPlan(runs, since, nil, planOptions(t))
		if err != nil {
			t.Fatal(err)
		}
		stable(p)
		for _, f := range PlanFormats {
			t.Run(name+planExtensions[f], func(t *testing.T) {
				var got bytes.Buffer
				if err := WritePlan(&got, p, f, TextOptions{Width: 80}); err != nil {
					t.Fatal(err)
				}
				checkPlanBytes(t, f, got.Bytes())
				if f == HTML { // a change of the stylesheet changes no golden file
					page := styleHash.ReplaceAll(got.Bytes(), []byte("sha256-HASH"))
					got.Reset()
					got.Write(comparable(t, f, page))
				}
				golden(t, "testdata/plan/"+name+planExtensions[f], got.Bytes())
			})
		}
	}
}

// stable puts words for what differs with every change of a rule.
func stable(p *RolloutPlan) {
	p.Rules = "RULES"
	for _, fields := range slices.Concat(p.runs, p.since) {
		for i := range fields {
			if fields[i].name == "Judged by" {
				fields[i].value = "rules RULES"
			}
		}
	}
}

// checkPlanBytes holds a plan against what every format promises: nothing
// invisible, text that fits, rows that are whole, and JSON that can be read.
func checkPlanBytes(t *testing.T, f Format, b []byte) {
	t.Helper()
	if !utf8.Valid(b) {
		t.Error("not UTF-8")
	}
	for _, r := range string(b) {
		if r != '\n' && r != '\r' && !visible(r) {
			t.Fatalf("holds the invisible character %U", r)
		}
	}
	switch f {
	case Text:
		for line := range strings.Lines(string(b)) {
			if n := width(strings.TrimRight(line, "\n")); n > 80 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	case CSV:
		rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, c := range row {
				if formula(c) {
					t.Errorf("a spreadsheet could run %q", c)
				}
			}
		}
	case JSON:
		var v map[string]any
		if err := json.Unmarshal(b, &v); err != nil || v["type"] != "plan" || v["version"] != 1.0 {
			t.Errorf("%v, of type %v and version %v", err, v["type"], v["version"])
		}
		if bytes.Contains(b, []byte(": null")) {
			t.Error("a list is null and not empty")
		}
	}
}

// TestPlanAgreesWithReport: of every run, the plan and the report count the same
// devices as breaking, unless they have several addresses or exceptions.
func TestPlanAgreesWithReport(t *testing.T) {
	for _, file := range []string{"site.jsonl", "clients.jsonl", "verified.jsonl", "interrupted.jsonl", "hostile.jsonl"} {
		r := namedRun(t, file)
		p, err := NewRolloutPlan([]NamedRun{r}, nil, nil, plan.Options{Now: planDayOfTests})
		if err != nil {
			t.Fatal(err)
		}
		var breaks, unknown int
		if err := r.Each(func(_ *inventory.Host, a *assess.Assessment) error {
			f := &a.Policies.ClientAlways
			if f.Verdict == assess.Breaks || f.Guest != nil && f.Guest.Verdict == assess.Breaks {
				breaks++
			}
			if a.Policies.ServerAlways.Verdict == assess.Unknown {
				unknown++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		joined, err := r.join()
		if err != nil {
			t.Fatal(err)
		}
		got, most := p.Policies[0].Total.Blocked, breaks
		if got > most || got < most-joined.Surplus() {
			t.Errorf("%s: %d blocked of %d that break, with %d addresses too many", file, got, breaks, joined.Surplus())
		}
		total := p.Policies[1].Total
		if n := total.Ready + total.Blocked + total.AlreadyBroken + total.Unknown + total.Accepted; n != total.Devices {
			t.Errorf("%s: %+v do not add up", file, total)
		}
		if total.Unknown > unknown {
			t.Logf("%s: %d unknown as clients, of which %d work by a hint", file, total.Unknown, total.Unknown-unknown)
		}
	}
}

// TestPlanFormats refuses a format that there is not.
func TestPlanFormats(t *testing.T) {
	if _, err := ParsePlanFormat("pdf"); err == nil || !strings.Contains(err.Error(), "text, markdown, csv, json, html") {
		t.Errorf("%v", err)
	}
	if err := WritePlan(new(bytes.Buffer), &RolloutPlan{Plan: new(plan.Plan)}, "pdf", TextOptions{}); err == nil {
		t.Error("pdf is written")
	}
	p, err := NewRolloutPlan([]NamedRun{namedRun(t, "site.jsonl")}, nil, nil, planOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range PlanFormats {
		if WritePlan(fullDisk{}, p, f, TextOptions{}) == nil {
			t.Errorf("%s: a full disk is no error", f)
		}
	}
}

// TestPlanSameSite names the runs that are of one site.
func TestPlanSameSite(t *testing.T) {
	_, err := NewRolloutPlan([]NamedRun{namedRun(t, "site.jsonl"), namedRun(t, "site.jsonl")}, nil, nil, plan.Options{Now: planDayOfTests})
	var same *plan.SameSiteError
	if !errors.As(err, &same) || !strings.Contains(fmt.Sprint(err), `"HQ"`) {
		t.Errorf("%v", err)
	}
}

// severalRun is a run of HQ and Lab, with an SMB server at each of the addresses.
func severalRun(t testing.TB, id string, hosts ...string) NamedRun {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `{"type":"run","version":1,"id":%q,"sites":["HQ","Lab","HQ",""],"started":"2026-11-22T09:00:00Z","scope":["10.1.0.0/16"],"tool":"x"}`+"\n", id)
	for i, at := range hosts {
		site := []string{"HQ", "Lab"}[i%2]
		fmt.Fprintf(&b, `{"type":"host","address":%q,"port":445,"site":%q,"time":"2026-11-22T09:00:01Z","state":"smb","detail":"","smb1":{"port":445,"dialect":"NT LM 0.12","signing":"disabled","security_mode":2,"word_count":17}}`+"\n", at, site)
	}
	fmt.Fprintf(&b, `{"type":"summary","probed":4,"smb":%d,"open":0,"closed":0,"filtered":0,"finished":"2026-11-22T09:10:00Z","interrupted":false}`+"\n", len(hosts))
	r, err := Open(strings.NewReader(b.String()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return NamedRun{Run: r, Name: id}
}

// TestPlanOfSeveralSites: a run of several sites is told of site by site, and what it
// says of itself once.
func TestPlanOfSeveralSites(t *testing.T) {
	one := severalRun(t, "now", "10.1.0.1", "10.1.1.1")
	one.Sites = []string{"HQ"}
	narrow := severalRun(t, "now", "10.1.0.1", "10.1.1.1")
	if err := narrow.OnlySite("HQ"); err != nil {
		t.Fatal(err)
	}
	narrow.Sites = one.Sites
	for _, c := range []struct {
		run  NamedRun
		want string
	}{{severalRun(t, "now", "10.1.0.1", "10.1.1.1"), "HQ 1, Lab 1"}, {one, "HQ 1"}, {narrow, "HQ 1"}} {
		p, err := NewRolloutPlan([]NamedRun{c.run}, nil, nil, plan.Options{Now: planDayOfTests})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range p.Policies[0].Sites {
			got = append(got, fmt.Sprintf("%s %d", s.Site, s.Readiness.Devices))
			if words := strings.Join(s.Reasons, " "); strings.Contains(words, "lines of it were lost") {
				t.Errorf("%s: %s", s.Site, words)
			}
		}
		if text := strings.Join(got, ", "); text != c.want || len(p.Runs) != len(got) || len(p.runs) != len(got) {
			t.Errorf("%s, %d runs, want %s", text, len(p.Runs), c.want)
		}
		if states := p.states(); len(states) != 1 || fieldOf(states[0].fields, "Site") != "several: HQ, Lab" {
			t.Errorf("%+v", p.states())
		}
	}
}

// TestPlanLooksThroughEarlierRuns one at a time, and stops at the first that fails.
func TestPlanLooksThroughEarlierRuns(t *testing.T) {
	now := severalRun(t, "now", "10.1.0.1", "10.1.1.1")
	failed := errors.New("no disk")
	for _, fail := range []error{nil, failed} {
		earlier := func(use func(NamedRun) error) error {
			r := severalRun(t, "a", "10.1.0.1", "10.1.1.1", "10.1.0.7", "10.1.1.7")
			r.Header.Started = r.Header.Started.AddDate(0, 0, -7)
			r.Sites = []string{"Lab"}
			if err := use(r); err != nil {
				return err
			}
			return fail
		}
		p, err := NewRolloutPlan([]NamedRun{now}, nil, earlier, plan.Options{Now: planDayOfTests})
		if !errors.Is(err, fail) {
			t.Fatalf("got %v, want %v", err, fail)
		}
		if fail != nil {
			continue
		}
		hq, lab := p.Policies[0].Sites[0], p.Policies[0].Sites[1]
		if len(hq.Missing) != 0 || len(lab.Missing) != 1 || lab.Missing[0].Device.Address.String() != "10.1.1.7" || lab.Missing[0].Run != "a" {
			t.Errorf("%+v, %+v", hq.Missing, lab.Missing)
		}
		for _, f := range PlanFormats {
			var got bytes.Buffer
			if err := WritePlan(&got, p, f, TextOptions{Width: 80}); err != nil || !strings.Contains(got.String(), "10.1.1.7") {
				t.Errorf("%s: %v\n%s", f, err, got.String())
			}
			checkPlanBytes(t, f, got.Bytes())
		}
	}
}

// TestPlanMissingWords says what became of a device that is remembered, as far as that
// is known.
func TestPlanMissingWords(t *testing.T) {
	m := plan.Missing{Device: &plan.Device{Name: "NAS"}, Status: plan.Blocked, Reason: "smb1-signing-off", Run: "old", Seen: planDayOfTests}
	newer, again, replaced := m, m, m
	newer.Newer, again.Again = true, "later\x1b"
	replaced.By, replaced.ByRun = &plan.Device{Name: "PC1"}, "middle"
	future, bare, once := newer, m, m
	future.Future = true
	bare.Device, bare.There = &plan.Device{Address: netip.MustParseAddr("10.0.0.1")}, &plan.Device{Name: "PC1\x1b"}
	kind := bare
	kind.Other = true
	once.Expired = []inventory.Exception{{Until: planDayOfTests}}
	for want, m := range map[string]*plan.Missing{
		", and not in the runs looked at since":                               &m,
		", which is newer than the run of this plan":                          &newer,
		`, and not judged on as much since; seen in run later\x1b`:            &again,
		"; at its address was another device in run middle, no address (PC1)": &replaced,
		", a day that is yet to come":                                         &future,
		"; at this address now: no address (PC1\\x1b), which may be the same: accept it by its address (smbready exceptions add 10.0.0.1), or delete run old if that was a passing fault": &bare,
		"; at this address now: no address (PC1\\x1b), which is another kind of device: find the one that was there and scan it, or delete run old if that was a passing fault":           &kind,
		"; accepted once, until " + planDayOfTests.Format("2006-01-02"): &once,
	} {
		if got := planMissing(m); !strings.HasSuffix(got, want) || !strings.Contains(got, "run old)") {
			t.Errorf("%s, want %s", got, want)
		}
	}
	p := &plan.SitePlan{Unsettled: []plan.Missing{again}}
	if list := planMissingLists(p); len(list) != 3 || list[2].status != "not-settled" || len(list[2].list) != 1 {
		t.Errorf("%+v", list)
	}
	words := planChangeWords(&plan.Change{Device: &plan.Device{Name: "NAS"}, Before: plan.Blocked, After: plan.Ready, Less: true, Reason: "x"})
	if !strings.Contains(words, "now ready, where what made it a blocker was not met or asked again") {
		t.Error(words)
	}
}

// TestPlanWaveSites: a run of no site has a wave as well, and that is another thing than
// a wave of no site.
func TestPlanWaveSites(t *testing.T) {
	for want, sites := range map[string][]string{
		"Wave all: NO-GO (no site)":                nil,
		"Wave all: NO-GO (what is of no site, HQ)": {plan.NoSite, "HQ"},
	} {
		if got := planWave(&plan.Wave{Name: "all", Sites: sites}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
