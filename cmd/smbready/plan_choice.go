package main

import (
	"maps"
	"slices"

	"smbready/assess/plan"
	"smbready/inventory"
	"smbready/report"
	"smbready/store"
)

// runChoice is what the plan takes of the runs in a store.
type runChoice struct {
	infos  []store.RunInfo // all that there are, the latest first
	o      *plan.Options
	run    map[string]*store.RunInfo   // by site
	before map[string]*store.RunInfo   // the run that a site's is compared with, where there is one
	recall map[string][]*store.RunInfo // runs of a site besides that, whatever they asked of it, the latest first
	abroad map[*inventory.Run]bool     // whether a run asked what is not of its own sites, where that was asked for
	named  bool                        // the user named the runs
	former map[string]bool             // names of sites that are no more, all of whose targets are other sites' now
	ahead  map[*store.RunInfo]string   // scans that are dated after one of their site that began later, which is this

	defined map[string]*inventory.Site    // by the sites file, or else by the store
	of      map[string][]int              // the runs that name a site, in infos
	roving  []int                         // those that may tell of a site that they do not name
	names   map[*inventory.Run]*siteNames // of the runs, as they were asked for
	reaches map[*inventory.Run]*plan.Reach
	places  map[string]*inventory.Area // what each site is, once the runs are chosen
}

func newChoice(infos []store.RunInfo, o *plan.Options) *runChoice {
	c := &runChoice{infos: infos, o: o, run: map[string]*store.RunInfo{}, before: map[string]*store.RunInfo{}, recall: map[string][]*store.RunInfo{}, abroad: map[*inventory.Run]bool{},
		defined: map[string]*inventory.Site{}, of: map[string][]int{}, names: map[*inventory.Run]*siteNames{}, reaches: map[*inventory.Run]*plan.Reach{}, places: map[string]*inventory.Area{}}
	for _, list := range [][]inventory.Site{o.Sites, o.Known} {
		for i := range list {
			if c.defined[list[i].Name] == nil {
				c.defined[list[i].Name] = &list[i]
			}
		}
	}
	for i := range infos {
		h := &infos[i].Header
		for _, site := range c.sitesOf(h) {
			c.of[site] = append(c.of[site], i)
		}
		if h.Site == "" && len(h.Sites) == 0 || len(h.Inputs) > 0 || c.isAbroad(h) {
			c.roving = append(c.roving, i)
		}
	}
	c.ahead = c.aheadOf()
	return c
}

// siteNames are the sites of a run.
type siteNames struct {
	list []string
	has  map[string]bool
}

// sitesOf returns the sites of a run; that of one that names none is empty.
func (c *runChoice) sitesOf(h *inventory.Run) []string { return c.namesOf(h).list }

// isOf reports whether a run names a site, or names none and that is asked for.
func (c *runChoice) isOf(h *inventory.Run, site string) bool { return c.namesOf(h).has[site] }

func (c *runChoice) namesOf(h *inventory.Run) *siteNames {
	n := c.names[h]
	if n == nil {
		n = &siteNames{list: plan.SitesOf(h), has: map[string]bool{}}
		if len(n.list) == 0 {
			n.list = []string{h.Site}
		}
		for _, site := range n.list {
			n.has[site] = true
		}
		c.names[h] = n
	}
	return n
}

// chooseRuns chooses for each site the newest run that asked all of it, or else the
// newest that reached its end, and the one of that kind before it. A run of several
// sites counts for each of them. A run that names no site counts only where no run
// names one: what it tells of may be a site that another tells of. New is what was seen
// of late, whenever it was imported; what is dated in the future counts nowhere.
func chooseRuns(infos []store.RunInfo, o *plan.Options) *runChoice {
	c := newChoice(infos, o)
	sites := c.ended()
	c.findFormer(sites)
	maps.DeleteFunc(sites, func(site string, _ []*store.RunInfo) bool { return c.former[site] })
	if len(sites) > 1 {
		delete(sites, "")
	}
	for site, list := range sites {
		c.choose(site, list)
	}
	c.lookThrough()
	return c
}

// ended returns the runs of each site that reached their end, the newest first.
func (c *runChoice) ended() map[string][]*store.RunInfo {
	sites := map[string][]*store.RunInfo{}
	for i := range c.infos {
		at := placeOf(&c.infos[i])
		if !c.infos[i].Complete() || c.ahead[&c.infos[i]] != "" || at.IsZero() || inventory.Future(at, c.o.Now) {
			continue
		}
		for _, site := range c.sitesOf(&c.infos[i].Header) {
			sites[site] = append(sites[site], &c.infos[i])
		}
	}
	for _, list := range sites {
		sortRuns(list)
	}
	return sites
}

// chooseNamed takes for each site the run that the user named. Earlier ones of the store
// are looked through as for those that are chosen.
func chooseNamed(infos []store.RunInfo, o *plan.Options, named []report.NamedRun) *runChoice {
	c := newChoice(infos, o)
	c.named = true
	for _, r := range named {
		info := c.stored(r.Run)
		for _, site := range c.sitesNamed(r) {
			if c.run[site] == nil {
				c.run[site] = info
			}
		}
	}
	ended := c.ended()
	for site := range c.run {
		c.compare(site, ended[site])
	}
	c.lookThrough()
	return c
}

// stored returns a run as the store has it. One that is not there, or of which the store
// may know more, is another one.
func (c *runChoice) stored(r *report.Run) *store.RunInfo {
	for i := range c.infos {
		info := &c.infos[i]
		if h, sum := &info.Header, info.Summary; h.ID == r.Header.ID && h.Started.Equal(r.Header.Started) && sum != nil &&
			sum.Finished.Equal(r.Summary.Finished) && sum.Probed == r.Summary.Probed && sum.SMB == r.Summary.SMB {
			return info
		}
	}
	return &store.RunInfo{Header: r.Header, Summary: &r.Summary}
}

// sitesNamed returns the sites of which a run is taken that was named.
func (c *runChoice) sitesNamed(r report.NamedRun) []string {
	if len(r.Sites) > 0 {
		return r.Sites
	}
	return c.sitesOf(&r.Header)
}

// choose chooses among the runs of a site, the newest first.
func (c *runChoice) choose(site string, list []*store.RunInfo) {
	c.run[site] = list[0]
	if i := slices.IndexFunc(list, func(i *store.RunInfo) bool { return c.whole(site, i) }); i >= 0 {
		c.run[site] = list[i]
	}
	c.compare(site, list)
}

// compare notes the run before that of a site, of those that asked all of it.
func (c *runChoice) compare(site string, list []*store.RunInfo) {
	older := func(i *store.RunInfo) bool { return placeOf(i).Before(placeOf(c.run[site])) && c.whole(site, i) }
	if i := slices.IndexFunc(list, older); i >= 0 {
		c.before[site] = list[i]
	}
}

// definition returns what the sites file says of a site, or else the store; nil if nothing.
func (c *runChoice) definition(site string) *inventory.Site { return c.defined[site] }

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
	cover := c.reach(h).Cover(c.definition(site), c.o.Exclude)
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

// rests returns the run on which the plan of a site rests, nil if there is none.
func (c *runChoice) rests(site string) *store.RunInfo {
	if i := c.run[site]; i != nil {
		return i
	}
	return c.run[""]
}
