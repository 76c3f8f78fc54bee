package smbproto

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
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

// Bounds of a token: the mechanisms of its list, and the bytes of an object
// identifier.
const (
	maxMechanisms = 16
	maxOID        = 32
)

// DER tags of SPNEGO, RFC 4178 4.2.
const (
	derOctetString = 0x04
	derOID         = 0x06
	derEnumerated  = 0x0a
	derGeneral     = 0x1b
	derSequence    = 0x30
	derApplication = 0x60
	derContext0    = 0xa0 // [0]; [1] to [4] follow
)

// SPNEGO is the content of a SPNEGO token: an offer (NegTokenInit) or an answer
// (NegTokenResp), RFC 4178 4.2 and [MS-SPNG] 2.2.1.
type SPNEGO struct {
	Response   bool        // NegTokenResp
	Mechanisms []Mechanism // an offer's list, or the one that an answer selects
	State      int         // negState of an answer; -1 when absent
	HintName   string      // of a server's offer
	Token      []byte      // mechToken or responseToken
	MIC        []byte      // mechListMIC of an answer
	Raw        bool        // Token stood alone, without SPNEGO around it
}

// ParseSPNEGO parses a token. It accepts a raw NTLMSSP message too, as servers
// and clients send it, and then sets Mechanisms, Token and Raw.
func ParseSPNEGO(b []byte) (SPNEGO, error) {
	s := SPNEGO{State: -1}
	if bytes.HasPrefix(b, []byte(ntlmSignature)) {
		s.Mechanisms, s.Token, s.Raw = []Mechanism{MechNTLMSSP}, b[:len(b):len(b)], true
		return s, nil
	}
	r := reader{b: b, message: "SPNEGO token"}
	tag, body := r.der("token")
	switch {
	case r.err != nil:
		return s, r.err
	case tag == derApplication:
		err := s.parseInit(&body)
		return s, err
	case tag == derContext0+1:
		s.Response = true
		err := s.parseResp(&body)
		return s, err
	}
	r.fail("token", 0, fmt.Sprintf("tag 0x%02x: neither NegTokenInit nor NegTokenResp", tag))
	return s, r.err
}

// parseInit parses the initial token of [RFC 2743] 3.1 around a NegTokenInit.
func (s *SPNEGO) parseInit(body *reader) error {
	if id := body.derWant(derOID, "thisMech"); id.err == nil && !bytes.Equal(id.b, oidSPNEGO) {
		body.fail("thisMech", body.off-len(id.b), "not SPNEGO")
	}
	init := body.derWant(derContext0, "NegTokenInit")
	fields := init.derWant(derSequence, "NegTokenInit")
	for fields.err == nil && fields.off < len(fields.b) {
		tag, field := fields.der("NegTokenInit field")
		switch tag {
		case derContext0:
			s.Mechanisms, fields.err = field.mechTypes()
		case derContext0 + 2:
			s.Token, fields.err = field.octetString("mechToken")
		case derContext0 + 3: // negHints of a server, mechListMIC of a client
			s.HintName = field.hintName()
		}
	}
	return fields.err
}

// mechTypes reads a MechTypeList, up to maxMechanisms of it.
func (r *reader) mechTypes() ([]Mechanism, error) {
	list := r.derWant(derSequence, "mechTypes")
	mechs := make([]Mechanism, 0, min(len(list.b)/3, maxMechanisms/2)) // as many as servers offer
	for list.err == nil && list.off < len(list.b) && len(mechs) < maxMechanisms {
		if m := list.oid("mechType"); list.err == nil {
			mechs = append(mechs, m)
		}
	}
	return mechs, list.err
}

// hintName returns the hintName of NegHints, or "" if there is none.
func (r *reader) hintName() string {
	hints := r.derWant(derSequence, "negHints")
	name := hints.derWant(derContext0, "hintName")
	text := name.derWant(derGeneral, "hintName")
	return decodeOEM(text.rest())
}

// parseResp parses a NegTokenResp.
func (s *SPNEGO) parseResp(body *reader) error {
	fields := body.derWant(derSequence, "NegTokenResp")
	for fields.err == nil && fields.off < len(fields.b) {
		tag, field := fields.der("NegTokenResp field")
		switch tag {
		case derContext0:
			state := field.derWant(derEnumerated, "negState")
			s.State = int(state.u8("negState"))
			fields.err = state.err
		case derContext0 + 1:
			s.Mechanisms = []Mechanism{field.oid("supportedMech")}
			fields.err = field.err
		case derContext0 + 2:
			s.Token, fields.err = field.octetString("responseToken")
		case derContext0 + 3:
			s.MIC, fields.err = field.octetString("mechListMIC")
		}
	}
	return fields.err
}

func (r *reader) octetString(field string) ([]byte, error) {
	content := r.derWant(derOctetString, field)
	return content.rest(), content.err
}

// der reads one element and returns its tag and a reader of its content. Longer
// forms of a length than needed are accepted, as servers send them.
func (r *reader) der(field string) (tag byte, content reader) {
	tag = r.u8(field)
	n := uint64(r.u8(field))
	if n >= 0x80 {
		size := int(n & 0x7f)
		if size == 0 || size > 4 {
			r.fail(field, r.off-1, fmt.Sprintf("length of %d bytes, not 1 to 4", size))
		}
		n = 0
		for range min(size, 4) {
			n = n<<8 | uint64(r.u8(field))
		}
	}
	start := r.off
	b := r.slice(uint64(start), n, field)
	r.off += len(b)
	return tag, reader{b: b, base: r.base + start, message: r.message, err: r.err}
}

