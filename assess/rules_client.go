package assess

import "slices"

// Rules for the host as a client of our servers. What a host answers as a
// server says nothing about the program with which it connects elsewhere: many
// copiers serve files with one program and scan to a folder with another. So
// nothing here is surer than likely, and all but a few systems, whose client is
// known to come with the server, stay unknown until their client was seen.
//
// Two rules only word such an unknown, and so ask for the class that is shown,
// which other services of the host and rules of the user inform. They stand
// behind every rule that is not unknown or surer than none.

const (
	settleCanary = "Run \"smbready listen --stage require\" and let it save one file there. Or switch on signing audit on your servers (event 3021; \"smbready plan --audit-setup\" tells how) for a whole business cycle."
	sourceAudit  = "KB5066913; Microsoft Learn, SMB signing audit events"
)

var clientUnseen = &rule{
	reason: "client-role-unseen", rows: []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 28, 44, 45},
	when:    always,
	verdict: Unknown, confidence: None,
	why:    "A scan sees this host only as a server; whether it connects to your servers, and signs there, was not seen.",
	settle: settleCanary,
	source: sourceAudit,
}

var windowsSMB1Client = &rule{
	reason: "windows-smb1-only-client", rows: []int{40},
	when:    func(f *facts) bool { return f.smb1Only() && f.oldWindows() },
	verdict: AlreadyBroken, confidence: Likely,
	why:      "It is a Windows that speaks only SMB1, such as XP or Server 2003, so it cannot connect to servers without SMB1 today; to those that still have it, it signs.",
	evidence: evidenceDevice,
	remedy:   "Replace the system, or give it a server of its own that stays out of the policy and apart from the rest of the network.",
	settle:   settleCanary,
	source:   "KB887429; Microsoft Learn, SMBv1 is not installed by default",
}

