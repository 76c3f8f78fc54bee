package assess

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"smbready/inventory"
)

// Joiner finds out which addresses are one device, such as a server with two
// network cards. Its zero value is ready for use; it keeps a few words of each
// host that speaks SMB and nothing of the others.
//
// What joins is meant to be unique: a random identifier of the server, the
// address of the network card together with a name, or the full name of a member
// of a domain. Each is believed only where nothing contradicts it, because
// machines are cloned, identifiers and all, and because appliances come from the
// factory under one name. To join wrongly only adds a remark to a report: every
// address keeps a verdict of its own.
type Joiner struct {
	hosts []identity
}

// identity is an address and what tells of which device it is.
type identity struct {
	address netip.Addr
	Keys
}

// Keys are what may tell that what was seen in two places is one device. Empty
// means not known, or not fit to tell anything.
type Keys struct {
	GUID    string // of the server, where it looks random, lower case; [MS-SMB2] 2.2.4
	MAC     string // of the adapter that answered, 12 digits, lower case; [RFC 1002] 4.2.18
	NetBIOS string // upper case; longer than a name can be, it only contradicts
	Name    string // by which the host goes in the DNS, lower case
	Member  bool   // Name is full, and the host says itself in which domain it is; [MS-NLMP] 2.2.2.1
}

// KeysOf returns the keys of a host. What is only said of a host that speaks no
// SMB is in them, too.
func KeysOf(h *inventory.Host) Keys {
	k := Keys{NetBIOS: strings.ToUpper(cut(strings.TrimSpace(h.Names.NetBIOS), maxNetBIOS)),
		Name: strings.ToLower(cut(h.Names.DNS, maxDNS)), Member: isMember(&h.Names), MAC: macIdentity(h.Names.MAC)}
	if h.SMB2 != nil && kindOfGUID(h.SMB2.ServerGUID) == guidRandom {
		k.GUID = strings.ToLower(h.SMB2.ServerGUID)
	}
	return k
}

// Short returns the NetBIOS name, or "" for one that is longer than a name can
// be.
func (k *Keys) Short() string {
	if len(k.NetBIOS) > maxNetBIOS {
		return ""
	}
	return k.NetBIOS
}

// FullName returns the name of the member of a domain, or "" for any other.
func (k *Keys) FullName() string {
	if !k.Member {
		return ""
	}
	return k.Name
}

// Limits of what is taken for an identity.
const (
	maxNetBIOS = 15  // characters, [MS-NBTE] 1.8
	maxDNS     = 255 // bytes, [RFC 1035] 2.3.4

	// maxAddresses is how many addresses a device may have. What more of them
	// share is no identity, and a list of them for each would take quadratic room.
	maxAddresses = 64
)

// Add takes in a host.
func (j *Joiner) Add(h *inventory.Host) {
	if h.State != inventory.StateSMB {
		return
	}
	id := identity{h.Address, KeysOf(h)}
	if id.GUID != "" || id.MAC != "" || id.Member {
		j.hosts = append(j.hosts, id)
	}
}

// cut bounds a name. What is longer than a name can be stays longer, by a byte:
// it contradicts others and joins nothing.
func cut(name string, limit int) string { return strings.Clone(name[:min(len(name), limit+1)]) }

// madeUpDomains are those that a device gives itself when it is in none.
var madeUpDomains = []string{"localdomain", "local", "lan", "home", "home.arpa", "internal", "workgroup", "fritz.box", "localhost", "invalid", "test"}

// isMember reports whether a host has a full name and says itself that it is in
// that domain.
func isMember(n *inventory.Names) bool {
	if len(n.DNS) > maxDNS || len(n.Domain) > maxDNS {
		return false
	}
	domain := strings.ToLower(n.Domain)
	host, ok := strings.CutSuffix(strings.ToLower(n.DNS), "."+domain)
	return ok && domain != "" && host != "" && host != "localhost" && !slices.Contains(madeUpDomains, domain)
}

// macIdentity returns the digits of an address that belongs to one card.
func macIdentity(mac string) string {
	var digits [12]byte
	if !macDigits(mac, &digits) {
		return ""
	}
	s := strings.ToLower(string(digits[:]))
	first, _ := hexDigit(s[1])
	if group := first&1 != 0; group || s == "000000000000" { // Samba gives zeros
		return ""
	}
	return s
}

