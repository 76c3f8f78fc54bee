package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"smbready/inventory"
	"smbready/report"
	"smbready/store"
)

// How far a stored run is.
const (
	runComplete    = "complete"
	runInterrupted = "interrupted" // it ended before its last target, and said so
	runUnfinished  = "unfinished"  // it was cut off, and said nothing
	runRunning     = "running"     // a process is at it
	runDamaged     = "damaged"     // what is stored of it cannot be read
)

// stateOf returns how far a run is.
func stateOf(info *store.RunInfo) string {
	switch sum := info.Summary; {
	case info.Damaged != nil:
		return runDamaged
	case info.Running:
		return runRunning
	case sum == nil:
		return runUnfinished
	case sum.Interrupted || sum.Error != "":
		return runInterrupted
	}
	return runComplete
}

// runRow is a run as runs list shows it.
type runRow struct {
	ID        string    `json:"id"`
	Site      string    `json:"site,omitempty"`
	Sites     []string  `json:"sites,omitempty"` // of a run of several
	Started   time.Time `json:"started"`         // the zero time where the run is damaged and does not tell
	Finished  time.Time `json:"finished,omitzero"`
	State     string    `json:"state"`
	Hosts     uint64    `json:"hosts"`             // that are listed
	Probed    uint64    `json:"probed"`            // addresses that were asked
	Targets   uint64    `json:"targets,omitempty"` // addresses in scope; 0 where the run is no scan
	Resumable bool      `json:"resumable"`
	Scope     []string  `json:"scope"`
	Tool      string    `json:"tool"`
	Error     string    `json:"error,omitempty"`  // why it ended early, when it was not the user, or why it is damaged
	Future    bool      `json:"future,omitempty"` // it is dated in the future: a clock was wrong
}

func newRunRow(info *store.RunInfo) runRow {
	h := &info.Header
	row := runRow{ID: h.ID, Site: h.Site, Sites: h.Sites, Started: h.Started, State: stateOf(info), Hosts: info.Hosts, Probed: info.Probed,
		Targets: h.Targets, Scope: h.Scope, Tool: h.Tool, Future: info.Future}
	row.Resumable = info.Scan != nil && (row.State == runInterrupted || row.State == runUnfinished)
	if info.Summary != nil {
		row.Finished, row.Error = info.Summary.Finished, info.Summary.Error
	}
	if info.Damaged != nil {
		row.Error = info.Damaged.Error()
	}
	if row.Scope == nil {
		row.Scope = []string{}
	}
	return row
}

// runColumns are the columns of the CSV. Their order stays as it is.
var runColumns = []string{"id", "site", "started", "finished", "state", "hosts", "probed", "targets", "resumable", "scope", "tool", "error", "future"}

func (r *runRow) csv() []string {
	return []string{r.ID, strings.Join(r.sites(), ";"), timeField(r.Started), timeField(r.Finished), r.State, strconv.FormatUint(r.Hosts, 10), strconv.FormatUint(r.Probed, 10),
		strconv.FormatUint(r.Targets, 10), strconv.FormatBool(r.Resumable), strings.Join(r.Scope, " "), r.Tool, r.Error, strconv.FormatBool(r.Future)}
}

// sites lists the sites of a run, none of one that names none.
func (r *runRow) sites() []string {
	if r.Site == "" {
		return r.Sites
	}
	return append([]string{r.Site}, r.Sites...)
}

