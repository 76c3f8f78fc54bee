package plan

import (
	"hash/maphash"
	"maps"
	"slices"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// Memory keeps of runs, taken in the order of their time, those devices that blocked a
// policy or were unknown when they were last seen. What was switched off in the last
// run breaks when it is back. It keeps nothing else of a run but a few bytes for each
// device, by which to know it again.
type Memory struct {
	seed  maphash.Seed
	sites map[string]*siteMemory
	since map[string]*Plan // by site: what is taken in as soon as its time comes
}

// NewMemory returns a memory of nothing. It takes in the plan that the one of today is
// compared with where its time comes; nil for none.
func NewMemory(since *Plan) *Memory {
	m := &Memory{maphash.MakeSeed(), map[string]*siteMemory{}, map[string]*Plan{}}
	for _, s := range since.told() {
		m.since[s.Site] = since
	}
	return m
}

// told returns the sites of which runs told, by name.
func (p *Plan) told() (list []*SitePlan) {
	if p == nil {
		return nil
	}
	for i := range p.Policies[0].Sites {
		if s := &p.Policies[0].Sites[i]; s.source != nil {
			list = append(list, s)
		}
	}
	return list
}

// siteMemory is what is remembered of one site.
type siteMemory struct {
	sights []*sight
	known  map[uint64]struct{} // hashes of what is of one device alone, of all that were seen
}

// sight is a device as it was when it was last seen.
type sight struct {
	*member
	run  string
	seen time.Time
	by   *Device // that stands in its place since; nil if none is known to
}

// Missing is a device that blocked the policy, or was unknown, when it was last seen.
type Missing struct {
	Device    *Device              `json:"device"`
	Status    Status               `json:"status"` // of then
	Reason    string               `json:"reason"` // of that
	Why       string               `json:"why"`
	Run       string               `json:"run"`           // that saw it last
	Seen      time.Time            `json:"seen,omitzero"` // when that was
	By        *Device              `json:"replaced_by,omitempty"`
	Exception *inventory.Exception `json:"exception,omitempty"` // that holds
}

// Take takes in a plan of a run, which is later than any that was taken in before of
// its sites.
func (m *Memory) Take(p *Plan) {
	for _, s := range p.told() {
		m.takeSince(s.Site, s.source)
		m.take(p, s)
	}
}

// takeSince takes in what the plan compared with says of a site, if that was before
// a run; of the run itself it is not needed.
func (m *Memory) takeSince(site string, before *Source) {
	since := m.since[site]
	if since == nil {
		return
	}
	for _, s := range since.told() {
		same := before != nil && s.source.ID == before.ID && s.source.ID != ""
		due := before == nil || s.source.taken().Before(before.taken())
		switch {
		case s.Site != site || !same && !due:
			continue
		case !same:
			m.take(since, s)
		}
		delete(m.since, site)
	}
}

func (m *Memory) take(p *Plan, site *SitePlan) {
	s := m.sites[site.Site]
	if s == nil {
		s = &siteMemory{known: map[uint64]struct{}{}}
		m.sites[site.Site] = s
	}
	now := p.devices[site.Site]
	s.sights = s.unseen(m.seed, now)
	for _, d := range now {
		if d.open(assess.ClientAlways) != nil || d.open(assess.ServerAlways) != nil {
			s.sights = append(s.sights, &sight{member: d, run: site.source.words(), seen: site.source.taken()})
		}
		for _, k := range ownKeys(d) {
			s.known[maphash.String(m.seed, k)] = struct{}{}
		}
	}
}

// open returns what of a device speaks against a policy while nobody knows what
// became of it, nil if nothing does. That it is not known of one that was met as a
// client alone whether it serves files is no such thing.
func (m *member) open(policy assess.Policy) (worst *pathFinding) {
	for i := range m.paths {
		p := &m.paths[i]
		open := p.status() == Blocked || p.status() == StatusUnknown && !(m.heard && policy == assess.ClientAlways)
		if p.policy() == policy && open && (worst == nil || p.status() == Blocked) {
			worst = p
		}
	}
	return worst
}

// unseen returns what is remembered and was not seen in a later run, and notes what
// that shows to be replaced.
func (s *siteMemory) unseen(seed maphash.Seed, now []*member) (left []*sight) {
	if len(s.sights) == 0 {
		return nil
	}
	found, taken := map[*member]bool{}, map[*member]bool{}
	for _, replaced := range []bool{false, true} { // what has gone hides nothing that may come back
		var part []*member
		for _, g := range s.sights {
			if (g.by != nil) == replaced {
				part = append(part, g.member)
			}
		}
		if len(part) == 0 {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(now), func(n *member) bool { return taken[n] })
		for m, n := range pair(part, rest) {
			found[m], taken[n] = true, true
		}
	}
	at := placesOf(now)
	for _, g := range s.sights {
		if found[g.member] {
			continue
		}
		if n := at.inPlaceOf(g.member); g.by == nil && n != nil && !taken[n] && !s.knows(seed, n) {
			g.by = &n.device
		}
		left = append(left, g)
	}
	return left
}

// knows reports whether a device was seen before, wherever that was: then it is not
// what another one was replaced by, but has got its address.
func (s *siteMemory) knows(seed maphash.Seed, n *member) bool {
	return slices.ContainsFunc(ownKeys(n), func(k string) bool { _, known := s.known[maphash.String(seed, k)]; return known })
}

// places are the devices at each address.
type places map[string][]*member

func placesOf(list []*member) places {
	at := places{}
	for _, m := range list {
		for _, a := range addressesOf(m) {
			at[a] = append(at[a], m)
		}
	}
	return at
}

// inPlaceOf returns the device that stands where one stood and cannot be the same.
// There has to be one at each of its addresses, and nothing besides that it may be.
func (at places) inPlaceOf(m *member) (by *member) {
	for _, a := range addressesOf(m) {
		if len(at[a]) == 0 {
			return nil
		}
		for _, n := range at[a] {
			if !contradicts(m, n) {
				return nil
			}
			if by == nil {
				by = n
			}
		}
	}
	return by
}

// replaced returns what stands in the place of those of a list that were replaced.
func (m *Memory) replaced(site string, list []*member) map[*member]*Device {
	by := map[*member]*Device{}
	if m == nil || m.sites[site] == nil {
		return by
	}
	sights := map[*member]*sight{}
	var gone []*member
	for _, g := range m.sites[site].sights {
		if g.by != nil {
			sights[g.member] = g
			gone = append(gone, g.member)
		}
	}
	for was, g := range pair(list, gone) {
		by[was] = sights[g].by
	}
	return by
}

// Recall holds the plan against what is remembered of its sites: a device that blocked
// or was unknown, and was not seen again, speaks against going ahead, unless it was
// replaced or an exception holds to it. The memory is of no use after that but to the
// plan.
func (p *Plan) Recall(m *Memory) {
	for _, site := range slices.Collect(maps.Keys(m.since)) {
		m.takeSince(site, nil)
	}
	p.memory = m
	x := p.exceptionsAgain()
	for site, s := range m.sites {
		s.sights = slices.DeleteFunc(s.unseen(m.seed, p.devices[site]), p.atOther(site, s.sights))
		x.match(site, membersOf(s.sights))
	}
	for i := range p.Policies {
		policy := &p.Policies[i]
		for j := range policy.Sites {
			s := &policy.Sites[j]
			if s.source == nil || m.sites[s.Site] == nil {
				continue
			}
			for _, g := range m.sites[s.Site].sights {
				if f := g.open(policy.Policy); f != nil {
					s.recall(g, f, p.stillHolds(x, g.member, policy.Policy))
				}
			}
			s.notSeenAgain()
		}
		policy.Waves = waves(policy.Policy, policy.Sites)
	}
}

// atOther reports of the sights of a site which of them are at another site now, by
// what is of one device alone.
func (p *Plan) atOther(site string, sights []*sight) func(*sight) bool {
	var others []*member
	for name, list := range p.devices {
		if name != site {
			others = append(others, list...)
		}
	}
	moved := newPairing()
	moved.byOwn(membersOf(sights), others)
	return func(g *sight) bool { return moved.found[g.member] != nil }
}

func membersOf(sights []*sight) []*member {
	list := make([]*member, len(sights))
	for i, g := range sights {
		list[i] = g.member
	}
	return list
}

// exceptionsAgain returns an index of the exceptions, to which nothing was matched.
func (p *Plan) exceptionsAgain() *exceptionIndex {
	list := make([]inventory.Exception, len(p.Exceptions))
	for i := range p.Exceptions {
		list[i] = p.Exceptions[i].Exception
	}
	return newExceptionIndex(list, p.Made)
}

// stillHolds returns the exception that holds to a device that was not seen again, and
// notes that it is used. One that names several of those that were seen holds to none.
func (p *Plan) stillHolds(x *exceptionIndex, m *member, policy assess.Policy) *inventory.Exception {
	holds := x.of(m, policy).holds
	if holds == nil {
		return nil
	}
	for i := range x.list {
		if use := &p.Exceptions[i]; &x.list[i].Exception != holds {
			continue
		} else if use.Use == Ambiguous {
			return nil
		} else if use.Use == NoDevice {
			use.Use, use.Devices = InForce, append(use.Devices, &m.device)
		}
	}
	return holds
}

// recall lists a device that was not seen again.
func (s *SitePlan) recall(g *sight, f *pathFinding, holds *inventory.Exception) {
	m := Missing{Device: &g.device, Status: f.status(), Reason: f.finding.Reason, Why: f.finding.Why, Run: g.run, Seen: g.seen, By: g.by, Exception: holds}
	if g.by != nil {
		s.Replaced = append(s.Replaced, m)
	} else {
		s.Missing = append(s.Missing, m)
	}
}

// notSeenAgain decides anew on a site of which a device was not seen again.
func (s *SitePlan) notSeenAgain() {
	for _, list := range [][]Missing{s.Missing, s.Replaced} {
		slices.SortStableFunc(list, func(a, b Missing) int { return compareDevices(a.Device, b.Device) })
	}
	accepted := 0
	for i := range s.Missing {
		if s.Missing[i].Exception != nil {
			accepted++
		}
	}
	if n := len(s.Missing) - accepted; n > 0 {
		s.against("%s not seen again that, when last seen, would have broken or could not be judged: find out what became of each.", wereOrWas(n))
	}
	if accepted > 0 {
		s.heed("%s not seen again, and accepted as an exception.", wereOrWas(accepted))
	}
	if n := len(s.Replaced); n > 0 {
		s.heed("%s replaced by another at the same address: see that what would have broken, or could not be judged, is not in use elsewhere.", wereOrWas(n))
	}
	s.decide()
}
