package assess

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"smbready/inventory"
)

// want is what a policy path should get. The zero value, for a guest path, is
// none.
type want struct {
	verdict    Verdict
	confidence Confidence
	reason     string
}

var (
	unseen    = want{Unknown, None, "client-role-unseen"}
	untested  = want{Unknown, None, "guest-not-tested"}
	refused   = want{NotApplicable, Strong, "guest-refused"}
	admitted  = want{Breaks, Strong, "guest-cannot-be-signed"}
	ignored   = want{NoChange, Strong, "smb2-ignores-if-server-agrees"}
	required  = want{Works, Strong, "smb2-requires-signing"}
	declining = want{NoChange, Likely, "smb1-server-does-not-agree"}
	unable    = want{NoChange, Strong, "smb1-server-cannot-agree"}
	ignores   = want{NoChange, Likely, "smb2-client-ignores-if-client-agrees"}
	winSigns  = want{Works, Likely, "windows-client-signs"}
	on311     = want{Works, Likely, "smb311-signs-on-demand"}

	proved      = want{Works, Proven, "session-signed"}
	wontSign    = want{Breaks, Proven, "session-unsigned"}
	unconfirmed = want{Unknown, Weak, "session-signature-not-confirmed"}
	anybody     = want{Unknown, Weak, "session-account-not-shown"}
	becameGuest = want{Unknown, None, "session-account-became-guest"}
	pinned      = want{Breaks, Likely, "session-signed-below-top-dialect-only"}
	vague       = unknown("session-not-conclusive")
)

func unknown(reason string) want { return want{Unknown, None, reason} }

// ruleTest is a host and what its policy paths should get.
type ruleTest struct {
	name                  string
	host                  inventory.Host
	ca, guest, ci, sa, si want
}

// ruleTests has a row for each row of the policy table, and for each further
// rule.
var ruleTests = slices.Concat(scanTests, contactTests)

