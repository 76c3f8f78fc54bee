package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

func day(text string) time.Time {
	d, err := inventory.ParseDay(text)
	if err != nil {
		panic(err)
	}
	return d
}

func exception(device, policy string) inventory.Exception {
	e := inventory.Exception{Device: device, Policy: policy, By: "J. Doe", Why: "a reason", Until: day("2026-12-31")}
	e.Identify()
	return e
}

// TestExceptions shows to which device an exception holds, and that it makes
// nothing ready.
func TestExceptions(t *testing.T) {
	const ca = "client-always"
	with := func(change func(*inventory.Exception)) inventory.Exception {
		e := exception("10.0.0.1", ca)
		change(&e)
		return e
	}
	copier := host{at: "10.0.0.1", name: "COPIER7", mac: "00:11:32:AA:BB:CC", site: "HQ", account: "breaks smb1-signing-off", client: "works"}
	dns := copier
	dns.name = "copier7.plant.example"
	for _, c := range []struct {
		name  string
		host  host
		e     inventory.Exception
		use   Use
		count Readiness // of client-always
	}{
		{"by address", copier, exception("10.0.0.1", ca), InForce, Readiness{Devices: 1, Accepted: 1}},
		{"by mapped address", copier, exception("::ffff:10.0.0.1", ca), InForce, Readiness{Devices: 1, Accepted: 1}},
		{"by NetBIOS name", copier, exception("copier7", ca), InForce, Readiness{Devices: 1, Accepted: 1}},
		{"by DNS name", dns, exception("Copier7.plant.example.", ca), InForce, Readiness{Devices: 1, Accepted: 1}},
		{"by short name", dns, exception("copier7", ca), InForce, Readiness{Devices: 1, Accepted: 1}},
		{"by card", copier, exception("00-11-32-aa-bb-cc", ca), InForce, Readiness{Devices: 1, Accepted: 1}},
		{"part of a name", copier, exception("copier", ca), NoDevice, Readiness{Devices: 1, Blocked: 1}},
		{"another domain", dns, exception("copier7.other.example", ca), NoDevice, Readiness{Devices: 1, Blocked: 1}},
		{"another address", copier, exception("10.0.0.2", ca), NoDevice, Readiness{Devices: 1, Blocked: 1}},
		{"its site", copier, with(func(e *inventory.Exception) { e.Site = "HQ" }), InForce, Readiness{Devices: 1, Accepted: 1}},
		{"another site", copier, with(func(e *inventory.Exception) { e.Site = "Lab" }), NoDevice, Readiness{Devices: 1, Blocked: 1}},
		{"another policy", copier, exception("10.0.0.1", "server-always"), NotNeeded, Readiness{Devices: 1, Blocked: 1}},
		{"expired", copier, with(func(e *inventory.Exception) { e.Until = day("2026-11-22") }), Lapsed, Readiness{Devices: 1, Blocked: 1}},
		{"its last day", copier, with(func(e *inventory.Exception) { e.Until = day("2026-11-23") }), InForce, Readiness{Devices: 1, Accepted: 1}},
		{"without an end", copier, with(func(e *inventory.Exception) { e.Until = time.Time{} }), Lapsed, Readiness{Devices: 1, Blocked: 1}},
		{"not yet accepted", copier, with(func(e *inventory.Exception) { e.Accepted = day("2026-11-25") }), NotYet, Readiness{Devices: 1, Blocked: 1}},
		{"ready without it", host{at: "10.0.0.1", account: "works"}, exception("10.0.0.1", ca), NotNeeded, Readiness{Devices: 1, Ready: 1}},
		{"an unknown is accepted, not ready", host{at: "10.0.0.1"}, exception("10.0.0.1", ca), InForce, Readiness{Devices: 1, Accepted: 1}},
		{"for guests", host{at: "10.0.0.1", account: "works", guest: "breaks"}, exception("10.0.0.1", ca), InForce, Readiness{Devices: 1, Accepted: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := made(t, Options{Exceptions: []inventory.Exception{c.e}}, []host{c.host})
			if got := p.Exceptions[0].Use; got != c.use {
				t.Errorf("use %s, want %s", got, c.use)
			}
			policy := p.of(assess.ClientAlways)
			if policy.Total != c.count {
				t.Errorf("%+v, want %+v", policy.Total, c.count)
			}
			site := policy.Sites[0]
			if n := len(site.Accepted); (n > 0) != (c.count.Accepted > 0) || n > 0 && (site.Accepted[0].Exception == nil || site.Accepted[0].Finding.Verdict.Fine()) {
				t.Errorf("accepted: %+v", site.Accepted)
			}
			if expired := expiredIn(site.Blockers); (expired > 0) != (c.use == Lapsed) {
				t.Errorf("%d blockers are said to have an expired exception", expired)
			}
		})
	}
}

