package assess

// texts are the long forms of the reasons: what was seen, why it leads to the
// verdict, and what to know before acting on it. Paragraphs are separated by an
// empty line.
var texts = map[string]struct{ title, body string }{

	// Hosts that answer SMB2.

	"smb2-requires-signing": {"The server demands signing already", `
Its answer to the first SMB2 message says that signing is required. Every client that uses it with an account signs today, whatever the client's own policy, so making signing mandatory on the clients changes nothing for them.

This holds for accounts only. A server can demand signing and still let unknown users in as guests, and guest sessions are never signed; that path is judged apart.`},

	"smb2-requires-signing-oddly": {"The server demands signing, in an irregular form", `
An SMB2 server has to set the bit "signing enabled" always and the bit "signing required" when it demands signing. This one sets only the second. The demand is clear all the same, and clients look only at that bit.

The irregular form suggests a rarely used SMB server, which is why the verdict is not surer.`},

	"smb311-signs-on-demand": {"SMB 3.1.1 has to sign on demand", `
In SMB2 and later, signing cannot be switched off: a server signs when the client demands it. SMB 3.1.1 goes further. The last message of every logon has to be signed, or the client gives up, whether or not signing is required. A Windows 10 or later client that uses this server with an account today has therefore already accepted its signatures.

A server that says "enabled but not required" is the normal case and no reason for worry. What remains open is what a scan without an account cannot see: that a session is really signed, and whether some users come in as guests.`},

	"smb30-signs-on-demand": {"SMB 3.0 has to sign on demand", `
In SMB2 and later, signing cannot be switched off: a server signs when the client demands it. With SMB 3.0 and 3.0.2, Windows asks every server after the logon to confirm in a signed message what was negotiated, and ends the connection if the signature is missing or wrong. A Windows client that uses this server with an account today has therefore already accepted its signatures.

What remains open is what a scan without an account cannot see: that a whole session is signed, and whether some users come in as guests.`},

	"smb2-signs-on-demand": {"SMB2 has to sign on demand", `
In SMB2 and later, signing cannot be switched off: a server signs when the client demands it. The bit "signing enabled" in its answer says nothing, because every SMB2 server has to set it.

SMB 2.0.2 and 2.1 are the oldest forms of SMB2, and a small number of devices that speak nothing newer sign wrongly or not at all. One test with an account from a client that requires signing settles it.`},

	"windows-signs": {"Windows signs on demand", `
The version, the dialect, the sizes and the identifier in its answer all fit one known Windows. Every Windows since Vista and Server 2008 signs SMB2 when the client demands it, whatever its own policy says: the "if client agrees" setting is ignored in SMB2.

A Windows with the Guest account switched on, or with password protected sharing off, still lets people in as guests, and they are shut out once clients require signing. That path is judged apart.`},

	"samba-signs": {"Samba signs on demand", `
The server puts its own name where others have a random identifier, and gives the version number that every Samba gives. In Samba, signing of SMB2 cannot be switched off, even by "server signing = disabled": it signs when the client demands it. Many network storage devices and copiers are built on Samba.

Samba's "map to guest" lets unknown users in as guests, who are shut out once clients require signing. That path is judged apart.`},

	"smb2-kerberos-only": {"SMB2 with Kerberos only", `
The server speaks SMB2 and offers Kerberos as its only way to log on. Every Kerberos session has a key, and a session with a key can be signed.

The clients must be joined to the domain, and must use the server's name rather than its address, because Kerberos does not work with addresses. If that is so today it does not change.`},

	"smb2-ntlmv2-doubtful": {"SMB2, but perhaps only with NTLMv1", `
The SMB2 dialect has to sign on demand, so signing itself should work. But the challenge that the server sent for the logon lacks the target information that goes with NTLMv2. Some such servers know only NTLMv1, which Windows 11 24H2 and Server 2025 no longer have. If so, people cannot log on from these clients, and it will look as if signing were at fault.

NTLMv2 is possible without the target information, so this is a hint only. A logon from Windows 11 24H2 settles it.`},

	"smb2-preauth-missing": {"SMB 3.1.1 without its integrity part", `
An answer with SMB 3.1.1 has to carry a part called pre-authentication integrity capabilities. It protects the negotiation itself. This server's answer has none, or a wrong one, and Windows 10 and later must end the connection then. So it does not work with them today, whatever the signing policy.

Older clients, which do not offer 3.1.1, may still use it. Check the firmware first; where the highest dialect can be set, 3.0.2 avoids the fault.`},

	"smb2-signing-not-advertised": {"The signing bit is missing", `
Every SMB2 server has to set the bit "signing enabled" in its answer. This one leaves it out. That may be a small fault of a server that signs when asked, or the mark of one that has no signing at all. Both exist, and the answer looks the same.

Because the two cannot be told apart without an account, the verdict is unknown and not "works". Treat the device as one that may break until a signed session was seen.`},

	"smb2-logon-not-seen": {"No logon was seen to begin", `
The host's answer to SMB2 NEGOTIATE is as it should be. But the next step, in which a server sends the challenge that every logon begins with, was not taken (a scan with --gentle or --depth negotiate leaves it out), was refused, or was answered by granting a session to nobody in particular. A session without an account has no key, and nothing can be signed in it.

So this is only a hint that signing works. A scan at the usual depth makes it surer, where the host takes part.`},

	"smb2-sizes-too-small": {"Sizes that Windows does not accept", `
A server tells the most that can be read, written or transferred at once. Clients are to hang up when that is less than 65,536 bytes, and this host offers less. Whether your version of Windows really hangs up is best tried.`},

	"smb2-full-offer-not-answered": {"No answer to the offer of current Windows", `
Windows 10 and later open a connection by offering every dialect from SMB 2.0.2 to 3.1.1, with the additions that 3.1.1 asks for. Some servers stumble over that offer: they hang up or answer with an error. This host answered only after a smaller or an older form of the offer was tried, or its record does not say which offer it answered.

Windows makes no second, smaller offer. So the host may fail with current Windows clients today already, whatever it says about signing. A client of yours that reaches it settles that.`},

	"smb2-dialect-not-offered": {"The answer names a dialect that was not offered", `
A server chooses one of the dialects that the client offers. The dialect in this answer is not known to have been among them. Windows refuses a connection like that, and a server that makes this mistake may make others. Simple test servers do so too.

It is also the honest reading of a record that does not say what was offered, as in facts from other sources. Either way the dialect proves nothing, so nothing is concluded from it.`},

	"smb2-on-netbios-port-only": {"SMB2 only on port 139", `
SMB2 belongs on port 445. Here it was found only on port 139, where SMB runs inside NetBIOS. Windows clients use that port only where NetBIOS over TCP is on, and a client that knows SMB 3.1.1 leaves such a connection to try port 445 instead.

So it is not even certain that current clients reach the host. The first question is whether anyone uses it; the second, from such a client, is whether its session can be signed.`},

	"smb2-incomplete": {"Not all of the SMB2 answer is known", `
The host speaks SMB2, but one of the facts that a verdict needs is missing: the dialect, the SecurityMode, the port, or that an answer was received at all. The evidence lists what is missing.

A verdict that something works is given only when every one of these facts is known.`},

	"state-contradicted": {"The facts contradict each other", `
The record says that the port refused the connection, did not answer or did not speak SMB. The same record holds an SMB answer. Both cannot be true at once.

This happens when records are merged or edited, or when a device changes during a scan. The worse reading is taken, which is that nothing is known.`},

	// Hosts that answer SMB1 only.

	"smb2-probe-unfinished": {"It is not known whether SMB2 is there", `
SMB1 was answered. The question for SMB2 ended before there was either an answer or a refusal, because time ran out. If the host speaks SMB2, clients use that, and what SMB1 says does not matter to them.

A second scan settles it. Very busy devices may need a slower one.`},

	"no-dialect-accepted": {"No dialect was accepted", `
The host answered, and so speaks SMB in some form, but it chose none of the dialects that were offered. A server whose lowest and highest version were both set by hand can do that.

What it would accept is not known, and neither is what it does about signing.`},

	"smb1-core-cannot-sign": {"The first form of SMB1 has no signing", `
The server chose the core dialect of the 1980s, the first form of SMB. It has no user sessions, no keys and no signing.

Windows 10 1709 and later, and Server 2019 and later, come without an SMB1 client, or remove it when nobody uses it, and then cannot connect at all. Clients where SMB1 was put back can, until they require signing. There is no setting that makes both work: the device has to be replaced, or its files moved.`},

	"smb1-lan-manager-cannot-sign": {"LAN Manager forms of SMB1 have no signing", `
The server chose a LAN Manager dialect, older than NT LM 0.12. Signing came with NT LM 0.12, so this server cannot sign. Print servers and copiers of around 2000 are typical.

Windows 10 1709 and later, and Server 2019 and later, come without an SMB1 client, or remove it when nobody uses it, and then cannot connect at all. Clients where SMB1 was put back can, until they require signing.`},

	"smb1-share-level-cannot-sign": {"Share-level security leaves nothing to sign with", `
The server uses share-level security: a share has a password, and there are no user accounts. Signing needs a key that comes from a user's logon, so no session with this server can be signed. Clients must not send account data to such a server and open an anonymous session instead.

Windows 10 1709 and later, and Server 2019 and later, come without an SMB1 client, or remove it when nobody uses it, and then cannot connect at all. Clients where SMB1 was put back can, until they require signing.`},

	"smb1-plain-passwords-cannot-sign": {"Clear-text passwords leave nothing to sign with", `
The server does not use challenge and response; it wants the password itself. Signing needs a key that comes from the challenge, so no session with this server can be signed. Windows also refuses to send passwords in clear text by default.

Windows 10 1709 and later, and Server 2019 and later, come without an SMB1 client, or remove it when nobody uses it, and then cannot connect at all. Clients where SMB1 was put back, and clear-text passwords allowed, can, until they require signing.`},

	"samba-smb1-signing-off": {"Old Samba, SMB1 only, without signing", `
An old Samba answers with SMB1 only and does not offer signing, which was its default. Windows takes such a server as one that cannot sign and ends the connection when signing is required. Some builds of Samba sign all the same when a client insists, but the client does not come to that.

Windows 10 1709 and later, and Server 2019 and later, come without an SMB1 client, or remove it when nobody uses it, and then cannot connect at all. Since version 3.6 Samba can speak SMB2, and since 4.0 it does so by default; switching SMB2 on solves both.`},

	"smb1-signing-off": {"SMB1 without signing", `
The server speaks only SMB1 and does not set the bit that offers signing. Windows takes such a server as one that cannot sign and ends the connection when signing is required.

Two groups of clients have to be told apart. Windows 10 1709 and later, and Server 2019 and later, come without an SMB1 client, or remove it when nobody uses it, and then cannot connect at all, today already. Clients where SMB1 was put back work today and fail once they require signing. Because of the second group the verdict is that it breaks.

In SMB1 a server that declines signing and one that has no signing look alike, so some of these servers may sign after all. Do not count on it.`},

	"smb1-only-offers-signing": {"SMB1 only, signing offered", `
The server speaks only SMB1, and offers signing there. Clients that still have SMB1 will sign when they require it, so the policy breaks nothing for them.

But Windows 10 1709 and later, and Server 2019 and later, come without an SMB1 client, or remove it when nobody uses it, and then cannot connect at all. For them it is broken today, and the signing policy makes it neither better nor worse.`},

	"smb1-only-requires-signing": {"SMB1 only, signing demanded", `
The server speaks only SMB1, and says that it demands signing. Clients that still have SMB1 sign with it today. The bit alone does not prove that the server insists: some servers set it and accept unsigned messages all the same.

Windows 10 1709 and later, and Server 2019 and later, come without an SMB1 client, or remove it when nobody uses it, and then cannot connect at all. For them it is broken today, and the signing policy makes it neither better nor worse.`},

	"smb1-only-old-logon": {"SMB1 only, with an old way of logging on", `
The server speaks only SMB1, offers signing, and lacks extended security, the newer way of logging on that came with Windows 2000. Clients that still have SMB1 will sign. Such servers often know only NTLMv1, which Windows 11 24H2 and Server 2025 no longer have, so even putting SMB1 back there may not help.

Windows 10 1709 and later, and Server 2019 and later, come without an SMB1 client, or remove it when nobody uses it, and then cannot connect at all today.`},

	"smb1-signing-unknown": {"SMB1, but nothing is known about signing", `
The host was seen to speak SMB1 and no SMB2, but the part of its answer that tells about signing is missing from the record, or it names a dialect that this version does not know.

As an SMB1-only host it will be a problem for current Windows in any case, but how it behaves when signing is required is not known.`},

	// "If server agrees" and "if client agrees".

	"smb2-ignores-if-server-agrees": {"SMB2 ignores this setting", `
"Digitally sign communications (if server agrees)" is the registry value EnableSecuritySignature of the client. SMB2 and later ignore it: there, only "always" counts. The description of the policy reads otherwise, but its last line says that it applies to SMB1 only.

Switching it on or off therefore changes nothing between a client and this server as long as they use SMB2.`},

	"smb1-server-cannot-agree": {"There is nothing to agree to", `
The SMB1 form that this server speaks has no signing. "If server agrees" asks for signing only where the server offers it, so sessions with this server stay unsigned and go on as before.

The "always" policy is another matter; see its own finding.`},

	"smb1-server-does-not-agree": {"The server does not offer signing", `
"If server agrees" asks for signing only where the server offers it. Over SMB1 this server does not, so sessions with it stay unsigned and go on as before. Windows sets this policy by default.

The "always" policy is another matter; see its own finding.`},

	"smb2-client-ignores-if-client-agrees": {"SMB2 ignores this setting", `
"Digitally sign communications (if client agrees)" is the registry value EnableSecuritySignature of the server. SMB2 and later ignore it: there, only "always" counts. Hosts of this kind connect with SMB2 or later, so the setting does not reach them.

That the host's client uses SMB2 is inferred from what its server runs, which is why this is likely and not certain.`},

	// Sessions with an account.

	"session-signed": {"A signed session was seen", `
A logon with an account was made as a client that requires signing makes it, and a share was connected. Every request was signed, and every answer carried a signature that is right for a key which only the two sides can know. This is the proof that a scan alone cannot give.

It holds for accounts. Whether the host also lets in guests, whose sessions are never signed, is judged apart. Up to SMB 3.0.2 a client may pass over a missing signature on the answer to the logon itself, and some servers leave it out there; the evidence says so where it was missing.`},

	"session-signed-but-not-checked": {"It signs, but does not look at signatures", `
A session with an account was verified to be signed, so clients that require signing work with this host. A second connection then sent a request with a wrong signature on purpose, and the host served it. A server has to refuse that.

So signing will not break this host, and will not protect it either: whoever can change what clients send to it stays unnoticed. Its maker should hear of it.`},

	"session-signed-access-denied": {"The account was refused a share, with a right signature", `
The logon succeeded, and the connection to the share IPC$ was refused for want of rights. The refusal itself came signed, and its signature was right, or it came encrypted. Rights are one matter and signing another: the host signs.

An account with more rights would show the same.`},

	"session-encrypted": {"The session is encrypted", `
After the logon the host encrypts what it sends. An encrypted message cannot be changed unnoticed, and so it counts as signed: clients that require signing accept it and do not sign on top.

The client must know SMB 3 with encryption, as Windows 8 and later do. Older clients are refused by such a host today already.`},

	"session-unsigned": {"It answers without a signature", `
An account was logged on, not a guest, and the requests after that were signed. A server has to sign the answer to a signed request. This one did not. A Windows client that requires signing ends such a session with an error about an invalid signature.

This was seen on the wire and does not depend on what the host says of itself. Newer firmware is the first thing to look for; then test again.`},

	"session-logon-answer-unsigned": {"The answer to the logon is not signed, or not rightly", `
The last answer of a logon tells the client that it is let in. At SMB 3.1.1 this answer has to carry a signature, because it seals everything that was agreed before. This host leaves it unsigned, or signs it wrongly, although it signs what follows. A client has to end the connection then, whether or not signing is required.

At SMB 3.0.2 and below the answer may come unsigned. Where the host's highest dialect can be set, 3.0.2 avoids the fault until the firmware is mended.`},

	"session-signature-wrong": {"Its signatures are wrong", `
An account was logged on, and the host's answers carried signatures that are not right. One such answer may come of a fault in how the key of one dialect is made, on either side. So the session was repeated at older dialects, where keys are made in another way, and the signatures were wrong there as well.

The account is known to be good, by a right signature of this host or of another one of its domain. A client that requires signing ends such a session.`},

	"session-signature-not-confirmed": {"A wrong signature, not confirmed", `
An account was logged on, and an answer carried a signature that is not right. At a single dialect that may be a fault of the host, or of the program that tested it. Only a repetition at SMB 3.0.2 and at 2.1, which make their keys in other ways, can tell, and it did not come about at both.

Until it did, this host is not taken for one that works.`},

	"session-signed-below-top-dialect-only": {"It signs, but not at its highest dialect", `
At an older dialect a signed session was verified. At the highest dialect, which the host chooses when it is offered, the session failed after the negotiation. The usual cause is a fault in how the host makes the keys of SMB 3.1.1, which are bound to everything that was agreed before.

Clients offer every dialect, so they arrive at the faulty one. Limiting the host, or the clients, to the dialect that was verified avoids the fault, and a new test then shows it. Because one program is not every client, the verdict is likely and not proven.`},

	"session-below-top-dialect-only": {"Verified at an older dialect only", `
A signed session was verified at a dialect that is not the highest of this host. That is good news about the host's signing, but clients use the highest dialect, and no session came about there: none was tried, or the attempt ended before it said anything.

A further test, or a try from Windows, settles it.`},

	"session-account-not-shown": {"It let the account in, but perhaps it lets in anybody", `
The logon succeeded, and what came after it was unsigned or signed wrongly. That would be the host's fault if the account were known to be good. But a host that lets anybody in, and does not call him a guest, looks the same: it has no key to sign with, because it never looked at the password.

An account of a domain that has worked on another host settles it, or one that is known to exist on this host.`},

	"session-broke-off": {"It let the account in and then fell silent", `
The logon succeeded. The first request after it, which was signed, got no answer that says anything: the host closed the connection, went silent, sent what cannot be read, or refused the request without a signature. It may have found our signature wrong, it may not bear signed requests at all, or it may have been busy.

Until a session comes about, this host is not taken for one that works.`},

	"session-signed-logon-unchecked": {"The session is signed; the logon was not checked", `
A session with an account was verified to be signed or encrypted. At SMB 3.1.1 clients also check the signature of the answer that ends the logon, and the record does not say that it was found right.

Verifying the host again with this version checks that as well.`},

	"session-account-became-guest": {"The account was let in as a guest", `
A user name and a password were given, and the host let the user in as a guest, or as nobody at all, instead of refusing. Some servers do that with every name that they do not know (in Samba this is "map to guest"). Such a session has no key and is never signed, even if the test program reports success.

It says nothing about real accounts of this host. A test with one of these does.`},

	"session-not-conclusive": {"A session was tried, but the record does not hold", `
The record tells of a session with an account, but not how it ended, at which dialect, or whether it was a guest's; or it claims a signed session and counts no signed message, or unsigned ones as well. A newer version of this program may have written words that this one does not know.

Nothing is concluded from such a record, and while it stands nothing else is taken for fine either.`},

	// The guest path.

	"guest-cannot-be-signed": {"Guest sessions cannot be signed", `
The server lets in a user whom it does not know, as a guest. A signature needs a key that comes from a password which both sides know, and for a guest there is none. A client that requires signing therefore refuses a guest session, on every dialect, and even when the server says that it demands signing: that demand does not cover its guests.

This is the most common way in which mandatory signing breaks a storage device that worked before. People who use it with a real account are not affected. Windows 11 24H2 Pro refuses guests by default in any case.`},

	"guest-instead-of-account": {"An account came in as a guest", `
A logon with a user name and a password was answered with a guest session. So there is a way in for guests, and people may be using it without knowing: they give their name, it is not known on this host, and they are let in all the same. A guest session cannot be signed, so they are shut out once clients require signing.

The remedy is an account on this host for each of them, and guest access switched off. Then test with such an account.`},

	"guest-refused": {"Unknown users are refused", `
A logon by a user who does not exist was refused. So a person whose logon fails is not let in as a guest instead, and there is no guest path that could break.

An account that is really called "guest", with an empty password, could still exist; this test does not try it.`},

	"null-session-only": {"Anonymous sessions are granted", `
The server granted an anonymous session, also called a null session. Many servers do, for looking up names and lists. A client does not sign such a session even when it requires signing, so the policy has no effect on it.

Shares are normally not open to anonymous sessions. Where people do open a share without any password, test it.`},

	"guest-not-tested": {"Guest access was not tested", `
Whether a server lets unknown users in as guests can be found out only by a logon, and a plain scan logs on nowhere. If it does, whoever uses it that way is shut out once clients require signing, because guest sessions can never be signed.

A scan with --guest-check finds out: it tries one logon with a user that does not exist, so no account can be locked by it. Where that is not wanted, look it up in the device's settings, where it may be called guest access, anonymous access or sharing without a password. If it is on, switch it off or give its users accounts before clients require signing.`},

	"guest-check-inconclusive": {"The guest check gave no answer", `
A logon with a user that does not exist was tried. The answer was neither a session nor a refusal that is about the user: the connection ended, time ran out, or an error came that can have other reasons, such as STATUS_ACCESS_DENIED from a server that does not like the name by which it was called. The evidence says which. So it is as unknown as without the check whether guests are let in, and they would be shut out once clients require signing.

The same check will most likely end in the same way again. Look it up in the device's settings, where it may be called guest access, anonymous access or sharing without a password. A session with an account ("smbready verify HOST") shows at least whether that account is made a guest.`},

	"guest-facts-contradicted": {"The guest test does not fit the rest", `
The record holds the result of a guest test, which takes an SMB server. But the host is not known to speak SMB. A result that does not fit is not relied upon.`},

	// Hosts without an SMB answer.

	"no-smb-server": {"No SMB server", `
The host refused the connection on the SMB ports, so no program listens there. Policies for clients do not concern it, because no client of yours can have it as a server.

This says nothing about the host as a client. A copier that listens on no SMB port may still scan to a folder on your servers, and that is what "server: always" is about.`},

	"session-port-not-asked": {"Not all ports of SMB were asked", `
Where the scan looked, the host refused the connection or speaks something else. But SMB has two ports: 445, and 139 for devices from before Windows 2000 and some newer ones. A scan with --gentle asks only the first, one with --port another one, and a firewall may have kept the scan from either. So it cannot be said that the host serves no files.

Its maker may know. A scan without --gentle and --port settles it, where the device bears it.`},

	"other-service-on-port": {"The port is used for something else", `
The port is open, and what answers there is not SMB: perhaps a web server or a remote console. Policies for clients do not concern it.

This says nothing about the host as a client of your servers.`},

	"refuses-but-announces-files": {"It refuses SMB here, yet announces a file service", `
The SMB ports refused the connection or speak something else. But the host's answer to a NetBIOS name query lists a file service. A firewall on the host that refuses strangers and lets its own clients in looks just like that.

So it cannot be said that the host serves no files. A scan from a network of its clients settles it.`},

	"firewall-in-the-way": {"A firewall keeps the scan out", `
The host is there, but its SMB ports do not answer this scan, or a firewall reported that it blocks them. What stands between the scanner and the host need not stand between clients and the host.

Nothing can be said until the ports were asked from a place that may reach them.`},

	"no-answer": {"No answer", `
Nothing came back from the SMB ports and nothing else was heard of the host. It may be off, asleep, behind a firewall, or not exist. Printers often sleep and then do not wake for this.

Such an address is never counted as fine. Repeat the scan at another time of day.`},

	"unreachable": {"Unreachable", `
The network reported that there is no way to this address from here, or that the host does not answer on its own network. It may be off.

Repeat the scan at another time, or from another network.`},

	"silent": {"Connected, but silent", `
The host accepts the connection on the SMB port and then sends nothing, whatever form of SMB is offered. Overloaded devices, traps for scanners and some firewalls behave like that.

It may speak to clients. Repeat the scan later, one device at a time.`},

	"hangs-up-at-once": {"It hangs up at once", `
The connection is accepted and closed before anything was asked. Servers with a list of allowed addresses do so to everybody else, for instance Samba with "hosts allow".

What it answers to addresses on its list is not known.`},

	"hangs-up-on-negotiate": {"It hangs up when SMB is offered", `
The connection is accepted, and closed as soon as SMB is offered, without an answer. Servers whose SMB version is none of those offered do that, and so do some faulty ones.

Which version they would accept is not known, and neither is what they do about signing.`},

	"answer-not-understood": {"No complete SMB answer", `
The SMB port is open, but what came back was incomplete, took too long or was not correct SMB. The detail says which.

Nothing is concluded from a broken answer. A test from a real client that requires signing is the surest way on.`},

	"smb-answer-not-recorded": {"SMB, but no details", `
The host is known to speak SMB, but neither its SMB1 nor its SMB2 answer is in the record.`},

	"scan-failed": {"The scan failed", `
Something went wrong on the side of the scanner, and the host was not judged. The evidence gives the error.`},

	"not-observed": {"Nothing is known", `
No scan or other source has told anything about this host. Unknown is not fine: it may break like any other.`},

	"honeypot": {"A honeypot", `
The limits, flags and the style of name in its answer are exactly those of Dionaea, a decoy that pretends to be a Windows in order to attract attackers. No one stores files there, so no policy concerns it.

All the marks have to fit at once, so that a real device is not taken for it.`},

	// The host as a client of our servers.

	"client-role-unseen": {"The host as a client was not seen", `
"Server: always" is about hosts that connect to your servers: copiers that scan to a folder, instruments that store results. A scan asks a host as a server and cannot see how it behaves as a client; often that is another program by another maker. A host that listens on no port may still be such a client.

Two things show it. A test share on a server that requires signing, to which the device saves one file. Or signing audit on the servers, which records clients that cannot sign as event 3021; Windows has it for all supported versions since the updates of September 2025. An audit should run over a whole business cycle, month-end jobs included, and silence in it is only a weak sign: a client that claims to sign and cannot is not recorded.`},

	"printer-client-unseen": {"A printer whose scan-to-folder was not seen", `
Printers and copiers are what breaks most often when servers require signing: they save scans to a folder on a server, with an SMB client that may be older than the rest of the firmware. Nothing of that can be seen from outside, least of all when the device has no SMB server of its own.

That it is a printer may have been read from its web page, its printer service or a rule of your own. For this finding that is enough, because it is unknown with and without it.

Test one device of each model. Let it save one scan to a test share on a server that requires signing. If that works, the others of the same model and firmware will work too.`},

	"printer-with-smb1-only": {"A printer that knows only SMB1", `
The device's own SMB server speaks only SMB1. Its scan-to-folder was probably written at the same time, and if it too speaks only SMB1 without signing it fails when the server requires signing. A server without SMB1 refuses it today already.

The age of the one is only a hint about the other, so test before replacing anything. Newer firmware often brings SMB2 or 3, which then has to be chosen in the settings of scan-to-folder.`},

	"printer-with-smb2-server": {"A printer with an SMB2 server", `
The device's own SMB server speaks SMB2 or later, so somebody put a newer SMB into the firmware. That makes it likely that scan-to-folder can sign too. It is not counted as working, because the two are often different programs, and because scan-to-folder may still be set to SMB1.

Look at the settings first, and then let it save one scan to a test share on a server that requires signing.`},

	"windows-smb1-only-client": {"A Windows that knows only SMB1", `
Windows XP, Server 2003 and older speak only SMB1. They do sign SMB1 when the server demands it, so the signing policy as such does not stop them. But servers without SMB1, which is every current Windows Server by default, cannot be reached by them at all.

A newer Windows on which SMB2 was switched off looks the same; there it can be switched on again.`},

	"domain-controller-client-signs": {"A domain controller signs", `
The host holds the NetBIOS names of a domain controller, belongs to a DNS domain and demands signing. Domain controllers have demanded signing by default since Server 2003, and their client signs when a server demands it.

Programs that run on it and bring an SMB client of their own are not covered by this.`},

	"windows-client-requires-signing": {"This Windows demands signing as a client", `
Its build is 26100 or later and it requires signing as a server, which fits the defaults of Windows 11 24H2 Pro, Enterprise and Education, and of a Server 2025 domain controller. All of these also demand signing when they connect to others.

This is inferred from its version and its answers as a server, which is why it is likely and not proven.`},

	"windows-client-signs": {"Windows signs as a client", `
The version, the dialect, the sizes and the identifier in its answer all fit one known Windows. Every Windows since Vista and Server 2008 signs SMB2 when the server demands it; there is no setting that prevents it.

Programs that bring an SMB client of their own, such as scanning software written in Java, were not seen. A host that has the name of a printer is not counted here, even if it runs Windows: the part that scans to a folder may be another computer in the same case.`},

	"macos-client-signs": {"macOS signs as a client", `
The highest dialect, the sizes and the demand for signing fit macOS since 10.11.5. Its SMB client signs when the server demands it.

macOS does not give its version before the logon, so this rests on its habits.`},

	"storage-array-client-signs": {"A storage array signs as a client", `
The host has the marks of a storage array. By the tables that their makers publish, these systems sign when either side demands it, and as members of a domain they need that towards domain controllers in any case.

They seldom connect to file servers at all. If yours copies data from one, test that job.`},

	"samba-client-unseen": {"Samba, but its client was not seen", `
The host runs Samba as its server. Samba's own client signs when the server demands it. But copiers, scanners and other appliances are built on Samba too, and many of them connect to folders with another program, which may not sign. From outside, such an appliance and an ordinary Linux server look alike.

So what is true of Samba is not taken as true of this host. If it is a server of yours that connects nowhere, the policy does not concern it.`},

	"controller-client-unseen": {"An industrial, medical or embedded device", `
Devices of this kind have small SMB programs of their own, often with SMB1 only and without signing. Whether this one writes files to your servers is not known. Of which kind it is may have been read from other services of it or from a rule of your own; the finding is unknown with and without that.

Do not find out by experiment on a device in operation. Ask the maker, and look at signing audit on the servers, which does not touch the device.`},
}
