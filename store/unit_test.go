package store

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestStateFolder(t *testing.T) {
	root := t.TempDir() // an absolute path of the system that runs the test
	for _, tt := range []struct {
		name, system string
		env          map[string]string
		home         string
		want         string // below root
	}{
		{"XDG", "linux", map[string]string{"XDG_STATE_HOME": filepath.Join(root, "s")}, filepath.Join(root, "h"), "s/smbready"},
		{"relative XDG", "linux", map[string]string{"XDG_STATE_HOME": "s"}, filepath.Join(root, "h"), "h/.local/state/smbready"},
		{"home", "freebsd", nil, filepath.Join(root, "h"), "h/.local/state/smbready"},
		{"Windows", "windows", map[string]string{"LOCALAPPDATA": filepath.Join(root, "a")}, filepath.Join(root, "h"), "a/smbready"},
		{"Windows without", "windows", nil, filepath.Join(root, "h"), "h/AppData/Local/smbready"},
		{"macOS", "darwin", map[string]string{"XDG_STATE_HOME": filepath.Join(root, "s")}, filepath.Join(root, "h"), "h/Library/Application Support/smbready"},
		{"nothing", "linux", nil, "", ""},
	} {
		got, err := stateFolder(tt.system, func(k string) string { return tt.env[k] }, func() (string, error) { return tt.home, nil })
		if tt.want == "" {
			wantError(t, err, ErrName, "--db FILE")
			continue
		}
		if want := filepath.Join(root, filepath.FromSlash(tt.want)); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", tt.name, got, err, want)
		}
	}
	_, err := stateFolder("linux", func(string) string { return "" }, func() (string, error) { return "", errors.New("none") })
	wantError(t, err, ErrName)
}

// TestNames opens stores by the forms of their names.
func TestNames(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	folder, err := os.Getwd()
	must(t, err)
	for name, want := range map[string]string{"a.db": "a.db", "sqlite:b.db": "b.db", "sqlite://c.db": "c.db", ":memory:": ":memory:", "file:d.db?mode=memory": "file:d.db?mode=memory", "é ü.db": "é ü.db"} {
		if runtime.GOOS == "windows" && strings.ContainsAny(want, ":?") {
			continue
		}
		s := opened(t, name)
		if got := s.Name(); got != filepath.Join(folder, want) {
			t.Errorf("%q is %s", name, got)
		}
		if _, err := os.Stat(want); err != nil {
			t.Error(err)
		}
	}
	_, err = open(t.Context(), "sqlite:", quick)
	wantError(t, err, ErrName)
}

// TestSettings: what names a server in another way is not taken for a file, whose
// name would be told.
func TestSettings(t *testing.T) {
	t.Chdir(t.TempDir())
	const secret = "s3cr3tp4ss"
	for _, name := range []string{
		"host=db password=" + secret,
		"password=" + secret + " host=db",
		"password = '" + secret + "'",
		" user=u password=" + secret + "://x",
		"dbname=x:y\tpassword=" + secret,
		"hostaddr=127.0.0.1 sslmode=disable " + secret,
		"Server=db;Port=5432;Password=" + secret,
		"service=" + secret,
	} {
		_, err := open(t.Context(), name, quick)
		wantError(t, err, ErrName, "key=value", "postgres://USER@HOST", "sqlite:PATH")
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error tells the password: %v", err)
		}
	}
	if made, err := os.ReadDir("."); err != nil || len(made) != 0 {
		t.Errorf("%v was made, %v", made, err)
	}
	for _, name := range []string{"a=b.db", "week=47 site=HQ.db", "report.port=445.db", "myhost=x.db", "sqlite:host=db user=x", "ports=1.db"} {
		opened(t, name)
	}
}

