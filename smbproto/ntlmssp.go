package smbproto

import (
	"bytes"
	"fmt"
	"strings"
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
	avFlags           = 6
	avTimestamp       = 7
)

// AVConstrained is the AVFlags bit by which a server says that accounts are
// constrained, [MS-NLMP] 2.2.2.1. Windows XP with simple file sharing sets it:
// everyone becomes a guest.
const AVConstrained = 0x00000001

// maxAVPairs bounds the AV pairs of a challenge; eleven are defined.
const maxAVPairs = 64

// Lengths of the fixed parts without the version, and of the version, in bytes.
const (
	ntlmNegotiateFixed = 32
	ntlmChallengeFixed = 48
	ntlmVersionSize    = 8
)

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

// Append appends the message, with the version when its flag and it are set.
func (m NTLMNegotiate) Append(b []byte) []byte {
	b = append(b, ntlmSignature...)
	b = le.AppendUint32(b, 1)
	b = le.AppendUint32(b, m.Flags)
	domain, workstation := appendOEM(nil, m.Domain), appendOEM(nil, m.Workstation)
	withVersion := m.Flags&NTLMVersionFlag != 0 && m.Version != NTLMVersion{}
	off := ntlmNegotiateFixed
	if withVersion {
		off += ntlmVersionSize
	}
	b = appendField(b, len(domain), off)
	b = appendField(b, len(workstation), off+len(domain))
	if withVersion {
		b = m.Version.append(b)
	}
	return append(append(b, domain...), workstation...)
}

// appendField appends a length, a maximum length and an offset, which is 0 for
// an empty field, as on Windows.
func appendField(b []byte, n, off int) []byte {
	if n == 0 {
		off = 0
	}
	b = le.AppendUint16(b, uint16(n))
	b = le.AppendUint16(b, uint16(n))
	return le.AppendUint32(b, uint32(off))
}

// field reads a length, a maximum length and an offset, and returns what they
// point at. A field that lies outside the message is an error unless it is
// empty.
func (r *reader) field(name string) reader {
	n := r.u16(name)
	r.skip(2, name)
	off := r.u32(name)
	if n == 0 || r.err != nil {
		return reader{message: r.message, err: r.err}
	}
	b := r.slice(uint64(off), uint64(n), name)
	return reader{b: b, base: r.base + int(off), message: r.message, err: r.err}
}

// hasVersion reports whether a version stands at the current offset: senders set
// its flag without it, so that the content of a field stands there.
func (r *reader) hasVersion(fields ...reader) bool {
	end := r.off + ntlmVersionSize
	for _, f := range fields {
		if len(f.b) > 0 && f.base < end {
			return false
		}
	}
	return len(r.b) >= end
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
	if r.err != nil || len(b) < ntlmNegotiateFixed {
		return m, r.err
	}
	domain, workstation := r.field("DomainName"), r.field("Workstation")
	if m.Flags&NTLMVersionFlag != 0 && r.hasVersion(domain, workstation) {
		m.Version = r.ntlmVersion()
	}
	// Always OEM text in this message, [MS-NLMP] 2.2.1.1.
	m.Domain, m.Workstation = decodeOEM(domain.b), decodeOEM(workstation.b)
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
	AVFlags         uint32 // AVConstrained
	Timestamp       Filetime
}

// FindNTLMChallenge returns the CHALLENGE message in a security buffer, or nil.
// It looks for the signature instead of walking the SPNEGO token around it:
// servers send raw and badly wrapped challenges.
func FindNTLMChallenge(token []byte) []byte { return findNTLM(token, 2) }

// FindNTLMNegotiate returns the NEGOTIATE message in a security buffer, or nil.
func FindNTLMNegotiate(token []byte) []byte { return findNTLM(token, 1) }

// FindNTLMAuthenticate returns the AUTHENTICATE message in a security buffer, or
// nil.
func FindNTLMAuthenticate(token []byte) []byte { return findNTLM(token, 3) }

