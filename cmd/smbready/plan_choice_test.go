package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"smbready/assess/plan"
	"smbready/inventory"
	"smbready/store"
)

var choiceDay = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// storedRun is a run that reached its end, so many days ago.
func storedRun(id string, days int, scope string, sites ...string) store.RunInfo {
	i := store.RunInfo{Header: inventory.Run{ID: id, Started: choiceDay.AddDate(0, 0, -days), Scope: strings.Fields(scope)}, Summary: new(inventory.Summary)}
	if i.Header.Sites = sites; len(sites) == 1 {
		i.Header.Site, i.Header.Sites = sites[0], nil
	}
	return i
}

// TestChooseRuns chooses runs of several sites, and none that is dated in the future.
func TestChooseRuns(t *testing.T) {
	const hq, lab, both = "10.0.0.0/24", "10.1.0.0/24", "10.0.0.0/24 10.1.0.0/24"
	defined := []inventory.Site{{Name: "HQ", Targets: []string{hq}}, {Name: "Lab", Targets: []string{lab}}}
	damaged := storedRun("d", 0, "", "HQ")
	damaged.Summary, damaged.Damaged = nil, errors.New("its head")
	for name, c := range map[string]struct {
		runs   []store.RunInfo
		run    string // site=run
		over   string // site:run
		recall string // run[sites]
	}{
		"one of both": {[]store.RunInfo{storedRun("b", 1, both, "HQ", "Lab")}, "HQ=b Lab=b", "", ""},
		"one of both, and a newer one of one": {[]store.RunInfo{storedRun("h", 1, hq, "HQ"), storedRun("b", 2, both, "HQ", "Lab")},
			"HQ=h<b Lab=b", "", "b[HQ]"},
		"one of both, and older ones": {[]store.RunInfo{storedRun("b", 1, both, "HQ", "Lab"), storedRun("l", 2, lab, "Lab"), storedRun("a", 3, both, "HQ", "Lab")},
			"HQ=b<a Lab=b<l", "", "a[HQ Lab] l[]"},
		"of both by name, of one by scope": {[]store.RunInfo{storedRun("b", 1, hq, "HQ", "Lab"), storedRun("l", 2, lab, "Lab")},
			"HQ=b Lab=l", "Lab:b did not ask all of the site", "b[Lab]"},
		"of no site": {[]store.RunInfo{storedRun("n", 1, both), storedRun("b", 2, both, "HQ", "Lab")},
			"HQ=b Lab=b", "HQ:n covers this site with others, Lab:n covers this site with others", "n[] n[]"},
		"of a site that is not defined any more": {[]store.RunInfo{storedRun("b", 1, both, "HQ", "Lab", "Old")}, "HQ=b Lab=b Old=b", "", ""},
		"in the future": {[]store.RunInfo{storedRun("f", -2, both, "HQ", "Lab"), storedRun("b", 2, both, "HQ", "Lab")},
			"HQ=b Lab=b", "HQ:f is dated in the future, Lab:f is dated in the future", "f[HQ Lab]"},
		"a clock is a little ahead":       {[]store.RunInfo{storedRun("f", -1, both, "HQ", "Lab")}, "HQ=f Lab=f", "", ""},
		"only in the future":              {[]store.RunInfo{storedRun("f", -2, "", "Mill")}, "", "Mill:f is dated in the future", ""},
		"older than what is looked at":    {[]store.RunInfo{storedRun("c", 1, hq, "HQ"), storedRun("b", 61, hq, "HQ"), storedRun("a", 62, hq, "HQ")}, "HQ=c<b", "", "b[]"},
		"a part before, which saw a part": {[]store.RunInfo{storedRun("c", 1, hq, "HQ"), storedRun("b", 2, "10.0.0.1", "HQ"), storedRun("a", 3, hq, "HQ")}, "HQ=c<a", "", "a[] b[]"},
		"damaged":                         {[]store.RunInfo{damaged, storedRun("a", 3, hq, "HQ")}, "HQ=a", "HQ:d is damaged in the store", ""},
	} {
		t.Run(name, func(t *testing.T) {
			choice := chooseRuns(c.runs, &plan.Options{Now: choiceDay, Sites: defined})
			if got := choiceWords(choice); got != c.run {
				t.Errorf("chosen %q, want %q", got, c.run)
			}
			var over, recall []string
			for _, p := range choice.passedOver() {
				over = append(over, p.Site+":"+p.Run+" "+p.Why)
			}
			if got := strings.Join(over, ", "); got != c.over {
				t.Errorf("passed over %q, want %q", got, c.over)
			}
			for _, u := range choice.recalled() {
				recall = append(recall, u.name+fmt.Sprint(u.sites))
			}
			if got := strings.Join(recall, " "); got != c.recall {
				t.Errorf("recalled %q, want %q", got, c.recall)
			}
		})
	}
}

