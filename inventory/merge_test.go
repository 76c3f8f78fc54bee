package inventory

import (
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

// scanned is a host as a scan sees it.
func scanned(address, name, mac string) *Host {
	return &Host{Address: netip.MustParseAddr(address), State: StateSMB, Port: 445, Time: noon,
		SMB2: &SMB2{Dialects: []string{"3.1.1"}, ServerGUID: "aa" + strings.Repeat("0", 30)}, Names: Names{NetBIOS: name, MAC: mac}}
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
			"10.0.0.7 1: first; address, within an hour, although it was called RICOH there, not COPIER7"},
		{"a name that says nothing", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("10.0.0.7", "WORKSTATION", days)},
			"10.0.0.7 1: first; address"},
		{"longer apart than a lease", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("10.0.0.7", "", -30*days)},
			"10.0.0.7 0: first; apart: seen 30 days apart, and nothing but the address says that it is the same host\n" +
				"10.0.0.7 [unnamed] 1: first; apart: seen 30 days apart, and nothing but the address says that it is the same host"},
		{"another network card, although the name is the same", []*Host{scanned("10.0.0.7", "COPIER7", copier), withMAC(asClient("10.0.0.7", "COPIER7", hour*2), laptop)},
			"10.0.0.7 0: first; apart: its network card was " + laptop + ", not " + copier + "\n" +
				"10.0.0.7 [COPIER7] 1: first; apart: its network card was " + copier + ", not " + laptop},
		{"the same network card under another name", []*Host{scanned("10.0.0.7", "COPIER7", copier), withMAC(asClient("10.0.0.7", "OLD", -90*days), copier)},
			"10.0.0.7 1: first; address and network card"},
		{"the same network card at another address", []*Host{scanned("10.0.0.7", "COPIER7", copier), withMAC(asClient("10.0.0.99", "", -90*days), copier)},
			"10.0.0.7 1: first; network card, at another address"},
		{"a short name at another address is not enough", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("10.0.0.99", "COPIER7", hour)},
			"10.0.0.7 0: first\n10.0.0.99 1: first"},
		{"a full name at another address", []*Host{scanned("10.0.0.7", "copier7.plant.example", ""), asClient("10.0.0.99", "COPIER7.plant.example", hour)},
			"10.0.0.7 1: first; full name, at another address"},
		{"known by name only", []*Host{scanned("10.0.0.7", "COPIER7", ""), asClient("", "COPIER7", 60*days)},
			"10.0.0.7 1: first; name"},
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
		}
		m.Add(source, "", h)
	}
	return m.Hosts()
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
	h := m.Hosts()[0]
	if h.SMB1 != nil || h.SMB2.MaxDialect() != "3.1.1" || h.Names.NetBIOS != "NAS" || len(h.Served) != 1 {
		t.Errorf("what a scan was told stands, and names and contacts are added: %+v", h)
	}
	m.Add(SourceCapture, "a.pcap", passive())
	m.Add(SourceScan, "run.jsonl", &Host{Address: netip.MustParseAddr("10.0.0.7"), State: StateFiltered, Time: noon})
	h = m.Hosts()[0]
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
				h.Names.MAC = []string{"02:00:00:00:00:01", "02:00:00:00:00:02"}[r.Intn(2)]
			}
			m.Add(source, "x", h)
		}
		got := 0
		seen := map[string]bool{}
		for _, h := range m.Hosts() {
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
	if got := len(m.Hosts()); got != many {
		t.Errorf("%d hosts are left of %d that have nothing in common", got, many)
	}
}
