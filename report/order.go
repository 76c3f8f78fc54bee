package report

import (
	"runtime"
	"slices"
	"sync"

	"smbready/inventory"
)

// batchSize is the number of hosts that a goroutine reads at a time: enough to
// make the hand-over cheap, few enough to keep what is read ahead small.
const batchSize = 64

// batch is a piece of the index and what was made of it.
type batch[T any] struct {
	entries []entry
	items   []T
	err     error         // what ended the batch after items
	done    chan struct{} // closed when items and err are final
}

// inOrder reads every host, makes an item of it on any processor, and hands the
// items to use in address order, on the caller's goroutine. What is read ahead
// is bounded. It returns the first error, once all goroutines have ended.
func inOrder[T any](r *Run, item func(*inventory.Host) (T, error), use func(T) error) error {
	return linesInOrder(r, func(e entry, line []byte) (T, error) {
		h, err := decodeHost(e, line)
		if err != nil {
			var none T
			return none, err
		}
		return item(h)
	}, use)
}

// linesInOrder is inOrder for lines that are not decoded yet. They are valid only
// until item returns.
func linesInOrder[T any](r *Run, item func(entry, []byte) (T, error), use func(T) error) error {
	workers := runtime.GOMAXPROCS(0)
	todo := make(chan *batch[T], 2*workers)
	order := make(chan *batch[T], 2*workers)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	wg.Go(func() { feed(r.index, todo, order, stop) })
	for range workers {
		wg.Go(func() {
			var buf []byte
			for b := range todo {
				buf = b.fill(r, item, buf)
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

// feed cuts the index into batches. The order channel is what bounds it.
func feed[T any](index []entry, todo, order chan<- *batch[T], stop <-chan struct{}) {
	defer close(todo)
	defer close(order)
	for len(index) > 0 {
		n := min(batchSize, len(index))
		b := &batch[T]{entries: index[:n], done: make(chan struct{})}
		index = index[n:]
		select {
		case todo <- b:
		case <-stop:
			return
		}
		select {
		case order <- b:
		case <-stop:
			return
		}
	}
}

// fill makes the items. It reads into buf, and returns it grown to what the
// batch took.
func (b *batch[T]) fill(r *Run, item func(entry, []byte) (T, error), buf []byte) []byte {
	defer close(b.done)
	b.items = make([]T, 0, len(b.entries))
	for _, e := range b.entries {
		buf = slices.Grow(buf[:0], int(e.length))[:e.length]
		if b.err = r.line(e, buf); b.err != nil {
			return buf
		}
		it, err := item(e, buf)
		if err != nil {
			b.err = err
			return buf
		}
		b.items = append(b.items, it)
	}
	return buf
}
