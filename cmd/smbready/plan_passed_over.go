package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"smbready/assess/plan"
	"smbready/inventory"
	"smbready/store"
)

// passedOver lists the runs that are newer than what the plan rests on, and the earlier
// ones of late that cannot be read, site by site.
func (c *runChoice) passedOver() (list []plan.PassedOver) {
	chosen := map[string]bool{}
	for _, i := range c.run {
		chosen[i.Header.ID] = true
	}
	for _, site := range c.allSites() {
		for _, info := range c.near(site) {
			h := &info.Header
			if rests := c.rests(site); rests != nil && rests.Header.ID == h.ID || chosen[h.ID] && (site == "" || !c.isOf(h, site)) {
				continue
			}
			if p, ok := c.newer(site, info); ok {
				list = append(list, p)
			}
		}
	}
	return list
}

// allSites lists further those of which there is no run to choose; but only those of the
// runs that were named, if any were. A run of no site alone is none of them, unless there
// is nothing else.
func (c *runChoice) allSites() []string {
	if c.named {
		return slices.Sorted(maps.Keys(c.run))
	}
	names := c.sites()
	for i := range c.infos {
		for _, site := range c.sitesOf(&c.infos[i].Header) {
			if (site != "" || len(c.run) == 0) && !c.former[site] {
				names = append(names, site)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// newer says why a run was passed over that is newer than the one of a site and may
// tell of it, or is earlier and cannot be read.
func (c *runChoice) newer(site string, i *store.RunInfo) (plan.PassedOver, bool) {
	h, p := &i.Header, plan.PassedOver{Site: site, Run: i.Header.ID}
	rests, named := c.rests(site), c.isOf(h, site)
	old := rests != nil && c.madeBefore(i, rests)
	if !named && !c.touches(site, h) && !(c.undefined(site) && c.sharesArea(site, rests, h)) {
		return p, false
	}
	if old && i.Damaged == nil {
		p.Why, p.Earlier, p.Recalled = fmt.Sprintf("is dated %s and began after others that are of late: a clock was wrong", h.Started.UTC().Format(time.DateOnly)), true, true
		return p, c.slow(i) && slices.Contains(c.recall[site], i)
	}
	if old {
		p.Why, p.Against, p.Earlier = "is damaged in the store", true, true
		return p, c.ofLate(i)
	}
	taken, last := plan.Taken(h), latestOf(i)
	p.Recalled = slices.Contains(c.recall[site], i)
	switch {
	case i.Damaged != nil:
		p.Why, p.Against = "is damaged in the store", true
	case inventory.Future(h.Started, c.o.Now) || inventory.Future(last, c.o.Now):
		p.Why = "is dated in the future"
	case c.ahead[i] != "":
		p.Why = fmt.Sprintf("is dated after %s, which began later: delete that one if its clock was wrong (smbready runs delete %[1]s)", c.ahead[i])
	case i.Running:
		p.Why = "is still going on"
	case !i.Complete():
		p.Why = "did not reach its end"
	case taken.IsZero():
		p.Why = "was read from files that do not say of when they are"
	case rests != nil && !last.After(placeOf(rests)):
		p.Why = "was imported, and tells of what is older"
	case rests != nil && len(h.Inputs) > 0 && !taken.After(placeOf(rests)):
		p.Why = "was imported, and tells of what is older, too"
	case c.named:
		p.Why = "was not named"
	case named:
		p.Why = "did not ask all of the site"
	case len(h.Scope) == 0:
		p.Why = "does not say which site it is of"
	case c.coversArea(site, h):
		p.Why, p.Against = "covers this site with others", true
	default:
		p.Why = "asked a part of this site"
	}
	return p, true
}
