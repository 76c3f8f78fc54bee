//go:build lab && linux

package lab

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What goes into change review is opened by the programs that a reviewer has:
// LibreOffice and Chromium, as Debian has them.

// savedRuns are runs that are reported, one of them of devices that lie.
const savedRuns = "../../report/testdata"

// reviewed makes the reports of a saved run, and returns the folder they are in.
func reviewed(t *testing.T, name string) string {
	t.Helper()
	folder := t.TempDir()
	args := []string{"report", filepath.Join(savedRuns, name+".jsonl"), "--db", "none"}
	for _, ending := range []string{"xlsx", "csv", "html"} {
		args = append(args, "-o", filepath.Join(folder, name+"."+ending))
	}
	run(t, "", build(t), args...)
	csv := filepath.Join(folder, name+".csv")
	if _, err := os.Stat(csv); err != nil { // of a run that is incomplete
		if err := os.Rename(filepath.Join(folder, name+".partial.csv"), csv); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// convert has LibreOffice convert a file, with a profile of its own.
func convert(t *testing.T, file, to string) {
	t.Helper()
	if _, err := exec.LookPath("soffice"); err != nil {
		t.Skip("LibreOffice is not installed (Debian: libreoffice-calc)")
	}
	run(t, "", "soffice", "-env:UserInstallation=file://"+t.TempDir(), "--headless", "--convert-to", to, "--outdir", filepath.Dir(file), file)
}

// everySheet has LibreOffice write each sheet as CSV: comma, quotes, UTF-8, cells as
// they are shown, all sheets.
const everySheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"

// TestOfficeWorkbook: LibreOffice shows of the sheet of all columns what the CSV says,
// cell by cell, and takes none for a formula, a date or a number.
func TestOfficeWorkbook(t *testing.T) {
	for _, name := range []string{"hostile", "site", "clients"} {
		folder := reviewed(t, name)
		convert(t, filepath.Join(folder, name+".xlsx"), everySheet)
		got, want := records(t, filepath.Join(folder, name+"-All columns.csv")), records(t, filepath.Join(folder, name+".csv"))
		if len(got) != len(want) {
			t.Fatalf("%s: %d rows, want %d", name, len(got), len(want))
		}
		for i := range want {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("%s, row %d:\n%q\n%q", name, i, got[i], want[i])
			}
		}
		convert(t, filepath.Join(folder, name+".xlsx"), "fods")
		noFormula(t, filepath.Join(folder, name+".fods"))
	}
}

// TestOfficeCSV: LibreOffice finds no formula in the CSV either.
func TestOfficeCSV(t *testing.T) {
	folder := reviewed(t, "hostile")
	convert(t, filepath.Join(folder, "hostile.csv"), "fods")
	noFormula(t, filepath.Join(folder, "hostile.fods"))
}

func records(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// noFormula looks into a flat OpenDocument file.
func noFormula(t *testing.T, name string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	cells := regexp.MustCompile(`<table:table-cell[^>]*office:value-type="string"`).FindAllIndex(b, -1)
	if len(cells) < 50 {
		t.Errorf("%s: only %d cells of text", name, len(cells))
	}
	for _, bad := range []string{"table:formula", "xlink:href=\"http", `office:value-type="date"`} {
		if strings.Contains(string(b), bad) {
			t.Errorf("%s has %s", filepath.Base(name), bad)
		}
	}
}

// browse returns the page as Chromium has it once it is loaded.
func browse(t *testing.T, file string, flags ...string) string {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("Chromium is not installed (Debian: chromium)")
	}
	cmd := exec.CommandContext(t.Context(), "chromium", append(flags, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+file)...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v", err)
	}
	return string(out)
}

// TestBrowser: the page's own script runs under the page's policy and opens the search;
// without it nothing is hidden but the search, and no device's script ever runs.
func TestBrowser(t *testing.T) {
	const name = "hostile"
	folder := reviewed(t, name)
	page := filepath.Join(folder, name+".html")
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	with := browse(t, page)
	if !regexp.MustCompile(`<form id="filter"[^>]*aria-label="Devices">`).MatchString(with) || !strings.Contains(with, ">9 devices</p>") {
		t.Error("the script does not run")
	}
	without := filepath.Join(folder, "without.html")
	if err := os.WriteFile(without, regexp.MustCompile(`script-src &#39;.*?&#39;`).ReplaceAll(b, []byte("script-src &#39;none&#39;")), 0o600); err != nil {
		t.Fatal(err)
	}
	off := browse(t, without)
	if !regexp.MustCompile(`<form id="filter"[^>]* hidden="">`).MatchString(off) || strings.Count(off, "<tr data-o=") != 9 || strings.Count(off, "hidden=\"\"") != 1 {
		t.Error("without its script the page is another")
	}
	for _, dom := range []string{with, off} {
		if n := strings.Count(dom, "<script"); n != 1 {
			t.Errorf("%d scripts", n)
		}
	}
}
