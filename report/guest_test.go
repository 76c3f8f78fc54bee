package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"smbready/assess"
	"smbready/inventory"
)

// askedGuest adds a guest check that ended so.
func askedGuest(h *inventory.Host, o inventory.Outcome, status string) *inventory.Host {
	h.Observations = append(h.Observations, inventory.Observation{Step: inventory.StepGuestCheck, Port: 445, Outcome: o, Status: status})
	return h
}

// asAccount gives a host a session in which an account was made a guest.
func asAccount(h *inventory.Host) *inventory.Host {
	flags := uint16(1)
	h.Sessions = []inventory.Session{{Dialect: "3.1.1", Result: inventory.SessionGuest, Stage: "session-setup", SessionFlags: &flags}}
	return h
}

// TestGuestReasons: the reasons by which the report words an unknown exist.
func TestGuestReasons(t *testing.T) {
	for _, reason := range []string{guestNotTested, guestInconclusive} {
		if e, ok := assess.Explain(reason); !ok || e.Verdict != assess.Unknown {
			t.Errorf("%s: %+v", reason, e)
		}
	}
}

// TestGuestInconclusive: a guest check that told nothing is neither taken for
// one that was not made nor for a refusal, in any format.
func TestGuestInconclusive(t *testing.T) {
	a := askedGuest(server("10.0.0.1", "A"), inventory.OutcomeErrorStatus, "STATUS_ACCESS_DENIED")
	b := askedGuest(server("10.0.0.2", "B"), inventory.OutcomeSilent, "")
	page, lines, rows := rendered(t, runOf(t, a, b, server("10.0.0.3", "C")))
	for _, want := range []string{"Whether guests are let in is not known of 1 device (scan --guest-check", "The guest check gave no answer on 2 devices.",
		"10.0.0.1  A     unknown  3.1.1 enabled  no answer\n", "10.0.0.3  C     unknown  3.1.1 enabled  not tested\n",
		"guest check without an answer: STATUS_ACCESS_DENIED\n", "guest check without an answer: silent\n"} {
		if !strings.Contains(page, want) {
			t.Errorf("the text lacks %q:\n%s", want, page)
		}
	}
	if row := rows[0]; row["guest"] != "unknown" || row["client_always_guest_reason"] != "guest-check-inconclusive" || row["client_always_guest_verdict"] != "unknown" ||
		row["client_always_guest_confidence"] != "none" || !strings.Contains(row["client_always_guest_settle"], "smbready verify HOST") {
		t.Errorf("CSV: %v", row)
	}
	if !strings.Contains(lines, `"evidence":["guest check: error-status, STATUS_ACCESS_DENIED"]`) {
		t.Errorf("JSON: %s", lines)
	}
}

// TestGuestColumn: as soon as anything was looked for that may tell of guests,
// each table says what is known of them.
func TestGuestColumn(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func() *inventory.Host
		want bool
	}{
		{"a plain scan", func() *inventory.Host { return server("10.0.0.1", "A") }, false},
		{"a guest check", func() *inventory.Host {
			h := server("10.0.0.1", "A")
			h.Guest = inventory.GuestDenied
			return h
		}, true},
		{"a guest check without an answer", func() *inventory.Host { return askedGuest(server("10.0.0.1", "A"), inventory.OutcomeTimeout, "") }, true},
		{"a session", func() *inventory.Host { return asAccount(server("10.0.0.1", "A")) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			old := server("10.0.0.2", "OLD")
			old.SMB2, old.NTLM = nil, nil
			old.SMB1 = &inventory.SMB1{Port: 445, Dialect: "LANMAN1.0", WordCount: 13, Signing: inventory.SigningDisabled}
			page, _, _ := rendered(t, runOf(t, tt.make(), old, &inventory.Host{Address: old.Address.Next(), State: inventory.StateOpen, Detail: "silent"}))
			for _, l := range strings.Split(page, "\n") {
				if strings.HasPrefix(l, "    ADDRESS") && strings.Contains(l, "AS GUEST") != tt.want {
					t.Errorf("%s\n%s", l, page)
				}
			}
		})
	}
}

// TestGuestBreaks counts all that let in guests.
func TestGuestBreaks(t *testing.T) {
	guests := &assess.Finding{Verdict: assess.Breaks}
	for _, tt := range []struct {
		accounts []assess.Verdict
		want     string
	}{
		{nil, "[]"},
		{[]assess.Verdict{assess.Works}, "[1 device lets in guests: whoever uses it without an account would be shut out.]"},
		{[]assess.Verdict{assess.Breaks}, "[1 device lets in guests: whoever uses it without an account would be shut out (it breaks anyway).]"},
		{[]assess.Verdict{assess.Breaks, assess.Works}, "[2 devices let in guests: whoever uses them without an account would be shut out (1 of them breaks anyway).]"},
		{[]assess.Verdict{assess.Breaks, assess.Unknown, assess.Breaks}, "[3 devices let in guests: whoever uses them without an account would be shut out (2 of them break anyway).]"},
	} {
		var tally Tally
		for _, v := range tt.accounts {
			tally.Add(&assess.Assessment{Policies: assess.Findings{ClientAlways: assess.Finding{Verdict: v, Guest: guests}}})
		}
		if got := fmt.Sprint(guestBreaks(&tally)); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.accounts, got, tt.want)
		}
	}
}

// TestGuestPoints: every device of which it is unknown whether it lets in guests
// is counted in one sentence, by what is to be done about it.
func TestGuestPoints(t *testing.T) {
	var tally Tally
	for _, reason := range []string{guestNotTested, guestNotTested, guestInconclusive, "session-not-conclusive"} {
		tally.Add(&assess.Assessment{Policies: assess.Findings{ClientAlways: assess.Finding{Guest: &assess.Finding{Reason: reason}}}})
	}
	got := guestPoints(&Run{}, &tally)
	want := []string{"Whether guests are let in is not known of 2 devices (scan --guest-check finds out). Guest sessions can never be signed.",
		"The guest check gave no answer on 1 device.", "Whether guests are let in is not known of 1 device: what was recorded does not fit together."}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := guestPoints(&Run{Header: inventory.Run{GuestCheck: true}}, &tally)[0]; strings.Contains(got, "--guest-check") || !strings.Contains(got, "2 devices") {
		t.Errorf("%q", got)
	}
}

// TestGuestOfAccount: the CSV says of a host that makes guests of accounts that
// it lets them in.
func TestGuestOfAccount(t *testing.T) {
	h := asAccount(server("10.0.0.1", "A"))
	h.Guest = inventory.GuestDenied
	_, _, rows := rendered(t, runOf(t, h))
	if row := rows[0]; row["guest"] != "granted" || row["client_always_guest_reason"] != "guest-instead-of-account" || row["client_always_guest_confidence"] != "strong" {
		t.Errorf("%v", row)
	}
}