// derWant reads one element, which must have the given tag.
func (r *reader) derWant(want byte, field string) reader {
	start := r.off
	tag, content := r.der(field)
	if r.err == nil && tag != want {
		r.fail(field, start, fmt.Sprintf("tag 0x%02x, not 0x%02x", tag, want))
		content.b, content.err = nil, r.err
	}
	return content
}

// oid reads an object identifier. Known ones cost no allocation.
func (r *reader) oid(field string) Mechanism {
	content := r.derWant(derOID, field)
	if content.err != nil {
		return ""
	}
	for _, m := range encodedMechs {
		if bytes.Equal(content.b, m.oid) {
			return m.mechanism
		}
	}
	if n := len(content.b); n == 0 || n > maxOID || content.b[n-1] >= 0x80 {
		r.fail(field, r.off-n, fmt.Sprintf("object identifier of %d bytes, or cut off", n))
		return ""
	}
	return decodeOID(content.b)
}

// decodeOID returns an object identifier in dotted form, [X.690] 8.19. Numbers
// of more than 64 bits wrap: they name nothing.
func decodeOID(b []byte) Mechanism {
	var text []byte
	value := uint64(0)
	for _, c := range b {
		if value = value<<7 | uint64(c&0x7f); c >= 0x80 {
			continue
		}
		if text == nil { // the first number holds two
			root := min(value/40, 2)
			text = strconv.AppendUint(text, root, 10)
			value -= root * 40
		}
		text = strconv.AppendUint(append(text, '.'), value, 10)
		value = 0
	}
	return Mechanism(text)
}

// encodeOID is the reverse of decodeOID. Text that is no object identifier
// becomes an empty one.
func encodeOID(m Mechanism) []byte {
	for _, known := range encodedMechs {
		if m == known.mechanism {
			return known.oid
		}
	}
	var b []byte
	first, rest, _ := strings.Cut(string(m), ".")
	root, err := strconv.ParseUint(first, 10, 8)
	for i := 0; rest != "" && err == nil; i++ {
		var number string
		var value uint64
		number, rest, _ = strings.Cut(rest, ".")
		value, err = strconv.ParseUint(number, 10, 64)
		if i == 0 {
			value += root * 40
		}
		b = appendBase128(b, value)
	}
	if err != nil {
		return nil
	}
	return b
}

// appendBase128 appends a number of an object identifier, its highest bits
// first; all bytes but the last have their top bit set.
func appendBase128(b []byte, value uint64) []byte {
	shift := 0
	for value>>shift >= 0x80 {
		shift += 7
	}
	for ; shift > 0; shift -= 7 {
		b = append(b, 0x80|byte(value>>shift))
	}
	return append(b, byte(value&0x7f))
}

// oidSPNEGO is 1.3.6.1.5.5.2, encoded.
var oidSPNEGO = []byte{0x2b, 0x06, 0x01, 0x05, 0x05, 0x02}

// encodedMechs holds the mechanisms that are named here, most frequent first.
var encodedMechs = [...]struct {
	mechanism Mechanism
	oid       []byte
}{
	{MechNTLMSSP, []byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a}},
	{MechKerberos, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02}},
	{MechMSKerberos, []byte{0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02}},
	{MechNEGOEX, []byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x1e}},
	{MechU2U, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x03}},
}

// Append appends the token. An offer lists all its mechanisms; an answer has its
// State, the first mechanism, the token and the MIC.
func (s SPNEGO) Append(b []byte) []byte {
	switch {
	case s.Raw:
		return append(b, s.Token...)
	case s.Response:
		return append(b, s.encodeResp()...)
	}
	var mechs []byte
	for _, m := range s.Mechanisms {
		mechs = append(mechs, derElement(derOID, encodeOID(m))...)
	}
	fields := derElement(derContext0, derElement(derSequence, mechs))
	if s.Token != nil {
		fields = append(fields, derElement(derContext0+2, derElement(derOctetString, s.Token))...)
	}
	if s.HintName != "" {
		hint := derElement(derContext0, derElement(derGeneral, appendOEM(nil, s.HintName)))
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
		fields = append(fields, derElement(derContext0+1, derElement(derOID, encodeOID(s.Mechanisms[0])))...)
	}
	if s.Token != nil {
		fields = append(fields, derElement(derContext0+2, derElement(derOctetString, s.Token))...)
	}
	if s.MIC != nil {
		fields = append(fields, derElement(derContext0+3, derElement(derOctetString, s.MIC))...)
	}
	return derElement(derContext0+1, derElement(derSequence, fields))
}

// derElement returns an element with its length in the shortest form.
func derElement(tag byte, content []byte) []byte {
	n := len(content)
	b := make([]byte, 0, n+5)
	switch {
	case n < 0x80:
		b = append(b, tag, byte(n))
	case n < 0x100:
		b = append(b, tag, 0x81, byte(n))
	case n < 0x10000:
		b = append(b, tag, 0x82, byte(n>>8), byte(n))
	default:
		b = append(b, tag, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, content...)
}
