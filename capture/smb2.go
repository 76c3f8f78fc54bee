package capture

import (
	"slices"

	"smbready/inventory"
	"smbready/smbproto"
)

// Offsets of the SessionId, [MS-SMB2] 2.2.1 and 2.2.41.
const (
	sessionAt2         = 40
	sessionAtTransform = 44
)

// message2 takes in an SMB2 message: one, or a chain of them, [MS-SMB2] 2.2.1.
func (c *conversation) message2(f frame) {
	var before smbproto.SMB2Header
	for rest := f.head; ; {
		if len(rest) < smb2Header {
			c.unreadable(f)
			return
		}
		head := [smb2Header]byte(rest)
		next := uint64(le.Uint32(head[20:]))
		clear(head[20:24]) // the head of a message may be all there is
		h, err := smbproto.ParseSMB2Header(head[:])
		if err != nil || h.Response() == f.fromClient {
			c.unreadable(f)
			return
		}
		if h.Flags&smbproto.SMB2FlagRelated != 0 && (f.fromClient || h.SessionID == ^uint64(0)) { // [MS-SMB2] 3.2.4.1.4, 3.3.4.1.3
			h.SessionID, h.TreeID = before.SessionID, before.TreeID
		}
		if f.fromClient {
			c.ask2(h, rest, f)
		} else {
			c.answer2(h, rest, f)
		}
		before = h
		if next == 0 {
			return
		}
		if next < smb2Header || next%8 != 0 || next >= uint64(len(rest)) {
			c.unreadable(f)
			return
		}
		rest = rest[next:]
	}
}

// signed2 reports whether a message carries a signature.
func signed2(h smbproto.SMB2Header) bool { return h.Signed() && h.Signature != [16]byte{} }

// counts2 reports whether a message counts among those after the logon. Echoes and
// breaks of oplocks go without a session.
func counts2(h smbproto.SMB2Header) bool {
	switch h.Command {
	case smbproto.SMB2CommandNegotiate, smbproto.SMB2CommandSessionSetup, smbproto.SMB2CommandLogoff, smbproto.SMB2CommandCancel:
		return false
	}
	return h.SessionID != 0
}

// ask2 takes in a request.
func (c *conversation) ask2(h smbproto.SMB2Header, m []byte, f frame) {
	c.unanswered = h.Command != smbproto.SMB2CommandCancel || c.unanswered
	switch h.Command {
	case smbproto.SMB2CommandNegotiate:
		c.offer2(m, f)
		return
	case smbproto.SMB2CommandSessionSetup:
		c.setUp2(h, m, f)
		return
	}
	if h.SessionID == 0 {
		return
	}
	s := c.session(sessionKey{id: h.SessionID})
	if s == nil {
		return
	}
	if counts2(h) {
		s.reached(inventory.StageLoggedOn) // before the capture, if not in it
		count(&s.requests, signed2(h))
	}
	s.orderly = h.Command == smbproto.SMB2CommandLogoff || h.Command == smbproto.SMB2CommandTreeDisconnect
	switch h.Command {
	case smbproto.SMB2CommandTreeConnect:
		t, err := smbproto.ParseSMB2TreeConnectRequest(m)
		if err != nil {
			c.unreadable(f)
			s.reached(inventory.StageTreeConnect)
			return
		}
		s.ask(h.MessageID, shareOfPath(t.Path))
	case smbproto.SMB2CommandCreate:
		s.opens(h.TreeID, inventory.StageFile)
	case smbproto.SMB2CommandRead, smbproto.SMB2CommandWrite:
		s.transfer(h.TreeID, h.MessageID)
	case smbproto.SMB2CommandTreeDisconnect:
		delete(s.trees, h.TreeID) // the number may become another's
	}
}

