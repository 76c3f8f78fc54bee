//go:build lab && linux

package lab

import (
	"fmt"
	"slices"
	"strings"
)

// kind is what stands behind an address.
type kind uint8

const (
	samba     kind = iota
	impacket       // smbserver.py of Debian's python3-impacket
	nobody         // no one listens
	dropping       // a firewall that drops
	rejecting      // a firewall that tells of it
)

// config is one server: how it is set up, and what that means for the two
// client policies. Fields that are empty have Samba's default.
type config struct {
	name     string
	server   kind
	min, max string // server min protocol, server max protocol
	signing  string // server signing
	guest    bool   // map to guest = Bad User
	ports    []uint16
	netbios  string // netbios name
	nmbd     bool   // answers to NetBIOS names
	extra    string // one more line of smb.conf
	signs    string // algorithm of 3.1.1, where extra sets it
	writes   bool   // its share can be written to

	always finding // client-always, with an account
	agrees finding // client-if-server-agrees

	addr string // set by prepare
}

// finding is a verdict, as far as the lab checks it.
type finding struct {
	Verdict    string `json:"verdict"`
	Confidence string `json:"confidence"`
	Reason     string `json:"reason"`
}

// Findings that several configurations share.
var (
	sambaSigns   = finding{"works", "strong", "samba-signs"}
	demandsIt    = finding{"works", "strong", "smb2-requires-signing"}
	only139      = finding{"unknown", "weak", "smb2-on-netbios-port-only"}
	noLANMAN     = finding{"breaks", "strong", "smb1-lan-manager-cannot-sign"}
	sambaSMB1Off = finding{"breaks", "likely", "samba-smb1-signing-off"}
	smb1Off      = finding{"breaks", "likely", "smb1-signing-off"}
	smb1Offers   = finding{"already-broken", "likely", "smb1-only-offers-signing"}
	smb1Demands  = finding{"already-broken", "likely", "smb1-only-requires-signing"}
	smb2Signs    = finding{"works", "likely", "smb2-signs-on-demand"}

	ignoresIt    = finding{"no-change", "strong", "smb2-ignores-if-server-agrees"}
	cannotAgree  = finding{"no-change", "strong", "smb1-server-cannot-agree"}
	doesNotAgree = finding{"no-change", "likely", "smb1-server-does-not-agree"}

	noServer   = finding{"not-applicable", "strong", "no-smb-server"}
	noAnswer   = finding{"unknown", "none", "no-answer"}
	firewalled = finding{"unknown", "none", "firewall-in-the-way"}
)

