package capture

import "net/netip"

// maxCards bounds the hardware addresses, and the addresses behind them.
const maxCards = 1 << 17

// maxOwn is how many addresses of all kinds a host has on one card.
const maxOwn = 8

// cards tells which network card an address has, by the Ethernet headers of the
// packets from it. Where a card has several addresses of one family, or many in
// all, or sends packets that have passed a router, it is a router's and stands for
// all that is behind it. A packet that has passed none has a TTL with which systems
// begin. Where an address has several cards, none is taken.
type cards struct {
	byCard    map[cardKey]cardUse
	byAddress map[[16]byte]addressUse
	behind    map[[6]byte]int // addresses of byAddress
	last      [6]byte         // and the address behind it, which most packets repeat
	lastFrom  [16]byte
	lastTTL   uint8
}

// cardKey is a hardware address and a version of IP.
type cardKey struct {
	mac [6]byte
	six bool
}

type cardUse struct {
	address [16]byte
	several bool
}

type addressUse struct {
	mac     [6]byte
	several bool
}

func newCards() cards {
	return cards{byCard: map[cardKey]cardUse{}, byAddress: map[[16]byte]addressUse{}, behind: map[[6]byte]int{}}
}

// saw notes an address behind a card.
func (c *cards) saw(mac [6]byte, address [16]byte, ttl uint8) {
	const group = 1
	if mac == c.last && address == c.lastFrom && ttl == c.lastTTL || mac[0]&group != 0 {
		return
	}
	c.last, c.lastFrom, c.lastTTL = mac, address, ttl
	a := netip.AddrFrom16(address).Unmap()
	if ttl < 32 || a.IsUnspecified() { // not meant to leave the network, or of a host that has no address yet
		return
	}
	routed := ttl != 32 && ttl != 64 && ttl != 128 && ttl != 255
	if !a.IsLinkLocalUnicast() { // of which a card can have one besides
		key := cardKey{mac, a.Is6()}
		switch use, known := c.byCard[key]; {
		case known && !use.several && (routed || use.address != address):
			c.byCard[key] = cardUse{several: true}
		case !known && len(c.byCard) < maxCards:
			c.byCard[key] = cardUse{address, routed}
		}
	}
	switch use, known := c.byAddress[address]; {
	case known && use.mac != mac && !use.several:
		c.byAddress[address] = addressUse{several: true}
	case !known && len(c.byAddress) < maxCards:
		c.byAddress[address] = addressUse{mac: mac}
		c.behind[mac]++
	}
}

// of returns the card of an address.
func (c *cards) of(a netip.Addr) (mac [6]byte, ok bool) {
	use, ok := c.byAddress[a.As16()]
	if !ok || use.several || c.behind[use.mac] > maxOwn {
		return mac, false
	}
	if a.IsLinkLocalUnicast() {
		return use.mac, true // not routed, so it is its own
	}
	card, ok := c.byCard[cardKey{use.mac, a.Is6()}]
	return use.mac, ok && !card.several
}
