package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Format names a way to write a report.
type Format string

// The formats.
const (
	Text Format = "text" // for a person
	CSV  Format = "csv"  // for a spreadsheet
	JSON Format = "json" // for another tool

	HTML     Format = "html"     // for a browser: one page that needs nothing else
	XLSX     Format = "xlsx"     // for a spreadsheet: a workbook
	Markdown Format = "markdown" // for a ticket
)

// Formats lists the formats, the default first.
var Formats = []Format{Text, CSV, JSON, HTML, XLSX, Markdown}

// ParseFormat returns the format of that name. Its error lists the choices.
func ParseFormat(name string) (Format, error) {
	if f := Format(name); slices.Contains(Formats, f) {
		return f, nil
	}
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = string(f)
	}
	return "", fmt.Errorf("unknown format %q; the formats are %s", name, strings.Join(names, ", "))
}

// Write writes a run in the given format. The options are about text and, where
// they say so, about HTML.
func Write(w io.Writer, r *Run, f Format, o TextOptions) error {
	switch f {
	case Text:
		return WriteText(w, r, o)
	case CSV:
		return WriteCSV(w, r)
	case JSON:
		return WriteJSON(w, r)
	case HTML:
		return WriteHTML(w, r, o)
	case XLSX:
		return WriteXLSX(w, r)
	case Markdown:
		return WriteMarkdown(w, r)
	}
	_, err := ParseFormat(string(f))
	return err
}
