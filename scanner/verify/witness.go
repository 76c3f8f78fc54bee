package verify

import (
	"fmt"
	"sync"

	"smbready/inventory"
	"smbready/smbproto"
)

// Commands that smbproto does not name, [MS-SMB2] 2.2.1.2.
const (
	commandLogoff         = 2
	commandTreeConnect    = 3
	commandTreeDisconnect = 4
	commandCreate         = 5
	commandClose          = 6
	commandRead           = 8
	commandWrite          = 9
	commandQueryInfo      = 16
	commandSetInfo        = 17
	commandOplockBreak    = 18
)

// message is what is worth remembering of one message.
type message struct {
	sent    bool // by us
	command uint16
	status  smbproto.Status // of an answer
	odd     bool            // an error answer without the body of one
	signed  bool            // SMB2_FLAGS_SIGNED
	stamped bool            // its signature is not all zero
}

// witness writes down what passes the guard. The two directions are observed
// by two goroutines, and asked about by a third.
type witness struct {
	mu sync.Mutex

	asked    map[uint64]uint16 // requests without an answer: MessageId → command
	offered  []smbproto.Dialect
	dialect  smbproto.Dialect
	ciphered bool // an encryption key will be there
	demands  bool // the host requires signing

	sessionID uint64
	legs      int    // SESSION_SETUP answers so far
	authSent  bool   // the message that proves knowledge of the password is out
	flags     uint16 // of the last SESSION_SETUP answer
	loggedOn  bool   // that answer said success

	logon          logonCheck
	setupSignature inventory.Check // of the last SESSION_SETUP answer

	last         map[uint16]message // the last answer to each command
	lastCommand  uint16             // the last request that was sent
	setup        message            // the last SESSION_SETUP answer
	treeRequest  message
	parting      message              // the last answer to TREE_DISCONNECT or LOGOFF
	requests     inventory.Signatures // after the logon
	answers      inventory.Signatures // after the logon
	transforms   int                  // encrypted messages that came in
	interim      int                  // STATUS_PENDING and notifications that came in
	sealed       int                  // encrypted messages that went out
	treeSealed   bool                 // TREE_CONNECT was one of them: it is the first message after the logon
	proven       bool                 // IPC$ is connected: what goes wrong in parting is no matter
	misbehaviour string
	notSupported string
	late         bool            // a read or a write ran into the deadline
	lastStatus   smbproto.Status // of the last answer, if it was an error
}

func newWitness() *witness {
	return &witness{asked: map[uint64]uint16{}, last: map[uint16]message{}}
}

// maxAsked bounds the requests without an answer. go-smb2 has as many as it has
// credits, which are at most 128.
const maxAsked = 256

// request observes a message that we send.
func (w *witness) request(b []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if smbproto.ProtocolOf(b) == smbproto.ProtocolEncrypted {
		// Its command cannot be read any more, and neither can that of its answer.
		w.treeSealed = w.treeSealed || w.loggedOn && !w.treeRequest.sent
		w.sealed++
		return nil
	}
	h, err := smbproto.ParseSMB2Header(b)
	if err != nil {
		return fmt.Errorf("our own request: %w", err)
	}
	if len(w.asked) >= maxAsked {
		return fmt.Errorf("%d requests without an answer", len(w.asked))
	}
	w.asked[h.MessageID] = h.Command
	w.lastCommand = h.Command
	switch h.Command {
	case smbproto.SMB2CommandNegotiate:
		req, err := smbproto.ParseSMB2NegotiateRequest(b)
		if err != nil {
			return fmt.Errorf("our own request: %w", err)
		}
		w.offered = req.Dialects
		w.logon.preauth.Add(b)
		return nil
	case smbproto.SMB2CommandSessionSetup:
		w.authSent = w.authSent || w.legs > 0
		w.logon.preauth.Add(b)
		w.logon.request(b)
		return nil
	}
	m := message{sent: true, command: h.Command, signed: h.Signed(), stamped: h.Signature != [16]byte{}}
	if h.Command == commandTreeConnect {
		w.treeRequest = m
	}
	tally(&w.requests, m)
	return nil
}

// answer observes an answer that was found to be well-formed.
func (w *witness) answer(b []byte, h smbproto.SMB2Header) {
	m := message{command: h.Command, status: h.Status, odd: failed(h.Status) && !readableError(b[headerSize:]), signed: h.Signed(), stamped: h.Signature != [16]byte{}}
	w.last[h.Command] = m
	w.lastStatus = 0
	if failed(h.Status) {
		w.lastStatus = h.Status
	}
	switch h.Command {
	case smbproto.SMB2CommandNegotiate:
		w.logon.preauth.Add(b)
	case smbproto.SMB2CommandSessionSetup:
		w.setup = m
		guest := w.flags&(smbproto.SessionFlagGuest|smbproto.SessionFlagNull) != 0 // which has no key
		if w.loggedOn && !guest && m.signed && m.stamped {
			w.setupSignature = w.logon.check(w.dialect, b)
		}
		w.logon.preauth.Add(b)
	default:
		if h.Command == commandTreeDisconnect || h.Command == commandLogoff {
			w.parting = m
		}
		tally(&w.answers, m)
	}
}

// failed reports whether a status is an error, and not one of those that mean
// "go on".
func failed(s smbproto.Status) bool {
	return s != smbproto.StatusSuccess && s != smbproto.StatusMoreProcessingRequired && s != smbproto.StatusPending
}

func tally(s *inventory.Signatures, m message) {
	if m.signed && m.stamped {
		s.Signed++
	} else {
		s.Unsigned++
	}
}

// facts is what a witness has seen, at one moment.
type facts struct {
	dialect      smbproto.Dialect
	demands      bool
	legs         int
	authSent     bool
	flags        uint16
	loggedOn     bool
	setup        message
	negotiate    message
	tree         message
	treeRequest  message
	parting      message // the last answer to TREE_DISCONNECT or LOGOFF
	treeSealed   bool
	answered     map[uint16]bool
	lastCommand  uint16
	requests     inventory.Signatures
	answers      inventory.Signatures
	encrypted    bool // an encrypted message came in
	misbehaviour string
	notSupported string
	late         bool
	status       smbproto.Status

	setupSignature inventory.Check
}

func (w *witness) facts() facts {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := facts{dialect: w.dialect, demands: w.demands, legs: w.legs, authSent: w.authSent, flags: w.flags, loggedOn: w.loggedOn,
		setup: w.setup, negotiate: w.last[smbproto.SMB2CommandNegotiate], tree: w.last[commandTreeConnect], treeRequest: w.treeRequest,
		answered: map[uint16]bool{}, lastCommand: w.lastCommand, requests: w.requests, answers: w.answers, encrypted: w.transforms > 0,
		treeSealed: w.treeSealed, parting: w.parting, setupSignature: w.setupSignature,
		misbehaviour: w.misbehaviour, notSupported: w.notSupported, late: w.late, status: w.lastStatus}
	for command := range w.last {
		f.answered[command] = true
	}
	return f
}

// guest reports whether the session cannot be signed, [MS-SMB2] 2.2.6.
func (f *facts) guest() bool {
	return f.flags&(smbproto.SessionFlagGuest|smbproto.SessionFlagNull) != 0
}

// algorithm names the algorithm with which go-smb2 signs at a dialect,
// [MS-SMB2] 3.1.4.1: it never asks for another one at 3.1.1.
func algorithm(d smbproto.Dialect) string {
	switch {
	case d == 0:
		return ""
	case d < smbproto.Dialect300:
		return "HMAC-SHA256"
	}
	return "AES-CMAC"
}
