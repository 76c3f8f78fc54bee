package assess

import (
	"strings"

	"smbready/inventory"
)

// kind is what a mark is taken from.
type kind uint8

const (
	kindGUID kind = iota
	kindSMB2
	kindSigning
	kindNTLM
	kindSMB1
	kindNativeOS
	kindNativeLM
	kindName
	kindCard
	kindSNMP
	kindPrinterMIB
	kindSysObjectID
	kindHTTP
	kindCertificate
	kindService
	kindPorts
)

// kinds is a set of them.
type kinds uint32

func (k kind) set() kinds { return 1 << k }

// sources widens the set to all kinds that come from the same place: two things
// that one SNMP agent says are not independent of each other.
func (k kinds) sources() kinds {
	for _, same := range [...]kinds{
		kindSNMP.set() | kindPrinterMIB.set() | kindSysObjectID.set(),
		kindHTTP.set() | kindCertificate.set(),
	} {
		if k&same != 0 {
			k |= same
		}
	}
	return k
}

// subject is a host with the facts that rules look at, taken together once.
type subject struct {
	*facts
	has   kinds // what is known of it
	guid  guidKind
	card  [12]byte // the network address, upper-case digits
	names []string
	space [6]string // for names
}

// look takes in a host; clues, and the names by which it went as a client, are
// left out unless wanted.
func (s *subject) look(f *facts, clues bool) {
	s.facts, s.guid = f, kindOfGUID(serverGUID(f.Host))
	s.names = hostNames(f.Host, s.space[:0])
	s.know(kindGUID, s.guid != guidUnknown)
	s.know(kindSMB2, f.SMB2 != nil)
	s.know(kindSigning, f.SMB2 != nil && f.SMB2.Signing != inventory.SigningUnknown)
	s.know(kindNTLM, f.NTLM != nil || f.OS.Build != "")
	s.know(kindSMB1, f.SMB1 != nil)
	s.know(kindNativeOS, f.SMB1 != nil && f.SMB1.NativeOS != "")
	s.know(kindNativeLM, f.SMB1 != nil && f.SMB1.NativeLANManager != "")
	s.know(kindCard, macDigits(f.Names.MAC, &s.card))
	if clues && f.Clues != nil {
		s.addClues(f.Clues)
	}
	if clues && f.Client != nil {
		for i := range min(len(f.Client.Names), maxNames) { // such as the workstation of its logon
			s.names = appendName(s.names, f.Client.Names[i])
		}
	}
	s.know(kindName, len(s.names) > 0)
}

func (s *subject) know(k kind, known bool) {
	if known {
		s.has |= k.set()
	}
}

func (s *subject) addClues(c *inventory.Clues) {
	if c.SNMP != nil {
		s.know(kindSNMP, c.SNMP.SysDescr != "")
		s.know(kindSysObjectID, c.SNMP.SysObjectID != "")
		s.know(kindPrinterMIB, c.SNMP.Printer != "" || c.SNMP.PrinterName != "" || c.SNMP.Serial != "")
		s.names = appendName(s.names, c.SNMP.SysName)
	}
	s.know(kindHTTP, len(c.HTTP) > 0)
	s.know(kindCertificate, len(c.HTTP) > 0)
	s.know(kindService, len(c.Services) > 0)
	s.know(kindPorts, len(c.Open) > 0)
	for i := range min(len(c.Reverse), maxNames) {
		s.names = appendName(s.names, c.Reverse[i])
	}
}

// maxNames bounds how many names of one kind are looked at.
const maxNames = 8

// hostNames appends the host's own names, without a domain.
func hostNames(h *inventory.Host, names []string) []string {
	return appendName(appendName(names, h.Names.NetBIOS), h.Names.DNS)
}

func appendName(names []string, name string) []string {
	name, _, _ = strings.Cut(name, ".")
	if name == "" {
		return names
	}
	for _, n := range names {
		if n == name {
			return names
		}
	}
	return append(names, name)
}

// serverGUID returns the server's GUID, which SMB1 with extended security gives
// too.
func serverGUID(h *inventory.Host) string {
	if h.SMB2 != nil && h.SMB2.ServerGUID != "" {
		return h.SMB2.ServerGUID
	}
	if h.SMB1 != nil {
		return h.SMB1.ServerGUID
	}
	return ""
}