// offer2 takes in a NEGOTIATE request.
func (c *conversation) offer2(m []byte, f frame) {
	c.reached(inventory.StageNegotiate)
	r, err := smbproto.ParseSMB2NegotiateRequest(m)
	if err != nil {
		c.unreadable(f)
		return
	}
	c.offer.AddSMB2(r)
	c.offered = true
	c.request2 = &smbproto.SMB2NegotiateRequest{Dialects: r.Dialects}
	for _, n := range r.Contexts {
		if n.Type == smbproto.ContextPreauthIntegrity || n.Type == smbproto.ContextEncryption || n.Type == smbproto.ContextSigning {
			c.request2.Contexts = append(c.request2.Contexts, smbproto.NegotiateContext{Type: n.Type, Data: slices.Clone(n.Data)})
		}
	}
}

// setUp2 takes in a SESSION_SETUP request.
func (c *conversation) setUp2(h smbproto.SMB2Header, m []byte, f frame) {
	s := c.logonRequest(sessionKey{id: h.SessionID}, h.MessageID)
	if s == nil {
		return
	}
	s.reached(inventory.StageSessionSetup)
	r, err := smbproto.ParseSMB2SessionSetupRequest(m)
	if err != nil {
		c.unreadable(f)
		return
	}
	s.tried = true
	s.bound = s.bound || r.Flags&setupBinding != 0
	s.setup.AddSMB2Setup(r)
	if s.logon.AddToken(r.SecurityBuffer) {
		s.reached(inventory.StageLoggedOn)
	}
}

// setupBinding is the flag of a SESSION_SETUP request that binds a session to one
// more connection, [MS-SMB2] 2.2.5.
const setupBinding = 0x01

// unsolicited is the number of what a server sends without being asked, such as
// the break of an oplock, [MS-SMB2] 3.3.4.6.
const unsolicited = ^uint64(0)

// answer2 takes in a response.
func (c *conversation) answer2(h smbproto.SMB2Header, m []byte, f frame) {
	if h.MessageID == unsolicited {
		return
	}
	if h.Status == smbproto.StatusPending { // an interim answer, [MS-SMB2] 3.3.4.2
		c.unanswered = false
		return
	}
	switch h.Command {
	case smbproto.SMB2CommandNegotiate:
		c.choice2(h, m, f)
		return
	case smbproto.SMB2CommandSessionSetup:
		c.granted2(h, m, f)
		return
	}
	c.answered(smbproto.SMB2Failed(h.Status))
	if h.SessionID == 0 {
		return
	}
	s := c.session(sessionKey{id: h.SessionID})
	if s == nil {
		return
	}
	s.answer(counts2(h), signed2(h), h.Status, c.demanded)
	if h.Command == smbproto.SMB2CommandRead || h.Command == smbproto.SMB2CommandWrite {
		s.transferred(h.MessageID, h.Status == smbproto.StatusSuccess)
	}
	if h.Status != smbproto.StatusSuccess || h.Flags&smbproto.SMB2FlagAsync != 0 { // which has no tree
		delete(s.asked, h.MessageID)
		return
	}
	switch h.Command {
	case smbproto.SMB2CommandTreeConnect:
		t, err := smbproto.ParseSMB2TreeConnectResponse(m)
		if err != nil {
			t.ShareType = 0
		}
		s.connected(h.MessageID, h.TreeID, shareOfType(t.ShareType))
	case smbproto.SMB2CommandRead, smbproto.SMB2CommandWrite:
		s.opens(h.TreeID, inventory.StageData)
	}
}

// answer counts an answer. A server that demands signing denies access to whoever
// does not sign, [MS-SMB2] 3.3.5.2.4.
func (s *session) answer(counts, signed bool, status smbproto.Status, demanded inventory.Signing) {
	if !counts {
		return
	}
	count(&s.answers, signed)
	unsigned := s.requests.Signed == 0 && s.requests.Unsigned > 0
	s.refused = status == smbproto.StatusInvalidSignature ||
		status == smbproto.StatusAccessDenied && demanded == inventory.SigningRequired && unsigned
	if isRefusal(status) {
		s.failed++
	}
}

