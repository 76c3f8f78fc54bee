package assess

import (
	"slices"
	"strings"

	"smbready/inventory"
)

// facts is a host with the few conclusions that many rules share. Each of
// them is drawn from facts that are present, never from the absence of one,
// so that a forgotten fact cannot look like good news.
type facts struct {
	*inventory.Host
	dialect   dialect // the highest proven SMB2 dialect
	reachable bool    // see reachableSMB2
	sound     bool    // see soundSMB2
	tried     sessions
	client    client // what was seen of it as a client
	served    served // what others were seen to do with it as a server
	device    Device // by the built-in rules and by SMB alone, since verdicts may rest on it; see Judge
	shown     Device // by all that is known; only what words an unknown may ask for it
	runs      system // what the server is proven to run, as far as rules need it
}

// system says which servers a host is proven to be. A Device may say more,
// but rests on votes; a verdict that is fine needs all of the marks at once.
type system struct {
	windows    bool // Windows since Vista
	windows26  bool // and its build is 26100 or later
	samba      bool
	macOS      bool
	storage    bool // a storage array
	controller bool // a domain controller
	honeypot   bool
}

func digest(h *inventory.Host) facts {
	f := facts{Host: h, dialect: highest(h.SMB2)}
	f.reachable = f.reachableSMB2()
	f.sound = f.soundSMB2()
	f.tried = weighSessions(h, f.dialect)
	f.client, f.served = weighContacts(h.Client), weighServed(h.Served)
	f.runs = recognise(&f)
	return f
}

// soundSMB2 reports whether everything is known that a client which requires
// signing wants to see in an SMB2 NEGOTIATE response, and is as it should be.
func (f *facts) soundSMB2() bool {
	s := f.SMB2
	return f.reachable && s.Offered && s.SecurityMode != nil && *s.SecurityMode&smb2SigningBits != 0 &&
		(s.Signing == inventory.SigningEnabled || s.Signing == inventory.SigningRequired) && s.SigningAlgorithm != ""
}

// reachableSMB2 is the part of soundSMB2 that no signed session makes up for:
// that current clients get as far as a session.
func (f *facts) reachableSMB2() bool {
	s := f.SMB2
	return f.State == inventory.StateSMB && s != nil && f.dialect != noDialect && s.FullOffer &&
		s.Port != 0 && s.Port != portNetBIOS && min(s.MaxTransact, s.MaxRead, s.MaxWrite) >= smallestSize &&
		(f.dialect != dialect311 || s.PreauthIntegrity == "SHA-512")
}

// smallestSize is the least that a client takes for the largest read, write and
// transaction, in bytes, [MS-SMB2] 3.2.5.2.
const smallestSize = 65536

// challenged reports whether a logon was seen to begin, without which there is
// no key to sign with.
func (f *facts) challenged() bool { return f.NTLM != nil || f.kerberosOnly() }

// Bits of SecurityMode, [MS-SMB2] 2.2.4 and [MS-CIFS] 2.2.4.52.2.
const (
	smb2SigningEnabled  = 0x01
	smb2SigningRequired = 0x02
	smb2SigningBits     = smb2SigningEnabled | smb2SigningRequired

	smb1UserLevel          = 0x01 // clear: share-level security
	smb1ChallengeResponse  = 0x02 // clear: passwords in clear text
	smb1SignaturesEnabled  = 0x04
	smb1SignaturesRequired = 0x08
)

const (
	portDirect  = 445
	portNetBIOS = 139
)

// requiresSMB2 reports whether the server demands signing of everybody. Both
// forms of the fact must say so.
func (f *facts) requiresSMB2() bool {
	return f.sound && *f.SMB2.SecurityMode&smb2SigningRequired != 0 && f.SMB2.Signing == inventory.SigningRequired
}

// smb1Only reports whether the host answered SMB1 and nothing of SMB2 was
// seen.
func (f *facts) smb1Only() bool { return f.SMB1 != nil && f.SMB2 == nil && !f.SMB1.SMB2NotAsked }

// smb2NotAsked reports whether the host answered SMB1 to clients that offered
// nothing else, so that whether it speaks SMB2 is open.
func (f *facts) smb2NotAsked() bool { return f.SMB1 != nil && f.SMB2 == nil && f.SMB1.SMB2NotAsked }

