package assess

import "smbready/inventory"

// Rules for a host with which a signed session was tried, with an account. What
// was seen there goes before what its answer to a scan promises, in both
// directions. A verdict that is fine still asks for an answer to the offer that
// current clients make: the session shows that the host signs, not that every
// client reaches it.

const (
	settleWindows  = "Connect to one of its shares, with that account, from a Windows client that requires signing; Get-SmbConnection should then show Signed as True."
	remedyUnsigned = "Update its firmware or SMB server; where there is no update, replace the device or move its files to a server that signs. Until then leave the clients that need it out of the policy."
	sourceSession  = "[MS-SMB2] 3.2.5.1.3"
)

// sessionBreaks are the sessions that a client which requires signing ends.
var sessionBreaks = []*rule{{
	reason: "session-signed-below-top-dialect-only", rows: []int{61},
	when:    func(f *facts) bool { return f.tried.failsAbove() },
	verdict: Breaks, confidence: Likely,
	why:      "A signed session with it was verified at an older dialect, but failed at its highest, which is the one that clients use: a fault of its firmware in all likelihood.",
	evidence: evidenceSessions,
	remedy:   "Update its firmware. Or limit it to the dialect at which the signed session was verified, in its settings or on the clients (highest SMB2 dialect), and verify it again.",
	settle:   settleWindows,
	source:   "[MS-SMB2] 3.2.5.3.1 (pre-authentication integrity at 3.1.1), 3.2.5.1.3",
}, {
	reason: "session-unsigned", rows: []int{54},
	when:    func(f *facts) bool { return f.tried.breaksUnsigned() },
	verdict: Breaks, confidence: Proven,
	why:      "It let an account in and then answered a signed request without a signature; a client that requires signing ends the session there.",
	evidence: evidenceSessions,
	remedy:   remedyUnsigned,
	settle:   settleWindows,
	source:   sourceSession,
}, {
	reason: "session-logon-answer-unsigned", rows: []int{56},
	when:    func(f *facts) bool { return f.tried.setup },
	verdict: Breaks, confidence: Strong,
	why:      "It signs, but its answer to the logon came without a signature or with a wrong one, and at SMB 3.1.1 a client has to refuse that.",
	evidence: evidenceSessions,
	remedy:   "Update its firmware, or limit it to SMB 3.0.2, where that answer may come unsigned, and verify it again.",
	settle:   settleWindows,
	source:   "[MS-SMB2] 3.2.5.3.1",
}, {
	reason: "session-signature-wrong", rows: []int{55},
	when: func(f *facts) bool {
		_, confirmed := f.tried.badSignature()
		return confirmed
	},
	verdict: Breaks, confidence: Proven,
	why:      "It let an account in and then signed wrongly, at each dialect that was tried; a client that requires signing ends the session there.",
	evidence: evidenceSessions,
	remedy:   remedyUnsigned,
	settle:   settleWindows,
	source:   sourceSession,
}}

// sessionUnclearRule also keeps a guest path from being called fine.
var sessionUnclearRule = &rule{
	reason: "session-not-conclusive", rows: nil,
	when:    func(f *facts) bool { return f.tried.unclear },
	verdict: Unknown, confidence: None,
	why:      "A session with an account was tried, but its record does not say how it ended, or holds what does not fit together, such as signed and unsigned answers side by side; so it cannot be relied upon.",
	evidence: evidenceSessions,
	settle:   "Run \"smbready verify HOST\" again; if the facts come from a file, check how it was made. " + settleWindows,
	source:   "[MS-SMB2] 3.2.5.3.1",
}

