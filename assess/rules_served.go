package assess

import "smbready/inventory"

// Rules for a host that others were seen to use as a server. An end-to-end
// observation counts like a session of our own: a client that has signing on
// got as far as files. It needs no answer to a scan, and a host that no scan
// has reached is judged by it all the same.

// servedProofs are what was seen to work. They prove nothing where a session of
// our own failed or is in doubt, where the scan contradicts itself or found SMB1
// alone, or below the highest dialect, which is what clients use. What else a scan
// alone found bad is not proven, and does not stand against them.
var servedProofs = []*rule{{
	reason: "connection-signed", rows: []int{82},
	when:    func(f *facts) bool { return f.servedProven(servedSigned) },
	verdict: Works, confidence: Proven,
	why:      "A Windows client listed its connection to it as signed or encrypted (Get-SmbConnection).",
	evidence: evidenceServed(servedSigned, servedOnDemand, servedNoSigning),
	source:   "[MS-SMB2] 3.2.5.1.3; Microsoft Learn, Get-SmbConnection",
}, {
	reason: "served-signed-on-demand", rows: []int{80, 81},
	when:    func(f *facts) bool { return f.servedProven(servedOnDemand) },
	verdict: Works, confidence: Proven,
	why:      "A capture shows a session with an account in which signing was demanded, every request and every answer was signed, and files were used.",
	evidence: evidenceServed(servedOnDemand, servedNoSigning),
	source:   "[MS-SMB2] 3.2.5.1.3, 3.3.4.1.1",
}}

// servedBreaks are what was seen to fail, or was reported so. What is proven to
// work goes before.
var servedBreaks = []*rule{{
	reason: "served-evidence-conflicts", rows: []int{83},
	when:    func(f *facts) bool { return f.served.signs() && f.served.breaks() && !f.proven() },
	verdict: Unknown, confidence: None,
	why:      "Some who use it show that it signs, and others that it does not; it was changed in between, or it is not one server.",
	evidence: evidenceServed(servedSigned, servedOnDemand, servedNoSigning, servedUnsigned),
	settle:   settleSession,
	source:   "[MS-SMB2] 3.2.5.1.3",
}, {
	reason: "client-audit-server-cannot-sign", rows: []int{78},
	when:    func(f *facts) bool { return f.served.has(servedNoSigning) && !f.proven() },
	verdict: Breaks, confidence: Strong,
	why:      "A Windows client noted in its log that this server does not support signing (event 31998).",
	evidence: evidenceServed(servedNoSigning),
	remedy:   remedyUnsigned, settle: settleSession,
	source: "Microsoft Learn, SMB signing audit events; manifest of Microsoft-Windows-SMBClient (31998, ServerDoesNotSupportSigning)",
}, {
	reason: "served-unsigned-on-demand", rows: nil,
	when:    func(f *facts) bool { return f.served.has(servedUnsigned) && !f.proven() },
	verdict: Breaks, confidence: Likely,
	why:      "A capture shows a client that demanded signing and logged on with an account, and this server answered its signed requests without a signature.",
	evidence: evidenceServed(servedUnsigned),
	remedy:   remedyUnsigned, settle: settleSession,
	source: "[MS-SMB2] 3.2.5.1.3, 3.3.4.1.1",
}}

// servedDoubts leave open what a scan would call fine.
var servedDoubts = []*rule{{
	reason: "client-event-server-smb1-only", rows: nil,
	when: func(f *facts) bool {
		return f.served.has(servedSMB1Only) && f.SMB2 == nil && !f.served.spoke2
	},
	verdict: AlreadyBroken, confidence: Likely,
	why:      "A Windows client noted in its log that this server speaks only SMB1 (event 32000 or 32002), which current Windows does not.",
	evidence: evidenceServed(servedSMB1Only),
	remedy:   remedySMB1, settle: settleSMB1,
	source: "Microsoft Learn, SMBv1 is not installed by default (events 32000 and 32002 of SMBClient)",
}}

