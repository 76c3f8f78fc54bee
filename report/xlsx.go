package report

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/xuri/excelize/v2"

	"smbready/assess"
	"smbready/inventory"
)

// maxSheetRows is how many rows a sheet has, the header among them: the limit of
// Excel, [ECMA-376] part 1, 18.3.1.73.
const maxSheetRows = 1 << 20

// errTooManyDevices says what a workbook cannot hold, and what to do instead.
var errTooManyDevices = errors.New("a workbook has no room for more than 1,048,575 devices; choose CSV, or one site")

// Names of sheets besides those of the policies.
const (
	summarySheet = "Summary"
	columnsSheet = "All columns"
	missingSheet = "Not reached"
)

// WriteXLSX writes the run as a workbook: a summary, a sheet for each policy with
// the worst first, all columns of the CSV, and what was not reached.
//
// Every cell that is not a count is text, in a cell of the text format, so that no
// spreadsheet takes it for a formula, a date or a number even when it is edited;
// values are guarded and bounded as those of [WriteCSV] are. There is no formula, no
// link and no reference to anything outside. Memory stays flat but for a few bytes
// for each host; the sheets are in the folder for temporary files meanwhile.
func WriteXLSX(w io.Writer, r *Run) (err error) {
	if r.Len() >= maxSheetRows {
		return errTooManyDevices
	}
	x, err := newWorkbook(r)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.file.Close()) }() // which removes its temporary files
	if err := x.write(); err != nil {
		return err
	}
	return x.writeTo(w)
}

// workbook is a workbook in the making.
type workbook struct {
	run    *Run
	file   *excelize.File
	styles xlsxStyles
	joined *assess.Joined
	report *collected
}

// collected is what one pass over the run tells.
type collected struct {
	*textReport
	by      breakdown
	verdict [len(assess.Policies)][]uint8 // severity of each host, in address order
	missing []int                         // hosts that were not reached
}

func newWorkbook(r *Run) (*workbook, error) {
	x := &workbook{run: r, file: excelize.NewFile(), report: &collected{textReport: newTextReport(TextOptions{Limit: 1})}}
	if err := x.collect(); err != nil {
		return nil, errors.Join(err, x.file.Close())
	}
	err := x.properties()
	if err == nil {
		x.styles, err = newXLSXStyles(x.file)
	}
	if err != nil {
		return nil, errors.Join(err, x.file.Close())
	}
	return x, nil
}

// hostSummary is what collect keeps of a host, or counts.
type hostSummary struct {
	host       *inventory.Host
	assessment *assess.Assessment
	apart      bool
}

func (x *workbook) collect() error {
	c := x.report
	item := func(h *inventory.Host) (hostSummary, error) {
		a := x.run.judge(h)
		return hostSummary{h, &a, len(apartWords(h.Joins)) > 0}, nil
	}
	err := inOrder(x.run, item, func(s hostSummary) error {
		c.tally.Add(s.assessment)
		c.joiner.Add(s.host)
		c.by.add(s.host, s.assessment)
		if s.apart {
			c.apart++
		}
		for _, p := range assess.Policies {
			c.verdict[p] = append(c.verdict[p], severity(p, s.assessment))
		}
		if unreached(s.host.State) {
			c.missing = append(c.missing, len(c.verdict[0])-1)
		}
		return nil
	})
	c.joined = c.joiner.Join()
	x.joined = c.joined
	return err
}

// severity orders the hosts of a policy: 0 is the worst. A guest path that breaks
// comes after what breaks for everybody.
func severity(p assess.Policy, a *assess.Assessment) uint8 {
	f := a.Policies.Of(p)
	s := 2 * f.Verdict.Severity()
	if g := f.Guest; g != nil && g.Verdict == assess.Breaks && f.Verdict != assess.Breaks {
		s = 1
	}
	return uint8(s)
}

func unreached(s inventory.State) bool { return s != inventory.StateSMB && s != inventory.StateOpen }

// properties names the maker and the run in the properties of the document. Its times
// are those of the run, so that one run makes one file.
func (x *workbook) properties() error {
	maker := clip(Escape(firstOf(x.run.Tool, "smbready")), maxName)
	made := rfc3339(x.run.Header.Started)
	if made == "" {
		made = "1980-01-01T00:00:00Z"
	}
	return errors.Join(
		x.file.SetDocProps(&excelize.DocProperties{Title: x.title(), Creator: maker, LastModifiedBy: maker, Created: made, Modified: made,
			Subject: "SMB signing readiness", Description: clip("Run "+Escape(x.run.Header.ID)+", judged by rules "+assess.RulesVersion(), maxProse)}),
		x.file.SetAppProps(&excelize.AppProperties{Application: "smbready"}))
}

func (x *workbook) title() string {
	title := "SMB signing readiness"
	if site := firstOf(x.run.onlySite, x.run.Header.Site); site != "" {
		title += ": " + clip(Escape(site), maxSite)
	}
	return title
}

func (x *workbook) write() error {
	if err := x.file.SetSheetName("Sheet1", summarySheet); err != nil {
		return err
	}
	if err := x.summary(); err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	for _, p := range assess.Policies {
		if err := x.policy(p); err != nil {
			return fmt.Errorf("writing the sheet of %s: %w", p, err)
		}
	}
	if err := x.columns(); err != nil {
		return fmt.Errorf("writing all columns: %w", err)
	}
	if err := x.missing(); err != nil {
		return fmt.Errorf("writing what was not reached: %w", err)
	}
	return nil
}

// ordered returns the run with its hosts in another order, or with some of them.
func (r *Run) ordered(index []entry) *Run {
	return &Run{Header: r.Header, Judge: r.Judge, file: r.file, index: index, judge: r.judge}
}

// worstFirst returns the index in the order of a policy: by verdict, then by address.
func (x *workbook) worstFirst(p assess.Policy) []entry {
	var list []entry
	for s := range uint8(2 * len(assess.Verdicts)) {
		for i, v := range x.report.verdict[p] {
			if v == s {
				list = append(list, x.run.index[i])
			}
		}
	}
	return slices.Clip(list)
}
