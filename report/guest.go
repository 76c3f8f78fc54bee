package report

import (
	"fmt"

	"smbready/assess"
	"smbready/inventory"
)

// Reasons for which it is unknown whether guests are let in. Which one it is
// decides what is worth doing next.
const (
	guestNotTested    = "guest-not-tested"
	guestInconclusive = "guest-check-inconclusive"
)

// guestWords says in a word or two what becomes of guests.
func guestWords(g *assess.Finding) string {
	switch {
	case g.Verdict == assess.NotApplicable:
		return "refused"
	case g.Verdict == assess.NoChange:
		return "anonymous"
	case g.Verdict == assess.Unknown && g.Reason == guestNotTested:
		return "not tested"
	case g.Verdict == assess.Unknown && g.Reason == guestInconclusive:
		return "no answer"
	}
	return g.Verdict.String()
}

// triedGuest reports whether anything was done at a host that may tell what
// becomes of guests.
func triedGuest(h *inventory.Host) bool {
	if h.Guest != inventory.GuestUnknown || len(h.Sessions) > 0 {
		return true
	}
	_, made := guestCheck(h)
	return made
}

// guestCheck returns the last logon of a user that does not exist, if there was
// one.
func guestCheck(h *inventory.Host) (last inventory.Observation, made bool) {
	for _, o := range h.Observations {
		if o.Step == inventory.StepGuestCheck {
			last, made = o, true
		}
	}
	return last, made
}

// guestNote says what came instead of an answer to the guest check.
func guestNote(h *inventory.Host, a *assess.Assessment) string {
	g := a.Policies.ClientAlways.Guest
	o, made := guestCheck(h)
	if g == nil || g.Reason != guestInconclusive || !made {
		return ""
	}
	return "guest check without an answer: " + firstOf(clip(o.Status, maxName), o.Outcome.String())
}

// guestFact is what is known of guests: what the guest check saw, or that an
// account was made one.
func guestFact(j judged) string {
	if g := j.assessment.Policies.ClientAlways.Guest; g != nil && g.Verdict == assess.Breaks {
		return inventory.GuestGranted.String()
	}
	return j.host.Guest.String()
}

// guestBreaks says how many let in guests, with how many of them break for
// everybody.
func guestBreaks(t *Tally) []string {
	n := t.Guest(assess.Breaks)
	if n == 0 {
		return nil
	}
	end := "."
	switch anyway := n - t.GuestOnly; {
	case anyway == 0:
	case n == 1:
		end = " (it breaks anyway)."
	default:
		end = fmt.Sprintf(" (%s of them %s anyway).", thousands(anyway), does(anyway, "breaks", "break"))
	}
	return []string{fmt.Sprintf(does(n, "%s lets in guests: whoever uses it without an account would be shut out",
		"%s let in guests: whoever uses them without an account would be shut out"), devices(n)) + end}
}