var asClientRules = []*rule{{
	reason: "printer-with-smb1-only", rows: []int{49},
	when:    func(f *facts) bool { return f.smb1Only() && f.device.Class == Printer },
	verdict: Breaks, confidence: Weak,
	why:      "It is a printer or copier whose own server knows only SMB1, so its scan-to-folder is probably as old and cannot sign; the age is only a hint.",
	evidence: evidenceDevice,
	remedy:   "Look for newer firmware and set its scan-to-folder to SMB2 or 3; otherwise let it scan to a server that stays out of the policy, or by mail or SFTP.",
	settle:   settleCanary,
	source:   "[MS-SMB] 3.2.4.2.4; " + sourceAudit,
}, windowsSMB1Client, {
	reason: "domain-controller-client-signs", rows: []int{42},
	when:    func(f *facts) bool { return f.runs.controller },
	verdict: Works, confidence: Likely,
	why:      "It is a domain controller; these have demanded signing since Server 2003, and sign as clients when a server demands it.",
	evidence: evidenceDevice,
	settle:   settleCanary,
	source:   "KB887429",
}, {
	reason: "windows-client-requires-signing", rows: []int{37},
	when:    func(f *facts) bool { return f.runs.windows && f.runs.windows26 && f.requiresSMB2() },
	verdict: Works, confidence: Likely,
	why:      "Its Windows (11 24H2 or later, or Server 2025) by default demands signing itself whenever it connects to others.",
	evidence: evidenceDevice,
	settle:   settleCanary,
	source:   "Microsoft Learn, Overview of Server Message Block signing (defaults of 24H2 and Server 2025)",
}, {
	reason: "windows-client-signs", rows: []int{38, 39, 41},
	when:    func(f *facts) bool { return f.runs.windows },
	verdict: Works, confidence: Likely,
	why:      "It is Windows, and every Windows since Vista signs SMB2 when the server demands it; programs that bring an SMB client of their own were not seen.",
	evidence: evidenceDevice,
	settle:   settleCanary,
	source:   "KB887429; [MS-SMB2] 3.2.5.2",
}, {
	reason: "macos-client-signs", rows: []int{46},
	when:    func(f *facts) bool { return f.runs.macOS },
	verdict: Works, confidence: Likely,
	why:      "It looks like macOS, whose SMB client signs when the server demands it.",
	evidence: evidenceDevice,
	settle:   settleCanary,
	source:   "[MS-SMB2] 3.2.5.2; nsmb.conf(5) of macOS",
}, {
	reason: "storage-array-client-signs", rows: []int{47},
	when:    func(f *facts) bool { return f.runs.storage },
	verdict: Works, confidence: Likely,
	why:      "It is a storage array with SMB2; by its maker's tables it signs when either side demands it.",
	evidence: evidenceDevice,
	settle:   settleCanary,
	source:   "NetApp ONTAP documentation, How SMB signing policies affect communication",
}, {
	reason: "printer-with-smb2-server", rows: []int{50},
	when:    func(f *facts) bool { return f.device.Class == Printer && f.SMB2 != nil },
	verdict: Unknown, confidence: Weak,
	why:      "It is a printer or copier whose own server knows SMB2, so its firmware can probably sign; but its scan-to-folder may be a program apart, or still be set to SMB1.",
	evidence: evidenceDevice,
	settle:   "Look up which SMB version its scan-to-folder is set to. " + settleCanary,
	source:   sourceAudit,
}, contactsNotLetIn, contactsSilent, {
	reason: "printer-client-unseen", rows: []int{48},
	when:    func(f *facts) bool { return f.shown.Class == Printer },
	verdict: Unknown, confidence: None,
	why:      "It is a printer or copier; devices like it most often break, at scan-to-folder, and a scan cannot see that.",
	evidence: evidenceShown,
	settle:   settleCanary,
	source:   sourceAudit,
}, {
	reason: "controller-client-unseen", rows: []int{51},
	when:    func(f *facts) bool { return f.SMB1 != nil && industrial(f.shown.Class) },
	verdict: Unknown, confidence: None,
	why:      "It is an industrial, medical or embedded device with SMB1; whether it writes files to your servers, and signs there, was not seen.",
	evidence: evidenceShown,
	settle:   "Ask its maker whether its SMB client can sign, and do not try it out on a device in operation. Signing audit on your servers (event 3021 in SMBServer/Audit, KB5066913) disturbs nothing.",
	source:   sourceAudit,
}, {
	reason: "samba-client-unseen", rows: []int{43},
	when:    func(f *facts) bool { return f.runs.samba },
	verdict: Unknown, confidence: None,
	why:      "It runs Samba, whose own client signs when the server demands it; but copiers and other appliances are built on Samba too and may connect with another program.",
	evidence: evidenceDevice,
	settle:   settleCanary,
	source:   "smb.conf(5), client signing; " + sourceAudit,
}, clientUnseen}

// ifClientAgreesRules judge "server: if client agrees". SMB2 ignores that
// setting too, but only a client that is known to speak SMB2 is thereby out of
// it.
var ifClientAgreesRules = []*rule{windowsSMB1Client, {
	reason: "smb2-client-ignores-if-client-agrees", rows: []int{37, 38, 39, 41, 42, 46, 47},
	when: func(f *facts) bool {
		return f.runs.windows || f.runs.macOS || f.runs.storage || f.runs.controller
	},
	verdict: NoChange, confidence: Likely,
	why:      "Systems like this connect with SMB2 or later, and SMB2 takes no notice of this setting.",
	evidence: evidenceDevice,
	settle:   "Get-SmbSession on your servers shows with which dialect it connects.",
	source:   "Microsoft Learn, Overview of Server Message Block signing: EnableSecuritySignature is ignored for SMB2 and later",
}, contactsSilent, clientUnseen}

func evidenceShown(f *facts) []string { return slices.Clone(f.shown.Evidence) }

func industrial(c Class) bool {
	return c == IndustrialController || c == Medical || c == Embedded
}
