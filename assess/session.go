package assess

import (
	"strconv"

	"smbready/inventory"
)

// What the attempts at a signed session come to. Each attempt is read by
// itself first: one that claims more than it counted is not believed, and one
// that was never about signing, such as a refused logon, says nothing. Then the
// dialects are compared, because clients use the highest that a host speaks.

// sessionKind is what one attempt shows.
type sessionKind uint8

const (
	sessionSilent        sessionKind = iota // nothing about signing
	sessionBrokeOff                         // an account, and then no answer that says anything
	sessionUnclear                          // how it ended is not known, or its facts do not fit together
	sessionVerified                         // answers with a right signature, or encrypted ones
	sessionSetupUnsigned                    // the same, but the answer to the logon was unsigned, or signed wrongly, where 3.1.1 demands it
	sessionDoubtful                         // no right signature, of a host that may let anybody in
	sessionUnsigned                         // an account, and answers without a signature
	sessionBad                              // an account, and an answer with a wrong signature
	sessionAsGuest                          // an account, let in as guest
	sessionAsNobody                         // an account, let in anonymously
)

// Bits of SessionFlags, [MS-SMB2] 2.2.6.
const (
	sessionFlagGuest = 0x0001
	sessionFlagNull  = 0x0002
)

// kindOfSession reads one attempt. What it claims must be borne out by what was
// counted, and it must be known that the session was not a guest's: go-smb2,
// for one, takes such a session for a success.
func kindOfSession(s *inventory.Session) sessionKind {
	guest, null, known := sessionFlags(s)
	switch {
	case s.Result == inventory.SessionBroken && s.Stage == "tree-connect":
		return sessionBrokeOff
	case silentResult(s.Result):
		return sessionSilent
	case s.Result == inventory.SessionGuest || guest:
		return sessionAsGuest
	case s.Result == inventory.SessionUnknown || !known: // it may have been a guest's
		return sessionUnclear
	case s.Result == inventory.SessionNull || null:
		return sessionAsNobody
	case dialectOf(s.Dialect) == noDialect:
		return sessionUnclear
	}
	counted := s.RequestsSent.Signed > 0 && s.Answers.Signed > 0
	switch s.Result {
	case inventory.SessionSigned, inventory.SessionAccessDenied, inventory.SessionEncrypted:
		signed := counted && s.Answers.Unsigned == 0 && s.Result != inventory.SessionEncrypted
		if signed || encrypted(s) && s.Result != inventory.SessionSigned {
			return verified(s)
		}
	case inventory.SessionUnsigned:
		if s.RequestsSent.Signed > 0 && s.Answers.Unsigned > 0 {
			return accountShown(s, sessionUnsigned)
		}
	case inventory.SessionBadSignature:
		if counted || encrypted(s) {
			return accountShown(s, sessionBad)
		}
	}
	return sessionUnclear
}

// encrypted reports whether encryption is borne out: there is none before SMB
// 3.0, and no answer in the clear beside it.
func encrypted(s *inventory.Session) bool {
	return s.Encrypted && dialectOf(s.Dialect) >= dialect300 && s.Answers.Unsigned == 0
}

// verified tells what a client wants besides, [MS-SMB2] 3.2.5.3.1: it refuses a
// last SESSION_SETUP answer with a wrong signature, and at 3.1.1 one without.
func verified(s *inventory.Session) sessionKind {
	wrong, at311 := s.SetupSignature == inventory.CheckWrong, dialectOf(s.Dialect) == dialect311
	switch {
	case wrong && !at311:
		return sessionBad
	case at311 && (wrong || !s.SetupSigned):
		return sessionSetupUnsigned
	}
	return sessionVerified
}

// accountShown returns the kind if a right signature showed that the account is
// good: otherwise the host may let anybody in, and what it does for an account
// was not seen.
func accountShown(s *inventory.Session, kind sessionKind) sessionKind {
	if s.AccountGood || s.SetupSignature == inventory.CheckRight {
		return kind
	}
	return sessionDoubtful
}

