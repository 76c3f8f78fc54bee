package diff

import (
	"cmp"
	"slices"
)

// maxAddresses is how many addresses a device may have in one run. What more of
// them share is no identity.
const maxAddresses = 64

// moved matches hosts at different addresses. The hosts of both runs that speak SMB
// are joined by the rules of assess.Joiner, as if they were of one: only so does it
// show that an identifier is one of many clones.
func (m *matcher) moved() {
	if len(m.left[0]) == 0 && len(m.left[1]) == 0 {
		return
	}
	f := newForest(m.old.Keys, m.new.Keys)
	f.join()
	m.byDevice(f)
}

// free says something of each host, by its number in the forest, such as that it is
// without a match.
type free []bool

// byDevice looks among the hosts of each device for those without a match. Of one that
// has several in a run nothing is said where one of these addresses did not tell whether
// it is still there: machines are cloned, names and all, and the one that is dark may be
// another than the one that was switched on.
func (m *matcher) byDevice(f *forest) {
	without, quiet := make(free, len(f.parent)), make(free, len(f.parent))
	for side := range m.left {
		for _, l := range m.left[side] {
			n := f.number(side, l.index)
			without[n] = l.cause != OtherSource
			quiet[n] = without[n] && !l.cause.away()
		}
	}
	unsure := slices.Clone(without)
	f.devices(func(hosts []int32) {
		var loose, all [2][]int32
		dark := false
		for _, n := range hosts {
			side, index := f.host(n)
			all[side] = append(all[side], index)
			if without[n] {
				loose[side] = append(loose[side], index)
				dark = dark || quiet[n]
			}
		}
		if most := max(len(all[0]), len(all[1])); most <= maxAddresses && (most == 1 || !dark) {
			m.device(loose, all, func(side int, index int32) { without[f.number(side, index)] = false })
		}
	})
	for side := range m.left {
		m.left[side] = slices.DeleteFunc(m.left[side], func(l left) bool {
			n := f.number(side, l.index)
			return unsure[n] && !without[n]
		})
	}
}

// device matches the hosts of one device that have no match at their address: in
// order of address, each only where the keys of the two say it themselves. Of what
// is then left the device answers at another of its addresses.
func (m *matcher) device(loose, all [2][]int32, done func(side int, index int32)) {
	var taken []int32
	rest := loose[0][:0:0]
	for _, i := range loose[0] {
		k := slices.IndexFunc(loose[1], func(j int32) bool {
			return !slices.Contains(taken, j) && m.old.Keys[i].sameDevice(&m.new.Keys[j])
		})
		if k < 0 {
			rest = append(rest, i)
			continue
		}
		j := loose[1][k]
		by, _ := m.compare(i, j)
		taken = append(taken, j)
		m.pairs = append(m.pairs, Pair{Old: i, New: j, Also: None, Kind: Moved, By: by})
		done(0, i)
		done(1, j)
	}
	for _, i := range rest {
		if len(all[1]) > 0 {
			m.pairs = append(m.pairs, Pair{Old: i, New: None, Also: all[1][0], Kind: Changed, Cause: ElsewhereToo})
			done(0, i)
		}
	}
	for _, j := range loose[1] {
		if !slices.Contains(taken, j) && len(all[0]) > 0 {
			m.pairs = append(m.pairs, Pair{Old: None, New: j, Also: all[0][0], Kind: Changed, Cause: ElsewhereToo})
			done(1, j)
		}
	}
}

// sameDevice reports whether the keys of two say that they are one device: by the
// identifier alone or with a name, by a card of their own, under another identifier only
// with the name, or by a full name.
func (k *Key) sameDevice(o *Key) bool {
	name := k.short && o.short && k.netbios == o.netbios
	card, guid, full := k.own && k.card == o.card, k.guid != 0 && k.guid == o.guid, k.member && o.member && k.name == o.name
	switch {
	case guid && !differ(k.card, o.card) && !differ(k.name, o.name) && (name || !differ(k.netbios, o.netbios)):
		return true
	case card && (name || !differ(k.guid, o.guid)):
		return true
	}
	return full && !differ(k.guid, o.guid)
}

// forest is a disjoint-set forest over the hosts of both runs: first those of the
// old one.
type forest struct {
	keys   [2][]Key
	parent []int32
	items  []item // used again for each rule
}

// item is a host with the value by which a rule joins.
type item struct {
	value uint64
	host  int32
}

func newForest(old, new []Key) *forest {
	f := &forest{keys: [2][]Key{old, new}, parent: make([]int32, len(old)+len(new))}
	for i := range f.parent {
		f.parent[i] = int32(i)
	}
	return f
}

