package plan

import (
	"encoding/json"
	"net/netip"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// Plan is the plan of a rollout.
type Plan struct {
	Made       time.Time      `json:"made"`
	Rules      string         `json:"rules"` // the version of the rules by which hosts were judged
	Runs       []Source       `json:"runs"`
	Policies   []PolicyPlan   `json:"policies"`   // client-always, then server-always
	Exceptions []ExceptionUse `json:"exceptions"` // in the order in which they were given

	devices map[string][]*member // by site: all that were judged
	sites   map[string]*SitePlan // of which runs told, in the first of Policies
	memory  *Memory              // that was recalled; nil for none
	judge   func(*inventory.Host) assess.Assessment
}

// PolicyPlan is the plan for one policy.
type PolicyPlan struct {
	Policy  assess.Policy `json:"-"`
	Name    string        `json:"policy"` // of the policy
	Total   Readiness     `json:"total"`
	Unseen  int           `json:"sites_not_seen"` // of which no run told: they have no part in the total
	Sites   []SitePlan    `json:"sites"`          // by name
	Waves   []Wave        `json:"waves"`          // in order
	Changes *Changes      `json:"changes,omitempty"`
}

// SitePlan is what a policy means for one site. A device stands in a list once
// for each of its paths that belongs there, and is counted once in Readiness, by
// the worst of them.
type SitePlan struct {
	Site  string   `json:"site"` // empty: of devices that name none
	Owner string   `json:"owner,omitempty"`
	Tags  []string `json:"tags,omitempty"`
	Wave  string   `json:"wave,omitempty"` // as the sites file has it
	Gate
	Readiness Readiness            `json:"readiness"`
	Evidence  *Evidence            `json:"evidence,omitempty"` // of devices as clients; for server-always
	Blockers  []Item               `json:"blockers"`
	Broken    []Item               `json:"already_broken"` // they fail today, for another reason
	Unknown   []Item               `json:"unknown"`
	Accepted  []Item               `json:"accepted"`                 // those to which an exception holds
	Missing   []Missing            `json:"not_seen_again,omitempty"` // what was not ready, and was not seen again
	Replaced  []Missing            `json:"replaced,omitempty"`       // likewise, but another device stands in its place
	Unsettled []Missing            `json:"not_settled,omitempty"`    // what was not ready, and was not asked as much since; or is not in a newer run
	Steps     []Step               `json:"steps"`                    // what settles the unknowns, that which settles most first
	Canary    []assess.CanaryGroup `json:"-"`                        // of each, one device is tried at a listener; for server-always

	source    *Source // nil: nothing was seen of the site
	cover     Coverage
	area      *inventory.Area // all that the site is, as it is defined; nil where it is not
	former    []string        // names of sites that are no more, whose targets it has now
	stored    bool            // the definition is one that a store keeps
	kept      bool            // the store has one of the site
	newer     []PassedOver
	refusing  int  // devices of which something was found and that refuse SMB now
	noStore   bool // there was none to look for earlier runs in
	notRead   int  // earlier runs that were not recalled
	sitesFile bool // there is one, and the definitions are those of it
	undefined bool // and the site is not in it
	partial   bool // the run does not tell of all of the site
	stale     bool // it is too old, or of an unknown age
}

// Readiness counts devices by what the policy does to them. Each is counted
// once.
type Readiness struct {
	Devices       int `json:"devices"` // that the policy concerns
	Ready         int `json:"ready"`
	Blocked       int `json:"blocked"`
	AlreadyBroken int `json:"already_broken"`
	Unknown       int `json:"unknown"`
	Accepted      int `json:"accepted"`      // not ready, and an exception holds
	GuestOnly     int `json:"guest_only"`    // of the blocked: those that go on working for users with an account
	GuestUnknown  int `json:"guest_unknown"` // of the unknown: those that would be ready if they let in no guests
}

// Percent returns how much of 100 is ready, rounded down, so that 100 means all;
// without any device nothing is ready.
func (r Readiness) Percent() int {
	if r.Devices == 0 {
		return 0
	}
	return r.Ready * 100 / r.Devices
}

// MarshalJSON writes the counts and, with them, the per cent.
func (r Readiness) MarshalJSON() ([]byte, error) {
	type counts Readiness // without this method
	return json.Marshal(struct {
		counts
		Percent int `json:"percent"`
	}{counts(r), r.Percent()})
}

func (r *Readiness) add(o Readiness) {
	r.Devices += o.Devices
	r.Ready += o.Ready
	r.Blocked += o.Blocked
	r.AlreadyBroken += o.AlreadyBroken
	r.Unknown += o.Unknown
	r.Accepted += o.Accepted
	r.GuestOnly += o.GuestOnly
	r.GuestUnknown += o.GuestUnknown
}

// Evidence says of how many devices it was seen what they do as clients, and by
// what.
type Evidence struct {
	Devices    int `json:"devices"`
	Ready      int `json:"ready"` // of these
	Listener   int `json:"listener"`
	Captures   int `json:"captures"`
	Events     int `json:"events"`
	PowerShell int `json:"powershell"`
}

// Device is a device of the plan.
type Device struct {
	Address netip.Addr    `json:"address,omitzero"` // invalid where it is known by name alone
	Also    []netip.Addr  `json:"also,omitempty"`   // its other addresses
	Name    string        `json:"name,omitempty"`
	MAC     string        `json:"mac,omitempty"`
	Kind    assess.Device `json:"kind"` // without its evidence
}

// Path is a way in which a device is used.
type Path string

// Paths.
const (
	WithAccount Path = "with an account" // as a server of our clients
	AsGuest     Path = "as guest"        // likewise, without an account
	AsClient    Path = "as a client"     // of our servers
)

// Item is a device, or one path of it, about which something is to be done.
type Item struct {
	Site      string                `json:"-"`
	Device    *Device               `json:"device"`
	Path      Path                  `json:"path"`
	Status    Status                `json:"status"`
	Finding   assess.Finding        `json:"finding"`
	Kinds     []Kind                `json:"remedy_kinds,omitempty"` // of the remedy, that to try first in front
	Steps     []StepCode            `json:"settled_by,omitempty"`   // of an unknown
	Exception *inventory.Exception  `json:"exception,omitempty"`    // that holds
	Expired   []inventory.Exception `json:"expired,omitempty"`      // that held once
}

// Status is what a policy does to a device, as far as the plan goes.
type Status uint8

// Values of Status. The zero value is never shown as fine.
const (
	StatusUnknown   Status = iota // also what works by no more than a hint
	Blocked                       // it would stop working
	AlreadyBroken                 // it fails today, for another reason
	Accepted                      // one of the others, and an exception holds
	Ready                         // it goes on working, at least likely
	NotConcerned                  // it has not that role
	NotSeen                       // of changes: it is not in the later run
	statusesPlusOne               // their number
)

var statusNames = [statusesPlusOne]string{"unknown", "blocked", "already-broken", "accepted", "ready", "not-concerned", "not-seen"}

func (s Status) String() string { return statusNames[s] }

// MarshalText writes the status's name.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// severity orders statuses, the worst first.
func (s Status) severity() int {
	return [statusesPlusOne]int{StatusUnknown: 2, Blocked: 0, AlreadyBroken: 1, Accepted: 3, Ready: 4, NotConcerned: 5, NotSeen: 6}[s]
}

// statusOf translates a finding. What works by a hint alone is not taken for
// ready.
func statusOf(f *assess.Finding) Status {
	switch f.Verdict {
	case assess.Breaks:
		return Blocked
	case assess.AlreadyBroken:
		return AlreadyBroken
	case assess.Works:
		if f.Confidence >= assess.Likely {
			return Ready
		}
	case assess.NoChange:
		return Ready
	case assess.NotApplicable:
		return NotConcerned
	}
	return StatusUnknown
}

// Run returns the run that told of the site, if one did.
func (s *SitePlan) Run() (Source, bool) {
	if s.source == nil {
		return Source{}, false
	}
	return *s.source, true
}
