package smbproto

import (
	"bytes"
	"fmt"
)

// SMB1 dialect strings, [MS-CIFS] 1.7 and [MS-SMB2] 3.2.4.2.2.
const (
	DialectCore       = "PC NETWORK PROGRAM 1.0"
	DialectCorePlus   = "MICROSOFT NETWORKS 1.03"
	DialectMSNet30    = "MICROSOFT NETWORKS 3.0"
	DialectLANMAN10   = "LANMAN1.0"
	DialectWfW31a     = "Windows for Workgroups 3.1a"
	DialectLM12X002   = "LM1.2X002"
	DialectLANMAN21   = "LANMAN2.1"
	DialectNTLANMAN10 = "NT LANMAN 1.0"
	DialectNTLM012    = "NT LM 0.12"
	DialectSMB2002    = "SMB 2.002"
	DialectSMB2Any    = "SMB 2.???"
)

// NoDialect is the DialectIndex of a server that selected none.
const NoDialect = 0xffff

// maxDialects bounds the dialect strings of a request.
const maxDialects = 64

// SMB1SecurityMode is the SecurityMode of an SMB1 NEGOTIATE response,
// [MS-CIFS] 2.2.4.52.2.
type SMB1SecurityMode uint16

// Bits of SMB1SecurityMode.
const (
	SMB1UserSecurity       SMB1SecurityMode = 0x01 // clear: share-level security
	SMB1EncryptPasswords   SMB1SecurityMode = 0x02 // challenge/response
	SMB1SignaturesEnabled  SMB1SecurityMode = 0x04
	SMB1SignaturesRequired SMB1SecurityMode = 0x08
)

// SMB1NegotiateRequest offers dialects, [MS-CIFS] 2.2.4.52.1.
type SMB1NegotiateRequest struct {
	Header   SMB1Header
	Dialects []string
}

// Append appends the message.
func (m SMB1NegotiateRequest) Append(b []byte) []byte {
	m.Header.Command = SMB1CommandNegotiate
	b = append(m.Header.append(b), 0)
	count := len(b)
	b = append(b, 0, 0)
	for _, d := range m.Dialects {
		b = appendText(append(b, 0x02), d, false)
	}
	le.PutUint16(b[count:], uint16(len(b)-count-2))
	return b
}

// ParseSMB1NegotiateRequest parses a NEGOTIATE request.
func ParseSMB1NegotiateRequest(b []byte) (SMB1NegotiateRequest, error) {
	r := reader{b: b, message: "SMB1 NEGOTIATE request"}
	m := SMB1NegotiateRequest{Header: r.smb1Command(SMB1CommandNegotiate, false)}
	_, body := r.smb1Body()
	rest := body.rest()
	for len(rest) > 0 {
		end := bytes.IndexByte(rest, 0)
		if rest[0] != 0x02 || end < 0 || len(m.Dialects) == maxDialects {
			body.fail("Dialects", len(body.b)-len(rest), "not a list of dialect strings, or too long a one")
			break
		}
		m.Dialects = append(m.Dialects, decodeOEM(rest[1:end]))
		rest = rest[end+1:]
	}
	return m, body.err
}

// SMB1NegotiateResponse is a server's choice, in any of its forms, told apart
// by WordCount: 0 error, 1 core or none, 13 LAN Manager 1.0 to 2.1, 17 NT LM
// 0.12; [MS-CIFS] 2.2.4.52.2 and [MS-SMB] 2.2.4.5.2. Fields that a form lacks
// are zero: the LAN Manager dialects know nothing of signing.
type SMB1NegotiateResponse struct {
	Header          SMB1Header
	WordCount       uint8
	DialectIndex    uint16
	SecurityMode    SMB1SecurityMode
	MaxMpx, MaxVcs  uint16
	MaxBuffer       uint32 // bytes
	MaxRaw          uint32 // bytes; 17 words
	RawMode         uint16 // 13 words
	SessionKey      uint32
	Capabilities    uint32   // 17 words
	SystemTime      Filetime // 17 words
	Date, Time      uint16   // 13 words: DOS date and time
	TimeZone        int16    // minutes, positive west of UTC
	ChallengeLength uint8
	Challenge       []byte // as long as ChallengeLength says, but on Windows 98
	Domain          string // primary domain; not with extended security
	Server          string // server name; not with extended security
	ServerGUID      GUID   // with extended security
	SecurityBlob    []byte // with extended security
}

