package smbproto

import "fmt"

// noAndX ends a chain of SMB1 commands, [MS-CIFS] 2.2.3.4. AndXOffset then means
// nothing, and Windows fills it in all the same. Commands chained behind are not
// read.
const noAndX = 0xff

// ActionGuest is the Action bit of a guest logon, [MS-CIFS] 2.2.4.53.2.
const ActionGuest = 0x0001

// SMB1SessionSetupRequest is SESSION_SETUP_ANDX. With extended security (12
// words) it carries a security blob, [MS-SMB] 2.2.4.6.1; without (13 words) an
// account and responses, of which only the account is kept, [MS-CIFS] 2.2.4.53.1.
type SMB1SessionSetupRequest struct {
	Header           SMB1Header
	WordCount        uint8 // 12 or 13, or 10 for LAN Manager
	AndXOffset       uint16
	MaxBuffer        uint16 // bytes
	MaxMpx           uint16
	VcNumber         uint16
	SessionKey       uint32
	Capabilities     uint32
	SecurityBlob     []byte
	OEMLength        int // of the OEM password or response that is not kept, in bytes
	UnicodeLength    int // of the Unicode one
	Account          string
	PrimaryDomain    string
	NativeOS         string
	NativeLANManager string
}

// Append appends the message in its extended security form, whatever WordCount
// says, and with PrimaryDomain when it is not empty.
func (m SMB1SessionSetupRequest) Append(b []byte) []byte {
	start := len(b)
	b = m.appendHead(b, 12)
	b = le.AppendUint16(b, uint16(len(m.SecurityBlob)))
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, m.Capabilities|CapExtendedSecurity)
	count := len(b)
	b = append(append(b, 0, 0), m.SecurityBlob...)
	b = m.Header.appendTexts(b, start, nativeTexts(m.NativeOS, m.NativeLANManager, m.PrimaryDomain)...)
	le.PutUint16(b[count:], uint16(len(b)-count-2))
	return b
}

// SMB1Logon is SESSION_SETUP_ANDX without extended security: an account and its
// responses to the challenge of NEGOTIATE, [MS-CIFS] 2.2.4.53.1.
type SMB1Logon struct {
	SMB1SessionSetupRequest
	OEMResponse, UnicodeResponse []byte
}

// Append appends the message in its form of 13 words, whatever WordCount says.
func (m SMB1Logon) Append(b []byte) []byte {
	start := len(b)
	b = m.appendHead(b, 13)
	b = le.AppendUint16(b, uint16(len(m.OEMResponse)))
	b = le.AppendUint16(b, uint16(len(m.UnicodeResponse)))
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, m.Capabilities&^CapExtendedSecurity)
	count := len(b)
	b = append(append(append(b, 0, 0), m.OEMResponse...), m.UnicodeResponse...)
	b = m.Header.appendTexts(b, start, m.Account, m.PrimaryDomain, m.NativeOS, m.NativeLANManager)
	le.PutUint16(b[count:], uint16(len(b)-count-2))
	return b
}

// appendHead appends the header and the words that all forms begin with.
func (m SMB1SessionSetupRequest) appendHead(b []byte, words uint8) []byte {
	m.Header.Command = SMB1CommandSessionSetup
	b = le.AppendUint16(append(m.Header.append(b), words, noAndX, 0), m.AndXOffset)
	b = le.AppendUint16(b, m.MaxBuffer)
	b = le.AppendUint16(b, m.MaxMpx)
	b = le.AppendUint16(b, m.VcNumber)
	return le.AppendUint32(b, m.SessionKey)
}

// appendTexts appends texts, each with its end. UTF-16 ones stand at even
// offsets of the message, [MS-CIFS] 2.2.1.1.
func (h SMB1Header) appendTexts(b []byte, start int, texts ...string) []byte {
	if h.Unicode() && (len(b)-start)%2 != 0 {
		b = append(b, 0)
	}
	for _, t := range texts {
		b = appendText(b, t, h.Unicode())
	}
	return b
}

// nativeTexts returns the native names, and the domain when there is one.
func nativeTexts(os, lanManager, domain string) []string {
	if domain == "" {
		return []string{os, lanManager}
	}
	return []string{os, lanManager, domain}
}

// texts reads up to four strings, UTF-16 ones from an even offset of the message
// on. What is missing reads as empty. A Samba was seen to send its domain as OEM
// text behind UTF-16 names.
func (r *reader) texts(unicode bool, n int) (texts [4]string) {
	odd := (r.base+r.off)%2 != 0
	b := r.rest()
	if unicode && odd && len(b) > 0 {
		b = b[1:]
	}
	for i := range n {
		texts[i], b = cutText(b, unicode && !looksOEM(b))
	}
	return texts
}

