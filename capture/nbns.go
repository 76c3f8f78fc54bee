package capture

import (
	"slices"
	"time"

	"smbready/smbproto"
)

// nameServicePort is that of the NetBIOS name service, [RFC 1002] 4.2.
const nameServicePort = 137

// datagram takes in a UDP datagram: what a host says of its own names. It reports
// whether it told something.
func (l *ledger) datagram(s *segment, at time.Time) bool {
	if s.from.port != nameServicePort && s.to.port != nameServicePort {
		return false
	}
	if s.from.port == nameServicePort {
		if m, err := smbproto.ParseNodeStatusResponse(s.payload); err == nil {
			return l.named(s, at, func(h *host) { h.facts.Names.AddNodeStatus(m) })
		}
	}
	r, ok := parseOwnName(s.payload)
	if !ok || !s.from.addr().Is4() || !slices.Contains(r.addresses, [4]byte(s.from.address[12:])) {
		return false
	}
	m := smbproto.NodeStatusResponse{Names: []smbproto.NodeName{r.name}}
	return l.named(s, at, func(h *host) {
		node := h.facts.Names.Node // a registration is no node status
		h.facts.Names.AddNodeStatus(m)
		h.facts.Names.Node = node
	})
}

// named takes names to the sender of a datagram.
func (l *ledger) named(s *segment, at time.Time, add func(*host)) bool {
	h := l.host(s.from.addr())
	if h == nil {
		return false
	}
	h.seenAt(at)
	add(h)
	return true
}

// ownName is a name and the addresses that go by it.
type ownName struct {
	name      smbproto.NodeName
	addresses [][4]byte
}

// Constants of NBNS, [RFC 1002] 4.2.1.
const (
	nbnsHeader       = 12
	nbnsResponse     = 0x8000
	nbnsOpcode       = 0x7800
	nbnsQuery        = 0x0000
	nbnsRegistration = 0x2800
	nbnsRefresh      = 0x4000
	nbnsRefreshToo   = 0x4800 // as sent, [RFC 1002] 4.2.4 notwithstanding
	nbnsName         = 34     // a name without a scope, encoded
	nbnsTypeNB       = 0x0020
	nbnsFailed       = 0x000f
)

// parseOwnName reads a NAME REGISTRATION REQUEST, which asks for a name for the
// address in it, [RFC 1002] 4.2.2, a refresh, or a POSITIVE NAME QUERY RESPONSE,
// 4.2.13.
func parseOwnName(b []byte) (o ownName, ok bool) {
	if len(b) < nbnsHeader+nbnsName {
		return o, false
	}
	flags := be.Uint16(b[2:])
	questions, answers, additional := be.Uint16(b[4:]), be.Uint16(b[6:]), be.Uint16(b[10:])
	rest := b[nbnsHeader:]
	name, ok := parseName(rest)
	rest = rest[nbnsName:]
	switch flags & (nbnsResponse | nbnsOpcode) {
	case nbnsResponse | nbnsQuery:
		ok = ok && questions == 0 && answers == 1 && flags&nbnsFailed == 0
	case nbnsRegistration, nbnsRefresh, nbnsRefreshToo:
		const question, pointer = 4, 2 // bytes; the name comes once more, most often as a pointer
		ok = ok && questions == 1 && additional == 1 && len(rest) >= question+pointer
		if !ok {
			return o, false
		}
		if rest = rest[question:]; rest[0]&0xc0 == 0xc0 {
			rest = rest[pointer:]
		} else if len(rest) >= nbnsName {
			rest = rest[nbnsName:]
		} else {
			return o, false
		}
	default:
		return o, false
	}
	if !ok {
		return o, false
	}
	o.name.NetBIOSName = name
	return o, o.addAddresses(rest)
}

// addAddresses reads the rest of an NB record, [RFC 1002] 4.2.1.3: type, class, TTL
// and length, and then flags and an address, several times where a host has several.
func (o *ownName) addAddresses(b []byte) bool {
	const fixed, each, most = 10, 6, 32
	if len(b) < fixed+each || be.Uint16(b) != nbnsTypeNB {
		return false
	}
	n := int(be.Uint16(b[fixed-2:]))
	o.name.Flags = be.Uint16(b[fixed:])
	for b = b[fixed:]; n >= each && len(b) >= each && len(o.addresses) < most; n, b = n-each, b[each:] {
		o.addresses = append(o.addresses, [4]byte(b[2:each]))
	}
	return true
}

// parseName reads a name without a scope, encoded as [RFC 1001] 14.1 has it.
func parseName(b []byte) (smbproto.NetBIOSName, bool) {
	// A node status query holds a name in the same form.
	query := make([]byte, nbnsHeader, nbnsHeader+nbnsName+4)
	query[5] = 1
	query = append(query, b[:nbnsName]...)
	query = append(query, 0, 0x21, 0, 1)
	m, err := smbproto.ParseNodeStatusRequest(query)
	return m.Name, err == nil && b[0] == 32 && b[nbnsName-1] == 0
}
