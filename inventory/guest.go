package inventory

// Guest is what a host did with a logon by a user that does not exist. It is
// known only when a guest check was asked for; a plain scan logs on nowhere.
type Guest uint8

// Values of Guest.
const (
	GuestUnknown Guest = iota
	GuestDenied        // the logon was refused: no fallback to guest
	GuestGranted       // a guest session was granted (SMB2_SESSION_FLAG_IS_GUEST, SMB1 action 0x01)
	GuestNull          // an anonymous (null) session was granted
)

var guestNames = []string{"unknown", "denied", "granted", "null"}

func (g Guest) String() string { return enumString(g, guestNames) }

// MarshalText writes the value's name.
func (g Guest) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads a name; an unfamiliar one reads as GuestUnknown.
func (g *Guest) UnmarshalText(b []byte) error { *g = parseEnum[Guest](b, guestNames); return nil }