// servedGuestRules judge the guest path by who was seen to come in.
var servedGuestRules = []*rule{{
	reason: "guest-in-use", rows: []int{36},
	when:    func(f *facts) bool { return f.served.has(servedGuestAtWork) },
	verdict: Breaks, confidence: Strong,
	why:      "A capture shows that files of it are used without an account, as a guest, and a guest session can never be signed: whoever uses it that way is shut out.",
	evidence: evidenceServed(servedGuestAtWork, servedGuest, servedGuestEvent),
	remedy:   remedyGuests,
	settle:   settleGuests,
	source:   "[MS-SMB2] 3.2.5.3.1",
}, {
	reason: "guest-events", rows: []int{36, 79},
	when:    func(f *facts) bool { return f.served.has(servedGuestEvent) },
	verdict: Breaks, confidence: Strong,
	why:      "A Windows log tells of guest logons to it (event 31017, 31018, 31022 or 31997), and a guest session can never be signed: whoever uses it that way is shut out.",
	evidence: evidenceServed(servedGuestEvent, servedGuest),
	remedy:   remedyGuests,
	settle:   "The events name the user; ask who it is and what for.",
	source:   "[MS-SMB2] 3.2.5.3.1; Microsoft Learn, Guest access in SMB2 and SMB3 is disabled by default",
}, {
	reason: "guest-let-in", rows: []int{32, 35},
	when:    func(f *facts) bool { return f.served.has(servedGuest) },
	verdict: Breaks, confidence: Strong,
	why:      "A capture shows that it let somebody in as a guest, and a guest session can never be signed: whoever uses it that way is shut out.",
	evidence: evidenceServed(servedGuest),
	remedy:   remedyGuests,
	settle:   settleGuests,
	source:   "[MS-SMB2] 3.2.5.3.1",
}}

const (
	remedyGuests = "Give its users accounts on it and switch guest access off; test with an account before the policy is switched on."
	settleGuests = "Find out who uses it as guest: events 31018 and 31022 in SMBClient/Security on Windows clients name the server."
)

// The next three word what is not known of a host that a scan did not find to be
// a server, or did not ask.
var refusesButInUse = &rule{
	reason: "refuses-but-in-use", rows: nil,
	when: func(f *facts) bool {
		return f.served.seen && (f.State == inventory.StateClosed || f.State == inventory.StateOpen)
	},
	verdict: Unknown, confidence: None,
	why:      "It does not speak SMB to this scan, yet others were seen to use it by SMB; it may serve them alone, or the address may have another owner since.",
	evidence: evidenceServed(),
	settle:   settleFromClients + " Or look up which device has the address now.",
	source:   "[MS-SMB2] 2.1 (transport)",
}

var serverSeenInUse = &rule{
	reason: "server-seen-in-use", rows: nil,
	when:    func(f *facts) bool { return f.served.seen && f.State == inventory.StateUnknown },
	verdict: Unknown, confidence: None,
	why:      "Others were seen to use it by SMB, but nothing that was seen tells whether it signs on demand, and it was not scanned.",
	evidence: evidenceServed(),
	settle:   "Scan it. " + settleSession,
	source:   "[MS-SMB2] 3.3.5.5.3",
}

var serverRoleUnseen = &rule{
	reason: "server-role-unseen", rows: nil,
	when:    func(f *facts) bool { return f.State == inventory.StateUnknown && f.Client != nil && !f.speaks() },
	verdict: Unknown, confidence: None,
	why:    "It was seen only as a client; whether it serves files to others is not known, since it was not scanned.",
	settle: "Scan it, if it shares files.",
	source: "[MS-SMB2] 3.2.4.2.2 (nothing was negotiated)",
}

var servedIfAgrees = &rule{
	reason: "served-smb2-ignores-if-server-agrees", rows: nil,
	when:    func(f *facts) bool { return f.served.spoke2 },
	verdict: NoChange, confidence: Strong,
	why:      "Others were seen to use it by SMB2, and SMB2 takes no notice of this setting.",
	evidence: evidenceServed(),
	source:   "Microsoft Learn, Overview of Server Message Block signing: EnableSecuritySignature is ignored for SMB2 and later",
}

// servedProven reports whether others were seen to work with it signed, and
// nothing that was tried with it speaks against that.
func (f *facts) servedProven(s servedSight) bool {
	return f.served.has(s) && !f.served.breaks() && f.served.top[s] >= f.tried.top && !f.smb1Only() && !f.contradicts() && !f.tried.speakAgainst()
}
