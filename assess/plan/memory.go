package plan

import (
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// Memory keeps of runs, taken in the order of their time, what was found against each
// device on each of its paths, until a later run saw surely the same device and judged
// that path on as much. What was switched off in the last run breaks when it is back,
// and what was not asked is as it was. It keeps nothing else of a run but a few bytes
// for each device, by which to know it again.
type Memory struct {
	seed  maphash.Seed
	sites map[string]*siteMemory
	now   *Plan              // that is held against it; nil while it is not known
	due   map[string][]*Plan // by site: what is taken in as soon as its time comes, the earliest first
}

// NewMemory returns a memory of nothing. It takes in the plan that the one of today is
// compared with where its time comes; nil for none.
func NewMemory(since *Plan) *Memory {
	m := &Memory{maphash.MakeSeed(), map[string]*siteMemory{}, nil, map[string][]*Plan{}}
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
	for _, s := range p.told() {
		if s.Site == site {
			return s
		}
	}
	return nil
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
	known  map[uint64]int // hashes of what is of one device alone, of all that were seen, and where; with the run that showed each first
	runs   int            // that were taken in
	mended []*remembered  // of which a run that is newer than that of today settled all
}

// remembered is a device against which something was found that is not settled.
type remembered struct {
	*member // by which it is known, of all its sights
	sights  []sight
	again   string // the run that saw it last, where it was not asked as much; empty if none did
	refuses bool   // it was seen last, and refused SMB wherever it answered before
	first   int    // of the runs taken in, that in which something was found first
	bad     bool   // it would have broken, or failed already
	lately  bool   // a run that is newer than that of today saw it

	elsewhere bool    // it was found under the name of another site
	here      *member // in the plan of today; nil where it is not in it
	by        *Device // that stands in its place since; nil if none is known to
	byRun     string  // that showed it
}

// sight is what was found against a device on a path.
type sight struct {
	pathFinding
	was  *member // as it was then
	run  string
	seen time.Time
}

// Missing is a device that blocked the policy, failed already or was unknown when it was
// judged last.
type Missing struct {
	Device    *Device              `json:"device"`
	Status    Status               `json:"status"` // of then
	Reason    string               `json:"reason"` // of that
	Why       string               `json:"why"`
	Run       string               `json:"run"`               // that judged it last
	Seen      time.Time            `json:"seen,omitzero"`     // when that was
	Newer     bool                 `json:"newer,omitempty"`   // that run is newer than the one that the plan rests on
	Future    bool                 `json:"future,omitempty"`  // and is dated in the future
	Again     string               `json:"seen_in,omitempty"` // a later run that saw it, and did not ask as much
	By        *Device              `json:"replaced_by,omitempty"`
	ByRun     string               `json:"replaced_in,omitempty"` // the run that showed that
	Exception *inventory.Exception `json:"exception,omitempty"`   // that holds

	// There is what is at its address in the plan, of one of which nothing but the
	// address is known: it may be the same.
	There   *Device               `json:"at_its_address,omitempty"`
	Expired []inventory.Exception `json:"expired,omitempty"` // that held once
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
		s = &siteMemory{known: map[uint64]int{}}
		m.sites[site.Site] = s
	}
	s.runs++
	now := p.devices[site.Site]
	found := s.find(now)
	if site.source.Elsewhere {
		maps.DeleteFunc(found, func(r *remembered, n *member) bool { return !r.elsewhere && !common(ownKeys(r.member), ownKeys(n)) })
	}
	taken := map[*member]bool{}
	for _, n := range found {
		taken[n] = true
	}
	at := placesOf(now)
	for _, r := range s.list {
		switch n := found[r]; {
		case n != nil:
			r.meet(n, site.source, at, p.judge)
		case site.source.Elsewhere: // what it did not see may be at this site all the same
		case !s.wasFault(m.seed, r, site.source, at, p.judge):
			r.miss(at, taken, site, func(n *member) bool { return s.knows(m.seed, n) })
		}
		if p == m.now {
			r.here = found[r]
		}
		today := m.now.at(site.Site)
		r.lately = r.lately || found[r] != nil && today != nil && site.source.latest().After(today.source.latest())
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
			if hash := maphash.String(m.seed, k); s.known[hash] == 0 {
				s.known[hash] = s.runs
			}
		}
	}
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
	r := &remembered{member: n, first: s.runs, elsewhere: run.Elsewhere}
	if r.note(n, run); len(r.sights) == 0 {
		return
	}
	if today {
		r.here = n
	}
	s.list = append(s.list, r)
}

