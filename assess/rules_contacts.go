package assess

// Rules for a host that was seen as a client: by our own listener, in a capture,
// in the logs of servers. What was seen there goes before what its kind
// suggests. The rule of each sight tells how it counts against others; which of
// several stands is decided in conflict.go.

const (
	settleListen = "Run \"smbready listen --stage require\" and let it save one file there, with the account that the command names."
	settleAgain  = "After the change, let it save a file at the listener again (\"smbready listen --stage require\")."
	settleEvents = "Or switch on signing audit on your servers (event 3021 in SMBServer/Audit; KB5066913) for a whole business cycle."

	remedyClient  = "Update its firmware and set its SMB client (scan to folder) to SMB2 or 3 with an account; where that does not help, let it save to a server that stays out of the policy, or by mail or SFTP."
	remedyGuest   = "Give it an account of its own on the server, with a password, and enter that account in its settings; then try it again."
	remedyOld     = "Update its firmware, or set its logon to NTLMv2 where it has such a setting; otherwise let it save to a server that stays out of the policy, or by mail or SFTP."
	remedySMB1Set = "Set its SMB client (scan to folder) to SMB2 or 3, if need be with newer firmware; otherwise let it save by mail or SFTP, or to a server of its own that still has SMB1, apart from the rest of the network."

	sourceGuest  = "[MS-SMB2] 3.2.5.3.1, 3.3.5.5.3"
	sourceVerify = "[MS-SMB2] 3.3.5.2.4"
	sourceSMB1   = "[MS-CIFS] 3.2.4.2.2, 3.2.5.3; Microsoft Learn, SMBv1 is not installed by default"
	source3021   = "Microsoft Learn, SMB signing audit events (3021 and 3027 in SMBServer/Audit); KB5066913"
)

