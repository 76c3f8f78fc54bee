package report

import (
	"bufio"
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"smbready/assess/plan"
)

// planColumns are the columns of the CSV of a plan. The first says of what a row
// is: a site, a wave, a device or an exception.
var planColumns = []string{
	"record", "policy", "site", "owner", "status", "address", "also_at", "name", "mac", "class", "device", "path",
	"verdict", "confidence", "reason", "why", "evidence", "remedy", "remedy_kinds", "settle", "settled_by",
	"exception", "accepted_by", "accepted_why", "accepted_until",
	"devices", "ready", "ready_per_cent", "blocked", "already_broken", "unknown", "accepted",
	"run", "run_started", "run_complete", "plan_made", "rules",
}

// planRow is a row of the CSV by the names of its columns.
type planRow map[string]string

// writePlanCSV writes the plan as a table: of each policy the sites and waves,
// then each path of each device about which something is to be done, and at the
// end the exceptions. The columns and their order are fixed; new ones are added at
// the end. Cells are safe in a spreadsheet, as in WriteCSV.
func writePlanCSV(w io.Writer, p *RolloutPlan) error {
	buf := bufio.NewWriterSize(w, 64<<10)
	out := csv.NewWriter(buf)
	out.UseCRLF = true
	if err := out.Write(planColumns); err != nil {
		return err
	}
	t := &planTable{plan: p, out: out}
	for i := range p.Policies {
		t.policy(&p.Policies[i])
	}
	for i := range p.Exceptions {
		t.exception(&p.Exceptions[i])
	}
	if t.err != nil {
		return t.err
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buf.Flush()
}

// planTable writes rows and keeps the first error.
type planTable struct {
	plan *RolloutPlan
	out  *csv.Writer
	err  error
}

func (t *planTable) row(r planRow) {
	r["plan_made"], r["rules"] = rfc3339(t.plan.Made), t.plan.Rules
	cells := make([]string, len(planColumns))
	for i, name := range planColumns {
		cells[i] = cell(r[name])
	}
	if err := t.out.Write(cells); t.err == nil {
		t.err = err
	}
}

func (t *planTable) policy(policy *plan.PolicyPlan) {
	for i := range policy.Sites {
		s := &policy.Sites[i]
		r := t.siteRow(policy, s)
		r["record"], r["status"], r["why"] = "site", s.Decision.String(), gateCell(s.Gate)
		r.counts(s.Readiness)
		t.row(r)
	}
	for _, w := range policy.Waves {
		t.row(planRow{"record": "wave", "policy": policy.Name, "site": strings.Join(w.Sites, "; "), "name": w.Name,
			"status": w.Decision.String(), "why": gateCell(w.Gate)})
	}
	for i := range policy.Sites {
		s := &policy.Sites[i]
		for _, items := range [][]plan.Item{s.Blockers, s.Broken, s.Unknown, s.Accepted} {
			for j := range items {
				r := t.siteRow(policy, s)
				r.item(&items[j])
				t.row(r)
			}
		}
		t.missing(policy, s)
	}
}

// missing writes the devices that were not ready, and were not seen again or not judged
// on as much. The run is that which judged each last.
func (t *planTable) missing(policy *plan.PolicyPlan, s *plan.SitePlan) {
	for _, part := range planMissingLists(s) {
		for i := range part.list {
			m := &part.list[i]
			r := t.siteRow(policy, s)
			r.device(m.Device)
			r["record"], r["status"] = "device", part.status
			r["reason"], r["why"] = m.Reason, planMissing(m)
			r["run"], r["run_started"], r["run_complete"] = m.Run, rfc3339(m.Seen), ""
			if e := m.Exception; e != nil {
				r["exception"], r["accepted_by"], r["accepted_why"], r["accepted_until"] = e.ID, e.By, e.Why, planDay(e.Until)
			}
			t.row(r)
		}
	}
}

// gateCell holds a decision's reasons: what speaks against it, and what to heed.
func gateCell(g plan.Gate) string {
	reasons, conditions := strings.Join(g.Reasons, " "), strings.Join(g.Conditions, " ")
	if reasons != "" && conditions != "" {
		return reasons + " To heed: " + conditions
	}
	return reasons + conditions
}

func (t *planTable) siteRow(policy *plan.PolicyPlan, s *plan.SitePlan) planRow {
	r := planRow{"policy": policy.Name, "site": s.Site, "owner": s.Owner}
	run, ok := s.Run()
	if !ok {
		return r
	}
	complete := "yes"
	if run.Interrupted {
		complete = "no"
	}
	r["run"], r["run_started"], r["run_complete"] = firstOf(run.Name, run.ID), rfc3339(run.Started), complete
	return r
}

// counts fills in the numbers of a site. A zero is written: the row has them all.
func (r planRow) counts(n plan.Readiness) {
	for name, v := range map[string]int{"devices": n.Devices, "ready": n.Ready, "ready_per_cent": n.Percent(), "blocked": n.Blocked,
		"already_broken": n.AlreadyBroken, "unknown": n.Unknown, "accepted": n.Accepted} {
		r[name] = strconv.Itoa(v)
	}
}

func (r planRow) item(it *plan.Item) {
	d, f := it.Device, &it.Finding
	r.device(d)
	r["record"], r["status"], r["path"] = "device", it.Status.String(), string(it.Path)
	r["verdict"], r["confidence"], r["reason"], r["why"] = f.Verdict.String(), f.Confidence.String(), f.Reason, f.Why
	r["evidence"], r["remedy"], r["settle"] = strings.Join(f.Evidence, "; "), f.Remedy, f.Settle
	r["remedy_kinds"], r["settled_by"] = strings.ReplaceAll(planKinds(it.Kinds), ",", ";"), planSteps(it.Steps)
	e := it.Exception
	if e == nil && len(it.Expired) > 0 {
		e = &it.Expired[0]
		r["exception"] = "expired "
	}
	if e != nil {
		r["exception"] += e.ID
		r["accepted_by"], r["accepted_why"], r["accepted_until"] = e.By, e.Why, planDay(e.Until)
	}
}

func (r planRow) device(d *plan.Device) {
	r["address"], r["also_at"], r["name"], r["mac"] = planAddress(d), alsoWords(d.Also, "; "), d.Name, d.MAC
	r["class"], r["device"] = d.Kind.Class.String(), deviceWords(&d.Kind)
}

// exceptionWhy says in a cell what became of an exception, and to what it is bound.
func exceptionWhy(e *plan.ExceptionUse) string {
	words := "It " + exceptionUse(e)
	if bound := exceptionBound(e); bound != "" {
		words += "; " + bound
	}
	return words + "."
}

func (t *planTable) exception(e *plan.ExceptionUse) {
	r := planRow{"record": "exception", "policy": e.Policy, "site": e.Site, "status": string(e.Use), "name": e.Device, "why": exceptionWhy(e),
		"exception": e.ID, "accepted_by": e.By, "accepted_why": e.Why, "accepted_until": planDay(e.Until)}
	if len(e.Devices) == 1 {
		name := r["name"]
		r.device(e.Devices[0])
		r["name"] = firstOf(r["name"], name)
	}
	t.row(r)
}
