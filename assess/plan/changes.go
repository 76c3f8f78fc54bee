package plan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"smbready/assess"
)

// Changes is what became of the blockers since an earlier plan. The full
// difference of two runs is another thing.
type Changes struct {
	Before      Readiness `json:"before"` // of the sites that were compared
	After       Readiness `json:"after"`
	Became      []Change  `json:"became_blockers"`
	Ceased      []Change  `json:"ceased_to_be_blockers"`
	NotSeen     []Change  `json:"not_seen_again"` // blockers and unknowns of then, of which nobody knows what became of them
	NotCompared []string  `json:"not_compared"`   // sites that only one of the plans knows
}

// Change is a device that became a blocker or ceased to be one, or that was one or
// unknown and was not seen again.
type Change struct {
	Site   string  `json:"site"`
	Device *Device `json:"device"` // as it is now, or as it was where it was not seen again
	Before Status  `json:"before"` // NotSeen for one that was not in the earlier run
	After  Status  `json:"after"`  // NotSeen for one that is not in the later run, which does not mean that it is gone
	Reason string  `json:"reason"` // why it blocks, or blocked, or was unknown
	Why    string  `json:"why"`
}

// Since notes in the plan what changed since an earlier one, which was made with
// the exceptions of today as they held then. What was not seen again speaks against
// going ahead: a blocker that is switched off today is one tomorrow.
func (p *Plan) Since(old *Plan) {
	for i := range p.Policies {
		now := &p.Policies[i]
		now.Changes = &Changes{Became: []Change{}, Ceased: []Change{}, NotSeen: []Change{}, NotCompared: []string{}}
		for j := range old.Policies {
			if old.Policies[j].Policy == now.Policy {
				now.Changes.compare(now, &old.Policies[j], p.devices, old.devices)
			}
		}
		slices.SortStableFunc(now.Changes.Became, compareChanges)
		slices.SortStableFunc(now.Changes.Ceased, compareChanges)
		slices.SortStableFunc(now.Changes.NotSeen, compareChanges)
		now.notSeenAgain()
	}
}

// notSeenAgain decides anew on the sites of which a device was not seen again.
func (p *PolicyPlan) notSeenAgain() {
	count := map[string]int{}
	for i := range p.Changes.NotSeen {
		count[p.Changes.NotSeen[i].Site]++
	}
	for i := range p.Sites {
		s := &p.Sites[i]
		if n := count[s.Site]; n > 0 {
			s.against("%s not seen again that would have broken, or was unknown, in the run compared with: find out what became of each.", wereOrWas(n))
			s.decide()
		}
	}
	p.Waves = waves(p.Policy, p.Sites)
}

func (c *Changes) compare(now, old *PolicyPlan, devices, oldDevices map[string][]*member) {
	before := seenSites(old)
	after := seenSites(now)
	for _, name := range slices.Sorted(maps.Keys(after)) {
		was, is := before[name], after[name]
		if was == nil {
			c.NotCompared = append(c.NotCompared, is.words())
			continue
		}
		c.Before.add(was.Readiness)
		c.After.add(is.Readiness)
		c.site(now.Policy, was, is, oldDevices[name], devices[name])
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if after[name] == nil {
			c.NotCompared = append(c.NotCompared, before[name].words())
		}
	}
}

// seenSites returns the sites of which a run told, by name.
func seenSites(p *PolicyPlan) map[string]*SitePlan {
	m := map[string]*SitePlan{}
	for i := range p.Sites {
		if s := &p.Sites[i]; s.source != nil {
			m[s.Site] = s
		}
	}
	return m
}

// site compares one site.
func (c *Changes) site(policy assess.Policy, was, is *SitePlan, old, now []*member) {
	found := pair(old, now)
	before, after := was.acceptedDevices(), is.acceptedDevices()
	known := map[*member]bool{}
	for _, m := range old {
		then, today, shown := m.shown(policy, before), NotSeen, m
		if n := found[m]; n != nil {
			today, shown, known[n] = n.shown(policy, after), n, true
		}
		c.note(policy, is.Site, then, today, m, shown)
	}
	for _, n := range now {
		if !known[n] {
			c.note(policy, is.Site, NotSeen, n.shown(policy, after), n, n)
		}
	}
}

