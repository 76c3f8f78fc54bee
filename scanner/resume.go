package scanner

import (
	"cmp"
	"iter"
	"slices"

	"smbready/inventory"
)

// OrderVersion is the version of the order in which Shuffled visits targets. It
// is another one as soon as the same seed leads to another order: a scan that
// began with one cannot go on with the other.
const OrderVersion = 1

// Range is a range of positions of the shuffled order, both ends included.
type Range struct{ First, Last uint64 }

// DoneFunc is told that a position is done: after its host, a dark one too, went
// through EmitFunc without an error, by the same goroutine. Counted is what the
// host adds to the counts of the summary. It is called from many goroutines at
// once, in no order of the positions; an error from it ends the run.
type DoneFunc func(position uint64, h *inventory.Host, counted inventory.Summary) error

// normal returns ranges in order, merged, and cut to positions below size.
func normal(ranges []Range, size uint64) []Range {
	list := slices.DeleteFunc(slices.Clone(ranges), func(r Range) bool { return r.First > r.Last || r.First >= size })
	slices.SortFunc(list, func(a, b Range) int { return cmp.Compare(a.First, b.First) })
	var merged []Range
	for _, r := range list {
		r.Last = min(r.Last, size-1)
		if n := len(merged); n > 0 && r.First <= merged[n-1].Last+1 {
			merged[n-1].Last = max(merged[n-1].Last, r.Last)
			continue
		}
		merged = append(merged, r)
	}
	return merged
}

// covered returns how many positions normal ranges hold.
func covered(ranges []Range) (n uint64) {
	for _, r := range ranges {
		n += r.Last - r.First + 1
	}
	return n
}

// Covered returns how many of the first size positions are in ranges, which may
// overlap.
func Covered(ranges []Range, size uint64) uint64 { return covered(normal(ranges, size)) }

// positions visits the positions below size that are not in normal ranges.
func positions(done []Range, size uint64) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		next := uint64(0)
		for _, r := range append(slices.Clone(done), Range{size, size}) {
			for ; next < r.First; next++ {
				if !yield(next) {
					return
				}
			}
			next = r.Last + 1
		}
	}
}