// OwnCard reports whether twelve digits, in lower case, are the address of one network
// card: not of one that software chose, of a group, or of an adapter that many machines
// have alike. Hyper-V makes those of its machines out of the last two bytes of the address
// that its host had when it was set up: at sites that count their addresses alike, alike,
// learn.microsoft.com/archive/blogs/jhoward/hyper-v-mac-address-allocation-and-apparent-network-issues-mac-collisions-can-cause.
func OwnCard(digits string) bool {
	const anyConnect, hyperV = "00059a3c7a00", "00155d"
	return len(digits) == 12 && strings.Contains("048c", digits[1:2]) && digits != anyConnect && !strings.HasPrefix(digits, hyperV)
}

// Join returns the devices that were found to have several addresses.
func (j *Joiner) Join() *Joined {
	u := newUnion(len(j.hosts))
	j.joinBy(u, guidIn, func(group []int32) {
		if agree(j.hosts, group, macIn) && agree(j.hosts, group, nameIn) && agree(j.hosts, group, netbiosIn) {
			u.all(group)
		}
	})
	// Clones share the identifier; those that also share the name are one.
	j.joinBy(u, both(guidIn, shortIn), func(group []int32) {
		if agree(j.hosts, group, macIn) && agree(j.hosts, group, nameIn) {
			u.all(group)
		}
	})
	j.joinBy(u, both(macIn, shortIn), u.all)
	j.joinBy(u, memberIn, func(group []int32) {
		if agree(j.hosts, group, guidIn) { // two cards, one server
			u.all(group)
		}
	})
	j.joinBy(u, both(memberIn, guidIn), u.all)
	return j.joined(u)
}

func guidIn(id *identity) string    { return id.GUID }
func macIn(id *identity) string     { return id.MAC }
func netbiosIn(id *identity) string { return id.NetBIOS }
func nameIn(id *identity) string    { return id.Name }
func shortIn(id *identity) string   { return id.Short() }
func memberIn(id *identity) string  { return id.FullName() }

// both returns a key of two parts, which is empty if one of them is.
func both(a, b func(*identity) string) func(*identity) string {
	return func(id *identity) string {
		x, y := a(id), b(id)
		if x == "" || y == "" {
			return ""
		}
		return x + "\x00" + y
	}
}

// joinBy hands on each group of hosts that share a key.
func (j *Joiner) joinBy(u *union, key func(*identity) string, use func([]int32)) {
	groups := map[string][]int32{}
	for i := range j.hosts {
		if k := key(&j.hosts[i]); k != "" {
			groups[k] = append(groups[k], int32(i))
		}
	}
	for _, group := range groups { // in any order: a union does not depend on it
		if len(group) > 1 {
			use(group)
		}
	}
}

// agree reports whether the hosts of a group that have a value have the same.
func agree(hosts []identity, group []int32, value func(*identity) string) bool {
	seen := ""
	for _, i := range group {
		v := value(&hosts[i])
		if v != "" && seen != "" && v != seen {
			return false
		}
		seen = cmp.Or(v, seen)
	}
	return true
}

// Joined says which addresses are one device.
type Joined struct {
	groups  map[netip.Addr][]netip.Addr // each address of a device to all of them, in order
	surplus int
}

// joined collects the groups of a union.
func (j *Joiner) joined(u *union) *Joined {
	members := map[int32][]netip.Addr{}
	for i := range j.hosts {
		root := u.root(int32(i))
		members[root] = append(members[root], j.hosts[i].address)
	}
	out := &Joined{groups: map[netip.Addr][]netip.Addr{}}
	for _, group := range members {
		slices.SortFunc(group, netip.Addr.Compare)
		group = slices.Compact(group)
		if len(group) < 2 || len(group) > maxAddresses {
			continue
		}
		out.surplus += len(group) - 1
		for _, a := range group {
			out.groups[a] = group
		}
	}
	return out
}

// Also returns the other addresses of the device at address a, in order.
func (j *Joined) Also(a netip.Addr) []netip.Addr {
	var others []netip.Addr
	for _, b := range j.groups[a] {
		if b != a {
			others = append(others, b)
		}
	}
	return others
}

// Surplus returns by how many the addresses outnumber the devices.
func (j *Joined) Surplus() int { return j.surplus }

// union is a disjoint-set forest.
type union struct{ parent []int32 }

func newUnion(n int) *union {
	u := &union{make([]int32, n)}
	for i := range u.parent {
		u.parent[i] = int32(i)
	}
	return u
}

func (u *union) root(i int32) int32 {
	for u.parent[i] != i {
		u.parent[i] = u.parent[u.parent[i]]
		i = u.parent[i]
	}
	return i
}

// all unites a group. The smaller root wins, whatever the order.
func (u *union) all(group []int32) {
	for _, i := range group[1:] {
		a, b := u.root(group[0]), u.root(i)
		u.parent[max(a, b)] = min(a, b)
	}
}
