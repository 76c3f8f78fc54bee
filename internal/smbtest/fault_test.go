package smbtest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"smbready/smbproto"
)

// faulty returns a healthy server with a fault, whose pauses are short.
func faulty(f Fault) *Device {
	d := server2022()
	d.SMB1 = machineController().SMB1
	d.Fault, d.Delay, d.Lifetime = f, time.Millisecond, 2*time.Second
	return d
}

var (
	ask2 = offer2(smbproto.Dialects...)
	ask1 = offer1(allFlags2, smbproto.DialectNTLM012)
)

// checks hold for each fault what a client sees on a fresh connection.
var checks = map[Fault]func(*client){
	FaultSilent:         func(c *client) { c.send(0, ask2); c.wantSilence() },
	FaultResetOnConnect: func(c *client) { c.wantEnd() },
	FaultCloseOnConnect: func(c *client) { c.wantEnd() },
	FaultResetOnData:    func(c *client) { c.send(0, ask2); c.wantEnd() },
	FaultCloseOnData:    func(c *client) { c.send(0, ask2); c.wantEnd() },
	FaultHTTP:           func(c *client) { c.send(0, ask2); c.wantNotNBSS("HTTP/1.1 400") },
	FaultBanner:         func(c *client) { c.wantNotNBSS("SSH-2.0-") },
	FaultTLSAlert:       func(c *client) { c.send(0, ask2); c.wantNotNBSS("\x15\x03\x01") },
	FaultEndlessGarbage: func(c *client) { c.wantFlood("\xd5\x0fGARBAGE\xd5\x0fG", 1<<20) },
	FaultEndlessSMB2:    func(c *client) { c.send(0, ask2); c.wantFlood("\x00\xff\xff\xff\xfeSMB", 17<<20) },
	FaultHugeLength: func(c *client) {
		c.send(0, ask2)
		if _, err := c.in.Next(); err != smbproto.ErrFrameTooLong {
			c.t.Errorf("got %v", err)
		}
		c.wantStillThere()
	},
	FaultDrip:      func(c *client) { c.wantAnswers() },
	FaultLate:      func(c *client) { c.wantAnswers() },
	FaultSplit:     func(c *client) { c.wantAnswers() },
	FaultTruncated: func(c *client) { c.send(0, ask2); c.wantEnd() },
	FaultEcho: func(c *client) {
		if got := c.ask(ask2); !bytes.Equal(got, ask2.Append(nil)) {
			c.t.Errorf("got %x", got)
		}
	},
	FaultNegativeSession: func(c *client) {
		c.send(0, ask2)
		if f, err := c.in.Next(); err != nil || f.Type != smbproto.FrameNegative || f.Payload[0] != smbproto.RefusedNotPresent {
			c.t.Errorf("got %+v, %v", f, err)
		}
		c.wantEnd()
	},
	FaultBadSecurityBuffer: func(c *client) { c.wantParseError("SecurityBuffer") },
	FaultBadContextOffset:  func(c *client) { c.wantParseError("NegotiateContext") },
	FaultBadNextCommand:    func(c *client) { c.wantParseError("NextCommand") },
	FaultZeroFrame:         func(c *client) { c.wantParseError("header") },
	FaultShortHeader:       func(c *client) { c.wantParseError("header") },
	FaultWrongCommand:      func(c *client) { c.wantParseError("Command") },
	FaultKeepalives: func(c *client) {
		c.send(0, ask2)
		for range 2 {
			if f, err := c.in.Next(); err != nil || f.Type != smbproto.FrameKeepalive {
				c.t.Errorf("got %+v, %v", f, err)
			}
		}
		c.wantDialect(c.next(), smbproto.Dialect311)
	},
	FaultEndlessKeepalives: func(c *client) {
		c.send(0, ask2)
		for range 20 {
			if f, err := c.in.Next(); err != nil || f.Type != smbproto.FrameKeepalive {
				c.t.Fatalf("got %+v, %v", f, err)
			}
		}
	},
	FaultNotSupported: func(c *client) { c.wantStatus(smbproto.StatusNotSupported) },
	FaultErrorStatus:  func(c *client) { c.wantStatus(smbproto.StatusAccessDenied) },
	FaultTwoInOne: func(c *client) {
		c.wantDialect(c.ask(ask2), smbproto.Dialect311)
		c.wantDialect(c.next(), smbproto.Dialect311)
	},
	FaultWrongMessageID: func(c *client) {
		if m := c.negotiate2(ask2); m.Header.MessageID != ask2.Header.MessageID+7 {
			c.t.Errorf("got %d", m.Header.MessageID)
		}
	},
	FaultAsyncPending: func(c *client) {
		h, err := smbproto.ParseSMB2Header(c.ask(ask2))
		if err != nil || h.Status != smbproto.StatusPending || h.Flags&smbproto.SMB2FlagAsync == 0 {
			c.t.Errorf("got %+v, %v", h, err)
		}
		c.wantDialect(c.next(), smbproto.Dialect311)
	},
	FaultOtherProtocol: func(c *client) {
		if m, err := smbproto.ParseSMB1NegotiateResponse(c.ask(ask2)); err != nil || m.DialectIndex != smbproto.NoDialect {
			c.t.Errorf("got %+v, %v", m, err)
		}
		c.wantDialect(c.ask(ask1), smbproto.DialectWildcard)
	},
	FaultHostileNames: func(c *client) {
		if got := c.names(); got.DNSComputerName != hostileNames.dns || got.NbComputerName != hostileNames.netBIOS {
			c.t.Errorf("got %+v", got)
		}
	},
	FaultLongNames: func(c *client) {
		c.ask(ask2)
		if n := len(c.ask(setup2(wrapped(ntlmNegotiate)))); n < 50<<10 || n > smbproto.MaxFrame {
			c.t.Errorf("got %d bytes", n)
		}
	},
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range Faults() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			if back, err := ParseFault(f.String()); err != nil || back != f {
				t.Errorf("ParseFault: %v, %v", back, err)
			}
			check := checks[f]
			if check == nil {
				t.Fatal("no check")
			}
			check(dial(t, faulty(f), 445))
		})
	}
	if _, err := ParseFault("gremlins"); err == nil {
		t.Error("an unknown name parses")
	}
}

