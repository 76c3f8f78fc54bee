package capture

import (
	"net/netip"
	"slices"

	"smbready/inventory"
	"smbready/smbproto"
)

// Bounds of what is kept of one connection.
const (
	maxSessions = 64
	maxSetups   = 8
)

// conversation is what is said in a connection: the NEGOTIATE, which is of the
// connection, and the sessions. It copes with either side missing.
type conversation struct {
	ledger         *ledger
	client, server netip.Addr
	port           uint16
	whole          bool // it was seen from its first byte on
	offer          inventory.Offer
	offered        bool
	request2       *smbproto.SMB2NegotiateRequest // of which dialects and contexts are kept
	dialects1      []string                       // of the SMB1 NEGOTIATE
	dialect        string                         // that the server selected
	demanded       inventory.Signing
	algorithm      string // for signing, by the dialect
	plain          bool   // the server takes passwords in clear text
	stage          inventory.Stage
	setups         []setup // logons whose session is not known yet, oldest first
	early          []setup // answers to logons that came before the request, as captures can have it
	sessions       []*session
	unanswered     bool // a request came since the last answer
	lastError      bool // the last answer was an error
}

// setup is a logon whose session has no number yet.
type setup struct {
	message uint64 // that the client sent last
	session *session
}

// sessionKey names a session: the SessionId of SMB2 or the UID of SMB1.
type sessionKey struct {
	smb1 bool
	id   uint64
}

// session is one session: what becomes a contact.
type session struct {
	key       sessionKey
	setup     inventory.Offer // of which what SESSION_SETUP says is used
	logon     inventory.Logon
	tried     bool // a logon was seen
	stage     inventory.Stage
	requests  inventory.Signatures
	answers   inventory.Signatures
	failed    int
	encrypted int              // messages, either way
	decrypted bool             // one of them was the server's: it could read what the client encrypts
	data      bool             // a READ or WRITE of a file succeeded
	busy      bool             // what is sent may be the data of files
	bound     bool             // it began in another connection
	orderly   bool             // the client has logged off or disconnected, and asked for nothing since
	refused   bool             // the last answer was that a signature is wrong or missing
	trees     map[uint32]share // as far as they are known
	asked     map[uint64]share // TREE_CONNECTs without an answer, by message
	waiting   []uint64         // READs and WRITEs of files without an answer, by message, the oldest first
	early     []uint64         // answers to READs and WRITEs that came before the request, as captures can have it
}

func newConversation(l *ledger, client, server endpoint, whole bool) *conversation {
	return &conversation{ledger: l, client: client.addr(), server: server.addr(), port: server.port, whole: whole,
		stage: inventory.StageConnected}
}

// frame takes in a frame of either side.
func (c *conversation) frame(f frame) {
	if f.kind != smbproto.FrameMessage {
		return // the stage of a connection says all there is to a NetBIOS session
	}
	switch smbproto.ProtocolOf(f.head) {
	case smbproto.ProtocolSMB1:
		c.message1(f)
	case smbproto.ProtocolSMB2:
		c.message2(f)
	case smbproto.ProtocolEncrypted:
		c.encrypted(f)
	case smbproto.ProtocolCompressed:
		c.compressed(f)
	}
}

// expects reports whether a message can be one of the conversation. Once files are
// open it is none that begins a logon, and of a session that is known.
func (c *conversation) expects(m []byte, logon bool) bool {
	if !slices.ContainsFunc(c.sessions, func(s *session) bool { return s.busy }) {
		return true
	}
	if logon {
		return false
	}
	switch smbproto.ProtocolOf(m) {
	case smbproto.ProtocolSMB1:
		h, err := smbproto.ParseSMB1Header(m)
		return err == nil && c.numbered(sessionKey1(h)) != nil
	case smbproto.ProtocolSMB2:
		return c.numbered(sessionKey{id: le.Uint64(m[sessionAt2:])}) != nil
	case smbproto.ProtocolEncrypted:
		return c.numbered(sessionKey{id: le.Uint64(m[sessionAtTransform:])}) != nil
	}
	return false
}

const reasonCut = "messages that were not captured whole"

// unreadable counts a message that could not be read.
func (c *conversation) unreadable(f frame) {
	if len(f.head) < f.length {
		c.ledger.unread.add(reasonCut, 1)
		return
	}
	c.ledger.unread.add("messages that are malformed", 1)
}

