package inventory

// Outcome is how one step of a probe ended. Every way to fail has its own
// name: "no answer" is never one bucket.
type Outcome uint8

// Outcomes of a step.
const (
	OutcomeUnknown              Outcome = iota
	OutcomeAnswered                     // a well-formed answer of the expected protocol
	OutcomeErrorStatus                  // a well-formed answer that carries an error status
	OutcomeNoDialect                    // SMB1 answered, but selected none of the dialects (index 0xFFFF)
	OutcomeRefused                      // TCP refused (RST to SYN, ICMP port unreachable)
	OutcomeFiltered                     // no answer to connect in time
	OutcomeProhibited                   // ICMP administratively prohibited
	OutcomeUnreachable                  // no route to host or network
	OutcomeSilent                       // connected, and not one byte came back in time
	OutcomeResetOnConnect               // connected, then reset or closed before anything was asked
	OutcomeResetAfterNegotiate          // reset by the peer after our request
	OutcomeClosedAfterNegotiate         // closed by the peer after our request, without an answer
	OutcomeTimeout                      // an answer began but did not end in time
	OutcomeNotSMB                       // bytes of some other protocol
	OutcomeMalformed                    // SMB, but not as the specification has it
	OutcomeTooLong                      // a declared length beyond any sane answer
	OutcomeSessionRefused               // NetBIOS negative session response
	OutcomeBudget                       // the host's time budget ran out first
)

var outcomeNames = []string{"unknown", "answered", "error-status", "no-dialect", "refused", "filtered", "prohibited",
	"unreachable", "silent", "reset-on-connect", "reset-after-negotiate", "closed-after-negotiate", "timeout",
	"not-smb", "malformed", "too-long", "session-refused", "budget"}

func (o Outcome) String() string { return enumString(o, outcomeNames) }

// MarshalText writes the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads a name; an unfamiliar one reads as OutcomeUnknown.
func (o *Outcome) UnmarshalText(b []byte) error { *o = parseEnum[Outcome](b, outcomeNames); return nil }
