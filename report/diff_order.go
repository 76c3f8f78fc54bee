package report

import (
	"runtime"
	"sync"

	delta "smbready/assess/diff"
)

// diffBatch is a piece of the pairs and what was made of it.
type diffBatch[T any] struct {
	pairs []delta.Pair
	items []T
	err   error         // what ended the batch after items
	done  chan struct{} // closed when items and err are final
}

// devicesInOrder compares the hosts of every pair that wanted asks for, makes an
// item of each device on any processor, and hands the items to use in order, on the
// caller's goroutine. What is read ahead is bounded. It returns the first error,
// once all goroutines have ended.
func devicesInOrder[T any](d *Diff, wanted func(*delta.Pair) bool, item func(*delta.Device) T, use func(T) error) error {
	workers := runtime.GOMAXPROCS(0)
	todo := make(chan *diffBatch[T], 2*workers)
	order := make(chan *diffBatch[T], 2*workers)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	wg.Go(func() { feedPairs(d.pairs, wanted, todo, order, stop) })
	for range workers {
		wg.Go(func() {
			var buf []byte
			for b := range todo {
				buf = b.fill(d, item, buf)
			}
		})
	}
	for b := range order {
		<-b.done
		for _, it := range b.items {
			if err := use(it); err != nil {
				return err
			}
		}
		if b.err != nil {
			return b.err
		}
	}
	return nil
}

// feedPairs cuts the wanted pairs into batches. The order channel is what bounds it.
func feedPairs[T any](pairs []delta.Pair, wanted func(*delta.Pair) bool, todo, order chan<- *diffBatch[T], stop <-chan struct{}) {
	defer close(todo)
	defer close(order)
	send := func(b *diffBatch[T]) bool {
		for _, to := range []chan<- *diffBatch[T]{todo, order} {
			select {
			case to <- b:
			case <-stop:
				return false
			}
		}
		return true
	}
	b := &diffBatch[T]{done: make(chan struct{})}
	for i := range pairs {
		if !wanted(&pairs[i]) {
			continue
		}
		if b.pairs = append(b.pairs, pairs[i]); len(b.pairs) < batchSize {
			continue
		}
		if !send(b) {
			return
		}
		b = &diffBatch[T]{done: make(chan struct{})}
	}
	if len(b.pairs) > 0 {
		send(b)
	}
}

// fill makes the items. It reads into buf, and returns it grown to what the batch
// took.
func (b *diffBatch[T]) fill(d *Diff, item func(*delta.Device) T, buf []byte) []byte {
	defer close(b.done)
	b.items = make([]T, 0, len(b.pairs))
	for _, p := range b.pairs {
		var c *delta.Device
		if c, buf, b.err = d.device(p, buf); b.err != nil {
			return buf
		}
		b.items = append(b.items, item(c))
	}
	return buf
}
