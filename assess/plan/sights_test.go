package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// TestSeveralAddresses: a device that was judged at two addresses is not settled by one
// of them, nor excused where one of them refuses.
func TestSeveralAddresses(t *testing.T) {
	const a, b = "10.0.0.1", "10.0.0.2"
	closed := inventory.StateClosed
	at := func(address, mac, account string) host {
		return host{at: address, name: "NAS", mac: mac, guid: randomGUID, account: account, client: "works"}
	}
	refusal := func(address, mac string) host {
		return host{at: address, name: "NAS", mac: mac, state: closed, account: "not-applicable", client: "works"}
	}
	before := []host{at(a, cardA, "works"), at(b, "", "breaks")}
	for name, c := range map[string]struct {
		now  []host
		want string // not settled
	}{
		"both answer":              {[]host{at(a, cardA, "works"), at(b, "", "works")}, ""},
		"one answers":              {[]host{at(a, cardA, "works")}, a + " blocked week0"},
		"one refuses":              {[]host{refusal(a, cardA)}, a + " blocked week0"},
		"both refuse":              {[]host{refusal(a, cardA), refusal(b, "")}, ""},
		"another in its place":     {[]host{at(a, cardA, "works"), at("10.0.0.3", "", "works")}, a + " blocked week0"},
		"one refuses, one answers": {[]host{at(a, cardA, "works"), refusal(b, "")}, a + " blocked week0"},
	} {
		site := &weekly(t, Options{}, before, c.now).of(assess.ClientAlways).Sites[0]
		if got := missingWords(site.Unsettled); got != c.want || (site.Decision == Go) != (c.want == "") || len(site.Missing) > 0 {
			t.Errorf("%s: not settled %q, want %q; %s", name, got, c.want, missingWords(site.Missing))
		}
	}
}