// scanTests are about what a scan and sessions of our own can observe.
var scanTests = []ruleTest{
	{"row 01 ports closed", stateHost(inventory.StateClosed, "refused"),
		want{NotApplicable, Strong, "no-smb-server"}, want{}, want{NotApplicable, Strong, "no-smb-server"}, unseen, unseen},
	{"row 01 only one port asked", change(stateHost(inventory.StateClosed, "refused"), func(h *inventory.Host) { h.Observations = h.Observations[:1] }),
		unknown("session-port-not-asked"), want{}, unknown("session-port-not-asked"), unseen, unseen},
	{"row 01 ports closed, yet a file service is announced", withNode(stateHost(inventory.StateClosed, "refused"), "FILES", 0x20, false),
		unknown("refuses-but-announces-files"), want{}, unknown("refuses-but-announces-files"), unseen, unseen},
	{"row 02 filtered, host alive", withNode(stateHost(inventory.StateFiltered, "filtered"), "FILES", 0x20, false),
		unknown("firewall-in-the-way"), want{}, unknown("firewall-in-the-way"), unseen, unseen},
	{"row 02 prohibited by a firewall", stateHost(inventory.StateFiltered, "prohibited"),
		unknown("firewall-in-the-way"), want{}, unknown("firewall-in-the-way"), unseen, unseen},
	{"row 03 nothing answers", stateHost(inventory.StateFiltered, "filtered"),
		unknown("no-answer"), want{}, unknown("no-answer"), unseen, unseen},
	{"row 03 unreachable", stateHost(inventory.StateUnreachable, "unreachable"),
		unknown("unreachable"), want{}, unknown("unreachable"), unseen, unseen},
	{"row 04 silent", stateHost(inventory.StateOpen, "silent"),
		unknown("silent"), want{}, unknown("silent"), unseen, unseen},
	{"row 04 unfamiliar detail", stateHost(inventory.StateOpen, "timeout"),
		unknown("answer-not-understood"), want{}, unknown("answer-not-understood"), unseen, unseen},
	{"row 05 reset on connect", stateHost(inventory.StateOpen, "reset-on-connect"),
		unknown("hangs-up-at-once"), want{}, unknown("hangs-up-at-once"), unseen, unseen},
	{"row 06 not SMB", notSMB(inventory.OutcomeRefused),
		want{NotApplicable, Likely, "other-service-on-port"}, want{}, want{NotApplicable, Likely, "other-service-on-port"}, unseen, unseen},
	{"row 06 not SMB, port 139 filtered", notSMB(inventory.OutcomeFiltered),
		unknown("session-port-not-asked"), want{}, unknown("session-port-not-asked"), unseen, unseen},
	{"row 01 a port of the user's closed", change(stateHost(inventory.StateClosed, "refused"), func(h *inventory.Host) { h.Observations[0].Port = 9999 }),
		unknown("session-port-not-asked"), want{}, unknown("session-port-not-asked"), unseen, unseen},
	{"no logon seen", change(smb2Host("3.1.1", 0x03), func(h *inventory.Host) { h.NTLM = nil }),
		want{Works, Weak, "smb2-logon-not-seen"}, untested, ignored, unseen, unseen},
	{"sizes below what Windows accepts", change(smb2Host("3.1.1", 0x03), func(h *inventory.Host) { h.SMB2.MaxRead = 4096 }),
		want{Unknown, Weak, "smb2-sizes-too-small"}, untested, ignored, unseen, unseen},
	{"wrong hash", change(smb2Host("3.1.1", 0x03), func(h *inventory.Host) { h.SMB2.PreauthIntegrity = "0x9999" }),
		want{AlreadyBroken, Strong, "smb2-preauth-missing"}, untested, ignored, unseen, unseen},
	{"signing algorithm not known", change(smb2Host("3.1.1", 0x03), func(h *inventory.Host) { h.SMB2.SigningAlgorithm = "" }),
		unknown("smb2-incomplete"), untested, ignored, unseen, unseen},

	{"row 07 3.1.1 0x01 guest refused", withGuest(smb2Host("3.1.1", 0x01), inventory.GuestDenied), on311, refused, ignored, unseen, unseen},
	{"row 07 3.1.1 0x01 guest untested", smb2Host("3.1.1", 0x01), on311, untested, ignored, unseen, unseen},
	{"row 08 3.1.1 0x03 guest refused", withGuest(smb2Host("3.1.1", 0x03), inventory.GuestDenied), required, refused, ignored, unseen, unseen},
	{"row 09 3.1.1 0x03 guest granted", withGuest(smb2Host("3.1.1", 0x03), inventory.GuestGranted), required, admitted, ignored, unseen, unseen},
	{"row 10 3.0 0x01 guest refused", withGuest(smb2Host("3.0", 0x01), inventory.GuestDenied),
		want{Works, Likely, "smb30-signs-on-demand"}, refused, ignored, unseen, unseen},
	{"row 10 3.0.2 0x01 guest refused", withGuest(smb2Host("3.0.2", 0x01), inventory.GuestDenied),
		want{Works, Likely, "smb30-signs-on-demand"}, refused, ignored, unseen, unseen},
	{"row 11 2.1 0x01 guest refused", withGuest(smb2Host("2.1", 0x01), inventory.GuestDenied),
		want{Works, Likely, "smb2-signs-on-demand"}, refused, ignored, unseen, unseen},
	{"row 11 2.0.2 0x01 guest refused", withGuest(smb2Host("2.0.2", 0x01), inventory.GuestDenied),
		want{Works, Likely, "smb2-signs-on-demand"}, refused, ignored, unseen, unseen},
	{"row 12 2.0.2 0x03 guest refused", withGuest(smb2Host("2.0.2", 0x03), inventory.GuestDenied), required, refused, ignored, unseen, unseen},
	{"row 13 SecurityMode 0x00", smb2Host("3.1.1", 0x00),
		want{Unknown, Weak, "smb2-signing-not-advertised"}, untested, ignored, unseen, unseen},
	{"row 14 SecurityMode 0x02", smb2Host("3.0", 0x02),
		want{Works, Likely, "smb2-requires-signing-oddly"}, untested, ignored, unseen, unseen},
	{"answers only an offer without 3.1.1", change(smb2Host("3.0", 0x01), func(h *inventory.Host) { h.SMB2.FullOffer = false }),
		want{Unknown, Weak, "smb2-full-offer-not-answered"}, untested, ignored, unseen, unseen},
	{"row 15 dialect not offered", change(smb2Host("2.0.2", 0x01), func(h *inventory.Host) { h.SMB2.Offered = false }),
		want{Unknown, Weak, "smb2-dialect-not-offered"}, untested, ignored, unseen, unseen},
	{"row 16 3.1.1 without PREAUTH", change(smb2Host("3.1.1", 0x03), func(h *inventory.Host) { h.SMB2.PreauthIntegrity = "" }),
		want{AlreadyBroken, Strong, "smb2-preauth-missing"}, untested, ignored, unseen, unseen},
	{"row 17 port 139 only", change(smb2Host("3.1.1", 0x03), func(h *inventory.Host) { h.Port, h.SMB2.Port = 139, 139 }),
		want{Unknown, Weak, "smb2-on-netbios-port-only"}, untested, ignored, unseen, unseen},
	{"row 18 SMB2, and SMB1 0x03", change(smb2Host("3.1.1", 0x01), func(h *inventory.Host) { h.SMB1 = ntlmSMB1(0x03) }),
		on311, untested, ignored, unseen, unseen},
	{"row 19 SMB2, and SMB1 0x0F", change(smb2Host("3.1.1", 0x01), func(h *inventory.Host) { h.SMB1 = ntlmSMB1(0x0f) }),
		on311, untested, ignored, unseen, unseen},

	{"row 20 SMB1 only 0x07", smb1Host(ntlmSMB1(0x07)),
		want{AlreadyBroken, Likely, "smb1-only-offers-signing"}, untested, want{AlreadyBroken, Likely, "smb1-only-offers-signing"}, unseen, unseen},
	{"row 21 SMB1 only 0x0F", smb1Host(ntlmSMB1(0x0f)),
		want{AlreadyBroken, Likely, "smb1-only-requires-signing"}, untested, want{AlreadyBroken, Likely, "smb1-only-requires-signing"}, unseen, unseen},
	{"row 22 SMB1 only 0x03", smb1Host(ntlmSMB1(0x03)),
		want{Breaks, Likely, "smb1-signing-off"}, untested, declining, unseen, unseen},
	{"SMB1 answered to clients that offered nothing newer", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) { h.SMB1.SMB2NotAsked = true }),
		unknown("smb2-not-asked"), untested, declining, unseen, unseen},
	{"row 23 share level 0x02", smb1Host(ntlmSMB1(0x02)),
		want{Breaks, Strong, "smb1-share-level-cannot-sign"}, untested, unable, unseen, unseen},
	{"row 23 share level 0x00", smb1Host(ntlmSMB1(0x00)),
		want{Breaks, Strong, "smb1-share-level-cannot-sign"}, untested, unable, unseen, unseen},
	{"row 24 plain passwords 0x01", smb1Host(ntlmSMB1(0x01)),
		want{Breaks, Strong, "smb1-plain-passwords-cannot-sign"}, untested, unable, unseen, unseen},
	{"row 25 LAN Manager", smb1Host(&inventory.SMB1{Dialect: "LANMAN2.1", WordCount: 13, SecurityMode: ptr(3), Signing: inventory.SigningDisabled}),
		want{Breaks, Strong, "smb1-lan-manager-cannot-sign"}, untested, unable, unseen, unseen},
	{"row 26 core", smb1Host(&inventory.SMB1{Dialect: "PC NETWORK PROGRAM 1.0", WordCount: 1, Signing: inventory.SigningDisabled}),
		want{Breaks, Strong, "smb1-core-cannot-sign"}, untested, unable, unseen, unseen},
	{"row 27 SMB1 off, SMB2 on", change(smb2Host("3.1.1", 0x01), func(h *inventory.Host) { h.SMB1 = &inventory.SMB1{WordCount: 1} }),
		on311, untested, ignored, unseen, unseen},
	{"row 28 no dialect accepted", smb1Host(&inventory.SMB1{WordCount: 1}),
		unknown("no-dialect-accepted"), untested, unknown("no-dialect-accepted"), unseen, unseen},
	{"row 28 every offer an error", stateHost(inventory.StateOpen, "error-status"),
		unknown("no-dialect-accepted"), want{}, unknown("no-dialect-accepted"), unseen, unseen},
	{"row 28 hangs up on every offer", stateHost(inventory.StateOpen, "reset-after-negotiate"),
		unknown("hangs-up-on-negotiate"), want{}, unknown("hangs-up-on-negotiate"), unseen, unseen},
	{"row 29 SMB1 without extended security 0x07", change(smb1Host(ntlmSMB1(0x07)), func(h *inventory.Host) {
		h.SMB1.ExtendedSecurity, h.SMB1.Capabilities = false, 0xf3fc
	}), want{AlreadyBroken, Likely, "smb1-only-old-logon"}, untested, want{AlreadyBroken, Likely, "smb1-only-old-logon"}, unseen, unseen},
	{"row 30 challenge without target info", change(smb2Host("2.1", 0x01), func(h *inventory.Host) { h.NTLM = &inventory.NTLM{Flags: 0x62890215} }),
		want{Works, Weak, "smb2-ntlmv2-doubtful"}, untested, ignored, unseen, unseen},
	{"row 31 Kerberos only", change(smb2Host("3.1.1", 0x01), func(h *inventory.Host) { h.SMB2.Mechanisms = []string{"MS-Kerberos", "Kerberos"} }),
		want{Works, Likely, "smb2-kerberos-only"}, untested, ignored, unseen, unseen},
	{"row 32 unknown user became guest", withGuest(smb2Host("3.0.2", 0x01), inventory.GuestGranted),
		want{Works, Likely, "smb30-signs-on-demand"}, admitted, ignored, unseen, unseen},
	{"row 33 anonymous session", withGuest(smb2Host("3.1.1", 0x01), inventory.GuestNull),
		on311, want{NoChange, Strong, "null-session-only"}, ignored, unseen, unseen},
	{"row 34 unknown user refused", withGuest(smb2Host("2.1", 0x03), inventory.GuestDenied), required, refused, ignored, unseen, unseen},
	{"row 35 guest logon over SMB1", withGuest(smb1Host(ntlmSMB1(0x07)), inventory.GuestGranted),
		want{AlreadyBroken, Likely, "smb1-only-offers-signing"}, admitted, want{AlreadyBroken, Likely, "smb1-only-offers-signing"}, unseen, unseen},

	{"row 37 Windows 24H2 0x03", windowsHost("10.0.26100", "3.1.1", 0x03),
		required, untested, ignored, want{Works, Likely, "windows-client-requires-signing"}, ignores},
	{"row 38 build 26100 0x01", windowsHost("10.0.26100", "3.1.1", 0x01),
		want{Works, Strong, "windows-signs"}, untested, ignored, winSigns, ignores},
	{"row 39 Windows 7 0x01", windowsHost("6.1.7601", "2.1", 0x01),
		want{Works, Strong, "windows-signs"}, untested, ignored, winSigns, ignores},
	{"row 39 Vista 0x01", windowsHost("6.0.6002", "2.0.2", 0x01),
		want{Works, Strong, "windows-signs"}, untested, ignored, winSigns, ignores},
	{"row 40 Windows XP", windowsXP(0x03),
		want{Breaks, Likely, "smb1-signing-off"}, untested, declining,
		want{AlreadyBroken, Likely, "windows-smb1-only-client"}, want{AlreadyBroken, Likely, "windows-smb1-only-client"}},
	{"row 40 Windows XP 0x07", windowsXP(0x07),
		want{AlreadyBroken, Likely, "smb1-only-offers-signing"}, untested, want{AlreadyBroken, Likely, "smb1-only-offers-signing"},
		want{AlreadyBroken, Likely, "windows-smb1-only-client"}, want{AlreadyBroken, Likely, "windows-smb1-only-client"}},
	{"row 40 Windows XP in a controller", change(windowsXP(0x03), func(h *inventory.Host) {
		h.NTLM = &inventory.NTLM{Version: "5.1.2600", Revision: 15}
		h.Names.NetBIOS, h.Names.MAC = "CX-2F41A7", "00:01:05:2f:41:a7"
	}), want{Breaks, Likely, "smb1-signing-off"}, untested, declining,
		want{AlreadyBroken, Likely, "windows-smb1-only-client"}, want{AlreadyBroken, Likely, "windows-smb1-only-client"}},
	{"row 40 Windows 7 whose server knows only SMB1", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) {
		h.SMB1.NativeOS, h.SMB1.NativeLANManager = "Windows 7 Professional 7601 Service Pack 1", "Windows 7 Professional 6.1"
		h.NTLM = &inventory.NTLM{Version: "6.1.7601", Revision: 15}
	}), want{Breaks, Likely, "smb1-signing-off"}, untested, declining, unknown("client-role-unseen"), unseen},
	{"row 41 Windows with guests", withGuest(windowsHost("10.0.19041", "3.1.1", 0x01), inventory.GuestGranted),
		want{Works, Strong, "windows-signs"}, admitted, ignored, winSigns, ignores},
	{"row 42 domain controller", change(withNode(windowsHost("10.0.20348", "3.1.1", 0x03), "CORP", 0x1c, true), func(h *inventory.Host) { h.Names.Domain = "corp.example" }),
		required, untested, ignored, want{Works, Likely, "domain-controller-client-signs"}, ignores},
	{"row 43 Samba, guest refused", withGuest(sambaHost(), inventory.GuestDenied),
		want{Works, Strong, "samba-signs"}, refused, ignored, unknown("samba-client-unseen"), unseen},
	{"row 44 Samba 3, SMB1 only 0x03", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) { h.SMB1.NativeLANManager = "Samba 3.0.37" }),
		want{Breaks, Likely, "samba-smb1-signing-off"}, untested, declining, unseen, unseen},
	{"row 45 ksmbd, guest refused", withGuest(change(smb2Host("3.1.1", 0x01), func(h *inventory.Host) { h.SMB2.ServerGUID = strings.Repeat("0", 32) }), inventory.GuestDenied),
		on311, refused, ignored, unseen, unseen},
	{"row 46 macOS", macHost(), required, untested, ignored, want{Works, Likely, "macos-client-signs"}, ignores},
	{"row 47 ONTAP", change(smb2Host("3.1.1", 0x01), func(h *inventory.Host) {
		h.SMB1 = &inventory.SMB1{Dialect: "NT LM 0.12", WordCount: 17, Flags: 0x98, Flags2: 1, SecurityMode: ptr(3), Signing: inventory.SigningDisabled}
		h.Names.MAC = "00:a0:98:12:34:56"
	}), on311, untested, ignored, want{Works, Likely, "storage-array-client-signs"}, ignores},
	{"row 48 printer without a server", printer(stateHost(inventory.StateClosed, "refused")),
		want{NotApplicable, Strong, "no-smb-server"}, want{}, want{NotApplicable, Strong, "no-smb-server"}, unknown("printer-client-unseen"), unseen},
	{"row 49 printer, SMB1 only 0x02", printer(smb1Host(ntlmSMB1(0x02))),
		want{Breaks, Strong, "smb1-share-level-cannot-sign"}, untested, unable, want{Breaks, Weak, "printer-with-smb1-only"}, unseen},
	{"row 49 printer, SMB1 only 0x03", printer(smb1Host(ntlmSMB1(0x03))),
		want{Breaks, Likely, "smb1-signing-off"}, untested, declining, want{Breaks, Weak, "printer-with-smb1-only"}, unseen},
	{"row 50 printer with SMB2", printer(smb2Host("3.0", 0x01)),
		want{Works, Likely, "smb30-signs-on-demand"}, untested, ignored, want{Unknown, Weak, "printer-with-smb2-server"}, unseen},
	{"row 51 VxWorks controller, SMB1", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) { h.SMB1.NativeOS = "VxWorks" }),
		want{Breaks, Likely, "smb1-signing-off"}, untested, declining, unknown("controller-client-unseen"), unseen},
	{"row 52 Dionaea", dionaea(), want{NotApplicable, Likely, "honeypot"}, want{}, want{NotApplicable, Likely, "honeypot"},
		want{NotApplicable, Likely, "honeypot"}, want{NotApplicable, Likely, "honeypot"}},

	{"row 53 signed session", withSessions(smb2Host("3.1.1", 0x01), signedSession("3.1.1")), proved, untested, ignored, unseen, unseen},
	{"row 53 signed session settles a missing signing bit", withSessions(smb2Host("3.0.2", 0x00), signedSession("3.0.2")), proved, untested, ignored, unseen, unseen},
	{"row 53 signed session settles a dialect not offered", change(withSessions(smb2Host("2.0.2", 0x01), signedSession("2.0.2")), func(h *inventory.Host) { h.SMB2.Offered = false }),
		proved, untested, ignored, unseen, unseen},
	{"row 53 guests refused", withGuest(withSessions(smb2Host("3.1.1", 0x03), signedSession("3.1.1")), inventory.GuestDenied), proved, refused, ignored, unseen, unseen},
	{"row 53 guests admitted", withGuest(withSessions(smb2Host("3.1.1", 0x03), signedSession("3.1.1")), inventory.GuestGranted), proved, admitted, ignored, unseen, unseen},
	{"row 53 wrong signatures accepted", withSessions(smb2Host("3.1.1", 0x01), session(signedSession("3.1.1"), func(s *inventory.Session) { s.Tamper = inventory.TamperAccepted })),
		want{Works, Proven, "session-signed-but-not-checked"}, untested, ignored, unseen, unseen},
	{"row 53 wrong signatures refused", withSessions(smb2Host("3.1.1", 0x01), session(signedSession("3.1.1"), func(s *inventory.Session) { s.Tamper = inventory.TamperRefused })),
		proved, untested, ignored, unseen, unseen},
	{"row 53 signed, nothing counted", withSessions(smb2Host("3.1.1", 0x03), session(signedSession("3.1.1"), func(s *inventory.Session) { s.Answers = inventory.Signatures{} })),
		vague, vague, ignored, unseen, unseen},
	{"row 53 signed, flags not known", withSessions(smb2Host("3.1.1", 0x03), session(signedSession("3.1.1"), func(s *inventory.Session) { s.SessionFlags = nil })),
		vague, vague, ignored, unseen, unseen},
	{"row 53 signed, and one answer was not", withSessions(smb2Host("3.1.1", 0x03), session(signedSession("3.1.1"), func(s *inventory.Session) { s.Answers.Unsigned = 1 })),
		vague, vague, ignored, unseen, unseen},
	{"row 53 signed, after a first try without an answer", withSessions(smb2Host("3.1.1", 0x01), failedSession(inventory.SessionUnreachable, "connect"), signedSession("3.1.1")),
		proved, untested, ignored, unseen, unseen},
	{"row 16 a signed session does not mend a missing PREAUTH", change(withSessions(smb2Host("3.1.1", 0x03), signedSession("3.1.1")), func(h *inventory.Host) { h.SMB2.PreauthIntegrity = "" }),
		want{AlreadyBroken, Strong, "smb2-preauth-missing"}, untested, ignored, unseen, unseen},
	{"row 17 a signed session does not settle who reaches port 139", change(withSessions(smb2Host("3.1.1", 0x03), signedSession("3.1.1")), func(h *inventory.Host) { h.Port, h.SMB2.Port = 139, 139 }),
		want{Unknown, Weak, "smb2-on-netbios-port-only"}, untested, ignored, unseen, unseen},
	{"a signed session does not settle what a full offer does", change(withSessions(smb2Host("3.0", 0x01), signedSession("3.0")), func(h *inventory.Host) { h.SMB2.FullOffer = false }),
		want{Unknown, Weak, "smb2-full-offer-not-answered"}, untested, ignored, unseen, unseen},
	{"row 54 tree connect answered unsigned", withSessions(smb2Host("3.0.2", 0x03), unsignedSession("3.0.2")), wontSign, untested, ignored, unseen, unseen},
	{"row 54 unsigned, although it also signed", withSessions(smb2Host("3.0.2", 0x03), signedSession("3.0.2"), unsignedSession("3.0.2")), wontSign, untested, ignored, unseen, unseen},
	{"row 54 unsigned, nothing counted", withSessions(smb2Host("3.0.2", 0x03), session(unsignedSession("3.0.2"), func(s *inventory.Session) { s.Answers = inventory.Signatures{} })),
		vague, vague, ignored, unseen, unseen},
	{"row 55 wrong signatures at 3.1.1, 3.0.2 and 2.1", withSessions(smb2Host("3.1.1", 0x01), badSession("3.1.1"), badSession("3.0.2"), badSession("2.1")),
		want{Breaks, Proven, "session-signature-wrong"}, untested, ignored, unseen, unseen},
	{"row 55 wrong signatures twice at 2.0.2, which is all it has", withSessions(smb2Host("2.0.2", 0x01), badSession("2.0.2"), failedSession(inventory.SessionNegotiateFailed, "negotiate"), badSession("2.0.2")),
		want{Breaks, Proven, "session-signature-wrong"}, untested, ignored, unseen, unseen},
	{"row 55 wrong signature once", withSessions(smb2Host("3.1.1", 0x01), badSession("3.1.1")), unconfirmed, untested, ignored, unseen, unseen},
	{"row 55 wrong signature not repeated at 2.1", withSessions(smb2Host("3.1.1", 0x01), badSession("3.1.1"), badSession("3.0.2"), failedSession(inventory.SessionBroken, "connect")),
		unconfirmed, untested, ignored, unseen, unseen},
	{"row 55 wrong signature, and a right one at the same dialect", withSessions(smb2Host("2.1", 0x01), signedSession("2.1"), badSession("2.1")), unconfirmed, untested, ignored, unseen, unseen},
	{"row 56 logon answer unsigned at 3.0.2", withSessions(smb2Host("3.0.2", 0x01), session(signedSession("3.0.2"), func(s *inventory.Session) { s.SetupSigned = false })),
		proved, untested, ignored, unseen, unseen},
	{"row 56 logon answer unsigned at 3.1.1", withSessions(smb2Host("3.1.1", 0x01), session(signedSession("3.1.1"), func(s *inventory.Session) { s.SetupSigned = false })),
		want{Breaks, Strong, "session-logon-answer-unsigned"}, untested, ignored, unseen, unseen},
	{"row 56 logon answer signed wrongly at 3.1.1", withSessions(smb2Host("3.1.1", 0x01), session(signedSession("3.1.1"), wrongLogon)),
		want{Breaks, Strong, "session-logon-answer-unsigned"}, untested, ignored, unseen, unseen},
	{"row 56 logon answer signed wrongly at 3.1.1, encrypted", withSessions(smb2Host("3.1.1", 0x01), session(encryptedSession(), wrongLogon)),
		want{Breaks, Strong, "session-logon-answer-unsigned"}, untested, ignored, unseen, unseen},
	{"row 56 logon answer not checked at 3.1.1", withSessions(smb2Host("3.1.1", 0x01), session(signedSession("3.1.1"), func(s *inventory.Session) { s.SetupSignature = 0 })),
		want{Works, Strong, "session-signed-logon-unchecked"}, untested, ignored, unseen, unseen},
	{"row 56 logon answer not checked at 3.0.2", withSessions(smb2Host("3.0.2", 0x01), session(signedSession("3.0.2"), func(s *inventory.Session) { s.SetupSignature = 0 })),
		proved, untested, ignored, unseen, unseen},
	{"row 56 logon answer signed wrongly at 3.0.2", withSessions(smb2Host("3.0.2", 0x01), session(signedSession("3.0.2"), wrongLogon)), unconfirmed, untested, ignored, unseen, unseen},
	{"row 54 unsigned, of anybody", withSessions(smb2Host("3.1.1", 0x03), session(unsignedSession("3.1.1"), notShown)), anybody, untested, ignored, unseen, unseen},
	{"row 55 wrong signatures, of anybody", withSessions(smb2Host("3.1.1", 0x01), session(badSession("3.1.1"), notShown), session(badSession("3.0.2"), notShown), session(badSession("2.1"), notShown)),
		anybody, untested, ignored, unseen, unseen},
	{"row 55 wrong signatures of an account that is good elsewhere", withSessions(smb2Host("2.0.2", 0x01), session(badSession("2.0.2"), goodElsewhere), session(badSession("2.0.2"), goodElsewhere)),
		want{Breaks, Proven, "session-signature-wrong"}, untested, ignored, unseen, unseen},
	{"broke off after the logon", withSessions(smb2Host("3.1.1", 0x03), session(failedSession(inventory.SessionBroken, "tree-connect"), func(s *inventory.Session) { s.Dialect = "3.1.1" })),
		want{Unknown, Weak, "session-broke-off"}, untested, ignored, unseen, unseen},
	{"broke off after the logon once", withSessions(smb2Host("3.1.1", 0x03), failedSession(inventory.SessionBroken, "tree-connect"), signedSession("3.1.1")), proved, untested, ignored, unseen, unseen},
	{"row 57 account let in as guest", withSessions(smb2Host("3.1.1", 0x03), guestSession(inventory.SessionGuest, sessionFlagGuest)),
		becameGuest, want{Breaks, Strong, "guest-instead-of-account"}, ignored, unseen, unseen},
	{"row 57 account let in as guest, unknown user refused", withGuest(withSessions(smb2Host("3.1.1", 0x03), guestSession(inventory.SessionGuest, sessionFlagGuest)), inventory.GuestDenied),
		becameGuest, want{Breaks, Strong, "guest-instead-of-account"}, ignored, unseen, unseen},
	{"row 57 said to be signed, but flagged as a guest's", withSessions(smb2Host("3.1.1", 0x03), session(signedSession("3.1.1"), func(s *inventory.Session) { s.SessionFlags = ptr(sessionFlagGuest) })),
		becameGuest, want{Breaks, Strong, "guest-instead-of-account"}, ignored, unseen, unseen},
	{"row 57 account let in as nobody", withSessions(smb2Host("3.1.1", 0x03), guestSession(inventory.SessionNull, sessionFlagNull)), becameGuest, untested, ignored, unseen, unseen},
	{"row 57 one account a guest, another signed", withSessions(smb2Host("3.1.1", 0x03), guestSession(inventory.SessionGuest, sessionFlagGuest), signedSession("3.1.1")),
		proved, want{Breaks, Strong, "guest-instead-of-account"}, ignored, unseen, unseen},
	{"row 58 access denied, signed", withSessions(smb2Host("3.1.1", 0x01), session(signedSession("3.1.1"), func(s *inventory.Session) {
		s.Result, s.Status = inventory.SessionAccessDenied, "STATUS_ACCESS_DENIED"
	})), want{Works, Proven, "session-signed-access-denied"}, untested, ignored, unseen, unseen},
	{"row 58 access denied, encrypted", withSessions(smb2Host("3.1.1", 0x01), session(encryptedSession(), func(s *inventory.Session) { s.Result = inventory.SessionAccessDenied })),
		want{Works, Proven, "session-signed-access-denied"}, untested, ignored, unseen, unseen},
	{"row 59 encrypted", withSessions(smb2Host("3.1.1", 0x01), encryptedSession()), want{Works, Proven, "session-encrypted"}, untested, ignored, unseen, unseen},
	{"row 59 said to be encrypted, and no message was", withSessions(smb2Host("3.1.1", 0x01), session(encryptedSession(), func(s *inventory.Session) { s.Encrypted = false })),
		vague, vague, ignored, unseen, unseen},
	{"row 59 said to be encrypted at 2.1", withSessions(smb2Host("2.1", 0x01), session(encryptedSession(), func(s *inventory.Session) { s.Dialect = "2.1" })), vague, vague, ignored, unseen, unseen},
	{"row 59 encrypted, and answers in the clear", withSessions(smb2Host("3.1.1", 0x01), session(encryptedSession(), func(s *inventory.Session) { s.Answers.Unsigned = 1 })), vague, vague, ignored, unseen, unseen},
	{"row 60 logon refused", withSessions(smb2Host("3.1.1", 0x01), failedSession(inventory.SessionLogonFailed, "session-setup")), on311, untested, ignored, unseen, unseen},
	{"row 60 logon refused, host in doubt", withSessions(smb2Host("3.1.1", 0x00), failedSession(inventory.SessionLogonFailed, "session-setup")),
		want{Unknown, Weak, "smb2-signing-not-advertised"}, untested, ignored, unseen, unseen},
	{"row 61 wrong signature at 3.1.1, signed at 3.0.2", withSessions(smb2Host("3.1.1", 0x01), badSession("3.1.1"), signedSession("3.0.2")), pinned, untested, ignored, unseen, unseen},
	{"row 61 unsigned at 3.1.1, signed at 3.0.2", withSessions(smb2Host("3.1.1", 0x01), unsignedSession("3.1.1"), signedSession("3.0.2")), pinned, untested, ignored, unseen, unseen},
	{"row 61 breaks off at 3.1.1, signed at 2.1", withSessions(smb2Host("3.1.1", 0x01), session(failedSession(inventory.SessionBroken, "tree-connect"), func(s *inventory.Session) { s.Dialect = "3.1.1" }),
		failedSession(inventory.SessionNegotiateFailed, "negotiate"), signedSession("2.1")), pinned, untested, ignored, unseen, unseen},
	{"row 61 once limited to 3.0.2 it works", withSessions(smb2Host("3.0.2", 0x01), signedSession("3.0.2")), proved, untested, ignored, unseen, unseen},
	{"no connection, then signed at 3.0.2 only", withSessions(smb2Host("3.1.1", 0x01), failedSession(inventory.SessionUnreachable, "connect"), signedSession("3.0.2")),
		want{Unknown, Weak, "session-below-top-dialect-only"}, untested, ignored, unseen, unseen},
	{"sessions that never came about change nothing", withSessions(smb2Host("2.1", 0x03), failedSession(inventory.SessionNegotiateFailed, "negotiate"), failedSession(inventory.SessionBroken, "session-setup"),
		failedSession(inventory.SessionUnreachable, "connect"), failedSession(inventory.SessionNotSupported, "session-setup")), required, untested, ignored, unseen, unseen},
	{"session with a result of the future", withSessions(smb2Host("2.1", 0x03), inventory.Session{Dialect: "2.1"}), vague, vague, ignored, unseen, unseen},
	{"closed, with a signed session", withSessions(stateHost(inventory.StateClosed, "refused"), signedSession("3.1.1")),
		unknown("state-contradicted"), untested, unknown("state-contradicted"), unseen, unseen},
	{"SMB1 only, with a signed session", withSessions(smb1Host(ntlmSMB1(0x03)), signedSession("3.1.1")),
		want{Breaks, Likely, "smb1-signing-off"}, untested, declining, unseen, unseen},

	// Facts that are missing or do not fit.
	{"nothing known", inventory.Host{}, unknown("not-observed"), want{}, unknown("not-observed"), unseen, unseen},
	{"our own fault", inventory.Host{Error: "no buffer space"}, unknown("scan-failed"), want{}, unknown("scan-failed"), unseen, unseen},
	{"state only", stateHost(inventory.StateSMB, ""), unknown("smb-answer-not-recorded"), untested, unknown("smb-answer-not-recorded"), unseen, unseen},
	{"empty SMB2", change(stateHost(inventory.StateSMB, ""), func(h *inventory.Host) { h.SMB2 = &inventory.SMB2{} }),
		unknown("smb2-incomplete"), untested, unknown("smb2-incomplete"), unseen, unseen},
	{"SMB2 without SecurityMode", change(smb2Host("3.1.1", 0x03), func(h *inventory.Host) { h.SMB2.SecurityMode = nil }),
		unknown("smb2-incomplete"), untested, ignored, unseen, unseen},
	{"SMB2 with unknown signing", change(smb2Host("3.1.1", 0x03), func(h *inventory.Host) { h.SMB2.Signing = 0 }),
		unknown("smb2-incomplete"), untested, ignored, unseen, unseen},
	{"SMB2 with a dialect of the future only", smb2Host("4.0", 0x03), unknown("smb2-incomplete"), untested, unknown("smb2-incomplete"), unseen, unseen},
	{"SecurityMode and signing disagree", change(smb2Host("3.1.1", 0x01), func(h *inventory.Host) { h.SMB2.Signing = inventory.SigningRequired }),
		on311, untested, ignored, unseen, unseen},
	{"closed, with an SMB2 answer", change(smb2Host("3.1.1", 0x03), func(h *inventory.Host) { h.State = inventory.StateClosed }),
		unknown("state-contradicted"), untested, unknown("state-contradicted"), unseen, unseen},
	{"closed, with a breaking SMB1 answer", change(smb1Host(ntlmSMB1(0x02)), func(h *inventory.Host) { h.State = inventory.StateClosed }),
		want{Breaks, Strong, "smb1-share-level-cannot-sign"}, untested, unknown("smb1-signing-unknown"), unseen, unseen},
	{"closed, with a guest test", withGuest(stateHost(inventory.StateClosed, "refused"), inventory.GuestDenied),
		unknown("state-contradicted"), unknown("guest-facts-contradicted"), unknown("state-contradicted"), unseen, unseen},
	{"SMB1 and an unfinished SMB2 probe", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) {
		h.Observations = []inventory.Observation{{Step: inventory.StepSMB2Negotiate, Outcome: inventory.OutcomeBudget}}
	}), unknown("smb2-probe-unfinished"), untested, declining, unseen, unseen},
	{"SMB1 and a malformed SMB2 answer", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) {
		h.Observations = []inventory.Observation{{Step: inventory.StepSMB2Negotiate, Port: 445, Outcome: inventory.OutcomeMalformed}}
	}), unknown("smb2-probe-unfinished"), untested, declining, unseen, unseen},
	{"SMB1 on port 139, port 445 filtered", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) {
		h.Observations = []inventory.Observation{{Step: inventory.StepSMB2Negotiate, Port: 445, Outcome: inventory.OutcomeFiltered},
			{Step: inventory.StepSMB2Negotiate, Port: 139, Outcome: inventory.OutcomeClosedAfterNegotiate}}
	}), unknown("smb2-probe-unfinished"), untested, declining, unseen, unseen},
	{"SMB1, and SMB2 refused at the second try", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) {
		h.Observations = []inventory.Observation{{Step: inventory.StepSMB2Negotiate, Port: 445, Outcome: inventory.OutcomeFiltered},
			{Step: inventory.StepSMB2Negotiate, Port: 445, Outcome: inventory.OutcomeClosedAfterNegotiate}}
	}), want{Breaks, Likely, "smb1-signing-off"}, untested, declining, unseen, unseen},
	{"SMB1 and an SMB2 probe without an answer", change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) {
		h.Observations = []inventory.Observation{{Step: inventory.StepSMB2Negotiate, Outcome: inventory.OutcomeSilent}}
	}), want{Breaks, Likely, "smb1-signing-off"}, untested, declining, unseen, unseen},
	{"SMB1 without SecurityMode and signing", smb1Host(&inventory.SMB1{Dialect: "NT LM 0.12", WordCount: 17}),
		unknown("smb1-signing-unknown"), untested, unknown("smb1-signing-unknown"), unseen, unseen},
	{"guest check answered with an error that says nothing", withGuestCheck(smb2Host("3.1.1", 0x01), inventory.OutcomeErrorStatus, "STATUS_ACCESS_DENIED"),
		on311, unknown("guest-check-inconclusive"), ignored, unseen, unseen},
	{"guest check without an answer, account let in as guest", withSessions(withGuestCheck(smb2Host("3.1.1", 0x03), inventory.OutcomeSilent, ""),
		guestSession(inventory.SessionGuest, sessionFlagGuest)), becameGuest, want{Breaks, Strong, "guest-instead-of-account"}, ignored, unseen, unseen},
	{"guest check that told", withGuest(withGuestCheck(smb2Host("3.1.1", 0x01), inventory.OutcomeErrorStatus, "STATUS_LOGON_FAILURE"), inventory.GuestDenied),
		on311, refused, ignored, unseen, unseen},
	{"printer by what other services say", change(smb2Host("3.1.1", 0x01), printerClues), on311, untested, ignored, unknown("printer-client-unseen"), unseen},
	{"printer with SMB1 only, by what other services say", change(smb1Host(ntlmSMB1(0x03)), printerClues),
		want{Breaks, Likely, "smb1-signing-off"}, untested, declining, unknown("printer-client-unseen"), unseen},
	{"Samba in a printer, by what other services say", change(sambaHost(), printerClues), want{Works, Strong, "samba-signs"}, untested, ignored, unknown("printer-client-unseen"), unseen},
	{"Windows is no printer, whatever its web page says", change(windowsHost("10.0.19041", "3.1.1", 0x01), printerClues),
		want{Works, Strong, "windows-signs"}, untested, ignored, winSigns, ignores},
	{"Windows version in a server that is no Windows", change(windowsHost("10.0.26100", "3.1.1", 0x03), func(h *inventory.Host) { h.SMB2.ServerGUID = guidOf("scanner") }),
		required, untested, ignored, unseen, unseen},
	{"Windows under the name of a copier", change(windowsHost("10.0.19041", "3.1.1", 0x01), func(h *inventory.Host) { h.Names.NetBIOS = "RNP002673AABBCC" }),
		on311, untested, ignored, unseen, unseen},
}

