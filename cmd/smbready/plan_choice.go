package main

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"smbready/assess/plan"
	"smbready/inventory"
	"smbready/store"
)

// runChoice is what the plan takes of the runs in a store.
type runChoice struct {
	infos  []store.RunInfo // all that there are, the latest first
	o      *plan.Options
	run    map[string]*inventory.Run   // by site
	before map[string]*inventory.Run   // the run that a site's is compared with, where there is one
	recall map[string][]*store.RunInfo // runs of a site besides that, whatever they asked of it, the latest first
	abroad map[*inventory.Run]bool     // whether a run asked what is not of its own sites, where that was asked for
}

// chooseRuns chooses for each site the newest run that asked all of it, or else the
// newest that reached its end, and the one of that kind before it. A run of several
// sites counts for each of them. A run that names no site counts only where no run
// names one: what it tells of may be a site that another tells of. New is what was seen
// of late, whenever it was imported; what is dated in the future counts nowhere.
func chooseRuns(infos []store.RunInfo, o *plan.Options) *runChoice {
	c := &runChoice{infos: infos, o: o, run: map[string]*inventory.Run{}, before: map[string]*inventory.Run{}, recall: map[string][]*store.RunInfo{}, abroad: map[*inventory.Run]bool{}}
	sites := map[string][]*store.RunInfo{}
	for i := range infos {
		taken := plan.Taken(&infos[i].Header)
		if !infos[i].Complete() || taken.IsZero() || plan.Future(taken, o.Now) {
			continue
		}
		for _, site := range sitesOf(&infos[i].Header) {
			sites[site] = append(sites[site], &infos[i])
		}
	}
	if len(sites) > 1 {
		delete(sites, "")
	}
	for site, list := range sites {
		sortRuns(list)
		c.choose(site, list)
	}
	for _, site := range c.sites() {
		if c.rests(site) != nil {
			c.recall[site] = c.besides(site)
		}
	}
	return c
}

// sortRuns sorts runs by what they tell of, the latest first.
func sortRuns(list []*store.RunInfo) {
	slices.SortStableFunc(list, func(a, b *store.RunInfo) int { return plan.Taken(&b.Header).Compare(plan.Taken(&a.Header)) })
}

// choose chooses among the runs of a site, the newest first.
func (c *runChoice) choose(site string, list []*store.RunInfo) {
	c.run[site] = &list[0].Header
	whole := slices.DeleteFunc(slices.Clone(list), func(i *store.RunInfo) bool { return !c.whole(site, i) })
	if len(whole) > 0 {
		c.run[site] = &whole[0].Header
	}
	older := func(i *store.RunInfo) bool { return plan.Taken(&i.Header).Before(plan.Taken(c.run[site])) }
	if i := slices.IndexFunc(whole, older); i >= 0 {
		c.before[site] = &whole[i].Header
	}
}

// besides returns the runs that are looked through for what was found against devices of
// a site, besides the one on which its plan rests: those of late that can be read, also
// one that did not reach its end, asked a part or names no site, and newer ones. One that
// was imported is of late if the last of what it tells of is.
func (c *runChoice) besides(site string) (list []*store.RunInfo) {
	for i := range c.infos {
		h := &c.infos[i].Header
		late := c.o.Now.Sub(plan.Latest(h)) <= plan.RecallFor || h == c.before[site]
		if c.infos[i].Damaged != nil || h == c.rests(site) || !late {
			continue
		}
		if area, _ := c.within(site, h); slices.Contains(sitesOf(h), site) || area != nil {
			list = append(list, &c.infos[i])
		}
	}
	slices.SortStableFunc(list, func(a, b *store.RunInfo) int { return plan.Latest(&b.Header).Compare(plan.Latest(&a.Header)) })
	return list
}

// within returns the targets of a site, to which a run of no site or of others that may
// tell of it is narrowed, without those of these others; nil for any other run, and where
// it is not known what the site is.
func (c *runChoice) within(site string, h *inventory.Run) (area, except []string) {
	rests := c.rests(site)
	area = c.area(site, rests)
	switch {
	case site == "" || len(area) == 0:
	case h.Site == "" && len(plan.SitesOf(h)) == 0:
		if c.touches(site, rests, h) {
			return area, nil
		}
	case c.renamed(site, h):
		return area, c.targetsOf(h)
	}
	return nil, nil
}

