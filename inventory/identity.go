package inventory

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
)

// identity is what tells one host from another besides its address.
type identity struct {
	mac   string   // where it belongs to one card
	guid  string   // of the server, where it looks random
	names []string // short, upper case, without those that say nothing
	full  []string // with a domain, lower case: by which others know it, such as the DNS
	told  []string // with a domain, lower case: which it said itself as a client, and which anybody can say
}

// saysNothing are names that devices come with or that stand for none: they
// neither join nor tell apart.
var saysNothing = []string{"", "WORKSTATION", "LOCALHOST", "UNKNOWN", "NULL", "NONE", "HOST", "CLIENT", "SERVER", "PRINTER", "SCANNER",
	"COPIER", "MFP", "NAS", "SMB", "SMBCLIENT", "USER", "PC", "DEFAULT"}

// factoryNames are names under which a maker ships every device of a kind. At one
// address they join for as long as the address does.
var factoryNames = []string{"DISKSTATION", "RACKSTATION", "WDMYCLOUD", "MYBOOKLIVE", "READYSHARE", "READYNAS", "FRITZ-NAS", "FREENAS", "TRUENAS",
	"OPENMEDIAVAULT", "RASPBERRYPI"}

func identify(h *Host) identity {
	id := identity{mac: cardOf(h.Names.MAC)}
	if h.SMB2 != nil && randomGUID(h.SMB2.ServerGUID) {
		id.guid = strings.ToLower(h.SMB2.ServerGUID)
	}
	id.name(h.Names.DNS, &id.full)
	id.name(h.Target, &id.full)
	id.name(h.Names.NetBIOS, &id.told) // a listener takes it from the client's logon
	if h.Client != nil {
		for _, n := range h.Client.Names {
			id.name(n, &id.told)
		}
	}
	return id
}

// sharedCard is the address that the adapter of Cisco AnyConnect has on every
// machine.
const sharedCard = "00059a3c7a00"

// cardOf returns the digits of an address that belongs to one card, or "": not of
// one that software chose (the bit for local administration), of a group, or of
// none.
func cardOf(mac string) string {
	s := strings.ToLower(strings.NewReplacer(":", "", "-", "", ".", "").Replace(mac))
	b, err := hex.DecodeString(s)
	const group, local = 1, 2
	if err != nil || len(b) != 6 || b[0]&(group|local) != 0 || s == "000000000000" || s == sharedCard {
		return ""
	}
	return s
}

// randomGUID reports whether a ServerGUID, [MS-SMB2] 2.2.4, looks random: not
// empty, not one that a program has for every machine, and not Samba's, which is
// the server's name.
func randomGUID(s string) bool {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 16 {
		return false
	}
	distinct := map[byte]bool{}
	for _, c := range b {
		distinct[c] = true
	}
	name := bytes.TrimRight(b, "\x00")
	text := len(name) < len(b) && !bytes.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' })
	const least = 10 // different values, of which 16 random bytes have fewer once in some millions
	return len(distinct) >= least && !text
}

