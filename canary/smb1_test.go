package canary

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"smbready/internal/signing"
	"smbready/inventory"
	"smbready/smbproto"
)

// smb1Client is a client of the tests: what of the protocol it does, and does
// wrong, is told by its fields.
type smb1Client struct {
	t        testing.TB
	c        net.Conn
	frames   *smbproto.FrameReader
	flags2   uint16 // of every request
	says     bool   // that it signs, in SESSION_SETUP_ANDX and after it
	signs    bool   // it does
	mangle   func(b []byte)
	stuck    bool // the sequence number stays
	key      []byte
	sequence uint32
	answers  uint32 // sequence number of the next answer
	uid, tid uint16
	mid      uint16
}

// Flags2 of the clients of the tests.
const (
	modern = smbproto.Flags2Unicode | smbproto.Flags2NTStatus | smbproto.Flags2ExtendedSecurity | smbproto.Flags2LongNames
	plain  = smbproto.Flags2Unicode | smbproto.Flags2NTStatus | smbproto.Flags2LongNames
	old    = smbproto.Flags2LongNames // OEM text and DOS errors
)

func (b *bench) smb1(flags2 uint16) *smb1Client {
	c := b.dial()
	return &smb1Client{t: b.t, c: c, frames: smbproto.NewFrameReader(c, nil), flags2: flags2}
}

func (c *smb1Client) header() smbproto.SMB1Header {
	c.mid++
	h := smbproto.SMB1Header{Flags: 0x18, Flags2: c.flags2, TID: c.tid, UID: c.uid, MID: c.mid}
	if c.says {
		h.Flags2 |= smbproto.Flags2SecuritySignature
	}
	return h
}

// send sends a message, signed where the client has a key and does sign.
func (c *smb1Client) send(b []byte) {
	c.t.Helper()
	if c.key != nil {
		if c.signs {
			flags2 := b[10]
			signing.SignSMB1(c.key, c.sequence, b)
			if b[10] != flags2 { // signed without saying so: the signature covers the flags
				b[10] = flags2
				copy(b[14:], smb1MAC(c.key, c.sequence, b))
			}
		}
		c.answers = c.sequence + 1
		if !c.stuck {
			c.sequence += 2
		}
	}
	if c.mangle != nil {
		c.mangle(b)
	}
	if _, err := c.c.Write(smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.Bytes(b))); err != nil {
		c.t.Fatal(err)
	}
}

// smb1MAC is [MS-CIFS] 3.1.4.1, reckoned once more.
func smb1MAC(key []byte, sequence uint32, b []byte) []byte {
	b = bytes.Clone(b)
	clear(b[14:22])
	binary.LittleEndian.PutUint32(b[14:], sequence)
	sum := md5.Sum(append(bytes.Clone(key), b...))
	return sum[:8]
}

// receive returns the next answer, and fails the test if it is not one that this
// client must accept.
func (c *smb1Client) receive() (smbproto.SMB1Message, []byte) {
	c.t.Helper()
	f, err := c.frames.Next()
	if err != nil {
		c.t.Fatal(err)
	}
	b := bytes.Clone(f.Payload)
	m, err := smbproto.ParseSMB1Message(b)
	if err != nil || !m.Header.Reply() || m.Header.MID != c.mid {
		c.t.Fatalf("%+v, %v", m.Header, err)
	}
	if c.key != nil && c.signs && c.mangle == nil && !c.stuck && !signing.VerifySMB1(c.key, c.answers, b) {
		c.t.Errorf("the answer to command %02x is not signed as number %d", m.Header.Command, c.answers)
	}
	return m, b
}

// ask sends one command and returns its answer.
func (c *smb1Client) ask(command uint8, words, data []byte) smbproto.SMB1Message {
	c.t.Helper()
	c.send(smbproto.SMB1Message{Header: c.header(), Blocks: []smbproto.SMB1Block{{Command: command, Words: words, Bytes: data}}}.Append(nil))
	m, _ := c.receive()
	return m
}

// status is ask for what has no more than a status.
func (c *smb1Client) status(command uint8, words, data []byte) smbproto.Status {
	c.t.Helper()
	return c.ask(command, words, data).Header.Status
}

