package plan

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// weekly makes plans of weekly runs, the last of today, and holds that against the
// others.
func weekly(t *testing.T, o Options, weeks ...[]host) *Plan {
	t.Helper()
	o.Now, o.Known = today, whole
	m := NewMemory(nil)
	for i, hosts := range weeks {
		b := NewBuilder(o)
		s := Source{ID: fmt.Sprintf("week%d", i), Started: today.Add(-time.Duration(len(weeks)-1-i) * 7 * oneDay), Scope: whole[0].Targets}
		if err := b.Begin(s); err != nil {
			t.Fatal(err)
		}
		beside := host{at: "10.0.9.9", name: "BESIDE", account: "works proven", client: "works proven", seenBy: listener}
		for _, h := range append(hosts, beside) {
			if err := b.Add(h.inventory(), h.assessment(t)); err != nil {
				t.Fatal(err)
			}
		}
		p := b.Plan()
		if i == len(weeks)-1 {
			p.Recall(m)
			return p
		}
		m.Take(p)
	}
	return nil
}

// TestRecall: a device that blocked or was unknown when it was last seen speaks against
// going ahead, however long it is dark, until it is seen, replaced or accepted.
func TestRecall(t *testing.T) {
	const a, b, mac, other = "10.0.0.1", "10.0.0.2", "00:11:32:00:00:01", "00:11:32:00:00:02"
	nas := host{at: a, name: "NAS1", mac: mac, account: "breaks", client: "works"}
	mended, moved, fresh := nas, nas, host{at: a, name: "NAS2", mac: other, account: "works", client: "works"}
	mended.account = "works"
	moved.at, moved.account = b, "works"
	elsewhere, named := fresh, host{at: b, name: "NAS1", account: "works", client: "works"}
	elsewhere.at = b
	host22, pc, oldPC, renewed := fresh, fresh, nas, fresh
	host22.class, pc.class, oldPC.class = assess.WindowsServer, assess.WindowsClient, assess.WindowsClient
	renewed.name, renewed.class = nas.name, assess.NAS
	nameless, laptop := host{at: a, account: "breaks", client: "works"}, host{at: a, name: "PC1", account: "works", client: "works"}
	heard := host{at: a, name: "PC1", seenBy: listener, state: notAsked, client: "works"}
	week := func(h ...host) []host { return h }
	for _, c := range []struct {
		name     string
		e        []inventory.Exception
		weeks    [][]host
		missing  string // address and run
		replaced string
	}{
		{"dark once", nil, [][]host{week(nas), nil}, a + " blocked week0", ""},
		{"dark for weeks", nil, [][]host{week(nas), week(nas), nil, nil, nil}, a + " blocked week1", ""},
		{"dark, and back", nil, [][]host{week(nas), nil, week(nas)}, "", ""},
		{"put right before it went dark", nil, [][]host{week(nas), week(mended), nil, nil}, "", ""},
		{"an unknown", nil, [][]host{week(host{at: a, client: "works"}), nil, nil}, a + " unknown week0", ""},
		{"what works", nil, [][]host{week(mended), nil, nil}, "", ""},
		{"moved", nil, [][]host{week(nas), nil, week(moved)}, "", ""},
		{"another one of its name", nil, [][]host{week(nas), nil, week(named)}, a + " blocked week0", ""},
		{"replaced", nil, [][]host{week(nas), nil, week(fresh)}, "", a + " blocked week0"},
		{"its address went to another kind", nil, [][]host{week(nas), nil, week(host22)}, a + " blocked week0", ""},
		{"a PC's address went to another PC", nil, [][]host{week(oldPC), week(pc)}, a + " blocked week0", ""},
		{"replaced by one of its name", nil, [][]host{week(nas), week(renewed)}, "", a + " blocked week0"},
		{"replaced weeks ago", nil, [][]host{week(nas), week(fresh), week(fresh)}, "", a + " blocked week0"},
		{"replaced, and nothing is there today", nil, [][]host{week(nas), week(fresh), nil}, a + " blocked week0", ""},
		{"replaced, and back elsewhere", nil, [][]host{week(nas), week(fresh), week(fresh, moved)}, "", ""},
		{"its address went to one that was there before", nil, [][]host{week(nas, elsewhere), nil, week(fresh)}, a + " blocked week0", ""},
		{"nothing but a name says that it is another", nil, [][]host{week(host{at: a, name: "NAS1", account: "breaks", client: "works"}), week(laptop)}, a + " blocked week0", ""},
		{"nothing says that it is another, nor that it is not", nil, [][]host{week(nameless), week(laptop)}, a + " blocked week0", ""},
		{"nothing is known of either", nil, [][]host{week(nameless), week(host{at: a, account: "works", client: "works"})}, "", ""},
		{"accepted by its name alone", []inventory.Exception{exception("nas1", "client-always")}, [][]host{week(nas), nil, nil}, a + " blocked week0", ""},
		{"accepted by its name, and seen", []inventory.Exception{seen(exception("nas1", "client-always"), nas)}, [][]host{week(nas), nil, nil}, a + " blocked week0 accepted", ""},
		{"accepted", []inventory.Exception{exception(a, "client-always")}, [][]host{week(nas), nil, nil}, a + " blocked week0 accepted", ""},
		{"accepted for the other policy", []inventory.Exception{exception("nas1", "server-always")}, [][]host{week(nas), nil, nil}, a + " blocked week0", ""},
		{"accepted once", []inventory.Exception{func() inventory.Exception {
			e := exception("nas1", "client-always")
			e.Until = day("2026-11-01")
			return e
		}()},
			[][]host{week(nas), nil, nil}, a + " blocked week0", ""},
		{"a client that nobody asked", nil, [][]host{week(heard), nil}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := weekly(t, Options{Exceptions: c.e}, c.weeks...)
			site := &p.of(assess.ClientAlways).Sites[0]
			if got := missingWords(site.Missing); got != c.missing {
				t.Errorf("not seen again: %q, want %q", got, c.missing)
			}
			if got := missingWords(site.Replaced); got != c.replaced || got != "" && site.Replaced[0].By == nil {
				t.Errorf("replaced: %q, want %q", got, c.replaced)
			}
			holds := c.missing != "" && !strings.Contains(c.missing, "accepted")
			if site.Decision == Go && holds || strings.Contains(strings.Join(site.Reasons, " "), "not seen again") != holds {
				t.Errorf("%s: %q", site.Decision, site.Reasons)
			}
			if heeded := strings.Contains(strings.Join(site.Conditions, " "), "was replaced by another"); heeded != (c.replaced != "") {
				t.Errorf("to heed: %q", site.Conditions)
			}
			for i := range p.Exceptions {
				if used := p.Exceptions[i].Use == InForce; used != strings.Contains(c.missing, "accepted") {
					t.Errorf("the exception is said to be %s", p.Exceptions[i].Use)
				}
			}
		})
	}
}

