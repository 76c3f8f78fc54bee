package inventory

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Merger puts together what several sources saw of the same hosts. Its zero
// value is ready for use.
//
// An address alone is weak evidence that two observations are of one host: a
// DHCP server gives it to another one day. So they are put together when a name
// or a network card says so too, or when nothing contradicts it and they are no
// further apart than a lease; what is kept apart stands as a host of its own.
// Either way Host.Joins says why. To put together wrongly could turn the proof
// of one device into that of another; to keep apart wrongly leaves a device
// unknown that might have been judged.
type Merger struct {
	seen []*seen
}

// seen is what one source saw of one host.
type seen struct {
	host        *Host
	source      Source
	origin      string
	first, last time.Time
	identity    identity
}

// lease is how long an address is taken to belong to one host when nothing else
// tells: what a Windows DHCP server grants unless told otherwise, 8 days.
const lease = 8 * 24 * time.Hour

// maxJoins bounds what is said of how a host was put together.
const maxJoins = 32

// Add takes in what a source saw of a host; origin is the file or the listener.
// The host is the Merger's from then on.
func (m *Merger) Add(source Source, origin string, h *Host) {
	s := &seen{host: h, source: source, origin: origin, first: h.Time, last: h.Time, identity: identify(h)}
	for _, c := range h.contacts() {
		s.first, s.last = earlier(s.first, c.First), later(s.last, c.Last)
	}
	m.seen = append(m.seen, s)
}

// contacts returns the contacts of both roles.
func (h *Host) contacts() []Contact {
	if h.Client == nil {
		return h.Served
	}
	return append(slices.Clip(h.Client.Contacts), h.Served...)
}

// Hosts returns the hosts by address. What it was given is used up.
func (m *Merger) Hosts() []*Host {
	slices.SortStableFunc(m.seen, func(a, b *seen) int {
		return cmp.Or(a.host.Address.Compare(b.host.Address), cmp.Compare(a.source.rank(), b.source.rank()), b.last.Compare(a.last))
	})
	var merged []*merged
	var named []*seen
	for start := 0; start < len(m.seen); {
		end := start + 1
		for end < len(m.seen) && m.seen[end].host.Address == m.seen[start].host.Address {
			end++
		}
		if m.seen[start].host.Address.IsValid() {
			merged = append(merged, atAddress(m.seen[start:end])...)
		} else {
			named = append(named, m.seen[start:end]...)
		}
		start = end
	}
	m.seen = nil
	merged = joinElsewhere(merged)
	return finish(joinNamed(merged, named))
}

// mergeOrder puts first what a scan saw: it asked the host itself, for everything.
var mergeOrder = []Source{"", SourcePowerShell, SourceEvents, SourceCanary, SourceCapture, SourceScan}

// rank is the place of a source in the order of merging.
func (s Source) rank() int { return -slices.Index(mergeOrder, s) }

// merged is a host that is being put together.
type merged struct {
	*Host
	source      Source // of what it began with
	first, last time.Time
	identity    identity
}

func newMerged(s *seen) *merged {
	g := &merged{Host: s.host, source: s.source, first: s.first, last: s.last, identity: s.identity}
	if len(g.Joins) == 0 { // else it comes from a run that was put together already
		g.note(s.join(JoinFirst))
	}
	return g
}

// seen is the host as if one source had seen all of it.
func (g *merged) seen() *seen {
	return &seen{g.Host, g.source, "", g.first, g.last, g.identity}
}

// note keeps a remark on how the host was put together.
func (g *merged) note(j Join) {
	if len(g.Joins) < maxJoins && !slices.Contains(g.Joins, j) {
		g.Joins = append(g.Joins, j)
	}
}

// join describes an observation that was put to a host.
func (s *seen) join(by string) Join {
	j := Join{Source: s.source, Origin: s.origin, Address: s.host.Address, Time: s.last, By: by}
	if !j.Address.IsValid() {
		j.Name = clip(s.host.Target)
	}
	return j
}

// apart describes an observation that was not.
func (s *seen) apart(why string) Join {
	j := s.join("")
	j.Apart = why
	return j
}

// maxAtAddress is how many hosts of one address are compared with what else was
// seen there. What none of them is stands by itself.
const maxAtAddress = 64