// oldWindows reports whether the host runs a Windows from before SMB2, whatever
// it is built into: a controller on Windows XP connects as Windows XP does. A
// later Windows whose server knows only SMB1 has a client that knows SMB2.
func (f *facts) oldWindows() bool {
	version := f.OS.Build
	if f.NTLM != nil && f.NTLM.Version != "" {
		version = f.NTLM.Version
	}
	if version != "" {
		_, known := windowsBuilds[version]
		return known && strings.HasPrefix(version, "5.")
	}
	return f.device.Class == WindowsClient || f.device.Class == WindowsServer
}

// smb1Mode returns the SMB1 SecurityMode, if it is known.
func (f *facts) smb1Mode() (mode uint16, ok bool) {
	if f.SMB1 == nil || f.SMB1.SecurityMode == nil {
		return 0, false
	}
	return *f.SMB1.SecurityMode, true
}

// speaks reports whether anything was seen that only an SMB server says.
func (f *facts) speaks() bool {
	return f.SMB1 != nil || f.SMB2 != nil || f.NTLM != nil || f.Guest != inventory.GuestUnknown || f.sessionAnswered()
}

// sessionAnswered reports whether an attempt at a session had an SMB answer.
func (f *facts) sessionAnswered() bool {
	return slices.ContainsFunc(f.Sessions, func(s inventory.Session) bool {
		return s.Dialect != "" || !silentResult(s.Result) && s.Result != inventory.SessionUnknown
	})
}

// contradicts reports whether the state says "no SMB here" while SMB was
// seen.
func (f *facts) contradicts() bool {
	return f.State != inventory.StateSMB && f.State != inventory.StateUnknown && f.speaks()
}

// suffixFileServer marks the file service in a node status, [MS-NBTE] 2.2.1.
const suffixFileServer = 0x20

// announcesFiles reports whether the host's NetBIOS names include a file
// service.
func (f *facts) announcesFiles() bool {
	for i := range f.Names.Node {
		if f.Names.Node[i].Suffix == suffixFileServer && !f.Names.Node[i].Group {
			return true
		}
	}
	return false
}

// named reports whether the host gave any sign of life besides its ports.
func (f *facts) named() bool {
	return len(f.Names.Node) > 0 || f.Names.NetBIOS != "" || f.Names.MAC != ""
}

// open reports whether the port is open, with this detail.
func (f *facts) open(detail inventory.Outcome) bool {
	return f.State == inventory.StateOpen && f.Detail == detail.String()
}

// kerberosOnly reports whether the server offers Kerberos and no NTLM.
func (f *facts) kerberosOnly() bool {
	if f.SMB2 == nil {
		return false
	}
	kerberos := false
	for _, m := range f.SMB2.Mechanisms {
		if m == "NTLMSSP" {
			return false
		}
		kerberos = kerberos || strings.Contains(m, "Kerberos")
	}
	return kerberos
}

// smb2Unsettled reports whether a question for SMB2, on any port, ended neither
// with an answer nor with a refusal. Of the same question asked twice the later
// one counts.
func (f *facts) smb2Unsettled() bool {
	for i, o := range f.Observations {
		if o.Step != inventory.StepSMB2Negotiate && o.Step != inventory.StepSMB2NegotiateOld || settles(o.Outcome) {
			continue
		}
		again := slices.ContainsFunc(f.Observations[i+1:], func(later inventory.Observation) bool {
			return later.Step == o.Step && later.Port == o.Port
		})
		if !again {
			return true
		}
	}
	return false
}

// settles reports whether an outcome of an SMB2 NEGOTIATE says what the server
// thinks of SMB2. Silence counts as a refusal, because that is how many servers
// without SMB2 treat it.
func settles(o inventory.Outcome) bool {
	switch o {
	case inventory.OutcomeAnswered, inventory.OutcomeErrorStatus, inventory.OutcomeRefused, inventory.OutcomeSilent, inventory.OutcomeNotSMB,
		inventory.OutcomeResetAfterNegotiate, inventory.OutcomeClosedAfterNegotiate:
		return true
	}
	return false
}

// dialect is an SMB2 dialect; later is higher.
type dialect uint8

