package smbproto

import "fmt"

// noAndX ends a chain of SMB1 commands, [MS-CIFS] 2.2.3.4.
const noAndX = 0xff

// ActionGuest is the Action bit of a guest logon, [MS-CIFS] 2.2.4.53.2.
const ActionGuest = 0x0001

// SMB1SessionSetupRequest is SESSION_SETUP_ANDX. With extended security (12
// words) it carries a security blob, [MS-SMB] 2.2.4.6.1; without (13 words) an
// account and responses, of which only the account is kept, [MS-CIFS] 2.2.4.53.1.
type SMB1SessionSetupRequest struct {
	Header           SMB1Header
	WordCount        uint8 // 12 or 13, or 10 for LAN Manager
	MaxBuffer        uint16
	MaxMpx           uint16
	VcNumber         uint16
	SessionKey       uint32
	Capabilities     uint32
	SecurityBlob     []byte
	Account          string
	PrimaryDomain    string
	NativeOS         string
	NativeLANManager string
}

// Append appends the message in its extended security form.
func (m SMB1SessionSetupRequest) Append(b []byte) []byte {
	start := len(b)
	m.Header.Command = SMB1CommandSessionSetup
	b = append(m.Header.append(b), 12, noAndX, 0, 0, 0)
	b = le.AppendUint16(b, m.MaxBuffer)
	b = le.AppendUint16(b, m.MaxMpx)
	b = le.AppendUint16(b, m.VcNumber)
	b = le.AppendUint32(b, m.SessionKey)
	b = le.AppendUint16(b, uint16(len(m.SecurityBlob)))
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, m.Capabilities|CapExtendedSecurity)
	count := len(b)
	b = append(append(b, 0, 0), m.SecurityBlob...)
	b = m.Header.appendAligned(b, start, m.NativeOS, m.NativeLANManager)
	le.PutUint16(b[count:], uint16(len(b)-count-2))
	return b
}

// appendAligned appends strings, UTF-16 ones from an even offset of the message
// on, [MS-CIFS] 2.2.1.1.
func (h SMB1Header) appendAligned(b []byte, start int, texts ...string) []byte {
	if h.Unicode() && (len(b)-start)%2 != 0 {
		b = append(b, 0)
	}
	for _, s := range texts {
		b = appendText(b, s, h.Unicode())
	}
	return b
}

// alignedTexts reads n strings that follow the offset off of the message. What
// is missing reads as empty.
func alignedTexts(b []byte, off int, unicode bool, n int) []string {
	texts := make([]string, n)
	if unicode && off%2 != 0 && len(b) > 0 {
		b = b[1:]
	}
	for i := range texts {
		texts[i], b = cutText(b, unicode)
	}
	return texts
}

// ParseSMB1SessionSetupRequest parses a SESSION_SETUP_ANDX request of any form.
func ParseSMB1SessionSetupRequest(b []byte) (SMB1SessionSetupRequest, error) {
	r := reader{b: b, message: "SMB1 SESSION_SETUP_ANDX request"}
	m := SMB1SessionSetupRequest{Header: r.smb1Header(SMB1CommandSessionSetup)}
	words, body := r.smb1Body()
	m.WordCount = uint8(len(words.b) / 2)
	words.skip(4, "AndX")
	m.MaxBuffer = words.u16("MaxBufferSize")
	m.MaxMpx = words.u16("MaxMpxCount")
	m.VcNumber = words.u16("VcNumber")
	m.SessionKey = words.u32("SessionKey")
	first := int(words.u16("first length")) // of the blob, or of the OEM password
	second := 0
	switch m.WordCount {
	case 10:
		words.skip(4, "Reserved")
	case 12:
		words.skip(4, "Reserved")
		m.Capabilities = words.u32("Capabilities")
	case 13:
		second = int(words.u16("UnicodePasswordLen"))
		words.skip(4, "Reserved")
		m.Capabilities = words.u32("Capabilities")
	default:
		words.fail("WordCount", smb1HeaderSize, fmt.Sprintf("%d: not a form of this message", m.WordCount))
	}
	if words.err != nil {
		return m, words.err
	}
	body.skip(second, "UnicodePassword")
	blob := body.take(first, "SecurityBlob")
	off := smb1HeaderSize + 3 + len(words.b) + body.off
	rest := body.rest()
	if m.WordCount == 12 {
		m.SecurityBlob = blob
		t := alignedTexts(rest, off, m.Header.Unicode(), 2)
		m.NativeOS, m.NativeLANManager = t[0], t[1]
	} else {
		t := alignedTexts(rest, off, m.Header.Unicode(), 4)
		m.Account, m.PrimaryDomain, m.NativeOS, m.NativeLANManager = t[0], t[1], t[2], t[3]
	}
	return m, body.err
}

// SMB1SessionSetupResponse answers SESSION_SETUP_ANDX: four words with extended
// security, [MS-SMB] 2.2.4.6.2, three without, [MS-CIFS] 2.2.4.53.2, none with
// an error.
type SMB1SessionSetupResponse struct {
	Header           SMB1Header
	WordCount        uint8
	Action           uint16
	SecurityBlob     []byte
	NativeOS         string
	NativeLANManager string
	PrimaryDomain    string
}

// Append appends the message. PrimaryDomain is written when it is not empty.
func (m SMB1SessionSetupResponse) Append(b []byte) []byte {
	start := len(b)
	m.Header.Command = SMB1CommandSessionSetup
	b = append(m.Header.append(b), m.WordCount)
	if m.WordCount == 0 {
		return append(b, 0, 0)
	}
	b = append(b, noAndX, 0, 0, 0)
	b = le.AppendUint16(b, m.Action)
	if m.WordCount == 4 {
		b = le.AppendUint16(b, uint16(len(m.SecurityBlob)))
	}
	count := len(b)
	b = append(append(b, 0, 0), m.SecurityBlob...)
	texts := []string{m.NativeOS, m.NativeLANManager, m.PrimaryDomain}
	if m.PrimaryDomain == "" {
		texts = texts[:2]
	}
	b = m.Header.appendAligned(b, start, texts...)
	le.PutUint16(b[count:], uint16(len(b)-count-2))
	return b
}

// ParseSMB1SessionSetupResponse parses a SESSION_SETUP_ANDX response of any form.
func ParseSMB1SessionSetupResponse(b []byte) (SMB1SessionSetupResponse, error) {
	r := reader{b: b, message: "SMB1 SESSION_SETUP_ANDX response"}
	m := SMB1SessionSetupResponse{Header: r.smb1Header(SMB1CommandSessionSetup)}
	if r.err == nil && !m.Header.Reply() {
		r.fail("Flags", 9, "a request, not a reply")
	}
	words, body := r.smb1Body()
	m.WordCount = uint8(len(words.b) / 2)
	if m.WordCount == 0 || words.err != nil {
		return m, words.err
	}
	words.skip(4, "AndX")
	m.Action = words.u16("Action")
	blobLength := 0
	if m.WordCount >= 4 {
		blobLength = int(words.u16("SecurityBlobLength"))
	}
	if words.err != nil {
		return m, words.err
	}
	if blobLength > 0 {
		m.SecurityBlob = body.take(blobLength, "SecurityBlob")
	}
	off := smb1HeaderSize + 3 + len(words.b) + body.off
	t := alignedTexts(body.rest(), off, m.Header.Unicode(), 3)
	m.NativeOS, m.NativeLANManager, m.PrimaryDomain = t[0], t[1], t[2]
	return m, body.err
}
