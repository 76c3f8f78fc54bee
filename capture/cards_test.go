package capture

import (
	"net/netip"
	"testing"
)

// TestRouterOfMany tells a host's own card from a router's, whatever addresses
// the router stands for.
func TestRouterOfMany(t *testing.T) {
	host, router := [6]byte{2, 0, 0, 0, 0, 1}, [6]byte{2, 0, 0, 0, 0, 2}
	c := newCards()
	own := []string{"10.1.0.20", "fe80::20", "2001:db8::20"}
	for _, a := range own {
		c.saw(host, netip.MustParseAddr(a).As16(), 64)
	}
	local := netip.MustParseAddr("fe80::1:0").As16()
	for i := range 1000 {
		be.PutUint16(local[14:], uint16(i))
		c.saw(router, local, 64)
		c.saw(router, local, 128) // which is no other address
	}
	for _, a := range own {
		if mac, ok := c.of(netip.MustParseAddr(a)); !ok || mac != host {
			t.Errorf("%s: %x, %v", a, mac, ok)
		}
	}
	for i := range 1000 {
		be.PutUint16(local[14:], uint16(i))
		if mac, ok := c.of(netip.AddrFrom16(local)); ok {
			t.Fatalf("%v has %x", netip.AddrFrom16(local), mac)
		}
	}
}
