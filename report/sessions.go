package report

import (
	"strings"

	"smbready/assess"
	"smbready/inventory"
)

// tried is what is told of the sessions with an account that were tried at a
// host, or of why none could be. It is safe for a terminal and bounded; the
// sessions themselves are not kept.
type tried struct {
	row      *row
	sessions []triedSession
	more     int  // sessions that are not told of
	untried  bool // there is one, which says why none could be
}

// triedSession is one attempt: what came of it, and what there is to add.
type triedSession struct {
	dialect string
	words   string
	facts   []labelled
}

type labelled struct{ label, text string }

// resultWords say what came of a session, to someone who knows no protocol.
var resultWords = map[inventory.SessionResult]string{
	inventory.SessionSigned:          "works signed: the signature was right",
	inventory.SessionEncrypted:       "works encrypted, which stands for signing",
	inventory.SessionUnsigned:        "does not sign: a client that requires signing is cut off",
	inventory.SessionBadSignature:    "signs wrongly: a client that requires signing is cut off",
	inventory.SessionGuest:           "let the account in as guest, whose session cannot be signed",
	inventory.SessionNull:            "let the account in as nobody, whose session cannot be signed",
	inventory.SessionAccessDenied:    "signs rightly, and refuses IPC$ to the account",
	inventory.SessionLogonFailed:     "refused the logon: nothing is proven",
	inventory.SessionNegotiateFailed: "found no common dialect: nothing is proven",
	inventory.SessionBroken:          "broke off: nothing is proven",
	inventory.SessionUnreachable:     "could not be reached: nothing is proven",
	inventory.SessionNotSupported:    "cannot be tried by this tool: nothing is proven",
	inventory.SessionNotTried:        "was not tried: nothing is proven",
}

// sessionResult words what came of a session. A result that sounds good is
// believed only as far as the judgement believes it.
func sessionResult(s *inventory.Session) string {
	switch s.Result {
	case inventory.SessionSigned, inventory.SessionEncrypted, inventory.SessionAccessDenied:
		if !assess.Verified(s) {
			return "is recorded as " + strings.ReplaceAll(s.Result.String(), "-", " ") + ", and not with all that a client wants to see; the finding says more"
		}
	}
	if (s.Result == inventory.SessionUnsigned || s.Result == inventory.SessionBadSignature) && !s.AccountGood {
		return "let the account in and did not sign rightly, but whether the account is good was not shown: nothing is proven"
	}
	if words := resultWords[s.Result]; words != "" {
		return words
	}
	return "ended in a way that is not understood: nothing is proven"
}

func newTried(h *inventory.Host, r *row) *tried {
	if len(h.Sessions) == 0 {
		return nil
	}
	t := &tried{row: r}
	shown := h.Sessions[:min(len(h.Sessions), maxSessions)]
	t.more = len(h.Sessions) - len(shown)
	for i := range shown {
		t.sessions = append(t.sessions, newTriedSession(&shown[i]))
	}
	first := &shown[0]
	t.untried = len(h.Sessions) == 1 && first.Dialect == "" && (first.Result == inventory.SessionNotTried || first.Result == inventory.SessionNotSupported)
	return t
}

func newTriedSession(s *inventory.Session) triedSession {
	t := triedSession{dialect: clip(Escape(s.Dialect), maxDialect), words: sessionResult(s)}
	for _, f := range []labelled{
		{"It said", s.Status}, {"It misbehaved", s.Misbehaviour}, {"In detail", sessionDetail(s)},
		{"Signed by", s.Algorithm}, {"A wrong signature", tamperWords(s.Tamper)},
	} {
		if f.text != "" {
			f.text = clip(Escape(f.text), maxNote)
			t.facts = append(t.facts, f)
		}
	}
	return t
}

// sessionDetail leaves out what the status or the misbehaviour says better.
func sessionDetail(s *inventory.Session) string {
	if s.Misbehaviour != "" || s.Status != "" {
		return ""
	}
	return s.Detail
}

func tamperWords(t inventory.Tamper) string {
	switch t {
	case inventory.TamperRefused:
		return "was refused"
	case inventory.TamperAccepted:
		return "was accepted: the host does not look at signatures"
	}
	return ""
}

// factIndent is where what there is to add to a session begins.
const factIndent = 25

// sessions writes which sessions were tried, and what came of each.
func (p *page) sessions(list []*tried) {
	if len(list) == 0 {
		return
	}
	p.blank()
	p.title("Sessions that were tried")
	var why []string // none was tried, each once
	untried := map[string][]string{}
	for _, t := range list {
		if !t.untried {
			p.session(t)
			continue
		}
		words := t.sessions[0].sentence()
		if untried[words] == nil {
			why = append(why, words)
		}
		untried[words] = append(untried[words], p.itemOf(t.row, t.row.kind))
	}
	for _, words := range why {
		p.para(4, "", words)
		p.list(groupIndent, "    Devices", untried[words])
	}
}

// session writes what came of the sessions with a host.
func (p *page) session(t *tried) {
	for _, s := range t.sessions {
		at := ""
		if s.dialect != "" {
			at = " at " + s.dialect
		}
		p.para(4, "", p.item(t.row)+at+": "+s.words)
		for _, f := range s.facts {
			p.para(factIndent, "      "+f.label, f.text)
		}
	}
	if t.more > 0 {
		p.para(4, "", p.item(t.row)+": … and "+count(t.more, "more session", "more sessions"))
	}
}

// sentence says all of a session that is not to be told of each host by itself.
func (s *triedSession) sentence() string {
	words := strings.ToUpper(s.words[:1]) + s.words[1:]
	for i, f := range s.facts {
		words += []string{" (", ", "}[min(i, 1)] + f.text
	}
	if len(s.facts) > 0 {
		words += ")"
	}
	return words + "."
}
