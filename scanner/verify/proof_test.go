package verify

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/smbproto"
)

// user is the account of the simulated servers, whose password is known to be
// smbtest.StagePassword.
const user = "smbready-test"

func server() *smbtest.AccountServer {
	return &smbtest.AccountServer{User: user, NTHash: smbtest.StageHash}
}

// tried runs the whole procedure against a server. It runs in a bubble: hosts
// that say nothing cost no time, and a goroutine that stays behind fails the
// test.
func tried(t *testing.T, s *smbtest.AccountServer, change func(*proof)) (list []Attempt) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var served sync.WaitGroup
		p := &proof{target: Target{Address: netip.MustParseAddrPort("127.0.0.1:445")}, timeout: 20 * time.Second, delay: 250 * time.Millisecond,
			account: Credentials{User: user, Password: smbtest.StagePassword},
			dial: func(context.Context, netip.AddrPort) (net.Conn, error) {
				ours, theirs := net.Pipe()
				served.Go(func() { s.ServeConn(theirs) })
				return ours, nil
			}}
		if change != nil {
			change(p)
		}
		p.run(t.Context(), func(a Attempt) { list = append(list, a) })
		served.Wait()
	})
	return list
}

// results are the outcomes of attempts, and what was offered for each.
func results(list []Attempt) string {
	var words []string
	for _, a := range list {
		offered := a.Session.Offered
		if offered == "" {
			offered = "all"
		}
		words = append(words, offered+" "+a.Session.Result.String())
	}
	return strings.Join(words, ", ")
}

