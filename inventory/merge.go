package inventory

import (
	"cmp"
	"context"
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
	shared      bool // several devices used the address while the source looked
}

// lease is how long an address is taken to belong to one host when nothing else
// tells: what a Windows DHCP server grants unless told otherwise, 8 days.
const lease = 8 * 24 * time.Hour

// audit is how far apart bad news, and what is known by a short name, may be from
// the rest: a month of auditing, as this tool asks for, and the test after it.
const audit = 45 * 24 * time.Hour

// maxJoins bounds what is said of how a host was put together.
const maxJoins = 32

// Add takes in what a source saw of a host; origin is the file or the listener.
// The host is the Merger's from then on.
func (m *Merger) Add(source Source, origin string, h *Host) {
	h.bound()
	for _, part := range split(h) {
		s := &seen{host: part.host, source: part.source(source), origin: origin, first: part.host.Time, last: part.host.Time,
			identity: identify(part.host), shared: part.shared}
		for _, c := range part.host.contacts() {
			s.first, s.last = earlier(s.first, c.First), later(s.last, c.Last)
		}
		m.seen = append(m.seen, s)
	}
}

// contacts returns the contacts of both roles.
func (h *Host) contacts() []Contact {
	if h.Client == nil {
		return h.Served
	}
	return append(slices.Clip(h.Client.Contacts), h.Served...)
}

// Hosts returns the hosts by address, or the error of a context that ends before.
// What it was given is used up.
func (m *Merger) Hosts(ctx context.Context) ([]*Host, error) {
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
			merged = append(merged, atAddress(ctx, m.seen[start:end])...)
		} else {
			named = append(named, m.seen[start:end]...)
		}
		start = end
	}
	m.seen = nil
	merged = joinElsewhere(ctx, merged)
	merged = joinNamed(ctx, merged, named)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return finish(merged), nil
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
	shared      bool // as of seen
	badNews     bool // nothing good is known of it: see Host.badNews
}

func newMerged(s *seen) *merged {
	g := &merged{Host: s.host, source: s.source, first: s.first, last: s.last, identity: s.identity, shared: s.shared, badNews: s.host.badNews()}
	if len(g.Joins) == 0 { // else it comes from a run that was put together already
		g.note(s.join(JoinFirst))
	}
	return g
}

// seen is the host as if one source had seen all of it.
func (g *merged) seen() *seen {
	return &seen{g.Host, g.source, "", g.first, g.last, g.identity, g.shared}
}

// note keeps a remark on how the host was put together.
func (g *merged) note(j Join) {
	if len(g.Joins) >= maxJoins || slices.Contains(g.Joins, j) {
		return
	}
	g.Joins = clipJoins(append(slices.Clip(g.Joins), j))
}

// join describes an observation that was put to a host.
func (s *seen) join(by string) Join {
	j := Join{Source: s.source, Origin: clip(s.origin), Address: s.host.Address, Time: s.last, By: clip(by)}
	if !j.Address.IsValid() {
		j.Name = clip(s.host.Target)
	}
	return j
}

// apart describes an observation that was not.
func (s *seen) apart(why string) Join {
	j := s.join("")
	j.Apart = clip(why)
	return j
}

// maxAtAddress is how many hosts of one address are compared with what else was
// seen there. What none of them is stands by itself.
const maxAtAddress = 64

// atAddress puts together what was seen at one address: the first of the list,
// and what belongs to it; then what is left in the same way. It ends early with
// the context.
func atAddress(ctx context.Context, list []*seen) []*merged {
	var hosts []*merged
	for _, s := range list {
		if ctx.Err() != nil {
			return nil
		}
		if !putTo(hosts[:min(len(hosts), maxAtAddress)], s) {
			hosts = append(hosts, newApart(s, hosts))
		}
	}
	return hosts
}

