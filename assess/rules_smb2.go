package assess

import "smbready/inventory"

// Rules for a host that answers SMB2. In SMB2 signing cannot be switched off:
// a server must sign when the client asks for it ([MS-SMB2] 3.3.5.5.3). What
// remains is whether this server does as it must, and the newer the dialect
// the more of it Windows clients have long been checking.

// What settles it: a session as our own command makes one, or one from Windows.
// The latter alone where the doubt is whether Windows gets that far, or where the
// command's logon (NTLMv2) does not.
const (
	settleClient  = "Connect to one of its shares, with an account, from a Windows client that requires signing; Get-SmbConnection should then show Signed as True."
	settleSession = "Run \"smbready verify HOST\" with an account. Or connect to one of its shares from a Windows client that requires signing; Get-SmbConnection should then show Signed as True."
)

var smb2PreauthMissing = &rule{
	reason: "smb2-preauth-missing", rows: []int{16},
	when: func(f *facts) bool {
		return f.SMB2 != nil && f.dialect == dialect311 && f.SMB2.Offered && f.SMB2.SecurityMode != nil && f.SMB2.PreauthIntegrity != "SHA-512"
	},
	verdict: AlreadyBroken, confidence: Strong,
	why:      "It answers SMB 3.1.1 without the pre-authentication integrity part that 3.1.1 demands, or with a wrong one, and Windows 10 and later refuse such an answer today already.",
	evidence: evidenceSMB2,
	remedy:   "Update its firmware or SMB server, or limit it to SMB 3.0.2 until it is updated.",
	settle:   "Try to open a share of it from Windows 10 or 11.",
	source:   "[MS-SMB2] 3.2.5.2",
}

var stateContradicted = &rule{
	reason: "state-contradicted", rows: nil,
	when:    (*facts).contradicts,
	verdict: Unknown, confidence: None,
	why:      "The facts contradict each other: the port is said not to speak SMB, yet an SMB answer is recorded.",
	evidence: evidenceAll,
	settle:   "Scan the host again; if the facts come from a file, check how it was made.",
	source:   "[MS-SMB2] 3.2.5.2",
}

var smb2Incomplete = &rule{
	reason: "smb2-incomplete", rows: nil,
	when:    func(f *facts) bool { return f.SMB2 != nil },
	verdict: Unknown, confidence: None,
	why:      "It speaks SMB2, but not all of its answer is known, so nothing can be said about signing.",
	evidence: evidenceSMB2Missing,
	settle:   "Scan the host again. " + settleSession,
	source:   "[MS-SMB2] 2.2.4",
}

