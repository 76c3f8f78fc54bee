package inventory

import "time"

// Source names what made an observation.
type Source string

// Sources of observations.
const (
	SourceScan       Source = "scan"       // this tool asked the host
	SourceCanary     Source = "canary"     // the host connected to our own listener
	SourceCapture    Source = "capture"    // a packet capture shows it
	SourceEvents     Source = "events"     // a Windows event log tells of it
	SourcePowerShell Source = "powershell" // the saved output of a Windows cmdlet tells of it
)

// Client is what was seen of a host as an SMB client: of the program with which
// it connects to servers. A scan sees nothing of it.
type Client struct {
	Sources   []Source  `json:"sources"`             // each once, sorted
	Dialects  []string  `json:"dialects,omitempty"`  // what it offered, lowest first, such as "NT LM 0.12", "2.0.2"
	Signing   Signing   `json:"signing"`             // the weakest that it said of itself; SMB2 counts where it spoke SMB2
	FirstSeen time.Time `json:"first_seen,omitzero"` // the zero time: not known
	LastSeen  time.Time `json:"last_seen,omitzero"`  // the zero time: not known
	Contacts  []Contact `json:"contacts,omitempty"`  // at most MaxContacts
	More      int       `json:"more,omitempty"`      // contacts that were left out beyond that
	Names     []string  `json:"names,omitempty"`     // by which it went as a client, such as an NTLM workstation
	Accounts  []string  `json:"accounts,omitempty"`  // with which it logged on, where they were seen
}

// MaxContacts bounds the contacts of one host in one role. Contacts that are
// alike are counted in one, so that this is enough for all but a flood. Long
// texts in them bound their number further.
const MaxContacts = 64

// Contact is what was seen between a client and a server: one connection to our
// listener, the sessions of one kind between two addresses in a capture, or the
// events of one kind about them. It stands with the host whose role it shows:
// in Client.Contacts for the client, in Host.Served for the server.
type Contact struct {
	Source Source    `json:"source"`
	Origin string    `json:"origin,omitempty"` // the file or listener that shows it
	Peer   string    `json:"peer,omitempty"`   // the other end: an address, or a name where no address is known
	Port   uint16    `json:"port,omitempty"`   // of the server
	First  time.Time `json:"first,omitzero"`
	Last   time.Time `json:"last,omitzero"`
	Count  int       `json:"count,omitempty"` // connections, sessions or events that were alike; 0 means 1

	Offer    *Offer  `json:"offer,omitempty"`   // what the client offered
	Dialect  string  `json:"dialect,omitempty"` // that the server selected
	Demanded Signing `json:"demanded"`          // what the server's own NEGOTIATE answer said of signing
	Logon    *Logon  `json:"logon,omitempty"`
	Stage    Stage   `json:"stage"` // the last stage that the client reached
	End      End     `json:"end"`   // how the connection ended

	Requests  Signatures `json:"requests,omitzero"`   // of the client after the logon; SMB2 NEGOTIATE, SESSION_SETUP, LOGOFF and CANCEL do not count
	Answers   Signatures `json:"answers,omitzero"`    // of the server after the logon, without interim answers
	Failed    int        `json:"failed,omitempty"`    // of these answers, those that refused (STATUS_ACCESS_DENIED and the like)
	Encrypted int        `json:"encrypted,omitempty"` // messages in encrypted transforms, either way; 0 until the server was seen to answer so
	Signature Check      `json:"signature"`           // whether the client's signatures are right, reckoned from a known key
	Algorithm string     `json:"algorithm,omitempty"` // "HMAC-SHA256", "AES-CMAC", "AES-GMAC" or "MD5"
	Data      bool       `json:"data,omitempty"`      // files were read or written, not only IPC$

	Event *Event `json:"event,omitempty"` // of a Windows event log
	Audit *Audit `json:"audit,omitempty"` // that an event would have been written, had there been a reason

	Quirks []string `json:"quirks,omitempty"` // what else is remarkable, in words
}

// Offer is what an SMB client offered and said of itself.
type Offer struct {
	SMB1Dialects      []string `json:"smb1_dialects,omitempty"`       // strings of an SMB1 NEGOTIATE, "SMB 2.002" and "SMB 2.???" among them
	SMB2Dialects      []string `json:"smb2_dialects,omitempty"`       // of an SMB2 NEGOTIATE, lowest first
	Flags2            *uint16  `json:"flags2,omitempty"`              // of the SMB1 NEGOTIATE, [MS-CIFS] 2.2.3.1
	SetupFlags2       *uint16  `json:"setup_flags2,omitempty"`        // of the SMB1 SESSION_SETUP_ANDX
	SecurityMode      *uint16  `json:"security_mode,omitempty"`       // of the SMB2 NEGOTIATE, [MS-SMB2] 2.2.3
	SetupSecurityMode *uint16  `json:"setup_security_mode,omitempty"` // of the SMB2 SESSION_SETUP, [MS-SMB2] 2.2.5
	ClientGUID        string   `json:"client_guid,omitempty"`
	Algorithms        []string `json:"signing_algorithms,omitempty"` // of the 3.1.1 signing context, in the client's order
	Ciphers           []string `json:"ciphers,omitempty"`
	NativeOS          string   `json:"native_os,omitempty"`
	NativeLANManager  string   `json:"native_lan_manager,omitempty"`
}

