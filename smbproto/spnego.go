package smbproto

import (
	"bytes"
	"strconv"
)

// Mechanism is the object identifier of an authentication mechanism, in dotted
// form.
type Mechanism string

// Mechanisms that SMB servers offer, [MS-SPNG] 1.9 and RFC 4178.
const (
	MechNTLMSSP    Mechanism = "1.3.6.1.4.1.311.2.2.10"
	MechNEGOEX     Mechanism = "1.3.6.1.4.1.311.2.2.30"
	MechKerberos   Mechanism = "1.2.840.113554.1.2.2"
	MechMSKerberos Mechanism = "1.2.840.48018.1.2.2" // an old off-by-one of Windows 2000 that stayed
	MechU2U        Mechanism = "1.2.840.113554.1.2.2.3"
)

// String returns the mechanism's name, or its identifier where it has none here.
func (m Mechanism) String() string {
	switch m {
	case MechNTLMSSP:
		return "NTLMSSP"
	case MechNEGOEX:
		return "NEGOEX"
	case MechKerberos:
		return "Kerberos"
	case MechMSKerberos:
		return "MS-Kerberos"
	case MechU2U:
		return "Kerberos-U2U"
	}
	return string(m)
}

// maxMechanisms bounds the list of a token.
const maxMechanisms = 16

// DER tags of SPNEGO, RFC 4178 4.2.
const (
	derOctetString = 0x04
	derOID         = 0x06
	derEnumerated  = 0x0a
	derGeneral     = 0x1b
	derSequence    = 0x30
	derApplication = 0x60
	derContext0    = 0xa0 // [0]; [1], [2] and [3] follow
)

// SPNEGO is the content of a SPNEGO token: an offer (NegTokenInit) or an answer
// (NegTokenResp), RFC 4178 4.2 and [MS-SPNG] 2.2.1.
type SPNEGO struct {
	Response   bool        // NegTokenResp
	Mechanisms []Mechanism // an offer's list, or the one that an answer selects
	State      int         // negState of an answer; -1 when absent
	HintName   string      // of a server's offer
	Token      []byte      // mechToken or responseToken
}

// ParseSPNEGO parses a token. It accepts a raw NTLMSSP message too, as servers
// and clients send it, and then only sets Mechanisms and Token.
func ParseSPNEGO(b []byte) (SPNEGO, error) {
	s := SPNEGO{State: -1}
	if bytes.HasPrefix(b, []byte(ntlmSignature)) {
		s.Mechanisms, s.Token = []Mechanism{MechNTLMSSP}, b
		return s, nil
	}
	r := reader{b: b, message: "SPNEGO token"}
	tag, body := r.der("token")
	switch {
	case r.err != nil:
	case tag == derApplication:
		body.derWant(derOID, "thisMech")
		init := body.derWant(derContext0, "NegTokenInit")
		fields := init.derWant(derSequence, "NegTokenInit")
		s.parseInit(fields)
		return s, fields.err
	case tag == derContext0+1:
		fields := body.derWant(derSequence, "NegTokenResp")
		s.Response = true
		s.parseResp(fields)
		return s, fields.err
	default:
		r.fail("token", 0, "neither NegTokenInit nor NegTokenResp")
	}
	return s, r.err
}

func (s *SPNEGO) parseInit(fields *reader) {
	for fields.err == nil && fields.off < len(fields.b) {
		tag, field := fields.der("NegTokenInit field")
		switch tag {
		case derContext0:
			list := field.derWant(derSequence, "mechTypes")
			for list.err == nil && list.off < len(list.b) && len(s.Mechanisms) < maxMechanisms {
				s.Mechanisms = append(s.Mechanisms, list.oid("mechType"))
			}
			fields.err = list.err
		case derContext0 + 2:
			token := field.derWant(derOctetString, "mechToken")
			s.Token, fields.err = token.rest(), token.err
		case derContext0 + 3: // negHints of a server, mechListMIC of a client
			s.HintName = hintName(field.b)
		}
	}
}

// hintName returns the hintName of NegHints, or "" if there is none.
func hintName(b []byte) string {
	r := reader{b: b}
	hints := r.derWant(derSequence, "negHints")
	name := hints.derWant(derContext0, "hintName")
	text := name.derWant(derGeneral, "hintName")
	if text.err != nil {
		return ""
	}
	return decodeOEM(text.b)
}

