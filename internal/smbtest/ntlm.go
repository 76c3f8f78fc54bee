package smbtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"smbready/smbproto"
)

// NTLM is how a device authenticates, and what its challenge tells.
type NTLM struct {
	Version      smbproto.NTLMVersion // zero: not told
	NoTargetInfo bool                 // NTLMv1 era: no names but the target's
	NoSign       bool                 // session keys sign nothing
	Raw          bool                 // the challenge without SPNEGO around it
	Tree         string               // DNS name of the forest
}

// hintName is what Windows and Samba put into their offers.
const hintName = "not_defined_in_RFC4178@please_ignore"

// ntlmType returns the type of the NTLMSSP message in a token, and the
// message; 0 if there is none.
func ntlmType(token []byte) (uint32, []byte) {
	i := bytes.Index(token, []byte("NTLMSSP\x00"))
	if i < 0 || len(token) < i+12 {
		return 0, nil
	}
	return binary.LittleEndian.Uint32(token[i+8:]), token[i:]
}

// offer returns the SPNEGO token of a NEGOTIATE answer.
func (c *conversation) offer(mechanisms []smbproto.Mechanism) []byte {
	if c.d.NTLM == nil && mechanisms == nil {
		return nil
	}
	if mechanisms == nil {
		mechanisms = []smbproto.Mechanism{smbproto.MechNTLMSSP}
	}
	return smbproto.SPNEGO{Mechanisms: mechanisms, HintName: hintName}.Append(nil)
}

// ntlmFlags are the flags of a challenge when the client asks for everything.
const ntlmFlags = smbproto.NTLMUnicode | smbproto.NTLMRequestTarget | smbproto.NTLMSign | smbproto.NTLMNTLM |
	smbproto.NTLMAlwaysSign | smbproto.NTLMExtendedSession | smbproto.NTLM128 | smbproto.NTLMKeyExchange

// ntlmAsked are those that are set only if the client has set them.
const ntlmAsked = smbproto.NTLMSign | smbproto.NTLMAlwaysSign | smbproto.NTLMExtendedSession |
	smbproto.NTLM128 | smbproto.NTLMKeyExchange

// challenge answers a NEGOTIATE message of NTLMSSP.
func (c *conversation) challenge(negotiate []byte) []byte {
	n := c.d.NTLM
	client, _ := smbproto.ParseNTLMNegotiate(negotiate)
	m := smbproto.NTLMChallenge{
		Flags:          ntlmFlags &^ (ntlmAsked &^ client.Flags),
		HasVersion:     n.Version != smbproto.NTLMVersion{},
		Version:        n.Version,
		NbComputerName: c.names.netBIOS, DNSComputerName: c.names.dns,
		DNSDomainName: c.names.dnsDomain, DNSTreeName: n.Tree,
	}
	// Outside a domain the computer is its own domain.
	m.TargetName, m.Flags = c.names.netBIOS, m.Flags|smbproto.NTLMTargetTypeServer
	if c.d.DNSDomain != "" {
		m.TargetName, m.Flags = c.names.workgroup, m.Flags^(smbproto.NTLMTargetTypeServer|smbproto.NTLMTargetTypeDomain)
	}
	m.NbDomainName = m.TargetName
	if m.HasVersion {
		m.Flags |= smbproto.NTLMVersionFlag
	}
	if n.Version.Major >= 6 { // since Windows Vista
		m.Timestamp = smbproto.NewFiletime(time.Now())
	}
	if !n.NoTargetInfo {
		m.Flags |= smbproto.NTLMTargetInfo
	}
	if n.NoSign {
		m.Flags &^= smbproto.NTLMSign | smbproto.NTLMAlwaysSign
	}
	seed := sha256.Sum256([]byte(c.d.Name)) // nobody logs on: it need not be secret
	copy(m.ServerChallenge[:], seed[:])
	token := m.Append(nil)
	if n.Raw {
		return token
	}
	const acceptIncomplete = 1
	return smbproto.SPNEGO{Response: true, State: acceptIncomplete,
		Mechanisms: []smbproto.Mechanism{smbproto.MechNTLMSSP}, Token: token}.Append(nil)
}
