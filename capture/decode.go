package capture

import (
	"encoding/binary"
	"net/netip"

	"github.com/gopacket/gopacket/layers"
)

var be = binary.BigEndian

// maxLayers bounds the headers of a packet, tunnels and tags included.
const maxLayers = 16

// endpoint is an address, an IPv4 one mapped into IPv6, and a port.
type endpoint struct {
	address [16]byte
	port    uint16
}

func (e endpoint) addr() netip.Addr { return netip.AddrFrom16(e.address).Unmap() }

// TCP flags, [RFC 9293] 3.1.
const (
	flagFIN = 0x01
	flagSYN = 0x02
	flagRST = 0x04
	flagACK = 0x10
)

// segment is what a packet carries: a TCP segment or, with udp set, a datagram.
// Of what is missing at its end, because it was captured in part, the length is
// known.
type segment struct {
	from, to endpoint
	mac      [6]byte // of the sender, by the innermost Ethernet header; zero if there is none
	udp      bool
	flags    uint8
	seq      uint32
	payload  []byte
	missing  int // bytes behind the payload
}

// decoder takes a packet apart, from the outside to the inside.
type decoder struct {
	segment
	b      []byte // what is left
	lacks  int    // bytes behind b that were not captured
	depth  int
	reason string // why the packet was not read, where that is a loss
	onIP   func(mac [6]byte, address [16]byte, ttl uint8)
}

// decode takes a packet apart. It reports whether it carries TCP or UDP; if not,
// d.reason says why where it might have mattered.
func (d *decoder) decode(p *packet) bool {
	*d = decoder{b: p.data, lacks: max(p.length-len(p.data), 0), onIP: d.onIP}
	switch p.link {
	case layers.LinkTypeEthernet:
		return d.ethernet()
	case layers.LinkTypeLinuxSLL:
		return d.cooked(16, 14, 6, 4, 2)
	case layers.LinkTypeLinuxSLL2:
		return d.cooked(20, 0, 12, 11, 8)
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		return d.loopback()
	case layers.LinkTypeRaw, layers.LinkTypeIPv4, layers.LinkTypeIPv6, 12, 14: // the last two: raw IP on BSD
		return d.ip()
	}
	return d.fail("packets of a link type that is not known here")
}

func (d *decoder) fail(reason string) bool {
	d.reason = reason
	return false
}

const reasonShort = "packets that end within their headers"

// skip takes n bytes off.
func (d *decoder) skip(n int) bool {
	if len(d.b) < n {
		return d.fail(reasonShort)
	}
	d.b = d.b[n:]
	return true
}

// deeper counts a header.
func (d *decoder) deeper() bool {
	if d.depth++; d.depth > maxLayers {
		return d.fail("packets with too many headers")
	}
	return true
}

// Values of EtherType, IEEE 802.
const (
	etherIPv4  = 0x0800
	etherIPv6  = 0x86dd
	etherVLAN  = 0x8100
	etherMPLS  = 0x8847
	etherPPPoE = 0x8864
	etherTEB   = 0x6558 // Ethernet in GRE or Geneve
)

func (d *decoder) ethernet() bool {
	if len(d.b) < 14 {
		return d.fail(reasonShort)
	}
	d.mac = [6]byte(d.b[6:12])
	kind := be.Uint16(d.b[12:])
	d.b = d.b[14:]
	return d.etherType(kind)
}

// cooked reads the headers of Linux's "any" device, LINKTYPE_LINUX_SLL and SLL2: of
// size bytes, with the protocol, the address, its length and the hardware type at
// these offsets.
func (d *decoder) cooked(size, protocol, address, length, hardware int) bool {
	if len(d.b) < size {
		return d.fail(reasonShort)
	}
	const ethernet = 1
	size16 := uint16(d.b[length])
	if size == 16 { // there it is of two bytes
		size16 = be.Uint16(d.b[length:])
	}
	if size16 == 6 && be.Uint16(d.b[hardware:]) == ethernet {
		d.mac = [6]byte(d.b[address : address+6])
	}
	kind := be.Uint16(d.b[protocol:])
	d.b = d.b[size:]
	return d.etherType(kind)
}

// loopback reads LINKTYPE_NULL and LINKTYPE_LOOP: an address family, in the byte
// order of the machine, before IP, which tells its version itself.
func (d *decoder) loopback() bool {
	return d.skip(4) && d.ip()
}

