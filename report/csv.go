package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode"

	"smbready/assess"
	"smbready/inventory"
)

// maxCell bounds a cell. Excel takes 32,767 UTF-16 units and spills the rest
// over the following rows; JSON keeps everything.
const maxCell = 16_000

// WriteCSV writes one row for each host: UTF-8, RFC 4180, with a header row.
// The columns and their order are fixed; new ones are added at the end.
//
// Cells are safe to open in a spreadsheet: text that would run as a formula is
// led by an apostrophe, and invisible characters are written out as Escape
// does.
func WriteCSV(w io.Writer, r *Run) error {
	buf := bufio.NewWriterSize(w, 64<<10)
	out := csv.NewWriter(buf)
	out.UseCRLF = true
	if err := out.Write(columnNames()); err != nil {
		return fmt.Errorf("writing the header row: %w", err)
	}
	joined, err := r.join()
	if err != nil {
		return err
	}
	run := r.runCells()
	item := func(h *inventory.Host) ([]string, error) { return append(r.csvRow(h, joined), run...), nil }
	if err := inOrder(r, item, out.Write); err != nil {
		return err
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buf.Flush()
}

func columnNames() []string {
	names := make([]string, 0, len(columns)+len(runColumns))
	for _, c := range columns {
		names = append(names, c.name)
	}
	for _, c := range runColumns {
		names = append(names, c.name)
	}
	return names
}

func (r *Run) csvRow(h *inventory.Host, joined *assess.Joined) []string {
	a := r.judge(h)
	j := judged{h, &a, joined.Also(h.Address)}
	row := make([]string, len(columns), len(columns)+len(runColumns))
	for i, c := range columns {
		row[i] = cell(c.value(j))
	}
	return row
}

// cell returns text as a spreadsheet may have it. The semicolon is where half
// of Europe's spreadsheets split a line, so what follows one is guarded too.
func cell(s string) string {
	if harmless(s) {
		return s
	}
	parts := strings.Split(strings.ToValidUTF8(s, "\ufffd"), ";")
	for i, p := range parts {
		guard := ""
		if formula(p) {
			guard = "'"
		}
		parts[i] = guard + Escape(p)
	}
	return clip(strings.Join(parts, ";"), maxCell)
}

// harmless reports, cheaply and for nearly every cell, that s can stay as it is.
func harmless(s string) bool {
	return s == "" || plainASCII(s) && len(s) <= maxCell && !strings.ContainsRune("=+-@ ", rune(s[0])) &&
		strings.IndexByte(s, ';') < 0
}

// formula reports whether a spreadsheet could take s for a formula: its first
// visible character starts one, or it starts with a character that makes some
// spreadsheets pass over the rest of the cell.
func formula(s string) bool {
	if s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		return true
	}
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '"' || !visible(r) })
	for _, r := range s {
		return strings.ContainsRune("=+-@＝＋－＠", r)
	}
	return false
}
