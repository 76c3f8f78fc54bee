package inventory

// State is what a scan saw of a host's SMB ports, in nmap's words.
type State uint8

// States of a host. A port that is open but did not complete an SMB NEGOTIATE
// is StateOpen, with a Detail that says what it did instead.
const (
	StateUnknown     State = iota
	StateSMB               // an SMB NEGOTIATE was answered
	StateOpen              // TCP connects, but something else answered, or nothing
	StateClosed            // TCP refused
	StateFiltered          // no answer to TCP, or an administrative refusal
	StateUnreachable       // no route, or the network said so
)

var stateNames = []string{"unknown", "smb", "open", "closed", "filtered", "unreachable"}

func (s State) String() string { return enumString(s, stateNames) }

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name; an unfamiliar one reads as StateUnknown.
func (s *State) UnmarshalText(b []byte) error { *s = parseEnum[State](b, stateNames); return nil }
