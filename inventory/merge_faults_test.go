package inventory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"smbready/smbproto"
)

// TestMergeLogons shows that only the very same server keeps what an older scan
// found when it logged on.
func TestMergeLogons(t *testing.T) {
	const card = "00:26:73:01:02:03"
	for _, test := range []struct {
		name         string
		newer, older *Host
		before       time.Duration
		want         bool
	}{
		{"the same server GUID", scanned("10.0.0.7", "FS1", ""), scanned("10.0.0.7", "FS1", ""), days, true},
		{"the same network card", withGUID(scanned("10.0.0.7", "FS1", card), ""), withGUID(scanned("10.0.0.7", "FS1", card), ""), days, true},
		{"nothing but the name", withGUID(scanned("10.0.0.7", "FS1", ""), ""), withGUID(scanned("10.0.0.7", "FS1", ""), ""), days, false},
		{"nothing but the address", withGUID(scanned("10.0.0.7", "", ""), ""), withGUID(scanned("10.0.0.7", "", ""), ""), days, false},
		{"longer ago than a lease", scanned("10.0.0.7", "FS1", ""), scanned("10.0.0.7", "FS1", ""), 9 * days, false},
	} {
		test.older.Time = noon.Add(-test.before)
		test.older.Guest, test.older.Sessions = GuestDenied, []Session{{Result: SessionSigned}}
		h := merge([]*Host{test.newer, test.older})[0]
		if got := h.Guest == GuestDenied && len(h.Sessions) == 1; got != test.want {
			t.Errorf("%s: guest %v, %d sessions, want %v", test.name, h.Guest, len(h.Sessions), test.want)
		}
	}
	older, newer := scanned("10.0.0.7", "FS1", ""), scanned("10.0.0.7", "FS1", "")
	older.Time, older.Guest, older.Sessions = noon.Add(-days), GuestDenied, []Session{{Result: SessionSigned}}
	newer.Guest, newer.Sessions = GuestGranted, []Session{{Result: SessionUnsigned}}
	if h := merge([]*Host{newer, older})[0]; h.Guest != GuestGranted || len(h.Sessions) != 1 || h.Sessions[0].Result != SessionUnsigned {
		t.Errorf("what the last scan found does not stand: %v %v", h.Guest, h.Sessions)
	}
}

// TestMergeMore shows that what was left out is counted with the rest.
func TestMergeMore(t *testing.T) {
	a, b := asClient("10.0.0.7", "A1", 0), asClient("10.0.0.7", "A1", hour)
	a.Client.More, b.Client.More, a.ServedMore, b.ServedMore = 3, 4, 5, 6
	if h := merge([]*Host{a, b})[0]; h.Client.More != 7 || h.ServedMore != 11 {
		t.Errorf("%d and %d are left out", h.Client.More, h.ServedMore)
	}
	two := withContact(asClient("10.0.0.7", "A1", 0), "B1", hour)
	two.Client.More = 9
	for _, h := range merge([]*Host{two}) {
		if h.Client.More != 9 {
			t.Errorf("%s: %d are left out, which may be any device's", h.Client.Names, h.Client.More)
		}
	}
}