func TestResults(t *testing.T) {
	access := smbproto.StatusAccessDenied
	for _, tt := range []struct {
		name   string
		server func(*smbtest.AccountServer)
		change func(*proof)
		want   string
		risked bool
	}{
		{name: "signs", want: "all signed"},
		{name: "requires signing", server: func(s *smbtest.AccountServer) { s.Required = true }, want: "all signed"},
		{name: "2.0.2", server: only(smbproto.Dialect202), want: "all signed"},
		{name: "2.1", server: only(smbproto.Dialect210), want: "all signed"},
		{name: "3.0", server: only(smbproto.Dialect300), want: "all signed"},
		{name: "3.0.2", server: only(smbproto.Dialect302), want: "all signed"},
		{name: "the logon is not signed", server: func(s *smbtest.AccountServer) { s.UnsignedLogon = true }, want: "all signed"},
		{name: "answers are not signed", server: func(s *smbtest.AccountServer) { s.Unsigned = true }, want: "all unsigned, 3.0.2 unsigned, 2.1 unsigned"},
		{name: "answers are not signed, nor is the logon", server: neverSigns, want: "all unsigned", risked: true},
		{name: "answers are not signed, nor is the logon, good account", server: neverSigns, change: goodAccount, want: "all unsigned, 3.0.2 unsigned, 2.1 unsigned", risked: true},
		{name: "anybody is let in, and not called a guest", server: letsAnybodyIn, change: wrongPassword, want: "all unsigned", risked: true},
		{name: "wrong key", server: func(s *smbtest.AccountServer) { s.WrongKey = true }, want: "all bad-signature", risked: true},
		{name: "wrong key, good account", server: func(s *smbtest.AccountServer) { s.WrongKey = true }, change: goodAccount, want: "all bad-signature, 3.0.2 bad-signature, 2.1 bad-signature", risked: true},
		{name: "wrong key at 3.1.1", server: wrongKeyAt(smbproto.Dialect311), want: "all bad-signature", risked: true},
		{name: "wrong key at 3.1.1, good account", server: wrongKeyAt(smbproto.Dialect311), change: goodAccount, want: "all bad-signature, 3.0.2 signed", risked: true},
		{name: "the logon's signature is wrong at 3.1.1", server: func(s *smbtest.AccountServer) { s.Mangle = at(smbtest.StageLogon, wrongSignature) }, want: "all signed"},
		{name: "the logon's signature is wrong at 3.0.2", server: func(s *smbtest.AccountServer) {
			s.Dialects, s.Mangle = []smbproto.Dialect{smbproto.Dialect302}, at(smbtest.StageLogon, wrongSignature)
		}, want: "all bad-signature, 2.1 negotiate-failed"},
		{name: "the parting signature is wrong", server: func(s *smbtest.AccountServer) { s.Mangle = at(smbtest.StageOther, wrongSignature) },
			want: "all bad-signature, 3.0.2 bad-signature, 2.1 bad-signature"},
		{name: "encrypts", server: encrypts(smbproto.Dialect311), want: "all encrypted"},
		{name: "encrypts at 3.0.2", server: encrypts(smbproto.Dialect302), want: "all encrypted"},
		{name: "encrypts, IPC$ denied", server: func(s *smbtest.AccountServer) { s.Encrypts, s.TreeStatus = true, access }, want: "all access-denied"},
		{name: "no server for logons", server: func(s *smbtest.AccountServer) { s.LogonStatus = smbproto.StatusNoLogonServers }, change: goodAccount, want: "all broken", risked: true},
		{name: "wrong password", change: wrongPassword, want: "all logon-failed", risked: true},
		{name: "wrong password, guest", server: func(s *smbtest.AccountServer) { s.MapToGuest = true }, change: wrongPassword, want: "all guest", risked: true},
		{name: "wrong password, guest, signing required", server: func(s *smbtest.AccountServer) { s.MapToGuest, s.Required = true, true }, change: wrongPassword, want: "all guest", risked: true},
		{name: "right password, called a guest", server: func(s *smbtest.AccountServer) { s.SetupFlags = smbproto.SessionFlagGuest }, want: "all guest", risked: true},
		{name: "right password, called nobody", server: func(s *smbtest.AccountServer) { s.SetupFlags = smbproto.SessionFlagNull }, want: "all null", risked: true},
		{name: "locked out", server: func(s *smbtest.AccountServer) { s.LogonStatus = smbproto.StatusAccountLockedOut }, want: "all logon-failed", risked: true},
		{name: "denied at the logon", server: func(s *smbtest.AccountServer) { s.LogonStatus = access }, want: "all logon-failed", risked: true},
		{name: "NTLM blocked", server: func(s *smbtest.AccountServer) { s.LogonStatus = smbproto.StatusNTLMBlocked }, want: "all not-supported", risked: true},
		{name: "IPC$ denied", server: func(s *smbtest.AccountServer) { s.TreeStatus = access }, want: "all access-denied"},
		{name: "IPC$ not there", server: func(s *smbtest.AccountServer) { s.TreeStatus = smbproto.StatusBadNetworkName }, want: "all access-denied"},
		{name: "IPC$ denied, not signed", server: func(s *smbtest.AccountServer) { s.TreeStatus, s.Unsigned = access, true }, want: "all broken, 3.0.2 broken, 2.1 broken"},
		{name: "IPC$ not there, not signed", server: func(s *smbtest.AccountServer) { s.TreeStatus, s.Unsigned = smbproto.StatusBadNetworkName, true },
			want: "all unsigned, 3.0.2 unsigned, 2.1 unsigned"},
		{name: "IPC$ denied, wrong key", server: func(s *smbtest.AccountServer) { s.TreeStatus, s.WrongKey = access, true }, want: "all bad-signature", risked: true},
		{name: "no common dialect", server: only(0x0999), want: "all negotiate-failed, 3.0.2 negotiate-failed, 2.1 negotiate-failed"},
		{name: "Kerberos only", server: func(s *smbtest.AccountServer) { s.Mechanism = smbproto.MechKerberos }, want: "all not-supported"},
		{name: "no connection", change: func(p *proof) {
			p.dial = func(context.Context, netip.AddrPort) (net.Conn, error) { return nil, net.ErrClosed }
		}, want: "all unreachable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := server()
			if tt.server != nil {
				tt.server(s)
			}
			list := tried(t, s, tt.change)
			if got := results(list); got != tt.want {
				t.Errorf("got %s, want %s: %+v", got, tt.want, list)
			}
			if len(list) > 0 && list[0].Risked != tt.risked {
				t.Errorf("a failed logon may be counted: %v, want %v", list[0].Risked, tt.risked)
			}
		})
	}
}

func only(d smbproto.Dialect) func(*smbtest.AccountServer) {
	return func(s *smbtest.AccountServer) { s.Dialects = []smbproto.Dialect{d} }
}

func wrongKeyAt(d smbproto.Dialect) func(*smbtest.AccountServer) {
	return func(s *smbtest.AccountServer) { s.WrongKey, s.WrongKeyAt = true, d }
}

func encrypts(d smbproto.Dialect) func(*smbtest.AccountServer) {
	return func(s *smbtest.AccountServer) { s.Dialects, s.Encrypts = []smbproto.Dialect{d}, true }
}

