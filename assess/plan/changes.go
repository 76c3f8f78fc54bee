package plan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"smbready/assess"
	"smbready/inventory"
)

// Changes is what became of the blockers since an earlier plan. The full
// difference of two runs is another thing.
type Changes struct {
	Before      Readiness `json:"before"` // of the sites that were compared
	After       Readiness `json:"after"`
	Became      []Change  `json:"became_blockers"`
	Ceased      []Change  `json:"ceased_to_be_blockers"`
	Unknown     []Change  `json:"no_longer_known"` // blockers of then that cannot be judged now, or were not on as much
	NotSeen     []Change  `json:"not_seen_again"`  // blockers, failing and unknown of then, of which nobody knows what became of them
	Replaced    []Change  `json:"replaced"`        // likewise, but another device is known to stand in the place of each
	NotCompared []string  `json:"not_compared"`    // sites that only one of the plans knows
}

// Change is a device that became a blocker or ceased to be one, or that was one, failed
// already or was unknown and was not seen again.
type Change struct {
	Site   string  `json:"site"`
	Device *Device `json:"device"` // as it is now, or as it was where it was not seen again
	Before Status  `json:"before"` // NotSeen for one that was not in the earlier run
	After  Status  `json:"after"`  // NotSeen for one that is not in the later run, which does not mean that it is gone
	By     *Device `json:"replaced_by,omitempty"`
	Less   bool    `json:"asked_less,omitempty"` // what made it a blocker was not asked again
	Reason string  `json:"reason"`               // why it blocks, or blocked, or was unknown
	Why    string  `json:"why"`
}

// changed notes in the plan what changed since an earlier one, which was made with
// the exceptions of today as they held then.
func (p *Plan) changed(old *Plan) {
	for i := range p.Policies {
		now := &p.Policies[i]
		c := &Changes{Became: []Change{}, Ceased: []Change{}, Unknown: []Change{}, NotSeen: []Change{}, Replaced: []Change{}, NotCompared: []string{}}
		now.Changes = c
		for j := range old.Policies {
			if old.Policies[j].Policy == now.Policy {
				c.compare(now, &old.Policies[j], p, old)
			}
		}
		for _, list := range [][]Change{c.Became, c.Ceased, c.Unknown, c.NotSeen, c.Replaced} {
			slices.SortStableFunc(list, compareChanges)
		}
	}
}

func (c *Changes) compare(now, old *PolicyPlan, plan, oldPlan *Plan) {
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
		c.site(now.Policy, was, is, oldPlan.devices[name], plan)
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
func (c *Changes) site(policy assess.Policy, was, is *SitePlan, old []*member, plan *Plan) {
	now := plan.devices[is.Site]
	found := pair(old, now)
	replaced, mended := plan.memory.replaced(is.Site, old), plan.memory.mendedSince(is.Site, policy, old)
	before, after := was.acceptedDevices(), is.acceptedDevices()
	known := map[*member]bool{}
	for _, m := range old {
		change := Change{Site: is.Site, Device: &m.device, Before: m.shown(policy, before), After: NotSeen, By: replaced[m]}
		n := found[m]
		if n == nil && mended[m] != nil { // it was seen since, and put right
			continue
		}
		if n != nil {
			change.Device, change.After, known[n] = &n.device, n.shown(policy, after), true
			change.Less = !n.settlesAll(m, policy, plan.judge)
		}
		c.note(policy, change, m, n)
	}
	for _, n := range now {
		if !known[n] {
			c.note(policy, Change{Site: is.Site, Device: &n.device, Before: NotSeen, After: n.shown(policy, after)}, nil, n)
		}
	}
}

// settlesAll reports whether a sight settles all that an earlier one found against it.
func (m *member) settlesAll(was *member, policy assess.Policy, judge func(*inventory.Host) assess.Assessment) bool {
	return !slices.ContainsFunc(was.paths, func(p pathFinding) bool {
		return p.policy() == policy && was.isOpen(&p) && !m.settles(was, p.path, judge)
	})
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
// knows what became of it; was is as it was and is as it is, nil where it was not seen.
func (c *Changes) note(policy assess.Policy, change Change, was, is *member) {
	lost := change.After == NotSeen && (change.Before == Blocked || change.Before == AlreadyBroken || change.Before == StatusUnknown)
	if !lost && (change.Before == Blocked) == (change.After == Blocked) {
		return
	}
	blocked := was
	if change.After == Blocked {
		blocked = is
	}
	if f := blocked.worst(policy); f != nil {
		change.Reason, change.Why = f.finding.Reason, f.finding.Why
	}
	fine := change.After == Ready || change.After == NotConcerned
	change.Less = change.Less && fine && change.Before == Blocked
	switch {
	case lost && change.By != nil:
		c.Replaced = append(c.Replaced, change)
	case lost:
		c.NotSeen = append(c.NotSeen, change)
	case change.After == Blocked:
		c.Became = append(c.Became, change)
	case change.After == StatusUnknown, change.Less:
		c.Unknown = append(c.Unknown, change)
	default:
		c.Ceased = append(c.Ceased, change)
	}
}

// compareChanges orders by site and then as items are.
func compareChanges(a, b Change) int {
	return cmp.Or(strings.Compare(a.Site, b.Site), compareDevices(a.Device, b.Device))
}

func compareDevices(a, b *Device) int {
	return cmp.Or(a.Address.Compare(b.Address), strings.Compare(a.Name, b.Name))
}
