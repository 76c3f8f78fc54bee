package assess

import (
	"slices"

	"smbready/inventory"
)

// The tables, one for each path of each policy. Their order is that of the
// decision procedure: can the host be reached at all, what was seen in a
// session with an account, which SMB2 dialect, what does it say about signing,
// and only without SMB2 what SMB1 says. What others were seen to do with it, or
// it with others, goes before what its answers and its kind promise.
var (
	clientAlwaysRules = slices.Concat(
		[]*rule{honeypot},
		[]*rule{smb2PreauthMissing},
		servedProofs,
		sessionBreaks, servedBreaks,
		smb1Gates, smb1Rules,
		[]*rule{stateContradicted},
		sessionDoubts, sessionProofs, servedDoubts,
		smb2Rules,
		stateRules)

	clientIfServerAgreesRules = slices.Concat(
		[]*rule{honeypot, servedIfAgrees},
		ifServerAgreesRules,
		smb1Gates, smb1Signs,
		[]*rule{smb1SigningUnknown, stateContradicted, smb2Incomplete},
		stateRules)

	serverAlwaysRules         = slices.Concat([]*rule{honeypot}, contactRules, asClientRules)
	serverIfClientAgreesRules = slices.Concat([]*rule{honeypot}, contactIfAgreesRules, ifClientAgreesRules)
)

// Assess judges one host by the built-in data.
func Assess(h *inventory.Host) Assessment { return new(Judge).Assess(h) }

// Worst returns the worst verdict over the two "always" policies, which are
// the ones that break things. The guest path counts only where it is known to
// be broken: unless guests were tested it is unknown for every server, and
// would hide the differences between them.
func (a *Assessment) Worst() Verdict {
	worst := a.Policies.ClientAlways.Verdict
	if g := a.Policies.ClientAlways.Guest; g != nil && (g.Verdict == Breaks || g.Verdict == AlreadyBroken) {
		worst = worse(worst, g.Verdict)
	}
	return worse(worst, a.Policies.ServerAlways.Verdict)
}

func worse(a, b Verdict) Verdict {
	if b.Severity() < a.Severity() {
		return b
	}
	return a
}
