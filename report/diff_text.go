package report

import (
	"bufio"
	"io"
	"strings"

	"smbready/assess"
	delta "smbready/assess/diff"
)

// diffRow is what a text shows of a device. All of it is safe for a terminal.
type diffRow struct {
	section int
	item    string // its address, name and kind
	lines   []string
	cause   string
}

// diffSection is a part of the text: the devices with one thing in common that
// somebody wants to know. A device stands in the first that fits.
type diffSection struct {
	title, one, many string
	verdict          assess.Verdict // chooses the colour
	limit            int            // of devices listed unless all are asked for
	fits             func(*delta.Device) bool
}

// manyRows is how many devices are listed where somebody may have to act, and
// fewRows where nobody has to.
const (
	manyRows = 1000
	fewRows  = 20
)

var diffSections = []diffSection{
	{"WORSE", "device would break, or fails already, and did not or was not known to, or no longer offers to sign",
		"devices would break, or fail already, and did not or were not known to, or no longer offer to sign",
		assess.Breaks, manyRows, (*delta.Device).Worse},
	{"GONE", "device is not there any more", "devices are not there any more", assess.Unknown, manyRows, isKind(delta.Gone)},
	{"NEW", "device was not there before", "devices were not there before", assess.Unknown, manyRows, isKind(delta.New)},
	{"LESS KNOWN", "device was asked as much as before, and can be judged less well", "devices were asked as much as before, and can be judged less well",
		assess.Unknown, manyRows, func(c *delta.Device) bool { return c.Went(delta.LessKnown) && c.OldAlone == 0 }},
	{"LESS ASKED", "device can be judged less well because less was asked: that is not to say that it became worse",
		"devices can be judged less well because less was asked: that is not to say that they became worse", assess.Unknown, fewRows, went(delta.LessKnown)},
	{"NOT REACHED", "device may still be there: the new run cannot tell", "devices may still be there: the new run cannot tell",
		assess.Unknown, fewRows, isKind(delta.NotReached)},
	{"MOVED", "device has another address", "devices have another address", assess.NotApplicable, manyRows, isKind(delta.Moved)},
	{"BETTER", "device would have broken, or failed, and does not any more, or now offers to sign",
		"devices would have broken, or failed, and do not any more, or now offer to sign",
		assess.Works, manyRows, went(delta.Better)},
	{"MORE KNOWN", "device can be judged better than before", "devices can be judged better than before", assess.NotApplicable, fewRows, went(delta.MoreKnown)},
	{"CHANGED OTHERWISE", "device changed without a verdict becoming better or worse", "devices changed without a verdict becoming better or worse",
		assess.NotApplicable, fewRows, isKind(delta.Changed)},
	{"NOT REACHED BEFORE", "device may have been there: the old run could not tell", "devices may have been there: the old run could not tell",
		assess.NotApplicable, fewRows, isKind(delta.NotReachedBefore)},
	{"SAME", "device did not change", "devices did not change", assess.NotApplicable, fewRows, isKind(delta.Same)},
}

// heading is the first line of a section with n devices.
func (s *diffSection) heading(n int) string { return s.title + ": " + count(n, s.one, s.many) }

func isKind(k delta.Kind) func(*delta.Device) bool {
	return func(c *delta.Device) bool { return c.Kind == k }
}

func went(way delta.Direction) func(*delta.Device) bool {
	return func(c *delta.Device) bool { return c.Went(way) }
}

// sectionOf returns the section in which a device stands.
func sectionOf(c *delta.Device) int {
	for i := range diffSections {
		if diffSections[i].fits(c) {
			return i
		}
	}
	return len(diffSections) - 1
}

// diffRows collects what a text lists, within the limits of its sections.
type diffRows struct {
	rows  [][]*diffRow
	count []int
	all   bool
}

func (l *diffRows) add(r *diffRow) error {
	l.count[r.section]++
	if l.all || len(l.rows[r.section]) < diffSections[r.section].limit {
		l.rows[r.section] = append(l.rows[r.section], r)
	}
	return nil
}

// collect counts the devices and keeps what a text lists of them.
func (d *Diff) collect(o DiffOptions) (*diffRows, *DiffTally, error) {
	l := &diffRows{rows: make([][]*diffRow, len(diffSections)), count: make([]int, len(diffSections)), all: o.Verbose}
	t, err := eachDevice(d, o, d.row, l.add)
	return l, t, err
}

