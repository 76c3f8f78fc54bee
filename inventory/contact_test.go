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
