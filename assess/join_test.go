package assess

import (
	"fmt"
	"math/rand"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"smbready/inventory"
)

// at is an SMB host with what may tell which device it is.
func at(address, guid, mac, netbios, dns, domain string) *inventory.Host {
	return &inventory.Host{Address: netip.MustParseAddr(address), State: inventory.StateSMB, SMB2: &inventory.SMB2{ServerGUID: guid},
		Names: inventory.Names{MAC: mac, NetBIOS: netbios, DNS: dns, Domain: domain}}
}

const otherGUID = "11a2b3c4d5e6f708192a3b4c5d6e7f80"

func TestJoin(t *testing.T) {
	const card, otherCard = "00:11:32:aa:bb:cc", "00:11:32:dd:ee:ff"
	for _, tt := range []struct {
		name  string
		hosts []*inventory.Host
		want  string // the groups
	}{
		{"one identifier, one name", []*inventory.Host{at("10.0.0.1", randomGUID, "", "FS1", "", ""), at("10.0.1.1", strings.ToUpper(randomGUID), "", "fs1", "", "")}, "10.0.0.1 10.0.1.1"},
		{"one identifier, one name known", []*inventory.Host{at("10.0.0.1", randomGUID, "", "FS1", "", ""), at("10.0.1.1", randomGUID, "", "", "", "")}, "10.0.0.1 10.0.1.1"},
		{"one identifier, nothing else", []*inventory.Host{at("10.0.0.1", randomGUID, "", "", "", ""), at("10.0.1.1", randomGUID, "", "", "", "")}, "10.0.0.1 10.0.1.1"},
		{"clones under two names", []*inventory.Host{at("10.0.0.1", randomGUID, "", "PC1", "", ""), at("10.0.0.2", randomGUID, "", "PC2", "", "")}, ""},
		{"clones under two names, and one without", []*inventory.Host{at("10.0.0.1", randomGUID, "", "PC1", "", ""), at("10.0.0.2", randomGUID, "", "PC2", "", ""),
			at("10.0.0.3", randomGUID, "", "", "", "")}, ""},
		{"clones with two cards", []*inventory.Host{at("10.0.0.1", randomGUID, card, "PC", "", ""), at("10.0.0.2", randomGUID, otherCard, "PC", "", "")}, ""},
		{"clones with two full names", []*inventory.Host{at("10.0.0.1", randomGUID, "", "", "a.corp.example", "corp.example"), at("10.0.0.2", randomGUID, "", "", "b.corp.example", "corp.example")}, ""},
		{"a clone, of which one has two addresses", []*inventory.Host{at("10.0.0.1", randomGUID, "", "PC1", "", ""), at("10.0.0.2", randomGUID, "", "PC2", "", ""),
			at("10.0.1.2", randomGUID, "", "PC2", "", "")}, "10.0.0.2 10.0.1.2"},
		{"identifiers that look made", []*inventory.Host{at("10.0.0.1", strings.Repeat("0", 32), "", "", "", ""), at("10.0.0.2", strings.Repeat("0", 32), "", "", "", ""),
			at("10.0.0.3", guidOf("nas"), "", "NAS", "", ""), at("10.0.0.4", guidOf("nas"), "", "NAS", "", "")}, ""},
		{"one card, one name", []*inventory.Host{at("10.0.0.1", "", card, "NAS", "", ""), at("10.0.1.1", "", "00-11-32-AA-BB-CC", "NAS", "", "")}, "10.0.0.1 10.0.1.1"},
		{"one card, two names", []*inventory.Host{at("10.0.0.1", "", card, "NAS", "", ""), at("10.0.1.1", "", card, "NAS2", "", "")}, ""},
		{"one card, no name", []*inventory.Host{at("10.0.0.1", "", card, "", "", ""), at("10.0.1.1", "", card, "", "", "")}, ""},
		{"no card, one name", []*inventory.Host{at("10.0.0.1", "", "00:00:00:00:00:00", "SAMBA", "", ""), at("10.0.1.1", "", "00:00:00:00:00:00", "SAMBA", "", "")}, ""},
		{"a card's address of a group", []*inventory.Host{at("10.0.0.1", "", "ff:ff:ff:ff:ff:ff", "NAS", "", ""), at("10.0.1.1", "", "ff:ff:ff:ff:ff:ff", "NAS", "", "")}, ""},
		{"one full name in a domain", []*inventory.Host{at("10.0.0.1", randomGUID, card, "FS", "fs.corp.example", "corp.example"), at("10.0.1.1", randomGUID, otherCard, "FS", "FS.corp.example", "CORP.example")},
			"10.0.0.1 10.0.1.1"},
		{"one full name, two servers", []*inventory.Host{at("10.0.0.1", randomGUID, "", "FS", "fs.corp.example", "corp.example"), at("10.0.1.1", otherGUID, "", "FS", "fs.corp.example", "corp.example")}, ""},
		{"one name without a domain", []*inventory.Host{at("10.0.0.1", "", "", "NAS", "nas", ""), at("10.0.1.1", "", "", "NAS", "nas", "")}, ""},
		{"one name in a domain that is none", []*inventory.Host{at("10.0.0.1", "", "", "NAS", "nas.local", "local"), at("10.0.1.1", "", "", "NAS", "nas.local", "local")}, ""},
		{"a name that is not in its domain", []*inventory.Host{at("10.0.0.1", "", "", "", "nas.corp.example", "example.org"), at("10.0.1.1", "", "", "", "nas.corp.example", "example.org")}, ""},
		{"no server", []*inventory.Host{{Address: netip.MustParseAddr("10.0.0.1"), Names: inventory.Names{MAC: card, NetBIOS: "NAS"}}, at("10.0.1.1", "", card, "NAS", "", "")}, ""},
		{"over three steps", []*inventory.Host{at("10.0.0.1", randomGUID, "", "", "", ""), at("10.0.0.2", randomGUID, card, "FS", "", ""), at("10.0.0.3", "", card, "FS", "fs.corp.example", "corp.example"),
			at("fd00::4", "", "", "", "fs.corp.example", "corp.example")}, "10.0.0.1 10.0.0.2 10.0.0.3 fd00::4"},
		{"one identifier, two names beyond any limit", []*inventory.Host{at("10.0.0.1", randomGUID, "", strings.Repeat("A", 1<<16), "", ""), at("10.0.0.2", randomGUID, "", "B", "", "")}, ""},
		{"one identifier, two names without a domain", []*inventory.Host{at("10.0.0.1", randomGUID, "", "", "a", ""), at("10.0.0.2", randomGUID, "", "", "b", "")}, ""},
		{"names beyond any limit", []*inventory.Host{at("10.0.0.1", "", card, strings.Repeat("A", 1<<16), "", ""), at("10.0.0.2", "", card, strings.Repeat("A", 1<<16), "", "")}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := groups(tt.hosts); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// groups joins hosts and writes each device once.
func groups(hosts []*inventory.Host) string {
	var j Joiner
	for _, h := range hosts {
		j.Add(h)
	}
	joined := j.Join()
	var lines []string
	surplus := 0
	for _, h := range hosts {
		also := joined.Also(h.Address)
		if len(also) == 0 || also[0].Less(h.Address) {
			continue
		}
		surplus += len(also)
		lines = append(lines, strings.Trim(fmt.Sprint(append([]netip.Addr{h.Address}, also...)), "[]"))
	}
	if surplus != joined.Surplus() {
		return fmt.Sprintf("surplus %d, not %d", joined.Surplus(), surplus)
	}
	slices.Sort(lines)
	return strings.Join(lines, " | ")
}

// TestJoinInAnyOrder shows that the order of the hosts does not matter.
func TestJoinInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewSource(propertySeed))
	guids, names := []string{"", randomGUID, otherGUID}, []string{"", "FS", "NAS"}
	macs, dns := []string{"", "00:11:32:aa:bb:cc", "00:11:32:dd:ee:ff"}, []string{"", "fs.corp.example", "nas.corp.example"}
	for range 2000 {
		var hosts []*inventory.Host
		for i := range 2 + r.Intn(6) {
			hosts = append(hosts, at(fmt.Sprintf("10.0.0.%d", i), pick(r, guids), pick(r, macs), pick(r, names), pick(r, dns), "corp.example"))
		}
		want := groups(hosts)
		for range 4 {
			r.Shuffle(len(hosts), func(a, b int) { hosts[a], hosts[b] = hosts[b], hosts[a] })
			if got := groups(hosts); got != want {
				t.Fatalf("%q in one order, %q in another", want, got)
			}
		}
	}
}

// TestJoinTooMany: what hundreds of addresses share is no identity.
func TestJoinTooMany(t *testing.T) {
	var j Joiner
	for i := range 1000 {
		j.Add(at(fmt.Sprintf("10.0.%d.%d", i/250, i%250), randomGUID, "", "", "", ""))
	}
	if joined := j.Join(); joined.Surplus() != 0 || joined.Also(netip.MustParseAddr("10.0.0.1")) != nil {
		t.Errorf("%d addresses joined", joined.Surplus())
	}
}
