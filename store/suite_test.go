package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"smbready/internal/pgtest"
	"smbready/inventory"
)

// quick is a pace that tests can wait for.
var quick = pace{commit: 10 * time.Millisecond, retry: 20 * time.Second, beat: 50 * time.Millisecond, stale: 400 * time.Millisecond, busy: 5 * time.Second}

// TestStore is the suite that both databases have to pass.
func TestStore(t *testing.T) {
	tests := []struct {
		name string
		test func(t *testing.T, name string)
	}{
		{"recording", testRecording},
		{"resuming", testResuming},
		{"line replaced", testReplaced},
		{"finding", testFinding},
		{"order", testOrder},
		{"round trip", testRoundTrip},
		{"import again", testImportAgain},
		{"import completes", testImportCompletes},
		{"import refused", testImportRefused},
		{"import broken off", testImportBrokenOff},
		{"ownership", testOwnership},
		{"taken", testTaken},
		{"site lock", testSiteLock},
		{"deleting", testDeleting},
		{"pruning", testPruning},
		{"leftovers", testLeftovers},
		{"clock", testClock},
		{"exceptions", testExceptions},
		{"sites", testSites},
		{"values", testValues},
		{"many at once", testManyAtOnce},
		{"opened at once", testOpenedAtOnce},
		{"newer", testNewer},
		{"foreign", testForeign},
		{"damaged row", testDamagedRow},
		{"damaged hosts", testDamagedHosts},
		{"damaged last", testDamagedLast},
		{"damaged sites", testDamagedSites},
		{"future", testFuture},
		{"several sites", testSeveralSites},
		{"canceled", testCanceled},
	}
	suite := func(t *testing.T, fresh func(t *testing.T) string) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) { tt.test(t, fresh(t)) })
		}
	}
	t.Run("sqlite", func(t *testing.T) { suite(t, newFile) })
	t.Run("postgres", func(t *testing.T) {
		server := pgtest.New(t)
		suite(t, func(t *testing.T) string { return server.Database(t) })
	})
}

func newFile(t *testing.T) string { return filepath.Join(t.TempDir(), "s?o%2e #.db") }

// opened opens a store for the time of a test.
func opened(t *testing.T, name string) *Store {
	t.Helper()
	s, err := open(t.Context(), name, quick)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError fails unless err is of a kind and says certain things.
func wantError(t *testing.T, err, kind error, words ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("got the error %v, not one of the kind %q", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error %q does not say %q", err, w)
		}
	}
}

// began is when the runs of tests begin: before now, by any clock that is right.
var began = time.Date(2025, 11, 23, 10, 0, 0, 0, time.UTC)

func header(id, site string) *inventory.Run {
	return &inventory.Run{Version: inventory.FormatVersion, ID: id, Site: site, Started: began, Scope: []string{"10.0.0.0/8"}, Tool: "smbready test"}
}

// testHost returns host i, with a line of its own.
func testHost(i int) (*inventory.Host, []byte) {
	h := &inventory.Host{Address: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), State: inventory.StateSMB, Time: began, Error: strings.Repeat("x", i%300)}
	line, err := encode(inventory.Line{Host: h})
	if err != nil {
		panic(err)
	}
	return h, append(line, '\n')
}

func begin(t *testing.T, s *Store, run *inventory.Run) *Recorder {
	t.Helper()
	r, err := s.Begin(t.Context(), run, []byte(`{"seed":7}`))
	must(t, err)
	return r
}

// record stores hosts from..to-1 as positions of their numbers.
func record(t *testing.T, r *Recorder, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		h, line := testHost(i)
		must(t, r.Done(uint64(i), inventory.Summary{Probed: 1, SMB: 1}, h, line))
	}
}

func export(t *testing.T, s *Store, id string) string {
	t.Helper()
	var b bytes.Buffer
	must(t, s.Export(t.Context(), id, &b))
	return b.String()
}

func summary(probed int) *inventory.Summary {
	return &inventory.Summary{Probed: uint64(probed), SMB: uint64(probed), Finished: began.Add(time.Hour)}
}

