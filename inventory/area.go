package inventory

import (
	"net/netip"
	"slices"
	"sort"
	"strings"

	"go4.org/netipx"
)

// Area is what a list of targets covers, as far as it can be read without the DNS
// and without the lists that it names. The zero value covers nothing.
type Area struct {
	ranges []netipx.IPRange // in order, apart from each other
	others map[string]bool  // host names, lists (@FILE, -) and what cannot be read
}

// ParseArea reads targets as a scan takes them, one or several in an entry: networks,
// ranges, addresses, host names, @FILE and "-". What is none of these is kept as it
// is written.
func ParseArea(list []string) Area {
	var a Area
	var b netipx.IPSetBuilder
	for _, word := range TargetWords(list) {
		s, name, err := readTarget(word)
		switch {
		case err == nil && s.from.IsValid():
			b.AddRange(netipx.IPRangeFrom(s.from, s.to))
		case err == nil && name != "":
			a.add(name)
		default:
			a.add(word)
		}
	}
	a.take(&b)
	return a
}

// TargetWords splits the entries of a list of targets into one target each.
func TargetWords(list []string) (words []string) {
	for _, text := range list {
		words = append(words, targetWords(text)...)
	}
	return words
}

func (a *Area) add(other string) {
	if a.others == nil {
		a.others = map[string]bool{}
	}
	a.others[other] = true
}

// take sets the ranges.
func (a *Area) take(b *netipx.IPSetBuilder) {
	set, err := b.IPSet()
	if err != nil { // which valid ranges do not cause; then nothing is known of them
		a.add("")
		return
	}
	a.ranges = set.Ranges()
}

// Open reports whether there is more than the addresses that are known: names, lists
// or what cannot be read.
func (a Area) Open() bool { return len(a.others) > 0 }

// Known reports whether there are addresses that are known.
func (a Area) Known() bool { return len(a.ranges) > 0 }

// Has reports whether an address is known to be in the area.
func (a Area) Has(at netip.Addr) bool {
	at = at.Unmap().WithZone("")
	r, ok := a.from(at)
	return ok && r.Contains(at)
}

// from returns the first range that does not end before an address.
func (a *Area) from(at netip.Addr) (r netipx.IPRange, ok bool) {
	i := sort.Search(len(a.ranges), func(i int) bool { return !a.ranges[i].To().Less(at) })
	if i == len(a.ranges) {
		return r, false
	}
	return a.ranges[i], true
}

// Holds reports whether all of another area is known to be in this one. Names and
// lists are the same where they are written alike.
func (a Area) Holds(o Area) bool {
	for other := range o.others {
		if !a.others[other] {
			return false
		}
	}
	return !slices.ContainsFunc(o.ranges, func(r netipx.IPRange) bool {
		own, ok := a.from(r.From())
		return !ok || !own.Contains(r.From()) || !own.Contains(r.To())
	})
}

// Overlaps reports whether some of another area is known to be in this one.
func (a Area) Overlaps(o Area) bool {
	for other := range o.others {
		if a.others[other] {
			return true
		}
	}
	return slices.ContainsFunc(o.ranges, func(r netipx.IPRange) bool {
		own, ok := a.from(r.From())
		return ok && own.Overlaps(r)
	})
}

// Apart reports whether none of another area can be in this one.
func (a Area) Apart(o Area) bool {
	if o.Open() || a.Open() && o.Known() {
		return false
	}
	return !a.Overlaps(o)
}

// Without returns what is in the area and not known to be in another one.
func (a Area) Without(o Area) Area {
	left := Area{others: a.others}
	var b netipx.IPSetBuilder
	for _, r := range a.ranges {
		b.AddRange(r)
	}
	for _, r := range o.ranges {
		b.RemoveRange(r)
	}
	left.take(&b)
	return left
}

// String lists the addresses that are known.
func (a Area) String() string {
	var parts []string
	for _, r := range a.ranges {
		parts = append(parts, span{r.From(), r.To()}.String())
	}
	return strings.Join(parts, " ")
}
