package report

import (
	"bufio"
	"io"

	"smbready/assess"
	"smbready/inventory"
)

// TextOptions says how WriteText writes. Its zero value writes no colours,
// wraps prose at 100 columns and cuts no table, and shortens long lists of
// devices that need no attention.
type TextOptions struct {
	Width   int  // columns of the terminal; 0 for a pipe or a file
	Color   bool // colours for the verdict headings; they never say more than the words
	Verbose bool // list every device, however many
	Limit   int  // devices listed for a reason that needs no attention; 0 means 10

	// History is earlier runs and this one, of one site or of several, in any
	// order. HTML draws the progress of each site that has two or more.
	History []HistoryPoint
}

// minWidth is the narrowest layout. A narrower terminal breaks the lines
// itself.
const minWidth = 60

// defaultLimit is the Limit that 0 stands for.
const defaultLimit = 10

func (o TextOptions) normal() TextOptions {
	if o.Width != 0 {
		o.Width = max(o.Width, minWidth)
	}
	if o.Limit <= 0 {
		o.Limit = defaultLimit
	}
	return o
}

// WriteText writes the report for a person: first what an answer to "can we
// switch it on?" needs, then the devices, worst first, under the reason they
// share. Of each device it holds one row in memory.
func WriteText(w io.Writer, r *Run, o TextOptions) error {
	o = o.normal()
	t := newTextReport(o)
	err := inOrder(r, r.textItem, func(it textItem) error {
		t.add(it)
		return nil
	})
	t.joined = t.joiner.Join()
	if err != nil {
		return err
	}
	p := &page{w: bufio.NewWriter(w), width: o.Width, color: o.Color, sites: t.sites > 1, guests: t.guests || r.Header.GuestCheck}
	p.summary(r, t)
	if t.tally.Hosts > 0 {
		p.matrix(&t.tally)
		p.asServer(t)
		p.asClient(t)
		p.ifAgrees(&t.tally)
		p.clients(t.clients)
		p.candidates(t.canary.Groups(), t.limit)
		p.sessions(t.tried)
		p.costs(t.costs)
		p.faults(t.faults)
		p.legend()
	}
	p.origins(r)
	return p.w.Flush()
}

// textReport collects what is to be written.
type textReport struct {
	limit   int // of rows kept for a reason that needs no attention; -1 keeps all
	tally   Tally
	account [len(assess.Verdicts)]section // client-always, with an account, by Verdict
	guest   section                       // client-always, guest paths that break
	server  [len(assess.Verdicts)]section // server-always, by Verdict
	faults  []*row
	tried   []*tried
	costs   []*cost
	clients []*seenClient
	apart   int // hosts of which something was kept apart
	canary  assess.CanaryCandidates
	guests  bool   // whether guests are let in was looked for
	site    string // of the first device
	sites   int    // 0, 1, or 2 for more
	joiner  assess.Joiner
	joined  *assess.Joined
}

func newTextReport(o TextOptions) *textReport {
	if o.Verbose {
		return &textReport{limit: -1}
	}
	return &textReport{limit: o.Limit}
}

// textItem is a host, ready to be listed.
type textItem struct {
	host       *inventory.Host
	row        *row
	assessment *assess.Assessment
}

func (r *Run) textItem(h *inventory.Host) (textItem, error) {
	a := r.judge(h)
	return textItem{h, newRow(h, &a), &a}, nil
}

func (t *textReport) add(it textItem) {
	a := it.assessment
	t.tally.Add(a)
	t.joiner.Add(it.host)
	t.addSite(it.host.Site)
	t.guests = t.guests || triedGuest(it.host)
	if s := newTried(it.host, it.row); s != nil {
		t.tried = append(t.tried, s)
	}
	if c := newCost(it.host, it.row); c != nil {
		t.costs = append(t.costs, c)
	}
	t.canary.Add(it.host, a)
	if it.row.apart {
		t.apart++
	}
	if c := newSeenClient(it.host, it.row); c != nil {
		t.clients = append(t.clients, c)
	}
	account, server := &a.Policies.ClientAlways, &a.Policies.ServerAlways
	t.account[account.Verdict].add(account, it.row, t.limitFor(account.Verdict.Fine()))
	if g := account.Guest; g != nil && g.Verdict == assess.Breaks {
		t.guest.add(g, it.row, -1)
	}
	// Nearly every device is unknown as a client, and is listed above already.
	t.server[server.Verdict].add(server, it.row, t.limitFor(server.Verdict.Fine() || server.Verdict == assess.Unknown))
	if it.row.fault != "" {
		t.faults = append(t.faults, it.row)
	}
}

// addSite counts sites as far as it matters.
func (t *textReport) addSite(site string) {
	switch {
	case t.sites == 0:
		t.site, t.sites = site, 1
	case site != t.site:
		t.sites = 2
	}
}

// limitFor returns how many rows to keep for a reason; -1 means all.
func (t *textReport) limitFor(brief bool) int {
	if brief {
		return t.limit
	}
	return -1
}

// section is the devices with one verdict, by the reason for it.
type section struct {
	devices int
	groups  map[groupKey]*group
}

// groupKey is what devices must share to be listed together: everything that
// is said about them.
type groupKey struct{ reason, why, remedy, settle string }

// group is the devices with one reason.
type group struct {
	groupKey
	devices    int
	confidence confidences
	rows       []groupRow
}

// groupRow is a device in a group, with the confidence of this finding.
type groupRow struct {
	*row
	confidence assess.Confidence
}

// add adds a device; beyond limit rows it is only counted.
func (s *section) add(f *assess.Finding, r *row, limit int) {
	key := groupKey{f.Reason, f.Why, f.Remedy, f.Settle}
	g := s.groups[key]
	if g == nil {
		if s.groups == nil {
			s.groups = map[groupKey]*group{}
		}
		g = &group{groupKey: key}
		s.groups[key] = g
	}
	s.devices++
	g.devices++
	g.confidence[f.Confidence]++
	if limit < 0 || len(g.rows) < limit {
		g.rows = append(g.rows, groupRow{r, f.Confidence})
	}
}
