package diff

import (
	"cmp"
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"

	"smbready/assess"
	"smbready/inventory"
)

// Key is what matching knows of one host of a run. Names and identifiers are kept
// as hashes, so that a million hosts fit into some ten megabytes; 0 means not
// known.
type Key struct {
	Address netip.Addr // the zero address: the host is known by name only

	identity uint64 // Host.Identity
	lasting  uint64 // of what lasts, see Lasting
	guid     uint64 // these four as in assess.Keys
	card     uint64
	netbios  uint64
	name     uint64
	labels   [2]uint64 // the first labels of its NetBIOS and its DNS name, as NetBIOS cuts them

	presence presence
	server   bool   // it speaks SMB
	own      bool   // card is of one card alone
	short    bool   // netbios is no longer than a name can be
	member   bool   // name is full
	silence  Cause  // of an address that was asked and told nothing: Dark or Untold
	refusing bool   // it refused, and is known by its names alone
	session  bool   // of an address that refused: port 139 was asked too
	port     uint16 // at which it answered, or refused first; 0 is not known
}

// presence is what of a device a run saw at an address.
type presence uint8

const (
	silent  presence = iota // nothing: no answer, and no name
	refused                 // a refusal, and no name
	dim                     // a name, and no answer by SMB
	heard                   // only what it did as a client, or others with it
	present                 // an answer
)

// Keyer makes the keys of two runs, which can be compared only with each other.
// It may be used by several goroutines at once.
type Keyer struct{ seed maphash.Seed }

// NewKeyer returns a Keyer. Its hashes cannot be foreseen by who wrote a run.
func NewKeyer() *Keyer { return &Keyer{maphash.MakeSeed()} }

func (k *Keyer) hash(s string) uint64 {
	if s == "" {
		return 0
	}
	return max(1, maphash.String(k.seed, s))
}

// Key returns the key of a host. lasting is the Hash of what lasts of its line,
// or 0; of two hosts with the same one nothing needs to be compared.
func (k *Keyer) Key(h *inventory.Host, lasting uint64) Key {
	keys := assess.KeysOf(h)
	short := keys.Short()
	return Key{Address: h.Address, identity: k.hash(h.Identity), lasting: lasting,
		guid: k.hash(keys.GUID), card: k.hash(keys.MAC), netbios: k.hash(keys.NetBIOS), name: k.hash(keys.Name),
		labels:   [2]uint64{k.hash(label(h.Names.NetBIOS)), k.hash(label(cmp.Or(h.Names.DNS, h.Target)))},
		presence: presenceOf(h), server: h.State == inventory.StateSMB, own: assess.OwnCard(keys.MAC), short: short != "", member: keys.Member,
		silence: silenceOf(h), refusing: h.State == inventory.StateClosed && !answered(h), session: h.State == inventory.StateClosed && askedSession(h), port: h.Port}
}

// silenceOf says why an address that was to be asked told nothing by SMB. What was only
// heard of was not to be asked.
func silenceOf(h *inventory.Host) Cause {
	switch {
	case !h.Address.IsValid():
		return NoCause
	case h.State == inventory.StateFiltered, h.State == inventory.StateUnreachable:
		return Dark
	case h.State == inventory.StateUnknown && presenceOf(h) <= dim:
		return Untold
	}
	return NoCause
}

// sessionPort is the port of the NetBIOS session service, where a scan asks too whatever
// refuses at the other port.
const sessionPort = 139

func askedSession(h *inventory.Host) bool {
	return slices.ContainsFunc(h.Observations, func(o inventory.Observation) bool {
		return o.Port == sessionPort && o.Step == inventory.StepSMB2Negotiate
	})
}

// refusedAt reports whether an address that refused did so at the port of k.
func (k *Key) refusedAt(address *Key) bool {
	return k.port == 0 || k.port == address.port || k.port == sessionPort && address.session
}

// presenceOf says what of a device was seen.
func presenceOf(h *inventory.Host) presence {
	n := &h.Names
	named := n.NetBIOS != "" || n.DNS != "" || n.MAC != "" || len(n.Node) > 0
	switch h.State {
	case inventory.StateSMB, inventory.StateOpen:
		return present
	case inventory.StateClosed:
		if named || answered(h) {
			return present
		}
		return refused
	}
	switch {
	case answered(h):
		return present
	case h.Client != nil || len(h.Served) > 0:
		return heard
	case named || !h.Address.IsValid():
		return dim
	}
	return silent
}

// answered reports whether something of a host answered.
func answered(h *inventory.Host) bool {
	return h.SMB1 != nil || h.SMB2 != nil || h.NTLM != nil || h.Clues != nil || len(h.Sessions) > 0
}

// saysNothing are names that devices come with, or that stand for none. They tell
// no device from another.
var saysNothing = []string{"WORKSTATION", "LOCALHOST", "UNKNOWN", "NULL", "NONE", "HOST", "CLIENT", "SERVER", "PRINTER", "SCANNER", "COPIER", "MFP", "NAS",
	"SMB", "SMBCLIENT", "USER", "PC", "DEFAULT"}

// netBIOSLength is where NetBIOS cuts a name, in characters, [MS-NBTE] 1.8.
const netBIOSLength = 15

// label returns the first label of a name, cut as NetBIOS cuts it, or "" where it
// says nothing: a host that gave its NetBIOS name once and its DNS name another
// time has one name.
func label(name string) string {
	if _, err := netip.ParseAddr(name); err == nil {
		return ""
	}
	name, _, _ = strings.Cut(strings.TrimSpace(name), ".")
	name = strings.ToUpper(name[:min(len(name), netBIOSLength)])
	if slices.Contains(saysNothing, name) {
		return ""
	}
	return name
}

// sameName compares names: whether one is common to both, or both have some and
// none is.
func (k *Key) sameName(o *Key) (agree, contradict bool) {
	for _, a := range k.labels {
		if a != 0 && (a == o.labels[0] || a == o.labels[1]) {
			return true, false
		}
	}
	none := [2]uint64{}
	return false, k.labels != none && o.labels != none
}

// compare says what two sights at one address agree in, and whether they are of
// two devices. A network card does not change, but software chooses one alike for many,
// and then it is no sign that they are one; a server's identifier does so only
// where the system was set up anew, so card and name together override it. A
// device that kept its card or identifier may have been renamed.
func (k *Key) compare(o *Key) (by By, apart bool) {
	if k.own && k.card == o.card {
		by |= ByCard
	}
	if k.guid != 0 && k.guid == o.guid {
		by |= ByGUID
	}
	agree, contradict := k.sameName(o)
	if agree {
		by |= ByName
	}
	if k.member && o.member && k.name == o.name {
		by |= ByFullName
	}
	switch {
	case differ(k.card, o.card):
		return by, true
	case differ(k.guid, o.guid):
		return by, by&ByCard == 0 || by&ByName == 0
	case contradict:
		return by, by&(ByCard|ByGUID) == 0
	}
	return by, false
}

// differ reports whether both are known and not the same.
func differ(a, b uint64) bool { return a != 0 && b != 0 && a != b }
