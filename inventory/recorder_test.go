package inventory

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// disk is a writer that many goroutines may look at.
type disk struct {
	mu   sync.Mutex
	b    bytes.Buffer
	full error
}

func (d *disk) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full != nil {
		return 0, d.full
	}
	return d.b.Write(p)
}

func (d *disk) fill(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = err
}

func (d *disk) lines() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Count(d.b.String(), "\n")
}

// host returns a host with more than a line's usual bytes.
func host(i int) *Host {
	return &Host{Address: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), State: StateSMB, Error: strings.Repeat("x", i%3000)}
}

func TestRecorder(t *testing.T) {
	before := runtime.NumGoroutine()
	d := &disk{}
	r, err := NewRecorder(d, &Run{Version: FormatVersion, ID: "a"})
	if err != nil {
		t.Fatal(err)
	}
	const writers, each = 8, 250
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := r.Host(host(w*each + i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := r.Close(&Summary{Probed: writers * each}); err != nil {
		t.Fatal(err)
	}
	checkWhole(t, &d.b, writers*each)
	for range 50 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// checkWhole checks that a run has its first line, hosts lines and a summary.
func checkWhole(t *testing.T, run io.Reader, hosts int) {
	t.Helper()
	seen := map[netip.Addr]bool{}
	lines := NewReader(run)
	for n := 0; ; n++ {
		l, err := lines.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case (n == 0) != (l.Run != nil), (n == hosts+1) != (l.Summary != nil):
			t.Errorf("line %d: %+v", n, l)
		case l.Host != nil:
			seen[l.Host.Address] = true
		}
	}
	if len(seen) != hosts {
		t.Errorf("%d hosts of %d", len(seen), hosts)
	}
}

func TestRecorderFlushes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		r, err := NewRecorder(d, &Run{})
		if err != nil || d.lines() != 1 {
			t.Fatalf("%d lines at once, %v", d.lines(), err)
		}
		time.Sleep(300 * time.Millisecond)
		for i := range 3 {
			if err := r.Host(host(i)); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := d.lines(); n != 4 {
			t.Errorf("%d lines after a second, want 4", n)
		}
		if err := r.Close(&Summary{}); err != nil || d.lines() != 5 {
			t.Errorf("%d lines at the end, %v", d.lines(), err)
		}
	})
}

// TestRecorderEnd checks a recording whose last line is the caller's own.
func TestRecorderEnd(t *testing.T) {
	d := &disk{}
	r, err := NewRecorder(d, &Run{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Line([]byte("own\n")); err != nil {
		t.Error(err)
	}
	if err := r.End(); err != nil || !strings.HasSuffix(d.b.String(), "}\nown\n") {
		t.Errorf("%q, %v", d.b.String(), err)
	}
}

func TestRecorderErrors(t *testing.T) {
	full := errors.New("disk full")
	d := &disk{full: full}
	if _, err := NewRecorder(d, &Run{}); err != full {
		t.Errorf("at the beginning: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		r, err := NewRecorder(d, &Run{})
		if err != nil {
			t.Fatal(err)
		}
		d.fill(full)
		if err := r.Host(host(1)); err != nil {
			t.Errorf("too early: %v", err)
		}
		time.Sleep(1500 * time.Millisecond)
		if err := r.Host(host(2)); err != full {
			t.Errorf("after the flush: %v", err)
		}
		d.fill(nil)
		// A gap in the middle would not show: once failed is failed.
		if err := r.Host(host(3)); err != full {
			t.Errorf("after the failure: %v", err)
		}
		if err := r.Close(&Summary{}); !errors.Is(err, full) {
			t.Errorf("at the end: %v", err)
		}
	})
	d = &disk{}
	r, err := NewRecorder(d, &Run{})
	if err != nil {
		t.Fatal(err)
	}
	d.fill(full)
	if err := r.Close(&Summary{}); !errors.Is(err, full) {
		t.Errorf("at the end: %v", err)
	}
}

// TestRecorderBadHost checks that a host that cannot be written leaves no half
// of a line.
func TestRecorderBadHost(t *testing.T) {
	d := &disk{}
	r, err := NewRecorder(d, &Run{})
	if err != nil {
		t.Fatal(err)
	}
	bad := host(1)
	bad.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) // RFC 3339 ends before
	if err := r.Host(bad); err == nil {
		t.Error("a time that cannot be written was")
	}
	if err := r.Host(host(2)); err != nil {
		t.Error(err)
	}
	if err := r.Close(&Summary{}); err != nil || d.lines() != 3 {
		t.Errorf("%d lines, %v", d.lines(), err)
	}
}

func BenchmarkRecorder(b *testing.B) {
	r, err := NewRecorder(io.Discard, &Run{})
	if err != nil {
		b.Fatal(err)
	}
	h := host(1)
	for b.Loop() {
		if err := r.Host(h); err != nil {
			b.Fatal(err)
		}
	}
	r.Close(&Summary{})
}
