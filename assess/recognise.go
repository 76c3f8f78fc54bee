package assess

import (
	"strings"

	"smbready/inventory"
)

// What a host is proven to run. Where a Device weighs hints against each
// other, these predicates ask for all marks of a system at once, and only for
// marks that are present; that is why a verdict may rest on them.

func recognise(f *facts) system {
	windows := isWindows(f)
	return system{
		windows:    windows,
		windows26:  windows && windowsBuilds[f.NTLM.Version].since24H2,
		samba:      isSamba(f.Host),
		macOS:      isMacOS(f),
		storage:    isStorageArray(f),
		controller: isController(f),
		honeypot:   isDionaea(f.Host),
	}
}

// isWindows asks for a known build, the dialect that belongs to it, a random
// GUID, the sizes Windows uses and a name that is not a printer's: print
// controllers run Windows too, but their scan-to-folder may not.
func isWindows(f *facts) bool {
	if !f.sound || f.NTLM == nil || !f.NTLM.TargetInfo || f.NTLM.Revision != ntlmRevision {
		return false
	}
	b, ok := windowsBuilds[f.NTLM.Version]
	s := f.SMB2
	return ok && b.dialect == f.dialect && kindOfGUID(s.ServerGUID) == guidRandom &&
		s.MaxTransact != 0 && s.MaxRead == s.MaxTransact && s.MaxWrite == s.MaxTransact &&
		(s.MaxRead == 64<<10 || s.MaxRead == 1<<20 || s.MaxRead == 8<<20) && ordinaryName(f.Host)
}

// ntlmRevision is NTLMSSP_REVISION_W2K3, [MS-NLMP] 2.2.2.10.
const ntlmRevision = 15

// sambaNTLMVersion is the version that every Samba gives, with build 0.
const sambaNTLMVersion = "6.1.0"

// isSamba asks for the server's name in place of the GUID and Samba's own NTLM
// version.
func isSamba(h *inventory.Host) bool {
	return h.SMB2 != nil && kindOfGUID(h.SMB2.ServerGUID) == guidName &&
		h.NTLM != nil && h.NTLM.Version == sambaNTLMVersion && h.NTLM.Revision == ntlmRevision
}

// isMacOS asks for the dialect ceiling, the sizes and the demand for signing
// that macOS has had since 10.11.5.
func isMacOS(f *facts) bool {
	return f.requiresSMB2() && f.dialect == dialect302 && sizesOfMacOS(f.SMB2) &&
		kindOfGUID(f.SMB2.ServerGUID) == guidRandom && ordinaryName(f.Host)
}

func sizesOfMacOS(s *inventory.SMB2) bool {
	return s.MaxTransact == 4<<20 && s.MaxRead == 4<<20 && s.MaxWrite == 4<<20
}

// isStorageArray asks for a storage system's own name, or for the SMB1 header
// and the network card of a NetApp; either with SMB2.
func isStorageArray(f *facts) bool {
	if !f.sound || f.SMB1 == nil {
		return false
	}
	return hasPrefixFold(f.SMB1.NativeOS, "EMC-SNAS:") || headerOfNetApp(f.SMB1) && cardOfNetApp(f.Names.MAC)
}

func headerOfNetApp(s *inventory.SMB1) bool {
	return s.WordCount == 17 && s.Flags == 0x98 && s.Flags2 == 0x0001
}

// Suffixes of domain roles in a node status, [MS-NBTE] 2.2.1.
const (
	suffixDomainControllers = 0x1c // a group that all of them join
)

// isController asks for the NetBIOS group of domain controllers, a DNS domain,
// required signing and a GUID like those of Windows: IIS registers a group with
// the same suffix, and so does a Samba that plays a controller of the time
// before Active Directory.
func isController(f *facts) bool {
	if !f.requiresSMB2() || f.Names.Domain == "" || kindOfGUID(f.SMB2.ServerGUID) != guidRandom {
		return false
	}
	for i := range f.Names.Node {
		n := &f.Names.Node[i]
		if n.Suffix == suffixDomainControllers && n.Group && !strings.EqualFold(n.Name, "INet~Services") {
			return true
		}
	}
	return false
}

// isDionaea asks for the numbers that the honeypot Dionaea always gives and
// for the beginning of the name that it makes up (nmap-service-probes).
func isDionaea(h *inventory.Host) bool {
	s := h.SMB1
	return h.State == inventory.StateSMB && s != nil && s.Dialect == dialectNTLM && s.SecurityMode != nil && *s.SecurityMode == 0x03 &&
		s.Flags == 0x98 && s.Flags2 == 0x4001 && s.MaxMpx == 1 && s.MaxVcs == 1 &&
		s.MaxBuffer == 4096 && s.MaxRaw == 65536 && s.Capabilities == 0xe3fd &&
		hasPrefixFold(h.Names.NetBIOS, "HOMEUSER-")
}

// guidKind is what a ServerGUID looks like.
type guidKind uint8

const (
	guidUnknown  guidKind = iota
	guidZero              // ksmbd
	guidConstant          // one byte, repeated: impacket
	guidName              // the server's name in ASCII: Samba
	guidRandom            // Windows and most others
)

// kindOfGUID looks at a ServerGUID: 32 hexadecimal digits, the bytes in wire
// order.
func kindOfGUID(s string) guidKind {
	var b [16]byte
	if !decodeGUID(s, &b) {
		return guidUnknown
	}
	distinct, seen := 0, [256]bool{}
	for _, c := range b {
		if !seen[c] {
			seen[c] = true
			distinct++
		}
	}
	switch {
	case distinct == 1 && b[0] == 0:
		return guidZero
	case distinct == 1:
		return guidConstant
	case nameLength(&b) > 0:
		return guidName
	case distinct >= 10: // 16 random bytes have fewer once in some millions
		return guidRandom
	}
	return guidUnknown
}

// nameInGUID returns the name in a GUID of kind guidName.
func nameInGUID(s string) string {
	var b [16]byte
	if !decodeGUID(s, &b) {
		return ""
	}
	return string(b[:nameLength(&b)])
}

// nameLength returns the length of the zero-padded lower-case name in b, or 0
// if there is none. A NetBIOS name has at most 15 characters.
func nameLength(b *[16]byte) int {
	n := 0
	for n < len(b) && (b[n] >= 'a' && b[n] <= 'z' || b[n] >= '0' && b[n] <= '9' || b[n] == '-' || b[n] == '_' || b[n] == '.') {
		n++
	}
	if n == len(b) {
		return 0
	}
	for _, c := range b[n:] {
		if c != 0 {
			return 0
		}
	}
	return n
}

func decodeGUID(s string, b *[16]byte) bool {
	if len(s) != 2*len(b) {
		return false
	}
	for i := range b {
		high, ok1 := hexDigit(s[2*i])
		low, ok2 := hexDigit(s[2*i+1])
		if !ok1 || !ok2 {
			return false
		}
		b[i] = high<<4 | low
	}
	return true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