func TestRules(t *testing.T) {
	for _, tt := range ruleTests {
		t.Run(tt.name, func(t *testing.T) {
			a := Assess(&tt.host)
			check(t, "client-always", &a.Policies.ClientAlways, tt.ca)
			check(t, "client-always as guest", a.Policies.ClientAlways.Guest, tt.guest)
			check(t, "client-if-server-agrees", &a.Policies.ClientIfServerAgrees, tt.ci)
			check(t, "server-always", &a.Policies.ServerAlways, tt.sa)
			check(t, "server-if-client-agrees", &a.Policies.ServerIfClientAgrees, tt.si)
		})
	}
}

func check(t *testing.T, path string, f *Finding, w want) {
	t.Helper()
	if f == nil {
		if w != (want{}) {
			t.Errorf("%s: no finding, want %v %v %s", path, w.verdict, w.confidence, w.reason)
		}
		return
	}
	if got := (want{f.Verdict, f.Confidence, f.Reason}); got != w {
		t.Errorf("%s: %v %v %s, want %v %v %s", path, got.verdict, got.confidence, got.reason, w.verdict, w.confidence, w.reason)
	}
}

func TestNilHost(t *testing.T) {
	a := Assess(nil)
	check(t, "client-always", &a.Policies.ClientAlways, unknown("not-observed"))
}

