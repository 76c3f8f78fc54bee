package assess

// Verdict is what happens to a host when a policy is switched on.
type Verdict uint8

// Verdicts. The zero value is Unknown and is never shown as fine.
const (
	Unknown       Verdict = iota
	Breaks                // stops working when the policy is switched on
	AlreadyBroken         // fails today for another reason, such as SMB1 only
	Works                 // goes on working, signed
	NoChange              // the policy has no effect on this path
	NotApplicable         // the host does not have this role
)

// Verdicts lists the verdicts, worst first.
var Verdicts = [6]Verdict{Breaks, AlreadyBroken, Unknown, Works, NoChange, NotApplicable}

var verdictNames = [6]string{"unknown", "breaks", "already-broken", "works", "no-change", "not-applicable"}

func (v Verdict) String() string { return verdictNames[v] }

// MarshalText writes the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Fine reports whether the verdict lets the policy be switched on without harm
// to this path.
func (v Verdict) Fine() bool { return v == Works || v == NoChange || v == NotApplicable }

// Severity orders verdicts for reports: 0 is the worst.
func (v Verdict) Severity() int {
	for i, w := range Verdicts {
		if v == w {
			return i
		}
	}
	return 0
}

// ParseVerdict returns the verdict of that name.
func ParseVerdict(name string) (Verdict, bool) {
	for i, n := range verdictNames {
		if n == name {
			return Verdict(i), true
		}
	}
	return 0, false
}

// Confidence is how sure a verdict is.
type Confidence uint8

// Confidences, from none to proven.
const (
	None   Confidence = iota
	Weak              // a hint
	Likely            // what such hosts do
	Strong            // the protocol forces it
	Proven            // a verified signed session, or an end-to-end observation
)

var confidenceNames = [5]string{"none", "weak", "likely", "strong", "proven"}

func (c Confidence) String() string { return confidenceNames[c] }

// MarshalText writes the confidence's name.
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
