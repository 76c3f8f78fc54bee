package inventory

import (
	"fmt"
	"math/rand"
	"net/netip"
	"strings"
	"testing"
)

// TestArea reads what stands in lists of targets.
func TestArea(t *testing.T) {
	for _, tt := range []struct {
		targets, in, out string
		open             bool
	}{
		{"10.0.0.0/24", "10.0.0.0 10.0.0.255", "10.0.1.0 9.255.255.255 fd00::1", false},
		{"10.0.0.9/24", "10.0.0.0 10.0.0.255", "10.0.1.0", false}, // as a scan reads it
		{"10.0.0.5-10.0.1.9,10.0.0.7-9", "10.0.0.5 10.0.1.9", "10.0.0.4 10.0.1.10", false},
		{"10.0.0.1-9 10.0.0.5-20", "10.0.0.15 10.0.0.20", "10.0.0.21", false},
		{"10.0.0.5-9", "10.0.0.5 10.0.0.9", "10.0.0.10", false},
		{"10.0.0.1\u00a010.0.0.3", "10.0.0.1 10.0.0.3", "10.0.0.2", false},
		{"10.0.0.0/8 10.1.0.0/16 10.0.0.7", "10.255.255.255 10.1.2.3", "11.0.0.0", false},
		{"fd00:1::/120", "fd00:1:: fd00:1::ff ", "fd00:1::100 0.0.0.1", false},
		{"::ffff:10.0.0.1", "10.0.0.1 ::ffff:10.0.0.1", "10.0.0.2", false},
		{"0.0.0.0/0", "255.255.255.255 0.0.0.0", ":: ::1", false},
		{"fs01.corp.example 10.0.0.1", "10.0.0.1", "10.0.0.2", true},
		{"@list.txt", "", "10.0.0.1", true},
		{"@our list,10.0.0.1", "", "10.0.0.1", true},
		{"10.0.0.9-10.0.0.1", "", "10.0.0.5", true},
		{"10.0.0.9-fd00::1", "", "10.0.0.9", true},
		{"", "", "10.0.0.1", false},
	} {
		a := ParseArea([]string{tt.targets})
		for _, at := range strings.Fields(tt.in) {
			if !a.Has(netip.MustParseAddr(at)) {
				t.Errorf("%q does not have %s", tt.targets, at)
			}
		}
		for _, at := range strings.Fields(tt.out) {
			if a.Has(netip.MustParseAddr(at)) {
				t.Errorf("%q has %s", tt.targets, at)
			}
		}
		if a.Open() != tt.open || a.Known() != (tt.in != "") {
			t.Errorf("%q: open %v, known %v", tt.targets, a.Open(), a.Known())
		}
	}
}

// TestAreas compares two lists.
func TestAreas(t *testing.T) {
	for _, tt := range []struct {
		a, b                   string
		holds, overlaps, apart bool
	}{
		{"10.0.0.0/24", "10.0.0.9", true, true, false},
		{"10.0.0.0/25,10.0.0.128/25", "10.0.0.0/24", true, true, false},
		{"10.0.0.0/24", "10.0.0.9,10.0.1.9", false, true, false},
		{"10.0.0.0/24", "10.0.1.0/24", false, false, true},
		{"10.0.0.0/24", "10.0.0.255-10.0.1.1", false, true, false},
		{"10.0.0.0/24", "fs1.example", false, false, false},
		{"fs1.example", "10.0.0.1", false, false, false},
		{"FS1.example.", "fs1.example", true, true, false},
		{"fs1.example 10.0.0.1", "10.0.0.1", true, true, false},
		{"@a.txt", "@a.txt", true, true, false},
		{"@a.txt", "@b.txt", false, false, false},
		{"10.0.0.1 @b.txt", "@a.txt", false, false, false},
		{"", "10.0.0.1", false, false, true},
		{"10.0.0.1", "", true, false, true},
		{"fs1.example", "", true, false, true},
		{"::/0", "10.0.0.1", false, false, true},
	} {
		a, b := ParseArea([]string{tt.a}), ParseArea([]string{tt.b})
		if a.Holds(b) != tt.holds || a.Overlaps(b) != tt.overlaps || a.Apart(b) != tt.apart {
			t.Errorf("%q, %q: holds %v, overlaps %v, apart %v", tt.a, tt.b, a.Holds(b), a.Overlaps(b), a.Apart(b))
		}
	}
}

