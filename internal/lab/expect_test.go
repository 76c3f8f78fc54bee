//go:build lab && linux

package lab

import (
	"slices"
	"testing"

	"smbready/inventory"
)

// expectation is what a scan should say of a server.
type expectation struct {
	state, detail string // detail "" is not compared
	port          uint16
	smb1          *smb1Facts
	smb2          *smb2Facts
	netbios       string // anyName is not compared
	workgroup     string
	nodes         []inventory.NetBIOSName
	guest         bool // there is a guest path to judge
	stranger      inventory.Guest
	always        finding
	agrees        finding
}

// anyName is a name that a server makes up when it starts.
const anyName = "*"

type smb1Facts struct {
	dialects []string // any of these
	signing  inventory.Signing
	mode     uint16
	native   string // beginning of the LAN manager's name
}

type smb2Facts struct {
	dialects           []string
	complete           bool
	signing            inventory.Signing
	mode               uint16
	algorithm, preauth string
}

// expect derives from a configuration what a scan of that depth should say.
func (c *config) expect(d depth) expectation {
	e := expectation{always: c.always, agrees: c.agrees}
	if !c.speaks() {
		e.state, e.detail = c.portState()
		if !d.port139 && c.server == nobody {
			e.always, e.agrees = finding{}, finding{} // port 139 is open to doubt
		}
		return e
	}
	smb1, smb2 := c.window()
	e.names(c, d)
	direct := slices.Contains(c.ports, 445)
	switch {
	case !direct && !d.port139: // serves files, but not where the scan looked
		e.state, e.detail, e.always, e.agrees = "closed", "refused", unknownFinding, unknownFinding
		return e
	case smb2 == nil && !d.smb1:
		e.state, e.always, e.agrees = "open", unknownFinding, unknownFinding
		return e
	}
	e.state, e.port, e.guest = "smb", 445, true
	if d.guests && c.max != "LANMAN2" { // whose logons have no challenge that is worth an answer
		e.stranger = c.stranger()
	}
	if !direct {
		e.port = 139
	}
	if smb1 != nil && (d.both || smb2 == nil) {
		e.smb1 = c.smb1Facts(smb1, d)
	}
	if smb2 != nil {
		e.smb2 = c.smb2Facts(smb2, d)
	}
	if !d.logon {
		e.always = e.withoutLogon()
	}
	return e
}

// stranger is what becomes of a user that does not exist: smb.conf(5), map to
// guest. smbserver.py without accounts lets everybody in.
func (c *config) stranger() inventory.Guest {
	if c.guest || c.server == impacket {
		return inventory.GuestGranted
	}
	return inventory.GuestDenied
}

// unknownFinding is all that can be asked of a scan that saw too little.
var unknownFinding = finding{Verdict: "unknown", Confidence: "none"}

// portState is the state of an address where no server listens.
func (c *config) portState() (state, detail string) {
	switch c.server {
	case nobody:
		return "closed", "refused"
	case rejecting:
		return "filtered", "prohibited"
	}
	return "filtered", "filtered"
}

// smb1Facts follows smb.conf(5), server signing: with "default" and "disabled"
// SMB1 does not offer it. Bits: 01 users, 02 encrypted passwords, 04 signing
// enabled, 08 required; LAN Manager dialects have only the first two.
func (c *config) smb1Facts(dialects []string, d depth) *smb1Facts {
	f := &smb1Facts{dialects: dialects, signing: inventory.SigningDisabled, mode: 0x03}
	nt := c.max != "LANMAN2"
	switch {
	case nt && c.signing == "auto":
		f.signing, f.mode = inventory.SigningEnabled, 0x07
	case nt && c.signing == "mandatory":
		f.signing, f.mode = inventory.SigningRequired, 0x0f
	}
	if nt && d.logon && c.server == samba {
		f.native = "Samba "
	}
	return f
}

// smb2Facts follows smb.conf(5): SMB2 always offers signing and demands it only
// with "mandatory". The algorithm belongs to the dialect, [MS-SMB2] 3.1.4.1;
// 3.1.1 negotiates it, and Samba prefers AES-GMAC.
func (c *config) smb2Facts(dialects []string, d depth) *smb2Facts {
	top := dialects[len(dialects)-1]
	f := &smb2Facts{dialects: []string{top}, complete: d.dialects || top == "2.0.2", signing: inventory.SigningEnabled, mode: 0x01}
	if d.dialects {
		f.dialects = dialects
	}
	if c.signing == "mandatory" {
		f.signing, f.mode = inventory.SigningRequired, 0x03
	}
	switch top {
	case "2.0.2", "2.1":
		f.algorithm = "HMAC-SHA256"
	case "3.0", "3.0.2":
		f.algorithm = "AES-CMAC"
	default:
		f.algorithm, f.preauth = "AES-GMAC", "SHA-512"
	}
	if c.signs != "" {
		f.algorithm = c.signs
	}
	return f
}

// names says which names the protocols tell. A logon of NT LM 0.12 or later
// tells the server's name; its workgroup is told by SMB1's logon and by the node
// status only, because to SMB2 a server outside of a domain gives its own name
// in that place, [MS-NLMP] 2.2.2.1.
func (e *expectation) names(c *config, d depth) {
	smb1, smb2 := c.window()
	nt := smb1 != nil && c.max != "LANMAN2"
	switch {
	case c.server == impacket:
		e.netbios, e.workgroup = anyName, anyName
		return
	case d.logon && (nt || smb2 != nil), d.nodes && c.nmbd:
		e.netbios = c.netbios
	}
	if d.logon && nt && (d.both || smb2 == nil) || d.nodes && c.nmbd {
		e.workgroup = workgroup
	}
	if d.nodes && c.nmbd { // nmbd(8): workstation, messenger and file service; the workgroup and its elections
		e.nodes = []inventory.NetBIOSName{{Name: c.netbios, Suffix: 0x00}, {Name: c.netbios, Suffix: 0x03}, {Name: c.netbios, Suffix: 0x20},
			{Name: workgroup, Suffix: 0x00, Group: true}, {Name: workgroup, Suffix: 0x1e, Group: true}}
	}
}

// withoutLogon is the finding when nothing was asked that tells a Samba from
// other servers, nor whether a logon begins.
func (e *expectation) withoutLogon() finding {
	switch {
	case e.always == sambaSMB1Off:
		return smb1Off
	case e.always.Verdict == "works":
		return finding{"works", "weak", "smb2-logon-not-seen"}
	}
	return e.always
}

// same compares one field.
func same[T comparable](t *testing.T, field string, got, want T) {
	t.Helper()
	if got == want {
		return
	}
	format := "%s: got %v, want %v"
	if _, text := any(got).(string); text {
		format = "%s: got %q, want %q"
	}
	t.Errorf(format, field, got, want)
}
