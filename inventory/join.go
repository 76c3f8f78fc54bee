package inventory

import (
	"net/netip"
	"time"
)

// JoinFirst is Join.By of the observation that a host began with.
const JoinFirst = "first"

// Join says that an observation of another source was taken to be of this host,
// or was not, and why.
type Join struct {
	Source  Source     `json:"source"`
	Origin  string     `json:"origin,omitempty"` // the file or listener
	Address netip.Addr `json:"address,omitzero"` // under which that source knows it
	Name    string     `json:"name,omitempty"`   // likewise
	Time    time.Time  `json:"time,omitzero"`    // when it was last seen there
	By      string     `json:"by,omitempty"`     // what joins the two, such as "address"; empty for what was kept apart
	Apart   string     `json:"apart,omitempty"`  // why it was kept apart, in words
}
