package diff

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"smbready/inventory"
)

// Identifiers of two servers, two cards.
const (
	guidA = "11a2b3c4d5e6f708192a3b4c5d6e7f80"
	guidB = "6f1c2d3e4a5b6c7d8e9fa0b1c2d3e4f5"
	cardA = "00:11:32:aa:bb:cc"
	cardB = "00:11:32:dd:ee:ff"
)

// at is a host that speaks SMB, with what tells which device it is.
func at(address, guid, mac, netbios, dns, domain string) *inventory.Host {
	return &inventory.Host{Address: netip.MustParseAddr(address), State: inventory.StateSMB, SMB2: &inventory.SMB2{ServerGUID: guid},
		Names: inventory.Names{MAC: mac, NetBIOS: netbios, DNS: dns, Domain: domain}}
}

func named(address, netbios string) *inventory.Host { return at(address, "", "", netbios, "", "") }

// inState is a host of which nothing but its state is known.
func inState(address string, s inventory.State) *inventory.Host {
	return &inventory.Host{Address: netip.MustParseAddr(address), State: s}
}

// run is a run of a test: by default of 10.0.0.0/8, complete, with no address that
// kept silent.
type run struct {
	header     inventory.Run
	summary    inventory.Summary
	unfinished bool
	oneSite    bool
	hosts      []*inventory.Host
}

func (r run) with(hosts ...*inventory.Host) run { r.hosts = hosts; return r }

func (r run) side(k *Keyer) *Side {
	slices.SortStableFunc(r.hosts, func(a, b *inventory.Host) int {
		if c := a.Address.Compare(b.Address); c != 0 {
			return c
		}
		return strings.Compare(a.Identity, b.Identity)
	})
	keys := make([]Key, len(r.hosts))
	for i, h := range r.hosts {
		keys[i] = k.Key(h, 0)
	}
	side := NewSide(keys, &r.header, &r.summary, r.unfinished)
	side.OneSite = r.oneSite
	return side
}

var whole = run{header: inventory.Run{Scope: []string{"10.0.0.0/8", "fd00::/8"}}}

// match returns what became of each device, such as "10.0.0.1>10.0.0.2 moved
// server GUID" or "10.0.0.1> gone refused-unlisted".
func match(old, new run) string {
	k := NewKeyer()
	pairs := Match(old.side(k), new.side(k))
	var list []string
	for _, p := range pairs {
		words := []string{addressOf(old, p.Old) + ">" + addressOf(new, p.New), p.Kind.String()}
		for _, w := range []string{p.By.String(), p.Cause.String()} {
			if w != "" {
				words = append(words, w)
			}
		}
		list = append(list, strings.Join(words, " "))
	}
	return strings.Join(list, "; ")
}

func addressOf(r run, i int32) string {
	if i == None {
		return ""
	}
	if !r.hosts[i].Address.IsValid() {
		return r.hosts[i].Identity
	}
	return r.hosts[i].Address.String()
}

