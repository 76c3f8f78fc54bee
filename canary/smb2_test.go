package canary

import (
	"crypto/des"
	"math/big"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 NTLM has no other hash

	"smbready/internal/signing"
	"smbready/inventory"
	"smbready/smbproto"
)

// TestSignatures sends requests with and without a right signature, in both
// stages: what is served, and what is recorded.
func TestSignatures(t *testing.T) {
	const ok, denied = smbproto.StatusSuccess, smbproto.StatusAccessDenied
	type signer func(*peer) func([]byte) []byte
	signed := func(p *peer) func([]byte) []byte { return p.signed }
	plain := func(p *peer) func([]byte) []byte { return p.plain }
	tampered := func(p *peer) func([]byte) []byte { return p.tampered }
	for _, tt := range []struct {
		name       string
		stage      Stage
		tree, file signer
		tree1      smbproto.Status // of the TREE_CONNECT
		file1      smbproto.Status // of the CREATE
		signature  inventory.Check
		requests   inventory.Signatures
		end        inventory.End
		failed     int
	}{
		{"all signed, observe", StageObserve, signed, signed, ok, ok, inventory.CheckRight, inventory.Signatures{Signed: 2}, inventory.EndClientClosed, 0},
		{"all signed, require", StageRequire, signed, signed, ok, ok, inventory.CheckRight, inventory.Signatures{Signed: 2}, inventory.EndClientClosed, 0},
		{"none signed, observe", StageObserve, plain, plain, ok, ok, inventory.CheckUnknown, inventory.Signatures{Unsigned: 2}, inventory.EndClientClosed, 0},
		{"none signed, require", StageRequire, plain, nil, denied, ok, inventory.CheckUnknown, inventory.Signatures{Unsigned: 1}, inventory.EndServerRefused, 1},
		{"files unsigned, observe", StageObserve, signed, plain, ok, ok, inventory.CheckRight, inventory.Signatures{Signed: 1, Unsigned: 1}, inventory.EndClientClosed, 0},
		{"files unsigned, require", StageRequire, signed, plain, ok, denied, inventory.CheckRight, inventory.Signatures{Signed: 1, Unsigned: 1}, inventory.EndServerRefused, 1},
		{"wrong, observe", StageObserve, tampered, nil, denied, ok, inventory.CheckWrong, inventory.Signatures{Signed: 1}, inventory.EndServerRefused, 1},
		{"right, then wrong, observe", StageObserve, signed, tampered, ok, denied, inventory.CheckWrong, inventory.Signatures{Signed: 2}, inventory.EndServerRefused, 1},
		{"wrong, require", StageRequire, tampered, nil, denied, ok, inventory.CheckWrong, inventory.Signatures{Signed: 1}, inventory.EndServerRefused, 1},
	} {
		for _, d := range []smbproto.Dialect{smbproto.Dialect202, smbproto.Dialect302, smbproto.Dialect311} {
			t.Run(tt.name+" "+d.String(), func(t *testing.T) {
				b := listen(t, func(o *Options) { o.Stage = tt.stage })
				p := b.ready(d)
				if got := p.connect(testShare, tt.tree(p)); got != tt.tree1 {
					t.Errorf("TREE_CONNECT: %v, want %v", got, tt.tree1)
				}
				if tt.file != nil {
					if _, got := p.open("a", smbproto.FileCreate, 0, tt.file(p)); got != tt.file1 {
						t.Errorf("CREATE: %v, want %v", got, tt.file1)
					}
				}
				p.hangUp()
				c := b.contact()
				if c.Signature != tt.signature || c.Requests != tt.requests || c.End != tt.end || c.Failed != tt.failed {
					t.Errorf("signature %v of %+v, end %v, %d refused", c.Signature, c.Requests, c.End, c.Failed)
				}
				if odd := d == smbproto.Dialect311 && tt.requests.Signed == 0; odd != (len(c.Quirks) == 1) {
					t.Errorf("quirks %q", c.Quirks)
				}
			})
		}
	}
}

