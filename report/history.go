package report

import (
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// HistoryPoint is one run of several, for the progress that a report shows over
// runs.
type HistoryPoint struct {
	Run      string // its id
	Site     string // empty for a run of no site, or of several
	Time     time.Time
	Complete bool

	// Hosts is how many hosts were judged, Counts how many have which verdict, by
	// policy and verdict, and Guest the same for the guest path of client-always.
	Hosts  int
	Counts [len(assess.Policies)][len(assess.Verdicts)]int
	Guest  [len(assess.Verdicts)]int
}

// NewHistoryPoint judges a run, by the rules of today, and counts.
func NewHistoryPoint(r *Run) (HistoryPoint, error) {
	var t Tally
	count := func(h *inventory.Host) (assess.Assessment, error) { return r.judge(h), nil }
	err := inOrder(r, count, func(a assess.Assessment) error {
		t.Add(&a)
		return nil
	})
	return HistoryPoint{
		Run: r.Header.ID, Site: firstOf(r.onlySite, r.Header.Site), Time: r.Header.Started, Complete: !r.Interrupted,
		Hosts: t.Hosts, Counts: t.verdicts, Guest: t.guest,
	}, err
}
