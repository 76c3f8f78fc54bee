package scanner

import (
	"net"
	"net/netip"
	"sync"
)

// datagrams lends UDP sockets. Making one for each host would cost a fifth of a
// scan's work.
type datagrams struct {
	mu   sync.Mutex
	free []*net.UDPConn
}

// dial returns a socket that looks as if it were connected to addr.
func (d *datagrams) dial(addr netip.AddrPort) (net.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.free); n > 0 {
		c := d.free[n-1]
		d.free = d.free[:n-1]
		return &datagramConn{UDPConn: c, to: addr, from: d}, nil
	}
	c, err := net.ListenUDP("udp4", nil)
	if err != nil {
		return nil, err
	}
	return &datagramConn{UDPConn: c, to: addr, from: d}, nil
}

// close closes all sockets that are not lent out.
func (d *datagrams) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.free {
		c.Close()
	}
	d.free = nil
}

// datagramConn is a lent socket. It reads nothing but what its peer sends: a
// late answer of an earlier one is passed over.
type datagramConn struct {
	*net.UDPConn
	to   netip.AddrPort
	from *datagrams
}

func (c *datagramConn) Write(b []byte) (int, error) { return c.WriteToUDPAddrPort(b, c.to) }

func (c *datagramConn) Read(b []byte) (int, error) {
	for {
		n, from, err := c.ReadFromUDPAddrPort(b)
		if isReset(err) {
			continue // Windows tells of an unreachable port here, perhaps of an earlier peer's
		}
		if err != nil || netip.AddrPortFrom(from.Addr().Unmap(), from.Port()) == c.to {
			return n, err
		}
	}
}

// Close gives the socket back.
func (c *datagramConn) Close() error {
	c.from.mu.Lock()
	defer c.from.mu.Unlock()
	c.from.free = append(c.from.free, c.UDPConn)
	return nil
}
