package inventory

import (
	"context"
	"fmt"
	"math/rand"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// noon is when the scan of these tests was made.
var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

const (
	hour = time.Hour
	days = 24 * hour
)

// guid and otherGUID look as random as those of Windows.
const guid, otherGUID = "0123456789abcdef8796a5b4c3d2e1f0", "f1e2d3c4b5a697880123456789abcdef"

// scanned is a host as a scan sees it.
func scanned(address, name, mac string) *Host {
	return &Host{Address: netip.MustParseAddr(address), State: StateSMB, Port: 445, Time: noon,
		SMB2: &SMB2{Dialects: []string{"3.1.1"}, ServerGUID: guid}, Names: Names{NetBIOS: name, MAC: mac}}
}

// asClient is a host as it was seen as a client, at a time from noon.
func asClient(address, name string, at time.Duration) *Host {
	h := &Host{Time: noon.Add(at), Client: new(Client)}
	if address != "" {
		h.Address = netip.MustParseAddr(address)
	} else {
		h.Target = name
	}
	c := Contact{Source: SourceCanary, First: noon.Add(at), Last: noon.Add(at)}
	if name != "" {
		c.Logon = &Logon{Workstation: name}
	}
	h.Client.Add(c)
	return h
}

// withMAC gives a host a network card.
func withMAC(h *Host, mac string) *Host {
	h.Names.MAC = mac
	return h
}

func withDNS(h *Host, name string) *Host {
	h.Names.DNS = name
	return h
}

func withGUID(h *Host, guid string) *Host {
	h.SMB2.ServerGUID = guid
	return h
}

func withContact(h *Host, name string, at time.Duration) *Host {
	h.Client.Add(asClient("", name, at).Client.Contacts[0])
	h.Time = noon.Add(at)
	return h
}

// spanning is a client that was seen all the time.
func spanning(address, name string, from, to time.Duration) *Host {
	h := asClient(address, name, to)
	h.Client.Contacts[0].First = noon.Add(from)
	return h
}

func timeless(h *Host) *Host {
	h.Time = time.Time{}
	for i := range h.Client.Contacts {
		h.Client.Contacts[i].First, h.Client.Contacts[i].Last = time.Time{}, time.Time{}
	}
	return h
}

// fromEvents makes a client one of an event log.
func fromEvents(h *Host) *Host {
	h.Client.Sources = []Source{SourceEvents}
	c := &h.Client.Contacts[0]
	c.Source, c.Event = SourceEvents, &Event{ID: 3021}
	return h
}

// silent makes of a client in an event log one that it would have noted.
func silent(h *Host) *Host {
	h.Client.Contacts[0].Event, h.Client.Contacts[0].Audit = nil, &Audit{Proof: "x"}
	return h
}

// TestMerge shows what is taken to be one host. Each want is a line for each
// host: address, identity, how many contacts, and how it was put together.
func TestMerge(t *testing.T) {
	const copier, laptop = "00:26:73:01:02:03", "b4:2e:99:0a:0b:0c"
	for _, test := range []struct {
		name  string
		hosts []*Host
		want  string
	}{
		{"the same address, the same week", []*Host{scanned("10.0.0.7", "", ""), asClient("10.0.0.7", "", 3*days)},
			"10.0.0.7 1: first; address"},
		{"and the same name", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("10.0.0.7", "copier7", 40*days)},
			"10.0.0.7 1: first; address and name"},
		{"a name that NetBIOS cut", []*Host{scanned("10.0.0.7", "ACCOUNTING-SCAN", ""), asClient("10.0.0.7", "accounting-scanner-2", days)},
			"10.0.0.7 1: first; address and name"},
		{"another name", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("10.0.0.7", "LAPTOP3", 2*hour)},
			"10.0.0.7 0: first; apart: it was called LAPTOP3 there, not COPIER7\n" +
				"10.0.0.7 [LAPTOP3] 1: first; apart: it was called COPIER7 there, not LAPTOP3"},
		{"another name within the hour", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("10.0.0.7", "RICOH", time.Minute)},
			"10.0.0.7 0: first; apart: it was called RICOH there, not COPIER7\n" +
				"10.0.0.7 [RICOH] 1: first; apart: it was called COPIER7 there, not RICOH"},
		{"a name that says nothing", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("10.0.0.7", "WORKSTATION", days)},
			"10.0.0.7 1: first; address"},
		{"longer apart than a lease", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("10.0.0.7", "", -30*days)},
			"10.0.0.7 0: first; apart: seen 30 days apart, and nothing but the address says that it is the same host\n" +
				"10.0.0.7 [unnamed] 1: first; apart: seen 30 days apart, and nothing but the address says that it is the same host"},
		{"another network card, although the name is the same", []*Host{scanned("10.0.0.7", "COPIER7", copier), withMAC(asClient("10.0.0.7", "COPIER7", hour*2), laptop)},
			"10.0.0.7 0: first; apart: its network card was " + laptop + ", not " + copier + "\n" +
				"10.0.0.7 [COPIER7] 1: first; apart: its network card was " + copier + ", not " + laptop},
		{"the same network card under another name", []*Host{scanned("10.0.0.7", "COPIER7", copier), withMAC(asClient("10.0.0.7", "OLD", -3*days), copier)},
			"10.0.0.7 1: first; address and network card, although it was called OLD there, not COPIER7"},
		{"the same network card at another address", []*Host{scanned("10.0.0.7", "COPIER7", copier), withMAC(asClient("10.0.0.99", "", -3*days), copier)},
			"10.0.0.7 1: first; network card, at another address"},
		{"a short name at another address is not enough", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("10.0.0.99", "COPIER7", hour)},
			"10.0.0.7 0: first\n10.0.0.99 1: first"},
		{"a full name at another address", []*Host{withDNS(scanned("10.0.0.7", "COPIER7", ""), "copier7.plant.example"), withDNS(asClient("10.0.0.99", "", hour), "copier7.plant.example")},
			"10.0.0.7 1: first; full name, at another address"},
		{"a full name at another address, long ago", []*Host{withDNS(scanned("10.0.0.7", "", ""), "copier7.plant.example"), withDNS(asClient("10.0.0.99", "", -9*days), "copier7.plant.example")},
			"10.0.0.7 0: first; apart: the full name is the same, but it was seen 9 days apart\n" +
				"10.0.0.99 1: first; apart: the full name is the same, but it was seen 9 days apart"},
		{"a full name at another address with another card", []*Host{withMAC(withDNS(scanned("10.0.0.7", "", ""), "copier7.plant.example"), copier), withMAC(withDNS(asClient("10.0.0.99", "", hour), "copier7.plant.example"), laptop)},
			"10.0.0.7 0: first; apart: the full name is the same, but its network card was " + laptop + ", not " + copier + "\n" +
				"10.0.0.99 1: first; apart: the full name is the same, but its network card was " + copier + ", not " + laptop},
		{"a full name that the client tells of itself", []*Host{withDNS(scanned("10.0.0.7", "", ""), "fs1.plant.example"), asClient("10.0.0.99", "FS1.plant.example", hour)},
			"10.0.0.7 0: first; apart: it goes by the same name as 10.0.0.7, which it says itself\n" +
				"10.0.0.99 1: first; apart: it goes by the name that 10.0.0.99 says of itself"},
		{"a full name that two servers go by", []*Host{withDNS(scanned("10.0.0.7", "", ""), "fs1.plant.example"), withDNS(scanned("10.0.0.8", "", ""), "fs1.plant.example"), withDNS(asClient("10.0.0.99", "", hour), "fs1.plant.example")},
			"10.0.0.7 0: first\n10.0.0.8 0: first\n10.0.0.99 1: first"},
		{"the same network card at another address, long ago", []*Host{scanned("10.0.0.7", "", copier), withMAC(asClient("10.0.0.99", "", -90*days), copier)},
			"10.0.0.7 0: first; apart: the network card is the same, but it was seen 90 days apart\n" +
				"10.0.0.99 1: first; apart: the network card is the same, but it was seen 90 days apart"},
		{"the same network card at another address under another name", []*Host{scanned("10.0.0.7", "FS1", copier), withMAC(asClient("10.0.0.99", "LAPTOP3", hour), copier)},
			"10.0.0.7 0: first; apart: the network card is the same, but it was called LAPTOP3 there, not FS1\n" +
				"10.0.0.99 1: first; apart: the network card is the same, but it was called FS1 there, not LAPTOP3"},
		{"a network card that software made up", []*Host{scanned("10.0.0.7", "", "00:05:9a:3c:7a:00"), withMAC(asClient("10.0.0.99", "", hour), "00:05:9A:3C:7A:00"),
			scanned("10.0.0.8", "", "02:42:ac:11:00:02"), withMAC(asClient("10.0.0.98", "", hour), "02:42:ac:11:00:02")},
			"10.0.0.7 0: first\n10.0.0.8 0: first\n10.0.0.98 1: first\n10.0.0.99 1: first"},
		{"the same network card at two addresses", []*Host{scanned("10.0.0.7", "", copier), scanned("10.0.0.8", "", copier), withMAC(asClient("10.0.0.99", "", hour), copier)},
			"10.0.0.7 0: first\n10.0.0.8 0: first\n10.0.0.99 1: first"},
		{"another server GUID, although the name is the same", []*Host{scanned("10.0.0.7", "FS1", ""), withGUID(scanned("10.0.0.7", "FS1", ""), otherGUID)},
			"10.0.0.7 0: first; apart: its server GUID was " + otherGUID + ", not " + guid + "\n" +
				"10.0.0.7 [FS1] 0: first; apart: its server GUID was " + guid + ", not " + otherGUID},
		{"a server GUID that is the name", []*Host{withGUID(scanned("10.0.0.7", "", ""), "6e617300000000000000000000000000"), withGUID(scanned("10.0.0.7", "", ""), "6e617332000000000000000000000000")},
			"10.0.0.7 0: first; address"},
		{"another name, and long spans that overlap", []*Host{spanning("10.0.0.7", "COPIER7", -20*days, hour), spanning("10.0.0.7", "LAPTOP3", 0, 20*days)},
			"10.0.0.7 1: first; apart: it was called COPIER7 there, not LAPTOP3\n" +
				"10.0.0.7 [COPIER7] 1: first; apart: it was called LAPTOP3 there, not COPIER7"},
		{"another name, twice", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("10.0.0.7", "RICOH", time.Minute), asClient("10.0.0.7", "RICOH", -5*days)},
			"10.0.0.7 0: first; apart: it was called RICOH there, not COPIER7; apart: it was called RICOH there, not COPIER7\n" +
				"10.0.0.7 [RICOH] 2: first; address and name; apart: it was called COPIER7 there, not RICOH"},
		{"a name joins weeks apart", []*Host{asClient("10.0.0.7", "COPIER7", -40*days), asClient("10.0.0.7", "COPIER7", 0)}, "10.0.0.7 2: first; address and name"},
		{"but not months", []*Host{asClient("10.0.0.7", "COPIER7", -90*days), asClient("10.0.0.7", "COPIER7", 0)},
			"10.0.0.7 1: first; apart: seen 90 days apart, and nothing but the name is the same\n" +
				"10.0.0.7 [COPIER7] 1: first; apart: seen 90 days apart, and nothing but the name is the same"},
		{"nor one from the factory", []*Host{asClient("10.0.0.7", "DISKSTATION", -40*days), asClient("10.0.0.7", "diskstation", 0)},
			"10.0.0.7 1: first; apart: seen 40 days apart, and many devices go by that name\n" +
				"10.0.0.7 [DISKSTATION] 1: first; apart: seen 40 days apart, and many devices go by that name"},
		{"nor a card under another name", []*Host{scanned("10.0.0.7", "COPIER7", copier), withMAC(asClient("10.0.0.7", "OLD", -90*days), copier)},
			"10.0.0.7 0: first; apart: it was called OLD there, not COPIER7\n" +
				"10.0.0.7 [OLD] 1: first; apart: it was called COPIER7 there, not OLD"},
		{"a time that is not known", []*Host{scanned("10.0.0.7", "COPIER7", ""), timeless(asClient("10.0.0.7", "", 0))},
			"10.0.0.7 0: first; apart: the time is not known, and nothing but the address says that it is the same host\n" +
				"10.0.0.7 [unnamed] 1: first; apart: the time is not known, and nothing but the address says that it is the same host"},
		{"a time that is not known, another name", []*Host{scanned("10.0.0.7", "COPIER7", copier), timeless(withMAC(asClient("10.0.0.7", "OLD", 0), copier))},
			"10.0.0.7 0: first; apart: it was called OLD there, not COPIER7\n" +
				"10.0.0.7 [OLD] 1: first; apart: it was called COPIER7 there, not OLD"},
		{"what was joined reaches further back", []*Host{scanned("10.0.0.7", "", ""), asClient("10.0.0.7", "", -7*days), asClient("10.0.0.7", "", -14*days)},
			"10.0.0.7 2: first; address; address"},
		{"and further on", []*Host{scanned("10.0.0.7", "", ""), asClient("10.0.0.7", "", 7*days), silent(fromEvents(asClient("10.0.0.7", "", 14*days)))},
			"10.0.0.7 2: first; address; address"},
		{"what was joined tells of the identity", []*Host{scanned("10.0.0.7", "", ""), asClient("10.0.0.7", "COPIER7", hour), fromEvents(asClient("10.0.0.7", "LAPTOP3", 3*hour))},
			"10.0.0.7 1: first; address; apart: it was called LAPTOP3 there, not COPIER7\n" +
				"10.0.0.7 [LAPTOP3] 1: first; apart: it was called COPIER7 there, not LAPTOP3"},
		{"one listener, two names", []*Host{withContact(asClient("10.0.0.7", "COPIER7", 0), "LAPTOP3", 10*time.Minute)},
			"10.0.0.7 1: first; apart: it was called COPIER7 there, not LAPTOP3\n" +
				"10.0.0.7 [COPIER7] 1: first; apart: it was called LAPTOP3 there, not COPIER7"},
		{"two names, and a scan that tells none", []*Host{scanned("10.0.0.7", "", ""), withContact(asClient("10.0.0.7", "COPIER7", 0), "LAPTOP3", 10*time.Minute)},
			"10.0.0.7 0: first; apart: several devices used the address then, and nothing but the address says that it is the same host; " +
				"apart: several devices used the address then, and nothing but the address says that it is the same host\n" +
				"10.0.0.7 [COPIER7] 1: first; apart: several devices used the address then, and nothing but the address says that it is the same host; apart: it was called LAPTOP3 there, not COPIER7\n" +
				"10.0.0.7 [LAPTOP3] 1: first; apart: several devices used the address then, and nothing but the address says that it is the same host; apart: it was called COPIER7 there, not LAPTOP3"},
		{"two names within the hour, one that of the scan", []*Host{scanned("10.0.0.7", "COPIER7", ""), withContact(asClient("10.0.0.7", "LAPTOP3", time.Minute), "COPIER7", 10*time.Minute)},
			"10.0.0.7 1: first; address and name; apart: it was called LAPTOP3 there, not COPIER7\n" +
				"10.0.0.7 [LAPTOP3] 1: first; apart: it was called COPIER7 there, not LAPTOP3"},
		{"and a third name within the hour", []*Host{scanned("10.0.0.7", "COPIER7", ""), withContact(asClient("10.0.0.7", "LAPTOP3", time.Minute), "COPIER7", 10*time.Minute),
			fromEvents(asClient("10.0.0.7", "RICOH", 5*time.Minute))},
			"10.0.0.7 1: first; address and name; apart: it was called LAPTOP3 there, not COPIER7; apart: it was called RICOH there, not COPIER7\n" +
				"10.0.0.7 [LAPTOP3] 1: first; apart: it was called COPIER7 there, not LAPTOP3; apart: it was called RICOH there, not LAPTOP3\n" +
				"10.0.0.7 [RICOH] 1: first; apart: it was called COPIER7 there, not RICOH; apart: it was called LAPTOP3 there, not RICOH"},
		{"one listener, one name and none", []*Host{withContact(asClient("10.0.0.7", "COPIER7", 0), "", hour)}, "10.0.0.7 2: first"},
		{"one listener, a long gap", []*Host{withContact(silent(asClient("10.0.0.7", "", 0)), "", 9*days)},
			"10.0.0.7 1: first; apart: seen 9 days apart, and nothing but the address says that it is the same host\n" +
				"10.0.0.7 [unnamed] 1: first; apart: seen 9 days apart, and nothing but the address says that it is the same host"},
		{"events a month before", []*Host{scanned("10.0.0.7", "COPIER7", ""), fromEvents(asClient("10.0.0.7", "", -33*days))},
			"10.0.0.7 1: first; address alone, 33 days apart"},
		{"events long before", []*Host{scanned("10.0.0.7", "COPIER7", ""), fromEvents(asClient("10.0.0.7", "", -46*days))},
			"10.0.0.7 0: first; apart: seen 46 days apart, and nothing but the address says that it is the same host\n" +
				"10.0.0.7 [unnamed] 1: first; apart: seen 46 days apart, and nothing but the address says that it is the same host"},
		{"silence a month before", []*Host{scanned("10.0.0.7", "COPIER7", ""), silent(fromEvents(asClient("10.0.0.7", "", -33*days)))},
			"10.0.0.7 0: first; apart: seen 33 days apart, and nothing but the address says that it is the same host\n" +
				"10.0.0.7 [unnamed] 1: first; apart: seen 33 days apart, and nothing but the address says that it is the same host"},
		{"silence a month before events that silence came to", []*Host{fromEvents(asClient("10.0.0.7", "", 0)), silent(fromEvents(asClient("10.0.0.7", "", -3*days))),
			silent(fromEvents(asClient("10.0.0.7", "", -33*days)))},
			"10.0.0.7 2: first; address; apart: seen 30 days apart, and nothing but the address says that it is the same host\n" +
				"10.0.0.7 [unnamed] 1: first; apart: seen 30 days apart, and nothing but the address says that it is the same host"},
		{"events a month before, by another name", []*Host{scanned("10.0.0.7", "COPIER7", ""), fromEvents(asClient("10.0.0.7", "OLD", -33*days))},
			"10.0.0.7 0: first; apart: it was called OLD there, not COPIER7\n" +
				"10.0.0.7 [OLD] 1: first; apart: it was called COPIER7 there, not OLD"},
		{"what lies between events and the scan", []*Host{scanned("10.0.0.7", "", ""), asClient("10.0.0.7", "", -17*days), fromEvents(asClient("10.0.0.7", "", -33*days))},
			"10.0.0.7 1: first; address alone, 33 days apart; apart: seen 17 days apart, and nothing but the address says that it is the same host\n" +
				"10.0.0.7 [unnamed] 1: first; apart: seen 17 days apart, and nothing but the address says that it is the same host"},
		{"a full name, where only a short one is known", []*Host{scanned("10.0.0.7", "FS1", ""), asClient("", "fs1.plant.example", 40*days)}, "10.0.0.7 1: first; name"},
		{"and too long ago", []*Host{scanned("10.0.0.7", "FS1", ""), asClient("", "fs1.plant.example", 46*days)},
			"none [fs1.plant.example] 1: first; apart: seen 46 days apart, and nothing but the short name is the same\n" +
				"10.0.0.7 0: first; apart: seen 46 days apart, and nothing but the short name is the same"},
		{"and where another domain has it too", []*Host{scanned("10.0.0.7", "FS1", ""), withDNS(scanned("10.0.0.8", "FS1", ""), "fs1.a.example"), asClient("", "fs1.b.example", hour)},
			"none [fs1.b.example] 1: first; apart: several hosts go by the name FS1\n10.0.0.7 0: first\n10.0.0.8 0: first"},
		{"known by name only", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("", "COPIER7", 40*days)},
			"10.0.0.7 1: first; name"},
		{"by name only, and long ago", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("", "COPIER7", 60*days)},
			"none [COPIER7] 1: first; apart: seen 60 days apart, and nothing but the short name is the same\n" +
				"10.0.0.7 0: first; apart: seen 60 days apart, and nothing but the short name is the same"},
		{"by a name from the factory", []*Host{scanned("10.0.0.7", "DISKSTATION", ""), asClient("", "DISKSTATION", 9*days)},
			"none [DISKSTATION] 1: first; apart: seen 9 days apart, and many devices go by that name\n" +
				"10.0.0.7 0: first; apart: seen 9 days apart, and many devices go by that name"},
		{"by a name that two go by", []*Host{scanned("10.0.0.7", "COPIER7", ""), scanned("10.0.0.8", "COPIER7", ""), asClient("", "COPIER7", hour)},
			"none [COPIER7] 1: first; apart: several hosts go by the name COPIER7\n10.0.0.7 0: first\n10.0.0.8 0: first"},
		{"by a name in another domain", []*Host{scanned("10.0.0.7", "fs1.a.example", ""), asClient("", "fs1.b.example", hour)},
			"none [fs1.b.example] 1: first\n10.0.0.7 0: first"},
		{"two scans of one host", []*Host{scanned("10.0.0.7", "COPIER7", ""), scanned("10.0.0.7", "COPIER7", "")},
			"10.0.0.7 0: first; address and server GUID"},
		{"three clients took turns at an address", []*Host{asClient("10.0.0.7", "A1", 0), asClient("10.0.0.7", "B1", days), asClient("10.0.0.7", "A1", 2*days)},
			"10.0.0.7 2: first; address and name; apart: it was called B1 there, not A1\n10.0.0.7 [B1] 1: first; apart: it was called A1 there, not B1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := mergedText(merge(test.hosts)); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func merge(hosts []*Host) []*Host {
	var m Merger
	for _, h := range hosts {
		source := SourceCanary
		if h.State != StateUnknown {
			source = SourceScan
		} else if h.Client.Sources[0] == SourceEvents {
			source = SourceEvents
		}
		m.Add(source, "", h)
	}
	return hostsOf(&m)
}

