package assess

import (
	"slices"

	"smbready/inventory"
)

// Rules for the guest path of "client: always". A guest session has no key, so
// it can never be signed, whatever the dialect and whatever the server demands
// of its accounts.

var guestRules = slices.Concat(servedGuestRules, []*rule{{
	reason: "guest-cannot-be-signed", rows: []int{9, 32, 35, 41},
	when:    func(f *facts) bool { return f.Guest == inventory.GuestGranted },
	verdict: Breaks, confidence: Strong,
	why:      "It lets in users whom it does not know as guests, and a guest session can never be signed: whoever uses it that way is shut out.",
	evidence: evidenceGuest,
	remedy:   "Give its users accounts on it and switch guest access off; test with an account before the policy is switched on.",
	settle:   "Find out who uses it as guest: events 31018 and 31022 in SMBClient/Security on Windows clients name the server.",
	source:   "[MS-SMB2] 3.2.5.3.1",
}, {
	reason: "guest-instead-of-account", rows: []int{57},
	when:    func(f *facts) bool { return f.tried.asGuest },
	verdict: Breaks, confidence: Strong,
	why:      "A logon with an account was turned into a guest session, and a guest session can never be signed: whoever comes in that way is shut out.",
	evidence: evidenceSessions,
	remedy:   "Give its users accounts that exist on this host and switch guest access off; test with an account before the policy is switched on.",
	settle:   "Find out who uses it as guest: events 31018 and 31022 in SMBClient/Security on Windows clients name the server.",
	source:   "[MS-SMB2] 3.2.5.3.1",
}, sessionUnclearRule, {
	reason: "guest-facts-contradicted", rows: nil,
	when: func(f *facts) bool {
		return f.State != inventory.StateSMB && f.Guest != inventory.GuestUnknown
	},
	verdict: Unknown, confidence: None,
	why:      "A guest test is recorded for a host that is not known to speak SMB, so its result cannot be relied upon.",
	evidence: evidenceGuest,
	settle:   "Scan the host again; if the facts come from a file, check how it was made.",
	source:   "[MS-SMB2] 3.2.5.3.1",
}, {
	reason: "guest-refused", rows: []int{7, 10, 11, 34, 43, 45},
	when:    func(f *facts) bool { return f.Guest == inventory.GuestDenied },
	verdict: NotApplicable, confidence: Strong,
	why:      "It refuses users whom it does not know instead of letting them in as guests.",
	evidence: evidenceGuest,
	settle:   "An account that is really called guest, without a password, may still exist: look it up in the settings.",
	source:   "[MS-SMB2] 3.3.5.5.3",
}, {
	reason: "null-session-only", rows: []int{33},
	when:    func(f *facts) bool { return f.Guest == inventory.GuestNull },
	verdict: NoChange, confidence: Strong,
	why:      "It grants anonymous sessions, which are common, are never signed, and are not the way to shares.",
	evidence: evidenceGuest,
	settle:   "If people open shares of it without a password, have them try from a client that requires signing.",
	source:   "[MS-SMB2] 3.2.5.3.1",
}, {
	reason: "guest-check-inconclusive", rows: []int{7, 10, 11},
	when:    func(f *facts) bool { _, made := f.guestCheck(); return f.Guest == inventory.GuestUnknown && made },
	verdict: Unknown, confidence: None,
	why:      "A logon with a user that does not exist was tried, and what came of it neither let the user in nor refused it, so it is not known whether it lets in guests; guest sessions can never be signed.",
	evidence: evidenceGuestCheck,
	settle:   "Look up in its settings whether guest access is on; if it is, switch it off or give its users accounts. Or run \"smbready verify HOST\" with an account, which shows whether that account is made a guest.",
	source:   "[MS-SMB2] 3.2.5.3.1, 3.3.5.5.3",
}, guestUntested})

var guestUntested = &rule{
	reason: "guest-not-tested", rows: []int{7, 10, 11},
	when:    always,
	verdict: Unknown, confidence: None,
	why:    "It is not known whether it lets in users as guests; guest sessions can never be signed.",
	settle: "Scan it with --guest-check, which tries one logon with a user that does not exist. Or look up in its settings whether guest access is on; if it is, switch it off or give its users accounts.",
	source: "[MS-SMB2] 3.2.5.3.1",
}

// guestCheck returns the last logon of a user that does not exist, if there was
// one.
func (f *facts) guestCheck() (last inventory.Observation, made bool) {
	for _, o := range f.Observations {
		if o.Step == inventory.StepGuestCheck {
			last, made = o, true
		}
	}
	return last, made
}

// evidenceGuestCheck quotes how that logon ended.
func evidenceGuestCheck(f *facts) []string {
	o, _ := f.guestCheck()
	words := "guest check: " + o.Outcome.String()
	if o.Status != "" && len(o.Status) <= longestStatus {
		words += ", " + o.Status
	}
	return []string{words}
}

// judgeGuest returns the finding for the guest path, or nil where there is no
// server whose guest one could be.
func judgeGuest(f *facts) *Finding {
	if f.runs.honeypot && f.Guest != inventory.GuestGranted && !f.tried.asGuest && !f.served.guests() ||
		f.State != inventory.StateSMB && !f.speaks() && !f.served.seen {
		return nil
	}
	n := judge(guestRules, f)
	return &n
}
