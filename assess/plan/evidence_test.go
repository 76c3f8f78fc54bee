package plan

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// TestSettled: what was found against a device stays until surely the same device was
// seen again, and the same path was judged on at least as much.
func TestSettled(t *testing.T) {
	const a, mac, dock = "10.0.0.1", "00:11:32:00:00:01", "00:05:9a:3c:7a:00"
	nas := host{at: a, name: "NAS", account: "breaks", client: "works"}
	named := host{at: a, name: "NAS", mac: mac, account: "breaks", client: "works"}
	closed := inventory.StateClosed
	week := func(h ...host) []host { return h }
	for _, c := range []struct {
		name   string
		policy assess.Policy
		weeks  [][]host
		want   string // not seen again; not settled
	}{
		{"another by a borrowed card", assess.ClientAlways, [][]host{
			week(host{at: a, name: "LAPTOP-A", mac: dock, guid: randomGUID, account: "breaks", client: "works"}),
			week(host{at: "10.0.0.2", name: "LAPTOP-B", mac: dock, guid: otherGUID, account: "works", client: "works"})}, a + " blocked week0; "},
		{"another by a card that software made", assess.ClientAlways, [][]host{
			week(host{at: a, name: "A", mac: "0a:00:27:00:00:0b", account: "breaks", client: "works"}),
			week(host{at: "10.0.0.2", name: "B", mac: "0a:00:27:00:00:0b", account: "works", client: "works"})}, a + " blocked week0; "},
		{"its card, where name and identifier are others", assess.ClientAlways, [][]host{
			week(host{at: a, name: "A", mac: mac, guid: randomGUID, account: "breaks", client: "works"}),
			week(host{at: "10.0.0.2", name: "B", mac: mac, guid: otherGUID, account: "works", client: "works"})}, a + " blocked week0; "},
		{"met as a client between", assess.ClientAlways, [][]host{week(named),
			week(host{at: a, mac: mac, seenBy: listener, state: notAsked, client: "works"}), week()}, a + " blocked week0; "},
		{"met as a client today", assess.ClientAlways, [][]host{week(named),
			week(host{at: a, mac: mac, seenBy: listener, state: notAsked, client: "works"})}, "; " + a + " blocked week0"},
		{"a bare refusal at its address", assess.ClientAlways, [][]host{week(nas),
			week(host{at: a, state: closed, account: "not-applicable", client: "works"})}, a + " blocked week0; "},
		{"a refusal under its name", assess.ClientAlways, [][]host{week(nas),
			week(host{at: a, name: "NAS", state: closed, account: "not-applicable", client: "works"})}, "; " + a + " blocked week0"},
		{"it refuses, by its card", assess.ClientAlways, [][]host{week(named),
			week(host{at: a, name: "NAS", mac: mac, state: closed, account: "not-applicable", client: "works"})}, "; "},
		{"it refused, by its card, and is dark", assess.ClientAlways, [][]host{week(named),
			week(host{at: a, name: "NAS", mac: mac, state: closed, account: "not-applicable", client: "works"}), week()}, a + " blocked week0; "},
		{"it failed as a client, and was only scanned since", assess.ServerAlways, [][]host{
			week(host{at: a, name: "COPIER", account: "works", client: "breaks proven", seenBy: listener}),
			week(host{at: a, name: "COPIER", account: "works", client: "works likely"})}, "; " + a + " blocked week0"},
		{"it failed as a client, and was unknown between", assess.ServerAlways, [][]host{
			week(host{at: a, name: "COPIER", account: "works", client: "breaks proven", seenBy: listener}),
			week(host{at: a, name: "COPIER", account: "works"}),
			week(host{at: a, name: "COPIER", account: "works", client: "works likely"})}, "; " + a + " blocked week0"},
		{"it failed as a client, and was heard again", assess.ServerAlways, [][]host{
			week(host{at: a, name: "COPIER", account: "works", client: "breaks proven", seenBy: listener}),
			week(host{at: a, name: "COPIER", account: "works", client: "works proven", seenBy: listener})}, "; "},
		{"PowerShell told of it, and it was heard elsewhere", assess.ServerAlways, [][]host{
			week(host{at: a, name: "COPIER", account: "works", client: "breaks proven", seenBy: []inventory.Source{inventory.SourcePowerShell}}),
			week(host{at: a, name: "COPIER", account: "works", client: "works proven", seenBy: []inventory.Source{inventory.SourceCanary, inventory.SourceCapture, inventory.SourceEvents}})},
			"; " + a + " blocked week0"},
		{"a capture told of it, and it was heard elsewhere", assess.ServerAlways, [][]host{
			week(host{at: a, name: "COPIER", account: "works", client: "breaks proven", seenBy: []inventory.Source{inventory.SourceCapture}}),
			week(host{at: a, name: "COPIER", account: "works", client: "works proven", seenBy: []inventory.Source{inventory.SourceCanary, inventory.SourcePowerShell, inventory.SourceEvents}})},
			"; " + a + " blocked week0"},
		{"events told of it, and it was heard elsewhere", assess.ServerAlways, [][]host{
			week(host{at: a, name: "COPIER", account: "works", client: "breaks proven", seenBy: []inventory.Source{inventory.SourceEvents}}),
			week(host{at: a, name: "COPIER", account: "works", client: "works proven", seenBy: []inventory.Source{inventory.SourceCanary, inventory.SourcePowerShell, inventory.SourceCapture}})},
			"; " + a + " blocked week0"},
		{"the listener heard it, and others told of it", assess.ServerAlways, [][]host{
			week(host{at: a, name: "COPIER", account: "works", client: "breaks proven", seenBy: listener}),
			week(host{at: a, name: "COPIER", account: "works", client: "works proven", seenBy: []inventory.Source{inventory.SourceEvents, inventory.SourcePowerShell, inventory.SourceCapture}})},
			"; " + a + " blocked week0"},
		{"known by name alone, and put right", assess.ServerAlways, [][]host{
			week(host{name: "COPIER", state: notAsked, client: "breaks", seenBy: listener}),
			week(host{name: "COPIER", state: notAsked, client: "works", seenBy: listener})}, "; "},
		{"it fails already, and is dark", assess.ClientAlways, [][]host{
			week(host{at: a, name: "NAS", account: "already-broken", client: "works"}), week()}, a + " already-broken week0; "},
		{"put right", assess.ClientAlways, [][]host{week(nas), week(host{at: a, name: "nas", account: "works", client: "works"})}, "; "},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := &weekly(t, Options{}, c.weeks...).of(c.policy).Sites[0]
			got := strings.ReplaceAll(missingWords(site.Missing)+"; "+missingWords(site.Unsettled), "invalid IP", "")
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if (site.Decision == Go) != (c.want == "; ") {
				t.Errorf("%s: %q", site.Decision, site.Reasons)
			}
			refuses := slices.ContainsFunc(site.Conditions, func(s string) bool { return strings.Contains(s, "1 device refuses SMB now") })
			if refuses != (c.name == "it refuses, by its card") {
				t.Errorf("to heed: %q", site.Conditions)
			}
		})
	}
}

