package report

import (
	"bufio"
	"fmt"
	"io"

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
	p.title(planTop)
	p.blank()
	p.para(planIndent, "  Made", plan.made())
	for i := range plan.runs {
		p.para(planIndent, "  Run", plan.runWords(i))
	}
	p.para(planIndent, "  Note", planNote)
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

// planWidths are how wide the columns of numbers are.
var planWidths = []int{7, 6, 5, 7, 6, 7, 8, 6}

// readiness writes the table of numbers.
func (p *planPage) readiness(policy *plan.PolicyPlan) {
	const widest = 18 // of a name, at 80 columns
	names := len("all sites")
	for _, s := range policy.Sites {
		names = max(names, min(width(planSite(s.Site)), widest))
	}
	row := func(name string, cells ...string) {
		line := "  " + pad(clip(name, names), names)
		for i, c := range cells {
			line += fmt.Sprintf(" %*s", planWidths[i], c)
		}
		p.line(line)
	}
	p.blank()
	row("SITE", "DEVICES", "READY", "", "BLOCKED", "BROKEN", "UNKNOWN", "ACCEPTED", "GO?")
	for i := range policy.Sites {
		s := &policy.Sites[i]
		row(planSite(s.Site), append(planNumbers(s.Readiness, " %"), s.Decision.String())...)
	}
	if len(policy.Sites) != 1 {
		row("all sites", planNumbers(policy.Total, " %")...)
	}
	for _, words := range []string{planUnseen(policy), planGuests(policy.Total)} {
		if words != "" {
			p.para(4, "", words)
		}
	}
}

func planColor(d plan.Decision) string {
	if d == plan.Go {
		return green
	}
	return red
}

func (p *planPage) waves(waves []plan.Wave) {
	for i := range waves {
		p.blank()
		p.heading(planColor(waves[i].Decision), planWave(&waves[i]))
		p.gate(waves[i].Gate)
	}
}

// gate writes what speaks against going ahead, and what to heed.
func (p *planPage) gate(g plan.Gate) {
	for _, f := range planPoints(g) {
		p.para(12, "  - "+f.name, " "+f.value)
	}
}

// changes writes what became of the blockers.
func (p *planPage) changes(c *plan.Changes) {
	if c == nil {
		return
	}
	p.blank()
	p.para(4, "", "Since the plan before: "+planSince(c))
	if words := planNotCompared(c); words != "" {
		p.para(4, "", words)
	}
	for _, part := range planChangeLists(c) {
		p.para(4, "", part.title+":")
		for i := range part.list {
			p.para(6, "    -", planChangeWords(&part.list[i]))
		}
	}
}

func (p *planPage) site(s *plan.SitePlan) {
	p.blank()
	p.heading(planColor(s.Decision), fmt.Sprintf("%s: %s", planSite(s.Site), planDecision(s.Decision)))
	if about := planAbout(s); about != "" {
		p.para(4, "", about)
	}
	p.gate(s.Gate)
	p.blockers(planBlocked, s.Blockers, red)
	p.blockers(planBroken, s.Broken, yellow)
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
		p.blank()
		p.para(4, "", g.words())
		p.says(g.says())
		p.list(planIndent, "    Devices", planNames(g.devices()))
		for _, words := range g.expired() {
			p.para(planIndent, "    Expired", words)
		}
	}
}

// says writes what is said of a group of devices.
func (p *planPage) says(fields []field) {
	for _, f := range fields {
		p.para(planIndent, "    "+f.name, f.value)
	}
}

// unknown writes what settles what is not known.
func (p *planPage) unknown(s *plan.SitePlan) {
	if len(s.Unknown) == 0 {
		return
	}
	p.blank()
	p.line(p.paint(yellow, "  "+planUnknown+"; what takes least first"))
	for i := range s.Steps {
		step := &s.Steps[i]
		p.blank()
		p.para(4, "", planStep(i+1, step))
		p.says(planStepSays(step))
		p.list(planIndent, "    Devices", planShort(planNames(step.Devices), p.limit))
	}
	p.models(s.Canary)
}

// models writes of which models one device each is worth a trial at a listener.
func (p *planPage) models(groups []assess.CanaryGroup) {
	if len(groups) == 0 {
		return
	}
	p.blank()
	p.para(4, "", planTrial)
	for _, words := range planModels(groups) {
		p.para(6, "    -", words)
	}
}

// accepted writes the devices to which an exception holds.
func (p *planPage) accepted(items []plan.Item) {
	if len(items) == 0 {
		return
	}
	p.blank()
	p.line(p.paint(bold, "  "+planExcepted))
	for i := range items {
		p.para(6, "    -", planItemAccepted(&items[i]))
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

// restsOn writes what each run says of itself.
func (p *planPage) restsOn() {
	p.blank()
	p.title(planRests)
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