func TestMatch(t *testing.T) {
	with := func(r run, change func(*run)) run { change(&r); return r }
	unfinished := with(whole, func(r *run) { r.unfinished = true })
	silence := with(whole, func(r *run) { r.summary.Filtered = 3 })
	excluding := with(whole, func(r *run) { r.header.Excluded = []string{"10.0.0.0/24"} })
	excludingList := with(whole, func(r *run) { r.header.Excluded = []string{"printers.txt"} })
	narrow := with(whole, func(r *run) { r.header.Scope = []string{"10.0.9.1-10.0.9.40", "10.0.8.5-9"} })
	byName := with(whole, func(r *run) { r.header.Scope = []string{"@targets.txt"} })
	imported := with(whole, func(r *run) { r.header.Inputs = []inventory.Input{{Name: "a.pcap"}} })
	notAll := with(whole, func(r *run) { r.header.Targets, r.summary.Probed = 10, 9 })
	gently := with(whole, func(r *run) { r.header.Gentle = true })
	oneSite := with(whole, func(r *run) { r.oneSite = true })
	shallow := with(whole, func(r *run) { r.header.Depth = "negotiate" })
	atPort := func(port uint16) *inventory.Host {
		return edited(named("10.0.0.1", "PC1"), func(h *inventory.Host) { h.Port = port })
	}
	refuses := func(ports ...uint16) *inventory.Host {
		h := inState("10.0.0.1", inventory.StateClosed)
		h.Port = ports[0]
		for _, port := range ports {
			h.Observations = append(h.Observations, inventory.Observation{Step: inventory.StepSMB2Negotiate, Port: port, Outcome: inventory.OutcomeRefused})
		}
		return h
	}
	clientOnly := &inventory.Host{Address: netip.MustParseAddr("10.0.0.1"), Client: new(inventory.Client)}
	byNameOnly := func(name string) *inventory.Host {
		return &inventory.Host{Identity: name, Client: new(inventory.Client)}
	}
	firewalled := &inventory.Host{Address: netip.MustParseAddr("10.0.0.1"), State: inventory.StateFiltered, Names: inventory.Names{NetBIOS: "PC1"}}
	called := func(h *inventory.Host, identity string) *inventory.Host { h.Identity = identity; return h }

	refusesAs := edited(inState("10.0.0.1", inventory.StateClosed), func(h *inventory.Host) { h.Names.NetBIOS = "PC1" })

	for _, tt := range []struct {
		name     string
		old, new run
		want     string
	}{
		// What refused SMB before too is not gone because a datagram was lost.
		{"refused, its name told once", whole.with(refusesAs), whole.with(refuses(445, 139)), "10.0.0.1> not-reached unnamed"},
		{"the same, not listed", whole.with(refusesAs), whole, "10.0.0.1> not-reached unnamed"},
		// The same address.
		{"name", whole.with(named("10.0.0.1", "PC1")), whole.with(named("10.0.0.1", "pc1")), "10.0.0.1>10.0.0.1 same address and name"},
		{"nothing is known", whole.with(named("10.0.0.1", "")), whole.with(named("10.0.0.1", "PC1")), "10.0.0.1>10.0.0.1 same address alone"},
		{"a name that says nothing", whole.with(named("10.0.0.1", "PRINTER")), whole.with(named("10.0.0.1", "COPIER7")), "10.0.0.1>10.0.0.1 same address alone"},
		{"another name", whole.with(named("10.0.0.1", "PC1")), whole.with(named("10.0.0.1", "PC2")), "10.0.0.1> gone replaced; >10.0.0.1 new replaced"},
		{"NetBIOS name then, DNS name now", whole.with(named("10.0.0.1", "PC1")), whole.with(at("10.0.0.1", "", "", "", "pc1.corp.example", "corp.example")), "10.0.0.1>10.0.0.1 same address and name"},
		{"renamed", whole.with(at("10.0.0.1", "", cardA, "PC1", "", "")), whole.with(at("10.0.0.1", "", cardA, "PC2", "", "")), "10.0.0.1>10.0.0.1 same address and network card"},
		{"another card under the name", whole.with(at("10.0.0.1", "", cardA, "PC1", "", "")), whole.with(at("10.0.0.1", "", cardB, "PC1", "", "")), "10.0.0.1> gone replaced; >10.0.0.1 new replaced"},
		{"another identifier", whole.with(at("10.0.0.1", guidA, "", "PC1", "", "")), whole.with(at("10.0.0.1", guidB, "", "PC1", "", "")), "10.0.0.1> gone replaced; >10.0.0.1 new replaced"},
		{"set up anew", whole.with(at("10.0.0.1", guidA, cardA, "PC1", "", "")), whole.with(at("10.0.0.1", guidB, cardA, "PC1", "", "")), "10.0.0.1>10.0.0.1 same address, network card and name"},
		{"a card alone, and another identifier", whole.with(at("10.0.0.1", guidA, cardA, "PC1", "", "")), whole.with(at("10.0.0.1", guidB, cardA, "PC2", "", "")),
			"10.0.0.1> gone replaced; >10.0.0.1 new replaced"},
		{"two by one name at one address", whole.with(named("10.0.0.1", "PC1")), whole.with(named("10.0.0.1", "PC1"), called(named("10.0.0.1", "PC1"), "pc1")),
			"10.0.0.1> gone replaced; >10.0.0.1 new replaced; >10.0.0.1 new replaced"},
		{"the first of two at one address", whole.with(named("10.0.0.1", ""), called(named("10.0.0.1", "PC2"), "pc2")), whole.with(named("10.0.0.1", "PC2"), called(named("10.0.0.1", ""), "unnamed")),
			"10.0.0.1>10.0.0.1 same address and name; 10.0.0.1>10.0.0.1 same address alone"},
		{"two at one address", whole.with(at("10.0.0.1", "", cardA, "PC1", "", ""), called(at("10.0.0.1", "", cardB, "PC2", "", ""), "pc2")),
			whole.with(at("10.0.0.1", "", cardB, "PC2", "", ""), called(at("10.0.0.1", "", cardA, "PC1", "", ""), "pc1")),
			"10.0.0.1>10.0.0.1 same address, network card and name; 10.0.0.1>10.0.0.1 same address, network card and name"},
		{"known by name only", whole.with(byNameOnly("a"), byNameOnly("b")), whole.with(byNameOnly("b"), byNameOnly("c")),
			"a> not-reached other-source; b>b same name in the run; >c not-reached-before other-source"},

		// Moved.
		{"full name", whole.with(at("10.0.0.1", "", "", "FS", "fs.corp.example", "corp.example")), whole.with(at("10.0.0.2", "", "", "FS", "fs.corp.example", "corp.example")),
			"10.0.0.1>10.0.0.2 moved full name and name"},
		{"card and name", whole.with(at("10.0.0.1", "", cardA, "FS", "", "")), whole.with(at("10.0.0.2", "", cardA, "FS", "", "")), "10.0.0.1>10.0.0.2 moved network card and name"},
		{"card alone", whole.with(at("10.0.0.1", "", cardA, "", "", "")), whole.with(at("10.0.0.2", "", cardA, "", "", "")), "10.0.0.1>10.0.0.2 moved network card"},
		{"card alone, renamed", whole.with(at("10.0.0.1", "", cardA, "A", "", "")), whole.with(at("10.0.0.2", "", cardA, "B", "", "")), "10.0.0.1>10.0.0.2 moved network card"},
		{"card alone, of several", whole.with(at("10.0.0.1", "", cardA, "", "", "")), whole.with(at("10.0.0.2", "", cardA, "", "", ""), at("10.0.0.3", "", cardA, "", "", "")),
			"10.0.0.1> gone refused-unlisted; >10.0.0.2 new refused-unlisted; >10.0.0.3 new refused-unlisted"},
		{"card alone, and another identifier", whole.with(at("10.0.0.1", guidA, cardA, "", "", "")), whole.with(at("10.0.0.2", guidB, cardA, "", "", "")),
			"10.0.0.1> gone refused-unlisted; >10.0.0.2 new refused-unlisted"},
		{"name alone", whole.with(named("10.0.0.1", "FS")), whole.with(named("10.0.0.2", "FS")), "10.0.0.1> gone refused-unlisted; >10.0.0.2 new refused-unlisted"},
		{"identifier", whole.with(at("10.0.0.1", guidA, "", "", "", "")), whole.with(at("10.0.0.2", guidA, "", "", "", "")), "10.0.0.1>10.0.0.2 moved server GUID"},
		{"clones", whole.with(at("10.0.0.1", guidA, "", "PC1", "", ""), at("10.0.0.2", guidA, "", "PC2", "", "")), whole.with(at("10.0.0.2", guidA, "", "PC2", "", ""), at("10.0.0.3", guidA, "", "PC3", "", "")),
			"10.0.0.1> gone refused-unlisted; 10.0.0.2>10.0.0.2 same address, server GUID and name; >10.0.0.3 new refused-unlisted"},
		{"addresses exchanged", whole.with(at("10.0.0.1", guidA, "", "A", "", ""), at("10.0.0.2", guidB, "", "B", "", "")), whole.with(at("10.0.0.1", guidB, "", "B", "", ""), at("10.0.0.2", guidA, "", "A", "", "")),
			"10.0.0.2>10.0.0.1 moved server GUID and name; 10.0.0.1>10.0.0.2 moved server GUID and name"},
		{"one address fewer", whole.with(at("10.0.0.1", guidA, "", "A", "", ""), at("10.0.0.2", guidA, "", "A", "", "")), whole.with(at("10.0.0.1", guidA, "", "A", "", "")),
			"10.0.0.1>10.0.0.1 same address, server GUID and name; 10.0.0.2> changed elsewhere-too"},
		{"one address fewer, which is dark", whole.with(at("10.0.0.1", guidA, "", "A", "", ""), at("10.0.0.2", guidA, "", "A", "", "")),
			whole.with(at("10.0.0.1", guidA, "", "A", "", ""), inState("10.0.0.2", inventory.StateFiltered)), "10.0.0.1>10.0.0.1 same address, server GUID and name; 10.0.0.2> not-reached dark"},
		{"clones by one name, one of which is dark", whole.with(at("10.0.0.3", guidA, "", "CT", "", ""), at("10.0.0.4", guidA, "", "CT", "", "")),
			whole.with(at("10.0.0.3", guidA, "", "CT", "", ""), inState("10.0.0.4", inventory.StateFiltered), at("10.0.0.5", guidA, "", "CT", "", "")),
			"10.0.0.3>10.0.0.3 same address, server GUID and name; 10.0.0.4> not-reached dark; >10.0.0.5 new refused-unlisted"},
		{"clones by one name, one of which may be dark", whole.with(at("10.0.0.3", guidA, "", "CT", "", ""), at("10.0.0.4", guidA, "", "CT", "", "")),
			silence.with(at("10.0.0.3", guidA, "", "CT", "", ""), at("10.0.0.5", guidA, "", "CT", "", "")),
			"10.0.0.3>10.0.0.3 same address, server GUID and name; 10.0.0.4> not-reached perhaps-dark; >10.0.0.5 new refused-unlisted"},
		{"one of two addresses is another, which refused", whole.with(at("10.0.0.3", guidA, "", "A", "", ""), at("10.0.0.4", guidA, "", "A", "", "")),
			whole.with(at("10.0.0.3", guidA, "", "A", "", ""), at("10.0.0.5", guidA, "", "A", "", "")),
			"10.0.0.3>10.0.0.3 same address, server GUID and name; 10.0.0.4>10.0.0.5 moved server GUID and name"},
		{"moved beyond the scope of the old run", narrow.with(at("10.0.9.1", guidA, "", "A", "", "")), whole.with(at("10.9.0.2", guidA, "", "A", "", "")), "10.0.9.1>10.9.0.2 moved server GUID and name"},

		// Not there.
		{"gone", whole.with(named("10.0.0.1", "PC1")), whole, "10.0.0.1> gone refused-unlisted"},
		{"new", whole, whole.with(named("10.0.0.1", "PC1")), ">10.0.0.1 new refused-unlisted"},
		{"refuses now", whole.with(named("10.0.0.1", "PC1")), whole.with(inState("10.0.0.1", inventory.StateClosed)), "10.0.0.1> gone refused"},
		{"dark now", whole.with(named("10.0.0.1", "PC1")), whole.with(inState("10.0.0.1", inventory.StateFiltered)), "10.0.0.1> not-reached dark"},
		{"unreachable now", whole.with(named("10.0.0.1", "PC1")), whole.with(inState("10.0.0.1", inventory.StateUnreachable)), "10.0.0.1> not-reached dark"},
		{"the scan failed there", whole.with(named("10.0.0.1", "PC1")), whole.with(inState("10.0.0.1", inventory.StateUnknown)), "10.0.0.1> not-reached untold"},
		{"behind a firewall now", whole.with(named("10.0.0.1", "PC1")), whole.with(firewalled), "10.0.0.1>10.0.0.1 not-reached address and name dark"},
		{"dark before", whole.with(inState("10.0.0.1", inventory.StateFiltered)), whole.with(named("10.0.0.1", "PC1")), ">10.0.0.1 not-reached-before dark"},
		{"refused before", whole.with(inState("10.0.0.1", inventory.StateClosed)), whole.with(named("10.0.0.1", "PC1")), ">10.0.0.1 new refused"},
		{"never there", whole.with(inState("10.0.0.1", inventory.StateFiltered)), whole.with(inState("10.0.0.1", inventory.StateClosed)), ""},
		{"perhaps dark", whole.with(named("10.0.0.1", "PC1")), silence, "10.0.0.1> not-reached perhaps-dark"},
		{"all that is dark is listed", whole.with(named("10.0.0.1", "PC1")),
			silence.with(inState("10.0.0.7", inventory.StateFiltered), inState("10.0.0.8", inventory.StateFiltered), inState("10.0.0.9", inventory.StateUnreachable)), "10.0.0.1> not-reached refused-perhaps-elsewhere"},
		{"some ran out of time, and some are dark", whole.with(named("10.0.0.1", "PC1")), with(silence, func(r *run) { r.summary.Probed = 9 }).with(
			inState("10.0.0.7", inventory.StateUnknown), inState("10.0.0.8", inventory.StateUnknown), inState("10.0.0.9", inventory.StateUnknown)), "10.0.0.1> not-reached perhaps-dark"},
		{"time ran out, and it is not listed", whole.with(named("10.0.0.1", "PC1")), with(whole, func(r *run) { r.summary.Probed, r.summary.Closed = 9, 8 }), "10.0.0.1> not-reached perhaps-dark"},
		{"time ran out elsewhere", whole.with(named("10.0.0.1", "PC1")), whole.with(inState("10.0.0.7", inventory.StateUnknown)), "10.0.0.1> not-reached refused-perhaps-elsewhere"},
		{"refuses now, and others are dark", whole.with(named("10.0.0.1", "PC1")), silence.with(inState("10.0.0.1", inventory.StateClosed)), "10.0.0.1> not-reached refused-perhaps-elsewhere"},
		{"refuses now, and lines of the list were passed over", whole.with(named("10.0.0.1", "PC1")),
			with(whole, func(r *run) { r.summary.Skipped = 1 }).with(inState("10.0.0.1", inventory.StateClosed)), "10.0.0.1> not-reached refused-perhaps-elsewhere"},
		{"another name, and others are dark", whole.with(named("10.0.0.1", "PC1")), silence.with(named("10.0.0.1", "PC2")), "10.0.0.1> not-reached replaced-perhaps-elsewhere; >10.0.0.1 new replaced"},

		// The port at which it answered.
		{"refuses at the port", whole.with(atPort(445)), whole.with(refuses(445)), "10.0.0.1> gone refused"},
		{"refuses at both ports", whole.with(atPort(139)), whole.with(refuses(445, 139)), "10.0.0.1> gone refused"},
		{"refuses, and was not asked at 139", whole.with(atPort(139)), whole.with(refuses(445)), "10.0.0.1> not-reached port-not-asked"},
		{"refuses at another port", whole.with(atPort(445)), whole.with(refuses(4450, 139)), "10.0.0.1> not-reached port-not-asked"},
		{"refuses at a port that is not known", whole.with(atPort(445)), whole.with(refuses(0)), "10.0.0.1> not-reached port-not-asked"},
		{"refuses a gentle scan", whole.with(atPort(445)), gently.with(refuses(445)), "10.0.0.1> not-reached port-not-asked"},
		{"not listed by a gentle scan", whole.with(atPort(445)), gently, "10.0.0.1> not-reached port-not-asked"},
		{"not listed, and it was at 139", whole.with(atPort(139)), whole, "10.0.0.1> gone refused-unlisted"},
		{"not listed by a scan of another port", whole.with(atPort(445)), whole.with(edited(named("10.0.0.5", "PC5"), func(h *inventory.Host) { h.Port = 4450 })),
			"10.0.0.1> not-reached port-not-asked; >10.0.0.5 not-reached-before port-not-asked"},
		{"interrupted", whole.with(named("10.0.0.1", "PC1")), unfinished, "10.0.0.1> not-reached unfinished"},
		{"not all asked", whole.with(named("10.0.0.1", "PC1")), notAll, "10.0.0.1> not-reached unfinished"},
		{"replaced, and interrupted", whole.with(named("10.0.0.1", "PC1")), unfinished.with(named("10.0.0.1", "PC2")), "10.0.0.1> not-reached replaced-perhaps-elsewhere; >10.0.0.1 new replaced"},
		{"excluded", whole.with(named("10.0.0.1", "PC1")), excluding, "10.0.0.1> not-reached excluded"},
		{"excluded by a list", whole.with(named("10.0.0.1", "PC1")), excludingList, "10.0.0.1> not-reached scope-not-recorded"},
		{"refuses, and a list is excluded", whole.with(named("10.0.0.1", "PC1")), excludingList.with(inState("10.0.0.1", inventory.StateClosed)), "10.0.0.1> not-reached refused-perhaps-out-of-scope"},
		{"out of scope", whole.with(named("10.0.0.1", "PC1"), named("10.0.9.7", "PC7"), named("10.0.9.41", "PC41"), named("10.0.8.6", "PC6")), narrow,
			"10.0.0.1> not-reached out-of-scope; 10.0.8.6> not-reached refused-perhaps-out-of-scope; 10.0.9.7> not-reached refused-perhaps-out-of-scope; 10.0.9.41> not-reached out-of-scope"},
		{"refuses, and the scope is narrower", whole.with(named("10.0.9.7", "PC7")), narrow.with(inState("10.0.9.7", inventory.StateClosed)), "10.0.9.7> not-reached refused-perhaps-out-of-scope"},
		{"replaced, and the scope is narrower", whole.with(named("10.0.9.7", "PC7")), narrow.with(named("10.0.9.7", "PC8")),
			"10.0.9.7> not-reached replaced-perhaps-out-of-scope; >10.0.9.7 new replaced"},
		{"replaced, and more is excluded", whole.with(named("10.0.9.7", "PC7")), excluding.with(named("10.0.9.7", "PC8")),
			"10.0.9.7> not-reached replaced-perhaps-out-of-scope; >10.0.9.7 new replaced"},
		{"the same is excluded", excluding.with(named("10.0.9.7", "PC7")), excluding, "10.0.9.7> gone refused-unlisted"},
		{"the scope is the same in parts", with(whole, func(r *run) { r.header.Scope = []string{"10.0.9.0/24"} }).with(named("10.0.9.7", "PC7")),
			with(whole, func(r *run) { r.header.Scope = []string{"10.0.9.128/25", "10.0.9.0-10.0.9.127"} }), "10.0.9.7> gone refused-unlisted"},
		{"the scope is not known, and it was replaced", byName.with(named("10.0.9.7", "PC7")), whole.with(named("10.0.9.7", "PC8")),
			"10.0.9.7> not-reached replaced-perhaps-out-of-scope; >10.0.9.7 not-reached-before replaced-perhaps-out-of-scope"},

		// One site alone is looked at.
		{"not listed at the site", whole.with(named("10.0.0.1", "PC1")), oneSite, "10.0.0.1> not-reached other-site"},
		{"refuses at the site", whole.with(named("10.0.0.1", "PC1")), oneSite.with(inState("10.0.0.1", inventory.StateClosed)), "10.0.0.1> not-reached other-site"},
		{"replaced at the site", oneSite.with(named("10.0.0.1", "PC1")), oneSite.with(named("10.0.0.1", "PC2")),
			"10.0.0.1> not-reached other-site; >10.0.0.1 not-reached-before other-site"},
		{"dark at the site", whole.with(named("10.0.0.1", "PC1")), oneSite.with(inState("10.0.0.1", inventory.StateFiltered)), "10.0.0.1> not-reached dark"},

		// Less was asked.
		{"replaced in a gentle run", whole.with(named("10.0.0.1", "PC1")), gently.with(named("10.0.0.1", "PC2")), "10.0.0.1> not-reached replaced-less-asked; >10.0.0.1 new replaced"},
		{"replaced in gentle runs", gently.with(named("10.0.0.1", "PC1")), gently.with(named("10.0.0.1", "PC2")),
			"10.0.0.1> not-reached replaced-less-asked; >10.0.0.1 not-reached-before replaced-less-asked"},
		{"replaced, and only negotiated", whole.with(named("10.0.0.1", "PC1")), shallow.with(named("10.0.0.1", "PC2")), "10.0.0.1> not-reached replaced-less-asked; >10.0.0.1 new replaced"},
		{"refuses, and only negotiated", whole.with(named("10.0.0.1", "PC1")), shallow.with(inState("10.0.0.1", inventory.StateClosed)), "10.0.0.1> not-reached refused-less-asked"},
		{"refuses, and both only negotiated", shallow.with(named("10.0.0.1", "PC1")), shallow.with(inState("10.0.0.1", inventory.StateClosed)), "10.0.0.1> gone refused"},
		{"replaced at another port", whole.with(atPort(445)), whole.with(edited(named("10.0.0.1", "PC2"), func(h *inventory.Host) { h.Port = 4450 })),
			"10.0.0.1> not-reached replaced-less-asked; >10.0.0.1 not-reached-before replaced-less-asked"},
		{"scope by a list", whole.with(named("10.0.0.1", "PC1")), byName, "10.0.0.1> not-reached scope-not-recorded"},
		{"other sources", whole.with(named("10.0.0.1", "PC1")), imported, "10.0.0.1> not-reached other-source"},
		{"a client", whole.with(clientOnly), whole, "10.0.0.1> not-reached other-source"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := match(tt.old, tt.new); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if got := match(tt.new, tt.old); !slices.Equal(sorted(got), sorted(mirror(tt.want))) {
				t.Errorf("the other way round\ngot  %s\nwant %s", got, mirror(tt.want))
			}
		})
	}
}

