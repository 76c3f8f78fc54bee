package main

import (
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// reading says now and then how far into a large file the import is.
type reading struct {
	done    chan struct{}
	stopped sync.WaitGroup
	at      atomic.Int64
}

// startReading begins to tell of a file of size bytes.
func (a *app) startReading(name string, size int64, quiet bool) *reading {
	p := &reading{done: make(chan struct{})}
	if quiet {
		return p
	}
	p.stopped.Go(func() {
		tick := time.NewTicker(lineEvery)
		defer tick.Stop()
		for {
			select {
			case <-p.done:
				return
			case <-tick.C:
				a.ui.say("reading %s: %d of %d MB", filepath.Base(name), p.at.Load()>>20, size>>20)
			}
		}
	})
	return p
}

func (p *reading) stop() {
	close(p.done)
	p.stopped.Wait()
}

// reader counts what is read of r.
func (p *reading) reader(r io.Reader) io.Reader { return &countingReader{r, &p.at} }

type countingReader struct {
	r io.Reader
	n *atomic.Int64
}

func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n.Add(int64(n))
	return n, err
}
