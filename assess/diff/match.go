package diff

import (
	"cmp"
	"slices"
)

// None stands for no host, as an index.
const None = -1

// Pair is a device, with its hosts in the two runs.
type Pair struct {
	Old, New int32 // indices in the sides' Keys, or None
	Also     int32 // of ElsewhereToo: the host in the other run that is the same device
	Kind     Kind  // Same until the two are compared, where both runs have it
	By       By
	Cause    Cause
	Alike    bool // nothing that lasts differs
}

// maxAtAddress is how many hosts of one address are compared with each other. More
// are matched by the name under which their run keeps them.
const maxAtAddress = 64

// Match finds the devices of two runs, in the order of their addresses in the new
// run, or else in the old one. Addresses at which neither saw a device are left
// out.
//
// At one address two sights are of one device unless a network card, a server's
// identifier or a name contradicts it, as inventory.Merger has it; time does not
// count, because runs are weeks apart. By address alone it is said to be so. What
// is left is matched by the keys of assess.Joiner.
func Match(old, new *Side) []Pair {
	m := &matcher{old: old, new: new, covered: [2]bool{new.covers(old), old.covers(new)}}
	for i, j := 0, 0; i < len(old.Keys) || j < len(new.Keys); {
		at := order(old.Keys, i, new.Keys, j)
		var ends [2]int
		if at <= 0 {
			ends[0] = group(old.Keys, i, old.Keys[i].Address)
		} else {
			ends[0] = i
		}
		if at >= 0 {
			ends[1] = group(new.Keys, j, new.Keys[j].Address)
		} else {
			ends[1] = j
		}
		m.address(i, ends[0], j, ends[1])
		i, j = ends[0], ends[1]
	}
	m.moved()
	m.settle()
	m.sort()
	return m.pairs
}

// order compares the addresses at i and j; the end of a list comes last.
func order(old []Key, i int, new []Key, j int) int {
	switch {
	case i == len(old):
		return 1
	case j == len(new):
		return -1
	}
	return old[i].Address.Compare(new[j].Address)
}

// matcher is the state of Match.
type matcher struct {
	old, new *Side
	pairs    []Pair
	left     [2][]left // hosts of the old and the new run without a match
	covered  [2]bool   // the other run was to ask all that the old, and the new one was to ask
}

// left is a host without a match, and why it has none at its address.
type left struct {
	index int32
	cause Cause
}

// address matches the hosts of one address.
func (m *matcher) address(i, iEnd, j, jEnd int) {
	if iEnd-i == 1 && jEnd-j == 1 && m.two(int32(i), int32(j)) {
		return
	}
	old, oldRest := seenAt(m.old.Keys, i, iEnd)
	new, newRest := seenAt(m.new.Keys, j, jEnd)
	old, new = m.byIdentity(old, new)
	if len(old) <= maxAtAddress && len(new) <= maxAtAddress && m.addressed(old, new) {
		old, new = m.agreeing(old, new)
		if len(old) == 1 && len(new) == 1 {
			if by, apart := m.compare(old[0], new[0]); !apart {
				m.pair(old[0], new[0], by|ByAddress)
				return
			}
		}
	}
	m.leave(0, old, newRest, jEnd-j > 0)
	m.leave(1, new, oldRest, iEnd-i > 0)
}

// addressed reports whether hosts have an address at all.
func (m *matcher) addressed(old, new []int32) bool {
	return len(old) > 0 && len(new) > 0 && m.old.Keys[old[0]].Address.IsValid()
}

// two matches the hosts of an address that has one in each run, as nearly all
// have, and reports whether it did.
func (m *matcher) two(i, j int32) bool {
	o, n := &m.old.Keys[i], &m.new.Keys[j]
	if !o.Address.IsValid() || o.presence <= refused || n.presence <= refused {
		return false
	}
	by, apart := o.compare(n)
	if apart {
		return false
	}
	m.pair(i, j, by|ByAddress)
	return true
}

func (m *matcher) compare(i, j int32) (By, bool) { return m.old.Keys[i].compare(&m.new.Keys[j]) }

// rest is what the hosts of an address say of which nothing was seen.
type rest struct {
	cause   Cause
	refused *Key // of Refused
}

// seenAt returns those of an address's hosts of which something was seen, and what
// the others say of the address.
func seenAt(keys []Key, i, end int) (list []int32, others rest) {
	for ; i < end; i++ {
		switch keys[i].presence {
		case silent:
			if c := keys[i].silence; others.cause == NoCause || others.cause == Untold && c == Dark {
				others.cause = c
			}
		case refused:
			others = rest{Refused, &keys[i]}
		default:
			list = append(list, int32(i))
		}
	}
	return list, others
}

