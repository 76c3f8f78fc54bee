package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"smbready/assess"
	delta "smbready/assess/diff"
)

// diffColumn is a column of the CSV of a diff.
type diffColumn struct {
	name  string
	value func(*Diff, *delta.Device) string
}

// diffColumns are the columns in their order, which is fixed; new ones are added at
// the end. An empty cell means not known, or that nothing changed.
var diffColumns = slices.Concat([]diffColumn{
	{"kind", func(_ *Diff, c *delta.Device) string { return c.Kind.String() }},
	{"worse", func(_ *Diff, c *delta.Device) string { return yes(c.Worse()) }}, // somebody must act
	{"directions", func(_ *Diff, c *delta.Device) string { return strings.Join(directionWords(c), " ") }},
	{"old_address", func(_ *Diff, c *delta.Device) string { return sightAddress(c.Before) }},
	{"new_address", func(_ *Diff, c *delta.Device) string { return sightAddress(c.After) }},
	{"name", func(_ *Diff, c *delta.Device) string { return hostName(c.Seen().Host) }},
	{"site", func(d *Diff, c *delta.Device) string { return d.site(c) }},
	{"device", func(_ *Diff, c *delta.Device) string { return deviceWords(&c.Seen().Assessment.Device) }},
	{"matched_by", func(_ *Diff, c *delta.Device) string { return c.By.String() }},
	{"cause", func(_ *Diff, c *delta.Device) string { return c.Cause.String() }}, // why one of the runs has it not
	{"cause_words", func(_ *Diff, c *delta.Device) string { return causeWords(c) }},
	{"also_at", func(d *Diff, c *delta.Device) string { return addressText(d.also(&c.Pair)) }},
}, verdictColumns(), []diffColumn{
	{"why", func(_ *Diff, c *delta.Device) string { return diffWhy(c) }},       // of the verdicts that somebody must act upon
	{"remedy", func(_ *Diff, c *delta.Device) string { return diffRemedy(c) }}, // likewise
	{"not_asked_now", func(_ *Diff, c *delta.Device) string { return strings.Join(c.OldAlone.Words(), "; ") }},
	{"not_asked_before", func(_ *Diff, c *delta.Device) string { return strings.Join(c.NewAlone.Words(), "; ") }},
	{"facts", func(_ *Diff, c *delta.Device) string { return factWords(c) }},
}, factColumns("smb1_dialect", "smb1_signing", "smb2_dialect", "smb2_signing", "guest", "class", "os_build", "native_lan_manager", "firmware"), []diffColumn{
	{"old_run", func(d *Diff, _ *delta.Device) string { return d.Old.Header.ID }},
	{"old_started", func(d *Diff, _ *delta.Device) string { return rfc3339(d.Old.Header.Started) }},
	{"old_finished", func(d *Diff, _ *delta.Device) string { return rfc3339(d.Old.Summary.Finished) }},
	{"old_complete", func(d *Diff, _ *delta.Device) string { return yes(!d.Old.Interrupted) }},
	{"old_scope", func(d *Diff, _ *delta.Device) string { return diffScope(d.Old) }},
	{"old_tool", func(d *Diff, _ *delta.Device) string { return d.Old.Header.Tool }},
	{"new_run", func(d *Diff, _ *delta.Device) string { return d.New.Header.ID }},
	{"new_started", func(d *Diff, _ *delta.Device) string { return rfc3339(d.New.Header.Started) }},
	{"new_finished", func(d *Diff, _ *delta.Device) string { return rfc3339(d.New.Summary.Finished) }},
	{"new_complete", func(d *Diff, _ *delta.Device) string { return yes(!d.New.Interrupted) }},
	{"new_scope", func(d *Diff, _ *delta.Device) string { return diffScope(d.New) }},
	{"new_tool", func(d *Diff, _ *delta.Device) string { return d.New.Header.Tool }},
	{"rules", func(*Diff, *delta.Device) string { return assess.RulesVersion() }}, // by which both were judged
})

