package smbproto

import "fmt"

// SMB1 commands, [MS-CIFS] 2.2.2.1.
const (
	SMB1CommandNegotiate    = 0x72
	SMB1CommandSessionSetup = 0x73
)

// SMB1 Flags and Flags2, [MS-CIFS] 2.2.3.1 and [MS-SMB] 2.2.3.1.
const (
	SMB1FlagCaseInsensitive = 0x08
	SMB1FlagCanonical       = 0x10
	SMB1FlagReply           = 0x80

	Flags2LongNames         = 0x0001
	Flags2ExtendedAttrs     = 0x0002
	Flags2SecuritySignature = 0x0004
	Flags2SignatureRequired = 0x0010
	Flags2IsLongName        = 0x0040
	Flags2ExtendedSecurity  = 0x0800
	Flags2NTStatus          = 0x4000
	Flags2Unicode           = 0x8000
)

// smb1HeaderSize is the size of an SMB1 header, in bytes.
const smb1HeaderSize = 32

// SMB1Header is the header of an SMB1 message, [MS-CIFS] 2.2.3.1.
type SMB1Header struct {
	Command   uint8
	Status    Status // a DOS class and code unless NTStatus says otherwise
	Flags     uint8
	Flags2    uint16
	PID       uint32
	Signature [8]byte
	TID       uint16
	UID       uint16
	MID       uint16
}

// Unicode reports whether the strings of the message are UTF-16.
func (h SMB1Header) Unicode() bool { return h.Flags2&Flags2Unicode != 0 }

// NTStatus reports whether Status is an NTSTATUS. Otherwise its lowest byte is a
// DOS error class and its upper half the code, [MS-CIFS] 2.2.3.1; zero is
// success in both.
func (h SMB1Header) NTStatus() bool { return h.Flags2&Flags2NTStatus != 0 }

// Reply reports whether the message is a server's.
func (h SMB1Header) Reply() bool { return h.Flags&SMB1FlagReply != 0 }

func (h SMB1Header) append(b []byte) []byte {
	b = append(b, 0xff, 'S', 'M', 'B', h.Command)
	b = le.AppendUint32(b, uint32(h.Status))
	b = append(b, h.Flags)
	b = le.AppendUint16(b, h.Flags2)
	b = le.AppendUint16(b, uint16(h.PID>>16))
	b = append(b, h.Signature[:]...)
	b = append(b, 0, 0)
	b = le.AppendUint16(b, h.TID)
	b = le.AppendUint16(b, uint16(h.PID))
	b = le.AppendUint16(b, h.UID)
	return le.AppendUint16(b, h.MID)
}

func (r *reader) smb1Header() SMB1Header {
	var h SMB1Header
	if r.slice(0, smb1HeaderSize, "header") == nil {
		return h
	}
	if p := ProtocolOf(r.b); p != ProtocolSMB1 {
		r.fail("Protocol", 0, p.String()+", not SMB1")
		return h
	}
	r.off = 4
	h.Command = r.u8("Command")
	h.Status = Status(r.u32("Status"))
	h.Flags = r.u8("Flags")
	h.Flags2 = r.u16("Flags2")
	high := r.u16("PIDHigh")
	copy(h.Signature[:], r.take(8, "SecurityFeatures"))
	r.skip(2, "Reserved")
	h.TID = r.u16("TID")
	h.PID = uint32(high)<<16 | uint32(r.u16("PIDLow"))
	h.UID = r.u16("UID")
	h.MID = r.u16("MID")
	return h
}

// smb1Command reads the header of a message of the given command and direction,
// up to its words.
func (r *reader) smb1Command(command uint8, reply bool) SMB1Header {
	h := r.smb1Header()
	if r.err != nil {
		return h
	}
	if h.Command != command {
		r.fail("Command", 4, fmt.Sprintf("0x%02x, not 0x%02x", h.Command, command))
	}
	if h.Reply() != reply {
		r.fail("Flags", 9, "wrong direction: a request for a reply, or the reverse")
	}
	return h
}

// ParseSMB1Header parses the header of any SMB1 message.
func ParseSMB1Header(b []byte) (SMB1Header, error) {
	r := reader{b: b, message: "SMB1 header"}
	h := r.smb1Header()
	return h, r.err
}

// smb1Body splits what follows the header into words and bytes. A byte count
// beyond the message is cut to it: printers miscount, and every field read
// from the bytes is checked anyway.
func (r *reader) smb1Body() (words, bytes reader) {
	words = r.sub(2*int(r.u8("WordCount")), "Words")
	byteCount := int(r.u16("ByteCount"))
	bytes = r.sub(min(byteCount, len(r.b)-r.off), "Bytes")
	words.err = r.err
	return words, bytes
}
