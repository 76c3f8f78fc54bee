package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// TestCover compares what runs asked and left out with what all of a site is.
func TestCover(t *testing.T) {
	list := strings.Fields
	hq := &inventory.Site{Name: "HQ", Targets: list("10.0.0.0/24 10.0.1.0/24"), Exclude: list("10.0.0.9 10.0.1.64/26")}
	named := &inventory.Site{Name: "HQ", Targets: list("10.0.0.0/24 fs1.example.org")}
	for name, c := range map[string]struct {
		site                                    *inventory.Site
		scope, excluded, missing, left, heeding string
	}{
		"all":                      {hq, "10.0.0.0/24 10.0.1.0/24", "10.0.0.9 10.0.1.64/26", "", "", "10.0.0.9 10.0.1.64/26"},
		"written otherwise":        {hq, "10.0.0.0-10.0.1.255", "10.0.1.64-127", "", "", "10.0.1.64-127"},
		"more than the site":       {hq, "10.0.0.0/16", "", "", "", ""},
		"in one string":            {hq, "10.0.0.0/24,10.0.1.0/24", "10.0.0.9,10.0.1.64/26", "", "", "10.0.0.9 10.0.1.64/26"},
		"a part in one string":     {hq, "10.0.0.0/24,10.9.0.0/29", "10.0.0.9,10.0.0.10", "10.0.1.0/24", "10.0.0.10", "10.0.0.9"},
		"names in one string":      {named, "FS1.example.org.,10.0.0.0/24", "", "", "", ""},
		"one of two networks":      {hq, "10.0.0.0/24", "", "10.0.1.0/24", "", ""},
		"one address":              {hq, "10.0.0.1", "", "10.0.0.0/24 10.0.1.0/24", "", ""},
		"a network less one":       {hq, "10.0.0.1-10.0.1.255", "", "10.0.0.0/24", "", ""},
		"a list":                   {hq, "@site.txt", "", "10.0.0.0/24 10.0.1.0/24", "", ""},
		"nothing is recorded":      {hq, "", "", "10.0.0.0/24 10.0.1.0/24", "", ""},
		"more left out":            {hq, "10.0.0.0/23", "10.0.0.9 10.0.0.10", "", "10.0.0.10", "10.0.0.9"},
		"a list left out":          {hq, "10.0.0.0/23", "never.txt", "", "never.txt", ""},
		"at any site":              {hq, "10.0.0.0/23", "10.0.0.200", "", "", "10.0.0.200"},
		"of another site":          {hq, "10.0.0.0/23 10.7.0.0/24", "10.7.0.9", "", "", ""},
		"a name":                   {named, "fs1.example.org 10.0.0.0/24", "", "", "", ""},
		"a name was not asked":     {named, "10.0.0.0/24", "", "fs1.example.org", "", ""},
		"what a name is, is open":  {named, "fs1.example.org 10.0.0.0/24", "10.7.0.9", "", "10.7.0.9", ""},
		"no definition":            {nil, "10.0.0.1", "10.0.0.9", "", "", "10.0.0.9"},
		"a definition of no place": {&inventory.Site{Name: "HQ"}, "10.0.0.1", "", "", "", ""},
	} {
		got := NewReach(&inventory.Run{Scope: list(c.scope), Excluded: list(c.excluded)}).Cover(c.site, list("10.0.0.200"))
		if !slices.Equal(got.Missing, list(c.missing)) || !slices.Equal(got.LeftOut, list(c.left)) || !slices.Equal(got.Excluded, list(c.heeding)) {
			t.Errorf("%s: %+v", name, got)
		}
		if got.Whole() != (c.missing+c.left == "") {
			t.Errorf("%s: whole %v", name, got.Whole())
		}
	}
}

// TestTouches: a scope is the same whether it is one string or several.
func TestTouches(t *testing.T) {
	for _, c := range []struct {
		a, b []string
		want bool
	}{
		{[]string{"10.1.0.0/27"}, []string{"10.1.0.0/27", "10.9.0.0/29"}, true},
		{[]string{"10.1.0.0/27"}, []string{"10.1.0.0/27,10.9.0.0/29"}, true},
		{[]string{"10.1.0.0/27"}, []string{"10.2.0.0/27,10.9.0.0/29"}, false},
		{[]string{"10.1.0.0/27"}, []string{"10.2.0.0/27", "fs1.example.org"}, true},
		{[]string{"10.1.0.0/27"}, []string{"@list.txt"}, true},
		{[]string{"10.1.0.0/27", "@list.txt"}, nil, false},
	} {
		if got := NewReach(&inventory.Run{Scope: c.b}).Touches(inventory.ParseArea(c.a)); got != c.want {
			t.Errorf("%q, %q: %v", c.a, c.b, got)
		}
	}
}

