package assess

import (
	"strings"

	"smbready/inventory"
)

// classify says what a host is taken to be. Marks vote; one strong vote or two
// medium ones make a class. A product (a printer, say) goes before the platform
// it is built on (Samba, say), and where two classes are equally likely the
// class stays unknown and the evidence tells why.
func classify(f *facts) Device {
	var b ballot
	b.guid(f.Host)
	b.ntlm(f)
	b.numbers(f)
	b.native(f.SMB1)
	b.names(f.Host)
	if f.runs.controller {
		b.vote(DomainController, strong, "domain controller names (NetBIOS suffix 1B or 1C) and required signing")
	}
	return b.device(f)
}

// ballot collects the votes. What an earlier mark says of vendor, model or
// system is kept.
type ballot struct {
	strong, medium [Embedded + 1]uint8
	evidence       []string
	vendor, model  [Embedded + 1]string
	maker          string // of the network card
	os, support    string
	guessed        bool // client and server share the Windows build
}

func (b *ballot) vote(c Class, w weight, evidence string) {
	switch w {
	case strong:
		b.strong[c]++
	case medium:
		b.medium[c]++
	}
	if b.evidence == nil {
		b.evidence = make([]string, 0, 6)
	}
	b.evidence = append(b.evidence, evidence)
}

// about notes who makes the device, if that mark's class is chosen.
func (b *ballot) about(c Class, vendor, model string) {
	if b.vendor[c] == "" {
		b.vendor[c] = vendor
	}
	if b.model[c] == "" {
		b.model[c] = model
	}
}

func (b *ballot) system(os, support string) {
	if b.os == "" {
		b.os, b.support = os, support
	}
}

// guid reads the server's GUID, which SMB1 with extended security gives too.
func (b *ballot) guid(h *inventory.Host) {
	guid := ""
	if h.SMB2 != nil {
		guid = h.SMB2.ServerGUID
	}
	if guid == "" && h.SMB1 != nil {
		guid = h.SMB1.ServerGUID
	}
	switch kindOfGUID(guid) {
	case guidName:
		b.vote(Samba, strong, "server GUID is the name "+nameInGUID(guid))
		b.system("Samba", "")
	case guidZero:
		b.vote(Embedded, medium, "server GUID is zero (ksmbd of Linux)")
		b.system("Linux (ksmbd)", "")
	case guidConstant:
		b.vote(ClassUnknown, medium, "server GUID is one byte repeated (impacket)")
		b.system("impacket", "")
	}
}

func (b *ballot) ntlm(f *facts) {
	version, revision := f.OS.Build, uint8(ntlmRevision)
	if f.NTLM != nil && f.NTLM.Version != "" {
		version, revision = f.NTLM.Version, f.NTLM.Revision
	}
	if revision != ntlmRevision {
		return
	}
	if version == sambaNTLMVersion {
		b.vote(Samba, medium, "NTLM version 6.1.0 (Samba)")
		return
	}
	w, ok := windowsBuilds[version]
	if !ok {
		return
	}
	if b.strong[Samba] > 0 || f.dialect > w.dialect {
		b.vote(w.class, weak, "Windows version "+version+", which does not fit the rest")
		return
	}
	class, guessed := edition(f, w)
	b.vote(class, strong, "Windows version "+version)
	b.about(class, "Microsoft", "")
	b.system(w.product, w.support)
	b.guessed = guessed
}

// edition tells a client from a server where both share the build. Windows 11
// Pro requires signing from build 26100 on by default, and a member server does
// not; for the others only names tell, and else it is a guess.
func edition(f *facts, w windowsBuild) (c Class, guessed bool) {
	if !w.shared {
		return w.class, false
	}
	if f.SMB1 != nil {
		if t := find(nativeSystems, f.SMB1.NativeOS); t != nil && (t.class == WindowsClient || t.class == WindowsServer) {
			return t.class, false
		}
	}
	if p := findPattern(hostName(f.Host)); p != nil && (p.class == WindowsClient || p.class == WindowsServer) {
		return p.class, false
	}
	switch {
	case w.since24H2 && f.requiresSMB2():
		return WindowsClient, true
	case w.since24H2:
		return WindowsServer, true
	}
	return w.class, true
}