// verdictColumns are the columns of each policy and path: what the verdict was, what
// it is, the reasons, and which way it went.
func verdictColumns() (list []diffColumn) {
	for _, p := range diffPaths {
		name := strings.ReplaceAll(p.key(), "-", "_")
		finding := func(s *delta.Sight, value func(*assess.Finding) string) string {
			if f := p.of(s); f != nil {
				return value(f)
			}
			return ""
		}
		list = append(list,
			diffColumn{name + "_old", func(_ *Diff, c *delta.Device) string { return finding(c.Before, findingVerdict) }},
			diffColumn{name + "_new", func(_ *Diff, c *delta.Device) string { return finding(c.After, findingVerdict) }},
			diffColumn{name + "_direction", func(_ *Diff, c *delta.Device) string { return pathDirection(c, p) }},
			diffColumn{name + "_old_confidence", func(_ *Diff, c *delta.Device) string { return finding(c.Before, findingConfidence) }},
			diffColumn{name + "_new_confidence", func(_ *Diff, c *delta.Device) string { return finding(c.After, findingConfidence) }},
			diffColumn{name + "_old_reason", func(_ *Diff, c *delta.Device) string { return finding(c.Before, findingReason) }},
			diffColumn{name + "_new_reason", func(_ *Diff, c *delta.Device) string { return finding(c.After, findingReason) }})
	}
	return list
}

// factColumns are the columns of facts that changed.
func factColumns(names ...string) (list []diffColumn) {
	fact := func(c *delta.Device, name string) (f delta.Fact) {
		if i := slices.IndexFunc(c.Facts, func(f delta.Fact) bool { return f.Name == name }); i >= 0 {
			f = c.Facts[i]
		}
		return f
	}
	for _, name := range names {
		list = append(list,
			diffColumn{name + "_old", func(_ *Diff, c *delta.Device) string { return fact(c, name).Old }},
			diffColumn{name + "_new", func(_ *Diff, c *delta.Device) string { return fact(c, name).New }})
	}
	return list
}

// writeCSV writes one row for each device that is picked, as WriteCSV does for each
// host.
func (d *Diff) writeCSV(w io.Writer, o DiffOptions) (*DiffTally, error) {
	buf := bufio.NewWriterSize(w, 64<<10)
	out := csv.NewWriter(buf)
	out.UseCRLF = true
	names := make([]string, len(diffColumns))
	for i, c := range diffColumns {
		names[i] = c.name
	}
	if err := out.Write(names); err != nil {
		return nil, fmt.Errorf("writing the header row: %w", err)
	}
	t, err := eachDevice(d, o, d.csvRow, out.Write)
	if err != nil {
		return nil, err
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return nil, err
	}
	return t, buf.Flush()
}

func (d *Diff) csvRow(c *delta.Device) []string {
	row := make([]string, len(diffColumns))
	for i, column := range diffColumns {
		row[i] = cell(column.value(d, c))
	}
	return row
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func sightAddress(s *delta.Sight) string {
	if s == nil {
		return ""
	}
	return addressWords(s.Host)
}

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// directionWords lists which ways the verdicts of a device went.
func directionWords(c *delta.Device) (list []string) {
	for _, way := range delta.Directions {
		if c.Went(way) {
			list = append(list, way.String())
		}
	}
	return list
}

func pathDirection(c *delta.Device, p diffPath) string {
	for i := range c.Verdicts {
		if v := &c.Verdicts[i]; v.Policy == p.policy && v.Guest == p.guest {
			return v.Direction.String()
		}
	}
	return ""
}

// causeWords says why one of the runs does not have a device.
func causeWords(c *delta.Device) string {
	if c.After == nil || c.Kind == delta.NotReached {
		return c.Cause.Words("new")
	}
	return c.Cause.Words("old")
}

// toActOn returns the findings of the new run that somebody must act upon: those
// that are worse, or, of a device that the old run does not know, those that break.
func toActOn(c *delta.Device) (list []*assess.Finding) {
	for i := range c.Verdicts {
		if v := &c.Verdicts[i]; v.Direction == delta.Worse {
			list = append(list, v.New)
		}
	}
	if !c.Worse() || len(list) > 0 {
		return list
	}
	for _, p := range diffPaths {
		if f := p.of(c.After); f != nil && f.Verdict == assess.Breaks {
			list = append(list, f)
		}
	}
	return list
}

func diffWhy(c *delta.Device) string    { return joinFindings(c, findingWhy) }
func diffRemedy(c *delta.Device) string { return joinFindings(c, findingRemedy) }

func joinFindings(c *delta.Device, value func(*assess.Finding) string) string {
	var list []string
	for _, f := range toActOn(c) {
		if text := value(f); text != "" && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return strings.Join(list, " ")
}

func factWords(c *delta.Device) string {
	var list []string
	for _, f := range c.Facts {
		list = append(list, f.Name+": "+f.Old+" -> "+f.New)
	}
	return strings.Join(list, "; ")
}

// diffScope says what a run covered.
func diffScope(r *Run) string {
	words := strings.Join(r.Header.Scope, ", ")
	if len(r.Header.Excluded) > 0 {
		words += "; without " + strings.Join(r.Header.Excluded, ", ")
	}
	return clip(words, maxProse)
}