// TestAmbiguousException is used for none of the devices that it names.
func TestAmbiguousException(t *testing.T) {
	hosts := []host{{at: "10.0.0.1", name: "DISKSTATION", account: "breaks"}, {at: "10.0.0.2", name: "DISKSTATION", account: "breaks"}}
	p := made(t, Options{Exceptions: []inventory.Exception{exception("diskstation", "client-always")}}, hosts)
	if e := p.Exceptions[0]; e.Use != Ambiguous || len(e.Devices) != 2 || p.of(assess.ClientAlways).Total.Blocked != 2 {
		t.Errorf("%s of %d devices, %+v", e.Use, len(e.Devices), p.of(assess.ClientAlways).Total)
	}
}

// TestOnlyPassedOver: a site of which every run was passed over is there, as one of
// which nothing was seen.
func TestOnlyPassedOver(t *testing.T) {
	o := Options{PassedOver: []PassedOver{{Site: "Mill", Run: "m", Why: "is dated in the future"}}}
	p := made(t, o, []host{{at: "10.0.0.1", site: "HQ", account: "works"}})
	mill := p.of(assess.ClientAlways).Sites[1]
	if mill.Site != "Mill" || mill.Decision != NoGo || !strings.Contains(strings.Join(mill.Conditions, " "), "A newer run, m, was passed over: it is dated in the future.") {
		t.Errorf("%s: %s %q %q", mill.Site, mill.Decision, mill.Reasons, mill.Conditions)
	}
}

// TestNewerRuns: a run that was passed over is told of, and one that may tell more of
// the site speaks against going ahead, also where nothing else was seen of it.
func TestNewerRuns(t *testing.T) {
	o := Options{Sites: []inventory.Site{{Name: "HQ"}, {Name: "Lab"}}, PassedOver: []PassedOver{
		{Site: "HQ", Run: "b", Why: "did not reach its end"}, {Site: "HQ", Run: "c", Why: "covers this site with others", Against: true},
		{Site: "Lab", Run: "c", Why: "covers this site with others", Against: true}}}
	p := made(t, o, []host{{at: "10.0.0.1", site: "HQ", account: "works"}})
	for i, site := range p.of(assess.ClientAlways).Sites {
		if site.Decision != NoGo || site.Reasons[0] != "A newer run, c, covers this site with others: scan the site again, or delete that run (smbready runs delete c)." {
			t.Errorf("%s: %s %q", site.Site, site.Decision, site.Reasons)
		}
		if heeded := strings.Contains(strings.Join(site.Conditions, " "), "A newer run, b, was passed over: it did not reach its end."); heeded != (i == 0) {
			t.Errorf("%s: %q", site.Site, site.Conditions)
		}
	}
	if n := p.of(assess.ClientAlways).Unseen; n != 1 {
		t.Errorf("%d sites not seen", n)
	}
}

var listener = []inventory.Source{inventory.SourceCanary}

