package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
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

var planExtensions = map[Format]string{Text: ".txt", Markdown: ".md", CSV: ".csv", JSON: ".json"}

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
		p, err := NewRolloutPlan(runs, since, planOptions(t))
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
				golden(t, "testdata/plan/"+name+planExtensions[f], got.Bytes())
				checkPlanBytes(t, f, got.Bytes())
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
		p, err := NewRolloutPlan([]NamedRun{r}, nil, plan.Options{Now: planDayOfTests})
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
	if _, err := ParsePlanFormat("pdf"); err == nil || !strings.Contains(err.Error(), "text, markdown, csv, json") {
		t.Errorf("%v", err)
	}
	if err := WritePlan(new(bytes.Buffer), &RolloutPlan{Plan: new(plan.Plan)}, "pdf", TextOptions{}); err == nil {
		t.Error("pdf is written")
	}
	p, err := NewRolloutPlan([]NamedRun{namedRun(t, "site.jsonl")}, nil, planOptions(t))
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
	_, err := NewRolloutPlan([]NamedRun{namedRun(t, "site.jsonl"), namedRun(t, "site.jsonl")}, nil, plan.Options{Now: planDayOfTests})
	var same *plan.SameSiteError
	if !errors.As(err, &same) || !strings.Contains(fmt.Sprint(err), `"HQ"`) {
		t.Errorf("%v", err)
	}
}
