package scanner

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"slices"

	"github.com/projectdiscovery/mapcidr"
	"go4.org/netipx"

	"smbready/inventory"
)

// MaxTargets is the largest number of addresses in one run: all of IPv4. An
// IPv6 network has more; its hosts are to be listed.
const MaxTargets = 1 << 32

// Group is a list of targets that belong together.
type Group struct {
	Site    string // empty without a sites file
	Targets List
	Exclude List // for this group only
}

// Selection says what to scan.
type Selection struct {
	Groups      []Group
	Exclude     List // for all groups
	AllowPublic bool // else public addresses are refused
	SkipBad     bool // else the first bad target is an error; a bad entry in Exclude always is
	Resolver    Resolver
}

// Resolver looks up the addresses of a host name. *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Targets is a set of addresses in a fixed order. It holds ranges, not
// addresses, so its size does not grow with what they cover.
type Targets struct {
	spans   []span
	names   map[netip.Addr]string // of targets given by host name
	total   uint64
	skipped []error
}

// span is a range of addresses of one site.
type span struct {
	netipx.IPRange
	start uint64 // position of its first address
	site  string
}

// ErrNoTargets reports a selection that is empty.
var ErrNoTargets = errors.New("no address to scan")

// Resolve turns a selection into targets: parses, looks names up, coalesces,
// takes the excluded addresses out and checks that nothing public is left.
func Resolve(ctx context.Context, sel Selection) (*Targets, error) {
	if sel.Resolver == nil {
		sel.Resolver = net.DefaultResolver
	}
	t := &Targets{names: map[netip.Addr]string{}}
	p := parser{ctx: ctx, resolver: sel.Resolver, skipBad: sel.SkipBad, names: t.names}
	never, err := p.excluded(sel.Exclude)
	if err != nil {
		return nil, err
	}
	var taken netipx.IPSetBuilder
	for _, g := range sel.Groups {
		set, err := p.group(g, never)
		if err != nil {
			return nil, err
		}
		if err := t.add(set, g.Site, &taken); err != nil {
			return nil, err
		}
	}
	t.skipped = p.skipped
	return t, t.Check(sel.AllowPublic)
}

// group returns a group's addresses without the excluded ones.
func (p *parser) group(g Group, never *netipx.IPSet) (*netipx.IPSet, error) {
	set, err := p.targets(g.Targets)
	if err != nil {
		return nil, err
	}
	exclude, err := p.excluded(g.Exclude)
	if err != nil {
		return nil, err
	}
	var b netipx.IPSetBuilder
	for _, prefix := range coalesce(set.Prefixes()) {
		b.AddPrefix(prefix)
	}
	b.RemoveSet(exclude)
	b.RemoveSet(never)
	return b.IPSet()
}

// coalesce merges adjacent and overlapping networks. IPv6 does not go through
// mapcidr, which panics on addresses that begin with a zero byte (v1.1.97).
func coalesce(prefixes []netip.Prefix) []netip.Prefix {
	var v4 []*net.IPNet
	var merged []netip.Prefix
	for _, p := range prefixes {
		if p.Addr().Is4() {
			v4 = append(v4, netipx.PrefixIPNet(p))
		} else {
			merged = append(merged, p)
		}
	}
	coalesced, _ := mapcidr.CoalesceCIDRs(v4)
	for _, n := range coalesced {
		if p, ok := netipx.FromStdIPNet(n); ok {
			merged = append(merged, p)
		}
	}
	return merged
}

// add appends a group's addresses. Two sites cannot share one.
func (t *Targets) add(set *netipx.IPSet, site string, taken *netipx.IPSetBuilder) error {
	before, err := taken.IPSet()
	if err != nil {
		return err
	}
	for _, r := range set.Ranges() {
		if before.OverlapsRange(r) {
			return fmt.Errorf("%s and an earlier site share addresses in %s", siteText(site), describe(r))
		}
		n := rangeSize(r)
		if n > MaxTargets || t.total+n > MaxTargets {
			return &TargetError{Text: describe(r), Err: fmt.Errorf("makes too many addresses for one scan (at most %d): list the hosts instead", uint64(MaxTargets))}
		}
		t.spans = append(t.spans, span{IPRange: r, start: t.total, site: site})
		t.total += n
	}
	taken.AddSet(set)
	return nil
}

func siteText(name string) string {
	if name == "" {
		return "the targets outside of sites"
	}
	return fmt.Sprintf("site %q", name)
}

