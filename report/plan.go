package report

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"smbready/assess"
	"smbready/assess/plan"
	"smbready/inventory"
)

// PlanFormats lists the formats of a plan, the default first.
var PlanFormats = []Format{Text, Markdown, CSV, JSON}

// ParsePlanFormat returns the format of a plan of that name. Its error lists the
// choices.
func ParsePlanFormat(name string) (Format, error) {
	names := make([]string, len(PlanFormats))
	for i, f := range PlanFormats {
		if f == Format(name) {
			return f, nil
		}
		names[i] = string(f)
	}
	return "", fmt.Errorf("unknown format %q; the formats of a plan are %s", name, strings.Join(names, ", "))
}

// NamedRun is a run and the name by which the user gave it.
type NamedRun struct {
	*Run
	Name string
}

// RolloutPlan is the plan of a rollout, and what each run that it rests on says
// of itself.
type RolloutPlan struct {
	*plan.Plan
	runs  [][]field // in the order of Plan.Runs
	since [][]field // of the runs of the plan that it was compared with
}

// NewRolloutPlan makes the plan of runs, each of other sites. If there are earlier
// ones, it says what changed since them. An error names the run that is damaged; it
// is a *plan.SameSiteError if two runs tell of one site.
func NewRolloutPlan(runs, since []NamedRun, o plan.Options) (*RolloutPlan, error) {
	p := new(RolloutPlan)
	var err error
	if p.Plan, p.runs, err = planOf(runs, o); err != nil || len(since) == 0 {
		return p, err
	}
	o.Now = lastStart(since, o.Now)
	old, states, err := planOf(since, o)
	if err != nil {
		return nil, err
	}
	p.since = states
	p.Since(old)
	return p, nil
}

// lastStart returns when the last of the runs was taken: exceptions are held against
// that time, as the plan of then did.
func lastStart(runs []NamedRun, none time.Time) time.Time {
	var last time.Time
	for _, r := range runs {
		if taken := plan.Taken(&r.Header); taken.After(last) {
			last = taken
		}
	}
	if last.IsZero() {
		return none
	}
	return last
}

func planOf(runs []NamedRun, o plan.Options) (*plan.Plan, [][]field, error) {
	b := plan.NewBuilder(o)
	var states [][]field
	for _, r := range runs {
		if err := b.Begin(r.source()); err != nil {
			return nil, nil, err
		}
		err := r.Each(b.Add)
		var same *plan.SameSiteError
		if err != nil && !errors.As(err, &same) {
			err = fmt.Errorf("%s: %w", r.Name, err)
		}
		if err != nil {
			return nil, nil, err
		}
		states = append(states, r.provenance())
	}
	return b.Plan(), states, nil
}

// source says of the run what its plan has to know.
func (r NamedRun) source() plan.Source {
	h, sum := &r.Header, &r.Summary
	s := plan.Source{Name: r.Name, ID: h.ID, Site: h.Site, Started: h.Started, Interrupted: r.Interrupted,
		Unanswered: sum.Filtered + sum.Unreachable, Refused: sum.Closed, Skipped: sum.Skipped, Scope: h.Scope, Excluded: h.Excluded}
	if s.Imported = len(h.Inputs) > 0; s.Imported {
		s.Seen = plan.Taken(h)
	}
	if h.Targets > sum.Probed && !sum.Finished.IsZero() { // or nothing is known of how far it came
		s.Unasked = h.Targets - sum.Probed
	}
	runs := 0
	for i := range h.Inputs {
		if in := &h.Inputs[i]; in.Error != "" || len(in.Unread) > 0 {
			s.Unread = append(s.Unread, firstOf(in.Name, "a file without a name"))
		}
		if h.Inputs[i].Kind == "run" {
			runs++
		}
	}
	if runs <= 1 { // several runs count a device of which all tell several times
		s.SMB = sum.SMB
	}
	return s
}

// WritePlan writes a plan in the given format. The options are about text alone.
func WritePlan(w io.Writer, p *RolloutPlan, f Format, o TextOptions) error {
	switch f {
	case Text:
		return writePlanText(w, p, o)
	case Markdown:
		return writePlanMarkdown(w, p)
	case CSV:
		return writePlanCSV(w, p)
	case JSON:
		return writePlanJSON(w, p)
	}
	_, err := ParsePlanFormat(string(f))
	return err
}

