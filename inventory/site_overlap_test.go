package inventory

import (
	"fmt"
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