// lines returns the lines of a run, as a recording of hosts from..to-1 leaves it.
func lines(run *inventory.Run, from, to int, sum *inventory.Summary) string {
	var b bytes.Buffer
	w := inventory.NewWriter(&b)
	w.Write(inventory.Line{Run: run})
	for i := from; i < to; i++ {
		_, line := testHost(i)
		b.Write(line)
	}
	if sum != nil {
		w.Write(inventory.Line{Summary: sum})
	}
	return b.String()
}

// committed waits until so many hosts of a run are stored.
func committed(t *testing.T, s *Store, id string, hosts int) RunInfo {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		info, err := s.Find(t.Context(), id)
		must(t, err)
		if info.Hosts == uint64(hosts) {
			return info
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d hosts are stored, not %d", info.Hosts, hosts)
		}
	}
}

func testRecording(t *testing.T, name string) {
	s := opened(t, name)
	r := begin(t, s, header("a", "HQ"))
	record(t, r, 0, 1234)
	must(t, r.Done(5000, inventory.Summary{Probed: 1, Filtered: 1}, nil, nil))
	info := committed(t, s, "a", 1234)
	if !info.Running || info.Summary != nil || info.Complete() || time.Since(info.Updated).Abs() > time.Minute {
		t.Errorf("while it is written: %+v", info)
	}
	must(t, r.Close(summary(1235)))
	if err := r.Done(1, inventory.Summary{}, nil, nil); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
	must(t, r.Close(nil)) // again
	info, err := s.Find(t.Context(), "a")
	must(t, err)
	want := []Range{{0, 1233}, {5000, 5000}}
	if info.Running || !info.Complete() || info.Probed != 1235 || info.Counted.Filtered != 1 || !reflect.DeepEqual(info.Done, want) || string(info.Scan) != `{"seed":7}` {
		t.Errorf("after Close: %+v", info)
	}
	if !reflect.DeepEqual(&info.Header, header("a", "HQ")) || !reflect.DeepEqual(info.Summary, summary(1235)) {
		t.Errorf("head %+v, summary %+v", info.Header, info.Summary)
	}
	if got := export(t, s, "a"); got != lines(header("a", "HQ"), 0, 1234, summary(1235)) {
		t.Errorf("the export differs from what was recorded: %.300s", got)
	}
}

func testResuming(t *testing.T, name string) {
	s := opened(t, name)
	r := begin(t, s, header("a", ""))
	record(t, r, 0, 10)
	interrupted := summary(10)
	interrupted.Interrupted = true
	must(t, r.Close(interrupted))
	if got := export(t, s, "a"); got != lines(header("a", ""), 0, 10, interrupted) {
		t.Errorf("interrupted: %s", got)
	}
	for round := range 3 {
		r, info, err := s.Resume(t.Context(), "a")
		must(t, err)
		n := 10 * (round + 1)
		if !reflect.DeepEqual(info.Done, []Range{{0, uint64(n - 1)}}) || info.Counted.Probed != uint64(n) || info.Summary != nil || !info.Running {
			t.Errorf("resumed: %+v", info)
		}
		record(t, r, n, n+10)
		must(t, r.Close(nil))
		if got := export(t, s, "a"); got != lines(header("a", ""), 0, n+10, nil) {
			t.Errorf("resumed: %s", got)
		}
	}
	r, _, err := s.Resume(t.Context(), "a")
	must(t, err)
	must(t, r.Close(summary(40)))
	_, _, err = s.Resume(t.Context(), "a")
	wantError(t, err, ErrComplete, "run a is complete")
	_, _, err = s.Resume(t.Context(), "b")
	wantError(t, err, ErrNotFound)
	r, err = s.Begin(t.Context(), header("b", ""), nil)
	must(t, err)
	must(t, r.Close(nil))
	_, _, err = s.Resume(t.Context(), "b")
	wantError(t, err, ErrNoScan)
	_, err = s.Begin(t.Context(), header("b", ""), nil)
	wantError(t, err, ErrExists)
}

