package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Bounds of the Markdown of a diff, in devices a section, sites, and columns of a
// line: a ticket takes about 200 lines.
const (
	mostMarkdownRows  = 60 // of what is worse
	fewMarkdownRows   = 10
	maxMarkdownChange = 600
)

// writeMarkdown writes the diff for a ticket: what writeText says, with a line for
// each device, and at most about 200 lines; it says what it left out. What comes
// from the network is made harmless as WriteMarkdown does.
func (d *Diff) writeMarkdown(w io.Writer, o DiffOptions) (*DiffTally, error) {
	o.Verbose = false
	rows, t, err := d.collect(o)
	if err != nil {
		return nil, err
	}
	buf := bufio.NewWriter(w)
	line := func(format string, args ...any) { fmt.Fprintf(buf, format+"\n", args...) }
	a := d.answer(t)
	line("# What changed\n\n**%s**\n", Marked(a.heading))
	for _, point := range a.points {
		line("- %s", Marked(point))
	}
	if sites := t.bySite(); len(sites) > 0 {
		line("\n## By site\n\n| site | devices |\n|---|---|")
		for _, s := range sites[:min(len(sites), maxMarkdownSites)] {
			line("| %s | %s |", Quoted(s.name), Marked(s.value))
		}
		if more := len(sites) - maxMarkdownSites; more > 0 {
			line("\n… and %s.", count(more, "more site", "more sites"))
		}
	}
	for i := range diffSections {
		if n := rows.count[i]; n > 0 {
			line("\n## %s\n", Marked(diffSections[i].heading(n)))
			markdownRows(line, rows.rows[i], n, i == 0)
		}
	}
	line("\n## What was compared\n\n| | |\n|---|---|")
	for _, f := range d.origins() {
		line("| %s | %s |", f.name, Quoted(clip(f.value, maxProse)))
	}
	return t, buf.Flush()
}

// markdownRows writes a line for each device of a section, of which there are n.
func markdownRows(line func(string, ...any), rows []*diffRow, n int, worse bool) {
	limit := fewMarkdownRows
	if worse {
		limit = mostMarkdownRows
	}
	shown := rows[:min(len(rows), limit)]
	for _, r := range shown {
		words := r.lines
		if r.cause != "" {
			words = append([]string{r.cause}, words...)
		}
		line("- %s: %s", Quoted(r.item), Marked(clip(strings.Join(words, "; "), maxMarkdownChange)))
	}
	if more := n - len(shown); more > 0 {
		line("- … and %s; CSV and JSON list them", count(more, "more device", "more devices"))
	}
}
