package scanner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"smbready/inventory"
)

// names is a Resolver with fixed answers. It counts what it is asked.
type names struct {
	hosts map[string][]string
	asked []string
}

func (n *names) LookupNetIP(_ context.Context, network, host string) ([]netip.Addr, error) {
	n.asked = append(n.asked, host)
	list, ok := n.hosts[host]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	var addrs []netip.Addr
	for _, a := range list {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	return addrs, nil
}

func dns() *names {
	return &names{hosts: map[string][]string{
		"files":             {"10.0.0.9"},
		"cluster.example":   {"10.0.0.11", "10.0.0.10", "fd00::9"},
		"mapped":            {"::ffff:10.0.0.9"},
		"nothing.example":   {},
		"public.example":    {"203.0.113.5"},
		"multicast.example": {"224.0.0.1"},
		"büro":              {"10.0.0.8"},
	}}
}

func TestForms(t *testing.T) {
	tests := []struct {
		text string
		want string // as Describe has it, in order
		n    uint64
	}{
		{"10.1.0.0/16", "10.1.0.0/16", 65536},
		{"10.1.2.3/16", "10.1.0.0/16", 65536}, // host bits
		{"10.1.2.3/32", "10.1.2.3", 1},
		{"10.1.2.3", "10.1.2.3", 1},
		{"10.1.2.3-10.1.2.40", "10.1.2.3-10.1.2.40", 38},
		{"10.1.2.3-40", "10.1.2.3-10.1.2.40", 38},
		{"10.1.2.0-255", "10.1.2.0/24", 256},
		{"10.1.2.7-7", "10.1.2.7", 1},
		{"10.1.2.250-10.1.3.5", "10.1.2.250-10.1.3.5", 12},
		{"fd00::5", "fd00::5", 1},
		{"fd00::/120", "fd00::/120", 256},
		{"fd00::1-fd00::9", "fd00::1-fd00::9", 9},
		{"::1", "::1", 1},
		{"::ffff:10.0.0.1", "10.0.0.1", 1},
		{"::ffff:10.0.0.1-::ffff:10.0.0.4", "10.0.0.1-10.0.0.4", 4},
		{"files", "10.0.0.9 (files)", 1},
		{"mapped", "10.0.0.9 (mapped)", 1},
		{"büro", "10.0.0.8 (büro)", 1},
		{"cluster.example", "10.0.0.10/31 fd00::9 (cluster.example)", 3},
		{"files 10.0.0.9", "10.0.0.9 (files)", 1},
		{"10.0.0.0/25 10.0.0.128/25", "10.0.0.0/24", 256},
		{"10.0.0.2 10.0.0.1 10.0.0.1", "10.0.0.1-10.0.0.2", 2},
		{"10.0.0.0/8 10.2.0.0/16", "10.0.0.0/8", 1 << 24},
		{"10.0.0.0-10.255.255.255", "10.0.0.0/8", 1 << 24},
		{"127.0.0.1,169.254.1.1,100.64.0.1,172.16.0.1,192.168.1.1", "100.64.0.1 127.0.0.1 169.254.1.1 172.16.0.1 192.168.1.1", 5},
		{"10.0.0.1\n10.0.0.5\u00a0\v", "10.0.0.1 10.0.0.5", 2}, // pasted
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			targets, err := Resolve(t.Context(), Selection{Groups: []Group{{Targets: parseList(t, tt.text)}}, Resolver: dns()})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(targets.Describe(10), " "); got != tt.want || targets.Len() != tt.n {
				t.Errorf("got %d addresses %s, want %d %s", targets.Len(), got, tt.n, tt.want)
			}
		})
	}
}

const (
	badRange   = "is not a range: write 10.0.0.1-10.0.0.9 or 10.0.0.1-9"
	badNetwork = "is not a network: write it like 10.1.0.0/16 or fd00:1::/120"
	badAddress = "is not an address: write it like 10.1.2.3, 10.1.2.0/24 or 10.1.2.3-40"
	badName    = "is neither an address nor a host name"
	noHost     = "includes addresses that no host can have (0.0.0.0/8, multicast or reserved)"
	public     = "is a public address; scanning networks that are not yours may be an offence: add --allow-public if it is yours"
	tooMany    = "makes too many addresses for one scan (at most 4294967296): list the hosts instead"
)

