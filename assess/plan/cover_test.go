package plan

import (
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
		got := Cover(c.site, list("10.0.0.200"), list(c.scope), list(c.excluded))
		if !slices.Equal(got.Missing, list(c.missing)) || !slices.Equal(got.LeftOut, list(c.left)) || !slices.Equal(got.Excluded, list(c.heeding)) {
			t.Errorf("%s: %+v", name, got)
		}
		if got.Whole() != (c.missing+c.left == "") {
			t.Errorf("%s: whole %v", name, got.Whole())
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
