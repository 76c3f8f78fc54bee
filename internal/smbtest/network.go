package smbtest

import (
	"context"
	"io"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Network is a set of devices at made-up addresses. Its Dial reaches each over
// real loopback TCP and UDP on unprivileged ports, or over pipes.
type Network struct {
	server  *server
	devices map[netip.Addr]*Device
	pipes   bool
	sockets map[socket]netip.AddrPort // where they really are
	dark    netip.AddrPort            // takes datagrams that nobody answers

	mu    sync.Mutex
	stats map[netip.Addr]*traffic
}

// socket is a port of a device.
type socket struct {
	network string // "tcp" or "udp"
	addr    netip.AddrPort
}

// Stats is what reached one address.
type Stats struct {
	Dials     int // TCP connects tried, refused and filtered ones too
	Conns     int // TCP connections
	MaxConns  int // most of them at once
	Datagrams int
	Requests  []Request // as they were read by the device
}

// traffic counts the Stats of an address.
type traffic struct {
	Stats
	open, accepted int
}

// NewNetwork puts devices at addresses. Its sockets are closed by Close.
func NewNetwork(devices map[netip.Addr]*Device) (*Network, error) {
	n := NewPipeNetwork(devices)
	n.pipes = false
	n.sockets = make(map[socket]netip.AddrPort)
	err := n.listen()
	if err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

// NewPipeNetwork is NewNetwork with net.Pipe for every connection, so that it
// works in a synctest bubble. A pipe has no buffer: whoever writes waits for
// the other side to read.
func NewPipeNetwork(devices map[netip.Addr]*Device) *Network {
	return &Network{server: newServer(), devices: maps.Clone(devices), pipes: true, stats: make(map[netip.Addr]*traffic)}
}

// loopback is the address of all listeners; the system chooses the port.
var loopback = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)

func (n *Network) listen() (err error) {
	n.dark, err = n.server.listenUDP(loopback, func(net.PacketConn) { <-n.server.ctx.Done() })
	if err != nil {
		return err
	}
	for addr, d := range n.devices {
		for _, port := range d.ports() {
			if !d.listens(port) {
				continue
			}
			at := netip.AddrPortFrom(addr, port)
			n.sockets[socket{"tcp", at}], err = n.server.listenTCP(loopback, func(c net.Conn) {
				n.serveConn(d, c, at)
			})
			if err != nil {
				return err
			}
		}
		if d.NodeStatus == nil || d.Filtered || d.Unreachable {
			continue
		}
		at := netip.AddrPortFrom(addr, portNBNS)
		n.sockets[socket{"udp", at}], err = n.server.listenUDP(loopback, func(c net.PacketConn) {
			d.serveUDP(c, n.recorder(at, 0))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Dial connects to a port of a device: network is "tcp" or "udp". A port that
// nobody listens on refuses, and so does an address without a device. A
// filtered one takes until ctx is done. Datagrams that nobody answers vanish.
func (n *Network) Dial(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	if strings.HasPrefix(network, "udp") {
		return n.dialUDP(ctx, addr)
	}
	n.count(addr, func(t *traffic) { t.Dials++ })
	d := n.devices[addr.Addr()]
	switch {
	case d == nil:
		return nil, dialError(network, addr, refused)
	case d.Unreachable:
		return nil, dialError(network, addr, os.NewSyscallError("connect", syscall.EHOSTUNREACH))
	case d.Filtered:
		return nil, dialError(network, addr, n.wait(ctx))
	case !d.listens(addr.Port()):
		return nil, dialError(network, addr, refused)
	}
	c, err := n.connect(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	n.count(addr, func(t *traffic) {
		t.Conns++
		t.open++
		t.MaxConns = max(t.MaxConns, t.open)
	})
	closed := sync.OnceFunc(func() { n.count(addr, func(t *traffic) { t.open-- }) })
	return &conn{Conn: c, remote: net.TCPAddrFromAddrPort(addr), onWrite: func() {}, onClose: closed}, nil
}

// refused is made, not met: on Windows a real one takes two seconds, and has
// another number.
var refused = os.NewSyscallError("connect", syscall.ECONNREFUSED)

func dialError(network string, addr netip.AddrPort, err error) error {
	return &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(addr), Err: err}
}

// wait waits for the end of ctx or of the network, and returns why.
func (n *Network) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-n.server.ctx.Done():
		return net.ErrClosed
	}
}

func (n *Network) dialUDP(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	c, err := n.connect(ctx, "udp", addr)
	if err != nil {
		return nil, err
	}
	sent := func() { n.count(addr, func(t *traffic) { t.Datagrams++ }) }
	return &conn{Conn: c, remote: net.UDPAddrFromAddrPort(addr), onWrite: sent, onClose: func() {}}, nil
}

// connect connects to the socket that stands for addr.
func (n *Network) connect(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, dialError(network, addr, err)
	}
	if n.pipes {
		return n.connectPipe(network, addr), nil
	}
	to, ok := n.sockets[socket{network, addr}]
	if !ok {
		to = n.dark
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, network, to.String())
	if op, ok := err.(*net.OpError); ok {
		return nil, dialError(network, addr, op.Err) // with the made-up address
	}
	return c, err
}

func (n *Network) connectPipe(network string, addr netip.AddrPort) net.Conn {
	client, server := net.Pipe()
	d := n.devices[addr.Addr()]
	n.server.serve(server, func() {
		switch {
		case network == "tcp":
			n.serveConn(d, server, addr)
		case addr.Port() == portNBNS && d != nil && !d.Filtered && !d.Unreachable:
			d.serve(n.server.ctx, server, portNBNS, n.recorder(addr, 0))
		default: // nobody is there
			io.Copy(io.Discard, server)
		}
	})
	return client
}

// serveConn plays a connection to a device and records its requests.
func (n *Network) serveConn(d *Device, c net.Conn, addr netip.AddrPort) {
	var number int
	n.count(addr, func(t *traffic) {
		t.accepted++
		number = t.accepted
	})
	d.serve(n.server.ctx, c, addr.Port(), n.recorder(addr, number))
}

// recorder returns a function that records requests.
func (n *Network) recorder(addr netip.AddrPort, number int) func(Kind, []byte) {
	return func(k Kind, m []byte) {
		n.count(addr, func(t *traffic) {
			t.Requests = append(t.Requests, Request{Port: addr.Port(), Conn: number, Kind: k, Message: m})
		})
	}
}

// count changes the counters of an address.
func (n *Network) count(addr netip.AddrPort, f func(*traffic)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.stats[addr.Addr()]
	if t == nil {
		t = &traffic{}
		n.stats[addr.Addr()] = t
	}
	f(t)
}

// Stats returns what reached each address so far. Addresses that nothing was
// sent to are absent, so that a test can show that one was left alone.
func (n *Network) Stats() map[netip.Addr]Stats {
	n.mu.Lock()
	defer n.mu.Unlock()
	stats := make(map[netip.Addr]Stats, len(n.stats))
	for addr, t := range n.stats {
		s := t.Stats
		s.Requests = slices.Clone(s.Requests)
		stats[addr] = s
	}
	return stats
}

// Kinds returns the kinds of the requests, in their order.
func (s Stats) Kinds() []Kind {
	var kinds []Kind
	for _, r := range s.Requests {
		kinds = append(kinds, r.Kind)
	}
	return kinds
}

// Close closes all sockets and connections and waits for the devices to end.
func (n *Network) Close() error { return n.server.Close() }

// conn is a client's connection that bears the made-up address.
type conn struct {
	net.Conn
	remote           net.Addr
	onWrite, onClose func()
}

func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) Write(b []byte) (int, error) {
	c.onWrite()
	return c.Conn.Write(b)
}

func (c *conn) Close() error {
	c.onClose()
	return c.Conn.Close()
}