// TestGates decides on one site.
func TestGates(t *testing.T) {
	good := host{at: "10.0.0.1", account: "works proven", client: "works proven", seenBy: listener}
	for _, c := range []struct {
		name   string
		source Source
		hosts  []host
		client string // words of the reasons against, or "go"
		server string
	}{
		{"all is known and works", Source{}, []host{good}, "go", "go"},
		{"nothing there", Source{}, nil, "No device was found", "No listener"},
		{"one breaks", Source{}, []host{good, {at: "10.0.0.2", account: "breaks", client: "breaks"}}, "1 device would stop working.", "1 device would be shut out of your servers."},
		{"for guests", Source{}, []host{good, {at: "10.0.0.2", account: "works", guest: "breaks", client: "works"}}, "1 device would stop working (1 of them for guests alone).", "go"},
		{"one is unknown", Source{}, []host{good, {at: "10.0.0.2"}}, "It is not known how 1 device would fare.", "It is not known how 1 device would fare."},
		{"guests not tested", Source{}, []host{good, {at: "10.0.0.2", account: "works", guest: "unknown", client: "works"}}, "(of 1 of them, only whether they let in guests)", "go"},
		{"one fails already", Source{}, []host{good, {at: "10.0.0.2", account: "already-broken", client: "works"}}, "1 device fails today already", "go"},
		{"the run was interrupted", Source{Interrupted: true}, []host{good}, "did not reach its end", "did not reach its end"},
		{"targets were not asked", Source{Unasked: 7}, []host{good}, "7 addresses were in scope and not asked", "7 addresses were in scope and not asked"},
		{"lines were skipped", Source{Skipped: 1}, []host{good}, "1 line was of a target list passed over", "1 line was of a target list passed over"},
		{"a file could not be read", Source{Unread: []string{"a.pcap"}}, []host{good}, "Not all could be read of a.pcap", "Not all could be read of a.pcap"},
		{"a host is lost", Source{SMB: 2}, []host{good}, "The run counts 1 device that speaks SMB", "The run counts 1 device that speaks SMB"},
		{"all hosts are there", Source{SMB: 1}, []host{good}, "go", "go"},
		{"the run is old", Source{Started: today.Add(-61 * oneDay)}, []host{good}, "61 days old", "61 days old"},
		{"the run is not new", Source{Started: today.Add(-59 * oneDay)}, []host{good}, "go", "go"},
		{"the run is dated in the future", Source{Started: today.Add(25 * time.Hour)}, []host{good}, "dated in the future, 2026-11-24", "dated in the future, 2026-11-24"},
		{"a clock is a little ahead", Source{Started: today.Add(23 * time.Hour)}, []host{good}, "go", "go"},
		{"facts that are dated in the future", Source{Started: today, Imported: true, Seen: today.Add(99 * oneDay)}, []host{good}, "dated in the future", "dated in the future"},
		{"old facts, imported today", Source{Started: today, Imported: true, Seen: today.Add(-61 * oneDay)}, []host{good}, "61 days old", "61 days old"},
		{"facts that no scan is among", Source{Started: today, Imported: true, Seen: today}, []host{good}, "No scan asked this site", "No scan asked this site"},
		{"facts that a scan is among", Source{Started: today, Imported: true, Seen: today, Scope: []string{"10.0.0.0/24"}}, []host{good}, "go", "go"},
		{"facts of an unknown age", Source{Started: today, Imported: true}, []host{good}, "not known how old", "not known how old"},
		{"clients are taken to sign, and none was seen", Source{}, []host{{at: "10.0.0.1", account: "works", client: "works"}}, "go", "No listener, capture or event log"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := NewBuilder(Options{Now: today})
			c.source.Site = "HQ"
			if c.source.Started.IsZero() && !c.source.Imported {
				c.source.Started = today.Add(-time.Hour)
			}
			if err := b.Begin(c.source); err != nil {
				t.Fatal(err)
			}
			for _, h := range c.hosts {
				if err := b.Add(h.inventory(), h.assessment(t)); err != nil {
					t.Fatal(err)
				}
			}
			p := b.Plan()
			for policy, want := range map[assess.Policy]string{assess.ClientAlways: c.client, assess.ServerAlways: c.server} {
				site := p.of(policy).Sites[0]
				got := strings.Join(site.Reasons, " ")
				if want == "go" && (site.Decision != Go || got != "") || want != "go" && (site.Decision != NoGo || !strings.Contains(got, want)) {
					t.Errorf("%s: %s: %s\nwant %s", policy, site.Decision, got, want)
				}
				if last := p.of(policy).Waves[2]; want != "go" && last.Decision == Go {
					t.Errorf("%s: all is a go", policy)
				}
			}
		})
	}
}