// Capabilities of an SMB1 NEGOTIATE response and of SESSION_SETUP_ANDX,
// [MS-CIFS] 2.2.4.52.2 and [MS-SMB] 2.2.4.5.2.1.
const (
	CapUnicode          = 0x00000004
	CapNTStatus         = 0x00000040
	CapUnix             = 0x00800000 // Samba and other Unix servers
	CapExtendedSecurity = 0x80000000 // a GUID and a SPNEGO token instead of a challenge and names
)

// ExtendedSecurity reports whether the answer has the extended security form.
func (m SMB1NegotiateResponse) ExtendedSecurity() bool {
	return m.WordCount == 17 && m.Capabilities&CapExtendedSecurity != 0
}

// Append appends the message in the form that WordCount says, which must be one
// of those above.
func (m SMB1NegotiateResponse) Append(b []byte) []byte {
	m.Header.Command = SMB1CommandNegotiate
	b = append(m.Header.append(b), m.WordCount)
	switch m.WordCount {
	case 1:
		b = le.AppendUint16(b, m.DialectIndex)
	case 13:
		b = m.appendWords13(b)
	case 17:
		b = m.appendWords17(b)
	default:
		b = append(b, make([]byte, 2*int(m.WordCount))...)
	}
	count := len(b)
	b = m.appendBytes(append(b, 0, 0))
	le.PutUint16(b[count:], uint16(len(b)-count-2))
	return b
}

func (m SMB1NegotiateResponse) appendWords13(b []byte) []byte {
	for _, w := range [...]uint16{m.DialectIndex, uint16(m.SecurityMode), uint16(m.MaxBuffer), m.MaxMpx, m.MaxVcs, m.RawMode} {
		b = le.AppendUint16(b, w)
	}
	b = le.AppendUint32(b, m.SessionKey)
	for _, w := range [...]uint16{m.Time, m.Date, uint16(m.TimeZone), uint16(m.ChallengeLength), 0} {
		b = le.AppendUint16(b, w)
	}
	return b
}

func (m SMB1NegotiateResponse) appendWords17(b []byte) []byte {
	b = append(le.AppendUint16(b, m.DialectIndex), byte(m.SecurityMode))
	b = le.AppendUint16(le.AppendUint16(b, m.MaxMpx), m.MaxVcs)
	for _, w := range [...]uint32{m.MaxBuffer, m.MaxRaw, m.SessionKey, m.Capabilities} {
		b = le.AppendUint32(b, w)
	}
	b = le.AppendUint64(b, uint64(m.SystemTime))
	return append(le.AppendUint16(b, uint16(m.TimeZone)), m.ChallengeLength)
}

func (m SMB1NegotiateResponse) appendBytes(b []byte) []byte {
	switch {
	case m.WordCount < 13:
		return b
	case m.ExtendedSecurity():
		return append(append(b, m.ServerGUID[:]...), m.SecurityBlob...)
	}
	b = append(b, m.Challenge...)
	if m.Domain == "" && m.Server == "" {
		return b
	}
	// LAN Manager text is OEM text whatever Flags2 says, [MS-CIFS] 2.2.4.52.2.
	unicode := m.WordCount == 17 && m.Header.Unicode()
	b = appendText(b, m.Domain, unicode)
	if m.Server == "" {
		return b
	}
	return appendText(b, m.Server, unicode)
}

