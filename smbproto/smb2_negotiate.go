package smbproto

import "fmt"

// SMB2SecurityMode is the SecurityMode of SMB2 NEGOTIATE and SESSION_SETUP,
// [MS-SMB2] 2.2.3 and 2.2.4. Only the second bit says anything: a server must
// set the first always (3.3.5.4) and ignore it in requests (2.2.3).
type SMB2SecurityMode uint16

// Bits of SMB2SecurityMode.
const (
	SMB2SigningEnabled  SMB2SecurityMode = 0x01
	SMB2SigningRequired SMB2SecurityMode = 0x02
)

// Capabilities of an SMB2 NEGOTIATE, [MS-SMB2] 2.2.3.
const (
	CapDFS               = 0x01
	CapLeasing           = 0x02
	CapLargeMTU          = 0x04
	CapMultiChannel      = 0x08
	CapPersistentHandles = 0x10
	CapDirectoryLeasing  = 0x20
	CapEncryption        = 0x40
	CapNotifications     = 0x80
)

// Offsets of the fixed parts, from the start of the header.
const (
	negotiateRequestFixed  = smb2HeaderSize + 36
	negotiateResponseFixed = smb2HeaderSize + 64
)

// SMB2NegotiateRequest offers dialects, [MS-SMB2] 2.2.3.
type SMB2NegotiateRequest struct {
	Header          SMB2Header
	SecurityMode    SMB2SecurityMode
	Capabilities    uint32
	ClientGUID      GUID
	ClientStartTime Filetime // only without contexts
	Dialects        []Dialect
	Contexts        []NegotiateContext // only with 3.1.1
}

// Append appends the message.
func (m SMB2NegotiateRequest) Append(b []byte) []byte {
	start := len(b)
	m.Header.Command = SMB2CommandNegotiate
	b = m.Header.append(b)
	b = le.AppendUint16(b, 36)
	b = le.AppendUint16(b, uint16(len(m.Dialects)))
	b = le.AppendUint16(b, uint16(m.SecurityMode))
	b = le.AppendUint16(b, 0)
	b = le.AppendUint32(b, m.Capabilities)
	b = append(b, m.ClientGUID[:]...)
	contextOffset := len(b)
	b = le.AppendUint64(b, uint64(m.ClientStartTime))
	for _, d := range m.Dialects {
		b = le.AppendUint16(b, uint16(d))
	}
	if len(m.Contexts) == 0 {
		return b
	}
	b = pad8(b, start)
	le.PutUint32(b[contextOffset:], uint32(len(b)-start))
	le.PutUint32(b[contextOffset+4:], uint32(len(m.Contexts)))
	return appendContexts(b, start, m.Contexts)
}

// ParseSMB2NegotiateRequest parses a NEGOTIATE request.
func ParseSMB2NegotiateRequest(b []byte) (SMB2NegotiateRequest, error) {
	r := reader{b: b, message: "SMB2 NEGOTIATE request"}
	m := SMB2NegotiateRequest{Header: r.smb2Command(SMB2CommandNegotiate, false)}
	r.structureSize(36)
	count := int(r.u16("DialectCount"))
	m.SecurityMode = SMB2SecurityMode(r.u16("SecurityMode"))
	r.skip(2, "Reserved")
	m.Capabilities = r.u32("Capabilities")
	m.ClientGUID = r.guid("ClientGuid")
	union := r.u64("NegotiateContextOffset") // or ClientStartTime
	dialects := r.take(2*count, "Dialects")
	m.Dialects = make([]Dialect, 0, len(dialects)/2)
	with311 := false
	for ; len(dialects) > 0; dialects = dialects[2:] {
		d := Dialect(le.Uint16(dialects))
		m.Dialects = append(m.Dialects, d)
		with311 = with311 || d == Dialect311
	}
	if with311 {
		m.Contexts = r.contexts(uint32(union), uint16(union>>32), negotiateRequestFixed)
	} else {
		m.ClientStartTime = Filetime(union)
	}
	return m, r.err
}

