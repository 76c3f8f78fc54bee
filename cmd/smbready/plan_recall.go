package main

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"smbready/inventory"
	"smbready/store"
)

// lookThrough finds the runs to look through besides.
func (c *runChoice) lookThrough() {
	c.o.Areas = c.areas()
	for _, site := range c.sites() {
		if c.rests(site) != nil {
			c.recall[site] = c.besides(site)
		}
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
