package verify

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"smbready/smbproto"
)

// admit checks a message and reports whether it is to be passed on. Its error
// says what the host did wrong, or wants.
func (w *witness) admit(b []byte, passInterim bool) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch smbproto.ProtocolOf(b) {
	case smbproto.ProtocolSMB2:
		return w.compound(b, passInterim)
	case smbproto.ProtocolEncrypted:
		return true, w.transform(b, passInterim)
	case smbproto.ProtocolUnknown:
		return false, misbehaves("a message that is not SMB")
	}
	return false, misbehaves("a message of %v instead of SMB2", smbproto.ProtocolOf(b))
}

// transform checks an encrypted message, [MS-SMB2] 2.2.41. Its content is out
// of reach here.
func (w *witness) transform(b []byte, unbounded bool) error {
	switch {
	case !w.loggedOn:
		return misbehaves("an encrypted message before the logon")
	case !w.ciphered:
		return misbehaves("an encrypted message, although no encryption was negotiated")
	case w.flags&(smbproto.SessionFlagGuest|smbproto.SessionFlagNull) != 0:
		return misbehaves("an encrypted message in a session of a guest, which has no key")
	case len(b) < transformSize+headerSize:
		return misbehaves("an encrypted message of %d bytes, too short for a header in it", len(b))
	case !unbounded && w.transforms >= w.owed():
		return misbehaves("an encrypted message that answers nothing")
	}
	w.transforms++
	return nil
}

// owed returns how many encrypted messages there is a reason for so far: one for
// each question, and interim answers where questions went out encrypted.
func (w *witness) owed() int {
	if w.sealed > 0 {
		return len(w.asked) + w.sealed + maxInterim
	}
	return len(w.asked)
}

// compound checks a message and those compounded behind it, [MS-SMB2] 3.2.4.1.4.
func (w *witness) compound(b []byte, passInterim bool) (bool, error) {
	for parts := 1; ; parts++ {
		h, err := smbproto.ParseSMB2Header(b)
		if err != nil {
			return false, misbehaves("%v", err)
		}
		next, left := int(h.NextCommand), len(b)
		switch {
		case next == 0:
			next = left
		case next%8 != 0, next > left-headerSize:
			return false, misbehaves("NextCommand %d in a message of %d bytes", next, left)
		case parts == maxParts:
			return false, misbehaves("more than %d messages in one", maxParts)
		}
		pass, err := w.part(b[:next], h, passInterim)
		if err != nil {
			return false, err
		}
		last := next == left
		switch {
		case last && parts == 1:
			return pass, nil
		case !pass:
			return false, misbehaves("an interim answer compounded with others")
		case last:
			return true, nil
		}
		b = b[next:]
	}
}

// part checks one message, and reports whether it is to be passed on.
func (w *witness) part(b []byte, h smbproto.SMB2Header, passInterim bool) (bool, error) {
	if !h.Response() {
		return false, misbehaves("a request instead of an answer")
	}
	if h.MessageID == notification {
		if h.Command != commandOplockBreak {
			return false, misbehaves("an answer to no question: command %d with MessageId -1", h.Command)
		}
		return false, w.countInterim(passInterim)
	}
	command, asked := w.asked[h.MessageID]
	switch {
	case !asked && w.ciphered && w.loggedOn && w.flags&smbproto.SessionFlagEncrypt != 0:
		return false, misbehaves("an answer in the clear to an encrypted request")
	case !asked:
		return false, misbehaves("an answer to a question that was not asked: MessageId %d", h.MessageID)
	case w.transforms > 0 && w.sealed == 0:
		return false, misbehaves("an answer in the clear after an encrypted one that answered nothing")
	case command != h.Command:
		return false, misbehaves("an answer to command %d for a question of command %d", h.Command, command)
	}
	if h.Status == smbproto.StatusPending {
		return w.pending(h, passInterim)
	}
	delete(w.asked, h.MessageID)
	if err := w.session(h); err != nil {
		return false, err
	}
	if err := w.body(b, h); err != nil {
		return false, err
	}
	w.answer(b, h)
	return true, nil
}

// pending takes an interim answer, which is never signed, [MS-SMB2] 3.3.4.2.
// go-smb2 takes it for a forgery when signing is required.
func (w *witness) pending(h smbproto.SMB2Header, pass bool) (bool, error) {
	if h.Flags&smbproto.SMB2FlagAsync == 0 {
		return false, misbehaves("STATUS_PENDING in an answer that is not asynchronous")
	}
	return pass, w.countInterim(pass)
}