// TestMergeSplitServer shows where what is known of an address as a server stands
// when several clients used it.
func TestMergeSplitServer(t *testing.T) {
	server := func(name string, clients ...string) *Host {
		h := scanned("10.0.0.7", name, "")
		h.Client = new(Client)
		for _, c := range clients {
			h.Client.Add(asClient("", c, 0).Client.Contacts[0])
		}
		return h
	}
	for _, test := range []struct {
		host *Host
		want string // of each: whether it is the server, and its names as a client
	}{
		{server("FS1", "FS1"), "true [FS1]"},
		{server("FS1", "FS1", "LAPTOP3"), "true [FS1], false [LAPTOP3]"},
		{server("FS1", "LAPTOP3", "LAPTOP4"), "false [LAPTOP3], false [LAPTOP4], true []"},
		{server("", "LAPTOP3", "LAPTOP4"), "false [LAPTOP3], false [LAPTOP4], true []"},
		{server("FS1", "FS1", "LAPTOP3", ""), "false [LAPTOP3], false [], true [FS1]"},
		{server("", "", ""), "true []"},
	} {
		var got []string
		for _, h := range merge([]*Host{test.host}) {
			var names []string
			if h.Client != nil {
				names = h.Client.Names
			}
			got = append(got, fmt.Sprint(h.SMB2 != nil, " ", names))
		}
		slices.Sort(got)
		want := strings.Split(test.want, ", ")
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestMergeOneCard shows that hosts which share a card or a name take no time that
// grows with the square of their number, and that a context ends it.
func TestMergeOneCard(t *testing.T) {
	const many = 100_000
	for _, servers := range []bool{false, true} {
		var m Merger
		for i := range many {
			address := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
			h := withMAC(asClient(address.String(), "FS1.plant.example", 0), "00:26:73:01:02:03")
			if servers && i%2 == 0 {
				h = withDNS(scanned(address.String(), "FS1", "00:26:73:01:02:03"), "fs1.plant.example")
			}
			m.Add(SourceCanary, "x", h)
		}
		for range 1000 {
			m.Add(SourceEvents, "x", asClient("", "FS1", 0))
		}
		begun := time.Now()
		if got := len(hostsOf(&m)); got != many+1000 {
			t.Errorf("%d hosts", got)
		}
		if took := time.Since(begun); took > 2*time.Second { // a tenth of one, where nothing else runs
			t.Errorf("it took %v", took)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var m Merger
	m.Add(SourceCanary, "x", asClient("10.0.0.7", "A1", 0))
	if _, err := m.Hosts(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestMergeFitsALine shows that what hostile lines say of one host fits into a line
// together, with all that is said of how they were put together.
func TestMergeFitsALine(t *testing.T) {
	long := strings.Repeat("\u202e", 300<<10)
	many := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprint(i, long[:3*200]))
		}
		return list
	}
	hostile := func(i int) *Host {
		h := asClient("10.0.0.7", "A1", time.Duration(i)*time.Minute)
		h.Error, h.Site, h.Detail, h.Target = long, long, long, long
		h.Names = Names{NetBIOS: "A1", DNS: long, Domain: long, Workgroup: long, Forest: long}
		h.Quirks, h.Client.Accounts, h.Client.Dialects = many(900), many(900), many(900)
		h.State = []State{StateFiltered, StateSMB}[i%2]
		h.SMB1, h.SMB2 = &SMB1{NativeOS: long, Raw: []byte(long)}, &SMB2{Cipher: long, Mechanisms: many(900)}
		h.NTLM = &NTLM{TargetName: long}
		for k, text := range many(900) {
			h.Client.Names = append(h.Client.Names, text)
			h.Observations = append(h.Observations, Observation{Step: Step(text), Detail: text})
			h.Sessions = append(h.Sessions, Session{Detail: text})
			h.Names.Node = append(h.Names.Node, NetBIOSName{Name: text})
			h.Joins = append(h.Joins, Join{Origin: text, By: text, Apart: text})
			c := Contact{Source: Source(text), Peer: text, Port: uint16(k), Logon: &Logon{Workstation: "A1", User: text}}
			h.Client.Contacts, h.Served = append(h.Client.Contacts, c), append(h.Served, c)
		}
		h.Cost = &Cost{Share: long, Error: long}
		h.Clues = &Clues{Reverse: many(900), HTTP: []HTTP{{Title: long}}, Services: []Service{{Name: long, Text: map[string]string{long: long, "x": long}}}}
		return h
	}
	var m Merger
	for i := range 4 {
		m.Add(SourceCanary, long, hostile(i))
	}
	for _, h := range hostsOf(&m) {
		var b bytes.Buffer
		if _, err := NewWriter(&b).Write(Line{Host: h}); err != nil {
			t.Fatal(err)
		}
		if b.Len() > maxLine {
			t.Errorf("a line of %d bytes", b.Len())
		}
		if h.Client != nil && h.Client.More == 0 {
			t.Error("what had no room is not counted")
		}
	}
}

// TestMergeSpoof shows that what a client says of itself cannot put its contacts
// to a server, whose name also fits into a NetBIOS name.
func TestMergeSpoof(t *testing.T) {
	client := asClient("10.0.0.99", "fs1.a.example", hour)
	client.Names.NetBIOS = "fs1.a.example" // as a listener has it
	hosts := merge([]*Host{withDNS(scanned("10.0.0.7", "FS1", ""), "fs1.a.example"), client})
	if len(hosts) != 2 || hosts[0].Client != nil || hosts[1].Client == nil {
		t.Errorf("%s", mergedText(hosts))
	}
}

func TestIsGuestName(t *testing.T) {
	for user, want := range map[string]bool{"Guest": true, "GUEST": true, `FS1\guest`: true, "guest@plant.example": true, "Gast": true, "INVITÉ": true,
		"": false, "guests": false, "anna": false, `guest\anna`: false} {
		if got := IsGuestName(user); got != want {
			t.Errorf("%q: %v", user, got)
		}
	}
}

// TestGuestLogon shows that the account for guests is none, in either dialect.
func TestGuestLogon(t *testing.T) {
	var l Logon
	l.AddSMB1Logon(smbproto.SMB1SessionSetupRequest{Account: "Guest", OEMLength: 24})
	if l.As != LogonGuest {
		t.Errorf("SMB1: %v", l.As)
	}
	l = Logon{}
	l.addAuthenticate(smbproto.NTLMAuthenticate{User: "GUEST", Domain: "FS1", NTResponseLength: 200})
	if l.As != LogonGuest || l.Mechanism != "NTLMv2" {
		t.Errorf("NTLM: %v %s", l.As, l.Mechanism)
	}
	l.addAuthenticate(smbproto.NTLMAuthenticate{})
	if l.As != LogonAnonymous {
		t.Errorf("nobody: %v", l.As)
	}
}

// TestFailureClass shows that contacts of which most was refused are not counted
// with those of which little or nothing was.
func TestFailureClass(t *testing.T) {
	contact := func(failed, answers int) Contact {
		return Contact{Source: SourceCapture, Failed: failed, Answers: Signatures{Signed: answers}}
	}
	var c Client
	for _, one := range []Contact{contact(0, 100), contact(1, 100), contact(25, 100), contact(26, 100), contact(3, 0), contact(9, 9)} {
		c.Add(one)
	}
	var got []int
	for i := range c.Contacts {
		got = append(got, c.Contacts[i].Count)
	}
	if want := []int{0, 2, 2, 0}; !slices.Equal(got, want) { // none; few; most; most, where no answer was counted
		t.Errorf("%v, want %v", got, want)
	}
}
