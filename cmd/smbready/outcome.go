package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"smbready/assess"
	"smbready/inventory"
	"smbready/report"
	"smbready/schedule/notify"
	"smbready/store"
)

// outcome is what came of a scheduled run, compared with the last complete one of
// its site.
type outcome struct {
	site    string
	run     *report.Run
	before  string // the run that it is compared with; empty for the first
	unread  int    // earlier runs that cannot be compared with
	point   report.HistoryPoint
	counts  []report.DiffCount // of what changed
	changed bool
	worse   bool
	text    string            // for people
	devices []json.RawMessage // that are worse
	more    int               // of those, beyond the listed ones
}

// Bounds of a message. Whoever wants all of it asks smbready diff.
const (
	maxNoticeText    = 64 << 10 // bytes
	maxNoticeDevices = 100
)

// outcomeOf reads a complete run and compares it.
func (r *siteRunner) outcomeOf(ctx context.Context, site, id string) (*outcome, error) {
	infos, err := r.store.Runs(ctx, site)
	if err != nil {
		return nil, err
	}
	run, done, err := r.openSiteRun(ctx, site, id)
	if err != nil {
		return nil, err
	}
	defer done()
	o := &outcome{site: site, run: run}
	if o.point, err = report.NewHistoryPoint(run); err != nil {
		return nil, err
	}
	before, unread := completeBefore(infos, &run.Header)
	o.unread = unread
	tried := 0
	for _, h := range before {
		err := r.compareWith(ctx, o, h.ID)
		if err == nil || ctx.Err() != nil {
			return o, err
		}
		r.app.ui.say("site %q: run %s cannot be compared with: %s; an older one is taken. \"smbready runs show\" and \"runs delete\" deal with it", site, h.ID, oneLine(err.Error()))
		o.unread++
		if tried++; tried == maxUnread {
			break
		}
	}
	o.before, o.changed, o.worse = "", true, o.breaks() > 0
	o.text = o.firstText()
	return o, nil
}

// maxUnread bounds the runs that are tried in vain.
const maxUnread = 5

// compareWith compares the outcome with a stored run.
func (r *siteRunner) compareWith(ctx context.Context, o *outcome, id string) error {
	old, done, err := r.openSiteRun(ctx, o.site, id)
	if err != nil {
		return err
	}
	defer done()
	o.before = id
	return o.compare(old)
}

// openSiteRun opens what a stored run tells of a site.
func (r *siteRunner) openSiteRun(ctx context.Context, site, id string) (*report.Run, func(), error) {
	run, done, err := openStored(ctx, r.store, id)
	if err != nil {
		return nil, nil, err
	}
	if run.Tool = "smbready " + toolVersion(); run.Header.Site != site {
		if err := run.OnlySite(site); err != nil {
			done()
			return nil, nil, err
		}
	}
	return run, done, nil
}

// completeBefore returns the complete scans that began before a run, the last first,
// and how many others may be one and cannot be used. What was read from captures or
// logs tells of other things.
func completeBefore(infos []store.RunInfo, run *inventory.Run) (list []*inventory.Run, unread int) {
	for i := range infos {
		h := &infos[i].Header
		switch unusable := infos[i].Damaged != nil || infos[i].Future; {
		case h.ID == run.ID:
			continue
		case unusable:
			if !h.Started.After(run.Started) || infos[i].Future {
				unread++
			}
			continue
		}
		if !infos[i].Complete() || len(h.Inputs) > 0 || !h.Started.Before(run.Started) {
			continue
		}
		list = append(list, h)
	}
	slices.SortStableFunc(list, func(a, b *inventory.Run) int { return b.Started.Compare(a.Started) })
	return list, unread
}

