package plan

import (
	"slices"

	"smbready/inventory"
)

// StepCode names something to do that settles unknowns.
type StepCode string

// Steps, the cheapest first.
const (
	StepConnections StepCode = "connections"
	StepRescan      StepCode = "rescan"
	StepGuestCheck  StepCode = "guest-check"
	StepNearer      StepCode = "scan-from-clients"
	StepImport      StepCode = "import-again"
	StepAudit       StepCode = "audit"
	StepVerify      StepCode = "verify"
	StepListener    StepCode = "listener"
	StepSettings    StepCode = "settings"
	StepMaker       StepCode = "maker"
)

// effort is what a step takes.
type effort uint8

const (
	byCommand effort = iota // one command or list for all devices
	bySetting               // switched on once for all, and then it takes weeks
	byHand                  // something at each device, or at one of each model
)

// stepTexts say what to do, in the order of what it costs.
var stepTexts = []struct {
	code   StepCode
	effort effort
	text   string
}{
	{StepConnections, byCommand, "List the connections of a few Windows clients that use these devices with an account (Get-SmbConnection), and import the lists: a row with Signed True proves a device."},
	{StepRescan, byCommand, "Scan these devices when they are on, at a quiet time."},
	{StepGuestCheck, byCommand, "Scan these devices with --guest-check: one logon with a user that does not exist tells whether guests are let in."},
	{StepNearer, byCommand, "Scan from a network where the clients are, or let the scanner through firewalls and lists of allowed addresses."},
	{StepImport, byCommand, "Import the captures and logs again in smaller parts, so that all that was seen is kept."},
	{StepAudit, bySetting, "Switch on signing audit on your servers for a whole business cycle (smbready plan --audit-setup), save Get-SmbSession lists meanwhile, and import all of it."},
	{StepVerify, byHand, "Verify these devices with an account that may do nothing else: smbready verify HOST."},
	{StepListener, byHand, "Let one device of each model save a file at the listener: smbready listen --stage require."},
	{StepSettings, byHand, "Look these devices up in their own settings: which SMB versions and which guest access are on, and which SMB version scan-to-folder uses."},
	{StepMaker, byHand, "Ask the maker, or who looks after the device; try nothing out on a device in operation."},
}

func (c StepCode) rank() int {
	for i := range stepTexts {
		if stepTexts[i].code == c {
			return i
		}
	}
	return len(stepTexts)
}

// settledBy says for each reason that is unknown, or works by a hint alone, which
// steps settle it. A test holds it against the reasons that there are.
var settledBy = func() map[string][]StepCode {
	m := map[string][]StepCode{}
	for _, s := range []struct {
		steps   []StepCode
		reasons []string
	}{
		// As a server, by state.
		{[]StepCode{StepRescan, StepNearer}, []string{"no-answer", "unreachable"}},
		{[]StepCode{StepNearer}, []string{"firewall-in-the-way", "hangs-up-at-once"}},
		{[]StepCode{StepNearer, StepSettings}, []string{"refuses-but-announces-files", "refuses-but-in-use"}},
		{[]StepCode{StepRescan, StepSettings}, []string{"silent", "answer-not-understood"}},
		{[]StepCode{StepRescan}, []string{"not-observed", "scan-failed", "smb-answer-not-recorded", "smb2-not-asked", "smb2-probe-unfinished",
			"state-contradicted", "server-seen-in-use", "server-role-unseen"}},
		{[]StepCode{StepSettings}, []string{"hangs-up-on-negotiate", "no-dialect-accepted"}},
		{[]StepCode{StepMaker}, []string{"session-port-not-asked"}},
		// As a server, by its answers.
		{[]StepCode{StepRescan, StepSettings}, []string{"smb1-signing-unknown"}},
		{[]StepCode{StepRescan, StepVerify, StepConnections}, []string{"smb2-incomplete", "smb2-logon-not-seen"}},
		{[]StepCode{StepConnections, StepVerify}, []string{"smb2-signing-not-advertised", "smb2-dialect-not-offered", "served-evidence-conflicts"}},
		{[]StepCode{StepConnections}, []string{"smb2-on-netbios-port-only", "smb2-full-offer-not-answered", "smb2-sizes-too-small", "smb2-ntlmv2-doubtful"}},
		// As a server, by sessions.
		{[]StepCode{StepConnections, StepVerify}, []string{"session-account-became-guest", "session-account-not-shown", "session-below-top-dialect-only",
			"session-broke-off", "session-not-conclusive", "session-signature-not-confirmed"}},
		// Guests.
		{[]StepCode{StepGuestCheck, StepSettings}, []string{"guest-not-tested", "guest-facts-contradicted"}},
		{[]StepCode{StepSettings, StepVerify}, []string{"guest-check-inconclusive"}},
		// As a client.
		{[]StepCode{StepAudit, StepListener}, []string{"client-role-unseen", "samba-client-unseen", "printer-client-unseen", "client-seen-not-judged"}},
		{[]StepCode{StepAudit, StepListener, StepSettings}, []string{"printer-with-smb2-server"}},
		{[]StepCode{StepAudit, StepMaker}, []string{"controller-client-unseen"}},
		{[]StepCode{StepListener}, []string{"client-evidence-conflicts", "client-made-guest", "client-not-let-in", "smb1-client-at-work-unsigned", "smb1-client-not-judged"}},
		{[]StepCode{StepImport}, []string{"client-contacts-left-out"}},
	} {
		for _, r := range s.reasons {
			m[r] = s.steps
		}
	}
	return m
}()

