package scanner

import (
	"math"
	"net/netip"
	"testing"
)

// TestPermutation checks that every address is visited once: one that is
// visited twice leaves another unasked. The last seeds are those that overflow
// the floating point arithmetic of other implementations.
func TestPermutation(t *testing.T) {
	var sizes []uint64
	for n := uint64(1); n < 300; n++ {
		sizes = append(sizes, n)
	}
	sizes = append(sizes, 1023, 1024, 1025, 4095, 65535, 65536, 65537, 1<<17-1, 300_001)
	for _, seed := range []int64{0, 1, -1, 1 << 52, math.MaxInt64, math.MinInt64, 2329828230707063211} {
		for _, size := range sizes {
			p := newPermutation(size, seed)
			seen := make([]bool, size)
			for i := range size {
				k := p.at(i)
				if k >= size || seen[k] {
					t.Fatalf("size %d, seed %d: %d is visited twice or does not exist", size, seed, k)
				}
				seen[k] = true
			}
		}
	}
}

// TestPermutationOfAll checks the largest size at its ends.
func TestPermutationOfAll(t *testing.T) {
	p := newPermutation(MaxTargets, 99)
	seen := map[uint64]bool{}
	for _, from := range []uint64{0, MaxTargets/2 - 5000, MaxTargets - 10_000} {
		for i := from; i < from+10_000; i++ {
			k := p.at(i)
			if k >= MaxTargets || seen[k] {
				t.Fatalf("%d leads to %d", i, k)
			}
			seen[k] = true
		}
	}
}

func TestShuffledFollowsTheSeed(t *testing.T) {
	targets := targetsOf(t, "10.0.0.0/24")
	order := func(seed int64) (list []netip.Addr) {
		for tt := range targets.Shuffled(seed) {
			list = append(list, tt.Address)
		}
		return list
	}
	same := func(a, b []netip.Addr) (n int) {
		for i := range a {
			if a[i] == b[i] {
				n++
			}
		}
		return n
	}
	if n := same(order(5), order(5)); n != 256 {
		t.Errorf("the same seed agrees in %d of 256", n)
	}
	for _, seed := range []int64{6, 7, 1 << 40, -5} {
		if n := same(order(5), order(seed)); n > 10 {
			t.Errorf("seeds 5 and %d agree in %d of 256", seed, n)
		}
	}
}

// TestShuffledSpreads checks that neighbours in time are none in the network,
// and that each of 256 subnets gets its share in any part of the run.
func TestShuffledSpreads(t *testing.T) {
	targets := targetsOf(t, "10.0.0.0/16")
	for seed := range int64(5) {
		var last netip.Addr
		near, at := 0, 0
		var share [256]int
		for tt := range targets.Shuffled(seed) {
			b := tt.Address.As4()
			if last.IsValid() && last.As4()[2] == b[2] {
				near++
			}
			last = tt.Address
			if at++; at <= 8192 {
				share[b[2]]++ // 32 are fair
			}
		}
		if near > 400 { // 256 by chance
			t.Errorf("seed %d: %d times the same /24 twice in a row", seed, near)
		}
		for subnet, n := range share {
			if n < 8 || n > 70 {
				t.Errorf("seed %d: subnet %d has %d of the first 8192, 32 are fair", seed, subnet, n)
			}
		}
	}
}

// TestShuffledNeedsNoMemory iterates a /8 for a while.
func TestShuffledNeedsNoMemory(t *testing.T) {
	targets := targetsOf(t, "10.0.0.0/8")
	allocs := testing.AllocsPerRun(5, func() {
		n := 0
		for range targets.Shuffled(1) {
			if n++; n == 100_000 {
				break
			}
		}
	})
	if allocs > 10 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkShuffled(b *testing.B) {
	targets := targetsOf(b, "10.0.0.0/8")
	for b.Loop() {
		n := 0
		for range targets.Shuffled(1) {
			if n++; n == 1000 {
				break
			}
		}
	}
}
