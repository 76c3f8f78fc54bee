package assess

import "smbready/inventory"

// Rules for a host of which no SMB answer is known. A port that does not
// answer a scan says nothing about what it answers to clients, so only two of
// them are more than unknown: a port that refuses, and a port where something
// else than SMB answers.

const settleFromClients = "Run the scan from a network where the clients are."

var honeypot = &rule{
	reason: "honeypot", rows: []int{52},
	when:    func(f *facts) bool { return f.runs.honeypot },
	verdict: NotApplicable, confidence: Likely,
	why:      "It answers with the exact numbers of the Dionaea honeypot, a decoy that no one works with.",
	evidence: evidenceSMB1,
	settle:   "Ask your security team whether a honeypot has this address.",
	source:   "nmap-service-probes, Dionaea honeypot smbd",
}

var notObserved = &rule{
	reason: "not-observed", rows: nil,
	when:    always,
	verdict: Unknown, confidence: None,
	why:    "Nothing is known about this host yet.",
	settle: "Scan the host.",
	source: "[MS-SMB2] 3.2.4.2.2 (nothing was negotiated)",
}

var stateRules = []*rule{refusesButInUse, {
	reason: "refuses-but-announces-files", rows: nil,
	when: func(f *facts) bool {
		return (f.State == inventory.StateClosed || f.open(inventory.OutcomeNotSMB)) && f.announcesFiles()
	},
	verdict: Unknown, confidence: None,
	why:      "It does not speak SMB to this scan, yet it announces a file service by NetBIOS; it may well serve files to others.",
	evidence: evidenceAll,
	settle:   settleFromClients + " Or look up in its settings whether file sharing is on.",
	source:   "RFC 1002 4.2.18; [MS-NBTE] 2.2.1",
}, {
	reason: "session-port-not-asked", rows: []int{1},
	when: func(f *facts) bool {
		return (f.State == inventory.StateClosed || f.open(inventory.OutcomeNotSMB)) && !f.allPortsSettled()
	},
	verdict: Unknown, confidence: None,
	why:      "No SMB was found where the scan looked, but ports 445 and 139 were not both asked to an end; it may serve files on the other one.",
	evidence: evidenceAll,
	settle:   "Ask its maker, or whoever looks after it, whether it shares files over NetBIOS (TCP port 139); if a fuller scan does it no harm, scan it without --gentle and --port.",
	source:   "RFC 1002 4.3 (NetBIOS session service); [MS-SMB2] 2.1 (transport)",
}, {
	reason: "no-smb-server", rows: []int{1, 48},
	when:    func(f *facts) bool { return f.State == inventory.StateClosed },
	verdict: NotApplicable, confidence: Strong,
	why:      "It refuses connections to SMB, so it serves no files.",
	evidence: evidenceState,
	settle:   settleFromClients,
	source:   "RFC 9293 3.5.2 (a reset means that no one listens)",
}, {
	reason: "other-service-on-port", rows: []int{6},
	when:    func(f *facts) bool { return f.open(inventory.OutcomeNotSMB) },
	verdict: NotApplicable, confidence: Likely,
	why:      "Something other than SMB answers on the SMB port, so it serves no files there.",
	evidence: evidenceState,
	settle:   "Look up which program uses the port.",
	source:   "[MS-SMB2] 2.1 (transport)",
}, {
	reason: "firewall-in-the-way", rows: []int{2},
	when: func(f *facts) bool {
		return f.State == inventory.StateFiltered && (f.named() || f.Detail == inventory.OutcomeProhibited.String())
	},
	verdict: Unknown, confidence: None,
	why:      "A firewall keeps this scan from its SMB ports; clients elsewhere may reach them.",
	evidence: evidenceState,
	settle:   settleFromClients + " Or let the scanner through the firewall.",
	source:   "RFC 9293 3.5 (no answer to a connection request)",
}, {
	reason: "no-answer", rows: []int{3},
	when:    func(f *facts) bool { return f.State == inventory.StateFiltered },
	verdict: Unknown, confidence: None,
	why:      "Nothing came back from its SMB ports: it is off or asleep, or a firewall is in the way.",
	evidence: evidenceState,
	settle:   "Scan again when the device is on; printers often sleep. " + settleFromClients,
	source:   "RFC 9293 3.5 (no answer to a connection request)",
}, {
	reason: "unreachable", rows: []int{3},
	when:    func(f *facts) bool { return f.State == inventory.StateUnreachable },
	verdict: Unknown, confidence: None,
	why:      "The network has no way to this host from here, or the host is off.",
	evidence: evidenceState,
	settle:   "Scan again when the device is on. " + settleFromClients,
	source:   "RFC 792; RFC 4443 3.1 (destination unreachable)",
}, {
	reason: "silent", rows: []int{4},
	when:    func(f *facts) bool { return f.open(inventory.OutcomeSilent) },
	verdict: Unknown, confidence: None,
	why:      "It accepts the connection and then says nothing to any form of SMB.",
	evidence: evidenceState,
	settle:   "Scan again later; if it stays silent, look up whether SMB is switched on in its settings.",
	source:   "[MS-SMB2] 3.3.5.3.2 (a server may leave old requests unanswered)",
}, {
	reason: "hangs-up-at-once", rows: []int{5},
	when:    func(f *facts) bool { return f.open(inventory.OutcomeResetOnConnect) },
	verdict: Unknown, confidence: None,
	why:      "It hangs up before a word is said, as servers do that allow only certain addresses; others may be let in.",
	evidence: evidenceState,
	settle:   settleFromClients + " Or add the scanner to the addresses that the device allows.",
	source:   "smb.conf(5), hosts allow",
}, {
	reason: "hangs-up-on-negotiate", rows: []int{28},
	when: func(f *facts) bool {
		return f.open(inventory.OutcomeResetAfterNegotiate) || f.open(inventory.OutcomeClosedAfterNegotiate)
	},
	verdict: Unknown, confidence: None,
	why:      "It hangs up on the SMB that it was offered, so it is not known which form it would accept.",
	evidence: evidenceState,
	settle:   "Look up which SMB versions are switched on in its settings, and whether newer firmware adds some.",
	source:   "[MS-SMB2] 3.3.5.3.2",
}, {
	reason: "answer-not-understood", rows: []int{4},
	when:    func(f *facts) bool { return f.State == inventory.StateOpen },
	verdict: Unknown, confidence: None,
	why:      "Its SMB port is open, but no complete and correct SMB answer came from it.",
	evidence: evidenceState,
	settle:   "Scan the host again at a quiet time; if that does not help, test a share of it from a client that requires signing.",
	source:   "[MS-SMB2] 2.2.4; [MS-CIFS] 2.2.4.52.2",
}, serverSeenInUse, {
	reason: "smb-answer-not-recorded", rows: nil,
	when:    func(f *facts) bool { return f.State == inventory.StateSMB || f.speaks() },
	verdict: Unknown, confidence: None,
	why:      "It speaks SMB, but what it answered is not known.",
	evidence: evidenceAll,
	settle:   "Scan the host again.",
	source:   "[MS-SMB2] 2.2.4",
}, {
	reason: "scan-failed", rows: nil,
	when:    func(f *facts) bool { return f.Error != "" },
	verdict: Unknown, confidence: None,
	why:      "The scan itself failed at this host, so nothing is known about it.",
	evidence: evidenceError,
	settle:   "Remove the cause of the error and scan the host again.",
	source:   "[MS-SMB2] 3.2.4.2.2 (nothing was negotiated)",
}, serverRoleUnseen, notObserved}