func TestEvidence(t *testing.T) {
	host := change(smb2Host("3.1.1", 0x01), func(h *inventory.Host) { h.SMB2.Port = 4450 })
	a := Assess(&host)
	want := []string{"SMB2 dialect 3.1.1", "SMB2 SecurityMode 0x01", "SMB2 on port 4450"}
	if got := a.Policies.ClientAlways.Evidence; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	host = smb1Host(ntlmSMB1(0x03))
	a = Assess(&host)
	want = []string{"SMB1 dialect NT LM 0.12", "SMB1 SecurityMode 0x03", "SMB1 signing disabled", "no SMB2 answer"}
	if got := a.Policies.ClientAlways.Evidence; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestGuestCheckEvidence: what came of the guest check is quoted, and nothing
// that is too long for a status.
func TestGuestCheckEvidence(t *testing.T) {
	for _, tt := range []struct {
		outcome inventory.Outcome
		status  string
		want    string
	}{
		{inventory.OutcomeErrorStatus, "STATUS_ACCESS_DENIED", "guest check: error-status, STATUS_ACCESS_DENIED"},
		{inventory.OutcomeClosedAfterNegotiate, "", "guest check: closed-after-negotiate"},
		{inventory.OutcomeErrorStatus, strings.Repeat("A", 1<<10), "guest check: error-status"},
	} {
		host := withGuestCheck(smb2Host("3.1.1", 0x01), tt.outcome, tt.status)
		a := Assess(&host)
		if g := a.Policies.ClientAlways.Guest; !slices.Equal(g.Evidence, []string{tt.want}) || !strings.Contains(g.Settle, "smbready verify HOST") {
			t.Errorf("got %q, want %q", g.Evidence, tt.want)
		}
	}
}

func TestWorst(t *testing.T) {
	for _, tt := range []struct {
		name string
		host inventory.Host
		want Verdict
	}{
		{"nothing known", inventory.Host{}, Unknown},
		{"Windows, guests untested", windowsHost("10.0.26100", "3.1.1", 0x03), Works},
		{"Windows, guests admitted", withGuest(windowsHost("10.0.26100", "3.1.1", 0x03), inventory.GuestGranted), Breaks},
		{"server works, client unknown", smb2Host("3.1.1", 0x03), Unknown},
		{"SMB1 only", smb1Host(ntlmSMB1(0x0f)), AlreadyBroken},
	} {
		a := Assess(&tt.host)
		if got := a.Worst(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// Every rule must be reached by a row above, so that none is dead or untried.
func TestEveryRuleIsReached(t *testing.T) {
	reached := map[string]bool{}
	for _, tt := range ruleTests {
		a := Assess(&tt.host)
		for _, f := range paths(&a) {
			reached[f.Reason] = true
		}
	}
	for _, reason := range Reasons() {
		if !reached[reason] {
			t.Errorf("no row reaches %s", reason)
		}
	}
}

// Every row of the policy table is named by a rule and by a test. Row 60, a
// refused logon, has no rule because it changes nothing.
func TestEveryRowIsCovered(t *testing.T) {
	byRule, byTest := map[int]bool{}, map[string]bool{}
	for _, table := range tables {
		for _, r := range table {
			for _, row := range r.rows {
				byRule[row] = true
			}
		}
	}
	for _, tt := range ruleTests {
		byTest[tt.name[:min(len(tt.name), len("row 00"))]] = true
	}
	for row := 1; row <= 83; row++ {
		if test := byTest[fmt.Sprintf("row %02d", row)]; !byRule[row] && row != 60 || !test {
			t.Errorf("row %d: in a rule %t, in a test %t", row, byRule[row], test)
		}
	}
}

func TestRulesAreWellFormed(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]*rule{}
	for _, table := range tables {
		for _, r := range table {
			if other := seen[r.reason]; other != nil && other != r {
				t.Errorf("%s: two rules have this reason", r.reason)
			}
			seen[r.reason] = r
			if !kebab.MatchString(r.reason) {
				t.Errorf("%s: not in kebab-case", r.reason)
			}
			if r.source == "" || r.why == "" || !strings.HasSuffix(r.why, ".") {
				t.Errorf("%s: no source, or no sentence", r.reason)
			}
			checkAdvice(t, r.reason, &Finding{Verdict: r.verdict, Reason: r.reason, Why: r.why, Remedy: r.remedy, Settle: r.settle})
		}
	}
	for _, table := range tables {
		var f facts
		f.Host = &inventory.Host{}
		if last := table[len(table)-1]; !last.when(&f) {
			t.Errorf("a table ends in %s, which does not always hold", last.reason)
		}
	}
}

func TestExplain(t *testing.T) {
	if reasons := Reasons(); !slices.IsSorted(reasons) || len(reasons) != len(texts) {
		t.Errorf("%d reasons and %d texts, sorted %t", len(reasons), len(texts), slices.IsSorted(reasons))
	}
	for _, reason := range Reasons() {
		e, ok := Explain(reason)
		if !ok || e.Reason != reason || e.Title == "" || len(e.Text) < 80 || e.Source == "" || e.Why == "" {
			t.Errorf("%s: incomplete: %+v", reason, e)
		}
		if strings.ContainsAny(e.Title+e.Text+e.Why+e.Remedy+e.Settle, "!") || strings.TrimSpace(e.Text) != e.Text {
			t.Errorf("%s: exclamation mark or stray space", reason)
		}
	}
	if _, ok := Explain("no-such-reason"); ok {
		t.Error("explained a reason that does not exist")
	}
}

func checkAdvice(t *testing.T, what string, f *Finding) {
	t.Helper()
	if f.Reason == "" || f.Why == "" {
		t.Errorf("%s: no reason or no why", what)
	}
	if f.Verdict == Unknown && f.Settle == "" {
		t.Errorf("%s: unknown, and nothing would settle it", what)
	}
	if (f.Verdict == Breaks || f.Verdict == AlreadyBroken) && f.Remedy == "" {
		t.Errorf("%s: %v, and no remedy", what, f.Verdict)
	}
}

// paths yields every finding of an assessment under the name of its path.
func paths(a *Assessment) map[string]*Finding {
	m := map[string]*Finding{}
	for _, p := range Policies {
		f := a.Policies.Of(p)
		m[p.String()] = f
		if f.Guest != nil {
			m[p.String()+" as guest"] = f.Guest
		}
	}
	return m
}

func BenchmarkAssess(b *testing.B) {
	for _, tt := range []struct {
		name string
		host inventory.Host
	}{
		{"closed", stateHost(inventory.StateClosed, "refused")},
		{"windows", windowsHost("10.0.26100", "3.1.1", 0x01)},
		{"samba", sambaHost()},
		{"printer", printer(smb1Host(ntlmSMB1(0x02)))},
	} {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Assess(&tt.host)
			}
		})
	}
}