// note notes what a run found against the device. Where the same was found before, on
// no more, the later sight stands for both, with what was met in either.
func (r *remembered) note(n *member, run *Source) {
	for i := range n.paths {
		p := n.paths[i]
		if !n.isOpen(&p) {
			continue
		}
		was, seen := n, n.lastOn(p.path, run)
		r.bad = r.bad || p.status() != StatusUnknown
		r.sights = slices.DeleteFunc(r.sights, func(g sight) bool {
			same := g.path == p.path && g.finding.Reason == p.finding.Reason && n.tellsAsMuch(g.was, p.path)
			if same {
				was = was.metToo(g.was)
			}
			if same && g.seen.After(seen) {
				seen = g.seen
			}
			return same
		})
		r.sights = append(r.sights, sight{p, was, run.words(), seen})
	}
}

// lastOn returns when a run saw the device last on a path: at its last contact as a
// client, or else when the run ended.
func (m *member) lastOn(path Path, run *Source) time.Time {
	var last time.Time
	if path == AsClient && m.metOn(path) {
		for i := range m.met.Client.Contacts {
			if at := m.met.Client.Contacts[i].Last; at.After(last) {
				last = at
			}
		}
	}
	if last.IsZero() || last.After(run.latest()) {
		return run.latest()
	}
	return last
}

// meet takes in a later sight of the device. What a run of other sites saw is surely of
// it only by what is of one device alone: sites may use the same addresses.
func (r *remembered) meet(n *member, run *Source, at places, judge func(*inventory.Host) assess.Assessment) {
	own := common(ownKeys(r.member), ownKeys(n))
	if own || !run.Elsewhere {
		r.sights = slices.DeleteFunc(r.sights, func(g sight) bool { return run.isSince(&g) && n.settles(g.was, g.path, judge) })
	}
	r.by, r.byRun, r.again = nil, "", ""
	r.refuses = n.refuses && own && !slices.ContainsFunc(r.sights, func(g sight) bool { return g.path != AsClient && !at.refuse(g.was) })
	if len(r.sights) > 0 {
		r.again = run.words()
	}
	r.note(n, run)
	r.member = knownAs(n, r.member)
}

// isSince reports whether all that a run tells of was seen after a sight. Contacts say
// themselves which of them were the last.
func (s *Source) isSince(g *sight) bool {
	return !s.Imported || !s.Taken().Before(g.seen) || g.path == AsClient && g.was.metOn(g.path)
}

// wasFault drops what was not known of something that had nothing but an address, where a
// device was there before that and is again, surely the same, and is ready: it gave no
// answer once.
func (s *siteMemory) wasFault(seed maphash.Seed, r *remembered, run *Source, at places, judge func(*inventory.Host) assess.Assessment) bool {
	addresses := addressesOf(r.member)
	if r.bad || !r.bare() || len(addresses) != 1 || len(at[addresses[0]]) != 1 {
		return false
	}
	n := at[addresses[0]][0]
	before := func(k string) bool {
		first := s.known[maphash.String(seed, k)]
		return first > 0 && first < r.first && strings.HasPrefix(k, addresses[0]+" ")
	}
	if !slices.ContainsFunc(placeKeys(n), before) {
		return false
	}
	r.sights = slices.DeleteFunc(r.sights, func(g sight) bool {
		return run.isSince(&g) && n.statusOf(g.path) == Ready && n.settles(g.was, g.path, judge)
	})
	return len(r.sights) == 0
}

// placeKeys returns what is meant to be of a device alone, but for the identifier of its
// server, which clones share, with each of its addresses.
func placeKeys(m *member) (keys []string) {
	for _, a := range addressesOf(m) {
		for _, k := range ownKeys(m) {
			if !strings.HasPrefix(k, "guid ") {
				keys = append(keys, a+" "+k)
			}
		}
	}
	return keys
}

// knownAs returns a device as it is known now, and by what it was known before.
func knownAs(n, was *member) *member {
	m := *n
	for _, l := range []struct{ to, from *[]string }{{&m.names, &was.names}, {&m.macs, &was.macs}, {&m.guids, &was.guids},
		{&m.fullNames, &was.fullNames}, {&m.serials, &was.serials}, {&m.marks, &was.marks}} {
		for _, s := range *l.from {
			if !slices.Contains(*l.to, s) {
				*l.to = append(slices.Clip(*l.to), s)
			}
		}
	}
	return &m
}

// miss takes in that a run did not see the device. It is replaced only where the run had
// an answer from everywhere in the site: else it may have been given another address.
func (r *remembered) miss(at places, taken map[*member]bool, site *SitePlan, known func(*member) bool) {
	r.refuses = false
	n := at.inPlaceOf(r.member)
	switch {
	case n == nil:
		r.by, r.byRun = nil, ""
	case r.by == nil && site.answered() && !taken[n] && !known(n):
		r.by, r.byRun = &n.device, site.source.words()
	}
}

