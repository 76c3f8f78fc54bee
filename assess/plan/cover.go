package plan

import (
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

// Cover compares the scope of a run, and what was excluded from it, with the
// definition of a site, which is nil for one that has none. Everywhere is what is
// excluded at any site. What is written alike is the same, and networks, ranges and
// addresses are compared by the addresses in them; a name covers nothing but itself.
func Cover(site *inventory.Site, everywhere, scope, excluded []string) Coverage {
	if site == nil || len(site.Targets) == 0 {
		return Coverage{Excluded: excluded}
	}
	c := Coverage{Defined: true}
	asked, targets := inventory.ParseArea(scope), inventory.ParseArea(site.Targets)
	never := inventory.ParseArea(slices.Concat(everywhere, site.Exclude))
	for _, t := range inventory.TargetWords(site.Targets) {
		if !asked.Holds(areaOf(t)) {
			c.Missing = append(c.Missing, t)
		}
	}
	for _, e := range inventory.TargetWords(excluded) {
		switch {
		case targets.Apart(areaOf(e)): // it is of another site of the run
		case never.Holds(areaOf(e)):
			c.Excluded = append(c.Excluded, e)
		default:
			c.LeftOut = append(c.LeftOut, e)
		}
	}
	return c
}

func areaOf(target string) inventory.Area { return inventory.ParseArea([]string{target}) }

// Whole reports whether nothing of the site is known to be outside the scope.
func (c *Coverage) Whole() bool { return len(c.Missing)+len(c.LeftOut) == 0 }

// ExcludedAt returns what of the exclusions of a run of several sites was one at a
// site: those of its other sites, as they are defined, were none there.
func ExcludedAt(site *inventory.Site, others []inventory.Site, run *inventory.Run) []string {
	if site == nil || len(run.Sites) == 0 {
		return run.Excluded
	}
	elsewhere := map[string]bool{}
	for i := range others {
		if o := &others[i]; o.Name != site.Name && run.IsOf(o.Name) {
			for _, e := range inventory.TargetWords(o.Exclude) {
				elsewhere[e] = true
			}
		}
	}
	targets, own := inventory.ParseArea(site.Targets), inventory.TargetWords(site.Exclude)
	var here []string
	for _, e := range inventory.TargetWords(run.Excluded) {
		if !elsewhere[e] || targets.Overlaps(areaOf(e)) || slices.Contains(own, e) {
			here = append(here, e)
		}
	}
	return here
}

// Touches reports whether two lists of targets may have an address in common.
func Touches(a, b []string) bool {
	return !inventory.ParseArea(a).Apart(inventory.ParseArea(b))
}