func (f *forest) number(side int, index int32) int32 {
	if side == 1 {
		return int32(len(f.keys[0])) + index
	}
	return index
}

func (f *forest) host(n int32) (side int, index int32) {
	if old := int32(len(f.keys[0])); n >= old {
		return 1, n - old
	}
	return 0, n
}

func (f *forest) key(n int32) *Key {
	side, index := f.host(n)
	return &f.keys[side][index]
}

// join unites the hosts of each device, by the rules of assess.Joiner, and those that one
// card of their own tells to be one.
func (f *forest) join() {
	guid := func(k *Key) uint64 { return k.guid }
	card := func(k *Key) uint64 { return k.card }
	own := func(k *Key) uint64 {
		if !k.own {
			return 0
		}
		return k.card
	}
	netbios := func(k *Key) uint64 { return k.netbios }
	name := func(k *Key) uint64 { return k.name }
	short := func(k *Key) uint64 {
		if !k.short {
			return 0
		}
		return k.netbios
	}
	member := func(k *Key) uint64 {
		if !k.member {
			return 0
		}
		return k.name
	}
	f.by(guid, card, name, netbios)
	f.by(both(guid, short), card, name)
	f.by(both(own, short))
	f.once(own)
	f.by(member, guid)
	f.by(both(member, guid))
}

// both returns a value of two parts, 0 if one of them is.
func both(a, b func(*Key) uint64) func(*Key) uint64 {
	return func(k *Key) uint64 {
		x, y := a(k), b(k)
		if x == 0 || y == 0 {
			return 0
		}
		const odd = 0x9e3779b97f4a7c15 // the golden ratio, so that equal parts do not cancel out
		return max(1, x*odd^y)
	}
}

// by unites the hosts that share a value, unless some that are known of the others
// differ among them.
func (f *forest) by(value func(*Key) uint64, agree ...func(*Key) uint64) {
	f.groups(value, func(group []item) {
		if !f.agree(group, agree) {
			return
		}
		for _, it := range group[1:] {
			f.unite(group[0].host, it.host)
		}
	})
}

// once unites the two hosts that share a value, where one host of each run has it alone.
func (f *forest) once(value func(*Key) uint64) {
	f.groups(value, func(group []item) {
		a, b := group[0].host, group[len(group)-1].host
		old, _ := f.host(a)
		new, _ := f.host(b)
		if len(group) == 2 && old != new && f.key(a).sameDevice(f.key(b)) {
			f.unite(a, b)
		}
	})
}

// groups hands on the hosts that share a value, of each that several have.
func (f *forest) groups(value func(*Key) uint64, use func([]item)) {
	f.items = f.items[:0]
	for side := range f.keys {
		for i := range f.keys[side] {
			k := &f.keys[side][i]
			if v := value(k); v != 0 && k.server && k.Address.IsValid() {
				f.items = append(f.items, item{v, f.number(side, int32(i))})
			}
		}
	}
	slices.SortFunc(f.items, func(a, b item) int { return cmp.Compare(a.value, b.value) })
	for start := 0; start < len(f.items); {
		end := start + 1
		for end < len(f.items) && f.items[end].value == f.items[start].value {
			end++
		}
		if end-start > 1 {
			use(f.items[start:end])
		}
		start = end
	}
}

// agree reports whether each of the values is the same throughout, where it is
// known.
func (f *forest) agree(group []item, values []func(*Key) uint64) bool {
	for _, value := range values {
		var seen uint64
		for _, it := range group {
			v := value(f.key(it.host))
			if differ(v, seen) {
				return false
			}
			seen = max(seen, v)
		}
	}
	return true
}

func (f *forest) root(i int32) int32 {
	for f.parent[i] != i {
		f.parent[i] = f.parent[f.parent[i]]
		i = f.parent[i]
	}
	return i
}

func (f *forest) unite(a, b int32) {
	a, b = f.root(a), f.root(b)
	f.parent[max(a, b)] = min(a, b)
}

// devices hands on the hosts of each device that has more than one, in order.
func (f *forest) devices(use func([]int32)) {
	f.items = f.items[:0]
	for i := range f.parent {
		if root := f.root(int32(i)); root != int32(i) {
			f.items = append(f.items, item{uint64(root), int32(i)})
		}
	}
	slices.SortFunc(f.items, func(a, b item) int { return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.host, b.host)) })
	var hosts []int32
	for start := 0; start < len(f.items); {
		root := f.items[start].value
		hosts = append(hosts[:0], int32(root))
		for ; start < len(f.items) && f.items[start].value == root; start++ {
			hosts = append(hosts, f.items[start].host)
		}
		use(hosts)
	}
}
