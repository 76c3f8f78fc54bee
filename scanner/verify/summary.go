package verify

import (
	"slices"

	"smbready/inventory"
)

// CostSummary is what a measurement says of one direction.
type CostSummary struct {
	Direction        string // "write" or "read"
	Signed, Unsigned CostSide
	Ratio            Spread // of signed to unsigned throughput in the same round
}

// CostSide is the throughput with or without signing, in MiB per second, and
// what it took of this machine's processors.
type CostSide struct {
	Runs                int
	Median, Least, Most float64
	CPUPerGiB           float64 // seconds, the median
}

// Spread is a median and its bounds.
type Spread struct {
	Pairs               int
	Median, Least, Most float64
}

// Summarize returns the figures of each direction that was measured.
func Summarize(c *inventory.Cost) []CostSummary {
	var list []CostSummary
	for _, direction := range []string{"write", "read"} {
		s := CostSummary{Direction: direction, Signed: costSide(c, direction, true), Unsigned: costSide(c, direction, false), Ratio: ratio(c, direction)}
		if s.Signed.Runs+s.Unsigned.Runs > 0 {
			list = append(list, s)
		}
	}
	return list
}

// usable reports whether a run took a time that can be divided by.
func usable(r inventory.CostRun, direction string, signed bool) bool {
	return r.Direction == direction && r.Signed == signed && r.Seconds > 0
}

func costSide(c *inventory.Cost, direction string, signed bool) CostSide {
	var speeds, cpu []float64
	for _, r := range c.Runs {
		if usable(r, direction, signed) && c.Bytes > 0 {
			speeds = append(speeds, float64(c.Bytes)/(1<<20)/r.Seconds)
			cpu = append(cpu, r.CPUSeconds/(float64(c.Bytes)/(1<<30)))
		}
	}
	if len(speeds) == 0 {
		return CostSide{}
	}
	return CostSide{Runs: len(speeds), Median: median(speeds), Least: slices.Min(speeds), Most: slices.Max(speeds), CPUPerGiB: median(cpu)}
}

// ratio pairs the runs of a round: what else the host had to do then concerns
// both.
func ratio(c *inventory.Cost, direction string) Spread {
	unsigned := map[int]float64{}
	for _, r := range c.Runs {
		if usable(r, direction, false) {
			unsigned[r.Round] = r.Seconds
		}
	}
	var ratios []float64
	for _, r := range c.Runs {
		if seconds, ok := unsigned[r.Round]; ok && usable(r, direction, true) {
			ratios = append(ratios, seconds/r.Seconds)
		}
	}
	if len(ratios) == 0 {
		return Spread{}
	}
	return Spread{Pairs: len(ratios), Median: median(ratios), Least: slices.Min(ratios), Most: slices.Max(ratios)}
}

// median returns the middle of values, which are not empty.
func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	if n%2 == 1 {
		return v[n/2]
	}
	return (v[n/2-1] + v[n/2]) / 2
}
