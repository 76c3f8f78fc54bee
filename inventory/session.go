package inventory

import "time"

// Session is what one attempt to work with a host as a signing Windows client
// would showed: a logon with an account, then a connection to IPC$. It holds
// what was seen on the wire, never the account's secret.
type Session struct {
	Time           time.Time     `json:"time"`
	Offered        string        `json:"offered"`                  // the only dialect offered, or "" for all
	Dialect        string        `json:"dialect,omitempty"`        // the dialect that was negotiated
	Result         SessionResult `json:"result"`                   // how far it came
	Stage          string        `json:"stage,omitempty"`          // where it ended: "connect", "negotiate", "session-setup", "tree-connect", "done"
	Status         string        `json:"status,omitempty"`         // NTSTATUS of the last answer, where it was an error
	SetupSigned    bool          `json:"setup_signed,omitempty"`   // the last SESSION_SETUP answer carried a signature
	SetupSignature Check         `json:"setup_signature,omitzero"` // whether that signature is right, reckoned from the password
	AccountGood    bool          `json:"account_good,omitempty"`   // a right signature showed, here or on another host, that the account is good
	RequestsSent   Signatures    `json:"requests,omitzero"`        // what we signed after the logon
	Answers        Signatures    `json:"answers,omitzero"`         // what the host signed after the logon
	Encrypted      bool          `json:"encrypted,omitempty"`      // the answer that counts came encrypted, which stands for signing
	SessionFlags   *uint16       `json:"session_flags,omitempty"`  // of the last SESSION_SETUP answer, [MS-SMB2] 2.2.6
	Algorithm      string        `json:"algorithm,omitempty"`      // of the signatures that were checked
	Tamper         Tamper        `json:"tamper,omitzero"`          // what became of a request with a wrong signature
	Misbehaviour   string        `json:"misbehaviour,omitempty"`   // what it sent that no client may accept
	Detail         string        `json:"detail,omitempty"`         // the error in words
}

// Signatures counts messages.
type Signatures struct {
	Signed   int `json:"signed,omitempty"`
	Unsigned int `json:"unsigned,omitempty"`
}

// SessionResult is how an attempt at a signed session ended.
type SessionResult uint8

// Values of SessionResult.
const (
	SessionUnknown         SessionResult = iota
	SessionSigned                        // IPC$ was connected and the answer's signature is right
	SessionEncrypted                     // IPC$ was connected and the answer came encrypted
	SessionUnsigned                      // the logon succeeded, and an answer after it was not signed
	SessionBadSignature                  // the logon succeeded, and an answer's signature was wrong
	SessionGuest                         // the account was let in as guest
	SessionNull                          // the account was let in as nobody
	SessionAccessDenied                  // the logon succeeded, and IPC$ was refused with a signed answer
	SessionLogonFailed                   // the logon was refused: wrong password, locked, not allowed here
	SessionNegotiateFailed               // no common dialect, or the negotiation was refused
	SessionBroken                        // the host closed, went silent, or sent what cannot be read
	SessionUnreachable                   // no connection
	SessionNotSupported                  // it wants what this tool cannot do, such as Kerberos only
	SessionNotTried                      // the run had stopped before
)

var sessionResultNames = []string{"unknown", "signed", "encrypted", "unsigned", "bad-signature", "guest", "null",
	"access-denied", "logon-failed", "negotiate-failed", "broken", "unreachable", "not-supported", "not-tried"}

func (r SessionResult) String() string { return enumString(r, sessionResultNames) }

// MarshalText writes the value's name.
func (r SessionResult) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a name; an unfamiliar one reads as SessionUnknown.
func (r *SessionResult) UnmarshalText(b []byte) error {
	*r = parseEnum[SessionResult](b, sessionResultNames)
	return nil
}

// Tamper is what a host did with a request whose signature was wrong: the
// control run that shows whether it looks at signatures at all.
type Tamper uint8

// Values of Tamper.
const (
	TamperUnknown  Tamper = iota
	TamperRefused         // an error, or the connection was closed
	TamperAccepted        // it was served: the host does not check signatures
)

var tamperNames = []string{"unknown", "refused", "accepted"}

func (t Tamper) String() string { return enumString(t, tamperNames) }

// MarshalText writes the value's name.
func (t Tamper) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a name; an unfamiliar one reads as TamperUnknown.
func (t *Tamper) UnmarshalText(b []byte) error { *t = parseEnum[Tamper](b, tamperNames); return nil }

// Check is what became of a check.
type Check uint8

// Values of Check.
const (
	CheckUnknown Check = iota // it was not made, or could not be
	CheckRight
	CheckWrong
)

var checkNames = []string{"unknown", "right", "wrong"}

func (c Check) String() string { return enumString(c, checkNames) }

// MarshalText writes the value's name.
func (c Check) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a name; an unfamiliar one reads as CheckUnknown.
func (c *Check) UnmarshalText(b []byte) error { *c = parseEnum[Check](b, checkNames); return nil }
