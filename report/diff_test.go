package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	delta "smbready/assess/diff"
)

// writeDiff returns a diff in a format.
func writeDiff(t testing.TB, old, new *Run, f Format, o DiffOptions) (string, *DiffTally) {
	t.Helper()
	d, err := NewDiff(old, new)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	tally, err := d.Write(&b, f, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), tally
}

var styleHash = regexp.MustCompile(`sha256-(?:[^&]|&#43;)*`)

// TestDiffGolden writes a diff in each format. Text is as on a terminal of 80
// columns.
func TestDiffGolden(t *testing.T) {
	old, new := openFile(t, "testdata/diff/october.jsonl"), openFile(t, "testdata/diff/november.jsonl")
	for f, name := range map[Format]string{Text: "changes.txt", CSV: "changes.csv", JSON: "changes.json", Markdown: "changes.md", HTML: "changes.html"} {
		t.Run(name, func(t *testing.T) {
			got, _ := writeDiff(t, old, new, f, DiffOptions{TextOptions: TextOptions{Width: 80}})
			mustBeVisible(t, strings.ReplaceAll(got, "\r\n", "\n"))
			got = styleHash.ReplaceAllString(got, "sha256-HASH") // so that a change of the stylesheet changes no golden file
			golden(t, "testdata/diff/"+name, comparable(t, f, []byte(got)))
		})
	}
}

// TestDiffOfItself: of every run of testdata.
func TestDiffOfItself(t *testing.T) {
	for _, name := range []string{"clients", "empty", "hostile", "interrupted", "site", "verified", "diff/october", "diff/november"} {
		old, new := openFile(t, "testdata/"+name+".jsonl"), openFile(t, "testdata/"+name+".jsonl")
		got, tally := writeDiff(t, old, new, CSV, DiffOptions{})
		if n := strings.Count(got, "\r\n"); n != 1 || tally.Worse != 0 || tally.Devices != tally.kinds[0] {
			t.Errorf("%s differs from itself:\n%s", name, got)
		}
	}
}