// serverHost returns the host of the server, or nil where there is no room.
func (c *conversation) serverHost() *host { return c.ledger.host(c.server) }

// answered notes that the server answers.
func (c *conversation) answered(failed bool) {
	c.unanswered, c.lastError = false, failed
	if h := c.serverHost(); h != nil {
		h.answered(c.port)
	}
}

func (c *conversation) reached(s inventory.Stage) { c.stage = max(c.stage, s) }

// session returns the session of a number, or nil where there are too many. One
// that is not known is that of the only logon that is going on, if the connection
// was seen from its beginning, and else one that began before the capture.
func (c *conversation) session(key sessionKey) *session {
	if s := c.numbered(key); s != nil {
		return s
	}
	if c.whole && len(c.setups) == 1 && !slices.Contains(c.sessions, c.setups[0].session) {
		s := c.setups[0].session
		c.setups = nil
		return c.open(s, key)
	}
	return c.open(newSession(), key)
}

func (c *conversation) numbered(key sessionKey) *session {
	for i := len(c.sessions) - 1; i >= 0; i-- {
		if c.sessions[i].key == key {
			return c.sessions[i]
		}
	}
	return nil
}

func newSession() *session {
	return &session{trees: map[uint32]share{}, asked: map[uint64]share{}}
}

// open gives a session its number.
func (c *conversation) open(s *session, key sessionKey) *session {
	if len(c.sessions) >= maxSessions {
		c.lost()
		return nil
	}
	s.key = key
	c.sessions = append(c.sessions, s)
	return s
}

// logonRequest returns the session that a SESSION_SETUP request is of, a new one
// where it has no number yet. A number that the server gave in an answer that is
// missing is that of the last logon that began.
func (c *conversation) logonRequest(key sessionKey, message uint64) *session {
	c.reached(inventory.StageSessionSetup)
	if key.id == 0 {
		if s := forget(&c.early, message); s != nil {
			return s
		}
		s := newSession()
		c.addSetup(message, s)
		return s
	}
	s := c.numbered(key)
	if n := len(c.setups) - 1; s == nil && n >= 0 && !slices.Contains(c.sessions, c.setups[n].session) {
		s = c.open(c.setups[n].session, key)
		c.setups = c.setups[:n]
	} else if s == nil {
		s = c.open(newSession(), key)
	}
	if s != nil {
		c.addSetup(message, s)
	}
	return s
}

// addSetup notes a logon that waits for an answer; the oldest of too many goes.
func (c *conversation) addSetup(message uint64, s *session) {
	if len(c.setups) >= maxSetups {
		c.keepSetup(c.setups[0].session)
		c.setups = c.setups[1:]
	}
	c.setups = append(c.setups, setup{message, s})
}

// keepSetup keeps a logon that was never answered.
func (c *conversation) keepSetup(s *session) {
	switch {
	case slices.Contains(c.sessions, s):
	case len(c.sessions) < maxSessions:
		c.sessions = append(c.sessions, s)
	default:
		c.lost()
	}
}

// lost counts a message of a session that is not kept, with its ends as well: what
// it would have shown may be the worst of all.
func (c *conversation) lost() {
	c.ledger.unread.add("messages of sessions beyond the limit of a connection", 1)
	leaveOut(c.ledger.host(c.client), c.ledger.host(c.server))
}

// logonAnswer returns the session that a SESSION_SETUP response is of.
func (c *conversation) logonAnswer(key sessionKey, message uint64) *session {
	s := forget(&c.setups, message)
	switch {
	case s == nil:
		if s = c.session(key); s != nil && len(c.early) < maxSetups {
			c.early = append(c.early, setup{message, s})
		}
		return s
	case slices.Contains(c.sessions, s):
		return s
	case key.id == 0: // refused before it got a number
		c.keepSetup(s)
		return s
	}
	return c.open(s, key)
}

// forget takes a logon from a list.
func forget(list *[]setup, message uint64) *session {
	for i, w := range *list {
		if w.message == message {
			*list = slices.Delete(*list, i, i+1)
			return w.session
		}
	}
	return nil
}

// reached notes a stage of the session.
func (s *session) reached(stage inventory.Stage) { s.stage = max(s.stage, stage) }

// count counts a message after the logon.
func count(n *inventory.Signatures, signed bool) {
	if signed {
		n.Signed++
	} else {
		n.Unsigned++
	}
}