// Hosts for the tables.

func ptr(n uint16) *uint16 { return &n }

func change(h inventory.Host, f func(*inventory.Host)) inventory.Host { f(&h); return h }

func stateHost(s inventory.State, detail string) inventory.Host {
	h := inventory.Host{Address: netip.MustParseAddr("192.0.2.1"), Port: 445, State: s, Detail: detail}
	if s == inventory.StateClosed {
		h.Observations = []inventory.Observation{
			{Step: inventory.StepSMB2Negotiate, Port: 445, Outcome: inventory.OutcomeRefused},
			{Step: inventory.StepSMB2Negotiate, Port: 139, Outcome: inventory.OutcomeRefused},
		}
	}
	return h
}

// notSMB is a web server on port 445, with the given outcome on port 139.
func notSMB(session inventory.Outcome) inventory.Host {
	h := stateHost(inventory.StateOpen, "not-smb")
	h.Observations = []inventory.Observation{
		{Step: inventory.StepSMB2Negotiate, Port: 445, Outcome: inventory.OutcomeNotSMB},
		{Step: inventory.StepSMB2Negotiate, Port: 139, Outcome: session},
	}
	return h
}

func withGuest(h inventory.Host, g inventory.Guest) inventory.Host { h.Guest = g; return h }

func withGuestCheck(h inventory.Host, o inventory.Outcome, status string) inventory.Host {
	h.Observations = append(slices.Clone(h.Observations), inventory.Observation{Step: inventory.StepGuestCheck, Port: 445, Outcome: o, Status: status})
	return h
}

