package scanner

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// Separators of a fuzzed script: between the connections, and between the
// answers on one. The last connection's answers are the datagrams too.
const (
	nextConn = "|CONN|"
	nextTurn = "|TURN|"
)

// script is a server that says what it is told to.
type script struct {
	conns    [][]byte
	chunk    int  // bytes of a segment
	stay     bool // silent at the end, instead of hanging up
	sessions bool // port 445 is closed and 139 open
	dials    int
	mu       sync.Mutex   // guards sent
	sent     bytes.Buffer // what the client said
}

func (s *script) dial(_ context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	if network == "tcp" && (addr.Port() == 139) != s.sessions {
		return nil, syscall.ECONNREFUSED
	}
	piece := s.conns[len(s.conns)-1]
	if network == "tcp" {
		piece = s.conns[s.dials%len(s.conns)]
		s.dials++
	}
	client, server := net.Pipe()
	go s.play(server, bytes.Split(piece, []byte(nextTurn)))
	return client, nil
}

// play answers each thing that the client says with the next turn.
func (s *script) play(c net.Conn, turns [][]byte) {
	defer c.Close()
	buf := make([]byte, 4096)
	for _, turn := range turns {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.sent.Write(buf[:n])
		s.mu.Unlock()
		for part := range slices.Chunk(turn, s.chunk) {
			if _, err := c.Write(part); err != nil {
				return
			}
		}
	}
	if s.stay {
		io.Copy(io.Discard, c)
	}
}

func frame(m smbproto.Appender) []byte { return smbproto.AppendFrame(nil, smbproto.FrameMessage, m) }

// scripts are what healthy servers say, and what a field bent in it does.
func scripts() map[string][]byte {
	header := smbproto.SMB2Header{Credits: 1, Flags: smbproto.SMB2FlagResponse}
	negotiate := smbproto.SMB2NegotiateResponse{Header: header, SecurityMode: 1, Dialect: smbproto.Dialect311,
		SecurityBuffer: smbproto.SPNEGO{Mechanisms: []smbproto.Mechanism{smbproto.MechNTLMSSP}}.Append(nil),
		Contexts:       []smbproto.NegotiateContext{smbproto.PreauthIntegrity(make([]byte, 32)), smbproto.Encryption(2), smbproto.Signing(2)}}
	old := negotiate
	old.Dialect, old.Contexts = smbproto.Dialect202, nil
	wildcard := old
	wildcard.Dialect = smbproto.DialectWildcard
	challenge := smbproto.NTLMChallenge{Flags: smbproto.NTLMUnicode | smbproto.NTLMTargetInfo | smbproto.NTLMVersionFlag, TargetName: "FS",
		HasVersion: true, Version: smbproto.NTLMVersion{Major: 10, Build: 20348}, NbComputerName: "FS", DNSComputerName: "fs.example"}.Append(nil)
	setup := smbproto.SMB2SessionSetupResponse{Header: header, SecurityBuffer: challenge}
	setup.Header.Status = smbproto.StatusMoreProcessingRequired
	one := smbproto.SMB1NegotiateResponse{Header: reply1, WordCount: 17, DialectIndex: 8, SecurityMode: 7, Capabilities: smbproto.CapExtendedSecurity}
	setup1 := smbproto.SMB1SessionSetupResponse{Header: reply1, WordCount: 4, SecurityBlob: challenge, NativeOS: "Unix", NativeLANManager: "Samba"}
	setup1.Header.Status = smbproto.StatusMoreProcessingRequired
	none := smbproto.SMB1NegotiateResponse{Header: reply1, WordCount: 1, DialectIndex: smbproto.NoDialect}
	names := smbproto.NodeStatusResponse{Names: []smbproto.NodeName{{NetBIOSName: smbproto.NetBIOSName{Name: "FS", Suffix: 0x20}}}}.Append(nil)
	positive := smbproto.AppendFrame(nil, smbproto.FramePositive, nil)
	next := bytes.Clone(frame(negotiate))
	copy(next[4+20:], "\xff\xff\xff\x7f")
	join := func(sep string, parts ...[]byte) []byte { return bytes.Join(parts, []byte(sep)) }
	both := join(nextConn, join(nextTurn, frame(negotiate), frame(setup)), join(nextTurn, frame(one), frame(setup1)))
	return map[string][]byte{
		"both":          both,
		"session":       join(nextTurn, positive, frame(negotiate), frame(setup)),
		"wildcard":      join(nextConn, frame(none), frame(none), join(nextTurn, frame(wildcard), frame(negotiate))),
		"2.0.2":         join(nextConn, frame(old), frame(none)),
		"node status":   join(nextConn, frame(negotiate), names),
		"NextCommand":   next,
		"zero frame":    {0, 0, 0, 0},
		"keepalives":    slices.Concat(bytes.Repeat([]byte{0x85, 0, 0, 0}, 3), frame(negotiate)),
		"length":        []byte("\x00\xff\xff\xff\xfeSMB"),
		"refusal":       {0x83, 0, 0, 1, 0x82},
		"retarget":      {0x84, 0, 0, 6, 10, 0, 0, 1, 0, 139},
		"not a message": []byte("HTTP/1.1 400 Bad Request\r\n\r\n"),
		"nothing":       nil,
	}
}

