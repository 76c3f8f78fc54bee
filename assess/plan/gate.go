package plan

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"smbready/assess"
	"smbready/inventory"
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
// case. It is Go exactly where nothing speaks against it: it is opened once, and what is
// said against it shuts it for good.
type Gate struct {
	Decision   Decision `json:"decision"`
	Reasons    []string `json:"reasons"`    // against
	Conditions []string `json:"conditions"` // to heed
}

// openGate returns a gate that nothing speaks against yet.
func openGate() Gate { return Gate{Decision: Go, Reasons: []string{}, Conditions: []string{}} }

func (g *Gate) against(format string, args ...any) {
	g.Decision = NoGo
	g.Reasons = append(g.Reasons, fmt.Sprintf(format, args...))
}

func (g *Gate) heed(format string, args ...any) {
	g.Conditions = append(g.Conditions, fmt.Sprintf(format, args...))
}

// Ages of what a decision rests on.
const (
	oneDay   = 24 * time.Hour
	agedRun  = 14 * oneDay // is to be heeded
	staleRun = 60 * oneDay // does not tell how the site is now

	// RecallFor is how long a device that was not ready and is not seen again is held
	// against going ahead.
	RecallFor = staleRun
)

// gate decides whether the policy may be switched on at the entire site.
func (s *SitePlan) gate(policy assess.Policy, now time.Time) Gate {
	g := openGate()
	s.newerRuns(&g)
	if s.source == nil {
		g.against("Nothing was seen of this site: scan it.%s", s.orForget())
		return g
	}
	if s.source.Interrupted {
		g.against("The run did not reach its end: devices may be missing.")
	}
	s.age(&g, now)
	s.notAsked(&g)
	if s.notRead > 0 {
		g.against("%s of late not consulted for devices that are not seen again: what one of them alone saw is not known. Delete those that are not needed (smbready runs delete).", counted(uint64(s.notRead), "earlier run was", "earlier runs were"))
	}
	s.openDevices(&g, policy)
	if policy == assess.ServerAlways {
		s.clientEvidence(&g)
	}
	s.heedRun(&g, policy)
	return g
}

// newerRuns tells of runs that are newer than the one that the site was seen in, and of
// earlier ones that cannot be read.
func (s *SitePlan) newerRuns(g *Gate) {
	for _, n := range s.newer {
		switch {
		case n.Earlier && n.Recalled:
			g.heed("An earlier run, %s, %s. What it saw of this site that is not ready counts.", n.Run, n.Why)
		case n.Earlier:
			g.against("An earlier run, %s, %s: what it saw that is not seen again is not known. Import a saved one in its place, or delete it.", n.Run, n.Why)
		case n.Against:
			g.against("A newer run, %s, %s: scan the site again, or delete that run (smbready runs delete %s).", n.Run, n.Why, n.Run)
		case n.Recalled:
			g.heed("A newer run, %s, was passed over: it %s. What it saw of this site that is not ready counts.", n.Run, n.Why)
		default:
			g.heed("A newer run, %s, was passed over: it %s.", n.Run, n.Why)
		}
	}
}

// age says how old the run is. What it tells of may be long ago, whenever it was
// imported.
func (s *SitePlan) age(g *Gate, now time.Time) {
	taken := s.source.Taken()
	age, before := now.Sub(taken), len(g.Reasons)
	switch {
	case taken.IsZero():
		g.against("It is not known how old the run is.")
	case inventory.Future(taken, now):
		g.against("The run is dated in the future, %s: a clock was wrong, and it is not known how old it is.", taken.UTC().Format(time.DateOnly))
	case s.source.Ahead:
		g.against("The run is dated after one that began later: a clock was wrong, and it is not known how old it is. Scan the site again, or delete that one if its clock was wrong.")
	case s.source.misdated(now):
		g.against("The run ended in the future, %s: a clock was wrong, and it is not known how old it is.", s.source.latest().UTC().Format(time.DateOnly))
	case age > staleRun:
		g.against("The run is %d days old: scan the site again.%s", int(age/oneDay), s.orForget())
	case age > agedRun:
		g.heed("The run is %d days old.%s", int(age/oneDay), s.orForget())
	}
	s.stale = len(g.Reasons) > before
}

