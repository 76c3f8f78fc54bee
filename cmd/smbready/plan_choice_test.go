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
	"smbready/report"
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
			text += h.Header.ID
		} else {
			continue
		}
		if h := c.before[site]; h != nil {
			text += "<" + h.Header.ID
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

// TestRecallIsBounded by hosts, not by the count of runs, and what is left out is said: the
// run that alone saw a device that is on in the morning may be any.
func TestRecallIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		runs, hours, hosts int
		want, notRead      int
	}{
		"six weeks by the hour": {1000, 1, 10, 999, 0}, "a month by the hour": {701, 1, 10_000, 200, 500},
		"large": {40, 24, 100_000, 39, 0}, "huge, by the day": {61, 24, 1_000_000, 60, 0}, "huge, twice a day": {111, 12, 1_000_000, 60, 50},
	} {
		var runs []store.RunInfo
		for i := range c.runs {
			r := storedRun(fmt.Sprintf("r%02d", i), 0, "10.0.0.0/24", "HQ")
			r.Header.Started, r.Hosts = choiceDay.Add(-time.Duration(i*c.hours)*time.Hour), uint64(c.hosts)
			runs = append(runs, r)
		}
		choice := chooseRuns(runs, &plan.Options{Now: choiceDay})
		list := choice.recalled()
		newest := list[len(list)-1].name == "r01" && list[0].name == fmt.Sprintf("r%02d", c.want)
		if notRead := choice.o.NotRead["HQ"]; len(list) != c.want || notRead != c.notRead || !newest {
			t.Errorf("%s: %d looked through from %s on, %d left out", name, len(list), list[0].name, notRead)
		}
	}
}

// TestRecallOfImport: an import is of late by the last of what it tells of.
func TestRecallOfImport(t *testing.T) {
	const hq = "10.0.0.0/24"
	imported := func(first, last int) store.RunInfo {
		r := storedRun("log", 0, "", "HQ")
		in := inventory.Input{Kind: "canary", Name: "l.jsonl", First: choiceDay.AddDate(0, 0, -first)}
		if last >= 0 {
			in.Last = choiceDay.AddDate(0, 0, -last)
		}
		r.Header.Inputs = []inventory.Input{in}
		return r
	}
	for name, c := range map[string]struct {
		run          store.RunInfo
		recall, over string
	}{
		"of months, until today":    {imported(90, 0), "log", "was imported, and tells of what is older, too"},
		"of weeks, until before":    {imported(50, 5), "log", "was imported, and tells of what is older"},
		"of long ago":               {imported(90, 61), "", "was imported, and tells of what is older"},
		"its end is not known":      {imported(90, -1), "log", "was imported, and tells of what is older, too"},
		"of months, until tomorrow": {imported(90, -3), "log", "was imported, and tells of what is older, too"},
	} {
		o := &plan.Options{Now: choiceDay, Sites: []inventory.Site{{Name: "HQ", Targets: []string{hq}}}}
		choice := chooseRuns([]store.RunInfo{c.run, storedRun("now", 2, hq, "HQ")}, o)
		var recall, over []string
		for _, u := range choice.recalled() {
			recall = append(recall, u.name)
		}
		for _, p := range choice.passedOver() {
			over = append(over, p.Why)
		}
		if choice.run["HQ"].Header.ID != "now" || strings.Join(recall, " ") != c.recall || strings.Join(over, " ") != c.over {
			t.Errorf("%s: on %s, looked through %q, said %q", name, choice.run["HQ"].Header.ID, recall, over)
		}
	}
}

