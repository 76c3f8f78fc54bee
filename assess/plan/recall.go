package plan

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

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
	Stray     bool                 `json:"stray,omitempty"`   // nobody knows at which site that run met it
	Again     string               `json:"seen_in,omitempty"` // a later run that saw it, and did not ask as much
	By        *Device              `json:"replaced_by,omitempty"`
	ByRun     string               `json:"replaced_in,omitempty"` // the run that showed that
	Exception *inventory.Exception `json:"exception,omitempty"`   // that holds

	// There is what is at its address in the plan, of one of which nothing but the
	// address is known: it may be the same.
	There   *Device               `json:"at_its_address,omitempty"`
	Other   bool                  `json:"of_another_kind,omitempty"` // what is there is, so that it is not the same
	Expired []inventory.Exception `json:"expired,omitempty"`         // that held once

	again bool // it is in the run of the plan
}

// Recall holds the plan against what is remembered of its sites: what was found against
// a device, and was not settled since, speaks against going ahead, unless the device was
// replaced or an exception holds to it. Then it notes what changed since the plan that the
// memory was made with: what was replaced or put right meanwhile is known only now. The
// memory is of no use after that but to the plan.
func (p *Plan) Recall(m *Memory) {
	if m.now == nil {
		m.Await(p)
	}
	for _, site := range slices.Collect(maps.Keys(m.due)) {
		m.takeDue(site, nil)
	}
	p.memory = m
	x, moved := p.exceptionsAgain(), p.placesByOwn()
	for site, s := range m.sites {
		p.seenToday(site, s)
		p.seenAtOther(site, s, moved)
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
				there, same := at.mayBe(r)
				s.recall(r, policy.Policy, there, same, p, x)
			}
			s.notSeenAgain()
		}
		policy.Waves = waves(policy.Policy, policy.Sites)
	}
	if m.since != nil {
		p.changed(m.since)
	}
}

// seenToday finds in the plan what newer runs told of, too. These may have seen a device
// before the run of the plan did, which then settles what they found.
func (p *Plan) seenToday(site string, s *siteMemory) {
	today := p.at(site)
	if today == nil || today.source.misdated(p.Made) {
		return
	}
	for r, n := range s.find(p.devices[site]) {
		if r.here == nil {
			r.here = n
			r.sights = slices.DeleteFunc(r.sights, func(g sight) bool { return today.source.isSince(n, &g) && n.settles(g.was, g.path, p.judge) })
		}
	}
	s.list = slices.DeleteFunc(s.list, func(r *remembered) bool { return len(r.sights) == 0 })
}

// seenAtOther settles what a later run saw at another site, by its card or its serial
// number, or at the address that was its own and is that site's now by anything that is of
// one device alone, as if it had been seen at its own: names and identifiers have clones at
// each site. What was known there when it was still seen here is another one. What speaks
// against it there is said there.
func (p *Plan) seenAtOther(site string, s *siteMemory, places *placesByOwn) {
	list, was := membersOf(s.list), p.at(site)
	own := newOwnIndex(list)
	known := places.of(own)
	for i, there := range places.sites {
		heir := slices.ContainsFunc(list, func(m *member) bool { return there.tookOver(was, m) })
		if there.Site == site || there.source.misdated(p.Made) || !heir && !known[i] {
			continue
		}
		moved := newPairing()
		moved.byIndex(list, own.cards, places.own[i].cards, cardsOf, otherNames)
		moved.byIndex(list, own.serials, places.own[i].serials, serialsOf, otherNames)
		if heir {
			moved.by(list, p.devices[there.Site], ownKeys, func(a, b *member) bool { return otherNames(a, b) || elsewhere(a, b) || !there.tookOver(was, a) })
		}
		for _, r := range s.list {
			n := moved.found[r.member]
			if n == nil || r.here != nil {
				continue
			}
			r.sights = slices.DeleteFunc(r.sights, func(g sight) bool {
				return there.source.since(n).After(g.seen) && !p.memory.knewThen(there.Site, n, r, g.seen) && (n.openOn(g.path) || n.settles(g.was, g.path, p.judge))
			})
		}
	}
	s.list = slices.DeleteFunc(s.list, func(r *remembered) bool { return len(r.sights) == 0 })
}

// ownIndex finds devices by what goes with a device to another site.
type ownIndex struct{ cards, serials map[string]*member }

func newOwnIndex(list []*member) ownIndex {
	return ownIndex{indexBy(list, cardsOf), indexBy(list, serialsOf)}
}

// placesByOwn finds the sites of a plan at which a device may be.
type placesByOwn struct {
	sites []*SitePlan
	own   []ownIndex
	at    map[string][]int // in sites: those that know a card, or a serial number
}

func (p *Plan) placesByOwn() *placesByOwn {
	places := &placesByOwn{sites: p.told(), at: map[string][]int{}}
	for i, s := range places.sites {
		own := newOwnIndex(p.devices[s.Site])
		places.own = append(places.own, own)
		for k := range own.keys {
			places.at[k] = append(places.at[k], i)
		}
	}
	return places
}

// of returns where some of these devices may be, in sites.
func (p *placesByOwn) of(own ownIndex) map[int]bool {
	sites := map[int]bool{}
	for k := range own.keys {
		for _, i := range p.at[k] {
			sites[i] = true
		}
	}
	return sites
}

func (o ownIndex) keys(yield func(string) bool) {
	for kind, index := range map[string]map[string]*member{"card ": o.cards, "serial ": o.serials} {
		for k := range index {
			if !yield(kind + k) {
				return
			}
		}
	}
}

