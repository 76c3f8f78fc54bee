package smbtest

import (
	"crypto/cipher"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"slices"
	"time"

	"smbready/internal/signing"
	"smbready/smbproto"
)

// AccountServer is an SMB2 server with one account, to which one can really log
// on: it checks NTLMv2 and signs as [MS-SMB2] has it. It has IPC$ and nothing
// else. What else a server may get wrong, Mangle does to its answers.
type AccountServer struct {
	User   string
	NTHash [16]byte // of its password, [MS-NLMP] 3.3.1

	Dialects      []smbproto.Dialect // nil: all
	Required      bool               // it requires signing
	MapToGuest    bool               // who cannot log on becomes a guest
	SetupFlags    uint16             // SessionFlags that every logon gets besides
	LogonStatus   smbproto.Status    // of every logon; default: by the password
	TreeStatus    smbproto.Status    // of TREE_CONNECT
	Mechanism     smbproto.Mechanism // that its challenge names; "": NTLM
	Unsigned      bool               // it signs nothing but the logon
	UnsignedLogon bool               // it does not sign the logon
	WrongKey      bool               // it signs with another key
	WrongKeyAt    smbproto.Dialect   // only at this dialect
	TakesAll      bool               // it does not look at signatures
	Encrypts      bool               // it demands encryption, since SMB 3.0: AES-128-GCM at 3.1.1, AES-128-CCM before
	CanEncrypt    bool               // it has a cipher, and does not demand encryption

	// Mangle takes an answer with its NetBIOS header and returns what is sent;
	// nil ends the connection, and an empty slice sends nothing.
	Mangle func(stage AccountStage, frame []byte) []byte
}

// AccountStage is the question that an answer of an AccountServer is for.
type AccountStage uint8

// Stages.
const (
	StageNegotiate AccountStage = iota
	StageChallenge
	StageLogon
	StageTree
	StageOther
)

// StagePassword and StageHash are a password and its hash, which [MS-NLMP]
// 4.2.2.1.2 gives.
const StagePassword = "Password"

// StageHash is the NT hash of StagePassword.
var StageHash = [16]byte{0xa4, 0xf4, 0x9c, 0x40, 0x65, 0x10, 0xbd, 0xca, 0xb6, 0x82, 0x4e, 0xe7, 0xc3, 0x0f, 0xd8, 0x52}

// ServeConn plays one connection and closes it.
func (s *AccountServer) ServeConn(c net.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(defaultLifetime))
	session := &accountSession{s: s}
	in := smbproto.NewFrameReader(c, make([]byte, 4096))
	for range maxRequests {
		f, err := in.Next()
		if err != nil || f.Type != smbproto.FrameMessage {
			return
		}
		stage, answer := session.answer(f.Payload)
		if answer == nil {
			return
		}
		frame := smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.Bytes(answer))
		if s.Mangle != nil {
			if frame = s.Mangle(stage, frame); frame == nil {
				return
			}
		}
		if _, err := c.Write(frame); err != nil {
			return
		}
	}
}

// Listen puts the server at a loopback address until it is closed.
func (s *AccountServer) Listen(addr netip.AddrPort) (netip.AddrPort, io.Closer, error) {
	l := newServer()
	at, err := l.listenTCP(addr, s.ServeConn)
	if err != nil {
		l.Close()
		return at, nil, err
	}
	return at, l, nil
}

// accountSession is a server's side of a connection.
type accountSession struct {
	s         *AccountServer
	dialect   smbproto.Dialect
	preauth   signing.Preauth
	challenge [8]byte
	key       []byte      // that signs; nil for guests, and before the logon
	in, out   cipher.AEAD // nil where nothing can be encrypted
}