// negotiate offers dialects and returns the answer.
func (c *smb1Client) negotiate(dialects ...string) smbproto.SMB1NegotiateResponse {
	c.t.Helper()
	c.send(smbproto.SMB1NegotiateRequest{Header: c.header(), Dialects: dialects}.Append(nil))
	_, b := c.receive()
	m, err := smbproto.ParseSMB1NegotiateResponse(b)
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

func utf16Of(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// ntlmv2 returns an NTLMv2 response and the session key that comes with it,
// [MS-NLMP] 3.3.2.
func ntlmv2(user, domain, password string, challenge []byte) (response, key []byte) {
	hash := signing.NTHash(password)
	owner := hmacMD5(hash[:], utf16Of(strings.ToUpper(user)), utf16Of(domain))
	blob := smbproto.NTLMv2Response([16]byte{}, [8]byte{1, 2, 3}, smbproto.NewFiletime(time.Unix(1e9, 0)), nil)[16:]
	proof := hmacMD5(owner, challenge, blob)
	return append(proof, blob...), hmacMD5(owner, proof)
}

// logon negotiates NT LM 0.12 and logs on, in the form that the flags say. It
// returns the status of the last answer.
func (c *smb1Client) logon(user, password string) smbproto.Status {
	c.t.Helper()
	m := c.negotiate("PC NETWORK PROGRAM 1.0", smbproto.DialectNTLM012)
	if m.DialectIndex != 1 {
		c.t.Fatalf("dialect %d", m.DialectIndex)
	}
	if m.ExtendedSecurity() {
		return c.extended(user, password)
	}
	var response, key []byte
	if user != "" {
		response, key = ntlmv2(user, "GRP", password, m.Challenge)
	}
	logon := smbproto.SMB1Logon{SMB1SessionSetupRequest: smbproto.SMB1SessionSetupRequest{Header: c.header(), Account: user,
		PrimaryDomain: "GRP", NativeOS: "TestOS", NativeLANManager: "TestLM"}, UnicodeResponse: response}
	c.send(logon.Append(nil))
	answer, _ := c.receive()
	c.begin(answer, signing.SMB1Key(key, response))
	return answer.Header.Status
}

// begin takes the session up, where there is one.
func (c *smb1Client) begin(answer smbproto.SMB1Message, key []byte) {
	c.uid = answer.Header.UID
	if answer.Header.Status == smbproto.StatusSuccess {
		c.key, c.sequence = key, 2
	}
}

// extended logs on by NTLMSSP without a key exchange.
func (c *smb1Client) extended(user, password string) smbproto.Status {
	c.t.Helper()
	const flags = smbproto.NTLMUnicode | smbproto.NTLMNTLM | smbproto.NTLMSign | smbproto.NTLMExtendedSession
	setup := func(token []byte) (smbproto.SMB1Message, []byte) {
		m := smbproto.SMB1SessionSetupRequest{Header: c.header(), SecurityBlob: token, NativeOS: "TestOS", NativeLANManager: "TestLM"}
		c.send(m.Append(nil))
		return c.receive()
	}
	answer, b := setup(smbproto.NTLMNegotiate{Flags: flags}.Append(nil))
	c.uid = answer.Header.UID
	m, err := smbproto.ParseSMB1SessionSetupResponse(b)
	if err != nil || m.Header.Status != smbproto.StatusMoreProcessingRequired {
		c.t.Fatalf("%+v, %v", m, err)
	}
	challenge, err := smbproto.ParseNTLMChallenge(m.SecurityBlob)
	if err != nil {
		c.t.Fatal(err)
	}
	a := smbproto.NTLMAuthenticate{Flags: flags, User: user, Domain: "GRP", Workstation: "COPIER7"}
	var response, key []byte
	if user != "" {
		response, key = ntlmv2(user, "GRP", password, challenge.ServerChallenge[:])
	}
	answer, b = setup(a.Append(nil, make([]byte, 24), response))
	c.begin(answer, key)
	if c.key != nil && c.says && !signing.VerifySMB1(key, 1, b) {
		c.t.Error("the logon's answer is not signed as number 1")
	}
	return answer.Header.Status
}

// connect asks for a share.
func (c *smb1Client) connect(share string) smbproto.Status {
	c.t.Helper()
	c.send(smbproto.SMB1TreeConnectRequest{Header: c.header(), PasswordLength: 1, Path: `\\canary\` + share, Service: "?????"}.Append(nil))
	m, _ := c.receive()
	c.tid = m.Header.TID
	return m.Header.Status
}

// andX returns words behind those of a chain.
func andX(words ...uint16) []byte {
	b := make([]byte, 4)
	for _, w := range words {
		b = binary.LittleEndian.AppendUint16(b, w)
	}
	return b
}

// create makes a file by NT_CREATE_ANDX and returns its number.
func (c *smb1Client) create(name string, disposition, options uint32) (uint16, smbproto.Status) {
	c.t.Helper()
	text := utf16Of(name)
	words := append(make([]byte, 5), byte(len(text)), byte(len(text)>>8))
	words = append(words, make([]byte, 28)...)
	words = binary.LittleEndian.AppendUint32(words, disposition)
	words = binary.LittleEndian.AppendUint32(words, options)
	m := c.ask(smbproto.SMB1CommandNTCreate, append(words, make([]byte, 5)...), append([]byte{0}, text...))
	if m.Header.Status != smbproto.StatusSuccess {
		return 0, m.Header.Status
	}
	return binary.LittleEndian.Uint16(m.Blocks[0].Words[5:]), smbproto.StatusSuccess
}

// write writes by WRITE_ANDX.
func (c *smb1Client) write(fid uint16, offset uint32, data []byte) smbproto.Status {
	c.t.Helper()
	words := andX(fid, uint16(offset), uint16(offset>>16), 0, 0, 0, 0, uint16(len(data)>>16), uint16(len(data)), 32+1+24+2+1)
	return c.status(smbproto.SMB1CommandWriteAndX, words, append([]byte{0}, data...))
}

// scan does what a copier does: it connects, makes a file, writes it, closes it
// and leaves. It stops at the first refusal.
func (c *smb1Client) scan() smbproto.Status {
	c.t.Helper()
	if status := c.connect(testShare); status != smbproto.StatusSuccess {
		return status
	}
	fid, status := c.create(`\scan.pdf`, smbproto.FileOverwriteIf, smbproto.CreateNonDirectory)
	if status != smbproto.StatusSuccess {
		return status
	}
	for _, step := range []func() smbproto.Status{
		func() smbproto.Status { return c.write(fid, 0, make([]byte, 4000)) },
		func() smbproto.Status {
			return c.status(smbproto.SMB1CommandClose, binary.LittleEndian.AppendUint16(nil, fid), nil)
		},
		func() smbproto.Status { return c.status(smbproto.SMB1CommandTreeDisconnect, nil, nil) },
		func() smbproto.Status { return c.status(smbproto.SMB1CommandLogoff, make([]byte, 4), nil) },
	} {
		if status := step(); status != smbproto.StatusSuccess {
			return status
		}
	}
	return smbproto.StatusSuccess
}

// TestSMB1Signing lets clients of every manner scan in both stages: what counts
// is what the listener says of their signatures, and whom it serves.
func TestSMB1Signing(t *testing.T) {
	flip := func(b []byte) {
		if string(b[14:22]) != "\x00\x00\x00\x00\x00\x00\x00\x00" {
			b[14] ^= 1
		}
	}
	junk := func(b []byte) {
		if b[4] != smbproto.SMB1CommandNegotiate && b[4] != smbproto.SMB1CommandSessionSetup {
			copy(b[14:], "junkjunk")
		}
	}
	filler := func(b []byte) { copy(b[14:], placeholder) }
	const served, refused = smbproto.StatusSuccess, smbproto.StatusAccessDenied
	tests := []struct {
		name     string
		flags2   uint16
		change   func(c *smb1Client)
		stage    Stage
		status   smbproto.Status
		check    inventory.Check
		signed   bool
		end      inventory.End
		answered bool // the answers are signed
	}{
		{"signs", modern, func(c *smb1Client) { c.says, c.signs = true, true }, StageObserve, served, inventory.CheckRight, true, inventory.EndLogoff, true},
		{"signs", modern, func(c *smb1Client) { c.says, c.signs = true, true }, StageRequire, served, inventory.CheckRight, true, inventory.EndLogoff, true},
		{"signs, 13 words", plain, func(c *smb1Client) { c.says, c.signs = true, true }, StageRequire, served, inventory.CheckRight, true, inventory.EndLogoff, true},
		{"signs without saying so", modern, func(c *smb1Client) { c.signs = true }, StageRequire, served, inventory.CheckRight, true, inventory.EndLogoff, true},
		{"never signs", modern, nil, StageObserve, served, inventory.CheckUnknown, false, inventory.EndLogoff, false},
		{"never signs", modern, nil, StageRequire, refused, inventory.CheckUnknown, false, inventory.EndServerRefused, true},
		{"never signs, 13 words", plain, nil, StageRequire, refused, inventory.CheckUnknown, false, inventory.EndServerRefused, true},
		{"says so and does not", modern, func(c *smb1Client) { c.says = true }, StageRequire, refused, inventory.CheckUnknown, false, inventory.EndServerRefused, true},
		{"signs wrongly", modern, func(c *smb1Client) { c.says, c.signs, c.mangle = true, true, flip }, StageObserve, refused, inventory.CheckWrong, true, inventory.EndServerRefused, true},
		{"signs wrongly", modern, func(c *smb1Client) { c.says, c.signs, c.mangle = true, true, flip }, StageRequire, refused, inventory.CheckWrong, true, inventory.EndServerRefused, true},
		{"junk, without saying so", modern, func(c *smb1Client) { c.mangle = junk }, StageObserve, served, inventory.CheckUnknown, false, inventory.EndLogoff, false},
		{"junk, without saying so", modern, func(c *smb1Client) { c.mangle = junk }, StageRequire, refused, inventory.CheckUnknown, false, inventory.EndServerRefused, true},
		{"filler for a signature", modern, func(c *smb1Client) { c.says, c.mangle = true, filler }, StageRequire, refused, inventory.CheckUnknown, false, inventory.EndServerRefused, true},
	}
	for _, tt := range tests {
		t.Run(tt.name+", "+tt.stage.Signing().String(), func(t *testing.T) {
			b := listen(t, func(o *Options) { o.Stage = tt.stage })
			c := b.smb1(tt.flags2)
			if tt.change != nil {
				tt.change(c)
			}
			if status := c.logon(testUser, testPassword); status != served {
				t.Fatalf("logon: %v", status)
			}
			if status := c.scan(); status != tt.status {
				t.Errorf("the scan ended with %v, want %v", status, tt.status)
			}
			c.c.Close()
			k := b.contact()
			if k.Signature != tt.check || (k.Requests.Signed > 0) != tt.signed || (k.Requests.Unsigned > 0) == tt.signed || k.End != tt.end {
				t.Errorf("signatures %v, requests %+v, end %v; want %v, signed %v, %v", k.Signature, k.Requests, k.End, tt.check, tt.signed, tt.end)
			}
			if (k.Answers.Signed > 0) != tt.answered || k.Demanded != tt.stage.Signing() || k.Dialect != "NT LM 0.12" {
				t.Errorf("answers %+v, demanded %v, dialect %s", k.Answers, k.Demanded, k.Dialect)
			}
			stage, data := inventory.StageData, true
			if tt.status == refused {
				stage, data = inventory.StageTreeConnect, false
			}
			if k.Stage != stage || k.Data != data || (k.Failed > 0) == data {
				t.Errorf("stage %v, data %v, failed %d", k.Stage, k.Data, k.Failed)
			}
			if l := k.Logon; !l.KnownKey || !l.Granted || l.Mechanism != "NTLMv2" || l.User != testUser || l.As != inventory.LogonAccount {
				t.Errorf("logon %+v", l)
			}
			if o := k.Offer; *o.Flags2&^smbproto.Flags2SecuritySignature != tt.flags2 || (*o.SetupFlags2&smbproto.Flags2SecuritySignature != 0) != c.says || o.NativeOS != "TestOS" {
				t.Errorf("offer %+v", o)
			}
		})
	}
}

// TestSMB1Replay: a signature counts once. One of an earlier number is wrong, and
// so is all that follows it.
func TestSMB1Replay(t *testing.T) {
	b := listen(t, nil)
	c := b.smb1(modern)
	c.says, c.signs = true, true
	c.logon(testUser, testPassword)
	if status := c.connect(testShare); status != smbproto.StatusSuccess {
		t.Fatal(status)
	}
	c.stuck, c.sequence = true, 2
	for range 3 {
		if _, status := c.create(`\a`, smbproto.FileOverwriteIf, 0); status != smbproto.StatusAccessDenied {
			t.Errorf("served: %v", status)
		}
	}
	c.c.Close()
	if k := b.contact(); k.Signature != inventory.CheckWrong || k.Requests.Signed != 4 || k.End != inventory.EndServerRefused || k.Stage != inventory.StageFile {
		t.Errorf("got %+v", k)
	}
}

// TestSMB1Logon: only the listener's own account is let in, and of others it is
// told as what they came.
func TestSMB1Logon(t *testing.T) {
	tests := []struct {
		name, user, password string
		as                   inventory.LogonKind
		granted              bool
	}{
		{"right", testUser, testPassword, inventory.LogonAccount, true},
		{"in upper case", strings.ToUpper(testUser), testPassword, inventory.LogonAccount, true},
		{"wrong password", testUser, "wrong", inventory.LogonAccount, false},
		{"another user", "administrator", testPassword, inventory.LogonAccount, false},
		{"guest", "Guest", "x", inventory.LogonGuest, false},
		{"anonymous", "", "", inventory.LogonAnonymous, false},
	}
	for _, tt := range tests {
		for _, flags2 := range []uint16{modern, plain} {
			for _, stage := range []Stage{StageObserve, StageRequire} {
				t.Run(tt.name, func(t *testing.T) {
					b := listen(t, func(o *Options) { o.Stage = stage })
					c := b.smb1(flags2)
					c.says, c.signs = true, true
					want, said := smbproto.StatusLogonFailure, "STATUS_LOGON_FAILURE"
					if tt.granted {
						want, said = smbproto.StatusSuccess, ""
					}
					if status := c.logon(tt.user, tt.password); status != want {
						t.Errorf("logon: %v", status)
					}
					if status := c.connect(testShare); (status == smbproto.StatusSuccess) != tt.granted {
						t.Errorf("connected: %v", status)
					}
					c.c.Close()
					k := b.contact()
					if l := k.Logon; l.As != tt.as || l.Granted != tt.granted || l.KnownKey != tt.granted || l.Status != said || k.Stage != inventory.StageTreeConnect {
						t.Errorf("stage %v, logon %+v", k.Stage, l)
					}
					if flags2 == modern && k.Logon.Workstation != "COPIER7" {
						t.Errorf("workstation %q", k.Logon.Workstation)
					}
				})
			}
		}
	}
}

// TestSMB1SecondLogon: a logon that was refused does not hide the one that was
// granted, and signing goes on with the first one's key.
func TestSMB1SecondLogon(t *testing.T) {
	b := listen(t, func(o *Options) { o.Stage = StageRequire })
	c := b.smb1(plain)
	c.says, c.signs = true, true
	if status := c.logon(testUser, testPassword); status != smbproto.StatusSuccess {
		t.Fatal(status)
	}
	second := smbproto.SMB1Logon{SMB1SessionSetupRequest: smbproto.SMB1SessionSetupRequest{Header: c.header()}}
	c.send(second.Append(nil))
	if m, _ := c.receive(); m.Header.Status != smbproto.StatusLogonFailure {
		t.Errorf("an anonymous logon: %v", m.Header.Status)
	}
	if status := c.scan(); status != smbproto.StatusSuccess {
		t.Errorf("the scan: %v", status)
	}
	c.c.Close()
	if k := b.contact(); !k.Logon.Granted || k.Logon.As != inventory.LogonAccount || k.Signature != inventory.CheckRight || len(k.Quirks) != 1 {
		t.Errorf("logon %+v, %v, quirks %q", k.Logon, k.Signature, k.Quirks)
	}
}

// TestSMB1OldResponses: LAN Manager's and clear passwords are told as such, and a
// response of NTLM version 1 to the challenge is known for right.
func TestSMB1OldResponses(t *testing.T) {
	tests := []struct {
		name      string
		oem, nt   func(challenge []byte) []byte
		mechanism string
		granted   bool
	}{
		{"LM", func([]byte) []byte { return make([]byte, 24) }, nil, "LM", false},
		{"clear", func([]byte) []byte { return []byte(testPassword + "\x00") }, nil, "plaintext", false},
		{"wrong NTLMv1", nil, func([]byte) []byte { return make([]byte, 24) }, "NTLMv1", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := listen(t, nil)
			c := b.smb1(old)
			m := c.negotiate(smbproto.DialectNTLM012)
			if len(m.Challenge) != 8 || m.Domain != smb1Workgroup || m.Server != "SMBREADY" {
				t.Fatalf("%+v", m)
			}
			logon := smbproto.SMB1Logon{SMB1SessionSetupRequest: smbproto.SMB1SessionSetupRequest{Header: c.header(), Account: testUser}}
			if tt.oem != nil {
				logon.OEMResponse = tt.oem(m.Challenge)
			}
			if tt.nt != nil {
				logon.UnicodeResponse = tt.nt(m.Challenge)
			}
			c.send(logon.Append(nil))
			answer, _ := c.receive()
			if answer.Header.Status != smbproto.StatusLogonFailure.DOS() || answer.Header.NTStatus() {
				t.Errorf("status %v", answer.Header.Status)
			}
			c.c.Close()
			if l := b.contact().Logon; l.Mechanism != tt.mechanism || l.Granted != tt.granted {
				t.Errorf("logon %+v", l)
			}
		})
	}
}

// TestSMB1Negotiate: what is answered, and what becomes of clients that go no
// further.
func TestSMB1Negotiate(t *testing.T) {
	t.Run("modes", func(t *testing.T) {
		for stage, mode := range map[Stage]smbproto.SMB1SecurityMode{StageObserve: 0x07, StageRequire: 0x0f} {
			b := listen(t, func(o *Options) { o.Stage = stage })
			c := b.smb1(modern)
			if m := c.negotiate(smbproto.DialectNTLM012); m.SecurityMode != mode || !m.ExtendedSecurity() {
				t.Errorf("%+v", m)
			}
			c.c.Close()
			if k := b.contact(); k.Stage != inventory.StageNegotiate || k.End != inventory.EndClientClosed || k.Logon.As != inventory.LogonNone {
				t.Errorf("%+v", k)
			}
		}
	})
	t.Run("LAN Manager", func(t *testing.T) {
		b := listen(t, nil)
		c := b.smb1(old)
		if m := c.negotiate("PC NETWORK PROGRAM 1.0", smbproto.DialectLANMAN21); m.WordCount != 1 || m.DialectIndex != smbproto.NoDialect {
			t.Errorf("%+v", m)
		}
		if _, err := c.frames.Next(); err == nil {
			t.Error("the connection goes on")
		}
		if k := b.contact(); k.End != inventory.EndServerClosed || k.Dialect != "" || len(k.Offer.SMB1Dialects) != 2 || len(k.Quirks) != 1 {
			t.Errorf("%+v", k)
		}
	})
	for name, second := range map[string]func(c *smb1Client) []byte{
		"a second one": func(c *smb1Client) []byte {
			return smbproto.SMB1NegotiateRequest{Header: c.header(), Dialects: []string{smbproto.DialectNTLM012}}.Append(nil)
		},
		"an answer": func(c *smb1Client) []byte {
			h := c.header()
			h.Flags |= smbproto.SMB1FlagReply
			return smbproto.SMB1Message{Header: h, Blocks: []smbproto.SMB1Block{{Command: smbproto.SMB1CommandEcho}}}.Append(nil)
		},
		"a header cut off": func(*smb1Client) []byte { return []byte("\xffSMB\x2b") },
	} {
		t.Run(name, func(t *testing.T) {
			b := listen(t, nil)
			c := b.smb1(modern)
			c.negotiate(smbproto.DialectNTLM012)
			c.send(second(c))
			if _, err := c.frames.Next(); err == nil {
				t.Error("it is answered")
			}
			if k := b.contact(); k.End != inventory.EndMalformed {
				t.Errorf("%+v", k)
			}
		})
	}
}

// TestSMB1Chain logs on and connects in one message, as older clients do.
func TestSMB1Chain(t *testing.T) {
	b := listen(t, nil)
	c := b.smb1(plain)
	m := c.negotiate(smbproto.DialectNTLM012)
	response, key := ntlmv2(testUser, "", testPassword, m.Challenge)
	logon := smbproto.SMB1Logon{SMB1SessionSetupRequest: smbproto.SMB1SessionSetupRequest{Header: c.header(), Account: testUser}, UnicodeResponse: response}
	chain, err := smbproto.ParseSMB1Message(logon.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := smbproto.ParseSMB1Message(smbproto.SMB1TreeConnectRequest{Header: chain.Header, Path: `\\a\` + testShare, Service: "A:"}.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	chain.Blocks = append(chain.Blocks, tree.Blocks...)
	c.send(chain.Append(nil))
	answer, raw := c.receive()
	got, err := smbproto.ParseSMB1TreeConnectResponse(raw)
	if err != nil || got.Service != "A:" || got.FileSystem != "NTFS" || len(answer.Blocks) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if setup, err := smbproto.ParseSMB1SessionSetupResponse(raw); err != nil || setup.NativeOS != nativeOS {
		t.Errorf("%+v, %v", setup, err)
	}
	c.begin(answer, signing.SMB1Key(key, response))
	c.tid = answer.Header.TID
	if _, status := c.create(`\a`, smbproto.FileCreate, 0); status != smbproto.StatusSuccess {
		t.Error(status)
	}
	c.c.Close()
	if k := b.contact(); k.Stage != inventory.StageFile || k.Requests.Unsigned != 1 {
		t.Errorf("%+v", k)
	}
}

// TestSMB1Hidden: a request is not hidden from the check of its signature behind
// one that makes or ends the session.
func TestSMB1Hidden(t *testing.T) {
	b := listen(t, func(o *Options) { o.Stage = StageRequire })
	c := b.smb1(plain)
	c.logon(testUser, testPassword)
	tree, err := smbproto.ParseSMB1Message(smbproto.SMB1TreeConnectRequest{Header: c.header(), Path: `\\a\` + testShare, Service: "A:"}.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	chain := smbproto.SMB1Message{Header: tree.Header, Blocks: append([]smbproto.SMB1Block{{Command: smbproto.SMB1CommandLogoff, Words: make([]byte, 4)}}, tree.Blocks...)}
	c.send(chain.Append(nil))
	if m, _ := c.receive(); m.Header.Status != smbproto.StatusAccessDenied {
		t.Errorf("served: %v", m.Header.Status)
	}
	c.c.Close()
	if k := b.contact(); k.Requests.Unsigned != 1 || k.End != inventory.EndServerRefused {
		t.Errorf("%+v", k)
	}
}

// TestSMB1Files: a device finds what it has made, and nothing else.
func TestSMB1Files(t *testing.T) {
	b := listen(t, func(o *Options) { o.Limits.Written = 1 << 16 })
	c := b.smb1(modern)
	if status := c.logon(testUser, testPassword); status != smbproto.StatusSuccess {
		t.Fatal(status)
	}
	name := func(path string) []byte { return append(append([]byte{4}, utf16Of(path)...), 0, 0) }
	fid := func(n uint16, more ...byte) []byte { return append(binary.LittleEndian.AppendUint16(nil, n), more...) }
	want := func(what string, got, status smbproto.Status) {
		t.Helper()
		if got != status {
			t.Errorf("%s: %v, want %v", what, got, status)
		}
	}
	const fine, missing = smbproto.StatusSuccess, smbproto.StatusObjectNameNotFound
	want("a file without a share", c.write(1, 0, nil), smbproto.StatusSMBBadTID)
	want("another share", c.connect("C$"), smbproto.StatusBadNetworkName)
	want("pipes", c.connect("ipc$"), fine)
	_, status := c.create(`\srvsvc`, smbproto.FileOpen, 0)
	want("a pipe", status, missing)
	want("a transaction on a pipe", c.status(smbproto.SMB1CommandTransaction, make([]byte, 28), nil), smbproto.StatusNotSupported)
	want("the share", c.connect(strings.ToUpper(testShare)), fine)

	want("a folder", c.status(smbproto.SMB1CommandCreateDirectory, nil, name(`\f`)), fine)
	want("the folder again", c.status(smbproto.SMB1CommandCreateDirectory, nil, name(`\F`)), smbproto.StatusObjectNameCollision)
	want("a check of it", c.status(smbproto.SMB1CommandCheckDirectory, nil, name(`\f`)), fine)
	n, status := c.create(`\f\..\..\etc\passwd`, smbproto.FileOverwriteIf, 0)
	want("a path that leads out", status, fine)
	want("a write", c.write(n, 100, []byte("abc")), fine)
	want("a write beyond the limit", c.write(n, 1<<20, []byte("abc")), smbproto.StatusDiskFull)
	want("a write to no file", c.write(99, 0, []byte("abc")), smbproto.StatusInvalidHandle)
	want("a read", c.status(smbproto.SMB1CommandReadAndX, andX(n, 0, 0, 100, 0, 0, 0, 0), nil), fine)
	want("a flush", c.status(smbproto.SMB1CommandFlush, fid(n), nil), fine)
	want("a lock", c.status(smbproto.SMB1CommandLocking, andX(n, 0, 0, 0, 0, 0), nil), fine)
	want("a seek", c.status(smbproto.SMB1CommandSeek, fid(n, 0, 0, 0, 0, 0, 0), nil), fine)
	want("what is known of it", c.status(smbproto.SMB1CommandQueryInformation2, fid(n), nil), fine)
	want("its times", c.status(smbproto.SMB1CommandSetInformation2, fid(n, make([]byte, 12)...), nil), fine)
	want("a close", c.status(smbproto.SMB1CommandClose, fid(n, 0, 0, 0, 0), nil), fine)
	want("a second close", c.status(smbproto.SMB1CommandClose, fid(n, 0, 0, 0, 0), nil), smbproto.StatusInvalidHandle)

	m := c.ask(smbproto.SMB1CommandCreate, make([]byte, 6), name(`\old.tif`))
	want("an old create", m.Header.Status, fine)
	n = binary.LittleEndian.Uint16(m.Blocks[0].Words)
	want("an old write", c.status(smbproto.SMB1CommandWrite, fid(n, 3, 0, 0, 0, 0, 0, 0, 0), []byte{1, 3, 0, 'a', 'b', 'c'}), fine)
	want("a write that closes", c.status(smbproto.SMB1CommandWriteAndClose, fid(n, 3, 0, 3, 0, 0, 0, 0, 0, 0, 0), []byte{0, 'a', 'b', 'c'}), fine)
	m = c.ask(smbproto.SMB1CommandQueryInformation, nil, name(`\old.tif`))
	if size := binary.LittleEndian.Uint32(m.Blocks[0].Words[6:]); size != 6 {
		t.Errorf("a size of %d", size)
	}
	want("a new name", c.status(smbproto.SMB1CommandRename, make([]byte, 2), append(name(`\old.tif`), append([]byte{4, 0}, name(`\new.tif`)[1:]...)...)), fine)
	want("its attributes", c.status(smbproto.SMB1CommandSetInformation, make([]byte, 16), name(`\new.tif`)), fine)
	want("an old open", c.status(smbproto.SMB1CommandOpen, make([]byte, 4), name(`\new.tif`)), fine)
	want("an open of the old name", c.status(smbproto.SMB1CommandOpen, make([]byte, 4), name(`\old.tif`)), missing)
	want("a delete", c.status(smbproto.SMB1CommandDelete, make([]byte, 2), name(`\new.tif`)), fine)
	want("another delete", c.status(smbproto.SMB1CommandDelete, make([]byte, 2), name(`\new.tif`)), missing)
	want("no more folder", c.status(smbproto.SMB1CommandDeleteDirectory, nil, name(`\f`)), fine)
	want("the disk", c.status(smbproto.SMB1CommandQueryInformationDisk, nil, nil), fine)
	want("an echo", c.status(smbproto.SMB1CommandEcho, []byte{1, 0}, []byte("hello")), fine)
	want("an end of a process", c.status(smbproto.SMB1CommandProcessExit, nil, nil), fine)
	want("a search", c.status(smbproto.SMB1CommandSearch, make([]byte, 4), nil), smbproto.StatusNoMoreFiles)
	want("NT_TRANSACT", c.status(smbproto.SMB1CommandNTTransact, make([]byte, 40), nil), smbproto.StatusNotSupported)
	want("a command of nobody", c.status(0xfe, make([]byte, 40), nil), smbproto.StatusNotSupported)
	want("names that cannot be read", c.status(smbproto.SMB1CommandRename, make([]byte, 2), []byte{5}), smbproto.StatusInvalidParameter)
	c.send(smbproto.SMB1Message{Header: c.header(), Blocks: []smbproto.SMB1Block{{Command: smbproto.SMB1CommandNTCancel}}}.Append(nil))
	c.sequence-- // it has no answer
	want("a disconnect", c.status(smbproto.SMB1CommandTreeDisconnect, nil, nil), fine)
	want("another", c.status(smbproto.SMB1CommandTreeDisconnect, nil, nil), smbproto.StatusSMBBadTID)
	c.c.Close()
	k := b.contact()
	if !k.Data || k.Stage != inventory.StageData || len(k.Quirks) != 1 || k.Requests.Signed != 0 {
		t.Errorf("%+v", k)
	}
}

// transaction2 asks by TRANSACTION2, and returns the data of the answer.
func (c *smb1Client) transaction2(subcommand uint16, parameters, data []byte) ([]byte, smbproto.Status) {
	c.t.Helper()
	const at = 32 + 1 + 30 + 2 + 3 // of the parameters: behind header, words, byte count and padding
	var words []byte
	for _, w := range []int{len(parameters), len(data), 10, 4096, 0, 0, 0, 0, 0, len(parameters), at, len(data), at + len(parameters), 1, int(subcommand)} {
		words = binary.LittleEndian.AppendUint16(words, uint16(w))
	}
	m := c.ask(smbproto.SMB1CommandTransaction2, words, append(append(make([]byte, 3), parameters...), data...))
	if m.Header.Status != smbproto.StatusSuccess {
		return nil, m.Header.Status
	}
	w, b := m.Blocks[0].Words, m.Blocks[0].Bytes
	n, off := binary.LittleEndian.Uint16(w[12:]), binary.LittleEndian.Uint16(w[14:])
	return b[off-32-1-20-2:][:n], m.Header.Status
}

// TestSMB1Transaction2: what is asked and set of files, by levels of SMB1's own
// and of the file system.
func TestSMB1Transaction2(t *testing.T) {
	b := listen(t, nil)
	c := b.smb1(modern)
	c.logon(testUser, testPassword)
	c.connect(testShare)
	n, _ := c.create(`\d\page.pdf`, smbproto.FileOverwriteIf, 0)
	c.write(n, 0, []byte("twelve bytes"))
	number := func(values ...uint16) []byte { return andX(values...)[4:] }
	path := func(level uint16, name string) []byte {
		return append(append(number(level, 0, 0), utf16Of(name)...), 0, 0)
	}
	pattern := func(level uint16, name string) []byte {
		return append(append(number(0x16, 100, 6, level, 0, 0), utf16Of(name)...), 0, 0)
	}
	const fine = smbproto.StatusSuccess
	one := []byte{1}
	eight := binary.LittleEndian.AppendUint64(nil, 5)
	rename := append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0}, utf16Of(`\new`)...)
	for _, tt := range []struct {
		name       string
		subcommand uint16
		parameters []byte
		data       []byte
		status     smbproto.Status
		length     int
	}{
		{"the volume", smbproto.Trans2QueryFileSystem, number(0x103), nil, fine, 24},
		{"the volume, by its class", smbproto.Trans2QueryFileSystem, number(1007), nil, fine, 32},
		{"the volume, a level of Unix", smbproto.Trans2QueryFileSystem, number(0x200), nil, smbproto.StatusInvalidInfoClass, 0},
		{"by its number", smbproto.Trans2QueryFile, number(n, 0x102), nil, fine, 24},
		{"by its path", smbproto.Trans2QueryPath, path(0x101, `\D\PAGE.PDF`), nil, fine, 40},
		{"by its path, a class", smbproto.Trans2QueryPath, path(1005, `\d\page.pdf`), nil, fine, 24},
		{"a path that is not there", smbproto.Trans2QueryPath, path(0x101, `\nothing`), nil, smbproto.StatusObjectNameNotFound, 0},
		{"a number that is not there", smbproto.Trans2QueryFile, number(99, 0x101), nil, smbproto.StatusInvalidHandle, 0},
		{"its times", smbproto.Trans2SetFile, number(n, 0x101, 0), make([]byte, 40), fine, 0},
		{"its size", smbproto.Trans2SetFile, number(n, smbproto.SetEndOfFile, 0), eight, fine, 0},
		{"its size, cut off", smbproto.Trans2SetFile, number(n, smbproto.SetEndOfFilePass, 0), one, smbproto.StatusInvalidParameter, 0},
		{"attributes of a path", smbproto.Trans2SetPath, path(0x101, `\d\page.pdf`), make([]byte, 40), fine, 0},
		{"a new name", smbproto.Trans2SetFile, number(n, smbproto.SetRenamePass, 0), rename, fine, 0},
		{"no new name", smbproto.Trans2SetFile, number(n, smbproto.SetRenamePass, 0), one, smbproto.StatusInvalidParameter, 0},
		{"a folder", smbproto.Trans2CreateDirectory, append(append(make([]byte, 4), utf16Of(`\f`)...), 0, 0), nil, fine, 0},
		{"what is there", smbproto.Trans2FindFirst, pattern(0x104, `\*`), nil, fine, 0},
		{"one of it", smbproto.Trans2FindFirst, pattern(0x101, `\NEW`), nil, fine, 64 + 6},
		{"nothing", smbproto.Trans2FindFirst, pattern(0x104, `\x*`), nil, smbproto.StatusNoSuchFile, 0},
		{"more of it", smbproto.Trans2FindNext, number(1, 100, 0x104, 0, 0, 0), nil, fine, 0},
		{"it is to go", smbproto.Trans2SetFile, number(n, smbproto.SetDisposition, 0), one, fine, 0},
		{"a referral", 0x10, number(4), nil, smbproto.StatusNotSupported, 0},
	} {
		data, status := c.transaction2(tt.subcommand, tt.parameters, tt.data)
		if status != tt.status || len(data) != tt.length && tt.length > 0 {
			t.Errorf("%s: %v and %d bytes, want %v and %d", tt.name, status, len(data), tt.status, tt.length)
		}
		if tt.name == "what is there" && !bytes.Contains(data, utf16Of("new")) {
			t.Errorf("%s: %x", tt.name, data)
		}
	}
	c.status(smbproto.SMB1CommandClose, binary.LittleEndian.AppendUint16(nil, n), nil)
	if _, status := c.transaction2(smbproto.Trans2QueryPath, path(0x101, `\new`), nil); status != smbproto.StatusObjectNameNotFound {
		t.Errorf("it has not gone: %v", status)
	}
	c.c.Close()
	b.contact()
}

// TestSMB1Cancel: NT_CANCEL takes one sequence number, and has no answer.
func TestSMB1Cancel(t *testing.T) {
	b := listen(t, func(o *Options) { o.Stage = StageRequire })
	c := b.smb1(modern)
	c.says, c.signs = true, true
	c.logon(testUser, testPassword)
	c.send(smbproto.SMB1Message{Header: c.header(), Blocks: []smbproto.SMB1Block{{Command: smbproto.SMB1CommandNTCancel}}}.Append(nil))
	c.sequence--
	if status := c.scan(); status != smbproto.StatusSuccess {
		t.Error(status)
	}
	c.c.Close()
	if k := b.contact(); k.Signature != inventory.CheckRight {
		t.Errorf("%+v", k)
	}
}

// TestSMB1BeforeLogon: nothing is served without a logon.
func TestSMB1BeforeLogon(t *testing.T) {
	b := listen(t, nil)
	c := b.smb1(modern)
	c.negotiate(smbproto.DialectNTLM012)
	if status := c.connect(testShare); status != smbproto.StatusAccessDenied {
		t.Errorf("connected: %v", status)
	}
	if _, status := c.create(`\a`, smbproto.FileOpenIf, 0); status != smbproto.StatusSMBBadUID {
		t.Errorf("created: %v", status)
	}
	c.send(patchedSetup(c))
	if m, _ := c.receive(); m.Header.Status != smbproto.StatusInvalidParameter {
		t.Errorf("a logon that cannot be read: %v", m.Header.Status)
	}
	c.c.Close()
	if k := b.contact(); k.Requests != (inventory.Signatures{}) || k.Logon != nil && k.Logon.Granted {
		t.Errorf("%+v", k)
	}
}

// patchedSetup is a SESSION_SETUP_ANDX whose blob is longer than the message.
func patchedSetup(c *smb1Client) []byte {
	b := smbproto.SMB1SessionSetupRequest{Header: c.header(), SecurityBlob: []byte("x")}.Append(nil)
	b[47] = 0xff
	return b
}

// FuzzSMB1: whatever a client that is logged on sends, the answer to it is a
// message that can be read, and nothing is kept beyond the limits.
func FuzzSMB1(f *testing.F) {
	h := smbproto.SMB1Header{Flags: 0x18, Flags2: plain, UID: smb1UID, TID: 1}
	add := func(command uint8, words, data []byte) {
		f.Add(smbproto.SMB1Message{Header: h, Blocks: []smbproto.SMB1Block{{Command: command, Words: words, Bytes: data}}}.Append(nil))
	}
	for command := range 256 {
		add(uint8(command), make([]byte, 48), []byte("\x04\\\x00a\x00\x00\x00"))
	}
	add(smbproto.SMB1CommandTransaction2, []byte("\x0c\x00\x00\x00\x02\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0c\x00\x44\x00\x00\x00\x00\x00\x01\x00\x01\x00"),
		[]byte("\x00\x00\x00\x16\x00\x10\x00\x06\x00\x04\x01\x00\x00\x00\x00*\x00"))
	f.Add(smbproto.SMB1TreeConnectRequest{Header: h, Path: `\\a\scans`}.Append(nil))
	f.Add(smbproto.SMB1SessionSetupRequest{Header: h, SecurityBlob: []byte("NTLMSSP\x00\x01\x00\x00\x00")}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		o := Options{Account: NewAccount(testUser, testPassword), Share: testShare, Name: "SMBREADY", Limits: Limits{Open: 4}.orDefault()}
		c := &conn{record: newRecord(netip.AddrPort{}, StageObserve), options: &o, server: &server{options: o}, share: newShare(o.Limits)}
		s := newSMB1(c).(*smb1)
		s.negotiated, s.on, s.key, s.trees[1] = true, true, []byte("key"), true
		if _, _, status := s.share.create(`a`, smbproto.FileCreate, anyKind); status != smbproto.StatusSuccess {
			t.Fatal(status)
		}
		for range 6 {
			r := s.handle(b)
			if len(r.message) == 0 {
				continue
			}
			if m, err := smbproto.ParseSMB1Message(r.message); err != nil || !m.Header.Reply() {
				t.Fatalf("answered %x: %v", r.message, err)
			}
		}
		if len(s.share.open) > 4 || len(s.trees) > maxTrees || len(c.contact.Quirks) > maxQuirks {
			t.Errorf("%d files, %d trees, %d quirks", len(s.share.open), len(s.trees), len(c.contact.Quirks))
		}
	})
}