var badTargets = []struct{ text, want string }{
	{"10.1.0.0/33", `"10.1.0.0/33" ` + badNetwork},
	{"10.1.0.0/-1", `"10.1.0.0/-1" ` + badNetwork},
	{"10.1.0.0/16/8", `"10.1.0.0/16/8" ` + badNetwork},
	{"10.1.0/16", `"10.1.0/16" ` + badNetwork},
	{"fd00::%eth0/64", `"fd00::%eth0/64" has a zone; a link-local address cannot be scanned`},
	{"files/24", `"files/24" ` + badNetwork},
	{"10.1.0.0/255.255.0.0", `"10.1.0.0/255.255.0.0" ` + badNetwork},
	{"::ffff:10.0.0.0/120", `"::ffff:10.0.0.0/120" is an IPv4 network in IPv6 form: write it like 10.1.0.0/16`},
	{"10.0.0.9-10.0.0.1", `"10.0.0.9-10.0.0.1" is not a range: the first address comes after the last`},
	{"10.0.0.9-1", `"10.0.0.9-1" is not a range: the first address comes after the last`},
	{"10.0.0.9-fd00::1", `"10.0.0.9-fd00::1" ` + badRange},
	{"10.0.0.9-256", `"10.0.0.9-256" ` + badRange},
	{"10.0.0.9-", `"10.0.0.9-" ` + badRange},
	{"10.0.0.1-2-3", `"10.0.0.1-2-3" ` + badRange},
	{"fd00::1-9", `"fd00::1-9" ` + badRange},
	{"10.0.0.300", `"10.0.0.300" ` + badAddress},
	{"10.0.0", `"10.0.0" ` + badAddress},
	{"10.0.0.1.", `"10.0.0.1." ` + badAddress},
	{"10.0.0.01", `"10.0.0.01" ` + badAddress},
	{"10.0.0.*", `"10.0.0.*" ` + badAddress},
	{"10.0.0.1 - 10.0.0.9", `"-" ` + badAddress},
	{"10.0.0.1:445", `"10.0.0.1:445" is not an address; a port is given with --port`},
	{"fd00:::1", `"fd00:::1" is not an address; a port is given with --port`},
	{"fe80::1%eth0", `"fe80::1%eth0" has a zone; a link-local address cannot be scanned`},
	{"-x", `"-x" ` + badName},
	{`\\files\share`, `"\\\\files\\share" ` + badName},
	{"admin@files", `"admin@files" ` + badName},
	{"files;reboot", `"files;reboot" ` + badName},
	{"files#1", `"files#1" ` + badName},
	{"a\x00b", `"a\x00b" ` + badName},
	{"\x1b[31m", `"\x1b[31m" ` + badName},
	{strings.Repeat("a", 254), fmt.Sprintf("%q ", strings.Repeat("a", 254)) + badName},
	{"missing.example", `"missing.example" cannot be found in the DNS: check the spelling (lookup missing.example: no such host)`},
	{"nothing.example", `"nothing.example" has no address in the DNS`},
	{"203.0.113.5", `"203.0.113.5" ` + public},
	{"10.255.255.0-11.0.0.5", `"11.0.0.0" ` + public},
	{"public.example", `"203.0.113.5 (public.example)" ` + public},
	{"2001:db8::1", `"2001:db8::1" ` + public},
	{"fec0::1", `"fec0::1" ` + public},
	{"multicast.example", `"224.0.0.1" ` + noHost},
	{"224.0.0.0/24", `"224.0.0.0/24" ` + noHost},
	{"255.255.255.255", `"255.255.255.255" ` + noHost},
	{"0.0.0.0", `"0.0.0.0" ` + noHost},
	{"0.0.0.0/0", `"0.0.0.0/0" ` + noHost},
	{"ff02::1", `"ff02::1" ` + noHost},
	{"::", `"::" ` + noHost},
	{"fd00::/64", `"fd00::/64" ` + tooMany},
	{"fd00::/95", `"fd00::/95" ` + tooMany},
	{"fd00::/96 10.0.0.1", `"fd00::/96" ` + tooMany},
	{"::/0", `"::/0" ` + tooMany},
}

