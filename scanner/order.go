package scanner

import (
	"iter"

	"github.com/projectdiscovery/blackrock"

	"smbready/inventory"
)

// Shuffled visits every target once, in an order that follows from the seed. It
// spreads the load: neighbours are far apart in time. A permutation of the
// positions needs no memory, however many there are.
func (t *Targets) Shuffled(seed int64) iter.Seq[inventory.Target] {
	return func(yield func(inventory.Target) bool) {
		order := blackrock.New(int64(t.total), seed)
		for i := range t.total {
			if !yield(t.At(uint64(order.Shuffle(int64(i))))) {
				return
			}
		}
	}
}
