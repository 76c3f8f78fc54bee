package plan

import (
	"slices"
	"strings"

	"smbready/assess"
)

// pair finds each device of an earlier run in a later one, where it is surely the same:
// by what is meant to be of one device alone, which goes where the device goes, or by
// its name at one of its addresses. An address alone does not tell, unless nothing more
// is known of either, nor does a name: addresses go from one device to another, and many
// come from the factory under one name.
func pair(old, now []*member) map[*member]*member {
	p := newPairing()
	p.byOwn(old, now)
	p.by(old, now, namesOf, func(a, b *member) bool { return elsewhere(a, b) || !commonName(a.names, b.names) })
	p.by(old, now, addressesOf, func(a, b *member) bool { return !likeAtAddress(a, b) })
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
	p.by(old, now, cardsOf, nothingMore)
	p.by(old, now, guidsOf, byIdentifierAlone)
	p.by(old, now, serialsOf, nothingMore)
	p.by(old, now, fullNamesOf, nothingMore)
}

// byIdentifierAlone reports whether two have an identifier of a server in common and
// nothing else that could be, though more is known of both: machines that were cloned
// have one identifier.
func byIdentifierAlone(a, b *member) bool {
	nothing := func(m *member) bool { return len(m.names)+len(m.macs) == 0 }
	return !nothing(a) && !nothing(b) && !commonName(a.names, b.names) && !common(cardsOf(a), cardsOf(b))
}

func nothingMore(_, _ *member) bool { return false }

// otherNames reports whether the names of two say that they are two.
func otherNames(a, b *member) bool { return apart(a.names, b.names) && !commonName(a.names, b.names) }

// by pairs those that go by one key, and no other of their run does, unless they
// differ, or what is known of them says that they are two.
func (p *pairing) by(old, now []*member, keys func(*member) []string, differ func(a, b *member) bool) {
	p.byIndex(old, indexBy(old, keys), indexBy(now, keys), keys, differ)
}

// byIndex is by where the devices of both runs are found by the key already.
func (p *pairing) byIndex(old []*member, then, today map[string]*member, keys func(*member) []string, differ func(a, b *member) bool) {
	for _, m := range old {
		for _, k := range keys(m) {
			n := today[k]
			if then[k] == m && p.found[m] == nil && n != nil && n != ambiguous && !p.taken[n] && !differ(m, n) && !two(m, n) {
				p.found[m], p.taken[n] = n, true
			}
		}
	}
}

// two reports whether what is known of two sights says that they are of two devices, by
// the rule by which an exception holds to a device.
func two(a, b *member) bool { return a.traits().apart(b.traits()) != "" || apart(a.serials, b.serials) }

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

// cardsOf returns the addresses of network cards that are each of one card alone.
func cardsOf(m *member) []string {
	borrowed := func(digits string) bool { return !ownCard(digits) }
	if !slices.ContainsFunc(m.macs, borrowed) {
		return m.macs
	}
	return slices.DeleteFunc(slices.Clone(m.macs), borrowed)
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

// elsewhere reports whether two have no address in common, and one has any.
func elsewhere(a, b *member) bool {
	x, y := addressesOf(a), addressesOf(b)
	return len(x)+len(y) > 0 && !common(x, y)
}

// likeAtAddress reports whether two at one address have in common what is not of one
// device alone, or nothing is known by which either could be told from another. Then
// neither is known to be of a kind that the other is not.
func likeAtAddress(a, b *member) bool {
	if common(a.macs, b.macs) || common(a.marks, b.marks) {
		return true
	}
	return a.bare() && b.bare() && kindsAgree(a, b)
}

// kindsAgree reports whether neither of two is known to be of a kind that the other is not.
func kindsAgree(a, b *member) bool {
	x, y := a.device.Kind.Class, b.device.Kind.Class
	return x == y || x == assess.ClassUnknown || y == assess.ClassUnknown
}

// bare reports whether nothing is known by which the device could be told from another.
func (m *member) bare() bool {
	return len(m.names)+len(m.macs)+len(m.guids)+len(m.serials)+len(m.marks) == 0
}

// contradicts reports whether what is meant to be of one device alone says of two at
// one address that they are two. A name alone does not; nor does an identifier where no
// name says so too: a system that is set up anew has another one, and some at each start.
func contradicts(a, b *member) bool {
	mine, theirs := ownKeys(a), ownKeys(b)
	if common(mine, theirs) {
		return false
	}
	return apart(cardsOf(a), cardsOf(b)) || apart(a.serials, b.serials) || apart(a.guids, b.guids) && otherNames(a, b)
}

// apart reports whether both lists hold something and nothing in common.
func apart(a, b []string) bool { return len(a) > 0 && len(b) > 0 && !common(a, b) }

func common(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
