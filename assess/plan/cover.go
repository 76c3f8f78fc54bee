package plan

import (
	"cmp"
	"slices"

	"smbready/inventory"
)

// Coverage says how much of a site was in the scope of a run.
type Coverage struct {
	Defined  bool     // a definition says what all of the site is
	Missing  []string // targets of the site that were not in the scope
	LeftOut  []string // what was excluded beyond the definition
	Excluded []string // what was excluded as the definition has it, or where there is none
}

// Reach is what a run was to ask, and what it was never to contact, read once for all of
// its sites.
type Reach struct {
	scope    inventory.Area
	excluded []string // as they were given
	words    []exclusion
}

// exclusion is a target that was excluded from a run, and whose it is.
type exclusion struct {
	word   string
	area   inventory.Area
	site   string // one of the sites of the run that excludes it; empty for none
	shared bool   // others do, too
}

// NewReach returns the reach of a run. What one of its sites excludes, by the lists of
// definitions, was not excluded at the others.
func NewReach(run *inventory.Run, definitions ...[]inventory.Site) *Reach {
	r := &Reach{scope: inventory.ParseArea(run.Scope), excluded: run.Excluded}
	at := map[string]int{} // in words
	for _, w := range inventory.TargetWords(run.Excluded) {
		at[w] = len(r.words)
		r.words = append(r.words, exclusion{word: w, area: areaOf(w)})
	}
	sites := map[string]bool{}
	for _, name := range SitesOf(run) {
		sites[name] = true
	}
	if len(sites) == 0 || len(at) == 0 {
		return r
	}
	for _, list := range definitions {
		for i := range list {
			if name := list[i].Name; sites[name] {
				for _, w := range inventory.TargetWords(list[i].Exclude) {
					if k, there := at[w]; there {
						r.words[k].isOf(name)
					}
				}
			}
		}
	}
	for i := range r.words { // one may be written twice
		first := &r.words[at[r.words[i].word]]
		r.words[i].site, r.words[i].shared = first.site, first.shared
	}
	return r
}

func (e *exclusion) isOf(site string) {
	e.shared = e.shared || e.site != "" && e.site != site
	e.site = cmp.Or(e.site, site)
}

// at returns what of the exclusions was one at a site: those of the other sites of the run
// were none there.
func (r *Reach) at(site *inventory.Site, targets inventory.Area) (here []exclusion) {
	own := inventory.TargetWords(site.Exclude)
	for _, e := range r.words {
		ofOther := e.shared || e.site != "" && e.site != site.Name
		if !ofOther || targets.Overlaps(e.area) || slices.Contains(own, e.word) {
			here = append(here, e)
		}
	}
	return here
}

// Cover compares the scope of the run, and what was excluded from it, with the
// definition of a site, which is nil for one that has none. Everywhere is what is
// excluded at any site. What is written alike is the same, and networks, ranges and
// addresses are compared by the addresses in them; a name covers nothing but itself.
func (r *Reach) Cover(site *inventory.Site, everywhere []string) Coverage {
	if site == nil {
		return Coverage{Excluded: r.excluded}
	}
	targets := inventory.ParseArea(site.Targets)
	c, here := Coverage{Defined: len(site.Targets) > 0}, r.at(site, targets)
	if !c.Defined {
		for _, e := range here {
			c.Excluded = append(c.Excluded, e.word)
		}
		return c
	}
	for _, t := range inventory.TargetWords(site.Targets) {
		if !r.scope.Holds(areaOf(t)) {
			c.Missing = append(c.Missing, t)
		}
	}
	var never inventory.Area
	if len(here) > 0 {
		never = inventory.ParseArea(slices.Concat(everywhere, site.Exclude))
	}
	for _, e := range here {
		switch {
		case targets.Apart(e.area): // it is of another site of the run
		case never.Holds(e.area):
			c.Excluded = append(c.Excluded, e.word)
		default:
			c.LeftOut = append(c.LeftOut, e.word)
		}
	}
	return c
}

// Touches reports whether the scope may have an address in common with an area.
func (r *Reach) Touches(area inventory.Area) bool {
	if area.Open() || r.scope.Open() {
		return !area.Apart(r.scope)
	}
	return r.scope.Overlaps(area) // which looks each range of the area up, not each of the scope
}

func areaOf(target string) inventory.Area { return inventory.ParseArea([]string{target}) }

// Whole reports whether nothing of the site is known to be outside the scope.
func (c *Coverage) Whole() bool { return len(c.Missing)+len(c.LeftOut) == 0 }
