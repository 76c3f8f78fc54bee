package assess

// Assessment is the judgement of one host.
type Assessment struct {
	Device   Device   `json:"device"`
	Policies Findings `json:"policies"`
}

// Findings holds the finding for each policy.
type Findings struct {
	ClientAlways         Finding `json:"client-always"`
	ClientIfServerAgrees Finding `json:"client-if-server-agrees"`
	ServerAlways         Finding `json:"server-always"`
	ServerIfClientAgrees Finding `json:"server-if-client-agrees"`
}

// Of returns the finding for a policy.
func (f *Findings) Of(p Policy) *Finding {
	switch p {
	case ClientAlways:
		return &f.ClientAlways
	case ClientIfServerAgrees:
		return &f.ClientIfServerAgrees
	case ServerAlways:
		return &f.ServerAlways
	default:
		return &f.ServerIfClientAgrees
	}
}

// Finding is the verdict for one policy and what it rests on. For a server
// that may admit guests it is about sessions with an account, and Guest is
// about guest sessions, which can never be signed ([MS-SMB2] 3.2.5.3.1).
type Finding struct {
	Verdict    Verdict    `json:"verdict"`
	Confidence Confidence `json:"confidence"`
	Reason     string     `json:"reason"`             // stable code; Explain tells more
	Why        string     `json:"why"`                // one sentence
	Evidence   []string   `json:"evidence,omitempty"` // the facts it rests on, short
	Remedy     string     `json:"remedy,omitempty"`   // what to do about it
	Settle     string     `json:"settle,omitempty"`   // what would make it surer
	Guest      *Finding   `json:"guest,omitempty"`    // the guest path, where there is or may be one
}

// Device is what the host is taken to be. It words and sorts a verdict; it
// never turns one round.
type Device struct {
	Class      Class      `json:"class"`
	Vendor     string     `json:"vendor,omitempty"`
	Model      string     `json:"model,omitempty"`
	Maker      string     `json:"maker,omitempty"`   // of the network card, by the registry of addresses
	OS         string     `json:"os,omitempty"`      // operating system and, where known, version
	Support    string     `json:"support,omitempty"` // the vendor's support of that version
	Era        string     `json:"era,omitempty"`     // of the newest protocol it speaks, in words
	Confidence Confidence `json:"confidence"`
	Evidence   []string   `json:"evidence,omitempty"`
}

// Class is the kind of a device.
type Class uint8

// Device classes.
const (
	ClassUnknown Class = iota
	Printer
	NAS
	IndustrialController
	Medical
	WindowsClient
	WindowsServer
	DomainController
	Samba
	MacOS
	StorageAppliance
	NetworkDevice
	Embedded
)

var classNames = [...]string{"unknown", "printer", "nas", "industrial-controller", "medical", "windows-client",
	"windows-server", "domain-controller", "samba", "macos", "storage-appliance", "network-device", "embedded"}

func (c Class) String() string { return classNames[c] }

// MarshalText writes the class's name.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
