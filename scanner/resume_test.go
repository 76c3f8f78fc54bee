package scanner

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"smbready/internal/smbtest"
	"smbready/inventory"
)

func TestNormalRanges(t *testing.T) {
	for _, tt := range []struct {
		name    string
		in      []Range
		size    uint64
		want    []Range
		covered uint64
	}{
		{"none", nil, 10, nil, 0},
		{"no target", []Range{{0, 0}}, 0, nil, 0},
		{"in order", []Range{{0, 1}, {5, 5}}, 10, []Range{{0, 1}, {5, 5}}, 3},
		{"neighbours become one", []Range{{2, 3}, {0, 1}}, 10, []Range{{0, 3}}, 4},
		{"overlapping", []Range{{0, 5}, {2, 3}, {4, 7}}, 10, []Range{{0, 7}}, 8},
		{"the wrong way round", []Range{{5, 2}}, 10, nil, 0},
		{"beyond the end", []Range{{8, 1 << 63}, {11, 12}}, 10, []Range{{8, 9}}, 2},
		{"the last number there is", []Range{{^uint64(0), ^uint64(0)}, {0, ^uint64(0)}}, 3, []Range{{0, 2}}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := normal(tt.in, tt.size)
			if !slices.Equal(got, tt.want) || Covered(tt.in, tt.size) != tt.covered {
				t.Errorf("got %v, %d", got, Covered(tt.in, tt.size))
			}
			var visited []uint64
			for i := range positions(got, tt.size) {
				visited = append(visited, i)
			}
			for i := range tt.size {
				passedOver := slices.ContainsFunc(tt.in, func(r Range) bool { return r.First <= i && i <= r.Last })
				if slices.Contains(visited, i) == passedOver {
					t.Errorf("position %d: visited %v", i, visited)
				}
			}
		})
	}
}

// progress is what a caller keeps of a scan to go on with it later.
type progress struct {
	mu      sync.Mutex
	emitted map[netip.Addr]int
	done    []Range
	counted inventory.Summary
}

func (p *progress) emit(h *inventory.Host) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.emitted[h.Address]++
	return nil
}

// after returns a DoneFunc that cancels after n positions.
func (p *progress) after(t *testing.T, n int, cancel context.CancelFunc) DoneFunc {
	return func(position uint64, h *inventory.Host, c inventory.Summary) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.emitted[h.Address] == 0 {
			t.Errorf("position %d is done before its host %s was emitted", position, h.Address)
		}
		p.done = append(p.done, Range{position, position})
		p.counted.Probed += c.Probed
		p.counted.SMB += c.SMB
		p.counted.Open += c.Open
		p.counted.Closed += c.Closed
		p.counted.Filtered += c.Filtered
		p.counted.Connections += c.Connections
		if n--; n == 0 {
			cancel()
		}
		return nil
	}
}

// TestResume interrupts a scan at every moment, and goes on: every target is
// asked once, and the counts are those of an undisturbed run.
func TestResume(t *testing.T) {
	whole := undisturbed(t)
	for n := 1; n <= 32; n += 3 {
		t.Run(fmt.Sprintf("after %d", n), func(t *testing.T) { synctest.Test(t, func(t *testing.T) { resumeAfter(t, n, whole) }) })
	}
}

func undisturbed(t *testing.T) (sum inventory.Summary) {
	synctest.Test(t, func(t *testing.T) {
		network := smbtest.NewPipeNetwork(smbtest.Site())
		defer network.Close()
		sum, _ = New(Options{Dial: network.Dial, Seed: 7}).Run(t.Context(), targetsOf(t, "10.20.30.0/27"), ignore)
	})
	return sum
}

func resumeAfter(t *testing.T, n int, whole inventory.Summary) {
	network := smbtest.NewPipeNetwork(smbtest.Site())
	defer network.Close()
	targets := targetsOf(t, "10.20.30.0/27")
	p := &progress{emitted: map[netip.Addr]int{}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := Options{Dial: network.Dial, Seed: 7, Concurrency: 1, OnDone: p.after(t, n, cancel)}
	first, err := New(o).Run(ctx, targets, p.emit)
	if err != nil || first.Probed != uint64(n) || first.Interrupted != (n < 32) {
		t.Fatalf("%+v, %v", first, err)
	}
	o.Done, o.Counted = p.done, p.counted
	o.OnDone = p.after(t, -1, cancel)
	sum, err := New(o).Run(t.Context(), targets, p.emit)
	if err != nil || sum.Interrupted {
		t.Fatalf("%+v, %v", sum, err)
	}
	sum.Finished = whole.Finished
	if sum != whole {
		t.Errorf("got %+v, want %+v", sum, whole)
	}
	counted := p.counted
	counted.Finished = whole.Finished
	if counted != whole {
		t.Errorf("counted %+v, want %+v", counted, whole)
	}
	if len(p.emitted) != 32 {
		t.Errorf("%d hosts", len(p.emitted))
	}
	for addr, times := range p.emitted {
		if times != 1 {
			t.Errorf("%s asked %d times", addr, times)
		}
	}
}

// TestDoneIsLeftAlone: what is done already is sent nothing.
func TestDoneIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := smbtest.NewPipeNetwork(smbtest.Site())
		defer network.Close()
		targets := targetsOf(t, "10.20.30.0/27")
		sum, err := New(Options{Dial: network.Dial, Done: []Range{{0, 31}}}).Run(t.Context(), targets, ignore)
		if err != nil || sum.Interrupted || len(network.Stats()) != 0 {
			t.Errorf("%+v, %v, %d addresses asked", sum, err, len(network.Stats()))
		}
	})
}

func TestDoneFuncEndsTheRun(t *testing.T) {
	full := fmt.Errorf("the store is full")
	o := Options{Dial: refuseAll, OnDone: func(uint64, *inventory.Host, inventory.Summary) error { return full }}
	sum, err := New(o).Run(t.Context(), targetsOf(t, "10.20.30.0/27"), ignore)
	if err != full || !sum.Interrupted || sum.Error == "" {
		t.Errorf("%+v, %v", sum, err)
	}
}

// TestOrderIsThatOfItsVersion: a stored scan counts on it. Should this test
// fail, OrderVersion must become another one.
func TestOrderIsThatOfItsVersion(t *testing.T) {
	order := newPermutation(1000, 42)
	var got []uint64
	for i := range uint64(8) {
		got = append(got, order.at(i))
	}
	if OrderVersion != 1 || !slices.Equal(got, []uint64{655, 298, 412, 646, 833, 123, 885, 795}) {
		t.Errorf("order %v, version %d", got, OrderVersion)
	}
}

func TestPositionsOfRandomRanges(t *testing.T) {
	const size = 500
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		var ranges []Range
		want := size
		in := map[uint64]bool{}
		for range r.IntN(20) {
			first := r.Uint64N(size)
			last := first + r.Uint64N(40)
			ranges = append(ranges, Range{first, last})
			for i := first; i <= last && i < size; i++ {
				in[i] = true
			}
		}
		want -= len(in)
		for i := range positions(normal(ranges, size), size) {
			if in[i] {
				t.Errorf("seed %d: position %d is done and visited", seed, i)
			}
			want--
		}
		if want != 0 {
			t.Errorf("seed %d: %d positions too few", seed, want)
		}
	}
}
