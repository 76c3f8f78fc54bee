package capture

import (
	"strings"

	"smbready/inventory"
	"smbready/smbproto"
)

// SMB1 commands that smbproto has no names for, [MS-CIFS] 2.2.2.1.
const (
	smb1LockAndRead    = 0x13
	smb1WriteAndUnlock = 0x14
	smb1ReadRaw        = 0x1a
	smb1ReadMpx        = 0x1b
	smb1WriteRaw       = 0x1d
	smb1WriteMpx       = 0x1e
	smb1WriteComplete  = 0x20
	smb1OldTreeConnect = 0x70
)

// isTransfer1 reports whether a command reads or writes.
func isTransfer1(command uint8) bool {
	switch command {
	case smbproto.SMB1CommandRead, smbproto.SMB1CommandWrite, smbproto.SMB1CommandReadAndX, smbproto.SMB1CommandWriteAndX,
		smbproto.SMB1CommandWriteAndClose, smb1LockAndRead, smb1WriteAndUnlock, smb1ReadRaw, smb1ReadMpx, smb1WriteRaw, smb1WriteMpx:
		return true
	}
	return false
}

// isOpen1 reports whether a command asks for a file.
func isOpen1(command uint8) bool {
	switch command {
	case smbproto.SMB1CommandOpen, smbproto.SMB1CommandCreate, smbproto.SMB1CommandCreateNew, smbproto.SMB1CommandOpenAndX, smbproto.SMB1CommandNTCreate:
		return true
	}
	return false
}

// placeholder stands where a signature would, before there is a key; seen from
// Windows and Samba.
var placeholder = [8]byte{'B', 'S', 'R', 'S', 'P', 'Y', 'L', ' '}

// signed1 reports whether a message carries a signature, [MS-CIFS] 2.2.3.1, and
// says so.
func signed1(h smbproto.SMB1Header) bool {
	return h.Flags2&smbproto.Flags2SecuritySignature != 0 && filled1(h)
}

func filled1(h smbproto.SMB1Header) bool {
	return h.Signature != [8]byte{} && h.Signature != placeholder
}

// unclear1 reports whether the field of the signature is filled in a message that
// does not say that it is signed. Samba's client was seen to sign like that, for a
// server that demands it; junk would look the same. So it counts as neither.
func unclear1(h smbproto.SMB1Header) bool {
	return h.Flags2&smbproto.Flags2SecuritySignature == 0 && filled1(h)
}

// counts1 reports whether a message counts among those after the logon.
func counts1(h smbproto.SMB1Header) bool {
	switch h.Command {
	case smbproto.SMB1CommandNegotiate, smbproto.SMB1CommandSessionSetup, smbproto.SMB1CommandLogoff, smbproto.SMB1CommandNTCancel:
		return false
	}
	return !unclear1(h)
}

// message1 takes in an SMB1 message.
func (c *conversation) message1(f frame) {
	h, err := smbproto.ParseSMB1Header(f.head)
	switch {
	case err != nil:
		c.unreadable(f)
	case h.Reply() == f.fromClient: // a server asks too, when it breaks an oplock
	case f.fromClient:
		c.ask1(h, f)
	default:
		c.answer1(h, f)
	}
}

// number1 names a request and its answer.
func number1(h smbproto.SMB1Header) uint64 { return uint64(h.PID)<<16 | uint64(h.MID) }

func sessionKey1(h smbproto.SMB1Header) sessionKey { return sessionKey{true, uint64(h.UID)} }

// ask1 takes in a request.
func (c *conversation) ask1(h smbproto.SMB1Header, f frame) {
	c.unanswered = h.Command != smbproto.SMB1CommandNTCancel || c.unanswered
	switch h.Command {
	case smbproto.SMB1CommandNegotiate:
		c.offer1(f)
		return
	case smbproto.SMB1CommandSessionSetup:
		c.setUp1(h, f)
		return
	}
	s := c.session(sessionKey1(h))
	if s == nil {
		return
	}
	if counts1(h) {
		count(&s.requests, signed1(h))
	}
	if h.UID != 0 {
		s.reached(inventory.StageLoggedOn) // before the capture, if not in it
	}
	s.forget(number1(h))
	s.orderly = h.Command == smbproto.SMB1CommandLogoff || h.Command == smbproto.SMB1CommandTreeDisconnect
	switch {
	case h.Command == smbproto.SMB1CommandTreeConnect:
		c.askTree1(s, h, f)
	case h.Command == smb1OldTreeConnect:
		s.ask(number1(h), oldTree1(f.head))
	case isOpen1(h.Command):
		s.opens(uint32(h.TID), inventory.StageFile)
	case isTransfer1(h.Command):
		s.transfer(uint32(h.TID), number1(h))
	case h.Command == smbproto.SMB1CommandTreeDisconnect:
		delete(s.trees, uint32(h.TID)) // the number may become another's
	}
}