// sightRules are the rules by what one contact shows. What they ask for, and
// what they quote, is the same for all and is added in contactRules.
var sightRules = [sightCount]*rule{
	sightGuestAtWork: {
		reason: "client-works-as-guest", rows: []int{73},
		verdict: Breaks, confidence: Proven,
		why:    "It was seen to work with files in a guest's or an anonymous session, which has no key to sign with; a server that demands signing refuses it.",
		remedy: remedyGuest, settle: settleListen, source: sourceGuest,
	},
	sightSignsWrongly: {
		reason: "client-signs-wrongly", rows: []int{70, 71},
		verdict: Breaks, confidence: Proven,
		why:    "It logged on with the right password and then signed wrongly; a Windows server refuses such requests.",
		remedy: remedyClient, settle: settleAgain, source: sourceVerify,
	},
	sightSignsNot: {
		reason: "client-does-not-sign", rows: []int{65, 72},
		verdict: Breaks, confidence: Strong,
		why:    "A server told it that signing is required, and it sent requests without a signature; a Windows server with the policy refuses these.",
		remedy: remedyClient, settle: settleAgain, source: sourceVerify + ", 3.3.5.2.9; [MS-CIFS] 3.3.5.1",
	},
	sightGuest: {
		reason: "client-logs-on-as-guest", rows: []int{73},
		verdict: Breaks, confidence: Strong,
		why:    "It logs on as a guest or without any account, and such a session has no key to sign with; a server that demands signing refuses it.",
		remedy: remedyGuest, settle: settleAgain, source: sourceGuest,
	},
	sightRefused: {
		reason: "client-refused-for-signing", rows: []int{72},
		verdict: Breaks, confidence: Likely,
		why:    "A server that looks at signatures refused its requests.",
		remedy: remedyClient, settle: settleAgain, source: sourceVerify,
	},
	sightLeaves: {
		reason: "client-leaves-when-signing-is-demanded", rows: []int{64, 72},
		verdict: Breaks, confidence: Strong,
		why:    "It hangs up as soon as a server tells it that signing is required, and goes on where a server does not.",
		remedy: remedyClient, settle: settleAgain, source: "[MS-CIFS] 3.2.4.2.2; [MS-SMB2] 3.2.5.2",
	},
	sightLeavesPerhaps: {
		reason: "client-may-leave-for-signing", rows: []int{64, 72},
		verdict: Breaks, confidence: Likely,
		why:    "It hung up as soon as our listener told it that signing is required; programs that only ask hang up there too, and whether it was for signing was not seen.",
		remedy: remedyClient,
		settle: "Let the same device save a file while \"smbready listen --stage observe\" runs: if it goes on there, it hung up because of signing.",
		source: "[MS-CIFS] 3.2.4.2.2; [MS-SMB2] 3.2.5.2",
	},
	sightPlainPassword: {
		reason: "client-sends-plain-password", rows: []int{73},
		verdict: Breaks, confidence: Likely,
		why:    "It sends its password in clear text, which leaves no key to sign with, and which Windows servers do not take.",
		remedy: remedyOld, settle: settleAgain, source: "[MS-CIFS] 3.2.4.2.4",
	},
	sightAuditBreaks: {
		reason: "audit-client-cannot-sign", rows: []int{75},
		verdict: Breaks, confidence: Strong,
		why:    "A Windows server noted in its log that this client does not support signing (event 3021).",
		remedy: remedyClient, settle: settleListen, source: source3021,
	},
	sightSaysNot: {
		reason: "client-signing-not-advertised", rows: []int{69},
		verdict: Breaks, confidence: Likely,
		why:    "As an SMB2 client it leaves out the signing bit that every client has to set, so it probably cannot sign.",
		remedy: remedyClient, settle: settleListen, source: "[MS-SMB2] 2.2.3, 3.2.4.2.2.2",
	},
	sightAuditDoubts: {
		reason: "audit-smb1-client-cannot-sign", rows: []int{76},
		verdict: Breaks, confidence: Weak,
		why:    "A Windows server noted in its log that this SMB1 client may not support signing (event 3027), which its maker calls unreliable in both directions.",
		remedy: remedySMB1Set, settle: settleListen, source: source3021,
	},
	sightMadeGuest: {
		reason: "client-made-guest", rows: []int{57},
		verdict: Unknown, confidence: Weak,
		why:    "It came with an account, and a server that does not know the account let it in as a guest; what it does where its account is known was not seen.",
		settle: settleListen, source: sourceGuest,
	},
	sightOldLogon: {
		reason: "client-old-logon", rows: []int{74},
		verdict: AlreadyBroken, confidence: Strong,
		why:    "It logs on with NTLMv1 or LM and nothing newer, and servers that are hardened against these, as Windows Server 2025 is, refuse it today, whatever the signing policy.",
		remedy: remedyOld, settle: settleListen, source: "KB5066470; [MS-NLMP] 3.3.1",
	},
	sightOldLogonSigns: {
		reason: "client-old-logon-signs", rows: []int{70, 74},
		verdict: AlreadyBroken, confidence: Strong,
		why:    "Its signatures are right, so signing is not the trouble; but it logs on with NTLMv1 or LM and nothing newer, and servers that are hardened against these, as Windows Server 2025 is, refuse it today.",
		remedy: remedyOld, settle: settleAgain, source: "KB5066470; [MS-NLMP] 3.3.1",
	},
	sightOldLogonBeside: {
		reason: "client-old-logon-at-times", rows: []int{74},
		verdict: AlreadyBroken, confidence: Likely,
		why:    "Something on it logs on with NTLMv1 or LM, and servers that are hardened against these, as Windows Server 2025 is, refuse that today, whatever the signing policy; something else on it, or the same at another time, logs on with NTLMv2 or Kerberos.",
		remedy: remedyOld, settle: "Find out which of its programs or settings still uses NTLMv1 or LM. " + settleListen, source: "KB5066470; [MS-NLMP] 3.3.1",
	},
	sightSMB1Only: {
		reason: "smb1-only-client", rows: []int{62},
		verdict: AlreadyBroken, confidence: Strong,
		why:    "It offers SMB1 and nothing newer, and servers without SMB1, as Windows is installed today, refuse it, whatever the signing policy; whether it signs where SMB1 is still on was not seen.",
		remedy: remedySMB1Set, settle: settleListen, source: sourceSMB1,
	},
	sightSMB1OnlySigns: {
		reason: "smb1-only-client-signs", rows: []int{62, 63, 66},
		verdict: AlreadyBroken, confidence: Strong,
		why:    "It offers SMB1 and nothing newer, and servers without SMB1, as Windows is installed today, refuse it, whatever the signing policy; where SMB1 is still on, it signs or says that it does.",
		remedy: remedySMB1Set, settle: settleAgain, source: sourceSMB1,
	},
	sightSMB1Beside: {
		reason: "smb1-only-at-times", rows: []int{62},
		verdict: AlreadyBroken, confidence: Likely,
		why:    "Something on it offers SMB1 and nothing newer, and servers without SMB1, as Windows is installed today, refuse that, whatever the signing policy; something else on it, or the same at another time, offers SMB2.",
		remedy: remedySMB1Set, settle: "Find out which of its programs or settings still uses SMB1. " + settleListen, source: sourceSMB1,
	},
	sightAuditSMB1: {
		reason: "audit-smb1-client", rows: []int{62},
		verdict: AlreadyBroken, confidence: Weak,
		why:    "A Windows server noted in its log that something on this host used SMB1 (event 3000) or was denied it (event 1001), and servers without SMB1 refuse that; scanners cause such events too.",
		remedy: remedySMB1Set, settle: settleListen, source: "Microsoft Learn, Detect, enable, and disable SMBv1, SMBv2, and SMBv3 in Windows (AuditSmb1Access)",
	},
	sightSMB1AtWork: {
		reason: "smb1-client-at-work-unsigned", rows: []int{62, 63},
		verdict: Unknown, confidence: Weak,
		why:    "It works today with a server that still speaks SMB1, without signing, as that server does not demand it; whether it would sign on demand was not seen.",
		settle: settleListen, source: sourceSMB1,
	},
	sightDemandedAtWork: {
		reason: "client-works-with-demanding-server", rows: []int{81},
		verdict: Works, confidence: Proven,
		why:    "It was seen to work with files on a server that demands signing, signed or encrypted.",
		source: sourceVerify,
	},
	sightVerified: {
		reason: "client-signature-verified", rows: []int{66, 70},
		verdict: Works, confidence: Proven,
		why:    "It logged on to our listener with an account, signed every request after that, and its signatures are right.",
		source: sourceVerify + "; [MS-CIFS] 3.1.4.1",
	},
	sightSignsAtWork: {
		reason: "client-signs-at-work", rows: []int{80},
		verdict: Works, confidence: Proven,
		why:    "It was seen to work with files on a server, with every request and every answer signed.",
		source: sourceVerify,
	},
	sightEncrypts: {
		reason:  "client-encrypts",
		verdict: Works, confidence: Likely,
		why:    "It was seen in a session with an account that is encrypted, which stands for signing.",
		settle: settleListen, source: "[MS-SMB2] 3.3.4.1.1, 3.3.5.2.9",
	},
	sightSessionSigned: {
		reason:  "client-session-signed",
		verdict: Works, confidence: Strong,
		why:    "A Windows server listed its session with an account as signed or encrypted (Get-SmbSession).",
		settle: settleListen, source: sourceVerify,
	},
	sightSMB1SignsAtWork: {
		reason: "smb1-client-signs-at-work", rows: []int{66},
		verdict: Works, confidence: Likely,
		why:    "It was seen to work with files over SMB1, with every request and every answer signed, on a server that still speaks SMB1; servers without SMB1 would refuse it.",
		remedy: remedySMB1Set, settle: settleListen, source: sourceSMB1,
	},
	sightDemands: {
		reason: "client-demands-signing", rows: []int{67},
		verdict: Works, confidence: Strong,
		why:    "As a client it demands signing itself.",
		settle: settleListen, source: "[MS-SMB2] 2.2.3, 3.3.5.5.3",
	},
	sightSignsAndLeaves: {
		reason: "client-signs-and-leaves", rows: []int{70},
		verdict: Works, confidence: Likely,
		why:    "It logged on to our listener with an account, and signed rightly what it sent; but it left before it came to a file.",
		settle: settleListen, source: sourceVerify + "; [MS-CIFS] 3.1.4.1",
	},
	sightSignsUnverified: {
		reason: "client-signs-unverified", rows: []int{71},
		verdict: Works, confidence: Likely,
		why:    "It signed every request after the logon; whether these signatures are right could not be checked without its password.",
		settle: settleListen, source: sourceVerify,
	},
	sightSignsInPart: {
		reason: "client-signs-in-part", rows: []int{68},
		verdict: Works, confidence: Likely,
		why:    "It signed some requests and left others unsigned, as a client may where signing is not demanded; so it has signing, and every SMB2 client has to use it on demand.",
		settle: settleListen, source: "[MS-SMB2] 3.2.4.1.1",
	},
	sightSMB1Accepts: {
		reason: "smb1-client-accepts-signing", rows: []int{63},
		verdict: Works, confidence: Likely,
		why:    "Over SMB1 it takes up a server's offer to sign, and it also offers SMB2, or has a server that still speaks SMB1.",
		settle: settleListen, source: sourceSMB1,
	},
	sightSaysSigns: {
		reason: "client-says-it-signs", rows: []int{68},
		verdict: Works, confidence: Likely,
		why:    "It is an SMB2 client, and these have to sign on demand; what it said of signing itself says nothing, and no server that demands it was there to try it.",
		settle: settleListen, source: "[MS-SMB2] 2.2.3, 3.2.5.3.1",
	},
	sightAuditSilent: {
		reason: "audit-silent", rows: []int{77},
		verdict: Works, confidence: Likely,
		why:    "It had sessions with a server whose signing audit was on for at least 30 days, and no event says that it cannot sign; a client that only claims to sign is silent there too.",
		settle: settleListen, source: source3021,
	},
}