// TestGotOverIt: a client that is refused for want of a signature and then signs
// was not turned away.
func TestGotOverIt(t *testing.T) {
	b := listen(t, func(o *Options) { o.Stage = StageRequire })
	p := b.ready(smbproto.Dialect302)
	if got := p.connect(testShare, p.plain); got != smbproto.StatusAccessDenied {
		t.Errorf("without a signature: %v", got)
	}
	if got := p.connect(testShare, p.signed); got != smbproto.StatusSuccess {
		t.Errorf("with one: %v", got)
	}
	p.hangUp()
	if c := b.contact(); c.End != inventory.EndClientClosed || c.Failed != 1 || c.Requests != (inventory.Signatures{Signed: 1, Unsigned: 1}) {
		t.Errorf("end %v, %d refused, %+v", c.End, c.Failed, c.Requests)
	}
}

// TestAlgorithms: what signs is what the client likes best of what is known here.
func TestAlgorithms(t *testing.T) {
	for _, tt := range []struct {
		name    string
		offered []uint16
		want    signing.Algorithm
	}{
		{"none offered", nil, smbproto.SigningAESCMAC},
		{"GMAC first", []uint16{2, 1, 0}, smbproto.SigningAESGMAC},
		{"CMAC first", []uint16{1, 2}, smbproto.SigningAESCMAC},
		{"HMAC first", []uint16{0, 1}, smbproto.SigningHMACSHA256},
		{"an unknown one first", []uint16{9, 2}, smbproto.SigningAESGMAC},
		{"only unknown ones", []uint16{9, 10}, smbproto.SigningAESCMAC},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := listen(t, func(o *Options) { o.Stage = StageRequire })
			p := b.ready(smbproto.Dialect311, tt.offered...)
			if got := p.connect(testShare, p.signed); got != smbproto.StatusSuccess || p.algorithm != tt.want {
				t.Errorf("%v with %v", got, p.algorithm)
			}
			p.hangUp()
			if c := b.contact(); c.Algorithm != tt.want.String() || c.Signature != inventory.CheckRight {
				t.Errorf("%v by %s, want %v", c.Signature, c.Algorithm, tt.want)
			}
		})
	}
}

