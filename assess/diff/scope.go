package diff

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// ranges is what a list of targets covers, as far as it can be read without the
// DNS and without the lists it names.
type ranges struct {
	list []span // in order, apart from each other
	open bool   // host names or lists of targets are part of it
}

// span is a range of addresses of one family, both ends in it.
type span struct{ from, to netip.Addr }

// readRanges reads targets as scan takes them: networks, ranges, addresses, host
// names, @FILE and "-".
func readRanges(targets []string) ranges {
	var r ranges
	for _, text := range targets {
		for _, word := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' || c == '\t' || c == '\n' }) {
			if s, ok := readSpan(word); ok {
				r.list = append(r.list, s)
			} else {
				r.open = true
			}
		}
	}
	slices.SortFunc(r.list, func(a, b span) int { return cmp.Or(a.from.Compare(b.from), a.to.Compare(b.to)) })
	kept := r.list[:0]
	for _, s := range r.list {
		if n := len(kept); n > 0 && s.from.Compare(kept[n-1].to) <= 0 && s.from.BitLen() == kept[n-1].to.BitLen() {
			if s.to.Compare(kept[n-1].to) > 0 {
				kept[n-1].to = s.to
			}
			continue
		}
		kept = append(kept, s)
	}
	r.list = kept
	return r
}

// readSpan reads a network, a range FIRST-LAST, of which LAST may be the last
// number only, or an address.
func readSpan(text string) (span, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		p = p.Masked()
		return span{p.Addr(), lastOf(p)}, true
	}
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return span{a, a}, true
	}
	first, last, dash := strings.Cut(text, "-")
	from, err := netip.ParseAddr(first)
	if !dash || err != nil {
		return span{}, false
	}
	to, err := netip.ParseAddr(last)
	if n, numErr := strconv.ParseUint(last, 10, 8); err != nil && numErr == nil && from.Is4() {
		b := from.As4()
		b[3] = byte(n)
		to, err = netip.AddrFrom4(b), nil
	}
	from, to = from.Unmap(), to.Unmap()
	return span{from, to}, err == nil && from.BitLen() == to.BitLen() && from.Compare(to) <= 0
}

// lastOf returns the last address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// holds reports whether an address is in one of the ranges.
func (r *ranges) holds(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	i, found := slices.BinarySearchFunc(r.list, a, func(s span, a netip.Addr) int { return s.from.Compare(a) })
	if found {
		return true
	}
	return i > 0 && r.list[i-1].from.BitLen() == a.BitLen() && a.Compare(r.list[i-1].to) <= 0
}

// without returns what is in r and not in o.
func (r *ranges) without(o *ranges) (rest ranges) {
	rest.open = r.open
	j := 0
	for _, s := range r.list {
		for j < len(o.list) && o.list[j].to.Compare(s.from) < 0 {
			j++
		}
		from := s.from // the first address of the span that is left to look at
		for k := j; k < len(o.list) && from.IsValid() && o.list[k].from.Compare(s.to) <= 0; k++ {
			if from.Less(o.list[k].from) {
				rest.list = append(rest.list, span{from, o.list[k].from.Prev()})
			}
			from = o.list[k].to.Next() // invalid after the last of all
		}
		if from.IsValid() && from.Compare(s.to) <= 0 && from.BitLen() == s.to.BitLen() {
			rest.list = append(rest.list, span{from, s.to})
		}
	}
	return rest
}