func testReplaced(t *testing.T, name string) {
	s := opened(t, name)
	r := begin(t, s, header("a", ""))
	h, first := testHost(1)
	second := bytes.ReplaceAll(first, []byte("xx"), []byte("yy"))
	second = bytes.ReplaceAll(second, []byte(`x"`), []byte(`second"`))
	must(t, r.Line(h, first))
	must(t, r.Line(h, second)) // in one batch
	record(t, r, 2, 4)
	committed(t, s, "a", 3)
	must(t, r.Line(h, first))
	must(t, r.Line(h, second)) // in another one
	other := *h
	other.Identity = "client"
	clients, _ := encode(inventory.Line{Host: &other})
	must(t, r.Line(&other, clients)) // of another host
	committed(t, s, "a", 4)
	must(t, r.Close(nil))
	_, l2 := testHost(2)
	_, l3 := testHost(3)
	head, _ := encode(inventory.Line{Run: header("a", "")})
	if got, want := export(t, s, "a"), string(head)+"\n"+string(second)+string(clients)+"\n"+string(l2)+string(l3); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func testFinding(t *testing.T, name string) {
	s := opened(t, name)
	_, err := s.Find(t.Context(), "last")
	wantError(t, err, ErrNotFound, "there is no run yet")
	for i, id := range []string{"20261123T1-AB", "20261123T1-ABC", "20261123T1-AC", "2026%", "ÄÖ-1"} {
		run := header(id, []string{"HQ", "Branch"}[i%2])
		run.Started = began.Add(time.Duration(i) * time.Hour)
		r := begin(t, s, run)
		must(t, r.Close(summary(0)))
	}
	for _, tt := range []struct {
		name, want string
		err        error
	}{
		{"20261123T1-AB", "20261123T1-AB", nil},
		{"20261123T1-ABC", "20261123T1-ABC", nil},
		{"20261123T1-AC", "20261123T1-AC", nil},
		{"20261123T1-A", "", ErrAmbiguous},
		{"2026112", "", ErrAmbiguous},
		{"2026%", "2026%", nil},
		{"%", "", ErrNotFound},
		{"Ä", "ÄÖ-1", nil},
		{"ä", "", ErrNotFound},
		{"", "", ErrNotFound},
		{"\xff", "", ErrNotFound},
		{"a\x00", "", ErrNotFound},
		{"last", "ÄÖ-1", nil},
		{"last:Branch", "2026%", nil},
		{"last:Elsewhere", "", ErrNotFound},
		{"last:", "", ErrNotFound},
	} {
		info, err := s.Find(t.Context(), tt.name)
		if !errors.Is(err, tt.err) || info.Header.ID != tt.want {
			t.Errorf("Find(%q) = %q, %v; want %q, %v", tt.name, info.Header.ID, err, tt.want, tt.err)
		}
	}
	for site, want := range map[string]string{"": "[ÄÖ-1 2026% 20261123T1-AC 20261123T1-ABC 20261123T1-AB]", "HQ": "[ÄÖ-1 20261123T1-AC 20261123T1-AB]", "None": "[]", "\xff": "[]"} {
		list, err := s.Runs(t.Context(), site)
		must(t, err)
		ids := []string{}
		for _, r := range list {
			ids = append(ids, r.Header.ID)
		}
		if fmt.Sprint(ids) != want {
			t.Errorf("Runs(%q) = %v, not %s", site, ids, want)
		}
	}
}

// testOrder wants hosts in the order of netip.Addr.Compare, then by identity.
func testOrder(t *testing.T, name string) {
	s := opened(t, name)
	r := begin(t, s, header("a", ""))
	long := strings.Repeat("z", 4000)
	want := []hostKey{{netip.Addr{}, "a"}, {netip.Addr{}, "b"}, {netip.Addr{}, "b\x00c"}}
	for _, text := range []string{"0.0.0.1", "9.255.0.0", "10.0.0.0", "255.255.255.255", "::", "::ffff:10.0.0.1", "fe80::1", "fe80::1%eth0", "fe80::1%eth1", "fe80::1%" + long, "fe80::2"} {
		want = append(want, hostKey{netip.MustParseAddr(text), ""}, hostKey{netip.MustParseAddr(text), "x"}, hostKey{netip.MustParseAddr(text), long + "1"}, hostKey{netip.MustParseAddr(text), long + "2"})
	}
	line := func(k hostKey) []byte {
		b, err := encode(inventory.Line{Host: &inventory.Host{Address: k.address, Identity: k.identity}})
		must(t, err)
		return b
	}
	text := ""
	for i := range want {
		k := want[(i*7)%len(want)] // 7 is prime to the number of them
		must(t, r.Line(&inventory.Host{Address: k.address, Identity: k.identity}, line(k)))
		text += string(line(want[i])) + "\n"
	}
	must(t, r.Close(nil))
	_, got, _ := strings.Cut(export(t, s, "a"), "\n")
	// Of long identities only that both are there is sure.
	sorted := strings.NewReplacer(long+"1", long, long+"2", long)
	if sorted.Replace(got) != sorted.Replace(text) {
		t.Errorf("got\n%s\nwant\n%s", strings.ReplaceAll(got, long, "(long)"), strings.ReplaceAll(text, long, "(long)"))
	}
	if info, err := s.Find(t.Context(), "a"); err != nil || info.Hosts != uint64(len(want)) {
		t.Errorf("%d hosts, %v", info.Hosts, err)
	}
}

func testClock(t *testing.T, name string) {
	s := opened(t, name)
	for i, started := range []time.Time{began, began.Add(-9000 * time.Hour), began.Add(-time.Hour), {}} {
		run := header(fmt.Sprint("run", i), "")
		run.Started = started
		r := begin(t, s, run)
		must(t, r.Close(summary(0)))
		if info, err := s.Find(t.Context(), "last"); err != nil || info.Header.ID != run.ID {
			t.Errorf("the last run is %s, not %s; %v", info.Header.ID, run.ID, err)
		}
	}
	// An imported run is as old as it says.
	old := header("old", "")
	old.Started = began.Add(-time.Hour)
	_, err := s.Import(t.Context(), strings.NewReader(lines(old, 0, 1, summary(1))))
	must(t, err)
	if info, err := s.Find(t.Context(), "last"); err != nil || info.Header.ID != "run3" {
		t.Errorf("the last run is %s, not run3; %v", info.Header.ID, err)
	}
}

func testExceptions(t *testing.T, name string) {
	s := opened(t, name)
	list, err := s.Exceptions(t.Context())
	if err != nil || len(list) != 0 {
		t.Errorf("at first: %v, %v", list, err)
	}
	first := inventory.Exception{ID: "b", Device: "10.0.0.1", Policy: "client-always", By: "me\x00", Why: "\xffold", Until: began, Accepted: began}
	second := inventory.Exception{ID: "a", Device: `x\y`, Policy: "server-always"}
	must(t, s.Accept(t.Context(), first))
	must(t, s.Accept(t.Context(), second))
	first.Why, first.By = "new", "you"
	must(t, s.Accept(t.Context(), first))
	if list, err := s.Exceptions(t.Context()); err != nil || !reflect.DeepEqual(list, []inventory.Exception{second, first}) {
		t.Errorf("got %+v, %v", list, err)
	}
	must(t, s.Revoke(t.Context(), "b"))
	wantError(t, s.Revoke(t.Context(), "b"), ErrNotFound)
	wantError(t, s.Revoke(t.Context(), "\x00"), ErrNotFound)
	wantError(t, s.Accept(t.Context(), inventory.Exception{}), ErrValue)
	third := inventory.Exception{ID: "c", Device: "x", Policy: "server-always"}
	wantError(t, s.Accept(t.Context(), third, inventory.Exception{ID: strings.Repeat("z", maxName+1)}), ErrValue) // neither
	if list, err := s.Exceptions(t.Context()); err != nil || !reflect.DeepEqual(list, []inventory.Exception{second}) {
		t.Errorf("got %+v, %v", list, err)
	}
}

func testSites(t *testing.T, name string) {
	s := opened(t, name)
	if list, err := s.Sites(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("at first: %v, %v", list, err)
	}
	for _, sites := range [][]inventory.Site{{{Name: "b", Targets: []string{"10.0.0.0/8"}, Tags: []string{"x"}, Gentle: true}, {Name: "a\x00"}}, {{Name: "c"}}, nil} {
		must(t, s.ChangeSites(t.Context(), func([]inventory.Site) ([]inventory.Site, error) { return sites, nil }))
		list, err := s.Sites(t.Context())
		must(t, err)
		if len(list) != len(sites) {
			t.Fatalf("got %+v, not %+v", list, sites)
		}
		for i := range list {
			if list[i].Name != sites[i].Name || !reflect.DeepEqual(list[i].Targets, sites[i].Targets) || list[i].Gentle != sites[i].Gentle {
				t.Errorf("got %+v, not %+v", list[i], sites[i])
			}
		}
	}
	testSitesAtOnce(t, s)
}

// testSitesAtOnce: of changes that are made at once none is lost, and one that fails
// changes nothing.
func testSitesAtOnce(t *testing.T, s *Store) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			err := s.ChangeSites(t.Context(), func(known []inventory.Site) ([]inventory.Site, error) {
				return append(known, inventory.Site{Name: fmt.Sprint(i)}), nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	no := errors.New("no")
	if err := s.ChangeSites(t.Context(), func([]inventory.Site) ([]inventory.Site, error) { return nil, no }); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	if list, err := s.Sites(t.Context()); err != nil || len(list) != 8 {
		t.Errorf("%d sites are kept: %+v, %v", len(list), list, err)
	}
}

// testValues gives what a store does not take.
func testValues(t *testing.T, name string) {
	s := opened(t, name)
	for _, id := range []string{"", "a\x00", "a\n", "\xff", strings.Repeat("a", maxName+1), "a\x1b[2J"} {
		_, err := s.Begin(t.Context(), header(id, ""), nil)
		wantError(t, err, ErrValue)
		if id != "" {
			_, err = s.Begin(t.Context(), header("a", id), nil)
			wantError(t, err, ErrValue)
		}
	}
	h, line := testHost(1)
	for i, tt := range []struct {
		host *inventory.Host
		line []byte
	}{
		{h, append([]byte("\n"), line...)},
		{h, bytes.Repeat([]byte("x"), maxLine)},
		{&inventory.Host{}, line},
	} {
		id := fmt.Sprint("run", i)
		r := begin(t, s, header(id, ""))
		must(t, r.Line(h, line))
		wantError(t, r.Line(tt.host, tt.line), ErrValue)
		wantError(t, r.Line(h, line), ErrValue) // from now on
		wantError(t, r.Close(summary(1)), ErrValue)
		info, err := s.Find(t.Context(), id)
		must(t, err)
		if info.Summary != nil || info.Running {
			t.Errorf("a run with a line that was refused looks like %+v", info)
		}
	}
}

// testManyAtOnce records several runs from many goroutines, and reads meanwhile.
func testManyAtOnce(t *testing.T, name string) {
	s := opened(t, name)
	const runs, writers, each = 3, 4, 600
	var wg sync.WaitGroup
	for n := range runs {
		id := fmt.Sprint("run", n)
		r := begin(t, s, header(id, ""))
		wg.Go(func() {
			var writing sync.WaitGroup
			for w := range writers {
				writing.Go(func() { recordEvery(r, w, writers, writers*each) })
			}
			writing.Wait()
			if err := r.Close(summary(writers * each)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			list, err := s.Runs(t.Context(), "")
			if err != nil || len(list) != runs {
				t.Errorf("%d runs, %v", len(list), err)
			}
			s.Export(t.Context(), "run1", new(bytes.Buffer))
		}
	})
	wg.Wait()
	for n := range runs {
		id := fmt.Sprint("run", n)
		if export(t, s, id) != lines(header(id, ""), 0, writers*each, summary(writers*each)) {
			t.Errorf("the export of %s differs from what was recorded", id)
		}
		if info, err := s.Find(t.Context(), id); err != nil || !reflect.DeepEqual(info.Done, []Range{{0, writers*each - 1}}) || info.Hosts != writers*each {
			t.Errorf("%+v, %v", info, err)
		}
	}
}

func recordEvery(r *Recorder, from, step, to int) {
	for i := from; i < to; i += step {
		h, line := testHost(i)
		r.Done(uint64(i), inventory.Summary{Probed: 1, SMB: 1}, h, line)
	}
}

func testCanceled(t *testing.T, name string) {
	s := opened(t, name)
	r := begin(t, s, header("a", ""))
	record(t, r, 0, 3)
	must(t, r.Close(nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Import(ctx, strings.NewReader(lines(header("b", ""), 0, 3, nil)))
	wantError(t, err, context.Canceled)
	wantError(t, s.Export(ctx, "a", new(bytes.Buffer)), context.Canceled)
	_, _, err = s.Resume(ctx, "a")
	wantError(t, err, context.Canceled)
	if list, err := s.Runs(t.Context(), ""); err != nil || len(list) != 1 {
		t.Errorf("%d runs, %v", len(list), err)
	}
}
