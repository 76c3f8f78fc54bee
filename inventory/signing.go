package inventory

// Signing is what one protocol of a host says about signing. SMB1 and SMB2 are
// kept apart and never merged.
type Signing uint8

// Values of Signing. SMB1 knows disabled, enabled and required ([MS-CIFS]
// 2.2.4.52.2); SMB2 cannot be switched off, so its deviation is called
// not-advertised ([MS-SMB2] 3.3.5.4).
const (
	SigningUnknown       Signing = iota
	SigningDisabled              // SMB1: bit 0x04 clear, or a dialect without signing
	SigningNotAdvertised         // SMB2: neither bit set, although the specification demands one
	SigningEnabled
	SigningRequired
)

var signingNames = []string{"unknown", "disabled", "not-advertised", "enabled", "required"}

func (s Signing) String() string { return enumString(s, signingNames) }

// MarshalText writes the value's name.
func (s Signing) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name; an unfamiliar one reads as SigningUnknown.
func (s *Signing) UnmarshalText(b []byte) error { *s = parseEnum[Signing](b, signingNames); return nil }
