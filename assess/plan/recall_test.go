package plan

import (
	"fmt"
	"testing"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// recallWords says what is remembered of a site: what was not seen again, what is not
// settled, and what was replaced.
func recallWords(s *SitePlan) string {
	return fmt.Sprintf("%s; %s; %s", missingWords(s.Missing), missingWords(s.Unsettled), missingWords(s.Replaced))
}

// TestHeldAgainst: what might pass for the device that was not ready, or for its successor,
// and is not surely that, leaves it held against the site.
func TestHeldAgainst(t *testing.T) {
	const a, b, mac, dock = "10.0.0.1", "10.0.0.2", "00:11:32:00:00:01", "00:05:9a:3c:7a:00"
	const missing, unsettled, unknown = a + " blocked week%d; ; ", "; " + a + " blocked week%d; ", a + " unknown week%d; ; "
	as := func(h host, account string) host { h.account = account; return h }
	nas := host{at: a, name: "NAS", mac: cardA, account: "breaks", client: "works"}
	named, renewed := nas, nas
	named.mac, renewed.mac = "", cardB
	srv := host{at: b, name: "SRV", account: "breaks", client: "works"}
	newSRV := host{at: a, name: "SRV", mac: cardB, guid: randomGUID, account: "works", client: "works"}
	newSRV2 := newSRV
	newSRV2.at = b
	pc := host{at: a, name: "PC1", mac: mac, account: "works", client: "works"}
	silent := host{at: a, state: inventory.StateOpen, client: "works"}
	blocker := host{at: a, account: "breaks", client: "works"}
	told, called, heard, beside := silent, silent, pc, pc
	told.clues, called.name = true, "OTHER"
	heard.state, heard.seenBy = notAsked, listener
	beside.name, beside.mac, beside.state, beside.seenBy = "PC2", cardB, notAsked, listener
	copier := host{at: a, name: "COPIER", mac: cardA, account: "works", client: "breaks proven", seenBy: listener}
	refusal := host{at: a, name: "COPIER", mac: cardA, state: inventory.StateClosed, account: "not-applicable", client: "works"}
	laptop := host{at: a, mac: dock, account: "breaks", client: "works"}
	otherLaptop := host{at: b, mac: dock, account: "works", client: "works"}
	domain := func(at, name, account string) host {
		return host{at: at, name: name, guid: randomGUID, account: account, client: "works"}
	}
	week := func(h ...host) []host { return h }
	for name, c := range map[string]struct {
		policy assess.Policy
		weeks  [][]host
		week   int // of which it is remembered
		want   string
	}{
		"its address went to one that was open":          {assess.ClientAlways, [][]host{week(nas, srv), week(newSRV, newSRV2)}, 0, missing},
		"another card, and its own was not seen between": {assess.ClientAlways, [][]host{week(nas), week(named), week(as(renewed, "works"))}, 1, "; ; " + a + " blocked week%d"},
		"two had its card": {assess.ClientAlways, [][]host{week(nas, host{at: b, name: "Y", mac: cardA, account: "breaks", client: "works"}),
			week(host{at: "10.0.0.3", mac: cardA, account: "works", client: "works"})}, 0, a + " blocked week%d, " + b + " blocked week0; ; "},
		"a borrowed card alone": {assess.ClientAlways, [][]host{week(laptop), week(otherLaptop)}, 0, missing},
		"its name in another domain, and a clone": {assess.ClientAlways, [][]host{week(domain(a, "nas.a.example", "breaks"), domain(b, "pc.a.example", "works")),
			week(domain(a, "nas.b.example", "works"))}, 0, missing},
		"its name cut short, and another identifier": {assess.ClientAlways, [][]host{week(host{at: a, name: "NAS-ARCHIVE-0001", guid: randomGUID, account: "breaks", client: "works"}),
			week(host{at: a, name: "NAS-ARCHIVE-000", guid: otherGUID, account: "works", client: "works"})}, 0, missing},
		"it failed as a client, and refuses": {assess.ServerAlways, [][]host{week(copier), week(refusal)}, 0, unsettled},

		// What may have been no more than a fault.
		"the first thing that was seen":         {assess.ClientAlways, [][]host{week(silent), week(pc)}, 0, unknown},
		"two are there now":                     {assess.ClientAlways, [][]host{week(pc), week(silent), week(pc, beside)}, 1, unknown},
		"it had a name":                         {assess.ClientAlways, [][]host{week(pc), week(called), week(pc)}, 1, unknown},
		"another service told of it, once":      {assess.ClientAlways, [][]host{week(pc), week(told), week(silent), week(pc)}, 2, unknown},
		"it blocked, and was silent then":       {assess.ClientAlways, [][]host{week(pc), week(blocker), week(silent), week(pc)}, 1, missing},
		"the known one is heard, and not asked": {assess.ClientAlways, [][]host{week(pc), week(silent), week(heard)}, 1, unknown},
	} {
		site := &weekly(t, Options{}, c.weeks...).of(c.policy).Sites[0]
		want := fmt.Sprintf(c.want, c.week)
		if got := recallWords(site); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if replaced := len(site.Replaced) > 0; !replaced && site.Decision == Go {
			t.Errorf("%s: %s %q", name, site.Decision, site.Reasons)
		}
	}
}

// TestReplacedWhereDefined: only where it is known what all of the site is can another device
// tell that one was replaced.
func TestReplacedWhereDefined(t *testing.T) {
	was := host{at: "10.0.0.1", name: "NAS", mac: cardA, account: "breaks"}
	is := host{at: "10.0.0.1", name: "NEW", mac: cardB, account: "works"}
	for _, known := range [][]inventory.Site{whole, nil} {
		p, old := made(t, Options{Known: known}, []host{is}), made(t, Options{Known: known, Now: today.Add(-7 * oneDay)}, []host{was})
		compare(p, old)
		if site := &p.of(assess.ClientAlways).Sites[0]; len(site.Replaced) != len(known) || (site.Decision == Go) != (known != nil) {
			t.Errorf("%d definitions: %s, %s", len(known), site.Decision, recallWords(site))
		}
	}
}

// TestOverlappingScans: what one scan found is not settled by what another saw before, in
// whatever order they ended, nor by one that asked less.
func TestOverlappingScans(t *testing.T) {
	at := func(days int) time.Time { return today.Add(-time.Duration(days) * oneDay) }
	nas := func(account string, days int) host {
		return host{at: "10.0.0.1", name: "NAS", mac: cardA, account: account, client: "works", seen: at(days)}
	}
	heard := nas("works", 1)
	heard.state, heard.seenBy = notAsked, listener
	copier := func(client string, days int) host {
		return host{at: "10.0.0.1", name: "COPIER", mac: cardA, account: "works", client: client, seenBy: listener, seen: at(days)}
	}
	const blocked = "10.0.0.1 blocked "
	for name, c := range map[string]struct {
		policy assess.Policy
		runs   []*Plan // the last is that of today
		want   string
	}{
		"found twice, and fine between":         {assess.ClientAlways, []*Plan{dated(t, "a", 10, at(10), nas("breaks", 10)), dated(t, "b", 15, at(5), nas("breaks", 6)), dated(t, "c", 14, at(1), nas("works", 8))}, blocked + "b"},
		"found twice, the later first":          {assess.ClientAlways, []*Plan{dated(t, "a", 15, at(6), nas("breaks", 7)), dated(t, "b", 14, at(5), nas("breaks", 13)), dated(t, "c", 12, at(1), nas("works", 9))}, blocked + "b"},
		"found twice, the later by an import":   {assess.ClientAlways, []*Plan{dated(t, "a", 5, at(5), nas("breaks", 5)), imported(dated(t, "b", 1, at(1), nas("breaks", 1)), at(9)), dated(t, "c", 4, today, nas("works", 3))}, blocked + "b"},
		"heard since, by the run of today":      {assess.ClientAlways, []*Plan{dated(t, "newer", 15, today, nas("breaks", 6)), dated(t, "now", 10, at(1), heard)}, blocked + "newer"},
		"fine since, in the run of today":       {assess.ClientAlways, []*Plan{dated(t, "newer", 15, today, nas("breaks", 6)), dated(t, "now", 10, at(1), nas("works", 1))}, ""},
		"told of as a client, and later":        {assess.ServerAlways, []*Plan{dated(t, "a", 15, at(6), copier("breaks", 7)), dated(t, "b", 14, at(1), copier("works", 9))}, blocked + "a"},
		"told of as a client, and fine since":   {assess.ServerAlways, []*Plan{dated(t, "a", 15, at(6), copier("breaks", 7)), dated(t, "b", 14, at(1), copier("works", 5))}, ""},
		"an import that began before the fault": {assess.ClientAlways, []*Plan{dated(t, "a", 9, at(9), host{at: "10.0.0.1", name: "NAS", mac: cardA, account: "works", client: "works"}), dated(t, "b", 7, at(7), host{at: "10.0.0.1", state: inventory.StateOpen, client: "works"}), imported(dated(t, "c", 6, at(6), host{at: "10.0.0.1", name: "NAS", mac: cardA, account: "works", client: "works"}), at(8)), dated(t, "now", 0, time.Time{})}, "10.0.0.1 unknown b"},
		"an import that began after the fault":  {assess.ClientAlways, []*Plan{dated(t, "a", 9, at(9), host{at: "10.0.0.1", name: "NAS", mac: cardA, account: "works", client: "works"}), dated(t, "b", 7, at(7), host{at: "10.0.0.1", state: inventory.StateOpen, client: "works"}), imported(dated(t, "c", 6, at(6), host{at: "10.0.0.1", name: "NAS", mac: cardA, account: "works", client: "works"}), at(6)), dated(t, "now", 0, time.Time{})}, ""},
	} {
		m, p := NewMemory(nil), c.runs[len(c.runs)-1]
		m.Await(p)
		for _, r := range c.runs[:len(c.runs)-1] {
			m.Take(r)
		}
		p.Recall(m)
		site := &p.of(c.policy).Sites[0]
		if got := missingWords(site.Missing) + missingWords(site.Unsettled); got != c.want || (site.Decision == Go) != (c.want == "") {
			t.Errorf("%s: %s %q, want %q", name, site.Decision, got, c.want)
		}
	}
}

// imported makes the run of a plan an import of what was seen since a time.
func imported(p *Plan, since time.Time) *Plan {
	for i := range p.Policies {
		s := p.Policies[i].Sites[0].source
		s.Imported, s.Seen, s.Last = true, since, s.Started
	}
	return p
}

// TestAtOtherSite: what is at another site by its card settles what was found here, if it is
// not here as well, was judged on as much there, and the run there can be dated.
func TestAtOtherSite(t *testing.T) {
	nas := host{at: "10.0.0.1", site: "HQ", name: "NAS", mac: cardA, account: "breaks", client: "works"}
	here, lab := nas, nas
	here.state, here.seenBy, here.account = notAsked, listener, ""
	lab.site, lab.at, lab.account = "Lab", "10.1.0.1", "works"
	breaks, heard, clone := lab, lab, lab
	breaks.account, clone.at, clone.name = "breaks", "10.1.0.2", "OTHER"
	heard.state, heard.seenBy = notAsked, listener
	for name, c := range map[string]struct {
		ahead bool
		hosts []host
		want  string
	}{
		"fine there":                      {false, []host{lab}, ""},
		"not ready there":                 {false, []host{breaks}, ""},
		"heard there":                     {false, []host{heard}, "10.0.0.1 blocked old"},
		"two there have its card":         {false, []host{lab, clone}, "10.0.0.1 blocked old"},
		"there, by a clock that is wrong": {true, []host{lab}, "10.0.0.1 blocked old"},
		"here, too":                       {false, []host{here, lab}, "10.0.0.1 blocked old"},
	} {
		build := func(id string, days int, ahead bool, hosts ...host) *Plan {
			b := NewBuilder(Options{Now: today})
			for _, site := range []string{"HQ", "Lab"} {
				if err := b.Begin(Source{ID: id, Site: site, Started: today.Add(-time.Duration(days) * oneDay), Ahead: ahead && site == "Lab"}); err != nil {
					t.Fatal(err)
				}
				for _, h := range append(hosts, host{at: "10.0.9.9", site: "HQ", account: "works"}) {
					if h.site != site {
						continue
					}
					if err := b.Add(h.inventory(), h.assessment(t)); err != nil {
						t.Fatal(err)
					}
				}
			}
			return b.Plan()
		}
		site, got := recalled(build("old", 7, false, nas), build("now", 0, c.ahead, c.hosts...))
		if site.Site != "HQ" || got != c.want || (site.Decision == Go) != (c.want == "") {
			t.Errorf("%s: %s %q, want %q: %q", name, site.Decision, got, c.want, site.Reasons)
		}
	}
}

// TestExceptionOfAbsent: an exception that holds to a device of today, or was accepted for one
// that is known, holds to no other that is remembered.
func TestExceptionOfAbsent(t *testing.T) {
	const a, b = "10.0.0.1", "10.0.0.2"
	was := host{at: a, name: "OLD", mac: cardA, account: "breaks", client: "works"}
	renamed := host{at: a, name: "NEW", mac: cardA, state: notAsked, seenBy: listener, client: "works"}
	heir := host{at: b, name: "OLD", mac: cardB, account: "breaks", client: "works"}
	stranger := host{at: a, account: "breaks", client: "works"}
	heir.account = "works"
	pc, fine := was, heir
	pc.name = "PC1"
	fine.at = a
	accepted := func(days int, e inventory.Exception) inventory.Exception {
		e.Accepted = today.Add(-time.Duration(days) * oneDay)
		return e
	}
	bound := seen(exception(a, "client-always"), pc)
	for name, c := range map[string]struct {
		e     inventory.Exception
		weeks [][]host
		want  string // of the site: not seen again, not settled, replaced
		holds bool
	}{
		"of one that has the name now":            {exception("old", "client-always"), [][]host{{was}, {renamed, heir}}, "; " + a + " blocked week0; ", false},
		"of a known one, before a stranger came":  {accepted(50, bound), [][]host{{stranger}, nil}, a + " blocked week0; ; ", false},
		"of a known one, since the stranger came": {accepted(1, bound), [][]host{{stranger}, nil}, a + " blocked week0 accepted; ; ", true},
		"of a known one, and another is there":    {accepted(1, bound), [][]host{{stranger}, {fine}}, a + " blocked week0; ; ", false},
		"of it, and another is there":             {accepted(1, bound), [][]host{{pc}, {host{at: a, name: "LAPTOP", account: "works", client: "works"}}}, a + " blocked week0 accepted; ; ", true},
	} {
		p := weekly(t, Options{Exceptions: []inventory.Exception{c.e}}, c.weeks...)
		site := &p.of(assess.ClientAlways).Sites[0]
		if got := recallWords(site); got != c.want || (site.Decision == Go) != c.holds {
			t.Errorf("%s: %s %q, want %q: %q, the exception is %s", name, site.Decision, got, c.want, site.Reasons, p.Exceptions[0].Use)
		}
	}
}

// TestNotTriedAgain: an old session counts until one at its dialect was verified.
func TestNotTriedAgain(t *testing.T) {
	one := inventory.Signatures{Signed: 1}
	verified := inventory.Session{Dialect: "3.1.1", Result: inventory.SessionSigned, SetupSigned: true, SessionFlags: new(uint16), RequestsSent: one, Answers: one}
	broken, below := inventory.Session{Dialect: "3.1.1", Result: inventory.SessionBroken}, verified
	below.Dialect = "2.1"
	for name, c := range map[string]struct {
		now  []inventory.Session
		left int
	}{
		"nothing":            {nil, 1},
		"verified":           {[]inventory.Session{verified}, 0},
		"broken again":       {[]inventory.Session{broken}, 1},
		"at another dialect": {[]inventory.Session{below}, 1},
	} {
		if got := notTriedAgain([]inventory.Session{broken}, c.now); len(got) != c.left {
			t.Errorf("%s: %d left", name, len(got))
		}
	}
}
