package report

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"smbready/assess"
	delta "smbready/assess/diff"
	"smbready/inventory"
)

// jsonDiff is the first line of a diff: what was compared, and by which rules.
type jsonDiff struct {
	Type    string       `json:"type"` // "diff"
	Version int          `json:"version"`
	Old     jsonDiffSide `json:"old"`
	New     jsonDiffSide `json:"new"`
	Rules   string       `json:"rules"` // by which both were judged
}

// jsonDiffSide is what is said of a run.
type jsonDiffSide struct {
	*inventory.Run
	Finished   time.Time `json:"finished,omitzero"`
	Complete   bool      `json:"complete"`
	Probed     uint64    `json:"probed"`
	NotReached string    `json:"not_reached,omitempty"` // in words
}

// jsonChange is a line about a device.
type jsonChange struct {
	Type       string        `json:"type"` // "change"
	Kind       delta.Kind    `json:"kind"`
	Worse      bool          `json:"worse"` // somebody must act
	Directions []string      `json:"directions,omitempty"`
	OldAddress netip.Addr    `json:"old_address,omitzero"`
	NewAddress netip.Addr    `json:"new_address,omitzero"`
	AlsoAt     netip.Addr    `json:"also_at,omitzero"`
	Name       string        `json:"name,omitempty"`
	Site       string        `json:"site,omitempty"`
	Device     assess.Device `json:"device"`
	MatchedBy  string        `json:"matched_by,omitempty"`
	Cause      string        `json:"cause,omitempty"` // why one of the runs has it not
	CauseWords string        `json:"cause_words,omitempty"`

	Old      map[string]jsonFinding `json:"old,omitempty"` // the verdicts by the facts of the old run, by policy
	New      map[string]jsonFinding `json:"new,omitempty"` // and by those of the new one
	Verdicts []jsonVerdict          `json:"verdicts,omitempty"`
	Why      string                 `json:"why,omitempty"`    // of what somebody must act upon
	Remedy   string                 `json:"remedy,omitempty"` // likewise
	Facts    []jsonFact             `json:"facts,omitempty"`

	NotAskedNow    []string `json:"not_asked_now,omitempty"`
	NotAskedBefore []string `json:"not_asked_before,omitempty"`
}

// jsonFinding is a finding without its words, which "smbready report" gives.
type jsonFinding struct {
	Verdict    assess.Verdict    `json:"verdict"`
	Confidence assess.Confidence `json:"confidence"`
	Reason     string            `json:"reason"`
}

// jsonVerdict is a verdict that changed.
type jsonVerdict struct {
	Policy    string          `json:"policy"`
	Guest     bool            `json:"guest,omitempty"`
	Old       assess.Verdict  `json:"old"`
	New       assess.Verdict  `json:"new"`
	Direction delta.Direction `json:"direction"`
}

type jsonFact struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// jsonDiffSummary is the last line: how many devices there are of each kind.
type jsonDiffSummary struct {
	Type     string                    `json:"type"` // "diff-summary"
	Devices  int                       `json:"devices"`
	Counts   map[string]int            `json:"counts"`
	Policies map[string]map[string]int `json:"policies"` // verdicts that changed, by policy and direction
	Sites    map[string]map[string]int `json:"sites,omitempty"`
}

// writeJSON writes the diff as JSON lines: what was compared, a line for each device
// that is picked, and the counts of all.
func (d *Diff) writeJSON(w io.Writer, o DiffOptions) (*DiffTally, error) {
	buf := bufio.NewWriterSize(w, 64<<10)
	write := func(b []byte) error {
		_, err := buf.Write(b)
		return err
	}
	head := jsonDiff{"diff", inventory.FormatVersion, jsonSide(d.Old), jsonSide(d.New), assess.RulesVersion()}
	if err := encodeLine(head, write); err != nil {
		return nil, fmt.Errorf("writing the diff: %w", err)
	}
	type encoded struct {
		line []byte
		err  error
	}
	t, err := eachDevice(d, o, func(c *delta.Device) (e encoded) {
		e.err = encodeLine(d.jsonChange(c), func(b []byte) error {
			e.line = slices.Clone(b)
			return nil
		})
		return e
	}, func(e encoded) error {
		if e.err != nil {
			return e.err
		}
		return write(e.line)
	})
	if err != nil {
		return nil, err
	}
	if err := encodeLine(t.json(), write); err != nil {
		return nil, err
	}
	return t, buf.Flush()
}

func jsonSide(r *Run) jsonDiffSide {
	return jsonDiffSide{&r.Header, r.Summary.Finished, !r.Interrupted, r.Summary.Probed, notReached(r)}
}

func (d *Diff) jsonChange(c *delta.Device) *jsonChange {
	seen := c.Seen()
	l := &jsonChange{Type: "change", Kind: c.Kind, Worse: c.Worse(), Directions: directionWords(c), AlsoAt: d.also(&c.Pair),
		Name: hostName(seen.Host), Site: d.site(c), Device: seen.Assessment.Device, MatchedBy: c.By.String(),
		Cause: c.Cause.String(), CauseWords: causeWords(c), NotAskedNow: c.OldAlone.Words(), NotAskedBefore: c.NewAlone.Words(),
		Why: diffWhy(c), Remedy: diffRemedy(c)}
	if c.Before != nil {
		l.OldAddress, l.Old = c.Before.Host.Address, jsonFindings(c.Before)
	}
	if c.After != nil {
		l.NewAddress, l.New = c.After.Host.Address, jsonFindings(c.After)
	}
	for i := range c.Verdicts {
		v := &c.Verdicts[i]
		l.Verdicts = append(l.Verdicts, jsonVerdict{v.Policy.String(), v.Guest, v.Old.Verdict, v.New.Verdict, v.Direction})
	}
	for _, f := range c.Facts {
		l.Facts = append(l.Facts, jsonFact(f))
	}
	return l
}

// jsonFindings are the findings of each policy and path.
func jsonFindings(s *delta.Sight) map[string]jsonFinding {
	m := map[string]jsonFinding{}
	for _, p := range diffPaths {
		if f := p.of(s); f != nil {
			m[p.key()] = jsonFinding{f.Verdict, f.Confidence, f.Reason}
		}
	}
	return m
}

func (t *DiffTally) json() *jsonDiffSummary {
	s := &jsonDiffSummary{Type: "diff-summary", Devices: t.Devices, Counts: jsonCounts(t.counts()), Policies: map[string]map[string]int{}, Sites: map[string]map[string]int{}}
	for i, p := range diffPaths {
		counts := map[string]int{}
		for _, way := range delta.Directions {
			counts[way.String()] = t.paths[i][way]
		}
		s.Policies[p.key()] = counts
	}
	for name, site := range t.sites {
		s.Sites[name] = jsonCounts(site.counts())
	}
	return s
}

func jsonCounts(list []labelledCount) map[string]int {
	m := map[string]int{}
	for _, c := range list {
		m[strings.ReplaceAll(c.label, " ", "-")] = c.n
	}
	return m
}
