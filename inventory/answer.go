package inventory

import (
	"fmt"
	"slices"

	"smbready/smbproto"
)

// What a server's answers say of it. A scan and a capture come to the same facts
// by these; what a source knows of the request decides what it can tell.

// maxRaw is how much of a NEGOTIATE response is kept as evidence, in bytes.
const maxRaw = 1024

// Clip cuts a string from the network, which is valid UTF-8, to the length that
// facts have at most, 256 bytes.
func Clip(s string) string { return clip(s) }

// Evidence returns a copy of the start of an answer.
func Evidence(payload []byte) []byte { return slices.Clone(payload[:min(len(payload), maxRaw)]) }

// SetName sets a name that is not known yet.
func SetName(name *string, value string) {
	if *name == "" {
		*name = clip(value)
	}
}

// SigningOfSMB2 is what the SecurityMode of either side says in SMB2.
func SigningOfSMB2(m smbproto.SMB2SecurityMode) Signing { return signing2(m) }

// SigningOfSMB1 derives the server's signing state as a client does: 0x04 counts
// only with 0x02, 0x08 only with 0x04, and dialects before NT LM 0.12 have none;
// [MS-CIFS] 3.2.4.2.2.
func SigningOfSMB1(m smbproto.SMB1NegotiateResponse) Signing {
	const enabled = smbproto.SMB1EncryptPasswords | smbproto.SMB1SignaturesEnabled
	switch {
	case m.WordCount != 17, m.SecurityMode&enabled != enabled:
		return SigningDisabled
	case m.SecurityMode&smbproto.SMB1SignaturesRequired != 0:
		return SigningRequired
	}
	return SigningEnabled
}

// NewSMB1 turns an SMB1 NEGOTIATE response that selects one of the dialects that
// were offered into facts. raw is the message. Without the offer the dialect is
// not known.
func NewSMB1(m smbproto.SMB1NegotiateResponse, port uint16, offered []string, raw []byte) *SMB1 {
	f := NewSMB1Refusal(m, port, raw)
	f.Signing, f.ExtendedSecurity = SigningOfSMB1(m), m.ExtendedSecurity()
	f.MaxMpx, f.MaxVcs, f.MaxBuffer, f.MaxRaw, f.Capabilities = m.MaxMpx, m.MaxVcs, m.MaxBuffer, m.MaxRaw, m.Capabilities
	if int(m.DialectIndex) < len(offered) {
		f.Dialect = clip(offered[m.DialectIndex])
	}
	if m.WordCount >= 13 {
		mode := uint16(m.SecurityMode)
		f.SecurityMode = &mode
	}
	if f.ExtendedSecurity {
		f.ServerGUID = m.ServerGUID.Hex()
	}
	return f
}

// NewSMB1Refusal is NewSMB1 for a response that accepts no dialect.
func NewSMB1Refusal(m smbproto.SMB1NegotiateResponse, port uint16, raw []byte) *SMB1 {
	return &SMB1{Port: port, WordCount: m.WordCount, Flags: m.Header.Flags, Flags2: m.Header.Flags2, Raw: Evidence(raw)}
}

// NewSMB2 turns an SMB2 NEGOTIATE response into facts, and returns how it deviates
// from the specification, in words. Of the request the dialects and the contexts
// count; nil means that it is not known. raw is the message.
func NewSMB2(m smbproto.SMB2NegotiateResponse, port uint16, request *smbproto.SMB2NegotiateRequest, raw []byte) (*SMB2, []string) {
	mode, caps := uint16(m.SecurityMode), m.Capabilities
	f := &SMB2{
		Port: port, Dialects: []string{}, Offered: request != nil && slices.Contains(request.Dialects, m.Dialect),
		Signing: signing2(m.SecurityMode), SecurityMode: &mode, Capabilities: &caps,
		MaxTransact: m.MaxTransact, MaxRead: m.MaxRead, MaxWrite: m.MaxWrite,
		ServerGUID: m.ServerGUID.Hex(), SystemTime: m.SystemTime.Time(), BootTime: m.ServerStartTime.Time(), Raw: Evidence(raw),
	}
	if m.Dialect != smbproto.DialectWildcard { // which is none
		f.Dialects = append(f.Dialects, m.Dialect.String())
	}
	var quirks []string
	if request != nil && !f.Offered {
		quirks = append(quirks, "selected dialect "+m.Dialect.String()+", which was not offered")
	}
	quirks = append(quirks, f.addContexts(m, request)...)
	if token, err := smbproto.ParseSPNEGO(m.SecurityBuffer); err == nil {
		for _, mech := range token.Mechanisms {
			f.Mechanisms = append(f.Mechanisms, clip(mech.String()))
		}
	} else if len(m.SecurityBuffer) > 0 {
		quirks = append(quirks, "security buffer is not a SPNEGO token")
	}
	return f, quirks
}

