package smbproto

import (
	"bytes"
	"fmt"
)

const ntlmSignature = "NTLMSSP\x00"

// NTLM negotiate flags, [MS-NLMP] 2.2.2.5.
const (
	NTLMUnicode          = 0x00000001
	NTLMOEM              = 0x00000002
	NTLMRequestTarget    = 0x00000004
	NTLMSign             = 0x00000010
	NTLMNTLM             = 0x00000200
	NTLMAlwaysSign       = 0x00008000
	NTLMTargetTypeDomain = 0x00010000
	NTLMTargetTypeServer = 0x00020000
	NTLMExtendedSession  = 0x00080000
	NTLMTargetInfo       = 0x00800000
	NTLMVersionFlag      = 0x02000000
	NTLM128              = 0x20000000
	NTLMKeyExchange      = 0x40000000
)

// AV pair identifiers, [MS-NLMP] 2.2.2.1.
const (
	avEOL             = 0
	avNbComputerName  = 1
	avNbDomainName    = 2
	avDNSComputerName = 3
	avDNSDomainName   = 4
	avDNSTreeName     = 5
	avTimestamp       = 7
)

// maxAVPairs bounds the AV pairs of a challenge; eleven are defined.
const maxAVPairs = 64

// NTLMVersion is the VERSION structure, [MS-NLMP] 2.2.2.10. On Windows the
// build is a floor: enablement packages keep the number of their base.
type NTLMVersion struct {
	Major, Minor uint8
	Build        uint16
	Revision     uint8
}

func (v NTLMVersion) append(b []byte) []byte {
	b = le.AppendUint16(append(b, v.Major, v.Minor), v.Build)
	return append(b, 0, 0, 0, v.Revision)
}

func (r *reader) ntlmVersion() (v NTLMVersion) {
	v.Major, v.Minor = r.u8("Version"), r.u8("Version")
	v.Build = r.u16("Version")
	r.skip(3, "Version")
	v.Revision = r.u8("Version")
	return v
}

// String returns the version as "10.0.26100".
func (v NTLMVersion) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Build) }

// NTLMNegotiate is the NTLMSSP NEGOTIATE message (type 1), [MS-NLMP] 2.2.1.1.
type NTLMNegotiate struct {
	Flags       uint32
	Domain      string
	Workstation string
	Version     NTLMVersion
}

// Append appends the message, without names unless they are set.
func (m NTLMNegotiate) Append(b []byte) []byte {
	b = append(b, ntlmSignature...)
	b = le.AppendUint32(b, 1)
	b = le.AppendUint32(b, m.Flags)
	const fixed = 40
	b = appendField(b, len(m.Domain), fixed+len(m.Workstation))
	b = appendField(b, len(m.Workstation), fixed)
	b = m.Version.append(b)
	return append(append(b, m.Workstation...), m.Domain...)
}

// appendField appends a length, a maximum length and an offset.
func appendField(b []byte, n, off int) []byte {
	b = le.AppendUint16(b, uint16(n))
	b = le.AppendUint16(b, uint16(n))
	return le.AppendUint32(b, uint32(off))
}

// field reads a length, a maximum length and an offset, and returns what they
// point at. A field that lies outside the message is an error unless it is
// empty.
func (r *reader) field(name string) []byte {
	n := r.u16(name)
	r.skip(2, name)
	off := r.u32(name)
	if n == 0 || r.err != nil {
		return nil
	}
	return r.slice(uint64(off), uint64(n), name)
}

func (r *reader) ntlmHeader(want uint32) {
	if sig := r.take(8, "Signature"); sig != nil && string(sig) != ntlmSignature {
		r.fail("Signature", 0, "not NTLMSSP")
	}
	if t := r.u32("MessageType"); r.err == nil && t != want {
		r.fail("MessageType", 8, fmt.Sprintf("%d, not %d", t, want))
	}
}

// ParseNTLMNegotiate parses a NEGOTIATE message. The shortest ones end after
// the flags.
func ParseNTLMNegotiate(b []byte) (NTLMNegotiate, error) {
	r := reader{b: b, message: "NTLMSSP NEGOTIATE"}
	var m NTLMNegotiate
	r.ntlmHeader(1)
	m.Flags = r.u32("NegotiateFlags")
	if r.err != nil || len(b) < 32 {
		return m, r.err
	}
	m.Domain = decodeOEM(r.field("DomainName")) // always OEM in this message
	m.Workstation = decodeOEM(r.field("Workstation"))
	if m.Flags&NTLMVersionFlag != 0 && len(b) >= 40 {
		m.Version = r.ntlmVersion()
	}
	return m, r.err
}

// NTLMChallenge is the NTLMSSP CHALLENGE message (type 2), [MS-NLMP] 2.2.1.2.
type NTLMChallenge struct {
	Flags           uint32
	TargetName      string
	ServerChallenge [8]byte
	HasVersion      bool // the flag was set and the structure was there
	Version         NTLMVersion
	NbComputerName  string
	NbDomainName    string
	DNSComputerName string
	DNSDomainName   string
	DNSTreeName     string
	Timestamp       Filetime
}