// contactsConflict and contactsLeftOut stand before all others: they are about
// what the contacts come to together.
var contactsConflict = &rule{
	reason: "client-evidence-conflicts", rows: []int{83},
	when:    func(f *facts) bool { return f.client.conflict },
	verdict: Unknown, confidence: None,
	why:      "What was seen of it as a client contradicts itself: some of it says that it would break and some that it would work, and neither goes before the other.",
	evidence: evidenceContacts,
	settle:   "If two devices or two programs share the address, tell them apart first. " + settleListen + " If what broke was changed since then in another way than it was tried, leave the older files out.",
	source:   sourceVerify,
}

var contactsLeftOut = &rule{
	reason: "client-contacts-left-out", rows: nil,
	when:    func(f *facts) bool { return f.client.left },
	verdict: Unknown, confidence: None,
	why:      "What is kept of it as a client looks well, but more was seen of it than is kept, and what was left out may say otherwise.",
	evidence: evidenceContacts,
	settle:   "Import its captures and logs again in smaller parts, one at a time, so that all that was seen of it is kept.",
	source:   source3021,
}

// contactsNotLetIn is for a trial that failed.
var contactsNotLetIn = &rule{
	reason: "client-not-let-in", rows: []int{60},
	when:    func(f *facts) bool { return f.client.shutOut && !f.client.account },
	verdict: Unknown, confidence: None,
	why:      "It came to our listener with another account or password than the one that was made for the test, so it was not let in, and whether it signs was not seen.",
	evidence: evidenceKept,
	settle:   "Enter the account and the password that \"smbready listen\" shows, and let it save a file again.",
	source:   sourceVerify,
}