// addContexts reads the 3.1.1 contexts. Without a signing context AES-CMAC is
// used from 3.0 on and HMAC-SHA256 before, [MS-SMB2] 3.1.4.1.
func (s *SMB2) addContexts(m smbproto.SMB2NegotiateResponse, request *smbproto.SMB2NegotiateRequest) (quirks []string) {
	s.SigningAlgorithm = "HMAC-SHA256"
	if m.Dialect >= smbproto.Dialect300 {
		s.SigningAlgorithm = "AES-CMAC"
	}
	if !slices.Contains(smbproto.Dialects, m.Dialect) {
		s.SigningAlgorithm = ""
	}
	seen := map[smbproto.ContextType]bool{}
	for _, c := range m.Contexts {
		id, ok := selected(c, request)
		if seen[c.Type] || !ok {
			quirks = append(quirks, fmt.Sprintf("negotiate context %d is not a selection from our offer", c.Type))
			id = none
		}
		seen[c.Type] = true
		switch c.Type {
		case smbproto.ContextPreauthIntegrity:
			s.PreauthIntegrity = nameOr(smbproto.HashName, id)
		case smbproto.ContextEncryption:
			s.Cipher = nameOr(smbproto.CipherName, id)
		case smbproto.ContextSigning:
			s.SigningAlgorithm = nameOr(smbproto.SigningName, id)
		}
	}
	return quirks
}

// none stands for a context that a client has to reject.
const none = -1

// nameOr returns the name of an algorithm, or "" for none.
func nameOr(name func(uint16) string, id int) string {
	if id == none {
		return ""
	}
	return name(uint16(id))
}

// selected returns the one algorithm that a response's context selects. A
// server must select exactly one of those offered, [MS-SMB2] 3.3.5.4; without a
// common cipher it may select 0. Contexts that select nothing are fine.
func selected(c smbproto.NegotiateContext, request *smbproto.SMB2NegotiateRequest) (id int, ok bool) {
	if c.Type != smbproto.ContextPreauthIntegrity && c.Type != smbproto.ContextEncryption && c.Type != smbproto.ContextSigning {
		return none, true
	}
	ids, err := c.Algorithms()
	if err != nil || len(ids) != 1 {
		return none, false
	}
	if c.Type == smbproto.ContextEncryption && ids[0] == 0 {
		return none, true
	}
	if request == nil {
		return int(ids[0]), true
	}
	offered, found := smbproto.FindContext(request.Contexts, c.Type)
	list, err := offered.Algorithms()
	return int(ids[0]), found && err == nil && slices.Contains(list, ids[0])
}

// AddChallenge takes in the NTLM challenge in a security buffer of the host, and
// returns what was wrong with it, if anything. What is known already stays.
func (h *Host) AddChallenge(token []byte) string {
	raw := smbproto.FindNTLMChallenge(token)
	if raw == nil {
		return "no NTLM challenge"
	}
	m, err := smbproto.ParseNTLMChallenge(raw)
	if err != nil {
		return err.Error()
	}
	if h.NTLM == nil {
		h.NTLM = &NTLM{Flags: m.Flags, TargetName: clip(m.TargetName),
			TargetInfo: m.Flags&smbproto.NTLMTargetInfo != 0 && m.NbComputerName+m.NbDomainName+m.DNSComputerName != ""}
		if m.HasVersion {
			h.NTLM.Version, h.NTLM.Revision = m.Version.String(), m.Version.Revision
		}
	}
	if m.HasVersion && m.Version.Build != 0 && h.OS.Build == "" {
		h.OS.Build = m.Version.String()
	}
	n := &h.Names
	SetName(&n.NetBIOS, m.NbComputerName)
	SetName(&n.DNS, m.DNSComputerName)
	SetName(&n.Domain, m.DNSDomainName)
	if m.NbDomainName != m.NbComputerName { // outside of a domain it is the computer's own name
		SetName(&n.Workgroup, m.NbDomainName)
	}
	SetName(&n.Forest, m.DNSTreeName)
	return ""
}

// AddSMB1 takes in the names of an SMB1 NEGOTIATE response without extended
// security.
func (n *Names) AddSMB1(m smbproto.SMB1NegotiateResponse) {
	SetName(&n.Workgroup, m.Domain)
	SetName(&n.NetBIOS, m.Server)
}

// AddNodeStatus takes in the names of a node status response, in place of those
// of one before.
func (n *Names) AddNodeStatus(m smbproto.NodeStatusResponse) {
	n.Node = nil
	for _, row := range m.Names {
		n.Node = append(n.Node, NetBIOSName{Name: row.Name, Suffix: row.Suffix, Group: row.Group()})
	}
	for _, row := range m.Names {
		switch {
		case row.Suffix == smbproto.SuffixFileServer && !row.Group(), row.Suffix == smbproto.SuffixWorkstation && !row.Group():
			SetName(&n.NetBIOS, row.Name)
		case row.Suffix == smbproto.SuffixWorkstation:
			SetName(&n.Workgroup, row.Name)
		}
	}
	if m.UnitID != [6]byte{} { // Samba sends zeros
		n.MAC = MACText(m.UnitID)
	}
}

// MACText writes a hardware address as facts have it: "00:11:22:aa:bb:cc".
func MACText(b [6]byte) string {
	const digits = "0123456789abcdef"
	s := make([]byte, 0, 17)
	for i, c := range b {
		if i > 0 {
			s = append(s, ':')
		}
		s = append(s, digits[c>>4], digits[c&15])
	}
	return string(s)
}
