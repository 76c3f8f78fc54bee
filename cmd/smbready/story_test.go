package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"smbready/assess"
	"smbready/inventory"
	"smbready/report"
)

// TestStoryFacts holds the simulated weeks against what was let happen in them:
// the story is told by real scans, so that a report of it can be trusted.
func TestStoryFacts(t *testing.T) {
	runs := tellStory(t)
	if len(runs) != 3*storyWeeks {
		t.Fatalf("%d runs, want %d", len(runs), 3*storyWeeks)
	}
	for _, tt := range []struct {
		site, address string
		week          int
		want          assess.Verdict
	}{
		{"HQ", "10.1.0.5", 1, assess.Breaks}, {"HQ", "10.1.0.5", 2, assess.Works}, // the copier is replaced
		{"Clinic", "10.3.0.1", 2, assess.Unknown}, {"Clinic", "10.3.0.1", 3, assess.Works}, // the archive is mended
		{"Clinic", "10.3.0.4", 5, assess.Works}, {"Clinic", "10.3.0.4", 6, assess.Unknown}, // the backup server advertises no signing any more
		{"Plant", "10.2.0.3", 5, assess.Unknown}, {"Plant", "10.2.0.3", 8, assess.Works}, // dark, then replaced
	} {
		if got := storyVerdict(t, runs[storyRun(tt.site, tt.week)], tt.address); got != tt.want {
			t.Errorf("%s in week %d: %v, want %v", tt.address, tt.week, got, tt.want)
		}
	}
}

// storyVerdict is that of client-always for a host of a run.
func storyVerdict(t *testing.T, run []byte, address string) (v assess.Verdict) {
	r, err := report.Open(bytes.NewReader(run), int64(len(run)))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	err = r.Each(func(h *inventory.Host, a *assess.Assessment) error {
		if h.Address.String() == address {
			v, found = a.Policies.ClientAlways.Verdict, true
		}
		return nil
	})
	if err != nil || !found {
		t.Fatalf("%s: %v, found %v", address, err, found)
	}
	return v
}

const storySites = `sites:
  - {name: HQ, targets: [10.1.0.0/27], owner: it@example.com, wave: pilot-site}
  - {name: Plant, targets: [10.2.0.0/27], owner: hall@example.com, wave: all}
  - {name: Clinic, targets: [10.3.0.0/27], owner: ward@example.com, wave: all}
`

// One exception has expired, and the device comes back as a blocker.
const storyExceptions = `exceptions:
  - {device: CX-2F41A7, site: Plant, policy: client-always, by: P. Miller, why: new controller in August, until: 2026-08-15}
  - {device: HP9A41C6, site: Clinic, policy: client-always, by: J. Doe, why: scans to a stick, until: 2999-12-31}
`

// TestStory keeps two months of three sites in a store and holds what plan,
// diff and report tell of them against the golden files: the copier that was
// replaced, the archive that was mended, the NAS that moved, the one that was
// dark and then replaced, the backup server that was broken, the run that was
// cut off, and the exception that expired.
func TestStory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(dbVariable, filepath.Join(dir, "runs.db"))
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	args := []string{"runs", "import"}
	for id, b := range tellStory(t) {
		args = append(args, write(id+".jsonl", string(b)))
	}
	storyCommand(t, args...)
	clock := planClock // the plan is made a week after the last runs
	planClock = func() time.Time { return storyBegin.AddDate(0, 0, 7*storyWeeks) }
	t.Cleanup(func() { planClock = clock })
	sites, exceptions := write("sites.yaml", storySites), write("exceptions.yaml", storyExceptions)
	first := []string{storyRun("HQ", 0), storyRun("Plant", 0), storyRun("Clinic", 0)}
	for name, args := range map[string][]string{
		"plan.txt":         {"plan", "--sites", sites, "--exceptions", exceptions, "--since", strings.Join(first, ","), "-q"},
		"diff-hq.txt":      {"diff", storyRun("HQ", 0), storyRun("HQ", 9)},
		"diff-clinic.txt":  {"diff", storyRun("Clinic", 0), storyRun("Clinic", 9)},
		"diff-plant.txt":   {"diff", storyRun("Plant", 0), storyRun("Plant", 9)},
		"diff-dark.txt":    {"diff", storyRun("Plant", 4), storyRun("Plant", 5)},
		"diff-cut-off.txt": {"diff", storyRun("Plant", 6), storyRun("Plant", 7)},
		"report.txt":       {"report", "last:Plant"},
		"runs.txt":         {"runs", "list"},
	} {
		t.Run(name, func(t *testing.T) { holdStory(t, name, storyCommand(t, args...)) })
	}
}

// storyCommand runs smbready and returns what it answers.
func storyCommand(t *testing.T, args ...string) string {
	t.Helper()
	var out, notes bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &out, &notes); code != 0 {
		t.Fatalf("smbready %s: exit code %d\n%s", args[0], code, notes.String())
	}
	return out.String()
}

// storyNow matches what depends on the day of the test.
var storyNow = regexp.MustCompile(`Made .*|The run is \d+ days old|rules \d{4}-\d\d-\d\d-\w+`)

// holdStory compares an answer with its golden file.
func holdStory(t *testing.T, name, got string) {
	got = storyNow.ReplaceAllString(got, "NOW")
	file := filepath.Join("testdata", "story", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; run with -update and read the difference. Got\n%s", file, got)
	}
}