// sessionDoubts are the sessions that leave the question open.
var sessionDoubts = []*rule{sessionUnclearRule, {
	reason: "session-signature-not-confirmed", rows: []int{55},
	when: func(f *facts) bool {
		seen, _ := f.tried.badSignature()
		return seen
	},
	verdict: Unknown, confidence: Weak,
	why:      "It let an account in and then signed wrongly, but that was not seen at every dialect that tells a fault of the host from one of the test.",
	evidence: evidenceSessions,
	settle:   "Run \"smbready verify HOST\" again, which repeats such a session at SMB 3.0.2 and 2.1. " + settleWindows,
	source:   sourceSession,
}, {
	reason: "session-account-not-shown", rows: []int{54, 55},
	when:    func(f *facts) bool { return f.tried.provesNothing() },
	verdict: Unknown, confidence: Weak,
	why:      "It let the account in and then answered without a right signature, but nothing showed that the account is a good one there: a host that lets anybody in does the same.",
	evidence: evidenceSessions,
	settle:   "Run \"smbready verify\" with an account of a domain, and name a host first where that account works; or with an account that surely exists on this host. " + settleWindows,
	source:   sourceSession,
}, {
	reason: "session-broke-off", rows: nil,
	when:    func(f *facts) bool { return f.tried.brokeOff && f.tried.verified == noDialect },
	verdict: Unknown, confidence: Weak,
	why:      "It let the account in, and the first signed request after that got no answer that counts; whether signing is why was not seen.",
	evidence: evidenceSessions,
	settle:   "Run \"smbready verify HOST\" again. " + settleWindows,
	source:   "[MS-SMB2] 3.3.5.2.4",
}, {
	reason: "session-below-top-dialect-only", rows: nil,
	when:    func(f *facts) bool { return f.tried.onlyBelow() },
	verdict: Unknown, confidence: Weak,
	why:      "A signed session was verified at an older dialect only; clients use its highest, and there none came about.",
	evidence: evidenceSessions,
	settle:   "Run \"smbready verify HOST\" again, which begins with the highest. " + settleWindows,
	source:   "[MS-SMB2] 3.3.5.4",
}, {
	reason: "session-account-became-guest", rows: []int{57},
	when: func(f *facts) bool {
		return f.tried.verified == noDialect && (f.tried.asGuest || f.tried.asNobody)
	},
	verdict: Unknown, confidence: None,
	why:      "It let the account in as a guest or as nobody, so either the account is not known there or everyone is treated like that; what it does for a real account was not seen.",
	evidence: evidenceSessions,
	settle:   "Run \"smbready verify HOST\" with an account that exists on this host, and look up in its settings who is made a guest (in Samba: map to guest).",
	source:   "[MS-SMB2] 3.2.5.3.1",
}}

// sessionProofs are the sessions that a client which requires signing works
// with.
var sessionProofs = []*rule{{
	reason: "session-signed-logon-unchecked", rows: []int{53, 56},
	when:    func(f *facts) bool { return f.proven() && f.tried.checked < f.tried.verified },
	verdict: Works, confidence: Strong,
	why:      "A session with an account was verified to be signed or encrypted, but whether the signature of its answer to the logon is right was not checked, and at SMB 3.1.1 clients check it.",
	evidence: evidenceSessions,
	source:   "[MS-SMB2] 3.2.5.3.1",
}, {
	reason: "session-signed-but-not-checked", rows: []int{53},
	when:    func(f *facts) bool { return f.proven() && f.tried.unchecked },
	verdict: Works, confidence: Proven,
	why:      "A session with an account was verified to be signed, so clients that require signing work with it; but it served a request with a wrong signature, so it does not check what it is sent, and signing does not protect it.",
	evidence: evidenceSessions,
	remedy:   "Ask its maker for an update: a server has to refuse wrong signatures.",
	source:   "[MS-SMB2] 3.3.5.2.4",
}, {
	reason: "session-encrypted", rows: []int{59},
	when:    func(f *facts) bool { return f.proven() && f.tried.result == inventory.SessionEncrypted },
	verdict: Works, confidence: Proven,
	why:      "A session with an account was verified to be encrypted, which stands for signing.",
	evidence: evidenceSessions,
	source:   "[MS-SMB2] 3.3.4.1.1, 3.3.4.1.4",
}, {
	reason: "session-signed-access-denied", rows: []int{58},
	when:    func(f *facts) bool { return f.proven() && f.tried.result == inventory.SessionAccessDenied },
	verdict: Works, confidence: Proven,
	why:      "It refused the account a share, which is a matter of rights, and the refusal came with a right signature or encrypted: it does what signing asks for.",
	evidence: evidenceSessions,
	source:   "[MS-SMB2] 3.3.5.7",
}, {
	reason: "session-signed", rows: []int{53, 56},
	when:    (*facts).proven,
	verdict: Works, confidence: Proven,
	why:      "A session with an account was verified to be signed.",
	evidence: evidenceSessions,
	source:   "[MS-SMB2] 3.2.5.1.3, 3.3.4.1.1",
}}

// proven reports whether a session was verified at the dialect that clients
// use, and clients get that far.
func (f *facts) proven() bool {
	return f.reachable && f.tried.verified != noDialect && !f.tried.onlyBelow()
}
