package main

import (
	"bytes"
	"testing"

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