// orForget says how to have a site of the store left out that is no more.
func (s *SitePlan) orForget() string {
	if !s.kept {
		return ""
	}
	return fmt.Sprintf(" If it is no more, have the store forget it (smbready sites forget %q), and delete its runs unless other sites have its targets now.", s.Site)
}

// notAsked says what of the site the run does not tell of: what is there may break.
func (s *SitePlan) notAsked(g *Gate) {
	r, before := s.source, len(g.Reasons)
	if len(s.cover.Missing) > 0 {
		g.against("The run did not ask all of the site: not in its scope are %s.", someEntries(s.cover.Missing))
	}
	if len(s.cover.LeftOut) > 0 {
		hint := ""
		if s.stored {
			hint = " If the sites file excludes that at every site, name the file (--sites)."
		}
		g.against("The run left out what the site's definition does not exclude: %s.%s", someEntries(s.cover.LeftOut), hint)
	}
	if r.Imported && len(r.Scope) == 0 && len(s.cover.Missing) == 0 {
		g.against("No scan asked this site: what was imported tells of what passed by alone. Scan it, and import both together.")
	}
	if r.Unasked > 0 {
		g.against("%s in scope and not asked.", counted(r.Unasked, "address was", "addresses were"))
	}
	if r.Skipped > 0 {
		g.against("%s of a target list passed over: what stands there was not asked.", counted(r.Skipped, "line was", "lines were"))
	}
	if len(r.Unread) > 0 {
		g.against("Not all could be read of %s: devices may be missing.", someEntries(r.Unread))
	}
	if n := r.lost(); n > 0 {
		g.against("The run counts %s that it does not tell of: lines of it were lost.", counted(n, "device that speaks SMB", "devices that speak SMB"))
	}
	s.partial = len(g.Reasons) > before
}

// heedScope says what was left out on purpose, and where only the reader can tell
// whether the run covers the site.
func (s *SitePlan) heedScope(g *Gate) {
	if len(s.cover.Excluded) > 0 {
		g.heed("Excluded, and not judged: %s.", someEntries(s.cover.Excluded))
	}
	if len(s.former) > 0 {
		g.heed("It has targets that were of %s, which is no site any more: what was found under that name counts here.", someEntries(s.former))
	}
	switch {
	case s.cover.Defined:
	case s.undefined && s.Site != "":
		g.heed("It is not in the sites file; the run was to ask %s. If it was renamed, what was found here counts at the site that has its targets now, for %d days: after that, delete the runs under this name (smbready runs delete).",
			cmp.Or(someEntries(s.source.Scope), "what is not recorded"), int(RecallFor/oneDay))
	case s.sitesFile:
		g.heed("The sites file does not say what all of this site is: the run was to ask %s.", cmp.Or(someEntries(s.source.Scope), "what is not recorded"))
	case len(s.source.Scope) == 0:
		g.heed("What the run was to ask is not recorded, and no sites file (--sites) says what all of the site is.")
	default:
		g.heed("No sites file (--sites) says what all of the site is: this is of %s alone.", someEntries(s.source.Scope))
	}
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
func (s *SitePlan) heedRun(g *Gate, policy assess.Policy) {
	s.heedScope(g)
	run := "the run"
	if n := len(s.source.Sites); n > 0 {
		run = fmt.Sprintf("the run, at any of its %d sites", n)
	}
	if n := s.source.Unanswered; n > 0 {
		g.heed("%s gave no answer in %s: devices there that were off, asleep or behind a firewall have not been judged.", addresses(n), run)
	}
	if n := s.source.Refused; n > 0 && policy == assess.ServerAlways {
		g.heed("%s refused SMB in %s: devices there may still be clients of your servers.", addresses(n), run)
	}
	if n := s.source.count.strays; n > 0 {
		g.heed("%s of the run at none of its sites, and not in this plan.", areOrIs(int(n)))
	}
	if s.noStore {
		g.heed("No earlier runs were looked through: there is no store. What they found and this run did not see, or asked less of, is not known.")
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

// someEntries lists what a user or a file wrote, the first few, each cut to a
// sensible length.
func someEntries(list []string) string {
	const longest = 60
	cut := make([]string, len(list))
	for i, entry := range list {
		cut[i] = fmt.Sprintf("%.*s", longest, entry)
	}
	return someNames(cut)
}
