package identify

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smbready/inventory"
)

// meter is a listener that counts what it is sent and how it is left.
type meter struct {
	net.Listener
	web   bool // hangs up once it was asked something
	mu    sync.Mutex
	done  sync.WaitGroup
	conns int
	bytes int
	reset int // connections that did not end with a FIN
}

func newMeter(t *testing.T, web bool) *meter {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &meter{Listener: l, web: web}
	m.done.Add(1)
	go m.run()
	return m
}

func (m *meter) run() {
	defer m.done.Done()
	for {
		c, err := m.Accept()
		if err != nil {
			return
		}
		m.done.Add(1)
		go m.count(c)
	}
}

func (m *meter) count(c net.Conn) {
	defer m.done.Done()
	defer c.Close()
	var in io.Reader = c
	if m.web {
		in = io.LimitReader(c, 1)
	}
	n, err := io.Copy(io.Discard, in)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conns++
	m.bytes += int(n)
	if err != nil {
		m.reset++
	}
}

// TestNoByte asks everything of a device that listens on every port, and of one
// that only has no controller's, and checks that the ports that print or control
// are connected to once, left with a FIN, and not sent one byte. The first is
// asked nothing else as soon as it shows what it is.
func TestNoByte(t *testing.T) {
	t.Run("controller", func(t *testing.T) { testNoByte(t, connectPorts, connectPorts[:1], false) })
	t.Run("printer", func(t *testing.T) {
		testNoByte(t, []uint16{515, 631, 9100, 5000, 5001, 8080}, []uint16{515, 631, 9100, 5000, 5001, 8080}, true)
	})
}

func testNoByte(t *testing.T, listens, reached []uint16, more bool) {
	web := []uint16{80, 443, 8080, 5000, 5001}
	meters := map[uint16]*meter{}
	for _, port := range append([]uint16{80, 443}, listens...) {
		meters[port] = newMeter(t, slices.Contains(web, port))
	}
	var open net.Dialer
	o := &Options{ReverseDNS: true, Ports: true, HTTP: true, MDNS: true, SNMP: &SNMPOptions{Community: "public"},
		Timeout: time.Minute, Resolver: names{list: []string{"a."}}, Outcome: fakeOutcome,
		Dial: func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
			if m := meters[addr.Port()]; network == "tcp" && m != nil {
				return open.DialContext(ctx, "tcp", m.Addr().String())
			}
			return nil, errors.New("not a port of this device")
		}}
	clues, list, err := o.Ask(context.Background(), device)
	if err != nil || clues == nil || !slices.Equal(clues.Open, reached) {
		t.Fatalf("%+v, %s, %v", clues, trail(list), err)
	}
	for port, m := range meters {
		m.Close()
		m.done.Wait()
		asked := more && slices.Contains(web, port)
		wanted := 0
		if slices.Contains(reached, port) {
			wanted++
		}
		if asked {
			wanted++
		}
		if m.conns != wanted || (m.bytes > 0) != asked || !asked && m.reset > 0 {
			t.Errorf("port %d: %d connections, %d bytes, %d ended without a FIN", port, m.conns, m.bytes, m.reset)
		}
	}
	for _, port := range []uint16{515, 631, 9100, 102, 502, 44818, 104, 11112} {
		if m := meters[port]; m != nil && m.bytes != 0 {
			t.Errorf("port %d was sent something", port)
		}
	}
	if asked := strings.Contains(trail(list), "mdns") || strings.Contains(trail(list), "snmp"); asked != more {
		t.Errorf("asked %s", trail(list))
	}
}

// TestRefusedPorts checks that every way not to connect has its name.
func TestRefusedPorts(t *testing.T) {
	f := &fakes{tcp: map[uint16]func(net.Conn){631: silent}, dark: map[uint16]bool{515: true}}
	clues, got := f.ask(t, func(o *Options) { o.Ports, o.Timeout = true, time.Millisecond })
	want := "tcp-connect@102 refused, tcp-connect@502 refused, tcp-connect@44818 refused, tcp-connect@104 refused, " +
		"tcp-connect@11112 refused, tcp-connect@515 filtered, tcp-connect@631 answered, tcp-connect@9100 refused, " +
		"tcp-connect@5000 refused, tcp-connect@5001 refused, tcp-connect@8080 refused"
	if got != want || !slices.Equal(clues.Open, []uint16{631}) {
		t.Errorf("got %+v, %s", clues, got)
	}
	if inventory.StepTCPConnect != "tcp-connect" {
		t.Error("the step has another name")
	}
}