// answer returns the answer to a message, or nil to hang up.
func (c *accountSession) answer(b []byte) (AccountStage, []byte) {
	sealed := smbproto.ProtocolOf(b) == smbproto.ProtocolEncrypted
	if sealed {
		b = unseal(c.in, b)
	}
	h, err := smbproto.ParseSMB2Header(b)
	if err != nil || h.Response() {
		return 0, nil
	}
	switch {
	case sealed && h.Command <= smbproto.SMB2CommandSessionSetup:
		return 0, nil
	case h.Command == smbproto.SMB2CommandNegotiate && c.dialect == 0:
		return StageNegotiate, c.negotiate(b, h)
	case c.dialect == 0:
		return 0, nil
	case h.Command == smbproto.SMB2CommandSessionSetup:
		return c.setup(b, h)
	}
	stage := StageOther
	if h.Command == commandTreeConnect {
		stage = StageTree
	}
	answer := c.command(b, h, sealed)
	if sealed {
		answer = seal(c.out, answer)
	}
	return stage, answer
}

// Commands after the logon, [MS-SMB2] 2.2.1.2.
const (
	commandLogoff         = 2
	commandTreeConnect    = 3
	commandTreeDisconnect = 4
)

func (c *accountSession) negotiate(b []byte, h smbproto.SMB2Header) []byte {
	req, err := smbproto.ParseSMB2NegotiateRequest(b)
	if err != nil {
		return nil
	}
	d := (&SMB2{Dialects: c.s.Dialects}).choose(req.Dialects)
	if d == 0 {
		return smbproto.SMB2Error{Header: smb2Answer(h, smbproto.StatusNotSupported)}.Append(nil)
	}
	m := smbproto.SMB2NegotiateResponse{Header: smb2Answer(h, smbproto.StatusSuccess), SecurityMode: smbproto.SMB2SigningEnabled, Dialect: d,
		Capabilities: smbproto.CapLargeMTU, MaxTransact: 1 << 20, MaxRead: 1 << 20, MaxWrite: 1 << 20, SystemTime: smbproto.NewFiletime(time.Now()),
		SecurityBuffer: smbproto.SPNEGO{Mechanisms: []smbproto.Mechanism{smbproto.MechNTLMSSP}, HintName: hintName}.Append(nil)}
	if c.s.Required {
		m.SecurityMode |= smbproto.SMB2SigningRequired
	}
	if d == smbproto.Dialect311 {
		m.Contexts = []smbproto.NegotiateContext{smbproto.PreauthIntegrity(make([]byte, 32))}
		if c.s.Encrypts || c.s.CanEncrypt {
			m.Contexts = append(m.Contexts, smbproto.Encryption(smbproto.CipherAES128GCM))
		}
	}
	c.dialect = d
	answer := m.Append(nil)
	c.preauth.Add(b)
	c.preauth.Add(answer)
	return answer
}

func (c *accountSession) setup(b []byte, h smbproto.SMB2Header) (AccountStage, []byte) {
	req, err := smbproto.ParseSMB2SessionSetupRequest(b)
	if err != nil {
		return 0, nil
	}
	c.preauth.Add(b)
	switch t, m := ntlmType(req.SecurityBuffer); t {
	case 1:
		answer := c.ask(h).Append(nil)
		c.preauth.Add(answer)
		return StageChallenge, answer
	case 3:
		return StageLogon, c.logon(m, h)
	}
	return 0, nil
}

// ask returns the answer with the challenge.
func (c *accountSession) ask(h smbproto.SMB2Header) smbproto.SMB2SessionSetupResponse {
	copy(c.challenge[:], "smbtest!")
	mechanism := c.s.Mechanism
	if mechanism == "" {
		mechanism = smbproto.MechNTLMSSP
	}
	challenge := smbproto.NTLMChallenge{Flags: ntlmFlags | smbproto.NTLMTargetInfo | smbproto.NTLMTargetTypeServer, TargetName: "SMBTEST",
		ServerChallenge: c.challenge, NbComputerName: "SMBTEST", NbDomainName: "SMBTEST"}
	m := smbproto.SMB2SessionSetupResponse{Header: smb2Answer(h, smbproto.StatusMoreProcessingRequired),
		SecurityBuffer: smbproto.SPNEGO{Response: true, State: 1, Mechanisms: []smbproto.Mechanism{mechanism}, Token: challenge.Append(nil)}.Append(nil)}
	m.Header.SessionID = smb2SessionID
	return m
}

