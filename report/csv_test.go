package report

import (
	"bytes"
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestCell(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"445", "445"},
		{"NAS-1", "NAS-1"},
		{"a; b", "a; b"},
		{"=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"＝1", "'＝1"}, {"＋1", "'＋1"}, {"－1", "'－1"}, {"＠A", "'＠A"},
		{"  =1", "'  =1"},
		{"\u200b=1", `'\u200b=1`},
		{"\u00a0\u202e+1", `'\u00a0\u202e+1`},
		{"\tx", `'\tx`}, {"\rx", `'\rx`}, {"\nx", `'\nx`},
		{"a;=1", "a;'=1"},
		{"a\xffb", "a\ufffdb"},
		{"x\x1b[2J", `x\x1b[2J`},
	} {
		if got := cell(tt.in); got != tt.want {
			t.Errorf("cell(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	if got := cell(strings.Repeat("A", 1<<17)); len(got) > maxCell+3 {
		t.Errorf("a cell of %d bytes", len(got))
	}
}

func FuzzCSVCell(f *testing.F) {
	for _, s := range []string{"=1", " \t=1", "\u200b＝1", "a;@b", "\"=1\"", "a,\"b\r\nc", "\xff=1", ";;;=", "\u2800-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.UseCRLF = true
		if err := w.Write([]string{cell(s), "x"}); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		row, err := csv.NewReader(&b).Read()
		if err != nil || len(row) != 2 {
			t.Fatalf("%q: row %q, error %v", s, row, err)
		}
		mustBeVisible(t, strings.ReplaceAll(row[0], "\n", "\x00"))
		for part := range strings.SplitSeq(row[0], ";") {
			if part = strings.TrimLeftFunc(part, unicode.IsSpace); part != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(part)[0]) {
				t.Errorf("cell(%q) = %q", s, row[0])
			}
		}
	})
}

// TestCSVShape: CRLF line ends, no byte order mark, every row as long as the
// header, unique column names.
func TestCSVShape(t *testing.T) {
	b, err := os.ReadFile("testdata/hostile.csv")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(b, []byte("\ufeff")) || bytes.Count(b, []byte("\n")) != bytes.Count(b, []byte("\r\n")) {
		t.Error("byte order mark or bare newlines")
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 10 || len(rows[0]) != len(columnNames()) {
		t.Errorf("%d rows of %d columns", len(rows), len(rows[0]))
	}
	names := slices.Clone(rows[0])
	slices.Sort(names)
	if n := len(slices.Compact(names)); n != len(columnNames()) {
		t.Errorf("%d columns have %d names", len(columnNames()), n)
	}
}

func TestGUID(t *testing.T) {
	if got := guid("00112233445566778899aabbccddeeff"); got != "33221100-5544-7766-8899-aabbccddeeff" {
		t.Error(got)
	}
	if got := guid("not a guid"); got != "not a guid" {
		t.Error(got)
	}
}
