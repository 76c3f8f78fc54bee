package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"smbready/assess"
)

// groupIndent is where what is said of a group begins, under the heading of
// its verdict.
const groupIndent = 15

// asServer writes the devices as servers of our clients, worst first.
func (p *page) asServer(t *textReport) {
	p.blank()
	p.title("Devices as servers of our clients (client-always)")
	p.para(0, "", "Setting: "+assess.ClientAlways.Title())
	p.joined = t.joined // here each device is told of in full, and once
	defer func() { p.joined = nil }()
	for _, v := range assess.Verdicts {
		s := &t.account[v]
		p.section(s, verdictColor(v), heading(verdictWords(v), s.devices, clientMeaning[v]))
		if v == assess.Breaks { // listed under the verdict for users with an account as well
			p.joined = nil
			p.section(&t.guest, verdictColor(v), heading("breaks for guests", t.guest.devices, guestMeaning))
			p.joined = t.joined
		}
	}
}

// meaning says what a verdict means for one device and for several; %s stands
// for how many.
type meaning struct{ one, many string }

var (
	unknownMeaning = meaning{"%s could not be judged: do not take it for fine", "%s could not be judged: do not take them for fine"}
	brokenMeaning  = meaning{"%s fails today already, for another reason", "%s fail today already, for another reason"}
	worksMeaning   = meaning{"%s should go on working, signed", "%s should go on working, signed"}
	noMeaning      = meaning{"the setting has no effect on %s", "the setting has no effect on %s"}
	guestMeaning   = meaning{"%s lets in guests, who would be shut out", "%s let in guests, who would be shut out"}
)

// clientMeaning is what the verdicts mean under client-always.
var clientMeaning = map[assess.Verdict]meaning{
	assess.Breaks:        {"%s would stop working once signing is required", "%s would stop working once signing is required"},
	assess.AlreadyBroken: brokenMeaning,
	assess.Unknown:       unknownMeaning,
	assess.Works:         {"%s should go on working, signed, for users with an account", "%s should go on working, signed, for users with an account"},
	assess.NoChange:      noMeaning,
	assess.NotApplicable: {"%s is not a server to our clients", "%s are not servers to our clients"},
}

// serverMeaning is what the verdicts mean under server-always.
var serverMeaning = map[assess.Verdict]meaning{
	assess.Breaks:        {"%s would be shut out of our servers", "%s would be shut out of our servers"},
	assess.AlreadyBroken: brokenMeaning,
	assess.Unknown:       unknownMeaning,
	assess.Works:         worksMeaning,
	assess.NoChange:      noMeaning,
	assess.NotApplicable: {"%s is no client of our servers", "%s are no clients of our servers"},
}

func heading(name string, n int, m meaning) string {
	return strings.ToUpper(name) + ": " + fmt.Sprintf(does(n, m.one, m.many), devices(n))
}

// section writes the devices with one verdict, the largest group first.
func (p *page) section(s *section, color, heading string) {
	if s.devices == 0 {
		return
	}
	p.blank()
	p.heading(color, heading)
	said := map[string]string{}
	for _, g := range s.ordered() {
		p.blank()
		same := p.group(g, said)
		p.blank()
		p.table(g.rows, !same, 4)
		if more := g.devices - len(g.rows); more > 0 {
			p.line(fmt.Sprintf("    … and %s more (-v lists them)", thousands(more)))
		}
	}
}

// ordered returns the groups, the largest first, then by reason.
func (s *section) ordered() []*group {
	groups := make([]*group, 0, len(s.groups))
	for _, g := range s.groups {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.devices, a.devices), cmp.Compare(a.reason, b.reason),
			cmp.Compare(a.why, b.why), cmp.Compare(a.remedy, b.remedy), cmp.Compare(a.settle, b.settle))
	})
	return groups
}