// TestGateOfPart: a run of a part of a site is a no-go, and an exclusion that the
// definition has is named.
func TestGateOfPart(t *testing.T) {
	hq := []inventory.Site{{Name: "HQ", Targets: []string{"10.0.0.0/24"}, Exclude: []string{"10.0.0.9"}}}
	for name, c := range map[string]struct {
		sites         []inventory.Site
		source        Source
		against, heed string
	}{
		"all":           {hq, Source{Scope: []string{"10.0.0.0/24"}, Excluded: []string{"10.0.0.9"}}, "", "Excluded, and not judged: 10.0.0.9."},
		"a part":        {hq, Source{Scope: []string{"10.0.0.1"}}, "did not ask all of the site: not in its scope are 10.0.0.0/24.", ""},
		"left out":      {hq, Source{Scope: []string{"10.0.0.0/24"}, Excluded: []string{"10.0.0.6"}}, "definition does not exclude: 10.0.0.6.", ""},
		"no definition": {nil, Source{Scope: []string{"10.0.0.1"}, Excluded: []string{"10.0.0.6"}}, "", "not judged: 10.0.0.6. No sites file (--sites) says what all of the site is: this is of 10.0.0.1 alone."},
	} {
		b := NewBuilder(Options{Now: today, Sites: c.sites})
		c.source.Site, c.source.Started = "HQ", today
		if err := b.Begin(c.source); err != nil {
			t.Fatal(err)
		}
		h := host{at: "10.0.0.1", account: "works proven"}
		if err := b.Add(h.inventory(), h.assessment(t)); err != nil {
			t.Fatal(err)
		}
		site := b.Plan().of(assess.ClientAlways).Sites[0]
		against, heed := strings.Join(site.Reasons, " "), strings.Join(site.Conditions, " ")
		if (site.Decision == Go) != (c.against == "") || !strings.Contains(against, c.against) || !strings.Contains(heed, c.heed) {
			t.Errorf("%s: %s: %q, %q", name, site.Decision, against, heed)
		}
	}
}

// TestTaken: an import is as old as the oldest of what it tells of.
func TestTaken(t *testing.T) {
	at := func(days ...int) (h inventory.Run) {
		h.Started = today
		for _, d := range days {
			var first time.Time
			if d > 0 {
				first = today.Add(-time.Duration(d) * oneDay)
			}
			h.Inputs = append(h.Inputs, inventory.Input{First: first})
		}
		return h
	}
	for _, c := range []struct {
		run  inventory.Run
		want time.Time
	}{{at(), today}, {at(3, 9, 0, 4), today.Add(-9 * oneDay)}, {at(0, 5), today.Add(-5 * oneDay)}, {at(0), time.Time{}}} {
		if got := Taken(&c.run); !got.Equal(c.want) {
			t.Errorf("%+v: %v, want %v", c.run.Inputs, got, c.want)
		}
	}
}

