package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"smbready/assess"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden renders each run of testdata in each format. Text is as on a
// terminal of 80 columns.
func TestGolden(t *testing.T) {
	runs, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(runs) == 0 {
		t.Fatalf("no runs: %v", err)
	}
	extension := map[Format]string{Text: ".txt", CSV: ".csv", JSON: ".json", HTML: ".html", XLSX: ".xlsx.txt", Markdown: ".md"}
	for _, file := range runs {
		base := strings.TrimSuffix(file, ".jsonl")
		r := openFile(t, file)
		for _, f := range Formats {
			t.Run(filepath.Base(base)+extension[f], func(t *testing.T) {
				var got bytes.Buffer
				if err := Write(&got, r, f, TextOptions{Width: 80}); err != nil {
					t.Fatal(err)
				}
				golden(t, base+extension[f], comparable(t, f, got.Bytes()))
			})
		}
	}
}

// comparable returns what of a report is worth a golden file: of a page, not the
// stylesheet and the script, and of a workbook, its cells in words.
func comparable(t *testing.T, f Format, b []byte) []byte {
	switch f {
	case HTML:
		b = regexp.MustCompile(`(?s)<(style|script)>.*?</`).ReplaceAll(b, []byte("<$1></"))
		b = regexp.MustCompile(`sha256-.*?=`).ReplaceAll(b, []byte("sha256-HASH"))
	case XLSX:
		b = workbookText(t, b)
	}
	return unversioned(b)
}

// unversioned puts a word in the place of the version of the rules, so that a
// rule that changes does not change every golden file.
func unversioned(b []byte) []byte {
	return bytes.ReplaceAll(b, []byte(assess.RulesVersion()), []byte("RULES"))
}

// golden compares got with a file. On a mismatch it leaves got beside it.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if bytes.Equal(got, want) {
		os.Remove(file + ".got")
		return
	}
	if err := os.WriteFile(file+".got", got, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Errorf("%s differs from %s.got (run with -update if that is right):\n%s", file, file, diff(string(want), string(got)))
}

// diff shows the lines from the first to the last that differ, at most 20 of
// each side.
func diff(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	line := 1
	for len(w) > 0 && len(g) > 0 && w[0] == g[0] {
		w, g, line = w[1:], g[1:], line+1
	}
	for len(w) > 0 && len(g) > 0 && w[len(w)-1] == g[len(g)-1] {
		w, g = w[:len(w)-1], g[:len(g)-1]
	}
	var b strings.Builder
	b.WriteString("@@ line " + thousands(line) + " @@\n")
	for _, side := range []struct {
		sign  string
		lines []string
	}{{"-", w}, {"+", g}} {
		for _, l := range side.lines[:min(20, len(side.lines))] {
			b.WriteString(side.sign + " " + Escape(clip(l, 200)) + "\n")
		}
	}
	return b.String()
}

func openFile(t testing.TB, file string) *Run {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
