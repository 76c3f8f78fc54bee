package scanner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// fewNames is a resolver that knows two hosts.
type fewNames struct{}

func (fewNames) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	switch name {
	case "fs01.example":
		return []netip.Addr{netip.MustParseAddr("10.1.0.9"), netip.MustParseAddr("fd00::9")}, nil
	case "copier.example":
		return []netip.Addr{netip.MustParseAddr("10.9.0.1")}, nil
	}
	return nil, errors.New("no such host")
}

// TestTargetsJSON: targets come back with the same addresses, names and sites at
// the same positions, whatever names lead to by then.
func TestTargetsJSON(t *testing.T) {
	shared := Selection{Resolver: fewNames{}, Groups: []Group{{Site: "A", Targets: parseList(t, "fd00::/122")}, {Site: "B", Targets: parseList(t, "fs01.example")}}}
	if _, err := Resolve(t.Context(), shared); err == nil || !strings.Contains(err.Error(), "share") {
		t.Fatalf("fd00::9 is at two sites: %v", err)
	}
	before, err := Resolve(t.Context(), Selection{Resolver: fewNames{}, SkipBad: true, Exclude: parseList(t, "10.1.0.77", "copier.example"), Groups: []Group{
		{Site: "Zürich", Targets: parseList(t, "10.3.0.0/22", "192.168.7.3-192.168.8.5", "fd01::/122", "missing.example")},
		{Site: "HQ", Targets: parseList(t, "10.1.0.0/24", "10.9.0.0/31", "fs01.example")},
		{Targets: parseList(t, "127.0.0.1", "10.0.0.1")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	var after Targets
	if err := json.Unmarshal(b, &after); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	if after.Len() != before.Len() || len(after.Skipped()) != 1 || after.Skipped()[0].Error() != before.Skipped()[0].Error() {
		t.Errorf("%d of %d targets, skipped %v", after.Len(), before.Len(), after.Skipped())
	}
	for i := range before.Len() {
		if after.At(i) != before.At(i) {
			t.Fatalf("position %d: %+v, want %+v", i, after.At(i), before.At(i))
		}
	}
	if err := after.Check(false); err != nil {
		t.Error(err)
	}
	again, err := json.Marshal(&after)
	if err != nil || !bytes.Equal(again, b) {
		t.Errorf("%v: %s\n%s", err, again, b)
	}
	if bytes.Contains(b, []byte("copier")) {
		t.Errorf("the name of an excluded address is kept: %s", b)
	}
}

func TestTargetsJSONHostile(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", `{}`, "no address"},
		{"no ranges", `{"sites":[{"site":"HQ"}]}`, "no address"},
		{"not a range", `{"sites":[{"ranges":["fs01"]}]}`, "is not a range"},
		{"the wrong way round", `{"sites":[{"ranges":["10.0.0.9-10.0.0.1"]}]}`, "comes after"},
		{"of two families", `{"sites":[{"ranges":["10.0.0.9-fd00::1"]}]}`, "is not a range"},
		{"a zone", `{"sites":[{"ranges":["fe80::1%eth0"]}]}`, "has a zone"},
		{"IPv4 in IPv6 form", `{"sites":[{"ranges":["::ffff:10.0.0.0/120"]}]}`, "in IPv6 form"},
		{"twice", `{"sites":[{"ranges":["10.0.0.0/24"]},{"site":"HQ","ranges":["10.0.0.7"]}]}`, "overlaps"},
		{"twice, in IPv6 form", `{"sites":[{"ranges":["10.0.0.0/24","::ffff:10.0.0.7"]}]}`, "overlaps"},
		{"too many", `{"sites":[{"ranges":["fd00::/16"]}]}`, "too many"},
		{"too many in all", `{"sites":[{"ranges":["fd00::/96","fd01::/96"]}]}`, "too many"},
		{"multicast", `{"sites":[{"ranges":["224.0.0.1"]}]}`, "no host can have"},
		{"a name that is none", `{"sites":[{"ranges":["10.0.0.1"]}],"names":{"10.0.0.1":"\u001b[31m"}}`, "neither an address nor a host name"},
		{"a name without an address", `{"sites":[{"ranges":["10.0.0.1"]}],"names":{"fs01":"fs01"}}`, "unable to parse"},
		{"another type", `{"sites":"10.0.0.0/8"}`, "cannot unmarshal"},
		{"cut off", `{"sites":[{"ranges":["10.0`, "unexpected end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var targets Targets
			err := json.Unmarshal([]byte(tt.in), &targets)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if targets.Len() != 0 {
				t.Errorf("%d targets in spite of it", targets.Len())
			}
		})
	}
}

// TestTargetsJSONPublic: what may be scanned is decided anew.
func TestTargetsJSONPublic(t *testing.T) {
	var targets Targets
	if err := json.Unmarshal([]byte(`{"sites":[{"ranges":["203.0.113.0/24"]}]}`), &targets); err != nil {
		t.Fatal(err)
	}
	if targets.Check(false) == nil || targets.Check(true) != nil {
		t.Error("public addresses pass without leave, or not with it")
	}
}

// FuzzTargetsJSON: hostile targets are refused or are a set that can be visited,
// each address once, and written again.
func FuzzTargetsJSON(f *testing.F) {
	f.Add([]byte(`{"sites":[{"site":"HQ","ranges":["10.1.0.0/24","10.2.0.3-10.2.0.9","fd00::7"]}],"names":{"10.1.0.1":"fs01"},"skipped":["x"]}`))
	f.Add([]byte(`{"sites":[{"ranges":["0.0.0.0-255.255.255.255"]}]}`))
	f.Add([]byte(`{"sites":[{"ranges":["ffff::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]}]}`))
	f.Add([]byte(`{"sites":[{"ranges":["10.0.0.1","10.0.0.1"]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var targets Targets
		if json.Unmarshal(b, &targets) != nil || targets.Len() == 0 {
			return
		}
		seen := map[netip.Addr]bool{}
		n := 0
		for target := range targets.Shuffled(1) {
			if seen[target.Address] {
				t.Fatalf("%s twice in %s", target.Address, b)
			}
			seen[target.Address] = true
			if n++; n == 300 {
				break
			}
		}
		again, err := json.Marshal(&targets)
		if err != nil {
			t.Fatal(err)
		}
		var twice Targets
		if err := json.Unmarshal(again, &twice); err != nil || twice.Len() != targets.Len() {
			t.Fatalf("%v: %s of %s", err, again, b)
		}
	})
}