// acceptedDevices returns the devices to which an exception holds.
func (s *SitePlan) acceptedDevices() map[*Device]bool {
	m := map[*Device]bool{}
	for i := range s.Accepted {
		m[s.Accepted[i].Device] = true
	}
	return m
}

// shown returns the status by which the plan counts a device.
func (m *member) shown(policy assess.Policy, accepted map[*Device]bool) Status {
	if accepted[&m.device] {
		return Accepted
	}
	return m.status(policy)
}

// note adds a device that became a blocker or ceased to be one, or of which nobody
// knows what became of it.
func (c *Changes) note(policy assess.Policy, site string, before, after Status, was, is *member) {
	lost := (before == Blocked || before == StatusUnknown) && after == NotSeen
	if !lost && (before == Blocked) == (after == Blocked) {
		return
	}
	change := Change{Site: site, Device: &is.device, Before: before, After: after}
	blocked := was
	if after == Blocked {
		blocked = is
	}
	if f := blocked.worst(policy); f != nil {
		change.Reason, change.Why = f.finding.Reason, f.finding.Why
	}
	switch {
	case lost:
		c.NotSeen = append(c.NotSeen, change)
	case after == Blocked:
		c.Became = append(c.Became, change)
	default:
		c.Ceased = append(c.Ceased, change)
	}
}

// pair finds each device of an earlier run in a later one: by its network card,
// which goes where the device goes, then by its name, and then by its address,
// where nothing says that it is another.
func pair(old, now []*member) map[*member]*member {
	found := map[*member]*member{}
	taken := map[*member]bool{}
	for _, by := range []struct {
		keys   func(*member) []string
		differ func(a, b *member) bool
	}{{cardsOf, never}, {namesOf, otherCard}, {addressesOf, otherDevice}} {
		today, then := indexBy(now, by.keys), indexBy(old, by.keys)
		for _, m := range old {
			for _, k := range by.keys(m) {
				n := today[k]
				if then[k] == m && found[m] == nil && n != nil && n != ambiguous && !taken[n] && !by.differ(m, n) {
					found[m], taken[n] = n, true
				}
			}
		}
	}
	return found
}

// indexBy finds devices by what only one of them goes by.
func indexBy(list []*member, keys func(*member) []string) map[string]*member {
	index := map[string]*member{}
	for _, m := range list {
		for _, k := range keys(m) {
			if other := index[k]; other != nil && other != m {
				index[k] = ambiguous
			} else {
				index[k] = m
			}
		}
	}
	return index
}

// ambiguous stands for several devices that go by one thing.
var ambiguous = new(member)

func cardsOf(m *member) []string { return m.macs }

func namesOf(m *member) []string { return m.names }

func addressesOf(m *member) []string {
	return slices.DeleteFunc(m.keys(), func(k string) bool { return strings.HasPrefix(k, "name ") || strings.HasPrefix(k, "card ") })
}

func never(_, _ *member) bool { return false }

// otherCard reports whether two cannot be one device: each has a network card,
// and none in common.
func otherCard(a, b *member) bool { return apart(a.macs, b.macs) }

// otherDevice reports the same of their names, too: an address goes from one
// device to another.
func otherDevice(a, b *member) bool { return otherCard(a, b) || apart(a.names, b.names) }

// apart reports whether both lists hold something and nothing in common.
func apart(a, b []string) bool {
	return len(a) > 0 && len(b) > 0 && !slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// compareChanges orders by site and then as items are.
func compareChanges(a, b Change) int {
	return cmp.Or(strings.Compare(a.Site, b.Site), a.Device.Address.Compare(b.Device.Address), strings.Compare(a.Device.Name, b.Device.Name))
}