// scripted is a connection of a client that sends all it has and never reads.
type scripted struct {
	net.Conn // nil: nothing else is needed
	io.Reader
	deadline time.Time
}

func (s *scripted) Read(b []byte) (int, error)    { return s.Reader.Read(b) }
func (s *scripted) SetDeadline(t time.Time) error { s.deadline = t; return nil }
func (s *scripted) Close() error                  { return nil }
func (s *scripted) Write(b []byte) (int, error) {
	if time.Now().After(s.deadline) {
		return 0, os.ErrDeadlineExceeded
	}
	return len(b), nil
}

// Every fault, on every kind of request, must leave the device well: no panic,
// and an end when the client is gone.
func TestFaultsOnEveryRequest(t *testing.T) {
	t.Parallel()
	setup1 := smbproto.SMB1SessionSetupRequest{Header: ask1.Header, SecurityBlob: ntlmNegotiate}
	end := smbproto.AppendFrame(nil, smbproto.FrameKeepalive, nil)
	end = smbproto.AppendFrame(end, smbproto.FrameMessage, smbproto.Bytes("junk"))
	end = smbproto.AppendFrame(end, smbproto.FrameRequest, nil)
	smb2 := smbproto.AppendFrame(smbproto.AppendFrame(nil, 0, ask2), 0, setup2(ntlmNegotiate))
	smb1 := smbproto.AppendFrame(smbproto.AppendFrame(nil, 0, ask1), 0, setup1)
	for _, f := range Faults() {
		for kind := KindAny; kind <= KindSMB2SessionSetup; kind++ {
			d := faulty(f)
			d.FaultOn, d.Delay, d.Lifetime = kind, time.Microsecond, 5*time.Millisecond
			d.NetBIOS = &NetBIOS{Accept: AcceptAny}
			for _, script := range [][]byte{slices.Concat(smb2, end), slices.Concat(smb1, end), slices.Concat(end, smb2), []byte("GET /")} {
				d.ServeConn(&scripted{Reader: bytes.NewReader(script)}, 445)
			}
		}
	}
}

func TestFaultOnOneKind(t *testing.T) {
	t.Parallel()
	d := faulty(FaultResetOnConnect)
	d.FaultOn = KindSMB2SessionSetup
	c := dial(t, d, 445)
	c.wantDialect(c.ask(ask2), smbproto.Dialect311)
	c.send(0, setup2(wrapped(ntlmNegotiate)))
	c.wantEnd()
}

