package assess

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"smbready/inventory"
)

func TestCanaryCandidates(t *testing.T) {
	var c CanaryCandidates
	if got := c.Groups(); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
	at := func(h inventory.Host, last byte) inventory.Host {
		h.Address = netip.AddrFrom4([4]byte{192, 0, 2, last})
		return h
	}
	ricoh := printer(stateHost(inventory.StateClosed, "refused"))
	hosts := []inventory.Host{
		at(ricoh, 9), at(ricoh, 3), at(ricoh, 9),
		at(change(ricoh, withContacts(canary2())), 4),
		at(change(ricoh, withContacts(captured(hangsUp))), 5),
		at(change(ricoh, withContacts(event(3021, auditLog))), 6),
		change(ricoh, func(h *inventory.Host) { h.Address = netip.Addr{} }),
		at(windowsHost("10.0.19041", "3.1.1", 0x01), 7),
		at(change(smb1Host(ntlmSMB1(0x03)), func(h *inventory.Host) { h.SMB1.NativeLANManager = "NQ 4.32" }), 8),
	}
	for i := range hosts {
		a := Assess(&hosts[i])
		c.Add(&hosts[i], &a)
	}
	got := c.Groups()
	want := [][]netip.Addr{
		{netip.MustParseAddr("192.0.2.3"), netip.MustParseAddr("192.0.2.6"), netip.MustParseAddr("192.0.2.9")},
		{netip.MustParseAddr("192.0.2.8")},
	}
	if len(got) != 2 || got[0].Vendor != "Ricoh" || !reflect.DeepEqual([][]netip.Addr{got[0].Hosts, got[1].Hosts}, want) {
		t.Errorf("got %+v", got)
	}
	for _, g := range got {
		if g.Setting == "" || !strings.HasSuffix(g.Setting, ".") {
			t.Errorf("%s: %q", g.Vendor, g.Setting)
		}
	}
	for _, vendor := range []string{"", "Nobody", "Seiko Epson", "Fujifilm Business Innovation", "Toshiba TEC"} {
		if s := canarySetting(vendor); !strings.Contains(s, "SMB protocol version") {
			t.Errorf("%s: %q", vendor, s)
		}
	}
}
