package inventory

import (
	"net/netip"
	"time"
)

// Target is one address to ask, with the name by which the user gave it, if
// any.
type Target struct {
	Address netip.Addr
	Name    string
	Site    string
}

// Host is what was observed of one address in one run: facts, no verdicts. A
// nil or empty field means "not observed".
type Host struct {
	Address      netip.Addr    `json:"address"`
	Identity     string        `json:"identity,omitempty"` // tells hosts apart that share an address, or have none: see Merger
	Target       string        `json:"target,omitempty"`   // the host name that led to this address
	Port         uint16        `json:"port,omitempty"`     // the port on which SMB (or what else State tells of) was found
	Site         string        `json:"site,omitempty"`
	Time         time.Time     `json:"time"`
	State        State         `json:"state"`
	Detail       string        `json:"detail"` // why State is not smb: an Outcome's name, such as "silent"
	SMB1         *SMB1         `json:"smb1,omitempty"`
	SMB2         *SMB2         `json:"smb2,omitempty"`
	NTLM         *NTLM         `json:"ntlm,omitempty"`
	Names        Names         `json:"names,omitzero"`
	OS           OS            `json:"os,omitzero"`
	Guest        Guest         `json:"guest,omitzero"`
	Sessions     []Session     `json:"sessions,omitempty"` // attempts with an account, in order (verify)
	Cost         *Cost         `json:"cost,omitempty"`
	Clues        *Clues        `json:"clues,omitempty"`
	Client       *Client       `json:"client,omitempty"`      // the host as a client of others
	Served       []Contact     `json:"served,omitempty"`      // others as clients of this host; at most MaxContacts
	ServedMore   int           `json:"served_more,omitempty"` // contacts that were left out beyond that
	Joins        []Join        `json:"joins,omitempty"`       // what this host was put together from, and what was kept apart
	Observations []Observation `json:"observations,omitempty"`
	Quirks       []string      `json:"quirks,omitempty"` // deviations from the specification, in words
	Error        string        `json:"error,omitempty"`  // a fault of ours, not of the host
}

// SMB1 is what a host answered to an SMB1 NEGOTIATE and SESSION_SETUP_ANDX.
// An empty Dialect means that it speaks SMB1 but accepted no dialect.
type SMB1 struct {
	Port             uint16  `json:"port,omitempty"`
	Dialect          string  `json:"dialect"` // as on the wire, such as "NT LM 0.12"
	Signing          Signing `json:"signing"`
	SecurityMode     *uint16 `json:"security_mode,omitempty"` // [MS-CIFS] 2.2.4.52.2; absent in the one-word form
	WordCount        uint8   `json:"word_count,omitempty"`    // 1 core, 13 LAN Manager, 17 NT LM 0.12
	ExtendedSecurity bool    `json:"extended_security,omitempty"`
	Flags            uint8   `json:"flags,omitempty"`
	Flags2           uint16  `json:"flags2,omitempty"`
	MaxMpx           uint16  `json:"max_mpx,omitempty"`
	MaxVcs           uint16  `json:"max_vcs,omitempty"`
	MaxBuffer        uint32  `json:"max_buffer,omitempty"`
	MaxRaw           uint32  `json:"max_raw,omitempty"`
	Capabilities     uint32  `json:"capabilities,omitempty"`
	ServerGUID       string  `json:"server_guid,omitempty"`
	NativeOS         string  `json:"native_os,omitempty"`
	NativeLANManager string  `json:"native_lan_manager,omitempty"`
	SMB2NotAsked     bool    `json:"smb2_not_asked,omitempty"` // only clients that offered no SMB2 were seen to ask: it may speak that too
	Raw              []byte  `json:"raw,omitempty"`            // the NEGOTIATE response, at most 1 KiB
}

// SMB2 is what a host answered to SMB2 NEGOTIATE and SESSION_SETUP.
type SMB2 struct {
	Port             uint16    `json:"port,omitempty"`
	Dialects         []string  `json:"dialects"`                    // proven, lowest first; a plain scan proves the highest
	DialectsComplete bool      `json:"dialects_complete,omitempty"` // every dialect was asked for
	Offered          bool      `json:"offered,omitempty"`           // the selected dialect was among those we offered
	FullOffer        bool      `json:"full_offer,omitempty"`        // it answered an offer of 2.0.2 to 3.1.1, as current Windows makes it
	Signing          Signing   `json:"signing"`
	SecurityMode     *uint16   `json:"security_mode,omitempty"`     // [MS-SMB2] 2.2.4
	PreauthIntegrity string    `json:"preauth_integrity,omitempty"` // hash of the 3.1.1 context, "SHA-512"
	SigningAlgorithm string    `json:"signing_algorithm,omitempty"`
	Cipher           string    `json:"cipher,omitempty"`
	Capabilities     *uint32   `json:"capabilities,omitempty"`
	MaxTransact      uint32    `json:"max_transact,omitempty"`
	MaxRead          uint32    `json:"max_read,omitempty"`
	MaxWrite         uint32    `json:"max_write,omitempty"`
	ServerGUID       string    `json:"server_guid,omitempty"`
	SystemTime       time.Time `json:"system_time,omitzero"`
	BootTime         time.Time `json:"boot_time,omitzero"`
	Mechanisms       []string  `json:"mechanisms,omitempty"` // SPNEGO mechanisms, such as "NTLMSSP", "Kerberos"
	Raw              []byte    `json:"raw,omitempty"`        // the NEGOTIATE response, at most 1 KiB
}

// MaxDialect returns the highest proven SMB2 dialect, or "" if none is known.
func (s *SMB2) MaxDialect() string {
	if s == nil || len(s.Dialects) == 0 {
		return ""
	}
	return s.Dialects[len(s.Dialects)-1]
}

// NTLM is what an NTLMSSP CHALLENGE said, [MS-NLMP] 2.2.1.2. It is read
// without sending any credential.
type NTLM struct {
	Version    string `json:"version,omitempty"` // "10.0.26100"; a floor on Windows
	Revision   uint8  `json:"revision,omitempty"`
	Flags      uint32 `json:"flags,omitempty"`
	TargetName string `json:"target_name,omitempty"`
	TargetInfo bool   `json:"target_info,omitempty"` // the AV pairs that NTLMv2 wants were there
}

// Names are the names under which a host goes.
type Names struct {
	NetBIOS   string        `json:"netbios,omitempty"`
	DNS       string        `json:"dns,omitempty"`
	Domain    string        `json:"domain,omitempty"`    // DNS domain
	Workgroup string        `json:"workgroup,omitempty"` // NetBIOS domain or workgroup
	Forest    string        `json:"forest,omitempty"`
	MAC       string        `json:"mac,omitempty"`  // UNIT_ID of the node status
	Node      []NetBIOSName `json:"node,omitempty"` // the node status table, [RFC 1002] 4.2.18
}

// NetBIOSName is a row of a node status answer.
type NetBIOSName struct {
	Name   string `json:"name"`
	Suffix uint8  `json:"suffix"`
	Group  bool   `json:"group,omitempty"`
}

// OS is what a host says of its operating system: words and numbers from the
// wire, not a conclusion.
type OS struct {
	Build string `json:"build,omitempty"` // "10.0.26100", when the NTLM version carries a build
	Name  string `json:"name,omitempty"`  // native OS of SMB1
}
