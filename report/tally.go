package report

import (
	"strings"

	"smbready/assess"
)

// Tally counts verdicts. Its zero value is ready for use.
type Tally struct {
	Hosts     int
	GuestOnly int // hosts whose guest path breaks although the path with an account does not

	verdicts   [len(assess.Policies)][len(assess.Verdicts)]int
	confidence [len(assess.Policies)][len(assess.Verdicts)]confidences
	guest      [len(assess.Verdicts)]int
	untested   int // hosts of which it is unknown whether they let in guests, because nobody tried
	unanswered int // and those where the guest check gave no answer
}

// Add counts one host.
func (t *Tally) Add(a *assess.Assessment) {
	t.Hosts++
	for _, p := range assess.Policies {
		f := a.Policies.Of(p)
		t.verdicts[p][f.Verdict]++
		t.confidence[p][f.Verdict][f.Confidence]++
	}
	account := &a.Policies.ClientAlways
	if account.Guest == nil {
		return
	}
	t.guest[account.Guest.Verdict]++
	switch account.Guest.Reason {
	case guestNotTested:
		t.untested++
	case guestInconclusive:
		t.unanswered++
	}
	if account.Guest.Verdict == assess.Breaks && account.Verdict != assess.Breaks {
		t.GuestOnly++
	}
}

// Count returns the number of hosts with verdict v under policy p, for users
// with an account.
func (t *Tally) Count(p assess.Policy, v assess.Verdict) int { return t.verdicts[p][v] }

// Guest returns the number of hosts whose guest path has verdict v under
// client-always.
func (t *Tally) Guest(v assess.Verdict) int { return t.guest[v] }

// confidences counts findings by confidence.
type confidences [assess.Proven + 1]int

// words says how sure the findings are, and whether all are equally sure.
func (c *confidences) words() (words string, same bool) {
	var parts, names []string
	for i := range c {
		sure := assess.Proven - assess.Confidence(i)
		if n := c[sure]; n > 0 {
			names = append(names, sure.String())
			parts = append(parts, thousands(n)+" "+sure.String())
		}
	}
	if len(names) == 1 {
		return names[0], true
	}
	return strings.Join(parts, ", "), false
}