// ntlmVersion returns the version of the NTLM challenge, or "" if its revision
// says that the version means something else.
func ntlmVersion(f *facts) string {
	version, revision := f.OS.Build, uint8(ntlmRevision)
	if f.NTLM != nil && f.NTLM.Version != "" {
		version, revision = f.NTLM.Version, f.NTLM.Revision
	}
	if revision != ntlmRevision {
		return ""
	}
	return version
}

// conditionKey is a fact that a rule may ask for. Exactly one of its functions
// is set, or ports.
type conditionKey struct {
	kind   kind
	label  string // begins the evidence
	of     []string
	text   func(*subject) string
	list   func(*subject) []string
	number func(*subject) (uint32, bool)
	each   func(s *subject, label string, more func(string) bool)
	ports  bool                  // numbers, all of which must be there
	record bool                  // texts by the keys of a TXT record
	card   bool                  // prefixes of network addresses
	shown  func(*subject) string // what the evidence shows instead of the text
	rare   bool                  // tells most rules apart, so it is compared first
}

var guidNames = []string{guidUnknown: "", guidZero: "zero", guidConstant: "constant", guidName: "name", guidRandom: "random"}

// conditionKeys are the facts by the name that rules call them.
var conditionKeys = map[string]*conditionKey{
	"server_guid": {kind: kindGUID, label: "server GUID", of: guidNames[1:], text: func(s *subject) string { return guidNames[s.guid] },
		shown: func(s *subject) string { return nameInGUID(serverGUID(s.Host)) }},

	"dialect":           {kind: kindSMB2, label: "highest dialect", of: dialectNames[1:], text: func(s *subject) string { return dialectNames[s.dialect] }},
	"max_transact":      ofSMB2(func(s *inventory.SMB2) (uint32, bool) { return s.MaxTransact, true }),
	"max_read":          ofSMB2(func(s *inventory.SMB2) (uint32, bool) { return s.MaxRead, true }),
	"max_write":         ofSMB2(func(s *inventory.SMB2) (uint32, bool) { return s.MaxWrite, true }),
	"smb2_capabilities": ofSMB2(smb2Capabilities),
	"smb2_signing": {kind: kindSigning, label: "SMB2 signing", of: []string{"not-advertised", "enabled", "required"},
		text: func(s *subject) string { return s.SMB2.Signing.String() }},

	"ntlm_version": {kind: kindNTLM, label: "NTLM version", text: func(s *subject) string { return ntlmVersion(s.facts) }},

	"smb1_dialect": {kind: kindSMB1, label: "SMB1 dialect", text: func(s *subject) string { return s.SMB1.Dialect }},
	"smb1_words":   ofSMB1(func(s *inventory.SMB1) (uint32, bool) { return uint32(s.WordCount), true }),
	"smb1_flags":   ofSMB1(func(s *inventory.SMB1) (uint32, bool) { return uint32(s.Flags), true }),
	"smb1_flags2":  ofSMB1(func(s *inventory.SMB1) (uint32, bool) { return uint32(s.Flags2), true }),
	"smb1_mode":    ofSMB1(smb1SecurityMode),
	"smb1_mpx":     ofSMB1(func(s *inventory.SMB1) (uint32, bool) { return uint32(s.MaxMpx), true }),
	"smb1_vcs":     ofSMB1(func(s *inventory.SMB1) (uint32, bool) { return uint32(s.MaxVcs), true }),
	"smb1_buffer":  rare(ofSMB1(func(s *inventory.SMB1) (uint32, bool) { return s.MaxBuffer, true })),
	"smb1_raw":     ofSMB1(func(s *inventory.SMB1) (uint32, bool) { return s.MaxRaw, true }),
	"smb1_capabilities": rare(ofSMB1(func(s *inventory.SMB1) (uint32, bool) {
		return s.Capabilities &^ uint32(capExtendedSecurity), true
	})),

	"native_os":          {kind: kindNativeOS, label: "NativeOS", text: func(s *subject) string { return s.SMB1.NativeOS }},
	"native_lan_manager": {kind: kindNativeLM, label: "NativeLanMan", text: func(s *subject) string { return s.SMB1.NativeLANManager }},

	"name": {kind: kindName, label: "name", list: func(s *subject) []string { return s.names }},
	"mac": {kind: kindCard, label: "network card", card: true, text: func(s *subject) string { return string(s.card[:]) },
		shown: func(s *subject) string { return s.Names.MAC }},

	"snmp_description":  {kind: kindSNMP, label: "SNMP sysDescr", text: func(s *subject) string { return s.Clues.SNMP.SysDescr }},
	"snmp_object_id":    {kind: kindSysObjectID, label: "SNMP sysObjectID", text: func(s *subject) string { return s.Clues.SNMP.SysObjectID + "." }},
	"snmp_printer":      {kind: kindPrinterMIB, label: "SNMP hrDeviceDescr", text: func(s *subject) string { return s.Clues.SNMP.Printer }},
	"snmp_printer_name": {kind: kindPrinterMIB, label: "SNMP prtGeneralPrinterName", text: func(s *subject) string { return s.Clues.SNMP.PrinterName }},
	"snmp_serial":       {kind: kindPrinterMIB, label: "SNMP prtGeneralSerialNumber", text: func(s *subject) string { return s.Clues.SNMP.Serial }},

	"http_server":              ofHTTP(kindHTTP, "HTTP server", func(h *inventory.HTTP) string { return h.Server }),
	"http_title":               ofHTTP(kindHTTP, "HTTP title", func(h *inventory.HTTP) string { return h.Title }),
	"http_realm":               ofHTTP(kindHTTP, "HTTP realm", func(h *inventory.HTTP) string { return h.Realm }),
	"certificate_name":         ofHTTP(kindCertificate, "certificate of", func(h *inventory.HTTP) string { return h.CertName }),
	"certificate_organisation": ofHTTP(kindCertificate, "certificate of", func(h *inventory.HTTP) string { return h.CertOrg }),

	"service": {kind: kindService, label: "service", each: func(s *subject, _ string, more func(string) bool) {
		for i := range min(len(s.Clues.Services), maxServices) {
			if !more(s.Clues.Services[i].Type) {
				return
			}
		}
	}},
	"service_text": {kind: kindService, label: "service text", record: true, each: func(s *subject, label string, more func(string) bool) {
		for i := range min(len(s.Clues.Services), maxServices) {
			if !more(s.Clues.Services[i].Text[label]) {
				return
			}
		}
	}},
	"open_ports": {kind: kindPorts, label: "open TCP ports", ports: true},
}

