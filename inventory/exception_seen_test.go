package inventory

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestSeenDevice shows what is kept of a device, and that it is the same after a
// store and a file.
func TestSeenDevice(t *testing.T) {
	const guid = "11A2b3c4d5e6f708192a3b4c5d6e7f80"
	var d SeenDevice
	for _, h := range []*Host{
		{Address: netip.MustParseAddr("10.1.2.3"), Site: "HQ", Names: Names{NetBIOS: "NAS-01", MAC: "00:11:32:AA:BB:CC"}, SMB2: &SMB2{ServerGUID: guid}},
		{Address: netip.MustParseAddr("10.1.2.4"), Names: Names{NetBIOS: "NAS-01", DNS: "nas-01.example.com", MAC: "none"}, SMB2: &SMB2{ServerGUID: strings.Repeat("0", 32)}},
		{Names: Names{NetBIOS: "bad\x1bname"}, Target: strings.Repeat("n", 300), Client: &Client{Names: []string{"SCAN7"}}},
	} {
		d.Note(h)
	}
	d.Run, d.Date = "r1", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	want := SeenDevice{Address: netip.MustParseAddr("10.1.2.3"), Names: []string{"NAS-01", "nas-01.example.com", "SCAN7"}, MACs: []string{"00:11:32:aa:bb:cc"},
		GUIDs: []string{strings.ToLower(guid)}, Site: "HQ", Run: "r1", Date: d.Date}
	if !reflect.DeepEqual(d, want) || d.check() != nil || !d.Hard() {
		t.Errorf("got %+v (%v)\nwant %+v", d, d.check(), want)
	}
	for _, c := range []struct {
		d    SeenDevice
		want string
	}{{d, "NAS-01 (00:11:32:aa:bb:cc)"}, {SeenDevice{Names: d.Names}, "NAS-01"}, {SeenDevice{MACs: d.MACs}, "00:11:32:aa:bb:cc"},
		{SeenDevice{GUIDs: []string{"11a2"}, Names: d.Names}, "NAS-01 (server GUID 11a2)"}, {SeenDevice{Address: d.Address}, ""}} {
		if got := c.d.String(); got != c.want {
			t.Errorf("it is called %q, not %q", got, c.want)
		}
	}
	b, err := json.Marshal(Exception{Seen: &d})
	var back Exception
	if err != nil || json.Unmarshal(b, &back) != nil || !reflect.DeepEqual(*back.Seen, want) {
		t.Errorf("by JSON %s: %+v, %v", b, back.Seen, err)
	}
	file := `exceptions:
- device: 10.1.2.3
  policy: client-always
  by: a
  why: b
  until: 2027-01-31
  seen:
    address: 10.1.2.3
    names: [NAS-01, nas-01.example.com, SCAN7]
    macs: [00:11:32:aa:bb:cc]
    server_guids: [11a2b3c4d5e6f708192a3b4c5d6e7f80]
    site: HQ
    run: r1
    date: 2026-11-01
`
	list, err := ReadExceptions("e.yaml", strings.NewReader(file))
	if err != nil || !reflect.DeepEqual(*list[0].Seen, want) {
		t.Errorf("by a file: %+v, %v", list, err)
	}
}

// TestSeenDeviceIsBounded: a host with names without number takes little room.
func TestSeenDeviceIsBounded(t *testing.T) {
	var d SeenDevice
	for i := range 1000 {
		d.Note(&Host{Names: Names{NetBIOS: strings.Repeat("x", i%250+1)}})
	}
	if len(d.Names) != maxSeen || d.check() != nil {
		t.Errorf("%d names, %v", len(d.Names), d.check())
	}
	var none *SeenDevice
	if none.Hard() || new(SeenDevice).Hard() {
		t.Error("nothing is taken for something")
	}
}
