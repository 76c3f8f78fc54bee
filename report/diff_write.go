package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	delta "smbready/assess/diff"
)

// DiffFormats lists the formats of a diff, the default first.
var DiffFormats = []Format{Text, CSV, JSON, Markdown, HTML}

// ParseDiffFormat returns the format of that name. Its error lists the choices.
func ParseDiffFormat(name string) (Format, error) {
	if f := Format(name); slices.Contains(DiffFormats, f) {
		return f, nil
	}
	names := make([]string, len(DiffFormats))
	for i, f := range DiffFormats {
		names[i] = string(f)
	}
	return "", fmt.Errorf("unknown format %q; the formats of a diff are %s", name, strings.Join(names, ", "))
}

// DiffOptions says how a diff is written. Its zero value writes all that changed.
type DiffOptions struct {
	TextOptions
	Only DiffOnly
}

// Write writes the diff, and returns the counts of all devices, of those that were
// not picked as well.
func (d *Diff) Write(w io.Writer, f Format, o DiffOptions) (*DiffTally, error) {
	switch f {
	case Text:
		return d.writeText(w, o)
	case CSV:
		return d.writeCSV(w, o)
	case JSON:
		return d.writeJSON(w, o)
	case Markdown:
		return d.writeMarkdown(w, o)
	case HTML:
		return d.writeHTML(w, o)
	}
	_, err := ParseDiffFormat(string(f))
	return nil, err
}

// diffItem is a device, counted, and what a format makes of it if it is picked.
type diffItem[T any] struct {
	counted diffCounted
	picked  bool
	made    T
}

// eachDevice counts every device and hands what was made of the picked ones to use,
// in order.
func eachDevice[T any](d *Diff, o DiffOptions, item func(*delta.Device) T, use func(T) error) (*DiffTally, error) {
	t := new(DiffTally)
	wanted := func(p *delta.Pair) bool {
		if p.Alike && p.Kind == delta.Same && !o.Only.same() {
			t.Devices++ // only the feeding goroutine, which has ended when this is read, counts these
			t.kinds[delta.Same]++
			return false
		}
		return true
	}
	rest := new(DiffTally)
	err := devicesInOrder(d, wanted, func(c *delta.Device) diffItem[T] {
		it := diffItem[T]{counted: d.counted(c), picked: o.Only.picks(c)}
		if it.picked {
			it.made = item(c)
		}
		return it
	}, func(it diffItem[T]) error {
		rest.add(&it.counted)
		if !it.picked {
			return nil
		}
		return use(it.made)
	})
	rest.Devices += t.Devices
	rest.kinds[delta.Same] += t.kinds[delta.Same]
	return rest, err
}