// writeText writes the diff for a person: what was compared, the counts, and the
// devices, worse first.
func (d *Diff) writeText(w io.Writer, o DiffOptions) (*DiffTally, error) {
	rows, t, err := d.collect(o)
	if err != nil {
		return nil, err
	}
	text := o.TextOptions.normal()
	p := &page{w: bufio.NewWriter(w), width: text.Width, color: text.Color}
	p.title("What changed")
	p.blank()
	for _, line := range d.origins() {
		p.para(diffIndent, "  "+line.name, line.value)
	}
	p.blank()
	p.answer(d.answer(t))
	if sites := t.bySite(); len(sites) > 0 {
		p.blank()
		p.line("  By site, without those that are the same")
		for _, s := range sites {
			p.para(4, "  -", s.name+": "+s.value)
		}
	}
	for i := range diffSections {
		p.diffSection(&diffSections[i], rows.rows[i], rows.count[i])
	}
	return t, p.w.Flush()
}

// diffIndent is where the text about the runs begins.
const diffIndent = 15

// origins says what was compared.
func (d *Diff) origins() (list []field) {
	for i, name := range []string{"Old", "New"} {
		r := d.run(i)
		list = append(list, field{name + " run", runWords(r)}, field{name + " scope", scopeWords(r)},
			field{name + " asked", askedFor(&r.Header) + ". " + askedWords(r) + "."})
		missing := notReached(r)
		if r.Interrupted {
			missing = "Not complete: " + strings.TrimPrefix(r.completeWords(), "no: ") + ". " + missing
		}
		if missing != "" {
			list = append(list, field{name + " missing", missing})
		}
	}
	return append(list, field{"Judged", "both runs by " + d.New.rulesWords() + ", whatever rules their own reports were made by"})
}

// runWords names a run.
func runWords(r *Run) string {
	words := firstOf(r.Header.ID, "a run without a name")
	if r.Header.Site != "" {
		words += ", " + r.Header.Site
	}
	complete := "; complete"
	if r.Interrupted {
		complete = "; not complete"
	}
	return clip(words, maxProse/2) + ": " + whenWords(r) + complete
}

// answer is the answer for someone who reads no further: what it comes to, and the
// counts of all, by policy and path.
func (d *Diff) answer(t *DiffTally) answer {
	var a answer
	switch {
	case t.Worse > 0:
		a.verdict, a.heading = assess.Breaks, "WORSE: "+devices(t.Worse)
	case d.New.Interrupted:
		a.heading = "NOT YET KNOWN: nothing was found that became worse, but the new run did not reach its end"
	case t.kinds[delta.NotReached]+t.ways[delta.LessKnown] > 0:
		a.heading = "NOTHING FOUND THAT BECAME WORSE, but not all that was known is known again"
	default:
		a.verdict, a.heading = assess.Works, "NOTHING FOUND THAT BECAME WORSE"
	}
	a.points = append(a.points, devices(t.Devices)+": "+countWords(t.counts())+". A device may count more than once.")
	for i, path := range diffPaths {
		if words := directionCounts(t.paths[i]); words != "" {
			a.points = append(a.points, path.String()+": "+words+".")
		}
	}
	return a
}

// bySite returns the counts of each site, where there are several.
func (t *DiffTally) bySite() (list []field) {
	if len(t.sites) < 2 {
		return nil
	}
	for _, name := range t.siteNames() {
		list = append(list, field{clip(Escape(firstOf(name, "no site")), maxSite), countWords(t.sites[name].counts())})
	}
	return list
}

// countWords lists counts that are not zero.
func countWords(list []labelledCount) string {
	var parts []string
	for _, c := range list {
		if c.n > 0 {
			parts = append(parts, thousands(c.n)+" "+c.label)
		}
	}
	return firstOf(strings.Join(parts, ", "), "nothing changed")
}

func directionCounts(ways [len(delta.Directions)]int) string {
	var parts []string
	for _, way := range delta.Directions {
		if n := ways[way]; n > 0 {
			label := strings.ReplaceAll(way.String(), "-", " ")
			if way == delta.Otherwise {
				label = "with another reason"
			}
			parts = append(parts, thousands(n)+" "+label)
		}
	}
	return strings.Join(parts, ", ")
}

// diffSection writes the devices of a section, under the cause that they share.
func (p *page) diffSection(s *diffSection, rows []*diffRow, n int) {
	if n == 0 {
		return
	}
	p.blank()
	p.heading(verdictColor(s.verdict), s.heading(n))
	for _, g := range byCause(rows) {
		if g.cause != "" {
			p.blank()
			p.para(4, "", upperFirst(g.cause)+":")
		}
		for _, r := range g.rows {
			p.para(4, "", r.item)
			for _, line := range r.lines {
				p.para(8, "", line)
			}
		}
	}
	if more := n - len(rows); more > 0 {
		p.para(4, "", "… and "+count(more, "more device", "more devices")+" (--verbose lists them, and so do CSV and JSON)")
	}
}

// causeGroup is the devices of a section with one cause.
type causeGroup struct {
	cause string
	rows  []*diffRow
}