// printerClues are two marks of different sources, neither of which is SMB.
func printerClues(h *inventory.Host) {
	h.Clues = &inventory.Clues{SNMP: &inventory.SNMP{Printer: "TASKalfa 3253ci", Serial: "X1"}, Open: []uint16{515, 9100}}
}

func withSessions(h inventory.Host, s ...inventory.Session) inventory.Host {
	h.Sessions = s
	return h
}

func session(s inventory.Session, f func(*inventory.Session)) inventory.Session { f(&s); return s }

// signedSession is a session as it should be.
func signedSession(dialect string) inventory.Session {
	return inventory.Session{Dialect: dialect, Result: inventory.SessionSigned, Stage: "done", SetupSigned: true, SetupSignature: inventory.CheckRight, AccountGood: true, SessionFlags: ptr(0),
		RequestsSent: inventory.Signatures{Signed: 3}, Answers: inventory.Signatures{Signed: 3}, Algorithm: "AES-CMAC"}
}

func unsignedSession(dialect string) inventory.Session {
	return session(signedSession(dialect), func(s *inventory.Session) {
		s.Result, s.Stage, s.Answers = inventory.SessionUnsigned, "tree-connect", inventory.Signatures{Unsigned: 1}
	})
}

func badSession(dialect string) inventory.Session {
	return session(signedSession(dialect), func(s *inventory.Session) {
		s.Offered, s.Result, s.Stage, s.Answers = dialect, inventory.SessionBadSignature, "tree-connect", inventory.Signatures{Signed: 1}
	})
}