// TestClones: two that share no more than the identifier of a server are two.
func TestClones(t *testing.T) {
	const a, b = "10.0.0.1", "10.0.0.2"
	nas := host{at: a, name: "NAS-A", guid: randomGUID, account: "breaks", client: "works"}
	with := func(h host, name, mac string) host {
		h.at, h.name, h.mac, h.account = b, name, mac, "works"
		return h
	}
	carded := nas
	carded.mac = cardA
	for name, c := range map[string]struct {
		was, now host
		want     string
	}{
		"another name":                    {nas, with(nas, "NAS-B", ""), a + " blocked week0"},
		"its name":                        {nas, with(nas, "NAS-A", ""), ""},
		"its card, under another name":    {carded, with(nas, "NAS-B", cardA), ""},
		"nothing more is known of it":     {nas, with(nas, "", ""), ""},
		"no name, and another has a card": {carded, with(nas, "NAS-B", ""), a + " blocked week0"},
	} {
		site := &weekly(t, Options{}, []host{c.was}, []host{c.now}).of(assess.ClientAlways).Sites[0]
		if got := missingWords(site.Missing); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	// At another site neither identifier nor name tells: the clone may have been there always.
	for name, c := range map[string]struct{ name, mac, want string }{
		"its name and identifier": {"NAS-A", "", a + " blocked run0"}, "its identifier": {"", "", a + " blocked run0"}, "its card": {"", cardA, ""},
	} {
		was, now, hq := carded, nas, host{at: "10.0.0.9", site: "HQ", account: "works"}
		was.site, now.at, now.site, now.name, now.mac, now.account = "HQ", "10.1.0.1", "Lab", c.name, c.mac, "works"
		p, old := made(t, Options{}, []host{hq, now}), made(t, Options{Now: today.Add(-7 * oneDay)}, []host{was, hq})
		compare(p, old)
		if got := missingWords(p.of(assess.ClientAlways).Sites[0].Missing); got != c.want {
			t.Errorf("%s at another site: %q, want %q", name, got, c.want)
		}
	}
}

// TestImportOfMonths: a log of months is as new as the last of what it tells of, and
// settles nothing that was found since it began.
func TestImportOfMonths(t *testing.T) {
	at := func(days int) time.Time { return today.Add(-time.Duration(days) * oneDay) }
	log := Source{ID: "log", Site: "HQ", Imported: true, Seen: at(90), Last: at(1)}
	p := oneRun(t, Source{ID: "now", Site: "HQ"}, 3, fineServer("10.0.0.1"))
	m := NewMemory(nil)
	m.Await(p)
	m.Take(oneRun(t, log, 0, caller("COPIER7", at(2), false)))
	p.Recall(m)
	list := p.of(assess.ServerAlways).Sites[0].Unsettled
	if len(list) != 1 || !list[0].Newer || list[0].Run != "log" || !list[0].Seen.Equal(at(2)) {
		t.Errorf("%+v", list)
	}
	for first, want := range map[int]string{9: "10.0.0.1 blocked scan", 4: ""} {
		log.Seen = at(first)
		m, p := NewMemory(nil), oneRun(t, Source{ID: "now", Site: "HQ"}, 0)
		m.Take(oneRun(t, Source{ID: "scan", Site: "HQ"}, 5, server("10.0.0.1", true, false)))
		m.Take(oneRun(t, log, 0, fineServer("10.0.0.1")))
		p.Recall(m)
		if got := missingWords(p.of(assess.ClientAlways).Sites[0].Missing); got != want {
			t.Errorf("a log since %d days: %q, want %q", first, got, want)
		}
	}
}

// bareServer makes of a server one of which nothing but its address is known.
func bareServer(h *inventory.Host) *inventory.Host {
	h.Names = inventory.Names{}
	return h
}

// within makes the plan of a run of other sites, of which the hosts of HQ are taken.
func within(t *testing.T, days int, except []string, hosts ...*inventory.Host) *Plan {
	t.Helper()
	var judge assess.Judge
	b := NewBuilder(Options{Now: today, Judge: judge.Assess})
	s := Source{ID: "old name", Elsewhere: true, Started: today.Add(-time.Duration(days) * oneDay)}
	if err := b.BeginWithin(s, "HQ", whole[0].Targets, except); err != nil {
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

// TestUnderAnotherName: what a run saw under the name of another site counts at the one
// that has the targets now; it settles there only what it saw for sure.
func TestUnderAnotherName(t *testing.T) {
	blocked, fine := server("10.0.0.1", true, false), fineServer("10.0.0.1")
	for name, c := range map[string]struct {
		before, other *inventory.Host
		except        []string
		want          string
	}{
		"it blocked":                    {nil, blocked, nil, "10.0.0.1 blocked old name"},
		"at what is the other site's":   {nil, blocked, []string{"10.0.0.0/28"}, ""},
		"it was put right":              {blocked, fine, nil, ""},
		"no more is known than where":   {bareServer(server("10.0.0.1", true, false)), bareServer(fineServer("10.0.0.1")), nil, "10.0.0.1 blocked before"},
		"nothing of it under that name": {blocked, nil, nil, "10.0.0.1 blocked before"},
	} {
		m, p := NewMemory(nil), oneRun(t, Source{ID: "now", Site: "HQ"}, 0)
		m.Await(p)
		one := func(h *inventory.Host) (hosts []*inventory.Host) {
			if h != nil {
				hosts = append(hosts, h)
			}
			return hosts
		}
		m.Take(oneRun(t, Source{ID: "before", Site: "HQ"}, 9, one(c.before)...))
		m.Take(within(t, 5, c.except, one(c.other)...))
		p.Recall(m)
		site := &p.of(assess.ClientAlways).Sites[0]
		if got := missingWords(site.Missing) + missingWords(site.Unsettled); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// hqRun makes the plan of a run of HQ, or of one under another name.
func hqRun(t *testing.T, s Source, days int, hosts ...host) *Plan {
	t.Helper()
	b := NewBuilder(Options{Now: today, Known: whole})
	s.Started, s.Scope = today.Add(-time.Duration(days)*oneDay), whole[0].Targets
	begin := b.Begin
	if s.Site = "HQ"; s.Elsewhere {
		begin = func(s Source) error { return b.BeginWithin(s, "HQ", whole[0].Targets, nil) }
	}
	if err := begin(s); err != nil {
		t.Fatal(err)
	}
	for _, h := range append(hosts, host{at: "10.0.9.9", name: "BESIDE", mac: cardB, account: "works", client: "works"}) {
		if err := b.Add(h.inventory(), h.assessment(t)); err != nil {
			t.Fatal(err)
		}
	}
	return b.Plan()
}

// recalled holds the last of the runs against those before it, and returns what is not
// settled of client-always.
func recalled(runs ...*Plan) (*SitePlan, string) {
	m, p := NewMemory(nil), runs[len(runs)-1]
	m.Await(p)
	for _, r := range runs[:len(runs)-1] {
		m.Take(r)
	}
	p.Recall(m)
	site := &p.of(assess.ClientAlways).Sites[0]
	return site, missingWords(site.Missing) + missingWords(site.Unsettled)
}

// TestUnderAnotherNameThen: what was found under another name is settled by a run of the
// site itself, and not by one of another name unless that is surely of it. What such a run
// did not see is as it was.
func TestUnderAnotherNameThen(t *testing.T) {
	const a, blocked = "10.0.0.1", "10.0.0.1 blocked "
	nas := host{at: a, name: "NAS", mac: cardA, account: "breaks", client: "works"}
	as := func(h host, account string) host { h.account = account; return h }
	named, bare := nas, nas
	named.mac, bare.name, bare.mac = "", "", ""
	refusal := as(nas, "not-applicable")
	refusal.state = inventory.StateClosed
	silent := host{at: a, state: inventory.StateOpen, client: "works"}
	own := func(days int, hosts ...host) *Plan { return hqRun(t, Source{ID: "own"}, days, hosts...) }
	other := func(days int, hosts ...host) *Plan {
		return hqRun(t, Source{ID: "other", Elsewhere: true}, days, hosts...)
	}
	for name, c := range map[string]struct {
		runs []*Plan
		want string
	}{
		"found and fine there, by its card":            {[]*Plan{other(9, nas), other(5, as(nas, "works")), own(0)}, ""},
		"found and fine there, by its address":         {[]*Plan{other(9, bare), other(5, as(bare, "works")), own(0)}, blocked + "other"},
		"found there, and fine at the site":            {[]*Plan{other(9, bare), own(0, as(bare, "works"))}, ""},
		"found at both, and fine at the site":          {[]*Plan{own(9, named), other(5, named), own(0, as(named, "works"))}, ""},
		"it refused, and is not there":                 {[]*Plan{own(9, nas), own(7, refusal), other(5), own(0, refusal)}, ""},
		"it refused last, and is not there":            {[]*Plan{own(9, nas), own(7, refusal), other(3), own(5, refusal)}, ""},
		"it refused, and is dark at the site":          {[]*Plan{own(9, nas), own(7, refusal), own(0)}, blocked + "own"},
		"it refuses there, by its name":                {[]*Plan{own(9, named), other(3, func() host { h := refusal; h.mac = ""; return h }()), own(5)}, blocked + "own"},
		"unknown between, and the known is back there": {[]*Plan{own(9, as(nas, "works")), own(7, silent), other(3, as(nas, "works")), own(5)}, "10.0.0.1 unknown own"},
		"unknown between, and the known is back":       {[]*Plan{own(9, as(nas, "works")), own(7, silent), own(3, as(nas, "works")), own(5)}, ""},
	} {
		site, got := recalled(c.runs...)
		if got != c.want || (site.Decision == Go) != (c.want == "") {
			t.Errorf("%s: %s %q, want %q", name, site.Decision, got, c.want)
		}
	}
}

// TestRunOfOneID: the run of the plan counts, though a stored one of its ID was looked
// through too, which may tell less.
func TestRunOfOneID(t *testing.T) {
	nas := host{at: "10.0.0.1", name: "NAS", mac: cardA, account: "breaks", client: "works"}
	refusal := nas
	refusal.account, refusal.state = "not-applicable", inventory.StateClosed
	old, stored := hqRun(t, Source{ID: "old"}, 9, nas), hqRun(t, Source{ID: "x"}, 5, refusal)
	if site, got := recalled(old, stored, hqRun(t, Source{ID: "x"}, 4, refusal)); got != "" || site.Decision != Go {
		t.Errorf("%s: %s", site.Decision, got)
	}
	// A stored copy found it again, and in the named one it is dark.
	again := hqRun(t, Source{ID: "x"}, 4, nas)
	if site, got := recalled(old, stored, again, hqRun(t, Source{ID: "x"}, 3)); got != "10.0.0.1 blocked x" || site.Decision == Go {
		t.Errorf("%s: %s", site.Decision, got)
	}
	if site, got := recalled(old, stored, hqRun(t, Source{ID: "x"}, 0)); got != "10.0.0.1 blocked old" || site.Decision == Go {
		t.Errorf("%s: %s", site.Decision, got)
	}
}

// TestUnderAnotherNameOften: what was seen by each run under another name is one device.
func TestUnderAnotherNameOften(t *testing.T) {
	m, p := NewMemory(nil), oneRun(t, Source{ID: "now", Site: "HQ"}, 0)
	m.Await(p)
	for days := 9; days > 1; days-- {
		m.Take(within(t, days, nil, bareServer(server("10.0.0.1", true, false))))
	}
	p.Recall(m)
	if got := missingWords(p.of(assess.ClientAlways).Sites[0].Missing); got != "10.0.0.1 blocked old name" {
		t.Error(got)
	}
}

// TestNothingButAnAddress: what had nothing but an address is not known to be the device
// that is there now, and can be accepted with it; and an unknown one is nothing to heed
// where a device was there before that and is again.
func TestNothingButAnAddress(t *testing.T) {
	const a = "10.0.0.1"
	pc := host{at: a, name: "PC1", mac: cardA, account: "works", client: "works"}
	other, uncarded, blocker := pc, pc, host{at: a, account: "breaks", client: "works"}
	other.mac, other.name, uncarded.mac = "00:11:32:00:00:0b", "PC2", ""
	silent := host{at: a, state: inventory.StateOpen, client: "works"}
	copier, told := silent, silent
	copier.class, told.clues = assess.NAS, true
	blockedPC, unheard, nas := pc, pc, blocker
	nas.class = assess.NAS
	unheard.client = "unknown"
	blockedPC.account = "breaks"
	accepted := []inventory.Exception{exception(a, "client-always")}
	elsewhere := host{at: "10.0.0.2", name: "PC1", mac: cardA, account: "works", client: "works"}
	week := func(h ...host) []host { return h }
	for name, c := range map[string]struct {
		e     []inventory.Exception
		weeks [][]host
		want  string // not seen again
		there bool
		use   Use
	}{
		"another is there":                                   {nil, [][]host{week(blocker), week(pc)}, a + " blocked week0", true, ""},
		"nothing is there":                                   {nil, [][]host{week(blocker), week()}, a + " blocked week0", false, ""},
		"accepted with what is there":                        {accepted, [][]host{week(blocker), week(pc)}, a + " blocked week0 accepted", true, InForce},
		"another kind is there":                              {accepted, [][]host{week(nas), week(pc)}, a + " blocked week0", false, NotNeeded},
		"accepted with one that needs it itself":             {accepted, [][]host{week(blocker), week(blockedPC)}, a + " blocked week0 accepted", true, InForce},
		"accepted, and what is there is unknown as a client": {accepted, [][]host{week(blocker), week(unheard)}, a + " blocked week0 accepted", true, InForce},
		"bound to another":                                   {[]inventory.Exception{seen(accepted[0], other)}, [][]host{week(blocker), week(pc)}, a + " blocked week0", true, OtherDevice},
		"one that was there before is again":                 {nil, [][]host{week(pc), week(silent), week(pc)}, "", false, ""},
		"another service told of what was there":             {nil, [][]host{week(pc), week(told), week(pc)}, a + " unknown week1", true, ""},
		"one that was there long before is again":            {nil, [][]host{week(pc), week(), week(silent), week(pc)}, a + " unknown week2", true, ""},
		"another kind of device was there between":           {nil, [][]host{week(pc), week(copier), week(pc)}, a + " unknown week1", false, ""},
		"it was not there before":                            {nil, [][]host{week(), week(silent), week(pc)}, a + " unknown week1", true, ""},
		"it was there after that alone":                      {nil, [][]host{week(), week(silent), week(pc), week(pc)}, a + " unknown week1", true, ""},
		"it was elsewhere before":                            {nil, [][]host{week(elsewhere), week(silent), week(pc)}, a + " unknown week1", true, ""},
		"another was there before":                           {nil, [][]host{week(other), week(silent), week(pc)}, a + " unknown week1", true, ""},
		"a name alone says so":                               {nil, [][]host{week(uncarded), week(silent), week(uncarded)}, a + " unknown week1", true, ""},
		"it blocked":                                         {nil, [][]host{week(pc), week(blocker), week(pc)}, a + " blocked week1", true, ""},
		"it is not ready":                                    {nil, [][]host{week(pc), week(silent), week(blockedPC)}, a + " unknown week1", true, ""},
	} {
		p := weekly(t, Options{Exceptions: c.e}, c.weeks...)
		site := &p.of(assess.ClientAlways).Sites[0]
		if got := missingWords(site.Missing); got != c.want {
			t.Errorf("%s: not seen again %q, want %q", name, got, c.want)
		}
		if len(site.Missing) == 1 && (site.Missing[0].There != nil && !site.Missing[0].Other) != c.there {
			t.Errorf("%s: there is %+v", name, site.Missing[0].There)
		}
		if len(c.e) > 0 && p.Exceptions[0].Use != c.use {
			t.Errorf("%s: the exception is %s", name, p.Exceptions[0].Use)
		}
	}
}

// TestAcceptedThereOnce: an exception of what is at an address now holds to one that had
// nothing but that address, and to no second one.
func TestAcceptedThereOnce(t *testing.T) {
	const a = "10.0.0.1"
	nas := host{at: a, account: "breaks", client: "works", class: assess.NAS}
	printer := host{at: a, account: "breaks", client: "works", class: assess.Printer}
	pc := host{at: a, name: "PC1", mac: cardA, account: "works", client: "works"}
	e := []inventory.Exception{exception(a, "client-always")}
	site := &weekly(t, Options{Exceptions: e}, []host{nas}, []host{printer}, []host{pc}).of(assess.ClientAlways).Sites[0]
	if got := missingWords(site.Missing); got != a+" blocked week0, "+a+" blocked week1 accepted" || site.Decision == Go {
		t.Errorf("%s: %s", site.Decision, got)
	}
	// Where several are at the address it is not known which of them is meant.
	two := []host{pc, {at: a, name: "PC2", mac: cardB, account: "works", client: "works", state: notAsked, seenBy: listener}}
	p := weekly(t, Options{Exceptions: e}, []host{nas}, two)
	if site := &p.of(assess.ClientAlways).Sites[0]; missingWords(site.Missing) != a+" blocked week0" || site.Decision == Go || p.Exceptions[0].Use != Ambiguous {
		t.Errorf("%s: %s, %s", site.Decision, missingWords(site.Missing), p.Exceptions[0].Use)
	}
}

// TestFutureSettlesNothing: a run that is dated in the future adds what speaks against a
// device, and nothing for it.
func TestFutureSettlesNothing(t *testing.T) {
	const a = "10.0.0.1"
	nas := host{at: a, name: "NAS", mac: cardA, account: "breaks", client: "works"}
	fine, refusal, other := nas, nas, host{at: a, name: "NEW", mac: cardB, account: "works", client: "works"}
	fine.account, refusal.account, refusal.state = "works", "not-applicable", inventory.StateClosed
	guests := fine
	guests.guest = "breaks"
	for name, c := range map[string]struct {
		since, later []host // a week ago; in the future
		want         string
	}{
		"it is fine there":           {nil, []host{fine}, a + " blocked old"},
		"it refuses there":           {nil, []host{refusal}, a + " blocked old"},
		"another is there":           {nil, []host{other}, a + " blocked old"},
		"it is not there":            {[]host{refusal}, nil, ""},
		"it lets guests in there":    {[]host{refusal}, []host{guests}, a + " blocked future"},
		"it blocks there":            {[]host{refusal}, []host{nas}, a + " blocked future"},
		"put right before, and back": {[]host{fine}, []host{nas}, a + " blocked future"},
	} {
		m, p := NewMemory(nil), dated(t, "now", 0, time.Time{}, c.since...)
		m.Await(p)
		m.Take(dated(t, "old", 9, time.Time{}, nas))
		m.Take(dated(t, "future", -400, time.Time{}, c.later...))
		p.Recall(m)
		site := &p.of(assess.ClientAlways).Sites[0]
		if got := missingWords(site.Missing) + missingWords(site.Unsettled); got != c.want || (site.Decision == Go) != (c.want == "") {
			t.Errorf("%s: %s %q, want %q", name, site.Decision, got, c.want)
		}
	}
}

// TestAheadSettlesNothing: nor does one that is dated after a run that began later.
func TestAheadSettlesNothing(t *testing.T) {
	nas := host{at: "10.0.0.1", name: "NAS", mac: cardA, account: "breaks", client: "works"}
	fine := nas
	fine.account = "works"
	for _, ahead := range []bool{false, true} {
		m, p, x := NewMemory(nil), dated(t, "now", 9, time.Time{}), dated(t, "x", 3, time.Time{}, fine)
		for i := range x.Policies {
			x.Policies[i].Sites[0].source.Ahead = ahead
		}
		m.Await(p)
		m.Take(dated(t, "later", 5, time.Time{}, nas))
		m.Take(x)
		p.Recall(m)
		if got := len(p.of(assess.ClientAlways).Sites[0].Unsettled) == 1; got != ahead {
			t.Errorf("%v: %v", ahead, got)
		}
	}
	b := NewBuilder(Options{Now: today})
	_ = b.Begin(Source{ID: "x", Site: "HQ", Started: today, Ahead: true})
	if site := b.Plan().at("HQ"); !strings.Contains(strings.Join(site.Reasons, " "), "dated after one that began later") {
		t.Errorf("%q", site.Reasons)
	}
}

// dated makes the plan of a run that began so many days ago, and ended when it says.
func dated(t *testing.T, id string, days int, ended time.Time, hosts ...host) *Plan {
	t.Helper()
	b := NewBuilder(Options{Now: today, Known: whole})
	s := Source{ID: id, Started: today.Add(-time.Duration(days) * oneDay), Last: ended, Scope: whole[0].Targets}
	if err := b.Begin(s); err != nil {
		t.Fatal(err)
	}
	for _, h := range append(hosts, host{at: "10.0.9.9", name: "BESIDE", account: "works proven", client: "works proven", seenBy: listener}) {
		if err := b.Add(h.inventory(), h.assessment(t)); err != nil {
			t.Fatal(err)
		}
	}
	return b.Plan()
}

// TestResumed: what a scan saw is as new as its host, wherever the scan began, and
// whatever ended between.
func TestResumed(t *testing.T) {
	at := func(days int) time.Time { return today.Add(-time.Duration(days) * oneDay) }
	nas := func(account string, days int) host {
		return host{at: "10.0.0.1", name: "NAS", mac: cardA, account: account, client: "works", seen: at(days)}
	}
	const blocked = "10.0.0.1 blocked "
	for name, c := range map[string]struct {
		before, now *Plan // the first is remembered, the plan rests on the second
		want        string
		newer       bool
	}{
		"put right in a scan that began before":            {dated(t, "whole", 10, at(10), nas("breaks", 10)), dated(t, "long", 15, at(1), nas("works", 1)), "", false},
		"put right before it was seen":                     {dated(t, "whole", 10, at(10), nas("breaks", 10)), dated(t, "long", 15, at(1), nas("works", 14)), blocked + "whole", true},
		"broke after it was seen":                          {dated(t, "long", 15, at(5), nas("breaks", 6)), dated(t, "whole", 10, at(1), nas("works", 8)), blocked + "long", true},
		"put right after that":                             {dated(t, "long", 15, at(1), nas("breaks", 14)), dated(t, "whole", 10, at(10), nas("works", 10)), "", false},
		"the scan was cut off, and saw it last":            {dated(t, "cut", 15, time.Time{}, nas("breaks", 1)), dated(t, "whole", 10, at(10), nas("works", 10)), blocked + "cut", true},
		"a time that cannot be is the run's end":           {dated(t, "long", 15, at(1), nas("breaks", -5)), dated(t, "whole", 10, at(9), nas("works", 10)), blocked + "long", true},
		"a time that cannot be is the run's beginning":     {dated(t, "whole", 10, at(10), nas("breaks", 10)), dated(t, "long", 15, at(1), nas("works", -5)), blocked + "whole", true},
		"an end that cannot be is that of the last host":   {dated(t, "long", 15, at(20), nas("breaks", 1)), dated(t, "whole", 10, at(9), nas("works", 10)), blocked + "long", true},
		"an earlier time than the beginning is the device": {dated(t, "whole", 10, at(10), nas("breaks", 10)), dated(t, "jumped", 8, at(8), nas("works", 11)), blocked + "whole", true},
	} {
		m := NewMemory(nil)
		m.Await(c.now)
		m.Take(c.before)
		c.now.Recall(m)
		site := &c.now.of(assess.ClientAlways).Sites[0]
		list := append(site.Unsettled, site.Missing...)
		if got := missingWords(list); got != c.want || (site.Decision == Go) != (c.want == "") || len(list) > 0 && list[0].Newer != c.newer {
			t.Errorf("%s: %s %q, want %q: %q", name, site.Decision, got, c.want, site.Reasons)
		}
	}
}

// TestResumedProperty: over random scans that overlap, a site is never a go while the last
// sight of a device, of all scans, was not ready.
func TestResumedProperty(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	gos := 0
	for range 500 {
		var last time.Time
		want, words := "", ""
		var runs []*Plan
		for i := range 2 + r.IntN(4) {
			began := 1 + r.IntN(40)
			ended := r.IntN(began)
			h := host{at: "10.0.0.1", mac: cardA, account: []string{"breaks", "works", "unknown"}[r.IntN(3)], client: "works"}
			h.seen = today.Add(-time.Duration(ended*24+r.IntN((began-ended)*24+1))*time.Hour + time.Duration(i)*time.Minute)
			if h.seen.After(last) {
				last, want = h.seen, h.account
			}
			words += fmt.Sprintf("%d to %d, %s at %s; ", began, ended, h.account, h.seen)
			end := today.Add(-time.Duration(ended)*oneDay + time.Hour)
			if r.IntN(4) == 0 {
				end = time.Time{} // it was cut off
			}
			runs = append(runs, dated(t, fmt.Sprint("run", i), began, end, h))
		}
		slices.SortFunc(runs, func(a, b *Plan) int { return a.at("").source.latest().Compare(b.at("").source.latest()) })
		m, p := NewMemory(nil), runs[r.IntN(len(runs))]
		m.Await(p)
		for _, other := range runs {
			if other != p {
				m.Take(other)
			}
		}
		p.Recall(m)
		decision := p.of(assess.ClientAlways).Sites[0].Decision
		if decision == Go && want != "works" {
			t.Fatalf("a go, on %s: %s", p.at("").source.ID, words)
		}
		if decision == Go {
			gos++
		}
	}
	if gos < 50 {
		t.Errorf("only %d are a go: the test shows little", gos)
	}
}

// TestRefusalExcuses only where it says that nothing is served, and was seen after what it
// excuses.
func TestRefusalExcuses(t *testing.T) {
	nas := host{at: "10.0.0.1", name: "NAS", mac: cardA, account: "breaks", client: "works"}
	refusal, open := nas, nas
	refusal.account, refusal.state = "not-applicable", inventory.StateClosed
	open.account, open.state = "unknown session-port-not-asked", inventory.StateClosed
	for name, c := range map[string]struct {
		h    host
		from int // of an import, the day of its oldest; 0 for a scan
		want string
	}{
		"a refusal":                       {refusal, 0, ""},
		"one that leaves a port open":     {open, 0, "10.0.0.1 blocked old"},
		"an import of what is newer":      {refusal, 8, ""},
		"an import of what is older, too": {refusal, 30, "10.0.0.1 blocked old"},
	} {
		m, p, newer := NewMemory(nil), dated(t, "now", 2, time.Time{}), dated(t, "newer", 1, time.Time{}, c.h)
		for i := range newer.Policies {
			s := newer.Policies[i].Sites[0].source
			if c.from > 0 {
				s.Imported, s.Seen, s.Last = true, today.Add(-time.Duration(c.from)*oneDay), today.Add(-oneDay)
			}
		}
		m.Await(p)
		m.Take(dated(t, "old", 9, time.Time{}, nas))
		m.Take(newer)
		p.Recall(m)
		site := &p.of(assess.ClientAlways).Sites[0]
		if got := missingWords(site.Missing) + missingWords(site.Unsettled); got != c.want || (site.Decision == Go) != (c.want == "") {
			t.Errorf("%s: %s %q, want %q", name, site.Decision, got, c.want)
		}
	}
}

// TestOfNoKnownSite: what a run of no site met at no site's address may be of any, and
// counts at each; what it asked there is of none.
func TestOfNoKnownSite(t *testing.T) {
	met := host{name: "COPIER", state: notAsked, client: "breaks", seenBy: listener}
	roaming, asked, ours, theirs := met, host{at: "172.16.0.5", account: "breaks", client: "breaks"}, met, met
	roaming.at, ours.at, theirs.at = "172.16.0.5", "10.0.0.5", "10.1.0.5"
	for name, c := range map[string]struct {
		h     host
		want  string
		stray bool
	}{
		"without an address":     {met, "invalid IP blocked met", true},
		"at an address of none":  {roaming, "172.16.0.5 blocked met", true},
		"asked there":            {asked, "", false},
		"at an address of it":    {ours, "10.0.0.5 blocked met", false},
		"at an address of other": {theirs, "", false},
	} {
		b := NewBuilder(Options{Now: today, Areas: map[string][]string{"": whole[0].Targets, "Lab": {"10.1.0.0/16"}}})
		if err := b.BeginWithin(Source{ID: "met", Imported: true, Seen: today, Last: today}, "", whole[0].Targets, nil); err != nil {
			t.Fatal(err)
		}
		if err := b.Add(c.h.inventory(), c.h.assessment(t)); err != nil {
			t.Fatal(err)
		}
		m, p := NewMemory(nil), dated(t, "now", 2, time.Time{})
		m.Await(p)
		m.Take(b.Plan())
		p.Recall(m)
		site := &p.of(assess.ServerAlways).Sites[0]
		if got := missingWords(site.Unsettled); got != c.want || (site.Decision == Go) != (c.want == "") {
			t.Errorf("%s: %s %q, want %q: %q", name, site.Decision, got, c.want, site.Reasons)
		}
		if said := strings.Contains(strings.Join(site.Reasons, " "), "at an address of no site or at none: import what that run read"); said != c.stray {
			t.Errorf("%s: %q", name, site.Reasons)
		}
	}
}

// TestWaysOut: of all that is remembered it is said how to get out of it.
func TestWaysOut(t *testing.T) {
	nas := host{at: "10.0.0.1", name: "NAS", mac: cardA, account: "breaks", client: "works"}
	heard := nas
	heard.state, heard.account, heard.seenBy = notAsked, "", listener
	newer := dated(t, "now", 5, time.Time{})
	m := NewMemory(nil)
	m.Await(newer)
	m.Take(dated(t, "newer", 1, time.Time{}, nas))
	newer.Recall(m)
	for words, p := range map[string]*Plan{
		"and scan it with the same questions": weekly(t, Options{}, []host{nas}, nil),
		"ask it again as then":                weekly(t, Options{}, []host{nas}, []host{heard}),
		"scan the site again":                 newer,
	} {
		reasons := strings.Join(p.of(assess.ClientAlways).Sites[0].Reasons, " ")
		for _, way := range []string{words, "accept it (smbready exceptions add DEVICE --run RUN)", "delete the run that saw it, if that was wrong (smbready runs delete RUN)"} {
			if !strings.Contains(reasons, way) {
				t.Errorf("%q is not in %q", way, reasons)
			}
		}
	}
}

// TestDatedInTheFuture: scanning again settles nothing of a run with a wrong date.
func TestDatedInTheFuture(t *testing.T) {
	p, m := oneRun(t, Source{ID: "now", Site: "HQ"}, 0, fineServer("10.0.0.9")), NewMemory(nil)
	m.Await(p)
	m.Take(oneRun(t, Source{ID: "future", Site: "HQ"}, -400, server("10.0.0.1", true, false)))
	p.Recall(m)
	site := &p.of(assess.ClientAlways).Sites[0]
	words := strings.Join(site.Reasons, " ")
	if site.Decision == Go || len(site.Unsettled) != 1 || !site.Unsettled[0].Future || !strings.Contains(words, "delete it, or import it anew") || strings.Contains(words, "scan the site again") {
		t.Errorf("%+v: %s", site.Unsettled, words)
	}
}

// TestAcceptedOnce: of what is not seen again it is said that it was accepted once.
func TestAcceptedOnce(t *testing.T) {
	e := exception("10.0.0.1", "client-always")
	e.Until = day("2026-11-01")
	p := weekly(t, Options{Exceptions: []inventory.Exception{e}}, []host{{at: "10.0.0.1", name: "NAS", account: "breaks", client: "works"}}, nil)
	if m := p.of(assess.ClientAlways).Sites[0].Missing; len(m) != 1 || m[0].Exception != nil || len(m[0].Expired) != 1 {
		t.Errorf("%+v", m)
	}
}

// TestMendedSince: what a run that is newer than that of the plan saw put right is not
// among what was not seen again.
func TestMendedSince(t *testing.T) {
	for days, want := range map[int]int{1: 0, 0: 1} {
		old, p := oneRun(t, Source{ID: "old", Site: "HQ"}, 9, server("10.0.0.1", true, false)), oneRun(t, Source{ID: "now", Site: "HQ"}, 5)
		m := NewMemory(old)
		m.Await(p)
		if days > 0 {
			m.Take(oneRun(t, Source{ID: "newer", Site: "HQ"}, days, fineServer("10.0.0.1")))
		}
		p.Recall(m)
		policy := p.of(assess.ClientAlways)
		if got := policy.Changes.NotSeen; len(got) != want || len(policy.Sites[0].Missing) != want {
			t.Errorf("%d: %+v", days, got)
		}
	}
}

// TestUndefinedSite: a site that the sites file does not have, while it has others, may
// have been renamed.
func TestUndefinedSite(t *testing.T) {
	for _, name := range []string{"HQ", "Former"} {
		b := NewBuilder(Options{Now: today, Sites: []inventory.Site{{Name: "HQ", Targets: whole[0].Targets}}})
		if err := b.Begin(Source{ID: "now", Site: name, Started: today, Scope: whole[0].Targets}); err != nil {
			t.Fatal(err)
		}
		h := fineServer("10.0.0.1")
		var judge assess.Judge
		a := judge.Assess(h)
		if err := b.Add(h, &a); err != nil {
			t.Fatal(err)
		}
		site := b.Plan().at(name)
		if got := strings.Contains(strings.Join(site.Conditions, " "), "It is not in the sites file"); got != (name == "Former") {
			t.Errorf("%s: %q", name, site.Conditions)
		}
	}
}
