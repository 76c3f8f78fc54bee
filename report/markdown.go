package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"smbready/assess"
)

// Bounds of the Markdown: a ticket takes about 200 lines, and no cell of a table as
// much as a device may say of itself.
const (
	maxMarkdownDevices = 60 // that break, for everybody or for guests
	maxMarkdownReasons = 25 // of what is unknown or broken already
	maxMarkdownSites   = 20
	maxMarkdownText    = 300
)

// WriteMarkdown writes what a ticket needs: the answers, the counts, what breaks, and
// the reasons for what is unknown; at most about 200 lines, and it says what it left
// out.
//
// What comes from the network stands between backquotes, so that no flavour of
// Markdown takes it for markup, a link or the name of a colleague to be called.
func WriteMarkdown(w io.Writer, r *Run) error {
	m := &markdown{textReport: newTextReport(TextOptions{Limit: 1})}
	err := inOrder(r, r.textItem, func(it textItem) error { m.add(it); return nil })
	if err != nil {
		return err
	}
	m.joined = m.joiner.Join()
	m.w = bufio.NewWriter(w)
	m.write(r)
	return m.w.Flush()
}

// markdown is a ticket in the making. Write errors stay in w until Flush.
type markdown struct {
	*textReport
	by      breakdown
	w       *bufio.Writer
	bad     []badDevice // at most maxMarkdownDevices
	badMore int
}

// badDevice is a device that breaks, and under what.
type badDevice struct {
	row            *row
	policy, reason string
	sure           assess.Confidence
	remedy         string
}

func (m *markdown) add(it textItem) {
	m.textReport.add(it)
	m.by.add(it.host, it.assessment)
	p := &it.assessment.Policies
	m.addBad(it.row, assess.ClientAlways.String(), &p.ClientAlways)
	if p.ClientAlways.Verdict != assess.Breaks {
		m.addBad(it.row, "client-always, guests", p.ClientAlways.Guest)
	}
	m.addBad(it.row, assess.ServerAlways.String(), &p.ServerAlways)
}

func (m *markdown) addBad(r *row, policy string, f *assess.Finding) {
	switch {
	case f == nil || f.Verdict != assess.Breaks:
	case len(m.bad) == maxMarkdownDevices:
		m.badMore++
	default:
		m.bad = append(m.bad, badDevice{r, policy, f.Reason, f.Confidence, f.Remedy})
	}
}

func (m *markdown) line(format string, args ...any) { fmt.Fprintf(m.w, format+"\n", args...) }

func (m *markdown) write(r *Run) {
	title := "SMB signing readiness"
	if site := firstOf(r.onlySite, r.Header.Site); site != "" {
		title += ": " + Quoted(clip(site, maxSite))
	}
	m.line("# %s\n", title)
	for _, a := range []answer{clientAnswer(r, &m.tally), serverAnswer(r, &m.tally)} {
		m.line("**%s**\n", Marked(a.heading))
		for _, point := range a.points {
			m.line("- %s", Marked(point))
		}
		m.line("")
	}
	m.remarks(r)
	if m.tally.Hosts > 0 {
		m.counts()
		m.blockers()
		m.reasons()
	}
	m.origins(r)
}

// remarks writes what of the head a reader must not miss.
func (m *markdown) remarks(r *Run) {
	if r.Interrupted {
		m.line("**The run is incomplete.**\n")
	}
	for _, f := range m.head(r) {
		switch f.name {
		case "Part", "Devices", "Records", "Note", "Error":
			m.line("%s: %s\n", f.name, Marked(f.value))
		}
	}
}

// counts writes the verdicts of each policy, and of the worst sites.
func (m *markdown) counts() {
	m.line("## Verdicts\n")
	m.tableHead("policy")
	for _, p := range assess.Policies {
		m.verdicts(Quoted(p.String()), m.tally.verdicts[p])
	}
	m.verdicts(Quoted("client-always")+", guests", m.tally.guest)
	m.line("")
	if len(m.by.sites) < 2 {
		return
	}
	names := m.by.bySite()
	shown := names[:min(len(names), maxMarkdownSites)]
	for _, p := range []assess.Policy{assess.ClientAlways, assess.ServerAlways} {
		m.line("### %s by site\n", Quoted(p.String()))
		m.tableHead("site")
		for _, name := range shown {
			m.verdicts(Quoted(name), m.by.sites[name].verdicts[p])
		}
		m.line("")
	}
	m.left(len(names)-len(shown), "site is", "sites are")
}

