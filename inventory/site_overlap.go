package inventory

import (
	"math"
	"math/bits"
	"net/netip"
	"slices"
)

// checkOverlaps finds addresses and names that two sites share. Of a device
// there, it could not be said at which site it is. What is excluded, or stands
// in lists that were not read, is not compared; nor are names with addresses, which
// only the DNS could tell.
func (r *sitesReader) checkOverlaps(file siteFile) {
	everywhere := r.lists.spans(file.exclude, 0)
	names := map[string]sitePart{}
	var spans []sitePart
	for i := range file.sites {
		site := &file.sites[i]
		parts := r.lists.parts(site.targets, i)
		left := without(parts, append(r.lists.spans(site.exclude, i), everywhere...))
		switch {
		case len(parts) == 0:
			r.add(site.line, "site %q has no address: the lists that it names are empty", site.Name)
		case len(left) == 0 && !open(parts):
			r.add(site.line, "site %q has no address left: all of its targets are excluded", site.Name)
		}
		spans = append(spans, left...)
		r.checkHosts(file.sites, parts, names)
	}
	r.sweep(file.sites, spans)
}

// checkHosts finds host names that an earlier site has too, and adds those of one.
func (r *sitesReader) checkHosts(sites []siteEntry, parts []sitePart, names map[string]sitePart) {
	for _, p := range parts {
		switch first, twice := names[p.name]; {
		case p.name == "":
		case !twice:
			names[p.name] = p
		case first.site != p.site:
			r.add(p.line, "site %q and site %q (line %d) both have %s", sites[p.site].Name, sites[first.site].Name, first.line, p.text)
		}
	}
}

// without returns what is left of the parts whose addresses are known.
func without(parts, excluded []sitePart) (left []sitePart) {
	excluded = joinSpans(excluded)
	for _, p := range parts {
		if p.known() {
			left = append(left, subtract(p, excluded)...)
		}
	}
	return left
}

// open reports whether there is what is no address: a name, or a list that was not
// read.
func open(parts []sitePart) bool {
	return slices.ContainsFunc(parts, func(p sitePart) bool { return !p.known() })
}

// sweep goes through the spans in the order of their first addresses. Of those
// that have begun it keeps the one that reaches farthest, and the farthest of
// any other site: with one of the two a span overlaps, or with none.
func (r *sitesReader) sweep(sites []siteEntry, spans []sitePart) {
	slices.SortStableFunc(spans, func(a, b sitePart) int { return a.from.Compare(b.from) })
	type pair struct{ a, b string }
	told := map[pair]bool{}
	var first, second *sitePart // second is of another site than first
	for i := range spans {
		s := &spans[i]
		with := first
		if with != nil && with.site == s.site {
			with = second
		}
		if with != nil && !with.to.Less(s.from) && !told[pair{with.text, s.text}] {
			told[pair{with.text, s.text}] = true
			a, b := with, s
			if b.line < a.line {
				a, b = b, a
			}
			r.add(b.line, "site %q: %s shares %s with %s of site %q (line %d)", sites[b.site].Name, b.text,
				span{s.from, lesser(s.to, with.to)}, a.text, sites[a.site].Name, a.line)
		}
		switch {
		case first == nil || first.to.Less(s.to):
			if first != nil && first.site != s.site {
				second = first
			}
			first = s
		case s.site != first.site && (second == nil || second.to.Less(s.to)):
			second = s
		}
	}
}

func lesser(a, b netip.Addr) netip.Addr {
	if b.Less(a) {
		return b
	}
	return a
}

func (s span) String() string {
	if s.from == s.to {
		return s.from.String()
	}
	return s.from.String() + "-" + s.to.String()
}

// joinSpans sorts spans and joins those that overlap.
func joinSpans(spans []sitePart) (merged []sitePart) {
	slices.SortFunc(spans, func(a, b sitePart) int { return a.from.Compare(b.from) })
	for _, s := range spans {
		last := len(merged) - 1
		switch {
		case last < 0 || merged[last].to.Less(s.from):
			merged = append(merged, s)
		case merged[last].to.Less(s.to):
			merged[last].to = s.to
		}
	}
	return merged
}

// subtract returns what is left of a span without others, which are merged.
func subtract(s sitePart, without []sitePart) (left []sitePart) {
	first, _ := slices.BinarySearchFunc(without, s.from, func(w sitePart, a netip.Addr) int { return w.to.Compare(a) })
	for _, w := range without[first:] {
		if s.to.Less(w.from) {
			break
		}
		if s.from.Less(w.from) {
			part := s
			part.to = w.from.Prev()
			left = append(left, part)
		}
		next := w.to.Next()
		if !next.IsValid() || s.to.Less(next) || next.BitLen() != s.from.BitLen() {
			return left
		}
		s.from = next
	}
	return append(left, s)
}

// Addresses counts the addresses of a site, each once and without those that are
// excluded there or everywhere. It counts no host names, and nothing in lists that
// were not read; more says whether there are such. Beyond 1<<64-1 it says that.
func (s Sites) Addresses(site Site) (n uint64, more bool) {
	excluded := append(s.lists.spans(siteList{texts: site.Exclude}, 0), s.lists.spans(siteList{texts: s.Exclude}, 0)...)
	parts := s.lists.parts(siteList{texts: site.Targets}, 0)
	for _, left := range joinSpans(without(parts, excluded)) {
		sum, carry := bits.Add64(n, left.count(), 0)
		if n = sum; carry > 0 {
			n = math.MaxUint64
		}
	}
	return n, open(parts)
}

// count returns how many addresses a span has, at most 1<<64-1.
func (s span) count() uint64 {
	from, to := s.from.As16(), s.to.As16()
	lo, borrow := bits.Sub64(beUint64(to[8:]), beUint64(from[8:]), 0)
	hi, _ := bits.Sub64(beUint64(to[:8]), beUint64(from[:8]), borrow)
	if hi > 0 || lo == math.MaxUint64 {
		return math.MaxUint64
	}
	return lo + 1
}

func beUint64(b []byte) (n uint64) {
	for _, c := range b[:8] {
		n = n<<8 | uint64(c)
	}
	return n
}