// answeredLogon says what became of a logon.
func (s *session) answeredLogon(status smbproto.Status, name string) {
	switch {
	case status == smbproto.StatusMoreProcessingRequired:
	case status == smbproto.StatusSuccess:
		s.logon.Granted, s.logon.Status = true, ""
	default:
		s.logon.Status = name
	}
}

// finish hands what was seen to the ledger: a contact for each session, or one for
// the connection where there was none.
func (c *conversation) finish(end *connection) {
	for _, w := range c.setups {
		c.keepSetup(w.session)
	}
	a, b := c.ledger.host(c.client), c.ledger.host(c.server)
	for side, h := range []*host{a, b} {
		if t := end.lastFrom[side]; h != nil && !t.IsZero() {
			h.seenAt(t)
		} else if h != nil { // its packets are not in the capture
			h.seenAt(end.last)
		}
	}
	if len(c.sessions) == 0 {
		c.ledger.contact(c.client, c.server, c.contact(nil, end))
	}
	for _, s := range c.sessions {
		c.ledger.contact(c.client, c.server, c.contact(s, end))
	}
}

// contact is what was seen of a session, or, without one, of the connection.
func (c *conversation) contact(s *session, end *connection) inventory.Contact {
	t := inventory.Contact{Port: c.port, First: end.first, Last: end.last, Dialect: c.dialect, Demanded: c.demanded,
		Stage: c.stage, End: c.end(s, end)}
	offer := c.offer
	if s == nil {
		if c.whole && c.stage < inventory.StageSessionSetup {
			t.Logon = &inventory.Logon{As: inventory.LogonNone}
		}
	} else {
		offer.SetupFlags2, offer.SetupSecurityMode = s.setup.SetupFlags2, s.setup.SetupSecurityMode
		offer.NativeOS, offer.NativeLANManager = s.setup.NativeOS, s.setup.NativeLANManager
		t.Stage = max(s.stage, min(c.stage, inventory.StageSessionSetup))
		t.Requests, t.Answers, t.Failed, t.Data = s.requests, s.answers, s.failed, s.data
		s.addEncrypted(&t)
		if s.tried {
			t.Logon = &s.logon
		}
		s.addBinding(&t)
		if s.requests.Signed+s.answers.Signed > 0 {
			t.Algorithm = c.algorithm
		}
	}
	if c.offered || s != nil && (offer.SetupFlags2 != nil || offer.SetupSecurityMode != nil) {
		t.Offer = &offer
	}
	return t
}

// addBinding says that the session began in another connection. There it became
// a guest's or nobody's, if it is one: neither can be bound, [MS-SMB2] 3.3.5.5.
func (s *session) addBinding(t *inventory.Contact) {
	if !s.bound {
		return
	}
	t.Quirks = append(t.Quirks, "a further connection of a session that began in another")
	if s.logon.As != inventory.LogonAccount {
		s.logon.As = inventory.LogonUnknown
	}
}

// addEncrypted counts what was encrypted, once the server was seen to answer it:
// else it may have refused what the client sent.
func (s *session) addEncrypted(t *inventory.Contact) {
	switch {
	case s.decrypted:
		t.Encrypted = s.encrypted
	case s.encrypted > 0:
		t.Quirks = append(t.Quirks, "it sent encrypted requests, and no encrypted answer was seen")
	}
}

// end says how the connection ended for a session.
func (c *conversation) end(s *session, end *connection) inventory.End {
	switch {
	case s != nil && s.refused:
		return inventory.EndServerRefused
	case s != nil && s.orderly:
		return inventory.EndLogoff
	case end.firstToClose == inventory.EndServerClosed && !c.unanswered && !c.lastError:
		return inventory.EndUnknown // servers close what is idle
	}
	return end.firstToClose
}

// isRefusal reports whether a status can be the server's answer to a signature that
// is wrong or missing, [MS-SMB2] 3.3.5.2.4 and [MS-SMB] 3.3.5.1, or says that it
// does not serve this client.
func isRefusal(s smbproto.Status) bool {
	switch s {
	case smbproto.StatusAccessDenied, smbproto.StatusInvalidSignature, smbproto.StatusUserSessionDeleted,
		smbproto.StatusNetworkSessionExpired, smbproto.StatusLogonFailure:
		return true
	}
	return false
}