// numbers reads limits and ceilings that differ between implementations.
func (b *ballot) numbers(f *facts) {
	if f.dialect == dialect302 && sizesOfMacOS(f.SMB2) {
		b.vote(MacOS, medium, "highest dialect 3.0.2 with sizes of 4 MiB (macOS)")
		if f.requiresSMB2() {
			b.vote(MacOS, medium, "signing required (default of macOS)")
		}
		b.about(MacOS, "Apple", "")
	}
	s := f.SMB1
	if s == nil {
		return
	}
	if headerOfNetApp(s) {
		b.vote(StorageAppliance, medium, "SMB1 flags 0x98, 0x0001 (NetApp)")
	}
	if f.runs.honeypot {
		b.vote(ClassUnknown, strong, "SMB1 numbers of the Dionaea honeypot")
		return
	}
	for i := range smb1Table {
		if n := &smb1Table[i]; n.match(s) {
			b.vote(n.class, medium, "SMB1 limits of "+n.vendor+" "+n.name)
			b.about(n.class, n.vendor, n.model())
			return
		}
	}
}

// model returns the name, unless it is that of a system.
func (n *smb1Numbers) model() string {
	if n.class == WindowsClient || n.class == WindowsServer {
		return ""
	}
	return n.name
}

func (n *smb1Numbers) match(s *inventory.SMB1) bool {
	return s.WordCount == n.wordCount && s.MaxMpx == n.mpx &&
		(n.mode < 0 || s.SecurityMode != nil && int(*s.SecurityMode) == n.mode) &&
		(n.vcs == 0 || s.MaxVcs == n.vcs) && (n.buffer == 0 || s.MaxBuffer == n.buffer) &&
		(n.raw == 0 || s.MaxRaw == n.raw) && (n.caps == 0 || s.Capabilities&^uint32(capExtendedSecurity) == n.caps)
}

func (b *ballot) native(s *inventory.SMB1) {
	if s == nil {
		return
	}
	b.nativeText(s.NativeLANManager, nativeLANManagers, "NativeLanMan ")
	b.nativeText(s.NativeOS, nativeSystems, "NativeOS ")
}

func (b *ballot) nativeText(text string, table []nativeText, label string) {
	t := find(table, text)
	if t == nil {
		return
	}
	os := t.os
	if os == "" {
		os = text
	}
	b.vote(t.class, t.weight, label+text)
	b.about(t.class, t.vendor, "")
	b.system(os, "")
}

// find returns the first entry that text begins with.
func find(table []nativeText, text string) *nativeText {
	for i := range table {
		if hasPrefixFold(text, table[i].prefix) {
			return &table[i]
		}
	}
	return nil
}

// names reads the host's names and network address. A name that ends in the
// network address was made by the device itself.
func (b *ballot) names(h *inventory.Host) {
	if key, ok := oui(h.Names.MAC); ok {
		if card, ok := ouis[string(key[:])]; ok {
			b.vote(card.class, card.weight, "network card of "+card.vendor)
			b.about(card.class, card.vendor, "")
			if card.class != ClassUnknown {
				b.maker = card.vendor
			}
		}
	}
	name := hostName(h)
	p := findPattern(name)
	if p == nil {
		return
	}
	w := medium
	if p.rest != anyRest && endsInMAC(name, h.Names.MAC) {
		w = strong
	}
	b.vote(p.class, w, "name "+name+" in the style of "+p.vendor)
	b.about(p.class, p.vendor, "")
}

// hostName returns the host's own name, without a domain.
func hostName(h *inventory.Host) string {
	if h.Names.NetBIOS != "" {
		return h.Names.NetBIOS
	}
	name, _, _ := strings.Cut(h.Names.DNS, ".")
	return name
}