// answered reports whether the run asked all of the site, and was answered everywhere.
func (s *SitePlan) answered() bool {
	r := s.source
	return s.cover.Defined && s.cover.Whole() && !s.partial && !r.Interrupted && !r.Imported && !r.Elsewhere && r.Unanswered == 0
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

// refuse reports whether each address of a device refuses SMB.
func (at places) refuse(m *member) bool {
	addresses := addressesOf(m)
	return len(addresses) > 0 && !slices.ContainsFunc(addresses, func(a string) bool {
		return len(at[a]) == 0 || slices.ContainsFunc(at[a], func(n *member) bool { return !n.refuses })
	})
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

// mayBe returns what is today where something was of which nothing but the address is
// known; nil where that is seen again itself, or nothing is there.
func (at places) mayBe(r *remembered) *Device {
	if r.here != nil || !r.bare() {
		return nil
	}
	for _, a := range addressesOf(r.member) {
		if len(at[a]) > 0 {
			return &at[a][0].device
		}
	}
	return nil
}

// mendedSince returns those of a list of which a run that is newer than that of the plan
// settled all that was found against a policy.
func (m *Memory) mendedSince(site string, policy assess.Policy, list []*member) map[*member]*member {
	if m == nil || m.sites[site] == nil {
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
	if m == nil || m.sites[site] == nil {
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

// Recall holds the plan against what is remembered of its sites: what was found against
// a device, and was not settled since, speaks against going ahead, unless the device was
// replaced or an exception holds to it. The memory is of no use after that but to the
// plan.
func (p *Plan) Recall(m *Memory) {
	if m.now == nil {
		m.Await(p)
	}
	for _, site := range slices.Collect(maps.Keys(m.due)) {
		m.takeDue(site, nil)
	}
	p.memory = m
	x := p.exceptionsAgain()
	for site, s := range m.sites {
		p.seenAtOther(site, s)
		x.match(site, membersOf(s.list))
	}
	for i := range p.Policies {
		policy := &p.Policies[i]
		for j := range policy.Sites {
			s := &policy.Sites[j]
			if s.source == nil || m.sites[s.Site] == nil {
				continue
			}
			at := placesOf(p.devices[s.Site])
			for _, r := range m.sites[s.Site].list {
				s.recall(r, policy.Policy, at.mayBe(r), p, x)
			}
			s.notSeenAgain()
		}
		policy.Waves = waves(policy.Policy, policy.Sites)
	}
}

// seenAtOther settles what a later run saw at another site, by two kinds of what is of
// one device alone, as if it had been seen at its own. What speaks against it there is
// said there.
func (p *Plan) seenAtOther(site string, s *siteMemory) {
	for name, list := range p.devices {
		there := p.at(name)
		if name == site || there == nil || len(s.list) == 0 {
			continue
		}
		moved := newPairing()
		moved.byOwn(membersOf(s.list), list)
		for _, r := range s.list {
			n := moved.found[r.member]
			if n == nil || r.here != nil || !alikeTwice(r.member, n) {
				continue
			}
			r.sights = slices.DeleteFunc(r.sights, func(g sight) bool {
				return there.source.Taken().After(g.seen) && (n.openOn(g.path) || n.settles(g.was, g.path, p.judge))
			})
		}
	}
	s.list = slices.DeleteFunc(s.list, func(r *remembered) bool { return len(r.sights) == 0 })
}

func membersOf(list []*remembered) []*member {
	members := make([]*member, len(list))
	for i, r := range list {
		members[i] = r.member
	}
	return members
}

// exceptionsAgain returns an index of the exceptions, to which nothing was matched.
func (p *Plan) exceptionsAgain() *exceptionIndex {
	list := make([]inventory.Exception, len(p.Exceptions))
	for i := range p.Exceptions {
		list[i] = p.Exceptions[i].Exception
	}
	return newExceptionIndex(list, p.Made)
}

// stillHolds returns the exception that holds to a device that is remembered, and notes
// that it is used. One that is of a device of today holds to no other, and a name alone
// does not tell which device was meant.
func (p *Plan) stillHolds(x *exceptionIndex, r *remembered, holds *inventory.Exception) *inventory.Exception {
	if holds == nil {
		return nil
	}
	use := &p.Exceptions[x.place(holds)]
	switch {
	case r.here != nil && len(use.Devices) == 1 && use.Devices[0] == &r.here.device && use.Use != OtherDevice:
		use.Use = InForce
	case use.Use != NoDevice && use.Use != OtherDevice, use.Use == OtherDevice && !alike(holds.Seen, r.member), !agrees(holds, r.member):
		return nil
	case use.Use == NoDevice:
		use.Use, use.Devices, use.Dark = InForce, []*Device{&r.device}, true
	case use.Dark: // it holds to one device
		return nil
	default:
		use.Dark = true
	}
	return holds
}

// holdsThere returns the exception that holds to what had nothing but an address, because
// it calls by that the device that is there today; also where that does not need it.
func (p *Plan) holdsThere(x *exceptionIndex, r *remembered, there *Device, policy assess.Policy) *inventory.Exception {
	i := x.ofAddress(r.member, there, policy)
	if i < 0 {
		return nil
	}
	use := &p.Exceptions[i]
	switch {
	case len(use.Devices) != 1 || use.Devices[0] != there:
		return nil
	case use.Use == NotNeeded:
		use.Use, use.Devices, use.Dark = InForce, []*Device{&r.device}, true
	case use.Use != InForce:
		return nil
	}
	return &use.Exception
}

// recall lists a device of which something was found against the policy, and not
// settled, unless the plan says of it that it is so today.
func (s *SitePlan) recall(r *remembered, policy assess.Policy, there *Device, p *Plan, x *exceptionIndex) {
	var worst *sight
	for i := range r.sights {
		g := &r.sights[i]
		if g.policy() != policy || r.here != nil && r.here.openOn(g.path) {
			continue
		}
		if worst == nil || g.status().severity() <= worst.status().severity() {
			worst = g
		}
	}
	if worst == nil {
		return
	}
	if r.refuses && policy == assess.ClientAlways {
		s.refusing++
		return
	}
	m := Missing{Device: &r.device, Status: worst.status(), Reason: worst.finding.Reason, Why: worst.finding.Why, Run: worst.run, Seen: worst.seen,
		Newer: worst.seen.After(s.source.latest()), Future: Future(worst.seen, p.Made), Again: r.again, By: r.by, ByRun: r.byRun, There: there}
	switch {
	case r.by != nil:
		s.Replaced = append(s.Replaced, m)
		return
	case worst.run == r.again:
		m.Again = ""
	}
	accepted := x.of(r.member, policy)
	m.Exception, m.Expired = p.stillHolds(x, r, accepted.holds), accepted.expired
	if m.Exception == nil && there != nil {
		m.Exception = p.holdsThere(x, r, there, policy)
	}
	if m.Newer || r.here != nil {
		s.Unsettled = append(s.Unsettled, m)
	} else {
		s.Missing = append(s.Missing, m)
	}
}

// notSeenAgain decides anew on a site of which something is remembered.
func (s *SitePlan) notSeenAgain() {
	for _, list := range [][]Missing{s.Missing, s.Replaced, s.Unsettled} {
		slices.SortStableFunc(list, func(a, b Missing) int { return compareDevices(a.Device, b.Device) })
	}
	if n := unaccepted(s.Missing); n > 0 {
		s.against("%s not seen again that, when last seen, would have broken, failed already or could not be judged: find out what became of each.", wereOrWas(n))
	}
	newer := slices.DeleteFunc(slices.Clone(s.Unsettled), func(m Missing) bool { return !m.Newer || m.Future })
	future := slices.DeleteFunc(slices.Clone(s.Unsettled), func(m Missing) bool { return !m.Newer || !m.Future })
	if n := unaccepted(newer); n > 0 {
		s.against("%s seen in a newer run, and would break, fails already or cannot be judged: scan the site again.", wereOrWas(n))
	}
	if n := unaccepted(future); n > 0 {
		s.against("%s not ready in a run that is dated in the future: its date is wrong, so delete it, or import it anew with the right clock.", wereOrWas(n))
	}
	if n := unaccepted(s.Unsettled) - unaccepted(newer) - unaccepted(future); n > 0 {
		s.against("%s not asked as much as when it would have broken, failed already or could not be judged: ask it again as then.", wereOrWas(n))
	}
	s.heedRemembered()
	s.decide()
}

// heedRemembered says what to heed of what is remembered.
func (s *SitePlan) heedRemembered() {
	if n := len(s.Missing) - unaccepted(s.Missing); n > 0 {
		s.heed("%s not seen again, and accepted as an exception.", wereOrWas(n))
	}
	if n := len(s.Unsettled) - unaccepted(s.Unsettled); n > 0 {
		s.heed("%s not ready when last asked as much, and accepted as an exception.", wereOrWas(n))
	}
	if n := s.refusing; n > 0 {
		s.heed("%s SMB now that would have broken, failed already or could not be judged when it was last answered: see that it stays so.", counted(uint64(n), "device refuses", "devices refuse"))
	}
	if n := len(s.Replaced); n > 0 {
		s.heed("%s replaced by another at the same address: see that what would have broken, or could not be judged, is not in use elsewhere.", wereOrWas(n))
	}
}

// unaccepted counts those to which no exception holds.
func unaccepted(list []Missing) (n int) {
	for i := range list {
		if list[i].Exception == nil {
			n++
		}
	}
	return n
}
