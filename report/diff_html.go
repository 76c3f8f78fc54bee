package report

import (
	"bufio"
	"io"
	"strings"
)

// diffHTML is what the template of the page is given. The template escapes all of
// it.
type diffHTML struct {
	pageShell
	Heading  string
	Answer   htmlAnswer
	Sites    []htmlField
	Sections []diffHTMLSection
	Origins  []htmlField
}

type diffHTMLSection struct {
	ID, Class, Title, Heading, More string
	Groups                          []diffHTMLGroup
}

type diffHTMLGroup struct {
	Cause string
	Rows  []diffHTMLRow
}

type diffHTMLRow struct {
	Item  string
	Lines []string
}

// writeHTML writes the diff as one page that needs nothing else and has no script, with
// what writeText says.
func (d *Diff) writeHTML(w io.Writer, o DiffOptions) (*DiffTally, error) {
	rows, t, err := d.collect(o)
	if err != nil {
		return nil, err
	}
	a := d.answer(t)
	page := diffHTML{pageShell: newShell("What changed", ""), Heading: "What changed",
		Answer: htmlAnswer{a.verdict.String(), a.heading, a.points}}
	for _, s := range t.bySite() {
		page.Sites = append(page.Sites, htmlField{s.name, s.value})
	}
	for i := range diffSections {
		if n := rows.count[i]; n > 0 {
			page.Sections = append(page.Sections, newDiffHTMLSection(&diffSections[i], rows.rows[i], n))
		}
	}
	for _, f := range d.origins() {
		page.Origins = append(page.Origins, htmlField{f.name, Escape(f.value)})
	}
	buf := bufio.NewWriterSize(w, 64<<10)
	if err := pageTemplates().ExecuteTemplate(buf, "diff.tmpl", page); err != nil {
		return nil, err
	}
	return t, buf.Flush()
}

func newDiffHTMLSection(s *diffSection, rows []*diffRow, n int) diffHTMLSection {
	out := diffHTMLSection{ID: strings.ToLower(strings.ReplaceAll(s.title, " ", "-")), Class: s.verdict.String(), Title: s.title, Heading: s.heading(n)}
	for _, g := range byCause(rows) {
		group := diffHTMLGroup{Cause: upperFirst(g.cause)}
		for _, r := range g.rows {
			group.Rows = append(group.Rows, diffHTMLRow{r.item, r.lines})
		}
		out.Groups = append(out.Groups, group)
	}
	if more := n - len(rows); more > 0 {
		out.More = "… and " + count(more, "more device", "more devices") + "; with --verbose the page lists them, and so do CSV and JSON."
	}
	return out
}
