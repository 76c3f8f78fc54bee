package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"smbready/assess"
	"smbready/assess/plan"
)

// planIndent is where what is said of a group of devices begins.
const planIndent = 15

// writePlanText writes a plan for a person: for each policy the numbers and the
// waves, then each site with what is to be done there.
func writePlanText(w io.Writer, plan *RolloutPlan, o TextOptions) error {
	o = o.normal()
	p := &planPage{page: page{w: bufio.NewWriter(w), width: o.Width, color: o.Color}, plan: plan, limit: o.Limit}
	if o.Verbose {
		p.limit = -1
	}
	p.title("Rollout plan")
	p.blank()
	p.para(planIndent, "  Made", plan.Made.UTC().Format("2006-01-02 15:04")+" UTC, by rules "+plan.Rules)
	for i, fields := range plan.runs {
		p.para(planIndent, "  Run", p.runWords(i, fields))
	}
	p.para(planIndent, "  Note", "This is a plan: nothing was changed, and nothing was sent. Unknown is not ready, and an exception makes nothing ready.")
	for i := range plan.Policies {
		p.policy(&plan.Policies[i])
	}
	p.exceptions()
	p.restsOn()
	return p.w.Flush()
}

// planPage lays out a plan.
type planPage struct {
	page
	plan  *RolloutPlan
	limit int // of devices listed of which nothing is known; -1 lists all
}

func (p *planPage) runWords(i int, fields []field) string {
	run := &p.plan.Runs[i]
	words := firstOf(run.Name, run.ID)
	if run.Site != "" {
		words += ", site " + run.Site
	}
	words += ", " + fieldOf(fields, "Started")
	if run.Interrupted {
		words += ", NOT COMPLETE"
	}
	return clip(words, maxProse)
}

func (p *planPage) policy(policy *plan.PolicyPlan) {
	p.blank()
	p.title(planTitle(policy.Policy))
	p.para(0, "", "Setting: "+policy.Policy.Title())
	p.readiness(policy)
	p.changes(policy.Changes)
	p.waves(policy.Waves)
	for i := range policy.Sites {
		p.site(&policy.Sites[i])
	}
}

// readiness writes the table of numbers.
func (p *planPage) readiness(policy *plan.PolicyPlan) {
	const layout = " %7s %6s %5s %7s %6s %7s %8s %6s"
	const widest = 18 // of a name, at 80 columns
	names := len("all sites")
	for _, s := range policy.Sites {
		names = max(names, min(width(planSite(s.Site)), widest))
	}
	row := func(name string, r plan.Readiness, decision string) {
		per := "-"
		if r.Devices > 0 {
			per = fmt.Sprintf("%d %%", r.Percent())
		}
		p.line("  " + pad(clip(name, names), names) + strings.TrimRight(fmt.Sprintf(layout, thousands(r.Devices), thousands(r.Ready), per, thousands(r.Blocked),
			thousands(r.AlreadyBroken), thousands(r.Unknown), thousands(r.Accepted), decision), " "))
	}
	p.blank()
	p.line("  " + pad("SITE", names) + fmt.Sprintf(layout, "DEVICES", "READY", "", "BLOCKED", "BROKEN", "UNKNOWN", "ACCEPTED", "GO?"))
	for i := range policy.Sites {
		row(planSite(policy.Sites[i].Site), policy.Sites[i].Readiness, policy.Sites[i].Decision.String())
	}
	if len(policy.Sites) != 1 {
		row("all sites", policy.Total, "")
	}
	if words := planUnseen(policy); words != "" {
		p.para(4, "", words)
	}
	if t := policy.Total; t.GuestOnly+t.GuestUnknown > 0 {
		p.para(4, "", fmt.Sprintf("Of the blocked, %s for users with an account; of the unknown, %s be ready if no guests were let in.",
			count(t.GuestOnly, "goes on working", "go on working"), count(t.GuestUnknown, "would", "would")))
	}
}

func planDecision(d plan.Decision) string { return strings.ToUpper(d.String()) }

func planColor(d plan.Decision) string {
	if d == plan.Go {
		return green
	}
	return red
}

func (p *planPage) waves(waves []plan.Wave) {
	for _, w := range waves {
		p.blank()
		at := "no site"
		if len(w.Sites) > 0 {
			at = Escape(strings.Join(w.Sites, ", "))
		}
		p.heading(planColor(w.Decision), clip(fmt.Sprintf("Wave %s: %s (%s)", w.Name, planDecision(w.Decision), at), maxProse))
		p.gate(w.Gate)
	}
}