// The faults that know SMB1 bend its answers too.
func TestSMB1Faults(t *testing.T) {
	t.Parallel()
	parse := func(f Fault) (smbproto.SMB1NegotiateResponse, error) {
		return smbproto.ParseSMB1NegotiateResponse(dial(t, faulty(f), 445).ask(ask1))
	}
	if m, err := parse(FaultErrorStatus); err != nil || m.WordCount != 0 || m.Header.Status != smbproto.StatusAccessDenied {
		t.Errorf("error status: %+v, %v", m, err)
	}
	if m, err := parse(FaultWrongMessageID); err != nil || m.Header.MID != ask1.Header.MID+7 {
		t.Errorf("wrong message id: %+v, %v", m, err)
	}
	if _, err := parse(FaultWrongCommand); err == nil {
		t.Error("wrong command parses")
	}
	if m, err := parse(FaultAsyncPending); err != nil || m.WordCount != 17 {
		t.Errorf("async: %+v, %v", m, err)
	}
}

// wantNotNBSS fails unless the device says something that is no frame, and
// begins so.
func (c *client) wantNotNBSS(prefix string) {
	c.t.Helper()
	_, err := c.in.Next()
	if err != smbproto.ErrNotNBSS || !strings.HasPrefix(string(c.in.Buffered()), prefix) {
		c.t.Errorf("got %v, %q", err, c.in.Buffered())
	}
}

// wantFlood fails unless n bytes come, of which the first are prefix.
func (c *client) wantFlood(prefix string, n int) {
	c.t.Helper()
	head := make([]byte, len(prefix))
	if _, err := io.ReadFull(c.conn, head); err != nil || string(head) != prefix {
		c.t.Fatalf("got %q, %v", head, err)
	}
	if got, err := io.CopyN(io.Discard, c.conn, int64(n)); err != nil {
		c.t.Errorf("%v after %d bytes", err, got)
	}
}

func (c *client) wantStillThere() {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	if _, err := c.conn.Read(make([]byte, 1)); err == nil || err == io.EOF {
		c.t.Errorf("got %v, want silence", err)
	}
}

// wantAnswers fails unless all is well in the end.
func (c *client) wantAnswers() {
	c.t.Helper()
	if got := c.names(); got.NbComputerName != "SRV" {
		c.t.Errorf("got %+v", got)
	}
}

// names returns the challenge of a whole conversation.
func (c *client) names() smbproto.NTLMChallenge {
	c.t.Helper()
	c.wantDialect(c.ask(ask2), smbproto.Dialect311)
	m, err := smbproto.ParseSMB2SessionSetupResponse(c.ask(setup2(wrapped(ntlmNegotiate))))
	if err != nil {
		c.t.Fatal(err)
	}
	return challenge(c.t, m.SecurityBuffer)
}

func (c *client) wantDialect(message []byte, want smbproto.Dialect) {
	c.t.Helper()
	if m, err := smbproto.ParseSMB2NegotiateResponse(message); err != nil || m.Dialect != want {
		c.t.Errorf("got %+v, %v", m, err)
	}
}

func (c *client) wantStatus(want smbproto.Status) {
	c.t.Helper()
	if m := c.negotiate2(ask2); m.Header.Status != want {
		c.t.Errorf("got %v", m.Header.Status)
	}
}

// wantParseError fails unless the answer to NEGOTIATE cannot be read, because
// of a field.
func (c *client) wantParseError(field string) {
	c.t.Helper()
	_, err := smbproto.ParseSMB2NegotiateResponse(c.ask(ask2))
	var parse *smbproto.ParseError
	if !errors.As(err, &parse) || parse.Field != field {
		c.t.Errorf("got %v, want one about %s", err, field)
	}
}

func TestHostileNodeName(t *testing.T) {
	if len(hostileNodeName) > 15 || slices.Contains([]byte(hostileNodeName), 0) {
		t.Errorf("%q is no NetBIOS name", hostileNodeName)
	}
}

// A device must outlive any client: the demo listens on loopback.
func FuzzServeConn(f *testing.F) {
	f.Add(uint8(FaultNone), smbproto.AppendFrame(smbproto.AppendFrame(nil, 0, ask2), 0, setup2(ntlmNegotiate)))
	f.Add(uint8(FaultOtherProtocol), smbproto.AppendFrame(nil, 0, ask1))
	f.Add(uint8(FaultErrorStatus), smbproto.AppendFrame(nil, smbproto.FrameRequest, smbproto.SessionRequest{}))
	f.Fuzz(func(t *testing.T, fault uint8, b []byte) {
		d := faulty(Fault(int(fault) % len(behaviours)))
		d.Delay, d.Lifetime = time.Microsecond, time.Millisecond
		for _, port := range []uint16{445, 139, 137} {
			d.ServeConn(&scripted{Reader: bytes.NewReader(b)}, port)
		}
	})
}