// putTo puts an observation to the first host that it is of, and reports whether
// there is one.
func putTo(hosts []*merged, s *seen) bool {
	for _, g := range hosts {
		v := g.sameAddress(s)
		if v.by != "" {
			g.take(s, v)
			return true
		}
		g.note(s.apart(v.why))
	}
	return false
}

// newApart begins a host beside others at its address, and notes why it is none of
// the first of them.
func newApart(s *seen, hosts []*merged) *merged {
	const most = 8
	g := newMerged(s)
	for _, other := range hosts[:min(len(hosts), most)] {
		o := other.seen()
		g.note(o.apart(g.sameAddress(o).why))
	}
	return g
}

// verdict is whether an observation is of a host.
type verdict struct {
	by    string // what joins the two
	why   string // or what keeps them apart
	loose bool   // it joins, and yet what it says of names and times is no ground to join more
}

// sameAddress says what makes an observation at the host's address one of the
// host, or why it is none. A name that differs is overridden where the card or the
// GUID of the server is the same, and where all was seen within an hour: no lease
// passes on so soon, but a device may call itself differently as a client.
func (g *merged) sameAddress(s *seen) verdict {
	const byAddress = "nothing but the address says that it is the same host"
	gap, known := g.gap(s)
	late, shared := !known || gap > lease, g.shared || s.shared
	switch same := g.identity.compare(&s.identity); {
	case same.never, same.against != "" && shared:
		return verdict{why: same.against}
	case same.against != "" && same.by != "" && !late:
		return verdict{by: "address and " + same.by + ", although " + same.against, loose: true}
	case same.against != "":
		return verdict{why: same.against}
	case same.by == "name" && (!known || gap > audit) && !g.badNews && !s.host.badNews():
		return verdict{why: g.recent(s, audit) + ", and nothing but the name is the same"}
	case same.by != "" && !(late && same.weak):
		return verdict{by: "address and " + same.by}
	case !known:
		return verdict{why: "the time is not known, and " + byAddress}
	case shared:
		return verdict{why: "several devices used the address then, and " + byAddress}
	case !late:
		return verdict{by: "address"}
	case same.weak:
		return verdict{why: apartFor(gap) + ", and many devices go by that name"}
	case gap <= audit && (g.badNews || s.host.badNews()):
		return verdict{by: fmt.Sprintf("address alone, %d days apart", gap/(24*time.Hour)), loose: true}
	default:
		return verdict{why: apartFor(gap) + ", and " + byAddress}
	}
}

func apartFor(gap time.Duration) string { return fmt.Sprintf("seen %d days apart", gap/(24*time.Hour)) }

