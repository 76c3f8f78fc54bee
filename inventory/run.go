package inventory

import (
	"slices"
	"time"
)

// FormatVersion is the version of the line format that this package writes.
const FormatVersion = 1

// Run says what a scan set out to do. It is the first line of a run.
type Run struct {
	Version    int       `json:"version"`
	ID         string    `json:"id"`
	Site       string    `json:"site,omitempty"`
	Sites      []string  `json:"sites,omitempty"` // of a run of several; Site is empty then
	Started    time.Time `json:"started"`
	Scope      []string  `json:"scope"`              // what was to be scanned, as the user gave it
	Excluded   []string  `json:"excluded,omitempty"` // what was never to be contacted
	Tool       string    `json:"tool"`
	Depth      string    `json:"depth,omitempty"`
	Gentle     bool      `json:"gentle,omitempty"`
	GuestCheck bool      `json:"guest_check,omitempty"` // a user that does not exist was to be logged on
	Services   []string  `json:"services,omitempty"`    // other services that were to be asked, such as "mdns"
	Targets    uint64    `json:"targets,omitempty"`     // addresses in scope, without the excluded ones
	Seed       int64     `json:"seed,omitempty"`        // of the shuffled order
	Inputs     []Input   `json:"inputs,omitempty"`      // what an import or a listener read
}

// IsOf reports whether the run is of a site: of that alone, or of several with it.
func (r *Run) IsOf(site string) bool {
	return site != "" && (r.Site == site || slices.Contains(r.Sites, site))
}

// Summary says how a scan ended. It is the last line of a run; a run without
// one did not end.
type Summary struct {
	Probed      uint64    `json:"probed"` // addresses that were asked
	SMB         uint64    `json:"smb"`
	Open        uint64    `json:"open"`
	Closed      uint64    `json:"closed"`
	Filtered    uint64    `json:"filtered"`
	Unreachable uint64    `json:"unreachable,omitempty"`
	Skipped     uint64    `json:"skipped,omitempty"` // lines of a target list that --skip-bad passed over
	Connections uint64    `json:"connections,omitempty"`
	Finished    time.Time `json:"finished"`
	Interrupted bool      `json:"interrupted"`
	Error       string    `json:"error,omitempty"` // why the scan ended early, when it was not the user
}

// Count adds a host's state to the summary.
func (s *Summary) Count(state State) {
	s.Probed++
	switch state {
	case StateSMB:
		s.SMB++
	case StateOpen:
		s.Open++
	case StateClosed:
		s.Closed++
	case StateFiltered:
		s.Filtered++
	case StateUnreachable:
		s.Unreachable++
	}
}
