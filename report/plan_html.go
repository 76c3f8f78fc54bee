package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"smbready/assess"
	"smbready/assess/plan"
)

// maxHTMLChanges is how many changes of a kind are not folded up: the waves come after
// them. Of other lists that are maxHTMLBad, and of what is unknown as many as in the text.
const maxHTMLChanges = 20

// htmlPlan is what the template of the page of a plan is given. All its text is escaped
// by Escape, and once more by the template.
type htmlPlan struct {
	pageShell
	Heading    string
	Contents   []htmlLink
	Head       []htmlField
	Waves      []string // their names
	Policies   []htmlPlanPolicy
	Exceptions htmlPlanList
	Note       string // on them
	RestsOn    string
	Recalled   string
	Origins    []htmlPlanOrigin

	options TextOptions
}

// htmlPlanPolicy is the plan for one policy, whose name is the place in the page.
type htmlPlanPolicy struct {
	Name, Title, Setting string
	Columns              []htmlLink // of numbers, with what each looks like in a drawing
	Bars                 []htmlPlanBar
	Words                []string
	Changes              *htmlPlanChanges
	Waves                []htmlPlanGate
	Sites                []htmlPlanSite
}

// htmlPlanBar is the numbers of a site, and their drawing.
type htmlPlanBar struct {
	ID, Name, Class, Decision string
	Parts                     []htmlPart
	Cells                     []string
}

type htmlPlanChanges struct {
	Words []string
	Lists []htmlPlanList
}

// htmlPlanGate is a decision and its points.
type htmlPlanGate struct {
	ID, Class, Decision, Heading, About string
	Points                              []htmlField
}

type htmlPlanSite struct {
	htmlPlanGate
	Parts []htmlPlanPart
}

// htmlPlanPart is devices of a site about which the same is to be done.
type htmlPlanPart struct {
	Class, Title string
	Groups       []htmlPlanGroup
	List         htmlPlanList
}

type htmlPlanGroup struct {
	Heading          string
	Says             []htmlField
	Devices, Expired htmlPlanList
}

// htmlPlanList is a list of which the page folds up what is over a limit: what it holds
// is all there, and a browser lays it out when it is opened. On paper only what is open
// appears, and how much is not.
type htmlPlanList struct {
	Lead        string
	First, Rest []string
	Open        bool
}

// More says how much is folded up.
func (l htmlPlanList) More() string { return "… and " + thousands(len(l.Rest)) + " more" }

type htmlPlanOrigin struct {
	Title  string
	Fields []htmlField
}

// writePlanHTML writes the plan as one page that needs nothing else and has no script,
// with what writePlanText says.
func writePlanHTML(w io.Writer, p *RolloutPlan, o TextOptions) error {
	buf := bufio.NewWriterSize(w, 64<<10)
	if err := pageTemplates().ExecuteTemplate(buf, "plan.tmpl", newHTMLPlan(p, o.normal())); err != nil {
		return err
	}
	return buf.Flush()
}

func newHTMLPlan(p *RolloutPlan, o TextOptions) *htmlPlan {
	h := &htmlPlan{pageShell: newShell(planTop, ""), Heading: planTop, RestsOn: planRests, Recalled: p.planRecalled(), options: o}
	h.head(p)
	for i := range p.Policies {
		h.policy(&p.Policies[i])
	}
	var uses []string
	for i := range p.Exceptions {
		uses = append(uses, planUseWords(&p.Exceptions[i]))
	}
	h.Exceptions, h.Note = h.list("", uses, maxHTMLBad), exceptionNote(p.Exceptions)
	for _, s := range p.states() {
		h.Origins = append(h.Origins, htmlPlanOrigin{Escape(strings.TrimSpace(s.title + " " + clip(s.name, maxProse))), planFields(s.fields)})
	}
	h.Contents = h.contents()
	return h
}

func (h *htmlPlan) head(p *RolloutPlan) {
	h.Head = append(h.Head, htmlField{"Made", Escape(p.made())})
	for i := range p.runs {
		h.Head = append(h.Head, htmlField{"Run", Escape(p.runWords(i))})
	}
	h.Head = append(h.Head, htmlField{"Note", planNote})
	if len(p.Policies) > 0 {
		for _, w := range p.Policies[0].Waves {
			h.Waves = append(h.Waves, w.Name)
		}
	}
}

// contents lists the parts that the page has.
func (h *htmlPlan) contents() []htmlLink {
	list := []htmlLink{{"summary", "Summary"}}
	for i := range h.Policies {
		list = append(list, htmlLink{h.Policies[i].Name, h.Policies[i].Title})
	}
	if len(h.Exceptions.First) > 0 {
		list = append(list, htmlLink{"exceptions", "Exceptions"})
	}
	return append(list, htmlLink{"origins", h.RestsOn})
}

// planFields are fields as the text writes them.
func planFields(fields []field) []htmlField {
	list := make([]htmlField, len(fields))
	for i, f := range fields {
		list[i] = htmlField{f.name, Escape(clip(f.value, maxProse))}
	}
	return list
}

// list makes a list of which limit are not folded up.
func (h *htmlPlan) list(lead string, all []string, limit int) htmlPlanList {
	all = escaped(all)
	limit = min(limit, len(all))
	return htmlPlanList{lead, all[:limit], all[limit:], h.options.Verbose}
}

// planLooks are the columns of numbers from the second on, and what each looks like in
// a drawing.
var planLooks = []htmlLink{{assess.Works.String(), "Ready"}, {"", "%"}, {assess.Breaks.String(), "Blocked"}, {assess.AlreadyBroken.String(), "Broken"},
	{assess.Unknown.String(), "Unknown"}, {assess.NotApplicable.String(), "Accepted"}}

