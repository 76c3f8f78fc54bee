package canary

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"unicode/utf16"

	"smbready/internal/signing"
	"smbready/smbproto"
)

// peer is an SMB2 client that does as a test tells it, right or wrong.
type peer struct {
	t         testing.TB
	c         net.Conn
	dialect   smbproto.Dialect
	algorithm signing.Algorithm
	base      signing.Preauth // of the NEGOTIATE messages
	preauth   signing.Preauth // of the session too
	next      uint64          // message number
	session   uint64
	tree      uint32
	key       []byte
	challenge smbproto.NTLMChallenge
	info      []byte // of the challenge
}

func (b *bench) peer() *peer { return &peer{t: b.t, c: b.dial()} }

// header returns the header of the next request.
func (p *peer) header() smbproto.SMB2Header {
	h := smbproto.SMB2Header{MessageID: p.next, Credits: 16, SessionID: p.session, TreeID: p.tree}
	p.next++
	return h
}

// exchange sends a message and returns the answer.
func (p *peer) exchange(m []byte) []byte {
	p.t.Helper()
	p.send(m)
	return p.receive()
}

func (p *peer) send(m []byte) {
	p.t.Helper()
	if _, err := p.c.Write(smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.Bytes(m))); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) receive() []byte {
	p.t.Helper()
	f, err := (&frames{r: p.c, limit: 2 << 20}).next()
	if err != nil {
		p.t.Fatal(err)
	}
	return f.Payload
}

// closed waits until the listener has closed the connection, and fails if it
// says anything before.
func (p *peer) closed() {
	p.t.Helper()
	if n, err := io.Copy(io.Discard, p.c); n != 0 || err != nil && !isReset(err) {
		p.t.Errorf("%d bytes more, then %v", n, err)
	}
}

// hangUp closes the connection.
func (p *peer) hangUp() { p.c.Close() }

// negotiate offers dialects, with 3.1.1 also signing algorithms.
func (p *peer) negotiate(dialects []smbproto.Dialect, algorithms ...uint16) {
	p.t.Helper()
	m := smbproto.SMB2NegotiateRequest{Header: p.header(), SecurityMode: smbproto.SMB2SigningEnabled, ClientGUID: smbproto.GUID{1}, Dialects: dialects}
	if highest(dialects) == smbproto.Dialect311 {
		m.Contexts = []smbproto.NegotiateContext{smbproto.PreauthIntegrity(make([]byte, 32))}
		if len(algorithms) > 0 {
			m.Contexts = append(m.Contexts, smbproto.Signing(algorithms...))
		}
	}
	b := m.Append(nil)
	p.base.Add(b)
	answer := p.exchange(b)
	p.base.Add(answer)
	p.preauth = p.base
	r, err := smbproto.ParseSMB2NegotiateResponse(answer)
	if err != nil || r.Header.Status != smbproto.StatusSuccess {
		p.t.Fatalf("NEGOTIATE: %v, %v", r.Header.Status, err)
	}
	p.dialect, p.algorithm = r.Dialect, signing.AlgorithmOf(r.Dialect)
	if c, ok := smbproto.FindContext(r.Contexts, smbproto.ContextSigning); ok {
		ids, _ := c.Algorithms()
		p.algorithm = signing.Algorithm(ids[0])
	}
}

// Flags of the client's NTLM.
const peerFlags = smbproto.NTLMUnicode | smbproto.NTLMRequestTarget | smbproto.NTLMNTLM | smbproto.NTLMSign | smbproto.NTLMExtendedSession | smbproto.NTLMTargetInfo

// ask begins a logon.
func (p *peer) ask() {
	p.t.Helper()
	if p.session == 0 {
		p.preauth = p.base
	}
	r := p.setup(smbproto.SPNEGO{Mechanisms: []smbproto.Mechanism{smbproto.MechNTLMSSP},
		Token: smbproto.NTLMNegotiate{Flags: peerFlags}.Append(nil)}.Append(nil))
	if r.Header.Status != smbproto.StatusMoreProcessingRequired {
		p.t.Fatalf("SESSION_SETUP: %v", r.Header.Status)
	}
	raw := smbproto.FindNTLMChallenge(r.SecurityBuffer)
	challenge, err := smbproto.ParseNTLMChallenge(raw)
	if err != nil {
		p.t.Fatal(err)
	}
	p.session, p.challenge, p.info = r.Header.SessionID, challenge, smbproto.TargetInfoOf(raw)
}

