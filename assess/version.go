package assess

// rulesVersion is raised whenever a rule, a condition or the data behind them
// changes, so that two reports of one run can be told apart.
const rulesVersion = "2026-11-23"

// RulesVersion returns the version of the rules by which hosts are judged.
func RulesVersion() string { return rulesVersion }
