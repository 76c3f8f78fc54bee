package report

import (
	"iter"
	"slices"
	"strings"

	"smbready/assess"
)

// How many devices a table of one reason lists, and how many rows one piece of the
// table of all devices has: a browser lays out a piece when it comes into view.
const (
	maxHTMLBad  = 100
	maxHTMLFine = 10
	chunkSize   = 100
)

// htmlPage is what the template of the page is given. All its text is escaped by
// Escape, and once more by the template.
type htmlPage struct {
	pageShell
	Heading    string
	Contents   []htmlLink
	Head       []htmlField
	Answers    []htmlAnswer
	Verdicts   []string // the words, in the order of the columns
	Classes    []string
	Policies   []htmlBar
	Sites      []htmlSite
	Progress   []htmlProgress
	Dialects   []htmlBar
	Eras       []htmlBar
	Roles      []htmlRole
	IfAgrees   string
	Clients    []htmlList
	Candidates []htmlCandidate
	Sessions   []htmlList
	Costs      []htmlList
	CostWords  string
	Faults     []htmlList
	Devices    htmlDevices
	Legend     string
	Origins    []htmlField
}

type htmlLink struct{ ID, Title string }

type htmlField struct{ Name, Value string }

// htmlAnswer is the answer for one policy.
type htmlAnswer struct {
	Class, Heading string
	Points         []string
}

// htmlRole is the devices in one role, by verdict and reason.
type htmlRole struct {
	ID, Title, Setting, Words string
	Sections                  []htmlSection
}

type htmlSection struct {
	Class, Heading string
	Groups         []htmlGroup
}

// htmlGroup is the devices with one reason.
type htmlGroup struct {
	Reason, Count, Sure string
	Says                []htmlField
	Table               htmlTable
	More                string
}

type htmlTable struct {
	Titles []string
	Rows   [][]string
}

// htmlList is a paragraph with points.
type htmlList struct {
	Lead   string
	Points []string
}

type htmlCandidate struct{ Name, Count, Setting, Devices string }

// htmlDevices is the table of all devices.
type htmlDevices struct {
	Total   int
	Sites   bool
	Answers bool // some device answered something other than SMB
	Names   []string
	Kinds   []string
	rows    []*judgedRow
	joined  *assess.Joined
}

func newHTMLPage(r *Run, c *collection, o TextOptions) *htmlPage {
	title := "SMB signing readiness"
	if site := firstOf(r.onlySite, r.Header.Site); site != "" {
		title += ": " + clip(Escape(site), maxSite)
	}
	p := &page{sites: c.sites > 1, guests: c.guests || r.Header.GuestCheck}
	h := &htmlPage{pageShell: newShell(title, pageAsset("script.js")), Heading: title, Origins: htmlFields(r.provenance())}
	h.summary(r, c)
	if c.tally.Hosts > 0 {
		h.charts(c, o.History)
		h.roles(p, c)
		h.IfAgrees = ifAgreesWords(&c.tally)
		h.lists(p, c)
		h.Devices = newHTMLDevices(p, c)
		h.Legend = legendWords
	}
	h.Contents = h.contents()
	return h
}

func (h *htmlPage) summary(r *Run, c *collection) {
	for _, f := range c.head(r) {
		h.Head = append(h.Head, htmlField{f.name, Escape(f.value)})
	}
	for _, a := range []answer{clientAnswer(r, &c.tally), serverAnswer(r, &c.tally)} {
		h.Answers = append(h.Answers, htmlAnswer{a.class(), Escape(a.heading), escaped(a.points)})
	}
	for _, v := range assess.Verdicts {
		h.Verdicts, h.Classes = append(h.Verdicts, verdictWords(v)), append(h.Classes, v.String())
	}
}

// class is the verdict whose look an answer has.
func (a *answer) class() string { return a.verdict.String() }

func htmlFields(fields []field) []htmlField {
	list := make([]htmlField, len(fields))
	for i, f := range fields {
		list[i] = htmlField{f.name, f.value}
	}
	return list
}

func escaped(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = Escape(s)
	}
	return out
}

