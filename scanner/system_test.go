package scanner

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
)

// TestSystemDial probes a device with the operating system's sockets.
func TestSystemDial(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().(*net.TCPAddr).AddrPort()
	free.Close()
	device, err := smbtest.ListenAt(at, dual(0))
	if err != nil {
		t.Skip(err) // somebody else took the port
	}
	defer device.Close()
	var host *inventory.Host
	s := New(Options{Port: at.Port(), NodeStatusPort: at.Port(), SessionPort: 1, HostDelay: -1})
	sum, err := s.Run(t.Context(), targetsOf(t, "127.0.0.1"), func(h *inventory.Host) error {
		host = h
		return nil
	})
	if err != nil || sum.SMB != 1 || sum.Connections != 2 || trail(host) != healthy || host.Names.MAC != "00:15:5d:0a:2c:ff" {
		t.Errorf("%+v, %v, %s", sum, err, trail(host))
	}
}

// TestSystemRefused asks ports on which nobody listens.
func TestSystemRefused(t *testing.T) {
	t.Parallel()
	s := New(Options{Port: 1, NodeStatusPort: 1, SessionPort: 1, HostDelay: -1})
	sum, err := s.Run(t.Context(), targetsOf(t, "127.0.0.1"), ignore)
	if err != nil || sum.Closed != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
}

// udp returns a socket on loopback and its address.
func udp(t *testing.T) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, c.LocalAddr().(*net.UDPAddr).AddrPort()
}

// TestLentSocket checks that a socket which goes from probe to probe reads
// nothing that was meant for an earlier one.
func TestLentSocket(t *testing.T) {
	t.Parallel()
	var d datagrams
	defer d.close()
	one, oneAddr := udp(t)
	two, twoAddr := udp(t)
	c, err := d.dial(oneAddr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("to one")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64)
	one.SetDeadline(time.Now().Add(5 * time.Second))
	_, from, err := one.ReadFromUDPAddrPort(buf)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	c, err = d.dial(twoAddr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	one.WriteToUDPAddrPort([]byte("late, from one"), from) // the same socket, which is lent again
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := c.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read %q, %v", buf[:n], err)
	}
	two.WriteToUDPAddrPort([]byte("from two"), from)
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if n, err := c.Read(buf); err != nil || string(buf[:n]) != "from two" {
		t.Errorf("read %q, %v", buf[:n], err)
	}
}