func missingWords(list []Missing) string {
	var words []string
	for _, m := range list {
		text := fmt.Sprintf("%s %s %s", m.Device.Address, m.Status, m.Run)
		if m.Exception != nil {
			text += " accepted"
		}
		words = append(words, text)
	}
	return strings.Join(words, ", ")
}

// TestRecallAtOtherSite: what went to another site is seen there.
func TestRecallAtOtherSite(t *testing.T) {
	nas := host{at: "10.0.0.1", site: "HQ", name: "NAS1", mac: "00:11:32:00:00:01", account: "breaks"}
	hq := host{at: "10.0.0.9", site: "HQ", account: "works"}
	lab := nas
	lab.at, lab.site, lab.account = "10.1.0.1", "Lab", "works"
	renamed, vm, vmThere := lab, nas, lab
	renamed.name, vm.mac, vmThere.mac = "NAS7", "00:15:5d:05:14:03", "00:15:5d:05:14:03"
	const missing = "10.0.0.1 blocked run0"
	for name, c := range map[string]struct {
		then, now []host
		want      string
	}{
		"there":                          {[]host{nas, hq}, []host{hq, lab}, ""},
		"nowhere":                        {[]host{nas, hq}, []host{hq}, missing},
		"there under another name":       {[]host{nas, hq}, []host{hq, renamed}, missing},
		"what was there then, too":       {[]host{nas, hq, lab}, []host{hq, lab}, missing},
		"a card that Hyper-V made there": {[]host{vm, hq}, []host{hq, vmThere}, missing},
	} {
		p, old := made(t, Options{}, c.now), made(t, Options{Now: today.Add(-7 * oneDay)}, c.then)
		compare(p, old)
		if got := missingWords(p.of(assess.ClientAlways).Sites[0].Missing); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestTargetsOfOther: what stands at its address is settled under the name of the site that
// has the address now by whatever is of one device alone; where both sites have it, or the
// other one knew that before, it is another one.
func TestTargetsOfOther(t *testing.T) {
	pc := host{at: "10.0.0.9", site: "HQ", name: "LABPC", guid: randomGUID, account: "breaks"}
	hq, lab := host{at: "10.0.0.1", site: "HQ", account: "works"}, pc
	lab.site, lab.account = "Lab", "works"
	renamed, moved, reset := lab, lab, lab
	renamed.name, moved.at, reset.guid = "PC7", "10.0.0.10", ""
	const missing = "10.0.0.9 blocked run0"
	for name, c := range map[string]struct {
		now    host
		before []host // at the other site
		whole  string // the site's targets now
		want   string
	}{
		"at its address":                 {lab, nil, "10.0.0.0/29", ""},
		"under another name":             {renamed, nil, "10.0.0.0/29", missing},
		"at another address":             {moved, nil, "10.0.0.0/29", missing},
		"only its name":                  {reset, nil, "10.0.0.0/29", missing},
		"at an address of both":          {lab, nil, "10.0.0.0/28", missing},
		"and its clone was there before": {lab, []host{lab}, "10.0.0.0/29", missing},
	} {
		o := Options{Sites: []inventory.Site{{Name: "HQ", Targets: []string{c.whole}}, {Name: "Lab", Targets: []string{"10.0.0.8/29"}}}}
		then := o
		then.Now = today.Add(-7 * oneDay)
		p, old := made(t, o, []host{hq, c.now}), made(t, then, append([]host{pc, hq}, c.before...))
		compare(p, old)
		if got := missingWords(p.of(assess.ClientAlways).Sites[0].Missing); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestMemoryTakesSinceInTime: the plan compared with counts at its time, and not after
// a later run that saw the device put right.
func TestMemoryTakesSinceInTime(t *testing.T) {
	one := func(days int, id, account string) *Plan {
		b := NewBuilder(Options{Now: today})
		if err := b.Begin(Source{ID: id, Site: "HQ", Started: today.Add(-time.Duration(days) * oneDay)}); err != nil {
			t.Fatal(err)
		}
		if account != "" {
			h := host{at: "10.0.0.1", account: account}
			if err := b.Add(h.inventory(), h.assessment(t)); err != nil {
				t.Fatal(err)
			}
		}
		return b.Plan()
	}
	for _, c := range []struct {
		name         string
		since, other *Plan
		want         string
	}{
		{"before", one(30, "a", "breaks"), one(20, "b", "works"), ""},
		{"after", one(10, "a", "breaks"), one(20, "b", "works"), "10.0.0.1 blocked a"},
		{"the same", one(20, "b", "breaks"), one(20, "b", "breaks"), "10.0.0.1 blocked b"},
		{"both of no ID", one(30, "", "breaks"), one(20, "", ""), "10.0.0.1 blocked a run"},
		{"put right later", one(10, "a", "works"), one(20, "b", "breaks"), ""},
	} {
		m := NewMemory(c.since)
		m.Take(c.other)
		p := one(0, "c", "")
		p.Recall(m)
		if got := missingWords(p.of(assess.ClientAlways).Sites[0].Missing); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestRecallProperty: over random weeks of devices that have a card, a site is never a
// go while one that was not ready when it was last seen as a server was neither seen as
// one again nor replaced by a card that was never seen before.
func TestRecallProperty(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		weeks := make([][]host, 2+r.IntN(4))
		last, at := map[int]string{}, map[int]string{} // by card: its verdict and its address when it was last seen
		replaced, known := map[int]bool{}, map[int]bool{}
		for w := range weeks {
			now := map[string]int{}
			for range r.IntN(4) {
				now[fmt.Sprintf("10.0.0.%d", 1+r.IntN(4))] = 1 + r.IntN(6)
			}
			seen := map[int]bool{}
			for address, card := range now {
				if seen[card] {
					continue
				}
				seen[card] = true
				h := host{at: address, mac: fmt.Sprintf("00:11:32:00:00:%02d", card), account: []string{"breaks", "works", "unknown"}[r.IntN(3)], client: "works"}
				if r.IntN(4) == 0 { // it was met as a client alone, which tells nothing of it as a server
					h.state, h.seenBy, h.account = notAsked, listener, ""
				}
				weeks[w] = append(weeks[w], h)
				for c, place := range at {
					if c != card && place == address && !known[card] {
						replaced[c] = true
					}
				}
			}
			for _, h := range weeks[w] {
				var card int
				fmt.Sscanf(h.mac, "00:11:32:00:00:%d", &card)
				if at[card], known[card] = h.at, true; h.state != notAsked {
					last[card] = h.account
				}
				delete(replaced, card)
			}
		}
		want := false
		for card, account := range last {
			want = want || account != "works" && !replaced[card]
		}
		site := &weekly(t, Options{}, weeks...).of(assess.ClientAlways).Sites[0]
		if want && site.Decision == Go {
			t.Fatalf("%+v is a go", weeks)
		}
	}
}