// etherType goes on by the type of what follows.
func (d *decoder) etherType(kind uint16) bool {
	if !d.deeper() {
		return false
	}
	switch kind {
	case etherIPv4, etherIPv6:
		return d.ip()
	case etherVLAN, 0x88a8, 0x9100, 0x9200: // 802.1Q, 802.1ad, and what switches used before
		if len(d.b) < 4 {
			return d.fail(reasonShort)
		}
		kind = be.Uint16(d.b[2:])
		d.b = d.b[4:]
		return d.etherType(kind)
	case etherMPLS:
		return d.mpls()
	case etherPPPoE:
		return d.skip(8) && d.ip()
	case etherTEB:
		return d.ethernet()
	}
	if kind < 1536 && len(d.b) >= 8 && be.Uint32(d.b) == 0xaaaa0300 && d.b[4] == 0 { // a length: LLC and SNAP
		kind = be.Uint16(d.b[6:])
		d.b = d.b[8:]
		return kind >= 1536 && d.etherType(kind)
	}
	return false // something else than IP
}

// mpls takes labels off, [RFC 3032] 2.1, up to the bottom of the stack.
func (d *decoder) mpls() bool {
	for d.deeper() {
		if len(d.b) < 4 {
			return d.fail(reasonShort)
		}
		bottom := d.b[2]&1 != 0
		d.b = d.b[4:]
		if bottom {
			return d.ip()
		}
	}
	return false
}

// ip goes on by the version of IP.
func (d *decoder) ip() bool {
	switch {
	case !d.deeper():
		return false
	case len(d.b) == 0:
		return d.fail(reasonShort)
	case d.b[0]>>4 == 4:
		return d.ipv4()
	case d.b[0]>>4 == 6:
		return d.ipv6()
	}
	return false
}

// cut takes off what is behind the packet, such as the padding of a short frame,
// by the packet's own length, and tells what is missing of it.
func (d *decoder) cut(length int) {
	if have := len(d.b); length > have {
		d.lacks = length - have
		return
	}
	d.b, d.lacks = d.b[:length], 0
}

func (d *decoder) ipv4() bool {
	if len(d.b) < 20 {
		return d.fail(reasonShort)
	}
	header, length := int(d.b[0]&15)*4, int(be.Uint16(d.b[2:]))
	if length == 0 { // the network card was to cut it into segments
		length = len(d.b) + d.lacks
	}
	if header < 20 || length < header || len(d.b) < header {
		return d.fail("packets with an impossible IP header")
	}
	const mapped = 0xffff
	be.PutUint16(d.from.address[10:], mapped)
	be.PutUint16(d.to.address[10:], mapped)
	copy(d.from.address[12:], d.b[12:16])
	copy(d.to.address[12:], d.b[16:20])
	protocol, fragment := d.b[9], be.Uint16(d.b[6:])&0x3fff
	d.sender(d.b[8])
	d.cut(length)
	d.b = d.b[header:]
	if fragment != 0 {
		return d.fragment(protocol)
	}
	return d.protocol(protocol)
}

// fragment passes over a piece of a packet. TCP avoids them.
func (d *decoder) fragment(protocol uint8) bool {
	if protocol == protoTCP {
		return d.fail("IP fragments")
	}
	return false
}

// sender tells whose address stands behind which hardware address, and how many
// routers the packet may still pass.
func (d *decoder) sender(ttl uint8) {
	if d.onIP != nil && d.mac != [6]byte{} {
		d.onIP(d.mac, d.from.address, ttl)
	}
}

// Protocols in IP.
const (
	protoHopByHop = 0
	protoIPv4     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41
	protoRouting  = 43
	protoFragment = 44
	protoGRE      = 47
	protoAH       = 51
	protoOptions  = 60
)

func (d *decoder) ipv6() bool {
	if len(d.b) < 40 {
		return d.fail(reasonShort)
	}
	next, length := d.b[6], int(be.Uint16(d.b[4:]))
	d.from.address, d.to.address = [16]byte(d.b[8:24]), [16]byte(d.b[24:40])
	d.sender(d.b[7])
	d.b = d.b[40:]
	if length > 0 { // else a jumbogram, or the network card was to cut it
		d.cut(length)
	}
	return d.extensions(next)
}

