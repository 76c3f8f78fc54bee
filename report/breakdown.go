package report

import (
	"cmp"
	"maps"
	"slices"

	"smbready/assess"
	"smbready/inventory"
)

// Bounds of a breakdown: a run may name as many sites as it has hosts.
const (
	maxBrokenDown = 1000
	sitesBeyond   = "other sites"
	noSite        = "no site"
)

// breakdown counts the devices of a run by site, by dialect and by era. Its zero
// value is ready for use.
type breakdown struct {
	sites    map[string]*Tally
	dialects map[string]int
	eras     map[string]int
}

func (b *breakdown) add(h *inventory.Host, a *assess.Assessment) {
	if b.sites == nil {
		b.sites, b.dialects, b.eras = map[string]*Tally{}, map[string]int{}, map[string]int{}
	}
	site := firstOf(clip(Escape(h.Site), maxSiteColumn), noSite)
	t := b.sites[site]
	if t == nil && len(b.sites) >= maxBrokenDown {
		site = sitesBeyond
		t = b.sites[site]
	}
	if t == nil {
		t = new(Tally)
		b.sites[site] = t
	}
	t.Add(a)
	b.dialects[dialectClass(h)]++
	b.eras[firstOf(a.Device.Era, "not known")]++
}

// dialectClass names the best that a device speaks. What is not a dialect that is
// known counts as another one, so that a hostile network makes no long list.
func dialectClass(h *inventory.Host) string {
	switch {
	case h.SMB2 != nil:
		if d := h.SMB2.MaxDialect(); slices.Contains(dialectOrder, "SMB "+d) {
			return "SMB " + d
		}
		return otherDialect
	case h.SMB1 != nil:
		return "SMB1 only"
	}
	return "no SMB seen"
}

const otherDialect = "SMB2, dialect not known"

// dialectOrder is the order in which dialects are told of, the oldest first.
var dialectOrder = []string{"SMB1 only", "SMB 2.0.2", "SMB 2.1", "SMB 3.0", "SMB 3.0.2", "SMB 3.1.1", otherDialect, "no SMB seen"}

// counted is how many devices there are of a kind.
type counted struct {
	name string
	n    int
}

// byDialect returns how many devices speak at best which dialect, the oldest first.
func (b *breakdown) byDialect() (list []counted) {
	for _, d := range dialectOrder {
		if n := b.dialects[d]; n > 0 {
			list = append(list, counted{d, n})
		}
	}
	return list
}

// byEra returns how many devices are of which time, the oldest first.
func (b *breakdown) byEra() (list []counted) {
	for _, e := range slices.Sorted(maps.Keys(b.eras)) { // they begin with the year
		list = append(list, counted{e, b.eras[e]})
	}
	return list
}

// bySite returns the names of the sites, those with most that is bad first.
func (b *breakdown) bySite() []string {
	bad := func(name string) int {
		t := b.sites[name]
		return t.Count(assess.ClientAlways, assess.Breaks) + t.GuestOnly + t.Count(assess.ServerAlways, assess.Breaks)
	}
	return slices.SortedFunc(maps.Keys(b.sites), func(x, y string) int {
		return cmp.Or(cmp.Compare(bad(y), bad(x)), cmp.Compare(x, y))
	})
}