func findPattern(name string) *namePattern {
	if name == "" {
		return nil
	}
	for i := range namePatterns {
		if namePatterns[i].match(name) {
			return &namePatterns[i]
		}
	}
	return nil
}

// product tells the classes that say what a device is for; the others say
// what it is built on.
func product(c Class) bool {
	switch c {
	case Printer, NAS, IndustrialController, Medical, DomainController, StorageAppliance, NetworkDevice:
		return true
	}
	return false
}

// choose returns the winning class.
func (b *ballot) choose() Class {
	best, bestScore, tie := ClassUnknown, 0, false
	for c := Printer; c <= Embedded; c++ {
		if b.strong[c] == 0 && b.medium[c] < 2 {
			continue
		}
		score := 2*int(b.strong[c]) + int(b.medium[c])
		if product(c) {
			score += 100
		}
		switch {
		case score > bestScore:
			best, bestScore, tie = c, score, false
		case score == bestScore:
			tie = true
		}
	}
	if tie {
		return ClassUnknown
	}
	return best
}

func (b *ballot) device(f *facts) Device {
	c := b.choose()
	d := Device{Class: c, OS: b.os, Support: b.support, Era: era(f), Evidence: b.evidence}
	switch {
	case c == ClassUnknown:
		d.Vendor = b.maker
		return d
	case b.guessed && (c == WindowsClient || c == WindowsServer) && b.strong[c]*2+b.medium[c] < 3:
		d.Confidence = Weak
	case b.strong[c] > 0:
		d.Confidence = Strong
	default:
		d.Confidence = Likely
	}
	d.Vendor, d.Model = b.vendor[c], b.model[c]
	return d
}

func era(f *facts) string {
	switch {
	case f.dialect != noDialect:
		return eras[f.dialect]
	case f.old() != notOld:
		return eraOld
	case f.SMB1 != nil && ntlmDialect(f.SMB1.Dialect):
		return eraNTLM
	}
	return ""
}

// match reports whether name follows the pattern.
func (p *namePattern) match(name string) bool {
	if !hasPrefixFold(name, p.prefix) {
		return false
	}
	rest := name[len(p.prefix):]
	switch p.rest {
	case hex6:
		return len(rest) == 6 && all(rest, isHex)
	case hex12:
		return len(rest) == 12 && all(rest, isHex)
	case random7:
		return len(rest) == 7 && all(rest, isAlnum)
	case random11:
		return len(rest) == 11 && all(rest, isAlnum)
	}
	return true
}

func all(s string, is func(byte) bool) bool {
	for i := 0; i < len(s); i++ {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool { _, ok := hexDigit(c); return ok }

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// oui returns the first six hexadecimal digits of a network address, upper
// case; digits may be separated by ":", "-" or ".".
func oui(mac string) (key [6]byte, ok bool) {
	var digits [12]byte
	if macDigits(mac, &digits) {
		copy(key[:], digits[:6])
		return key, true
	}
	return key, false
}

func ouiVendor(mac string) string {
	key, ok := oui(mac)
	if !ok {
		return ""
	}
	return ouis[string(key[:])].vendor
}

func macDigits(mac string, digits *[12]byte) bool {
	n := 0
	for i := 0; i < len(mac); i++ {
		c := mac[i]
		switch {
		case c == ':' || c == '-' || c == '.':
			continue
		case !isHex(c) || n == len(digits):
			return false
		case c >= 'a':
			c -= 'a' - 'A'
		}
		digits[n] = c
		n++
	}
	return n == len(digits)
}

// endsInMAC reports whether the last six digits of name are those of the
// network address.
func endsInMAC(name, mac string) bool {
	var digits [12]byte
	if !macDigits(mac, &digits) || len(name) < 6 {
		return false
	}
	return strings.EqualFold(name[len(name)-6:], string(digits[6:]))
}