// contactsSilent takes the place of the rules that word what was never seen.
var contactsSilent = &rule{
	reason: "client-seen-not-judged", rows: nil,
	when:    func(f *facts) bool { return f.client.kept },
	verdict: Unknown, confidence: None,
	why:      "It was seen as a client, but nothing that was seen tells whether it signs when a server demands it.",
	evidence: evidenceKept,
	settle:   settleListen + " " + settleEvents,
	source:   source3021,
}

// contactRules are the rules about a host that was seen as a client.
var contactRules = func() []*rule {
	list := []*rule{contactsConflict, contactsLeftOut}
	for s := sightNone + 1; s < sightCount; s++ {
		r := sightRules[s]
		r.when, r.evidence = shows(s), evidenceContacts
		list = append(list, r)
	}
	return list
}()

// contactIfAgreesRules judge "server: if client agrees" by what was seen. Only
// SMB1 heeds that setting, so what a client did over SMB1 goes first.
var contactIfAgreesRules = []*rule{{
	reason: "smb1-client-mis-signs", rows: []int{65},
	when:    maybe1(sightSignsWrongly),
	verdict: Breaks, confidence: Strong,
	why:      "Over SMB1 it signs, and signs wrongly, so it fails wherever the server agrees to sign.",
	evidence: evidenceKept,
	remedy:   remedySMB1Set, settle: settleAgain, source: sourceSMB1,
}, {
	reason: "smb1-client-beside-smb2", rows: []int{62},
	when:    func(f *facts) bool { return f.client.offers2 && old1(f) },
	verdict: AlreadyBroken, confidence: Likely,
	why:      "Something on it offers SMB1 and nothing newer, or logs on in a way as old, and current servers refuse that today; this setting makes that neither better nor worse, and what else it does with SMB2 takes no notice of it.",
	evidence: evidenceKept,
	remedy:   remedySMB1Set, settle: settleListen, source: sourceSMB1,
}, {
	reason: "smb1-client-without-smb2", rows: []int{62},
	when:    old1,
	verdict: AlreadyBroken, confidence: Strong,
	why:      "It offers SMB1 and nothing newer, or logs on in a way as old, and current servers refuse it today; this setting makes that neither better nor worse.",
	evidence: evidenceKept,
	remedy:   remedySMB1Set, settle: settleListen, source: sourceSMB1,
}, {
	reason: "smb1-client-declines-signing", rows: []int{64, 65},
	when:    over1(sightSignsNot, sightLeaves, sightLeavesPerhaps, sightGuest, sightGuestAtWork, sightMadeGuest),
	verdict: NoChange, confidence: Likely,
	why:      "Over SMB1 it does not sign, or has no key to sign with, so there is nothing for a server to agree to.",
	evidence: evidenceKept,
	settle:   settleListen, source: sourceSMB1,
}, {
	reason: "smb1-client-agrees", rows: []int{63, 66},
	when:    over1(sightVerified, sightSMB1SignsAtWork, sightSMB1Accepts, sightSignsAndLeaves, sightSignsUnverified),
	verdict: Works, confidence: Likely,
	why:      "Over SMB1 it takes up a server's offer to sign, so with this setting its sessions are signed.",
	evidence: evidenceKept,
	settle:   settleListen, source: sourceSMB1,
}, {
	reason: "smb1-client-not-judged", rows: []int{62},
	when:    maybe1(sightSMB1AtWork),
	verdict: Unknown, confidence: Weak,
	why:      "It works over SMB1 with a server that does not offer signing; whether it would take up such an offer, and sign rightly, was not seen.",
	evidence: evidenceKept,
	settle:   settleListen, source: sourceSMB1,
}, {
	reason: "client-speaks-smb2", rows: []int{67, 68, 69, 70, 71, 72, 80, 81},
	when:    func(f *facts) bool { return f.client.spoke2 },
	verdict: NoChange, confidence: Strong,
	why:      "It was seen to connect with SMB2 or later, and SMB2 takes no notice of this setting.",
	evidence: evidenceKept,
	source:   "Microsoft Learn, Overview of Server Message Block signing: EnableSecuritySignature is ignored for SMB2 and later",
}}

// old1 reports whether SMB1 was offered alone, or a logon as old was seen that may
// have been over SMB1.
func old1(f *facts) bool {
	return f.client.smb1 || maybe1(sightOldLogon, sightOldLogonSigns, sightOldLogonBeside)(f)
}

// over1 returns a predicate: a contact over SMB1 shows one of these.
func over1(sights ...sight) func(*facts) bool {
	return func(f *facts) bool { return f.client.by1&bits(sights) != 0 }
}

// maybe1 returns the same for bad news, which may have been over SMB1.
func maybe1(sights ...sight) func(*facts) bool {
	return func(f *facts) bool { return f.client.maybe1&bits(sights) != 0 }
}

func bits(sights []sight) (b uint64) {
	for _, s := range sights {
		b |= s.bit()
	}
	return b
}