// Logon is how a client logged on. It holds no response, hash or password.
type Logon struct {
	As          LogonKind `json:"as"`
	Mechanism   string    `json:"mechanism,omitempty"` // "NTLMv2", "NTLMv1", "LM", "Kerberos", "plaintext"
	Status      string    `json:"status,omitempty"`    // NTSTATUS of the last answer; "" is not known or success
	Granted     bool      `json:"granted,omitempty"`   // the server let it in
	User        string    `json:"user,omitempty"`
	Domain      string    `json:"domain,omitempty"`
	Workstation string    `json:"workstation,omitempty"`
	Version     string    `json:"version,omitempty"`      // of the client's NTLM, such as "10.0.19041"
	KnownKey    bool      `json:"known_key,omitempty"`    // the account was the listener's own and the password right
	SetupSigned bool      `json:"setup_signed,omitempty"` // the server's last SESSION_SETUP answer carried a signature
}

// LogonKind is as whom a client was let in, or tried to be.
type LogonKind uint8

// Values of LogonKind.
const (
	LogonUnknown   LogonKind = iota
	LogonNone                // none was tried
	LogonAccount             // with an account
	LogonGuest               // the server made it a guest, or it asked for the account "guest"
	LogonAnonymous           // with neither name nor password
)

var logonKindNames = []string{"unknown", "none", "account", "guest", "anonymous"}

func (k LogonKind) String() string { return enumString(k, logonKindNames) }

// MarshalText writes the value's name.
func (k LogonKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name; an unfamiliar one reads as LogonUnknown.
func (k *LogonKind) UnmarshalText(b []byte) error {
	*k = parseEnum[LogonKind](b, logonKindNames)
	return nil
}

// Stage is how far a client came.
type Stage uint8

// Stages of a contact. A stage is reached when the client's request for it was
// seen; what the server made of it stands elsewhere.
const (
	StageUnknown      Stage = iota
	StageConnected          // nothing of SMB came
	StageNegotiate          // it sent a NEGOTIATE
	StageSessionSetup       // it began to log on
	StageLoggedOn           // it sent a whole logon, with or without credentials
	StageTreeConnect        // it asked for a share
	StageFile               // it asked for a file
	StageData               // it read or wrote
)

var stageNames = []string{"unknown", "connected", "negotiate", "session-setup", "logged-on", "tree-connect", "file", "data"}

func (s Stage) String() string { return enumString(s, stageNames) }

// MarshalText writes the value's name.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name; an unfamiliar one reads as StageUnknown.
func (s *Stage) UnmarshalText(b []byte) error { *s = parseEnum[Stage](b, stageNames); return nil }

// End is how a connection ended.
type End uint8

// Values of End.
const (
	EndUnknown       End = iota // not seen
	EndLogoff                   // the client logged off or disconnected in order
	EndClientClosed             // the client closed the connection
	EndClientReset              // the client reset it
	EndServerClosed             // the server closed it, after an error or a refusal
	EndServerRefused            // the server refused a request for its signature, or for the lack of one
	EndTimeout                  // the client went silent
	EndLimit                    // it reached a limit of ours
	EndMalformed                // it sent what cannot be read
)

var endNames = []string{"unknown", "logoff", "client-closed", "client-reset", "server-closed", "server-refused", "timeout", "limit", "malformed"}

func (e End) String() string { return enumString(e, endNames) }

// MarshalText writes the value's name.
func (e End) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads a name; an unfamiliar one reads as EndUnknown.
func (e *End) UnmarshalText(b []byte) error { *e = parseEnum[End](b, endNames); return nil }

// Event is what a Windows event says, by its number and not by its words, which
// differ by language.
type Event struct {
	Channel string `json:"channel"` // such as "Microsoft-Windows-SMBServer/Audit"
	ID      int    `json:"id"`
	Server  string `json:"server,omitempty"` // the computer whose log it stands in
	// Required says whether the server demanded signing, where the event says so
	// (3021, 3027): nil is not known.
	Required *bool             `json:"required,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"` // as the event names them; at most 16, each at most 256 bytes
}

// Audit says that a server would have written an audit event about this client:
// auditing was on there, and the client had sessions.
type Audit struct {
	Server string    `json:"server,omitempty"` // whose log it is
	From   time.Time `json:"from"`             // the first and the last sign in that log
	To     time.Time `json:"to"`               // that auditing of signing was on
	Proof  string    `json:"proof"`            // what shows that it was on, in words
}