// askTree1 takes in a TREE_CONNECT_ANDX request, alone or behind a logon.
func (c *conversation) askTree1(s *session, h smbproto.SMB1Header, f frame) {
	t, err := smbproto.ParseSMB1TreeConnectRequest(f.head)
	if err != nil {
		c.unreadable(f)
		s.reached(inventory.StageTreeConnect)
		return
	}
	s.ask(number1(h), max(shareOfPath(t.Path), shareOfService(t.Service)))
}

// oldTree1 is what a TREE_CONNECT request is for, [MS-CIFS] 2.2.4.50.1: a path, a
// password and a service, each behind a byte that says that it is text.
func oldTree1(m []byte) share {
	chain, err := smbproto.ParseSMB1Message(m)
	if err != nil {
		return shareUnknown
	}
	texts := strings.Split(string(chain.Blocks[0].Bytes), "\x00")
	const last = 4 // and what is behind the service, which is nothing
	if len(texts) != last || len(texts[0]) < 2 || len(texts[2]) < 1 {
		return shareUnknown
	}
	return max(shareOfPath(texts[0]), shareOfService(texts[2][1:]))
}

// connectedOld1 takes in a TREE_CONNECT response, [MS-CIFS] 2.2.4.50.2, whose second
// word is the tree.
func connectedOld1(s *session, h smbproto.SMB1Header, f frame) {
	chain, err := smbproto.ParseSMB1Message(f.head)
	if err != nil || len(chain.Blocks[0].Words) < 4 {
		delete(s.asked, number1(h))
		return
	}
	s.connected(number1(h), uint32(le.Uint16(chain.Blocks[0].Words[2:])), shareUnknown)
}

// offer1 takes in a NEGOTIATE request.
func (c *conversation) offer1(f frame) {
	c.reached(inventory.StageNegotiate)
	r, err := smbproto.ParseSMB1NegotiateRequest(f.head)
	if err != nil {
		c.unreadable(f)
		return
	}
	c.offer.AddSMB1(r)
	c.offered, c.dialects1 = true, r.Dialects
}

// setUp1 takes in a SESSION_SETUP_ANDX request.
func (c *conversation) setUp1(h smbproto.SMB1Header, f frame) {
	s := c.logonRequest(sessionKey1(h), number1(h))
	if s == nil {
		return
	}
	s.reached(inventory.StageSessionSetup)
	r, err := smbproto.ParseSMB1SessionSetupRequest(f.head)
	if err != nil {
		c.unreadable(f)
		return
	}
	s.tried = true
	s.setup.AddSMB1Setup(r)
	const extendedSecurity = 12 // words
	if r.WordCount != extendedSecurity {
		s.logon.AddSMB1Logon(r)
		if c.plain && s.logon.As == inventory.LogonAccount {
			s.logon.Mechanism = "plaintext"
		}
		s.reached(inventory.StageLoggedOn)
	} else if s.logon.AddToken(r.SecurityBlob) {
		s.reached(inventory.StageLoggedOn)
	}
	if chain, _ := smbproto.ParseSMB1Message(f.head); len(chain.Blocks) > 1 {
		if _, found := chain.Find(smbproto.SMB1CommandTreeConnect); found {
			c.askTree1(s, h, f)
		}
	}
}

