package canary

import (
	"crypto/rand"
	"encoding/binary"
	"math"

	"smbready/internal/signing"
	"smbready/inventory"
	"smbready/smbproto"
)

// smb2 answers SMB2 and SMB3 on one connection. Requests are answered one after
// the other, so that no answer is ever an interim one.
type smb2 struct {
	*conn
	dialect   smbproto.Dialect // 0 before NEGOTIATE
	offered   smbproto.SMB2NegotiateRequest
	answered  smbproto.SMB2NegotiateResponse
	preauth   signing.Preauth // of the NEGOTIATE messages
	algorithm signing.Algorithm
	sessions  map[uint64]*smb2Session
	numbers   numbers
	listings  int    // that the frame at hand has asked for
	refusedBy uint16 // command of the last request that was refused for its signature
}

// Bounds of one connection.
const (
	maxCompound     = 32 // messages in a frame
	maxSessions     = 8
	maxSessionTrees = 16
	maxCredits      = 128
	maxListings     = 4 // of a folder, in a frame: one lasts as long as hundreds of other requests
)

func newSMB2(c *conn) *smb2 { return &smb2{conn: c, sessions: map[uint64]*smb2Session{}} }

// newGUID returns a random GUID.
func newGUID() (g smbproto.GUID) {
	rand.Read(g[:]) // never fails
	return g
}

// request is one message of a frame, with what a compound hands on to it.
type request struct {
	b       []byte // with its padding, which a signature covers
	h       smbproto.SMB2Header
	session *smb2Session // nil: none that is there
	tree    *tree
	file    uint64          // number of the file that a related request means
	failed  smbproto.Status // of the request that this is related to
}

// answer is one message of a reply.
type answer struct {
	b    []byte // nil: none
	key  []byte // signs it; nil: unsigned
	end  inventory.End
	file uint64 // that a related request means
}

// handle answers a frame: one message, or several in a compound.
func (s *smb2) handle(b []byte) reply {
	var answers []answer
	var last request
	s.listings = 0
	for n := 0; ; n++ {
		if s.server.ctx.Err() != nil {
			return reply{message: s.join(answers)} // the listener ends: what is left of the frame is not answered
		}
		h, err := smbproto.ParseSMB2Header(b)
		if err != nil || h.Response() || n == maxCompound {
			return reply{end: inventory.EndMalformed}
		}
		r := request{b: b, h: h}
		if h.NextCommand != 0 {
			r.b, b = b[:h.NextCommand], b[h.NextCommand:]
		}
		if n > 0 && h.Flags&smbproto.SMB2FlagRelated != 0 {
			r.related(&last)
		}
		a := s.one(&r)
		if a.end != inventory.EndUnknown && a.b == nil {
			return reply{message: s.join(answers), end: a.end}
		}
		if a.b != nil {
			answers = append(answers, a)
			r.failed = statusOf(a.b)
		}
		if a.file != 0 {
			r.file = a.file
		}
		last = r
		if h.NextCommand == 0 || a.end != inventory.EndUnknown {
			return reply{message: s.join(answers), end: a.end}
		}
	}
}

// related takes over what a request before said, [MS-SMB2] 3.3.5.2.7.2.
func (r *request) related(last *request) {
	r.h.SessionID, r.h.TreeID = last.h.SessionID, last.h.TreeID
	r.file = last.file
	if smbproto.SMB2Failed(last.failed) {
		r.failed = last.failed
	}
}

// statusOf returns the status of an encoded answer.
func statusOf(b []byte) smbproto.Status {
	const at = 8
	return smbproto.Status(binary.LittleEndian.Uint32(b[at:]))
}

// join puts answers into one message, and signs them: each with its padding.
func (s *smb2) join(answers []answer) []byte {
	var out []byte
	for i, a := range answers {
		start := len(out)
		out = append(out, a.b...)
		if i+1 < len(answers) {
			const at = 20 // NextCommand
			for (len(out)-start)%8 != 0 {
				out = append(out, 0)
			}
			binary.LittleEndian.PutUint32(out[start+at:], uint32(len(out)-start))
		}
		if a.key != nil {
			s.algorithm.Sign(a.key, out[start:])
		}
	}
	return out
}

// misnumbered is the remark on a client that does not count its messages right.
const misnumbered = "used the number of a message twice, or one that it may not use"

// one answers one message.
func (s *smb2) one(r *request) answer {
	if r.h.Command == smbproto.SMB2CommandNegotiate {
		return s.negotiate(r)
	}
	if s.dialect == 0 || s.dialect == smbproto.DialectWildcard {
		return answer{end: inventory.EndMalformed}
	}
	if r.h.Command != smbproto.SMB2CommandCancel && !s.numbers.take(r.h.MessageID, s.charge(r.h)) {
		s.quirk(misnumbered)
		return answer{end: inventory.EndMalformed}
	}
	switch r.h.Command {
	case smbproto.SMB2CommandSessionSetup:
		return s.setup(r)
	case smbproto.SMB2CommandCancel:
		return answer{}
	case smbproto.SMB2CommandEcho:
		if r.h.SessionID == 0 {
			return answer{b: smbproto.SMB2Plain{Header: s.header(r, smbproto.StatusSuccess)}.Append(nil)}
		}
	}
	return s.afterLogon(r)
}

// charge is how many numbers a message takes, [MS-SMB2] 3.3.5.2.3.
func (s *smb2) charge(h smbproto.SMB2Header) uint64 {
	if s.answered.Capabilities&smbproto.CapLargeMTU == 0 {
		return 1
	}
	return max(uint64(h.CreditCharge), 1)
}

// header returns the header of the answer to a request.
func (s *smb2) header(r *request, status smbproto.Status) smbproto.SMB2Header {
	h := smbproto.SMB2Header{CreditCharge: r.h.CreditCharge, Status: status, Command: r.h.Command,
		Credits: max(min(r.h.Credits, maxCredits), r.h.CreditCharge, 1),
		Flags:   smbproto.SMB2FlagResponse | r.h.Flags&smbproto.SMB2FlagRelated, MessageID: r.h.MessageID,
		ProcessID: r.h.ProcessID, TreeID: r.h.TreeID, SessionID: r.h.SessionID}
	if r.h.Flags&smbproto.SMB2FlagAsync != 0 {
		h.ProcessID, h.TreeID = 0, 0
	}
	return h
}

// refuse returns an answer with an error and nothing else.
func (s *smb2) refuse(r *request, status smbproto.Status) answer {
	return answer{b: smbproto.SMB2Error{Header: s.header(r, status)}.Append(nil)}
}

// numberWindow is how far ahead of the lowest unused one a message's number may
// be.
const numberWindow = 8192

// numbers are the numbers of messages, each of which may be used once: so that
// nobody gains from sending a signed message again, [MS-SMB2] 3.3.5.2.3.
type numbers struct {
	low  uint64 // all below are used
	used map[uint64]bool
}

// take uses n numbers from first on, and reports whether that is allowed.
func (u *numbers) take(first, n uint64) bool {
	if first < u.low || first-u.low >= numberWindow || n > numberWindow || n > math.MaxUint64-first {
		return false
	}
	if u.used == nil {
		u.used = map[uint64]bool{}
	}
	for i := first; i < first+n; i++ {
		if u.used[i] {
			return false
		}
		u.used[i] = true
	}
	for u.used[u.low] {
		delete(u.used, u.low)
		u.low++
	}
	return true
}
