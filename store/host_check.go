package store

import (
	"bytes"
	"errors"
	"runtime"
	"sync"
)

// hostCheck reads the lines of hosts, and holds each against the key that it has: one
// that says nothing, or something of another host, would leave out one that breaks. It
// does so beside whoever adds them, on all processors.
type hostCheck struct {
	part    []keptHost
	bytes   int
	checked int64 // hosts that were handed over
	free    chan struct{}
	wg      sync.WaitGroup

	mu    sync.Mutex // guards the rest
	wrong int64      // the first host that is, counted from 1; 0 for none
	why   error
}

// keptHost is a row of the table.
type keptHost struct{ address, identity, line []byte }

const checkedTogether = 256 << 10 // bytes of lines

func newHostCheck() *hostCheck {
	return &hostCheck{free: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// add takes a copy of a row.
func (c *hostCheck) add(address, identity, line []byte) {
	c.part = append(c.part, keptHost{bytes.Clone(address), bytes.Clone(identity), bytes.Clone(line)})
	if c.bytes += len(line); c.bytes >= checkedTogether {
		c.hand()
	}
}

// hand has the rows that were added checked. It waits while all processors are busy.
func (c *hostCheck) hand() {
	part, before := c.part, c.checked
	c.part, c.bytes, c.checked = nil, 0, before+int64(len(part))
	c.free <- struct{}{}
	c.wg.Go(func() {
		defer func() { <-c.free }()
		for i, h := range part {
			if err := h.check(); err != nil {
				c.note(before+int64(i)+1, err)
				return
			}
		}
	})
}

func (c *hostCheck) note(host int64, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wrong == 0 || host < c.wrong {
		c.wrong, c.why = host, why
	}
}

// wait returns which host is the first that is wrong, and why; nil if none is.
func (c *hostCheck) wait() (host int64, why error) {
	c.hand()
	c.wg.Wait()
	return c.wrong, c.why
}

// check reads the line of a host.
func (h *keptHost) check() error {
	l := textLine{text: h.line}
	if err := l.parseHost(); err != nil {
		return err
	}
	if !bytes.Equal(appendAddress(nil, l.host.Address), h.address) || !bytes.Equal(appendText(nil, l.host.Identity), h.identity) {
		return errors.New("it is of another address")
	}
	return nil
}
