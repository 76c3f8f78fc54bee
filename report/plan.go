package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"smbready/assess"
	"smbready/assess/plan"
	"smbready/inventory"
)

// PlanFormats lists the formats of a plan, the default first.
var PlanFormats = []Format{Text, Markdown, CSV, JSON, HTML}

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
	Name  string
	Sites []string // of a run of several sites: those that are taken; all, and what is of none, if empty

	// Within, of a run of no site or of others, has those hosts taken that are known to be
	// in these targets of Site, and not in those of Except; nil for all.
	Within []string
	Except []string
	Site   string

	Ahead bool      // it is dated after one that began later
	Began time.Time // when it did, where its own date is known to be wrong; zero otherwise
}

// Earlier hands on runs besides, one after the other, the oldest first: earlier ones, and
// newer ones that tell of less than those of the plan. It returns the
// first error, its own or that of use. A run is of no use after that.
type Earlier func(use func(NamedRun) error) error

// RolloutPlan is the plan of a rollout, and what each run that it rests on says
// of itself.
type RolloutPlan struct {
	*plan.Plan
	runs  [][]field // in the order of Plan.Runs
	since [][]field // of the runs of the plan that it was compared with

	recalled []string // other runs that were looked through for what was not seen again, the oldest first
	newer    bool     // some of them are not older than all on which the plan rests
}

// NewRolloutPlan makes the plan of runs, each of other sites. If there are earlier
// ones, it says what changed since them. What was not ready when these saw it last, or
// those that are handed on besides, if any are, is held against going ahead until it is
// seen again. An error names the run that is damaged; it is a *plan.SameSiteError if
// two runs tell of one site.
func NewRolloutPlan(runs, since []NamedRun, earlier Earlier, o plan.Options) (*RolloutPlan, error) {
	p := new(RolloutPlan)
	var err error
	if len(runs) > 0 && o.Judge == nil {
		o.Judge = runs[0].judgeOf
	}
	if p.Plan, p.runs, err = planOf(runs, o); err != nil {
		return nil, err
	}
	var old *plan.Plan
	if len(since) > 0 {
		then := o
		then.Now = lastStart(since, o.Now)
		if old, p.since, err = planOf(since, then); err != nil {
			return nil, err
		}
	}
	memory, err := p.remember(old, earlier, o)
	if err != nil {
		return nil, err
	}
	p.Recall(memory)
	return p, nil
}

// remember takes earlier runs in, one at a time, and notes which.
func (p *RolloutPlan) remember(since *plan.Plan, earlier Earlier, o plan.Options) (*plan.Memory, error) {
	m := plan.NewMemory(since)
	m.Await(p.Plan)
	if earlier == nil {
		return m, nil
	}
	o.Exceptions, o.PassedOver = nil, nil                   // what a device was is the same with any
	o.Known, o.Sites = slices.Concat(o.Sites, o.Known), nil // of those alone that a run tells of it is noted what they are
	named := map[string]bool{}
	return m, earlier(func(r NamedRun) error {
		past, _, err := planOf([]NamedRun{r}, o)
		if err != nil {
			return err
		}
		m.Take(past)
		p.newer = p.newer || p.newerThanSome(&r.Header, &r.Summary)
		if name := firstOf(r.Name, r.Header.ID); !named[name] {
			named[name], p.recalled = true, append(p.recalled, name)
		}
		return nil
	})
}

