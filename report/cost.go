package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"smbready/inventory"
)

// cost is what is told of one measurement: what signing cost when a file was
// written to a share and read back. The runs themselves are not kept.
type cost struct {
	row        *row
	what       string // was measured, where and how; safe for a terminal
	algorithm  string
	directions []directionCost
	unsigned   string // why there is nothing to compare with
	err        string
}

// directionCost sums up the runs of one direction.
type directionCost struct {
	name             string
	signed, unsigned side
	ratio            spread // signed by unsigned throughput, of the rounds that have both
}

// side sums up signed or unsigned runs by their medians. Zero means not known.
type side struct {
	runs       int
	throughput float64 // bytes a second
	cpu        float64 // seconds of processor time for each GiB
}

// spread is a median with the least and the greatest of n values.
type spread struct {
	n                 int
	median, low, high float64
}

// fastest bounds, in bytes a second, what is taken for a measurement: no network
// has a terabyte a second.
const fastest = 1e12

func newCost(h *inventory.Host, r *row) *cost {
	if h.Cost == nil {
		return nil
	}
	m := h.Cost
	c := &cost{row: r, algorithm: clip(Escape(m.Algorithm), maxDialect), unsigned: clip(Escape(m.Unsigned), maxNote), err: clip(Escape(m.Error), maxNote)}
	parts := []string{"share " + clip(Escape(m.Share), maxName)}
	if m.Bytes > 0 {
		parts = append(parts, size(m.Bytes)+" a run")
	}
	if m.Dialect != "" {
		parts = append(parts, "SMB "+clip(Escape(m.Dialect), maxDialect))
	}
	if c.algorithm != "" {
		parts = append(parts, "signed with "+c.algorithm)
	}
	c.what = strings.Join(parts, ", ")
	c.directions = directionsOf(m)
	return c
}

// directionsOf returns the directions that were measured.
func directionsOf(m *inventory.Cost) (list []directionCost) {
	for _, name := range []string{"write", "read"} {
		if d := directionOf(m, name); d.signed.runs+d.unsigned.runs > 0 {
			list = append(list, d)
		}
	}
	return list
}

// costWords says in short what signing cost, for one cell.
func costWords(m *inventory.Cost) string {
	if m == nil {
		return ""
	}
	var parts []string
	for _, d := range directionsOf(m) {
		parts = append(parts, d.short(len(parts) == 0))
	}
	words := strings.Join(parts, ", ")
	if words != "" && m.Algorithm != "" {
		words += " (" + clip(m.Algorithm, maxDialect) + ")"
	}
	switch {
	case m.Error != "":
		return strings.TrimPrefix(words+"; broke off: "+clip(m.Error, maxNote), "; ")
	case words == "":
		return "nothing measured"
	}
	return words
}

// short says what signing cost in one direction; first says of what the figure
// is a part.
func (d *directionCost) short(first bool) string {
	switch {
	case d.ratio.n > 0 && first:
		return d.name + " " + percent(d.ratio.median) + " % of unsigned"
	case d.ratio.n > 0:
		return d.name + " " + percent(d.ratio.median) + " %"
	case d.unsigned.runs == 0:
		return d.name + " " + speed(d.signed.throughput) + " signed only"
	case d.signed.runs == 0:
		return d.name + " " + speed(d.unsigned.throughput) + " unsigned only"
	}
	return d.name + " " + speed(d.signed.throughput) + " signed, " + speed(d.unsigned.throughput) + " unsigned, not in one round"
}

// percent writes a ratio. What is beyond ten times as fast is a fault of the
// measurement.
func percent(ratio float64) string {
	const most = 10
	switch {
	case ratio > most:
		return "over 1,000"
	case ratio < 0.01:
		return "under 1"
	}
	return fmt.Sprintf("%.0f", 100*ratio)
}

