package main

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"smbready/inventory"
)

// pace keeps a flood of connections from being one of lines too.
type pace struct {
	second int64 // that it is, in Unix time
	told   int   // lines of it
	left   int   // lines that were left out since the last one
}

// maxTold is how many contacts are told of in a second.
const maxTold = 10

// take reports whether there may be another line.
func (p *pace) take(t time.Time) bool {
	if s := t.Unix(); s != p.second {
		p.second, p.told = s, 0
	}
	if p.told >= maxTold {
		p.left++
		return false
	}
	p.told++
	return true
}

// tell says what a contact showed, as it ends.
func (l *listening) tell(addr netip.Addr, c *inventory.Contact) {
	if !l.pace.take(time.Now()) {
		return
	}
	l.tellLeft()
	who := addr.String()
	if c.Logon != nil && c.Logon.Workstation != "" {
		who += " (" + short(c.Logon.Workstation, maxShownName) + ")"
	}
	l.app.ui.say("%s: %s", who, strings.Join(contactFacts(c), "; "))
}

// tellLeft says how much was left out.
func (l *listening) tellLeft() {
	if l.pace.left > 0 {
		l.app.ui.say("and %s so fast that they are in the report alone", plural(uint64(l.pace.left), "contact"))
		l.pace.left = 0
	}
}

// Bounds of what a line shows of names and of remarks, in characters.
const (
	maxShownName   = 32
	maxShownRemark = 120
)

// short cuts a text from the network.
func short(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}

// turnedAway says that a client has to come again.
func (l *listening) turnedAway(addr netip.Addr) { l.app.ui.say("%s", turnedAwayText(addr)) }

func turnedAwayText(addr netip.Addr) string {
	return addr.String() + " was turned away (too many connections): let it try again"
}

// contactFacts are the facts of a contact in words, without a verdict.
func contactFacts(c *inventory.Contact) []string {
	var facts []string
	if o := c.Offer; o != nil && len(o.Dialects()) > 0 {
		var dialects []string
		for _, d := range o.Dialects() {
			dialects = append(dialects, short(d, maxShownName))
		}
		facts = append(facts, "offers "+strings.Join(dialects, " "))
	}
	if c.Dialect != "" {
		facts = append(facts, "speaks "+c.Dialect)
	}
	facts = append(facts, logonFact(c.Logon))
	if n := c.Requests; n.Signed+n.Unsigned > 0 {
		text := fmt.Sprintf("%d of %s signed", n.Signed, plural(uint64(n.Signed+n.Unsigned), "request"))
		if n.Signed > 0 {
			text += ", signatures " + checkWords[c.Signature]
		}
		facts = append(facts, text)
	}
	facts = append(facts, "came to "+stageText(c.Stage))
	if c.End != inventory.EndUnknown {
		facts = append(facts, "ended by "+c.End.String())
	}
	for _, q := range c.Quirks {
		facts = append(facts, short(q, maxShownRemark))
	}
	return facts
}

// stageText is how far a client came, in words.
func stageText(s inventory.Stage) string {
	if s == inventory.StageLoggedOn { // it asked to, and may have been refused
		return "the logon"
	}
	return s.String()
}

var checkWords = map[inventory.Check]string{
	inventory.CheckUnknown: "not seen", inventory.CheckRight: "right", inventory.CheckWrong: "WRONG",
}

// logonFact is how a client logged on, in words.
func logonFact(l *inventory.Logon) string {
	if l == nil || l.As == inventory.LogonNone || l.As == inventory.LogonUnknown {
		return "no logon"
	}
	text := "logon as " + l.As.String()
	if l.Mechanism != "" {
		text += " with " + l.Mechanism
	}
	if l.KnownKey {
		return text
	}
	switch {
	case l.As != inventory.LogonAccount:
		return text + ", refused"
	case l.Mechanism == "Kerberos":
		return text + ", refused: there is no Kerberos here, so enter the account shown above"
	case l.Status == "": // it has not come to that
		return text + ", not finished"
	}
	return text + ", refused: wrong account or password: enter the one shown above"
}