// status1 returns the status of a message, and its name.
func status1(h smbproto.SMB1Header) (smbproto.Status, string) {
	const dosNoAccess, serverNoAccess = 0x0005_0001, 0x0004_0002 // ERRDOS/ERRnoaccess and ERRSRV/ERRaccess, [MS-CIFS] 2.2.2.4
	switch {
	case h.NTStatus() || h.Status == 0:
		return h.Status, h.Status.String()
	case h.Status == dosNoAccess, h.Status == serverNoAccess:
		return smbproto.StatusAccessDenied, "DOS error"
	}
	return smbproto.StatusUnsuccessful, "DOS error"
}

// answer1 takes in a response.
func (c *conversation) answer1(h smbproto.SMB1Header, f frame) {
	switch h.Command {
	case smbproto.SMB1CommandNegotiate:
		c.choice1(h, f)
		return
	case smbproto.SMB1CommandSessionSetup:
		c.granted1(h, f)
		return
	}
	status, _ := status1(h)
	c.answered(smbproto.SMB2Failed(status))
	s := c.session(sessionKey1(h))
	if s == nil {
		return
	}
	s.answer(counts1(h), signed1(h), status, c.demanded)
	success := status == smbproto.StatusSuccess
	switch {
	case h.Command == smbproto.SMB1CommandTreeConnect && success:
		c.connected1(s, h, f)
	case h.Command == smb1OldTreeConnect && success:
		connectedOld1(s, h, f)
	case h.Command == smbproto.SMB1CommandTreeConnect, h.Command == smb1OldTreeConnect:
		delete(s.asked, number1(h))
	case h.Command == smb1WriteRaw && success: // which only tells it to go on, [MS-CIFS] 2.2.4.25.2
	case h.Command == smb1WriteComplete, isTransfer1(h.Command):
		s.transferred(number1(h), success)
	}
}

// connected1 takes in a TREE_CONNECT_ANDX response.
func (c *conversation) connected1(s *session, h smbproto.SMB1Header, f frame) {
	t, err := smbproto.ParseSMB1TreeConnectResponse(f.head)
	if err != nil {
		t.Service = smbproto.ServiceAny
	}
	s.connected(number1(h), uint32(h.TID), shareOfService(t.Service))
}

// choice1 takes in a NEGOTIATE response.
func (c *conversation) choice1(h smbproto.SMB1Header, f frame) {
	r, err := smbproto.ParseSMB1NegotiateResponse(f.head)
	if err != nil {
		c.unreadable(f)
		return
	}
	refused := h.Status != smbproto.StatusSuccess || r.WordCount == 0 || r.DialectIndex == smbproto.NoDialect
	c.answered(refused)
	host := c.serverHost()
	if host == nil || h.Status != smbproto.StatusSuccess || r.WordCount == 0 {
		return
	}
	host.negotiated1(r, c.port, c.dialects1, f.head)
	if refused {
		return
	}
	c.demanded = inventory.SigningOfSMB1(r)
	c.plain = r.WordCount >= 13 && r.SecurityMode&smbproto.SMB1EncryptPasswords == 0
	c.algorithm = "MD5"
	if int(r.DialectIndex) < len(c.dialects1) {
		c.dialect = inventory.Clip(c.dialects1[r.DialectIndex])
	}
}

// granted1 takes in a SESSION_SETUP_ANDX response.
func (c *conversation) granted1(h smbproto.SMB1Header, f frame) {
	status, name := status1(h)
	more := status == smbproto.StatusMoreProcessingRequired
	c.answered(!more && status != smbproto.StatusSuccess)
	s := c.logonAnswer(sessionKey1(h), number1(h))
	if s == nil {
		return
	}
	s.tried = true
	s.answeredLogon(status, name)
	r, err := smbproto.ParseSMB1SessionSetupResponse(f.head)
	if err != nil {
		c.unreadable(f)
		return
	}
	if host := c.serverHost(); host != nil {
		host.setUp1(r)
		if more {
			host.facts.AddChallenge(r.SecurityBlob)
		}
	}
	if status != smbproto.StatusSuccess {
		return
	}
	s.logon.SetupSigned = signed1(h)
	s.reached(inventory.StageLoggedOn)
	if r.Action&smbproto.ActionGuest != 0 {
		s.logon.As = inventory.LogonGuest
	}
	if _, asked := s.asked[number1(h)]; asked { // a TREE_CONNECT_ANDX was behind the request
		c.connected1(s, h, f)
	}
}
