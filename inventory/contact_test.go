package inventory

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"smbready/smbproto"
)

// TestContactSigning pins what an SMB1 client says, which is easily misread.
func TestContactSigning(t *testing.T) {
	flags := func(v uint16) *uint16 { return &v }
	for _, test := range []struct {
		name    string
		contact Contact
		want    Signing
	}{
		{"nothing known", Contact{}, SigningUnknown},
		{"SMB2 enabled", Contact{Offer: &Offer{SecurityMode: flags(1)}}, SigningEnabled},
		{"SMB2 required in SESSION_SETUP", Contact{Offer: &Offer{SecurityMode: flags(1), SetupSecurityMode: flags(2)}}, SigningRequired},
		{"SMB2 without either bit", Contact{Offer: &Offer{SecurityMode: flags(0)}}, SigningNotAdvertised},
		{"0x0010 in NEGOTIATE, as Windows XP to 10 send it", Contact{Offer: &Offer{Flags2: flags(0xc853)}}, SigningUnknown},
		{"SMB1 clear, server does not offer", Contact{Demanded: SigningDisabled, Offer: &Offer{SetupFlags2: flags(0xc843)}}, SigningUnknown},
		{"SMB1 clear, server offers", Contact{Demanded: SigningEnabled, Offer: &Offer{SetupFlags2: flags(0xc843)}}, SigningDisabled},
		{"SMB1 clear, and it signs all the same", Contact{Demanded: SigningRequired, Requests: Signatures{Signed: 3}, Offer: &Offer{SetupFlags2: flags(0xc843)}}, SigningEnabled},
		{"SMB1 set", Contact{Offer: &Offer{SetupFlags2: flags(0xc847)}}, SigningEnabled},
		{"SMB1 required", Contact{Offer: &Offer{SetupFlags2: flags(0xc857)}}, SigningRequired},
	} {
		if got := test.contact.Signing(); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestClientAdd shows that contacts which are alike are counted in one.
func TestClientAdd(t *testing.T) {
	var c Client
	at := func(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }
	for day, guid := range []string{"01", "02", "03"} {
		c.Add(Contact{Source: SourceCanary, First: at(day + 1), Last: at(day + 1), Offer: &Offer{ClientGUID: guid, SMB2Dialects: []string{"2.1"}},
			Requests: Signatures{Signed: 2}})
	}
	c.Add(Contact{Source: SourceCapture, First: at(1), Last: at(9), Offer: &Offer{SMB1Dialects: []string{"LANMAN1.0", smbproto.DialectNTLM012}}})
	if len(c.Contacts) != 2 || c.Contacts[0].Count != 3 || c.Contacts[0].Requests.Signed != 6 || !c.Contacts[0].Last.Equal(at(3)) {
		t.Errorf("%+v", c.Contacts)
	}
	if got := fmt.Sprint(c.Sources, c.Dialects, c.FirstSeen.Day(), c.LastSeen.Day()); got != "[canary capture] [NT LM 0.12 2.1] 1 9" {
		t.Error(got)
	}
}

// TestMergeContacts shows what two sights of one host come to.
func TestMergeContacts(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }
	met := func(day int, origin, peer string, unsigned, count int) Contact {
		return Contact{Origin: origin, Peer: peer, First: at(day), Last: at(day), Requests: Signatures{Unsigned: unsigned}, Count: count}
	}
	many := func(from, n int) (list []Contact) {
		for i := range n {
			list = append(list, met(from+i, "", fmt.Sprint(from+i), 1, 3))
		}
		return list
	}
	long := met(1, "", strings.Repeat("x", maxContactText), 1, 7)
	for _, c := range []struct {
		name     string
		old, now []Contact
		want     string // of each its peer, its times, its requests, and the days of the first and the last
		left     int
	}{
		{"nothing", nil, nil, "", 0},
		{"other counts, another file", []Contact{met(1, "a.pcap", "s", 4, 0)}, []Contact{met(2, "b.pcap", "s", 9, 5)}, "s 6 13 1-2", 0},
		{"alike, and in one sight", []Contact{met(1, "", "s", 4, 0), met(2, "", "s", 3, 0)}, nil, "s 2 7 1-2", 0},
		{"in both", []Contact{met(1, "a.pcap", "s", 4, 2)}, []Contact{met(1, "all.pcap", "s", 4, 2)}, "s 2 4 1-1", 0},
		{"at one time, and more of them", []Contact{met(1, "", "s", 4, 2)}, []Contact{met(1, "", "s", 4, 3)}, "s 5 8 1-1", 0},
		{"without a time", []Contact{{Peer: "s"}}, []Contact{{Peer: "s"}}, "s 2 0 1-1", 0},
		{"others, the last at the end", []Contact{met(3, "", "s", 1, 0)}, []Contact{met(2, "", "t", 1, 0)}, "t 1 1 2-2, s 1 1 3-3", 0},
		{"no room for its text", []Contact{long}, []Contact{met(2, "", "t", 1, 0)}, "t 1 1 2-2", 7},
	} {
		list, left := MergeContacts(c.old, c.now)
		var words []string
		for _, k := range list {
			words = append(words, fmt.Sprintf("%s %d %d %d-%d", k.Peer, k.Times(), k.Requests.Unsigned, k.First.Day(), k.Last.Day()))
		}
		if got := strings.Join(words, ", "); got != c.want || left != c.left {
			t.Errorf("%s: %s, %d left out; want %s, %d", c.name, got, left, c.want, c.left)
		}
	}
	list, left := MergeContacts(many(MaxContacts, MaxContacts), many(0, MaxContacts))
	if len(list) != MaxContacts || left != 3*MaxContacts || list[0].Peer != fmt.Sprint(MaxContacts) {
		t.Errorf("%d kept, from %s on, and %d left out", len(list), list[0].Peer, left)
	}
}

// TestContactsFitALine shows that the worst contacts of both roles, escaped, stay
// within a line.
func TestContactsFitALine(t *testing.T) {
	long := func(i int) string { return fmt.Sprint(i) + strings.Repeat("\u202e", 80) }
	h := Host{Client: new(Client)}
	for i := range 200 {
		c := Contact{Source: SourceEvents, Origin: long(i), Peer: long(i), Offer: &Offer{NativeOS: long(i)}, Logon: &Logon{User: long(i), Domain: long(i)},
			Event: &Event{Fields: map[string]string{}}}
		for k := range 16 {
			c.Event.Fields[long(k)] = long(k)
		}
		h.Client.Add(c)
		h.Served, _ = AddContact(h.Served, c)
	}
	var b bytes.Buffer
	if _, err := NewWriter(&b).Write(Line{Host: &h}); err != nil {
		t.Fatal(err)
	}
	if b.Len() > maxLine/2 || h.Client.More == 0 || len(h.Served) == 0 {
		t.Errorf("a line of %d bytes, %d contacts kept, %d left out", b.Len(), len(h.Served), h.Client.More)
	}
}