// TestGateShuts: a gate is no go from the first word against it on, whatever comes after;
// and one that nobody opened is none.
func TestGateShuts(t *testing.T) {
	var never Gate
	never.heed("heed")
	if g := openGate(); never.Decision == Go || g.Decision != Go {
		t.Errorf("%s, %s", never.Decision, g.Decision)
	}
	g := openGate()
	g.against("against")
	if g.heed("heed"); g.Decision == Go {
		t.Error("a go with a reason against")
	}
	for _, sites := range [][]SitePlan{{{Gate: never}}, {{Gate: openGate()}, {Gate: g}}, {{Gate: g}}} {
		if siteGates(sites).Decision == Go {
			t.Errorf("a go: %+v", sites)
		}
	}
	if got := siteGates([]SitePlan{{Gate: openGate()}}); got.Decision != Go {
		t.Errorf("%+v", got)
	}
}

// TestNotRead: that earlier runs were not looked through speaks against.
func TestNotRead(t *testing.T) {
	for n, want := range []Decision{Go, NoGo} {
		p := made(t, Options{NotRead: map[string]int{"HQ": n, "Lab": 1}}, []host{{at: "10.0.0.1", site: "HQ", account: "works"}})
		if site := p.of(assess.ClientAlways).Sites[0]; site.Decision != want || len(site.Reasons) != n {
			t.Errorf("%d: %s %q", n, site.Decision, site.Reasons)
		}
	}
}

// TestPilotHeeds what the runs of its sites do not tell, though it may go ahead.
func TestPilotHeeds(t *testing.T) {
	const old, cut, part = "too old to tell how its site is now", "did not reach its end", "does not tell of all of its site"
	at := func(days int) time.Time { return today.Add(time.Duration(days) * oneDay) }
	scope := []string{"10.0.0.0/24"}
	for _, c := range []struct {
		name string
		s    Source
		want string
	}{
		{"fresh", Source{Started: at(0)}, ""},
		{"aged", Source{Started: at(-59)}, ""},
		{"stale", Source{Started: at(-61)}, old},
		{"of an unknown age", Source{Started: at(0), Imported: true, Scope: scope}, old},
		{"facts of the future", Source{Started: at(0), Imported: true, Seen: at(9), Scope: scope}, old},
		{"without a scan", Source{Started: at(0), Imported: true, Seen: at(0)}, part},
		{"an end in the future", Source{Started: at(-1), Last: at(9)}, old},
		{"after one that began later", Source{Started: at(-1), Ahead: true}, old},
		{"cut off", Source{Started: at(0), Interrupted: true}, cut},
		{"of a part", Source{Started: at(0), Unasked: 1}, part},
	} {
		b := NewBuilder(Options{Now: today})
		c.s.Site = "HQ"
		for _, s := range []Source{c.s, {Site: "Lab", Started: today}} {
			if err := b.Begin(s); err != nil {
				t.Fatal(err)
			}
			h := host{at: "10.0.0.1", account: "works"}
			if err := b.Add(h.inventory(), h.assessment(t)); err != nil {
				t.Fatal(err)
			}
		}
		policy := b.Plan().of(assess.ClientAlways)
		pilot, site := policy.Waves[0], policy.Sites[0]
		words := strings.Join(pilot.Conditions, " ")
		for _, w := range []string{old, cut, part} {
			if strings.Contains(words, w) != (w == c.want) {
				t.Errorf("%s: %q", c.name, words)
			}
		}
		if pilot.Decision != Go || (site.Decision == Go) != (c.want == "") {
			t.Errorf("%s: %s %q; the site: %s %q", c.name, pilot.Decision, pilot.Reasons, site.Decision, site.Reasons)
		}
	}
}

