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

	"smb2-not-asked": {"Seen with SMB1; nobody asked it for SMB2", `
A capture shows clients that offered SMB1 alone, and this host answered them. That tells what those clients know, not what the host knows: a current Windows server with SMB1 switched on answers them in the same way.

A scan asks for SMB2 first and for SMB1 by itself, and so tells the two apart.`},

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

	// Hosts that were seen as clients.

	"client-works-as-guest": {"It works as a guest", `
A capture shows that the device was let in as a guest, or without any account, and read or wrote files that way. Such a session has no key, so nothing in it can be signed. Once the server demands signing it refuses the session, and what the device saves there is lost.

This stands even if the device was seen to sign elsewhere: that is another account, another server or another program, and this way of working breaks all the same. The remedy is an account of its own, with a password, in the device's settings.`},

	"client-signs-wrongly": {"Its signatures are wrong", `
The device logged on to our listener with the account that the listener had made up for it. So the key was known on both sides, and the signatures of its requests could be reckoned. They are not right. A Windows server refuses a request with a wrong signature, whether or not it demands signing.

Newer firmware is the first thing to look for. Some devices sign rightly at one dialect and wrongly at another, so a lower highest dialect may help as well.`},

	"client-does-not-sign": {"It does not sign, although the server demands it", `
The server's answer to NEGOTIATE said that signing is required. After the logon the device sent requests without a signature all the same. A Windows server with the policy answers these with STATUS_ACCESS_DENIED, and on the device it looks like a wrong password or missing rights.

The same was seen of some programs over SMB1, which do not look at the server's demand at all. There are servers that put up with it; Windows is none of them.`},

	"client-logs-on-as-guest": {"It logs on without an account", `
The device asked to be let in as a guest, or with neither name nor password, or a server's log says that it was. Such a session has no key to sign with, so a server that demands signing refuses it.

Windows tries a logon without a name beside its real one now and then; where the same host was proven to sign with an account, that attempt does not count. Otherwise look up which account is entered in the device's settings for its destination.`},

	"client-refused-for-signing": {"A server refused it for its signature", `
A server that looks at signatures refused a request of this device and ended the connection. Whether the signature was missing or wrong was not seen, and now and then such a refusal has another reason, such as missing rights.`},

	"client-leaves-when-signing-is-demanded": {"It hangs up when signing is demanded", `
Our listener demanded signing, and the device hung up as soon as it was told, or as soon as it was let in. With a server that did not demand signing the same device went on. So it is the demand that makes it leave: it has no signing, or signing is switched off in its settings.

With your servers the same will happen on the day when the policy is switched on.`},

	"client-may-leave-for-signing": {"It hung up, perhaps because signing was demanded", `
Our listener demanded signing, and the device hung up as soon as it was told. That is what a device without signing does. It is also what scanners do, which only want to see the answer, and a device that happened to be switched off. Something else on the host may have gone on; nothing shows that it was the same program.

The control makes it sure: let the same device save a file while the listener runs at stage observe, where signing is not demanded. If it goes on there, signing is the reason. If it hangs up there as well, it is something else.`},

	"client-sends-plain-password": {"It sends its password in clear text", `
The device does not answer the challenge of a logon but sends the password itself. Signing needs a key that comes from the challenge, so no session of this device can be signed, and Windows servers take no such logon.

It was seen with one server, and a server may have asked for it. If the device is set to clear-text passwords, change that first.`},

	"audit-client-cannot-sign": {"A server's audit says that it cannot sign", `
Windows servers can note which clients do not support signing, as event 3021 in the log SMBServer/Audit. This host is named in one. What exactly the event keys on is not documented; most likely it is that the client leaves out the signing bit.

It was written by the server to which the device really connects, so it is strong. Let the device save a file to our listener to see what it does when signing is demanded.`},

	"client-signing-not-advertised": {"As a client it leaves out the signing bit", `
Every SMB2 client has to set the bit "signing enabled" or the bit "signing required" when it opens a connection. This one set neither. That may be a small fault of a client that signs when asked, or the mark of one that has no signing.

It has not been seen with a server that demands signing. Our listener at stage require shows what it does there.`},

	"audit-smb1-client-cannot-sign": {"A server's audit doubts that it can sign over SMB1", `
Event 3027 in the log SMBServer/Audit names SMB1 clients that seem not to support signing. Microsoft itself says that it errs both ways: there are clients that sign and do not announce it, and others that announce it and cannot.

So it is a hint only. That the device uses SMB1 at all is the larger trouble: servers without SMB1 refuse it.`},

	"client-old-logon": {"It logs on with NTLMv1 or LM", `
The device proved its password by an NTLMv1 or LM response, and was never seen to use NTLMv2 or Kerberos. Windows 11 24H2 and Server 2025 no longer have NTLMv1, and older servers refuse it where the LAN Manager authentication level is set as it is commonly advised. There the device fails today, and it will look as if signing were at fault.

Whether it signs is a question that comes after that.`},

	"client-old-logon-signs": {"It signs, but logs on with NTLMv1 or LM", `
Its signatures were reckoned and found right, so the signing policy itself would not stop it. But it proves its password by an NTLMv1 or LM response, and was never seen to use NTLMv2 or Kerberos. Windows 11 24H2 and Server 2025 no longer have NTLMv1, and older servers refuse it where the LAN Manager authentication level is set as it is commonly advised.

So it is broken there already, and goes on working where NTLMv1 is still let in.`},

	"client-old-logon-at-times": {"It logs on with NTLMv1 or LM at times", `
One logon of this host used NTLMv1 or LM, and another one NTLMv2 or Kerberos; nothing shows that both came from the same program. So there are two programs on it, or one with two settings. The older way fails at Windows 11 24H2, Server 2025 and other servers that refuse NTLMv1.

Which one it is, the list of what was seen of clients shows by time and server.`},

	"smb1-only-client": {"It offers SMB1 only", `
When this device opens a connection, it offers SMB1 and nothing newer. Windows Server 2019 and later, and Windows 10 1709 and later, come without an SMB1 server, so the device cannot save there at all, today already. The signing policy makes that neither better nor worse.

This is the most common trouble of older copiers. Many have a setting for the SMB version of scan to folder, which may be at SMB1 although the firmware knows SMB2.`},

	"smb1-only-at-times": {"It offers SMB1 alone at times", `
A connection of this host offered SMB1 and nothing newer, and another one offered SMB2 or later. So there are two programs on it, or one with two settings: many copiers have a dialect for each destination, and many PCs have an old application beside Windows itself. The one with SMB1 fails at servers without SMB1, which is how Windows has been installed since 2017.

Which one it is, the list of what was seen of clients shows by time and server.`},

	"client-not-let-in": {"The trial at the listener failed", `
The device came to the listener and logged on, but not with the account that was made for the test, or not with its password. Nobody else is let in there, so it came to no signed request, and nothing is known of its signing. A password that was mistyped on the device's panel is the most common cause.`},

	"smb1-only-client-signs": {"It offers SMB1 only, and signs there", `
When this device opens a connection, it offers SMB1 and nothing newer. Windows Server 2019 and later, and Windows 10 1709 and later, come without an SMB1 server, so the device cannot save there at all, today already.

Where a server still has SMB1, signing is not what stops it: it took up the offer to sign, or its signatures were found right. So on such a server the policy would not break it. Moving the device to SMB2 is the remedy for both.`},

	"audit-smb1-client": {"A server's log says that it used SMB1", `
Event 3000 in SMBServer/Audit names who used SMB1 on a server, and event 1001 in SMBServer/Operational who was denied it. Something on this host did. It may be the device itself, or a program on it, or a scanner that asks for SMB1 as this one does.

Servers without SMB1 refuse such connections. Whether the host can do with SMB2 as well was not seen.`},

	"smb1-client-at-work-unsigned": {"It works over SMB1, and nobody asked it to sign", `
A capture shows the device at work with a server that still speaks SMB1. Its requests are not signed, and the server did not demand it. That is no bad sign: a client that signs on demand looks the same. It is no good one either.

Let it save a file to our listener, which demands signing over SMB1 as well. And plan for the day when that server loses SMB1, on which the device stops.`},

	"client-works-with-demanding-server": {"It works with a server that demands signing", `
A capture shows the device at work with files on a server whose answer says that signing is required, as domain controllers do. Its requests were signed or encrypted, and the server answered them. So the policy is in force there already, and the device lives with it.

Another destination of the same device may have another account or another program behind it; each that matters deserves a look.`},

	"client-signature-verified": {"Its signatures are right", `
The device logged on to our listener with the account that the listener had made up for it, and signed its requests. Because the password is known, each signature could be reckoned, and all are right. That is all that a Windows server with the policy asks for.

It was seen with one account at one destination. A destination that is set to guest access, or to another SMB version, is another matter.`},

	"client-signs-at-work": {"It signs at work", `
A capture shows the device at work with files: logged on with an account, every request signed, every answer of the server signed, and all but a few of them a success. A server that signs its answers checks the signatures of the requests, so they are right.

It does this without being told to, and so it will go on when signing is demanded.`},

	"client-encrypts": {"Its sessions are encrypted", `
A capture shows a session of this device with an account that is encrypted. An encrypted message cannot be changed unnoticed, and so it counts as signed: a server that demands signing accepts it. What was done in the session cannot be seen from outside, which is why this is not proven.`},

	"client-session-signed": {"A server lists its session as signed", `
On a Windows server, Get-SmbSession lists the sessions of clients. The saved list shows one of this host, with an account, as signed or encrypted. The server has checked what it received.`},

	"smb1-client-signs-at-work": {"It signs at work, over SMB1", `
A capture shows the device at work with files over SMB1, with an account, and every request and every answer signed. That server still speaks SMB1, so the signing policy alone would not stop the device there.

Servers without SMB1 refuse it, and SMB1 has no future. Look for a setting of the SMB version, or for newer firmware.`},

	"client-demands-signing": {"It demands signing itself", `
When this host opens a connection it sets the bit "signing required". A client that demands signing signs, and refuses servers that do not. Windows 11 24H2 and Server 2025 do so by default.

What it does was not watched to the end, so it is not proven.`},

	"client-signs-and-leaves": {"Its signatures are right, but it left early", `
The device logged on to our listener with the account that the listener had made up for it. What it sent after that was signed, and rightly. But it left before it asked for a file, and at SMB 3.1.1 the connection to a share is signed in any case, whether signing is demanded or not. So what it does with files was not seen.

One file saved to our listener at stage require settles it.`},

	"client-made-guest": {"A server made a guest of it", `
A capture shows that the device logged on with an account, and that the server let it in as a guest. Servers that are set so do that with accounts that they do not know, or with a wrong password. A guest session cannot be signed, and the finding of that server says so.

Of the device it says little: with an account that the server knows it may well sign. Our listener makes up such an account.`},

	"client-signs-unverified": {"It signs; whether rightly was not checked", `
After the logon, with an account, every request carried a signature, and the server's answers were no refusals. To reckon a signature the password has to be known, and it was not, so a device that signs wrongly at a server which does not look would pass as well.

Our listener makes up an account for this and checks the signatures.`},

	"client-signs-in-part": {"It signs some requests", `
With a server that does not demand signing, the device signed some requests, as SMB 3.1.1 has it for the connection to a share, and left others unsigned. So it has signing. In SMB2 a client has to sign every request when the server demands it.

It was not seen with a server that does.`},

	"smb1-client-accepts-signing": {"Over SMB1 it takes up the offer to sign", `
When a server offers signing over SMB1, the client says in its logon whether it takes up the offer. This one does. Clients exist that say so and sign wrongly, so it is not sure.

The device also offers SMB2, or works with a server that still has SMB1, so SMB1 alone does not shut it out.`},

	"client-says-it-signs": {"An SMB2 client with the usual bit", `
The device offers SMB2 or later and sets the bit "signing enabled". The bit says nothing, because every SMB2 client has to set it. What counts is that in SMB2 signing cannot be switched off: a client has to sign when the server demands it. Nearly all do.

It has not been seen with a server that demands signing. One file saved to our listener at stage require settles it.`},

	"audit-silent": {"Audit was on, and no event names it", `
A server's signing audit was on for at least 30 days, which takes in the work of a whole month. The device had sessions there in that time, and no server's log says that it cannot sign.

This is good news, not proof. The event most likely keys on what the client says of itself, so a device that says it can sign and cannot causes no event.`},

	"client-evidence-conflicts": {"What was seen of it contradicts itself", `
Several contacts of this host were seen. Some say that it would break when servers demand signing, others that it would work, and neither goes before the other. That one program on it is proven to sign does not help another one that was seen to break. Evidence is not averaged: nothing is concluded, and the contacts of both sides are listed, with their times.

Often two programs or two destinations of one device differ, or two devices have had the same address, or share one behind a router. Find out which contact is whose.

If the device was seen to break, was changed and then saved a file to our listener at stage require, the later trial stands, as long as it came by the same name and with the same family of dialects, SMB1 or SMB2. Where either changed as well, leave the older files out.`},

	"client-contacts-left-out": {"More was seen of it than was kept", `
Of each host a limited number of different contacts is kept, and of this one there were more. What was kept looks well. What was left out may hold bad news, and so it is not taken for fine, not even where it is proven that something on it works.

Import what was seen in smaller parts, one at a time, so that all of it is kept.`},

	"client-seen-not-judged": {"It was seen as a client, but not how it signs", `
Something connected from this host to a server. What was seen of it does not tell whether it signs when a server demands it: the logon failed, the connection ended early, only a part of it was captured, or an event is about something else.`},

	"smb1-client-mis-signs": {"Over SMB1 it signs wrongly", `
With "if client agrees" a server offers signing over SMB1, and a client that takes up the offer signs. This one does, and its signatures are wrong, so it fails wherever the setting is on.`},

	"smb1-client-declines-signing": {"Over SMB1 it does not sign", `
With "if client agrees" a server offers signing over SMB1, and signs only with clients that take up the offer. This one does not sign, or hangs up where signing is demanded, so an offer changes nothing for it.

What happens when signing is demanded is another policy, and is judged there.`},

	"smb1-client-without-smb2": {"It has SMB1 only, or an old logon", `
"If client agrees" matters over SMB1 alone. This host offers nothing newer, or logs on with NTLMv1 or LM over it, and current servers refuse that today. Where a server still takes it, the setting makes the host sign if it can.`},

	"smb1-client-beside-smb2": {"SMB1 alone at times, or an old logon", `
"If client agrees" matters over SMB1 alone. Something on this host offers SMB1 and nothing newer, or logs on with NTLMv1 or LM over it, and current servers refuse that today. Something else on it offers SMB2, which takes no notice of the setting.

Where a server still takes SMB1, the setting makes the host sign if it can.`},

	"smb1-client-agrees": {"Over SMB1 it agrees to sign", `
With "if client agrees" a server offers signing over SMB1, and a client that takes up the offer signs. This one does, or was seen to sign. Signing makes SMB1 slower but stops nothing.`},

	"smb1-client-not-judged": {"Whether it agrees to sign over SMB1 was not seen", `
The host works over SMB1 with a server that does not offer signing, so it had nothing to agree to. With the setting on it is offered signing, and what it does then was not seen.`},

	"client-speaks-smb2": {"It connects with SMB2", `
This host was seen to connect with SMB2 or later. There, "if client agrees" has no effect, whatever its name says: a server signs when either side demands it.`},

	// Hosts that others were seen to use.

	"connection-signed": {"A client lists its connection as signed", `
On a Windows client, Get-SmbConnection lists the connections to servers and whether each is signed or encrypted. The saved list shows one to this host that is. So this host signs as Windows wants it, end to end and with a real account, and it does not matter how it answers a scan.

This is about accounts. Guests are another path, which is judged apart.`},

	"served-signed-on-demand": {"It was seen to sign when that was demanded", `
A capture shows a client at work with files on this host, in a session with an account. Signing was demanded, by the client or by the host itself. Every request and every answer was signed, and the client went on, which it does only when the signatures are right.`},

	"served-evidence-conflicts": {"Some found it signing, and others not", `
A capture or Get-SmbConnection shows others at work with this host, signed; and an event 31998 or another capture says that it does not sign. It may have been set up anew in between, or its address have gone to another device, or it may be several servers behind one address. None of this is averaged.

A session of our own, with "smbready verify", tells what it does now.`},

	"client-audit-server-cannot-sign": {"A client's audit says that it cannot sign", `
Windows clients can note which servers do not support signing, as event 31998 in the log SMBClient/Audit; its neighbour 31999 is about encryption, which is another matter. It was written by a client that uses this host, so it is strong.`},

	"served-unsigned-on-demand": {"It answered without a signature where one was due", `
A capture shows a client that demands signing, logged on with an account. Its requests are signed; the answers of this host are not. A client that demands signing ends such a session. A capture may miss packets, so the verdict is likely and not strong; a session of our own settles it.`},

	"client-event-server-smb1-only": {"A client's log says that it speaks only SMB1", `
Windows clients note servers that speak only SMB1, as events 32000 and 32002 in the logs of SMBClient. Windows 10 1709 and later come without an SMB1 client, or remove it when nobody uses it, and cannot connect to such a host.

It was not scanned, or its SMB2 was not seen. A scan tells which versions it speaks.`},

	"guest-in-use": {"Guests use its files", `
A capture shows somebody at work with files of this host as a guest, or without any name. So the guest path is no mere possibility: it is used. A guest session has no key and is never signed, and a client that demands signing refuses it.

Find out who it is, and give each of them an account. People often do not know that they come in as guests: they give a name, it is not known on the host, and they are let in all the same.`},

	"guest-events": {"A log tells of its guests", `
Windows clients note guest logons: rejected (event 31017), let through by the administrator's choice (31018) or used (31022, 31997). One of these names this host. A guest session has no key and is never signed, and a client that demands signing refuses it.

Where the event is 31017 the client refuses guests today already, and the policy changes nothing for that client; others may still let them through.`},

	"guest-let-in": {"It lets in guests", `
A capture shows that this host let somebody in as a guest. Whether files were used that way was not seen. A guest session has no key and is never signed, and a client that demands signing refuses it.`},

	"refuses-but-in-use": {"It refuses the scan, and others use it", `
The port refused this scan or did not speak SMB. Yet a capture, a log or a list of connections shows others at work with this host by SMB. It may let in certain addresses alone; it may have been switched off since; or the address belongs to another device now.

So it is not taken for a host that serves no files.`},

	"server-seen-in-use": {"Others use it; it was not scanned", `
A capture, a log or a list of connections shows others at work with this host by SMB. What was seen does not tell whether it signs on demand: nobody demanded it. A scan of the host tells more, and a session with an account settles it.`},

	"server-role-unseen": {"Seen only as a client", `
This host is known from its connections to others. Whether it serves files itself was not asked, so nothing is said about that role. A scan tells, and where it finds no SMB server, the role does not exist.`},

	"served-smb2-ignores-if-server-agrees": {"Others use it by SMB2", `
Clients were seen to use this host by SMB2 or later. There, "if server agrees" has no effect, whatever its name says: a client signs when either side demands it.`},
}
