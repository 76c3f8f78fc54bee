package main

import (
	"slices"

	"smbready/assess/plan"
	"smbready/inventory"
	"smbready/store"
)

// areas returns what each site is. Sites of which no run was named are as their definition
// has them, or else as their runs do.
func (c *runChoice) areas() map[string][]string {
	areas := map[string][]string{}
	for _, site := range c.sites() {
		areas[site] = c.area(site, c.rests(site))
	}
	for _, d := range c.o.Known {
		if len(d.Targets) > 0 {
			areas[d.Name] = d.Targets
		}
	}
	for i := range c.infos {
		h := &c.infos[i].Header
		for _, site := range c.sitesOf(h) {
			if c.named && site != "" && c.run[site] == nil && c.definition(site) == nil {
				areas[site] = append(slices.Clip(areas[site]), h.Scope...)
			}
		}
	}
	return areas
}

// tellsOf reports whether a run may tell of a site.
func (c *runChoice) tellsOf(site string, h *inventory.Run) bool {
	if area, _ := c.within(site, h); area != nil {
		return true
	}
	return c.isOf(h, site) && !c.byScope(site)
}

// within returns the targets of a site, to which a run of no site or of others that may
// tell of it is narrowed, without those of these others; nil for any other run. Of a run
// of no site there are none where it is not known what the site is.
func (c *runChoice) within(site string, h *inventory.Run) (area, except []string) {
	rests := c.rests(site)
	switch ofNone := c.isOf(h, ""); {
	case site == "" && !c.byScope(site):
	case ofNone && c.touches(site, h):
		return append([]string{}, c.area(site, rests)...), nil
	case c.undefined(site):
		if !ofNone && c.sharesArea(site, rests, h) {
			return append([]string{}, rests.Header.Scope...), nil
		}
	case !ofNone && c.renamed(site, h):
		return c.area(site, rests), c.targetsOf(h)
	}
	return nil, nil
}

// undefined reports whether a run was named of a site of which nothing else says what it is:
// what that asked may be any other site's, or have been.
func (c *runChoice) undefined(site string) bool {
	d := c.definition(site)
	return c.named && c.run[site] != nil && (d == nil || len(d.Targets) == 0)
}

// sharesArea reports whether a run of other sites asked where the one asked that was named,
// which does not itself tell these sites from the one.
func (c *runChoice) sharesArea(site string, rests *store.RunInfo, h *inventory.Run) bool {
	told := func(other string) bool { return rests.Header.IsOf(other) }
	return !slices.ContainsFunc(c.sitesOf(h), told) && (len(h.Scope) == 0 || c.reach(h).Touches(c.place(site)))
}

// renamed reports whether a run of other sites may tell of one that is defined: it was
// called otherwise then, or its targets were another's.
func (c *runChoice) renamed(site string, h *inventory.Run) bool {
	d := c.definition(site)
	if d == nil || len(d.Targets) == 0 || c.isOf(h, site) {
		return false
	}
	return c.isAbroad(h) && (len(h.Scope) == 0 || c.reach(h).Touches(c.place(site)))
}

// isAbroad reports whether a run asked what is not of its own sites, as far as that is
// known.
func (c *runChoice) isAbroad(h *inventory.Run) bool {
	abroad, known := c.abroad[h]
	if !known {
		own := c.targetsOf(h)
		cover := plan.NewReach(&inventory.Run{Scope: own}).Cover(&inventory.Site{Targets: h.Scope}, nil)
		abroad = len(cover.Missing) > 0 || len(h.Scope)+len(own) == 0
		c.abroad[h] = abroad
	}
	return abroad
}

// targetsOf returns the targets of the sites of a run, as far as they are defined.
func (c *runChoice) targetsOf(h *inventory.Run) (targets []string) {
	for _, name := range c.sitesOf(h) {
		if d := c.definition(name); d != nil {
			targets = append(targets, d.Targets...)
		}
	}
	return targets
}

// byScope reports whether a run of no site was named that says what it asked: others of
// no site are narrowed to that, wherever they are of.
func (c *runChoice) byScope(site string) bool {
	return c.named && site == "" && len(c.area(site, c.rests(site))) > 0
}

// area returns the targets that are a site: as they are defined, or else as its run
// has them.
func (c *runChoice) area(site string, rests *store.RunInfo) []string {
	if d := c.definition(site); d != nil && len(d.Targets) > 0 {
		return d.Targets
	}
	if rests != nil {
		return rests.Header.Scope
	}
	return nil
}

// touches reports whether a run that does not name a site may tell of it: one of no
// site, or an import that took the name of another.
func (c *runChoice) touches(site string, h *inventory.Run) bool {
	unclear := len(c.area(site, c.rests(site))) == 0 || len(h.Scope) == 0
	if h.Site == "" && len(h.Sites) == 0 {
		return unclear || c.reach(h).Touches(c.place(site))
	}
	return len(h.Inputs) > 0 && !unclear && c.reach(h).Touches(c.place(site))
}

// place returns the addresses that are a site, once its run is chosen.
func (c *runChoice) place(site string) inventory.Area {
	if c.places[site] == nil {
		area := inventory.ParseArea(c.area(site, c.rests(site)))
		c.places[site] = &area
	}
	return *c.places[site]
}

// coversArea reports whether nothing of a site is known to be outside a run.
func (c *runChoice) coversArea(site string, h *inventory.Run) bool {
	cover := c.reach(h).Cover(&inventory.Site{Name: site, Targets: c.area(site, c.rests(site))}, nil)
	return len(cover.Missing) == 0
}

// reach returns what a run was to ask.
func (c *runChoice) reach(h *inventory.Run) *plan.Reach {
	if c.reaches[h] == nil {
		c.reaches[h] = plan.NewReach(h, c.o.Sites)
	}
	return c.reaches[h]
}

// near returns the runs that may tell of a site: those that name it, and what roves; all
// of them where nothing says what it is.
func (c *runChoice) near(site string) (list []*store.RunInfo) {
	if c.undefined(site) {
		for i := range c.infos {
			list = append(list, &c.infos[i])
		}
		return list
	}
	at := slices.Concat(c.of[site], c.roving)
	slices.Sort(at)
	for _, i := range slices.Compact(at) {
		list = append(list, &c.infos[i])
	}
	return list
}