// TestRecallOfRenamed: a defined site takes of runs under other names what lies in its
// targets, and not in those of the sites that they name.
func TestRecallOfRenamed(t *testing.T) {
	const hq, lab = "10.0.0.0/24", "10.1.0.0/24"
	for name, c := range map[string]struct {
		run       store.RunInfo
		undefined bool
		want      string
	}{
		"under a former name":              {storedRun("x", 5, hq, "Old"), false, "x [10.0.0.0/24] []"},
		"its targets were another's":       {storedRun("x", 5, hq+" "+lab, "Lab"), false, "x [10.0.0.0/24] [10.1.0.0/24]"},
		"of several, all of other names":   {storedRun("x", 5, hq+" "+lab, "Old", "Lab"), false, "x [10.0.0.0/24] [10.1.0.0/24]"},
		"another site, of its own targets": {storedRun("x", 5, lab, "Lab"), false, ""},
		"another name, elsewhere":          {storedRun("x", 5, "10.9.0.0/24", "Old"), false, ""},
		"it says nothing of its targets":   {storedRun("x", 5, "", "Old"), false, "x [10.0.0.0/24] []"},
		"likewise, of a site that is":      {storedRun("x", 5, "", "Lab"), false, ""},
		"no site is defined":               {storedRun("x", 5, hq, "Old"), true, ""},
		"long ago":                         {storedRun("x", 61, hq, "Old"), false, ""},
	} {
		o := &plan.Options{Now: choiceDay, Sites: []inventory.Site{{Name: "HQ", Targets: []string{hq}}, {Name: "Lab", Targets: []string{lab}}}}
		if c.undefined {
			o.Sites = nil
		}
		choice := chooseRuns([]store.RunInfo{c.run, storedRun("now", 2, hq, "HQ")}, o)
		var recall []string
		for _, u := range choice.recalled() {
			if u.site == "HQ" {
				recall = append(recall, fmt.Sprint(u.name, " ", u.within, " ", u.except))
			}
		}
		if got := strings.Join(recall, ", "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestFormerSite: a name that the sites file does not have, and all of whose targets are of
// sites that it has and that were scanned, is no site any more; what was found counts there.
func TestFormerSite(t *testing.T) {
	const hq, lab, both = "10.0.0.0/24", "10.0.1.0/24", "10.0.0.0/24 10.0.1.0/24"
	imported := storedRun("x", 5, hq, "Old")
	imported.Header.Inputs = []inventory.Input{{Kind: "events", Name: "e.evtx", First: choiceDay.AddDate(0, 0, -9)}}
	damaged := storedRun("x", 5, hq, "Old")
	damaged.Summary, damaged.Damaged = nil, errors.New("its head")
	for name, c := range map[string]struct {
		runs   []store.RunInfo
		former string // at HQ
		sites  string
	}{
		"renamed":            {[]store.RunInfo{storedRun("x", 5, hq, "Old")}, "[Old]", "[HQ Lab]"},
		"split":              {[]store.RunInfo{storedRun("x", 5, both, "Old"), storedRun("l", 2, lab, "Lab")}, "[Old]", "[HQ Lab]"},
		"not all scanned":    {[]store.RunInfo{storedRun("x", 5, both, "Old")}, "[]", "[HQ Lab Old]"},
		"it had more":        {[]store.RunInfo{storedRun("x", 5, hq+" 10.2.0.0/24", "Old")}, "[]", "[HQ Lab Old]"},
		"it had more once":   {[]store.RunInfo{storedRun("x", 5, hq, "Old"), storedRun("w", 9, hq+" 10.2.0.0/24", "Old")}, "[]", "[HQ Lab Old]"},
		"an import":          {[]store.RunInfo{imported}, "[]", "[HQ Lab Old]"},
		"with others":        {[]store.RunInfo{storedRun("x", 5, hq, "Old", "Older")}, "[]", "[HQ Lab Old Older]"},
		"it cannot be read":  {[]store.RunInfo{storedRun("w", 9, hq, "Old"), damaged}, "[]", "[HQ Lab Old]"},
		"a network of both":  {[]store.RunInfo{storedRun("x", 5, "10.0.0.0/23", "Old"), storedRun("l", 2, lab, "Lab")}, "[Old]", "[HQ Lab]"},
		"by name":            {[]store.RunInfo{storedRun("x", 5, hq+" nas.example", "Old")}, "[]", "[HQ Lab Old]"},
		"it is not recorded": {[]store.RunInfo{storedRun("x", 5, "", "Old")}, "[]", "[HQ Lab Old]"},
	} {
		o := &plan.Options{Now: choiceDay, Sites: []inventory.Site{{Name: "HQ", Targets: []string{hq, "nas.example"}}, {Name: "Lab", Targets: []string{lab}}}}
		choice := chooseRuns(append(c.runs, storedRun("now", 1, hq, "HQ")), o)
		if got := fmt.Sprint(o.Former["HQ"]); got != c.former || fmt.Sprint(choice.allSites()) != c.sites {
			t.Errorf("%s: %s, %s", name, got, choice.allSites())
		}
		looked := slices.ContainsFunc(choice.recalled(), func(u runUse) bool { return u.name == "x" && u.site == "HQ" })
		if c.former != "[]" && !looked {
			t.Errorf("%s: not looked through at HQ", name)
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
		if choice.run["HQ"].Header.ID != "now" || strings.Join(recall, ", ") != c.recall || strings.Join(over, ", ") != c.over {
			t.Errorf("%s: on %s; looked through %q, want %q; said of %q, want %q", name, choice.run["HQ"].Header.ID, recall, c.recall, over, c.over)
		}
	}
}

// TestChooseByEnd: a scan is as new as its end, which may be long after it began.
func TestChooseByEnd(t *testing.T) {
	const hq = "10.0.0.0/24"
	ended := func(r store.RunInfo, days int) store.RunInfo {
		r.Summary = &inventory.Summary{Finished: choiceDay.AddDate(0, 0, -days)}
		return r
	}
	cut := func(r store.RunInfo, days int, scan string) store.RunInfo {
		r.Summary, r.Updated = nil, choiceDay.AddDate(0, 0, -days)
		if scan != "" {
			r.Scan = []byte(scan)
		}
		return r
	}
	imported := func(log int) store.RunInfo {
		r := storedRun("x", 1, hq, "HQ")
		day := func(days int) time.Time { return choiceDay.AddDate(0, 0, -days) }
		r.Header.Inputs = []inventory.Input{{Kind: "run", First: day(11), Last: day(10)}, {Kind: "events", First: day(log), Last: day(1)}}
		return r
	}
	whole := ended(storedRun("whole", 11, hq, "HQ"), 10)
	for name, c := range map[string]struct {
		run            store.RunInfo
		chosen, looked string
		over           string // why it was passed over
	}{
		"resumed, and ended since":   {ended(storedRun("x", 62, hq, "HQ"), 1), "HQ=x<whole", "whole", ""},
		"with a log since":           {imported(9), "HQ=x", "whole", ""},
		"with a log of before":       {imported(12), "HQ=whole<x", "x", "was imported, and tells of what is older, too"},
		"ended before":               {ended(storedRun("x", 15, hq, "HQ"), 11), "HQ=whole<x", "x", ""},
		"ended before it began":      {ended(storedRun("x", 15, hq, "HQ"), 20), "HQ=whole<x", "x", ""},
		"ended in the future":        {ended(storedRun("x", 15, hq, "HQ"), -9), "HQ=whole", "x", "is dated in the future"},
		"a part, which ended since":  {ended(storedRun("x", 62, "10.0.0.1", "HQ"), 1), "HQ=whole", "x", "did not ask all of the site"},
		"cut off, at work till late": {cut(storedRun("x", 62, hq, "HQ"), 1, "{}"), "HQ=whole", "x", "did not reach its end"},
		"cut off, and imported":      {cut(storedRun("x", 62, hq, "HQ"), 1, ""), "HQ=whole", "x", ""},
		"cut off long ago":           {cut(storedRun("x", 70, hq, "HQ"), 69, "{}"), "HQ=whole", "", ""},
	} {
		choice := chooseRuns([]store.RunInfo{c.run, whole}, &plan.Options{Now: choiceDay, Sites: []inventory.Site{{Name: "HQ", Targets: []string{hq}}}})
		var looked, over []string
		for _, u := range choice.recalled() {
			looked = append(looked, u.name)
		}
		for _, p := range choice.passedOver() {
			over = append(over, p.Why)
		}
		if got := choiceWords(choice); got != c.chosen || strings.Join(looked, " ") != c.looked || strings.Join(over, " ") != c.over {
			t.Errorf("%s: %q, looked through %q, passed over because it %q", name, got, looked, over)
		}
	}
}

// TestChooseNamed: beside runs that the user named those of the store are looked through
// as if they had been chosen.
func TestChooseNamed(t *testing.T) {
	const hq, lab = "10.0.0.0/24", "10.1.0.0/24"
	infos := []store.RunInfo{storedRun("ofnone", 1, hq+" "+lab), storedRun("c", 2, hq, "HQ"), storedRun("b", 3, hq, "HQ"), storedRun("l", 4, lab, "Lab")}
	named := func(i store.RunInfo) report.NamedRun {
		return report.NamedRun{Run: &report.Run{Header: i.Header, Summary: *i.Summary}, Name: i.Header.ID}
	}
	cutCopy := named(infos[2])
	cutCopy.Summary.Probed = 7
	ofHQ := named(storedRun("both", 2, hq+" "+lab, "HQ", "Lab"))
	ofHQ.Sites = []string{"HQ"}
	for name, c := range map[string]struct {
		run  report.NamedRun
		want string // looked through
		over string
	}{
		"of the store":               {named(infos[2]), "c[] ofnone[10.0.0.0/24]", "HQ:ofnone HQ:c"},
		"a file that is no longer":   {cutCopy, "b[] c[] ofnone[10.0.0.0/24]", "HQ:ofnone HQ:c"},
		"a file":                     {named(storedRun("f", 0, hq, "HQ")), "b[] c[] ofnone[10.0.0.0/24]", ""},
		"a file of a site of none":   {named(storedRun("f", 0, "10.7.0.0/24", "Mill")), "", ""},
		"a file of no site":          {named(storedRun("f", 0, hq)), "b[10.0.0.0/24] c[10.0.0.0/24] ofnone[10.0.0.0/24]", ""},
		"a file of another name":     {named(storedRun("f", 0, hq, "Zed")), "b[10.0.0.0/24] c[10.0.0.0/24] ofnone[10.0.0.0/24]", ""},
		"a file of none, elsewhere":  {named(storedRun("f", 0, "10.7.0.0/24")), "", ""},
		"one site of a run of two":   {ofHQ, "b[] c[] ofnone[10.0.0.0/24 10.1.0.0/24]", "HQ:ofnone"},
		"of the store, and a newest": {named(infos[1]), "b[] ofnone[10.0.0.0/24]", "HQ:ofnone"},
	} {
		choice := chooseNamed(infos, &plan.Options{Now: choiceDay}, []report.NamedRun{c.run})
		var looked, over []string
		for _, u := range choice.recalled() {
			looked = append(looked, u.name+fmt.Sprint(u.within))
		}
		for _, p := range choice.passedOver() {
			over = append(over, p.Site+":"+p.Run)
			if p.Why != "was not named" || p.Against || !p.Recalled {
				t.Errorf("%s: %+v", name, p)
			}
		}
		if _, known := choice.o.Areas["Lab"]; !known {
			t.Errorf("%s: %v", name, choice.o.Areas)
		}
		if got := strings.Join(looked, " "); got != c.want || strings.Join(over, " ") != c.over {
			t.Errorf("%s: looked through %q, want %q; passed over %q, want %q", name, got, c.want, over, c.over)
		}
	}
}

// TestChooseAhead: after the clock was set back a scan that is dated later is not newer, as
// the order of the store tells.
func TestChooseAhead(t *testing.T) {
	scan := func(id string, days int) store.RunInfo {
		r := storedRun(id, days, "10.0.0.0/24", "HQ")
		r.Scan = []byte("{}")
		return r
	}
	at := func(r store.RunInfo, site string, plus time.Duration) store.RunInfo {
		r.Header.Site, r.Header.Started = site, r.Header.Started.Add(plus)
		return r
	}
	slow := func(began int) store.RunInfo {
		r := scan("x", 80)
		r.Began = choiceDay.AddDate(0, 0, -began)
		return r
	}
	imported := storedRun("i", 2, "10.0.0.0/24", "HQ")
	for name, c := range map[string]struct {
		infos             []store.RunInfo // as the store has them
		run, over, looked string
	}{
		"in order":                    {[]store.RunInfo{scan("b", 3), scan("a", 8)}, "HQ=b<a", "", "a"},
		"the clock was set back":      {[]store.RunInfo{scan("b", 5), scan("x", 3), scan("a", 8)}, "HQ=b<a", "x is dated after b, which began later: delete that one if its clock was wrong (smbready runs delete b)", "a x ahead"},
		"two clocks, a little apart":  {[]store.RunInfo{scan("b", 5), at(scan("c", 5), "HQ", 2*time.Hour)}, "HQ=c<b", "", "b"},
		"one of another site is old":  {[]store.RunInfo{at(scan("o", 2000), "Lab", 0), scan("b", 3), scan("a", 8)}, "HQ=b<a Lab=o", "", "a"},
		"its clock was slow":          {[]store.RunInfo{scan("b", 3), slow(5)}, "HQ=b<x", "x is dated 2026-09-04 and began after others that are of late: a clock was wrong", "x 2026-11-18"},
		"it began long ago":           {[]store.RunInfo{scan("b", 3), scan("a", 8), slow(80)}, "HQ=b<a", "", "a"},
		"one was dated in the future": {[]store.RunInfo{scan("b", 3), scan("a", 8), slow(-9)}, "HQ=b<a", "", "a"},
		"an import":                   {[]store.RunInfo{scan("b", 5), imported}, "HQ=i<b", "", "b"},
	} {
		choice := chooseRuns(c.infos, &plan.Options{Now: choiceDay})
		var over, looked []string
		for _, p := range choice.passedOver() {
			over = append(over, p.Run+" "+p.Why)
		}
		for _, u := range choice.recalled() {
			if looked = append(looked, u.name); u.ahead {
				looked = append(looked, "ahead")
			}
			if !u.began.IsZero() {
				looked = append(looked, u.taken.Format(time.DateOnly))
			}
		}
		if got := choiceWords(choice); got != c.run || strings.Join(over, ", ") != c.over || strings.Join(looked, " ") != c.looked {
			t.Errorf("%s: %q, passed over %q, looked through %q", name, got, over, looked)
		}
	}
}