// TestServerAlwaysNeedsEvidence: no device that a scan alone has seen makes
// server-always a go, at a site or in any wave, whatever the verdicts and the
// exceptions.
func TestServerAlwaysNeedsEvidence(t *testing.T) {
	for _, verdict := range []string{"works", "works proven", "no-change", "not-applicable", "unknown", "breaks", "already-broken", "works weak"} {
		for _, seenBy := range [][]inventory.Source{nil, {}, {inventory.SourceScan}} {
			h := host{at: "10.0.0.1", account: "works", client: verdict, seenBy: seenBy}
			p := made(t, Options{Exceptions: []inventory.Exception{exception("10.0.0.1", "server-always")}}, []host{h})
			server := p.of(assess.ServerAlways)
			gates := []Gate{server.Sites[0].Gate}
			for _, w := range server.Waves {
				gates = append(gates, w.Gate)
			}
			for _, g := range gates {
				if g.Decision == Go || len(g.Reasons) == 0 {
					t.Errorf("%s, seen by %v: %s %v", verdict, seenBy, g.Decision, g.Reasons)
				}
			}
		}
	}
}

// TestWaves decides on the three waves of a rollout.
func TestWaves(t *testing.T) {
	sites := []inventory.Site{{Name: "HQ"}, {Name: "Lab", Wave: "pilot-device"}, {Name: "Mill", Wave: "pilot-site", Owner: "ot@example.org"}}
	works := func(site, at string) host {
		return host{at: at, site: site, account: "works", client: "works", seenBy: listener}
	}
	breaks := func(site, at string) host {
		return host{at: at, site: site, account: "breaks", client: "breaks", seenBy: listener}
	}
	for _, c := range []struct {
		name  string
		sites []inventory.Site
		hosts []host
		want  string // of client-always
	}{
		{"all good", sites, []host{works("HQ", "10.0.0.1"), works("Lab", "10.1.0.1"), works("Mill", "10.2.0.1")}, "go go go"},
		{"a blocker at HQ", sites, []host{breaks("HQ", "10.0.0.1"), works("Lab", "10.1.0.1"), works("Mill", "10.2.0.1")}, "go go no-go"},
		{"a blocker at the pilot site", sites, []host{works("HQ", "10.0.0.1"), works("Lab", "10.1.0.1"), breaks("Mill", "10.2.0.1")}, "go no-go no-go"},
		{"nothing works at the lab", sites, []host{works("HQ", "10.0.0.1"), breaks("Lab", "10.1.0.1"), works("Mill", "10.2.0.1")}, "no-go no-go no-go"},
		{"a blocker beside, at the lab", sites, []host{works("HQ", "10.0.0.1"), breaks("Lab", "10.1.0.2"), works("Lab", "10.1.0.1"), works("Mill", "10.2.0.1")}, "go go no-go"},
		{"HQ was not scanned", sites, []host{works("Lab", "10.1.0.1"), works("Mill", "10.2.0.1")}, "go go no-go"},
		{"no site file, one site", nil, []host{works("HQ", "10.0.0.1")}, "go go go"},
		{"no pilot site is marked", nil, []host{works("HQ", "10.0.0.1"), works("Lab", "10.1.0.1")}, "go no-go no-go"},
		{"nothing at all", sites, nil, "no-go no-go no-go"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := made(t, Options{Sites: c.sites}, c.hosts)
			var got []string
			for _, w := range p.of(assess.ClientAlways).Waves {
				got = append(got, w.Decision.String())
				if (w.Decision == Go) != (len(w.Reasons) == 0) {
					t.Errorf("%s is a %s, with %q against", w.Name, w.Decision, w.Reasons)
				}
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got %s, want %s\n%+v", text, c.want, p.of(assess.ClientAlways).Waves)
			}
		})
	}
}