// contents lists the parts that the page has.
func (h *htmlPage) contents() []htmlLink {
	var list []htmlLink
	for _, s := range []struct {
		here      bool
		id, title string
	}{
		{true, "summary", "Summary"},
		{len(h.Policies) > 0, "verdicts", "Verdicts by policy"},
		{len(h.Sites) > 0, "sites", "Verdicts by site"},
		{len(h.Progress) > 0, "progress", "Progress over runs"},
		{len(h.Dialects) > 0, "protocols", "Dialects and eras"},
		{len(h.Roles) > 0, "servers", "Devices as servers of our clients"},
		{len(h.Roles) > 0, "clients", "Devices as clients of our servers"},
		{h.IfAgrees != "", "if-agrees", `The two "if agrees" settings`},
		{len(h.Clients) > 0, "seen", "What was seen of clients"},
		{len(h.Candidates) > 0, "candidates", "Test scans to make with a listener"},
		{len(h.Sessions) > 0, "sessions", "Sessions that were tried"},
		{len(h.Costs) > 0, "costs", "What signing cost here"},
		{len(h.Faults) > 0, "faults", "Errors of the scan itself"},
		{h.Devices.Total > 0, "devices", "All devices"},
		{h.Legend != "", "legend", "How to read this"},
		{true, "origins", "What this report rests on"},
	} {
		if s.here {
			list = append(list, htmlLink{s.id, s.title})
		}
	}
	return list
}

// roles tells of the devices by reason, in both roles.
func (h *htmlPage) roles(p *page, c *collection) {
	servers := htmlRole{ID: "servers", Title: "Devices as servers of our clients (client-always)", Setting: assess.ClientAlways.Title()}
	clients := htmlRole{ID: "clients", Title: "Devices as clients of our servers (server-always)", Setting: assess.ServerAlways.Title(), Words: asClientWords}
	for _, v := range assess.Verdicts {
		servers.add(p, &c.account[v], v, heading(verdictWords(v), c.account[v].devices, clientMeaning[v]))
		if v == assess.Breaks {
			servers.add(p, &c.guest, v, heading("breaks for guests", c.guest.devices, guestMeaning))
		}
		clients.add(p, &c.server[v], v, heading(verdictWords(v), c.server[v].devices, serverMeaning[v]))
	}
	h.Roles = []htmlRole{servers, clients}
}

func (role *htmlRole) add(p *page, s *section, v assess.Verdict, heading string) {
	if s.devices == 0 {
		return
	}
	part := htmlSection{Class: v.String(), Heading: heading}
	limit := maxHTMLBad
	if v.Fine() || v == assess.Unknown && role.ID == "clients" {
		limit = maxHTMLFine
	}
	for _, g := range s.ordered() {
		part.Groups = append(part.Groups, newHTMLGroup(p, g, limit))
	}
	role.Sections = append(role.Sections, part)
}

func newHTMLGroup(p *page, g *group, limit int) htmlGroup {
	sure, same := g.confidence.words()
	h := htmlGroup{Reason: clip(Escape(g.reason), maxName), Count: devices(g.devices), Sure: sure}
	for _, f := range []field{{"Why", g.why}, {"Remedy", g.remedy}, {"To settle", g.settle}} {
		if f.value != "" {
			h.Says = append(h.Says, htmlField{f.name, Escape(clip(f.value, maxProse))})
		}
	}
	rows := g.rows[:min(len(g.rows), limit)]
	columns := p.tableColumns(rows, !same)
	for _, c := range columns {
		h.Table.Titles = append(h.Table.Titles, titleCase(c.title))
	}
	for _, r := range rows {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = firstOf(c.cell(r), "-")
		}
		h.Table.Rows = append(h.Table.Rows, cells)
	}
	if more := g.devices - len(rows); more > 0 {
		h.More = "… and " + count(more, "more", "more")
	}
	return h
}

// titleCase writes the title of a column as a page does.
func titleCase(title string) string {
	if strings.HasPrefix(title, "SMB") {
		return title
	}
	return title[:1] + strings.ToLower(title[1:])
}