// findNTLM returns the message of a type and all that stands behind it.
func findNTLM(token []byte, messageType byte) []byte {
	if i := bytes.Index(token, []byte(ntlmSignature+string([]byte{messageType, 0, 0, 0}))); i >= 0 {
		return token[i:len(token):len(token)]
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
	m.TargetName = decodeText(name.b, m.Flags&NTLMUnicode != 0)
	// Without the flag the message may end here, with the name behind it.
	if r.err != nil || m.Flags&(NTLMTargetInfo|NTLMVersionFlag) == 0 {
		return m, r.err
	}
	r.skip(8, "Reserved")
	info := r.field("TargetInfo")
	if m.Flags&NTLMVersionFlag != 0 && r.hasVersion(name, info) {
		m.HasVersion, m.Version = true, r.ntlmVersion()
	}
	if m.Flags&NTLMTargetInfo != 0 && r.err == nil {
		m.parseAVPairs(&info)
		r.err = info.err
	}
	return m, r.err
}

// TargetInfoOf returns the target information of a CHALLENGE message as it
// came, or nil if there is none. A response has to repeat it to the byte: Samba
// misses even a name that is empty.
func TargetInfoOf(challenge []byte) []byte {
	r := reader{b: challenge, message: "NTLMSSP CHALLENGE"}
	r.skip(20, "TargetName")
	flags := r.u32("NegotiateFlags")
	r.skip(16, "Reserved")
	info := r.field("TargetInfo")
	if flags&NTLMTargetInfo == 0 || info.err != nil {
		return nil
	}
	return info.b
}

// parseAVPairs reads target information; its strings are always UTF-16,
// [MS-NLMP] 2.2.2.1.
func (m *NTLMChallenge) parseAVPairs(r *reader) {
	for range maxAVPairs {
		if r.off == len(r.b) {
			break // the end is missing
		}
		id := r.u16("AvId")
		if id == avEOL {
			break
		}
		value := r.take(int(r.u16("AvLen")), "AvPair")
		if r.err != nil {
			break
		}
		switch id {
		case avNbComputerName:
			m.NbComputerName = avText(value)
		case avNbDomainName:
			m.NbDomainName = avText(value)
		case avDNSComputerName:
			m.DNSComputerName = avText(value)
		case avDNSDomainName:
			m.DNSDomainName = avText(value)
		case avDNSTreeName:
			m.DNSTreeName = avText(value)
		case avFlags:
			if len(value) == 4 {
				m.AVFlags = le.Uint32(value)
			}
		case avTimestamp:
			if len(value) == 8 {
				m.Timestamp = Filetime(le.Uint64(value))
			}
		}
	}
}

// avText decodes a name. Samba ends some with a zero, and writes an empty DNS
// domain as only that.
func avText(b []byte) string { return strings.TrimRight(decodeUTF16(b), "\x00") }

// Append appends the message. Names that are empty are left out of the target
// information, and all of it when NTLMTargetInfo is clear.
func (m NTLMChallenge) Append(b []byte) []byte {
	target := appendOEM(nil, m.TargetName)
	if m.Flags&NTLMUnicode != 0 {
		target = appendUTF16(nil, m.TargetName)
	}
	info := m.appendAVPairs(nil)
	off := ntlmChallengeFixed
	if m.HasVersion {
		off += ntlmVersionSize
	}
	b = append(b, ntlmSignature...)
	b = le.AppendUint32(b, 2)
	b = appendField(b, len(target), off)
	b = le.AppendUint32(b, m.Flags)
	b = append(b, m.ServerChallenge[:]...)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	b = appendField(b, len(info), off+len(target))
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
	if m.AVFlags != 0 {
		pair(avFlags, le.AppendUint32(nil, m.AVFlags))
	}
	if m.Timestamp != 0 {
		pair(avTimestamp, le.AppendUint64(nil, uint64(m.Timestamp)))
	}
	return append(b, 0, 0, 0, 0)
}
