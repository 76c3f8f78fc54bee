package canary

import (
	"slices"
	"strings"

	"smbready/internal/signing"
	"smbready/inventory"
	"smbready/smbproto"
)

// What the listener says of itself in SMB1. Files may be long and writes large;
// nothing is said of oplocks, pipes over RPC or DFS, which it has not.
const (
	smb1MaxBuffer    = 16644 // bytes, as Samba has it
	smb1MaxMpx       = 50
	capLargeFiles    = 0x00000008
	capNTSMBs        = 0x00000010
	capNTFind        = 0x00000200
	capPassThrough   = 0x00002000
	capLargeReads    = 0x00004000
	capLargeWrites   = 0x00008000
	smb1Capabilities = smbproto.CapUnicode | smbproto.CapNTStatus | capLargeFiles | capNTSMBs | capNTFind | capPassThrough |
		capLargeReads | capLargeWrites
)

// nativeOS and nativeLANManager are what the listener calls itself in an answer to
// SESSION_SETUP_ANDX. Some clients look for "Windows" or "Samba" there.
const (
	nativeOS         = "Windows 6.1"
	nativeLANManager = "Samba"
)

// negotiate answers a NEGOTIATE that names no SMB2, [MS-CIFS] 3.3.5.42. Dialects
// before NT LM 0.12 cannot sign: a client that has none other is told that
// there is no common one, as by a server of today, and that is its end.
func (s *smb1) negotiate(b []byte) reply {
	req, err := smbproto.ParseSMB1NegotiateRequest(b)
	if err != nil || s.negotiated { // a second one is refused, as on Windows
		return reply{end: inventory.EndMalformed}
	}
	m := smbproto.SMB1NegotiateResponse{Header: answerTo(req.Header, smbproto.StatusSuccess)}
	i := slices.Index(req.Dialects, smbproto.DialectNTLM012)
	if i < 0 {
		s.quirk("offered no dialect that can sign")
		m.WordCount, m.DialectIndex = 1, smbproto.NoDialect
		return reply{message: m.Append(nil), end: inventory.EndServerClosed}
	}
	s.negotiated = true
	s.contact.Dialect = smbproto.DialectNTLM012
	m.WordCount, m.DialectIndex = 17, uint16(i)
	m.SecurityMode = smbproto.SMB1UserSecurity | smbproto.SMB1EncryptPasswords | smbproto.SMB1SignaturesEnabled
	if s.options.Stage == StageRequire {
		m.SecurityMode |= smbproto.SMB1SignaturesRequired
	}
	m.MaxMpx, m.MaxVcs, m.MaxBuffer, m.MaxRaw, m.Capabilities = smb1MaxMpx, 1, smb1MaxBuffer, 0x10000, smb1Capabilities
	m.SystemTime = smbproto.NewFiletime(now())
	if req.Header.Flags2&smbproto.Flags2ExtendedSecurity != 0 {
		m.Capabilities |= smbproto.CapExtendedSecurity
		m.ServerGUID, m.SecurityBlob = s.server.guid, offerToken()
	} else {
		m.Challenge, m.ChallengeLength = s.login.challenge[:], uint8(len(s.login.challenge))
		m.Domain, m.Server = smb1Workgroup, s.options.Name
	}
	return reply{message: m.Append(nil)}
}

// smb1Workgroup is the one that every Windows computer outside a domain is in.
const smb1Workgroup = "WORKGROUP"

// setup answers SESSION_SETUP_ANDX of either form. What is chained behind it is
// answered by itself, but not another logon: [MS-CIFS] 2.2.4.53.1 has none there.
func (s *smb1) setup(x *exchange) (smbproto.SMB1Block, smbproto.Status) {
	switch {
	case len(x.blocks) > 0:
		s.quirk("sent a chain of commands with more than one logon, or one that does not come first")
		return nothing(smbproto.StatusInvalidParameter)
	case !s.attempt():
		x.end = inventory.EndLimit
		return nothing(smbproto.StatusInsufficientResources)
	}
	req, err := smbproto.ParseSMB1SessionSetupRequest(x.request)
	if err != nil {
		s.quirk("sent a SESSION_SETUP_ANDX that cannot be read")
		return nothing(smbproto.StatusInvalidParameter)
	}
	s.reached(inventory.StageSessionSetup)
	s.offer().AddSMB1Setup(req)
	if req.WordCount == 12 {
		return s.setupExtended(x, req)
	}
	return s.setupPlain(x)
}

// setupExtended logs on with extended security, [MS-SMB] 3.3.5.3.
func (s *smb1) setupExtended(x *exchange, req smbproto.SMB1SessionSetupRequest) (smbproto.SMB1Block, smbproto.Status) {
	token, status := s.login.step(req.SecurityBlob)
	switch status {
	case smbproto.StatusSuccess:
		s.begin(x, signing.SMB1Key(s.login.key, nil))
	case smbproto.StatusMoreProcessingRequired:
	default:
		return nothing(status)
	}
	x.uid = smb1UID
	return setupAnswer(x, smbproto.SMB1SessionSetupResponse{WordCount: 4, SecurityBlob: token}), status
}