func encryptedSession() inventory.Session {
	return session(signedSession("3.1.1"), func(s *inventory.Session) {
		s.Result, s.Encrypted, s.SessionFlags = inventory.SessionEncrypted, true, ptr(4)
		s.RequestsSent, s.Answers = inventory.Signatures{}, inventory.Signatures{}
	})
}

func wrongLogon(s *inventory.Session) { s.SetupSignature = inventory.CheckWrong }

// notShown takes away what shows that the account is good.
func notShown(s *inventory.Session) {
	s.SetupSigned, s.SetupSignature, s.AccountGood = false, inventory.CheckUnknown, false
}

func goodElsewhere(s *inventory.Session) {
	s.SetupSignature, s.AccountGood = inventory.CheckWrong, true
}

// guestSession is what a program sees that takes a guest's session for a success.
func guestSession(r inventory.SessionResult, flags uint16) inventory.Session {
	return inventory.Session{Dialect: "3.1.1", Result: r, Stage: "session-setup", SessionFlags: ptr(flags),
		RequestsSent: inventory.Signatures{Unsigned: 3}, Answers: inventory.Signatures{Unsigned: 3}}
}

func failedSession(r inventory.SessionResult, stage string) inventory.Session {
	return inventory.Session{Result: r, Stage: stage}
}

