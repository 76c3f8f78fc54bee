package plan

import (
	"hash/maphash"
	"math"
	"slices"
	"strings"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// Memory keeps of runs, taken in the order of their time, what was found against each
// device on each of its paths, until a later run saw surely the same device and judged
// that path on as much. What was switched off in the last run breaks when it is back,
// and what was not asked is as it was. Of a run it keeps besides no more than a few bytes
// for each device, by which to know it again; but all of the plans of today and of the time
// that this is compared with.
type Memory struct {
	seed  maphash.Seed
	sites map[string]*siteMemory
	since *Plan              // that the one of today is compared with; nil for none
	now   *Plan              // that is held against it; nil while it is not known
	due   map[string][]*Plan // by site: what is taken in as soon as its time comes, the earliest first
}

// NewMemory returns a memory of nothing. It takes in the plan that the one of today is
// compared with where its time comes; nil for none.
func NewMemory(since *Plan) *Memory {
	m := &Memory{seed: maphash.MakeSeed(), sites: map[string]*siteMemory{}, since: since, due: map[string][]*Plan{}}
	m.await(since)
	return m
}

// Await has the plan of today taken in where its time comes: runs may be taken in that
// are newer than those on which it rests.
func (m *Memory) Await(p *Plan) {
	m.now = p
	m.await(p)
}

func (m *Memory) await(p *Plan) {
	for _, s := range p.told() {
		m.due[s.Site] = append(m.due[s.Site], p)
		slices.SortStableFunc(m.due[s.Site], func(a, b *Plan) int { return a.at(s.Site).source.latest().Compare(b.at(s.Site).source.latest()) })
	}
}

// at returns a site of which runs told, nil if none did.
func (p *Plan) at(site string) *SitePlan {
	if p == nil {
		return nil
	}
	return p.sites[site]
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
	list   []*remembered
	known  map[uint64]int   // hashes of what is of one device alone, of all that were seen, and where; with the run that showed each last
	since  map[uint64]int64 // of these, when runs of the site itself showed each first, in seconds
	runs   int              // that were taken in
	mended []*remembered    // of which a run that is newer than that of today settled all
}

// Take takes in a plan of a run, which is later than any that was taken in before of
// its sites.
func (m *Memory) Take(p *Plan) {
	for _, s := range p.told() {
		m.takeDue(s.Site, s.source)
		m.take(p, s)
	}
}

// takeDue takes in what is due of a site before a run; all of it where that is nil. Of
// the run itself the plan compared with is not needed.
func (m *Memory) takeDue(site string, before *Source) {
	var left []*Plan
	for _, p := range m.due[site] {
		s := p.at(site)
		same := before != nil && s.source.ID == before.ID && s.source.ID != "" && p != m.now
		switch {
		case same:
		case before == nil || s.source.latest().Before(before.latest()):
			m.take(p, s)
		default:
			left = append(left, p)
		}
	}
	m.due[site] = left
}

func (m *Memory) take(p *Plan, site *SitePlan) {
	s := m.sites[site.Site]
	if s == nil {
		s = &siteMemory{known: map[uint64]int{}, since: map[uint64]int64{}}
		m.sites[site.Site] = s
	}
	s.runs++
	now := p.devices[site.Site]
	found := s.find(now)
	taken := map[*member]bool{}
	for _, n := range found {
		taken[n] = true
	}
	at, today, misdated := placesOf(now), m.now.at(site.Site), site.source.misdated(m.made(p))
	for _, r := range s.list {
		switch n := found[r]; {
		case n != nil && misdated:
			r.heed(n, site.source)
		case n != nil:
			r.meet(n, site.source, at, p.judge)
			r.lately = r.lately || today != nil && site.source.latest().After(today.source.latest())
		case misdated, site.source.Elsewhere: // what it did not see may be at this site all the same
		case !s.wasFault(m.seed, r, site.source, at, p.judge):
			r.miss(at, taken, site, func(n *member) bool { return s.knows(m.seed, n) })
		}
		if p == m.now {
			r.here = found[r]
		}
		if r.lately && len(r.sights) == 0 {
			s.mended = append(s.mended, r)
		}
	}
	s.list = slices.DeleteFunc(s.list, func(r *remembered) bool { return len(r.sights) == 0 })
	for _, d := range now {
		if !taken[d] {
			s.add(d, site.source, p == m.now)
		}
		for _, k := range slices.Concat(ownKeys(d), placeKeys(d)) {
			s.known[maphash.String(m.seed, k)] = s.runs
		}
		if !site.source.Elsewhere { // what others told of it is not new here
			s.showed(m.seed, d, site.source, misdated)
		}
	}
}

// showed notes since when a device is known at a site. Nobody knows how early a run showed
// it that is dated wrong.
func (s *siteMemory) showed(seed maphash.Seed, d *member, run *Source, misdated bool) {
	at := run.since(d).Unix()
	if misdated {
		at = math.MinInt64
	}
	for _, k := range ownKeys(d) {
		key := maphash.String(seed, k)
		if first, known := s.since[key]; !known || at < first {
			s.since[key] = at
		}
	}
}

// knewThen reports whether a site knew what two have in common when one of them was seen
// elsewhere.
func (m *Memory) knewThen(site string, n *member, r *remembered, seen time.Time) bool {
	s := m.sites[site]
	return s != nil && slices.ContainsFunc(ownKeys(n), func(k string) bool {
		at, known := s.since[maphash.String(m.seed, k)]
		return known && at <= seen.Unix() && slices.Contains(ownKeys(r.member), k)
	})
}

// made returns the time that is now for what is taken in with a plan.
func (m *Memory) made(p *Plan) time.Time {
	if m.now != nil {
		return m.now.Made
	}
	return p.Made
}

// find finds what is remembered in a later run.
func (s *siteMemory) find(now []*member) map[*remembered]*member {
	found, taken := map[*remembered]*member{}, map[*member]bool{}
	for _, replaced := range []bool{false, true} { // what has gone hides nothing that may come back
		of := map[*member]*remembered{}
		var part []*member
		for _, r := range s.list {
			if (r.by != nil) == replaced {
				of[r.member] = r
				part = append(part, r.member)
			}
		}
		if len(part) == 0 {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(now), func(n *member) bool { return taken[n] })
		for m, n := range pair(part, rest) {
			found[of[m]], taken[n] = n, true
		}
	}
	return found
}

// add remembers a device that was not remembered, if something was found against it.
func (s *siteMemory) add(n *member, run *Source, today bool) {
	r := &remembered{member: n, first: s.runs}
	if r.note(n, run); len(r.sights) == 0 {
		return
	}
	if today {
		r.here = n
	}
	s.list = append(s.list, r)
}

// wasFault drops what was not known of something that had nothing but an address, not even
// another service or kind, where a device was there in the run before that and is again,
// surely the same, and is ready: it gave no answer once.
func (s *siteMemory) wasFault(seed maphash.Seed, r *remembered, run *Source, at places, judge func(*inventory.Host) assess.Assessment) bool {
	addresses := addressesOf(r.member)
	if r.bad || r.told || !r.bare() || len(addresses) != 1 || len(at[addresses[0]]) != 1 {
		return false
	}
	n := at[addresses[0]][0]
	if class := r.device.Kind.Class; class != assess.ClassUnknown && class != n.device.Kind.Class {
		return false
	}
	before := func(k string) bool {
		last := s.known[maphash.String(seed, k)]
		return last > 0 && last == r.first-1 && strings.HasPrefix(k, addresses[0]+" ")
	}
	if !slices.ContainsFunc(placeKeys(n), before) {
		return false
	}
	r.sights = slices.DeleteFunc(r.sights, func(g sight) bool {
		return run.isSince(n, &g) && n.statusOf(g.path) == Ready && n.settles(g.was, g.path, judge)
	})
	return len(r.sights) == 0
}

// answered reports whether the run asked all of the site, and was answered everywhere.
func (s *SitePlan) answered() bool {
	r := s.source
	return s.cover.Defined && !s.partial && !r.Interrupted && !r.Imported && r.Unanswered == 0
}

// knows reports whether a device was seen before, wherever that was: then it is not
// what another one was replaced by, but has got its address.
func (s *siteMemory) knows(seed maphash.Seed, n *member) bool {
	return slices.ContainsFunc(ownKeys(n), func(k string) bool { _, known := s.known[maphash.String(seed, k)]; return known })
}

// mendedSince returns those of a list of which a run that is newer than that of the plan
// settled all that was found against a policy.
func (m *Memory) mendedSince(site string, policy assess.Policy, list []*member) map[*member]*member {
	if m.sites[site] == nil {
		return nil
	}
	s := m.sites[site]
	mended := slices.DeleteFunc(slices.Concat(s.list, s.mended), func(r *remembered) bool {
		return !r.lately || slices.ContainsFunc(r.sights, func(g sight) bool { return g.policy() == policy })
	})
	return pair(list, membersOf(mended))
}

// replaced returns what stands in the place of those of a list that were replaced.
func (m *Memory) replaced(site string, list []*member) map[*member]*Device {
	by := map[*member]*Device{}
	if m.sites[site] == nil {
		return by
	}
	of := map[*member]*Device{}
	var gone []*member
	for _, r := range m.sites[site].list {
		if r.by != nil {
			of[r.member] = r.by
			gone = append(gone, r.member)
		}
	}
	for was, r := range pair(list, gone) {
		by[was] = of[r]
	}
	return by
}