func timeField(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// runLayout is how much of a run the table shows.
type runLayout struct {
	narrow      bool // no tool, and no year: most ids tell it
	noHosts     bool
	site, scope int // room for their names, in characters
}

// runLayouts are those of the table, from wide to narrow. The widest that fits is taken.
var runLayouts = []runLayout{{false, false, listWidth, listWidth}, {true, false, listWidth, listWidth}, {true, false, 20, 20},
	{true, true, 20, 20}, {true, true, 20, 12}, {true, true, 12, 12}, {true, true, 8, 5}}

// runTable returns the table with its heads, in a layout that fits a terminal of a width
// as far as one does; 0 is no terminal.
func runTable(rows []runRow, width int) [][]string {
	for i, l := range runLayouts {
		table := [][]string{l.heads()}
		for k := range rows {
			table = append(table, rows[k].table(l))
		}
		if width == 0 || i == len(runLayouts)-1 || tableWidth(table) <= width {
			return table
		}
	}
	return nil
}

func (l runLayout) heads() []string {
	if l.narrow {
		return l.cells("RUN", "SITE", "STARTED UTC", "STATE", "HOSTS", "ASKED", "SCOPE")
	}
	return l.cells("RUN", "SITE", "STARTED (UTC)", "STATE", "HOSTS", "ASKED", "SCOPE", "TOOL")
}

// cells leaves out the hosts where there is no room for them.
func (l runLayout) cells(row ...string) []string {
	if l.noHosts {
		return slices.Delete(row, 4, 5)
	}
	return row
}

func (r *runRow) table(l runLayout) []string {
	hosts := strconv.FormatUint(r.Hosts, 10)
	if r.State == runDamaged {
		hosts = "-"
	}
	site, scope := shortList(r.sites(), ", ", l.site), shortList(r.Scope, " ", l.scope)
	if l.narrow {
		return l.cells(r.ID, site, r.started("01-02 15:04", " (future)"), r.State, hosts, r.asked("/"), scope)
	}
	return l.cells(r.ID, site, r.started("2006-01-02 15:04", datedInFuture), r.State, hosts, r.asked(" of "), scope,
		orDash(strings.TrimPrefix(r.Tool, "smbready ")))
}

// datedInFuture says that a time cannot be right.
const datedInFuture = " (dated in the future)"

// started says when a run began, in a format, with words for a time that cannot be right.
func (r *runRow) started(format, future string) string {
	text := "-"
	if !r.Started.IsZero() {
		text = r.Started.UTC().Format(format)
	}
	if r.Future {
		text += future
	}
	return text
}

// asked says how many of the addresses in scope were asked.
func (r *runRow) asked(of string) string {
	switch {
	case r.Targets == 0, r.State == runDamaged:
		return "-" // no scan, or nobody can tell
	case r.Probed == r.Targets:
		return strconv.FormatUint(r.Probed, 10)
	}
	return fmt.Sprintf("%d%s%d", r.Probed, of, r.Targets)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// listWidth is the room for a list of targets or sites in the table.
const listWidth = 30

// shortList names the first targets or sites of a list in about so many characters, and
// how many more there are.
func shortList(list []string, between string, width int) string {
	text := ""
	for i, s := range list {
		if i > 0 && utf8.RuneCountInString(text)+len(s) > width {
			return fmt.Sprintf("%s +%d", text, len(list)-i)
		}
		if r := []rune(s); len(r) > width {
			s = string(r[:width-1]) + "…"
		}
		text += strings.Repeat(between, min(i, 1)) + s
	}
	return orDash(text)
}

// writeRuns writes a list of runs, as text for a terminal of a width; 0 is none.
func writeRuns(w io.Writer, format report.Format, rows []runRow, width int) error {
	switch format {
	case report.CSV:
		return writeRunsCSV(w, rows)
	case report.JSON:
		return writeRunsJSON(w, rows)
	}
	return writeAligned(w, runTable(rows, width))
}

// tableWidth is how wide writeAligned makes a table.
func tableWidth(rows [][]string) (width int) {
	for i := range rows[0] {
		widest := 0
		for _, row := range rows {
			widest = max(widest, utf8.RuneCountInString(report.Escape(row[i])))
		}
		width += widest + 2
	}
	return width - 2
}

// writeAligned writes rows in columns as wide as their widest cell.
func writeAligned(w io.Writer, rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			row[i] = report.Escape(cell)
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeRunsCSV(w io.Writer, rows []runRow) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180
	out.Write(runColumns)
	for i := range rows {
		var record []string
		for _, field := range rows[i].csv() {
			record = append(record, plainCell(field))
		}
		out.Write(record)
	}
	out.Flush()
	return out.Error()
}

// plainCell makes text safe to show, and keeps a spreadsheet from running it, or
// what follows a semicolon, as a formula.
func plainCell(s string) string {
	parts := strings.Split(s, ";")
	for i, p := range parts {
		start := strings.TrimLeftFunc(p, func(r rune) bool { return r == '"' || unicode.IsSpace(r) || !unicode.IsPrint(r) })
		parts[i] = report.Escape(p)
		if r, _ := utf8.DecodeRuneInString(start); strings.ContainsRune("=+-@＝＋－＠", r) && start != "" {
			parts[i] = "'" + parts[i]
		}
	}
	return strings.Join(parts, ";")
}

// writeRunsJSON writes one object a line.
func writeRunsJSON(w io.Writer, rows []runRow) error {
	out := inventory.NewWriter(w)
	for i := range rows {
		if _, err := out.WriteValue(struct {
			Type string `json:"type"`
			runRow
		}{"stored_run", rows[i].escaped()}); err != nil {
			return err
		}
	}
	return nil
}

// escaped returns a row whose texts can be shown: JSON is read on terminals too.
func (r runRow) escaped() runRow {
	r.ID, r.Site, r.Tool, r.Error = report.Escape(r.ID), report.Escape(r.Site), report.Escape(r.Tool), report.Escape(r.Error)
	r.Scope, r.Sites = escapedAll(r.Scope), escapedAll(r.Sites)
	return r
}

func escapedAll(list []string) []string {
	list = slices.Clone(list)
	for i, s := range list {
		list[i] = report.Escape(s)
	}
	return list
}

// writeRun writes all about one run.
func writeRun(w io.Writer, info *store.RunInfo) error {
	row := newRunRow(info)
	lines := [][]string{{"Run", row.ID}, {"Site", orDash(strings.Join(row.sites(), ", "))}, {"Started", row.started(time.RFC3339, datedInFuture)},
		{"Finished", orDash(timeField(row.Finished))}, {"State", row.State}, {"Error", row.Error}, {"Hosts", strconv.FormatUint(row.Hosts, 10)},
		{"Asked", row.asked(" of ")}, {"Found", foundText(info)}, {"Stored", timeField(info.Updated)}, {"Scope", strings.Join(row.Scope, " ")},
		{"Excluded", strings.Join(info.Header.Excluded, " ")}, {"Tool", row.Tool}}
	if row.State == runDamaged {
		lines = slices.DeleteFunc(lines, func(l []string) bool { return slices.Contains([]string{"Finished", "Hosts", "Asked", "Found"}, l[0]) })
		lines = append(lines, []string{"Remove", "smbready runs delete " + row.ID})
	}
	if row.Resumable {
		lines = append(lines, []string{"Resume", "smbready scan --resume " + row.ID})
	}
	lines = slices.DeleteFunc(lines, func(l []string) bool { return l[1] == "" })
	return writeAligned(w, lines)
}

// foundText counts what was found, as far as it is stored.
func foundText(info *store.RunInfo) string {
	c := info.Counted
	if info.Summary != nil {
		c = *info.Summary
	}
	return fmt.Sprintf("%d speak SMB, %d open otherwise, %d refused, %d did not answer", c.SMB, c.Open, c.Closed, c.Filtered+c.Unreachable)
}