func neverSigns(s *smbtest.AccountServer) { s.Unsigned, s.UnsignedLogon = true, true }

// letsAnybodyIn makes a server that makes everyone a guest and does not say so.
func letsAnybodyIn(s *smbtest.AccountServer) {
	s.MapToGuest, s.Mangle = true, at(smbtest.StageLogon, set(headerSize+2, 0))
}

// wrongSignature is an act that changes a bit of a signature.
func wrongSignature(frame []byte) []byte {
	frame[frameHeader+signatureStart] ^= 1
	return frame
}

func goodAccount(p *proof) { p.known = true }

func wrongPassword(p *proof) { p.account.Password = "something else" }

// TestEvidence holds the facts of a signed session against what the server did.
func TestEvidence(t *testing.T) {
	s := tried(t, server(), nil)[0].Session
	want := inventory.Signatures{Signed: 3} // TREE_CONNECT, TREE_DISCONNECT, LOGOFF
	if s.Stage != stageDone || s.Dialect != "3.1.1" || s.Algorithm != "AES-CMAC" || !s.SetupSigned || s.Encrypted ||
		s.SetupSignature != inventory.CheckRight || !s.AccountGood ||
		s.RequestsSent != want || s.Answers.Signed < 1 || s.Answers.Unsigned != 0 || s.SessionFlags == nil || *s.SessionFlags != 0 {
		t.Errorf("got %+v", s)
	}
	unsigned := server()
	unsigned.UnsignedLogon = true
	if s := tried(t, unsigned, nil)[0].Session; s.SetupSigned || s.SetupSignature != inventory.CheckUnknown || !s.AccountGood {
		t.Errorf("the logon's answer was not signed: %+v", s)
	}
	old := server()
	old.Dialects = []smbproto.Dialect{smbproto.Dialect202}
	if s := tried(t, old, nil)[0].Session; s.Algorithm != "HMAC-SHA256" || s.Dialect != "2.0.2" {
		t.Errorf("got %+v", s)
	}
}

// TestSetupSignature shows that the signature of the answer which ends a logon is
// reckoned at every dialect, and that any other one is told from it.
func TestSetupSignature(t *testing.T) {
	garbage := set(signatureStart, []byte("0123456789abcdef")...)
	for _, d := range []smbproto.Dialect{smbproto.Dialect202, smbproto.Dialect210, smbproto.Dialect300, smbproto.Dialect302, smbproto.Dialect311} {
		for _, tt := range []struct {
			name   string
			mangle func(smbtest.AccountStage, []byte) []byte
			change func(*proof)
			want   inventory.Check
			good   bool
		}{
			{"right", nil, nil, inventory.CheckRight, true},
			{"one bit changed", at(smbtest.StageLogon, wrongSignature), nil, inventory.CheckWrong, true},
			{"garbage", at(smbtest.StageLogon, garbage), nil, inventory.CheckWrong, true},
			{"the flags changed after it was signed", at(smbtest.StageLogon, set(headerSize+2, 0, 0x80)), nil, inventory.CheckWrong, true},
			{"not signed", at(smbtest.StageLogon, set(16, 1)), nil, inventory.CheckUnknown, true},
		} {
			s := server()
			s.Dialects, s.Mangle = []smbproto.Dialect{d}, tt.mangle
			if got := tried(t, s, tt.change)[0].Session; got.SetupSignature != tt.want || got.AccountGood != tt.good {
				t.Errorf("%v, %s: got %v, account good: %v: %+v", d, tt.name, got.SetupSignature, got.AccountGood, got)
			}
		}
	}
	hidden := guesting()
	hidden.Mangle = at(smbtest.StageLogon, set(headerSize+2, 0))
	if got := tried(t, hidden, nil)[0]; got.Session.AccountGood || !got.Risked {
		t.Errorf("anybody is let in there: %+v", got)
	}
}