func TestBadTargets(t *testing.T) {
	for _, tt := range badTargets {
		t.Run(tt.text, func(t *testing.T) {
			r := dns()
			_, err := Resolve(t.Context(), Selection{Groups: []Group{{Targets: parseList(t, tt.text)}}, Resolver: r})
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if len(r.asked) > 0 && !strings.HasSuffix(tt.text, ".example") {
				t.Errorf("a name server was asked for %q", r.asked)
			}
		})
	}
}

func TestNoTargets(t *testing.T) {
	for _, sel := range []Selection{
		{},
		{Groups: []Group{{}}},
		{Groups: []Group{{Targets: parseList(t, "10.0.0.0/24")}}, Exclude: parseList(t, "10.0.0.0/8")},
	} {
		if _, err := Resolve(t.Context(), sel); err != ErrNoTargets {
			t.Errorf("got %v", err)
		}
	}
}

func TestAllowPublic(t *testing.T) {
	resolve := func(text string) error {
		_, err := Resolve(t.Context(), Selection{Groups: []Group{{Targets: parseList(t, text)}}, AllowPublic: true, Resolver: dns()})
		return err
	}
	for _, text := range []string{"203.0.113.5", "1.0.0.0-223.255.255.255", "2001:db8::/120", "64:ff9b::1-64:ff9b::6", "public.example"} {
		if err := resolve(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"224.0.0.1", "0.0.0.1", "ff02::1", "1.0.0.0-224.0.0.0"} {
		if err := resolve(text); err == nil || !strings.HasSuffix(err.Error(), noHost) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestLists(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "@" + path
	}
	list := write("list.txt", "\ufeff# the plant\r\n10.0.0.1, 10.0.0.2 # two\r\n\r\n\tfiles\r\n10.0.0.7-9,10.0.0.20")
	got, err := NewList([]string{list, "10.0.1.1,10.0.1.2", "-"}, strings.NewReader("10.0.2.1\n#10.0.2.2\n"))
	if err != nil {
		t.Fatal(err)
	}
	path := list[1:]
	at := func(source string, line int, text string) inventory.ListEntry {
		return inventory.ListEntry{Source: source, Line: line, Text: text}
	}
	want := List{at(path, 2, "10.0.0.1"), at(path, 2, "10.0.0.2"), at(path, 4, "files"), at(path, 5, "10.0.0.7-9"), at(path, 5, "10.0.0.20"),
		at("", 0, "10.0.1.1"), at("", 0, "10.0.1.2"), at("standard input", 1, "10.0.2.1")}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	bad := write("bad.txt", "10.0.0.1\n10.0.0.1 10.0.0.999\n")
	_, err = Resolve(t.Context(), Selection{Groups: []Group{{Targets: parseList(t, bad)}}})
	var where *TargetError
	if !errors.As(err, &where) || where.Line != 2 || err.Error() != bad[1:]+`:2: "10.0.0.999" `+badAddress {
		t.Errorf("got %v", err)
	}
	long := write("long.txt", strings.Repeat("10.0.0.1,", 100_000))
	if l, err := NewList([]string{long}, nil); err != nil || len(l) != 100_000 {
		t.Errorf("%d entries, %v", len(l), err)
	}
}

func TestBadLists(t *testing.T) {
	dir := t.TempDir()
	utf16 := filepath.Join(dir, "utf16.txt")
	if err := os.WriteFile(utf16, []byte("\xff\xfe1\x000\x00.\x000\x00\n\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"@" + utf16}, utf16 + ":1: not plain text; save the list as UTF-8"},
		{[]string{"@" + filepath.Join(dir, "none")}, "cannot read the target list: open " + filepath.Join(dir, "none")},
		{[]string{"@" + dir}, dir + ": read " + dir},
		{[]string{"-"}, `"-" stands for standard input, which cannot be used here`},
	}
	for _, tt := range tests {
		if _, err := NewList(tt.args, nil); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %s", tt.args, err, tt.want)
		}
	}
	broken := errors.New("pipe burst")
	if _, err := NewList([]string{"-"}, iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestSkipBad(t *testing.T) {
	good := parseList(t, "10.0.0.1", "10.0.0.999", "missing.example", "10.0.0.2")
	targets, err := Resolve(t.Context(), Selection{Groups: []Group{{Targets: good}}, SkipBad: true, Resolver: dns()})
	if err != nil || targets.Len() != 2 || len(targets.Skipped()) != 2 || targets.Skipped()[0].Error() != `"10.0.0.999" `+badAddress {
		t.Errorf("%v, %+v", err, targets)
	}
	// What must not be contacted is never passed over.
	for _, sel := range []Selection{
		{Groups: []Group{{Targets: parseList(t, "10.0.0.0/24")}}, Exclude: parseList(t, "10.0.0.999")},
		{Groups: []Group{{Targets: parseList(t, "10.0.0.0/24"), Exclude: parseList(t, "missing.example")}}},
	} {
		sel.SkipBad, sel.Resolver = true, dns()
		if _, err := Resolve(t.Context(), sel); err == nil {
			t.Errorf("%+v: an exclusion was passed over", sel)
		}
	}
	// Nor does the user's interrupt read as a bad name.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Resolve(ctx, Selection{Groups: []Group{{Targets: good}}, SkipBad: true, Resolver: dns()}); err == nil {
		t.Error("went on after the end")
	}
}

func TestSites(t *testing.T) {
	hq := Group{Site: "HQ", Targets: parseList(t, "10.1.0.0/24 files"), Exclude: parseList(t, "10.1.0.128/25")}
	plant := Group{Site: "Plant", Targets: parseList(t, "10.2.0.0/24")}
	targets, err := Resolve(t.Context(), Selection{Groups: []Group{hq, plant}, Exclude: parseList(t, "10.1.0.0 10.2.0.0/25"), Resolver: dns()})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(targets.Describe(10)); got != "[10.0.0.9 (files) 10.1.0.1-10.1.0.127 10.2.0.128/25]" {
		t.Errorf("got %s", got)
	}
	for i := range targets.Len() {
		tt := targets.At(i)
		site := "HQ"
		if tt.Address.As4()[1] == 2 {
			site = "Plant"
		}
		if tt.Site != site || (tt.Name == "files") != (tt.Address.String() == "10.0.0.9") {
			t.Errorf("got %+v", tt)
		}
	}
	overlap := Group{Site: "Depot", Targets: parseList(t, "10.1.0.64/26")}
	_, err = Resolve(t.Context(), Selection{Groups: []Group{hq, overlap}, Resolver: dns()})
	if err == nil || err.Error() != `site "Depot" and an earlier site share addresses in 10.1.0.64/26` {
		t.Errorf("got %v", err)
	}
	overlap.Site = ""
	_, err = Resolve(t.Context(), Selection{Groups: []Group{hq, overlap}, Resolver: dns()})
	if err == nil || err.Error() != `the targets outside of sites and an earlier site share addresses in 10.1.0.64/26` {
		t.Errorf("got %v", err)
	}
	// One site's exclusion does not take the address from another.
	overlap.Targets = parseList(t, "10.1.0.128/26")
	if _, err := Resolve(t.Context(), Selection{Groups: []Group{hq, overlap}, Resolver: dns()}); err != nil {
		t.Error(err)
	}
}

// TestExcludedNamesAreNotTargets checks that a name from an exclusion is not
// taken for the name that the user gave a target.
func TestExcludedNamesAreNotTargets(t *testing.T) {
	one := Group{Site: "1", Targets: parseList(t, "10.0.0.0/29"), Exclude: parseList(t, "files")}
	two := Group{Site: "2", Targets: parseList(t, "10.0.0.9")}
	targets, err := Resolve(t.Context(), Selection{Groups: []Group{one, two}, Resolver: dns()})
	if err != nil {
		t.Fatal(err)
	}
	if tt := targets.At(8); tt.Name != "" || tt.Address.String() != "10.0.0.9" {
		t.Errorf("got %+v", tt)
	}
}

// TestRandomSets holds random ranges and exclusions against a plain list of
// addresses.
func TestRandomSets(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		base := []uint32{0x0a000000, 0xc0a8ff00, 0x7f000000, 0xdfffff00}[rnd.IntN(4)] // the last ends where multicast begins
		var in, out [256]bool
		targets, exclude := randomList(rnd, base, &in), randomList(rnd, base, &out)
		var want []netip.Addr
		for i := range in {
			if in[i] && !out[i] {
				want = append(want, addr4(base+uint32(i)))
			}
		}
		sel := Selection{Groups: []Group{{Targets: targets}}, Exclude: exclude, AllowPublic: true}
		if seed%2 == 1 {
			sel.Groups[0].Exclude, sel.Exclude = exclude, nil
		}
		got, err := Resolve(t.Context(), sel)
		if len(want) == 0 && err == ErrNoTargets {
			continue
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		var list []netip.Addr
		for i := range got.Len() {
			list = append(list, got.At(i).Address)
		}
		if !slices.Equal(list, want) {
			t.Fatalf("seed %d: %v without %v\ngot  %v\nwant %v", seed, targets, exclude, list, want)
		}
	}
}

func addr4(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// randomList returns entries of all forms and marks what they cover.
func randomList(rnd *rand.Rand, base uint32, covered *[256]bool) List {
	var list List
	for range rnd.IntN(8) {
		first := uint32(rnd.IntN(256))
		last := first + uint32(rnd.IntN(256-int(first)))
		text := fmt.Sprintf("%s-%d", addr4(base+first), last)
		switch rnd.IntN(4) {
		case 0:
			last = first
			text = addr4(base + first).String()
		case 1:
			bits := 24 + rnd.IntN(9)
			text = fmt.Sprintf("%s/%d", addr4(base+first), bits)
			size := uint32(1) << (32 - bits)
			first = first / size * size
			last = first + size - 1
		case 2:
			text = fmt.Sprintf("%s-%s", addr4(base+first), addr4(base+last))
		}
		list = append(list, inventory.ListEntry{Text: text})
		for i := first; i <= last; i++ {
			covered[i] = true
		}
	}
	return list
}

// TestRandomSets6 is TestRandomSets for IPv6, with addresses that begin with
// zeros too.
func TestRandomSets6(t *testing.T) {
	for _, base := range []string{"fd00::", "64:ff9b::", "::1:0:0", "2001:db8::ffff:ffff:ff00", "::fffe:ffff:ff00"} {
		first := netip.MustParseAddr(base)
		for i := range 30 {
			from := addrAdd(first, uint64(i*3+1))
			to := addrAdd(from, uint64(i*5))
			got, err := Resolve(t.Context(), Selection{Groups: []Group{{Targets: parseList(t, from.String()+"-"+to.String())}}, AllowPublic: true,
				Exclude: parseList(t, addrAdd(from, uint64(i)).String())})
			if i == 0 && err == ErrNoTargets {
				continue
			}
			if err != nil || got.Len() != uint64(i*5) || got.At(0).Address != from {
				t.Errorf("%s-%s: %v, %v", from, to, got, err)
			}
		}
	}
}

func TestAt(t *testing.T) {
	targets := targetsOf(t, "10.0.0.254-10.0.1.3", "10.255.255.255", "172.16.0.0/12", "fd00::fffe-fd00::1:2")
	last := netip.Addr{}
	for i := range targets.Len() {
		a := targets.At(i).Address
		if last.IsValid() && a.Compare(last) <= 0 {
			t.Fatalf("%s after %s", a, last)
		}
		last = a
	}
	if n := uint64(6 + 1 + 1<<20 + 5); targets.Len() != n || targets.At(n-1).Address.String() != "fd00::1:2" || targets.At(6).Address.String() != "10.255.255.255" {
		t.Errorf("%d targets", targets.Len())
	}
	defer func() {
		if recover() == nil {
			t.Error("an address beyond the last")
		}
	}()
	targets.At(targets.Len())
}

func TestDescribeIsShort(t *testing.T) {
	targets := targetsOf(t, "10.0.0.1 10.0.0.3 10.0.0.5 10.0.0.7")
	if got := fmt.Sprint(targets.Describe(2)); got != "[10.0.0.1 10.0.0.3 … and 2 more ranges]" {
		t.Errorf("got %s", got)
	}
}

func TestEstimate(t *testing.T) {
	tests := []struct {
		o    Options
		n    uint64
		want time.Duration
	}{
		{Options{ConnectTimeout: 2 * time.Second}, 1, 2 * time.Second},
		{Options{ConnectTimeout: 2 * time.Second}, 256, 2 * time.Second},
		{Options{ConnectTimeout: 2 * time.Second, Concurrency: 512}, 65536, 256 * time.Second},
		{Options{ConnectTimeout: 2 * time.Second, Concurrency: 512, Rate: 100}, 65536, 655360 * time.Millisecond},
		{Options{}, 0, 0},
	}
	for _, tt := range tests {
		if got := tt.o.Estimate(tt.n); got != tt.want {
			t.Errorf("%+v, %d: %v, want %v", tt.o, tt.n, got, tt.want)
		}
	}
	if got := (Options{Rate: 1e-9}).Estimate(MaxTargets); got <= 0 || got > math.MaxInt64/2 {
		t.Errorf("got %v", got)
	}
}

func FuzzTargets(f *testing.F) {
	for _, tt := range badTargets {
		f.Add(tt.text, "")
	}
	for _, seed := range []string{"10.0.0.0/8", "10.1.2.3-40", "10.0.0.1-10.0.1.9,fd00::1", "fd00::/120", "64:ff9b::1-64:ff9b::6", "files # x", "\ufeff10.0.0.1\r\n@x\n-"} {
		f.Add(seed, "10.0.0.0/25 fd00::1-fd00::3")
	}
	f.Fuzz(func(t *testing.T, include, exclude string) {
		in, err := readList("in", strings.NewReader(include))
		if err != nil {
			return
		}
		out, err := readList("out", strings.NewReader(exclude))
		if err != nil {
			return
		}
		sel := Selection{Groups: []Group{{Targets: in}}, Exclude: out, Resolver: dns(), AllowPublic: len(include)%2 == 0, SkipBad: len(include)%3 == 0}
		targets, err := Resolve(t.Context(), sel)
		if err != nil {
			return
		}
		checkTargets(t, targets, sel)
	})
}

// checkTargets checks what is so of every set of targets.
func checkTargets(t *testing.T, targets *Targets, sel Selection) {
	t.Helper()
	if targets.Len() == 0 || targets.Len() > MaxTargets || len(targets.Describe(5)) == 0 {
		t.Fatalf("%d targets", targets.Len())
	}
	p := parser{ctx: t.Context(), resolver: sel.Resolver}
	excluded, err := p.excluded(sel.Exclude)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []uint64{0, targets.Len() / 2, targets.Len() - 1} {
		a := targets.At(i).Address
		if !a.IsValid() || a.Is4In6() || a.Zone() != "" || excluded.Contains(a) || noHosts.Contains(a) || !sel.AllowPublic && !nonPublic.Contains(a) {
			t.Errorf("target %d of %d is %s", i, targets.Len(), a)
		}
	}
	for tt := range targets.Shuffled(3) {
		if excluded.Contains(tt.Address) {
			t.Errorf("%s is excluded", tt.Address)
		}
		break
	}
}

// BenchmarkResolveList resolves a list of single addresses, the worst for a
// set of ranges.
func BenchmarkResolveList(b *testing.B) {
	var list List
	for i := range uint32(100_000) {
		list = append(list, inventory.ListEntry{Text: addr4(0x0a000000 + 2*i + i%2).String()}) // every other one has a neighbour
	}
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for b.Loop() {
		if _, err := Resolve(b.Context(), Selection{Groups: []Group{{Targets: list}}}); err != nil {
			b.Fatal(err)
		}
	}
}

var _ Resolver = (*names)(nil)
