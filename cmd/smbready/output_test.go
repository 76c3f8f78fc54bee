package main

import (
	"errors"
	"strings"
	"testing"
)

// TestFormatOf: the ending of a file says its format, none says text, and one that
// says nothing is a mistake rather than text in the guise of something else.
func TestFormatOf(t *testing.T) {
	for _, tt := range []struct{ name, asked, want string }{
		{"", "", "text"}, {"-", "", "text"}, {"report", "", "text"}, {"report.", "", "text"}, {".report", "", "text"},
		{"/dev/stdout", "", "text"}, {"/dev/fd/63", "", "text"}, {"NUL", "", "text"}, {"v1.2/report", "", "text"},
		{"report.txt", "", "text"}, {"report.log", "", "text"}, {"report.CSV", "", "csv"}, {"a.b.html", "", "html"}, {".x.md", "", "markdown"},
		{"report.pdf", "csv", "csv"}, {"report.csv", "html", "html"}, {"report", "json", "json"},
		{"report.pdf", "", ""}, {"report.cvs", "", ""}, {"report.2026-11-01", "", ""}, {"report.csv.gz", "", ""},
	} {
		got, err := formatOf(tt.name, tt.asked)
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%q, asked %q: %q, %v; want %q", tt.name, tt.asked, got, err, tt.want)
		}
		var usage usageError
		var hint hintError
		if err != nil && (!errors.As(err, &usage) || !errors.As(err, &hint) || !strings.Contains(hint.hint, "-f") || !strings.Contains(hint.hint, ".xlsx")) {
			t.Errorf("%q: %v does not say what there is", tt.name, err)
		}
	}
}
