package report

import (
	"fmt"
	"strings"

	"smbready/assess"
	"smbready/assess/plan"
)

// What the forms of a plan for people say alike. Each form escapes what it writes.
const (
	planTop      = "Rollout plan"
	planNote     = "This is a plan: nothing was changed, and nothing was sent. Unknown is not ready, and an exception makes nothing ready."
	planBlocked  = "Blockers"
	planBroken   = "Failing already, for another reason"
	planUnknown  = "Unknown, and what settles it"
	planTrial    = "One trial of each model at the listener (smbready listen --stage require) tells about all of it:"
	planExcepted = "Accepted as exceptions, and not ready"
	planRests    = "What this plan rests on"
)

// made says when the plan was made, and by which rules.
func (p *RolloutPlan) made() string {
	return p.Made.UTC().Format("2006-01-02 15:04") + " UTC, by rules " + p.Rules
}

// runWords names the run of a source of the plan.
func (p *RolloutPlan) runWords(i int) string {
	run := &p.Runs[i]
	words := firstOf(run.Name, run.ID)
	if run.Site != "" {
		words += ", site " + run.Site
	}
	words += ", " + fieldOf(p.runs[i], "Started")
	if run.Interrupted {
		words += ", NOT COMPLETE"
	}
	return clip(words, maxProse)
}

// planNumbers are the cells of a row of numbers; the third is the per cent that are
// ready, with its unit.
func planNumbers(r plan.Readiness, unit string) []string {
	per := "-"
	if r.Devices > 0 {
		per = fmt.Sprint(r.Percent()) + unit
	}
	return []string{thousands(r.Devices), thousands(r.Ready), per, thousands(r.Blocked), thousands(r.AlreadyBroken), thousands(r.Unknown), thousands(r.Accepted)}
}

// planGuests says how many are not ready for the sake of guests alone.
func planGuests(t plan.Readiness) string {
	if t.GuestOnly+t.GuestUnknown == 0 {
		return ""
	}
	return fmt.Sprintf("Of the blocked, %s for users with an account; of the unknown, %s be ready if no guests were let in.",
		count(t.GuestOnly, "goes on working", "go on working"), count(t.GuestUnknown, "would", "would"))
}

func planDecision(d plan.Decision) string { return strings.ToUpper(d.String()) }

// planWaveSites lists the sites of a wave, in what stands in parentheses.
func planWaveSites(w *plan.Wave) string {
	names := make([]string, len(w.Sites))
	for i, name := range w.Sites {
		if names[i] = name; name == plan.NoSite {
			names[i] = "what is of no site"
		}
	}
	return firstOf(strings.Join(names, ", "), "no site")
}

// planWave is the heading of a wave.
func planWave(w *plan.Wave) string {
	return clip(fmt.Sprintf("Wave %s: %s (%s)", w.Name, planDecision(w.Decision), Escape(planWaveSites(w))), maxProse)
}

// planPoints are what speaks against going ahead, and what to heed.
func planPoints(g plan.Gate) []field {
	var list []field
	for _, r := range g.Reasons {
		list = append(list, field{"against", r})
	}
	for _, c := range g.Conditions {
		list = append(list, field{"heed", c})
	}
	return list
}

// planAbout says what the sites file says of a site.
func planAbout(s *plan.SitePlan) string {
	var about []string
	for _, f := range []field{{"Owner", s.Owner}, {"Wave", s.Wave}, {"Tags", strings.Join(s.Tags, ", ")}} {
		if f.value != "" {
			about = append(about, f.name+" "+clip(Escape(f.value), maxQuote))
		}
	}
	return strings.Join(about, " | ")
}

// planSince compares the numbers with those of the plan before.
func planSince(c *plan.Changes) string {
	return fmt.Sprintf("ready %d of %d, now %d of %d; blocked %d, now %d; unknown %d, now %d.",
		c.Before.Ready, c.Before.Devices, c.After.Ready, c.After.Devices, c.Before.Blocked, c.After.Blocked, c.Before.Unknown, c.After.Unknown)
}