// oneRun makes the plan of one run of a site, so many days ago.
func oneRun(t *testing.T, s Source, days int, hosts ...*inventory.Host) *Plan {
	t.Helper()
	return oneRunOf(t, s, whole[0].Targets, days, hosts...)
}

func oneRunOf(t *testing.T, s Source, scope []string, days int, hosts ...*inventory.Host) *Plan {
	t.Helper()
	var judge assess.Judge
	s.Started, s.Scope = today.Add(-time.Duration(days)*oneDay), scope
	b := NewBuilder(Options{Now: today, Judge: judge.Assess, Known: []inventory.Site{{Name: "HQ", Targets: whole[0].Targets}}})
	if err := b.Begin(s); err != nil {
		t.Fatal(err)
	}
	for _, h := range hosts {
		a := judge.Assess(h)
		if err := b.Add(h, &a); err != nil {
			t.Fatal(err)
		}
	}
	return b.Plan()
}

// caller is a device that came to the listener as a client that was told to sign.
func caller(program string, last time.Time, signs bool) *inventory.Host {
	mode := uint16(1)
	c := inventory.Contact{Source: inventory.SourceCanary, Origin: "10.0.0.9:445", First: last, Last: last, Dialect: "3.0", Demanded: inventory.SigningRequired,
		Offer: &inventory.Offer{SMB2Dialects: []string{"2.0.2", "2.1", "3.0"}, SecurityMode: &mode},
		Logon: &inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Granted: true, User: "scan", Workstation: program, KnownKey: true},
		Stage: inventory.StageData, Requests: inventory.Signatures{Unsigned: 4}}
	if signs {
		c.Requests, c.Answers, c.Signature, c.Data = inventory.Signatures{Signed: 8}, inventory.Signatures{Signed: 8}, inventory.CheckRight, true
	}
	return &inventory.Host{Address: netip.MustParseAddr("10.0.0.5"), Names: inventory.Names{NetBIOS: "COPIER"},
		Client: &inventory.Client{Sources: []inventory.Source{inventory.SourceCanary}, Contacts: []inventory.Contact{c}}}
}

