package report

import (
	"bufio"
	"strconv"
	"strings"

	"smbready/assess"
)

// maxProse bounds, in columns, what one paragraph quotes of the network.
const maxProse = 600

// page lays out lines. Write errors stay in w until Flush.
type page struct {
	w      *bufio.Writer
	width  int // of tables; 0 does not cut them
	color  bool
	sites  bool // tell the sites of devices apart
	guests bool // tell what becomes of guests

	// joined, where it is set, has tables say more of each device than its row.
	joined *assess.Joined
}

// item names a device in running text.
func (p *page) item(r *row) string { return p.itemOf(r, "") }

// itemOf names a device in running text, and of what kind it is.
func (p *page) itemOf(r *row, kind string) string {
	var parts []string
	for _, s := range []string{r.name, kind} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if p.sites && r.site != "" {
		parts = append(parts, "site "+r.site)
	}
	if r.apart {
		parts = append(parts, "one of several records")
	}
	if len(parts) == 0 {
		return r.address
	}
	return r.address + " (" + strings.Join(parts, ", ") + ")"
}

// proseWidth is the width of prose where no terminal gives one: in a pipe or a
// file.
const proseWidth = 100

// prose returns the width at which prose is wrapped.
func (p *page) prose() int {
	if p.width > 0 {
		return p.width
	}
	return proseWidth
}

func (p *page) line(s string) {
	p.w.WriteString(s)
	p.w.WriteByte('\n')
}

func (p *page) blank() { p.w.WriteByte('\n') }

// para writes escaped, wrapped text. The first line begins with lead, which
// takes up part of the indentation.
func (p *page) para(indent int, lead, text string) {
	for _, l := range wrap(Escape(text), p.prose()-indent) {
		p.line(pad(lead, indent) + l)
		lead = ""
	}
}

// list writes many short items, a lineful at a time.
func (p *page) list(indent int, lead string, items []string) {
	room := p.prose()
	line := ""
	for i, item := range items {
		if i < len(items)-1 {
			item += ","
		}
		if line != "" && indent+width(line)+1+width(item) > room {
			p.para(indent, lead, line)
			line, lead = "", ""
		}
		line = strings.TrimPrefix(line+" "+item, " ")
	}
	p.para(indent, lead, line)
}

// title opens a part of the report.
func (p *page) title(s string) {
	p.line(p.paint(bold, s))
	p.line(strings.Repeat("=", width(s)))
}

// heading writes a line in colour, wrapped where it must be.
func (p *page) heading(attribute, s string) {
	for _, l := range wrap(s, p.prose()) {
		p.line(p.paint(attribute, l))
	}
}

// ANSI attributes.
const (
	bold   = "1"
	red    = "1;31"
	yellow = "1;33"
	green  = "1;32"
)

func (p *page) paint(attribute, s string) string {
	if !p.color {
		return s
	}
	return "\x1b[" + attribute + "m" + s + "\x1b[0m"
}

func verdictColor(v assess.Verdict) string {
	switch v {
	case assess.Breaks:
		return red
	case assess.Works, assess.NoChange:
		return green
	case assess.NotApplicable:
		return bold
	}
	return yellow // unknown is never shown as fine
}

// count says how many there are of a thing: "1 device", "1,024 devices".
func count[N int | uint64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

func devices(n int) string { return count(n, "device", "devices") }

// does picks the form of a verb that goes with n devices.
func does(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func thousands[N int | uint64](n N) string {
	s := strconv.FormatUint(uint64(n), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
