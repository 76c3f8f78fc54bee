package plan

import (
	"net/netip"
	"testing"

	"smbready/assess"
	"smbready/inventory"
)

// TestSerial: a serial number tells that two sights are of one device, and that they are of
// two.
func TestSerial(t *testing.T) {
	at := func(address, name, serial string, h *inventory.Host) *inventory.Host {
		h.Address, h.Names = netip.MustParseAddr(address), inventory.Names{NetBIOS: name}
		if serial != "" {
			h.Clues = &inventory.Clues{SNMP: &inventory.SNMP{Serial: serial}}
		}
		return h
	}
	const a, b = "10.0.0.1", "10.0.0.2"
	for name, c := range map[string]struct {
		now  *inventory.Host
		want string
	}{
		"its serial elsewhere, under another name":     {at(b, "OTHER", "X123456", fineServer(a)), a + " blocked old"},
		"its serial elsewhere":                         {at(b, "", "x123456 ", fineServer(a)), ""},
		"its name elsewhere":                           {at(b, "COPIER", "", fineServer(a)), a + " blocked old"},
		"its name at its address":                      {at(a, "COPIER", "", fineServer(a)), ""},
		"its name at its address, and another serial":  {at(a, "COPIER", "Y123456", fineServer(a)), a + " blocked old"},
		"a serial too short to tell, and nothing more": {at(b, "", "x12", fineServer(a)), a + " blocked old"},
	} {
		p := oneRun(t, Source{ID: "now", Site: "HQ"}, 0, c.now, at("10.0.9.9", "BESIDE", "", fineServer(a)))
		m := NewMemory(nil)
		m.Take(oneRun(t, Source{ID: "old", Site: "HQ"}, 7, at(a, "COPIER", "X123456", server(a, true, false))))
		p.Recall(m)
		site := &p.of(assess.ClientAlways).Sites[0]
		if got := missingWords(site.Missing) + missingWords(site.Unsettled) + missingWords(site.Replaced); got != c.want || (site.Decision == Go) != (c.want == "" || len(site.Replaced) > 0) {
			t.Errorf("%s: %s %q, want %q: %q", name, site.Decision, got, c.want, site.Reasons)
		}
	}
}

// TestNoSerial: what stands where a maker put no number is none.
func TestNoSerial(t *testing.T) {
	for s, want := range map[string]bool{"x123456": true, "000000000001": true, "cn-0a1b2c": true, "0000000000": false, "00-00-00-00": false, "xxxxxxxx": false,
		"unknown": false, "default": false, "not available": false, "to be filled by o.e.m.": false, "1234567890": false, "x12": false} {
		if got := isSerial(s); got != want {
			t.Errorf("%q: %t", s, got)
		}
	}
}
