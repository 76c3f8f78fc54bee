package assess

import (
	"slices"
	"strings"
	"testing"

	"smbready/inventory"
)

// TestDeciding: of several attempts the one counts that decides the finding.
func TestDeciding(t *testing.T) {
	locked := failedSession(inventory.SessionLogonFailed, "session-setup")
	away := failedSession(inventory.SessionUnreachable, "connect")
	for _, tt := range []struct {
		name     string
		sessions []inventory.Session
		want     string // result and dialect
	}{
		{"none", nil, ""},
		{"the last that says nothing", []inventory.Session{away, locked}, "logon-failed "},
		{"the one that says something", []inventory.Session{signedSession("3.0.2"), away}, "signed 3.0.2"},
		{"the higher dialect", []inventory.Session{signedSession("3.1.1"), signedSession("2.1")}, "signed 3.1.1"},
		{"bad news", []inventory.Session{unsignedSession("3.1.1"), signedSession("3.0.2")}, "unsigned 3.1.1"},
		{"what is not clear", []inventory.Session{signedSession("3.1.1"), {Dialect: "2.1"}}, "unknown 2.1"},
		{"an account rather than a guest", []inventory.Session{signedSession("3.1.1"), guestSession(inventory.SessionGuest, sessionFlagGuest)}, "signed 3.1.1"},
	} {
		got := ""
		if s := Deciding(&inventory.Host{Sessions: tt.sessions}); s != nil {
			got = s.Result.String() + " " + s.Dialect
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestSessionEvidence: what a finding quotes of sessions is short, however many
// and however long they are.
func TestSessionEvidence(t *testing.T) {
	h := smb2Host("3.1.1", 0x01)
	for range 100 {
		h.Sessions = append(h.Sessions, session(signedSession("3.1.1"), func(s *inventory.Session) { s.Status = strings.Repeat("A", 1<<10) }))
	}
	h.Sessions[0] = session(signedSession("3.1.1"), func(s *inventory.Session) { s.Tamper = inventory.TamperRefused })
	a := Assess(&h)
	e := a.Policies.ClientAlways.Evidence
	if len(e) != maxSessionEvidence+1 || e[0] != "session at 3.1.1: signed, 3 of 3 answers signed, a wrong signature of ours refused" ||
		e[len(e)-1] != "94 more sessions" || slices.ContainsFunc(e, func(s string) bool { return len(s) > 200 }) {
		t.Errorf("%q", e)
	}
}
