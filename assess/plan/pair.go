package plan

import (
	"slices"
	"strings"
)

// pair finds each device of an earlier run in a later one: by what is meant to be of
// one device alone, which goes where the device goes, then by its name at one of its
// addresses, and then by its address, where nothing says that it is another. A name
// alone does not tell that a device moved: many come from the factory under one.
func pair(old, now []*member) map[*member]*member {
	p := newPairing()
	p.byOwn(old, now)
	p.by(old, now, namesOf, func(a, b *member) bool { return otherCard(a, b) || elsewhere(a, b) })
	p.by(old, now, addressesOf, otherDevice)
	return p.found
}

// pairing is the state of pair.
type pairing struct {
	found map[*member]*member // of the earlier run, in the later one
	taken map[*member]bool    // of the later one
}

func newPairing() *pairing { return &pairing{map[*member]*member{}, map[*member]bool{}} }

// byOwn pairs by what is meant to be of one device alone: its network card, the random
// identifier of its server, its serial number, its full name in a domain. Each is
// believed only where no other contradicts it; machines are cloned, identifiers and all.
func (p *pairing) byOwn(old, now []*member) {
	p.by(old, now, cardsOf, func(a, b *member) bool { return apart(a.serials, b.serials) })
	p.by(old, now, guidsOf, func(a, b *member) bool { return otherCard(a, b) || apart(a.names, b.names) })
	p.by(old, now, serialsOf, otherCard)
	p.by(old, now, fullNamesOf, func(a, b *member) bool { return apart(a.guids, b.guids) || apart(a.serials, b.serials) })
}

// by pairs those that go by one key, and no other of their run does, unless they
// differ.
func (p *pairing) by(old, now []*member, keys func(*member) []string, differ func(a, b *member) bool) {
	today, then := indexBy(now, keys), indexBy(old, keys)
	for _, m := range old {
		for _, k := range keys(m) {
			n := today[k]
			if then[k] == m && p.found[m] == nil && n != nil && n != ambiguous && !p.taken[n] && !differ(m, n) {
				p.found[m], p.taken[n] = n, true
			}
		}
	}
}

// indexBy finds devices by what only one of them goes by.
func indexBy(list []*member, keys func(*member) []string) map[string]*member {
	index := map[string]*member{}
	for _, m := range list {
		for _, k := range keys(m) {
			if other := index[k]; other != nil && other != m {
				index[k] = ambiguous
			} else {
				index[k] = m
			}
		}
	}
	return index
}

// ambiguous stands for several devices that go by one thing.
var ambiguous = new(member)

// cardsOf returns the addresses of network cards that are not those of a group.
func cardsOf(m *member) []string {
	group := func(digits string) bool { return strings.Contains("13579bdf", digits[1:2]) }
	if !slices.ContainsFunc(m.macs, group) {
		return m.macs
	}
	return slices.DeleteFunc(slices.Clone(m.macs), group)
}

func guidsOf(m *member) []string { return m.guids }

func serialsOf(m *member) []string { return m.serials }

func fullNamesOf(m *member) []string { return m.fullNames }

func namesOf(m *member) []string { return m.names }

func addressesOf(m *member) []string {
	return slices.DeleteFunc(m.keys(), func(k string) bool { return strings.HasPrefix(k, "name ") || strings.HasPrefix(k, "card ") })
}

// ownKeys returns all that is meant to be of a device alone.
func ownKeys(m *member) (keys []string) {
	for _, k := range []struct {
		kind string
		list []string
	}{{"card ", cardsOf(m)}, {"guid ", m.guids}, {"serial ", m.serials}, {"name ", m.fullNames}} {
		for _, s := range k.list {
			keys = append(keys, k.kind+s)
		}
	}
	return keys
}

// elsewhere reports whether two have addresses, and none in common.
func elsewhere(a, b *member) bool { return apart(addressesOf(a), addressesOf(b)) }

// otherCard reports whether two cannot be one device: each has a network card,
// and none in common.
func otherCard(a, b *member) bool { return apart(a.macs, b.macs) }

// otherDevice reports the same of all that tells one device from another: an address
// goes from one device to another. What kept its identifier may have been renamed.
func otherDevice(a, b *member) bool {
	return otherCard(a, b) || apart(a.serials, b.serials) || apart(a.guids, b.guids) && !common(a.names, b.names) ||
		apart(a.names, b.names) && !common(a.guids, b.guids)
}

// contradicts reports whether what is meant to be of one device alone says of two at
// one address that they are two. A name alone does not; nor does an identifier where
// the name is the same, because a system that is set up anew has another one.
func contradicts(a, b *member) bool {
	mine, theirs := ownKeys(a), ownKeys(b)
	if common(mine, theirs) {
		return false
	}
	return apart(cardsOf(a), cardsOf(b)) || apart(a.serials, b.serials) || apart(a.guids, b.guids) && !common(a.names, b.names)
}

// apart reports whether both lists hold something and nothing in common.
func apart(a, b []string) bool { return len(a) > 0 && len(b) > 0 && !common(a, b) }

func common(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
