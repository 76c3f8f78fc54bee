package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"smbready/inventory"
)

// maxContacts is how many contacts of a device are told of in text.
const maxContacts = 4

// maxContact bounds what is said of one contact, in columns.
const maxContact = 360

// seenClient is what is told of a device that was seen as a client, or that was
// put together from several observations. It is safe for a terminal and bounded.
type seenClient struct {
	row      *row
	head     string
	contacts []string
	more     int
	joins    string
	apart    []string
}

// newSeenClient returns nil for a device of which there is nothing to tell.
func newSeenClient(h *inventory.Host, r *row) *seenClient {
	apart := apartWords(h.Joins)
	if h.Client == nil && len(apart) == 0 {
		return nil
	}
	s := &seenClient{row: r, joins: clip(Escape(joinWords(h.Joins)), maxNote), apart: apart}
	if h.Client == nil {
		return s
	}
	s.head = clip(Escape(clientWords(h.Client)), maxNote)
	contacts := latestFirst(h.Client.Contacts)
	shown := contacts[:min(len(contacts), maxContacts)]
	s.more = len(contacts) - len(shown) + h.Client.More
	for i := range shown {
		s.contacts = append(s.contacts, clip(Escape(contactWords(&shown[i])), maxContact))
	}
	return s
}

func latestFirst(list []inventory.Contact) []inventory.Contact {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b inventory.Contact) int { return b.Last.Compare(a.Last) })
	return sorted
}

// clientWords says in short what was seen of a client, and when last.
func clientWords(c *inventory.Client) string {
	parts := []string{"by " + strings.Join(sourceNames(c.Sources), ", ")}
	if !c.LastSeen.IsZero() {
		parts = append(parts, "last "+day(c.LastSeen))
	}
	if len(c.Dialects) > 0 {
		parts = append(parts, "offers "+dialectWords(c.Dialects))
	}
	if c.Signing != inventory.SigningUnknown {
		parts = append(parts, "says of signing: "+c.Signing.String())
	}
	if len(c.Accounts) > 0 {
		parts = append(parts, "logs on as "+someWords(c.Accounts))
	}
	return strings.Join(parts, "; ")
}

// sourceWords name sources for a reader who does not know the folders.
var sourceWords = map[inventory.Source]string{
	inventory.SourceScan: "scan", inventory.SourceCanary: "canary", inventory.SourceCapture: "capture",
	inventory.SourceEvents: "event log", inventory.SourcePowerShell: "PowerShell",
}

func sourceName(s inventory.Source) string {
	return cmp.Or(sourceWords[s], string(s), "an unnamed source")
}

func sourceNames(list []inventory.Source) []string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = sourceName(s)
	}
	return names
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// dialectWords is a list of dialects as a reader of the field writes it.
func dialectWords(list []string) string {
	words := slices.Clone(list[:min(len(list), maxListed)])
	for i, d := range words {
		if d == "NT LM 0.12" {
			words[i] = "NT1"
		}
	}
	return strings.Join(words, " ")
}

// maxListed is how many names are listed in a line.
const maxListed = 8

// someWords lists a few names.
func someWords(list []string) string {
	words := strings.Join(list[:min(len(list), maxListed)], ", ")
	if more := len(list) - maxListed; more > 0 {
		words += ", … and " + strconv.Itoa(more) + " more"
	}
	return words
}

// contactWords says what was seen between a client and a server.
func contactWords(c *inventory.Contact) string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	add(eventWords(c.Event))
	if o := c.Offer; o != nil && len(o.Dialects()) > 0 {
		add("offered " + dialectWords(o.Dialects()))
	}
	if c.Dialect != "" {
		add("spoke " + dialectWords([]string{c.Dialect}))
	}
	if c.Demanded == inventory.SigningRequired {
		add("the server demanded signing")
	}
	add(logonWords(c.Logon))
	add(signedWords(c))
	add(endWords(c))
	add(auditWords(c.Audit))
	return contactHead(c) + ": " + cmp.Or(strings.Join(parts, "; "), "nothing more was seen")
}

// contactHead says who saw a contact, when, with whom, and how often.
func contactHead(c *inventory.Contact) string {
	words := sourceName(c.Source)
	switch {
	case c.Last.IsZero():
	case day(c.First) == day(c.Last) || c.First.IsZero():
		words += " " + day(c.Last)
	default:
		words += " " + day(c.First) + " to " + day(c.Last)
	}
	if c.Peer != "" && c.Source != inventory.SourceCanary {
		words += ", with " + clip(c.Peer, maxName)
	}
	if n := c.Times(); n > 1 {
		words += ", " + thousands(n) + " times"
	}
	return words
}