// TestDiffShuffled: the order of the lines changes nothing.
func TestDiffShuffled(t *testing.T) {
	b, err := os.ReadFile("testdata/diff/november.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimRight(string(b), "\n"), "\n")
	lines[len(lines)-1] += "\n"
	old := openFile(t, "testdata/diff/october.jsonl")
	want, _ := writeDiff(t, old, openFile(t, "testdata/diff/november.jsonl"), JSON, DiffOptions{})
	for range 5 {
		hosts := lines[1 : len(lines)-1]
		rand.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
		shuffled, err := open(strings.Join(lines, ""))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := writeDiff(t, old, shuffled, JSON, DiffOptions{}); got != want {
			t.Fatalf("shuffled, it differs:\n%s", diff(want, got))
		}
	}
}

// TestDiffOnly picks rows by each word, and the counts stay those of all.
func TestDiffOnly(t *testing.T) {
	old, new := openFile(t, "testdata/diff/october.jsonl"), openFile(t, "testdata/diff/november.jsonl")
	for word, want := range map[string]int{"worse": 3, "less-known": 1, "new": 0, "gone": 0, "not-reached": 4, "moved": 1, "better": 2, "not-reached-before": 3, "same": 1} {
		only, err := ParseDiffOnly([]string{word})
		if err != nil {
			t.Fatal(err)
		}
		got, tally := writeDiff(t, old, new, CSV, DiffOptions{Only: only})
		if n := strings.Count(got, "\r\n") - 1; n != want || tally.Worse != 3 || tally.Devices != 14 {
			t.Errorf("%s: %d rows, want %d; %+v", word, n, want, tally)
		}
	}
	if _, err := ParseDiffOnly([]string{"wrose"}); err == nil || !strings.Contains(err.Error(), "less-known") {
		t.Errorf("an unknown word: %v", err)
	}
}

// TestDiffGone: a device is gone where the new run asked wherever the old one did, and
// not where it left out an address to which the device may have moved.
func TestDiffGone(t *testing.T) {
	const scope = `["10.1.0.0/26","10.2.0.0/28"]`
	b, err := os.ReadFile("testdata/diff/november.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	narrow := string(b)
	wide := strings.Replace(strings.Replace(narrow, scope, `["10.1.0.0/25","10.2.0.0/27","10.3.0.1"]`, 1), `"excluded":["10.1.0.12"],`, "", 1)
	shallow := strings.Replace(wide, `"depth":"identify"`, `"depth":"negotiate"`, 1)
	gentle := strings.Replace(wide, `"depth":"identify"`, `"depth":"identify","gentle":true`, 1)
	for _, tt := range []struct {
		name, run     string
		gone, refused string
		replaced      string
	}{
		{"all that the old run asked", wide, "GONE: 4 devices are not there any more", "and it was not found elsewhere", "and it was not found elsewhere"},
		{"a part of it", narrow, "", "at an address out of scope", "at an address out of scope"},
		{"less of each", shallow, "", "asked less", "asked less"},
		{"gently", gentle, "", "a gentle scan asks at one only", "asked less"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			new, err := open(tt.run)
			if err != nil {
				t.Fatal(err)
			}
			old := openFile(t, "testdata/diff/october.jsonl")
			text, _ := writeDiff(t, old, new, Text, DiffOptions{})
			if strings.Contains(text, "GONE") != (tt.gone != "") || !strings.Contains(text, tt.gone) {
				t.Errorf("not %q:\n%s", tt.gone, text)
			}
			rows, _ := writeDiff(t, old, new, CSV, DiffOptions{})
			for address, want := range map[string]string{"10.1.0.22": tt.refused, "10.2.0.10": tt.replaced} {
				i := strings.Index(rows, ",no,,"+address+",,")
				if row, _, _ := strings.Cut(rows[max(i, 0):], "\r\n"); i < 0 || !strings.Contains(row, want) {
					t.Errorf("%s: not %q: %s", address, want, row)
				}
			}
		})
	}
}

// TestDiffOneSite: of a run of several sites of which one is looked at, the devices of
// the others are not gone.
func TestDiffOneSite(t *testing.T) {
	b, err := os.ReadFile("testdata/diff/october.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.Replace(string(b), `"filtered":1`, `"filtered":0`, 1)
	old, err := open(whole)
	if err != nil {
		t.Fatal(err)
	}
	new, err := open(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := new.OnlySite("HQ"); err != nil {
		t.Fatal(err)
	}
	rows, tally := writeDiff(t, old, new, CSV, DiffOptions{})
	if strings.Contains(rows, "gone") || tally.kinds[delta.NotReached] == 0 || !strings.Contains(rows, ",other-site,") {
		t.Errorf("devices of other sites:\n%s", rows)
	}
}

// TestDiffPorts: the ports at which a device answered, and refused, are read of the
// lines: what was at port 139 is gone only if it was asked for there.
func TestDiffPorts(t *testing.T) {
	run := func(host string) *Run {
		r, err := open(`{"type":"run","version":1,"id":"A","started":"2026-10-05T06:00:00Z","scope":["10.1.0.7"],"tool":"t","targets":1}
{"type":"host","address":"10.1.0.7","time":"2026-10-05T06:00:00Z",` + host + `}
{"type":"summary","probed":1,"smb":1,"open":0,"closed":0,"filtered":0,"finished":"2026-10-05T06:20:00Z","interrupted":false}
`)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	refused := func(port string) string {
		return `{"step":"smb2-negotiate","port":` + port + `,"outcome":"refused","ms":0}`
	}
	closed := func(observations string) *Run {
		return run(`"port":445,"state":"closed","detail":"refused","observations":[` + observations + `]`)
	}
	old := run(`"port":139,"state":"smb","detail":"","smb1":{"port":139,"dialect":"NT LM 0.12","signing":"disabled"}`)
	for observations, want := range map[string]string{refused("445"): "not-reached", refused("445") + "," + refused("139"): "gone"} {
		if got, _ := writeDiff(t, old, closed(observations), CSV, DiffOptions{}); !strings.Contains(got, "\n"+want+",") {
			t.Errorf("%s: want %s\n%s", observations, want, got)
		}
	}
}

// TestDiffFormats: the CSV has as many cells in each row, none of which a
// spreadsheet runs; each line of the JSON is one; the page holds no markup of others.
func TestDiffFormats(t *testing.T) {
	old, new := openFile(t, "testdata/diff/october.jsonl"), openFile(t, "testdata/diff/november.jsonl")
	text, _ := writeDiff(t, old, new, CSV, DiffOptions{})
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if slices.ContainsFunc(row, formula) {
			t.Errorf("a formula in %q", row)
		}
	}
	text, _ = writeDiff(t, old, new, JSON, DiffOptions{})
	for line := range strings.Lines(text) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
	text, _ = writeDiff(t, old, new, HTML, DiffOptions{})
	if strings.Contains(text, "<script") || strings.Contains(text, "ZgotmplZ") {
		t.Error("the page holds markup of a device, or what the template refused")
	}
}

// TestDiffBounds: of many devices a ticket lists few, and says so.
func TestDiffBounds(t *testing.T) {
	old, new := manyHosts(t, 3000), manyHosts(t, 3000)
	half := new.index[:0:0]
	for i, e := range new.index {
		if i%2 == 0 {
			half = append(half, e)
		}
	}
	new.index = half
	for f, most := range map[Format]int{Markdown: 200, Text: 2200, HTML: 7000} {
		text, tally := writeDiff(t, old, new, f, DiffOptions{})
		if n := strings.Count(text, "\n"); n > most || tally.Devices != 3000 || !strings.Contains(text, "more devices") {
			t.Errorf("%s: %d lines, %d devices", f, n, tally.Devices)
		}
	}
}

// TestDiffIncomplete: of a new run that was interrupted nothing is gone, and that
// nothing became worse is not said of all.
func TestDiffIncomplete(t *testing.T) {
	old := openFile(t, "testdata/diff/october.jsonl")
	b, err := os.ReadFile("testdata/diff/november.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := bytes.Cut(b, []byte("\n"))
	new, err := open(string(head) + "\n")
	if err != nil {
		t.Fatal(err)
	}
	text, tally := writeDiff(t, old, new, Text, DiffOptions{})
	if tally.kinds[4] != 0 || strings.Contains(text, "GONE") || !strings.Contains(text, "NOT YET KNOWN") || !strings.Contains(text, "Not complete") {
		t.Errorf("%s", text)
	}
}

// TestDiffFaults: a file that shrinks, a line that is damaged and a full disk are
// errors that say which run and which line, and leave nothing running.
func TestDiffFaults(t *testing.T) {
	before := runtime.NumGoroutine()
	host := func(a string) string { return hostLine(a, "silent") }
	whole := func() *Run {
		r, err := open(headLine + host("10.0.0.1") + host("10.0.0.2") + summaryLine)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	old, new := whole(), whole()
	new.file = shrunk{strings.NewReader(headLine)}
	var bad *DiffError
	if _, err := NewDiff(old, new); !errors.As(err, &bad) || !bad.New || !strings.Contains(err.Error(), "the new run: line 2: the file became shorter") {
		t.Errorf("shrunk: %v", err)
	}

	damaged, err := open(headLine + strings.Replace(host("10.0.0.1"), `"time":"2026`, `"time":"soon, 2026`, 1) + summaryLine)
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDiff(damaged, manyHosts(t, 200))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(io.Discard, JSON, DiffOptions{}); !errors.As(err, &bad) || bad.New || !strings.Contains(err.Error(), "the old run: line 2") {
		t.Errorf("damaged: %v", err)
	}

	none, err := open(headLine + summaryLine)
	if err != nil {
		t.Fatal(err)
	}
	if d, err = NewDiff(none, manyHosts(t, 5000)); err != nil {
		t.Fatal(err)
	}
	for _, f := range []Format{CSV, JSON, HTML, Text} {
		if _, err := d.Write(&smallDisk{left: 1000}, f, DiffOptions{}); !errors.Is(err, errSmallDisk) {
			t.Errorf("%s on a full disk: %v", f, err)
		}
	}
	for range 200 { // a goroutine that is done still takes a moment to go
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

var errSmallDisk = errors.New("no space left on device")

// smallDisk is a disk that takes so many bytes.
type smallDisk struct{ left int }

func (f *smallDisk) Write(b []byte) (int, error) {
	if len(b) > f.left {
		return 0, errSmallDisk
	}
	f.left -= len(b)
	return len(b), nil
}

// TestDiffSites: names of sites without number are not told apart without end.
func TestDiffSites(t *testing.T) {
	var text strings.Builder
	text.WriteString(headLine)
	for i := range maxDiffSites + 50 {
		fmt.Fprintf(&text, `{"type":"host","address":"10.0.%d.%d","site":"s%04d","time":"2026-11-22T09:05:00Z","state":"open","detail":"silent"}`+"\n", i>>8, i&255, i)
	}
	text.WriteString(summaryLine)
	new, err := open(text.String())
	if err != nil {
		t.Fatal(err)
	}
	none, err := open(headLine + summaryLine)
	if err != nil {
		t.Fatal(err)
	}
	if _, tally := writeDiff(t, none, new, CSV, DiffOptions{}); len(tally.sites) != maxDiffSites+1 {
		t.Errorf("%d sites told apart", len(tally.sites))
	}
}

// FuzzDiff: no two files make anything panic, nothing of them reaches a terminal
// unescaped, and a file does not differ from itself.
func FuzzDiff(f *testing.F) {
	for _, name := range []string{"diff/october", "diff/november", "hostile", "clients"} {
		b, err := os.ReadFile("testdata/" + name + ".jsonl")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 3000)], b[:min(len(b), 2000)])
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		old, err := Open(bytes.NewReader(a), int64(len(a)))
		if err != nil {
			return
		}
		new, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			new = old
		}
		d, err := NewDiff(old, new)
		if err != nil {
			return
		}
		for _, format := range DiffFormats {
			var out bytes.Buffer
			if _, err := d.Write(&out, format, DiffOptions{TextOptions: TextOptions{Width: 80}}); err == nil {
				mustBeVisible(t, strings.ReplaceAll(out.String(), "\r\n", "\n"))
			}
		}
		if d, err = NewDiff(old, old); err == nil {
			if tally, err := d.Write(io.Discard, CSV, DiffOptions{}); err == nil && (tally.Worse > 0 || tally.Devices != tally.kinds[0]) {
				t.Fatalf("it differs from itself: %+v", tally)
			}
		}
	})
}