// TestAreaWithout holds what is left against each address by itself.
func TestAreaWithout(t *testing.T) {
	for _, tt := range []struct{ from, take, left string }{
		{"10.0.0.0/24", "10.0.0.0/24", ""},
		{"10.0.0.0/24", "10.0.0.0/25,10.0.0.128/25", ""},
		{"10.0.0.0/24", "10.0.0.5-10", "10.0.0.0-10.0.0.4 10.0.0.11-10.0.0.255"},
		{"10.0.0.0/24 10.0.2.0/24", "10.0.0.128-10.0.2.9", "10.0.0.0-10.0.0.127 10.0.2.10-10.0.2.255"},
		{"10.0.0.7", "10.0.0.0/8", ""},
		{"10.0.0.7", "", "10.0.0.7"},
		{"10.0.0.0/30", "10.0.0.0 10.0.0.2", "10.0.0.1 10.0.0.3"},
		{"0.0.0.0/0", "255.255.255.255", "0.0.0.0-255.255.255.254"},
		{"0.0.0.0/0 ::/0", "0.0.0.0/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"::/0", "8000::/1 0.0.0.0/0", "::-7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"255.255.255.0/24 ::/127", "255.255.255.255", "255.255.255.0-255.255.255.254 ::-::1"},
	} {
		if got := ParseArea([]string{tt.from}).Without(ParseArea([]string{tt.take})); got.String() != tt.left {
			t.Errorf("%s without %s: %s", tt.from, tt.take, got)
		}
	}
	r := rand.New(rand.NewSource(5))
	some := func() Area {
		var list []string
		for range r.Intn(4) {
			list = append(list, fmt.Sprintf("10.0.0.%d-10.0.1.%d", r.Intn(256), r.Intn(256)), fmt.Sprintf("10.0.0.%d", r.Intn(256)))
		}
		return ParseArea(list)
	}
	for range 200 {
		a, b := some(), some()
		left := a.Without(b)
		all, any := true, false
		for at := netip.MustParseAddr("9.255.255.255"); at != netip.MustParseAddr("10.0.2.1"); at = at.Next() {
			if left.Has(at) != (a.Has(at) && !b.Has(at)) {
				t.Fatalf("%s without %s: %s at %s", a, b, left, at)
			}
			all, any = all && (a.Has(at) || !b.Has(at)), any || a.Has(at) && b.Has(at)
		}
		if a.Holds(b) != all || a.Overlaps(b) != any || a.Apart(b) == any || !left.Apart(b) {
			t.Fatalf("%s, %s: holds %v, overlaps %v", a, b, a.Holds(b), a.Overlaps(b))
		}
	}
}

// FuzzArea: no list of targets panics, and what it holds is in order.
func FuzzArea(f *testing.F) {
	f.Add("10.0.0.0/8,fd00::/8 10.0.0.1-9")
	f.Fuzz(func(t *testing.T, text string) {
		a := ParseArea([]string{text})
		for i, r := range a.ranges {
			if r.To().Less(r.From()) || i > 0 && !a.ranges[i-1].To().Less(r.From()) {
				t.Fatalf("%s", a)
			}
			if !a.Has(r.From()) || !a.Has(r.To()) {
				t.Fatalf("%s does not hold its ends", r)
			}
		}
		if !a.Holds(a) || a.Without(a).Known() {
			t.Fatalf("%s is not its own", a)
		}
	})
}
