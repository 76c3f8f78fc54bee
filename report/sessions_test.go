package report

import (
	"slices"
	"strings"
	"testing"

	"smbready/inventory"
)

// verifiedSession is one that a client which requires signing is content with.
func verifiedSession() inventory.Session {
	flags := uint16(0)
	return inventory.Session{Dialect: "3.1.1", Result: inventory.SessionSigned, Stage: "done", SetupSigned: true, SetupSignature: inventory.CheckRight, SessionFlags: &flags, Algorithm: "AES-CMAC",
		RequestsSent: inventory.Signatures{Signed: 2}, Answers: inventory.Signatures{Signed: 2}}
}

// TestSessions: a report says of each session what came of it, and why none
// could be tried.
func TestSessions(t *testing.T) {
	good, loud, shut, old, other := server("10.0.0.1", "A"), server("10.0.0.2", "B"), server("10.0.0.3", "C"), server("10.0.0.4", "D"), server("10.0.0.5", "E")
	s := verifiedSession()
	s.Tamper = inventory.TamperAccepted
	good.Sessions = []inventory.Session{s}
	loud.Sessions = []inventory.Session{{Dialect: "3.0", Result: inventory.SessionBroken, Status: "STATUS_PENDING", Misbehaviour: "too many", Detail: "left out"}}
	shut.Sessions = []inventory.Session{{Result: inventory.SessionUnreachable, Detail: "connection refused"}, {Result: inventory.SessionLogonFailed, Status: "STATUS_LOGON_FAILURE"}}
	for _, h := range []*inventory.Host{old, other} {
		h.Sessions = []inventory.Session{{Result: inventory.SessionNotTried, Detail: "the run had stopped"}}
	}
	page, _, rows := rendered(t, runOf(t, good, loud, shut, old, other))
	_, section, _ := strings.Cut(page, "\nSessions that were tried\n")
	section, _, _ = strings.Cut(section, "\nHow to read")
	for _, want := range []string{
		"    10.0.0.1 (A) at 3.1.1: works signed: the signature was right\n      Signed by          AES-CMAC\n" +
			"      A wrong signature  was accepted: the host does not look at signatures\n",
		"    10.0.0.2 (B) at 3.0: broke off: nothing is proven\n      It said            STATUS_PENDING\n      It misbehaved      too many\n",
		"    10.0.0.3 (C): could not be reached: nothing is proven\n      In detail          connection refused\n    10.0.0.3 (C): refused the logon",
		"    Was not tried: nothing is proven (the run had stopped).\n    Devices    10.0.0.4 (D), 10.0.0.5 (E)\n",
	} {
		if !strings.Contains(section, want) {
			t.Errorf("the text lacks %q:\n%s", want, section)
		}
	}
	if strings.Contains(page, "left out") {
		t.Error("a detail that says less than the misbehaviour")
	}
	for i, want := range []string{"a wrong signature was accepted: the host does not look at signatures", "STATUS_PENDING; misbehaved: too many", "STATUS_LOGON_FAILURE", "the run had stopped"} {
		if got := rows[i]["session_detail"]; got != want {
			t.Errorf("session_detail of %s: %q, want %q", rows[i]["address"], got, want)
		}
	}
	if page, _, _ := rendered(t, runOf(t, server("10.0.0.1", "A"))); strings.Contains(page, "Sessions that were tried") {
		t.Error("a section without sessions")
	}
}

// TestSessionClaims: a record that claims a signed session and does not bear it
// out is not repeated as if it did.
func TestSessionClaims(t *testing.T) {
	for _, result := range []inventory.SessionResult{inventory.SessionSigned, inventory.SessionEncrypted, inventory.SessionAccessDenied} {
		words := sessionResult(&inventory.Session{Dialect: "3.1.1", Result: result})
		if !strings.Contains(words, "is recorded as") || strings.Contains(words, "works") {
			t.Errorf("%v: %s", result, words)
		}
	}
	s := verifiedSession()
	if words := sessionResult(&s); !strings.HasPrefix(words, "works signed") {
		t.Error(words)
	}
	for r := inventory.SessionUnknown; !strings.HasPrefix(r.String(), "invalid"); r++ {
		words := sessionResult(&inventory.Session{Result: r})
		if words == "" || (resultWords[r] == "") != (r == inventory.SessionUnknown) {
			t.Errorf("%v: %q", r, words)
		}
	}
}

// TestManySessions: what is kept of a host is short, however many sessions and
// however long their words are.
func TestManySessions(t *testing.T) {
	h := server("10.0.0.1", "A")
	long := strings.Repeat("A", 1<<16)
	h.Sessions = slices.Repeat([]inventory.Session{{Dialect: long, Status: long, Misbehaviour: long, Detail: long, Algorithm: long, Tamper: inventory.TamperRefused}}, 1000)
	kept := newTried(h, &row{})
	size := 0
	for _, s := range kept.sessions {
		size += len(s.dialect) + len(s.words)
		for _, f := range s.facts {
			size += len(f.text)
		}
	}
	if len(kept.sessions) != maxSessions || kept.more != 1000-maxSessions || size > maxSessions*5*(maxNote+3) {
		t.Errorf("%d sessions and %d more, %d bytes", len(kept.sessions), kept.more, size)
	}
}