func FuzzProbe(f *testing.F) {
	for _, seed := range scripts() {
		f.Add(seed, uint16(1460), uint8(0))
		f.Add(seed, uint16(1), uint8(1))
		f.Add(seed, uint16(7), uint8(2|4))
	}
	f.Fuzz(func(t *testing.T, data []byte, chunk uint16, flags uint8) {
		synctest.Test(t, func(t *testing.T) {
			s := &script{conns: bytes.Split(data, []byte(nextConn)), chunk: int(chunk) + 1, stay: flags&1 != 0, sessions: flags&2 != 0}
			o := Options{Dial: s.dial, GuestCheck: true}
			if flags&4 != 0 {
				o.Depth = DepthFull
			}
			start := time.Now()
			h := runOne(t, o)
			if took := time.Since(start); took > defaultHostTimeout+time.Duration(s.dials+1)*defaultHostDelay {
				t.Errorf("took %v for %d connections", took, s.dials)
			}
			if s.dials > 20 {
				t.Errorf("%d connections", s.dials)
			}
			checkSane(t, h)
			checkProof(t, h)
			s.mu.Lock()
			defer s.mu.Unlock()
			if strings.Contains(s.sent.String(), "NTLMSSP\x00\x03") {
				t.Error("an NTLM AUTHENTICATE message was sent")
			}
		})
	})
}

// checkProof checks that a protocol is only reported with the answer that
// proves it.
func checkProof(t *testing.T, h *inventory.Host) {
	t.Helper()
	if s := h.SMB2; s != nil && len(s.Raw) < maxRaw {
		m, err := smbproto.ParseSMB2NegotiateResponse(s.Raw)
		if err != nil || m.Header.Status != smbproto.StatusSuccess || signing2(m.SecurityMode) != s.Signing || uint16(m.SecurityMode) != *s.SecurityMode {
			t.Errorf("SMB2 %+v from %x: %v", s, s.Raw, err)
		}
		if d := s.MaxDialect(); d != "" && d != m.Dialect.String() {
			t.Errorf("dialects %v from %x", s.Dialects, s.Raw)
		}
	}
	if s := h.SMB1; s != nil && len(s.Raw) < maxRaw {
		m, err := smbproto.ParseSMB1NegotiateResponse(s.Raw)
		if err != nil || m.WordCount != s.WordCount || s.Dialect == "" && s.Signing != inventory.SigningUnknown {
			t.Errorf("SMB1 %+v from %x: %v", s, s.Raw, err)
		}
	}
}
