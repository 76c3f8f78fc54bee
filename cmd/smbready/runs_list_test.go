package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"smbready/report"
)

// TestRunsListWidth writes the list for terminals: what fits none of the widths that
// people have is left out, and a file or a pipe has all.
func TestRunsListWidth(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 5, 0, 0, time.UTC)
	row := runRow{ID: "20261122T090500Z-ABCDEF", Site: "HQ", Started: at, State: runInterrupted, Hosts: 12, Probed: 17, Targets: 254,
		Scope: []string{"10.1.0.0/24"}, Tool: "smbready v1.2.3"}
	done := row
	done.State, done.Probed = runComplete, 254
	long := row
	long.Site, long.Sites = "", []string{"Distribution centre north", "Distribution centre south"}
	long.Scope = []string{"10.20.30.0/24", "10.20.31.0/24", "fs01.distribution.example.com"}
	future := row
	future.Future = true
	for _, tt := range []struct {
		name   string
		rows   []runRow
		width  int
		widest int
		want   string
	}{
		{"pipe", []runRow{row}, 0, 120, "2026-11-22 09:05  interrupted  12     17 of 254  10.1.0.0/24  v1.2.3"},
		{"wide", []runRow{row}, 120, 120, "2026-11-22 09:05  interrupted  12     17 of 254  10.1.0.0/24  v1.2.3"},
		{"narrow", []runRow{row}, 90, 90, "  HQ    11-22 09:05  interrupted  12     17/254  10.1.0.0/24\n"},
		{"80", []runRow{row}, 80, 80, "  HQ    11-22 09:05  interrupted  17/254  10.1.0.0/24\n"},
		{"complete at 80", []runRow{done}, 80, 80, "  HQ    11-22 09:05  complete  12     254    10.1.0.0/24\n"},
		{"long", []runRow{row, long}, 100, 100, "Distribution centre… +1  11-22 09:05"},
		{"long at 80", []runRow{row, long}, 80, 80, "Distrib… +1  11-22 09:05"},
		{"future", []runRow{row, future}, 90, 90, " 11-22 09:05 (future) "},
		{"future, wide", []runRow{row, future}, 0, 130, " 2026-11-22 09:05 (dated in the future) "},
		{"hopeless", []runRow{row, long, future}, 40, 90, "Distrib… +1"},
	} {
		var b bytes.Buffer
		if err := writeRuns(&b, report.Text, tt.rows, tt.width); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), tt.want) {
			t.Errorf("%s: got\n%swant %s", tt.name, b.String(), tt.want)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > tt.widest {
				t.Errorf("%s: %d columns: %s", tt.name, n, line)
			}
		}
	}
}
