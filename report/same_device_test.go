package report

import (
	"net/netip"
	"testing"
	"time"

	"smbready/assess"
	delta "smbready/assess/diff"
	"smbready/assess/plan"
	"smbready/inventory"
)

// TestSameDevice holds the difference of two runs against the plan: a device that one of
// them takes for the same, the other does too. In a few things the plan is stricter.
func TestSameDevice(t *testing.T) {
	const (
		guidA, guidB = "11a2b3c4d5e6f708192a3b4c5d6e7f80", "6f1c2d3e4a5b6c7d8e9fa0b1c2d3e4f5"
		cardA, cardB = "00:11:32:aa:bb:cc", "00:11:32:dd:ee:ff"
		software     = "02:42:ac:11:00:02"
		anyConnect   = "00:05:9a:3c:7a:00"
	)
	at := func(address, guid, mac, netbios, dns string) *inventory.Host {
		h := &inventory.Host{Address: netip.MustParseAddr(address), State: inventory.StateSMB, Names: inventory.Names{NetBIOS: netbios, MAC: mac, DNS: dns},
			SMB2: &inventory.SMB2{ServerGUID: guid}}
		if dns != "" {
			h.Names.Domain = "corp.example"
		}
		return h
	}
	const here, there = "10.0.0.2", "10.0.0.5"
	for _, c := range []struct {
		name     string
		old, new *inventory.Host
		same     bool
		plan     string // why the plan says that it is not
	}{
		{"card", at(here, "", cardA, "", ""), at(there, "", cardA, "", ""), true, ""},
		{"card, renamed", at(here, "", cardA, "A", ""), at(there, "", cardA, "B", ""), true, ""},
		{"card and name", at(here, "", cardA, "A", ""), at(there, "", cardA, "A", ""), true, ""},
		{"card, another identifier", at(here, guidA, cardA, "", ""), at(there, guidB, cardA, "", ""), false, ""},
		{"card and name, another identifier", at(here, guidA, cardA, "A", ""), at(there, guidB, cardA, "A", ""), true, ""},
		{"another card", at(here, "", cardA, "A", ""), at(there, "", cardB, "A", ""), false, ""},
		{"a card that software chose", at(here, "", software, "A", ""), at(there, "", software, "A", ""), false, ""},
		{"the card of many", at(here, "", anyConnect, "A", ""), at(there, "", anyConnect, "A", ""), false, ""},
		{"name", at(here, "", "", "A", ""), at(there, "", "", "A", ""), false, ""},
		{"identifier", at(here, guidA, "", "", ""), at(there, guidA, "", "", ""), true, ""},
		{"identifier and name", at(here, guidA, "", "A", ""), at(there, guidA, "", "A", ""), true, ""},
		{"identifier, another name", at(here, guidA, "", "A", ""), at(there, guidA, "", "B", ""), false, ""},
		{"identifier and name, another card", at(here, guidA, cardA, "A", ""), at(there, guidA, cardB, "A", ""), false, ""},
		{"full name", at(here, "", "", "FS", "fs.corp.example"), at(there, "", "", "FS", "fs.corp.example"), true, ""},
		{"full name, another identifier", at(here, guidA, "", "FS", "fs.corp.example"), at(there, guidB, "", "FS", "fs.corp.example"), false, ""},
		{"full name, another card", at(here, "", cardA, "FS", "fs.corp.example"), at(there, "", cardB, "FS", "fs.corp.example"), true,
			"a match would excuse a blocker: it is another machine with the name of the first"},
		{"nothing", at(here, "", "", "", ""), at(there, "", "", "", ""), false, ""},

		{"its address, and card", at(here, "", cardA, "", ""), at(here, "", cardA, "", ""), true, ""},
		{"its address, card, renamed", at(here, "", cardA, "A", ""), at(here, "", cardA, "B", ""), true, ""},
		{"its address, and name", at(here, "", "", "A", ""), at(here, "", "", "A", ""), true, ""},
		{"its address, another name", at(here, "", "", "A", ""), at(here, "", "", "B", ""), false, ""},
		{"its address, another card", at(here, "", cardA, "A", ""), at(here, "", cardB, "A", ""), false, ""},
		{"its address, another identifier", at(here, guidA, "", "A", ""), at(here, guidB, "", "A", ""), false, ""},
		{"its address, another name, a card that software chose", at(here, "", software, "A", ""), at(here, "", software, "B", ""), false, ""},
		{"its address, and a card that software chose", at(here, "", software, "", ""), at(here, "", software, "", ""), true, ""},
		{"its address, and nothing", at(here, "", "", "", ""), at(here, "", "", "", ""), true, ""},
		{"its address, and a name now", at(here, "", "", "", ""), at(here, "", "", "A", ""), true, "a match would excuse a blocker: what has a name may be another"},
	} {
		if got := sameByDiff(c.old, c.new); got != c.same {
			t.Errorf("%s: the difference says %v", c.name, got)
		}
		if got := sameByPlan(t, c.old, c.new); got != (c.same && c.plan == "") {
			t.Errorf("%s: the plan says %v", c.name, got)
		}
	}
}

var sameScope = []string{"10.0.0.0/24"}

func sameByDiff(old, new *inventory.Host) bool {
	k := delta.NewKeyer()
	side := func(h *inventory.Host) *delta.Side {
		return delta.NewSide([]delta.Key{k.Key(h, 0)}, &inventory.Run{Scope: sameScope}, &inventory.Summary{}, false)
	}
	for _, p := range delta.Match(side(old), side(new)) {
		if p.Old != delta.None && p.New != delta.None {
			return true
		}
	}
	return false
}

// sameByPlan reports whether nothing of an old run was not seen again. What a server does
// as a client is not known of either, so that it would be.
func sameByPlan(t *testing.T, old, new *inventory.Host) bool {
	t.Helper()
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	of := func(h *inventory.Host, days int) *plan.Plan {
		var judge assess.Judge
		b := plan.NewBuilder(plan.Options{Now: now})
		if err := b.Begin(plan.Source{ID: "run", Site: "HQ", Scope: sameScope, Started: now.AddDate(0, 0, -days)}); err != nil {
			t.Fatal(err)
		}
		a := judge.Assess(h)
		if err := b.Add(h, &a); err != nil {
			t.Fatal(err)
		}
		return b.Plan()
	}
	p := of(new, 1)
	p.Recall(plan.NewMemory(of(old, 8)))
	for i := range p.Policies {
		if len(p.Policies[i].Changes.NotSeen) > 0 {
			return false
		}
	}
	return true
}