func TestAddPositions(t *testing.T) {
	for _, tt := range []struct {
		ranges    []Range
		positions []uint64
		want      []Range
	}{
		{nil, nil, []Range{}},
		{nil, []uint64{3, 1, 2, 1}, []Range{{1, 3}}},
		{[]Range{{5, 7}}, []uint64{8, 4}, []Range{{4, 8}}},
		{[]Range{{5, 7}, {9, 9}}, []uint64{8}, []Range{{5, 9}}},
		{[]Range{{5, 7}, {9, 9}}, []uint64{0, 11, 6}, []Range{{0, 0}, {5, 7}, {9, 9}, {11, 11}}},
		{[]Range{{0, math.MaxUint64}}, []uint64{0, 5, math.MaxUint64}, []Range{{0, math.MaxUint64}}},
		{[]Range{{0, 0}}, []uint64{math.MaxUint64, math.MaxUint64 - 1}, []Range{{0, 0}, {math.MaxUint64 - 1, math.MaxUint64}}},
	} {
		if got := addPositions(tt.ranges, tt.positions); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%v and %v: %v, not %v", tt.ranges, tt.positions, got, tt.want)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	var ranges []Range
	for _, chunk := range chunks(random.Perm(5000), 70) {
		ranges = addPositions(ranges, chunk)
		packed, err := parseRanges(appendRanges(nil, ranges))
		if err != nil || !reflect.DeepEqual(packed, ranges) {
			t.Fatalf("%v became %v, %v", ranges, packed, err)
		}
	}
	if !reflect.DeepEqual(ranges, []Range{{0, 4999}}) {
		t.Error(ranges)
	}
}

func chunks(list []int, size int) (out [][]uint64) {
	for len(list) > 0 {
		n := min(size, len(list))
		var chunk []uint64
		for _, v := range list[:n] {
			chunk = append(chunk, uint64(v))
		}
		out, list = append(out, chunk), list[n:]
	}
	return out
}

func TestProcess(t *testing.T) {
	p := newProcess("token")
	if back, ok := parseProcess(p.String()); !ok || back != p {
		t.Errorf("%+v became %+v", p, back)
	}
	for _, text := range []string{"", "a", "a b c d", "a b -1 d", "a b 1", "a b 1 c d"} {
		if p, ok := parseProcess(text); ok {
			t.Errorf("%q is %+v", text, p)
		}
	}
	for _, p := range []process{{"x", unknown, 1, unknown}, {"x", "elsewhere", 1, "1"}, {"x", unknown, 1, "1"}} {
		if p.fate() != fateUnknown {
			t.Errorf("%+v: %d", p, p.fate())
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	if p.fate() != fateGone {
		t.Error("a recording of this process that nobody knows")
	}
	live.Store("token", true)
	defer live.Delete("token")
	if p.fate() != fateAlive {
		t.Error("a recording of this process")
	}
}

// TestBackpressure holds the database: no more than a bounded number of lines
// waits in memory, and who waits for room is told when the recording ends.
func TestBackpressure(t *testing.T) {
	before := runtime.NumGoroutine()
	s, err := open(t.Context(), newFile(t), quick)
	must(t, err)
	r := begin(t, s, header("a", ""))
	lock := locker(t, s)
	var mu sync.Mutex
	accepted := 0
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; ; i += 4 {
				h, line := testHost(i)
				if err := r.Line(h, line); err != nil {
					if !errors.Is(err, errClosed) {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				accepted++
				mu.Unlock()
			}
		})
	}
	now := func() int {
		mu.Lock()
		defer mu.Unlock()
		return accepted
	}
	for last := -1; now() != last; time.Sleep(200 * time.Millisecond) {
		last = now()
	}
	// Two batches at the writer's, whose first may be of any size, and two here.
	if n := now(); n < 2*batchLines || n > 5*batchLines {
		t.Errorf("%d lines were accepted while nothing could be stored", n)
	}
	ended := make(chan error)
	go func() { ended <- r.Close(nil) }()
	wg.Wait()
	must(t, lock.Rollback())
	must(t, <-ended)
	if info, err := s.Find(t.Context(), "a"); err != nil || info.Hosts != uint64(now()) {
		t.Errorf("%d hosts of %d, %v", info.Hosts, now(), err)
	}
	must(t, s.Close())
	for range 100 {
		if runtime.NumGoroutine() <= before+1 { // the locker's connection is closed later
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d afterwards", before, runtime.NumGoroutine())
}

// TestIdle records nothing for longer than a writer may be silent.
func TestIdle(t *testing.T) {
	onBoth(t, func(t *testing.T, name string) {
		s := opened(t, name)
		r := begin(t, s, header("a", ""))
		o, err := s.ownership(t.Context(), "a")
		must(t, err)
		time.Sleep(5 * quick.beat)
		later, err := s.ownership(t.Context(), "a")
		if err != nil || later.beat < o.beat+2 || later.owner != r.owner {
			t.Errorf("%+v, and then %+v; %v", o, later, err)
		}
		if info, err := s.Find(t.Context(), "a"); err != nil || info.batch != 0 {
			t.Errorf("signs of life are batches: %+v, %v", info, err)
		}
		must(t, r.Close(nil))
	})
}

// TestRunIDs: what commands take for something else is no id.
func TestRunIDs(t *testing.T) {
	s := &Store{engine: &file{path: "x.db"}}
	for id, fine := range map[string]bool{"20260831-HQ": true, "last": false, "last:HQ": false, "none": false, "-rf": false, "": false, "a\nb": false,
		"../../x": false, "a/b": false, `a\b`: false, ".": false, "..": false, ".x": false, " ": false, "a b": false, "a\u00a0b": false, "a\u200bb": false,
		"lastly": false, "run:x": false, "@list": false, "all.csv": true, "Büro-1": true, "a:b": true} {
		if err := s.checkRunID(id); (err == nil) != fine {
			t.Errorf("%q: %v", id, err)
		}
	}
}
