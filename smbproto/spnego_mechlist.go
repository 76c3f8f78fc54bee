package smbproto

// MechList returns the encoded list of the token's mechanisms: what a
// mechListMIC is computed over, [RFC 4178] 4.2.1 and 5.
func (s SPNEGO) MechList() []byte {
	var mechs []byte
	for _, m := range s.Mechanisms {
		mechs = append(mechs, derElement(derOID, encodeOID(m))...)
	}
	return derElement(derSequence, mechs)
}