// SMB2NegotiateResponse is a server's choice, [MS-SMB2] 2.2.4. Only Header is
// set when its Status is an error.
type SMB2NegotiateResponse struct {
	Header                         SMB2Header
	SecurityMode                   SMB2SecurityMode
	Dialect                        Dialect
	ServerGUID                     GUID
	Capabilities                   uint32
	MaxTransact, MaxRead, MaxWrite uint32 // bytes
	SystemTime, ServerStartTime    Filetime
	SecurityBuffer                 []byte
	Reserved2                      uint32             // only without 3.1.1; older Windows sends " LM "
	Contexts                       []NegotiateContext // only with 3.1.1
}

// Append appends the message, or an error response when its Status is an error.
func (m SMB2NegotiateResponse) Append(b []byte) []byte {
	start := len(b)
	m.Header.Command = SMB2CommandNegotiate
	m.Header.Flags |= SMB2FlagResponse
	if m.Header.Status != StatusSuccess {
		return SMB2Error{m.Header}.Append(b)
	}
	b = m.Header.append(b)
	b = le.AppendUint16(b, 65)
	b = le.AppendUint16(b, uint16(m.SecurityMode))
	b = le.AppendUint16(b, uint16(m.Dialect))
	b = le.AppendUint16(b, uint16(len(m.Contexts)))
	b = append(b, m.ServerGUID[:]...)
	for _, v := range [...]uint32{m.Capabilities, m.MaxTransact, m.MaxRead, m.MaxWrite} {
		b = le.AppendUint32(b, v)
	}
	b = le.AppendUint64(b, uint64(m.SystemTime))
	b = le.AppendUint64(b, uint64(m.ServerStartTime))
	b = le.AppendUint16(b, negotiateResponseFixed)
	b = le.AppendUint16(b, uint16(len(m.SecurityBuffer)))
	contextOffset := len(b)
	b = le.AppendUint32(b, m.Reserved2)
	b = append(b, m.SecurityBuffer...)
	if len(m.Contexts) == 0 {
		return b
	}
	b = pad8(b, start)
	le.PutUint32(b[contextOffset:], uint32(len(b)-start))
	return appendContexts(b, start, m.Contexts)
}

// ParseSMB2NegotiateResponse parses a NEGOTIATE response. With an error status
// only the header is read: servers send nine, eight or no bytes behind it.
func ParseSMB2NegotiateResponse(b []byte) (SMB2NegotiateResponse, error) {
	r := reader{b: b, message: "SMB2 NEGOTIATE response"}
	m := SMB2NegotiateResponse{Header: r.smb2Command(SMB2CommandNegotiate, true)}
	if m.Header.Status != StatusSuccess || r.err != nil {
		return m, r.err
	}
	r.structureSize(65)
	m.SecurityMode = SMB2SecurityMode(r.u16("SecurityMode"))
	m.Dialect = Dialect(r.u16("DialectRevision"))
	contextCount := r.u16("NegotiateContextCount")
	m.ServerGUID = r.guid("ServerGuid")
	m.Capabilities = r.u32("Capabilities")
	m.MaxTransact = r.u32("MaxTransactSize")
	m.MaxRead = r.u32("MaxReadSize")
	m.MaxWrite = r.u32("MaxWriteSize")
	m.SystemTime = Filetime(r.u64("SystemTime"))
	m.ServerStartTime = Filetime(r.u64("ServerStartTime"))
	off, n := r.u16("SecurityBufferOffset"), r.u16("SecurityBufferLength")
	contextOffset := r.u32("NegotiateContextOffset")
	m.SecurityBuffer = r.buffer(off, n, negotiateResponseFixed, "SecurityBuffer")
	if m.Dialect == Dialect311 {
		m.Contexts = r.contexts(contextOffset, contextCount, negotiateResponseFixed)
	} else {
		m.Reserved2 = contextOffset
	}
	return m, r.err
}

// structureSize reads and checks the StructureSize of a body.
func (r *reader) structureSize(want uint16) {
	off := r.off
	if n := r.u16("StructureSize"); r.err == nil && n != want {
		r.fail("StructureSize", off, fmt.Sprintf("%d, not %d", n, want))
	}
}

// buffer returns the variable part that a message's offset and length fields
// point at. It must lie behind the fixed part; an empty one may point anywhere.
func (r *reader) buffer(off, n uint16, fixed int, field string) []byte {
	if n == 0 || r.err != nil {
		return nil
	}
	if int(off) < fixed {
		r.fail(field, int(off), "points into the fixed part")
		return nil
	}
	return r.slice(uint64(off), uint64(n), field)
}
