package report

import "smbready/assess"

// policySide is which end of a connection a setting is of.
type policySide uint8

const (
	clientSide policySide = iota
	serverSide
)

func (s policySide) String() string { return [...]string{"client", "server"}[s] }

// cmdletNoun is the noun of the cmdlets that configure the side.
func (s policySide) cmdletNoun() string {
	return [...]string{"SmbClientConfiguration", "SmbServerConfiguration"}[s]
}

// service is the Windows service of the side.
func (s policySide) service() string { return [...]string{"LanmanWorkstation", "LanmanServer"}[s] }

// registryPath is where the service keeps its parameters, below HKLM.
func (s policySide) registryPath() string {
	return `SYSTEM\CurrentControlSet\Services\` + s.service() + `\Parameters`
}

// setting is one setting by all its names.
type setting struct {
	policy assess.Policy // of those that require
	side   policySide
	value  string // in the registry, and as the parameter of the cmdlet
	area   string // of the Policy CSP
	csp    string // its name there
	gpo    string // its name in the Group Policy editor
	what   string // it does, for those that audit
}

// signingArea is the area of the Policy CSP in which the four settings are.
const signingArea = "LocalPoliciesSecurityOptions"

// signingSettings are the four settings. Sources: Policy CSP -
// LocalPoliciesSecurityOptions; KB887429; Microsoft Learn, Control SMB signing
// behaviour.
var signingSettings = []setting{
	{policy: assess.ClientAlways, side: clientSide, value: "RequireSecuritySignature", area: signingArea,
		csp: "MicrosoftNetworkClient_DigitallySignCommunicationsAlways", gpo: assess.ClientAlways.Title()},
	{policy: assess.ClientIfServerAgrees, side: clientSide, value: "EnableSecuritySignature", area: signingArea,
		csp: "MicrosoftNetworkClient_DigitallySignCommunicationsIfServerAgrees", gpo: assess.ClientIfServerAgrees.Title()},
	{policy: assess.ServerAlways, side: serverSide, value: "RequireSecuritySignature", area: signingArea,
		csp: "MicrosoftNetworkServer_DigitallySignCommunicationsAlways", gpo: assess.ServerAlways.Title()},
	{policy: assess.ServerIfClientAgrees, side: serverSide, value: "EnableSecuritySignature", area: signingArea,
		csp: "MicrosoftNetworkServer_DigitallySignCommunicationsIfClientAgrees", gpo: assess.ServerIfClientAgrees.Title()},
}

// auditSettings are those to switch on before, as audit_setup.txt has them.
// Sources: Microsoft Learn, SMB signing and encryption auditing; Policy CSP -
// LanmanServer and LanmanWorkstation.
var auditSettings = []setting{
	{side: clientSide, value: "AuditServerDoesNotSupportSigning", area: "LanmanWorkstation", csp: "AuditServerDoesNotSupportSigning",
		gpo: "Audit server does not support signing", what: "events 31998 in SMBClient/Audit name servers that do not sign"},
	{side: clientSide, value: "AuditInsecureGuestLogon", area: "LanmanWorkstation", csp: "AuditInsecureGuestLogon",
		gpo: "Audit insecure guest logon", what: "events 31997 in SMBClient/Audit name servers that make a guest of the user"},
	{side: serverSide, value: "AuditClientDoesNotSupportSigning", area: "LanmanServer", csp: "AuditClientDoesNotSupportSigning",
		gpo: "Audit client does not support signing", what: "events 3021 (SMB2) and 3027 (SMB1) in SMBServer/Audit name clients that do not sign"},
	{side: serverSide, value: "AuditInsecureGuestLogon", area: "LanmanServer", csp: "AuditInsecureGuestLogon",
		gpo: "Audit insecure guest logon", what: "events 3023 in SMBServer/Operational tell of guests"},
}

// omaURI is where the Policy CSP has the setting.
func (t *setting) omaURI() string {
	return "./Device/Vendor/MSFT/Policy/Config/" + t.area + "/" + t.csp
}

// name is what to call the setting in a profile.
func (t *setting) name() string {
	if t.area == signingArea {
		return t.policy.String()
	}
	return t.side.String() + ": " + t.gpo
}

// ifAgrees reports whether the setting is one that only SMB1 heeds.
func (t *setting) ifAgrees() bool { return t.value == "EnableSecuritySignature" }

// windowsDefault is what a Windows does without a setting.
type windowsDefault struct {
	windows        string
	client, server bool // whether "always" is on
}

// windowsDefaults are the defaults of the two "always" settings by version.
// Sources: KB887429; Microsoft Learn, Overview of Server Message Block signing and
// Control SMB signing behaviour.
var windowsDefaults = []windowsDefault{
	{"XP and Server 2003, and older", false, false},
	{"Vista to Windows 10, Windows 11 to 23H2", false, false},
	{"Windows 11 24H2 and later, Home", false, false},
	{"Windows 11 24H2 and later, Pro to Education", true, true},
	{"Server 2008 to 2022", false, false},
	{"Server 2025", true, false},
	{"domain controllers, Server 2003 to 2022", false, true},
	{"domain controllers, Server 2025", true, true},
}
