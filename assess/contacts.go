package assess

import (
	"slices"
	"strings"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// What the contacts of a host show of it as a client. Each contact is read by
// itself, and its messages come to one sight at most. Within a contact the later stage
// decides: what a client does goes before what it says. A sight that is fine
// rests on facts that are present in that contact, so that a contact of which
// something is forgotten rather says nothing.

// sight is what one contact shows.
type sight uint8

const (
	sightNone            sight = iota // nothing about signing
	sightGuestAtWork                  // it was let in as a guest and worked with files
	sightSignsWrongly                 // an account, and wrong signatures
	sightSignsNot                     // unsigned requests, though the server demanded signing
	sightGuest                        // it tried to get in as a guest or without an account
	sightRefused                      // a server refused it for its signature or the lack of one
	sightLeaves                       // it hung up where signing was demanded, and went on where not
	sightLeavesPerhaps                // it hung up where signing was demanded; elsewhere it was not seen
	sightPlainPassword                // it sent a password in clear text
	sightAuditBreaks                  // event 3021
	sightSaysNot                      // SMB2 without the bit that every client sets
	sightAuditDoubts                  // event 3027
	sightMadeGuest                    // it came with an account, and a server let it in as a guest
	sightOldLogon                     // NTLMv1 or LM and nothing newer
	sightOldLogonSigns                // the same, and it signs
	sightOldLogonBeside               // NTLMv1 or LM, and at other times something newer
	sightSMB1Only                     // it offers SMB1 alone
	sightSMB1OnlySigns                // the same, and it signs there
	sightSMB1Beside                   // it offers SMB1 alone, and at other times SMB2
	sightAuditSMB1                    // events 3000 and 1001
	sightSMB1AtWork                   // it works over SMB1, unsigned, as nobody demanded more
	sightDemandedAtWork               // it works, signed, with a server that demands signing
	sightVerified                     // signatures that are right
	sightSignsAtWork                  // it works, signed, and the server's answers are signed
	sightEncrypts                     // an account, and encrypted messages
	sightSessionSigned                // a Windows server says that its session is signed
	sightSMB1SignsAtWork              // it works over SMB1, signed, and the server's answers are signed
	sightDemands                      // it demands signing itself
	sightSignsAndLeaves               // signatures that are right, and it left before it came to a file
	sightSignsUnverified              // signed requests that could not be checked
	sightSignsInPart                  // some requests signed, where nobody demanded it
	sightSMB1Accepts                  // over SMB1 it takes up a server's offer to sign
	sightSaysSigns                    // SMB2 with the usual bit
	sightAuditSilent                  // audit was on for long, and no event names it
	sightCount
)

// says reports whether a sight is what the client says of itself, or what a
// server makes of that, and not what it was seen to do.
func (s sight) says() bool {
	switch s {
	case sightDemands, sightSaysSigns, sightSaysNot, sightAuditSilent, sightAuditBreaks, sightAuditDoubts:
		return true
	}
	return false
}

// protocol tells SMB1 from SMB2.
type protocol uint8

const (
	protocolUnknown protocol = iota
	protocol1
	protocol2
	protocols
)

// protocolOf returns what was spoken, or what alone was offered where nothing was
// selected.
func protocolOf(c *inventory.Contact) protocol {
	switch {
	case contactDialect(c) != noDialect:
		return protocol2
	case isSMB1(c.Dialect):
		return protocol1
	case c.Offer != nil && c.Offer.SMB2() && len(c.Offer.SMB1Dialects) == 0:
		return protocol2
	case c.Offer != nil && c.Offer.SMB1Only():
		return protocol1
	}
	return protocolUnknown
}

// contactDialect returns the SMB2 dialect of a contact. Cmdlets of Server 2012
// write 2.10 and 3.00.
func contactDialect(c *inventory.Contact) dialect {
	switch c.Dialect {
	case "2.02", "2.00":
		return dialect202
	case "2.10":
		return dialect210
	case "3.00":
		return dialect300
	case "3.02":
		return dialect302
	}
	return dialectOf(c.Dialect)
}

// isSMB1 reports whether a dialect is one of SMB1: a string of its NEGOTIATE, or
// the number that cmdlets give, such as "1.5".
func isSMB1(name string) bool {
	return ntlmDialect(name) || oldDialects[name] != notOld || strings.HasPrefix(name, "1.")
}

// signs counts what the contacts of a client tell each other.
type signs struct {
	modern   []*inventory.Contact       // it was let in with NTLMv2 or Kerberos
	demands  []*inventory.Contact       // signing was demanded of it
	account  bool                       // it was let in somewhere with an account
	atWork1  bool                       // it works with real servers over SMB1, and offered SMB1 alone nowhere else
	offers2  bool                       // SMB2 was offered or spoken
	audited  bool                       // event 3021 or 3027
	demanded [protocols]inventory.Stage // how far it came where signing was demanded
	free     [protocols]inventory.Stage // how far it came where it was known not to be
}

func signsOf(contacts []inventory.Contact) (s signs) {
	for i := range contacts {
		c, p := &contacts[i], protocolOf(&contacts[i])
		if modernLogon(c) && c.Logon.Granted {
			s.modern = append(s.modern, c)
		}
		if c.Demanded == inventory.SigningRequired {
			s.demands = append(s.demands, c)
		}
		s.account = s.account || c.Logon != nil && c.Logon.As == inventory.LogonAccount && c.Logon.Granted
		s.atWork1 = s.atWork1 || atWork1(c)
		s.offers2 = s.offers2 || p == protocol2 || c.Offer != nil && c.Offer.SMB2()
		s.audited = s.audited || c.Event != nil && (eventIs(c.Event, 3021, "Audit") || eventIs(c.Event, 3027, "Audit"))
		switch {
		case c.Demanded == inventory.SigningRequired && c.Dialect == "": // by which protocol it went on is not known
			s.demanded[p] = max(s.demanded[p], min(c.Stage, inventory.StageNegotiate))
		case c.Demanded == inventory.SigningRequired:
			s.demanded[p] = max(s.demanded[p], c.Stage)
		case c.Demanded != inventory.SigningUnknown:
			s.free[p] = max(s.free[p], c.Stage)
		}
	}
	s.atWork1 = s.atWork1 && !slices.ContainsFunc(contacts, func(c inventory.Contact) bool { return s.offers1(&c) && !atWork1(&c) })
	return s
}

// sameProgram reports whether two contacts are known to be of one program. The
// client's GUID of a contact that stands for several is that of one of them.
func sameProgram(a, b *inventory.Contact) bool {
	if w := workstation(a); w != "" && w == workstation(b) {
		return true
	}
	return a.Times() == 1 && a.Offer != nil && b.Offer != nil && a.Offer.ClientGUID != "" && a.Offer.ClientGUID == b.Offer.ClientGUID
}

// sights reads one contact: what was seen of its messages, and beside that what
// an event says, and that audit was on.
func (s *signs) sights(c *inventory.Contact) [3]sight {
	return [...]sight{s.sight(c), sightOfEvent(c.Event), s.auditSight(c)}
}

// sight reads the messages of one contact, or the row of Get-SmbSession in their
// place. Other sources see no messages.
func (s *signs) sight(c *inventory.Contact) sight {
	switch c.Source {
	case inventory.SourcePowerShell:
		return sessionSight(c)
	case inventory.SourceCanary, inventory.SourceCapture:
	default:
		return sightNone
	}
	for _, read := range [...]func(*signs, *inventory.Contact) sight{
		(*signs).badSight, (*signs).oldSight, (*signs).doneSight, (*signs).saidSight,
	} {
		if v := read(s, c); v != sightNone {
			return v
		}
	}
	return sightNone
}

// eventIs reports whether an event has that number and, where its channel is
// known, is of one of these logs: numbers recur in other logs. Two are named
// where Microsoft's documentation and the provider's own manifest differ.
func eventIs(e *inventory.Event, id int, logs ...string) bool {
	return e.ID == id && (e.Channel == "" || slices.ContainsFunc(logs, func(log string) bool { return hasSuffixFold(e.Channel, "/"+log) }))
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// sightOfEvent reads an event of a server's log. Of other numbers nothing is
// concluded.
func sightOfEvent(e *inventory.Event) sight {
	switch {
	case e == nil:
		return sightNone
	case eventIs(e, 3021, "Audit"):
		return sightAuditBreaks
	case eventIs(e, 3027, "Audit"):
		return sightAuditDoubts
	case eventIs(e, 3023, "Operational", "Security"):
		return sightGuest
	case eventIs(e, 3000, "Audit"), eventIs(e, 1001, "Operational"):
		return sightAuditSMB1
	}
	return sightNone
}

// badSight reads what a client does that no server which demands signing bears.
func (s *signs) badSight(c *inventory.Contact) sight {
	demanded := c.Demanded == inventory.SigningRequired
	switch {
	case withoutAccount(c):
		return s.guestSight(c)
	case c.Signature == inventory.CheckWrong && c.Logon != nil && c.Logon.KnownKey && c.Requests.Signed > 0:
		return sightSignsWrongly
	case demanded && c.Requests.Unsigned > 0:
		return sightSignsNot
	case c.End == inventory.EndServerRefused:
		return sightRefused
	case hungUp(c) && s.demanded[protocolOf(c)] == c.Stage && s.free[protocolOf(c)] > c.Stage:
		return sightLeaves
	case hungUp(c) && !s.goesOn(c):
		return sightLeavesPerhaps
	case c.Logon != nil && c.Logon.Mechanism == "plaintext":
		return sightPlainPassword
	}
	return sightNone
}

func withoutAccount(c *inventory.Contact) bool {
	return c.Logon != nil && (c.Logon.As == inventory.LogonGuest || c.Logon.As == inventory.LogonAnonymous)
}

// guestSight reads a contact without an account. Anonymous sessions that a real
// server grants, and that open no file, are common and say nothing, and so do
// those that our listener refused to a client that was let in with an account.
// Where a server makes a guest of an account, that is the server's doing.
func (s *signs) guestSight(c *inventory.Contact) sight {
	switch {
	case madeGuest(c):
		return sightMadeGuest
	case c.Logon.Granted && c.Data:
		return sightGuestAtWork
	case c.Logon.As == inventory.LogonAnonymous && (c.Source != inventory.SourceCanary || s.account):
		return sightNone
	}
	return sightGuest
}

// madeGuest reports whether a client came with an account, and the server let it
// in as a guest, as servers do with accounts that they do not know.
func madeGuest(c *inventory.Contact) bool {
	l := c.Logon
	named := l.User != "" && !inventory.IsGuestName(l.User)
	return c.Source == inventory.SourceCapture && l.As == inventory.LogonGuest && l.Granted &&
		(l.Mechanism == "Kerberos" || l.Mechanism != "" && named)
}

// goesOn reports whether the same program was seen to go on where signing was
// demanded.
func (s *signs) goesOn(c *inventory.Contact) bool {
	return slices.ContainsFunc(s.demands, func(d *inventory.Contact) bool {
		return d.Stage > c.Stage && protocolOf(d) == protocolOf(c) && sameProgram(c, d)
	})
}

// hungUp reports whether a client hung up on our listener as soon as it was told
// that signing is demanded, or as soon as it was let in. Connections to real
// servers end like that every day.
func hungUp(c *inventory.Contact) bool {
	if c.Source != inventory.SourceCanary || c.Demanded != inventory.SigningRequired ||
		c.End != inventory.EndClientClosed && c.End != inventory.EndClientReset {
		return false
	}
	in := c.Stage == inventory.StageLoggedOn && c.Logon != nil && c.Logon.Granted && !wantsEncryption(c)
	return c.Stage == inventory.StageNegotiate || in
}

// wantsEncryption reports whether the client may want what our listener has not,
// and leave for that once it is let in.
func wantsEncryption(c *inventory.Contact) bool {
	return protocolOf(c) == protocol2 && (demandsItself(c) || c.Offer != nil && len(c.Offer.Ciphers) > 0)
}

// oldSight reads what keeps a client from current servers, whatever it signs.
func (s *signs) oldSight(c *inventory.Contact) sight {
	old := c.Logon != nil && (c.Logon.Mechanism == "NTLMv1" || c.Logon.Mechanism == "LM")
	same := slices.ContainsFunc(s.modern, func(m *inventory.Contact) bool { return sameProgram(c, m) })
	switch {
	case old && !same && len(s.modern) > 0:
		return sightOldLogonBeside
	case old && !same && c.Signature == inventory.CheckRight:
		return sightOldLogonSigns
	case old && !same:
		return sightOldLogon
	case !s.only1(c):
		return sightNone
	case s.offers2:
		return sightSMB1Beside
	case c.Signature == inventory.CheckRight, accepts1(c):
		return sightSMB1OnlySigns
	}
	return sightSMB1Only
}

// only1 reports whether the client offered SMB1 alone, and is not known to have
// a server for that wherever it does so.
func (s *signs) only1(c *inventory.Contact) bool { return s.offers1(c) && !s.atWork1 }

// offers1 reports whether the client offered SMB1 alone, and not only to ask.
func (s *signs) offers1(c *inventory.Contact) bool {
	return c.Offer != nil && c.Offer.SMB1Only() && protocolOf(c) != protocol2 && !s.asks(c)
}

// asks reports whether an offer of SMB1 alone came without a logon, or with one of
// nobody that opened no file, from a client that elsewhere offers SMB2: that is how
// scanners ask, this one among them, and how Windows looks for neighbours.
func (s *signs) asks(c *inventory.Contact) bool {
	if s.offers2 && withoutAccount(c) && !c.Data {
		return true
	}
	return s.offers2 && (c.Stage == inventory.StageNegotiate || c.Stage == inventory.StageSessionSetup) && offersNTLM(c.Offer)
}

func offersNTLM(o *inventory.Offer) bool {
	for _, d := range o.SMB1Dialects {
		if ntlmDialect(d) {
			return true
		}
	}
	return false
}

// doneSight reads what a client was seen to do with an account.
func (s *signs) doneSight(c *inventory.Contact) sight {
	if c.Signature == inventory.CheckWrong || !modernLogon(c) || !c.Logon.Granted {
		return sightNone
	}
	switch {
	case isSMB1(c.Dialect):
		return s.done1(c)
	case contactDialect(c) != noDialect:
		return done2(c)
	}
	return sightNone
}

// sessionSight reads a row of Get-SmbSession: a Windows server that has a
// session signed has checked what the client signs.
func sessionSight(c *inventory.Contact) sight {
	account := c.Logon != nil && c.Logon.As == inventory.LogonAccount && c.Signature != inventory.CheckWrong
	if account && contactDialect(c) != noDialect && c.Requests.Unsigned == 0 && (c.Requests.Signed > 0 || c.Encrypted > 0) {
		return sightSessionSigned
	}
	return sightNone
}

// done2 reads the requests of a session over SMB2. A server that signs its answers
// checks the requests; one that says it demands signing, and answers unsigned, is
// no witness.
func done2(c *inventory.Contact) sight {
	signed := c.Requests.Signed > 0 && c.Requests.Unsigned == 0
	crypted := c.Encrypted > 0 && c.Requests.Unsigned == 0 && c.Answers.Unsigned == 0 && contactDialect(c) >= dialect300
	demanded := c.Demanded == inventory.SigningRequired
	free := c.Requests.Signed > 0 && !demanded && c.Demanded != inventory.SigningUnknown
	real := c.Source == inventory.SourceCapture
	worked := real && c.Data && succeeded(c)
	switch {
	case worked && demanded && (signed && answersSigned(c) || crypted):
		return sightDemandedAtWork
	case keyRight(c) && signed && c.Stage >= inventory.StageFile:
		return sightVerified
	case worked && signed && answersSigned(c):
		return sightSignsAtWork
	case real && crypted:
		return sightEncrypts
	case keyRight(c) && signed && demandsItself(c):
		return sightDemands
	case keyRight(c) && signed:
		return sightSignsAndLeaves
	case signed && succeeded(c):
		return sightSignsUnverified
	case free && (keyRight(c) || succeeded(c)):
		return sightSignsInPart
	}
	return sightNone
}

func answersSigned(c *inventory.Contact) bool { return c.Answers.Signed > 0 && c.Answers.Unsigned == 0 }

// keyRight reports whether the signatures were reckoned from a known password
// and found right.
func keyRight(c *inventory.Contact) bool {
	return c.Source == inventory.SourceCanary && c.Signature == inventory.CheckRight && c.Logon.KnownKey
}

// done1 reads the requests of a session over SMB1, of a client that does not
// depend on it, or that has a server which speaks it.
func (s *signs) done1(c *inventory.Contact) sight {
	if c.Offer == nil || !c.Offer.SMB2() && !s.atWork1 {
		return sightNone
	}
	signed := c.Requests.Signed > 0 && c.Requests.Unsigned == 0
	switch {
	case signed && keyRight(c) && c.Stage >= inventory.StageFile:
		return sightVerified
	case signed && keyRight(c):
		return sightSignsAndLeaves
	case signed && atWork1(c) && answersSigned(c):
		return sightSMB1SignsAtWork
	case accepts1(c) && c.Requests.Unsigned == 0:
		return sightSMB1Accepts
	case signed && succeeded(c):
		return sightSignsUnverified
	case atWork1(c) && c.Offer.SMB1Only():
		return sightSMB1AtWork
	}
	return sightNone
}

// accepts1 reports whether an SMB1 client took up a server's offer to sign,
// [MS-CIFS] 3.2.5.3.
func accepts1(c *inventory.Contact) bool {
	return c.Offer != nil && c.Offer.SetupFlags2 != nil && *c.Offer.SetupFlags2&smbproto.Flags2SecuritySignature != 0 &&
		(c.Demanded == inventory.SigningEnabled || c.Demanded == inventory.SigningRequired)
}

// atWork1 reports whether the contact is work with a real server over SMB1.
func atWork1(c *inventory.Contact) bool {
	return c.Source == inventory.SourceCapture && isSMB1(c.Dialect) && c.Data && modernLogon(c) && c.Logon.Granted && succeeded(c)
}

// saidSight reads what an SMB2 client says of itself, from a contact in which
// nothing speaks against it: a server that demands signing was not there to try
// it, or refused the account.
func (s *signs) saidSight(c *inventory.Contact) sight {
	if c.Offer == nil || c.Offer.SecurityMode == nil || c.Signature == inventory.CheckWrong || protocolOf(c) != protocol2 {
		return sightNone
	}
	demanded := c.Demanded == inventory.SigningRequired
	refused := c.Stage == inventory.StageLoggedOn && modernLogon(c) && !c.Logon.Granted && c.Logon.Status != ""
	tried := demanded && !refused
	switch mode := modeSaid(c); {
	case mode&smb2SigningBits == 0:
		return sightSaysNot
	case tried || contactDialect(c) == noDialect || c.Demanded == inventory.SigningUnknown || !plainly(c):
		return sightNone
	case mode&smb2SigningRequired != 0 && c.Requests.Unsigned == 0:
		return sightDemands
	case mode&smb2SigningEnabled != 0 && !demanded && !shutOut(c):
		return sightSaysSigns
	}
	return sightNone
}

// shutOut reports whether our listener did not let the client in: it came with
// another account or password, and the trial failed.
func shutOut(c *inventory.Contact) bool {
	return c.Source == inventory.SourceCanary && c.Logon != nil && c.Logon.As == inventory.LogonAccount && !c.Logon.Granted
}

// plainly reports whether it is known how far the client came and, once it
// logged on, that it did so in a way that leaves a key.
func plainly(c *inventory.Contact) bool {
	early := c.Stage == inventory.StageNegotiate || c.Stage == inventory.StageSessionSetup
	return modernLogon(c) || early && (c.Logon == nil || c.Logon.As <= inventory.LogonNone)
}

// modeSaid is the SecurityMode of NEGOTIATE and SESSION_SETUP together.
func modeSaid(c *inventory.Contact) uint16 {
	mode := *c.Offer.SecurityMode
	if c.Offer.SetupSecurityMode != nil {
		mode |= *c.Offer.SetupSecurityMode
	}
	return mode
}

// demandsItself reports whether the client demands signing, [MS-SMB2] 2.2.3.
func demandsItself(c *inventory.Contact) bool {
	return c.Offer != nil && c.Offer.SecurityMode != nil && modeSaid(c)&smb2SigningRequired != 0
}

// modernLogon reports whether the client logged on with an account, in a way
// that current servers take.
func modernLogon(c *inventory.Contact) bool {
	l := c.Logon
	return l != nil && l.As == inventory.LogonAccount && (l.Mechanism == "NTLMv2" || l.Mechanism == "Kerberos")
}

// succeeded reports whether the requests were answered, and all but a few of
// them not with a refusal.
func succeeded(c *inventory.Contact) bool {
	const few = 4 // of so many answers one may be a refusal: for want of rights, for example
	n := c.Answers.Signed + c.Answers.Unsigned
	return n > 0 && c.Failed >= 0 && c.Failed <= n/few
}

// businessCycle is how long audit has to be silent to say something: scans at
// the end of a month are in it.
const businessCycle = 30 * 24 * time.Hour

// auditSight reads that a server would have written an event.
func (s *signs) auditSight(c *inventory.Contact) sight {
	a := c.Audit
	if a == nil || s.audited || a.From.IsZero() || a.To.IsZero() || a.To.Sub(a.From) < businessCycle {
		return sightNone
	}
	return sightAuditSilent
}