// FindNTLMChallenge returns the CHALLENGE message in a security buffer, or nil.
// It looks for the signature instead of walking the SPNEGO token around it:
// servers send raw and badly wrapped challenges.
func FindNTLMChallenge(token []byte) []byte {
	if i := bytes.Index(token, []byte(ntlmSignature+"\x02\x00\x00\x00")); i >= 0 {
		return token[i:]
	}
	return nil
}

// ParseNTLMChallenge parses a CHALLENGE message.
func ParseNTLMChallenge(b []byte) (NTLMChallenge, error) {
	r := reader{b: b, message: "NTLMSSP CHALLENGE"}
	var m NTLMChallenge
	r.ntlmHeader(2)
	name := r.field("TargetName")
	m.Flags = r.u32("NegotiateFlags")
	copy(m.ServerChallenge[:], r.take(8, "ServerChallenge"))
	m.TargetName = decodeText(name, m.Flags&NTLMUnicode != 0)
	if r.err != nil || len(b) < 48 { // NTLM version 1 ends here
		return m, r.err
	}
	r.skip(8, "Reserved")
	info := r.field("TargetInfo")
	if m.Flags&NTLMVersionFlag != 0 && len(b) >= 56 {
		m.HasVersion, m.Version = true, r.ntlmVersion()
	}
	if r.err == nil {
		m.parseAVPairs(&r, info)
	}
	return m, r.err
}

func decodeText(b []byte, unicode bool) string {
	if unicode {
		return decodeUTF16(b)
	}
	return decodeOEM(b)
}

// parseAVPairs reads target information; its strings are always UTF-16,
// [MS-NLMP] 2.2.2.1.
func (m *NTLMChallenge) parseAVPairs(outer *reader, info []byte) {
	r := reader{b: info, message: outer.message}
	for range maxAVPairs {
		if r.off == len(r.b) {
			break
		}
		id, n := r.u16("AvId"), r.u16("AvLen")
		value := r.take(int(n), "AvPair")
		if id == avEOL || r.err != nil {
			break
		}
		switch id {
		case avNbComputerName:
			m.NbComputerName = decodeUTF16(value)
		case avNbDomainName:
			m.NbDomainName = decodeUTF16(value)
		case avDNSComputerName:
			m.DNSComputerName = decodeUTF16(value)
		case avDNSDomainName:
			m.DNSDomainName = decodeUTF16(value)
		case avDNSTreeName:
			m.DNSTreeName = decodeUTF16(value)
		case avTimestamp:
			if len(value) == 8 {
				m.Timestamp = Filetime(le.Uint64(value))
			}
		}
	}
	outer.err = r.err
}

// Append appends the message. Names that are empty are left out of the target
// information, and all of it when NTLMTargetInfo is clear.
func (m NTLMChallenge) Append(b []byte) []byte {
	var target []byte
	if m.Flags&NTLMUnicode != 0 {
		target = appendUTF16(nil, m.TargetName)
	} else {
		target = []byte(m.TargetName)
	}
	info := m.appendAVPairs(nil)
	fixed := 48
	if m.HasVersion {
		fixed = 56
	}
	b = append(b, ntlmSignature...)
	b = le.AppendUint32(b, 2)
	b = appendField(b, len(target), fixed)
	b = le.AppendUint32(b, m.Flags)
	b = append(b, m.ServerChallenge[:]...)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	b = appendField(b, len(info), fixed+len(target))
	if m.HasVersion {
		b = m.Version.append(b)
	}
	return append(append(b, target...), info...)
}

func (m NTLMChallenge) appendAVPairs(b []byte) []byte {
	if m.Flags&NTLMTargetInfo == 0 {
		return b
	}
	pair := func(id uint16, value []byte) {
		if len(value) > 0 {
			b = le.AppendUint16(le.AppendUint16(b, id), uint16(len(value)))
			b = append(b, value...)
		}
	}
	pair(avNbDomainName, appendUTF16(nil, m.NbDomainName))
	pair(avNbComputerName, appendUTF16(nil, m.NbComputerName))
	pair(avDNSDomainName, appendUTF16(nil, m.DNSDomainName))
	pair(avDNSComputerName, appendUTF16(nil, m.DNSComputerName))
	pair(avDNSTreeName, appendUTF16(nil, m.DNSTreeName))
	if m.Timestamp != 0 {
		pair(avTimestamp, le.AppendUint64(nil, uint64(m.Timestamp)))
	}
	return append(b, 0, 0, 0, 0)
}

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
	m.LMResponseLength = len(r.field("LmChallengeResponse"))
	m.NTResponseLength = len(r.field("NtChallengeResponse"))
	domain, user, workstation := r.field("DomainName"), r.field("UserName"), r.field("Workstation")
	if r.err == nil && len(b) >= 64 {
		r.field("EncryptedRandomSessionKey")
		m.Flags = r.u32("NegotiateFlags")
		if m.Flags&NTLMVersionFlag != 0 && len(b) >= 72 {
			m.Version = r.ntlmVersion()
		}
	}
	unicode := m.Flags&NTLMUnicode != 0
	m.Domain, m.User, m.Workstation = decodeText(domain, unicode), decodeText(user, unicode), decodeText(workstation, unicode)
	return m, r.err
}
