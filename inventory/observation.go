package inventory

// Step names one thing that a source did or saw. A scan's steps are listed
// here; the order of a host's observations is the order in which they happened.
type Step string

// Steps of a scan.
const (
	StepNodeStatus       Step = "node-status"        // NetBIOS node status, UDP 137
	StepSMB2Negotiate    Step = "smb2-negotiate"     // SMB2 NEGOTIATE, 2.0.2 to 3.1.1
	StepSMB2NegotiateOld Step = "smb2-negotiate-old" // the same without 3.1.1 and without contexts
	StepSMB2SessionSetup Step = "smb2-session-setup" // first leg only: no credential is sent
	StepSMB1Negotiate    Step = "smb1-negotiate"     // SMB1 dialects alone
	StepSMB1SessionSetup Step = "smb1-session-setup" // first leg only: no credential is sent
	StepMultiNegotiate   Step = "multi-negotiate"    // SMB1 NEGOTIATE that also offers SMB2
	StepSMB2Dialect      Step = "smb2-dialect"       // one offer of the --dialects ladder
	StepGuestCheck       Step = "guest-check"        // logon of a user that does not exist, when asked for
	StepNetBIOSSession   Step = "netbios-session"    // session request on port 139
)

// Steps that ask other services of a host (scan --identify).
const (
	StepReverseDNS Step = "reverse-dns" // names of the address, asked of our own resolver
	StepTCPConnect Step = "tcp-connect" // connected and closed: nothing was sent
	StepHTTP       Step = "http"        // GET / without credentials, with TLS or without
	StepMDNS       Step = "mdns"        // DNS-SD, asked of the host itself, UDP 5353
	StepSNMP       Step = "snmp"        // GET requests, UDP 161
)

// Observation is one step against one host and how it ended: the trail of
// evidence behind the facts.
type Observation struct {
	Step    Step    `json:"step"`
	Port    uint16  `json:"port"`
	Outcome Outcome `json:"outcome"`
	Status  string  `json:"status,omitempty"` // NTSTATUS of the answer, when it was an error
	Detail  string  `json:"detail,omitempty"` // what was wrong, for malformed and other protocols' answers
	Millis  int64   `json:"ms"`               // time the step took, in milliseconds
}
