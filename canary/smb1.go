package canary

import (
	"slices"

	"smbready/internal/signing"
	"smbready/inventory"
	"smbready/smbproto"
)

// smb1 answers SMB1: it is what a client sees as the server behind NT LM 0.12.
type smb1 struct {
	*conn
	login      *login
	negotiated bool
	on         bool // a logon was granted
	signs      bool // both sides have agreed to sign
	key        []byte
	sequence   uint32          // that the next request should have
	refusedBy  uint8           // command of the last request that was refused for its signature
	trees      map[uint16]bool // whether the share is the one of files
	lastTree   uint16
}

// smb1UID is the id of the session: there is one account, and so one session.
const smb1UID = 0x0800

// newSMB1 returns the handler of SMB1 for a connection.
func newSMB1(c *conn) handler {
	return &smb1{conn: c, login: newLogin(c), trees: map[uint16]bool{}}
}

// handle answers a message: its commands one after the other, up to the first
// that fails, [MS-CIFS] 3.3.5.1 and 3.3.5.2.
func (s *smb1) handle(b []byte) reply {
	m, err := smbproto.ParseSMB1Message(b)
	switch {
	case m.Header.Command == smbproto.SMB1CommandNegotiate:
		return s.negotiate(b)
	case len(m.Blocks) == 0 && err != nil, m.Header.Reply(), !s.negotiated:
		return reply{end: inventory.EndMalformed}
	}
	x := s.exchange(m, b)
	if x.command == smbproto.SMB1CommandNTCancel { // it is not answered
		return reply{}
	}
	switch {
	case !s.admits(x):
		x.fail(smbproto.StatusAccessDenied)
	case err != nil:
		s.quirk("sent a chain of commands that cannot be read")
		x.fail(smbproto.StatusInvalidParameter)
	default:
		s.run(x, m.Blocks)
	}
	return s.answer(x)
}

// exchange is a request, as far as it is answered.
type exchange struct {
	request  []byte // the whole message
	header   smbproto.SMB1Header
	command  uint8
	counts   bool            // it came after the logon, and tells by its signature
	refused  bool            // for its signature, or for the lack of one
	check    inventory.Check // of its signature
	sequence uint32          // of the request; its answer has the next
	file     *openFile       // that a command of the chain has opened

	status smbproto.Status
	uid    uint16
	tid    uint16
	blocks []smbproto.SMB1Block // of the answer
	end    inventory.End        // why the connection ends after it
}

// exchange begins to answer a request: it takes the request's sequence number,
// and looks at its signature.
func (s *smb1) exchange(m smbproto.SMB1Message, b []byte) *exchange {
	x := &exchange{request: b, header: m.Header, command: m.Header.Command, uid: m.Header.UID, tid: m.Header.TID}
	if !s.on {
		return x
	}
	x.counts = slices.ContainsFunc(m.Blocks, func(k smbproto.SMB1Block) bool { return counts(k.Command) })
	x.sequence = s.sequence
	// A number for the request and one for its answer, but that NT_CANCEL has
	// none, [MS-CIFS] 3.2.4.1.3.
	s.sequence += 2
	if x.command == smbproto.SMB1CommandNTCancel {
		s.sequence--
	}
	switch {
	case signing.VerifySMB1(s.key, x.sequence, b):
		x.check = inventory.CheckRight
	case signed(m.Header):
		x.check = inventory.CheckWrong
	}
	return x
}

// placeholder stands for a signature that a client cannot reckon yet, or never
// does: Samba's clients send it.
const placeholder = "BSRSPYL "

// signed reports whether a message says that it is signed, and bears what may be
// a signature. One that does not say so and bears none that is right is unsigned.
func signed(h smbproto.SMB1Header) bool {
	return h.Flags2&smbproto.Flags2SecuritySignature != 0 && h.Signature != [8]byte{} && string(h.Signature[:]) != placeholder
}

// counts reports whether a command is one whose signature tells of the client:
// not those that make and end the session. In a chain with such a one others
// count all the same.
func counts(command uint8) bool {
	switch command {
	case smbproto.SMB1CommandSessionSetup, smbproto.SMB1CommandLogoff, smbproto.SMB1CommandNTCancel:
		return false
	}
	return true
}

