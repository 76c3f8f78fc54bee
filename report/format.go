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
)

// Formats lists the formats, the default first.
var Formats = []Format{Text, CSV, JSON}

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

// Write writes a run in the given format. The options are about text alone.
func Write(w io.Writer, r *Run, f Format, o TextOptions) error {
	switch f {
	case Text:
		return WriteText(w, r, o)
	case CSV:
		return WriteCSV(w, r)
	case JSON:
		return WriteJSON(w, r)
	}
	_, err := ParseFormat(string(f))
	return err
}