// logon judges an AUTHENTICATE message and answers it.
func (c *accountSession) logon(m []byte, h smbproto.SMB2Header) []byte {
	header := smb2Answer(h, c.s.LogonStatus)
	header.SessionID = smb2SessionID
	key, ok := signing.SessionKey(m, c.challenge, c.s.User, c.s.NTHash)
	if !ok && !c.s.MapToGuest && header.Status == smbproto.StatusSuccess {
		header.Status = smbproto.StatusLogonFailure
	}
	if header.Status != smbproto.StatusSuccess {
		return smbproto.SMB2Error{Header: header}.Append(nil)
	}
	answer := smbproto.SMB2SessionSetupResponse{Header: header, SessionFlags: c.flags(),
		SecurityBuffer: smbproto.SPNEGO{Response: true, State: 0}.Append(nil)}
	if !ok {
		answer.SessionFlags = c.s.SetupFlags | smbproto.SessionFlagGuest
		return answer.Append(nil)
	}
	c.key = signing.Key(c.dialect, key, c.preauth.Sum())
	c.in, c.out = ciphers(c.dialect, key, c.preauth.Sum())
	if c.s.WrongKey && (c.s.WrongKeyAt == 0 || c.s.WrongKeyAt == c.dialect) {
		c.key = slices.Clone(c.key)
		c.key[0] ^= 1
	}
	b := answer.Append(nil)
	if !c.s.UnsignedLogon {
		signing.Sign(c.dialect, c.key, b)
	}
	return b
}

// flags returns the SessionFlags of a logon.
func (c *accountSession) flags() uint16 {
	flags := c.s.SetupFlags
	if c.s.Encrypts && c.dialect >= smbproto.Dialect300 {
		flags |= smbproto.SessionFlagEncrypt
	}
	return flags
}

// command answers what comes after the logon.
func (c *accountSession) command(b []byte, h smbproto.SMB2Header, sealed bool) []byte {
	header := smb2Answer(h, smbproto.StatusSuccess)
	guest := c.key == nil
	if !guest && !c.s.TakesAll && !c.s.WrongKey && !sealed && !signing.Verify(c.dialect, c.key, b) {
		header.Status = smbproto.StatusAccessDenied
		return smbproto.SMB2Error{Header: header}.Append(nil)
	}
	var answer []byte
	switch h.Command {
	case commandTreeConnect:
		header.TreeID, header.Status = 1, c.s.TreeStatus
		answer = c.tree(header)
	case commandTreeDisconnect, commandLogoff:
		header.TreeID = h.TreeID
		answer = bodyOf(header, []byte{4, 0, 0, 0})
	default:
		header.Status = smbproto.StatusNotSupported
		answer = smbproto.SMB2Error{Header: header}.Append(nil)
	}
	if !guest && !c.s.Unsigned && !sealed {
		signing.Sign(c.dialect, c.key, answer)
	}
	return answer
}

// tree answers TREE_CONNECT, [MS-SMB2] 2.2.10.
func (c *accountSession) tree(h smbproto.SMB2Header) []byte {
	if h.Status != smbproto.StatusSuccess {
		return smbproto.SMB2Error{Header: h}.Append(nil)
	}
	const pipe = 2
	body := []byte{16, 0, pipe, 0}
	body = binary.LittleEndian.AppendUint32(body, 0)
	body = binary.LittleEndian.AppendUint32(body, 0)
	return bodyOf(h, binary.LittleEndian.AppendUint32(body, 0x001f01ff))
}

// bodyOf puts a body behind a header. An error answer has the same header.
func bodyOf(h smbproto.SMB2Header, body []byte) []byte {
	b := smbproto.SMB2Error{Header: h}.Append(nil)
	return append(b[:smb2Header], body...)
}

// smb2Header is the size of a header, in bytes.
const smb2Header = 64
