package report

import "strings"

// gap is the space between columns.
const gap = 2

// maxAddress is the room that addresses get before a table is narrowed: enough
// for IPv4. A longer one then has a line of its own, and is never shortened.
const maxAddress = 15

// tableColumn is a column of a table of devices.
type tableColumn struct {
	title string
	cell  func(groupRow) string
	min   int  // narrowest useful width; 0 means that it is not narrowed
	late  bool // narrowed only when nothing else helps
	width int
}

// tableColumns returns the columns, without those that say nothing throughout.
// How guests fare is told throughout once it was looked for anywhere, so that a
// device where it was not is not taken for one that lets in none.
func (p *page) tableColumns(rows []groupRow, confidence bool) []tableColumn {
	all := []tableColumn{
		{title: "ADDRESS", cell: func(r groupRow) string { return r.address }},
		{title: "SITE", cell: func(r groupRow) string { return r.site }, min: 6},
		{title: "NAME", cell: func(r groupRow) string { return r.name }, min: 8},
		{title: "DEVICE", cell: func(r groupRow) string { return r.device }, min: 8},
		{title: "ANSWER", cell: func(r groupRow) string { return r.answer }, min: 10},
		{title: "SMB1", cell: func(r groupRow) string { return r.smb1 }, min: 8, late: true},
		{title: "SMB2", cell: func(r groupRow) string { return r.smb2 }, min: 8, late: true},
		{title: "AS GUEST", cell: func(r groupRow) string { return r.guest }},
	}
	if confidence {
		all = append(all, tableColumn{title: "SURE", cell: func(r groupRow) string { return r.confidence.String() }})
	}
	kept := all[:0]
	for _, c := range all {
		says := false
		for _, r := range rows {
			cell := c.cell(r)
			c.width = max(c.width, width(cell))
			says = says || cell != ""
		}
		switch c.title {
		case "SITE":
			says = says && p.sites
		case "AS GUEST":
			says = p.guests
		}
		if says {
			c.width = max(c.width, width(c.title))
			kept = append(kept, c)
		}
	}
	return kept
}

// fit narrows columns until they take no more than room: first the address
// column to what IPv4 needs, then always the widest that can be narrowed.
func fit(columns []tableColumn, room int) {
	over := -gap - room
	for _, c := range columns {
		over += c.width + gap
	}
	if over <= 0 {
		return
	}
	if spare := columns[0].width - maxAddress; spare > 0 {
		columns[0].width -= spare
		over -= spare
	}
	for ; over > 0; over-- {
		c := widest(columns, false)
		if c == nil {
			c = widest(columns, true)
		}
		if c == nil {
			return
		}
		c.width--
	}
}

// widest returns the widest column that can still be narrowed, or nil.
func widest(columns []tableColumn, late bool) *tableColumn {
	var found *tableColumn
	for i := range columns {
		c := &columns[i]
		if c.late == late && c.min > 0 && c.width > c.min && (found == nil || c.width > found.width) {
			found = c
		}
	}
	return found
}

// table writes rows of devices.
func (p *page) table(rows []groupRow, confidence bool, indent int) {
	columns := p.tableColumns(rows, confidence)
	if p.width > 0 {
		fit(columns, p.width-indent)
	}
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	p.cells(columns, titles, indent)
	cells := make([]string, len(columns))
	for _, r := range rows {
		for i, c := range columns {
			cells[i] = c.cell(r)
			if cells[i] == "" {
				cells[i] = "-"
			}
		}
		if width(cells[0]) > columns[0].width {
			p.line(strings.Repeat(" ", indent) + cells[0])
			cells[0] = ""
		}
		p.cells(columns, cells, indent)
		p.notes(r.row, indent+4)
	}
}

// notes writes what there is to say of a device besides, where that is wanted.
func (p *page) notes(r *row, indent int) {
	if p.joined == nil {
		return
	}
	if words := also(p.joined.Also(r.at)); words != "" {
		p.para(indent, "", words)
	}
	for _, n := range r.notes {
		p.para(indent, "", n)
	}
}

// cells writes one line of a table.
func (p *page) cells(columns []tableColumn, cells []string, indent int) {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", indent))
	for i, c := range columns {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", gap))
		}
		b.WriteString(pad(clip(cells[i], c.width), c.width))
	}
	line := strings.TrimRight(b.String(), " ")
	if p.width > 0 {
		line = clip(line, p.width)
	}
	p.line(line)
}
