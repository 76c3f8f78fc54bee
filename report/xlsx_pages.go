package report

import (
	"github.com/xuri/excelize/v2"

	"smbready/assess"
	"smbready/inventory"
)

// summary writes what the first page of the text says, and what the report rests on.
func (x *workbook) summary() error {
	s, err := x.sheet(summarySheet)
	if err != nil {
		return err
	}
	for i, width := range []float64{26, 16, 16, 16, 16, 16, 16, 16} {
		if err := s.out.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	for _, row := range x.summaryRows() {
		if err := s.add(row); err != nil {
			return err
		}
	}
	return s.out.Flush()
}

// summaryRows are the rows of the summary.
func (x *workbook) summaryRows() []cells {
	r, c := x.run, x.report
	rows := []cells{{x.cell(x.styles.title, x.title())}, {}}
	for _, f := range c.head(r) {
		rows = append(rows, x.told(f.name, f.value)...)
	}
	for _, a := range []answer{clientAnswer(r, &c.tally), serverAnswer(r, &c.tally)} {
		rows = append(rows, cells{}, x.banner(x.styles.verdicts[a.verdict], a.heading))
		for _, point := range a.points {
			rows = append(rows, x.told("", point)...)
		}
	}
	rows = append(rows, cells{}, x.verdictHead("Devices"))
	for _, p := range assess.Policies {
		rows = append(rows, x.verdictRow(p.String(), c.tally.verdicts[p]))
	}
	rows = append(rows, x.verdictRow("client-always, guests", c.tally.guest))
	if len(c.by.sites) > 1 {
		for _, p := range []assess.Policy{assess.ClientAlways, assess.ServerAlways} {
			rows = append(rows, cells{}, x.verdictHead(p.String()+" by site"))
			for _, name := range c.by.bySite() {
				rows = append(rows, x.verdictRow(name, c.by.sites[name].verdicts[p]))
			}
		}
	}
	rows = append(rows, cells{}, x.banner(x.styles.head, "What this report rests on"))
	for _, f := range r.provenance() {
		rows = append(rows, x.told(f.name, f.value)...)
	}
	return rows
}

// banner is a heading over all columns of the summary.
func (x *workbook) banner(style int, text string) cells {
	row := cells{x.cell(style, text)}
	for range len(assess.Verdicts) + 1 {
		row = append(row, excelize.Cell{StyleID: style})
	}
	return row
}

// toldWidth is where prose is broken into rows: a cell runs over the empty ones
// beside it, and rows do not grow by themselves with cells that are merged.
const toldWidth = 110

// told is a name and what is said of it, in as many rows as it takes.
func (x *workbook) told(name, value string) (rows []cells) {
	for _, l := range wrap(Escape(value), toldWidth) {
		rows = append(rows, cells{x.cell(x.styles.name, name), x.cell(x.styles.text, l)})
		name = ""
	}
	return rows
}

func (x *workbook) verdictHead(what string) cells {
	row := cells{x.cell(x.styles.head, what)}
	for _, v := range assess.Verdicts {
		row = append(row, x.verdict(v))
	}
	return append(row, x.cell(x.styles.head, "all"))
}

func (x *workbook) verdictRow(name string, counts [len(assess.Verdicts)]int) cells {
	row, all := cells{x.cell(x.styles.name, name)}, 0
	for _, v := range assess.Verdicts {
		row = append(row, x.count(counts[v]))
		all += counts[v]
	}
	return append(row, x.count(all))
}

// policyLooks are the columns of the sheet of a policy.
var policyLooks = []columnLook{
	{"address", 18, false}, {"site", 12, false}, {"name", 28, false}, {"device", 30, false}, {"verdict", 15, false}, {"confidence", 12, false}, {"reason", 32, false},
	{"smb1", 18, false}, {"smb2", 18, false}, {"state", 18, false}, {"guest_verdict", 15, false}, {"guest_reason", 28, false},
	{"why", 60, true}, {"remedy", 60, true}, {"settle", 60, true}, {"evidence", 60, true},
}

// policy writes the hosts as a policy finds them, the worst first.
func (x *workbook) policy(p assess.Policy) error {
	name := p.String()
	s, err := x.sheet(name)
	if err != nil {
		return err
	}
	index := x.worstFirst(p)
	if err := x.table(s, name, policyLooks, len(index)); err != nil {
		return err
	}
	item := func(h *inventory.Host) (cells, error) {
		a := x.run.judge(h)
		return x.policyRow(h, &a, a.Policies.Of(p)), nil
	}
	if err := inOrder(x.run.ordered(index), item, s.add); err != nil {
		return err
	}
	return s.out.Flush()
}

func (x *workbook) policyRow(h *inventory.Host, a *assess.Assessment, f *assess.Finding) cells {
	t := &x.styles
	row := cells{x.cell(t.name, firstOf(addressWords(h), "no address")), x.cell(t.text, h.Site), x.cell(t.text, hostName(h)), x.cell(t.text, deviceWords(&a.Device)),
		x.verdict(f.Verdict), x.cell(t.text, f.Confidence.String()), x.cell(t.text, f.Reason),
		x.cell(t.text, smb1Words(h.SMB1)), x.cell(t.text, smb2Words(h.SMB2)), x.cell(t.text, stateWords(h))}
	if g := f.Guest; g != nil {
		row = append(row, x.verdict(g.Verdict), x.cell(t.text, g.Reason))
	} else {
		row = append(row, nil, nil)
	}
	return append(row, x.cell(t.wrapped, f.Why), x.cell(t.wrapped, f.Remedy), x.cell(t.wrapped, f.Settle), x.cell(t.wrapped, findingEvidence(f)))
}

// columns writes the columns of the CSV, in address order.
func (x *workbook) columns() error {
	s, err := x.sheet(columnsSheet)
	if err != nil {
		return err
	}
	var looks []columnLook
	for _, name := range columnNames() {
		looks = append(looks, columnLook{name, 20, false})
	}
	if err := x.table(s, columnsSheet, looks, x.run.Len()); err != nil {
		return err
	}
	run := x.run.runCells()
	item := func(h *inventory.Host) (cells, error) {
		var row cells
		for _, text := range append(x.run.csvRow(h, x.joined), run...) { // guarded already
			if text == "" {
				row = append(row, nil)
				continue
			}
			row = append(row, x.guarded(text))
		}
		return row, nil
	}
	if err := inOrder(x.run, item, s.add); err != nil {
		return err
	}
	return s.out.Flush()
}

// missingLooks are the columns of what was not reached.
var missingLooks = []columnLook{{"address", 24, false}, {"site", 14, false}, {"name", 30, false}, {"state", 18, false}, {"detail", 24, false}, {"error", 60, true}}

// missing writes what was not reached: first what is only counted, then the hosts
// that the run lists.
func (x *workbook) missing() error {
	s, err := x.sheet(missingSheet)
	if err != nil {
		return err
	}
	for i, l := range missingLooks {
		if err := s.out.SetColWidth(i+1, i+1, l.width); err != nil {
			return err
		}
	}
	for _, row := range x.missingCounts() {
		if err := s.add(row); err != nil {
			return err
		}
	}
	var head cells
	for _, l := range missingLooks {
		head = append(head, x.cell(x.styles.head, l.title))
	}
	if err := s.add(head); err != nil {
		return err
	}
	index := make([]entry, len(x.report.missing))
	for i, at := range x.report.missing {
		index[i] = x.run.index[at]
	}
	item := func(h *inventory.Host) (cells, error) {
		t := &x.styles
		return cells{x.cell(t.name, addressWords(h)), x.cell(t.text, h.Site), x.cell(t.text, hostName(h)), x.cell(t.text, h.State.String()), x.cell(t.text, h.Detail), x.cell(t.wrapped, h.Error)}, nil
	}
	if err := inOrder(x.run.ordered(index), item, s.add); err != nil {
		return err
	}
	return s.out.Flush()
}

func (x *workbook) missingCounts() []cells {
	s := &x.run.Summary
	fields := x.run.provenance()
	rows := append(x.told("Complete", fieldOf(fields, "Complete")), x.told("Not reached", fieldOf(fields, "Not reached"))...)
	for _, c := range []struct {
		name string
		n    uint64
	}{{"no answer", s.Filtered}, {"unreachable", s.Unreachable}, {"refused the connection", s.Closed}, {"not asked", x.run.unasked()},
		{"lines passed over", s.Skipped}, {"inputs not read in full", uint64(unread(x.run.Header.Inputs))}} {
		rows = append(rows, cells{x.cell(x.styles.name, c.name), x.count(int(min(c.n, 1<<53)))})
	}
	rows = append(rows, cells{})
	rows = append(rows, x.told("Listed below", "The run lists a host that gave no answer only where something is known of it, or where it was told to list all (scan --all).")...)
	return append(rows, cells{})
}