func withNode(h inventory.Host, name string, suffix uint8, group bool) inventory.Host {
	h.Names.Node = []inventory.NetBIOSName{{Name: name, Suffix: suffix, Group: group}}
	return h
}

func smb2Host(dialect string, mode uint16) inventory.Host {
	h := stateHost(inventory.StateSMB, "")
	h.NTLM = &inventory.NTLM{TargetInfo: true}
	h.SMB2 = &inventory.SMB2{Port: 445, Dialects: []string{dialect}, Offered: true, FullOffer: true, SecurityMode: &mode,
		SigningAlgorithm: "AES-CMAC", MaxTransact: 65536, MaxRead: 65536, MaxWrite: 65536,
		Signing: []inventory.Signing{inventory.SigningNotAdvertised, inventory.SigningEnabled, inventory.SigningRequired, inventory.SigningRequired}[mode&3]}
	if dialect == "3.1.1" {
		h.SMB2.PreauthIntegrity = "SHA-512"
	}
	return h
}

func smb1Host(s *inventory.SMB1) inventory.Host {
	h := stateHost(inventory.StateSMB, "")
	h.SMB1 = s
	return h
}

func ntlmSMB1(mode uint16) *inventory.SMB1 {
	s := &inventory.SMB1{Port: 445, Dialect: "NT LM 0.12", WordCount: 17, SecurityMode: &mode, ExtendedSecurity: true, Capabilities: 0x8000f3fc}
	switch {
	case mode&0x04 == 0:
		s.Signing = inventory.SigningDisabled
	case mode&0x08 == 0:
		s.Signing = inventory.SigningEnabled
	default:
		s.Signing = inventory.SigningRequired
	}
	return s
}

const randomGUID = "9c4b6a2ff10d4e4b8a1f3c5d7e9f0b21"

func windowsHost(version, dialect string, mode uint16) inventory.Host {
	h := smb2Host(dialect, mode)
	h.SMB2.ServerGUID = randomGUID
	h.SMB2.MaxTransact, h.SMB2.MaxRead, h.SMB2.MaxWrite = 8<<20, 8<<20, 8<<20
	h.NTLM = &inventory.NTLM{Version: version, Revision: 15, TargetInfo: true}
	h.Names.NetBIOS = "FINANCE"
	return h
}

func windowsXP(mode uint16) inventory.Host {
	h := smb1Host(ntlmSMB1(mode))
	h.SMB1.NativeOS, h.SMB1.NativeLANManager = "Windows 5.1", "Windows 2000 LAN Manager"
	return h
}

func guidOf(name string) string {
	return fmt.Sprintf("%x", name) + strings.Repeat("0", 32-2*len(name))
}

func sambaHost() inventory.Host {
	h := smb2Host("3.1.1", 0x01)
	h.SMB2.ServerGUID = guidOf("files01")
	h.SMB2.MaxTransact, h.SMB2.MaxRead, h.SMB2.MaxWrite = 8<<20, 8<<20, 8<<20
	h.NTLM = &inventory.NTLM{Version: "6.1.0", Revision: 15, TargetInfo: true}
	h.Names.NetBIOS = "FILES01"
	return h
}

func macHost() inventory.Host {
	h := smb2Host("3.0.2", 0x03)
	h.SMB2.ServerGUID = randomGUID
	h.SMB2.MaxTransact, h.SMB2.MaxRead, h.SMB2.MaxWrite = 4<<20, 4<<20, 4<<20
	h.Names.NetBIOS = "STUDIO"
	return h
}

func printer(h inventory.Host) inventory.Host {
	h.Names.NetBIOS, h.Names.MAC = "RNP002673AABBCC", "00:26:73:aa:bb:cc"
	return h
}

func dionaea() inventory.Host {
	h := smb1Host(&inventory.SMB1{Port: 445, Dialect: "NT LM 0.12", WordCount: 17, SecurityMode: ptr(3), Signing: inventory.SigningDisabled,
		Flags: 0x98, Flags2: 0x4001, MaxMpx: 1, MaxVcs: 1, MaxBuffer: 4096, MaxRaw: 65536, Capabilities: 0xe3fd})
	h.Names.NetBIOS, h.Names.Workgroup = "HOMEUSER-3AF6FE", "WORKGROUP"
	return h
}