// maxServices bounds how many announcements of a host are looked at.
const maxServices = 64

// The capabilities are compared without the bit for extended security, which
// follows the request and not the implementation, [MS-SMB] 2.2.4.5.2.1.

func ofSMB2(number func(*inventory.SMB2) (uint32, bool)) *conditionKey {
	return &conditionKey{kind: kindSMB2, label: "SMB2 limits", number: func(s *subject) (uint32, bool) { return number(s.SMB2) }}
}

func smb2Capabilities(s *inventory.SMB2) (uint32, bool) {
	if s.Capabilities == nil {
		return 0, false
	}
	return *s.Capabilities, true
}

func ofSMB1(number func(*inventory.SMB1) (uint32, bool)) *conditionKey {
	return &conditionKey{kind: kindSMB1, label: "SMB1 limits", number: func(s *subject) (uint32, bool) { return number(s.SMB1) }}
}

func rare(key *conditionKey) *conditionKey {
	key.rare = true
	return key
}

func smb1SecurityMode(s *inventory.SMB1) (uint32, bool) {
	if s.SecurityMode == nil {
		return 0, false
	}
	return uint32(*s.SecurityMode), true
}

func ofHTTP(k kind, label string, text func(*inventory.HTTP) string) *conditionKey {
	return &conditionKey{kind: k, label: label, each: func(s *subject, _ string, more func(string) bool) {
		for i := range min(len(s.Clues.HTTP), maxServices) {
			if !more(text(&s.Clues.HTTP[i])) {
				return
			}
		}
	}}
}
