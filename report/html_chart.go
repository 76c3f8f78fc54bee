package report

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"smbready/assess"
)

// Bounds of what charts tell of.
const (
	maxChartRuns  = 200 // of one site
	maxChartSites = 50  // with a progress of their own
)

// htmlBar is a row of a chart, which is a table with a drawing in each row: what
// the drawing shows stands beside it in numbers.
type htmlBar struct {
	Name   string
	Note   string
	Total  int
	Counts []int // by verdict, where the chart is about verdicts
	Parts  []htmlPart
}

// htmlPart is a piece of a bar. X and Width are percentages of the drawing.
type htmlPart struct{ X, Width, Class string }

// htmlSite is the verdicts of one site under both policies that break things.
type htmlSite struct {
	Name           string
	Client, Server htmlBar
}

// htmlProgress is the runs of one site in their order.
type htmlProgress struct {
	Site           string
	Client, Server []htmlBar
	Guest          []htmlBar // of client-always; empty where no run tells of guests
}

// verdictBar draws counts by verdict as shares of most.
func verdictBar(name string, counts [len(assess.Verdicts)]int, most int) htmlBar {
	b := htmlBar{Name: name}
	x := 0
	for _, v := range assess.Verdicts {
		n := counts[v]
		b.Total += n
		b.Counts = append(b.Counts, n)
		if n > 0 && most > 0 {
			b.Parts = append(b.Parts, htmlPart{share(x, most), share(n, most), v.String()})
		}
		x += n
	}
	return b
}

// share writes n of most as a percentage.
func share(n, most int) string {
	return strconv.FormatFloat(100*float64(n)/float64(most), 'f', 2, 64) + "%"
}

// countBars draws one bar for each thing that is counted.
func countBars(list []counted) (bars []htmlBar) {
	most := 0
	for _, c := range list {
		most = max(most, c.n)
	}
	for _, c := range list {
		bars = append(bars, htmlBar{Name: Escape(c.name), Total: c.n, Parts: []htmlPart{{"0%", share(c.n, most), "plain"}}})
	}
	return bars
}

func (h *htmlPage) charts(c *collection, history []HistoryPoint) {
	t := &c.tally
	for _, p := range assess.Policies {
		h.Policies = append(h.Policies, verdictBar(p.String(), t.verdicts[p], t.Hosts))
	}
	guest := verdictBar("client-always, guests", t.guest, t.Hosts)
	if guest.Total > 0 {
		h.Policies = append(h.Policies, guest)
	}
	h.Dialects, h.Eras = countBars(c.by.byDialect()), countBars(c.by.byEra())
	if len(c.by.sites) > 1 {
		h.Sites = siteBars(&c.by)
	}
	h.Progress = progress(history)
}

func siteBars(b *breakdown) (list []htmlSite) {
	most := 0
	for _, t := range b.sites {
		most = max(most, t.Hosts)
	}
	for _, name := range b.bySite() {
		t := b.sites[name]
		list = append(list, htmlSite{name, verdictBar(name, t.verdicts[assess.ClientAlways], most), verdictBar(name, t.verdicts[assess.ServerAlways], most)})
	}
	return list
}

// progress draws the runs of each site that has several, the oldest first. Of very
// many the latest are drawn.
func progress(points []HistoryPoint) (list []htmlProgress) {
	bySite := map[string][]HistoryPoint{}
	var sites []string
	for _, p := range points {
		if bySite[p.Site] == nil {
			sites = append(sites, p.Site)
		}
		bySite[p.Site] = append(bySite[p.Site], p)
	}
	slices.Sort(sites)
	for _, site := range sites {
		runs := bySite[site]
		if len(runs) < 2 || len(list) == maxChartSites {
			continue
		}
		slices.SortStableFunc(runs, func(a, b HistoryPoint) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Run, b.Run)) })
		list = append(list, progressOf(clip(Escape(site), maxSite), runs[max(0, len(runs)-maxChartRuns):]))
	}
	return list
}

func progressOf(site string, runs []HistoryPoint) htmlProgress {
	h := htmlProgress{Site: site}
	most := 0
	for _, r := range runs {
		most = max(most, r.Hosts)
	}
	guests := slices.ContainsFunc(runs, func(r HistoryPoint) bool { return r.Guest != [len(assess.Verdicts)]int{} })
	for _, r := range runs {
		name := "time not recorded"
		if !r.Time.IsZero() {
			name = r.Time.UTC().Format(time.DateOnly + " 15:04")
		}
		note := clip(Escape(r.Run), maxName)
		if !r.Complete {
			note += ", incomplete"
		}
		for _, of := range []struct {
			bars   *[]htmlBar
			policy assess.Policy
		}{{&h.Client, assess.ClientAlways}, {&h.Server, assess.ServerAlways}} {
			b := verdictBar(name, r.Counts[of.policy], most)
			b.Note = note
			*of.bars = append(*of.bars, b)
		}
		if guests {
			b := verdictBar(name, r.Guest, most)
			b.Note = note
			h.Guest = append(h.Guest, b)
		}
	}
	return h
}

// SitePolicies names the policies that are told of by site.
func (h *htmlPage) SitePolicies() []string {
	return []string{assess.ClientAlways.String(), assess.ServerAlways.String()}
}

// htmlRuns is the runs of a site under one policy.
type htmlRuns struct {
	Page   *htmlPage
	Policy string
	Bars   []htmlBar
}

// OfRuns gathers what the table of runs shows.
func (h *htmlPage) OfRuns(policy string, bars []htmlBar) htmlRuns { return htmlRuns{h, policy, bars} }

// htmlCounts is a table of counts.
type htmlCounts struct {
	Title, What string
	Bars        []htmlBar
}

// OfCounts gathers what a table of counts shows.
func (h *htmlPage) OfCounts(title, what string, bars []htmlBar) htmlCounts {
	return htmlCounts{title, what, bars}
}

// CandidateWords say what to do with the candidates.
func (h *htmlPage) CandidateWords() string { return candidateWords }