// countInterim bounds the messages that bring nothing forward.
func (w *witness) countInterim(unbounded bool) error {
	if w.interim++; w.interim > maxInterim && !unbounded {
		return misbehaves("more than %d interim answers and no final one", maxInterim)
	}
	return nil
}

// session checks what an answer says of its session.
func (w *witness) session(h smbproto.SMB2Header) error {
	switch {
	case h.Command == smbproto.SMB2CommandNegotiate:
		return nil
	case w.legs > 0 && h.SessionID != w.sessionID && !(h.Command == smbproto.SMB2CommandSessionSetup && failed(h.Status)):
		return misbehaves("an answer for another session")
	case h.Command == smbproto.SMB2CommandSessionSetup:
		return nil
	case h.Signed() && w.flags&(smbproto.SessionFlagGuest|smbproto.SessionFlagNull) != 0:
		return misbehaves("a signed answer in a session of a guest, which has no key")
	}
	return nil
}

// bodies are the shapes of successful answers: StructureSize, and the least
// length of the fixed part that it stands for. [MS-SMB2] 2.2.8 to 2.2.40.
var bodies = map[uint16]struct {
	structure uint16
	least     int
}{
	commandLogoff:         {4, 4},
	commandTreeConnect:    {16, 16},
	commandTreeDisconnect: {4, 4},
	commandCreate:         {89, 88},
	commandClose:          {60, 60},
	commandRead:           {17, 16},
	commandWrite:          {17, 16},
	commandQueryInfo:      {9, 8},
	commandSetInfo:        {2, 2},
}

// body checks an answer beyond its header.
func (w *witness) body(b []byte, h smbproto.SMB2Header) error {
	setupGoesOn := h.Command == smbproto.SMB2CommandSessionSetup && h.Status == smbproto.StatusMoreProcessingRequired
	if h.Status != smbproto.StatusSuccess && !setupGoesOn {
		return errorBody(b[headerSize:])
	}
	switch h.Command {
	case smbproto.SMB2CommandNegotiate:
		return w.negotiateAnswer(b)
	case smbproto.SMB2CommandSessionSetup:
		return w.setupAnswer(b)
	}
	shape, known := bodies[h.Command]
	body := b[headerSize:]
	switch {
	case !known:
		return misbehaves("an answer to command %d, which was not asked", h.Command)
	case len(body) < shape.least:
		return misbehaves("an answer to command %d with a body of %d bytes, of %d", h.Command, len(body), shape.least)
	case binary.LittleEndian.Uint16(body) != shape.structure:
		return misbehaves("an answer to command %d with StructureSize %d, not %d", h.Command, binary.LittleEndian.Uint16(body), shape.structure)
	}
	if h.Command == commandTreeConnect && binary.LittleEndian.Uint32(body[4:])&shareEncrypted != 0 && !w.ciphered {
		return misbehaves("a share that demands encryption, which was not negotiated")
	}
	if h.Command == commandRead {
		return readBody(b, body)
	}
	return nil
}

// readBody checks where the data of a READ answer lies, [MS-SMB2] 2.2.20.
func readBody(b, body []byte) error {
	offset, length := uint64(body[2]), uint64(binary.LittleEndian.Uint32(body[4:]))
	if length > 0 && (offset < headerSize+16 || offset+length > uint64(len(b))) {
		return misbehaves("%d bytes of data at offset %d in a message of %d bytes", length, offset, len(b))
	}
	return nil
}

// errorBody checks an error answer, [MS-SMB2] 2.2.2. Hosts send all kinds of
// bodies with an error: none, or that of a success. What counts is the status;
// only a length that wraps in go-smb2's sum of 32 bits is kept from it.
func errorBody(body []byte) error {
	if len(body) >= errorFixed && binary.LittleEndian.Uint32(body[4:]) > math.MaxUint32-errorFixed {
		return misbehaves("an error answer that declares %d bytes of %d", binary.LittleEndian.Uint32(body[4:]), len(body)-errorFixed)
	}
	return nil
}

// errorFixed is the fixed part of an error answer's body, in bytes.
const errorFixed = 8

// readableError reports whether an error answer has the body that it should:
// of another one go-smb2 does not tell the status.
func readableError(body []byte) bool {
	return len(body) >= errorFixed && binary.LittleEndian.Uint16(body) == 9 &&
		uint64(binary.LittleEndian.Uint32(body[4:]))+errorFixed <= uint64(len(body))
}

