package smbproto

// NTLMAuthenticate is what of an AUTHENTICATE message (type 3) tells about the
// client, [MS-NLMP] 2.2.1.3. The responses are not kept: they can be cracked.
type NTLMAuthenticate struct {
	Flags            uint32
	Domain           string
	User             string
	Workstation      string
	LMResponseLength int
	NTResponseLength int // 24 bytes: NTLMv1; more: NTLMv2; 0: anonymous
	Version          NTLMVersion
}

// ParseNTLMAuthenticate parses an AUTHENTICATE message.
func ParseNTLMAuthenticate(b []byte) (NTLMAuthenticate, error) {
	r := reader{b: b, message: "NTLMSSP AUTHENTICATE"}
	var m NTLMAuthenticate
	r.ntlmHeader(3)
	lm, nt := r.field("LmChallengeResponse"), r.field("NtChallengeResponse")
	domain, user, workstation := r.field("DomainName"), r.field("UserName"), r.field("Workstation")
	if r.err == nil && len(b) >= 64 {
		key := r.field("EncryptedRandomSessionKey")
		m.Flags = r.u32("NegotiateFlags")
		if m.Flags&NTLMVersionFlag != 0 && r.hasVersion(lm, nt, domain, user, workstation, key) {
			m.Version = r.ntlmVersion()
		}
	}
	m.LMResponseLength, m.NTResponseLength = len(lm.b), len(nt.b)
	unicode := m.Flags&NTLMUnicode != 0
	m.Domain = decodeText(domain.b, unicode)
	m.User = decodeText(user.b, unicode)
	m.Workstation = decodeText(workstation.b, unicode)
	return m, r.err
}

// ntlmAuthenticateFixed is the length of the fixed part without the version and
// the MIC, in bytes.
const ntlmAuthenticateFixed = 64

// Append appends the message with the given responses, without a session key
// and without a MIC, and with the version when its flag and it are set. The
// lengths in m are not used.
func (m NTLMAuthenticate) Append(b, lm, nt []byte) []byte {
	unicode := m.Flags&NTLMUnicode != 0
	domain, user := encodeText(m.Domain, unicode), encodeText(m.User, unicode)
	workstation := encodeText(m.Workstation, unicode)
	withVersion := m.Flags&NTLMVersionFlag != 0 && m.Version != NTLMVersion{}
	names := ntlmAuthenticateFixed
	if withVersion {
		names += ntlmVersionSize
	}
	responses := names + len(domain) + len(user) + len(workstation)
	b = append(b, ntlmSignature...)
	b = le.AppendUint32(b, 3)
	b = appendField(b, len(lm), responses)
	b = appendField(b, len(nt), responses+len(lm))
	b = appendField(b, len(domain), names)
	b = appendField(b, len(user), names+len(domain))
	b = appendField(b, len(workstation), names+len(domain)+len(user))
	b = appendField(b, 0, 0)
	b = le.AppendUint32(b, m.Flags)
	if withVersion {
		b = m.Version.append(b)
	}
	b = append(append(append(b, domain...), user...), workstation...)
	return append(append(b, lm...), nt...)
}

func encodeText(s string, unicode bool) []byte {
	if unicode {
		return appendUTF16(nil, s)
	}
	return appendOEM(nil, s)
}

// NTLMv2Response returns the NtChallengeResponse of NTLM version 2: a proof and
// what it is computed over, the time, the client's challenge and the target
// information of the server's challenge, [MS-NLMP] 2.2.2.7 and 2.2.2.8.
func NTLMv2Response(proof [16]byte, client [8]byte, now Filetime, targetInfo []byte) []byte {
	b := append(proof[:len(proof):len(proof)], 1, 1, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint64(b, uint64(now))
	b = append(append(b, client[:]...), 0, 0, 0, 0)
	b = append(b, targetInfo...)
	return append(b, 0, 0, 0, 0)
}