func sorted(s string) []string { return slices.Sorted(slices.Values(strings.Split(s, "; "))) }

// mirror returns what the difference must be the other way round.
func mirror(s string) string {
	swap := map[string]string{"new": "gone", "gone": "new", "not-reached": "not-reached-before", "not-reached-before": "not-reached"}
	var list []string
	for _, one := range strings.Split(s, "; ") {
		words := strings.Fields(one)
		if len(words) > 1 {
			from, to, _ := strings.Cut(words[0], ">")
			words[0] = to + ">" + from
			if other, ok := swap[words[1]]; ok {
				words[1] = other
			}
		}
		list = append(list, strings.Join(words, " "))
	}
	return strings.Join(list, "; ")
}

// TestManyAtOne: hosts without number that share an address, a name or a card take
// no time that grows with the square of their number, and are matched to none by
// that.
func TestManyAtOne(t *testing.T) {
	const many = 20_000
	var old, new []*inventory.Host
	for i := range many {
		o, n := at("10.0.0.1", guidA, cardA, "", "", ""), at(fmt.Sprintf("10.1.%d.%d", i>>8, i&255), guidA, cardA, "SAME", "", "")
		o.Identity = fmt.Sprintf("old%d", i)
		old, new = append(old, o), append(new, n)
	}
	k := NewKeyer()
	for _, p := range Match(whole.with(old...).side(k), whole.with(new...).side(k)) {
		if p.Old != None && p.New != None {
			t.Fatalf("matched %+v", p)
		}
	}
}