// ParseSMB1NegotiateResponse parses a NEGOTIATE response of any form.
func ParseSMB1NegotiateResponse(b []byte) (SMB1NegotiateResponse, error) {
	r := reader{b: b, message: "SMB1 NEGOTIATE response"}
	m := SMB1NegotiateResponse{Header: r.smb1Command(SMB1CommandNegotiate, true)}
	words, body := r.smb1Body()
	m.WordCount = uint8(len(words.b) / 2)
	switch m.WordCount {
	case 0:
	case 1:
		m.DialectIndex = words.u16("DialectIndex")
	case 13:
		m.parseWords13(&words)
	case 17:
		m.parseWords17(&words)
	default:
		words.fail("WordCount", -1, fmt.Sprintf("%d: not a form of this message", m.WordCount))
	}
	if words.err != nil {
		return m, words.err
	}
	m.parseBytes(&body)
	return m, body.err
}

func (m *SMB1NegotiateResponse) parseWords13(w *reader) {
	m.DialectIndex = w.u16("DialectIndex")
	m.SecurityMode = SMB1SecurityMode(w.u16("SecurityMode"))
	m.MaxBuffer = uint32(w.u16("MaxBufferSize"))
	m.MaxMpx = w.u16("MaxMpxCount")
	m.MaxVcs = w.u16("MaxNumberVcs")
	m.RawMode = w.u16("RawMode")
	m.SessionKey = w.u32("SessionKey")
	m.Time = w.u16("ServerTime")
	m.Date = w.u16("ServerDate")
	m.TimeZone = int16(w.u16("ServerTimeZone"))
	n := w.u16("EncryptionKeyLength")
	if m.ChallengeLength = uint8(n); n > 0xff {
		w.fail("EncryptionKeyLength", w.off-2, fmt.Sprintf("%d", n))
	}
}

func (m *SMB1NegotiateResponse) parseWords17(w *reader) {
	m.DialectIndex = w.u16("DialectIndex")
	m.SecurityMode = SMB1SecurityMode(w.u8("SecurityMode"))
	m.MaxMpx = w.u16("MaxMpxCount")
	m.MaxVcs = w.u16("MaxNumberVcs")
	m.MaxBuffer = w.u32("MaxBufferSize")
	m.MaxRaw = w.u32("MaxRawSize")
	m.SessionKey = w.u32("SessionKey")
	m.Capabilities = w.u32("Capabilities")
	m.SystemTime = Filetime(w.u64("SystemTime"))
	m.TimeZone = int16(w.u16("ServerTimeZone"))
	m.ChallengeLength = w.u8("ChallengeLength")
}

// parseBytes reads what follows the words. Devices are sloppy there, and
// nothing in it decides about signing: names that are cut off are taken as far
// as they go.
func (m *SMB1NegotiateResponse) parseBytes(body *reader) {
	switch {
	case m.WordCount < 13:
		return
	case m.ExtendedSecurity():
		m.ServerGUID = body.guid("ServerGUID")
		m.SecurityBlob = body.rest()
		return
	}
	length := int(m.ChallengeLength)
	// Windows 98 says 0 and sends 8 bytes. A domain would end in a zero.
	if length == 0 && len(body.b) == 8 && body.b[7] != 0 && m.SecurityMode&SMB1EncryptPasswords != 0 {
		length = 8
	}
	m.Challenge = body.take(length, "Challenge")
	rest := body.rest()
	// Windows 2000 sends UTF-16 to clients that have not asked for it, and a
	// Samba was seen to send the reverse.
	unicode := m.Header.Unicode() && !looksOEM(rest) || looksUTF16(rest)
	// LAN Manager text is OEM text whatever Flags2 says, [MS-CIFS] 2.2.4.52.2.
	unicode = unicode && m.WordCount == 17
	m.Domain, rest = cutText(rest, unicode)
	m.Server, _ = cutText(rest, unicode)
}