// lists tells of what is neither counted nor judged.
func (h *htmlPage) lists(p *page, c *collection) {
	for _, s := range c.clients {
		h.Clients = append(h.Clients, htmlList{Escape(strings.TrimSuffix(p.item(s.row)+": "+s.head, ": ")), escaped(s.points())})
	}
	for _, g := range c.canary.Groups() {
		h.Candidates = append(h.Candidates, htmlCandidate{candidateName(&g), devices(len(g.Hosts)), Escape(clip(g.Setting, maxProse)),
			strings.ReplaceAll(strings.Join(addressList(&g, maxHTMLBad), ", "), "(-v lists them)", "(in the table of all devices)")})
	}
	h.Sessions = sessionLists(p, c.tried)
	for _, m := range c.costs {
		h.Costs = append(h.Costs, htmlList{Escape(p.item(m.row) + ", " + m.what), escaped(m.points())})
	}
	if len(h.Costs) > 0 {
		h.CostWords = costCaveat(c.costs)
	}
	for _, r := range c.faults {
		h.Faults = append(h.Faults, htmlList{Lead: Escape(p.item(r) + ": " + r.fault)})
	}
}

// sessionLists tells which sessions were tried, and what came of each.
func sessionLists(p *page, list []*tried) (out []htmlList) {
	for _, t := range list {
		for i := range t.sessions {
			s := &t.sessions[i]
			l := htmlList{Lead: Escape(p.item(t.row) + ": " + s.words)}
			if s.dialect != "" {
				l.Lead = Escape(p.item(t.row) + " at " + s.dialect + ": " + s.words)
			}
			for _, f := range s.facts {
				l.Points = append(l.Points, f.label+": "+Escape(f.text))
			}
			out = append(out, l)
		}
		if t.more > 0 {
			out = append(out, htmlList{Lead: Escape(p.item(t.row) + ": … and " + count(t.more, "more session", "more sessions"))})
		}
	}
	return out
}

func newHTMLDevices(p *page, c *collection) htmlDevices {
	d := htmlDevices{Total: len(c.devices), Sites: p.sites, rows: c.worstFirst(), joined: c.joined}
	names, kinds := map[string]bool{}, map[string]bool{}
	for _, j := range c.devices {
		d.Answers = d.Answers || j.answer != ""
		if len(names) < maxBrokenDown {
			names[j.site] = true
		}
		kinds[firstOf(j.kind, assess.ClassUnknown.String())] = true
	}
	delete(names, "")
	d.Names, d.Kinds = sortedKeys(names), sortedKeys(kinds)
	return d
}

func sortedKeys(m map[string]bool) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// htmlChunk is a piece of the table of all devices.
type htmlChunk struct {
	First, Last int
	Rows        []htmlDevice
}

// htmlDevice is a row of it.
type htmlDevice struct {
	Order                               int
	Address, Site, Name, Kind, Device   string
	Answer, SMB1, SMB2, Guest           string
	Client, ClientWords, ClientReason   string
	Server, ServerWords, ServerReason   string
	ClientSure, ServerSure, Notes, Also string
}

// Chunks returns the pieces one after the other, so that one is in memory at a time.
func (d htmlDevices) Chunks() iter.Seq[htmlChunk] {
	return func(yield func(htmlChunk) bool) {
		first := 1
		for rows := range slices.Chunk(d.rows, chunkSize) {
			c := htmlChunk{First: first, Last: first + len(rows) - 1, Rows: make([]htmlDevice, len(rows))}
			for i, j := range rows {
				c.Rows[i] = d.device(j)
			}
			first += len(rows)
			if !yield(c) {
				return
			}
		}
	}
}

func (d *htmlDevices) device(j *judgedRow) htmlDevice {
	return htmlDevice{
		Order: j.order, Address: j.address, Site: j.site, Name: j.name, Kind: firstOf(j.kind, assess.ClassUnknown.String()), Device: j.device,
		Answer: j.answer, SMB1: j.smb1, SMB2: j.smb2, Guest: j.guest,
		Client: j.client.verdict.String(), ClientWords: verdictWords(j.client.verdict), ClientSure: j.client.confidence.String(), ClientReason: j.client.reason,
		Server: j.server.verdict.String(), ServerWords: verdictWords(j.server.verdict), ServerSure: j.server.confidence.String(), ServerReason: j.server.reason,
		Notes: strings.Join(j.notes, "; "), Also: also(d.joined.Also(j.at)),
	}
}
