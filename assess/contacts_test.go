package assess

import (
	"slices"
	"testing"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

var (
	roleUnseen  = unknown("server-role-unseen")
	seenInUse   = unknown("server-seen-in-use")
	speaks2     = want{NoChange, Strong, "client-speaks-smb2"}
	servedBy2   = want{NoChange, Strong, "served-smb2-ignores-if-server-agrees"}
	conflicting = unknown("client-evidence-conflicts")
	notJudged   = unknown("client-seen-not-judged")
	without2    = want{AlreadyBroken, Strong, "smb1-client-without-smb2"}
	declines    = want{NoChange, Likely, "smb1-client-declines-signing"}
	agrees      = want{Works, Likely, "smb1-client-agrees"}

	verifiedWorks  = want{Works, Proven, "client-signature-verified"}
	signsAtWork    = want{Works, Proven, "client-signs-at-work"}
	withDemanding  = want{Works, Proven, "client-works-with-demanding-server"}
	signsAndLeft   = want{Works, Likely, "client-signs-and-leaves"}
	encrypts       = want{Works, Likely, "client-encrypts"}
	signs1AtWork   = want{Works, Likely, "smb1-client-signs-at-work"}
	accepts        = want{Works, Likely, "smb1-client-accepts-signing"}
	unsigned1      = want{Unknown, Weak, "smb1-client-at-work-unsigned"}
	notJudged1     = want{Unknown, Weak, "smb1-client-not-judged"}
	madeAGuest     = want{Unknown, Weak, "client-made-guest"}
	oldAtTimes     = want{AlreadyBroken, Likely, "client-old-logon-at-times"}
	only1AtTimes   = want{AlreadyBroken, Likely, "smb1-only-at-times"}
	beside2        = want{AlreadyBroken, Likely, "smb1-client-beside-smb2"}
	notLetIn       = unknown("client-not-let-in")
	leftOutSome    = unknown("client-contacts-left-out")
	asGuestProven  = want{Breaks, Proven, "client-works-as-guest"}
	asGuest        = want{Breaks, Strong, "client-logs-on-as-guest"}
	signsNot       = want{Breaks, Strong, "client-does-not-sign"}
	signsBadly     = want{Breaks, Proven, "client-signs-wrongly"}
	leaves         = want{Breaks, Strong, "client-leaves-when-signing-is-demanded"}
	mayLeave       = want{Breaks, Likely, "client-may-leave-for-signing"}
	saysSigns      = want{Works, Likely, "client-says-it-signs"}
	saysNot        = want{Breaks, Likely, "client-signing-not-advertised"}
	demandsSigning = want{Works, Strong, "client-demands-signing"}
	signsSome      = want{Works, Likely, "client-signs-in-part"}
	unverified     = want{Works, Likely, "client-signs-unverified"}
	oldLogon       = want{AlreadyBroken, Strong, "client-old-logon"}
	oldLogonSigns  = want{AlreadyBroken, Strong, "client-old-logon-signs"}
	only1          = want{AlreadyBroken, Strong, "smb1-only-client"}
	only1Signs     = want{AlreadyBroken, Strong, "smb1-only-client-signs"}
	event3021      = want{Breaks, Strong, "audit-client-cannot-sign"}
	event3027      = want{Breaks, Weak, "audit-smb1-client-cannot-sign"}
	auditSilent    = want{Works, Likely, "audit-silent"}

	connection    = want{Works, Proven, "connection-signed"}
	onDemand      = want{Works, Proven, "served-signed-on-demand"}
	guestInUse    = want{Breaks, Strong, "guest-in-use"}
	guestEvents   = want{Breaks, Strong, "guest-events"}
	cannotSign    = want{Breaks, Strong, "client-audit-server-cannot-sign"}
	ofClient      = want{} // no guest path
	auditOneCycle = &inventory.Audit{Server: "FS01", From: day0, To: day0.Add(businessCycle), Proof: "configuration"}
)

var day0 = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

// contactTests has a row for each row of the policy table that contacts can
// show, and for what they come to together.
var contactTests = []ruleTest{
	// As a client, seen by our own listener.
	{"row 62 SMB1 only, signing not seen", clientHost(canary1(func(c *inventory.Contact) {
		c.Offer.SetupFlags2, c.Demanded, c.Requests, c.Signature = flags2(0xc801), inventory.SigningEnabled, inventory.Signatures{Unsigned: 5}, 0
	})), roleUnseen, ofClient, roleUnseen, only1, without2},
	{"row 62 LANMAN only, refused", clientHost(canary1(func(c *inventory.Contact) {
		c.Offer = &inventory.Offer{SMB1Dialects: []string{"LANMAN1.0", "LM1.2X002"}}
		c.Dialect, c.Logon, c.Stage, c.End, c.Signature = "", nil, inventory.StageNegotiate, inventory.EndServerClosed, 0
	})), roleUnseen, ofClient, roleUnseen, only1, without2},
	{"row 62 SMB1 only, takes up the offer", clientHost(canary1(func(c *inventory.Contact) { c.Demanded, c.Signature = inventory.SigningEnabled, 0 })),
		roleUnseen, ofClient, roleUnseen, only1Signs, without2},
	{"row 62 SMB1 only, signatures right", clientHost(canary1()), roleUnseen, ofClient, roleUnseen, only1Signs, without2},
	{"row 62 SMB1 only, of a Windows host", change(windowsHost("10.0.19041", "3.1.1", 0x01), withContacts(canary1())), want{Works, Strong, "windows-signs"}, untested, ignored, only1Signs, without2},
	{"row 62 a scanner asks for SMB1, and speaks SMB2", clientHost(canary1(func(c *inventory.Contact) {
		c.Offer.SetupFlags2, c.Logon, c.Stage, c.Requests, c.Signature = nil, nil, inventory.StageNegotiate, inventory.Signatures{}, 0
		c.Demanded = inventory.SigningEnabled
	}), observed()), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 62 at work over SMB1, unsigned", clientHost(capture1(func(c *inventory.Contact) {
		c.Demanded, c.Offer.SetupFlags2, c.Requests, c.Answers = inventory.SigningDisabled, flags2(0xc801), inventory.Signatures{Unsigned: 9}, inventory.Signatures{Unsigned: 9}
	})), roleUnseen, ofClient, roleUnseen, want{Unknown, Weak, "smb1-client-at-work-unsigned"}, want{Unknown, Weak, "smb1-client-not-judged"}},
	{"row 62 event 3000", clientHost(event(3000, "Microsoft-Windows-SMBServer/Audit")), roleUnseen, ofClient, roleUnseen,
		want{AlreadyBroken, Weak, "audit-smb1-client"}, notJudged},
	{"row 62 event 1001", clientHost(event(1001, "Microsoft-Windows-SMBServer/Operational")), roleUnseen, ofClient, roleUnseen,
		want{AlreadyBroken, Weak, "audit-smb1-client"}, notJudged},
	{"row 63 takes up the offer, and offers SMB2", clientHost(canary1(offersBoth, func(c *inventory.Contact) {
		c.Demanded, c.Requests, c.Signature = inventory.SigningEnabled, inventory.Signatures{}, 0
	})), roleUnseen, ofClient, roleUnseen, want{Works, Likely, "smb1-client-accepts-signing"}, agrees},
	{"row 64 hangs up, and goes on without the demand", clientHost(canary1(hangsUp), canary1(func(c *inventory.Contact) {
		c.Demanded, c.Offer.SetupFlags2, c.Requests, c.Signature = inventory.SigningEnabled, flags2(0xc801), inventory.Signatures{Unsigned: 4}, 0
	})), roleUnseen, ofClient, roleUnseen, leaves, without2},
	{"row 64 hangs up, no control", clientHost(canary1(hangsUp)), roleUnseen, ofClient, roleUnseen, mayLeave, without2},
	{"row 64 hangs up, and offers SMB2", clientHost(canary1(offersBoth, hangsUp)), roleUnseen, ofClient, roleUnseen, mayLeave, declines},
	{"row 65 ignores the demand", clientHost(canary1(func(c *inventory.Contact) {
		c.Offer.SetupFlags2, c.Requests, c.Signature, c.End = flags2(0xc801), inventory.Signatures{Unsigned: 1}, 0, inventory.EndServerRefused
	})), roleUnseen, ofClient, roleUnseen, signsNot, without2},
	{"row 65 ignores the demand, with NTLMv1", clientHost(canary1(mechanism("NTLMv1"), func(c *inventory.Contact) {
		c.Requests, c.Signature = inventory.Signatures{Unsigned: 1}, 0
	})), roleUnseen, ofClient, roleUnseen, signsNot, without2},
	{"row 65 signs wrongly over SMB1", clientHost(canary1(func(c *inventory.Contact) { c.Signature = inventory.CheckWrong })),
		roleUnseen, ofClient, roleUnseen, signsBadly, want{Breaks, Strong, "smb1-client-mis-signs"}},
	{"row 66 signatures right, and it offers SMB2", clientHost(canary1(offersBoth)), roleUnseen, ofClient, roleUnseen, verifiedWorks, agrees},
	{"row 66 signatures right, and a server speaks SMB1", clientHost(canary1(), capture1(func(c *inventory.Contact) {
		c.Requests, c.Answers = inventory.Signatures{Unsigned: 9}, inventory.Signatures{Unsigned: 9}
	})), roleUnseen, ofClient, roleUnseen, only1Signs, without2},
	{"row 66 at work over SMB1, signed", clientHost(capture1()), roleUnseen, ofClient, roleUnseen, signs1AtWork, agrees},
	{"row 67 demands signing", clientHost(observed(mode(0x03), func(c *inventory.Contact) {
		c.Requests, c.Signature = inventory.Signatures{}, 0
		c.Logon = &inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Status: "STATUS_LOGON_FAILURE"}
		c.Stage = inventory.StageLoggedOn
	})), roleUnseen, ofClient, roleUnseen, demandsSigning, speaks2},
	{"row 67 demands signing, its account refused where signing is demanded", clientHost(canary2(mode(0x02), func(c *inventory.Contact) {
		c.Requests, c.Signature = inventory.Signatures{}, 0
		c.Logon = &inventory.Logon{As: inventory.LogonAccount, Mechanism: "Kerberos", Status: "STATUS_LOGON_FAILURE"}
		c.Stage = inventory.StageLoggedOn
	})), roleUnseen, ofClient, roleUnseen, demandsSigning, speaks2},
	{"row 67 demands signing in SESSION_SETUP", clientHost(observed(func(c *inventory.Contact) { c.Offer.SetupSecurityMode = ptr(2); c.Requests = inventory.Signatures{} })),
		roleUnseen, ofClient, roleUnseen, demandsSigning, speaks2},
	{"row 68 SecurityMode 0x01, nothing demanded", clientHost(observed()), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 68 NEGOTIATE alone", clientHost(observed(func(c *inventory.Contact) {
		c.Logon, c.Stage, c.Requests = nil, inventory.StageNegotiate, inventory.Signatures{}
	})),
		roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 68 some requests signed", clientHost(observed(func(c *inventory.Contact) {
		c.Requests, c.Signature = inventory.Signatures{Signed: 1, Unsigned: 5}, inventory.CheckRight
	})),
		roleUnseen, ofClient, roleUnseen, signsSome, speaks2},
	{"row 68 the server's demand is not known", clientHost(observed(func(c *inventory.Contact) { c.Demanded = 0 })),
		roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 69 SecurityMode 0x00", clientHost(observed(mode(0x00))), roleUnseen, ofClient, roleUnseen, saysNot, speaks2},
	{"row 69 SecurityMode 0x00, but its signatures are right", clientHost(canary2(mode(0x00))), roleUnseen, ofClient, roleUnseen, verifiedWorks, speaks2},
	{"row 70 signatures right", clientHost(canary2()), roleUnseen, ofClient, roleUnseen, verifiedWorks, speaks2},
	{"row 70 signatures right, of a printer with SMB1 only", change(printer(smb1Host(ntlmSMB1(0x02))), withContacts(canary2())),
		want{Breaks, Strong, "smb1-share-level-cannot-sign"}, untested, unable, verifiedWorks, speaks2},
	{"row 70 signatures right, only a connection to a share, not demanded", clientHost(canary2(func(c *inventory.Contact) {
		c.Demanded, c.Stage, c.Data, c.Requests = inventory.SigningEnabled, inventory.StageTreeConnect, false, inventory.Signatures{Signed: 1}
	})), roleUnseen, ofClient, roleUnseen, signsAndLeft, speaks2},
	{"row 70 said to be right, and the key is not known", clientHost(canary2(func(c *inventory.Contact) { c.Logon.KnownKey = false; c.Answers = inventory.Signatures{} })),
		roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 70 signatures wrong", clientHost(canary2(func(c *inventory.Contact) { c.Signature, c.End = inventory.CheckWrong, inventory.EndServerRefused })),
		roleUnseen, ofClient, roleUnseen, signsBadly, speaks2},
	{"row 70 signatures wrong, and the key is not known", clientHost(canary2(func(c *inventory.Contact) { c.Signature, c.Logon.KnownKey = inventory.CheckWrong, false })),
		roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 71 signed, and the key is not known", clientHost(canary2(func(c *inventory.Contact) { c.Signature, c.Logon.KnownKey = 0, false })),
		roleUnseen, ofClient, roleUnseen, unverified, speaks2},
	{"row 71 signed, and the answers are refusals", clientHost(canary2(func(c *inventory.Contact) { c.Signature, c.Logon.KnownKey, c.Failed = 0, false, 5 })),
		roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 72 unsigned, though demanded", clientHost(canary2(func(c *inventory.Contact) {
		c.Requests, c.Signature, c.Stage, c.End = inventory.Signatures{Unsigned: 1}, 0, inventory.StageTreeConnect, inventory.EndServerRefused
	})), roleUnseen, ofClient, roleUnseen, signsNot, speaks2},
	{"row 72 hangs up, no control", clientHost(canary2(hangsUp)), roleUnseen, ofClient, roleUnseen, mayLeave, speaks2},
	{"row 72 hangs up, and goes on without the demand", clientHost(canary2(hangsUp), observed()), roleUnseen, ofClient, roleUnseen, leaves, speaks2},
	{"row 72 hangs up after the logon, and goes on without the demand", clientHost(canary2(hangsUp, func(c *inventory.Contact) {
		c.Stage, c.Logon = inventory.StageLoggedOn, &inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Granted: true, KnownKey: true}
	}), observed()), roleUnseen, ofClient, roleUnseen, leaves, speaks2},
	{"row 72 hangs up once, and goes on the next time", clientHost(canary2(hangsUp), canary2()), roleUnseen, ofClient, roleUnseen, verifiedWorks, speaks2},
	{"row 72 hangs up on a real server, as clients do", clientHost(captured(hangsUp)), roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 72 refused for its signature", clientHost(canary2(func(c *inventory.Contact) {
		c.Requests, c.Signature, c.End = inventory.Signatures{Signed: 1}, 0, inventory.EndServerRefused
	})), roleUnseen, ofClient, roleUnseen, want{Breaks, Likely, "client-refused-for-signing"}, speaks2},
	{"row 72 encrypted", clientHost(captured(encryptedContact, func(c *inventory.Contact) { c.Demanded = inventory.SigningEnabled })),
		roleUnseen, ofClient, roleUnseen, encrypts, speaks2},
	{"row 73 tries as guest", clientHost(canary2(as(inventory.LogonGuest))), roleUnseen, ofClient, roleUnseen, asGuest, speaks2},
	{"row 73 tries anonymously", clientHost(canary2(as(inventory.LogonAnonymous))), roleUnseen, ofClient, roleUnseen, asGuest, speaks2},
	{"row 73 tries anonymously beside a proven logon", clientHost(canary2(as(inventory.LogonAnonymous)), canary2()), roleUnseen, ofClient, roleUnseen, verifiedWorks, speaks2},
	{"row 73 anonymous session to IPC$ of a real server", clientHost(captured(anonymousIPC)), roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 73 works as guest, beside a proven logon", clientHost(captured(guestAtWork), canary2()), roleUnseen, ofClient, roleUnseen, asGuestProven, speaks2},
	{"row 73 event 3023", clientHost(event(3023, "Microsoft-Windows-SMBServer/Security")), roleUnseen, ofClient, roleUnseen, asGuest, notJudged},
	{"row 73 password in clear text", clientHost(canary1(mechanism("plaintext"))), roleUnseen, ofClient, roleUnseen,
		want{Breaks, Likely, "client-sends-plain-password"}, without2},
	{"row 74 NTLMv1", clientHost(observed(mechanism("NTLMv1"))), roleUnseen, ofClient, roleUnseen, oldLogon, speaks2},
	{"row 74 LM", clientHost(observed(mechanism("LM"))), roleUnseen, ofClient, roleUnseen, oldLogon, speaks2},
	{"row 74 NTLMv1, and its signatures are right", clientHost(canary2(mechanism("NTLMv1"))), roleUnseen, ofClient, roleUnseen, oldLogonSigns, speaks2},
	{"row 74 NTLMv1 once, and NTLMv2", clientHost(observed(mechanism("NTLMv1")), canary2()), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},

	// As a client, seen elsewhere.
	{"row 75 event 3021", clientHost(event(3021, auditLog)), roleUnseen, ofClient, roleUnseen, event3021, notJudged},
	{"row 75 event 3021 and an ordinary offer", clientHost(event(3021, auditLog), observed()), roleUnseen, ofClient, roleUnseen, event3021, speaks2},
	{"row 75 event 3021 of another log", clientHost(event(3021, "Application")), roleUnseen, ofClient, roleUnseen, notJudged, notJudged},
	{"row 75 event 3021 of a Windows host", change(windowsHost("10.0.19041", "3.1.1", 0x01), withContacts(event(3021, auditLog))),
		want{Works, Strong, "windows-signs"}, untested, ignored, event3021, ignores},
	{"row 76 event 3027", clientHost(event(3027, auditLog)), roleUnseen, ofClient, roleUnseen, event3027, notJudged},
	{"row 76 event 3027 of a Windows host", change(windowsHost("10.0.19041", "3.1.1", 0x01), withContacts(event(3027, auditLog))),
		want{Works, Strong, "windows-signs"}, untested, ignored, event3027, ignores},
	{"row 77 audit silent", clientHost(audited(auditOneCycle)), roleUnseen, ofClient, roleUnseen, auditSilent, notJudged},
	{"row 77 audit silent for a week", clientHost(audited(&inventory.Audit{From: day0, To: day0.Add(7 * 24 * time.Hour)})), roleUnseen, ofClient, roleUnseen, notJudged, notJudged},
	{"row 77 audit silent there, event 3021 elsewhere", clientHost(audited(auditOneCycle), event(3021, auditLog)), roleUnseen, ofClient, roleUnseen, event3021, notJudged},
	{"row 77 audit silent there, event 3027 elsewhere", clientHost(audited(auditOneCycle), event(3027, auditLog)), roleUnseen, ofClient, roleUnseen, event3027, notJudged},
	{"row 80 signed at work", clientHost(captured()), roleUnseen, ofClient, roleUnseen, signsAtWork, speaks2},
	{"row 80 signed at work, now and then refused", clientHost(captured(func(c *inventory.Contact) { c.Failed = 2 })), roleUnseen, ofClient, roleUnseen, signsAtWork, speaks2},
	{"row 80 signed, and mostly refused", clientHost(captured(func(c *inventory.Contact) { c.Failed = 8 })), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 80 signed in part", clientHost(captured(func(c *inventory.Contact) { c.Requests = inventory.Signatures{Signed: 1, Unsigned: 8} })), roleUnseen, ofClient, roleUnseen, signsSome, speaks2},
	{"row 80 signed, answers not", clientHost(captured(func(c *inventory.Contact) { c.Answers = inventory.Signatures{Unsigned: 9} })), roleUnseen, ofClient, roleUnseen, unverified, speaks2},
	{"row 80 signed, IPC$ only", clientHost(captured(func(c *inventory.Contact) { c.Data = false })), roleUnseen, ofClient, roleUnseen, unverified, speaks2},
	{"row 80 unsigned at work", clientHost(captured(func(c *inventory.Contact) {
		c.Requests, c.Answers = c.Answers, inventory.Signatures{Unsigned: 9}
		c.Requests = c.Answers
	})),
		roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 80 a list of sessions", clientHost(powershell(func(c *inventory.Contact) {
		c.Logon = &inventory.Logon{As: inventory.LogonAccount, User: "scan"}
	})), roleUnseen, ofClient, roleUnseen, want{Works, Strong, "client-session-signed"}, speaks2},
	{"row 81 with a server that demands it", clientHost(captured(demanding)), roleUnseen, ofClient, roleUnseen, withDemanding, speaks2},
	{"row 81 with a server that demands it, encrypted", clientHost(captured(demanding, encryptedContact, func(c *inventory.Contact) { c.Data, c.Answers = true, inventory.Signatures{Signed: 1} })),
		roleUnseen, ofClient, roleUnseen, withDemanding, speaks2},
	{"row 81 unsigned with a server that demands it", clientHost(captured(demanding, func(c *inventory.Contact) { c.Requests = inventory.Signatures{Unsigned: 9} })),
		roleUnseen, ofClient, roleUnseen, signsNot, speaks2},
	{"row 83 proven to break and to work", clientHost(captured(guestAtWork), captured(demanding)), roleUnseen, ofClient, roleUnseen, asGuestProven, speaks2},
	{"row 83 proven to work, said to break", clientHost(captured(), event(3021, auditLog)), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 neither proven, and as sure", clientHost(event(3021, auditLog), observed(mode(0x03), func(c *inventory.Contact) { c.Requests = inventory.Signatures{} })),
		roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 neither proven, the good surer", clientHost(event(3027, auditLog), canary2(func(c *inventory.Contact) { c.Signature, c.Logon.KnownKey = 0, false })),
		roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 done goes before said", clientHost(canary2(hangsUp), canary2(mode(0x03), func(c *inventory.Contact) { c.Demanded, c.Requests = inventory.SigningEnabled, inventory.Signatures{} }, early)),
		roleUnseen, ofClient, roleUnseen, mayLeave, speaks2},
	{"contacts left out", change(clientHost(observed()), func(h *inventory.Host) { h.Client.More = 3 }), roleUnseen, ofClient, roleUnseen, leftOutSome, speaks2},
	{"contacts left out beside what is proven", change(clientHost(canary2()), func(h *inventory.Host) { h.Client.More = 3 }), roleUnseen, ofClient, roleUnseen, leftOutSome, speaks2},

	// What is proven, beside what was seen to break.
	{"row 83 proven, and another program does not sign", clientHost(captured(demanding), captured(demanding, requests(0, 3), func(c *inventory.Contact) { c.Peer, c.Data = "192.0.2.10", false })),
		roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 proven, and a program with SMB1 does not sign", clientHost(canary2(), canary1(requests(0, 1))), roleUnseen, ofClient, roleUnseen, conflicting, beside2},
	{"row 83 proven, and refused for its signature", clientHost(canary2(), canary2(func(c *inventory.Contact) { c.Signature, c.End = 0, inventory.EndServerRefused })),
		roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 proven, and it tries as guest", clientHost(canary2(), canary2(as(inventory.LogonGuest))), roleUnseen, ofClient, roleUnseen, verifiedWorks, speaks2},
	{"row 83 does not sign, tried again later", clientHost(canary2(requests(0, 1), on(1)), canary2(on(2))), roleUnseen, ofClient, roleUnseen, verifiedWorks, speaks2},
	{"row 83 does not sign, the proof is older", clientHost(canary2(requests(0, 1), on(2)), canary2(on(1))), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 does not sign, between two proofs", clientHost(canary2(requests(0, 1), on(2)), canary2(on(1)), captured(demanding, on(3))), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 does not sign, the proof is of another name", clientHost(canary2(requests(0, 1), on(1), named("COPIER7")), canary2(on(2), named("LAPTOP3"))), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 does not sign, the proof is of another family", clientHost(canary1(requests(0, 1), on(1)), canary2(on(2))), roleUnseen, ofClient, roleUnseen, conflicting, beside2},
	{"row 83 does not sign, the proof is not on demand", clientHost(canary2(requests(0, 1), on(1)), captured(on(2))), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 signs wrongly, tried again later", clientHost(canary2(func(c *inventory.Contact) { c.Signature = inventory.CheckWrong }, on(1)), canary2(on(2))), roleUnseen, ofClient, roleUnseen, verifiedWorks, speaks2},
	{"row 83 event 3021, tried again later", clientHost(event(3021, auditLog), canary2(on(3), named("COPIER7"))), roleUnseen, ofClient, roleUnseen, verifiedWorks, speaks2},
	{"row 83 event 3021, tried again the same day", clientHost(event(3021, auditLog), canary2(on(2), named("COPIER7"))), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 event 3021, at work elsewhere later", clientHost(event(3021, auditLog), captured(demanding, on(9))), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 SMB1 alone, set to SMB2 and tried again", clientHost(canary1(on(1), named("COPIER7")), canary2(on(2), named("COPIER7"))), roleUnseen, ofClient, roleUnseen, verifiedWorks, want{AlreadyBroken, Likely, "smb1-client-beside-smb2"}},
	{"row 83 does not sign, another offer later", clientHost(canary2(requests(0, 1), on(1)), canary2(on(2), func(c *inventory.Contact) { c.Offer.SMB2Dialects = []string{"2.0.2"} })), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 proven, and let in as a guest elsewhere", clientHost(canary2(), captured(as(inventory.LogonGuest), func(c *inventory.Contact) { c.Logon.Granted, c.Logon.Status = true, "" })), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 event 3021, the proof is older", clientHost(event(3021, auditLog), canary2(on(-2))), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 events 3021 before and after the proof", clientHost(event(3021, auditLog), canary2(on(2)), contact(event(3021, auditLog), []bendContact{on(3)})), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 83 guest at a server, an account at the listener later", clientHost(captured(guestAtWork, on(1)), canary2(on(2))), roleUnseen, ofClient, roleUnseen, asGuestProven, speaks2},
	{"row 83 guest at a server, an account there later", clientHost(captured(guestAtWork, on(1)), captured(demanding, on(2))), roleUnseen, ofClient, roleUnseen, asGuestProven, speaks2},

	// Trials that failed or were cut short.
	{"row 60 trial with another account, not demanded", clientHost(observed(refusedLogon)), roleUnseen, ofClient, roleUnseen, notLetIn, speaks2},
	{"row 60 trial with another account, and let in elsewhere", clientHost(observed(refusedLogon), observed()), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 67 demands signing, signs and leaves", clientHost(canary2(mode(0x03), func(c *inventory.Contact) { c.Stage = inventory.StageTreeConnect })), roleUnseen, ofClient, roleUnseen, want{Works, Strong, "client-demands-signing"}, speaks2},
	{"row 70 signed, and left before a file", clientHost(canary2(early2)), roleUnseen, ofClient, roleUnseen, signsAndLeft, speaks2},
	{"row 66 signed over SMB1, and left before a file", clientHost(canary1(offersBoth, early2)), roleUnseen, ofClient, roleUnseen, signsAndLeft, agrees},
	{"row 72 demands signing, and leaves after the logon", clientHost(canary2(mode(0x03), hangsUp, letIn), observed()), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 72 offers ciphers, and leaves after the logon", clientHost(canary2(hangsUp, letIn, func(c *inventory.Contact) { c.Offer.Ciphers = []string{"AES-128-GCM"} }), observed()),
		roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 72 hangs up, and goes on both with the demand and without", clientHost(canary2(hangsUp), canary2(early2), observed()), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 72 hangs up, and the same program goes on", clientHost(canary2(guid("aa"), hangsUp), canary2(guid("aa"), early2)), roleUnseen, ofClient, roleUnseen, signsAndLeft, speaks2},
	{"row 72 hangs up often, and one of them goes on", clientHost(canary2(guid("aa"), hangsUp, func(c *inventory.Contact) { c.Count = 50 }), canary2(guid("aa"), early2)),
		roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 72 hangs up, and went on before it was told what to do", clientHost(canary2(hangsUp), observed(), canary2(func(c *inventory.Contact) {
		c.Dialect, c.Signature, c.Requests, c.Stage = "", 0, inventory.Signatures{}, inventory.StageSessionSetup
	})), roleUnseen, ofClient, roleUnseen, leaves, speaks2},
	{"row 73 anonymous at the listener, and let in with an account", clientHost(observed(as(inventory.LogonAnonymous)), observed()), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 73 guest at the listener at work, and not let in", clientHost(canary2(as(inventory.LogonGuest), func(c *inventory.Contact) { c.Data = true })), roleUnseen, ofClient, roleUnseen, asGuest, speaks2},
	{"row 57 made a guest by a server", clientHost(captured(guestAtWork, user("alice"))), roleUnseen, ofClient, roleUnseen, madeAGuest, speaks2},
	{"row 57 made a guest by a server, and proven", clientHost(captured(guestAtWork, user("alice")), captured(demanding)), roleUnseen, ofClient, roleUnseen, withDemanding, speaks2},
	{"row 73 asks for the account Guest", clientHost(captured(guestAtWork, user("Guest"))), roleUnseen, ofClient, roleUnseen, asGuestProven, speaks2},

	// Several programs on one host.
	{"row 62 SMB1 alone at times", clientHost(canary1(func(c *inventory.Contact) { c.Signature = 0 }), observed()), roleUnseen, ofClient, roleUnseen, only1AtTimes, beside2},
	{"row 62 Windows looks for neighbours", clientHost(capture1(anonymousIPC, func(c *inventory.Contact) { c.Demanded = inventory.SigningEnabled }), observed()),
		roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 62 a program without NT LM 0.12 asks", clientHost(canary1(early, func(c *inventory.Contact) { c.Offer.SMB1Dialects, c.Dialect = []string{"LANMAN1.0"}, "LANMAN1.0" }), observed()),
		roleUnseen, ofClient, roleUnseen, only1AtTimes, beside2},
	{"row 62 a scanner begins to log on over SMB1", clientHost(canary1(early, func(c *inventory.Contact) { c.Stage = inventory.StageSessionSetup }), observed()), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 62 at work over SMB1, and refused elsewhere", clientHost(capture1(), capture1(refused1)), roleUnseen, ofClient, roleUnseen, only1, without2},
	{"row 62 at work over SMB1 without files", clientHost(capture1(func(c *inventory.Contact) { c.Data = false })), roleUnseen, ofClient, roleUnseen, only1Signs, without2},
	{"row 74 NTLMv1 once, and NTLMv2", clientHost(observed(mechanism("NTLMv1")), observed()), roleUnseen, ofClient, roleUnseen, oldAtTimes, speaks2},
	{"row 74 NTLMv1 once, and NTLMv2 by the same name", clientHost(observed(mechanism("NTLMv1"), named("COPIER7")), observed(named("COPIER7"))), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 74 NTLMv1 signed, and NTLMv2 by the same name", clientHost(canary2(mechanism("NTLMv1"), named("COPIER7")), observed(named("COPIER7"))), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 74 NTLMv1 once, and NTLMv2 refused", clientHost(observed(mechanism("NTLMv1")), observed(refusedLogon)), roleUnseen, ofClient, roleUnseen, oldLogon, speaks2},

	// Each fact that a good verdict rests on, forgotten or otherwise.
	{"row 81 the server demands it and answers unsigned", clientHost(captured(demanding, answers(0, 9))), roleUnseen, ofClient, roleUnseen, unverified, speaks2},
	{"row 81 the server demands it and answers unsigned in part", clientHost(captured(demanding, answers(1, 8))), roleUnseen, ofClient, roleUnseen, unverified, speaks2},
	{"row 81 with a server that demands it, mostly refused", clientHost(captured(demanding, func(c *inventory.Contact) { c.Failed = 3 })), roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 81 with a server that demands it, IPC$ only", clientHost(captured(demanding, func(c *inventory.Contact) { c.Data = false })), roleUnseen, ofClient, roleUnseen, unverified, speaks2},
	{"row 81 with our listener", clientHost(canary2(func(c *inventory.Contact) { c.Signature = 0 })), roleUnseen, ofClient, roleUnseen, unverified, speaks2},
	{"row 80 signed, answers in part", clientHost(captured(answers(8, 1))), roleUnseen, ofClient, roleUnseen, unverified, speaks2},
	{"row 80 signed, not let in", clientHost(captured(func(c *inventory.Contact) { c.Logon.Granted = false })), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 70 signatures right in a capture", clientHost(captured(answers(0, 9), func(c *inventory.Contact) { c.Signature, c.Logon.KnownKey = inventory.CheckRight, true })),
		roleUnseen, ofClient, roleUnseen, unverified, speaks2},
	{"row 72 encrypted before SMB 3.0", clientHost(captured(encryptedContact, func(c *inventory.Contact) { c.Dialect = "2.1" })), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 72 encrypted at our listener", clientHost(canary2(encryptedContact, func(c *inventory.Contact) { c.Signature = 0 })), roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 80 a list of sessions, of a guest", clientHost(powershell(func(c *inventory.Contact) { c.Logon = &inventory.Logon{As: inventory.LogonGuest} })), roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 80 a list of sessions, unsigned in part", clientHost(powershell(requests(1, 1), func(c *inventory.Contact) { c.Logon = &inventory.Logon{As: inventory.LogonAccount} })),
		roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 66 at work over SMB1, signed, answers not", clientHost(capture1(answers(0, 9))), roleUnseen, ofClient, roleUnseen, accepts, agrees},
	{"row 66 at work over SMB1, signed, answers in part", clientHost(capture1(answers(8, 1))), roleUnseen, ofClient, roleUnseen, accepts, agrees},
	{"row 66 signed over SMB1, and nobody offered it", clientHost(capture1(answers(0, 9), func(c *inventory.Contact) { c.Demanded = inventory.SigningDisabled })), roleUnseen, ofClient, roleUnseen, unverified, agrees},
	{"row 63 takes up what nobody offered", clientHost(canary1(offersBoth, requests(0, 0), func(c *inventory.Contact) { c.Demanded, c.Signature = inventory.SigningDisabled, 0 })),
		roleUnseen, ofClient, roleUnseen, notJudged, notJudged},
	{"row 63 takes up the offer, and does not sign", clientHost(canary1(offersBoth, requests(0, 5), func(c *inventory.Contact) { c.Demanded, c.Signature = inventory.SigningEnabled, 0 })),
		roleUnseen, ofClient, roleUnseen, notJudged, notJudged},
	{"row 62 at work over SMB1, unsigned, and it offers SMB2", clientHost(capture1(offersBoth, requests(0, 9), func(c *inventory.Contact) {
		c.Demanded, c.Offer.SetupFlags2, c.Answers = inventory.SigningDisabled, flags2(0xc801), inventory.Signatures{Unsigned: 9}
	})), roleUnseen, ofClient, roleUnseen, notJudged, notJudged},
	{"row 67 demands signing, and does not sign", clientHost(observed(mode(0x03), func(c *inventory.Contact) { c.Answers = inventory.Signatures{} })), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 68 asks for a dialect of which it was not told", clientHost(observed(func(c *inventory.Contact) { c.Dialect = "" })), roleUnseen, ofClient, roleUnseen, notJudged, notJudged},
	{"row 83 open beside what it says", clientHost(capture1(unsigned1AtWork), powershell(func(c *inventory.Contact) {
		c.Logon = &inventory.Logon{As: inventory.LogonAccount}
	})), roleUnseen, ofClient, roleUnseen, unsigned1, notJudged1},
	{"row 72 encrypted, and an answer is unsigned", clientHost(captured(encryptedContact, answers(0, 1))), roleUnseen, ofClient, roleUnseen, saysSigns, speaks2},
	{"row 66 signatures right over SMB1, and what it offered is not known", clientHost(canary1(func(c *inventory.Contact) { c.Offer.SMB1Dialects = nil })), roleUnseen, ofClient, roleUnseen, notJudged, notJudged},
	{"row 70 signatures wrong, not demanded, and the key is not known", clientHost(observed(func(c *inventory.Contact) { c.Signature, c.Logon.KnownKey = inventory.CheckWrong, false })),
		roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 68 refused by a server that demands signing", clientHost(captured(demanding, refusedLogon)), roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 80 signed, and as whom is not known", clientHost(captured(func(c *inventory.Contact) { c.Logon.As = inventory.LogonUnknown })), roleUnseen, ofClient, roleUnseen, notJudged, speaks2},
	{"row 62 SMB1 alone at times, and both", clientHost(canary1(offersBoth), canary1()), roleUnseen, ofClient, roleUnseen, conflicting, beside2},
	{"row 83 event 3000 beside what it says", clientHost(event(3000, auditLog), observed()), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 65 signs wrongly over SMB1, tried again later", clientHost(canary1(offersBoth, on(1), func(c *inventory.Contact) { c.Signature = inventory.CheckWrong }), canary1(offersBoth, on(2))),
		roleUnseen, ofClient, roleUnseen, verifiedWorks, agrees},
	{"row 65 does not sign over SMB1, tried again later", clientHost(canary1(offersBoth, on(1), requests(0, 1)), canary1(offersBoth, on(2))),
		roleUnseen, ofClient, roleUnseen, verifiedWorks, agrees},
	{"row 65 signs wrongly, the dialect not known, tried again later", clientHost(canary2(on(1), func(c *inventory.Contact) { c.Dialect, c.Signature = "", inventory.CheckWrong }), canary2(on(2))),
		roleUnseen, ofClient, roleUnseen, verifiedWorks, speaks2},
	{"row 83 a hint beside what it says", clientHost(event(3027, auditLog), observed()), roleUnseen, ofClient, roleUnseen, conflicting, speaks2},
	{"row 65 SMB1, and how it logged on is not known", clientHost(canary1(offersBoth, requests(0, 1), func(c *inventory.Contact) { c.Logon, c.Signature = nil, 0 })), roleUnseen, ofClient, roleUnseen, signsNot, notJudged},
	{"event of the future", clientHost(event(4711, auditLog)), roleUnseen, ofClient, roleUnseen, notJudged, notJudged},
	{"event 3022", clientHost(event(3022, auditLog)), roleUnseen, ofClient, roleUnseen, notJudged, notJudged},
	{"contact without facts", clientHost(inventory.Contact{}), roleUnseen, ofClient, roleUnseen, notJudged, notJudged},
	{"client without contacts", inventory.Host{Client: &inventory.Client{}}, roleUnseen, ofClient, roleUnseen, unseen, unseen},
	{"nothing shown, of a Windows host", change(windowsHost("10.0.19041", "3.1.1", 0x01), withContacts(event(3022, auditLog))),
		want{Works, Strong, "windows-signs"}, untested, ignored, winSigns, ignores},

	// As a server, seen in use.
	{"row 36 guests in use", served0(captured(guestAtWork)), seenInUse, guestInUse, servedBy2, unseen, unseen},
	{"row 36 guests in use, unknown users refused", change(withGuest(smb2Host("3.1.1", 0x01), inventory.GuestDenied), withServed(captured(guestAtWork))), on311, guestInUse, servedBy2, unseen, unseen},
	{"row 32 guest let in", served0(captured(guestAtWork, func(c *inventory.Contact) { c.Data = false })), seenInUse, want{Breaks, Strong, "guest-let-in"}, servedBy2, unseen, unseen},
	{"row 33 anonymous session to IPC$ in use", served0(captured(anonymousIPC)), seenInUse, untested, servedBy2, unseen, unseen},
	{"row 78 event 31998", change(smb2Host("3.1.1", 0x01), withServed(event(31998, clientLog, "ServerName", "NAS"))), cannotSign, untested, ignored, unseen, unseen},
	{"row 78 event 31999 is about encryption", change(smb2Host("3.1.1", 0x01), withServed(event(31999, clientLog, "ServerName", "NAS"))), on311, untested, ignored, unseen, unseen},
	{"row 78 event 31998 against a proven session", change(withSessions(smb2Host("3.1.1", 0x01), signedSession("3.1.1")), withServed(event(31998, clientLog, "Signing", "not supported"))), proved, untested, ignored, unseen, unseen},
	{"row 78 event 31998 against a signed connection", served0(event(31998, clientLog, "Signing", "not supported"), powershell()), unknown("served-evidence-conflicts"), untested, servedBy2, unseen, unseen},
	{"row 79 event 31017", served0(event(31017, guestLog)), seenInUse, guestEvents, unknown("server-seen-in-use"), unseen, unseen},
	{"row 79 event 31022", change(smb2Host("3.1.1", 0x01), withServed(event(31022, guestLog))), on311, guestEvents, ignored, unseen, unseen},
	{"row 79 event 31018", change(smb2Host("3.1.1", 0x03), withServed(event(31018, guestLog))), required, guestEvents, ignored, unseen, unseen},
	{"row 80 signing demanded by the client, and done", served0(captured(mode(0x03))), onDemand, untested, servedBy2, unseen, unseen},
	{"row 80 signed, and nobody demanded it", served0(captured()), seenInUse, untested, servedBy2, unseen, unseen},
	{"row 54 signing demanded by the client, and not done", served0(captured(mode(0x03), func(c *inventory.Contact) { c.Answers, c.Data = inventory.Signatures{Unsigned: 1}, false })),
		want{Breaks, Likely, "served-unsigned-on-demand"}, untested, servedBy2, unseen, unseen},
	{"row 81 signing demanded by the host itself", served0(captured(demanding)), onDemand, untested, servedBy2, unseen, unseen},
	{"row 80 on demand, nobody let in", served0(captured(mode(0x03), func(c *inventory.Contact) { c.Logon.Granted = false })), seenInUse, untested, servedBy2, unseen, unseen},
	{"row 80 on demand, requests signed in part", served0(captured(mode(0x03), requests(8, 1))), seenInUse, untested, servedBy2, unseen, unseen},
	{"row 80 on demand, answers signed in part", served0(captured(mode(0x03), answers(8, 1))), seenInUse, untested, servedBy2, unseen, unseen},
	{"row 80 on demand, IPC$ only", served0(captured(mode(0x03), func(c *inventory.Contact) { c.Data = false })), seenInUse, untested, servedBy2, unseen, unseen},
	{"row 80 on demand, mostly refused", served0(captured(mode(0x03), func(c *inventory.Contact) { c.Failed = 8 })), seenInUse, untested, servedBy2, unseen, unseen},
	{"row 80 on demand, the answer to the logon unsigned", served0(captured(mode(0x03), func(c *inventory.Contact) { c.Logon.SetupSigned = false })), seenInUse, untested, servedBy2, unseen, unseen},
	{"row 80 on demand at 2.1, the answer to the logon unsigned", served0(captured(mode(0x03), func(c *inventory.Contact) { c.Dialect, c.Logon.SetupSigned = "2.1", false })), onDemand, untested, servedBy2, unseen, unseen},
	{"row 80 on demand below the highest dialect", change(smb2Host("3.1.1", 0x01), withServed(captured(mode(0x03), func(c *inventory.Contact) { c.Dialect = "2.1" }))), on311, untested, servedBy2, unseen, unseen},
	{"row 82 connection signed below the highest dialect", change(smb2Host("3.1.1", 0x00), withServed(powershell(func(c *inventory.Contact) { c.Dialect = "2.1" }))),
		want{Unknown, Weak, "smb2-signing-not-advertised"}, untested, servedBy2, unseen, unseen},
	{"row 16 connection signed, without PREAUTH", change(change(smb2Host("3.1.1", 0x01), func(h *inventory.Host) { h.SMB2.PreauthIntegrity = "" }), withServed(powershell())),
		want{AlreadyBroken, Strong, "smb2-preauth-missing"}, untested, servedBy2, unseen, unseen},
	{"row 22 connection signed, SMB1 alone today", change(smb1Host(ntlmSMB1(0x03)), withServed(powershell())), want{Breaks, Likely, "smb1-signing-off"}, untested, servedBy2, unseen, unseen},
	{"row 54 answered unsigned, and nobody demanded it", served0(captured(demanding, answers(0, 1), func(c *inventory.Contact) { c.Data = false })), seenInUse, untested, servedBy2, unseen, unseen},
	{"row 54 answered unsigned, and encrypted", served0(captured(mode(0x03), answers(0, 1), func(c *inventory.Contact) { c.Data, c.Encrypted = false, 3 })), seenInUse, untested, servedBy2, unseen, unseen},
	{"row 54 answered unsigned, against a proven session", change(withSessions(smb2Host("3.1.1", 0x01), signedSession("3.1.1")), withServed(captured(mode(0x03), answers(0, 1)))), proved, untested, servedBy2, unseen, unseen},
	{"row 36 guest not let in", served0(captured(guestAtWork, func(c *inventory.Contact) { c.Logon.Granted = false })), seenInUse, untested, servedBy2, unseen, unseen},
	{"event 32000 of a host with SMB2 in use", served0(event(32000, guestLog), captured()), seenInUse, untested, servedBy2, unseen, unseen},
	{"row 82 connection signed", served0(powershell()), connection, untested, servedBy2, unseen, unseen},
	{"row 82 connection encrypted", served0(powershell(func(c *inventory.Contact) {
		c.Requests, c.Answers, c.Encrypted = inventory.Signatures{}, inventory.Signatures{}, 1
	})),
		connection, untested, servedBy2, unseen, unseen},
	{"row 82 connection not signed", served0(powershell(func(c *inventory.Contact) {
		c.Requests, c.Answers = inventory.Signatures{Unsigned: 1}, inventory.Signatures{Unsigned: 1}
	})),
		seenInUse, untested, servedBy2, unseen, unseen},
	{"row 82 connection signed, host filtered", change(stateHost(inventory.StateFiltered, "filtered"), withServed(powershell())), connection, untested, servedBy2, unseen, unseen},
	{"row 82 connection signed, full offer not answered", change(change(smb2Host("3.0", 0x01), func(h *inventory.Host) { h.SMB2.FullOffer = false }), withServed(powershell())),
		connection, untested, servedBy2, unseen, unseen},
	{"row 82 connection signed, a session of ours was not", change(withSessions(smb2Host("3.1.1", 0x01), unsignedSession("3.1.1")), withServed(powershell())), wontSign, untested, servedBy2, unseen, unseen},
	{"row 82 connection signed, a session of ours in doubt", change(withSessions(smb2Host("3.1.1", 0x01), badSession("3.1.1")), withServed(powershell())), unconfirmed, untested, servedBy2, unseen, unseen},
	{"row 82 connection signed, closed with an SMB2 answer", change(change(smb2Host("3.1.1", 0x03), func(h *inventory.Host) { h.State = inventory.StateClosed }), withServed(powershell())),
		unknown("state-contradicted"), untested, servedBy2, unseen, unseen},
	{"closed, and in use", change(stateHost(inventory.StateClosed, "refused"), withServed(captured())), unknown("refuses-but-in-use"), untested, servedBy2, unseen, unseen},
	{"event 32000", served0(event(32000, guestLog)), want{AlreadyBroken, Likely, "client-event-server-smb1-only"}, want{}, unknown("not-observed"), unseen, unseen},
	{"event 32002 of a host with SMB2", change(smb2Host("3.1.1", 0x03), withServed(event(32002, guestLog))), required, untested, ignored, unseen, unseen},
	{"served by an event of the future", served0(event(4711, clientLog)), unknown("not-observed"), want{}, unknown("not-observed"), unseen, unseen},
}

const (
	auditLog  = "Microsoft-Windows-SMBServer/Audit"
	clientLog = "Microsoft-Windows-SmbClient/Audit"
	guestLog  = "Microsoft-Windows-SmbClient/Security"
)

// Contacts for the tables.

func flags2(n uint16) *uint16 { return &n }

type bendContact = func(*inventory.Contact)

func contact(c inventory.Contact, bends []bendContact) inventory.Contact {
	for _, f := range bends {
		f(&c)
	}
	return c
}

func offer2() *inventory.Offer {
	return &inventory.Offer{SMB2Dialects: []string{"2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"}, SecurityMode: ptr(1)}
}

func offer1() *inventory.Offer {
	return &inventory.Offer{SMB1Dialects: []string{"LANMAN2.1", "NT LM 0.12"}, Flags2: flags2(0xc853), SetupFlags2: flags2(0xc807)}
}

// canary2 is a client that saved a file to our listener at stage require, and
// signed rightly.
func canary2(bends ...bendContact) inventory.Contact {
	return contact(inventory.Contact{Source: inventory.SourceCanary, Offer: offer2(), Dialect: "3.1.1", Demanded: inventory.SigningRequired,
		Logon: &inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Granted: true, KnownKey: true, User: "smbready-test"}, Stage: inventory.StageData, End: inventory.EndLogoff,
		Requests: inventory.Signatures{Signed: 5}, Answers: inventory.Signatures{Signed: 5}, Signature: inventory.CheckRight, Data: true}, bends)
}

// observed is a client at stage observe that did not sign.
func observed(bends ...bendContact) inventory.Contact {
	return canary2(append([]bendContact{func(c *inventory.Contact) {
		c.Demanded, c.Signature = inventory.SigningEnabled, inventory.CheckUnknown
		c.Requests, c.Answers = inventory.Signatures{Unsigned: 5}, inventory.Signatures{Unsigned: 5}
	}}, bends...)...)
}

// canary1 is a client with SMB1 only that saved a file to our listener at stage
// require, and signed rightly.
func canary1(bends ...bendContact) inventory.Contact {
	return canary2(append([]bendContact{func(c *inventory.Contact) { c.Offer, c.Dialect = offer1(), "NT LM 0.12" }}, bends...)...)
}

// captured is work with a real server that demands nothing, signed by both.
func captured(bends ...bendContact) inventory.Contact {
	return canary2(append([]bendContact{func(c *inventory.Contact) {
		c.Source, c.Peer, c.Demanded, c.Signature, c.Logon.KnownKey = inventory.SourceCapture, "192.0.2.9", inventory.SigningEnabled, 0, false
		c.Logon.SetupSigned = true
		c.Requests, c.Answers = inventory.Signatures{Signed: 9}, inventory.Signatures{Signed: 9}
	}}, bends...)...)
}

// capture1 is work with a real server over SMB1, signed by both.
func capture1(bends ...bendContact) inventory.Contact {
	return captured(append([]bendContact{func(c *inventory.Contact) { c.Offer, c.Dialect = offer1(), "NT LM 0.12" }}, bends...)...)
}

// powershell is a row of Get-SmbConnection with Signed set.
func powershell(bends ...bendContact) inventory.Contact {
	return contact(inventory.Contact{Source: inventory.SourcePowerShell, Peer: "PC7", Dialect: "3.1.1", Data: true,
		Requests: inventory.Signatures{Signed: 1}, Answers: inventory.Signatures{Signed: 1}}, bends)
}

// event is a Windows event with pairs of fields.
func event(id int, channel string, fields ...string) inventory.Contact {
	e := &inventory.Event{Channel: channel, ID: id, Server: "FS01"}
	for i := 0; i+1 < len(fields); i += 2 {
		if e.Fields == nil {
			e.Fields = map[string]string{}
		}
		e.Fields[fields[i]] = fields[i+1]
	}
	return inventory.Contact{Source: inventory.SourceEvents, Peer: "FS01", Event: e, Last: day0}
}

func audited(a *inventory.Audit) inventory.Contact {
	return inventory.Contact{Source: inventory.SourceEvents, Peer: "FS01", Audit: a}
}

func mode(n uint16) bendContact { return func(c *inventory.Contact) { c.Offer.SecurityMode = ptr(n) } }

func mechanism(m string) bendContact { return func(c *inventory.Contact) { c.Logon.Mechanism = m } }

// as is a logon without an account, which our listener refuses.
func as(k inventory.LogonKind) bendContact {
	return func(c *inventory.Contact) {
		c.Logon = &inventory.Logon{As: k, Status: "STATUS_LOGON_FAILURE"}
		c.Stage, c.Data, c.Requests, c.Answers, c.Signature = inventory.StageLoggedOn, false, inventory.Signatures{}, inventory.Signatures{}, 0
	}
}

// on is a contact of that day of October.
func on(n int) bendContact {
	return func(c *inventory.Contact) { c.First = day0.AddDate(0, 0, n-1); c.Last = c.First }
}

func named(workstation string) bendContact {
	return func(c *inventory.Contact) { c.Logon.Workstation = workstation }
}

func user(name string) bendContact { return func(c *inventory.Contact) { c.Logon.User = name } }

func guid(id string) bendContact { return func(c *inventory.Contact) { c.Offer.ClientGUID = id } }

// requests counts those of a client whose signatures were not checked where it has
// none.
func requests(signed, unsigned int) bendContact {
	return func(c *inventory.Contact) {
		c.Requests = inventory.Signatures{Signed: signed, Unsigned: unsigned}
		if signed == 0 {
			c.Signature = 0
		}
	}
}

func answers(signed, unsigned int) bendContact {
	return func(c *inventory.Contact) {
		c.Answers = inventory.Signatures{Signed: signed, Unsigned: unsigned}
	}
}

// refusedLogon is a logon with an account that was refused.
func refusedLogon(c *inventory.Contact) {
	c.Logon = &inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Status: "STATUS_LOGON_FAILURE"}
	c.Stage, c.Data, c.Requests, c.Answers, c.Signature = inventory.StageLoggedOn, false, inventory.Signatures{}, inventory.Signatures{}, 0
}

// letIn is the end of a logon with the account of our listener.
func letIn(c *inventory.Contact) {
	c.Stage, c.Logon = inventory.StageLoggedOn, &inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Granted: true, KnownKey: true}
}

// early2 is a connection to a share, signed, and no more.
func early2(c *inventory.Contact) {
	c.Stage, c.Data, c.Requests, c.Answers, c.End = inventory.StageTreeConnect, false, inventory.Signatures{Signed: 1}, inventory.Signatures{Signed: 1}, inventory.EndClientClosed
}

// refused1 is an offer of SMB1 to a server without it.
func refused1(c *inventory.Contact) {
	c.Peer, c.Dialect, c.Demanded, c.Offer.SetupFlags2, c.Logon = "192.0.2.77", "", 0, nil, nil
	c.Stage, c.End, c.Data, c.Requests, c.Answers = inventory.StageNegotiate, inventory.EndServerClosed, false, inventory.Signatures{}, inventory.Signatures{}
}

// unsigned1AtWork is work over SMB1 where nobody offers signing.
func unsigned1AtWork(c *inventory.Contact) {
	c.Demanded, c.Offer.SetupFlags2, c.Requests, c.Answers = inventory.SigningDisabled, flags2(0xc801), inventory.Signatures{Unsigned: 9}, inventory.Signatures{Unsigned: 9}
}

func offersBoth(c *inventory.Contact) {
	c.Offer.SMB1Dialects = append(c.Offer.SMB1Dialects, smbproto.DialectSMB2002)
}

func hangsUp(c *inventory.Contact) {
	*c = inventory.Contact{Source: c.Source, Offer: c.Offer, Dialect: c.Dialect, Demanded: inventory.SigningRequired, Stage: inventory.StageNegotiate, End: inventory.EndClientClosed}
}

// early is a NEGOTIATE and no more.
func early(c *inventory.Contact) {
	*c = inventory.Contact{Source: c.Source, Offer: c.Offer, Dialect: c.Dialect, Demanded: c.Demanded, Stage: inventory.StageNegotiate}
}

func encryptedContact(c *inventory.Contact) {
	c.Requests, c.Answers, c.Encrypted, c.Data = inventory.Signatures{}, inventory.Signatures{}, 12, false
}

func demanding(c *inventory.Contact) { c.Demanded = inventory.SigningRequired }

func guestAtWork(c *inventory.Contact) {
	c.Logon = &inventory.Logon{As: inventory.LogonGuest, Mechanism: "NTLMv2", Granted: true}
	c.Requests, c.Answers = inventory.Signatures{Unsigned: 9}, inventory.Signatures{Unsigned: 9}
}

func anonymousIPC(c *inventory.Contact) {
	c.Logon = &inventory.Logon{As: inventory.LogonAnonymous, Granted: true}
	c.Requests, c.Answers, c.Data = inventory.Signatures{Unsigned: 2}, inventory.Signatures{Unsigned: 2}, false
}

// clientHost is a host that was seen as a client only.
func clientHost(contacts ...inventory.Contact) inventory.Host {
	return inventory.Host{Client: &inventory.Client{Contacts: contacts}}
}

// served0 is a host that was seen in use and not scanned.
func served0(contacts ...inventory.Contact) inventory.Host {
	return inventory.Host{Served: contacts}
}

func withContacts(contacts ...inventory.Contact) func(*inventory.Host) {
	return func(h *inventory.Host) { h.Client = &inventory.Client{Contacts: contacts} }
}

func withServed(contacts ...inventory.Contact) func(*inventory.Host) {
	return func(h *inventory.Host) { h.Served = contacts }
}

// TestContactEvidence: what stands is quoted first and what contradicts it after
// that, and the order of contacts does not matter.
func TestContactEvidence(t *testing.T) {
	host := clientHost(event(3021, auditLog), captured(func(c *inventory.Contact) { c.Failed = 2 }))
	want := []string{
		"events, event 3021 in the log of FS01, with FS01, last 2026-10-01 00:00 UTC",
		"besides, works (proven): capture, with 192.0.2.9, offers 2.0.2 2.1 3.0 3.0.2 3.1.1, SecurityMode 0x01, speaks 3.1.1, server signing enabled, logon as account, NTLMv2, 9 of 9 requests signed, 9 of 9 answers signed, 2 answers refused, files read or written, came to data, ended logoff",
	}
	for range 2 {
		a := Assess(&host)
		if got := a.Policies.ServerAlways.Evidence; !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		slices.Reverse(host.Client.Contacts)
	}
}

// TestMuchEvidence: a flood of contacts makes no flood of evidence.
func TestMuchEvidence(t *testing.T) {
	var h inventory.Host
	h.Client = &inventory.Client{More: 5}
	for i := range inventory.MaxContacts {
		c := observed(func(c *inventory.Contact) { c.Count = i + 2 })
		h.Client.Contacts = append(h.Client.Contacts, c)
		h.Served = append(h.Served, c)
	}
	a := Assess(&h)
	for path, f := range paths(&a) {
		if len(f.Evidence) > maxContactEvidence+2 {
			t.Errorf("%s: %d lines", path, len(f.Evidence))
		}
	}
}

// TestClientName: the name of a client tells what device it is, and changes no
// verdict.
func TestClientName(t *testing.T) {
	h := clientHost(observed())
	before := Assess(&h)
	h.Client.Names = []string{"RNP002673AABBCC"}
	h.Names.MAC = "00:26:73:aa:bb:cc"
	after := Assess(&h)
	if after.Device.Class != Printer || after.Device.Vendor != "Ricoh" {
		t.Errorf("%+v", after.Device)
	}
	checkWording(t, &before, &after, &h)
}

func BenchmarkContacts(b *testing.B) {
	h := clientHost()
	for i := range inventory.MaxContacts {
		h.Client.Contacts = append(h.Client.Contacts, captured(func(c *inventory.Contact) { c.Count = i + 2 }))
	}
	b.ReportAllocs()
	for b.Loop() {
		Assess(&h)
	}
}