// byIdentity matches hosts that their runs keep under the same name at the same
// address, or without one, unless they are apart. It returns the others.
func (m *matcher) byIdentity(old, new []int32) (oldLeft, newLeft []int32) {
	if len(old) == 0 || len(new) == 0 {
		return old, new
	}
	byName := func(keys []Key) func(a, b int32) int {
		return func(a, b int32) int {
			return cmp.Or(cmp.Compare(keys[a].identity, keys[b].identity), cmp.Compare(a, b))
		}
	}
	slices.SortFunc(old, byName(m.old.Keys))
	slices.SortFunc(new, byName(m.new.Keys))
	for len(old) > 0 && len(new) > 0 {
		o, n := &m.old.Keys[old[0]], &m.new.Keys[new[0]]
		switch {
		case o.identity < n.identity:
			oldLeft, old = append(oldLeft, old[0]), old[1:]
			continue
		case o.identity > n.identity:
			newLeft, new = append(newLeft, new[0]), new[1:]
			continue
		}
		by, apart := o.compare(n)
		if apart || o.identity == 0 {
			oldLeft, newLeft = append(oldLeft, old[0]), append(newLeft, new[0])
		} else {
			if o.Address.IsValid() {
				by |= ByAddress
			}
			m.pair(old[0], new[0], by|ByIdentity)
		}
		old, new = old[1:], new[1:]
	}
	oldLeft, newLeft = append(oldLeft, old...), append(newLeft, new...)
	slices.Sort(oldLeft)
	slices.Sort(newLeft)
	return oldLeft, newLeft
}

// agreeing matches hosts of one address that agree in what they say of themselves,
// where neither agrees with another one. It returns the others.
func (m *matcher) agreeing(old, new []int32) (oldLeft, newLeft []int32) {
	partner := func(of int32, among []int32, agree func(of, with int32) bool) int32 {
		found := int32(None)
		for _, with := range among {
			switch {
			case !agree(of, with):
			case found != None:
				return None // several: it is none for sure
			default:
				found = with
			}
		}
		return found
	}
	forth := func(i, j int32) bool { by, apart := m.compare(i, j); return by != 0 && !apart }
	back := func(j, i int32) bool { return forth(i, j) }
	newLeft = slices.Clone(new)
	for _, i := range old {
		j := partner(i, new, forth)
		if j == None || partner(j, old, back) != i {
			oldLeft = append(oldLeft, i)
			continue
		}
		by, _ := m.compare(i, j)
		m.pair(i, j, by|ByAddress)
		newLeft = slices.DeleteFunc(newLeft, func(k int32) bool { return k == j })
	}
	return oldLeft, newLeft
}

// pair notes a match. A device of which one of the runs saw no more than its name
// was not reached there.
func (m *matcher) pair(i, j int32, by By) {
	o, n := &m.old.Keys[i], &m.new.Keys[j]
	p := Pair{Old: i, New: j, Also: None, By: by, Alike: o.lasting != 0 && o.lasting == n.lasting}
	switch {
	case o.presence != dim && n.presence == dim:
		p.Kind, p.Cause = NotReached, Dark
	case o.presence == dim && n.presence != dim:
		p.Kind, p.Cause = NotReachedBefore, Dark
	}
	m.pairs = append(m.pairs, p)
}

// leave notes hosts of a side, 0 for the old one, without a match. others is what the
// other run says of their address; there says that it has a host there at all.
func (m *matcher) leave(side int, hosts []int32, others rest, there bool) {
	own, other := m.old, m.new
	if side == 1 {
		own, other = other, own
	}
	keys := own.Keys
	for _, i := range hosts {
		cause := others.cause
		switch {
		case keys[i].presence == heard || !keys[i].Address.IsValid():
			cause = other.absent(&keys[i])
		case !there:
			cause = other.absent(&keys[i])
		case cause == NoCause:
			cause = Replaced
		case cause == Refused && (other.gentle || !keys[i].refusedAt(others.refused)):
			cause = PortNotAsked
		}
		if keys[i].refusing && (cause == Refused || cause == Unlisted) {
			cause = Unnamed // a datagram that was lost takes no device away
		}
		m.left[side] = append(m.left[side], left{i, other.surely(cause, &keys[i], own, m.covered[side])})
	}
}

// settle makes pairs of what is left.
func (m *matcher) settle() {
	for _, l := range m.left[0] {
		kind := NotReached
		if settles(l.cause) && m.old.Keys[l.index].presence != dim {
			kind = Gone
		}
		m.pairs = append(m.pairs, Pair{Old: l.index, New: None, Also: None, Kind: kind, Cause: l.cause})
	}
	for _, l := range m.left[1] {
		kind := NotReachedBefore
		if settles(l.cause) && m.new.Keys[l.index].presence != dim {
			kind = New
		}
		m.pairs = append(m.pairs, Pair{Old: None, New: l.index, Also: None, Kind: kind, Cause: l.cause})
	}
}

// sort puts the pairs in order.
func (m *matcher) sort() {
	slices.SortFunc(m.pairs, func(a, b Pair) int {
		x, y := m.key(&a), m.key(&b)
		return cmp.Or(x.Address.Compare(y.Address), cmp.Compare(a.New, b.New), cmp.Compare(a.Old, b.Old))
	})
}

func (m *matcher) key(p *Pair) *Key {
	if p.New != None {
		return &m.new.Keys[p.New]
	}
	return &m.old.Keys[p.Old]
}
