package smbtest

import (
	"crypto/sha256"
	"slices"
	"time"

	"smbready/smbproto"
)

// SMB2 is how a device speaks SMB2 and SMB3. Its zero value speaks all
// dialects and advertises no signing at all, which is a deviation: servers
// set at least SMB2SigningEnabled.
type SMB2 struct {
	Dialects     []smbproto.Dialect // nil: all
	SecurityMode smbproto.SMB2SecurityMode
	GUID         smbproto.GUID
	MaxSize      uint32    // of a transact, read or write; 0: by dialect
	Capabilities uint32    // 0: by dialect
	Time         time.Time // zero: now
	Started      time.Time // zero: not told
	Ciphers      []uint16  // best first; nil: no encryption context
	Signing      []uint16  // best first; nil: no signing context
	Compression  []uint16  // nil: no compression context
	Mechanisms   []smbproto.Mechanism
	Guest        bool            // who cannot log on becomes a guest
	Null         bool            // who cannot log on becomes nobody, in an anonymous session
	AnyUser      bool            // everybody is let in, under any name
	LogonStatus  smbproto.Status // of a refused logon; 0: STATUS_LOGON_FAILURE
	LogonDelay   time.Duration   // before a logon is refused, as current Windows waits

	On311             Refusal          // of offers with 3.1.1; default: none
	OnWithout202      Refusal          // of offers that leave 2.0.2 out; default: none
	Unoffered         smbproto.Dialect // answered to every offer, whatever it was
	NoPreauth         bool             // 3.1.1 without the context it must have
	DropAfterWildcard bool             // closes when 0x02FF is followed up
}

// smb2SessionID is the id of every session: a connection has at most one.
const smb2SessionID = 0x0000_4000_0000_0041

// smb2Answer returns the header of an answer to h.
func smb2Answer(h smbproto.SMB2Header, s smbproto.Status) smbproto.SMB2Header {
	return smbproto.SMB2Header{Status: s, Command: h.Command, Credits: 1, Flags: smbproto.SMB2FlagResponse,
		MessageID: h.MessageID, ProcessID: h.ProcessID, SessionID: h.SessionID}
}

func (s *SMB2) dialects() []smbproto.Dialect {
	if s.Dialects == nil {
		return smbproto.Dialects
	}
	return s.Dialects
}

// choose returns the highest common dialect, or 0.
func (s *SMB2) choose(offered []smbproto.Dialect) smbproto.Dialect {
	if s.Unoffered != 0 {
		return s.Unoffered
	}
	var best smbproto.Dialect
	for _, d := range offered {
		if d > best && slices.Contains(s.dialects(), d) {
			best = d
		}
	}
	return best
}

func (c *conversation) smb2Negotiate(b []byte) reply {
	s := c.d.SMB2
	h, err := smbproto.ParseSMB2Header(b)
	if err != nil {
		return reply{end: hangUp}
	}
	if s == nil {
		return refuseSMB2(c.d.SMB2Off, h)
	}
	// A second NEGOTIATE ends the connection without an answer, [MS-SMB2] 3.3.5.4.
	if c.smb1 || c.dialect != 0 && (c.dialect != smbproto.DialectWildcard || s.DropAfterWildcard) {
		return reply{end: hangUp}
	}
	req, err := smbproto.ParseSMB2NegotiateRequest(b)
	if err != nil || len(req.Dialects) == 0 {
		return refuseSMB2(RefuseInvalidParameter, h)
	}
	if s.On311 != RefuseDefault && slices.Contains(req.Dialects, smbproto.Dialect311) {
		return refuseSMB2(s.On311, h)
	}
	if s.OnWithout202 != RefuseDefault && !slices.Contains(req.Dialects, smbproto.Dialect202) {
		return refuseSMB2(s.OnWithout202, h)
	}
	dialect := s.choose(req.Dialects)
	if dialect == 0 {
		return refuseSMB2(RefuseNotSupported, h)
	}
	answer := c.smb2NegotiateAnswer(h, dialect, req.Capabilities)
	if dialect == smbproto.Dialect311 {
		if status := s.checkPreauth(req); status != smbproto.StatusSuccess {
			return message(smbproto.SMB2Error{Header: smb2Answer(h, status)})
		}
		answer.Contexts = s.contexts(req.Contexts)
	}
	c.dialect = dialect
	return message(answer)
}

// refuseSMB2 turns a request down.
func refuseSMB2(how Refusal, h smbproto.SMB2Header) reply {
	if status, ok := how.status(); ok {
		return message(smbproto.SMB2Error{Header: smb2Answer(h, status)})
	}
	switch how {
	case RefuseReset:
		return reply{end: reset}
	case RefuseSilently:
		return reply{}
	}
	return reply{end: hangUp}
}

// Capabilities that a server has on its own, and those that it sets only for a
// client that has them too, [MS-SMB2] 3.3.5.4.
const (
	capsOwn  = smbproto.CapDFS | smbproto.CapLeasing | smbproto.CapLargeMTU
	capsBoth = smbproto.CapMultiChannel | smbproto.CapDirectoryLeasing | smbproto.CapEncryption
)