func hostsOf(m *Merger) []*Host {
	hosts, err := m.Hosts(context.Background())
	if err != nil {
		panic(err)
	}
	return hosts
}

func mergedText(hosts []*Host) string {
	var lines []string
	for _, h := range hosts {
		line := "none"
		if h.Address.IsValid() {
			line = h.Address.String()
		}
		if h.Identity != "" {
			line += " [" + h.Identity + "]"
		}
		contacts := 0
		if h.Client != nil {
			for _, c := range h.Client.Contacts {
				contacts += c.Times()
			}
		}
		var joins []string
		for _, apart := range []bool{false, true} {
			for _, j := range h.Joins {
				if apart && j.Apart != "" {
					joins = append(joins, "apart: "+j.Apart)
				} else if !apart && j.Apart == "" {
					joins = append(joins, j.By)
				}
			}
		}
		lines = append(lines, fmt.Sprintf("%s %d: %s", line, contacts, strings.Join(joins, "; ")))
	}
	return strings.Join(lines, "\n")
}

// TestMergeServer shows which facts of a server stand when sources differ.
func TestMergeServer(t *testing.T) {
	passive := func() *Host {
		return &Host{Address: netip.MustParseAddr("10.0.0.7"), State: StateSMB, Time: noon, SMB1: &SMB1{Dialect: "NT LM 0.12"},
			SMB2: &SMB2{Dialects: []string{"2.1"}}, Names: Names{NetBIOS: "NAS"}, Served: []Contact{{Source: SourceCapture, Peer: "10.0.0.9"}}}
	}
	var m Merger
	m.Add(SourceCapture, "a.pcap", passive())
	m.Add(SourceScan, "run.jsonl", scanned("10.0.0.7", "", ""))
	h := hostsOf(&m)[0]
	if h.SMB1 != nil || h.SMB2.MaxDialect() != "3.1.1" || h.Names.NetBIOS != "NAS" || len(h.Served) != 1 {
		t.Errorf("what a scan was told stands, and names and contacts are added: %+v", h)
	}
	m.Add(SourceCapture, "a.pcap", passive())
	m.Add(SourceScan, "run.jsonl", &Host{Address: netip.MustParseAddr("10.0.0.7"), State: StateFiltered, Time: noon})
	h = hostsOf(&m)[0]
	if h.State != StateSMB || h.SMB1 == nil || len(h.Quirks) != 1 || !strings.Contains(h.Quirks[0], "filtered") {
		t.Errorf("a host behind a firewall is judged by what it answered others: %+v", h)
	}
}