// ParseSMB1SessionSetupRequest parses a SESSION_SETUP_ANDX request of any form.
func ParseSMB1SessionSetupRequest(b []byte) (SMB1SessionSetupRequest, error) {
	r := reader{b: b, message: "SMB1 SESSION_SETUP_ANDX request"}
	m := SMB1SessionSetupRequest{Header: r.smb1Command(SMB1CommandSessionSetup, false)}
	words, body := r.smb1Body()
	first, second := m.parseWords(&words)
	if words.err != nil {
		return m, words.err
	}
	if m.WordCount != 12 {
		m.OEMLength, m.UnicodeLength = first, second
		body.skip(first, "OEMPassword")
		body.skip(second, "UnicodePassword")
		t := body.texts(m.Header.Unicode(), 4)
		m.Account, m.PrimaryDomain, m.NativeOS, m.NativeLANManager = t[0], t[1], t[2], t[3]
		return m, body.err
	}
	m.SecurityBlob = body.take(first, "SecurityBlob")
	t := body.texts(m.Header.Unicode(), 3)
	m.NativeOS, m.NativeLANManager, m.PrimaryDomain = t[0], t[1], t[2]
	// Windows Server 2003 leaves a field empty and sends its LAN manager one
	// later. Samba sends a domain there, but always both.
	if m.NativeLANManager == "" {
		m.NativeLANManager, m.PrimaryDomain = m.PrimaryDomain, ""
	}
	return m, body.err
}

// parseWords reads the words and returns the lengths of what the bytes begin
// with: the blob, or the OEM and the Unicode password.
func (m *SMB1SessionSetupRequest) parseWords(w *reader) (first, second int) {
	m.WordCount = uint8(len(w.b) / 2)
	w.skip(2, "AndXCommand")
	m.AndXOffset = w.u16("AndXOffset")
	m.MaxBuffer = w.u16("MaxBufferSize")
	m.MaxMpx = w.u16("MaxMpxCount")
	m.VcNumber = w.u16("VcNumber")
	m.SessionKey = w.u32("SessionKey")
	first = int(w.u16("SecurityBlobLength"))
	switch m.WordCount {
	case 10:
		w.skip(4, "Reserved")
		return first, 0
	case 12:
	case 13:
		second = int(w.u16("UnicodePasswordLen"))
	default:
		w.fail("WordCount", -1, fmt.Sprintf("%d: not a form of this message", m.WordCount))
	}
	w.skip(4, "Reserved")
	m.Capabilities = w.u32("Capabilities")
	return first, second
}

// SMB1SessionSetupResponse answers SESSION_SETUP_ANDX: four words with extended
// security, [MS-SMB] 2.2.4.6.2, three without, [MS-CIFS] 2.2.4.53.2, none with
// an error.
type SMB1SessionSetupResponse struct {
	Header           SMB1Header
	WordCount        uint8 // 4 or 3, or 0 with an error
	AndXOffset       uint16
	Action           uint16 // ActionGuest, and others
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
	b = le.AppendUint16(append(b, noAndX, 0), m.AndXOffset)
	b = le.AppendUint16(b, m.Action)
	if m.WordCount == 4 {
		b = le.AppendUint16(b, uint16(len(m.SecurityBlob)))
	}
	count := len(b)
	b = append(append(b, 0, 0), m.SecurityBlob...)
	b = m.Header.appendTexts(b, start, nativeTexts(m.NativeOS, m.NativeLANManager, m.PrimaryDomain)...)
	le.PutUint16(b[count:], uint16(len(b)-count-2))
	return b
}

// ParseSMB1SessionSetupResponse parses a SESSION_SETUP_ANDX response of any form.
func ParseSMB1SessionSetupResponse(b []byte) (SMB1SessionSetupResponse, error) {
	r := reader{b: b, message: "SMB1 SESSION_SETUP_ANDX response"}
	m := SMB1SessionSetupResponse{Header: r.smb1Command(SMB1CommandSessionSetup, true)}
	words, body := r.smb1Body()
	m.WordCount = uint8(len(words.b) / 2)
	if m.WordCount == 0 {
		return m, words.err
	}
	words.skip(2, "AndXCommand")
	m.AndXOffset = words.u16("AndXOffset")
	m.Action = words.u16("Action")
	blobLength := 0
	switch m.WordCount {
	case 3:
	case 4:
		blobLength = int(words.u16("SecurityBlobLength"))
	default:
		words.fail("WordCount", -1, fmt.Sprintf("%d: not a form of this message", m.WordCount))
	}
	if words.err != nil {
		return m, words.err
	}
	m.SecurityBlob = body.take(blobLength, "SecurityBlob")
	t := body.texts(m.Header.Unicode(), 3)
	m.NativeOS, m.NativeLANManager, m.PrimaryDomain = t[0], t[1], t[2]
	return m, body.err
}