// TestSince tells which devices became blockers, or ceased to be.
func TestSince(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, now []host
		became   string // address: before -> after
		ceased   string
		lost     string // not seen again
		replaced string
	}{
		{"nothing changed", []host{{at: "10.0.0.1", account: "breaks"}}, []host{{at: "10.0.0.1", account: "breaks"}}, "", "", "", ""},
		{"put right", []host{{at: "10.0.0.1", account: "breaks"}}, []host{{at: "10.0.0.1", account: "works"}}, "", "10.0.0.1 blocked ready", "", ""},
		{"broken", []host{{at: "10.0.0.1", account: "works"}}, []host{{at: "10.0.0.1", account: "breaks"}}, "10.0.0.1 ready blocked", "", "", ""},
		{"new", nil, []host{{at: "10.0.0.1", account: "breaks"}}, "10.0.0.1 not-seen blocked", "", "", ""},
		{"not seen again is not put right", []host{{at: "10.0.0.1", account: "breaks"}}, nil, "", "", "10.0.0.1 blocked not-seen", ""},
		{"now unknown", []host{{at: "10.0.0.1", account: "breaks"}}, []host{{at: "10.0.0.1"}}, "", "", "", ""},
		{"moved, by its card", []host{{at: "10.0.0.1", mac: "00:11:32:00:00:01", account: "breaks"}},
			[]host{{at: "10.0.0.7", mac: "00:11:32:00:00:01", account: "works"}}, "", "10.0.0.7 blocked ready", "", ""},
		{"moved, by its name", []host{{at: "10.0.0.1", name: "COPIER7", account: "breaks"}},
			[]host{{at: "10.0.0.7", name: "copier7", account: "breaks"}}, "10.0.0.7 not-seen blocked", "", "10.0.0.1 blocked not-seen", ""},
		{"moved, by the identifier of its server", []host{{at: "10.0.0.1", name: "NAS1", guid: randomGUID, account: "breaks"}},
			[]host{{at: "10.0.0.7", name: "NAS1", guid: randomGUID, account: "works"}}, "", "10.0.0.7 blocked ready", "", ""},
		{"another identifier at its address alone", []host{{at: "10.0.0.1", guid: randomGUID, account: "breaks"}},
			[]host{{at: "10.0.0.1", guid: otherGUID, account: "works"}}, "", "", "10.0.0.1 blocked not-seen", ""},
		{"set up anew", []host{{at: "10.0.0.1", name: "NAS1", guid: randomGUID, account: "breaks"}},
			[]host{{at: "10.0.0.1", name: "NAS1", guid: otherGUID, account: "works"}}, "", "", "10.0.0.1 blocked not-seen", ""},
		{"its name is not heard, and its identifier is another", []host{{at: "10.0.0.1", name: "NAS1", guid: randomGUID, account: "breaks"}},
			[]host{{at: "10.0.0.1", guid: otherGUID, account: "works"}}, "", "", "10.0.0.1 blocked not-seen", ""},
		{"set up anew, with its card", []host{{at: "10.0.0.1", name: "NAS1", mac: "00:11:32:00:00:01", guid: randomGUID, account: "breaks"}},
			[]host{{at: "10.0.0.1", name: "NAS1", mac: "00:11:32:00:00:01", guid: otherGUID, account: "works"}}, "", "10.0.0.1 blocked ready", "", ""},
		{"fails already, and is not seen again", []host{{at: "10.0.0.1", account: "already-broken"}}, nil, "", "", "10.0.0.1 already-broken not-seen", ""},
		{"another identifier and another name", []host{{at: "10.0.0.1", name: "NAS1", guid: randomGUID, account: "breaks"}},
			[]host{{at: "10.0.0.1", name: "NAS2", guid: otherGUID, account: "works"}}, "", "", "", "10.0.0.1 blocked not-seen"},
		{"its address went to one that is known", []host{{at: "10.0.0.1", mac: "00:11:32:00:00:01", account: "breaks"}, {at: "10.0.0.2", mac: "00:11:32:00:00:02", account: "works"}},
			[]host{{at: "10.0.0.1", mac: "00:11:32:00:00:02", account: "works"}}, "", "", "10.0.0.1 blocked not-seen", ""},
		{"another device has its address", []host{{at: "10.0.0.1", name: "COPIER7", account: "breaks"}},
			[]host{{at: "10.0.0.1", name: "LAPTOP5", account: "works"}}, "", "", "10.0.0.1 blocked not-seen", ""},
		{"another card has its name and address", []host{{at: "10.0.0.1", name: "NAS", mac: "00:11:32:00:00:01", account: "breaks"}},
			[]host{{at: "10.0.0.1", name: "NAS", mac: "00:11:32:00:00:02", account: "works"}}, "", "", "", "10.0.0.1 blocked not-seen"},
		{"a name of two", []host{{at: "10.0.0.1", name: "NAS", account: "breaks"}, {at: "10.0.0.2", name: "NAS", account: "works"}},
			[]host{{at: "10.0.0.2", name: "NAS", account: "works"}}, "", "", "10.0.0.1 blocked not-seen", ""},
		{"an unknown is not seen again", []host{{at: "10.0.0.1"}}, nil, "", "", "10.0.0.1 unknown not-seen", ""},
		{"what works is not seen again", []host{{at: "10.0.0.1", account: "works"}}, nil, "", "", "", ""},
		{"guests are shut out now", []host{{at: "10.0.0.1", account: "works", guest: "not-applicable"}},
			[]host{{at: "10.0.0.1", account: "works", guest: "breaks"}}, "10.0.0.1 ready blocked", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			// A device beside keeps both runs from being empty.
			beside := host{at: "10.0.9.9", name: "BESIDE", account: "works"}
			p := made(t, Options{Known: whole}, append(c.now, beside))
			compare(p, made(t, Options{Known: whole, Now: today.Add(-7 * oneDay)}, append(c.old, beside)))
			changes := p.of(assess.ClientAlways).Changes
			if got := changeWords(changes.Became); got != c.became {
				t.Errorf("became blockers: %q, want %q", got, c.became)
			}
			if got := changeWords(changes.Ceased); got != c.ceased {
				t.Errorf("ceased to be blockers: %q, want %q", got, c.ceased)
			}
			if got := changeWords(changes.NotSeen); got != c.lost {
				t.Errorf("not seen again: %q, want %q", got, c.lost)
			}
			if got := changeWords(changes.Replaced); got != c.replaced || got != "" && changes.Replaced[0].By == nil {
				t.Errorf("replaced: %q, want %q", got, c.replaced)
			}
			unknown := ""
			if c.name == "now unknown" {
				unknown = "10.0.0.1 blocked unknown"
			}
			if got := changeWords(changes.Unknown); got != unknown {
				t.Errorf("no longer known: %q, want %q", got, unknown)
			}
			site := p.of(assess.ClientAlways).Sites[0]
			if said := strings.Contains(strings.Join(site.Reasons, " "), "not seen again"); said != (c.lost != "") || said && site.Decision == Go {
				t.Errorf("%s: %q", site.Decision, site.Reasons)
			}
			if changes.Before.Devices != len(c.old)+1 || changes.After.Devices != len(c.now)+1 {
				t.Errorf("%d devices before, %d after", changes.Before.Devices, changes.After.Devices)
			}
		})
	}
}

