package smbtest

import (
	"net/netip"
	"reflect"
	"testing"

	"smbready/smbproto"
)

func TestSite(t *testing.T) {
	t.Parallel()
	site := Site()
	if !reflect.DeepEqual(site, Site()) {
		t.Error("two sites differ")
	}
	prefix := netip.MustParsePrefix("10.20.30.0/27")
	names := make(map[string]bool)
	for addr, d := range site {
		if !prefix.Contains(addr) || len(d.Name) > 15 || names[d.Name] {
			t.Errorf("%v %q: outside, too long or twice", addr, d.Name)
		}
		names[d.Name] = true
	}
}

// Each device of the site that speaks SMB does so, and its answers parse.
func TestSiteAnswers(t *testing.T) {
	t.Parallel()
	site := Site()
	n, err := NewNetwork(site)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for addr, d := range site {
		if d.SMB2 == nil && d.SMB1 == nil {
			continue
		}
		port := d.Ports
		if port == nil {
			port = []uint16{445}
		}
		c, err := n.Dial(t.Context(), "tcp", netip.AddrPortFrom(addr, port[len(port)-1]))
		if err != nil {
			t.Fatal(err)
		}
		client := newClient(t, c)
		if d.SMB2 == nil {
			if m := client.negotiate1(offer1(allFlags2, sevenDialects...)); m.WordCount < 13 || m.SecurityMode != d.SMB1.SecurityMode {
				t.Errorf("%s: %+v", d.Name, m)
			}
		} else if m := client.negotiate2(offer2(smbproto.Dialects[:4]...)); m.Dialect == 0 || m.SecurityMode != d.SMB2.SecurityMode {
			t.Errorf("%s: %+v", d.Name, m)
		}
		c.Close()
	}
}
