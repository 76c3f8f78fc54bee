package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

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

// reach returns what a run was to ask.
func (c *runChoice) reach(h *inventory.Run) *plan.Reach {
	if c.reaches[h] == nil {
		c.reaches[h] = plan.NewReach(h, c.o.Sites)
	}
	return c.reaches[h]
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

// findFormer finds the names of sites that are not defined where others are, and of which
// all was asked in what are targets of these now, of which all were scanned: what
// was found counts there. An import may tell of more than that, and a run of several sites
// does not say which targets were whose.
func (c *runChoice) findFormer(ended map[string][]*store.RunInfo) {
	c.former, c.o.Former = map[string]bool{}, map[string][]string{}
	var targets []string
	for i := range c.o.Sites {
		targets = append(targets, c.o.Sites[i].Targets...)
	}
	whole, scopes := inventory.ParseArea(targets), map[string][]string{}
	for i := range c.infos {
		h := &c.infos[i].Header
		names := slices.DeleteFunc(slices.Clone(c.sitesOf(h)), func(name string) bool { return name == "" || c.definition(name) != nil })
		if len(names) == 0 {
			continue
		}
		asked := inventory.ParseArea(h.Scope)
		all := c.infos[i].Damaged == nil && len(h.Inputs) == 0 && len(h.Scope) > 0 && !asked.Open() && whole.Holds(asked)
		for _, site := range names {
			before, known := c.former[site]
			c.former[site] = all && h.Site == site && (before || !known)
			scopes[site] = append(scopes[site], h.Scope...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(scopes)) {
		var now []string
		asked := inventory.ParseArea(scopes[name])
		for i := range c.o.Sites {
			if d := &c.o.Sites[i]; !asked.Apart(inventory.ParseArea(d.Targets)) {
				now = append(now, d.Name)
				c.former[name] = c.former[name] && len(ended[d.Name]) > 0
			}
		}
		for _, site := range now {
			if c.former[name] {
				c.o.Former[site] = append(c.o.Former[site], name)
			}
		}
	}
}

// aheadOf returns the scans that are dated after one of the same site that began later here,
// as the store's order tells: the clock was set back between. Some hours are of no account:
// several machines may scan a site, each by its own clock.
func (c *runChoice) aheadOf() map[*store.RunInfo]string {
	const tolerance = 6 * time.Hour
	ahead := map[*store.RunInfo]string{}
	earliest := map[string]*inventory.Run{} // by site, of those that began later
	for i := range c.infos {
		h := &c.infos[i].Header
		if c.infos[i].Scan == nil || c.infos[i].Damaged != nil {
			continue
		}
		for _, site := range c.sitesOf(h) {
			if e := earliest[site]; e == nil || h.Started.Before(e.Started) {
				earliest[site] = h
			}
			if e := earliest[site]; h.Started.Sub(e.Started) > tolerance {
				ahead[&c.infos[i]] = e.ID
			}
		}
	}
	return ahead
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

// lookThrough finds the runs to look through besides.
func (c *runChoice) lookThrough() {
	c.o.Areas = c.areas()
	for _, site := range c.sites() {
		if c.rests(site) != nil {
			c.recall[site] = c.besides(site)
		}
	}
}

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

// latestOf returns when the last of what a run tells of was seen. A scan that did not end
// yet was at work when something of it was stored last.
func latestOf(i *store.RunInfo) time.Time {
	last := plan.Latest(&i.Header, i.Summary)
	if i.Summary == nil && i.Scan != nil && i.Updated.After(last) {
		return i.Updated
	}
	return last
}

// placeOf returns the time by which a run is newer than another: the end of a scan, which
// may have been resumed long after it began; of an import, that of the oldest scan in it, or
// when the oldest of what else it tells of was seen.
func placeOf(i *store.RunInfo) (place time.Time) {
	if len(i.Header.Inputs) == 0 {
		return latestOf(i)
	}
	for _, in := range i.Header.Inputs {
		at := in.First
		if in.Kind == "run" && in.Last.After(at) {
			at = in.Last
		}
		if place.IsZero() || !at.IsZero() && at.Before(place) {
			place = at
		}
	}
	return place
}

// ofLate reports whether what a run tells of, as far as that is known, is so late that it
// is looked through. A scan that was made here is so by its date or by its place among the
// others: its clock may have been slow.
func (c *runChoice) ofLate(i *store.RunInfo) bool {
	last := latestOf(i)
	if i.Summary == nil && i.Updated.After(last) {
		last = i.Updated
	}
	return c.o.Now.Sub(last) <= plan.RecallFor || c.slow(i)
}

// slow reports whether a scan is dated too long ago to be looked through, and began here
// after others that are of late.
func (c *runChoice) slow(i *store.RunInfo) bool {
	return i.Scan != nil && c.o.Now.Sub(latestOf(i)) > plan.RecallFor && c.o.Now.Sub(i.Began) <= plan.RecallFor && !inventory.Future(i.Began, c.o.Now)
}

// sortRuns sorts runs by what they tell of, the latest first.
func sortRuns(list []*store.RunInfo) {
	slices.SortStableFunc(list, func(a, b *store.RunInfo) int { return placeOf(b).Compare(placeOf(a)) })
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

// besides returns the runs that are looked through for what was found against devices of
// a site, besides the one on which its plan rests: those of late that can be read, also
// one that did not reach its end, asked a part or names no site, and newer ones. One that
// was imported is of late if the last of what it tells of is.
func (c *runChoice) besides(site string) (list []*store.RunInfo) {
	for _, info := range c.near(site) {
		if info.Damaged != nil || info == c.rests(site) || !c.ofLate(info) && info != c.before[site] {
			continue
		}
		if c.tellsOf(site, &info.Header) {
			list = append(list, info)
		}
	}
	slices.SortStableFunc(list, func(a, b *store.RunInfo) int { return latestOf(b).Compare(latestOf(a)) })
	return list
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

// rests returns the run on which the plan of a site rests, nil if there is none.
func (c *runChoice) rests(site string) *store.RunInfo {
	if i := c.run[site]; i != nil {
		return i
	}
	return c.run[""]
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

// madeBefore reports whether a run is not newer than that of a site: what was imported, or
// did not end, began before that did; a scan did not end later.
func (c *runChoice) madeBefore(i, rests *store.RunInfo) bool {
	h, scan := &i.Header, len(i.Header.Inputs) == 0
	after := (!scan || i.Summary == nil) && h.Started.After(plan.Taken(&rests.Header)) || scan && latestOf(i).After(placeOf(rests))
	return !h.Started.IsZero() && !after
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
			if area, except := c.within(site, h); area != nil {
				u := c.earlierUse(i)
				u.within, u.except, u.site = area, except, site
				uses = append(uses, u)
				continue
			}
			k, there := at[h.ID]
			if !there {
				k = len(uses)
				at[h.ID] = k
				uses = append(uses, c.earlierUse(i))
			}
			uses[k].add(h, site)
		}
	}
	slices.SortStableFunc(uses, func(a, b runUse) int { return cmp.Or(a.taken.Compare(b.taken), cmp.Compare(a.name, b.name)) })
	return uses
}

// earlierUse returns a run as one that is looked through, when its time comes.
func (c *runChoice) earlierUse(i *store.RunInfo) runUse {
	u := runUse{name: i.Header.ID, id: true, taken: latestOf(i), ahead: c.ahead[i] != ""}
	if c.slow(i) {
		u.began, u.taken = i.Began, i.Began.Add(u.taken.Sub(i.Header.Started))
	}
	return u
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

	ahead bool      // it is dated after one that began later
	began time.Time // by its place among the others, where it is dated long before; zero otherwise
}

// add notes that a site of the run is taken.
func (u *runUse) add(h *inventory.Run, site string) {
	if h.Site == "" && slices.ContainsFunc(h.Sites, func(s string) bool { return s != "" }) {
		u.sites = append(u.sites, site)
	}
}

// usesOf returns the runs that are each taken for some sites, by the first of these.
func usesOf(runs map[string]*store.RunInfo) (list []runUse) {
	for _, site := range slices.Sorted(maps.Keys(runs)) {
		h := &runs[site].Header
		i := slices.IndexFunc(list, func(u runUse) bool { return u.name == h.ID })
		if i < 0 {
			i, list = len(list), append(list, runUse{name: h.ID, id: true})
		}
		list[i].add(h, site)
	}
	return list
}