// TestSeveralSites: a run of several sites tells of each, as one of that alone does.
func TestSeveralSites(t *testing.T) {
	sites := []inventory.Site{{Name: "HQ", Targets: []string{"10.0.0.0/24"}, Exclude: []string{"10.0.0.9"}},
		{Name: "Lab", Targets: []string{"10.1.0.0/24", "fs1.example.org"}}, {Name: "Mill", Targets: []string{"10.2.0.0/24"}}}
	run := Source{ID: "1", Started: today, Sites: []string{"HQ", "Lab", "Old"}, Scope: []string{"10.0.0.0/24", "10.1.0.0/24", "fs1.example.org"}, Excluded: []string{"10.0.0.9"}, SMB: 5}
	hosts := []host{{at: "10.0.0.1", site: "HQ", account: "works"}, {at: "10.1.0.1", site: "Lab", account: "breaks"}, {at: "10.1.0.2", site: "Lab", account: "works"},
		{at: "10.3.0.1", site: "Old", account: "works"}, {at: "10.4.0.1", account: "works"}}
	for _, c := range []struct {
		name   string
		picked []string
		smb    uint64
		want   string // site, devices, decision
		words  string
	}{
		{"all", nil, 5, " 1 go, HQ 1 go, Lab 2 no-go, Mill 0 no-go, Old 1 go", "The sites file does not say what all of this site is: the run was to ask 10.0.0.0/24"},
		{"one", []string{"HQ"}, 5, "HQ 1 go, Lab 0 no-go, Mill 0 no-go", "1 device is of the run at none of its sites, and not in this plan."},
		{"two", []string{"HQ", "Lab"}, 5, "HQ 1 go, Lab 2 no-go, Mill 0 no-go", "Excluded, and not judged: 10.0.0.9."},
		{"hosts are lost", []string{"HQ"}, 6, "HQ 1 no-go, Lab 0 no-go, Mill 0 no-go", "The run counts 1 device that speaks SMB that it does not tell of"},
	} {
		b := NewBuilder(Options{Now: today, Sites: sites})
		run.SMB = c.smb
		if err := b.BeginSites(run, c.picked); err != nil {
			t.Fatal(err)
		}
		for _, h := range hosts {
			if err := b.Add(h.inventory(), h.assessment(t)); err != nil {
				t.Fatal(err)
			}
		}
		var got, words []string
		for _, s := range b.Plan().of(assess.ClientAlways).Sites {
			got = append(got, fmt.Sprintf("%s %d %s", s.Site, s.Readiness.Devices, s.Decision))
			words = append(words, slices.Concat(s.Reasons, s.Conditions)...)
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%s: %s, want %s\n%q", c.name, text, c.want, words)
		}
		if text := strings.Join(words, " "); !strings.Contains(text, c.words) || strings.Contains(text, "left out what") {
			t.Errorf("%s: %s", c.name, text)
		}
	}
}

// TestSeveralSitesTwice: a site of which two runs tell is an error, also where one of
// them is of several.
func TestSeveralSitesTwice(t *testing.T) {
	b := NewBuilder(Options{Now: today})
	if err := b.BeginSites(Source{Name: "a", Sites: []string{"HQ", "Lab"}}, []string{"HQ"}); err != nil {
		t.Fatal(err)
	}
	if err := b.Begin(Source{Name: "b", Site: "Lab"}); err != nil {
		t.Errorf("a site that was not picked: %v", err)
	}
	if err := b.Begin(Source{Name: "c", Site: "HQ"}); err == nil || err.Error() != `a and c both tell of site "HQ"` {
		t.Errorf("%v", err)
	}
}