// TestEncrypted shows what counts as encryption: an answer to TREE_CONNECT that
// could be decrypted, and not that encrypted messages came.
func TestEncrypted(t *testing.T) {
	garbage := framed(append([]byte("\xfdSMB"), bytes.Repeat([]byte{1}, 120)...))
	tree := smbtest.StageTree
	for _, tt := range []struct {
		name   string
		mangle func(smbtest.AccountStage, []byte) []byte
		clear  bool // the server has a cipher, and does not demand encryption
		want   inventory.SessionResult
		says   string // part of Misbehaviour
	}{
		{name: "encrypted", want: inventory.SessionEncrypted},
		{name: "one bit changed", mangle: at(tree, func(f []byte) []byte { f[len(f)-1] ^= 1; return f }), want: inventory.SessionBroken, says: "nobody can read"},
		{name: "garbage", mangle: at(tree, always(garbage)), want: inventory.SessionBroken, says: "nobody can read"},
		{name: "garbage before it", mangle: at(tree, func(f []byte) []byte { return append(bytes.Clone(garbage), f...) }), want: inventory.SessionEncrypted},
		{name: "garbage without end", mangle: at(tree, always(bytes.Repeat(garbage, 100))), want: inventory.SessionBroken, says: "answers nothing"},
		{name: "garbage in clear", clear: true, mangle: at(tree, always(garbage)), want: inventory.SessionBroken, says: "nobody can read"},
		{name: "garbage before a signed answer", clear: true, mangle: at(tree, func(f []byte) []byte { return append(bytes.Clone(garbage), f...) }),
			want: inventory.SessionBroken, says: "answered nothing"},
		{name: "garbage after a signed answer", clear: true, mangle: at(tree, func(f []byte) []byte { return append(f, garbage...) }), want: inventory.SessionSigned},
	} {
		for _, d := range []smbproto.Dialect{smbproto.Dialect311, smbproto.Dialect302} {
			s := server()
			s.Dialects, s.Encrypts, s.Mangle = []smbproto.Dialect{d}, !tt.clear, tt.mangle
			s.CanEncrypt = true
			got := tried(t, s, nil)[0].Session
			if got.Result != tt.want || got.Encrypted != (tt.want == inventory.SessionEncrypted) || !strings.Contains(got.Misbehaviour, tt.says) {
				t.Errorf("%s at %v: got %v, encrypted %v, %q: %+v", tt.name, d, got.Result, got.Encrypted, got.Misbehaviour, got)
			}
		}
	}
}

// TestTamper shows that the control run tells servers apart that look at
// signatures from those that do not.
func TestTamper(t *testing.T) {
	for _, takesAll := range []bool{false, true} {
		s := server()
		s.TakesAll = takesAll
		want := inventory.TamperRefused
		if takesAll {
			want = inventory.TamperAccepted
		}
		list := tried(t, s, func(p *proof) { p.tamper = true })
		if len(list) != 1 || list[0].Session.Result != inventory.SessionSigned || list[0].Session.Tamper != want {
			t.Errorf("takes all: %v: got %+v", takesAll, list)
		}
	}
}

// at returns a Mangle that acts on one stage.
func at(stage smbtest.AccountStage, act func(frame []byte) []byte) func(smbtest.AccountStage, []byte) []byte {
	return func(s smbtest.AccountStage, frame []byte) []byte {
		if s == stage {
			return act(frame)
		}
		return frame
	}
}

// always returns an act that sends the same, whatever was to be sent.
func always(b []byte) func([]byte) []byte { return func([]byte) []byte { return b } }

// set returns an act that overwrites bytes of the message.
func set(offset int, b ...byte) func([]byte) []byte {
	return func(frame []byte) []byte {
		copy(frame[frameHeader+offset:], b)
		return frame
	}
}

// cut returns an act that leaves so many bytes of the message.
func cut(n int) func([]byte) []byte {
	return func(frame []byte) []byte {
		return smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.Bytes(frame[frameHeader:frameHeader+n]))
	}
}

// interim makes an interim answer for a frame's question.
func interim(frame []byte) []byte {
	b := bytes.Clone(frame[:frameHeader+headerSize])
	binary.LittleEndian.PutUint32(b[frameHeader+8:], uint32(smbproto.StatusPending))
	binary.LittleEndian.PutUint32(b[frameHeader+16:], smbproto.SMB2FlagResponse|smbproto.SMB2FlagAsync)
	clear(b[frameHeader+signatureStart:])
	b = append(b, 9, 0, 0, 0, 0, 0, 0, 0, 0)
	binary.BigEndian.PutUint32(b, uint32(len(b)-frameHeader))
	return b
}

