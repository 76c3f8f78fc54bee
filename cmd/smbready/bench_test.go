package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"smbready/internal/smbtest"
	"smbready/schedule/notify"
	"smbready/smbproto"
)

// bench is what one script has set up: fake devices on real loopback
// addresses, traps, and programs in the background.
type bench struct {
	closers []io.Closer
	started map[string]*exec.Cmd
	port    uint16
	touches atomic.Int64
}

type benchKey struct{}

func benchOf(ts *testscript.TestScript) *bench { return ts.Value(benchKey{}).(*bench) }

func (b *bench) close() {
	for _, c := range b.started {
		if c.ProcessState == nil {
			c.Process.Kill()
			c.Wait()
		}
	}
	for _, c := range b.closers {
		c.Close()
	}
}

// choosePort finds a port for all devices of a script, once, and sets $PORT.
func (b *bench) choosePort(ts *testscript.TestScript) {
	if b.port != 0 {
		return
	}
	port, err := smbtest.FreePort()
	ts.Check(err)
	b.port = port
	ts.Setenv("PORT", strconv.Itoa(int(b.port)))
}

// add puts a device at an address. Its SMB is asked on $PORT, so that nothing
// is left of its port 139.
func (b *bench) add(addr netip.Addr, d *smbtest.Device) error {
	only := *d
	only.Ports = []uint16{445}
	c, err := smbtest.ListenAt(netip.AddrPortFrom(addr, b.port), &only)
	if err != nil {
		return err
	}
	b.closers = append(b.closers, c)
	return nil
}

// cmdSite starts the demo site. Devices that do not listen on 445, or are
// filtered, are left out: their addresses refuse.
func cmdSite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: site")
	}
	b := benchOf(ts)
	b.choosePort(ts)
	for at, d := range smbtest.Site() {
		if d.Filtered || d.Ports != nil && !slices.Contains(d.Ports, 445) {
			continue
		}
		ts.Check(b.add(netip.AddrFrom4([4]byte{127, 0, 1, at.As4()[3]}), d))
	}
}

func cmdFake(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "fake ADDRESS FAULT")
	b := benchOf(ts)
	b.choosePort(ts)
	addr, err := netip.ParseAddr(args[0])
	ts.Check(err)
	fault, err := smbtest.ParseFault(args[1])
	ts.Check(err)
	d := &smbtest.Device{Name: "FAKE", Workgroup: "WORKGROUP", NTLM: &smbtest.NTLM{}, Fault: fault,
		SMB1: &smbtest.SMB1{SecurityMode: smbproto.SMB1UserSecurity, NativeOS: "Fake", NativeLANManager: "Fake"},
		SMB2: &smbtest.SMB2{SecurityMode: smbproto.SMB2SigningEnabled}}
	ts.Check(b.add(addr, d))
}

func cmdShare(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 1, "share ADDRESS")
	b := benchOf(ts)
	b.choosePort(ts)
	addr, err := netip.ParseAddr(args[0])
	ts.Check(err)
	ts.Check(b.add(addr, &smbtest.Device{Name: "OLDSHARE", Workgroup: "WORKGROUP", SMB1: &smbtest.SMB1{NativeOS: "Fake", NativeLANManager: "Fake"}}))
}

func cmdHook(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "hook NAME CODE")
	name := ts.MkAbs(args[0])
	code, err := strconv.Atoi(args[1])
	ts.Check(err)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = errors.Join(os.WriteFile(name+".sig", []byte(r.Header.Get(notify.SignatureHeader)), 0o600), os.WriteFile(name, body, 0o600))
		}
		if err != nil {
			code = http.StatusInternalServerError
		}
		w.WriteHeader(code)
	}))
	b := benchOf(ts)
	b.closers = append(b.closers, s.Listener)
	ts.Setenv("HOOK", s.URL)
}

// cmdTrap listens at addresses on $PORT, and where it may on UDP 137 as well.
func cmdTrap(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 1, "trap ADDRESS...")
	b := benchOf(ts)
	b.choosePort(ts)
	for _, a := range args {
		l, err := net.Listen("tcp", net.JoinHostPort(a, strconv.Itoa(int(b.port))))
		ts.Check(err)
		b.closers = append(b.closers, l)
		go b.countConns(l)
		if u, err := net.ListenPacket("udp", net.JoinHostPort(a, "137")); err == nil { // as root only
			b.closers = append(b.closers, u)
			go b.countDatagrams(u)
		}
	}
}

func (b *bench) countConns(l net.Listener) {
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		b.touches.Add(1)
		if err == nil {
			c.Close()
		}
	}
}

func (b *bench) countDatagrams(u net.PacketConn) {
	for {
		_, _, err := u.ReadFrom(make([]byte, 1))
		if errors.Is(err, net.ErrClosed) {
			return
		}
		b.touches.Add(1)
	}
}

// cmdUntouched gives what was sent a moment to be counted: on loopback it has
// arrived when the sender ends.
func cmdUntouched(ts *testscript.TestScript, neg bool, args []string) {
	time.Sleep(200 * time.Millisecond)
	if n := benchOf(ts).touches.Load(); n != 0 {
		ts.Fatalf("the traps were touched %d times", n)
	}
}

// cmdTouched shows that the traps work at all.
func cmdTouched(ts *testscript.TestScript, neg bool, args []string) {
	b := benchOf(ts)
	for end := time.Now().Add(patience); b.touches.Load() == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			ts.Fatalf("nothing touched the traps")
		}
	}
	time.Sleep(200 * time.Millisecond) // all has arrived, and is counted now
	b.touches.Store(0)
}