// tookOver reports whether a device was seen where another site is not any more, and this
// one is.
func (s *SitePlan) tookOver(was *SitePlan, m *member) bool {
	if was == nil || was.area == nil || s.area == nil {
		return false
	}
	return !slices.ContainsFunc(append([]netip.Addr{m.device.Address}, m.device.Also...), func(at netip.Addr) bool {
		return !s.area.Has(at) || was.area.Has(at)
	})
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
// does not tell which device was meant, unless nothing else was known of it.
func (p *Plan) stillHolds(r *remembered, policy assess.Policy, holds *inventory.Exception, place int) *inventory.Exception {
	if holds == nil {
		return nil
	}
	use := &p.Exceptions[place]
	switch {
	case r.here != nil && len(use.Devices) == 1 && use.Devices[0] == &r.here.device && use.Use != OtherDevice:
		use.Use, use.AddressAlone = InForce, addressAlone(holds, r.here)
	case !r.mayMean(holds, policy):
		return nil
	case use.Use != NoDevice && use.Use != OtherDevice, use.Use == OtherDevice && !alike(holds.Seen, r.member), !agrees(holds, r.member):
		return nil
	case use.Use == NoDevice:
		use.Use, use.Devices, use.Dark, use.AddressAlone = InForce, []*Device{&r.device}, true, addressAlone(holds, r.member)
	default:
		use.Dark = true
	}
	return holds
}

// holdsThere returns the exception that holds to what had nothing but an address, or a
// name, because it calls by that the device that has it today; also where that does not
// need it.
func (p *Plan) holdsThere(x *exceptionIndex, r *remembered, there *Device, policy assess.Policy) *inventory.Exception {
	i := x.ofThere(r.member, there, policy)
	if i < 0 {
		return nil
	}
	use := &p.Exceptions[i]
	address := namesAddress(&use.Exception)
	switch {
	case use.Use != NotNeeded && use.Use != InForce: // of these there is one device
		return nil
	case address && use.Devices[0] != there, !r.mayMean(&use.Exception, policy):
		return nil
	case use.Use == NotNeeded:
		use.Use, use.Devices, use.Dark, use.AddressAlone = InForce, []*Device{&r.device}, true, address
	}
	return &use.Exception
}

// recall lists a device of which something was found against the policy, and not
// settled, unless the plan says of it that it is so today.
func (s *SitePlan) recall(r *remembered, policy assess.Policy, there *Device, same bool, p *Plan, x *exceptionIndex) {
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
		Newer: s.newerThan(r, worst.seen), Future: inventory.Future(worst.seen, p.Made), Stray: worst.was.stray, Again: r.again, By: r.by, ByRun: r.byRun, There: there, Other: there != nil && !same, again: r.here != nil}
	switch {
	case r.by != nil:
		s.Replaced = append(s.Replaced, m)
		return
	case worst.run == r.again:
		m.Again = ""
	}
	accepted := x.of(r.member, policy)
	m.Exception, m.Expired = p.stillHolds(r, policy, accepted.holds, accepted.place), accepted.expired
	if m.Exception == nil && (there == nil || same) {
		m.Exception = p.holdsThere(x, r, there, policy)
	}
	if m.Newer || r.here != nil {
		s.Unsettled = append(s.Unsettled, m)
	} else {
		s.Missing = append(s.Missing, m)
	}
}

// newerThan reports whether a sight is newer than what the run of the site tells of a
// device, or than all of it.
func (s *SitePlan) newerThan(r *remembered, seen time.Time) bool {
	return seen.After(s.source.latest()) || r.here != nil && seen.After(s.source.since(r.here))
}

// notSeenAgain says what speaks against a site of which something is remembered.
func (s *SitePlan) notSeenAgain() {
	for _, list := range [][]Missing{s.Missing, s.Replaced, s.Unsettled} {
		slices.SortStableFunc(list, func(a, b Missing) int { return compareDevices(a.Device, b.Device) })
	}
	left := slices.DeleteFunc(slices.Concat(s.Missing, s.Unsettled), func(m Missing) bool { return m.Exception != nil })
	for i := range rememberedWords {
		w := &rememberedWords[i]
		before := len(left)
		left = slices.DeleteFunc(left, w.of)
		if n := before - len(left); n > 0 {
			s.against("%s %s: %s", wereOrWas(n), w.words, w.way)
		}
	}
	s.heedRemembered()
}

// rememberedWords say what is remembered of devices, and how to get out of it; the first
// that fits a device counts.
var rememberedWords = []struct {
	of         func(Missing) bool
	words, way string
}{
	{func(m Missing) bool { return m.Future },
		"not ready in a run that is dated in the future",
		"its date is wrong, so delete it, or import it anew with the right clock."},
	{func(m Missing) bool { return m.Stray },
		"not ready when met in a run of no site, at an address of no site or at none",
		"import what that run read together with a run of its site, and delete it" + otherWays},
	{func(m Missing) bool { return m.Newer },
		"seen in a newer run, and would break, fails already or cannot be judged",
		"scan the site again" + otherWays},
	{func(m Missing) bool { return m.again },
		"not asked as much as when it would have broken, failed already or could not be judged",
		"ask it again as then" + otherWays},
	{func(Missing) bool { return true },
		"not seen again that, when last seen, would have broken, failed already or could not be judged",
		"find out what became of each, and scan it with the same questions" + otherWays},
}

// otherWays are ways out for what is remembered of any device.
const otherWays = "; or accept it (smbready exceptions add DEVICE --run RUN); or delete the run that saw it, if that was wrong (smbready runs delete RUN)."

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