const (
	noDialect dialect = iota
	dialect202
	dialect210
	dialect300
	dialect302
	dialect311
)

var dialectNames = [...]string{"", "2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"}

// highest returns the highest dialect of s. The list is lowest first, but it
// may come from a file, so that is not relied upon; names that this version
// does not know are passed over.
func highest(s *inventory.SMB2) dialect {
	best := noDialect
	if s == nil {
		return best
	}
	for _, name := range s.Dialects {
		best = max(best, dialectOf(name))
	}
	return best
}

// dialectOf returns the dialect of that name, or noDialect.
func dialectOf(name string) dialect {
	for d := dialect311; d > noDialect; d-- {
		if name == dialectNames[d] {
			return d
		}
	}
	return noDialect
}

// SMB1 dialects, [MS-CIFS] 1.7 and 3.2.4.2.2. Only NT LM 0.12 can sign.
const dialectNTLM = "NT LM 0.12"

// ntlmDialect reports whether a dialect is NT LM 0.12, also by the older name
// that Samba and some printers prefer when both are offered.
func ntlmDialect(name string) bool { return name == dialectNTLM || name == "NT LANMAN 1.0" }

// oldDialect tells the SMB1 dialects that cannot sign, by the form of the
// answer or by name.
type oldDialect uint8

const (
	notOld     oldDialect = iota
	core                  // the first SMB
	lanManager            // LAN Manager 1.0 to 2.1
)

var oldDialects = map[string]oldDialect{
	"PC NETWORK PROGRAM 1.0":      core,
	"PCLAN1.0":                    core,
	"XENIX CORE":                  core,
	"MICROSOFT NETWORKS 1.03":     core,
	"MICROSOFT NETWORKS 3.0":      lanManager,
	"DOS LM1.2X002":               lanManager,
	"DOS LANMAN2.1":               lanManager,
	"LANMAN1.0":                   lanManager,
	"LM1.2X002":                   lanManager,
	"LANMAN2.1":                   lanManager,
	"Windows for Workgroups 3.1a": lanManager,
}

// old tells whether the dialect is one that cannot sign. The word count, which
// decides how an answer is read ([MS-CIFS] 2.2.4.52.2), counts as much as the
// name; when they disagree the older one is taken.
func (f *facts) old() oldDialect {
	if f.SMB1 == nil {
		return notOld
	}
	byName := oldDialects[f.SMB1.Dialect]
	switch {
	case byName == core || f.SMB1.WordCount == 1 && f.SMB1.Dialect != "":
		return core
	case byName == lanManager || f.SMB1.WordCount == 13:
		return lanManager
	}
	return notOld
}

// noSMB1Dialect reports whether the host speaks SMB1 but accepted no dialect.
func (f *facts) noSMB1Dialect() bool {
	return f.smb1Only() && f.SMB1.Dialect == "" && f.SMB1.SecurityMode == nil && f.SMB1.WordCount <= 1
}

// offersSMB1Signing reports whether nothing that is known of the host's SMB1
// speaks against signing.
func (f *facts) offersSMB1Signing() bool {
	if !f.smb1Only() || !ntlmDialect(f.SMB1.Dialect) {
		return false
	}
	mode, ok := f.smb1Mode()
	const want = smb1UserLevel | smb1ChallengeResponse | smb1SignaturesEnabled
	if ok && mode&want != want {
		return false
	}
	return f.SMB1.Signing == inventory.SigningEnabled || f.SMB1.Signing == inventory.SigningRequired
}

// allPortsSettled reports whether a host without SMB was asked on the direct
// port and on the NetBIOS session port too, which IPv6 does not have, and said
// on each that no SMB is there: by a refusal or by speaking something else. What
// was left open is the host's Detail, so it need not be looked for here.
func (f *facts) allPortsSettled() bool {
	direct, session := false, f.Address.Is6()
	for _, o := range f.Observations {
		switch {
		case o.Step == inventory.StepNodeStatus, o.Outcome != inventory.OutcomeRefused && o.Outcome != inventory.OutcomeNotSMB:
		case o.Port == portDirect:
			direct = true
		case o.Port == portNetBIOS:
			session = true
		}
	}
	return direct && session
}