var smb2Rules = []*rule{{
	reason: "smb2-signing-not-advertised", rows: []int{13},
	when: func(f *facts) bool {
		s := f.SMB2
		return s != nil && (s.Signing == inventory.SigningNotAdvertised || s.Signing == inventory.SigningDisabled ||
			s.SecurityMode != nil && *s.SecurityMode&smb2SigningBits == 0)
	},
	verdict: Unknown, confidence: Weak,
	why:      "It leaves out the signing bit that every SMB2 server has to set; it may well be unable to sign, but some such servers do sign when asked.",
	evidence: evidenceSMB2,
	settle:   settleSession + " Windows can also record it: event 31998 in SMBClient/Audit.",
	source:   "[MS-SMB2] 3.3.5.4",
}, {
	reason: "smb2-dialect-not-offered", rows: []int{15},
	when:    func(f *facts) bool { return f.SMB2 != nil && f.dialect != noDialect && !f.SMB2.Offered },
	verdict: Unknown, confidence: Weak,
	why:      "It answered with an SMB2 dialect that is not known to have been offered to it, which a correct server never does, so its signing cannot be judged from its answer.",
	evidence: evidenceSMB2,
	settle:   settleSession,
	source:   "[MS-SMB2] 3.3.5.4",
}, {
	reason: "smb2-on-netbios-port-only", rows: []int{17},
	when:    func(f *facts) bool { return f.SMB2 != nil && f.SMB2.Port == portNetBIOS },
	verdict: Unknown, confidence: Weak,
	why:      "SMB2 was found only on port 139, the old NetBIOS port; many Windows clients no longer use it and may not reach this host at all.",
	evidence: evidenceSMB2,
	settle:   "Try from a real client whether it reaches the host today. " + settleClient,
	source:   "[MS-SMB2] 3.2.5.2 (a 3.1.1 client leaves a NetBIOS connection that answers 0x02FF)",
}, {
	reason: "smb2-full-offer-not-answered", rows: nil,
	when: func(f *facts) bool {
		return f.SMB2 != nil && f.dialect != noDialect && f.SMB2.Offered && !f.SMB2.FullOffer
	},
	verdict: Unknown, confidence: Weak,
	why:      "It is not known to answer the offer that current Windows clients make, which includes SMB 3.1.1; they make no smaller one, so they may not reach it at all.",
	evidence: evidenceSMB2,
	settle:   "Try from Windows 10 or 11 whether it reaches the host today. " + settleClient,
	source:   "[MS-SMB2] 3.2.4.2.2.2 (what a client offers)",
}, {
	reason: "smb2-sizes-too-small", rows: nil,
	when: func(f *facts) bool {
		return f.SMB2 != nil && min(f.SMB2.MaxTransact, f.SMB2.MaxRead, f.SMB2.MaxWrite) < smallestSize && f.SMB2.MaxTransact+f.SMB2.MaxRead+f.SMB2.MaxWrite > 0
	},
	verdict: Unknown, confidence: Weak,
	why:      "The sizes it offers for reading and writing are smaller than Windows accepts, so current clients may hang up on it.",
	evidence: evidenceSMB2,
	settle:   "Try from Windows 10 or 11 whether it reaches the host today. " + settleClient,
	source:   "[MS-SMB2] 3.2.5.2",
}, {
	reason: "smb2-logon-not-seen", rows: nil,
	when:    func(f *facts) bool { return f.sound && !f.challenged() },
	verdict: Works, confidence: Weak,
	why:      "Its SMB2 dialect has to sign on request, but no logon was seen to begin, and only a session with an account has a key to sign with.",
	evidence: evidenceSMB2,
	settle:   settleSession + " A scan at the usual depth asks for the beginning of a logon; --gentle and --depth negotiate do not.",
	source:   "[MS-SMB2] 3.2.5.3.1",
}, {
	reason: "smb2-ntlmv2-doubtful", rows: []int{30},
	when:    func(f *facts) bool { return f.sound && f.NTLM != nil && !f.NTLM.TargetInfo },
	verdict: Works, confidence: Weak,
	why:      "Its SMB2 dialect has to sign on request, but its logon challenge lacks the target information that NTLMv2 uses; if it knows only NTLMv1, Windows 11 24H2 and Server 2025 cannot log on to it, signed or not.",
	evidence: evidenceSMB2,
	settle:   settleClient + " Use Windows 11 24H2 or Server 2025 for it, or ask the maker whether it supports NTLMv2.",
	source:   "[MS-NLMP] 2.2.1.2; KB5066470",
}, {
	reason: "smb2-kerberos-only", rows: []int{31},
	when:    func(f *facts) bool { return f.sound && f.kerberosOnly() },
	verdict: Works, confidence: Likely,
	why:      "It speaks SMB2, which has to sign on request, and logs users on by Kerberos only, so every session has a key to sign with.",
	evidence: evidenceSMB2,
	settle:   settleClient + " The client has to be joined to the domain.",
	source:   "[MS-SMB2] 3.3.5.5.3",
}, {
	reason: "smb2-requires-signing", rows: []int{8, 9, 12, 18, 19, 27, 37, 42, 46},
	when:    func(f *facts) bool { return f.requiresSMB2() && *f.SMB2.SecurityMode&smb2SigningEnabled != 0 },
	verdict: Works, confidence: Strong,
	why:      "It already demands signing from everybody who connects with an account.",
	evidence: evidenceSMB2,
	settle:   settleSession,
	source:   "[MS-SMB2] 3.3.5.4",
}, {
	reason: "smb2-requires-signing-oddly", rows: []int{14},
	when:    (*facts).requiresSMB2,
	verdict: Works, confidence: Likely,
	why:      "It demands signing, although it says so in an irregular form: the bit that every SMB2 server has to set is missing.",
	evidence: evidenceSMB2,
	settle:   settleSession,
	source:   "[MS-SMB2] 3.3.5.4",
}, {
	reason: "windows-signs", rows: []int{38, 39, 41},
	when:    func(f *facts) bool { return f.sound && f.runs.windows },
	verdict: Works, confidence: Strong,
	why:      "It is Windows, and every Windows since Vista signs SMB2 when the client asks for it.",
	evidence: evidenceSMB2,
	settle:   settleSession,
	source:   "[MS-SMB2] 3.3.5.5.3; KB887429",
}, {
	reason: "samba-signs", rows: []int{43},
	when:    func(f *facts) bool { return f.sound && f.runs.samba },
	verdict: Works, confidence: Strong,
	why:      "It runs Samba, where signing of SMB2 cannot be switched off: it signs when the client asks for it.",
	evidence: evidenceSMB2,
	settle:   settleSession,
	source:   "[MS-SMB2] 3.3.5.5.3; Samba source, libcli/smb/smb2_signing.c; smb.conf(5), server signing",
}, {
	reason: "smb311-signs-on-demand", rows: []int{7, 18, 19, 27, 45, 47},
	when:    func(f *facts) bool { return f.sound && f.dialect == dialect311 },
	verdict: Works, confidence: Likely,
	why:      "It speaks SMB 3.1.1, which has to sign part of every session with an account, so a Windows 10 or later client that uses it today has already seen its signatures.",
	evidence: evidenceSMB2,
	settle:   settleSession,
	source:   "[MS-SMB2] 3.2.5.3.1, 3.3.5.5.3",
}, {
	reason: "smb30-signs-on-demand", rows: []int{10, 18, 19, 27, 45, 47},
	when:    func(f *facts) bool { return f.sound && (f.dialect == dialect302 || f.dialect == dialect300) },
	verdict: Works, confidence: Likely,
	why:      "It speaks SMB 3.0, where Windows demands a signed confirmation for every connection with an account, so a client that uses it today has already seen its signatures.",
	evidence: evidenceSMB2,
	settle:   settleSession,
	source:   "[MS-SMB2] 3.2.5.14.12, 3.3.5.5.3",
}, {
	reason: "smb2-signs-on-demand", rows: []int{11, 18, 19, 27, 45, 47},
	when:    func(f *facts) bool { return f.sound },
	verdict: Works, confidence: Likely,
	why:      "It speaks SMB2, which has to sign when the client asks for it; a small number of old servers do not do it correctly, so one real test is worth while.",
	evidence: evidenceSMB2,
	settle:   settleSession,
	source:   "[MS-SMB2] 3.3.5.5.3",
}, smb2Incomplete}