func choiceWords(c *runChoice) string {
	var words []string
	for _, site := range c.sites() {
		text := site + "="
		if h := c.run[site]; h != nil {
			text += h.ID
		} else {
			continue
		}
		if h := c.before[site]; h != nil {
			text += "<" + h.ID
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

// TestRecallIsThinned to one run a day where there are too many, but for the oldest and
// those that did not ask all; what is left out besides is said.
func TestRecallIsThinned(t *testing.T) {
	for name, c := range map[string]struct {
		runs, hours, hosts     int
		want, thinned, notRead int
	}{
		"few": {9, 1, 1000, 8, 0, 0}, "three days by the hour": {73, 1, 1000, 72, 0, 0}, "six weeks by the hour": {1000, 1, 10, 45, 954, 0},
		"large": {40, 24, 100_000, 39, 0, 0}, "huge": {12, 24, 1_000_000, 10, 0, 1},
	} {
		var runs []store.RunInfo
		for i := range c.runs {
			r := storedRun(fmt.Sprintf("r%02d", i), 0, "10.0.0.0/24", "HQ")
			r.Header.Started, r.Hosts = choiceDay.Add(-time.Duration(i*c.hours)*time.Hour), uint64(c.hosts)
			runs = append(runs, r)
		}
		runs[5].Summary = nil // it did not reach its end
		choice := chooseRuns(runs, &plan.Options{Now: choiceDay})
		list := choice.recalled()
		has := func(i int) bool {
			return slices.ContainsFunc(list, func(u runUse) bool { return u.name == runs[i].Header.ID })
		}
		oldest := list[0].name == runs[c.runs-1].Header.ID
		thinned, notRead := choice.o.Thinned["HQ"], choice.o.NotRead["HQ"]
		if len(list) != c.want || thinned != c.thinned || notRead != c.notRead || !has(5) || oldest != (c.notRead == 0) {
			t.Errorf("%s: %d looked through from %s on, %d thinned, %d left out", name, len(list), list[0].name, thinned, notRead)
		}
	}
}

// TestRecallBesides: also what did not reach its end, names no site, is newer or cannot
// be read is looked through, or said to be missing.
func TestRecallBesides(t *testing.T) {
	const hq = "10.0.0.0/24"
	cut := func(r store.RunInfo) store.RunInfo { r.Summary = nil; return r }
	damaged := func(r store.RunInfo) store.RunInfo {
		r.Summary, r.Damaged = nil, errors.New("its head")
		return r
	}
	for name, c := range map[string]struct {
		run    store.RunInfo
		recall string
		over   string
	}{
		"cut off before":           {cut(storedRun("x", 5, hq, "HQ")), "x", ""},
		"cut off since":            {cut(storedRun("x", 1, hq, "HQ")), "x", "x recalled"},
		"a part since":             {storedRun("x", 1, "10.0.0.4", "HQ"), "x", "x recalled"},
		"of no site before":        {storedRun("x", 5, hq), "x [10.0.0.0/24]", ""},
		"of no site, a part":       {storedRun("x", 1, "10.0.0.4"), "x [10.0.0.0/24]", "x recalled"},
		"of no site, elsewhere":    {storedRun("x", 5, "10.9.0.0/24"), "", ""},
		"in the future":            {storedRun("x", -9, hq, "HQ"), "x", "x recalled"},
		"damaged before":           {damaged(storedRun("x", 5, hq, "HQ")), "", "x earlier against"},
		"damaged long ago":         {damaged(storedRun("x", 61, hq, "HQ")), "", ""},
		"damaged since":            {damaged(storedRun("x", 1, hq, "HQ")), "", "x against"},
		"of another site, damaged": {damaged(storedRun("x", 5, hq, "Lab")), "", ""},
	} {
		o := &plan.Options{Now: choiceDay, Sites: []inventory.Site{{Name: "HQ", Targets: []string{hq}}}}
		choice := chooseRuns([]store.RunInfo{c.run, storedRun("now", 2, hq, "HQ")}, o)
		var over, recall []string
		for _, p := range choice.passedOver() {
			words := p.Run
			for _, w := range []struct {
				is   bool
				word string
			}{{p.Earlier, " earlier"}, {p.Against, " against"}, {p.Recalled, " recalled"}} {
				if w.is {
					words += w.word
				}
			}
			if p.Site == "HQ" {
				over = append(over, words)
			}
		}
		for _, u := range choice.recalled() {
			words := u.name
			if u.within != nil {
				words += " " + fmt.Sprint(u.within)
			}
			recall = append(recall, words)
		}
		if choice.run["HQ"].ID != "now" || strings.Join(recall, ", ") != c.recall || strings.Join(over, ", ") != c.over {
			t.Errorf("%s: on %s; looked through %q, want %q; said of %q, want %q", name, choice.run["HQ"].ID, recall, c.recall, over, c.over)
		}
	}
}