// compare fills in what changed since another run.
func (o *outcome) compare(old *report.Run) error {
	d, err := report.NewDiff(old, o.run)
	if err != nil {
		return err
	}
	text := &firstLines{most: maxNoticeText}
	tally, err := d.Write(text, report.Text, report.DiffOptions{})
	if err != nil {
		return err
	}
	o.counts, o.worse, o.changed = tally.Changes(), tally.Worse > 0, tally.Changed()
	o.text = text.String()
	if text.more > 0 {
		o.text += fmt.Sprintf("\n%d more lines: smbready diff %s %s\n", text.more, o.before, o.run.Header.ID)
	}
	if !o.worse {
		return nil
	}
	only, err := report.ParseDiffOnly([]string{"worse"})
	if err != nil {
		return err
	}
	lines := &firstLines{most: maxNoticeText}
	if _, err := d.Write(lines, report.JSON, report.DiffOptions{Only: only}); err != nil {
		return err
	}
	o.listDevices(lines, tally.Worse)
	return nil
}

// listDevices takes the devices out of the lines of a diff.
func (o *outcome) listDevices(lines *firstLines, all int) {
	for line := range bytes.Lines(lines.kept.Bytes()) {
		var l struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(line, &l) == nil && l.Type == "change" && len(o.devices) < maxNoticeDevices {
			o.devices = append(o.devices, bytes.Clone(bytes.TrimSpace(line)))
		}
	}
	o.more = all - len(o.devices)
}

// breaks counts what each policy that is made mandatory would break.
func (o *outcome) breaks() int {
	return o.point.Counts[assess.ClientAlways][assess.Breaks] + o.point.Guest[assess.Breaks] + o.point.Counts[assess.ServerAlways][assess.Breaks]
}

// policyWords says what each policy that is made mandatory would break, and of how many
// that is not known.
func (o *outcome) policyWords() string {
	client, server := &o.point.Counts[assess.ClientAlways], &o.point.Counts[assess.ServerAlways]
	return fmt.Sprintf("client-always breaks %d, for guests %d, and %d are unknown; server-always breaks %d, and %d are unknown",
		client[assess.Breaks], o.point.Guest[assess.Breaks], client[assess.Unknown], server[assess.Breaks], server[assess.Unknown])
}

// askedWords says what was asked, and what was not.
func (o *outcome) askedWords() string {
	sum, h := &o.run.Summary, &o.run.Header
	words := fmt.Sprintf("%s asked, %d speak SMB, %d have the port open without it, %d refused, %d gave no answer",
		addresses(sum.Probed), sum.SMB, sum.Open, sum.Closed, sum.Filtered+sum.Unreachable)
	switch {
	case h.Gentle:
		words += ", gently: guests were not tried"
	case !h.GuestCheck:
		words += "; guests were not tried"
	}
	return words
}

// firstWords says why there is nothing to compare with.
func (o *outcome) firstWords() string {
	if o.unread > 0 {
		return fmt.Sprintf("no earlier complete run can be compared with: %d are damaged or dated in the future", o.unread)
	}
	return "the first complete run"
}

// firstText is the text of a run that there is nothing to compare with.
func (o *outcome) firstText() string {
	return fmt.Sprintf("Site %s, run %s: %s, so there is nothing to compare it with.\n\n  %s.\n  %s.\n\nThe whole report: smbready report %s\n",
		o.site, o.run.Header.ID, o.firstWords(), o.askedWords(), o.policyWords(), o.run.Header.ID)
}

// words says in a few what came of the run.
func (o *outcome) words() string {
	if o.before == "" {
		return o.firstWords() + "; " + o.askedWords() + "; " + o.policyWords()
	}
	var parts []string
	for _, c := range o.counts {
		if c.N > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.N, c.Name))
		}
	}
	if len(parts) == 0 {
		return "nothing changed since run " + o.before
	}
	return strings.Join(parts, ", ") + " since run " + o.before
}

