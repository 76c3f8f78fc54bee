package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"smbready/assess/plan"
)

// maxPlanRows is how many devices a table of a ticket lists; the CSV lists all.
const maxPlanRows = 200

// planMark escapes what Markdown would take for its own: of names from the network
// no link, no picture, no table and no HTML comes into being.
var planMark = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "|", `\|`,
	"#", `\#`, "~", `\~`, "!", `\!`, "&", `\&`, "$", `\$`, "@", "&#64;", "://", "&#58;//", "www.", "www&#46;")

// planText is text from the network for Markdown.
func planText(s string) string { return planMark.Replace(clip(Escape(s), maxProse)) }

// planSheet writes Markdown.
type planSheet struct {
	w *bufio.Writer
}

func (m *planSheet) line(format string, args ...any) { fmt.Fprintf(m.w, format+"\n", args...) }

// row writes a row of a table. The cells are escaped here.
func (m *planSheet) row(cells ...string) {
	for _, c := range cells {
		m.w.WriteString("| " + planText(firstOf(c, "-")) + " ")
	}
	m.w.WriteString("|\n")
}

func (m *planSheet) head(cells ...string) {
	m.line("")
	m.row(cells...)
	m.line("%s|", strings.Repeat("|---", len(cells)))
}

// writePlanMarkdown writes the plan for a ticket.
func writePlanMarkdown(w io.Writer, p *RolloutPlan) error {
	m := &planSheet{w: bufio.NewWriter(w)}
	m.line("# %s\n", planTop)
	m.line("Made %s. Nothing was changed and nothing was sent. Unknown is not ready, and an exception makes nothing ready.", planText(p.made()))
	for i := range p.Policies {
		m.policy(&p.Policies[i])
	}
	m.exceptions(p)
	m.restsOn(p)
	return m.w.Flush()
}

func (m *planSheet) policy(policy *plan.PolicyPlan) {
	m.line("\n## %s\n", planTitle(policy.Policy))
	m.line("Setting: %s", policy.Policy.Title())
	m.head("Site", "Owner", "Devices", "Ready", "%", "Blocked", "Already broken", "Unknown", "Accepted", "Site is a")
	for i := range policy.Sites {
		m.numbers(planSite(policy.Sites[i].Site), policy.Sites[i].Owner, policy.Sites[i].Readiness, policy.Sites[i].Decision.String())
	}
	if len(policy.Sites) != 1 {
		m.numbers("all sites", "", policy.Total, "")
	}
	if words := planUnseen(policy); words != "" {
		m.line("\n%s", words)
	}
	m.changes(policy.Changes)
	m.line("\n### Waves")
	for i := range policy.Waves {
		w := &policy.Waves[i]
		m.line("\n**%s: %s** (%s)\n", w.Name, planDecision(w.Decision), planText(planWaveSites(w)))
		m.gate(w.Gate)
	}
	for i := range policy.Sites {
		m.site(&policy.Sites[i])
	}
}

func (m *planSheet) numbers(site, owner string, r plan.Readiness, decision string) {
	cells := append([]string{site, owner}, planNumbers(r, "")...)
	m.row(append(cells, decision)...)
}

func (m *planSheet) gate(g plan.Gate) {
	for _, f := range planPoints(g) {
		m.line("- %s: %s", upperFirst(f.name), planText(f.value))
	}
}

func (m *planSheet) changes(c *plan.Changes) {
	if c == nil {
		return
	}
	m.line("\n### Since the plan before\n")
	m.line("%s", upperFirst(planSince(c)))
	if len(c.NotCompared) > 0 {
		m.line("\nNot compared, for want of a run: %s.", planText(strings.Join(c.NotCompared, ", ")))
	}
	for _, part := range planChangeLists(c) {
		m.line("\n%s:\n", part.title)
		for i := range part.list {
			m.line("- %s", planText(planChangeWords(&part.list[i])))
		}
	}
}

func (m *planSheet) site(s *plan.SitePlan) {
	m.line("\n### %s: %s\n", planText(planSite(s.Site)), planDecision(s.Decision))
	m.gate(s.Gate)
	m.blockers(planBlocked, s.Blockers)
	m.blockers(planBroken, s.Broken)
	for _, part := range planMissingLists(s) {
		m.missing(part)
	}
	m.steps(s.Steps)
	m.accepted(s.Accepted)
}

func (m *planSheet) missing(part missingList) {
	if len(part.list) == 0 {
		return
	}
	m.line("\n#### %s\n", part.title)
	for i := range part.list[:min(len(part.list), maxPlanRows)] {
		m.line("- %s", planText(planMissing(&part.list[i])))
	}
	m.more(len(part.list) - maxPlanRows)
}

func (m *planSheet) blockers(title string, items []plan.Item) {
	if len(items) == 0 {
		return
	}
	m.line("\n#### %s", title)
	m.head("Device", "Path", "Reason", "Confidence", "Remedy", "It takes")
	for i := range items[:min(len(items), maxPlanRows)] {
		it := &items[i]
		m.row(planDevice(it.Device), string(it.Path), it.Finding.Reason+": "+it.Finding.Why, it.Finding.Confidence.String(), it.Finding.Remedy, planKinds(it.Kinds))
	}
	m.more(len(items) - maxPlanRows)
}

func (m *planSheet) more(n int) {
	if n > 0 {
		m.line("\nand %s more, which the CSV lists", thousands(n))
	}
}

func (m *planSheet) steps(steps []plan.Step) {
	if len(steps) == 0 {
		return
	}
	m.line("\n#### %s", planUnknown)
	m.head("Step", "Settles", "What to do", "Reasons", "Devices")
	for _, s := range steps {
		names := planNames(s.Devices)
		if more := len(names) - defaultLimit; more > 0 {
			names = append(names[:defaultLimit], "and "+thousands(more)+" more, which the CSV lists")
		}
		m.row(string(s.Code), devices(s.Count), s.Text, strings.Join(s.Reasons, ", "), strings.Join(names, ", "))
	}
}

func (m *planSheet) accepted(items []plan.Item) {
	if len(items) == 0 {
		return
	}
	m.line("\n#### %s", planExcepted)
	m.head("Device", "Path", "Verdict", "Accepted by", "Until", "Why")
	for i := range items[:min(len(items), maxPlanRows)] {
		it := &items[i]
		m.row(planDevice(it.Device), string(it.Path), it.Finding.Verdict.String()+" ("+it.Finding.Reason+")", it.Exception.By, planDay(it.Exception.Until), it.Exception.Why)
	}
	m.more(len(items) - maxPlanRows)
}

func (m *planSheet) exceptions(p *RolloutPlan) {
	if len(p.Exceptions) == 0 {
		return
	}
	m.line("\n## Exceptions\n")
	for i := range p.Exceptions {
		m.line("- %s", planText(planUseWords(&p.Exceptions[i])))
	}
	if note := exceptionNote(p.Exceptions); note != "" {
		m.line("\n%s", planText(note))
	}
}

func (m *planSheet) restsOn(p *RolloutPlan) {
	m.line("\n## %s", planRests)
	if words := p.planRecalled(); words != "" {
		m.line("\n%s", planText(words))
	}
	for _, s := range p.states() {
		m.head(s.title, s.name)
		for _, f := range s.fields {
			m.row(f.name, f.value)
		}
	}
}