// TestMergeKeepsAll shows that no contact is lost, whatever is put together, and
// that hosts can be told apart afterwards.
func TestMergeKeepsAll(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	for range 2000 {
		var m Merger
		want := 0
		for range r.Intn(12) {
			name := []string{"", "A1", "B1", "a1.x.example", "WORKSTATION"}[r.Intn(5)]
			address := []string{"", "10.0.0.1", "10.0.0.2"}[r.Intn(3)]
			at := time.Duration(r.Intn(40)) * days
			h := asClient(address, name, at)
			source := SourceCanary
			if r.Intn(3) == 0 && address != "" {
				h, source = scanned(address, name, ""), SourceScan
			} else {
				want++
			}
			if r.Intn(4) == 0 {
				h.Names.MAC = []string{"00:26:73:00:00:01", "00:26:73:00:00:02"}[r.Intn(2)]
			}
			m.Add(source, "x", h)
		}
		got := 0
		seen := map[string]bool{}
		for _, h := range hostsOf(&m) {
			key := h.Address.String() + "/" + h.Identity
			if seen[key] {
				t.Fatalf("two hosts are both called %s", key)
			}
			seen[key] = true
			if h.Client != nil {
				for _, c := range h.Client.Contacts {
					got += c.Times()
				}
				got += h.Client.More
			}
		}
		if got != want {
			t.Fatalf("%d of %d contacts are left", got, want)
		}
	}
}

// TestMergeFlood shows that a file full of hosts at one address takes no time
// that grows with the square of their number.
func TestMergeFlood(t *testing.T) {
	const many = 10_000 // a time.Duration ends after 292 years
	var m Merger
	for i := range many {
		name := ""
		if i%2 == 0 {
			name = fmt.Sprintf("N%d", i)
		}
		m.Add(SourceCanary, "x", asClient("10.0.0.1", name, time.Duration(i)*9*days))
	}
	if got := len(hostsOf(&m)); got != many {
		t.Errorf("%d hosts are left of %d that have nothing in common", got, many)
	}
}