// gate writes what speaks against going ahead, and what to heed.
func (p *planPage) gate(g plan.Gate) {
	for _, r := range g.Reasons {
		p.para(12, "  - against", " "+r)
	}
	for _, c := range g.Conditions {
		p.para(12, "  - heed", " "+c)
	}
}

// changes writes what became of the blockers.
func (p *planPage) changes(c *plan.Changes) {
	if c == nil {
		return
	}
	p.blank()
	p.para(4, "", fmt.Sprintf("Since the plan before: ready %d of %d, now %d of %d; blocked %d, now %d; unknown %d, now %d.",
		c.Before.Ready, c.Before.Devices, c.After.Ready, c.After.Devices, c.Before.Blocked, c.After.Blocked, c.Before.Unknown, c.After.Unknown))
	if len(c.NotCompared) > 0 {
		p.para(4, "", clip("Not compared, for want of a run: "+strings.Join(c.NotCompared, ", ")+".", maxProse))
	}
	for _, part := range []struct {
		words string
		list  []plan.Change
	}{{"Became blockers:", c.Became}, {"No longer blockers:", c.Ceased}, {"No longer known:", c.Unknown}, {"Not seen again:", c.NotSeen}, {"Replaced by another device:", c.Replaced}} {
		if len(part.list) == 0 {
			continue
		}
		p.para(4, "", part.words)
		for i := range part.list {
			p.para(6, "    -", planChangeWords(&part.list[i]))
		}
	}
}

// planChangeWords says what became of a device.
func planChangeWords(c *plan.Change) string {
	after := c.After.String()
	if c.After == plan.NotSeen {
		after = "not seen this time, which does not mean that it was put right"
	}
	if c.Less {
		after += ", where what made it a blocker was not met or asked again"
	}
	if c.By != nil {
		after = "not seen, and replaced by " + planDevice(c.By)
	}
	before := c.Before.String()
	if c.Before == plan.NotSeen {
		before = "not seen before"
	}
	words := fmt.Sprintf("%s: %s, now %s (%s)", planDevice(c.Device), before, after, c.Reason)
	if c.Site != "" {
		words += ", site " + clip(c.Site, maxName)
	}
	return words
}

func (p *planPage) site(s *plan.SitePlan) {
	p.blank()
	p.heading(planColor(s.Decision), fmt.Sprintf("%s: %s", planSite(s.Site), planDecision(s.Decision)))
	var about []string
	for _, f := range []field{{"Owner", s.Owner}, {"Wave", s.Wave}, {"Tags", strings.Join(s.Tags, ", ")}} {
		if f.value != "" {
			about = append(about, f.name+" "+clip(Escape(f.value), maxQuote))
		}
	}
	if len(about) > 0 {
		p.para(4, "", strings.Join(about, " | "))
	}
	p.gate(s.Gate)
	p.blockers("Blockers", s.Blockers, red)
	p.blockers("Failing already, for another reason", s.Broken, yellow)
	p.missing(s)
	p.unknown(s)
	p.accepted(s.Accepted)
}

// missing writes the devices that were not ready, and were not seen again.
func (p *planPage) missing(s *plan.SitePlan) {
	for _, part := range planMissingLists(s) {
		if len(part.list) == 0 {
			continue
		}
		p.blank()
		p.line(p.paint(yellow, "  "+part.title))
		for i := range part.list {
			p.para(6, "    -", planMissing(&part.list[i]))
		}
	}
}

// blockers writes devices that something has to be done about, all of them.
func (p *planPage) blockers(title string, items []plan.Item, color string) {
	if len(items) == 0 {
		return
	}
	p.blank()
	p.line(p.paint(color, "  "+title))
	for _, g := range planGroups(items) {
		f := &g.item.Finding
		p.blank()
		p.para(4, "", fmt.Sprintf("%s, %s: %s, confidence %s", clip(Escape(f.Reason), maxName), g.item.Path, devices(len(g.items)), g.sure()))
		p.para(planIndent, "    Why", clip(f.Why, maxProse))
		p.para(planIndent, "    Remedy", clip(f.Remedy, maxProse))
		p.para(planIndent, "    It takes", planKinds(g.item.Kinds))
		p.list(planIndent, "    Devices", p.names(g.items, -1))
		for _, it := range g.items {
			for i := range it.Expired {
				p.para(planIndent, "    Expired", planDevice(it.Device)+": "+planAccepted(&it.Expired[i]))
			}
		}
	}
}

