package identify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"

	"smbready/inventory"
)

var device = netip.MustParseAddr("10.20.30.40")

// fakes are the services of one device; a port that is not there refuses.
type fakes struct {
	tcp, udp map[uint16]func(net.Conn)
	dark     map[uint16]bool // ports from which no answer comes
	mu       sync.Mutex      // guards dials
	dials    []string
}

func (f *fakes) dial(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	f.mu.Lock()
	f.dials = append(f.dials, fmt.Sprintf("%s %d", network, addr.Port()))
	f.mu.Unlock()
	if addr.Addr() != device {
		return nil, errors.New("another address")
	}
	if f.dark[addr.Port()] {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	serve := f.tcp[addr.Port()]
	if network == "udp" {
		serve = f.udp[addr.Port()]
	}
	if serve == nil {
		return nil, syscall.ECONNREFUSED
	}
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		serve(server)
	}()
	return client, nil
}

// options returns options that reach the fakes and nothing else.
func (f *fakes) options() Options {
	return Options{Dial: f.dial, Outcome: fakeOutcome, Resolver: names{err: &net.DNSError{IsNotFound: true}}}
}

func fakeOutcome(err error) inventory.Outcome {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return inventory.OutcomeRefused
	case errors.Is(err, syscall.ECONNRESET):
		return inventory.OutcomeResetOnConnect
	}
	return coarseOutcome(err)
}

// names is a resolver.
type names struct {
	list  []string
	err   error
	stuck bool // answers only when its time is over
}

func (n names) LookupAddr(ctx context.Context, _ string) ([]string, error) {
	if n.stuck {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return n.list, n.err
}

// says returns a service that reads once and answers with those pieces.
func says(pieces ...string) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := c.Read(make([]byte, 64<<10)); err != nil {
			return
		}
		for _, p := range pieces {
			if _, err := c.Write([]byte(p)); err != nil {
				return
			}
		}
	}
}

// silent reads and never answers.
func silent(c net.Conn) {
	b := make([]byte, 4096)
	for {
		if _, err := c.Read(b); err != nil {
			return
		}
	}
}

// trail puts observations into one line.
func trail(list []inventory.Observation) string {
	var b strings.Builder
	for i, o := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s@%d %s", o.Step, o.Port, o.Outcome)
		if o.Detail != "" {
			fmt.Fprintf(&b, " (%s)", o.Detail)
		}
	}
	return b.String()
}

// ask asks the fakes, and fails the test on an error.
func (f *fakes) ask(t *testing.T, set func(*Options)) (*inventory.Clues, string) {
	t.Helper()
	o := f.options()
	set(&o)
	clues, list, err := o.Ask(context.Background(), device)
	if err != nil {
		t.Fatal(err)
	}
	return clues, trail(list)
}