// admits counts a request after the logon, and reports whether it is served. In
// StageRequire a request without a right signature is not, and one with a wrong
// signature never is, [MS-CIFS] 3.3.5.1.
func (s *smb1) admits(x *exchange) bool {
	if !x.counts {
		return true
	}
	s.reached(stageOf(x.command))
	s.request(x.check)
	if x.check != inventory.CheckUnknown {
		s.contact.Algorithm = "MD5"
	}
	x.refused = x.check == inventory.CheckWrong || x.check == inventory.CheckUnknown && s.options.Stage == StageRequire
	switch {
	case x.refused:
		s.refused, s.refusedBy = true, x.command
	case s.refusedBy == x.command:
		s.refused = false // it got over it
	}
	return !x.refused
}

// stageOf is the stage that a client reaches with a request after the logon, be
// it served or not.
func stageOf(command uint8) inventory.Stage {
	switch command {
	case smbproto.SMB1CommandTreeConnect:
		return inventory.StageTreeConnect
	case smbproto.SMB1CommandNTCreate, smbproto.SMB1CommandOpenAndX, smbproto.SMB1CommandOpen, smbproto.SMB1CommandCreate,
		smbproto.SMB1CommandCreateNew:
		return inventory.StageFile
	}
	return inventory.StageLoggedOn
}

// run answers the commands of a request.
func (s *smb1) run(x *exchange, blocks []smbproto.SMB1Block) {
	for _, k := range blocks {
		answer, status := s.command(x, k)
		answer.Command = k.Command
		x.status = status
		if status != smbproto.StatusSuccess && len(answer.Words) == 0 {
			x.blocks = append(x.blocks, smbproto.SMB1Block{Command: k.Command})
			return
		}
		x.blocks = append(x.blocks, answer)
		if status != smbproto.StatusSuccess {
			return
		}
	}
}

// fail makes an error of the whole answer.
func (x *exchange) fail(status smbproto.Status) {
	x.status, x.blocks = status, []smbproto.SMB1Block{{Command: x.command}}
}

// flags2Repeated are the bits of Flags2 that an answer has as its request.
const flags2Repeated = smbproto.Flags2LongNames | smbproto.Flags2NTStatus | smbproto.Flags2Unicode | smbproto.Flags2ExtendedSecurity

// answerTo returns the header of an answer.
func answerTo(h smbproto.SMB1Header, status smbproto.Status) smbproto.SMB1Header {
	h.Flags |= smbproto.SMB1FlagReply
	h.Flags2 &= flags2Repeated
	h.Signature = [8]byte{}
	h.Status = status
	if !h.NTStatus() {
		h.Status = status.DOS()
	}
	return h
}

// answer writes the answer, and signs it where the request was signed or both
// sides agreed to sign.
func (s *smb1) answer(x *exchange) reply {
	h := answerTo(x.header, x.status)
	h.UID, h.TID = x.uid, x.tid
	b := smbproto.SMB1Message{Header: h, Blocks: x.blocks}.Append(nil)
	sign := s.on && (s.signs || x.check == inventory.CheckRight)
	if sign {
		signing.SignSMB1(s.key, x.sequence+1, b)
	}
	if x.counts {
		s.conn.answer(sign, x.refused)
	}
	return reply{message: b, end: x.end}
}

// command answers one command. Of those it does not know it says so.
func (s *smb1) command(x *exchange, k smbproto.SMB1Block) (smbproto.SMB1Block, smbproto.Status) {
	switch k.Command {
	case smbproto.SMB1CommandSessionSetup:
		return s.setup(x)
	case smbproto.SMB1CommandEcho:
		return smbproto.SMB1Block{Words: []byte{1, 0}, Bytes: k.Bytes}, smbproto.StatusSuccess
	case smbproto.SMB1CommandTreeConnect:
		return s.connect(x, k)
	}
	if !s.on {
		return smbproto.SMB1Block{}, smbproto.StatusSMBBadUID
	}
	switch k.Command {
	case smbproto.SMB1CommandLogoff:
		s.share.closeAll()
		s.disconnected()
		return smbproto.SMB1Block{Words: make([]byte, 4)}, smbproto.StatusSuccess
	case smbproto.SMB1CommandProcessExit:
		return smbproto.SMB1Block{}, smbproto.StatusSuccess
	case smbproto.SMB1CommandTreeDisconnect:
		return s.disconnect(x)
	}
	disk, found := s.trees[x.tid]
	switch {
	case !found:
		return smbproto.SMB1Block{}, smbproto.StatusSMBBadTID
	case !disk:
		return s.pipe(k)
	}
	return s.file(x, k)
}

// nothing is the answer of a command that has none but its status.
func nothing(status smbproto.Status) (smbproto.SMB1Block, smbproto.Status) {
	return smbproto.SMB1Block{}, status
}