// planNotCompared names the sites of which only one of the plans knows.
func planNotCompared(c *plan.Changes) string {
	if len(c.NotCompared) == 0 {
		return ""
	}
	return clip("Not compared, for want of a run: "+strings.Join(c.NotCompared, ", ")+".", maxProse)
}

// changeList is devices of which the same became.
type changeList struct {
	title string
	list  []plan.Change
}

// planChangeLists returns those that are not empty.
func planChangeLists(c *plan.Changes) []changeList {
	var lists []changeList
	for _, l := range []changeList{{"Became blockers", c.Became}, {"No longer blockers", c.Ceased}, {"No longer known", c.Unknown},
		{"Not seen again", c.NotSeen}, {"Replaced by another device", c.Replaced}} {
		if len(l.list) > 0 {
			lists = append(lists, l)
		}
	}
	return lists
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

// words says of what a group is.
func (g *planGroup) words() string {
	return fmt.Sprintf("%s, %s: %s, confidence %s", clip(Escape(g.item.Finding.Reason), maxName), g.item.Path, devices(len(g.items)), g.sure())
}

// says is what is said of all of a group.
func (g *planGroup) says() []field {
	f := &g.item.Finding
	return []field{{"Why", clip(f.Why, maxProse)}, {"Remedy", clip(f.Remedy, maxProse)}, {"It takes", planKinds(g.item.Kinds)}}
}

func (g *planGroup) devices() []*plan.Device {
	list := make([]*plan.Device, len(g.items))
	for i, it := range g.items {
		list[i] = it.Device
	}
	return list
}

// expired says of which devices exceptions have expired.
func (g *planGroup) expired() []string {
	var list []string
	for _, it := range g.items {
		for i := range it.Expired {
			list = append(list, planDevice(it.Device)+": "+planAccepted(&it.Expired[i]))
		}
	}
	return list
}

// planNames names devices as items of a list.
func planNames(list []*plan.Device) []string {
	names := make([]string, len(list))
	for i, d := range list {
		names[i] = planDevice(d)
	}
	return names
}

// planShort cuts a list, and says how much it leaves out.
func planShort(names []string, limit int) []string {
	if limit < 0 || len(names) <= limit {
		return names
	}
	return append(names[:limit:limit], fmt.Sprintf("… and %s more (-v lists them)", thousands(len(names)-limit)))
}

// planStep is the heading of the nth step.
func planStep(n int, s *plan.Step) string {
	return fmt.Sprintf("%d. %s: settles %s", n, s.Code, devices(s.Count))
}

// planStepSays is what is said of a step.
func planStepSays(s *plan.Step) []field {
	return []field{{"Do", s.Text}, {"Reasons", clip(strings.Join(s.Reasons, ", "), maxProse)}}
}

// planModels says of which models one device each is worth a trial at a listener.
func planModels(groups []assess.CanaryGroup) []string {
	var list []string
	for _, g := range groups {
		model := firstOf(strings.TrimSpace(g.Vendor+" "+g.Model), "maker and model not known")
		list = append(list, fmt.Sprintf("%s: %s, such as %s", clip(model, maxDevice), devices(len(g.Hosts)), g.Hosts[0]))
	}
	return list
}

// planItemAccepted says to what an exception holds.
func planItemAccepted(it *plan.Item) string {
	return fmt.Sprintf("%s, %s: %s (%s); %s", planDevice(it.Device), it.Path, verdictWords(it.Finding.Verdict), it.Finding.Reason, planAccepted(it.Exception))
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
		words += " (" + strings.Join(planShort(planNames(e.Devices), defaultLimit), "; ") + ")"
	}
	if bound := exceptionBound(e); bound != "" {
		words += "; " + bound
	}
	return words + "."
}