// choice2 takes in a NEGOTIATE response.
func (c *conversation) choice2(h smbproto.SMB2Header, m []byte, f frame) {
	r, err := smbproto.ParseSMB2NegotiateResponse(m)
	if err != nil {
		c.unreadable(f)
		return
	}
	c.answered(h.Status != smbproto.StatusSuccess)
	if h.Status != smbproto.StatusSuccess {
		return
	}
	request := c.request2
	if request == nil {
		request = multi(c.dialects1)
	}
	c.demanded = inventory.SigningOfSMB2(r.SecurityMode)
	host := c.serverHost()
	if host == nil {
		return
	}
	host.negotiated2(r, c.port, request, m)
	if r.Dialect != smbproto.DialectWildcard {
		c.dialect = r.Dialect.String()
		facts, _ := inventory.NewSMB2(r, c.port, request, nil)
		c.algorithm = facts.SigningAlgorithm
	}
}

// multi returns the request for SMB2 that stands in an SMB1 NEGOTIATE, [MS-SMB2]
// 3.2.4.2.2.1, or nil.
func multi(dialects []string) *smbproto.SMB2NegotiateRequest {
	var list []smbproto.Dialect
	for _, d := range dialects {
		switch d {
		case smbproto.DialectSMB2002:
			list = append(list, smbproto.Dialect202)
		case smbproto.DialectSMB2Any:
			list = append(list, smbproto.DialectWildcard)
		}
	}
	if list == nil {
		return nil
	}
	return &smbproto.SMB2NegotiateRequest{Dialects: list}
}

// granted2 takes in a SESSION_SETUP response.
func (c *conversation) granted2(h smbproto.SMB2Header, m []byte, f frame) {
	more := h.Status == smbproto.StatusMoreProcessingRequired
	c.answered(!more && h.Status != smbproto.StatusSuccess)
	s := c.logonAnswer(sessionKey{id: h.SessionID}, h.MessageID)
	if s == nil {
		return
	}
	s.tried = true
	s.answeredLogon(h.Status, h.Status.String())
	r, err := smbproto.ParseSMB2SessionSetupResponse(m)
	if err != nil {
		c.unreadable(f)
		return
	}
	if host := c.serverHost(); host != nil && more {
		host.facts.AddChallenge(r.SecurityBuffer)
	}
	if h.Status != smbproto.StatusSuccess {
		return
	}
	s.logon.SetupSigned = signed2(h)
	s.reached(inventory.StageLoggedOn)
	switch { // who is nobody is no guest with a name
	case r.SessionFlags&smbproto.SessionFlagNull != 0:
		s.logon.As = inventory.LogonAnonymous
	case r.SessionFlags&smbproto.SessionFlagGuest != 0:
		s.logon.As = inventory.LogonGuest
	}
}

// encrypted takes in a message in an encrypted transform, [MS-SMB2] 2.2.41, of
// which the session is all that can be read.
func (c *conversation) encrypted(f frame) {
	if len(f.head) < sessionAtTransform+8 {
		c.unreadable(f)
		return
	}
	if f.fromClient {
		c.unanswered = true
	} else {
		c.answered(false)
	}
	if s := c.session(sessionKey{id: le.Uint64(f.head[sessionAtTransform:])}); s != nil {
		s.encrypted++
		s.decrypted, s.busy = s.decrypted || !f.fromClient, true
	}
}

// compressed takes in a compressed message, [MS-SMB2] 2.2.42. Its header is most
// often before what is compressed, or a payload of its own that is not.
func (c *conversation) compressed(f frame) {
	const fixed = 16
	if len(f.head) >= fixed+smb2Header {
		const chained, notCompressed = 1, 0
		algorithm, flags, n := le.Uint16(f.head[8:]), le.Uint16(f.head[10:]), le.Uint32(f.head[12:])
		if n >= smb2Header && (flags&chained == 0 || algorithm == notCompressed) &&
			smbproto.ProtocolOf(f.head[fixed:]) == smbproto.ProtocolSMB2 && le.Uint32(f.head[fixed+20:]) == 0 {
			c.message2(frame{f.fromClient, f.kind, f.head[fixed : fixed+smb2Header], int(n)})
			return
		}
	}
	c.ledger.unread.add("compressed messages", 1)
}
