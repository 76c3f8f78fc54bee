package inventory

import (
	"math"
	"math/bits"
	"net/netip"
	"slices"
)

// siteSpan is a span of a site's targets, without what is excluded.
type siteSpan struct {
	span
	site int // index
	line int
	text string // as it is written
}

// checkOverlaps finds addresses and names that two sites share. Of a device
// there, it could not be said at which site it is. What is excluded, or stands
// in other files, is not compared; nor are names with addresses, which only the
// DNS could tell.
func (r *sitesReader) checkOverlaps(file siteFile) {
	type place struct{ site, line int }
	names := map[string]place{}
	everywhere := spansOf(file.exclude, 0)
	var spans []siteSpan
	for i := range file.sites {
		site := &file.sites[i]
		excluded := joinSpans(append(spansOf(site.exclude, i), everywhere...))
		var left []siteSpan
		for _, s := range spansOf(site.targets, i) {
			left = append(left, subtract(s, excluded)...)
		}
		if len(left) == 0 && !hasNames(site.targets) {
			r.add(site.line, "site %q has no address left: all of its targets are excluded", site.Name)
		}
		spans = append(spans, left...)
		for j, text := range site.targets.texts {
			for _, word := range targetWords(text) {
				_, name, _ := parseTarget(word)
				if first, twice := names[name]; name != "" && twice && first.site != i {
					r.add(site.targets.lines[j], "site %q and site %q (line %d) both have %s", site.Name, file.sites[first.site].Name, first.line, quoted(word))
				} else if name != "" && !twice {
					names[name] = place{i, site.targets.lines[j]}
				}
			}
		}
	}
	r.sweep(file.sites, spans)
}

// hasNames reports whether a list has what is no address: a name or @FILE.
func hasNames(list siteList) bool {
	return slices.ContainsFunc(list.texts, func(text string) bool {
		return slices.ContainsFunc(targetWords(text), func(word string) bool {
			s, _, err := parseTarget(word)
			return err == nil && !s.from.IsValid()
		})
	})
}

// sweep goes through the spans in the order of their first addresses. Of those
// that have begun it keeps the one that reaches farthest, and the farthest of
// any other site: with one of the two a span overlaps, or with none.
func (r *sitesReader) sweep(sites []siteEntry, spans []siteSpan) {
	slices.SortStableFunc(spans, func(a, b siteSpan) int { return a.from.Compare(b.from) })
	type pair struct{ a, b string }
	told := map[pair]bool{}
	var first, second *siteSpan // second is of another site than first
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
			r.add(b.line, "site %q: %s shares %s with %s of site %q (line %d)", sites[b.site].Name, quoted(b.text),
				span{s.from, lesser(s.to, with.to)}, quoted(a.text), sites[a.site].Name, a.line)
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

// spansOf returns the addresses of a list that has been checked.
func spansOf(list siteList, site int) (spans []siteSpan) {
	for i, text := range list.texts {
		for _, word := range targetWords(text) {
			if s, _, err := parseTarget(word); err == nil && s.from.IsValid() {
				line := 0
				if i < len(list.lines) {
					line = list.lines[i]
				}
				spans = append(spans, siteSpan{s, site, line, word})
			}
		}
	}
	return spans
}

// joinSpans sorts spans and joins those that overlap.
func joinSpans(spans []siteSpan) (merged []siteSpan) {
	slices.SortFunc(spans, func(a, b siteSpan) int { return a.from.Compare(b.from) })
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
func subtract(s siteSpan, without []siteSpan) (left []siteSpan) {
	first, _ := slices.BinarySearchFunc(without, s.from, func(w siteSpan, a netip.Addr) int { return w.to.Compare(a) })
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
// excluded there or everywhere. It counts no host names, and nothing in files;
// more says whether there are such. Beyond 1<<64-1 it says that.
func (s Sites) Addresses(site Site) (n uint64, more bool) {
	excluded := joinSpans(append(spansOf(siteList{texts: site.Exclude}, 0), spansOf(siteList{texts: s.Exclude}, 0)...))
	for _, m := range joinSpans(spansOf(siteList{texts: site.Targets}, 0)) {
		for _, left := range subtract(m, excluded) {
			sum, carry := bits.Add64(n, left.count(), 0)
			if n = sum; carry > 0 {
				n = math.MaxUint64
			}
		}
	}
	return n, hasNames(siteList{texts: site.Targets})
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