// renamed reports whether a run of other sites may tell of one that is defined: it was
// called otherwise then, or its targets were another's.
func (c *runChoice) renamed(site string, h *inventory.Run) bool {
	d := c.definition(site)
	if d == nil || len(d.Targets) == 0 || slices.Contains(sitesOf(h), site) {
		return false
	}
	if _, known := c.abroad[h]; !known {
		own := c.targetsOf(h)
		cover := plan.Cover(&inventory.Site{Targets: h.Scope}, nil, own, nil)
		c.abroad[h] = len(cover.Missing) > 0 || len(h.Scope)+len(own) == 0
	}
	return c.abroad[h] && (len(h.Scope) == 0 || plan.Touches(d.Targets, h.Scope))
}

// targetsOf returns the targets of the sites of a run, as far as they are defined.
func (c *runChoice) targetsOf(h *inventory.Run) (targets []string) {
	for _, name := range sitesOf(h) {
		if d := c.definition(name); d != nil {
			targets = append(targets, d.Targets...)
		}
	}
	return targets
}

// sitesOf returns the sites of a run; that of one that names none is empty.
func sitesOf(h *inventory.Run) []string {
	if sites := plan.SitesOf(h); len(sites) > 0 {
		return sites
	}
	return []string{h.Site}
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
	d := c.definition(site)
	cover := plan.Cover(d, c.o.Exclude, h.Scope, plan.ExcludedAt(d, c.o.Sites, h))
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

// passedOver lists the runs that are newer than what the plan rests on, and the earlier
// ones of late that cannot be read, site by site.
func (c *runChoice) passedOver() (list []plan.PassedOver) {
	chosen := map[string]bool{}
	for _, h := range c.run {
		chosen[h.ID] = true
	}
	for _, site := range c.allSites() {
		for i := range c.infos {
			h := &c.infos[i].Header
			if rests := c.rests(site); rests != nil && rests.ID == h.ID || chosen[h.ID] && !h.IsOf(site) {
				continue
			}
			if p, ok := c.newer(site, &c.infos[i]); ok {
				list = append(list, p)
			}
		}
	}
	return list
}

// allSites lists further those of which there is no run to choose. A run of no site
// alone is none of them, unless there is nothing else.
func (c *runChoice) allSites() []string {
	names := c.sites()
	for i := range c.infos {
		for _, site := range sitesOf(&c.infos[i].Header) {
			if site != "" || len(c.run) == 0 {
				names = append(names, site)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// rests returns the run on which the plan of a site rests, nil if there is none.
func (c *runChoice) rests(site string) *inventory.Run {
	if h := c.run[site]; h != nil {
		return h
	}
	return c.run[""]
}

// newer says why a run was passed over that is newer than the one of a site and may
// tell of it, or is earlier and cannot be read.
func (c *runChoice) newer(site string, i *store.RunInfo) (plan.PassedOver, bool) {
	h, p := &i.Header, plan.PassedOver{Site: site, Run: i.Header.ID}
	rests, named := c.rests(site), slices.Contains(sitesOf(h), site)
	old := rests != nil && !h.Started.IsZero() && !h.Started.After(plan.Taken(rests))
	if !named && !c.touches(site, rests, h) {
		return p, false
	}
	if old {
		p.Why, p.Against, p.Earlier = "is damaged in the store", true, true
		return p, i.Damaged != nil && c.o.Now.Sub(h.Started) <= plan.RecallFor
	}
	taken, last := plan.Taken(h), plan.Latest(h)
	p.Recalled = slices.Contains(c.recall[site], i)
	switch {
	case i.Damaged != nil:
		p.Why, p.Against = "is damaged in the store", true
	case plan.Future(h.Started, c.o.Now) || plan.Future(last, c.o.Now):
		p.Why = "is dated in the future"
	case i.Running:
		p.Why = "is still going on"
	case !i.Complete():
		p.Why = "did not reach its end"
	case taken.IsZero():
		p.Why = "was read from files that do not say of when they are"
	case rests != nil && !last.After(plan.Taken(rests)):
		p.Why = "was imported, and tells of what is older"
	case rests != nil && !taken.After(plan.Taken(rests)):
		p.Why = "was imported, and tells of what is older, too"
	case named:
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

// touches reports whether a run that does not name a site may tell of it: one of no
// site, or an import that took the name of another.
func (c *runChoice) touches(site string, rests, h *inventory.Run) bool {
	area := c.area(site, rests)
	unclear := len(area) == 0 || len(h.Scope) == 0
	if h.Site == "" && len(h.Sites) == 0 {
		return unclear || plan.Touches(area, h.Scope)
	}
	return len(h.Inputs) > 0 && !unclear && plan.Touches(area, h.Scope)
}

// coversArea reports whether nothing of a site is known to be outside a run.
func (c *runChoice) coversArea(site string, rests, h *inventory.Run) bool {
	cover := plan.Cover(&inventory.Site{Targets: c.area(site, rests)}, nil, h.Scope, nil)
	return len(cover.Missing) == 0
}

// Bounds of the runs that are looked through for each site: as many as have together no
// more hosts than are judged in a minute or two, but those of two months by the day in any case.
const (
	hostsRecalled = 2_000_000
	leastRecalled = 60
)

// recalled bounds the runs that are looked through for each site, and returns them with
// their sites, the oldest first. How many were left out, the options say.
func (c *runChoice) recalled() (uses []runUse) {
	at := map[string]int{} // of a run of sites, in uses
	c.o.NotRead = map[string]int{}
	for _, site := range slices.Sorted(maps.Keys(c.recall)) {
		list := c.recall[site]
		n := boundRecall(list)
		c.o.NotRead[site] = len(list) - n
		for _, i := range list[:n] {
			h := &i.Header
			if area, except := c.within(site, h); area != nil && !slices.Contains(sitesOf(h), site) {
				uses = append(uses, runUse{name: h.ID, id: true, taken: plan.Latest(h), within: area, except: except, site: site})
				continue
			}
			k, there := at[h.ID]
			if !there {
				k = len(uses)
				at[h.ID] = k
				uses = append(uses, runUse{name: h.ID, id: true, taken: plan.Latest(h)})
			}
			uses[k].add(h, site)
		}
	}
	slices.SortStableFunc(uses, func(a, b runUse) int { return cmp.Or(a.taken.Compare(b.taken), cmp.Compare(a.name, b.name)) })
	return uses
}

// boundRecall returns how many of the runs are looked through, the latest first. Which of
// them has what no other has, nobody knows before: none is left out between others.
func boundRecall(list []*store.RunInfo) (n int) {
	hosts := uint64(0)
	for n < len(list) {
		if hosts += list[n].Hosts; hosts > hostsRecalled && n >= leastRecalled {
			break
		}
		n++
	}
	return n
}

// runUse is a run and what the plan takes of it.
type runUse struct {
	name  string
	id    bool // the name is the id of a stored run, as the store has it
	taken time.Time
	sites []string // of a run of several sites; all of them, and what is of none, if empty

	within []string // of a run of no site, or of others: the targets of the site to which it is narrowed
	except []string // without these
	site   string   // that one
}

// add notes that a site of the run is taken.
func (u *runUse) add(h *inventory.Run, site string) {
	if len(plan.SitesOf(h)) > 0 {
		u.sites = append(u.sites, site)
	}
}

// usesOf returns the runs that are each taken for some sites, by the first of these.
func usesOf(runs map[string]*inventory.Run) (list []runUse) {
	for _, site := range slices.Sorted(maps.Keys(runs)) {
		h := runs[site]
		i := slices.IndexFunc(list, func(u runUse) bool { return u.name == h.ID })
		if i < 0 {
			i, list = len(list), append(list, runUse{name: h.ID, id: true})
		}
		list[i].add(h, site)
	}
	return list
}