// TestHostile holds what hostile and broken hosts do against the sentence that
// names it. None of it may fall over, hang, or pass for a session.
func TestHostile(t *testing.T) {
	neg, ask, logon, tree := smbtest.StageNegotiate, smbtest.StageChallenge, smbtest.StageLogon, smbtest.StageTree
	keepalive := []byte{byte(smbproto.FrameKeepalive), 0, 0, 0}
	for _, tt := range []struct {
		name   string
		mangle func(smbtest.AccountStage, []byte) []byte
		want   inventory.SessionResult
		says   string // part of Misbehaviour
	}{
		{"four zero bytes", at(neg, always([]byte{0, 0, 0, 0})), inventory.SessionBroken, "a message of 0 bytes"},
		{"four zero bytes for the logon", at(logon, always([]byte{0, 0, 0, 0})), inventory.SessionBroken, "a message of 0 bytes"},
		{"four zero bytes for the tree", at(tree, always([]byte{0, 0, 0, 0})), inventory.SessionBroken, "a message of 0 bytes"},
		{"20 bytes", at(tree, cut(20)), inventory.SessionBroken, "a message of 20 bytes"},
		{"a header and no body", at(tree, cut(headerSize)), inventory.SessionBroken, "body of 0 bytes"},
		{"16 MiB declared", at(neg, always([]byte{0, 0xff, 0xff, 0xff, 0xfe, 'S', 'M', 'B'})), inventory.SessionBroken, "16777215 bytes is declared"},
		{"1 MiB declared, less comes", at(neg, func(f []byte) []byte { f[1], f[2] = 0x0f, 0; return f }), inventory.SessionBroken, ""},
		{"not SMB", at(neg, set(0, 'H', 'T', 'T', 'P')), inventory.SessionBroken, "not SMB"},
		{"SMB1", at(neg, set(0, 0xff)), inventory.SessionBroken, "SMB1"},
		{"wrong StructureSize", at(neg, set(4, 65)), inventory.SessionBroken, "StructureSize"},
		{"a frame of another type", at(ask, always([]byte{0x83, 0, 0, 1, 0x8f})), inventory.SessionBroken, "type 0x83"},
		{"its own question back", at(neg, set(16, 0)), inventory.SessionBroken, "a request"},
		{"NextCommand past the end", at(tree, set(20, 0xf8, 0xff)), inventory.SessionBroken, "NextCommand"},
		{"NextCommand up to the end", at(tree, set(20, 80)), inventory.SessionBroken, "NextCommand"},
		{"NextCommand into the header", at(tree, set(20, 8)), inventory.SessionBroken, "NextCommand"},
		{"wrong MessageId", at(tree, set(24, 99)), inventory.SessionBroken, "MessageId 99"},
		{"wrong command", at(tree, set(12, 5)), inventory.SessionBroken, "an answer to command 5 for a question of command 3"},
		{"another session", at(tree, set(40, 1, 2, 3)), inventory.SessionBroken, "another session"},
		{"a dialect that was not offered", at(neg, set(68, 0xff, 0x02)), inventory.SessionBroken, "not offered"},
		{"3.1.1 without integrity", at(neg, set(70, 0)), inventory.SessionBroken, "pre-authentication integrity"},
		{"contexts past the end", at(neg, set(124, 0xff, 0xff)), inventory.SessionBroken, "NegotiateContext"},
		{"challenge cut off", at(ask, cut(90)), inventory.SessionBroken, "SecurityBuffer"},
		{"challenge past the end", at(ask, set(70, 0xff, 0xff)), inventory.SessionBroken, "SecurityBuffer"},
		{"hostile SPNEGO", at(ask, set(72, 0xa1, 0x84, 0xff, 0xff, 0xff, 0xff)), inventory.SessionBroken, "SPNEGO"},
		{"guest before the logon", at(ask, set(66, 1)), inventory.SessionBroken, "before it is known"},
		{"success before the logon", at(ask, set(8, 0, 0, 0, 0)), inventory.SessionBroken, "before the account was known"},
		{"no end of asking", at(logon, set(8, 0x16, 0, 0, 0xc0)), inventory.SessionBroken, "goes on asking"},
		{"encryption that was not negotiated", at(logon, set(66, 4)), inventory.SessionBroken, "it demands encryption, which was not negotiated"},
		{"an encrypted answer out of nowhere", at(tree, set(0, 0xfd)), inventory.SessionBroken, "an encrypted message, although no encryption was negotiated"},
		{"an encrypted share out of nowhere", at(tree, set(headerSize+5, 0x80)), inventory.SessionBroken, "a share that demands encryption, which was not negotiated"},
		{"an error that declares more than there is", at(tree, func(f []byte) []byte { set(8, 0x22, 0, 0, 0xc0)(f); return set(68, 0xff, 0xff, 0xff, 0xff)(f) }), inventory.SessionBroken, "declares"},
		{"four keepalives", at(neg, always(bytes.Repeat(keepalive, 4))), inventory.SessionBroken, "keepalives"},
		{"three keepalives", at(neg, func(f []byte) []byte { return append(bytes.Repeat(keepalive, 3), f...) }), inventory.SessionSigned, ""},
		{"pending, then the answer", at(tree, func(f []byte) []byte { return append(interim(f), f...) }), inventory.SessionSigned, ""},
		{"pending without end", at(tree, func(f []byte) []byte { return bytes.Repeat(interim(f), 100) }), inventory.SessionBroken, "interim"},
		{"pending and no more", at(tree, interim), inventory.SessionBroken, ""},
		{"two answers", at(tree, func(f []byte) []byte { return append(bytes.Clone(f), f...) }), inventory.SessionSigned, ""},
		{"a refusal in the shape of a success", at(logon, set(8, 0x6d, 0, 0, 0xc0)), inventory.SessionLogonFailed, ""},
		{"a refusal without a body", at(logon, func(f []byte) []byte { return cut(headerSize)(set(8, 0x6d, 0, 0, 0xc0)(f)) }), inventory.SessionLogonFailed, ""},
		{"IPC$ refused in the shape of a success", at(tree, set(8, 0x22, 0, 0, 0xc0)), inventory.SessionBroken, ""},
		{"another session when parting", at(smbtest.StageOther, set(40, 1, 2, 3)), inventory.SessionSigned, ""},
		{"unsigned", at(tree, set(16, 1)), inventory.SessionUnsigned, ""},
		{"signed by nothing", at(tree, set(signatureStart, make([]byte, 16)...)), inventory.SessionUnsigned, ""},
		{"a signature changed", at(tree, func(f []byte) []byte { f[frameHeader+signatureStart] ^= 1; return f }), inventory.SessionBadSignature, ""},
		{"closed at once", at(neg, always(nil)), inventory.SessionBroken, ""},
		{"closed after the question", at(ask, always(nil)), inventory.SessionBroken, ""},
		{"closed at the logon", at(logon, always(nil)), inventory.SessionBroken, ""},
		{"closed at the tree", at(tree, always(nil)), inventory.SessionBroken, ""},
		{"silent at once", at(neg, always([]byte{})), inventory.SessionBroken, ""},
		{"silent at the logon", at(logon, always([]byte{})), inventory.SessionBroken, ""},
		{"silent at the tree", at(tree, always([]byte{})), inventory.SessionBroken, ""},
		{"closed within a message", at(tree, func(f []byte) []byte { return f[:30] }), inventory.SessionBroken, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := server()
			s.Mangle = tt.mangle
			list := tried(t, s, nil)
			if len(list) == 0 {
				t.Fatal("no attempt was told of")
			}
			first := list[0].Session
			if first.Result != tt.want || !strings.Contains(first.Misbehaviour, tt.says) {
				t.Errorf("got %v, %q; want %v, %q: %+v", first.Result, first.Misbehaviour, tt.want, tt.says, first)
			}
		})
	}
}