// TestReplay: a signed message that is sent again is not answered again, and the
// connection ends.
func TestReplay(t *testing.T) {
	b := listen(t, func(o *Options) { o.Stage = StageRequire })
	p := b.ready(smbproto.Dialect311)
	m := p.signed(smbproto.SMB2TreeConnectRequest{Header: p.header(), Path: `\\h\` + testShare}.Append(nil))
	if got := p.status(slices.Clone(m)); got != smbproto.StatusSuccess {
		t.Fatal(got)
	}
	p.send(m)
	p.closed()
	c := b.contact()
	if c.End != inventory.EndMalformed || len(c.Quirks) != 1 || c.Requests.Signed != 1 {
		t.Errorf("end %v, %+v, quirks %q", c.End, c.Requests, c.Quirks)
	}
}

// TestLogons: who is let in, and how the rest is recorded.
func TestLogons(t *testing.T) {
	const refused = "STATUS_LOGON_FAILURE"
	for _, tt := range []struct {
		name           string
		user, password string
		want           inventory.Logon
	}{
		{"the account", testUser, testPassword, inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Granted: true, KnownKey: true, SetupSigned: true}},
		{"in upper case", strings.ToUpper(testUser), testPassword, inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Granted: true, KnownKey: true, SetupSigned: true}},
		{"another password", testUser, "other", inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Status: refused}},
		{"another user", "administrator", testPassword, inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Status: refused}},
		{"guest", "Guest", "", inventory.Logon{As: inventory.LogonGuest, Mechanism: "NTLMv2", Status: refused}},
		{"a name in another script", "Ж\u202ex\x1b[2J", "x", inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Status: refused}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := listen(t, nil)
			p := b.peer()
			p.negotiate([]smbproto.Dialect{smbproto.Dialect302})
			if status := p.logon(tt.user, tt.password); (status == smbproto.StatusSuccess) != tt.want.Granted {
				t.Errorf("status %v", status)
			}
			p.hangUp()
			tt.want.User, tt.want.Domain, tt.want.Workstation = tt.user, "DOMAIN", "PEER"
			if c := b.contact(); *c.Logon != tt.want || c.Stage != inventory.StageLoggedOn || c.End != inventory.EndClientClosed {
				t.Errorf("logon %+v, want %+v; stage %v, end %v", *c.Logon, tt.want, c.Stage, c.End)
			}
		})
	}
}

// TestAnonymous: one without name and password is refused, and known as such.
func TestAnonymous(t *testing.T) {
	b := listen(t, nil)
	p := b.peer()
	p.negotiate(smbproto.Dialects)
	p.ask()
	token := smbproto.NTLMAuthenticate{Flags: peerFlags, Workstation: "PEER"}.Append(nil, []byte{0}, nil)
	if status := p.authenticate(token, make([]byte, 16)); status != smbproto.StatusLogonFailure {
		t.Errorf("status %v", status)
	}
	p.hangUp()
	if l := b.contact().Logon; l.As != inventory.LogonAnonymous || l.Granted || l.KnownKey || l.Mechanism != "" {
		t.Errorf("logon %+v", l)
	}
}

// TestSecondLogon: a logon that was refused does not hide the one that was
// granted, whichever came first.
func TestSecondLogon(t *testing.T) {
	for _, order := range [][]string{{"other", testPassword}, {testPassword, "other"}} {
		b := listen(t, nil)
		p := b.peer()
		p.negotiate(smbproto.Dialects)
		for _, password := range order {
			p.session, p.key = 0, nil
			p.logon(testUser, password)
		}
		p.hangUp()
		c := b.contact()
		if !c.Logon.Granted || !c.Logon.KnownKey || c.Logon.Status != "" || len(c.Quirks) != 1 {
			t.Errorf("logon %+v, quirks %q", c.Logon, c.Quirks)
		}
	}
}

// TestNTLMv1: an old client is served, its signatures are checked, and it is
// known by its mechanism; one with another password is refused.
func TestNTLMv1(t *testing.T) {
	for _, password := range []string{testPassword, "other"} {
		b := listen(t, func(o *Options) { o.Stage = StageRequire })
		p := b.peer()
		p.negotiate([]smbproto.Dialect{smbproto.Dialect202})
		p.ask()
		granted := p.authenticate(p.ntlmv1(password)) == smbproto.StatusSuccess
		if granted {
			if got := p.connect(testShare, p.signed); got != smbproto.StatusSuccess {
				t.Errorf("share: %v", got)
			}
		}
		p.hangUp()
		c := b.contact()
		if l := c.Logon; l.Mechanism != "NTLMv1" || l.As != inventory.LogonAccount || l.KnownKey != granted || granted != (password == testPassword) {
			t.Errorf("logon %+v", l)
		}
		if granted && c.Signature != inventory.CheckRight {
			t.Errorf("signature %v", c.Signature)
		}
	}
}

// ntlmv1 returns an AUTHENTICATE message with NTLMv1, and its session key.
func (p *peer) ntlmv1(password string) (token, session []byte) {
	p.t.Helper()
	hash := signing.NTHash(password)
	base := md4.New()
	base.Write(hash[:])
	token = smbproto.NTLMAuthenticate{Flags: smbproto.NTLMUnicode, User: testUser}.Append(nil, nil, ntlmv1(p.t, hash, p.challenge.ServerChallenge))
	return token, base.Sum(nil)
}

// ntlmv1 returns an NTLMv1 response, [MS-NLMP] 3.3.1.
func ntlmv1(t testing.TB, hash [16]byte, challenge [8]byte) (response []byte) {
	t.Helper()
	keys := append(hash[:], 0, 0, 0, 0, 0)
	for ; len(keys) > 0; keys = keys[7:] {
		var key, part [8]byte
		bits := new(big.Int).SetBytes(keys[:7])
		for i := range key {
			seven := new(big.Int).Rsh(bits, uint(49-7*i))
			key[i] = byte(seven.Uint64()&0x7f) << 1
		}
		block, err := des.NewCipher(key[:])
		if err != nil {
			t.Fatal(err)
		}
		block.Encrypt(part[:], challenge[:])
		response = append(response, part[:]...)
	}
	return response
}

// TestKerberosFirst: a client that begins with Kerberos is asked for NTLM, and
// one that knows nothing else is refused.
func TestKerberosFirst(t *testing.T) {
	b := listen(t, nil)
	p := b.peer()
	p.negotiate(smbproto.Dialects)
	r := p.setup(smbproto.SPNEGO{Mechanisms: []smbproto.Mechanism{smbproto.MechKerberos, smbproto.MechNTLMSSP}, Token: []byte("ticket")}.Append(nil))
	s, err := smbproto.ParseSPNEGO(r.SecurityBuffer)
	if err != nil || r.Header.Status != smbproto.StatusMoreProcessingRequired || !slices.Contains(s.Mechanisms, smbproto.MechNTLMSSP) {
		t.Errorf("%v, %+v, %v", r.Header.Status, s, err)
	}
	r = p.setup(smbproto.SPNEGO{Mechanisms: []smbproto.Mechanism{smbproto.MechKerberos}, Token: []byte("ticket")}.Append(nil))
	if r.Header.Status != smbproto.StatusLogonFailure {
		t.Errorf("Kerberos alone: %v", r.Header.Status)
	}
	p.hangUp()
	if l := b.contact().Logon; l.Mechanism != "Kerberos" || l.Granted {
		t.Errorf("logon %+v", l)
	}
}

// TestShares: the share is there under its name alone, and IPC$ has no pipe.
func TestShares(t *testing.T) {
	b := listen(t, nil)
	p := b.ready(smbproto.Dialect302)
	for share, want := range map[string]smbproto.Status{"SCANS": smbproto.StatusSuccess, "secret": smbproto.StatusBadNetworkName,
		"": smbproto.StatusBadNetworkName, `scans\..\c$`: smbproto.StatusBadNetworkName} {
		if got := p.connect(share, p.signed); got != want {
			t.Errorf("share %q: %v, want %v", share, got, want)
		}
	}
	if got := p.connect("IPC$", p.signed); got != smbproto.StatusSuccess {
		t.Errorf("IPC$: %v", got)
	}
	if _, got := p.open("srvsvc", smbproto.FileOpen, 0, p.signed); got != smbproto.StatusObjectNameNotFound {
		t.Errorf("a pipe: %v", got)
	}
	p.hangUp()
	c := b.contact()
	if c.Data || c.Stage != inventory.StageTreeConnect || len(c.Quirks) != 3 || !strings.Contains(strings.Join(c.Quirks, " "), `"secret"`) {
		t.Errorf("data %v, stage %v, quirks %q", c.Data, c.Stage, c.Quirks)
	}
}

// TestCompound: a client that creates, writes and closes in one frame, as Linux
// and macOS do, and one whose first step fails.
func TestCompound(t *testing.T) {
	b := listen(t, func(o *Options) { o.Stage = StageRequire })
	p := b.ready(smbproto.Dialect311, smbproto.SigningAESGMAC)
	p.connect(testShare, p.signed)
	for _, disposition := range []uint32{smbproto.FileOpen, smbproto.FileCreate} { // before it is there
		want := smbproto.StatusObjectNameNotFound
		if disposition == smbproto.FileCreate {
			want = smbproto.StatusSuccess
		}
		related := func() smbproto.SMB2Header {
			h := p.header()
			h.Flags, h.SessionID, h.TreeID = smbproto.SMB2FlagRelated, ^uint64(0), ^uint32(0)
			return h
		}
		answer := p.exchange(p.compound(
			smbproto.SMB2CreateRequest{Header: p.header(), Name: "a", Disposition: disposition},
			smbproto.SMB2WriteRequest{Header: related(), FileID: smbproto.RelatedFile, Data: []byte("page")},
			smbproto.SMB2CloseRequest{Header: related(), FileID: smbproto.RelatedFile},
		))
		got := p.apart(answer)
		if len(got) != 3 || got[0] != want || got[1] != want || got[2] != want {
			t.Errorf("statuses %v, want three of %v", got, want)
		}
	}
	p.hangUp()
	if c := b.contact(); c.Signature != inventory.CheckRight || c.Requests.Signed != 7 || c.Answers.Signed != 7 || !c.Data {
		t.Errorf("%v of %+v, answers %+v", c.Signature, c.Requests, c.Answers)
	}
}

// compound puts messages into one frame, each signed with its padding.
func (p *peer) compound(list ...smbproto.Appender) []byte {
	var out []byte
	for i, m := range list {
		b := m.Append(nil)
		if i+1 < len(list) {
			for len(b)%8 != 0 {
				b = append(b, 0)
			}
			b[20], b[21] = byte(len(b)), byte(len(b)>>8)
		}
		out = append(out, p.signed(b)...)
	}
	return out
}

// apart checks the signature of each message of an answer, and returns their
// statuses.
func (p *peer) apart(b []byte) (list []smbproto.Status) {
	p.t.Helper()
	for {
		h, err := smbproto.ParseSMB2Header(b)
		if err != nil {
			p.t.Fatal(err)
		}
		one, rest := b, []byte(nil)
		if h.NextCommand != 0 {
			one, rest = b[:h.NextCommand], b[h.NextCommand:]
		}
		if !p.algorithm.Verify(p.key, one) {
			p.t.Errorf("answer %d is not signed rightly", len(list))
		}
		list = append(list, h.Status)
		if rest == nil {
			return list
		}
		b = rest
	}
}

// TestValidateNegotiate: what a client offered is confirmed, and a NEGOTIATE
// that somebody changed ends the connection.
func TestValidateNegotiate(t *testing.T) {
	for _, guid := range []smbproto.GUID{{1}, {2}} {
		b := listen(t, nil)
		p := b.ready(smbproto.Dialect302)
		p.connect("IPC$", p.signed)
		input := smbproto.ValidateNegotiateRequest{ClientGUID: guid, SecurityMode: smbproto.SMB2SigningEnabled, Dialects: []smbproto.Dialect{smbproto.Dialect302}}.Append(nil)
		m := p.signed(smbproto.SMB2IOCTLRequest{Header: p.header(), Code: smbproto.FSCTLValidateNegotiate, FileID: smbproto.RelatedFile, MaxOutput: 24, Input: input}.Append(nil))
		if guid == (smbproto.GUID{2}) {
			p.send(m)
			p.closed()
			if c := b.contact(); c.End != inventory.EndServerClosed || len(c.Quirks) != 1 {
				t.Errorf("end %v, quirks %q", c.End, c.Quirks)
			}
			continue
		}
		r, err := smbproto.ParseSMB2IOCTLResponse(p.exchange(m))
		if err != nil {
			t.Fatal(err)
		}
		v, err := smbproto.ParseValidateNegotiateResponse(r.Output)
		if err != nil || v.Dialect != smbproto.Dialect302 || v.SecurityMode != smbproto.SMB2SigningEnabled || v.Capabilities != smbproto.CapLargeMTU {
			t.Errorf("%+v, %v", v, err)
		}
		p.hangUp()
	}
}

// TestMultiProtocol: an SMB1 NEGOTIATE that names SMB2 is answered in SMB2.
func TestMultiProtocol(t *testing.T) {
	for _, tt := range []struct {
		dialects []string
		want     smbproto.Dialect
	}{
		{[]string{smbproto.DialectNTLM012, smbproto.DialectSMB2002}, smbproto.Dialect202},
		{[]string{smbproto.DialectNTLM012, smbproto.DialectSMB2002, smbproto.DialectSMB2Any}, smbproto.DialectWildcard},
	} {
		b := listen(t, func(o *Options) { o.Stage = StageRequire })
		p := b.peer()
		r, err := smbproto.ParseSMB2NegotiateResponse(p.exchange(smbproto.SMB1NegotiateRequest{Dialects: tt.dialects}.Append(nil)))
		if err != nil || r.Dialect != tt.want || r.SecurityMode != 3 {
			t.Errorf("%v: %v, mode %d, %v", tt.dialects, r.Dialect, r.SecurityMode, err)
		}
		p.next, p.dialect = 1, r.Dialect
		if tt.want == smbproto.DialectWildcard {
			p.negotiate([]smbproto.Dialect{smbproto.Dialect202, smbproto.Dialect210})
		}
		if status := p.logon(testUser, testPassword); status != smbproto.StatusSuccess {
			t.Errorf("logon: %v", status)
		}
		if status := p.connect(testShare, p.signed); status != smbproto.StatusSuccess {
			t.Errorf("share: %v", status)
		}
		p.hangUp()
		if c := b.contact(); len(c.Offer.SMB1Dialects) != len(tt.dialects) || c.Signature != inventory.CheckRight || c.Dialect != p.dialect.String() {
			t.Errorf("offer %+v, %v, %s", c.Offer, c.Signature, c.Dialect)
		}
	}
}
