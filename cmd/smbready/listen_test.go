package main

import (
	"net/netip"
	"strings"
	"testing"

	"smbready/inventory"
)

// TestUNCHost: an IPv6 address has to be written otherwise in a path.
func TestUNCHost(t *testing.T) {
	for addr, want := range map[string]string{
		"10.1.2.3":     "10.1.2.3",
		"fd00:1::2":    "fd00-1--2.ipv6-literal.net",
		"fe80::1%eth0": "fe80--1seth0.ipv6-literal.net",
	} {
		if got := uncHost(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}

// TestAllowed: without --allow the private networks, with it those named, and a
// single address too.
func TestAllowed(t *testing.T) {
	for _, tt := range []struct {
		flags  listenFlags
		inside string
		want   bool
	}{
		{listenFlags{}, "10.9.8.7", true},
		{listenFlags{}, "::1", true},
		{listenFlags{}, "8.8.8.8", false},
		{listenFlags{}, "2001:db8::1", false},
		{listenFlags{allow: []string{"10.1.0.0/16", "192.0.2.7"}}, "192.0.2.7", true},
		{listenFlags{allow: []string{"10.1.2.3/16"}}, "10.1.200.1", true},
		{listenFlags{allow: []string{"10.1.0.0/16"}}, "10.2.0.1", false},
	} {
		list, err := tt.flags.allowed()
		if err != nil {
			t.Fatal(err)
		}
		got := false
		for _, p := range list {
			got = got || p.Contains(netip.MustParseAddr(tt.inside))
		}
		if got != tt.want {
			t.Errorf("%q: %s is in: %v", tt.flags.allow, tt.inside, got)
		}
	}
	if list, err := (&listenFlags{allowPublic: true}).allowed(); list != nil || err != nil {
		t.Errorf("--allow-public: %v, %v", list, err)
	}
}

// TestContactFacts: what is said of a contact is facts, and no verdict.
func TestContactFacts(t *testing.T) {
	for _, tt := range []struct {
		contact inventory.Contact
		want    string
	}{
		{inventory.Contact{Stage: inventory.StageNegotiate, End: inventory.EndClientReset}, "no logon; came to negotiate; ended by client-reset"},
		{inventory.Contact{Offer: &inventory.Offer{SMB2Dialects: []string{"2.0.2", "2.1"}}, Dialect: "2.1",
			Logon:    &inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", KnownKey: true},
			Requests: inventory.Signatures{Signed: 3, Unsigned: 1}, Signature: inventory.CheckWrong, Stage: inventory.StageData,
			End: inventory.EndServerRefused, Quirks: []string{"odd"}},
			"offers 2.0.2 2.1; speaks 2.1; logon as account with NTLMv2; 3 of 4 requests signed, signatures WRONG; came to data; ended by server-refused; odd"},
		{inventory.Contact{Logon: &inventory.Logon{As: inventory.LogonGuest, Mechanism: "NTLMv1"}, Stage: inventory.StageLoggedOn},
			"logon as guest with NTLMv1, refused; came to logged-on"},
	} {
		if got := strings.Join(contactFacts(&tt.contact), "; "); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