// byCause sorts rows by their cause, in the order in which each comes first.
func byCause(rows []*diffRow) (groups []causeGroup) {
	at := map[string]int{}
	for _, r := range rows {
		i, ok := at[r.cause]
		if !ok {
			i = len(groups)
			at[r.cause] = i
			groups = append(groups, causeGroup{cause: r.cause})
		}
		groups[i].rows = append(groups[i].rows, r)
	}
	return groups
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// row is what a text shows of a device.
func (d *Diff) row(c *delta.Device) *diffRow {
	r := &diffRow{section: sectionOf(c), item: d.item(c), cause: causeWords(c)}
	add := func(text string) { r.lines = append(r.lines, clip(Escape(text), maxProse)) }
	for i := range c.Verdicts {
		if v := &c.Verdicts[i]; !restates(c, v) {
			add(changedVerdict(v))
		}
	}
	if c.Before == nil || c.After == nil {
		add(findingsWords(c.Seen().Assessment))
	}
	if why := diffWhy(c); why != "" {
		add("Why: " + why)
	}
	if remedy := diffRemedy(c); remedy != "" {
		add("Remedy: " + remedy)
	}
	for _, f := range c.Facts {
		add(factLabel(f.Name) + ": " + f.Old + " -> " + f.New)
	}
	if words := c.OldAlone.Words(); len(words) > 0 && len(c.Verdicts) > 0 {
		add("Not asked this time: " + strings.Join(words, ", "))
	}
	if words := c.NewAlone.Words(); len(words) > 0 && len(c.Verdicts) > 0 {
		add("Not asked before: " + strings.Join(words, ", "))
	}
	if c.By != 0 && c.Kind != delta.Same {
		add("matched by " + c.By.String())
	}
	return r
}

// restates reports whether a finding of an "if agrees" policy only changed its
// reason or its confidence: SMB2 does not heed those.
func restates(c *delta.Device, v *delta.Verdict) bool {
	return (v.Policy == assess.ClientIfServerAgrees || v.Policy == assess.ServerIfClientAgrees) && v.Old.Verdict == v.New.Verdict
}

// item names a device: its addresses, its name, and what it is.
func (d *Diff) item(c *delta.Device) string {
	before, after := sightAddress(c.Before), sightAddress(c.After)
	address := firstOf(after, before, "no address")
	if before != "" && after != "" && before != after {
		address = before + " -> " + after
	}
	if also := addressText(d.also(&c.Pair)); also != "" {
		address += ", also at " + also
	}
	seen := c.Seen()
	var parts []string
	for _, s := range []string{clip(Escape(hostName(seen.Host)), maxName), clip(Escape(deviceWords(&seen.Assessment.Device)), maxDevice)} {
		if s != "" && s != assess.ClassUnknown.String() {
			parts = append(parts, s)
		}
	}
	if site := d.site(c); site != "" {
		parts = append(parts, "site "+clip(Escape(site), maxSiteColumn))
	}
	if len(parts) == 0 {
		return address
	}
	return address + " (" + strings.Join(parts, "; ") + ")"
}

// changedVerdict says how a finding changed.
func changedVerdict(v *delta.Verdict) string {
	path := diffPath{v.Policy, v.Guest}.String()
	words := path + ": " + findingWords(v.Old) + " -> " + findingWords(v.New)
	if v.Old.Reason != v.New.Reason {
		words += ", " + v.New.Reason
	}
	return words
}

func findingWords(f *assess.Finding) string {
	if f.Confidence == assess.None {
		return f.Verdict.String()
	}
	return f.Verdict.String() + " (" + f.Confidence.String() + ")"
}

// findingsWords says the verdicts of the two "always" policies.
func findingsWords(a *assess.Assessment) string {
	client, server := &a.Policies.ClientAlways, &a.Policies.ServerAlways
	words := "client-always: " + findingWords(client)
	if g := client.Guest; g != nil && g.Verdict != assess.Unknown {
		words += ", as guest: " + findingWords(g)
	}
	return words + "; server-always: " + findingWords(server)
}

// factLabels are the names of facts in words.
var factLabels = map[string]string{"netbios": "NetBIOS name", "dns": "DNS name", "mac": "network card", "server_guid": "server GUID", "state": "state",
	"smb1_dialect": "SMB1 dialect", "smb1_signing": "SMB1 signing", "smb2_dialect": "SMB2 dialect", "smb2_signing": "SMB2 signing",
	"signing_algorithm": "signing algorithm", "guest": "guest check", "client_dialect": "dialect as a client", "client_signing": "signing as a client",
	"os": "system", "os_build": "build", "native_os": "native OS", "native_lan_manager": "native LAN manager"}

func factLabel(name string) string { return firstOf(factLabels[name], name) }
