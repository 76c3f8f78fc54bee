package report

import (
	"bufio"
	"encoding/json"
	"io"

	"smbready/assess/plan"
)

// planVersion is the version of the JSON form of a plan: fields are added, and
// never renamed, within one.
const planVersion = 1

// writePlanJSON writes the plan as one JSON object.
func writePlanJSON(w io.Writer, p *RolloutPlan) error {
	buf := bufio.NewWriterSize(w, 64<<10)
	e := json.NewEncoder(jsonEscaper{buf})
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	since := []map[string]string{}
	for _, fields := range p.since {
		since = append(since, jsonFields(fields))
	}
	runs := []jsonPlanRun{}
	for i, fields := range p.runs {
		runs = append(runs, jsonPlanRun{p.Runs[i], jsonFields(fields)})
	}
	err := e.Encode(struct {
		Type    string `json:"type"`
		Version int    `json:"version"`
		*plan.Plan
		Runs  []jsonPlanRun       `json:"runs"` // in place of the plan's own
		Since []map[string]string `json:"compared_with,omitempty"`

		Recalled []string `json:"looked_through,omitempty"` // earlier runs, the oldest first
	}{"plan", planVersion, p.Plan, runs, since, p.recalled})
	if err != nil {
		return err
	}
	return buf.Flush()
}

// jsonPlanRun is a run and what it says of itself.
type jsonPlanRun struct {
	plan.Source
	States map[string]string `json:"states"`
}

func jsonFields(fields []field) map[string]string {
	m := map[string]string{}
	for _, f := range fields {
		m[f.name] = f.value
	}
	return m
}
