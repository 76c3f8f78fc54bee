package plan

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go4.org/netipx"

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
	asked, targets, never := newArea(scope), newArea(site.Targets), newArea(slices.Concat(everywhere, site.Exclude))
	for _, t := range site.Targets {
		if !asked.holds(t) {
			c.Missing = append(c.Missing, t)
		}
	}
	for _, e := range excluded {
		switch {
		case targets.apart(e): // it is of another site of the run
		case never.holds(e):
			c.Excluded = append(c.Excluded, e)
		default:
			c.LeftOut = append(c.LeftOut, e)
		}
	}
	return c
}

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
			for _, e := range o.Exclude {
				elsewhere[e] = true
			}
		}
	}
	targets := newArea(site.Targets)
	var here []string
	for _, e := range run.Excluded {
		if !elsewhere[e] || targets.has(e) || slices.Contains(site.Exclude, e) {
			here = append(here, e)
		}
	}
	return here
}

// Touches reports whether two lists of targets may have an address in common.
func Touches(a, b []string) bool {
	area := newArea(a)
	return slices.ContainsFunc(b, func(entry string) bool { return !area.apart(entry) })
}

// area is a list of targets: the addresses of those that say which these are, and
// how each is written.
type area struct {
	written map[string]bool
	set     *netipx.IPSet
	plain   bool // the addresses of all are known
}

func newArea(list []string) *area {
	a := &area{written: map[string]bool{}, plain: true}
	var b netipx.IPSetBuilder
	for _, text := range list {
		a.written[text] = true
		if r, ok := addressRange(text); ok {
			b.AddRange(r)
		} else {
			a.plain = false
		}
	}
	set, err := b.IPSet()
	if err != nil { // which valid ranges do not cause; then nothing is known to be in it
		set, a.plain = new(netipx.IPSet), false
	}
	a.set = set
	return a
}

// holds reports whether all of an entry is known to be in the area.
func (a *area) holds(entry string) bool {
	r, ok := addressRange(entry)
	return a.written[entry] || ok && a.set.ContainsRange(r)
}

// has reports whether some of an entry is known to be in the area.
func (a *area) has(entry string) bool {
	r, ok := addressRange(entry)
	return a.written[entry] || ok && a.set.OverlapsRange(r)
}

// apart reports whether none of an entry can be in the area.
func (a *area) apart(entry string) bool {
	r, ok := addressRange(entry)
	return ok && a.plain && !a.set.OverlapsRange(r)
}

// addressRange reads a network, an address or a range as a target list has them.
func addressRange(text string) (netipx.IPRange, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return netipx.RangeOfPrefix(p.Masked()), true
	}
	if at, err := netip.ParseAddr(text); err == nil {
		at = at.Unmap().WithZone("")
		return netipx.IPRangeFrom(at, at), true
	}
	first, last, _ := strings.Cut(text, "-")
	from, err := netip.ParseAddr(first)
	if err != nil {
		return netipx.IPRange{}, false
	}
	to, err := netip.ParseAddr(last)
	if n, numErr := strconv.ParseUint(last, 10, 8); err != nil && numErr == nil && from.Is4() {
		b := from.As4()
		b[3] = byte(n)
		to, err = netip.AddrFrom4(b), nil
	}
	r := netipx.IPRangeFrom(from.Unmap(), to.Unmap())
	return r, err == nil && r.IsValid()
}
