package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"smbready/assess"
)

// Decision is whether something may go ahead. Its zero value is the careful one.
type Decision uint8

// Decisions.
const (
	NoGo Decision = iota
	Go
)

func (d Decision) String() string {
	if d == Go {
		return "go"
	}
	return "no-go"
}

// MarshalText writes the decision's name.
func (d Decision) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Gate is a decision, what speaks against going ahead, and what to heed in any
// case. It is Go exactly where nothing speaks against it.
type Gate struct {
	Decision   Decision `json:"decision"`
	Reasons    []string `json:"reasons"`    // against
	Conditions []string `json:"conditions"` // to heed
}

func (g *Gate) against(format string, args ...any) {
	g.Reasons = append(g.Reasons, fmt.Sprintf(format, args...))
}

func (g *Gate) heed(format string, args ...any) {
	g.Conditions = append(g.Conditions, fmt.Sprintf(format, args...))
}

func (g *Gate) decide() Gate {
	g.Decision = NoGo
	if len(g.Reasons) == 0 {
		g.Decision = Go
	}
	return *g
}

// Ages of what a decision rests on.
const (
	oldRun     = 30 * 24 * time.Hour
	tooOldRun  = 60 * 24 * time.Hour
	oneDay     = 24 * time.Hour
	mostQuoted = 3 // entries of a list
)

// gate decides whether the policy may be switched on at the entire site.
func (s *SitePlan) gate(policy assess.Policy, o *Options) Gate {
	g := Gate{Reasons: []string{}, Conditions: []string{}}
	if s.source == nil {
		g.against("Nothing was seen of this site: scan it.")
		return g.decide()
	}
	if s.source.Interrupted {
		g.against("The run did not reach its end: devices may be missing.")
	}
	s.leftOut(&g, o)
	s.openDevices(&g, policy)
	if policy == assess.ServerAlways {
		s.clientEvidence(&g)
	}
	s.heedRun(&g, policy, o.Now)
	return g.decide()
}

// leftOut says what of the site the run cannot tell: nobody knows what is there.
func (s *SitePlan) leftOut(g *Gate, o *Options) {
	r := s.source
	if r.Unasked > 0 {
		g.against("Of the run's scope, %s not asked.", counted(r.Unasked, "target was", "targets were"))
	}
	if r.Unread > 0 {
		g.against("%d of the files that the run was read from could not be read whole.", r.Unread)
	}
	if r.Lost > 0 {
		g.against("%d of the hosts that the run counts are missing in it.", r.Lost)
	}
	if s.site != nil {
		if missing := without(s.site.Targets, r.Scope); len(missing) > 0 {
			g.against("The run did not ask all of the site's targets: %s.", quoted(missing))
		}
	}
	excluded := r.Excluded
	if s.site != nil {
		excluded = without(without(excluded, s.site.Exclude), o.Exclude)
	}
	switch {
	case len(excluded) == 0:
	case s.site != nil:
		g.against("The run left out what the sites file does not exclude: %s.", quoted(excluded))
	default:
		g.heed("The run was never to contact %s: what is there has not been judged.", quoted(excluded))
	}
	if len(r.Newer) > 0 {
		g.against("A later run may tell of this site, and this plan does not rest on it: %s. Name the run to use.", quoted(r.Newer))
	}
}

// without returns the entries of a list that another has not.
func without(list, other []string) (rest []string) {
	for _, entry := range list {
		if !slices.Contains(other, entry) {
			rest = append(rest, entry)
		}
	}
	return rest
}

// quoted lists the first entries, each cut to a sensible length.
func quoted(list []string) string {
	var parts []string
	for _, entry := range list[:min(len(list), mostQuoted)] {
		parts = append(parts, fmt.Sprintf("%.60s", entry))
	}
	text := strings.Join(parts, ", ")
	if len(list) > mostQuoted {
		text += fmt.Sprintf(" and %d more", len(list)-mostQuoted)
	}
	return text
}

