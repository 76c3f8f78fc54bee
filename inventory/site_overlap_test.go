package inventory

import (
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		targets, exclude, everywhere string
		want                         uint64
		more                         bool
	}{
		{"10.0.0.0/24", "", "", 256, false},
		{"10.0.0.0/24 10.0.0.128/25 10.0.0.0-10.0.1.0", "", "", 257, false},
		{"10.0.0.0/24", "10.0.0.0 10.0.0.255 10.0.0.10-19", "10.0.0.15-25", 238, false},
		{"10.0.0.0/24", "10.0.0.0/8", "", 0, false},
		{"0.0.0.0/0", "255.255.255.255", "", 1<<32 - 1, false},
		{"255.255.255.250-255", "255.255.255.254-255", "0.0.0.0", 4, false},
		{"fd00::/64", "", "", math.MaxUint64, false},
		{"fd00::/65 fd01::/65", "", "", math.MaxUint64, false},
		{"fd00::/120 10.0.0.1", "fd00::ff", "", 256, false},
		{"::ffff:10.0.0.1 10.0.0.1", "", "", 1, false},
		{"fs.example @list.txt", "", "", 0, true},
		{"10.0.0.1,fs.example", "", "", 1, true},
	} {
		s := Sites{Exclude: strings.Fields(tt.everywhere)}
		n, more := s.Addresses(Site{Targets: strings.Fields(tt.targets), Exclude: strings.Fields(tt.exclude)})
		if n != tt.want || more != tt.more {
			t.Errorf("%s without %s, %s: %d, %v", tt.targets, tt.exclude, tt.everywhere, n, more)
		}
	}
}

// TestOverlaps has files with and without addresses that sites share.
func TestOverlaps(t *testing.T) {
	for _, tt := range []struct{ name, a, b, excludeA, want string }{
		{"apart", "10.1.0.0/24", "10.1.1.0/24", "", ""},
		{"excluded from the one", "10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/16", ""},
		{"excluded in part", "10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/17", `"10.1.0.0/16" shares 10.1.128.0-10.1.255.255 with "10.0.0.0/8"`},
		{"one address", "10.1.0.0-10.1.0.9", "10.1.0.9", "", `"10.1.0.9" shares 10.1.0.9 with "10.1.0.0-10.1.0.9"`},
		{"the same address in two forms", "10.1.0.9", "'::ffff:10.1.0.9'", "", `shares 10.1.0.9 with`},
		{"IPv6", "fd00::/64", "fd00::1-fd00::9", "", `"fd00::1-fd00::9" shares fd00::1-fd00::9 with "fd00::/64"`},
		{"IPv6 and IPv4", "fd00::/64", "10.0.0.0/8", "", ""},
		{"behind a longer one of its own", "10.0.0.0/8, 10.1.0.0/16, 10.3.0.0/16", "10.2.0.0/16", "", `"10.2.0.0/16" shares 10.2.0.0-10.2.255.255 with "10.0.0.0/8"`},
		{"name and address", "fs.example", "10.0.0.0/8", "", ""},
		{"whole lists", "'@a.txt'", "'@a.txt'", "", ""},
	} {
		text := fmt.Sprintf("sites:\n  - {name: A, targets: [%s], exclude: [%s]}\n  - {name: B, targets: [%s]}\n", tt.a, tt.excludeA, tt.b)
		_, err := ParseSites("s", []byte(text))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestListsOfSites: a list that is read is part of the file: what is wrong there is
// told, and its addresses are compared and counted.
func TestListsOfSites(t *testing.T) {
	lists := map[string][]string{
		"hq":      {"10.1.0.0/24", "10.1.2.3/24", "fs1.example"}, // the second as a scan reads it
		"plant":   {"10.2.0.0/24"},
		"half":    {"10.1.0.128/25"},
		"host":    {"FS1.example."},
		"junk":    {"10.2.0.0/24", "10.2.0.0/33", "@hq", "-"},
		"no file": {"10.3.0.1"},
		"empty":   {},
	}
	read := func(path string) (entries []ListEntry, err error) {
		list, ok := lists[path]
		if !ok {
			return nil, fmt.Errorf("cannot read the target list: %w", fs.ErrNotExist)
		}
		for i, text := range list {
			entries = append(entries, ListEntry{path, i + 1, text})
		}
		return entries, nil
	}
	for _, tt := range []struct {
		targets, exclude, want string
		addresses              uint64
		more                   bool
	}{
		{"'@plant'", "", "", 256, false},
		{"'@plant', 10.2.0.0/23", "", "", 512, false},
		{"10.2.0.0/23", "'@plant'", "", 256, false},
		{"'@no file'", "", "", 1, false},
		{"fs2.example, '@plant'", "", "", 256, true},
		{"'@half'", "", `line 3: site "B": "10.1.0.128/25" (half:1) shares 10.1.0.128-10.1.0.255 with "10.1.0.0/24" (hq:1) of site "A" (line 2)`, 0, false},
		{"10.1.2.9", "", `"10.1.2.9" shares 10.1.2.9 with "10.1.2.3/24" (hq:2)`, 0, false},
		{"'@half', 10.4.0.1", "'@hq'", "", 1, false},
		{"'@host'", "", `site "B" and site "A" (line 2) both have "FS1.example." (host:1)`, 0, false},
		{"'@plant'", "10.2.0.0/16", `site "B" has no address left`, 0, false},
		{"10.2.0.0/24", "'@plant'", `site "B" has no address left`, 0, false},
		{"'@empty'", "", `line 3: site "B" has no address: the lists that it names are empty`, 0, false},
		{"'@none'", "", `line 3: "@none" cannot read the target list: file does not exist; the name counts from the folder`, 0, false},
		{"10.2.0.0/24", "'@none'", `line 3: "@none" cannot read`, 0, false},
		{"'@junk'", "", `line 3: "10.2.0.0/33" (junk:2) is not a network: write it like 10.1.0.0/16 or fd00:1::/120
line 3: "@hq" (junk:3) is a list in a list: name both in the sites file
line 3: "-" (junk:4) stands for`, 0, false},
	} {
		text := fmt.Sprintf("sites:\n  - {name: A, targets: ['@hq']}\n  - {name: B, targets: [%s], exclude: [%s]}\n", tt.targets, tt.exclude)
		s, err := parseSites("s", []byte(text), read)
		if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) || tt.want == "" && err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if tt.want != "" || err != nil {
			continue
		}
		if n, more := s.Addresses(s.Sites[1]); n != tt.addresses || more != tt.more {
			t.Errorf("%s: %d, %v", text, n, more)
		}
		if n, more := s.Addresses(s.Sites[0]); n != 512 || !more {
			t.Errorf("%s: the first has %d, %v", text, n, more)
		}
	}
}

// TestSweep holds the search for overlaps against a comparison of every pair.
func TestSweep(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var b strings.Builder
		type part struct{ site, from, to int }
		var parts []part
		b.WriteString("sites:\n")
		for site := range 4 {
			fmt.Fprintf(&b, "  - name: S%d\n    targets:\n", site)
			for range 1 + random.IntN(3) {
				from := random.IntN(120)
				to := min(from+random.IntN(8), 255)
				parts = append(parts, part{site, from, to})
				fmt.Fprintf(&b, "      - 10.0.0.%d-%d\n", from, to)
			}
		}
		want := false
		for _, p := range parts {
			for _, q := range parts {
				want = want || p.site != q.site && p.from <= q.to && q.from <= p.to
			}
		}
		if _, err := ParseSites("s", []byte(b.String())); (err != nil) != want {
			t.Fatalf("%v for\n%s", err, b.String())
		}
	}
}