// TestOneRisk shows that an attempt which may have been a failed logon is not
// made again while the account is not known to be good.
func TestOneRisk(t *testing.T) {
	s := server()
	s.Mangle = at(smbtest.StageLogon, always(nil))
	if list := tried(t, s, nil); len(list) != 1 || !list[0].Risked {
		t.Errorf("got %+v", list)
	}
	if list := tried(t, s, func(p *proof) { p.known = true }); len(list) != 3 {
		t.Errorf("a good account may be tried at lower dialects: got %+v", list)
	}
}

// TestSlowDrip shows that a host which sends a byte now and then is left when
// its time is up.
func TestSlowDrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		var peer sync.WaitGroup
		peer.Go(func() { io.Copy(io.Discard, theirs) })
		peer.Go(func() {
			for _, err := theirs.Write([]byte{0}); err == nil; _, err = theirs.Write([]byte{0x40}) {
				time.Sleep(3 * time.Second)
			}
		})
		started := time.Now()
		a := &attempt{timeout: 20 * time.Second, account: Credentials{User: user, Password: "x"},
			dial: func(context.Context, netip.AddrPort) (net.Conn, error) { return ours, nil }}
		a.prove(t.Context())
		if took := time.Since(started); took > 21*time.Second || a.result.Result != inventory.SessionBroken {
			t.Errorf("after %v: %+v", took, a.result)
		}
		peer.Wait()
	})
}
