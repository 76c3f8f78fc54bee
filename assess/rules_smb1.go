package assess

import "smbready/inventory"

// Rules for a host that answers SMB1 and no SMB2. None of their verdicts is
// fine: Windows 10 1709 and later come without an SMB1 client, so such a host
// fails today wherever SMB1 was not put back, and what its SMB1 says decides
// only about the clients that still have it.

const (
	remedySMB1 = "Switch on SMB2 or later, if need be with newer firmware; where there is none, replace the device or move its files to a server that speaks SMB2. Until then leave the clients that need it out of the policy."
	settleSMB1 = "Find out which clients still use it over SMB1: Get-SmbConnection on a client shows the dialect."
)

// smb1Gates hold where an SMB1 answer says less than it seems to.
var smb1Gates = []*rule{{
	reason: "smb2-not-asked", rows: nil,
	when:    (*facts).smb2NotAsked,
	verdict: Unknown, confidence: None,
	why:      "It was seen to answer SMB1, to clients that offered nothing newer; whether it also speaks SMB2, which decides, was not asked.",
	evidence: evidenceSMB1,
	settle:   "Scan it.",
	source:   "[MS-SMB2] 3.2.4.2.2",
}, {
	reason: "smb2-probe-unfinished", rows: nil,
	when:    func(f *facts) bool { return f.smb1Only() && f.smb2Unsettled() },
	verdict: Unknown, confidence: None,
	why:      "It speaks SMB1, but the question whether it also speaks SMB2 came to no end, and that decides.",
	evidence: evidenceSMB1,
	settle:   "Scan the host again at a quiet time.",
	source:   "[MS-SMB2] 3.2.4.2.2",
}, {
	reason: "no-dialect-accepted", rows: []int{28},
	when: func(f *facts) bool {
		return f.noSMB1Dialect() || !f.speaks() && (f.open(inventory.OutcomeNoDialect) || f.open(inventory.OutcomeErrorStatus))
	},
	verdict: Unknown, confidence: None,
	why:      "It speaks SMB but accepted none of the dialects that were offered, so it is not known what it would accept.",
	evidence: evidenceAll,
	settle:   "Look up which SMB versions are switched on in its settings, and whether newer firmware adds some.",
	source:   "[MS-CIFS] 2.2.4.52.2; [MS-SMB2] 3.3.5.4",
}}

var smb1Rules = []*rule{{
	reason: "smb1-core-cannot-sign", rows: []int{26},
	when:    func(f *facts) bool { return f.smb1Only() && f.old() == core },
	verdict: Breaks, confidence: Strong,
	why:      "It speaks only the first form of SMB1, which has no signing: clients without SMB1 cannot connect today, and those with SMB1 fail once they require signing.",
	evidence: evidenceSMB1,
	remedy:   remedySMB1, settle: settleSMB1,
	source: "[MS-CIFS] 2.2.4.52.2, 3.2.4.2.2",
}, {
	reason: "smb1-lan-manager-cannot-sign", rows: []int{25},
	when:    func(f *facts) bool { return f.smb1Only() && f.old() == lanManager },
	verdict: Breaks, confidence: Strong,
	why:      "It speaks only a LAN Manager form of SMB1, which has no signing: clients without SMB1 cannot connect today, and those with SMB1 fail once they require signing.",
	evidence: evidenceSMB1,
	remedy:   remedySMB1, settle: settleSMB1,
	source: "[MS-CIFS] 2.2.4.52.2, 3.2.4.2.2",
}, {
	reason: "smb1-share-level-cannot-sign", rows: []int{23},
	when:    smb1Lacks(smb1UserLevel),
	verdict: Breaks, confidence: Strong,
	why:      "It speaks only SMB1 and protects shares by a password instead of user accounts, so there is no key to sign with: clients without SMB1 cannot connect today, and those with SMB1 fail once they require signing.",
	evidence: evidenceSMB1,
	remedy:   remedySMB1, settle: settleSMB1,
	source: "[MS-CIFS] 3.2.4.2.4",
}, {
	reason: "smb1-plain-passwords-cannot-sign", rows: []int{24},
	when:    smb1Lacks(smb1ChallengeResponse),
	verdict: Breaks, confidence: Strong,
	why:      "It speaks only SMB1 and wants passwords in clear text, which leaves no key to sign with and which Windows refuses anyway: clients without SMB1 cannot connect today, and those with SMB1 fail once they require signing.",
	evidence: evidenceSMB1,
	remedy:   remedySMB1, settle: settleSMB1,
	source: "[MS-CIFS] 3.2.4.2.2",
}, {
	reason: "samba-smb1-signing-off", rows: []int{44},
	when: func(f *facts) bool {
		return f.smb1Only() && smb1NotOffered(f) && hasPrefixFold(f.SMB1.NativeLANManager, "Samba")
	},
	verdict: Breaks, confidence: Likely,
	why:      "It runs an old Samba with SMB1 only and signing switched off: clients without SMB1 cannot connect today, and those with SMB1 are expected to fail once they require signing, although some builds sign all the same.",
	evidence: evidenceSMB1,
	remedy:   "Update Samba, or set its highest protocol to SMB2 or later (in smb.conf: server max protocol). " + remedySMB1,
	settle:   settleSMB1,
	source:   "[MS-CIFS] 3.2.4.2.2; smb.conf(5), server signing",
}, {
	reason: "smb1-signing-off", rows: []int{22, 40},
	when:    func(f *facts) bool { return f.smb1Only() && smb1NotOffered(f) },
	verdict: Breaks, confidence: Likely,
	why:      "It speaks only SMB1 and does not offer signing: clients without SMB1 cannot connect today, and those with SMB1 fail once they require signing.",
	evidence: evidenceSMB1,
	remedy:   remedySMB1, settle: settleSMB1,
	source: "[MS-CIFS] 3.2.4.2.2; [MS-SMB] 3.2.4.2.4",
}, smb1NTLMv1, smb1Requires, smb1Offers, smb1SigningUnknown}