// TestContactNotMetAgain: a contact that was bad is not put right by another program
// that signs, but by a later trial of the same.
func TestContactNotMetAgain(t *testing.T) {
	at := func(days int) time.Time { return today.Add(-time.Duration(days) * oneDay) }
	for _, c := range []struct {
		name             string
		now              *inventory.Host
		missing, settled string
		ceased, unknown  string
	}{
		{"another program", caller("OTHER", at(0), true), "", "10.0.0.5 blocked old", "", "10.0.0.5 blocked ready"},
		{"the same, tried again", caller("COPIER7", at(0), true), "", "", "10.0.0.5 blocked ready", ""},
		{"nothing met", nil, "10.0.0.5 blocked old", "", "", ""},
	} {
		var hosts []*inventory.Host
		if c.now != nil {
			hosts = append(hosts, c.now)
		}
		old := oneRun(t, Source{ID: "old", Site: "HQ"}, 7, caller("COPIER7", at(7), false))
		p := oneRun(t, Source{ID: "now", Site: "HQ"}, 0, hosts...)
		compare(p, old)
		policy := p.of(assess.ServerAlways)
		site := &policy.Sites[0]
		if got := missingWords(site.Missing); got != c.missing {
			t.Errorf("%s: not seen again %q, want %q", c.name, got, c.missing)
		}
		if got := missingWords(site.Unsettled); got != c.settled {
			t.Errorf("%s: not settled %q, want %q", c.name, got, c.settled)
		}
		if got := changeWords(policy.Changes.Ceased); got != c.ceased {
			t.Errorf("%s: no longer blockers %q, want %q", c.name, got, c.ceased)
		}
		if got := changeWords(policy.Changes.Unknown); got != c.unknown {
			t.Errorf("%s: no longer known %q, want %q", c.name, got, c.unknown)
		}
	}
}

// server is an SMB2 server that requires signing, of which so much was asked.
func server(address string, smb1, guests bool) *inventory.Host {
	h := &inventory.Host{Address: netip.MustParseAddr(address), State: inventory.StateSMB, Names: inventory.Names{NetBIOS: "NAS", MAC: "00:11:32:00:00:01"}}
	if smb1 {
		h.SMB1 = &inventory.SMB1{Dialect: "NT LM 0.12", Signing: inventory.SigningDisabled}
		return h
	}
	h.SMB2 = &inventory.SMB2{Dialects: []string{"3.1.1"}, Signing: inventory.SigningRequired}
	if guests {
		h.Guest = inventory.GuestGranted
	}
	return h
}