func (s *SPNEGO) parseResp(fields *reader) {
	for fields.err == nil && fields.off < len(fields.b) {
		tag, field := fields.der("NegTokenResp field")
		switch tag {
		case derContext0:
			state := field.derWant(derEnumerated, "negState")
			s.State, fields.err = int(state.u8("negState")), state.err
		case derContext0 + 1:
			s.Mechanisms = []Mechanism{field.oid("supportedMech")}
			fields.err = field.err
		case derContext0 + 2:
			token := field.derWant(derOctetString, "responseToken")
			s.Token, fields.err = token.rest(), token.err
		}
	}
}

// der reads one element and returns its tag and a reader of its content.
func (r *reader) der(field string) (tag byte, content *reader) {
	tag = r.u8(field)
	n := uint64(r.u8(field))
	if n >= 0x80 {
		size := int(n & 0x7f)
		if size > 4 {
			r.fail(field, r.off, "length of more than four bytes")
		}
		n = 0
		for range min(size, 4) {
			n = n<<8 | uint64(r.u8(field))
		}
	}
	content = &reader{message: r.message}
	content.b = r.slice(uint64(r.off), n, field)
	r.off += len(content.b)
	content.err = r.err
	return tag, content
}

// derWant reads one element, which must have the given tag.
func (r *reader) derWant(want byte, field string) *reader {
	tag, content := r.der(field)
	if content.err == nil && tag != want {
		r.fail(field, r.off, "tag 0x"+strconv.FormatUint(uint64(tag), 16)+", not 0x"+strconv.FormatUint(uint64(want), 16))
		content.err = r.err
	}
	return content
}

// oid reads an object identifier.
func (r *reader) oid(field string) Mechanism {
	content := r.derWant(derOID, field)
	if content.err != nil || len(content.b) == 0 {
		r.fail(field, r.off, "empty object identifier")
		return ""
	}
	text := strconv.AppendUint(nil, uint64(content.b[0]/40), 10)
	text = strconv.AppendUint(append(text, '.'), uint64(content.b[0]%40), 10)
	value := uint64(0)
	for _, c := range content.b[1:] {
		if value = value<<7 | uint64(c&0x7f); c < 0x80 {
			text = strconv.AppendUint(append(text, '.'), value, 10)
			value = 0
		}
	}
	return Mechanism(text)
}

// Encoded object identifiers.
var (
	oidSPNEGO   = []byte{0x2b, 0x06, 0x01, 0x05, 0x05, 0x02}
	encodedMech = map[Mechanism][]byte{
		MechNTLMSSP:    {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a},
		MechNEGOEX:     {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x1e},
		MechKerberos:   {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02},
		MechMSKerberos: {0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02},
		MechU2U:        {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x03},
	}
)

// Append appends the token. An offer lists all its mechanisms, of which only
// those named in this package can be written; an answer its State, the first
// mechanism and the token.
func (s SPNEGO) Append(b []byte) []byte {
	if s.Response {
		return append(b, s.encodeResp()...)
	}
	var mechs []byte
	for _, m := range s.Mechanisms {
		mechs = append(mechs, derElement(derOID, encodedMech[m])...)
	}
	fields := derElement(derContext0, derElement(derSequence, mechs))
	if s.Token != nil {
		fields = append(fields, derElement(derContext0+2, derElement(derOctetString, s.Token))...)
	}
	if s.HintName != "" {
		hint := derElement(derContext0, derElement(derGeneral, []byte(s.HintName)))
		fields = append(fields, derElement(derContext0+3, derElement(derSequence, hint))...)
	}
	init := derElement(derContext0, derElement(derSequence, fields))
	return append(b, derElement(derApplication, append(derElement(derOID, oidSPNEGO), init...))...)
}

func (s SPNEGO) encodeResp() []byte {
	var fields []byte
	if s.State >= 0 {
		fields = derElement(derContext0, []byte{derEnumerated, 1, byte(s.State)})
	}
	if len(s.Mechanisms) > 0 {
		fields = append(fields, derElement(derContext0+1, derElement(derOID, encodedMech[s.Mechanisms[0]]))...)
	}
	if s.Token != nil {
		fields = append(fields, derElement(derContext0+2, derElement(derOctetString, s.Token))...)
	}
	return derElement(derContext0+1, derElement(derSequence, fields))
}

func derElement(tag byte, content []byte) []byte {
	n := len(content)
	b := make([]byte, 0, n+4)
	switch {
	case n < 0x80:
		b = append(b, tag, byte(n))
	case n < 0x100:
		b = append(b, tag, 0x81, byte(n))
	default:
		b = append(b, tag, 0x82, byte(n>>8), byte(n))
	}
	return append(b, content...)
}