// setupPlain logs on without extended security: the responses to the challenge of
// NEGOTIATE come with the account, [MS-CIFS] 3.3.5.43.
func (s *smb1) setupPlain(x *exchange) (smbproto.SMB1Block, smbproto.Status) {
	req, err := smbproto.ParseSMB1Logon(x.request)
	if err != nil {
		return nothing(smbproto.StatusInvalidParameter)
	}
	s.reached(inventory.StageLoggedOn)
	l, before := s.logon(), *s.logon()
	*l = inventory.Logon{}
	l.AddSMB1Logon(req.SMB1SessionSetupRequest)
	if l.As == inventory.LogonAccount && l.Mechanism == "" {
		l.Mechanism = "plaintext" // although SecurityMode asks for a response: no response has this length
	}
	proof := signing.Proof{User: req.Account, Domain: req.PrimaryDomain, LM: req.OEMResponse, NT: req.UnicodeResponse, Challenge: s.login.challenge}
	if len(proof.NT) == 0 {
		proof.NT = req.OEMResponse // clients without Unicode may put it there
	}
	key, ok := proof.Key(s.options.Account.user, s.options.Account.hash)
	status := smbproto.StatusLogonFailure
	if s.login.judge(ok) {
		status = smbproto.StatusSuccess
	}
	l.Status = statusText(status)
	if s.login.compare(before, status); !ok {
		return nothing(status)
	}
	s.begin(x, signing.SMB1Key(key, proof.NT))
	x.uid = smb1UID
	return setupAnswer(x, smbproto.SMB1SessionSetupResponse{WordCount: 3, PrimaryDomain: smb1Workgroup}), status
}

// begin begins the session, and signing with it where the client can or the
// listener requires it, [MS-CIFS] 3.3.5.43. The first logon's key stays: the
// request that brought it has the number 0.
func (s *smb1) begin(x *exchange, key []byte) {
	if s.on {
		return
	}
	const asks = smbproto.Flags2SecuritySignature | smbproto.Flags2SignatureRequired
	s.on, s.key, s.sequence = true, key, 2
	s.signs = s.options.Stage == StageRequire || x.header.Flags2&asks != 0
	s.logon().SetupSigned = s.signs
}

// setupAnswer returns an answer to SESSION_SETUP_ANDX as a command of a chain.
func setupAnswer(x *exchange, m smbproto.SMB1SessionSetupResponse) smbproto.SMB1Block {
	m.Header = answerTo(x.header, smbproto.StatusSuccess)
	m.NativeOS, m.NativeLANManager = nativeOS, nativeLANManager
	chain, err := smbproto.ParseSMB1Message(m.Append(nil))
	if err != nil {
		panic(err) // our own message
	}
	return chain.Blocks[0]
}

// maxTrees bounds the connections to shares that a client has at once.
const maxTrees = 16

// ipc is the share of pipes, which every server has.
const ipc = "IPC$"

// connect answers TREE_CONNECT_ANDX, [MS-CIFS] 3.3.5.45.
func (s *smb1) connect(x *exchange, k smbproto.SMB1Block) (smbproto.SMB1Block, smbproto.Status) {
	req, err := k.TreeConnect()
	if err != nil {
		return nothing(smbproto.StatusInvalidParameter)
	}
	s.reached(inventory.StageTreeConnect)
	disk := strings.EqualFold(req.Share(), s.options.Share)
	switch {
	case !s.on:
		return nothing(smbproto.StatusAccessDenied)
	case !disk && !strings.EqualFold(req.Share(), ipc):
		s.quirk("asked for the share " + quote(req.Share()) + ", which is not there")
		return nothing(smbproto.StatusBadNetworkName)
	case len(s.trees) >= maxTrees:
		return nothing(smbproto.StatusInsufficientResources)
	}
	s.lastTree++
	x.tid = s.lastTree
	s.trees[x.tid] = disk
	m := smbproto.SMB1TreeConnectResponse{Header: answerTo(x.header, smbproto.StatusSuccess), Support: 1,
		Service: smbproto.ServiceIPC}
	if disk {
		m.Service, m.FileSystem = smbproto.ServiceDisk, "NTFS"
	}
	return m.Block(), smbproto.StatusSuccess
}

// disconnect answers TREE_DISCONNECT.
func (s *smb1) disconnect(x *exchange) (smbproto.SMB1Block, smbproto.Status) {
	if _, found := s.trees[x.tid]; !found {
		return nothing(smbproto.StatusSMBBadTID)
	}
	delete(s.trees, x.tid)
	if len(s.trees) == 0 {
		s.disconnected()
	}
	return nothing(smbproto.StatusSuccess)
}

// pipe answers a command on IPC$, where no pipe is to be had.
func (s *smb1) pipe(k smbproto.SMB1Block) (smbproto.SMB1Block, smbproto.Status) {
	switch k.Command {
	case smbproto.SMB1CommandNTCreate, smbproto.SMB1CommandOpenAndX, smbproto.SMB1CommandOpen:
		return nothing(smbproto.StatusObjectNameNotFound)
	}
	return nothing(smbproto.StatusNotSupported)
}
