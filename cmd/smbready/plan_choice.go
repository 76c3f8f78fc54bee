package main

import (
	"maps"
	"slices"

	"smbready/assess/plan"
	"smbready/inventory"
	"smbready/store"
)

// runChoice is what the plan takes of the runs in a store.
type runChoice struct {
	infos  []store.RunInfo // all that there are, the latest first
	o      *plan.Options
	run    map[string]*inventory.Run // by site
	before map[string]*inventory.Run // the run that a site's is compared with, where there is one
}

// chooseRuns chooses for each site the newest run that asked all of it, or else the
// newest that reached its end, and the one of that kind before it. A run that names
// no site counts only where no run names one: what it tells of may be a site that
// another tells of. New is what was seen of late, whenever it was imported.
func chooseRuns(infos []store.RunInfo, o *plan.Options) *runChoice {
	c := &runChoice{infos: infos, o: o, run: map[string]*inventory.Run{}, before: map[string]*inventory.Run{}}
	sites := map[string][]*store.RunInfo{}
	for i := range infos {
		if h := &infos[i].Header; infos[i].Complete() && !plan.Taken(h).IsZero() {
			sites[h.Site] = append(sites[h.Site], &infos[i])
		}
	}
	if len(sites) > 1 {
		delete(sites, "")
	}
	for site, list := range sites {
		slices.SortStableFunc(list, func(a, b *store.RunInfo) int { return plan.Taken(&b.Header).Compare(plan.Taken(&a.Header)) })
		c.run[site] = &list[0].Header
		whole := slices.DeleteFunc(list, func(i *store.RunInfo) bool { return !c.whole(site, i) })
		if len(whole) > 0 {
			c.run[site] = &whole[0].Header
		}
		older := func(i *store.RunInfo) bool { return plan.Taken(&i.Header).Before(plan.Taken(c.run[site])) }
		if i := slices.IndexFunc(whole, older); i >= 0 {
			c.before[site] = &whole[i].Header
		}
	}
	return c
}

// definition returns what the sites file says of a site, nil if nothing.
func (c *runChoice) definition(site string) *inventory.Site {
	if i := slices.IndexFunc(c.o.Sites, func(s inventory.Site) bool { return s.Name == site }); i >= 0 {
		return &c.o.Sites[i]
	}
	return nil
}

// whole reports whether a run that reached its end asked all of a site, as far as
// that is known.
func (c *runChoice) whole(site string, i *store.RunInfo) bool {
	h := &i.Header
	if i.Summary.Skipped > 0 || h.Targets > i.Summary.Probed {
		return false
	}
	if slices.ContainsFunc(h.Inputs, func(in inventory.Input) bool { return in.Error != "" || len(in.Unread) > 0 }) {
		return false
	}
	cover := plan.Cover(c.definition(site), c.o.Exclude, h.Scope, h.Excluded)
	return cover.Whole() && len(h.Scope) > 0
}

// sites lists those with a run, and those that are defined.
func (c *runChoice) sites() []string {
	names := slices.Collect(maps.Keys(c.run))
	for i := range c.o.Sites {
		names = append(names, c.o.Sites[i].Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// passedOver lists the runs that are newer than what the plan rests on, site by
// site.
func (c *runChoice) passedOver() (list []plan.PassedOver) {
	chosen := map[string]bool{}
	for _, h := range c.run {
		chosen[h.ID] = true
	}
	for _, site := range c.sites() {
		for i := range c.infos {
			if chosen[c.infos[i].Header.ID] {
				continue
			}
			if p, ok := c.newer(site, &c.infos[i]); ok {
				list = append(list, p)
			}
		}
	}
	return list
}

// newer says why a run was passed over that is newer than the one of a site and may
// tell of it.
func (c *runChoice) newer(site string, i *store.RunInfo) (plan.PassedOver, bool) {
	h, p := &i.Header, plan.PassedOver{Site: site, Run: i.Header.ID}
	rests := c.run[site]
	if rests == nil {
		rests = c.run[""]
	}
	old := rests != nil && !h.Started.After(plan.Taken(rests))
	if old || h.Site != site && !c.touches(site, rests, h) {
		return p, false
	}
	taken := plan.Taken(h)
	switch {
	case i.Running:
		p.Why = "is still going on"
	case !i.Complete():
		p.Why = "did not reach its end"
	case taken.IsZero():
		p.Why = "was read from files that do not say of when they are"
	case rests != nil && !taken.After(plan.Taken(rests)):
		p.Why = "was imported, and tells of what is older"
	case h.Site == site:
		p.Why = "did not ask all of the site"
	case len(h.Scope) == 0:
		p.Why = "does not say which site it is of"
	case c.coversArea(site, rests, h):
		p.Why, p.Against = "covers this site with others", true
	default:
		p.Why = "asked a part of this site"
	}
	return p, true
}

// area returns the targets that are a site: as they are defined, or else as its run
// has them.
func (c *runChoice) area(site string, rests *inventory.Run) []string {
	if d := c.definition(site); d != nil && len(d.Targets) > 0 {
		return d.Targets
	}
	if rests != nil {
		return rests.Scope
	}
	return nil
}

// touches reports whether a run that is not of a site alone may tell of it: one of
// no site or of several, or an import that took the name of another.
func (c *runChoice) touches(site string, rests, h *inventory.Run) bool {
	area := c.area(site, rests)
	unclear := len(area) == 0 || len(h.Scope) == 0
	if h.Site == "" {
		return unclear || plan.Touches(area, h.Scope)
	}
	return len(h.Inputs) > 0 && !unclear && plan.Touches(area, h.Scope)
}

// coversArea reports whether nothing of a site is known to be outside a run.
func (c *runChoice) coversArea(site string, rests, h *inventory.Run) bool {
	cover := plan.Cover(&inventory.Site{Targets: c.area(site, rests)}, nil, h.Scope, nil)
	return len(cover.Missing) == 0
}
