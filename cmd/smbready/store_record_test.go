package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/scanner"
)

// fakeStore takes lines, and fails after some of them.
type fakeStore struct {
	mu       sync.Mutex
	lines    bytes.Buffer
	done     map[uint64]inventory.Summary
	left     int // calls that succeed; negative: all
	failEnd  bool
	closed   int
	finished *inventory.Summary
}

var errFake = errors.New("the fake store is full")

func (f *fakeStore) take() error {
	if f.left == 0 {
		return errFake
	}
	f.left--
	return nil
}

func (f *fakeStore) Line(_ *inventory.Host, line []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.take(); err != nil {
		return err
	}
	f.lines.Write(line)
	return nil
}

func (f *fakeStore) Done(position uint64, counted inventory.Summary, _ *inventory.Host, line []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.take(); err != nil {
		return err
	}
	if f.done == nil {
		f.done = map[uint64]inventory.Summary{}
	}
	f.done[position] = counted
	f.lines.Write(line)
	return nil
}

func (f *fakeStore) Close(sum *inventory.Summary) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed++
	f.finished = sum
	if f.failEnd {
		return errFake
	}
	return nil
}

// recordInto scans the demo site, with a report into file or standard output.
func recordInto(t *testing.T, s *storing, o output) (stdout, stderr string, err error) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	network := smbtest.NewPipeNetwork(smbtest.Site())
	defer network.Close()
	list, err := scanner.NewList([]string{"10.20.30.0/27"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := scanner.Resolve(t.Context(), scanner.Selection{Groups: []scanner.Group{{Targets: list}}})
	if err != nil {
		t.Fatal(err)
	}
	var out, text bytes.Buffer
	a := &app{stdout: &out, stderr: &text, ui: newUI(&out, &text)}
	s.app = a
	j := job{targets: targets, options: scanner.Options{Seed: 3, Dial: network.Dial, HostDelay: -1, ConnectTimeout: 200 * time.Millisecond, ReadTimeout: 200 * time.Millisecond}, outputs: []output{o}, header: &inventory.Run{}, quiet: true}
	sinks, err := a.openAll(j.outputs)
	if err != nil {
		t.Fatal(err)
	}
	defer sinks.discard()
	header := j.describe()
	s.run = header.ID
	if j.streams() {
		err = a.stream(t.Context(), j, sinks[0], header, s)
	} else {
		err = a.viaFile(t.Context(), j, sinks, header, s)
	}
	return out.String(), text.String(), err
}

// TestStoredAsWritten: the store gets the very lines of the file, each once, and
// every position with what it counts.
func TestStoredAsWritten(t *testing.T) {
	for _, format := range []string{"csv", "json"} {
		t.Run(format, func(t *testing.T) {
			f := &fakeStore{left: -1}
			out, text, err := recordInto(t, &storing{to: f}, output{format: format})
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if len(f.done) != 32 || f.closed != 1 || f.finished.Probed != 32 || f.finished.Interrupted {
				t.Errorf("%d positions, closed %d times with %+v", len(f.done), f.closed, f.finished)
			}
			var sum inventory.Summary
			for _, c := range f.done {
				sum.Probed += c.Probed
				sum.SMB += c.SMB
				sum.Connections += c.Connections
			}
			if sum.Probed != 32 || sum.SMB != f.finished.SMB || sum.Connections != f.finished.Connections {
				t.Errorf("counted %+v, want %+v", sum, f.finished)
			}
			seen := map[netip.Addr]bool{}
			r := inventory.NewReader(&f.lines)
			for {
				l, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil || l.Host == nil || seen[l.Host.Address] {
					t.Fatalf("%v, %+v", err, l)
				}
				seen[l.Host.Address] = true
				if !strings.Contains(out, l.Host.Address.String()) {
					t.Errorf("%s is stored and not reported", l.Host.Address)
				}
			}
			if len(seen) < 17 {
				t.Errorf("%d hosts", len(seen))
			}
			if left, _ := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestStoreFails: a scan goes on without its store, says so, and keeps the file;
// or it stops, if that is wanted.
func TestStoreFails(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fake   *fakeStore
		format string
	}{
		{"at once", &fakeStore{left: 0}, "csv"},
		{"in the middle", &fakeStore{left: 9}, "csv"},
		{"at the end", &fakeStore{left: -1, failEnd: true}, "csv"},
		{"while streaming", &fakeStore{left: 9}, "json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, text, err := recordInto(t, &storing{to: tt.fake, quiet: true, resumable: true}, output{format: tt.format})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"the store failed: the fake store is full", "it goes on without the store", "runs import --replace"} {
				if strings.Count(text, want) != 1 {
					t.Errorf("%q is said %d times in\n%s", want, strings.Count(text, want), text)
				}
			}
			if strings.Count(out, "10.20.30.") < 17 {
				t.Errorf("the report lacks hosts:\n%s", out)
			}
			left, _ := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "smbready-*.jsonl"))
			if tt.format == "csv" && (len(left) != 1 || !strings.Contains(text, left[0])) {
				t.Errorf("kept %v, told\n%s", left, text)
			}
			if tt.fake.closed == 0 {
				t.Error("the store is not closed")
			}
		})
	}
}

func TestStoreRequired(t *testing.T) {
	f := &fakeStore{left: 5}
	_, text, err := recordInto(t, &storing{to: f, resumable: true, flags: storeFlags{required: true}}, output{format: "csv"})
	if !errors.Is(err, errFake) || len(f.done) != 5 {
		t.Errorf("%v after %d positions", err, len(f.done))
	}
	if !strings.Contains(text, "resume with: smbready scan --resume ") {
		t.Errorf("how to go on is not said:\n%s", text)
	}
}

// TestStoreOnlyAfterFile: what the file could not take is never noted as done.
func TestStoreOnlyAfterFile(t *testing.T) {
	f := &fakeStore{left: -1}
	bad := errors.New("the disk is full")
	p := &paired{file: failingKeeper{bad}, to: &storing{to: f}}
	h := &inventory.Host{Address: netip.MustParseAddr("10.0.0.1"), State: inventory.StateSMB}
	if err := p.Done(1, h, inventory.Summary{}); err != bad || len(f.done) != 0 {
		t.Errorf("%v, %d positions", err, len(f.done))
	}
}

type failingKeeper struct{ err error }

func (k failingKeeper) Host(*inventory.Host) error     { return k.err }
func (k failingKeeper) Close(*inventory.Summary) error { return k.err }

// TestNoStore: --db none stores nothing, and asks no database.
func TestNoStore(t *testing.T) {
	a := &app{ui: newUI(io.Discard, io.Discard)}
	for _, env := range []string{"", noStore} {
		t.Setenv(dbVariable, env)
		flags := storeFlags{db: noStore}
		if env != "" {
			flags.db = ""
		}
		s, err := a.storing(context.Background(), &job{store: flags}, &inventory.Run{})
		if err != nil || s.on() || s.store != nil {
			t.Errorf("%+v, %v", s, err)
		}
		s.tell("x", true)
		s.takeBack(t.Context())
		s.close()
	}
}
