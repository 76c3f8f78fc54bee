package plan

import (
	"time"

	"smbready/inventory"
)

// Source is a run that the plan rests on.
type Source struct {
	Name        string    `json:"name,omitempty"` // by which the user gave it
	ID          string    `json:"id"`
	Site        string    `json:"site,omitempty"`  // of hosts that name none
	Sites       []string  `json:"sites,omitempty"` // of a run of several: all of them; what it counts is of all
	Started     time.Time `json:"started,omitzero"`
	Imported    bool      `json:"imported,omitempty"` // it was read from files, or heard
	Seen        time.Time `json:"seen,omitzero"`      // of one that was: when the oldest of what it tells of was seen, if that is known
	Last        time.Time `json:"-"`                  // when the newest of what it tells of was seen; of a scan, its end
	Interrupted bool      `json:"interrupted"`        // it did not reach its end
	Unanswered  uint64    `json:"unanswered"`         // addresses that gave no answer: nothing is known of them
	Refused     uint64    `json:"refused"`            // addresses that refuse SMB: a device, which may still be a client
	Unasked     uint64    `json:"unasked,omitempty"`  // addresses in scope that were not asked
	Skipped     uint64    `json:"skipped,omitempty"`  // lines of target lists that were passed over
	Unread      []string  `json:"unread,omitempty"`   // files that could not be read whole
	SMB         uint64    `json:"-"`                  // hosts that speak SMB, by what it said at its end; 0 where that cannot be held against the hosts
	Scope       []string  `json:"-"`                  // what it was to ask
	Excluded    []string  `json:"-"`                  // and what it was never to contact
	GuestCheck  bool      `json:"-"`                  // it was to log on everywhere as a user that does not exist
	Nth         int       `json:"-"`                  // of the runs of the plan, from 0 on; set by the builder
	Elsewhere   bool      `json:"-"`                  // it names other sites than that of which its hosts are taken
	Ahead       bool      `json:"-"`                  // it is dated after one that began later: a clock was set back between

	count *runCount
}

// Taken returns when what a run tells of was seen, at the earliest. For an import
// that is not when it was made: it may tell of what was long ago. The zero time
// means that it is not known.
func Taken(h *inventory.Run) time.Time {
	if len(h.Inputs) == 0 {
		return h.Started
	}
	var oldest time.Time
	for i := range h.Inputs {
		if first := h.Inputs[i].First; oldest.IsZero() || !first.IsZero() && first.Before(oldest) {
			oldest = first
		}
	}
	return oldest
}

// Latest returns when the last of what a run tells of was seen: of a scan, its end; when it
// began, or was imported, where that is not known. By that it is of late: a log of months
// may end today, and a scan that was resumed. The summary is nil for one that has none.
func Latest(h *inventory.Run, sum *inventory.Summary) time.Time {
	var last time.Time
	for i := range h.Inputs {
		if at := h.Inputs[i].Last; at.After(last) {
			last = at
		}
	}
	switch {
	case !last.IsZero():
		return last
	case len(h.Inputs) == 0 && sum != nil && sum.Finished.After(h.Started):
		return sum.Finished
	}
	return h.Started
}

// SitesOf returns the sites of a run of several, each once; none for a run of one site,
// or of none.
func SitesOf(h *inventory.Run) (sites []string) {
	if h.Site != "" {
		return nil
	}
	seen := map[string]bool{"": true}
	for _, s := range h.Sites {
		if !seen[s] {
			seen[s] = true
			sites = append(sites, s)
		}
	}
	return sites
}

// Taken returns the time from which the run ages.
func (s *Source) Taken() time.Time {
	if s.Imported {
		return s.Seen
	}
	return s.Started
}

// latest returns when the last of what the run tells of was seen.
func (s *Source) latest() time.Time {
	if !s.Last.IsZero() {
		return s.Last
	}
	return s.Started
}

// end has a scan that did not say when it ended, or not what can be, end with its last host.
func (s *Source) end() {
	if !s.Imported && !s.Last.After(s.Started) && s.count.last.After(s.Started) {
		s.Last = s.count.last
	}
}

// misdated reports whether the run is dated so late that a clock must have been wrong:
// nothing is known to have been seen before it.
func (s *Source) misdated(now time.Time) bool { return s.Ahead || inventory.Future(s.latest(), now) }

// since returns from when on what a run tells of a device was surely seen: a time that
// cannot be is not believed.
func (s *Source) since(m *member) time.Time {
	if s.Imported || m.first.IsZero() || m.first.After(s.latest()) {
		return s.Taken()
	}
	return m.first
}

// until returns up to when what a run tells of a device may have been seen.
func (s *Source) until(m *member) time.Time {
	if s.Imported || m.last.Before(s.Started) || m.last.After(s.latest()) {
		return s.latest()
	}
	return m.last
}

// lost returns how many hosts that speak SMB the run counted and does not tell of.
func (s *Source) lost() uint64 {
	if s.SMB <= s.count.smb {
		return 0
	}
	return s.SMB - s.count.smb
}

// PassedOver is a run that is newer than the one that was chosen for a site, or an
// earlier one that should have been looked through.
type PassedOver struct {
	Site, Run string
	Why       string // it was passed over, in words
	Against   bool   // the site must not go ahead without it
	Earlier   bool   // it is not newer
	Recalled  bool   // what it found against devices is remembered
}