// logonChecked reports whether nothing of a verified session was left unchecked
// that a client checks.
func logonChecked(s *inventory.Session) bool {
	return dialectOf(s.Dialect) != dialect311 || s.SetupSignature == inventory.CheckRight
}

// silentResult reports whether an attempt ended before there was anything to
// sign.
func silentResult(r inventory.SessionResult) bool {
	switch r {
	case inventory.SessionLogonFailed, inventory.SessionNegotiateFailed, inventory.SessionBroken,
		inventory.SessionUnreachable, inventory.SessionNotSupported, inventory.SessionNotTried:
		return true
	}
	return false
}

func sessionFlags(s *inventory.Session) (guest, null, known bool) {
	if s.SessionFlags == nil {
		return false, false, false
	}
	return *s.SessionFlags&sessionFlagGuest != 0, *s.SessionFlags&sessionFlagNull != 0, true
}

// sessions is what all attempts at a host show together.
type sessions struct {
	verified  dialect // the highest with a verified session
	top       dialect // the highest known: of the scan, or of a session that tells something
	unsigned  dialect // the highest with an unsigned session
	bad       dialect // the highest with a wrong signature
	badAt     [dialect311 + 1]bool
	badCount  int
	checked   dialect // the highest with a verified session of which nothing was left unchecked
	doubtful  dialect // the highest with an unsigned or wrongly signed session of a host that may let anybody in
	setup     bool    // a logon was answered unsigned, or with a wrong signature, at 3.1.1
	brokeOff  bool    // a logon succeeded, and the connection to IPC$ was not answered
	unclear   bool
	asGuest   bool
	asNobody  bool
	broken    dialect // the highest at which the host broke off after the negotiation
	unchecked bool    // a verified session, and a request with a wrong signature was served
	deciding  *inventory.Session
	result    inventory.SessionResult // of the deciding session, where it is verified
}

// weighSessions reads all attempts. Of the host's own answer it takes only the
// highest dialect.
func weighSessions(h *inventory.Host, highest dialect) (s sessions) {
	s.top = highest
	best := -1
	for i := range h.Sessions {
		attempt := &h.Sessions[i]
		kind := kindOfSession(attempt)
		s.add(attempt, kind)
		if w := precedence(kind, attempt); w >= best {
			best, s.deciding = w, attempt
		}
	}
	if best > 0 && kindOfSession(s.deciding) == sessionVerified {
		s.result = s.deciding.Result
	}
	return s
}

func (s *sessions) add(attempt *inventory.Session, kind sessionKind) {
	d := dialectOf(attempt.Dialect)
	switch kind {
	case sessionSilent:
		if attempt.Result == inventory.SessionBroken && attempt.Stage == "session-setup" {
			s.broken = max(s.broken, d)
		}
		return
	case sessionBrokeOff:
		s.broken, s.brokeOff = max(s.broken, d), true
		return
	case sessionUnclear:
		s.unclear = true
		return
	case sessionAsGuest:
		s.asGuest = true
		return
	case sessionAsNobody:
		s.asNobody = true
		return
	case sessionVerified:
		s.verified = max(s.verified, d)
		if logonChecked(attempt) {
			s.checked = max(s.checked, d)
		}
		s.unchecked = s.unchecked || attempt.Tamper == inventory.TamperAccepted
	case sessionSetupUnsigned:
		s.setup = true
	case sessionDoubtful:
		s.doubtful = max(s.doubtful, d)
	case sessionUnsigned:
		s.unsigned = max(s.unsigned, d)
	case sessionBad:
		s.bad = max(s.bad, d)
		s.badAt[d] = true
		s.badCount++
	}
	s.top = max(s.top, d)
}

// precedence orders attempts by how much they decide: bad news first, then the
// higher dialect, and of what says nothing the last.
func precedence(kind sessionKind, s *inventory.Session) int {
	order := [...]int{sessionSilent: 0, sessionBrokeOff: 1, sessionAsNobody: 2, sessionAsGuest: 3, sessionVerified: 4, sessionUnclear: 5,
		sessionDoubtful: 6, sessionBad: 7, sessionSetupUnsigned: 8, sessionUnsigned: 9}
	if kind == sessionSilent {
		return 0
	}
	return order[kind]*len(dialectNames) + int(dialectOf(s.Dialect))
}

