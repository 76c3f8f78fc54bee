package main

import (
	"bytes"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"smbready/canary"
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
			"logon as guest with NTLMv1, refused; came to the logon"},
		{inventory.Contact{Logon: &inventory.Logon{As: inventory.LogonAccount, Mechanism: "NTLMv2", Status: "STATUS_LOGON_FAILURE"}, Stage: inventory.StageLoggedOn},
			"logon as account with NTLMv2, refused: wrong account or password: enter the one shown above; came to the logon"},
		{inventory.Contact{Logon: &inventory.Logon{As: inventory.LogonAccount, Mechanism: "Kerberos", Status: "STATUS_LOGON_FAILURE"}, Stage: inventory.StageSessionSetup},
			"logon as account with Kerberos, refused: there is no Kerberos here, so enter the account shown above; came to session-setup"},
		{inventory.Contact{Offer: &inventory.Offer{SMB1Dialects: []string{strings.Repeat("x", 200)}}, Requests: inventory.Signatures{Unsigned: 1}, Stage: inventory.StageTreeConnect,
			Quirks: []string{strings.Repeat("ж", 200)}},
			"offers " + strings.Repeat("x", 32) + "...; no logon; 0 of 1 request signed; came to tree-connect; " + strings.Repeat("ж", 120) + "..."},
	} {
		if got := strings.Join(contactFacts(&tt.contact), "; "); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

// TestPace: a flood of contacts is told of in a few lines, and how many were left
// out is told too.
func TestPace(t *testing.T) {
	var err bytes.Buffer
	l := &listening{app: &app{ui: &ui{stderr: &err}}}
	const contacts = 1000
	for range contacts {
		l.tell(netip.MustParseAddr("10.1.2.7"), &inventory.Contact{Logon: &inventory.Logon{Workstation: strings.Repeat("x", 256)}})
	}
	left := l.pace.left
	l.tellLeft()
	lines := strings.SplitAfter(err.String(), "\n")
	if n := len(lines); n > 5*maxTold || left == 0 || !strings.Contains(lines[n-2], "so fast that they are in the report alone") {
		t.Errorf("%d lines, %d left out, the last is %q", n, left, lines[n-2])
	}
	if len(lines[0]) > 120 {
		t.Errorf("a line of %d bytes", len(lines[0]))
	}
	var p pace
	start := time.Unix(100, 0)
	for i := range 3 * maxTold {
		if got := p.take(start.Add(time.Duration(i) * time.Second / maxTold)); !got {
			t.Errorf("line %d is left out", i)
		}
	}
}

// TestTurnedAwayInReport: who is to try again is named in the report, and counted
// once.
func TestTurnedAwayInReport(t *testing.T) {
	var l listening
	var in inventory.Input
	l.count(&in, canary.Totals{Connections: 9, Busy: 5, TurnedAway: []canary.TurnedAway{{Address: netip.MustParseAddr("10.1.2.7"), Refused: 2, Evicted: 1}}})
	want := []inventory.Unread{{Reason: "10.1.2.7 was turned away (too many connections): let it try again", Count: 3},
		{Reason: "too many at once, from other addresses", Count: 3}}
	if !slices.Equal(in.Unread, want) {
		t.Errorf("got %+v", in.Unread)
	}
}

// full is a disk without room.
type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(b), nil
}

// TestLost: a file that cannot be written is told once, and what was seen stays in
// memory for the report.
func TestLost(t *testing.T) {
	var out, stderr bytes.Buffer
	l := &listening{app: &app{ui: &ui{stderr: &stderr}}, flags: &listenFlags{output: output{format: "json"}}, hosts: map[netip.Addr]*inventory.Host{}}
	header := &inventory.Run{Version: inventory.FormatVersion, ID: "x"}
	recorder, err := inventory.NewRecorder(&full{room: 300}, header)
	if err != nil {
		t.Fatal(err)
	}
	const clients = 100
	for i := range clients {
		h := &inventory.Host{Address: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), Client: new(inventory.Client)}
		h.Client.Add(inventory.Contact{Source: inventory.SourceCanary, Origin: strings.Repeat("x", 2000)})
		l.record(recorder, h)
	}
	if recorder.End() == nil || !l.lost {
		t.Error("the disk has room")
	}
	if n := strings.Count(stderr.String(), "no space left on device"); n != 1 {
		t.Errorf("told %d times: %s", n, stderr.String())
	}
	run, err := l.wholeRun(header)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.report(&sink{w: &out}, run); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), `"type":"host"`); n != clients {
		t.Errorf("%d clients in the report", n)
	}
}
