package canary

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// tape is a connection on which a client has sent all that it will, and which
// keeps what is answered.
type tape struct {
	in  *bytes.Reader
	out bytes.Buffer
}

func (c *tape) Read(b []byte) (int, error)     { return c.in.Read(b) }
func (c *tape) Write(b []byte) (int, error)    { return c.out.Write(b) }
func (*tape) Close() error                     { return nil }
func (*tape) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 445} }
func (*tape) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2), Port: 5000} }
func (*tape) SetDeadline(time.Time) error      { return nil }
func (*tape) SetReadDeadline(time.Time) error  { return nil }
func (*tape) SetWriteDeadline(time.Time) error { return nil }

// play plays a connection, with a session of 3.0.2 that is there already or from
// its beginning, and returns what was recorded and what was answered.
func play(b []byte, stage Stage, loggedOn bool) (*inventory.Contact, []byte) {
	o := Options{Account: NewAccount(testUser, testPassword), Share: testShare, Stage: stage, Name: "SMBREADY"}
	o.Limits = Limits{Open: 8}.orDefault()
	s := &server{options: o, ctx: context.Background(), started: time.Now(), guid: newGUID()}
	wire := &tape{in: bytes.NewReader(b)}
	c := s.newConn(wire, false)
	if loggedOn {
		c.first, c.smb2 = smbproto.ProtocolSMB2, newSMB2(c)
		c.smb2.negotiateResponse(&request{}, smbproto.Dialect302)
		session := &smb2Session{id: 1, login: newLogin(c), key: make([]byte, 16), trees: map[uint32]*tree{1: {id: 1}, 2: {id: 2, pipe: true}}, lastTree: 2}
		c.smb2.sessions[1] = session
	}
	c.run() // not guarded: a fault is one
	return c.record.close(), wire.out.Bytes()
}

// FuzzConversation plays whatever a client may send. It ends without a fault, the
// answers are whole messages of a server, and what is recorded is bounded.
func FuzzConversation(f *testing.F) {
	frame := func(list ...smbproto.Appender) (b []byte) {
		for _, m := range list {
			b = smbproto.AppendFrame(b, smbproto.FrameMessage, m)
		}
		return b
	}
	negotiate := smbproto.SMB2NegotiateRequest{Dialects: smbproto.Dialects, Contexts: []smbproto.NegotiateContext{smbproto.PreauthIntegrity(nil), smbproto.Signing(2)}}
	setup := func(n uint64, token []byte) smbproto.Appender {
		return smbproto.SMB2SessionSetupRequest{Header: smbproto.SMB2Header{MessageID: n}, SecurityBuffer: token}
	}
	ntlm := smbproto.NTLMNegotiate{Flags: peerFlags}.Append(nil)
	proof := smbproto.NTLMAuthenticate{Flags: peerFlags, User: testUser}.Append(nil, make([]byte, 24), make([]byte, 60))
	f.Add(frame(negotiate, setup(1, ntlm), setup(2, proof)), false)
	f.Add(frame(negotiate, setup(1, smbproto.SPNEGO{Mechanisms: []smbproto.Mechanism{smbproto.MechKerberos, smbproto.MechNTLMSSP}, Token: []byte("x")}.Append(nil))), false)
	f.Add(frame(smbproto.SMB1NegotiateRequest{Dialects: []string{smbproto.DialectSMB2Any}}, negotiate), false)
	f.Add(frame(smbproto.SMB1NegotiateRequest{Dialects: []string{smbproto.DialectNTLM012}}, smbproto.SMB1SessionSetupRequest{NativeOS: "OS"}), false)
	h := func(n uint64, tree uint32) smbproto.SMB2Header {
		return smbproto.SMB2Header{MessageID: n, SessionID: 1, TreeID: tree}
	}
	id := (&openFile{id: 1}).fileID()
	f.Add(frame(
		smbproto.SMB2CreateRequest{Header: h(0, 1), Name: "a", Disposition: smbproto.FileOpenIf},
		smbproto.SMB2WriteRequest{Header: h(1, 1), FileID: id, Data: []byte("page")},
		smbproto.SMB2QueryInfoRequest{Header: h(2, 1), FileID: id, Type: smbproto.InfoFile, Class: 18, MaxOutput: 200},
		smbproto.SMB2SetInfoRequest{Header: h(3, 1), FileID: id, Type: smbproto.InfoFile, Class: smbproto.ClassRename, Input: append(make([]byte, 16), 2, 0, 0, 0, 'b', 0)},
		smbproto.SMB2LockRequest{Header: h(4, 1), FileID: id, Count: 1},
		smbproto.SMB2FlushRequest{Header: h(5, 1), FileID: id},
		smbproto.SMB2ReadRequest{Header: h(6, 1), FileID: id, Length: 10},
		smbproto.SMB2CloseRequest{Header: h(7, 1), FileID: id, Flags: 1},
	), true)
	f.Add(frame(
		smbproto.SMB2CreateRequest{Header: h(0, 1), Disposition: smbproto.FileOpen, Options: smbproto.CreateDirectory},
		smbproto.SMB2QueryDirectoryRequest{Header: h(1, 1), FileID: id, Class: 37, Pattern: "*", MaxOutput: 1000},
		smbproto.SMB2QueryDirectoryRequest{Header: h(2, 1), FileID: id, Class: 37, Pattern: "*", MaxOutput: 1000},
		smbproto.SMB2IOCTLRequest{Header: h(3, 2), Code: smbproto.FSCTLValidateNegotiate, Input: smbproto.ValidateNegotiateRequest{}.Append(nil)},
		smbproto.SMB2TreeConnectRequest{Header: h(4, 0), Path: `\\h\scans`},
	), true)
	f.Add([]byte("\x81\x00\x00\x44"+"\x00\xff\xff\xff"), false)
	f.Fuzz(func(t *testing.T, b []byte, loggedOn bool) {
		for _, stage := range []Stage{StageObserve, StageRequire} {
			contact, answers := play(b, stage, loggedOn)
			checkAnswers(t, answers)
			if n := lineBytes(contact); n > maxContactBytes || len(contact.Quirks) > maxQuirks {
				t.Fatalf("a contact of %d bytes, with %d quirks", n, len(contact.Quirks))
			}
			if l := contact.Logon; l != nil && l.Granted != l.KnownKey {
				t.Fatalf("logon %+v", l)
			}
		}
	})
}

// checkAnswers checks that all that was sent is whole messages of a server.
func checkAnswers(t *testing.T, b []byte) {
	t.Helper()
	in := &frames{r: bytes.NewReader(b), limit: 2 << 20}
	for {
		f, err := in.next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if f.Type != smbproto.FrameMessage {
			continue
		}
		switch smbproto.ProtocolOf(f.Payload) {
		case smbproto.ProtocolSMB1:
			if h, err := smbproto.ParseSMB1Header(f.Payload); err != nil || !h.Reply() {
				t.Fatalf("%+v, %v", h, err)
			}
		default:
			if h, err := smbproto.ParseSMB2Header(f.Payload); err != nil || !h.Response() || h.Credits == 0 {
				t.Fatalf("%+v, %v", h, err)
			}
		}
	}
}