// table is the lab.
//
// Samba's dialect window and its "server signing" decide everything; see
// smb.conf(5). SMB1 offers signing only with "auto" and "mandatory"; SMB2 always
// does, whatever the setting, and demands it with "mandatory".
var table = []config{
	{name: "lanman", min: "LANMAN1", max: "LANMAN2", signing: "disabled", guest: true, ports: []uint16{445, 139}, always: noLANMAN, agrees: cannotAgree},
	{name: "nt1-default", min: "NT1", max: "NT1", always: sambaSMB1Off, agrees: doesNotAgree},
	{name: "nt1-disabled-guest", min: "NT1", max: "NT1", signing: "disabled", guest: true, always: sambaSMB1Off, agrees: doesNotAgree},
	{name: "nt1-auto", min: "NT1", max: "NT1", signing: "auto", always: smb1Offers, agrees: smb1Offers},
	{name: "nt1-mandatory", min: "NT1", max: "NT1", signing: "mandatory", always: smb1Demands, agrees: smb1Demands},

	{name: "2.0.2-default", min: "SMB2_02", max: "SMB2_02", always: sambaSigns, agrees: ignoresIt},
	{name: "2.0.2-mandatory", min: "SMB2_02", max: "SMB2_02", signing: "mandatory", always: demandsIt, agrees: ignoresIt},
	{name: "2.1-mandatory-guest", min: "SMB2_10", max: "SMB2_10", signing: "mandatory", guest: true, always: demandsIt, agrees: ignoresIt},
	{name: "2.1-to-3.0-auto", min: "SMB2_10", max: "SMB3_00", signing: "auto", always: sambaSigns, agrees: ignoresIt},
	{name: "3.0-auto", min: "SMB3_00", max: "SMB3_00", signing: "auto", always: sambaSigns, agrees: ignoresIt},
	{name: "3.0.2-mandatory", min: "SMB3_02", max: "SMB3_02", signing: "mandatory", always: demandsIt, agrees: ignoresIt},
	{name: "3.1.1-default", min: "SMB3_11", max: "SMB3_11", always: sambaSigns, agrees: ignoresIt},
	{name: "3.1.1-mandatory", min: "SMB3_11", max: "SMB3_11", signing: "mandatory", always: demandsIt, agrees: ignoresIt},
	{name: "3.1.1-cmac", min: "SMB3_11", max: "SMB3_11", extra: "server smb3 signing algorithms = aes-128-cmac", signs: "AES-CMAC", always: sambaSigns, agrees: ignoresIt},
	{name: "3.x-encrypted", min: "SMB3_00", max: "SMB3_11", extra: "server smb encrypt = required", always: sambaSigns, agrees: ignoresIt},

	{name: "modern-default-guest", min: "SMB2_02", max: "SMB3_11", guest: true, always: sambaSigns, agrees: ignoresIt},
	{name: "modern-disabled", min: "SMB2_02", max: "SMB3_11", signing: "disabled", always: sambaSigns, agrees: ignoresIt},
	{name: "modern-mandatory-guest", min: "SMB2_02", max: "SMB3_11", signing: "mandatory", guest: true, always: demandsIt, agrees: ignoresIt},

	{name: "all-default-guest", min: "NT1", max: "SMB3_11", guest: true, ports: []uint16{445, 139}, always: sambaSigns, agrees: ignoresIt},
	{name: "all-disabled", min: "NT1", max: "SMB3_11", signing: "disabled", always: sambaSigns, agrees: ignoresIt},
	{name: "all-auto", min: "NT1", max: "SMB3_11", signing: "auto", always: sambaSigns, agrees: ignoresIt},
	{name: "all-mandatory", min: "NT1", max: "SMB3_11", signing: "mandatory", always: demandsIt, agrees: ignoresIt},

	{name: "port-139-named", min: "NT1", max: "SMB3_11", guest: true, ports: []uint16{139}, nmbd: true, always: only139, agrees: ignoresIt},
	{name: "port-139-nameless", min: "SMB2_02", max: "SMB3_11", ports: []uint16{139}, always: only139, agrees: ignoresIt},
	{name: "printer", min: "NT1", max: "NT1", signing: "disabled", guest: true, ports: []uint16{445, 139}, netbios: "BRN30055CA1B2C3", nmbd: true, always: sambaSMB1Off, agrees: doesNotAgree},
	{name: "nas", min: "SMB2", max: "SMB3", guest: true, ports: []uint16{445, 139}, netbios: "DISKSTATION", nmbd: true, always: sambaSigns, agrees: ignoresIt},

	// smbserver.py has no settings for these: in its source SMB1 does not offer
	// signing, SMB2 does, and 2.0.2 is the only SMB2 dialect.
	{name: "impacket-smb1", server: impacket, min: "NT1", max: "NT1", always: smb1Off, agrees: doesNotAgree},
	{name: "impacket-smb2", server: impacket, min: "NT1", max: "SMB2_02", always: smb2Signs, agrees: ignoresIt},

	{name: "closed", server: nobody, always: noServer, agrees: noServer},
	{name: "dropped", server: dropping, always: noAnswer, agrees: noAnswer},
	{name: "rejected", server: rejecting, always: firewalled, agrees: firewalled},
}

// workgroup is that of all servers.
const workgroup = "LABGROUP"

// prepare returns the table with addresses, and the defaults filled in.
func prepare() []config { return addressed(table) }

func addressed(table []config) []config {
	configs := slices.Clone(table)
	for i := range configs {
		c := &configs[i]
		c.addr = fmt.Sprint(subnet, 11+i)
		if c.signing == "" {
			c.signing = "default"
		}
		if c.netbios == "" {
			c.netbios = fmt.Sprint("LABHOST", 11+i)
		}
		if c.ports == nil && c.speaks() {
			c.ports = []uint16{445}
		}
	}
	return configs
}

// speaks reports whether a server is there to be found.
func (c *config) speaks() bool { return c.server == samba || c.server == impacket }

// protocols are Samba's names for dialects, lowest first, and those of the
// specifications. "SMB2" and "SMB3" stand for SMB2_10 and SMB3_11.
var protocols = []struct {
	samba, dialect string
	wire           []string // the strings of an SMB1 dialect; a server takes any of them
}{
	{"LANMAN1", "", []string{"LANMAN1.0", "MICROSOFT NETWORKS 3.0"}},
	{"LANMAN2", "", []string{"LANMAN2.1", "LM1.2X002"}},
	{"NT1", "", []string{"NT LM 0.12", "NT LANMAN 1.0"}},
	{"SMB2_02", "2.0.2", nil},
	{"SMB2_10", "2.1", nil},
	{"SMB3_00", "3.0", nil},
	{"SMB3_02", "3.0.2", nil},
	{"SMB3_11", "3.1.1", nil},
}

// window returns the dialects between min and max: the names that the highest
// SMB1 dialect has, and all of SMB2, lowest first.
func (c *config) window() (smb1, smb2 []string) {
	aliases := strings.NewReplacer("SMB2_", "SMB2_", "SMB3_", "SMB3_", "SMB2", "SMB2_10", "SMB3", "SMB3_11")
	low, high := aliases.Replace(c.min), aliases.Replace(c.max)
	in := false
	for _, p := range protocols {
		in = in || p.samba == low
		if in && p.dialect != "" {
			smb2 = append(smb2, p.dialect)
		} else if in {
			smb1 = p.wire
		}
		if p.samba == high {
			break
		}
	}
	return smb1, smb2
}