// TestDepth: what came of a deeper scan is not settled by one that asks less.
func TestDepth(t *testing.T) {
	var judge assess.Judge
	sight := func(h *inventory.Host) *member { a := judge.Assess(h); return newMember(h, &a) }
	logon, guest := server("10.0.0.1", false, false), sight(server("10.0.0.1", false, true))
	logon.NTLM, guest.guestAsked = new(inventory.NTLM), true
	beside := server("10.0.0.1", false, false)
	beside.SMB1 = new(inventory.SMB1)
	shallow, smb1 := sight(server("10.0.0.1", false, false)), sight(server("10.0.0.1", true, false))
	asked := server("10.0.0.1", false, false)
	asked.Observations = []inventory.Observation{{Step: inventory.StepSMB2SessionSetup}, {Step: inventory.StepSMB1Negotiate}}
	for name, c := range map[string]struct {
		was, now *member
		path     Path
		want     bool
	}{
		"a logon, and none was begun":      {sight(logon), shallow, WithAccount, false},
		"a logon, and it was tried":        {sight(logon), sight(asked), WithAccount, true},
		"SMB1 beside SMB2, and not asked":  {sight(beside), shallow, WithAccount, false},
		"SMB1 beside SMB2, and asked":      {sight(beside), sight(asked), WithAccount, true},
		"SMB1 alone, and now SMB2":         {smb1, shallow, WithAccount, true},
		"a guest check, and none was made": {guest, shallow, AsGuest, false},
		"a guest check, and again":         {guest, guest, AsGuest, true},
	} {
		if got := c.now.settles(c.was, c.path, judge.Assess); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestReplacedForSure: that another device is at an address tells that the one before was
// replaced only where all of the site answered.
func TestReplacedForSure(t *testing.T) {
	was, other := server("10.0.0.1", true, false), server("10.0.0.1", false, false)
	other.Names = inventory.Names{NetBIOS: "NAS", MAC: "00:11:32:00:00:02"}
	for _, c := range []struct {
		name     string
		run      Source
		scope    []string
		replaced bool
	}{
		{"all answered", Source{}, whole[0].Targets, true},
		{"some gave no answer", Source{Unanswered: 1}, whole[0].Targets, false},
		{"a part was asked", Source{}, []string{"10.0.0.0/24"}, false},
		{"not all of it was asked", Source{Unasked: 1}, whole[0].Targets, false},
		{"it was cut off", Source{Interrupted: true}, whole[0].Targets, false},
		{"it was imported", Source{Imported: true, Seen: today}, whole[0].Targets, false},
	} {
		m := NewMemory(nil)
		m.Take(oneRun(t, Source{ID: "old", Site: "HQ"}, 7, was))
		c.run.ID, c.run.Site = "now", "HQ"
		p := oneRunOf(t, c.run, c.scope, 0, other)
		p.Recall(m)
		site := &p.of(assess.ClientAlways).Sites[0]
		if got := len(site.Replaced) == 1 && site.Replaced[0].ByRun == "now"; got != c.replaced || len(site.Missing) == len(site.Replaced) {
			t.Errorf("%s: replaced %+v, not seen again %+v", c.name, site.Replaced, site.Missing)
		}
	}
}

// fineServer is one of which enough is known to tell that it goes on working.
func fineServer(address string) *inventory.Host {
	h, mode := server(address, false, false), uint16(3)
	h.Port, h.SMB2 = 445, &inventory.SMB2{Port: 445, Dialects: []string{"3.1.1"}, Offered: true, FullOffer: true, Signing: inventory.SigningRequired, SecurityMode: &mode, PreauthIntegrity: "SHA-512",
		SigningAlgorithm: "AES-CMAC", MaxTransact: 8 << 20, MaxRead: 8 << 20, MaxWrite: 8 << 20, Mechanisms: []string{"NTLMSSP"}}
	h.NTLM, h.Guest = &inventory.NTLM{Version: "6.1.0", Revision: 15, TargetInfo: true}, inventory.GuestDenied
	return h
}

// TestNewerRun: what a newer run found that is not that of the plan counts, and what it
// found to be fine settles nothing but what it saw.
func TestNewerRun(t *testing.T) {
	blocked, fine := server("10.0.0.1", true, false), fineServer("10.0.0.1")
	beside := server("10.0.0.2", true, false)
	beside.Names = inventory.Names{NetBIOS: "BESIDE", MAC: "00:11:32:00:00:02"}
	for _, c := range []struct {
		name               string
		before, now, newer []*inventory.Host
		missing, unsettled string
	}{
		{"it broke since", nil, list(fine), list(blocked), "", "10.0.0.1 blocked newer"},
		{"it was not there", nil, list(fine), list(beside), "", "10.0.0.2 blocked newer"},
		{"it is a blocker anyway", nil, list(blocked), list(blocked), "", ""},
		{"it was put right since it was dark", list(blocked), nil, list(fine), "", ""},
		{"it is dark in both", list(blocked), nil, list(beside), "10.0.0.1 blocked before", "10.0.0.2 blocked newer"},
	} {
		p := oneRun(t, Source{ID: "now", Site: "HQ"}, 5, c.now...)
		m := NewMemory(nil)
		m.Await(p)
		m.Take(oneRun(t, Source{ID: "before", Site: "HQ"}, 9, c.before...))
		m.Take(oneRun(t, Source{ID: "newer", Site: "HQ"}, 1, c.newer...))
		p.Recall(m)
		site := &p.of(assess.ClientAlways).Sites[0]
		if got := missingWords(site.Missing); got != c.missing {
			t.Errorf("%s: not seen again %q, want %q", c.name, got, c.missing)
		}
		if got := missingWords(site.Unsettled); got != c.unsettled {
			t.Errorf("%s: not settled %q, want %q", c.name, got, c.unsettled)
		}
		if text := strings.Join(site.Reasons, " "); strings.Contains(text, "seen in a newer run") != (c.unsettled != "") {
			t.Errorf("%s: %s", c.name, text)
		}
	}
}

func list(h ...*inventory.Host) []*inventory.Host { return h }

// TestSeenAtOtherSiteBefore: a run of another site settles nothing that was found later.
func TestSeenAtOtherSiteBefore(t *testing.T) {
	for days, want := range map[int]string{40: "10.0.0.1 blocked old", 1: ""} {
		m := NewMemory(nil)
		m.Take(oneRun(t, Source{ID: "old", Site: "HQ"}, 7, server("10.0.0.1", true, false)))
		var judge assess.Judge
		b := NewBuilder(Options{Now: today, Judge: judge.Assess})
		for _, s := range []Source{{ID: "now", Site: "HQ", Started: today}, {ID: "lab", Site: "Lab", Started: today.Add(-time.Duration(days) * oneDay)}} {
			if err := b.Begin(s); err != nil {
				t.Fatal(err)
			}
		}
		h := fineServer("10.1.0.1")
		a := judge.Assess(h)
		if err := b.Add(h, &a); err != nil {
			t.Fatal(err)
		}
		p := b.Plan()
		p.Recall(m)
		if got := missingWords(p.of(assess.ClientAlways).Sites[0].Missing); got != want {
			t.Errorf("%d days: %q, want %q", days, got, want)
		}
	}
}

// TestWithin takes of a run of no site what lies in the targets of one, whatever it names.
func TestWithin(t *testing.T) {
	var judge assess.Judge
	b := NewBuilder(Options{Now: today})
	if err := b.BeginWithin(Source{ID: "adhoc", Started: today}, "HQ", []string{"10.0.0.0/24", "nas.example"}, nil); err != nil {
		t.Fatal(err)
	}
	inside, outside, named, other := server("10.0.0.1", true, false), server("10.1.0.1", true, false), server("10.2.0.1", true, false), server("10.0.0.7", true, false)
	named.Target, other.Site = "nas.example", "Lab"
	for _, h := range list(inside, outside, named, other) {
		h.Names = inventory.Names{}
		a := judge.Assess(h)
		if err := b.Add(h, &a); err != nil {
			t.Fatal(err)
		}
	}
	p := b.Plan()
	if sites := p.told(); len(sites) != 1 || sites[0].Site != "HQ" || len(p.devices["HQ"]) != 3 {
		t.Errorf("%d sites, %d devices", len(sites), len(p.devices["HQ"]))
	}
}

// TestExceptionOfDark: an exception holds to a device that was not seen again only where
// it holds to none of today, and is surely of that device.
func TestExceptionOfDark(t *testing.T) {
	const a = "10.0.0.1"
	was := host{at: a, name: "A", account: "breaks", client: "works"}
	carded := host{at: a, name: "A", mac: cardA, account: "breaks", client: "works"}
	now := func(name, account string) host { return host{at: a, name: name, account: account, client: "works"} }
	for _, c := range []struct {
		name string
		e    inventory.Exception
		was  host
		now  []host
		use  Use
		dark bool
	}{
		{"nothing is there", exception(a, "client-always"), was, nil, InForce, true},
		{"another that needs it is there", exception(a, "client-always"), was, []host{now("B", "breaks")}, InForce, false},
		{"another that does not need it is there", exception(a, "client-always"), was, []host{now("B", "works")}, NotNeeded, false},
		{"bound to it, and another is there", seen(exception(a, "client-always"), was), was, []host{now("B", "works")}, OtherDevice, true},
		{"by name, and another of that name is elsewhere", seen(exception("A", "client-always"), was), was,
			[]host{{at: "10.0.0.99", name: "A", account: "works", client: "works"}}, OtherDevice, true},
		{"by name alone", exception("A", "client-always"), was, nil, NoDevice, false},
		{"by name, at another address", seen(exception("A", "client-always"), host{at: "10.0.0.7", name: "A"}), was, nil, NoDevice, false},
		{"by name, with its card", seen(exception("A", "client-always"), host{at: "10.0.0.7", name: "A", mac: cardA}), carded, nil, InForce, true},
		{"by its card", exception(cardA, "client-always"), carded, nil, InForce, true},
	} {
		p := weekly(t, Options{Exceptions: []inventory.Exception{c.e}}, []host{c.was}, c.now)
		site, e := &p.of(assess.ClientAlways).Sites[0], p.Exceptions[0]
		if len(site.Missing) != 1 || (site.Missing[0].Exception != nil) != c.dark || e.Use != c.use || e.Dark != c.dark {
			t.Errorf("%s: %s, dark %v; %s", c.name, e.Use, e.Dark, missingWords(site.Missing))
		}
		if (site.Decision == Go) != c.dark {
			t.Errorf("%s: %s, %q", c.name, site.Decision, site.Reasons)
		}
	}
}

// TestAwayCounts: what was not ready when it was judged last counts among what is open
// at a site, and is named where a pilot is chosen.
func TestAwayCounts(t *testing.T) {
	p := weekly(t, Options{}, []host{{at: "10.0.0.1", name: "NAS", account: "breaks", client: "works"}}, nil)
	policy := p.of(assess.ClientAlways)
	if n := policy.Sites[0].open(); n != 1 {
		t.Errorf("%d open", n)
	}
	if words := strings.Join(policy.Waves[0].Conditions, " "); !strings.Contains(words, "none of the 1 that were not ready when last judged") {
		t.Error(words)
	}
}

// TestContactsOfManyRuns: a device that fails in each run, and each time something else
// of it, is remembered with all of that, once each, and not without bound.
func TestContactsOfManyRuns(t *testing.T) {
	at := func(days int) time.Time { return today.Add(-time.Duration(days) * oneDay) }
	m := NewMemory(nil)
	for days := 50; days > 1; days-- {
		program := []string{"COPIER7", "OTHER"}[days%2]
		m.Take(oneRun(t, Source{ID: "old", Site: "HQ"}, days, caller(program, at(days), false)))
	}
	sights := m.sites["HQ"].list[0].sights
	last := sights[len(sights)-1]
	if last.path != AsClient || len(sights) > 2 || len(last.was.met.Client.Contacts) != 2 {
		t.Fatalf("%d sights, the last with %d contacts", len(sights), len(last.was.met.Client.Contacts))
	}
	p := oneRun(t, Source{ID: "now", Site: "HQ"}, 0, caller("OTHER", at(0), true))
	p.Recall(m)
	if site := &p.of(assess.ServerAlways).Sites[0]; site.Decision == Go || len(site.Unsettled) != 1 {
		t.Errorf("%s: %+v", site.Decision, site.Unsettled)
	}
	// It fails in each run, with another number of requests: that is one contact, and is put right.
	m = NewMemory(nil)
	for days := 50; days > 1; days-- {
		for i, id := range []string{"old", "more"} {
			h := caller("COPIER7", at(days), false)
			h.Client.Contacts[0].Requests.Unsigned += 2*days + i
			m.Take(oneRun(t, Source{ID: id, Site: "HQ"}, days, h))
		}
	}
	p = oneRun(t, Source{ID: "now", Site: "HQ"}, 0, caller("COPIER7", at(0), true))
	p.Recall(m)
	if site := &p.of(assess.ServerAlways).Sites[0]; site.Decision != Go {
		t.Errorf("%s: %q, %s", site.Decision, site.Reasons, missingWords(site.Unsettled))
	}
}

// TestIsSince: what an import tells of may be older than what was found; its contacts as a
// client say themselves which were the last, and those that it served settle nothing by that.
func TestIsSince(t *testing.T) {
	old := &Source{Imported: true, Seen: today.Add(-9 * oneDay)}
	met := &member{met: &inventory.Host{Client: &inventory.Client{Contacts: []inventory.Contact{{}}}, Served: []inventory.Contact{{}}}}
	for path, want := range map[Path]bool{WithAccount: false, AsGuest: false, AsClient: true} {
		g := &sight{pathFinding: pathFinding{path: path}, was: met, seen: today.Add(-oneDay)}
		if got := old.isSince(new(member), g); got != want {
			t.Errorf("path %v: %v", path, got)
		}
		if g.was = new(member); old.isSince(new(member), g) {
			t.Errorf("path %v: what was not met was seen before", path)
		}
		if g.seen = today.Add(-10 * oneDay); !old.isSince(new(member), g) {
			t.Errorf("path %v: it was seen since", path)
		}
	}
}