// compare holds a plan against an earlier one.
func compare(p, old *Plan) { p.Recall(NewMemory(old)) }

func changeWords(list []Change) string {
	var words []string
	for _, c := range list {
		words = append(words, fmt.Sprintf("%s %s %s", c.Device.Address, c.Before, c.After))
	}
	return strings.Join(words, ", ")
}

// TestSinceExpired: a device whose exception expired since then became a blocker.
func TestSinceExpired(t *testing.T) {
	e := exception("10.0.0.1", "client-always")
	e.Until = day("2026-11-20")
	hosts := []host{{at: "10.0.0.1", account: "breaks"}}
	p := made(t, Options{Exceptions: []inventory.Exception{e}}, hosts)
	compare(p, made(t, Options{Exceptions: []inventory.Exception{e}, Now: day("2026-11-10")}, hosts))
	if got := changeWords(p.of(assess.ClientAlways).Changes.Became); got != "10.0.0.1 accepted blocked" {
		t.Errorf("became blockers: %q", got)
	}
}

// TestSinceOtherSites compares only sites that both plans know.
func TestSinceOtherSites(t *testing.T) {
	p := made(t, Options{}, []host{{at: "10.0.0.1", site: "HQ", account: "breaks"}})
	compare(p, made(t, Options{}, []host{{at: "10.0.0.1", site: "Lab", account: "works"}}))
	c := p.of(assess.ClientAlways).Changes
	if got := fmt.Sprint(c.NotCompared); got != "[HQ Lab]" || len(c.Became)+len(c.Ceased) > 0 {
		t.Errorf("not compared %s, %+v", got, c)
	}
}