// TestExcludedAtOther: what the definition of another site excludes was not excluded here.
func TestExcludedAtOther(t *testing.T) {
	lab := inventory.Site{Name: "Lab", Targets: []string{"10.1.0.0/24", "fs1.example.org"}, Exclude: []string{"10.1.0.5"}}
	hq := inventory.Site{Name: "HQ", Exclude: []string{"10.0.0.9", "10.1.0.7", "nas.example.org"}}
	mill := inventory.Site{Name: "Mill", Exclude: []string{"10.0.0.9", "10.1.0.8", "10.9.0.1", "10.1.0.5"}}
	run := &inventory.Run{Sites: []string{"HQ", "Lab"}, Scope: lab.Targets, Excluded: []string{"10.0.0.9", "10.1.0.7,nas.example.org", "10.1.0.5", "10.0.0.8", "never.txt", "10.1.0.5"}}
	for name, c := range map[string]struct {
		site               *inventory.Site
		sites              []string
		excluded, left     string
		definitions, known []inventory.Site
	}{
		"of HQ":                    {&lab, run.Sites, "10.1.0.5 10.1.0.5", "10.1.0.7 10.0.0.8 never.txt", []inventory.Site{hq, lab}, nil},
		"of HQ and of Mill":        {&lab, []string{"HQ", "Lab", "Mill"}, "10.1.0.5 10.1.0.5", "10.1.0.7 10.0.0.8 never.txt", []inventory.Site{hq, lab, mill}, nil},
		"the definition is known":  {&lab, run.Sites, "10.1.0.5 10.1.0.5", "10.1.0.7 10.0.0.8 never.txt", []inventory.Site{lab}, []inventory.Site{hq}},
		"another definition of it": {&lab, run.Sites, "10.1.0.5 10.1.0.5", "10.1.0.7 10.0.0.8 never.txt", []inventory.Site{{Name: "Lab", Exclude: []string{"nas.example.org"}}, hq}, nil},
		"of no definition":         {&lab, run.Sites, "10.1.0.5 10.1.0.5", "10.0.0.9 10.1.0.7 nas.example.org 10.0.0.8 never.txt", []inventory.Site{lab}, nil},
		"HQ is not of the run":     {&lab, []string{"Lab"}, "10.1.0.5 10.1.0.5", "10.0.0.9 10.1.0.7 nas.example.org 10.0.0.8 never.txt", []inventory.Site{hq, lab}, nil},
		"of a run of one site":     {&lab, nil, "10.1.0.5 10.1.0.5", "10.0.0.9 10.1.0.7 nas.example.org 10.0.0.8 never.txt", []inventory.Site{hq, lab}, nil},
		"without targets":          {&inventory.Site{Name: "Lab"}, run.Sites, "10.1.0.5 10.0.0.8 never.txt 10.1.0.5", "", []inventory.Site{hq}, nil},
		"no definition at all":     {nil, run.Sites, "10.0.0.9 10.1.0.7,nas.example.org 10.1.0.5 10.0.0.8 never.txt 10.1.0.5", "", []inventory.Site{hq}, nil},
	} {
		run.Sites = c.sites
		got := NewReach(run, c.definitions, c.known).Cover(c.site, nil)
		if e, l := strings.Join(got.Excluded, " "), strings.Join(got.LeftOut, " "); e != c.excluded || l != c.left {
			t.Errorf("%s: excluded %q, left out %q", name, e, l)
		}
	}
}

// TestStoredDefinition: a definition of the store with what is excluded at every site
// leaves nothing out.
func TestStoredDefinition(t *testing.T) {
	known := []inventory.Site{{Name: "HQ", Targets: []string{"10.0.0.0/24"}, Exclude: []string{"10.0.0.9", "10.0.0.200-10.0.0.210"}}}
	for _, o := range []Options{{Known: known, Stored: true}, {Known: known, Sites: known, Stored: true}} {
		o.Now = today
		b := NewBuilder(o)
		if err := b.Begin(Source{Site: "HQ", Started: today, Scope: []string{"10.0.0.0/24"}, Excluded: []string{"10.0.0.200-10.0.0.210", "10.0.0.9"}}); err != nil {
			t.Fatal(err)
		}
		h := host{at: "10.0.0.1", account: "works"}
		if err := b.Add(h.inventory(), h.assessment(t)); err != nil {
			t.Fatal(err)
		}
		if s := b.Plan().of(assess.ClientAlways).Sites[0]; s.Decision != Go || !strings.Contains(strings.Join(s.Conditions, " "), "Excluded, and not judged") {
			t.Errorf("%s: %q, %q", s.Decision, s.Reasons, s.Conditions)
		}
	}
}

// TestSiteOfStore: of a site that the store has, and that was not scanned of late, the plan
// says how to have it left out.
func TestSiteOfStore(t *testing.T) {
	known := []inventory.Site{{Name: "Old mill", Targets: []string{"10.0.0.0/24"}}}
	for name, c := range map[string]struct {
		stored bool
		days   int // since it was scanned, if ever
		want   bool
	}{"of late": {true, 3, false}, "weeks ago": {true, 20, true}, "long ago": {true, 70, true}, "never": {true, 0, true}, "of a sites file": {false, 70, false}} {
		b := NewBuilder(Options{Sites: known, Stored: c.stored, Now: today})
		if c.days > 0 {
			if err := b.Begin(Source{Site: "Old mill", Started: today.Add(-time.Duration(c.days) * oneDay)}); err != nil {
				t.Fatal(err)
			}
		}
		s := b.Plan().of(assess.ClientAlways).Sites[0]
		if got := strings.Contains(strings.Join(append(s.Reasons, s.Conditions...), " "), `smbready sites forget "Old mill"`); got != c.want {
			t.Errorf("%s: %q, %q", name, s.Reasons, s.Conditions)
		}
	}
}