// ifServerAgreesRules judge "client: if server agrees". SMB2 ignores that
// setting on both sides, so it changes nothing there, whatever else is odd.
var ifServerAgreesRules = []*rule{{
	reason: "smb2-ignores-if-server-agrees", rows: []int{7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19},
	when:    func(f *facts) bool { return f.State == inventory.StateSMB && f.dialect != noDialect },
	verdict: NoChange, confidence: Strong,
	why:      "It speaks SMB2, and SMB2 takes no notice of this setting.",
	evidence: evidenceSMB2,
	source:   "Microsoft Learn, Overview of Server Message Block signing: EnableSecuritySignature is ignored for SMB2 and later",
}, {
	reason: "smb1-server-cannot-agree", rows: []int{23, 24, 25, 26},
	when: func(f *facts) bool {
		mode, ok := f.smb1Mode()
		const want = smb1UserLevel | smb1ChallengeResponse
		return f.smb1Declines() && (f.old() != notOld || ok && mode&want != want)
	},
	verdict: NoChange, confidence: Strong,
	why:      "It speaks an SMB1 form that cannot sign, so there is nothing for it to agree to.",
	evidence: evidenceSMB1,
	source:   "[MS-CIFS] 3.2.4.2.2",
}, {
	reason: "smb1-server-does-not-agree", rows: []int{18, 22, 44},
	when: func(f *facts) bool {
		mode, ok := f.smb1Mode()
		return f.smb1Declines() && ok && mode&smb1SignaturesEnabled == 0
	},
	verdict: NoChange, confidence: Likely,
	why:      "Over SMB1 it does not offer signing, so clients that sign only if the server agrees go on as they are.",
	evidence: evidenceSMB1,
	source:   "[MS-SMB] 3.2.4.2.4; [MS-CIFS] 3.2.4.2.2",
}}

// smb1Declines reports whether the host is known to answer SMB1 and not to
// offer signing there.
func (f *facts) smb1Declines() bool {
	return f.State == inventory.StateSMB && f.SMB1 != nil && f.SMB1.Dialect != "" && f.SMB1.Signing == inventory.SigningDisabled
}
