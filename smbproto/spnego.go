package smbproto

import (
	"bytes"
	"fmt"
)

// Mechanism is the object identifier of an authentication mechanism, in dotted
// form.
type Mechanism string

// Mechanisms that SMB servers offer, [MS-SPNG] 1.9 and RFC 4178.
const (
	MechNTLMSSP    Mechanism = "1.3.6.1.4.1.311.2.2.10"
	MechNEGOEX     Mechanism = "1.3.6.1.4.1.311.2.2.30"
	MechKerberos   Mechanism = "1.2.840.113554.1.2.2"
	MechMSKerberos Mechanism = "1.2.840.48018.1.2.2" // 113554 cut to 16 bits by Windows 2000, and kept since
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

// maxMechanisms bounds the list of a token.
const maxMechanisms = 16

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