// smb2NegotiateAnswer returns the answer for a dialect, without contexts.
func (c *conversation) smb2NegotiateAnswer(h smbproto.SMB2Header, dialect smbproto.Dialect, clientCaps uint32) smbproto.SMB2NegotiateResponse {
	s := c.d.SMB2
	caps, size := uint32(capsOwn), uint32(8<<20)
	if dialect >= smbproto.Dialect300 {
		caps |= capsBoth & clientCaps
	}
	switch {
	case dialect == smbproto.Dialect202:
		caps, size = smbproto.CapDFS, 64<<10
	case dialect == smbproto.Dialect311:
		caps &^= smbproto.CapEncryption // a context says it there
	}
	if s.MaxSize != 0 {
		size = s.MaxSize
	}
	if s.Capabilities != 0 {
		caps = s.Capabilities
	}
	if c.overNetBIOS {
		caps, size = caps&^smbproto.CapLargeMTU, min(size, 64<<10)
	}
	now := s.Time
	if now.IsZero() {
		now = time.Now()
	}
	return smbproto.SMB2NegotiateResponse{
		Header: smb2Answer(h, smbproto.StatusSuccess), SecurityMode: s.SecurityMode, Dialect: dialect,
		ServerGUID: s.GUID, Capabilities: caps, MaxTransact: size, MaxRead: size, MaxWrite: size,
		SystemTime: smbproto.NewFiletime(now), ServerStartTime: smbproto.NewFiletime(s.Started),
		SecurityBuffer: c.offer(s.Mechanisms),
	}
}

// checkPreauth checks the context that an offer of 3.1.1 must have once,
// [MS-SMB2] 3.3.5.4.
func (s *SMB2) checkPreauth(req smbproto.SMB2NegotiateRequest) smbproto.Status {
	if s.NoPreauth || s.Unoffered != 0 {
		return smbproto.StatusSuccess
	}
	preauth, ok := smbproto.FindContext(req.Contexts, smbproto.ContextPreauthIntegrity)
	hashes, err := preauth.Algorithms()
	switch {
	case !ok || err != nil || len(hashes) == 0:
		return smbproto.StatusInvalidParameter
	case !slices.Contains(hashes, smbproto.HashSHA512):
		return smbproto.StatusNoPreauthHashOverlap
	}
	return smbproto.StatusSuccess
}

// contexts answers the offered contexts that the device knows.
func (s *SMB2) contexts(offered []smbproto.NegotiateContext) []smbproto.NegotiateContext {
	var list []smbproto.NegotiateContext
	if !s.NoPreauth {
		salt := sha256.Sum256(s.GUID[:])
		list = append(list, smbproto.PreauthIntegrity(salt[:]))
	}
	if id, ok := pick(s.Ciphers, offered, smbproto.ContextEncryption); ok {
		list = append(list, smbproto.Encryption(id))
	}
	if id, ok := pick(s.Compression, offered, smbproto.ContextCompression); ok {
		list = append(list, smbproto.Compression(id))
	}
	if id, ok := pick(s.Signing, offered, smbproto.ContextSigning); ok {
		list = append(list, smbproto.Signing(id))
	}
	return list
}

// pick returns the first known algorithm that a context offers.
func pick(known []uint16, offered []smbproto.NegotiateContext, t smbproto.ContextType) (uint16, bool) {
	c, _ := smbproto.FindContext(offered, t)
	ids, _ := c.Algorithms()
	for _, id := range known {
		if slices.Contains(ids, id) {
			return id, true
		}
	}
	return 0, false
}

func (s *SMB2) refusal() smbproto.Status {
	if s.LogonStatus == 0 {
		return smbproto.StatusLogonFailure
	}
	return s.LogonStatus
}

func (c *conversation) smb2SessionSetup(b []byte) reply {
	h, err := smbproto.ParseSMB2Header(b)
	if err != nil || c.dialect == 0 || c.dialect == smbproto.DialectWildcard {
		return reply{end: hangUp}
	}
	req, err := smbproto.ParseSMB2SessionSetupRequest(b)
	if err != nil {
		return refuseSMB2(RefuseInvalidParameter, h)
	}
	if c.d.NTLM == nil {
		return refuseSMB2(RefuseNotSupported, h)
	}
	answer := smbproto.SMB2SessionSetupResponse{Header: smb2Answer(h, smbproto.StatusSuccess)}
	answer.Header.SessionID = smb2SessionID
	switch t, m := ntlmType(req.SecurityBuffer); {
	case t == 1:
		answer.Header.Status = smbproto.StatusMoreProcessingRequired
		answer.SecurityBuffer = c.challenge(m)
	case t == 3 && c.d.SMB2.Guest:
		answer.SessionFlags = smbproto.SessionFlagGuest
	case t == 3 && c.d.SMB2.Null:
		answer.SessionFlags = smbproto.SessionFlagNull
	case t == 3 && c.d.SMB2.AnyUser:
	case t == 3:
		c.wait(c.d.SMB2.LogonDelay)
		return message(smbproto.SMB2Error{Header: smb2Answer(h, c.d.SMB2.refusal())})
	default:
		return refuseSMB2(RefuseInvalidParameter, h)
	}
	return message(answer)
}