// guestAsked reports whether a guest check tells no more of a host: it was made, as of
// all hosts or of this one, or cannot be, because an SMB1 server knows no users or
// takes their passwords in clear text alone.
func guestAsked(h *inventory.Host, ofAll bool) bool {
	if ofAll && h.State == inventory.StateSMB || h.Guest != inventory.GuestUnknown {
		return true
	}
	made := func(o inventory.Observation) bool { return o.Step == inventory.StepGuestCheck }
	if slices.ContainsFunc(h.Observations, made) {
		return true
	}
	const knowsUsers, takesResponses = 0x01, 0x02 // [MS-CIFS] 2.2.4.52.2
	if h.SMB1 == nil || h.SMB2 != nil {
		return false
	}
	mode := h.SMB1.SecurityMode
	return mode != nil && *mode&(knowsUsers|takesResponses) != knowsUsers|takesResponses
}

func stepsOf(reason string) []StepCode { return slices.Clone(settledBy[reason]) }

// Step is something to do, and what it settles that no step before it did.
type Step struct {
	Code    StepCode  `json:"step"`
	Text    string    `json:"text"`
	Count   int       `json:"devices"` // that it settles
	Devices []*Device `json:"-"`
	Reasons []string  `json:"reasons"` // why they are unknown, each once
}

// stepsFor returns the steps to take: those of least effort first, of these always
// that one next which settles most of what is left, and of several that settle as
// much the cheapest. Each unknown is settled by one step.
func stepsFor(unknown []Item) []Step {
	left := slices.Clone(unknown)
	steps := []Step{}
	for len(left) > 0 {
		code, ok := bestStep(left)
		if !ok {
			break
		}
		s := Step{Code: code, Text: stepTexts[code.rank()].text}
		seen := map[*Device]bool{} // one can be unknown on two paths
		left = slices.DeleteFunc(left, func(it Item) bool {
			if !slices.Contains(it.Steps, code) {
				return false
			}
			s.take(&it, !seen[it.Device])
			seen[it.Device] = true
			return true
		})
		s.Count = len(s.Devices)
		steps = append(steps, s)
	}
	return steps
}

// bestStep returns the step to take next.
func bestStep(items []Item) (best StepCode, ok bool) {
	counts := map[StepCode]int{}
	for i := range items {
		for _, c := range items[i].Steps {
			counts[c]++
		}
	}
	for e := byCommand; e <= byHand && !ok; e++ {
		for _, t := range stepTexts {
			if n := counts[t.code]; t.effort == e && n > counts[best] {
				best, ok = t.code, true
			}
		}
	}
	return best, ok
}

// take notes what the step settles.
func (s *Step) take(it *Item, first bool) {
	if first {
		s.Devices = append(s.Devices, it.Device)
	}
	if i, found := slices.BinarySearch(s.Reasons, it.Finding.Reason); !found {
		s.Reasons = slices.Insert(s.Reasons, i, it.Finding.Reason)
	}
}
