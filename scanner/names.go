package scanner

import (
	"unicode/utf8"

	"smbready/inventory"
	"smbready/smbproto"
)

// maxName bounds a name or string from the network, in bytes. DNS names end at
// 255; nothing sane is longer.
const maxName = 256

// limit cuts a string from the network, which is valid UTF-8, at maxName.
func limit(s string) string {
	if len(s) <= maxName {
		return s
	}
	end := maxName
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// setName sets a name that is not known yet.
func setName(name *string, value string) {
	if *name == "" {
		*name = limit(value)
	}
}

// ntlmFacts reads the challenge in a security buffer and returns what was wrong
// with it, if anything.
func (p *probe) ntlmFacts(token []byte) string {
	raw := smbproto.FindNTLMChallenge(token)
	if raw == nil {
		return "no NTLM challenge"
	}
	m, err := smbproto.ParseNTLMChallenge(raw)
	if err != nil {
		return err.Error()
	}
	if p.host.NTLM == nil {
		p.host.NTLM = &inventory.NTLM{Flags: m.Flags, TargetName: limit(m.TargetName),
			TargetInfo: m.Flags&smbproto.NTLMTargetInfo != 0 && m.NbComputerName+m.NbDomainName+m.DNSComputerName != ""}
		if m.HasVersion {
			p.host.NTLM.Version, p.host.NTLM.Revision = m.Version.String(), m.Version.Revision
		}
	}
	if m.HasVersion && m.Version.Build != 0 && p.host.OS.Build == "" {
		p.host.OS.Build = m.Version.String()
	}
	n := &p.host.Names
	setName(&n.NetBIOS, m.NbComputerName)
	setName(&n.DNS, m.DNSComputerName)
	setName(&n.Domain, m.DNSDomainName)
	if m.NbDomainName != m.NbComputerName { // outside of a domain it is the computer's own name
		setName(&n.Workgroup, m.NbDomainName)
	}
	setName(&n.Forest, m.DNSTreeName)
	return ""
}

// names1 takes the names of an SMB1 NEGOTIATE response without extended
// security.
func (p *probe) names1(m smbproto.SMB1NegotiateResponse) {
	setName(&p.host.Names.Workgroup, m.Domain)
	setName(&p.host.Names.NetBIOS, m.Server)
}

// nodeNames takes the names of a node status response.
func (p *probe) nodeNames(m smbproto.NodeStatusResponse) {
	n := &p.host.Names
	for _, row := range m.Names {
		n.Node = append(n.Node, inventory.NetBIOSName{Name: row.Name, Suffix: row.Suffix, Group: row.Group()})
	}
	for _, row := range m.Names {
		switch {
		case row.Suffix == smbproto.SuffixFileServer && !row.Group(), row.Suffix == smbproto.SuffixWorkstation && !row.Group():
			setName(&n.NetBIOS, row.Name)
		case row.Suffix == smbproto.SuffixWorkstation:
			setName(&n.Workgroup, row.Name)
		}
	}
	if m.UnitID != [6]byte{} { // Samba sends zeros
		n.MAC = macString(m.UnitID)
	}
}

func macString(b [6]byte) string {
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
