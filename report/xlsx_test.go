package report

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"smbready/assess"
)

func workbookOf(t testing.TB, r *Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteXLSX(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func openWorkbook(t testing.TB, b []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// workbookText writes the cells of a workbook, but for the sheet that is the CSV
// again, in words.
func workbookText(t testing.TB, b []byte) []byte {
	f := openWorkbook(t, b)
	var out bytes.Buffer
	for _, name := range f.GetSheetList() {
		if name == columnsSheet {
			continue
		}
		fmt.Fprintf(&out, "== %s ==\n", name)
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			out.WriteString(strings.Join(row, " | ") + "\n")
		}
	}
	return out.Bytes()
}

// TestWorkbookIsTheCSV: the sheet of all columns says what the CSV says, cell by cell.
func TestWorkbookIsTheCSV(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.jsonl")
	for _, file := range files {
		r := openFile(t, file)
		var b bytes.Buffer
		if err := WriteCSV(&b, r); err != nil {
			t.Fatal(err)
		}
		want, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		f := openWorkbook(t, workbookOf(t, r))
		got, err := f.GetRows(columnsSheet)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s: %d rows, want %d, error %v", file, len(got), len(want), err)
		}
		for i := range want {
			for len(got[i]) < len(want[i]) { // empty cells at the end are left out
				got[i] = append(got[i], "")
			}
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("%s, row %d:\n%q\n%q", file, i, got[i], want[i])
			}
		}
	}
}

// TestWorkbookText: whatever a device says, every cell but the counts is text in the
// text format, and nothing in the file is a formula, a link or a reference to
// anything outside.
func TestWorkbookText(t *testing.T) {
	b := workbookOf(t, openFile(t, "testdata/hostile.jsonl"))
	f := openWorkbook(t, b)
	texts := 0
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for y, row := range rows {
			for x, value := range row {
				if value == "" {
					continue
				}
				at, _ := excelize.CoordinatesToCellName(x+1, y+1)
				texts += checkCell(t, f, name, at, value)
			}
		}
	}
	if texts < 500 {
		t.Errorf("only %d cells of text", texts)
	}
	checkParts(t, b)
}

// checkCell returns 1 for a cell of text.
func checkCell(t *testing.T, f *excelize.File, sheet, at, value string) int {
	t.Helper()
	kind, err := f.GetCellType(sheet, at)
	if err != nil {
		t.Fatal(err)
	}
	formula, _ := f.GetCellFormula(sheet, at)
	id, _ := f.GetCellStyle(sheet, at)
	style, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	mustBeVisible(t, value)
	if formula != "" {
		t.Errorf("%s!%s is the formula %q", sheet, at, formula)
	}
	if kind != excelize.CellTypeInlineString {
		if strings.Trim(value, "0123456789,") != "" || sheet == columnsSheet {
			t.Errorf("%s!%s, %q, is of type %v", sheet, at, value, kind)
		}
		return 0
	}
	if style.NumFmt != textFormat {
		t.Errorf("%s!%s, %q, has the format %d", sheet, at, value, style.NumFmt)
	}
	return 1
}

// checkParts looks at the files that a workbook is made of.
func checkParts(t *testing.T, b []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range z.File {
		if strings.Contains(part.Name, "external") || strings.Contains(part.Name, "vba") || strings.Contains(part.Name, "sheets/_rels") {
			t.Errorf("there is a part %s", part.Name)
		}
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<f>", "<f ", "<hyperlink", `TargetMode="External"`} {
			if bytes.Contains(text, []byte(bad)) {
				t.Errorf("%s has %s", part.Name, bad)
			}
		}
	}
}

// TestWorkbookForm: the sheets in their order, the worst first, filters, a header that
// stays, the properties.
func TestWorkbookForm(t *testing.T) {
	r := openFile(t, "testdata/site.jsonl")
	r.Tool = "smbready 1.2"
	f := openWorkbook(t, workbookOf(t, r))
	want := []string{summarySheet, "client-always", "client-if-server-agrees", "server-always", "server-if-client-agrees", columnsSheet, missingSheet}
	if got := f.GetSheetList(); !slices.Equal(got, want) {
		t.Errorf("sheets %q", got)
	}
	for _, name := range want[1:6] {
		panes, err := f.GetPanes(name)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: panes %+v, error %v", name, panes, err)
		}
		if !slices.ContainsFunc(f.GetDefinedName(), func(d excelize.DefinedName) bool {
			return strings.HasSuffix(d.Name, "_FilterDatabase") && strings.Contains(d.RefersTo, name)
		}) {
			t.Errorf("%s has no filters", name)
		}
	}
	rows, err := f.GetRows("client-always")
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for _, row := range rows[1:] {
		if len(row) > 10 && row[10] == assess.Breaks.String() {
			continue // guests would be shut out: it stands behind what breaks for all
		}
		v, _ := assess.ParseVerdict(row[4])
		if v.Severity() < last {
			t.Errorf("%s comes after something better", row[4])
		}
		last = v.Severity()
	}
	doc, err := f.GetDocProps()
	if err != nil || doc.Creator != "smbready 1.2" || !strings.Contains(doc.Description, assess.RulesVersion()) {
		t.Errorf("%+v, %v", doc, err)
	}
}

// TestWorkbookSame: one run makes one file, and leaves nothing in the folder for
// temporary files; nor does one that fails.
func TestWorkbookSame(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", os.Getenv("TMPDIR"))
	small := openFile(t, "testdata/site.jsonl")
	if !bytes.Equal(workbookOf(t, small), workbookOf(t, small)) {
		t.Error("two files of one run differ")
	}
	r := manyHosts(t, 2500) // more than the library keeps in memory
	if err := WriteXLSX(full{}, r); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
	r.file = shrunk{strings.NewReader(headLine)}
	if err := WriteXLSX(io.Discard, r); err == nil {
		t.Error("a file that became shorter: no error")
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("%v left, error %v", left, err)
	}
}

var errFull = errors.New("no space left")

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// TestWorkbookTooLarge: a sheet has so many rows and no more.
func TestWorkbookTooLarge(t *testing.T) {
	if err := WriteXLSX(io.Discard, &Run{index: make([]entry, maxSheetRows)}); !errors.Is(err, errTooManyDevices) {
		t.Error(err)
	}
}

// TestWorkbookCell: what is written reads back as it is, and not as the escape
// sequence or the markup that it looks like.
func TestWorkbookCell(t *testing.T) {
	list := append([]string{"=1+1", "_x003D_1", "_x005F_x0041_", "\ufffe", "<f>1</f>", "a\r\nb", " lead", "]]>", "&lt;", strings.Repeat("🖨", 9000)}, hostile...)
	x := &workbook{file: excelize.NewFile()}
	defer x.file.Close()
	if err := x.file.SetSheetName("Sheet1", summarySheet); err != nil {
		t.Fatal(err)
	}
	out, err := x.sheet(summarySheet)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if err := out.add(cells{x.cell(0, s)}); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := errors.Join(out.out.Flush(), x.writeTo(&b)); err != nil {
		t.Fatal(err)
	}
	back := openWorkbook(t, b.Bytes())
	for i, s := range list {
		got, err := back.GetCellValue(summarySheet, fmt.Sprintf("A%d", i+1))
		if want := cell(s); err != nil || got != want {
			t.Errorf("%.80q reads back as %.80q, want %.80q, error %v", s, got, want, err)
		}
	}
}