// names returns devices as items of a list.
func (p *planPage) names(items []*plan.Item, limit int) []string {
	names := make([]string, len(items))
	for i, it := range items {
		names[i] = planDevice(it.Device)
	}
	return planShort(names, limit)
}

// planShort cuts a list, and says how much it leaves out.
func planShort(names []string, limit int) []string {
	if limit < 0 || len(names) <= limit {
		return names
	}
	return append(names[:limit:limit], fmt.Sprintf("… and %s more (-v lists them)", thousands(len(names)-limit)))
}

// unknown writes what settles what is not known.
func (p *planPage) unknown(s *plan.SitePlan) {
	if len(s.Unknown) == 0 {
		return
	}
	p.blank()
	p.line(p.paint(yellow, "  Unknown, and what settles it; what takes least first"))
	for i, step := range s.Steps {
		p.blank()
		p.para(4, "", fmt.Sprintf("%d. %s: settles %s", i+1, step.Code, devices(step.Count)))
		p.para(planIndent, "    Do", step.Text)
		p.para(planIndent, "    Reasons", clip(strings.Join(step.Reasons, ", "), maxProse))
		names := make([]string, len(step.Devices))
		for i, d := range step.Devices {
			names[i] = planDevice(d)
		}
		p.list(planIndent, "    Devices", planShort(names, p.limit))
	}
	p.models(s.Canary)
}

// models writes of which models one device each is worth a trial at a listener.
func (p *planPage) models(groups []assess.CanaryGroup) {
	if len(groups) == 0 {
		return
	}
	p.blank()
	p.para(4, "", "One trial of each model at the listener (smbready listen --stage require) tells about all of it:")
	for _, g := range groups {
		model := firstOf(strings.TrimSpace(g.Vendor+" "+g.Model), "maker and model not known")
		p.para(6, "    -", fmt.Sprintf("%s: %s, such as %s", clip(model, maxDevice), devices(len(g.Hosts)), g.Hosts[0]))
	}
}

// accepted writes the devices to which an exception holds.
func (p *planPage) accepted(items []plan.Item) {
	if len(items) == 0 {
		return
	}
	p.blank()
	p.line(p.paint(bold, "  Accepted as exceptions, and not ready"))
	for i := range items {
		it := &items[i]
		p.para(6, "    -", fmt.Sprintf("%s, %s: %s (%s); %s", planDevice(it.Device), it.Path, verdictWords(it.Finding.Verdict), it.Finding.Reason, planAccepted(it.Exception)))
	}
}

// exceptions writes what became of each exception.
func (p *planPage) exceptions() {
	if len(p.plan.Exceptions) == 0 {
		return
	}
	p.blank()
	p.title("Exceptions")
	for i := range p.plan.Exceptions {
		p.para(4, "  -", planUseWords(&p.plan.Exceptions[i]))
	}
	if note := exceptionNote(p.plan.Exceptions); note != "" {
		p.para(2, "", note)
	}
}

// planUseWords says what an exception is of, and what became of it.
func planUseWords(e *plan.ExceptionUse) string {
	at := ""
	if e.Site != "" {
		at = " at " + planSite(e.Site)
	}
	words := fmt.Sprintf("%s, %s%s, %s, %s; it %s", clip(Escape(e.ID), maxName), clip(Escape(e.Device), maxQuote), at, e.Policy, planAccepted(&e.Exception), exceptionUse(e))
	if e.Over && e.Use != plan.Lapsed {
		words += " (and its last day is over)"
	}
	if e.Use == plan.Ambiguous {
		names := make([]string, len(e.Devices))
		for i, d := range e.Devices {
			names[i] = planDevice(d)
		}
		words += " (" + strings.Join(planShort(names, defaultLimit), "; ") + ")"
	}
	if bound := exceptionBound(e); bound != "" {
		words += "; " + bound
	}
	return words + "."
}

// restsOn writes what each run says of itself.
func (p *planPage) restsOn() {
	p.blank()
	p.title("What this plan rests on")
	if words := p.plan.planRecalled(); words != "" {
		p.para(2, "", words)
		p.blank()
	}
	for i, s := range p.plan.states() {
		if i > 0 {
			p.blank()
		}
		if s.name != "" {
			p.para(planIndent+4, "  Given as", clip(s.name, maxProse))
		} else if s.title != "Run" {
			p.para(4, "", s.title+":")
		}
		for _, f := range s.fields {
			p.para(planIndent+4, "  "+f.name, clip(f.value, maxProse))
		}
	}
}
