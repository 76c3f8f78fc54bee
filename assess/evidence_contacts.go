package assess

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"smbready/inventory"
)

// Bounds of the evidence of contacts.
const (
	maxContactEvidence = 6  // contacts that a finding quotes
	longestName        = 64 // bytes of a name from the network
)

// evidenceContacts quotes the contacts that show what stands, and then those
// that show something else. Whose order they came in does not matter.
func evidenceContacts(f *facts) []string {
	var decisive, contrary []string
	for i := range f.Client.Contacts {
		c := &f.Client.Contacts[i]
		for _, s := range f.client.sights(c) {
			switch s {
			case sightNone:
			case f.client.decides:
				decisive = append(decisive, contactWords(c))
			default:
				contrary = append(contrary, "besides, "+sightRules[s].verdict.String()+" ("+sightRules[s].confidence.String()+"): "+contactWords(c))
			}
		}
	}
	e := shorten(decisive, maxContactEvidence, "contacts like these")
	e = append(e, shorten(contrary, maxContactEvidence, "that show something else")...)
	return append(e, leftOut(f.Client.More)...)
}

// evidenceKept quotes contacts of which nothing was concluded.
func evidenceKept(f *facts) []string {
	var e []string
	for i := range f.Client.Contacts {
		e = append(e, contactWords(&f.Client.Contacts[i]))
	}
	return append(shorten(e, maxContactEvidence, "contacts"), leftOut(f.Client.More)...)
}

// evidenceServed quotes the contacts that show one of these things of the host
// as a server.
func evidenceServed(sights ...servedSight) func(*facts) []string {
	return func(f *facts) []string {
		var e []string
		for i := range f.Served {
			messages, event := servedSightsOf(&f.Served[i])
			if slices.Contains(sights, messages) || slices.Contains(sights, event) || len(sights) == 0 {
				e = append(e, contactWords(&f.Served[i]))
			}
		}
		return append(shorten(e, maxContactEvidence, "contacts like these"), leftOut(f.ServedMore)...)
	}
}

func leftOut(n int) []string {
	if n <= 0 {
		return nil
	}
	return []string{strconv.Itoa(n) + " more contacts were seen and not kept"}
}

// shorten sorts lines, so that their order says nothing, and cuts them.
func shorten(lines []string, limit int, what string) []string {
	slices.Sort(lines)
	lines = slices.Compact(lines)
	if len(lines) <= limit {
		return lines
	}
	return append(lines[:limit:limit], strconv.Itoa(len(lines)-limit)+" more "+what)
}

// contactWords says what is known of a contact, in the words of the
// specification. It names no account.
func contactWords(c *inventory.Contact) string {
	words := []string{sourceWords(c)}
	if e := c.Event; e != nil {
		words = append(words, eventWords(e))
	}
	if c.Peer != "" {
		words = append(words, "with "+shortName(c.Peer))
	}
	words = append(words, offerWords(c)...)
	if c.Demanded != inventory.SigningUnknown {
		words = append(words, "server signing "+c.Demanded.String())
	}
	words = append(words, logonWords(c.Logon)...)
	words = append(words, requestWords(c)...)
	if a := c.Audit; a != nil {
		words = append(words, "audit on from "+day(a.From)+" to "+day(a.To))
	}
	if n := c.Times(); n > 1 {
		words = append(words, strconv.Itoa(n)+" times")
	}
	if !c.Last.IsZero() {
		words = append(words, "last "+c.Last.UTC().Format("2006-01-02 15:04 UTC"))
	}
	return strings.Join(words, ", ")
}

func sourceWords(c *inventory.Contact) string {
	switch c.Source {
	case inventory.SourceCanary, inventory.SourceCapture, inventory.SourceEvents, inventory.SourcePowerShell:
		return string(c.Source)
	}
	return "another source"
}

func eventWords(e *inventory.Event) string {
	words := "event " + strconv.Itoa(e.ID)
	if e.Server != "" {
		words += " in the log of " + shortName(e.Server)
	}
	return words
}

func offerWords(c *inventory.Contact) (words []string) {
	if o := c.Offer; o != nil {
		if d := o.Dialects(); len(d) > 0 {
			words = append(words, "offers "+shortName(strings.Join(d, " ")))
		}
		if o.SecurityMode != nil {
			words = append(words, "SecurityMode "+hexByte(modeSaid(c)))
		}
		if o.SetupFlags2 != nil {
			words = append(words, "Flags2 "+hexByte(*o.SetupFlags2))
		}
	}
	if c.Dialect != "" {
		words = append(words, "speaks "+shortName(c.Dialect))
	}
	return words
}

func logonWords(l *inventory.Logon) (words []string) {
	if l == nil {
		return nil
	}
	if l.As != inventory.LogonUnknown {
		words = append(words, "logon as "+l.As.String())
	}
	switch l.Mechanism {
	case "NTLMv2", "NTLMv1", "LM", "Kerberos", "plaintext":
		words = append(words, l.Mechanism)
	}
	if !l.Granted && l.Status != "" && len(l.Status) <= longestStatus {
		words = append(words, l.Status)
	}
	return words
}

func requestWords(c *inventory.Contact) (words []string) {
	if n := c.Requests.Signed + c.Requests.Unsigned; n > 0 {
		words = append(words, strconv.Itoa(c.Requests.Signed)+" of "+strconv.Itoa(n)+" requests signed")
	}
	if n := c.Answers.Signed + c.Answers.Unsigned; n > 0 {
		words = append(words, strconv.Itoa(c.Answers.Signed)+" of "+strconv.Itoa(n)+" answers signed")
	}
	if c.Failed > 0 {
		words = append(words, strconv.Itoa(c.Failed)+" answers refused")
	}
	if c.Encrypted > 0 {
		words = append(words, "encrypted")
	}
	if c.Signature != inventory.CheckUnknown {
		words = append(words, "signatures "+c.Signature.String())
	}
	if c.Data {
		words = append(words, "files read or written")
	}
	if c.Stage != inventory.StageUnknown {
		words = append(words, "came to "+c.Stage.String())
	}
	if c.End != inventory.EndUnknown {
		words = append(words, "ended "+c.End.String())
	}
	return words
}

// shortName cuts a name at longestName, and not within a character.
func shortName(s string) string {
	end := min(len(s), longestName)
	for end < len(s) && end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