// newerThanSome reports whether a run is newer than one on which the plan rests.
func (p *RolloutPlan) newerThanSome(h *inventory.Run, sum *inventory.Summary) bool {
	return slices.ContainsFunc(p.Runs, func(s plan.Source) bool { return plan.Latest(h, sum).After(s.Last) })
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
	var fields [][]field // of each run
	for _, r := range runs {
		if err := r.begin(b); err != nil {
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
		fields = append(fields, r.planProvenance())
	}
	p := b.Plan()
	var states [][]field // of each source
	for i := range p.Runs {
		states = append(states, fields[p.Runs[i].Nth])
	}
	return p, states, nil
}

// begin begins with the run.
func (r NamedRun) begin(b *plan.Builder) error {
	s := r.source()
	switch {
	case r.Within != nil:
		s.Elsewhere = r.Header.Site != "" || len(s.Sites) > 0
		s.Site, s.Sites = r.Site, nil
		return b.BeginWithin(s, r.Site, r.Within, r.Except)
	case len(s.Sites) > 0:
		return b.BeginSites(s, r.Sites)
	}
	return b.Begin(s)
}

// judgeOf judges a host as those of the run are.
func (r NamedRun) judgeOf(h *inventory.Host) assess.Assessment { return r.judge(h) }

// planProvenance says of a run of several sites which they are.
func (r NamedRun) planProvenance() []field {
	fields := r.provenance()
	if sites := plan.SitesOf(&r.Header); len(sites) > 0 {
		for i := range fields {
			if fields[i].name == "Site" {
				fields[i].value = clip(Escape("several: "+strings.Join(sites, ", ")), maxProvenance)
			}
		}
	}
	return fields
}

// source says of the run what its plan has to know.
func (r NamedRun) source() plan.Source {
	h, sum := &r.Header, &r.Summary
	s := plan.Source{Name: r.Name, ID: h.ID, Site: h.Site, Started: h.Started, Ahead: r.Ahead, Interrupted: r.Interrupted,
		Unanswered: sum.Filtered + sum.Unreachable, Refused: sum.Closed, Skipped: sum.Skipped, Scope: h.Scope, Excluded: h.Excluded,
		GuestCheck: h.GuestCheck && len(h.Inputs) == 0} // not all that an import tells of was asked
	s.Sites = plan.SitesOf(h)
	s.Last = plan.Latest(h, sum)
	if !r.Began.IsZero() {
		s.Started, s.Last = r.Began, r.Began.Add(s.Last.Sub(s.Started))
	}
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
	if runs <= 1 && r.onlySite == "" { // several runs count a device of which all tell several times
		s.SMB = sum.SMB
	}
	return s
}

// WritePlan writes a plan in the given format. The options are about text; those that
// say how long a list is are about HTML, too.
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
	case HTML:
		return writePlanHTML(w, p, o)
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
func planSite(name string) string { return clip(Escape(firstOf(name, plan.NoSite)), maxName) }

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
		if i == 0 || !sameFields(fields, p.runs[i-1]) {
			list = append(list, planState{"Run", p.Runs[i].Name, fields})
		}
	}
	for i, fields := range p.since {
		if i == 0 || !sameFields(fields, p.since[i-1]) {
			list = append(list, planState{"Compared with", "", fields})
		}
	}
	return list
}

// sameFields reports whether two are of one run, of which several sites are told.
func sameFields(a, b []field) bool { return len(a) > 0 && len(b) > 0 && &a[0] == &b[0] }

// planRecalled says which other runs were looked through.
func (p *RolloutPlan) planRecalled() string {
	n := len(p.recalled)
	if n == 0 {
		return ""
	}
	const most = 12
	names := strings.Join(p.recalled[max(0, n-most):], ", ")
	if n > most {
		names = fmt.Sprintf("%d more, %s", n-most, names)
	}
	kind := "earlier"
	if p.newer {
		kind = "other"
	}
	return clip(Escape(fmt.Sprintf("For what was not seen again %s looked through: %s.", count(n, kind+" run was", kind+" runs were"), names)), maxProse)
}

// planMissing says of a device that was not seen again, or not judged on as much, what it
// was. What became of it is said of the list.
func planMissing(m *plan.Missing) string {
	words := fmt.Sprintf("%s: %s on %s (%s; run %s)", planDevice(m.Device), m.Status, planDay(m.Seen), clip(Escape(m.Reason), maxName), clip(Escape(m.Run), maxName))
	switch {
	case m.Future:
		words += ", a day that is yet to come"
	case m.Newer:
		words += ", which is newer than the run of this plan"
	case m.Again != "":
		words += ", and not judged on as much since; seen in run " + clip(Escape(m.Again), maxName)
	default:
		words += ", and not in the runs looked at since"
	}
	if m.By != nil {
		words += "; at its address was another device in run " + clip(Escape(m.ByRun), maxName) + ", " + planDevice(m.By)
	}
	switch {
	case m.Exception != nil:
		words += "; " + planAccepted(m.Exception)
	case m.There != nil && m.Other:
		words += fmt.Sprintf("; at this address now: %s, which is another kind of device: find the one that was there and scan it, or delete run %s if that was a passing fault",
			planDevice(m.There), clip(Escape(m.Run), maxName))
	case m.There != nil:
		words += fmt.Sprintf("; at this address now: %s, which may be the same: accept it by its address (smbready exceptions add %s), or delete run %s if that was a passing fault",
			planDevice(m.There), m.Device.Address, clip(Escape(m.Run), maxName))
	}
	if m.Exception == nil && len(m.Expired) > 0 {
		words += "; accepted once, until " + planDay(m.Expired[0].Until)
	}
	return words
}

// planMissingLists are what a site says of devices that were not seen again, or not
// judged on as much.
func planMissingLists(s *plan.SitePlan) []missingList {
	return []missingList{{"Not seen again", plan.NotSeen.String(), s.Missing}, {"Replaced by another device", "replaced", s.Replaced}, {"Not settled", "not-settled", s.Unsettled}}
}

type missingList struct {
	title  string
	status string // in a cell
	list   []plan.Missing
}

type planState struct {
	title, name string
	fields      []field
}