// smb1Signs are the SMB1 hosts that can sign. They are the same finding for
// both client policies.
var smb1Signs = []*rule{smb1NTLMv1, smb1Requires, smb1Offers}

var smb1NTLMv1 = &rule{
	reason: "smb1-only-old-logon", rows: []int{29},
	when: func(f *facts) bool {
		return f.offersSMB1Signing() && f.SMB1.Capabilities != 0 && f.SMB1.Capabilities&capExtendedSecurity == 0 && !f.SMB1.ExtendedSecurity
	},
	verdict: AlreadyBroken, confidence: Likely,
	why:      "It speaks only SMB1, for which current Windows has no client, and its way of logging on is so old that Windows 11 24H2 and Server 2025 may refuse it as well; older clients that still have SMB1 will sign.",
	evidence: evidenceSMB1,
	remedy:   remedySMB1, settle: settleSMB1,
	source: "[MS-SMB] 2.2.4.5.2; KB5066470",
}

var smb1Requires = &rule{
	reason: "smb1-only-requires-signing", rows: []int{21, 40},
	when:    func(f *facts) bool { return f.offersSMB1Signing() && f.SMB1.Signing == inventory.SigningRequired },
	verdict: AlreadyBroken, confidence: Likely,
	why:      "It speaks only SMB1, for which current Windows has no client; older clients that still have SMB1 will sign, as it demands.",
	evidence: evidenceSMB1,
	remedy:   remedySMB1, settle: settleSMB1,
	source: "[MS-CIFS] 3.2.4.2.2; Microsoft Learn, SMBv1 is not installed by default",
}

var smb1Offers = &rule{
	reason: "smb1-only-offers-signing", rows: []int{20, 40},
	when:    (*facts).offersSMB1Signing,
	verdict: AlreadyBroken, confidence: Likely,
	why:      "It speaks only SMB1, for which current Windows has no client; older clients that still have SMB1 will sign, as it offers.",
	evidence: evidenceSMB1,
	remedy:   remedySMB1, settle: settleSMB1,
	source: "[MS-CIFS] 3.2.4.2.2; Microsoft Learn, SMBv1 is not installed by default",
}

var smb1SigningUnknown = &rule{
	reason: "smb1-signing-unknown", rows: nil,
	when:    (*facts).smb1Only,
	verdict: Unknown, confidence: None,
	why:      "It was seen to speak SMB1 and no SMB2, but what it says about signing is not known.",
	evidence: evidenceSMB1,
	settle:   "Scan the host again, and see whether SMB2 can be switched on in its settings.",
	source:   "[MS-CIFS] 2.2.4.52.2",
}

// capExtendedSecurity is CAP_EXTENDED_SECURITY, [MS-SMB] 2.2.4.5.2.
const capExtendedSecurity = 0x80000000

// smb1Lacks returns a predicate: SMB1 only, with that bit of SecurityMode
// clear.
func smb1Lacks(bit uint16) func(*facts) bool {
	return func(f *facts) bool {
		mode, ok := f.smb1Mode()
		return f.smb1Only() && ok && mode&bit == 0
	}
}

// smb1NotOffered reports whether any fact says that signing is not offered.
func smb1NotOffered(f *facts) bool {
	mode, ok := f.smb1Mode()
	return f.SMB1.Signing == inventory.SigningDisabled || f.SMB1.Signing == inventory.SigningNotAdvertised ||
		ok && mode&smb1SignaturesEnabled == 0
}
