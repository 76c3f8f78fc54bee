package smbtest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
)

// server owns sockets and the goroutines that serve them.
type server struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu   sync.Mutex
	open map[io.Closer]struct{}
}

func newServer() *server {
	ctx, cancel := context.WithCancel(context.Background())
	return &server{ctx: ctx, cancel: cancel, open: make(map[io.Closer]struct{})}
}

// serve runs f in a goroutine that ends when f does; Close closes c.
func (s *server) serve(c io.Closer, f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		c.Close()
		return
	}
	s.open[c] = struct{}{}
	s.wg.Go(func() {
		f()
		c.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, c)
	})
}

// Close closes all sockets and waits for the goroutines.
func (s *server) Close() error {
	s.mu.Lock()
	s.cancel()
	for c := range s.open {
		c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return nil
}

// listenTCP serves the connections to an address.
func (s *server) listenTCP(addr netip.AddrPort, serve func(net.Conn)) (netip.AddrPort, error) {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(addr))
	if err != nil {
		return netip.AddrPort{}, err
	}
	s.serve(l, func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.serve(c, func() { serve(c) })
		}
	})
	return l.Addr().(*net.TCPAddr).AddrPort(), nil
}

// listenUDP serves the datagrams to an address.
func (s *server) listenUDP(addr netip.AddrPort, serve func(net.PacketConn)) (netip.AddrPort, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return netip.AddrPort{}, err
	}
	s.serve(c, func() { serve(c) })
	return c.LocalAddr().(*net.UDPAddr).AddrPort(), nil
}

// ListenAt puts a device at a real loopback address, such as 127.0.1.5:4445,
// until it is closed. What listens there is the first of the device's ports,
// and with a NodeStatus UDP 137 at the same port number.
func ListenAt(addr netip.AddrPort, d *Device) (io.Closer, error) {
	if !addr.Addr().IsLoopback() || addr.Port() == 0 {
		return nil, errors.New("smbtest: " + addr.String() + " is not a loopback address and port")
	}
	if ports := d.ports(); len(ports) == 0 || !d.listens(ports[0]) {
		return nil, errors.New("smbtest: the device listens nowhere")
	}
	s := newServer()
	_, err := s.listenTCP(addr, func(c net.Conn) { d.serve(s.ctx, c, d.ports()[0], nil) })
	if err == nil && d.NodeStatus != nil {
		_, err = s.listenUDP(addr, func(c net.PacketConn) { d.serveUDP(c, func(Kind, []byte) {}) })
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}