// atAddress puts together what was seen at one address: the first of the list,
// and what belongs to it; then what is left in the same way.
func atAddress(list []*seen) []*merged {
	var hosts []*merged
	for _, s := range list {
		by, why := "", ""
		for _, g := range hosts[:min(len(hosts), maxAtAddress)] {
			if by, why = g.sameAddress(s); by != "" {
				g.take(s, by)
				break
			}
			g.note(s.apart(why))
		}
		if by == "" {
			g := newMerged(s)
			if len(hosts) > 0 {
				first := hosts[0].seen()
				_, why = g.sameAddress(first)
				g.note(first.apart(why))
			}
			hosts = append(hosts, g)
		}
	}
	return hosts
}

// sameAddress says what makes an observation at the host's address one of the
// host, or why it is none.
func (g *merged) sameAddress(s *seen) (by, why string) {
	const byAddress = "nothing but the address says that it is the same host"
	gap, known := g.gap(s)
	switch same := g.identity.compare(&s.identity); {
	case same.by != "":
		return "address and " + same.by, ""
	case same.against != "" && (!known || gap > time.Hour):
		return "", same.against
	case same.against != "":
		return "address, within an hour, although " + same.against, ""
	case !known:
		return "", "the time is not known, and " + byAddress
	case gap > lease:
		return "", fmt.Sprintf("seen %d days apart, and %s", gap/(24*time.Hour), byAddress)
	}
	return "address", ""
}

// gap is the time between two observations that do not overlap, where it is
// known.
func (g *merged) gap(s *seen) (gap time.Duration, known bool) {
	switch {
	case g.last.IsZero() || s.last.IsZero():
		return 0, false
	case s.first.After(g.last):
		return s.first.Sub(g.last), true
	case g.first.After(s.last):
		return g.first.Sub(s.last), true
	}
	return 0, true
}

// take puts an observation to the host.
func (g *merged) take(s *seen, by string) {
	for _, j := range s.host.Joins { // of a run that was put together already
		g.note(j)
	}
	if len(s.host.Joins) == 0 {
		g.note(s.join(by))
	}
	g.fuse(s.host, s.source)
	g.first, g.last = earlier(g.first, s.first), later(g.last, s.last)
	g.identity.add(&s.identity)
}

// joinElsewhere puts what was seen only of clients to the host that it is under
// another address, where the network card or the full name says so.
func joinElsewhere(hosts []*merged) []*merged {
	x := newIdentityIndex(hosts)
	return slices.DeleteFunc(hosts, func(g *merged) bool {
		if g.serves() {
			return false
		}
		to, by := x.elsewhere(g)
		if to == nil {
			return false
		}
		to.take(g.seen(), by)
		for i := range to.Joins {
			if to.Joins[i].Address == g.Address && to.Joins[i].By != "" {
				to.Joins[i].By = by
			}
		}
		return true
	})
}

// serves reports whether anything is known of the host but what it did as a
// client.
func (g *merged) serves() bool {
	return g.State != StateUnknown || g.SMB1 != nil || g.SMB2 != nil || len(g.Served) > 0
}

// joinNamed puts what is known only by a name to the one host that goes by it.
func joinNamed(hosts []*merged, named []*seen) []*merged {
	x := newIdentityIndex(hosts)
	for _, s := range named {
		to, why := x.named(&s.identity)
		if to != nil {
			to.take(s, "name")
			continue
		}
		g := newMerged(s)
		if why != "" {
			g.note(s.apart(why))
		}
		hosts = append(hosts, g)
		x.add(g)
	}
	return hosts
}

// finish gives hosts that share an address, or have none, what tells them apart,
// and sorts them.
func finish(list []*merged) []*Host {
	type key struct {
		address netip.Addr
		name    string
	}
	hosts := make([]*Host, len(list))
	used := map[key]int{}
	for i, g := range list {
		hosts[i] = g.Host
		first := key{g.Address, ""}
		if used[first]++; g.Address.IsValid() && used[first] == 1 {
			g.Identity = ""
			continue
		}
		name := cmp.Or(g.identity.best(), "unnamed")
		g.Identity = name
		for used[key{g.Address, g.Identity}] > 0 {
			used[key{g.Address, name}]++
			g.Identity = fmt.Sprintf("%s #%d", name, used[key{g.Address, name}])
		}
		used[key{g.Address, g.Identity}]++
	}
	slices.SortStableFunc(hosts, func(a, b *Host) int {
		return cmp.Or(a.Address.Compare(b.Address), strings.Compare(a.Identity, b.Identity))
	})
	return hosts
}