// openDevices says which devices speak against it, worst first.
func (s *SitePlan) openDevices(g *Gate, policy assess.Policy) {
	r := &s.Readiness
	if r.Blocked > 0 {
		words := "would stop working"
		if policy == assess.ServerAlways {
			words = "would be shut out of your servers"
		}
		guests := ""
		if r.GuestOnly > 0 {
			guests = fmt.Sprintf(" (%d of them for guests alone)", r.GuestOnly)
		}
		g.against("%s %s%s.", devices(r.Blocked), words, guests)
	}
	if n := expiredIn(s.Blockers, s.Broken, s.Unknown); n > 0 {
		g.against("%s accepted once, and the exception has expired.", wereOrWas(n))
	}
	if r.AlreadyBroken > 0 {
		g.against("%s today already for another reason: put right or accept each, so that its failure is not laid to the policy.", fails(r.AlreadyBroken))
	}
	if r.Unknown > 0 {
		guests := ""
		if r.GuestUnknown > 0 {
			guests = fmt.Sprintf(" (of %d of them, only whether they let in guests)", r.GuestUnknown)
		}
		g.against("It is not known how %s would fare%s.", devices(r.Unknown), guests)
	}
	if r.Devices == 0 && policy == assess.ClientAlways {
		g.against("No device was found that serves files. That is no proof that there is none.")
	}
}

// clientEvidence says what lacks to tell how devices fare as clients: that, no
// scan shows.
func (s *SitePlan) clientEvidence(g *Gate) {
	e := s.Evidence
	if e.Devices == 0 {
		g.against("No listener, capture or event log has shown what any device does as a client of your servers; a scan cannot.")
		return
	}
	if e.Captures+e.Events+e.PowerShell == 0 {
		g.heed("Only the listener has shown clients: who else connects to your servers, the audit of the servers tells (smbready plan --audit-setup).")
	}
	if n := s.Readiness.Ready - e.Ready; n > 0 {
		g.heed("Of %s it is by their system alone that they are taken to sign.", devices(n))
	}
	g.heed("Devices that connect to your servers, and that no scan, listener or log has met, are not in this plan.")
}

// heedRun says what to heed of the run that the site was seen in.
func (s *SitePlan) heedRun(g *Gate, policy assess.Policy, now time.Time) {
	if n := s.source.Unanswered; n > 0 {
		g.heed("%s gave no answer in the run: devices there that were off, asleep or behind a firewall have not been judged.", addresses(n))
	}
	if n := s.source.Refused; n > 0 && policy == assess.ServerAlways {
		g.heed("%s refused SMB in the run: devices there may still be clients of your servers.", addresses(n))
	}
	if age := now.Sub(s.source.Started); !s.source.Started.IsZero() && age > tooOldRun {
		g.against("The run is %d days old: scan again.", int(age/oneDay))
	} else if !s.source.Started.IsZero() && age > oldRun {
		g.heed("The run is %d days old.", int(age/oneDay))
	} else if age < -oneDay {
		g.heed("The run began later than now, by the clock of this computer.")
	}
	if n := s.Readiness.Accepted; n > 0 {
		g.heed("%s not ready, and accepted as an exception.", areOrIs(n))
	}
}

// expiredIn counts the devices in lists to which an exception held once.
func expiredIn(lists ...[]Item) int {
	seen := map[*Device]bool{}
	for _, list := range lists {
		for i := range list {
			if len(list[i].Expired) > 0 {
				seen[list[i].Device] = true
			}
		}
	}
	return len(seen)
}

func devices(n int) string { return counted(uint64(n), "device", "devices") }

func addresses(n uint64) string { return counted(n, "address", "addresses") }

func wereOrWas(n int) string { return counted(uint64(n), "device was", "devices were") }

func areOrIs(n int) string { return counted(uint64(n), "device is", "devices are") }

func fails(n int) string { return counted(uint64(n), "device fails", "devices fail") }

func counted(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands writes a number as the reports do: 1,024.
func thousands(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// someNames lists names, the first few.
func someNames(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
