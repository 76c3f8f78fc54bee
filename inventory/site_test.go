package inventory

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func sitesFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sites.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadSites(t *testing.T) {
	const text = `# all of us
exclude: [10.0.0.1, "@never.txt"]
sites:
  - name: HQ
    targets:
      - 10.1.0.0/16
      - files.example
    exclude: [10.1.9.0/24]
  - name: Plant
    targets: [10.2.0.0/16]
    gentle: true
`
	want := Sites{Exclude: []string{"10.0.0.1", "@never.txt"}, Sites: []Site{
		{Name: "HQ", Targets: []string{"10.1.0.0/16", "files.example"}, Exclude: []string{"10.1.9.0/24"}},
		{Name: "Plant", Targets: []string{"10.2.0.0/16"}, Gentle: true},
	}}
	for _, form := range []string{text, strings.ReplaceAll(text, "\n", "\r\n"), "\ufeff" + text, "---\n" + text, text + "...\n"} {
		got, err := ReadSites(sitesFile(t, form))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if _, err := ReadSites(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "cannot read the sites file ") {
		t.Errorf("got %v", err)
	}
}

// TestSiteKeys reads every key, a list that is named once and used twice, and
// keys merged in.
func TestSiteKeys(t *testing.T) {
	const text = `
sites:
  - &usual
    name: HQ
    targets: [10.1.0.0/16]
    exclude: &cameras [10.9.0.0/24]
    owner: it@example.com
    tags: [office, "2"]
    wave: 3
    time_zone: Europe/Berlin
    window: [mon-fri 20:00-6:00, Sat-Sun]
    schedule: 30 2 * * Sun
    rate: 12.5
    catch_up: skip
  - <<: *usual
    name: Plant
    targets: [10.2.0.0/16]
    exclude: *cameras
    gentle: yes
    catch_up: run
    window: 22:00-24:00
`
	hours := Window{Days: 0b0111110, Open: 20 * time.Hour, Close: 6 * time.Hour}
	hq := Site{Name: "HQ", Targets: []string{"10.1.0.0/16"}, Exclude: []string{"10.9.0.0/24"}, Owner: "it@example.com", Tags: []string{"office", "2"},
		Wave: "3", TimeZone: "Europe/Berlin", Windows: []Window{hours, {Days: 0b1000001, Close: day}}, Schedule: "30 2 * * Sun", Rate: 12.5, CatchUp: CatchUpSkip}
	plant := hq
	plant.Name, plant.Targets, plant.Gentle, plant.CatchUp = "Plant", []string{"10.2.0.0/16"}, true, CatchUpRun
	plant.Windows = []Window{{Days: everyDay, Open: 22 * time.Hour, Close: day}}
	got, err := ParseSites("sites.yaml", []byte(text))
	if want := (Sites{Sites: []Site{hq, plant}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	b, err := json.Marshal(hq)
	var back Site
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil || !reflect.DeepEqual(back, hq) {
		t.Errorf("by way of JSON: %+v, %v\n%s", back, err, b)
	}
}

func TestExampleSites(t *testing.T) {
	sites, err := ParseSites("example", []byte(ExampleSites))
	if err != nil || len(sites.Sites) != 2 {
		t.Fatalf("got %+v, %v", sites, err)
	}
	for _, key := range siteKind.keys {
		if !strings.Contains(ExampleSites, " "+key+":") {
			t.Errorf("%s is not in it", key)
		}
	}
}

// TestBadSites has one mistake in each file.
func TestBadSites(t *testing.T) {
	const hq = "sites:\n  - name: HQ\n    targets: [10.1.0.0/16]\n    "
	const zoned = hq + "time_zone: UTC\n    "
	tests := []struct{ name, text, want string }{
		{"empty", "", "lists no site"},
		{"comment only", "# nothing\n", "lists no site"},
		{"no document", "---\n", "lists no site"},
		{"no site", "exclude: [10.0.0.1]\n", "lists no site"},
		{"no sites", "sites:\n", "lists no site"},
		{"unknown key", "sites:\n  - name: HQ\n    target: [10.0.0.1]\n", `line 3: "target" is not a key of a site; did you mean targets?`},
		{"key in other words", hq + "tz: UTC\n", `line 4: "tz" is not a key of a site; did you mean time_zone?`},
		{"key with capitals", hq + "Time-Zone: UTC\n", `line 4: "Time-Zone" is not a key of a site; did you mean time_zone?`},
		{"key that means nothing", "colour: red\nsites: []\n", `line 1: "colour" is not a key of a sites file: it has exclude, sites`},
		{"unknown key at the top", "excluded: [10.0.0.1]\nsites: []\n", `line 1: "excluded" is not a key of a sites file; did you mean exclude?`},
		{"key twice", "sites: []\nsites: []\n", "line 2: sites is given twice, first in line 1"},
		{"key that is a list", "[a]: b\n", "line 1: has a list where a key of a sites file is due"},
		{"not a list", "sites:\n  - name: HQ\n    targets: 10.0.0.1\n", `line 3: targets has "10.0.0.1" where a list is due: write targets: [...]`},
		{"not a mapping", "- a\n", "line 1: has a list where a sites file with its keys is due"},
		{"site is a text", "sites: [HQ]\n", `line 1: has "HQ" where a site with its keys is due`},
		{"value is a list", "sites:\n  - name: [HQ]\n    targets: [10.0.0.1]\n", "line 2: name has a list where one value is due"},
		{"merge without end", "sites: [&a {<<: *a, name: HQ, targets: [10.0.0.1]}]\n", "line 1: merges (<<) too deep"},
		{"not YAML", "sites: [\n", "line 1: is not YAML: did not find expected node content"},
		{"unknown anchor", "sites: [*a]\n", "is not YAML: unknown anchor 'a' referenced"},
		{"no name", "sites:\n  - name: HQ\n    targets: [10.0.0.1]\n  - targets: [10.0.0.2]\n", "line 4: site 2 has no name"},
		{"no targets", "sites:\n  - name: HQ\n", `line 2: site "HQ" has no targets`},
		{"empty targets", "sites:\n  - name: HQ\n    targets: []\n", `line 2: site "HQ" has no targets`},
		{"empty target", "sites:\n  - name: HQ\n    targets: ['']\n", `line 3: targets has an empty entry`},
		{"name twice", "sites:\n  - {name: HQ, targets: [10.0.0.1]}\n  - {name: HQ, targets: [10.0.0.2]}\n", `line 3: site "HQ" occurs twice, first in line 2`},
		{"name by capitals", "sites:\n  - {name: HQ, targets: [10.0.0.1]}\n  - {name: Hq, targets: [10.0.0.2]}\n", `line 3: site "Hq" differs from "HQ" in line 2 by capitals alone`},
		{"second document", "sites:\n  - {name: HQ, targets: [10.0.0.1]}\n---\nexclude: [10.0.0.1]\n", "has more than one document (---)"},
		{"name with an escape", "sites:\n  - {name: \"H\\eQ\", targets: [10.0.0.1]}\n", `line 2: name "H\x1bQ" has characters that cannot be printed`},
		{"name with blanks", "sites:\n  - {name: 'HQ ', targets: [10.0.0.1]}\n", `line 2: name "HQ " has blanks around it`},

		{"prefix too long", "sites:\n  - name: HQ\n    targets:\n      - 10.1.0.0/33\n", `line 4: "10.1.0.0/33" is not a network: write it like 10.1.0.0/16 or fd00:1::/120`},
		{"bits behind the prefix", "sites:\n  - name: HQ\n    targets: [10.1.2.0/16]\n", `line 3: "10.1.2.0/16" does not begin where its network does: write 10.1.0.0/16, or another length`},
		{"IPv4 in IPv6", "sites:\n  - name: HQ\n    targets: ['::ffff:10.1.0.0/112']\n", `line 3: "::ffff:10.1.0.0/112" is an IPv4 network in IPv6 form: write it like 10.1.0.0/16`},
		{"address with five numbers", "exclude: [10.1.2.3.4]\n", `line 1: "10.1.2.3.4" is not an address: write it like 10.1.2.3, 10.1.2.0/24 or 10.1.2.3-40`},
		{"range backwards", "exclude: [10.1.2.9-3]\n", `line 1: "10.1.2.9-3" is not a range: the first address comes after the last`},
		{"range of two families", "exclude: [10.1.2.9-fd00::1]\n", `line 1: "10.1.2.9-fd00::1" is not a range: write 10.0.0.1-10.0.0.9 or 10.0.0.1-9`},
		{"link-local", "exclude: [fe80::1]\n", `line 1: "fe80::1" is a link-local address, which cannot be scanned`},
		{"standard input", "exclude: ['-']\n", `line 1: "-" stands for standard input, which cannot be used here`},
		{"list among others", "exclude: ['10.1.2.3,@never.txt']\n", `line 1: "@never.txt" names a list, which is an entry of its own`},
		{"port", "exclude: ['10.1.2.3:445']\n", `line 1: "10.1.2.3:445" is not an address; a port is given with --port`},

		{"wave", hq + "wave: pilot-sites\n", `line 4: wave "pilot-sites" is not pilot-device, pilot-site, all or a number from 1 on; did you mean pilot-site?`},
		{"wave 0", hq + "wave: 0\n", `line 4: wave "0" is not pilot-device, pilot-site, all or a number from 1 on`},
		{"gentle", hq + "gentle: treu\n", `line 4: gentle "treu" is neither true nor false`},
		{"gentle without value", hq + "gentle:\n", "line 4: gentle has no value: write one, or leave it out"},
		{"rate 0", hq + "rate: 0\n", `line 4: rate "0" is not a number of connections a second, above 0 and up to 10000`},
		{"rate without a number", hq + "rate: .nan\n", `line 4: rate ".nan" is not a number of connections a second, above 0 and up to 10000`},
		{"rate not a number", hq + "rate: NaN\n", `line 4: rate "NaN" is not a number of connections a second, above 0 and up to 10000`},
		{"catch_up", hq + "catch_up: skp\n", `line 4: catch_up "skp" is neither run nor skip; did you mean skip?`},
		{"tag twice", hq + "tags: [a, b, a]\n", `line 4: tag "a" is given twice`},

		{"zone", zoned[:len(zoned)-len("UTC\n    ")] + "Europe/Berln\n", `line 4: time zone "Europe/Berln" is not known: write an IANA name such as Europe/Berlin; did you mean Europe/Berlin?`},
		{"city", hq + "time_zone: new york\n", `line 4: time zone "new york" is not known: write an IANA name such as Europe/Berlin; did you mean America/New_York?`},
		{"zone in small letters", hq + "time_zone: europe/berlin\n", `line 4: time zone "europe/berlin" is written Europe/Berlin`},
		{"zone of this machine", hq + "time_zone: Local\n", "line 4: time_zone is not named: write one such as Europe/Berlin, or UTC"},
		{"zone that is a path", hq + "time_zone: ../../etc/passwd\n", `line 4: time zone "../../etc/passwd" is not known: write an IANA name such as Europe/Berlin`},
		{"schedule without zone", hq + "schedule: '@daily'\n", `line 4: site "HQ" has a schedule and no time_zone: write the zone of its clocks, such as Europe/Berlin`},
		{"window without zone", hq + "window: Sat\n", `line 4: site "HQ" has a window and no time_zone: write the zone of its clocks, such as Europe/Berlin`},
		{"schedule", zoned + "schedule: 0 2 * * Sonday\n", `line 5: schedule "0 2 * * Sonday": day of the week "Sonday" is not within 0 to 7 or SUN to SAT`},
		{"window", zoned + "window: Sunady 20:00-06:00\n", `line 5: "Sunady" is not a day of the week: write Mon, Tue, Wed, Thu, Fri, Sat or Sun; did you mean Sunday?`},
		{"no windows", zoned + "window: []\n", "line 5: window wants 1 to 50 entries, or is left out for any time"},

		{"overlap", "sites:\n  - name: HQ\n    targets: [10.1.0.0/24]\n  - name: Depot\n    targets: [10.1.0.128/25]\n",
			`line 5: site "Depot": "10.1.0.128/25" shares 10.1.0.128-10.1.0.255 with "10.1.0.0/24" of site "HQ" (line 3)`},
		{"shared name", "sites:\n  - {name: HQ, targets: [fs.example]}\n  - {name: Depot, targets: [FS.example.]}\n", `line 3: site "Depot" and site "HQ" (line 2) both have "FS.example."`},
		{"nothing left", "exclude: [10.0.0.0/8]\nsites:\n  - {name: HQ, targets: [10.1.0.0/16]}\n", `line 3: site "HQ" has no address left: all of its targets are excluded`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := tt.text
			if strings.HasPrefix(text, "exclude") && !strings.Contains(text, "sites:") && tt.name != "no site" {
				text += "sites: [{name: HQ, targets: [10.1.0.0/16]}]\n"
			}
			_, err := ParseSites("sites.yaml", []byte(text))
			var all *SitesError
			if !errors.As(err, &all) || err.Error() != "sites.yaml: "+tt.want {
				t.Errorf("got  %v\nwant sites.yaml: %s", err, tt.want)
			}
		})
	}
}

// TestAllProblems has several mistakes in one file: one reading tells of all.
func TestAllProblems(t *testing.T) {
	_, err := ParseSites("sites.yaml", []byte(`sites:
  - name: HQ
    tragets: [10.1.0.0/16]
    wave: pilot
  - name: Plant
    targets: [10.2.0.0/99, 10.3.0.1.1]
    window: 20:00
    time_zone: Europe/Berlin
`))
	const want = `sites.yaml: line 3: "tragets" is not a key of a site; did you mean targets?
line 4: wave "pilot" is not pilot-device, pilot-site, all or a number from 1 on
line 6: "10.2.0.0/99" is not a network: write it like 10.1.0.0/16 or fd00:1::/120
line 6: "10.3.0.1.1" is not an address: write it like 10.1.2.3, 10.1.2.0/24 or 10.1.2.3-40
line 7: hours "20:00" have no end: write them like 20:00-06:00`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	_, err = ParseSites("sites.yaml", []byte("sites:\n"+strings.Repeat("  - {}\n", 120)))
	var all *SitesError
	if !errors.As(err, &all) || len(all.Problems) != maxProblems || all.More != 120-maxProblems || !strings.HasSuffix(err.Error(), "\nand 70 more") {
		t.Errorf("got %v", err)
	}
}

func TestHugeSites(t *testing.T) {
	list := "&a [" + strings.Repeat("10.0.0.1,", 5000) + "]"
	tests := map[string]string{
		"long":    "# " + strings.Repeat("x", maxSitesFile),
		"aliases": "exclude: " + list + "\nsites:\n" + strings.Repeat("  - {name: x, targets: *a}\n", 100),
		"deep":    "sites: " + strings.Repeat("[", 20000),
		"keys":    "sites:\n" + strings.Repeat("  - {a: 1, b: 2}\n", 3000),
	}
	for name, text := range tests {
		var all *SitesError
		if _, err := ParseSites(name, []byte(text)); !errors.As(err, &all) || len(err.Error()) > 20000 {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}

func TestPick(t *testing.T) {
	hq, plant, depot := Site{Name: "HQ"}, Site{Name: "Plant"}, Site{Name: "Depot"}
	all := Sites{Sites: []Site{hq, plant, depot}}
	tests := []struct {
		names []string
		want  []Site
		err   string
	}{
		{nil, all.Sites, ""},
		{[]string{"Depot", "HQ"}, []Site{depot, hq}, ""},
		{[]string{"HQ", "HQ"}, []Site{hq}, ""},
		{[]string{"HQ", "hq"}, nil, `no site is called "hq"; there are HQ, Plant, Depot`},
	}
	for _, tt := range tests {
		got, err := all.Pick(tt.names)
		if !reflect.DeepEqual(got, tt.want) || err == nil && tt.err != "" || err != nil && err.Error() != tt.err {
			t.Errorf("%v: %+v, %v", tt.names, got, err)
		}
	}
}

// FuzzParseSites looks for a file that ends the program, or that is taken and
// cannot be used.
func FuzzParseSites(f *testing.F) {
	f.Add(ExampleSites)
	f.Add("sites: [&a {<<: *a, name: HQ, targets: [10.0.0.1]}]\n")
	f.Add("exclude: [0.0.0.0/0, '::/0']\nsites: [{name: a, targets: [255.255.255.255, '::/1', a.b]}]\n")
	f.Add("sites: [{name: a, targets: ['@f'], time_zone: UTC, schedule: 0 0 29 2 *, window: [Sun-Mon 23:59-00:01]}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		sites, err := ParseSites("fuzz", []byte(text))
		if err != nil {
			return
		}
		for _, site := range sites.Sites {
			n, more := sites.Addresses(site)
			if n == 0 && !more {
				t.Errorf("site %q has nothing to scan", site.Name)
			}
			if _, err := site.Zone(); err != nil {
				t.Error(err)
			}
			if site.Schedule != "" {
				if _, err := ParseCron(site.Schedule); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
