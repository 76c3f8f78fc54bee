package inventory

import (
	"net/netip"
	"slices"
	"strings"
)

// identity is what tells one host from another besides its address.
type identity struct {
	mac   string
	guid  string   // of the server, where it is not zero
	names []string // short, upper case, without those that say nothing
	full  []string // with a domain, lower case
}

// saysNothing are names that devices come with or that stand for none: they
// neither join nor tell apart.
var saysNothing = []string{"", "WORKSTATION", "LOCALHOST", "UNKNOWN", "NULL", "NONE", "HOST", "CLIENT", "SERVER", "PRINTER", "SCANNER",
	"COPIER", "MFP", "NAS", "SMB", "SMBCLIENT", "USER", "PC", "DEFAULT"}

func identify(h *Host) identity {
	id := identity{mac: strings.ToLower(h.Names.MAC)}
	if h.SMB2 != nil && strings.Trim(h.SMB2.ServerGUID, "0") != "" {
		id.guid = h.SMB2.ServerGUID
	}
	id.name(h.Names.NetBIOS)
	id.name(h.Names.DNS)
	id.name(h.Target)
	if h.Client != nil {
		for _, n := range h.Client.Names {
			id.name(n)
		}
	}
	return id
}

// name takes in a name, short or full.
func (id *identity) name(name string) {
	name = strings.TrimSuffix(strings.TrimLeft(strings.TrimSpace(name), `\`), ".")
	if _, err := netip.ParseAddr(name); err == nil {
		return
	}
	short, domain, _ := strings.Cut(name, ".")
	short = strings.ToUpper(short)
	if slices.Contains(saysNothing, short) {
		return
	}
	if domain != "" && len(id.full) < maxNames {
		id.full = insert(id.full, strings.ToLower(name))
	}
	if len(id.names) < maxNames {
		id.names = insert(id.names, short)
	}
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
}

// best returns the name to call a host by.
func (id *identity) best() string {
	switch {
	case len(id.full) > 0:
		return id.full[0]
	case len(id.names) > 0:
		return id.names[0]
	}
	return id.mac
}

// sameness is what a comparison says; neither means that nothing could be
// compared.
type sameness struct{ by, against string }

// compare says what speaks for and against two observations being of one host.
func (id *identity) compare(o *identity) sameness {
	switch {
	case id.mac != "" && id.mac == o.mac:
		return sameness{by: "network card"}
	case id.mac != "" && o.mac != "":
		return sameness{against: "its network card was " + o.mac + ", not " + id.mac}
	case id.guid != "" && id.guid == o.guid:
		return sameness{by: "server GUID"}
	case len(id.names) == 0 || len(o.names) == 0:
		return sameness{}
	}
	if slices.ContainsFunc(o.names, func(n string) bool { return slices.Contains(id.names, n) || slices.ContainsFunc(id.names, cutNames(n)) }) {
		return sameness{by: "name"}
	}
	return sameness{against: "it was called " + clip(o.names[0]) + " there, not " + clip(id.names[0])}
}

// netBIOSLength is where NetBIOS cuts a name, in characters, [MS-NBTE] 1.8.
const netBIOSLength = 15

// cutNames compares two names of which NetBIOS cut one.
func cutNames(a string) func(string) bool {
	return func(b string) bool {
		return len(a) == netBIOSLength && strings.HasPrefix(b, a) || len(b) == netBIOSLength && strings.HasPrefix(a, b)
	}
}

// identityIndex finds hosts by what tells them from others.
type identityIndex struct {
	macs, full, names map[string][]*merged
}

func newIdentityIndex(hosts []*merged) *identityIndex {
	x := &identityIndex{map[string][]*merged{}, map[string][]*merged{}, map[string][]*merged{}}
	for _, g := range hosts {
		x.add(g)
	}
	return x
}

func (x *identityIndex) add(g *merged) {
	if g.identity.mac != "" {
		x.macs[g.identity.mac] = append(x.macs[g.identity.mac], g)
	}
	for _, n := range g.identity.full {
		x.full[n] = append(x.full[n], g)
	}
	for _, n := range g.identity.names {
		x.names[n] = append(x.names[n], g)
	}
}

// elsewhere finds the one host at another address that a client is, and what
// says so.
func (x *identityIndex) elsewhere(g *merged) (to *merged, by string) {
	servers := func(list []*merged) *merged {
		var one *merged
		for _, h := range list {
			if h == g || !h.serves() {
				continue
			}
			if one != nil {
				return nil // several go by it: none is it for sure
			}
			one = h
		}
		return one
	}
	if to := servers(x.macs[g.identity.mac]); to != nil {
		return to, "network card, at another address"
	}
	for _, n := range g.identity.full {
		to := servers(x.full[n])
		if to != nil && (to.identity.mac == "" || g.identity.mac == "" || to.identity.mac == g.identity.mac) {
			return to, "full name, at another address"
		}
	}
	return nil, ""
}

// named finds the one host that goes by a name, or says why there is none.
func (x *identityIndex) named(id *identity) (to *merged, why string) {
	for _, n := range id.full {
		if list := x.full[n]; len(list) == 1 {
			return list[0], ""
		}
	}
	for _, n := range id.names {
		list := slices.DeleteFunc(slices.Clone(x.names[n]), func(g *merged) bool {
			return len(id.full) > 0 && len(g.identity.full) > 0 && !slices.ContainsFunc(id.full, func(f string) bool { return slices.Contains(g.identity.full, f) })
		})
		switch {
		case len(list) == 1:
			return list[0], ""
		case len(list) > 1:
			return nil, "several hosts go by the name " + clip(n)
		}
	}
	return nil, ""
}
