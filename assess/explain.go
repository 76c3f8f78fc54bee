package assess

import (
	"maps"
	"slices"
	"strings"
)

// Explanation is the long form of a reason.
type Explanation struct {
	Reason     string     `json:"reason"`
	Verdict    Verdict    `json:"verdict"`
	Confidence Confidence `json:"confidence"`
	Title      string     `json:"title"`
	Why        string     `json:"why"`  // the sentence of the finding
	Text       string     `json:"text"` // paragraphs, separated by an empty line
	Remedy     string     `json:"remedy,omitempty"`
	Settle     string     `json:"settle,omitempty"`
	Source     string     `json:"source"`         // in the specifications
	Rows       []int      `json:"rows,omitempty"` // of the policy table; none for a fault of the facts themselves
}

// Explain returns the explanation of a reason code.
func Explain(reason string) (Explanation, bool) {
	r, ok := rulesByReason[reason]
	if !ok {
		return Explanation{}, false
	}
	t := texts[reason]
	return Explanation{Reason: reason, Verdict: r.verdict, Confidence: r.confidence, Title: t.title, Why: r.why,
		Text: strings.TrimSpace(t.body), Remedy: r.remedy, Settle: r.settle, Source: r.source, Rows: slices.Clone(r.rows)}, true
}

// Reasons returns every reason code, sorted.
func Reasons() []string { return slices.Sorted(maps.Keys(rulesByReason)) }

// tables are all tables of rules.
var tables = [][]*rule{clientAlwaysRules, guestRules, clientIfServerAgreesRules, serverAlwaysRules, serverIfClientAgreesRules}

var rulesByReason = func() map[string]*rule {
	m := make(map[string]*rule)
	for _, table := range tables {
		for _, r := range table {
			m[r.reason] = r
		}
	}
	return m
}()
