package scanner

import (
	"iter"
	"math/bits"

	"smbready/inventory"
)

// Shuffled visits every target once, in an order that follows from the seed. It
// spreads the load: neighbours are far apart in time. A permutation of the
// positions needs no memory, however many there are.
func (t *Targets) Shuffled(seed int64) iter.Seq[inventory.Target] {
	return func(yield func(inventory.Target) bool) {
		order := newPermutation(t.total, seed)
		for i := range t.total {
			if !yield(t.At(order.at(i))) {
				return
			}
		}
	}
}

// permutation is a bijection on the numbers below size: a Feistel network on
// the next even number of bits, applied again while the result is not below
// size. It calculates with integers only. The permutation of masscan and zmap's
// kind that libraries offer rounds in floating point, and with some seeds
// visits an address twice and another never.
type permutation struct {
	size uint64
	half int // bits of a half
	keys [4]uint64
}

func newPermutation(size uint64, seed int64) permutation {
	const smallestHalf = 4 // fewer bits do not shuffle well
	p := permutation{size: size, half: max(smallestHalf, (bits.Len64(size-1)+1)/2)}
	for i := range p.keys {
		p.keys[i] = mix(uint64(seed) + uint64(i)*0x9e3779b97f4a7c15)
	}
	return p
}

// at returns the i-th number, for i below size. It takes four rounds on
// average, and more only for fewer than 256 numbers.
func (p *permutation) at(i uint64) uint64 {
	for {
		if i = p.encrypt(i); i < p.size {
			return i
		}
	}
}

func (p *permutation) encrypt(i uint64) uint64 {
	mask := uint64(1)<<p.half - 1
	left, right := i>>p.half, i&mask
	for _, key := range p.keys {
		left, right = right, left^mix(right^key)&mask
	}
	return left<<p.half | right
}

// mix spreads every bit of x over all bits: the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