// rangeSize returns the number of addresses in a range, at most 1<<63.
func rangeSize(r netipx.IPRange) uint64 {
	from, to := r.From().As16(), r.To().As16()
	n := new(big.Int).Sub(new(big.Int).SetBytes(to[:]), new(big.Int).SetBytes(from[:]))
	if n.BitLen() > 62 {
		return 1 << 63
	}
	return n.Uint64() + 1
}

// Networks that are not public: private, shared (RFC 6598), link-local,
// loopback and unique local ones.
var nonPublic = mustSet("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
	"::1/128", "fc00::/7", "fe80::/10")

// Networks in which no host can be.
var noHosts = mustSet("0.0.0.0/8", "224.0.0.0/3", "::/128", "ff00::/8")

func mustSet(prefixes ...string) *netipx.IPSet {
	var b netipx.IPSetBuilder
	for _, p := range prefixes {
		b.AddPrefix(netip.MustParsePrefix(p))
	}
	set, err := b.IPSet()
	if err != nil {
		panic(err) // a typing error in the lists above
	}
	return set
}

// Check refuses what must not be scanned: nothing at all, addresses that no host
// can have, and unless they are allowed public ones. Resolve has checked; what
// was read from JSON is to be checked again.
func (t *Targets) Check(allowPublic bool) error {
	if t.total == 0 {
		return ErrNoTargets
	}
	for _, s := range t.spans {
		switch {
		case noHosts.OverlapsRange(s.IPRange):
			return &TargetError{Text: describe(s.IPRange), Err: errors.New("includes addresses that no host can have (0.0.0.0/8, multicast or reserved)")}
		case !allowPublic && !nonPublic.ContainsRange(s.IPRange):
			return &TargetError{Text: t.describePublic(s), Err: errors.New("is a public address; scanning networks that are not yours may be an offence: add --allow-public if it is yours")}
		}
	}
	return nil
}

// describePublic returns the first public address of a span, and the name that
// led to it.
func (t *Targets) describePublic(s span) string {
	first := s.From()
	for _, r := range nonPublic.Ranges() {
		if r.Contains(first) {
			first = r.To().Next()
		}
	}
	if name := t.names[first]; name != "" {
		return fmt.Sprintf("%s (%s)", first, name)
	}
	return first.String()
}

// Len returns the number of addresses.
func (t *Targets) Len() uint64 { return t.total }

// Skipped returns the entries that were passed over, with SkipBad.
func (t *Targets) Skipped() []error { return t.skipped }

// At returns the i-th target, 0 ≤ i < Len.
func (t *Targets) At(i uint64) inventory.Target {
	if i >= t.total {
		panic(fmt.Sprintf("scanner: target %d of %d", i, t.total)) // never an address outside of the scope
	}
	k, found := slices.BinarySearchFunc(t.spans, i, func(s span, i uint64) int {
		switch {
		case s.start < i:
			return -1
		case s.start > i:
			return 1
		}
		return 0
	})
	if !found {
		k--
	}
	s := &t.spans[k]
	a := addrAdd(s.From(), i-s.start)
	return inventory.Target{Address: a, Name: t.names[a], Site: s.site}
}

// addrAdd returns the n-th address after a, within a range that holds it.
func addrAdd(a netip.Addr, n uint64) netip.Addr {
	b := a.As16()
	for i := 15; i >= 0 && n > 0; i-- {
		n += uint64(b[i])
		b[i] = byte(n)
		n >>= 8
	}
	if sum := netip.AddrFrom16(b); a.Is6() {
		return sum
	} else {
		return sum.Unmap()
	}
}

// Describe lists the ranges, at most limit of them.
func (t *Targets) Describe(limit int) []string {
	var list []string
	for i, s := range t.spans {
		if i == limit {
			return append(list, fmt.Sprintf("… and %d more ranges", len(t.spans)-limit))
		}
		text := describe(s.IPRange)
		if name := t.names[s.From()]; name != "" && s.From() == s.To() {
			text += " (" + name + ")"
		}
		list = append(list, text)
	}
	return list
}

// describe returns a range as an address or a network where it is one.
func describe(r netipx.IPRange) string {
	if p, ok := r.Prefix(); ok && !p.IsSingleIP() {
		return p.String()
	}
	if r.From() == r.To() {
		return r.From().String()
	}
	return r.String()
}
