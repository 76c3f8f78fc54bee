package assess

// A rule turns an observation into a finding. Rules stand in tables, one table
// for each path of each policy; the first rule of a table whose when holds
// gives the finding, and the last rule of every table always holds.
//
// Two things keep the tables safe. A rule whose verdict is fine asks only for
// facts that are present, so that losing a fact cannot bring it on. And the
// rules that are not fine stand before those that are, except where the fine
// one asks for strictly more.
type rule struct {
	reason     string
	rows       []int // rows of the policy table that the rule implements
	when       func(*facts) bool
	verdict    Verdict
	confidence Confidence
	why        string
	evidence   func(*facts) []string
	remedy     string // for a verdict that something has to be done about
	settle     string // what would make the verdict surer
	source     string // where the specifications say so
}

// judge returns the finding of the first rule that holds.
func judge(table []*rule, f *facts) Finding {
	for _, r := range table {
		if r.when(f) {
			return r.finding(f)
		}
	}
	return notObserved.finding(f)
}

func (r *rule) finding(f *facts) Finding {
	n := Finding{Verdict: r.verdict, Confidence: r.confidence, Reason: r.reason, Why: r.why,
		Remedy: r.remedy, Settle: r.settle}
	if r.evidence != nil {
		n.Evidence = r.evidence(f)
	}
	return n
}

func always(*facts) bool { return true }
