package main

import (
	"errors"
	"fmt"
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
			"HQ=b Lab=l", "Lab:b did not ask all of the site", ""},
		"of no site": {[]store.RunInfo{storedRun("n", 1, both), storedRun("b", 2, both, "HQ", "Lab")},
			"HQ=b Lab=b", "HQ:n covers this site with others, Lab:n covers this site with others", ""},
		"of a site that is not defined any more": {[]store.RunInfo{storedRun("b", 1, both, "HQ", "Lab", "Old")}, "HQ=b Lab=b Old=b", "", ""},
		"in the future": {[]store.RunInfo{storedRun("f", -2, both, "HQ", "Lab"), storedRun("b", 2, both, "HQ", "Lab")},
			"HQ=b Lab=b", "HQ:f is dated in the future, Lab:f is dated in the future", ""},
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

// TestRecallIsBounded by the number of runs and of the hosts in them, and what is left
// out is said.
func TestRecallIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		runs, hosts, want int
	}{
		"few": {9, 1000, 8}, "many": {90, 1000, mostRecalled}, "large": {40, 100_000, leastRecalled}, "not so large": {40, 30_000, 16},
	} {
		var runs []store.RunInfo
		for i := range c.runs {
			r := storedRun(fmt.Sprintf("r%02d", i), 0, "10.0.0.0/24", "HQ")
			r.Header.Started, r.Hosts = choiceDay.Add(-time.Duration(i)*time.Hour), uint64(c.hosts)
			runs = append(runs, r)
		}
		choice := chooseRuns(runs, &plan.Options{Now: choiceDay})
		list := choice.recalled()
		if got := len(list); got != c.want || list[got-1].name != "r01" {
			t.Errorf("%s: %d runs to %s, want %d", name, got, list[got-1].name, c.want)
		}
		if left := choice.o.NotRead["HQ"]; left != c.runs-1-c.want {
			t.Errorf("%s: %d left out", name, left)
		}
	}
}