// group writes what is said of all devices of a group; said holds what was
// said before, and of which reason, so that it need not be said again. It
// reports whether all devices share the confidence.
func (p *page) group(g *group, said map[string]string) (sameConfidence bool) {
	sure, same := g.confidence.words()
	reason := clip(Escape(g.reason), maxName)
	p.para(4, "", fmt.Sprintf("%s: %s, confidence %s", reason, devices(g.devices), sure))
	p.para(groupIndent, "    Why", clip(g.why, maxProse))
	for _, s := range []struct{ lead, text string }{{"    Remedy", g.remedy}, {"    To settle", g.settle}} {
		before, again := said[s.text]
		switch {
		case s.text == "":
		case again:
			p.para(groupIndent, s.lead, "as for "+before)
		default:
			said[s.text] = reason
			p.para(groupIndent, s.lead, clip(s.text, maxProse))
		}
	}
	return same
}

// asClientWords say what server-always is about.
const asClientWords = "This is about what a device opens on our servers, such as a copier that scans to a folder. " +
	"A scan asks the device as a server; what it says there is at best a hint at what it does as a client. " +
	"Listeners (smbready listen), captures and Windows events (smbready import) show that."

// asClient writes the devices as clients of our servers. Most are unknown and
// were listed before, so that for them names in running text do.
func (p *page) asClient(t *textReport) {
	p.blank()
	p.title("Devices as clients of our servers (server-always)")
	p.para(0, "", "Setting: "+assess.ServerAlways.Title())
	p.blank()
	p.para(0, "", asClientWords)
	for _, v := range assess.Verdicts {
		s := &t.server[v]
		title := heading(verdictWords(v), s.devices, serverMeaning[v])
		if v == assess.Breaks || v == assess.AlreadyBroken {
			p.section(s, verdictColor(v), title)
		} else {
			p.compact(s, verdictColor(v), title)
		}
	}
}

// compact is section without tables.
func (p *page) compact(s *section, color, heading string) {
	if s.devices == 0 {
		return
	}
	p.blank()
	p.heading(color, heading)
	said := map[string]string{}
	for _, g := range s.ordered() {
		p.blank()
		p.group(g, said)
		p.list(groupIndent, "    Devices", p.names(g))
	}
}

// names returns the devices of a group as items of a list.
func (p *page) names(g *group) []string {
	names := make([]string, len(g.rows), len(g.rows)+1)
	for i, r := range g.rows {
		names[i] = p.itemOf(r.row, r.kind)
	}
	if more := g.devices - len(g.rows); more > 0 {
		names = append(names, fmt.Sprintf("… and %s more (-v lists them)", thousands(more)))
	}
	return names
}

// ifAgrees writes what is to say of the two settings that only SMB1 knows.
func (p *page) ifAgrees(t *Tally) {
	p.blank()
	p.title(`The two "if agrees" settings`)
	p.para(0, "", ifAgreesWords(t)+" The CSV and JSON forms of this report give the finding for each device.")
}

func ifAgreesWords(t *Tally) string {
	words := "Only SMB1 heeds them; for SMB2 and later they change nothing."
	for _, policy := range []assess.Policy{assess.ClientIfServerAgrees, assess.ServerIfClientAgrees} {
		var parts []string
		for _, v := range assess.Verdicts {
			if n := t.Count(policy, v); n > 0 {
				parts = append(parts, thousands(n)+" "+verdictWords(v))
			}
		}
		if len(parts) > 0 {
			words += fmt.Sprintf(" %s: %s.", policy, strings.Join(parts, ", "))
		}
	}
	return words
}

// faults writes which devices could not be asked properly, and why: that is
// our fault and not the device's.
func (p *page) faults(rows []*row) {
	if len(rows) == 0 {
		return
	}
	p.blank()
	p.title("Errors of the scan itself")
	for _, r := range rows {
		p.para(4, "", p.item(r)+": "+r.fault)
	}
}

// legendWords explain the words of the tables.
const legendWords = "SMB1 and SMB2: the dialect (for SMB2 the highest seen; NT1 is NT LM 0.12) and what the device says about signing. " +
	"A dash means that nothing was seen. " +
	"As guest: what becomes of a user without an account of the device, whose session can never be signed: " +
	"breaks (guests are let in), refused, anonymous, no answer (the check told nothing), not tested. " +
	"Confidence: proven (a signed session was verified), strong (the protocol forces it), likely (what such devices do), weak (a hint), none. " +
	"\"smbready explain REASON\" tells more about a reason."

// legend explains the words of the tables.
func (p *page) legend() {
	p.blank()
	p.title("How to read this")
	p.para(0, "", legendWords)
}
