package canary

import (
	"context"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smbready/inventory"
)

// The account and the share of the tests.
const (
	testUser     = "smbready-test"
	testPassword = "k3ypad-safe"
	testShare    = "scans"
)

// bench is a listener of a test, and what it recorded.
type bench struct {
	t    testing.TB
	addr netip.AddrPort
	stop func() Totals

	mu    sync.Mutex
	hosts map[netip.Addr]*inventory.Host
	seen  []inventory.Contact
}

// listen starts a listener. It ends with the test, which then has no goroutine
// more than before.
func listen(t testing.TB, change func(*Options), netBIOS ...bool) *bench {
	t.Helper()
	before := runtime.NumGoroutine()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, addr: l.Addr().(*net.TCPAddr).AddrPort(), hosts: map[netip.Addr]*inventory.Host{}}
	o := Options{Account: NewAccount(testUser, testPassword), Share: testShare, Record: b.record, Seen: b.see}
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan Totals, 1)
	go func() {
		totals, err := Serve(ctx, o, Listener{Listener: l, NetBIOS: slices.Contains(netBIOS, true)})
		if err != nil {
			t.Error(err)
		}
		done <- totals
	}()
	b.stop = sync.OnceValue(func() Totals {
		cancel()
		totals := <-done
		noMoreGoroutines(t, before)
		if totals.Faults != 0 {
			t.Errorf("%d faults of the listener", totals.Faults)
		}
		return totals
	})
	t.Cleanup(func() { b.stop() })
	return b
}

func (b *bench) record(h *inventory.Host) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hosts[h.Address] = h
	return nil
}

func (b *bench) see(_ netip.Addr, c *inventory.Contact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = append(b.seen, *c)
}

// noMoreGoroutines waits until the goroutines of a test have ended.
func noMoreGoroutines(t testing.TB, before int) {
	t.Helper()
	for range 500 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
}

// contacts waits for n contacts that differ, ends the listener and returns what
// it recorded of the one client.
func (b *bench) contacts(n int) []inventory.Contact {
	b.t.Helper()
	for range 3000 {
		b.mu.Lock()
		seen := len(b.seen)
		b.mu.Unlock()
		if seen >= n {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.stop()
	h := b.hosts[b.addr.Addr()]
	if h == nil {
		b.t.Fatal("the client is not recorded")
	}
	return h.Client.Contacts
}

// contact is contacts for a client that has one.
func (b *bench) contact() inventory.Contact {
	b.t.Helper()
	list := b.contacts(1)
	if len(list) != 1 {
		b.t.Fatalf("%d contacts, want one: %+v", len(list), list)
	}
	return list[0]
}

// dial connects to the listener.
func (b *bench) dial() net.Conn {
	b.t.Helper()
	c, err := net.Dial("tcp", b.addr.String())
	if err != nil {
		b.t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(30 * time.Second))
	b.t.Cleanup(func() { c.Close() })
	return c
}

// TestPassword: a password can be typed at a copier, and is not the last one.
func TestPassword(t *testing.T) {
	a, b := NewPassword(), NewPassword()
	if a == b || len(a) != passwordLength || strings.Trim(a+b, keypad) != "" {
		t.Errorf("passwords %q and %q", a, b)
	}
}