// setup sends a SESSION_SETUP.
func (p *peer) setup(token []byte) smbproto.SMB2SessionSetupResponse {
	p.t.Helper()
	b := smbproto.SMB2SessionSetupRequest{Header: p.header(), SecurityMode: smbproto.SMB2SigningEnabled, SecurityBuffer: token}.Append(nil)
	p.preauth.Add(b)
	answer := p.exchange(b)
	r, err := smbproto.ParseSMB2SessionSetupResponse(answer)
	if err != nil {
		p.t.Fatal(err)
	}
	if r.Header.Status == smbproto.StatusMoreProcessingRequired {
		p.preauth.Add(answer)
	}
	if p.key != nil && r.Header.Status == smbproto.StatusSuccess && !p.algorithm.Verify(p.key, answer) {
		p.t.Error("the answer to the logon is not signed rightly")
	}
	return r
}

// logon proves an account with NTLMv2, and returns what the listener says.
func (p *peer) logon(user, password string) smbproto.Status {
	p.t.Helper()
	p.ask()
	hash := signing.NTHash(password)
	owner := mac(hash[:], utf16Bytes(strings.ToUpper(user)+"DOMAIN"))
	blob := smbproto.NTLMv2Response([16]byte{}, [8]byte{1}, 0, p.info)[16:]
	proof := [16]byte(mac(owner, p.challenge.ServerChallenge[:], blob))
	nt := append(proof[:], blob...)
	token := smbproto.NTLMAuthenticate{Flags: peerFlags, Domain: "DOMAIN", User: user, Workstation: "PEER"}.Append(nil, make([]byte, 24), nt)
	session := mac(owner, proof[:])
	return p.authenticate(token, session)
}

// authenticate sends an AUTHENTICATE message that agrees on a session key.
func (p *peer) authenticate(token, session []byte) smbproto.Status {
	p.t.Helper()
	preauth := p.preauth
	b := smbproto.SMB2SessionSetupRequest{Header: smbproto.SMB2Header{MessageID: p.next, Credits: 16, SessionID: p.session},
		SecurityMode: smbproto.SMB2SigningEnabled, SecurityBuffer: token}.Append(nil)
	preauth.Add(b)
	p.key = signing.Key(p.dialect, session, preauth.Sum())
	r := p.setup(token)
	if r.Header.Status != smbproto.StatusSuccess {
		p.key, p.session = nil, 0
	}
	return r.Header.Status
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

func utf16Bytes(s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// signed signs a message, and tampered signs it wrongly.
func (p *peer) signed(m []byte) []byte { p.algorithm.Sign(p.key, m); return m }
func (p *peer) tampered(m []byte) []byte {
	p.signed(m)
	m[48] ^= 1
	return m
}

// plain leaves a message without a signature.
func (p *peer) plain(m []byte) []byte { return m }

// ready logs on with the listener's account.
func (b *bench) ready(d smbproto.Dialect, algorithms ...uint16) *peer {
	b.t.Helper()
	p := b.peer()
	p.negotiate([]smbproto.Dialect{d}, algorithms...)
	if status := p.logon(testUser, testPassword); status != smbproto.StatusSuccess {
		b.t.Fatalf("logon: %v", status)
	}
	return p
}

// connect asks for a share.
func (p *peer) connect(share string, sign func([]byte) []byte) smbproto.Status {
	p.t.Helper()
	answer := p.exchange(sign(smbproto.SMB2TreeConnectRequest{Header: p.header(), Path: `\\127.0.0.1\` + share}.Append(nil)))
	r, err := smbproto.ParseSMB2TreeConnectResponse(answer)
	if err != nil {
		p.t.Fatal(err)
	}
	if r.Header.Status == smbproto.StatusSuccess {
		p.tree = r.Header.TreeID
	}
	return r.Header.Status
}

// open creates a file.
func (p *peer) open(name string, disposition, options uint32, sign func([]byte) []byte) (smbproto.FileID, smbproto.Status) {
	p.t.Helper()
	answer := p.exchange(sign(smbproto.SMB2CreateRequest{Header: p.header(), Disposition: disposition, Options: options, Name: name}.Append(nil)))
	r, err := smbproto.ParseSMB2CreateResponse(answer)
	if err != nil {
		p.t.Fatal(err)
	}
	return r.FileID, r.Header.Status
}

// status sends a message and returns the status of the answer.
func (p *peer) status(m []byte) smbproto.Status {
	p.t.Helper()
	h, err := smbproto.ParseSMB2Header(p.exchange(m))
	if err != nil {
		p.t.Fatal(err)
	}
	return h.Status
}
