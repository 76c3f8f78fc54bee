package smbproto

import "fmt"

// SMB2 commands, [MS-SMB2] 2.2.1.2.
const (
	SMB2CommandNegotiate    = 0
	SMB2CommandSessionSetup = 1
)

// SMB2 header flags, [MS-SMB2] 2.2.1.2.
const (
	SMB2FlagResponse = 0x00000001
	SMB2FlagAsync    = 0x00000002
	SMB2FlagRelated  = 0x00000004
	SMB2FlagSigned   = 0x00000008
)

// smb2HeaderSize is the size of an SMB2 header, and its StructureSize field.
const smb2HeaderSize = 64

// SMB2Header is the header of an SMB2 message, [MS-SMB2] 2.2.1. In its async
// form ProcessID and TreeID together are the AsyncId.
type SMB2Header struct {
	CreditCharge uint16
	Status       Status // in a request: ChannelSequence and Reserved
	Command      uint16
	Credits      uint16
	Flags        uint32
	NextCommand  uint32
	MessageID    uint64
	ProcessID    uint32 // Reserved
	TreeID       uint32
	SessionID    uint64
	Signature    [16]byte
}

// Response reports whether the message is a server's.
func (h SMB2Header) Response() bool { return h.Flags&SMB2FlagResponse != 0 }

// Signed reports whether the message carries a signature.
func (h SMB2Header) Signed() bool { return h.Flags&SMB2FlagSigned != 0 }

func (h SMB2Header) append(b []byte) []byte {
	b = append(b, 0xfe, 'S', 'M', 'B', smb2HeaderSize, 0)
	b = le.AppendUint16(b, h.CreditCharge)
	b = le.AppendUint32(b, uint32(h.Status))
	b = le.AppendUint16(b, h.Command)
	b = le.AppendUint16(b, h.Credits)
	b = le.AppendUint32(b, h.Flags)
	b = le.AppendUint32(b, h.NextCommand)
	b = le.AppendUint64(b, h.MessageID)
	b = le.AppendUint32(b, h.ProcessID)
	b = le.AppendUint32(b, h.TreeID)
	b = le.AppendUint64(b, h.SessionID)
	return append(b, h.Signature[:]...)
}

// smb2Header reads the header and cuts the message at NextCommand, so that
// offsets cannot reach into a message compounded behind it.
func (r *reader) smb2Header() SMB2Header {
	var h SMB2Header
	if r.slice(0, smb2HeaderSize, "header") == nil {
		return h
	}
	if ProtocolOf(r.b) != ProtocolSMB2 {
		r.fail("ProtocolId", 0, "not SMB2")
		return h
	}
	r.off = 4
	if n := r.u16("StructureSize"); n != smb2HeaderSize {
		r.fail("StructureSize", 4, fmt.Sprintf("%d, not %d", n, smb2HeaderSize))
	}
	h.CreditCharge = r.u16("CreditCharge")
	h.Status = Status(r.u32("Status"))
	h.Command = r.u16("Command")
	h.Credits = r.u16("Credits")
	h.Flags = r.u32("Flags")
	h.NextCommand = r.u32("NextCommand")
	h.MessageID = r.u64("MessageId")
	h.ProcessID = r.u32("Reserved")
	h.TreeID = r.u32("TreeId")
	h.SessionID = r.u64("SessionId")
	copy(h.Signature[:], r.take(16, "Signature"))
	switch next := uint64(h.NextCommand); {
	case next == 0:
	case next < smb2HeaderSize || next > uint64(len(r.b)):
		r.fail("NextCommand", 20, fmt.Sprintf("%d in a message of %d", next, len(r.b)))
	default:
		r.b = r.b[:next]
	}
	return h
}

// smb2Command reads the header of a message of the given command and
// direction, up to its body.
func (r *reader) smb2Command(command uint16, response bool) SMB2Header {
	h := r.smb2Header()
	if r.err != nil {
		return h
	}
	if h.Command != command {
		r.fail("Command", 12, fmt.Sprintf("%d, not %d", h.Command, command))
	}
	if h.Response() != response {
		r.fail("Flags", 16, "wrong direction: a request for a response, or the reverse")
	}
	return h
}

// ParseSMB2Header parses the header of any SMB2 message.
func ParseSMB2Header(b []byte) (SMB2Header, error) {
	r := reader{b: b, message: "SMB2 header"}
	h := r.smb2Header()
	return h, r.err
}

// SMB2Error is the error response to any command, [MS-SMB2] 2.2.2. The Parse
// functions of the responses read it too, and of it only the header.
type SMB2Error struct{ Header SMB2Header }

// Append appends the message with the smallest body. Servers send shorter ones
// too.
func (m SMB2Error) Append(b []byte) []byte {
	return append(m.Header.append(b), 9, 0, 0, 0, 0, 0, 0, 0, 0)
}