func eventWords(e *inventory.Event) string {
	if e == nil {
		return ""
	}
	_, log, _ := strings.Cut(strings.TrimPrefix(e.Channel, "Microsoft-Windows-"), "/")
	words := "event " + strconv.Itoa(e.ID)
	if log != "" {
		words += " in " + strings.TrimPrefix(e.Channel, "Microsoft-Windows-")
	}
	if e.Required != nil && *e.Required {
		words += ", while the server required signing"
	}
	return words
}

func logonWords(l *inventory.Logon) string {
	if l == nil {
		return ""
	}
	var words string
	switch l.As {
	case inventory.LogonGuest:
		words = "as guest"
	case inventory.LogonAnonymous:
		words = "as nobody"
	case inventory.LogonAccount:
		words = "with an account"
	default:
		return ""
	}
	if l.User != "" {
		words += " (" + clip(l.User, maxName) + ")"
	}
	if l.Mechanism != "" {
		words += " by " + l.Mechanism
	}
	switch {
	case l.Granted:
		return "logged on " + words
	case l.Status != "":
		return "tried to log on " + words + ", refused"
	}
	return "tried to log on " + words
}

// signedWords says what of a contact's messages was signed.
func signedWords(c *inventory.Contact) string {
	r := c.Requests
	var words string
	switch {
	case r.Signed > 0 && r.Unsigned > 0:
		words = "signed " + thousands(r.Signed) + " of " + count(r.Signed+r.Unsigned, "request", "requests")
	case r.Signed > 0:
		words = "signed its requests"
	case r.Unsigned > 0:
		words = "did not sign"
	case c.Encrypted > 0:
		return "encrypted, which stands for signing"
	default:
		return ""
	}
	switch c.Signature {
	case inventory.CheckRight:
		words += ", and these signatures are right"
	case inventory.CheckWrong:
		words += ", and signatures are wrong"
	}
	if c.Algorithm != "" {
		words += " (" + clip(c.Algorithm, maxDialect) + ")"
	}
	return words
}

// endWords says how far a client came where that was not all the way.
func endWords(c *inventory.Contact) string {
	switch c.End {
	case inventory.EndServerRefused:
		return "was refused for that"
	case inventory.EndMalformed:
		return "sent what cannot be read"
	case inventory.EndLimit:
		return "was cut off at a limit"
	case inventory.EndClientClosed, inventory.EndClientReset, inventory.EndTimeout:
		if c.Stage < inventory.StageTreeConnect {
			return "went away after " + stageWords[c.Stage]
		}
	}
	if c.Data {
		return "read or wrote files"
	}
	return ""
}

var stageWords = map[inventory.Stage]string{
	inventory.StageUnknown: "nothing that was seen", inventory.StageConnected: "connecting", inventory.StageNegotiate: "the negotiation",
	inventory.StageSessionSetup: "beginning to log on", inventory.StageLoggedOn: "the logon",
}

func auditWords(a *inventory.Audit) string {
	if a == nil {
		return ""
	}
	return "no event for it while auditing was on, " + day(a.From) + " to " + day(a.To)
}

// joinWords says what a host was put together from.
func joinWords(joins []inventory.Join) string {
	type place struct {
		source inventory.Source
		origin string
	}
	var parts []string
	places := map[place]bool{}
	for _, j := range joins {
		if j.Apart != "" {
			continue
		}
		places[place{j.Source, j.Origin}] = true
		words := sourceName(j.Source)
		if j.By != "" && j.By != inventory.JoinFirst {
			words += " (by " + j.By + ")"
		}
		if !slices.Contains(parts, words) {
			parts = append(parts, words)
		}
	}
	if len(places) < 2 { // one file that tells of one host twice
		return ""
	}
	return strings.Join(parts, ", ")
}

// apartWords says what was kept apart, each thing once.
func apartWords(joins []inventory.Join) []string {
	var list []string
	for _, j := range joins {
		if j.Apart == "" {
			continue
		}
		words := sourceName(j.Source)
		if !j.Time.IsZero() {
			words += " of " + day(j.Time)
		}
		words = clip(Escape(words+": "+j.Apart), maxNote)
		if !slices.Contains(list, words) && len(list) < maxContacts {
			list = append(list, words)
		}
	}
	return list
}

// clients writes what was seen of devices as clients.
func (p *page) clients(list []*seenClient) {
	if len(list) == 0 {
		return
	}
	p.blank()
	p.title("What was seen of clients")
	for _, s := range list {
		p.para(4, "", strings.TrimSuffix(p.item(s.row)+": "+s.head, ": "))
		for _, point := range s.points() {
			p.para(8, "      -", point)
		}
	}
}

// points says what was seen of the client, and what it was put together from.
func (s *seenClient) points() []string {
	list := slices.Clone(s.contacts)
	if s.more > 0 {
		list = append(list, "… and "+count(s.more, "more contact", "more contacts"))
	}
	if s.joins != "" {
		list = append(list, "put together from: "+s.joins)
	}
	for _, a := range s.apart {
		list = append(list, "kept apart from it: "+a)
	}
	return list
}
