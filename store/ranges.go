package store

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// Range is a range of positions, First and Last included.
type Range struct{ First, Last uint64 }

// addPositions returns ranges, which are sorted and apart, together with
// positions, which it sorts.
func addPositions(ranges []Range, positions []uint64) []Range {
	slices.Sort(positions)
	out := make([]Range, 0, len(ranges)+1)
	for len(ranges) > 0 || len(positions) > 0 {
		var next Range
		if len(positions) == 0 || len(ranges) > 0 && ranges[0].First <= positions[0] {
			next, ranges = ranges[0], ranges[1:]
		} else {
			next, positions = Range{positions[0], positions[0]}, positions[1:]
		}
		if n := len(out); n > 0 && (out[n-1].Last == math.MaxUint64 || next.First <= out[n-1].Last+1) {
			out[n-1].Last = max(out[n-1].Last, next.Last)
			continue
		}
		out = append(out, next)
	}
	return out
}

// appendRanges packs ranges: of each the distance from the end of the one before
// and its length less one, as varints.
func appendRanges(b []byte, ranges []Range) []byte {
	var at uint64
	for _, r := range ranges {
		b = binary.AppendUvarint(b, r.First-at)
		b = binary.AppendUvarint(b, r.Last-r.First)
		at = r.Last
	}
	return b
}

var errRanges = errors.New("positions that are not in order")

// parseRanges is the reverse of appendRanges.
func parseRanges(b []byte) ([]Range, error) {
	var ranges []Range
	var at uint64
	for len(b) > 0 {
		gap, n := binary.Uvarint(b)
		if n <= 0 || gap > math.MaxUint64-at || len(ranges) > 0 && gap < 2 {
			return nil, errRanges
		}
		length, m := binary.Uvarint(b[n:])
		first := at + gap
		if m <= 0 || length > math.MaxUint64-first {
			return nil, errRanges
		}
		at = first + length
		ranges, b = append(ranges, Range{first, at}), b[n+m:]
	}
	return ranges, nil
}