// noticeBody is what programs are told. Its fields are never taken away or given
// another meaning; new ones may come.
type noticeBody struct {
	Version  int                       `json:"version"`
	Event    string                    `json:"event"` // "complete" or "failed"
	Text     string                    `json:"text"`  // a line for people, where chat programs look for it
	Time     time.Time                 `json:"time"`
	Tool     string                    `json:"tool"`
	Rules    string                    `json:"rules"`
	Site     string                    `json:"site"`
	Error    string                    `json:"error,omitempty"`
	Run      *inventory.Run            `json:"run,omitempty"`
	Summary  *inventory.Summary        `json:"summary,omitempty"`
	Verdicts map[string]map[string]int `json:"verdicts,omitempty"` // hosts by policy and verdict
	Before   string                    `json:"before,omitempty"`   // the run that it was compared with
	Changes  map[string]int            `json:"changes,omitempty"`  // devices by what became of them
	Worse    []json.RawMessage         `json:"worse,omitempty"`    // as smbready diff -f json has them
	MoreOf   int                       `json:"worse_not_listed,omitempty"`
}

const (
	noticeVersion  = 1
	eventComplete  = "complete"
	eventFailed    = "failed"
	maxNoticeError = 1000 // bytes
)

func newNotice(event, site, words string) noticeBody {
	return noticeBody{Version: noticeVersion, Event: event, Text: fmt.Sprintf("smbready: %s: %s", site, words), Time: time.Now().UTC().Truncate(time.Second),
		Tool: "smbready " + toolVersion(), Rules: assess.RulesVersion(), Site: site}
}

// message puts the outcome into words, for people and for programs.
func (o *outcome) message() notify.Message {
	b := newNotice(eventComplete, o.site, o.words())
	b.Run, b.Summary, b.Verdicts, b.Before, b.Worse, b.MoreOf = &o.run.Header, &o.run.Summary, verdictCounts(&o.point), o.before, o.devices, o.more
	if o.before != "" {
		b.Changes = map[string]int{}
		for _, c := range o.counts {
			b.Changes[strings.ReplaceAll(c.Name, " ", "_")] = c.N
		}
	}
	return notify.Message{Subject: b.Text, Text: o.text, Body: b}
}

// failureMessage tells of a scan that failed.
func failureMessage(site string, err error, retry time.Time) notify.Message {
	words := oneLine(err.Error())
	b := newNotice(eventFailed, site, "the scan failed: "+words[:min(len(words), maxNoticeError)])
	b.Error = strings.ToValidUTF8(words[:min(len(words), maxNoticeError)], "")
	text := fmt.Sprintf("The scan of %s failed:\n  %s\nIt is tried again from %s on. You are told again in a day if it still fails.\n", site, report.Escape(b.Error), retry.Format(time.RFC3339))
	return notify.Message{Subject: fmt.Sprintf("smbready: %s: the scan failed", site), Text: text, Body: b}
}

// verdictCounts is the hosts of a run by policy and verdict; those of the guest
// path stand under the name of their own.
func verdictCounts(p *report.HistoryPoint) map[string]map[string]int {
	all := map[string]map[string]int{}
	put := func(policy string, counts [len(assess.Verdicts)]int) {
		all[policy] = map[string]int{}
		for _, v := range assess.Verdicts {
			all[policy][v.String()] = counts[v]
		}
	}
	for _, policy := range assess.Policies {
		put(policy.String(), p.Counts[policy])
	}
	put("client-always-guest", p.Guest)
	return all
}

// firstLines keeps the first lines that are written to it, and counts the others.
type firstLines struct {
	kept bytes.Buffer
	most int // bytes
	part []byte
	full bool
	more int
}

func (f *firstLines) Write(b []byte) (int, error) {
	n := len(b)
	for {
		before, after, whole := bytes.Cut(b, []byte{'\n'})
		if !f.full {
			f.part = append(f.part, before...)
			f.full = f.kept.Len()+len(f.part) >= f.most
		}
		switch {
		case !whole:
			return n, nil
		case f.full:
			f.more++
		default:
			f.kept.Write(append(f.part, '\n'))
		}
		f.part, b = f.part[:0], after
	}
}

func (f *firstLines) String() string { return f.kept.String() }
