package plan

import (
	"net/netip"
	"slices"
	"strings"

	"smbready/assess"
	"smbready/inventory"
)

// namesAddress reports whether an exception calls its device by an address.
func namesAddress(e *inventory.Exception) bool {
	_, err := netip.ParseAddr(strings.TrimSpace(e.Device))
	return err == nil
}

// traits is by what a device is told from another one.
type traits struct{ macs, guids, names []string }

// otherThan says why a device is not taken for the one that was seen when an exception was
// accepted, and nothing if it is: it has another network card; or another server GUID,
// which only a device keeps that was set up anew, and then it has its card and its name;
// or, where neither can be compared, another name. A name alone, which many come with
// from the factory, does not tell that it is the same either; nor, where nobody knows at
// which site it was, a server GUID, which clones of other sites have.
func otherThan(e *inventory.Exception, m *member) string {
	if e.Seen == nil {
		return ""
	}
	t := traitsOf(e.Seen)
	why := t.apart(m.traits())
	if why == "" && namesName(e) && !t.nameAlone(e.Seen.Address) && !agrees(e, m) {
		why = "nothing but its name is known to be the same"
		if a := e.Seen.Address; a.IsValid() {
			why += ": it was at " + a.Unmap().String()
		}
	}
	if why == "" && e.At() == "" && !t.nameAlone(e.Seen.Address) && !surely(e.Seen, m) {
		why = "nobody knows of which site it was, and neither its network card nor its address is known to be the same: accept it anew"
	}
	return why
}

// surely reports whether a device has a card of its own that was seen, or its address.
func surely(seen *inventory.SeenDevice, m *member) bool {
	own := func(s string) bool { return ownCard(s) && slices.Contains(m.macs, s) }
	at := seen.Address.IsValid() && slices.Contains(addressesOf(m), seen.Address.Unmap().String())
	return at || slices.ContainsFunc(traitsOf(seen).macs, own)
}

// Another reports whether two that were seen are known to be two devices.
func Another(a, b *inventory.SeenDevice) bool { return traitsOf(a).apart(traitsOf(b)) != "" }

// alike reports whether something is known of a device that was known, too, when an
// exception was accepted.
func alike(seen *inventory.SeenDevice, m *member) bool {
	if seen == nil {
		return false
	}
	then, now := traitsOf(seen), m.traits()
	both := func(a, b []string) bool { return len(a) > 0 && len(b) > 0 }
	return both(then.macs, now.macs) || both(then.guids, now.guids) || both(then.names, now.names)
}

// namesName reports whether an exception calls its device by a name.
func namesName(e *inventory.Exception) bool { return !namesAddress(e) && !NamesCard(e.Device) }

// agrees reports whether an exception is surely of a device: it calls it by its address or
// its card, or what was seen when it was accepted agrees in more than the name; in the
// name, where nothing more is known of either.
func agrees(e *inventory.Exception, m *member) bool {
	if mac, ok := cardNamed(strings.TrimSpace(e.Device)); ok {
		return ownCard(mac)
	}
	if namesAddress(e) {
		return true
	}
	if e.Seen == nil {
		return false
	}
	if sameNameAlone(e, m) {
		return true
	}
	return surely(e.Seen, m) || common(traitsOf(e.Seen).guids, m.guids)
}

// sameNameAlone reports whether an exception calls a device by its name, and nothing more
// was known of what was accepted, nor is of the device: it is what was accepted.
func sameNameAlone(e *inventory.Exception, m *member) bool {
	if e.Seen == nil || !namesName(e) {
		return false
	}
	t := traitsOf(e.Seen)
	return t.nameAlone(e.Seen.Address) && m.traits().nameAlone(m.device.Address) && commonName(t.names, m.names)
}

// addressAlone reports whether an exception holds to a device by nothing but an address.
func addressAlone(e *inventory.Exception, m *member) bool {
	return namesAddress(e) && !alike(e.Seen, m)
}

// mayMean reports whether an exception may have been accepted for a device that is
// remembered: where nothing of it can be compared with what was known then, it is another
// one if something was found against it since.
func (r *remembered) mayMean(e *inventory.Exception, policy assess.Policy) bool {
	if !e.Seen.Hard() || alike(e.Seen, r.member) {
		return true
	}
	return !slices.ContainsFunc(r.sights, func(g sight) bool { return g.policy() == policy && !g.seen.Before(e.Accepted) })
}

// nameAlone reports whether nothing more is known of a device at an address than a name.
func (t traits) nameAlone(at netip.Addr) bool { return len(t.macs)+len(t.guids) == 0 && !at.IsValid() }

func (m *member) traits() traits { return traits{m.macs, m.guids, m.names} }

func traitsOf(seen *inventory.SeenDevice) traits {
	t := traits{}
	for _, s := range seen.MACs {
		if digits, ok := card(s); ok {
			t.macs = append(t.macs, digits)
		}
	}
	for _, s := range seen.GUIDs {
		t.guids = append(t.guids, strings.ToLower(s))
	}
	for _, s := range seen.Names {
		t.names = append(t.names, nameForms(s)...)
	}
	return t
}

// apart says in what t, as it was then, and what is known now contradict each other.
func (t traits) apart(now traits) string {
	sameCard := slices.ContainsFunc(t.macs, func(s string) bool { return slices.Contains(now.macs, s) && ownCard(s) })
	sameGUID := slices.ContainsFunc(t.guids, func(s string) bool { return slices.Contains(now.guids, s) })
	sameName := commonName(t.names, now.names)
	switch {
	case apart(t.macs, now.macs):
		return "its network card was " + cardWords(t.macs[0]) + ", and is " + cardWords(now.macs[0])
	case apart(t.guids, now.guids) && !(sameCard && sameName):
		return "its server GUID was " + t.guids[0] + ", and is " + now.guids[0]
	case sameCard, sameGUID, sameName, len(t.names) == 0, len(now.names) == 0:
		return ""
	}
	return "its name was " + t.names[0] + ", and is " + now.names[0]
}

func ownCard(digits string) bool { return assess.OwnCard(digits) }

// cardWords writes the digits of a card as people do.
func cardWords(digits string) string {
	var parts []string
	for pair := range slices.Chunk([]byte(digits), 2) {
		parts = append(parts, string(pair))
	}
	return strings.Join(parts, ":")
}

// commonName reports whether two lists of the forms of names have one name in common:
// a full one, or a short one where only one side knows more than that. NetBIOS cuts
// names at fifteen characters.
func commonName(a, b []string) bool {
	full := func(s string) bool { return strings.Contains(s, ".") }
	bothFull := slices.ContainsFunc(a, full) && slices.ContainsFunc(b, full)
	return slices.ContainsFunc(a, func(x string) bool {
		return slices.ContainsFunc(b, func(y string) bool {
			if bothFull && (!full(x) || !full(y)) {
				return false
			}
			return x == y || !full(x) && !full(y) && cutName(x, y)
		})
	})
}

// cutName reports whether NetBIOS cut one of two names from the other.
func cutName(x, y string) bool {
	const length = 15 // [MS-NBTE] 1.8
	return len(x) == length && strings.HasPrefix(y, x) || len(y) == length && strings.HasPrefix(x, y)
}
