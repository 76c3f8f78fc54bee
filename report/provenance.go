package report

// field is a name and a value, as a report prints them.
type field struct{ name, value string }

// provenance returns what every report says of the run it was made of: scope,
// time, what was not reached, and by which tool and rules.
func (r *Run) provenance() []field { return nil }