func (m *markdown) tableHead(what string) {
	cells, rule := "| "+what, "|---"
	for _, v := range assess.Verdicts {
		cells += " | " + verdictWords(v)
		rule += "|---:"
	}
	m.line("%s |\n%s|", cells, rule)
}

func (m *markdown) verdicts(name string, counts [len(assess.Verdicts)]int) {
	cells := "| " + name
	for _, v := range assess.Verdicts {
		cells += " | " + thousands(counts[v])
	}
	m.line("%s |", cells)
}

// left says what was left out.
func (m *markdown) left(n int, one, many string) {
	if n > 0 {
		m.line("… %s left out here: see the CSV, XLSX or HTML form of this report.\n", count(n, one, many))
	}
}

// blockers writes what breaks.
func (m *markdown) blockers() {
	m.line("## What breaks\n")
	if len(m.bad) == 0 {
		m.line("Nothing was found that would newly break. That is no proof that there is nothing.\n")
		return
	}
	m.line("| address | name | device | policy | reason | confidence |\n|---|---|---|---|---|---|")
	remedies, order := map[string]string{}, []string{}
	for _, b := range m.bad {
		m.line("| %s | %s | %s | %s | %s | %s |", Quoted(b.row.address), Quoted(b.row.name), Quoted(b.row.device), Quoted(b.policy), Quoted(b.reason), b.sure)
		if _, known := remedies[b.reason]; !known {
			remedies[b.reason] = b.remedy
			order = append(order, b.reason)
		}
	}
	m.line("")
	m.left(m.badMore, "finding is", "findings are")
	for _, reason := range order[:min(len(order), maxMarkdownReasons)] {
		m.line("- %s: %s", Quoted(reason), firstOf(Marked(clip(remedies[reason], maxMarkdownText)), "no remedy is known"))
	}
	m.line("")
}

// reasons writes why devices could not be judged, and why they fail today.
func (m *markdown) reasons() {
	m.line("## What is unknown or fails already\n\n| policy | verdict | reason | devices | what would settle it |\n|---|---|---|---:|---|")
	shown, more := 0, 0
	for _, s := range []struct {
		policy  assess.Policy
		verdict assess.Verdict
		section *section
	}{
		{assess.ClientAlways, assess.Unknown, &m.account[assess.Unknown]}, {assess.ClientAlways, assess.AlreadyBroken, &m.account[assess.AlreadyBroken]},
		{assess.ServerAlways, assess.Unknown, &m.server[assess.Unknown]}, {assess.ServerAlways, assess.AlreadyBroken, &m.server[assess.AlreadyBroken]},
	} {
		for _, g := range s.section.ordered() {
			if shown++; shown > maxMarkdownReasons {
				more++
				continue
			}
			m.line("| %s | %s | %s | %s | %s |", Quoted(s.policy.String()), verdictWords(s.verdict), Quoted(g.reason), thousands(g.devices), Marked(clip(g.settle, maxMarkdownText)))
		}
	}
	m.line("")
	m.left(more, "reason is", "reasons are")
}

// origins writes what the ticket rests on.
func (m *markdown) origins(r *Run) {
	m.line("## What this report rests on\n\n| | |\n|---|---|")
	for _, f := range r.provenance() {
		m.line("| %s | %s |", f.name, Quoted(clip(f.value, maxProse)))
	}
}

// Quoted returns text of any origin as a piece of code of Markdown, which every
// flavour shows as it is, in running text and in a cell of a table: no markup, no
// link, nobody who is mentioned. What would end it is written out, as Escape does.
// Empty text is a dash.
func Quoted(s string) string {
	s = strings.TrimSpace(Escape(s))
	if s == "" {
		return "-"
	}
	return "`" + codeBreakers.Replace(s) + "`"
}

var codeBreakers = strings.NewReplacer("`", `\x60`, "|", `\x7c`)

// Marked returns prose with everything that Markdown could take for markup, or a
// tracker for a mention, a link or a reference, made harmless. It is for text of our
// own that may quote a word or two of others.
func Marked(s string) string {
	var b strings.Builder
	for _, r := range Escape(s) {
		switch {
		case strings.ContainsRune("\\`*_[]{}<>&|#~!$", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '@':
			b.WriteString("(at)")
		default:
			b.WriteRune(r)
		}
	}
	return listMark(strings.ReplaceAll(b.String(), "://", `:\/\/`))
}

// listMark guards a beginning that would make a list or a heading.
func listMark(s string) string {
	if s != "" && strings.ContainsRune("-+=", rune(s[0])) {
		return `\` + s
	}
	return s
}