// negotiateAnswer checks a NEGOTIATE answer, [MS-SMB2] 2.2.4 and 3.2.5.2.
func (w *witness) negotiateAnswer(b []byte) error {
	m, err := smbproto.ParseSMB2NegotiateResponse(b)
	if err != nil {
		return misbehaves("%v", err)
	}
	if !slices.Contains(w.offered, m.Dialect) {
		return misbehaves("it chose dialect %v, which was not offered", m.Dialect)
	}
	w.dialect = m.Dialect
	w.demands = m.SecurityMode&smbproto.SMB2SigningRequired != 0
	w.ciphered = m.Dialect == smbproto.Dialect300 || m.Dialect == smbproto.Dialect302
	if m.Dialect != smbproto.Dialect311 {
		return nil
	}
	// go-smb2 goes on without the hash, with a key that nobody shares.
	if _, ok := smbproto.FindContext(m.Contexts, smbproto.ContextPreauthIntegrity); !ok {
		return misbehaves("3.1.1 without pre-authentication integrity")
	}
	if c, ok := smbproto.FindContext(m.Contexts, smbproto.ContextEncryption); ok {
		ciphers, err := c.Algorithms()
		w.ciphered = err == nil && len(ciphers) == 1 && (ciphers[0] == 1 || ciphers[0] == 2)
	}
	return nil
}

// setupAnswer checks a SESSION_SETUP answer that is not an error, [MS-SMB2]
// 2.2.6 and 3.2.5.3.
func (w *witness) setupAnswer(b []byte) error {
	m, err := smbproto.ParseSMB2SessionSetupResponse(b)
	if err != nil {
		return misbehaves("%v", err)
	}
	w.flags = m.SessionFlags
	w.loggedOn = m.Header.Status == smbproto.StatusSuccess
	w.legs++
	guest := m.SessionFlags&(smbproto.SessionFlagGuest|smbproto.SessionFlagNull) != 0
	switch {
	case w.loggedOn && w.legs == 1:
		return misbehaves("it ended the logon before the account was known")
	case !w.loggedOn && guest:
		return misbehaves("it calls the account a guest before it is known")
	case !w.loggedOn && w.legs > 1:
		return misbehaves("it goes on asking when all was said")
	case w.loggedOn && m.SessionFlags&smbproto.SessionFlagEncrypt != 0 && !w.ciphered:
		return misbehaves("it demands encryption, which was not negotiated")
	case w.loggedOn:
		return nil
	}
	w.sessionID = m.Header.SessionID
	challenge, err := checkChallenge(m.SecurityBuffer)
	w.logon.challenge = challenge.ServerChallenge
	return err
}

// Flags of a challenge without which there is no NTLMv2, [MS-NLMP] 2.2.2.5.
const (
	ntlmRequestTarget = 0x00000004
	ntlmTargetInfo    = 0x00800000
	ntlmFixed         = 48 // bytes of a challenge up to its target information
)

// checkChallenge checks the token that should hold an NTLM challenge: go-smb2
// falls over another mechanism, and over a token without one.
func checkChallenge(token []byte) (m smbproto.NTLMChallenge, err error) {
	s, err := smbproto.ParseSPNEGO(token)
	switch {
	case err != nil:
		return m, misbehaves("%v", err)
	case s.Raw, !s.Response:
		return m, misbehaves("its logon token is no answer to SPNEGO")
	case len(s.Mechanisms) == 0:
		return m, misbehaves("its logon token names no mechanism")
	case s.Mechanisms[0] != smbproto.MechNTLMSSP:
		return m, &notSupported{"it wants to log on by " + s.Mechanisms[0].String() + ", not NTLM"}
	case !bytes.Equal(smbproto.FindNTLMChallenge(s.Token), s.Token):
		return m, misbehaves("its logon token holds no NTLM challenge")
	}
	m, err = smbproto.ParseNTLMChallenge(s.Token)
	switch {
	case err != nil:
		return m, misbehaves("%v", err)
	case m.Flags&ntlmRequestTarget == 0, m.Flags&ntlmTargetInfo == 0:
		return m, &notSupported{"its challenge has no target information: it knows only NTLMv1, which is not spoken here"}
	case len(s.Token) < ntlmFixed:
		return m, misbehaves("an NTLM challenge of %d bytes", len(s.Token))
	}
	return m, nil
}

// Where a NEGOTIATE answer has its SecurityMode, and what is taken out there.
const securityModeAt = headerSize + 2

// hideDemand makes a NEGOTIATE answer say that signing is not required. It is
// for dialects without pre-authentication integrity only: that covers it.
func hideDemand(b []byte) {
	h, err := smbproto.ParseSMB2Header(b)
	if err == nil && h.Command == smbproto.SMB2CommandNegotiate && len(b) > securityModeAt {
		b[securityModeAt] &^= byte(smbproto.SMB2SigningRequired)
	}
}
