package smbtest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"smbready/smbproto"
)

func TestDialErrors(t *testing.T) {
	t.Parallel()
	gone := netip.MustParseAddr("10.0.0.6")
	filtered := netip.MustParseAddr("10.0.0.7")
	n, err := NewNetwork(map[netip.Addr]*Device{testAddr: server2022(), gone: {Unreachable: true}, filtered: {Filtered: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	tests := []struct {
		name string
		to   netip.AddrPort
		want error
	}{
		{"closed port", netip.AddrPortFrom(testAddr, 80), syscall.ECONNREFUSED},
		{"no device", netip.MustParseAddrPort("10.0.0.9:445"), syscall.ECONNREFUSED},
		{"no route", netip.AddrPortFrom(gone, 445), syscall.EHOSTUNREACH},
		{"filtered", netip.AddrPortFrom(filtered, 445), context.DeadlineExceeded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			_, err := n.Dial(ctx, "tcp", tt.to)
			var op *net.OpError
			if !errors.Is(err, tt.want) || !errors.As(err, &op) || op.Timeout() != (tt.name == "filtered") {
				t.Errorf("got %v", err)
			}
			if s := n.Stats()[tt.to.Addr()]; s.Dials != 1 || s.Conns != 0 {
				t.Errorf("got %+v", s)
			}
		})
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	n := network(t, server2022())
	for range 3 { // one after the other
		c := connect(t, n, 445)
		c.negotiate2(offer2(smbproto.Dialects...))
		if got := c.conn.RemoteAddr().String(); got != "10.0.0.5:445" {
			t.Errorf("RemoteAddr %s", got)
		}
		c.conn.Close()
		c.conn.Close()
	}
	if s := n.Stats()[testAddr]; s.Conns != 3 || s.MaxConns != 1 {
		t.Errorf("got %+v", s)
	}
	first, second := connect(t, n, 445), connect(t, n, 139)
	first.negotiate2(offer2(smbproto.Dialects...))
	first.ask(setup2(wrapped(ntlmNegotiate)))
	second.send(smbproto.FrameRequest, smbproto.SessionRequest{Called: smbproto.AnyServer})
	second.next()
	n.Close()
	s := n.Stats()[testAddr]
	want := []Kind{KindSMB2Negotiate, KindSMB2Negotiate, KindSMB2Negotiate, KindSMB2Negotiate, KindSMB2SessionSetup, KindSessionRequest}
	if s.Conns != 5 || s.MaxConns != 2 || !slices.Equal(s.Kinds(), want) {
		t.Errorf("got %+v %v", s, s.Kinds())
	}
	last := s.Requests[len(s.Requests)-1]
	if _, err := smbproto.ParseSessionRequest(last.Message); err != nil || last.Port != 139 || last.Conn != 5 {
		t.Errorf("got %+v, %v", last, err)
	}
	if len(n.Stats()) != 1 {
		t.Errorf("more addresses than one: %v", n.Stats())
	}
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, f := range []Fault{FaultNone, FaultSilent, FaultLate, FaultBanner, FaultEndlessGarbage, FaultEndlessKeepalives, FaultDrip} {
		d := server2022()
		d.Fault = f // with its own, long delay
		n, err := NewNetwork(map[netip.Addr]*Device{testAddr: d})
		if err != nil {
			t.Fatal(err)
		}
		c, err := n.Dial(t.Context(), "tcp", netip.AddrPortFrom(testAddr, 445))
		if err != nil {
			t.Fatal(err)
		}
		c.Write(smbproto.AppendFrame(nil, smbproto.FrameMessage, offer2(smbproto.Dialects...)))
		start := time.Now()
		if err := n.Close(); err != nil || time.Since(start) > time.Second {
			t.Errorf("%v: Close took %v, %v", f, time.Since(start), err)
		}
		c.Close()
	}
	deadline := time.Now().Add(time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

// A printer that wakes up after four seconds, a connect that times out and a
// silent server: no time passes in a bubble.
func TestPipeNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := server2022()
		late.Fault = FaultLate
		filtered, silent := netip.MustParseAddr("10.0.0.6"), netip.MustParseAddr("10.0.0.7")
		n := NewPipeNetwork(map[netip.Addr]*Device{testAddr: late, filtered: {Filtered: true}, silent: {Fault: FaultSilent}})
		defer n.Close()

		c := connect(t, n, 445)
		c.conn.SetDeadline(time.Now().Add(5 * time.Second))
		if m := c.negotiate2(offer2(smbproto.Dialects...)); m.Dialect != smbproto.Dialect311 {
			t.Errorf("got %v", m.Dialect)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if _, err := n.Dial(ctx, "tcp", netip.AddrPortFrom(filtered, 445)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("filtered: %v", err)
		}
		s, err := n.Dial(t.Context(), "tcp", netip.AddrPortFrom(silent, 445))
		if err != nil {
			t.Fatal(err)
		}
		quiet := newClient(t, s)
		quiet.send(0, offer2(smbproto.Dialects...))
		s.SetReadDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.ReadAll(s); err == nil {
			t.Error("a silent device spoke")
		}
		u, err := n.Dial(t.Context(), "udp", netip.AddrPortFrom(testAddr, 137))
		if err != nil {
			t.Fatal(err)
		}
		u.Write(smbproto.NodeStatusRequest{Name: smbproto.NetBIOSName{Name: "*"}}.Append(nil))
		buf := make([]byte, 1024)
		k, err := u.Read(buf)
		if _, parseErr := smbproto.ParseNodeStatusResponse(buf[:k]); err != nil || parseErr != nil {
			t.Errorf("node status: %v, %v", err, parseErr)
		}
	})
}

func TestListenAt(t *testing.T) {
	t.Parallel()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := probe.Addr().(*net.TCPAddr).AddrPort()
	probe.Close()
	l, err := ListenAt(at, server2022())
	if err != nil {
		t.Skip(err) // somebody else took the port
	}
	defer l.Close()
	c, err := net.Dial("tcp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// The first port of the device is 139.
	newClient(t, c).send(smbproto.FrameRequest, smbproto.SessionRequest{Called: smbproto.AnyServer})
	if f, err := smbproto.NewFrameReader(c, nil).Next(); err != nil || f.Type != smbproto.FramePositive {
		t.Errorf("got %+v, %v", f, err)
	}
	for _, bad := range []string{"192.0.2.1:445", "127.0.0.1:0"} {
		if l, err := ListenAt(netip.MustParseAddrPort(bad), server2022()); err == nil {
			l.Close()
			t.Errorf("%s is listened at", bad)
		}
	}
	if l, err := ListenAt(at, firewalledPC()); err == nil {
		l.Close()
		t.Error("a filtered device listens")
	}
}