// badNews reports whether a host stands in event logs alone, and nothing there
// speaks for it: neither that it kept silent while it would have been noted, nor
// that it was let in with an account. To put such a thing to the wrong host makes
// nobody believe that it works.
func (h *Host) badNews() bool {
	if h.State != StateUnknown || h.SMB1 != nil || h.SMB2 != nil || len(h.Sessions) > 0 {
		return false
	}
	list := h.contacts()
	return len(list) > 0 && !slices.ContainsFunc(list, func(c Contact) bool {
		return c.Source != SourceEvents || c.Audit != nil || c.Logon != nil && c.Logon.As == LogonAccount && c.Logon.Granted
	})
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
func (g *merged) take(s *seen, v verdict) {
	for _, j := range s.host.Joins { // of a run that was put together already
		g.note(j)
	}
	if len(s.host.Joins) == 0 {
		g.note(s.join(v.by))
	}
	g.badNews = g.badNews && s.host.badNews()
	g.shared = g.shared || s.shared
	g.fuse(s.host, s.source, v.loose)
	if v.loose {
		return
	}
	g.first, g.last = earlier(g.first, s.first), later(g.last, s.last)
	g.identity.add(&s.identity)
}

// joinElsewhere puts what was seen only of clients to the host that it is under
// another address, where the network card or the full name says so.
func joinElsewhere(ctx context.Context, hosts []*merged) []*merged {
	x := newServerIndex(hosts)
	return slices.DeleteFunc(hosts, func(g *merged) bool {
		if g.serves() || ctx.Err() != nil {
			return false
		}
		to, judge := x.elsewhere(g)
		if to == nil {
			return false
		}
		by, why := judge(to, g)
		if why != "" {
			_, whyNot := judge(g, to)
			to.note(g.seen().apart(why))
			g.note(to.seen().apart(whyNot))
			return false
		}
		to.take(g.seen(), verdict{by: by})
		for i := range to.Joins {
			if to.Joins[i].Address == g.Address && to.Joins[i].By != "" {
				to.Joins[i].By = by
			}
		}
		return true
	})
}

// sameCard says what joins a client with the same network card at another address,
// or what does not.
func (g *merged) sameCard(o *merged) (by, why string) {
	if why := g.contradicts(o.seen()); why != "" {
		return "", "the network card is the same, but " + why
	}
	if why := g.recent(o.seen(), lease); why != "" {
		return "", "the network card is the same, but it was " + why
	}
	return "network card, at another address", ""
}

// sameFullName is sameCard for a full name.
func (g *merged) sameFullName(o *merged) (by, why string) {
	if why := g.contradicts(o.seen()); why != "" {
		return "", "the full name is the same, but " + why
	}
	if why := g.recent(o.seen(), lease); why != "" {
		return "", "the full name is the same, but it was " + why
	}
	return "full name, at another address", ""
}

// toldName is sameCard for a full name that a client told of itself, as anybody can:
// it joins nothing.
func (g *merged) toldName(o *merged) (by, why string) {
	if g.serves() {
		return "", "it goes by the same name as " + g.Address.String() + ", which it says itself"
	}
	return "", "it goes by the name that " + g.Address.String() + " says of itself"
}

// contradicts says what speaks against an observation being of the host.
func (g *merged) contradicts(s *seen) string { return g.identity.compare(&s.identity).against }

// recent says that an observation is too long from what else is known of the host,
// or "".
func (g *merged) recent(s *seen, most time.Duration) string {
	switch gap, known := g.gap(s); {
	case !known:
		return "seen at a time that is not known"
	case gap > most:
		return apartFor(gap)
	}
	return ""
}

// sameShortName says why a host of which a short name agrees is not the one. A full
// name says which domain the host is in; where the other does not, time has to help.
func (g *merged) sameShortName(s *seen) (why string) {
	same := g.identity.compare(&s.identity)
	switch {
	case same.against != "":
		return same.against
	case same.weak && g.recent(s, lease) != "":
		return g.recent(s, lease) + ", and many devices go by that name"
	case g.recent(s, audit) != "":
		return g.recent(s, audit) + ", and nothing but the short name is the same"
	}
	return ""
}

// otherDomain reports whether both have full names, and other ones.
func (g *merged) otherDomain(s *seen) bool {
	known := slices.Concat(g.identity.full, g.identity.told)
	return len(s.identity.full) > 0 && len(known) > 0 &&
		!slices.ContainsFunc(s.identity.full, func(n string) bool { return slices.Contains(known, n) })
}

// serves reports whether anything is known of the host but what it did as a
// client.
func (h *Host) serves() bool {
	return h.State != StateUnknown || h.SMB1 != nil || h.SMB2 != nil || len(h.Served) > 0
}

// joinNamed puts what is known only by a name to the one host that goes by it.
func joinNamed(ctx context.Context, hosts []*merged, named []*seen) []*merged {
	x := newNameIndex(hosts)
	for _, s := range named {
		if ctx.Err() != nil {
			return nil
		}
		to, why := x.named(s)
		if to != nil && why == "" {
			to.take(s, verdict{by: "name"})
			continue
		}
		g := newMerged(s)
		if why != "" {
			g.note(s.apart(why))
		}
		if to != nil {
			to.note(s.apart(why))
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