func directionOf(m *inventory.Cost, name string) directionCost {
	var runs [2][]inventory.CostRun // unsigned, signed
	var byRound [2]map[int]float64
	for i := range byRound {
		byRound[i] = map[int]float64{}
	}
	for _, run := range m.Runs {
		speed := float64(m.Bytes) / run.Seconds
		if run.Direction != name || !(run.Seconds > 0 && speed > 0 && speed < fastest) {
			continue
		}
		i := 0
		if run.Signed {
			i = 1
		}
		runs[i] = append(runs[i], run)
		byRound[i][run.Round] = speed
	}
	var ratios []float64
	for round, signed := range byRound[1] {
		if unsigned, ok := byRound[0][round]; ok {
			ratios = append(ratios, signed/unsigned)
		}
	}
	return directionCost{name, sideOf(runs[1], m.Bytes), sideOf(runs[0], m.Bytes), spreadOf(ratios)}
}

func sideOf(runs []inventory.CostRun, bytes int64) side {
	var speeds, cpus []float64
	for _, run := range runs {
		speeds = append(speeds, float64(bytes)/run.Seconds)
		if cpu := run.CPUSeconds * (1 << 30) / float64(bytes); cpu > 0 && cpu < math.MaxInt32 {
			cpus = append(cpus, cpu)
		}
	}
	return side{len(runs), spreadOf(speeds).median, spreadOf(cpus).median}
}

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	slices.Sort(values)
	n := len(values)
	return spread{n, (values[(n-1)/2] + values[n/2]) / 2, values[0], values[n-1]}
}

// costs writes what was measured, and what it says and does not say.
func (p *page) costs(list []*cost) {
	if len(list) == 0 {
		return
	}
	p.blank()
	p.title("What signing cost here")
	for _, c := range list {
		p.para(4, "", p.item(c.row)+", "+c.what)
		for _, f := range c.said() {
			p.para(groupIndent, "    "+f.name, f.value)
		}
		p.blank()
	}
	p.para(0, "", costCaveat(list))
}

// said returns what a measurement found.
func (c *cost) said() (fields []field) {
	for _, d := range c.directions {
		fields = append(fields, field{strings.ToUpper(d.name[:1]) + d.name[1:], d.words()})
	}
	if c.unsigned != "" {
		fields = append(fields, field{"Unsigned", "Nothing to compare with: " + c.unsigned})
	}
	if c.err != "" {
		fields = append(fields, field{"Broke off", c.err})
	}
	return fields
}

// points is said, for a list.
func (c *cost) points() (list []string) {
	for _, f := range c.said() {
		list = append(list, f.name+": "+f.value)
	}
	return list
}

// costCaveat says what the measurements do not say.
func costCaveat(list []*cost) string {
	gmac := slices.ContainsFunc(list, func(c *cost) bool { return c.algorithm == "AES-GMAC" })
	words := "This is one client with one connection that moves one file, on this machine's processor and over this network. " +
		"It does not say how many users at once fare, or other clients, such as Windows: the library that signs here is slower at it, " +
		"so on a fast network take the figures as an upper bound, and compare hosts by them. " +
		"A file that was just written is read from the host's memory, not from its disk."
	if !gmac {
		words += " AES-GMAC, with which current versions of Windows sign between each other, was not measured."
	}
	return words + " The 1-15 % that is often quoted for signing is a general figure and not one of this site."
}

func (d *directionCost) words() string {
	var speeds, cpus []string
	for _, s := range []struct {
		name string
		side
	}{{"signed", d.signed}, {"unsigned", d.unsigned}} {
		if s.runs > 0 {
			speeds = append(speeds, s.name+" "+speed(s.throughput))
		}
		if s.cpu > 0 {
			cpus = append(cpus, fmt.Sprintf("%s %.2f s", s.name, s.cpu))
		}
	}
	words := "Median " + strings.Join(speeds, ", ") + "."
	if r := d.ratio; r.n > 0 {
		words += fmt.Sprintf(" Signed runs at %s %% of the unsigned speed (%s to %s %% over %s).",
			percent(r.median), percent(r.low), percent(r.high), count(r.n, "paired round", "paired rounds"))
	}
	if len(cpus) > 0 {
		words += " Processor time of this machine for each GiB: " + strings.Join(cpus, ", ") + "."
	}
	return words
}

// speed writes bytes a second as network people do, in powers of ten.
func speed(bytes float64) string { return fmt.Sprintf("%.1f MB/s", bytes/1e6) }

func size(bytes int64) string {
	if bytes < 1<<20 {
		return count(uint64(bytes), "byte", "bytes")
	}
	return fmt.Sprintf("%.4g MiB", float64(bytes)/(1<<20))
}
