package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"smbready/inventory"
)

// Lines as a later version may write them, with fields and types of its own.
const (
	laterHead    = `{"type":"run","version":1,"id":"later","started":"2026-11-23T10:00:00Z","scope":["x"],"tool":"smbready 9","colour":"blue"}`
	laterHost1   = `{"type":"host","address":"10.0.0.2","state":"smb","detail":"","time":"2026-11-23T10:00:00Z","moods":[1,2]}`
	laterHost2   = `  { "address" : "10.0.0.1", "type":"host", "new": {"a": "\u0000"}, "state":"open"}` + "\t"
	laterHost3   = `{"type":"host","address":"fe80::1%eth0","state":"smb","error":"` + "\xff\xfe" + `"}`
	laterHost4   = `{"type":"host","address":"","identity":"name/ßx","state":"smb"}`
	laterSummary = `{"type":"summary","probed":3,"finished":"2026-11-23T11:00:00Z","interrupted":false,"mood":"good"}`
)

func testRoundTrip(t *testing.T, name string) {
	s := opened(t, name)
	in := strings.Join([]string{laterHead, laterHost1, "", `{"type":"weather","rain":true}`, laterHost3, laterHost2, laterHost4, laterSummary}, "\n")
	want := strings.Join([]string{laterHead, laterHost4, laterHost2, laterHost1, laterHost3, laterSummary, ""}, "\n")
	id, err := s.Import(t.Context(), iotest.OneByteReader(strings.NewReader(in)))
	if err != nil || id != "later" {
		t.Fatal(id, err)
	}
	out := export(t, s, "later")
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
	must(t, s.Delete(t.Context(), "later"))
	_, err = s.Import(t.Context(), strings.NewReader(out))
	must(t, err)
	if again := export(t, s, "later"); again != out {
		t.Errorf("the second time: %s", again)
	}
	for _, tt := range []struct{ name, in, want string }{
		{"cut-off", lines(header("cut-off", ""), 0, 3, nil) + `{"type":"host","addr`, lines(header("cut-off", ""), 0, 3, nil)},
		{"cut-off-after-its-end", lines(header("cut-off-after-its-end", ""), 0, 3, summary(3)) + `{"ty`, lines(header("cut-off-after-its-end", ""), 0, 3, nil)},
		{"two-summaries", lines(header("two-summaries", ""), 0, 3, summary(2)) + lines(header("two-summaries", ""), 3, 5, summary(5)), lines(header("two-summaries", ""), 0, 5, summary(5))},
		{"resumed", lines(header("resumed", ""), 0, 3, summary(2)) + lines(header("resumed", ""), 2, 5, nil), lines(header("resumed", ""), 0, 5, nil)},
	} {
		if id, err := s.Import(t.Context(), strings.NewReader(tt.in)); err != nil || id != tt.name {
			t.Errorf("%s: %q, %v", tt.name, id, err)
		} else if got := export(t, s, tt.name); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

func testImportAgain(t *testing.T, name string) {
	s := opened(t, name)
	whole := lines(header("a", ""), 0, 700, summary(700))
	for range 3 {
		id, err := s.Import(t.Context(), strings.NewReader(whole))
		if err != nil || id != "a" {
			t.Fatal(id, err)
		}
	}
	for _, other := range []string{
		lines(header("a", ""), 0, 699, summary(700)),
		lines(header("a", ""), 0, 701, summary(700)),
		lines(header("a", ""), 1, 701, summary(700)),
		lines(header("a", ""), 0, 700, summary(701)),
		lines(header("a", ""), 0, 700, nil),
		lines(header("a", "HQ"), 0, 700, summary(700)),
		strings.Replace(whole, "xx", "xy", 1),
	} {
		_, err := s.Import(t.Context(), strings.NewReader(other))
		wantError(t, err, ErrExists, "another run a already, and its lines differ", "runs import --replace")
	}
	if got := export(t, s, "a"); got != whole {
		t.Error("the run has changed")
	}
	if n := count(t, s, "SELECT COUNT(*) FROM runs"); n != 1 {
		t.Errorf("%d runs are left in the table", n)
	}
}

// count returns what a query for one number finds.
func count(t *testing.T, s *Store, query string) (n int) {
	t.Helper()
	must(t, s.db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

// testImportCompletes imports the file of a run whose recording broke off.
func testImportCompletes(t *testing.T, name string) {
	s := opened(t, name)
	r := begin(t, s, header("a", ""))
	record(t, r, 0, 20)
	_, err := s.Import(t.Context(), strings.NewReader(lines(header("a", ""), 0, 40, nil)))
	wantError(t, err, ErrRunning)
	must(t, r.Close(nil))
	_, err = s.Import(t.Context(), strings.NewReader(lines(header("a", "HQ"), 0, 40, nil)))
	wantError(t, err, ErrExists)
	_, err = s.Import(t.Context(), strings.NewReader(lines(header("a", ""), 10, 30, nil)+"{}}\n"))
	var le *inventory.LineError
	if !errors.As(err, &le) {
		t.Error(err)
	}
	_, err = s.Import(t.Context(), strings.NewReader(lines(header("a", ""), 10, 30, nil)))
	must(t, err)
	if got := export(t, s, "a"); got != lines(header("a", ""), 0, 30, nil) {
		t.Errorf("not ended: %s", got)
	}
	r, info, err := s.Resume(t.Context(), "a") // it still can be
	if err != nil || info.Counted.Probed != 20 {
		t.Fatal(info, err)
	}
	must(t, r.Close(nil))
	_, err = s.Import(t.Context(), strings.NewReader(lines(header("a", ""), 0, 40, summary(40))))
	must(t, err)
	if got := export(t, s, "a"); got != lines(header("a", ""), 0, 40, summary(40)) {
		t.Errorf("ended: %s", got)
	}
}

func testImportRefused(t *testing.T, name string) {
	s := opened(t, name)
	head := laterHead + "\n"
	for _, tt := range []struct {
		name, in string
		line     int // 0: no line is named
		words    string
	}{
		{"empty", "", 0, "the file is empty"},
		{"blank", "\n\n \n", 0, "the file is empty"},
		{"no head", laterHost1, 1, "not the head of a run"},
		{"text", "hello\nworld", 1, "not a smbready run"},
		{"binary", "\x00\x01\x02", 1, "not a smbready run"},
		{"newer", `{"type":"run","version":2,"id":"a"}`, 1, "newer smbready"},
		{"no id", `{"type":"run","version":1,"id":""}`, 0, "the id of the run is empty"},
		{"bad id", `{"type":"run","version":1,"id":"a\u001b[2J"}`, 0, "control characters"},
		{"bad site", `{"type":"run","version":1,"id":"a","site":"a\u0000"}`, 0, "control characters"},
		{"bad line", head + laterHost1 + "\n{\n" + laterHost2, 3, "JSON"},
		{"wrong type", head + `{"type":"host","address":5}` + "\n", 2, "address"},
		{"wrong type after the address", head + `{"type":"host","address":"10.0.0.1","state":5}` + "\n", 2, "state"},
		{"no address", head + `{"type":"host"}` + "\n", 2, "without an address"},
		{"bad address", head + `{"type":"host","address":"10.0.0.300"}` + "\n", 2, ""},
		{"two types", head + `{"type":"host","address":"10.0.0.1","type":"run"}` + "\n", 2, "two types"},
		{"second run", head + laterHost1 + "\n" + strings.Replace(laterHead, "later", "other", 1), 3, "a second run"},
		{"long line", head + `{"type":"host","address":"10.0.0.1","error":"` + strings.Repeat("x", maxLine) + `"}` + "\n", 2, "longer than 1048576 bytes"},
		{"endless line", head + strings.Repeat("x", 3*maxLine), 2, "longer than 1048576 bytes"},
	} {
		_, err := s.Import(t.Context(), strings.NewReader(tt.in))
		var le *inventory.LineError
		line := 0
		if errors.As(err, &le) {
			line = le.Line
		}
		if err == nil || line != tt.line || !strings.Contains(err.Error(), tt.words) {
			t.Errorf("%s: got the error %v", tt.name, err)
		}
	}
	broken := errors.New("the disk broke")
	_, err := s.Import(t.Context(), io.MultiReader(strings.NewReader(head+laterHost1+"\n"), iotest.ErrReader(broken)))
	wantError(t, err, broken)
	for _, table := range []string{"runs", "progress", "hosts"} {
		if n := count(t, s, "SELECT COUNT(*) FROM "+table); n != 0 {
			t.Errorf("%d rows are left in %s", n, table)
		}
	}
}

// testImportBrokenOff leaves an import in the middle, as a killed process does.
func testImportBrokenOff(t *testing.T, name string) {
	s := opened(t, name)
	r, err := s.begin(t.Context(), newRun{id: "a", stage: stageImporting, run: header("a", ""), header: []byte(strings.SplitN(lines(header("a", ""), 0, 0, nil), "\n", 2)[0])})
	must(t, err)
	record(t, r, 0, 20)
	committed(t, s, "a", 20)
	_, err = s.Import(t.Context(), strings.NewReader(lines(header("a", ""), 0, 40, summary(40))))
	wantError(t, err, ErrRunning)
	abandon(t, r)
	info, err := s.Find(t.Context(), "a")
	if err != nil || info.Running || info.Complete() {
		t.Errorf("broken off: %+v, %v", info, err)
	}
	_, _, err = s.Resume(t.Context(), "a")
	wantError(t, err, ErrNoScan)
	_, err = s.Import(t.Context(), strings.NewReader(lines(header("a", ""), 30, 40, summary(40))))
	must(t, err)
	if got := export(t, s, "a"); got != lines(header("a", ""), 30, 40, summary(40)) {
		t.Errorf("imported again: %s", got)
	}
}

// abandon ends a recording as the end of its process does: nothing more is
// written.
func abandon(t *testing.T, r *Recorder) {
	t.Helper()
	r.mu.Lock()
	r.err = errors.New("killed")
	r.pending.reset()
	r.mu.Unlock()
	owner := r.owner
	r.owner = "nobody" // so that it cannot give up the run
	defer forget(owner)
	r.end(nil)
}

// testLeftovers finds runs whose deletion broke off.
func testLeftovers(t *testing.T, name string) {
	s := opened(t, name)
	for _, id := range []string{"a", "b"} {
		r := begin(t, s, header(id, ""))
		record(t, r, 0, 2500)
		must(t, r.Close(summary(2500)))
	}
	must(t, s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE runs SET stage = 'deleting' WHERE id = 'a'")
		return err
	}))
	_, err := s.Find(t.Context(), "a")
	wantError(t, err, ErrNotFound)
	wantError(t, s.Export(t.Context(), "a", new(bytes.Buffer)), ErrNotFound)
	_, _, err = s.Resume(t.Context(), "a")
	wantError(t, err, ErrNotFound)
	if list, err := s.Runs(t.Context(), ""); err != nil || len(list) != 1 {
		t.Errorf("%d runs, %v", len(list), err)
	}
	_, err = s.Import(t.Context(), strings.NewReader(lines(header("a", ""), 0, 2, nil)))
	must(t, err)
	if got := export(t, s, "a"); got != lines(header("a", ""), 0, 2, nil) {
		t.Errorf("got %s", got)
	}
	if n := count(t, s, "SELECT COUNT(*) FROM hosts"); n != 2502 {
		t.Errorf("%d hosts are left", n)
	}
}

// FuzzImport imports any bytes, exports what was stored and imports that.
func FuzzImport(f *testing.F) {
	whole := lines(header("a", "HQ"), 0, 3, summary(3))
	f.Add([]byte(whole))
	for _, line := range []string{laterHost1, laterHost2, laterHost3, laterHost4, laterSummary, `{"type":"weather"}`, `{"type":"host","address":"10.0.0.1","type":"run"}`,
		`{"type":"host","address":"10.0.0.1","ADDRESS":"10.0.0.2"}`, `{"type":"host","address":"::ffff:1.2.3.4","identity":"\u0000"}`, "\r", `{"ty`} {
		f.Add([]byte(laterHead + "\n" + line + "\n" + laterHost1))
		f.Add([]byte(laterHead + "\r\n" + line))
	}
	name := memoryDir(f) + "/fuzz.db"
	s, err := open(context.Background(), name, quick)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	f.Fuzz(func(t *testing.T, b []byte) {
		id, err := s.Import(t.Context(), bytes.NewReader(b))
		if err != nil {
			if n := count(t, s, "SELECT COUNT(*) FROM runs"); n != 0 {
				t.Fatalf("%d runs are left after %v", n, err)
			}
			return
		}
		first := export(t, s, id)
		must(t, s.Delete(t.Context(), id))
		again, err := s.Import(t.Context(), strings.NewReader(first))
		if err != nil || again != id {
			t.Fatalf("what was exported cannot be imported: %v", err)
		}
		if second := export(t, s, id); second != first {
			t.Fatalf("got %q, and then %q", first, second)
		}
		must(t, s.Delete(t.Context(), id))
	})
}

// memoryDir is a folder in memory where there is one: a store on a disk waits for
// it at each commit, and a hundred inputs a second find nothing.
func memoryDir(f *testing.F) string {
	dir, err := os.MkdirTemp("/dev/shm", "smbready-fuzz-")
	if err != nil {
		return f.TempDir()
	}
	f.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// FuzzRanges unpacks any bytes.
func FuzzRanges(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendRanges(nil, []Range{{0, 0}, {2, 5}, {1 << 40, 1<<64 - 1}}))
	f.Add([]byte{0, 0, 1, 0})
	f.Add([]byte{5, 0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		ranges, err := parseRanges(b)
		if err != nil {
			return
		}
		again, err := parseRanges(appendRanges(nil, ranges))
		if err != nil || fmt.Sprint(again) != fmt.Sprint(ranges) {
			t.Fatalf("%v became %v, %v", ranges, again, err)
		}
		for i, r := range ranges {
			if r.First > r.Last || i > 0 && r.First-1 <= ranges[i-1].Last {
				t.Fatalf("%v are not in order", ranges)
			}
		}
	})
}