// extensions passes over the extension headers of IPv6, [RFC 8200] 4.
func (d *decoder) extensions(next uint8) bool {
	for d.deeper() {
		size := 0
		switch next {
		case protoHopByHop, protoRouting, protoOptions:
			if len(d.b) >= 2 {
				size = (int(d.b[1]) + 1) * 8
			}
		case protoAH:
			if len(d.b) >= 2 {
				size = (int(d.b[1]) + 2) * 4
			}
		case protoFragment:
			if size = 8; len(d.b) >= size && be.Uint16(d.b[2:])&^6 != 0 {
				return d.fragment(d.b[0])
			}
		default:
			return d.protocol(next)
		}
		if size == 0 || len(d.b) < size {
			return d.fail(reasonShort)
		}
		next = d.b[0]
		d.b = d.b[size:]
	}
	return false
}

func (d *decoder) protocol(protocol uint8) bool {
	switch protocol {
	case protoTCP:
		return d.tcp()
	case protoUDP:
		return d.datagram()
	case protoIPv4, protoIPv6:
		d.mac = [6]byte{} // that of the tunnel
		return d.ip()
	case protoGRE:
		return d.gre()
	}
	return false
}

func (d *decoder) tcp() bool {
	if len(d.b) < 20 {
		return d.fail(reasonShort)
	}
	header := int(d.b[12]>>4) * 4
	d.from.port, d.to.port = be.Uint16(d.b), be.Uint16(d.b[2:])
	d.seq, d.flags = be.Uint32(d.b[4:]), d.b[13]
	switch {
	case header < 20 || header > len(d.b)+d.lacks:
		return d.fail("packets with an impossible TCP header")
	case header > len(d.b): // cut within the options
		d.missing = d.lacks - (header - len(d.b))
		d.payload = nil
	default:
		d.payload, d.missing = d.b[header:], d.lacks
	}
	return true
}

// Ports of tunnels in UDP: [RFC 7348] 5, what Linux used before that, and [RFC 8926]
// 3.3.
const (
	portVXLAN    = 4789
	portOldVXLAN = 8472
	portGeneve   = 6081
)

func (d *decoder) datagram() bool {
	if len(d.b) < 8 {
		return d.fail(reasonShort)
	}
	d.from.port, d.to.port = be.Uint16(d.b), be.Uint16(d.b[2:])
	d.udp, d.payload, d.missing = true, d.b[8:], d.lacks
	const withNetwork = 0x08
	switch b := d.payload; {
	case (d.to.port == portVXLAN || d.to.port == portOldVXLAN) && len(b) >= 8+14 && b[0] == withNetwork:
		d.b = b[8:]
		return d.inner(etherTEB)
	case d.to.port == portGeneve && len(b) >= 8 && b[0]>>6 == 0:
		if size := 8 + int(b[0]&63)*4; len(b) >= size {
			d.b = b[size:]
			return d.inner(be.Uint16(b[2:]))
		}
	}
	return true
}

// inner goes on within a tunnel.
func (d *decoder) inner(kind uint16) bool {
	d.segment = segment{}
	return d.etherType(kind)
}

// Protocols in GRE that mirror a port: ERSPAN types I and II, and III.
const (
	etherERSPAN  = 0x88be
	etherERSPAN3 = 0x22eb
)

// gre reads GRE, [RFC 2784] 2 and [RFC 2890] 2.
func (d *decoder) gre() bool {
	if len(d.b) < 4 {
		return d.fail(reasonShort)
	}
	flags, kind, size := be.Uint16(d.b), be.Uint16(d.b[2:]), 4
	const checksum, routing, key, sequence = 0x8000, 0x4000, 0x2000, 0x1000
	if flags&routing != 0 || flags&7 != 0 {
		return false // PPTP, or a form that is not in use any more
	}
	for _, f := range []uint16{checksum, key, sequence} {
		if flags&f != 0 {
			size += 4
		}
	}
	switch {
	case kind == etherERSPAN && flags&sequence != 0:
		size, kind = size+8, etherTEB
	case kind == etherERSPAN: // type I has no header of its own
		kind = etherTEB
	case kind == etherERSPAN3:
		if len(d.b) < size+12 {
			return d.fail(reasonShort)
		}
		const withPlatform = 1
		if d.b[size+11]&withPlatform != 0 {
			size += 8
		}
		size, kind = size+12, etherTEB
	}
	return d.skip(size) && d.inner(kind)
}