// onlyBelow reports whether a session was verified, but not at the highest
// dialect, which is what clients use.
func (s *sessions) onlyBelow() bool { return s.verified != noDialect && s.verified < s.top }

// failsAbove reports that besides, a session failed at a higher dialect, and not
// for want of a logon or of a way there.
func (s *sessions) failsAbove() bool {
	return s.onlyBelow() && (s.setup || max(s.unsigned, s.bad, s.broken) > s.verified)
}

// breaksUnsigned reports whether an unsigned session counts: clients may come
// to that dialect.
func (s *sessions) breaksUnsigned() bool { return s.unsigned != noDialect && s.unsigned >= s.verified }

// provesNothing reports whether a session that may have been anybody's failed
// where clients come.
func (s *sessions) provesNothing() bool { return s.doubtful != noDialect && s.doubtful >= s.verified }

// speakAgainst reports whether any session, at whatever dialect, failed over
// signing or cannot be relied upon.
func (s *sessions) speakAgainst() bool {
	return s.unclear || s.setup || s.brokeOff || max(s.unsigned, s.bad, s.doubtful) != noDialect
}

// badSignature reports whether a wrong signature was seen where clients come,
// and whether it was repeated, which rules out a fault of one dialect's keys: at
// 3.0.2 and at 2.1, or, on a host that does not speak these, a second time.
func (s *sessions) badSignature() (seen, confirmed bool) {
	if s.bad == noDialect || s.bad < s.verified {
		return false, false
	}
	confirmed = s.verified == noDialect && s.badCount > 1
	for _, d := range []dialect{dialect302, dialect210} {
		if d <= s.top && !s.badAt[d] {
			confirmed = false
		}
	}
	return true, confirmed
}

// Deciding returns the attempt at a signed session that counts most for a
// host's findings, or nil if there was none. Of several that say nothing about
// signing it is the last.
func Deciding(h *inventory.Host) *inventory.Session {
	s := weighSessions(h, highest(h.SMB2))
	return s.deciding
}

// Verified reports whether a session shows, by what was counted in it, that the
// host signs or encrypts as a client that requires signing wants it.
func Verified(s *inventory.Session) bool { return kindOfSession(s) == sessionVerified }

const (
	maxSessionEvidence = 6  // attempts that a finding quotes
	longestStatus      = 64 // bytes of the name of an NTSTATUS
)

func evidenceSessions(f *facts) []string {
	e := make([]string, 0, min(len(f.Sessions), maxSessionEvidence)+1)
	for i := range f.Sessions {
		if i == maxSessionEvidence {
			return append(e, strconv.Itoa(len(f.Sessions)-i)+" more sessions")
		}
		e = append(e, evidenceSession(&f.Sessions[i]))
	}
	return e
}

func evidenceSession(s *inventory.Session) string {
	words := "session"
	if d := dialectOf(s.Dialect); d != noDialect {
		words += " at " + dialectNames[d]
	}
	words += ": " + s.Result.String()
	if s.Status != "" && len(s.Status) <= longestStatus {
		words += ", " + s.Status
	}
	if n := s.Answers.Signed + s.Answers.Unsigned; n > 0 {
		words += ", " + strconv.Itoa(s.Answers.Signed) + " of " + strconv.Itoa(n) + " answers signed"
	}
	switch kind := kindOfSession(s); {
	case s.SetupSignature == inventory.CheckWrong:
		words += ", the answer to the logon wrongly"
	case kind != sessionVerified && kind != sessionSetupUnsigned:
	case !s.SetupSigned:
		words += ", the answer to the logon not"
	case !logonChecked(s):
		words += ", the answer to the logon not checked"
	}
	if s.Tamper != inventory.TamperUnknown {
		words += ", a wrong signature of ours " + s.Tamper.String()
	}
	return words
}