// shortName returns a name without its domain, in upper case, and a full one in
// lower case; it returns "" for one that says nothing.
func shortName(name string) (short, full string) {
	name = strings.TrimSuffix(strings.TrimLeft(strings.TrimSpace(name), `\`), ".")
	if _, err := netip.ParseAddr(name); err == nil {
		return "", ""
	}
	short, domain, _ := strings.Cut(name, ".")
	short = strings.ToUpper(short)
	if slices.Contains(saysNothing, short) {
		return "", ""
	}
	if domain != "" {
		full = strings.ToLower(name)
	}
	return short, full
}

// name takes in a name, short or full; a full one goes to a list of its own.
func (id *identity) name(name string, fulls *[]string) {
	short, full := shortName(name)
	*fulls = insertBounded(*fulls, full)
	id.names = insertBounded(id.names, short)
}

// add takes in what another observation of the same host tells.
func (id *identity) add(o *identity) {
	fillIn(&id.mac, o.mac)
	fillIn(&id.guid, o.guid)
	for _, n := range o.names {
		id.names = insertBounded(id.names, n)
	}
	for _, n := range o.full {
		id.full = insertBounded(id.full, n)
	}
	for _, n := range o.told {
		id.told = insertBounded(id.told, n)
	}
}

// best returns the name to call a host by.
func (id *identity) best() string {
	switch {
	case len(id.full) > 0:
		return id.full[0]
	case len(id.told) > 0:
		return id.told[0]
	case len(id.names) > 0:
		return id.names[0]
	}
	return macText(id.mac)
}

// sameness is what a comparison says; nothing means that nothing could be
// compared.
type sameness struct {
	by      string // what agrees, the strongest
	weak    bool   // that is a name which many devices go by
	against string // what does not
	never   bool   // and that settles it: a card and a server's GUID do not change
}

// compare says what speaks for and against two observations being of one host.
func (id *identity) compare(o *identity) (s sameness) {
	switch {
	case id.mac != "" && o.mac != "" && id.mac != o.mac:
		return sameness{against: "its network card was " + macText(o.mac) + ", not " + macText(id.mac), never: true}
	case id.guid != "" && o.guid != "" && id.guid != o.guid:
		return sameness{against: "its server GUID was " + o.guid + ", not " + id.guid, never: true}
	case id.mac != "" && id.mac == o.mac:
		s.by = "network card"
	case id.guid != "" && id.guid == o.guid:
		s.by = "server GUID"
	}
	if len(id.names) == 0 || len(o.names) == 0 {
		return s
	}
	agreed, strong := id.common(o)
	switch {
	case !agreed:
		s.against = "it was called " + clip(o.names[0]) + " there, not " + clip(id.names[0])
	case s.by == "":
		s.by, s.weak = "name", !strong
	}
	return s
}

// common reports whether two go by one name, and whether by one that no maker
// gave to all its devices.
func (id *identity) common(o *identity) (agreed, strong bool) {
	for _, n := range o.names {
		if slices.Contains(id.names, n) || slices.ContainsFunc(id.names, cutNames(n)) {
			agreed = true
			strong = strong || !slices.Contains(factoryNames, n)
		}
	}
	return agreed, strong
}

// macText writes the digits of a card's address as facts have it.
func macText(digits string) string {
	var parts []string
	for i := 0; i+1 < len(digits); i += 2 {
		parts = append(parts, digits[i:i+2])
	}
	return strings.Join(parts, ":")
}

// netBIOSLength is where NetBIOS cuts a name, in characters, [MS-NBTE] 1.8.
const netBIOSLength = 15

// cutNames compares two names of which NetBIOS cut one.
func cutNames(a string) func(string) bool {
	return func(b string) bool {
		return len(a) == netBIOSLength && strings.HasPrefix(b, a) || len(b) == netBIOSLength && strings.HasPrefix(a, b)
	}
}

// identityIndex finds the one host that goes by something. It keeps no lists: a
// file in which all hosts share a card must not take time that grows with the
// square of their number.
type identityIndex map[string]*merged

// several stands for more hosts than one: none of them is it for sure.
var several = new(merged)

func (x identityIndex) add(key string, g *merged) {
	switch one := x[key]; {
	case key == "" || one == g:
	case one == nil:
		x[key] = g
	default:
		x[key] = several
	}
}

// one returns the only host that goes by a key, or nil.
func (x identityIndex) one(key string) *merged {
	if g := x[key]; g != several {
		return g
	}
	return nil
}

// serverIndex finds hosts of which more is known than what they did as clients.
type serverIndex struct{ cards, full identityIndex }

func newServerIndex(hosts []*merged) serverIndex {
	x := serverIndex{identityIndex{}, identityIndex{}}
	for _, g := range hosts {
		if !g.serves() {
			continue
		}
		x.cards.add(g.identity.mac, g)
		for _, n := range g.identity.full {
			x.full.add(n, g)
		}
	}
	return x
}

// elsewhere finds the one host at another address that a client may be, and what
// is to say whether it is.
func (x serverIndex) elsewhere(g *merged) (to *merged, judge func(a, b *merged) (by, why string)) {
	other := func(x identityIndex, key string) bool {
		to = x.one(key)
		return to != nil && to.Address != g.Address
	}
	if other(x.cards, g.identity.mac) {
		return to, (*merged).sameCard
	}
	for _, n := range g.identity.full {
		if other(x.full, n) {
			return to, (*merged).sameFullName
		}
	}
	for _, n := range g.identity.told {
		if other(x.full, n) {
			return to, (*merged).toldName
		}
	}
	return nil, nil
}

// nameIndex finds hosts by name.
type nameIndex struct{ full, short identityIndex }

func newNameIndex(hosts []*merged) nameIndex {
	x := nameIndex{identityIndex{}, identityIndex{}}
	for _, g := range hosts {
		x.add(g)
	}
	return x
}

func (x nameIndex) add(g *merged) {
	for _, n := range g.identity.full {
		x.full.add(n, g)
	}
	for _, n := range g.identity.names {
		x.short.add(n, g)
	}
}

// named finds the one host that goes by a name, or says why there is none.
func (x nameIndex) named(s *seen) (to *merged, why string) {
	for _, n := range s.identity.full {
		if to := x.full.one(n); to != nil {
			return to, to.contradicts(s)
		}
	}
	for _, n := range s.identity.names {
		switch to := x.short[n]; {
		case to == several:
			return nil, "several hosts go by the name " + clip(n)
		case to != nil && !to.otherDomain(s):
			return to, to.sameShortName(s)
		}
	}
	return nil, ""
}