// planUnseen says of how many sites the totals do not tell.
func planUnseen(p *plan.PolicyPlan) string {
	if p.Unseen == 0 || len(p.Sites) == 1 {
		return ""
	}
	return fmt.Sprintf("Of %d sites nothing was seen of %d: their devices are not among these.", len(p.Sites), p.Unseen)
}

// planTitle is what a plan calls a policy.
func planTitle(p assess.Policy) string {
	if p == assess.ClientAlways {
		return "Signing required on our clients (client-always)"
	}
	return "Signing required on our servers (server-always)"
}

// planSite names a site.
func planSite(name string) string { return clip(Escape(firstOf(name, "(no site)")), maxName) }

// planDevice names a device in running text.
func planDevice(d *plan.Device) string {
	var parts []string
	for _, s := range []string{clip(Escape(d.Name), maxName), clip(Escape(deviceWords(&d.Kind)), maxDevice)} {
		if s != "" && s != assess.ClassUnknown.String() {
			parts = append(parts, s)
		}
	}
	address := planAddress(d)
	if len(d.Also) > 0 {
		parts = append(parts, Escape(also(d.Also)))
	}
	switch {
	case len(parts) == 0:
		return firstOf(address, "no address")
	case address == "":
		return "no address (" + strings.Join(parts, ", ") + ")"
	}
	return address + " (" + strings.Join(parts, ", ") + ")"
}

func planAddress(d *plan.Device) string {
	if !d.Address.IsValid() {
		return ""
	}
	return clip(Escape(d.Address.String()), maxZoned)
}

// planKinds lists the kinds of a remedy.
func planKinds(kinds []plan.Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return strings.Join(words, ", ")
}

func planSteps(steps []plan.StepCode) string {
	words := make([]string, len(steps))
	for i, s := range steps {
		words[i] = string(s)
	}
	return strings.Join(words, "; ")
}

// planDay writes a day.
func planDay(t time.Time) string {
	if t.IsZero() {
		return "no day"
	}
	return t.UTC().Format(time.DateOnly)
}

// planAccepted says who accepted what, and until when.
func planAccepted(e *inventory.Exception) string {
	return fmt.Sprintf("accepted by %s until %s: %s", clip(Escape(e.By), maxQuote), planDay(e.Until), clip(Escape(e.Why), maxNote))
}

// planUses says what became of an exception.
var planUses = map[plan.Use]string{
	plan.InForce:   "holds",
	plan.Lapsed:    "has expired: its device is back among those above",
	plan.NotYet:    "does not hold yet",
	plan.NotNeeded: "is not needed: its device is ready without it, or not concerned",
	plan.NoDevice:  "is of no device that was seen, and is used for none",
	plan.Ambiguous: "names several devices, and is used for none: name an address",
}

// planGroup is the items of which the same is said.
type planGroup struct {
	item  *plan.Item // the first
	items []*plan.Item
}

// planGroups groups items, in the order of the first of each group.
func planGroups(items []plan.Item) []*planGroup {
	type key struct {
		path              plan.Path
		status            plan.Status
		reason, why, text string
		exception         *inventory.Exception
	}
	var groups []*planGroup
	index := map[key]*planGroup{}
	for i := range items {
		it := &items[i]
		k := key{it.Path, it.Status, it.Finding.Reason, it.Finding.Why, it.Finding.Remedy + it.Finding.Settle, it.Exception}
		g := index[k]
		if g == nil {
			g = &planGroup{item: it}
			index[k] = g
			groups = append(groups, g)
		}
		g.items = append(g.items, it)
	}
	return groups
}

// sure says how sure the findings of a group are.
func (g *planGroup) sure() string {
	var c confidences
	for _, it := range g.items {
		c[it.Finding.Confidence]++
	}
	words, _ := c.words()
	return words
}

// states returns what each run says of itself, of those of today and of those of
// the plan that it was compared with.
func (p *RolloutPlan) states() []planState {
	var list []planState
	for i, fields := range p.runs {
		list = append(list, planState{"Run", p.Runs[i].Name, fields})
	}
	for _, fields := range p.since {
		list = append(list, planState{"Compared with", "", fields})
	}
	return list
}

type planState struct {
	title, name string
	fields      []field
}