func (h *htmlPlan) policy(p *plan.PolicyPlan) {
	out := htmlPlanPolicy{Name: p.Policy.String(), Title: planTitle(p.Policy), Setting: p.Policy.Title(), Columns: planLooks}
	for i := range p.Sites {
		s := h.site(&p.Sites[i], fmt.Sprintf("%s-%d", out.Name, i+1))
		out.Sites = append(out.Sites, s)
		out.Bars = append(out.Bars, newHTMLPlanBar(planSite(p.Sites[i].Site), p.Sites[i].Readiness, s.htmlPlanGate))
	}
	if len(p.Sites) != 1 {
		out.Bars = append(out.Bars, newHTMLPlanBar("all sites", p.Total, htmlPlanGate{}))
	}
	for _, words := range []string{planUnseen(p), planGuests(p.Total)} {
		if words != "" {
			out.Words = append(out.Words, words)
		}
	}
	out.Changes = h.changes(p.Changes)
	for i := range p.Waves {
		out.Waves = append(out.Waves, newHTMLPlanGate(p.Waves[i].Gate, planWave(&p.Waves[i])))
	}
	h.Policies = append(h.Policies, out)
}

// newHTMLPlanBar draws numbers as shares of the devices of the site.
func newHTMLPlanBar(name string, r plan.Readiness, g htmlPlanGate) htmlPlanBar {
	b := htmlPlanBar{ID: g.ID, Name: name, Class: g.Class, Decision: g.Decision, Cells: planNumbers(r, " %")}
	x := 0
	for i, n := range []int{r.Ready, 0, r.Blocked, r.AlreadyBroken, r.Unknown, r.Accepted} {
		if n > 0 {
			b.Parts = append(b.Parts, htmlPart{share(x, r.Devices), share(n, r.Devices), planLooks[i].ID})
		}
		x += n
	}
	return b
}

func newHTMLPlanGate(g plan.Gate, heading string) htmlPlanGate {
	out := htmlPlanGate{Class: assess.Breaks.String(), Decision: planDecision(g.Decision), Heading: Escape(heading)}
	if g.Decision == plan.Go {
		out.Class = assess.Works.String()
	}
	for _, f := range planPoints(g) {
		out.Points = append(out.Points, htmlField{upperFirst(f.name), Escape(f.value)})
	}
	return out
}

func (h *htmlPlan) changes(c *plan.Changes) *htmlPlanChanges {
	if c == nil {
		return nil
	}
	out := &htmlPlanChanges{Words: []string{upperFirst(planSince(c))}}
	if words := planNotCompared(c); words != "" {
		out.Words = append(out.Words, Escape(words))
	}
	for _, part := range planChangeLists(c) {
		words := make([]string, len(part.list))
		for i := range part.list {
			words[i] = planChangeWords(&part.list[i])
		}
		out.Lists = append(out.Lists, h.list(part.title+":", words, maxHTMLChanges))
	}
	return out
}

func (h *htmlPlan) site(s *plan.SitePlan, id string) htmlPlanSite {
	out := htmlPlanSite{htmlPlanGate: newHTMLPlanGate(s.Gate, planSite(s.Site)+": "+planDecision(s.Decision))}
	out.ID, out.About = id, planAbout(s)
	out.add(h.blockers(assess.Breaks, planBlocked, s.Blockers))
	out.add(h.blockers(assess.AlreadyBroken, planBroken, s.Broken))
	for _, part := range planMissingLists(s) {
		words := make([]string, len(part.list))
		for i := range part.list {
			words[i] = planMissing(&part.list[i])
		}
		out.add(h.part(assess.Unknown, part.title, words))
	}
	if len(s.Unknown) > 0 {
		out.Parts = append(out.Parts, h.unknown(s))
	}
	accepted := make([]string, len(s.Accepted))
	for i := range s.Accepted {
		accepted[i] = planItemAccepted(&s.Accepted[i])
	}
	out.add(h.part(assess.NotApplicable, planExcepted, accepted))
	return out
}

// add adds a part that is not empty.
func (s *htmlPlanSite) add(p htmlPlanPart) {
	if len(p.Groups)+len(p.List.First) > 0 {
		s.Parts = append(s.Parts, p)
	}
}

// part is a list of devices under a title.
func (h *htmlPlan) part(look assess.Verdict, title string, words []string) htmlPlanPart {
	return htmlPlanPart{Class: look.String(), Title: title, List: h.list("", words, maxHTMLBad)}
}

// blockers groups devices that something has to be done about.
func (h *htmlPlan) blockers(look assess.Verdict, title string, items []plan.Item) htmlPlanPart {
	out := htmlPlanPart{Class: look.String(), Title: title}
	for _, g := range planGroups(items) {
		out.Groups = append(out.Groups, htmlPlanGroup{Escape(g.words()), planFields(g.says()),
			h.list("", planNames(g.devices()), maxHTMLBad), h.list("", g.expired(), maxHTMLBad)})
	}
	return out
}

// unknown tells what settles what is not known.
func (h *htmlPlan) unknown(s *plan.SitePlan) htmlPlanPart {
	out := htmlPlanPart{Class: assess.Unknown.String(), Title: planUnknown + "; what takes least first"}
	for i := range s.Steps {
		step := &s.Steps[i]
		out.Groups = append(out.Groups, htmlPlanGroup{Heading: planStep(i+1, step), Says: planFields(planStepSays(step)),
			Devices: h.list("", planNames(step.Devices), h.options.Limit)})
	}
	if models := planModels(s.Canary); len(models) > 0 {
		out.List = h.list(planTrial, models, maxHTMLBad)
	}
	return out
}
