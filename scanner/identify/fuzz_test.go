package identify

import (
	"bytes"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/gosnmp/gosnmp"
	"golang.org/x/net/dns/dnsmessage"

	"smbready/inventory"
)

// checkText fails for a text that must not be kept.
func checkText(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if len(s) > maxText || !utf8.ValidString(s) {
			t.Errorf("kept %q", s)
		}
	}
}

func FuzzHTTPAnswer(f *testing.F) {
	for _, s := range []string{
		page,
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n<title>a",
		"HTTP/1.1 301 Moved\r\nLocation: /a\r\nContent-Length: 18446744073709551616\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff0\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n<title><title></title>",
		"HTTP/1.1 401 \r\nWWW-Authenticate: Basic realm=\"\\\r\n\r\n<!--<title>a</title>-->&#0;",
		"HTTP/1.1 200 OK\r\n A: folded\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, errWhole := readAnswer(bytes.NewReader(b))
		bytewise, errBytewise := readAnswer(iotest.OneByteReader(bytes.NewReader(b)))
		if whole != bytewise || (errWhole == nil) != (errBytewise == nil) {
			t.Errorf("the segments matter: %+v, %v and %+v, %v", whole, errWhole, bytewise, errBytewise)
		}
		checkText(t, whole.server, whole.realm, whole.title)
		if path := redirect(whole.location, device, inventory.HTTP{Port: 80}); path != "" {
			var sent bytes.Buffer
			if err := request(device, 80, path).Write(&sent); err == nil && strings.Count(sent.String(), "\n") != 6 {
				t.Errorf("a request of another shape: %q", sent.String())
			}
		}
	})
}

func FuzzMDNSAnswer(f *testing.F) {
	const id = 0x1234
	query := dnsmessage.Message{Header: dnsmessage.Header{ID: id}}
	for _, name := range []string{enumeration, "_ipp._tcp.local.", "_smb._tcp.local.", "box._smb._tcp.local."} {
		query.Questions = append(query.Questions, dnsmessage.Question{Name: dnsmessage.MustNewName(name), Type: dnsmessage.TypeTXT, Class: unicastIN})
	}
	whole := copier(query)[1]
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(bytes.Replace(whole, []byte("LaserJet"), []byte("Laser.et"), 1)) // a dot inside a label
	loop := slices.Clone(whole)
	copy(loop[len(loop)-2:], "\xc0\x0c")
	f.Add(loop)
	f.Add([]byte("\x12\x34\x84\x00\x00\x00\xff\xff\xff\xff\xff\xff\xc0\x0c\x00\x0c\x00\x01\x00\x00\x00\x0a\x00\x02\xc0\x0c"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s services
		for range 2 { // the second message of a host meets what the first has left
			s.read(b, id)
		}
		list := s.found()
		if len(s.instances) > maxInstances || len(s.types) > len(serviceTypes) || len(list) > maxInstances+len(serviceTypes) {
			t.Errorf("too much was kept: %d", len(list))
		}
		for _, v := range list {
			checkText(t, v.Type, v.Name)
			for key, value := range v.Text {
				checkText(t, key, value)
				if !slices.Contains(textKeys, key) {
					t.Errorf("kept %q", key)
				}
			}
		}
		for _, i := range s.instances {
			mdnsQuery(dnsmessage.TypeTXT, []string{i.domain}) // must not panic
		}
	})
}

// FuzzSNMPAnswer lets an agent say the same to whatever it is asked.
func FuzzSNMPAnswer(f *testing.F) {
	users := []*SNMPOptions{
		{Community: "public"},
		{Version: "1", Community: "public"},
		{User: "monitor"},
		{User: "monitor", Auth: "SHA", AuthPassword: "authpassword", Priv: "AES", PrivPassword: "privpassword"},
		{User: "monitor", Auth: "MD5", AuthPassword: "authpassword", Priv: "DES", PrivPassword: "privpassword"},
	}
	a := newAgent()
	query := &gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: "public", PDUType: gosnmp.GetRequest}
	for _, oid := range systemObjects {
		query.Variables = append(query.Variables, gosnmp.SnmpPDU{Name: oid, Type: gosnmp.Null})
	}
	// Request 0 is taken for an answer to any request.
	good := marshal(a.fill(&gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: "public"}, query))
	f.Add(uint8(0), good, good)
	f.Add(uint8(1), bytes.Replace(good, []byte("\x02\x01\x01"), []byte("\x02\x01\x00"), 1), good)
	a.version = gosnmp.Version3
	for i, user := range users[2:] {
		a.user = user
		g := gosnmp.GoSNMP{}
		if err := user.apply(&g); err != nil {
			f.Fatal(err)
		}
		usm := g.SecurityParameters.(*gosnmp.UsmSecurityParameters)
		discovery := &gosnmp.SnmpPacket{Version: gosnmp.Version3, MsgFlags: gosnmp.Reportable, SecurityModel: gosnmp.UserSecurityModel,
			SecurityParameters: &gosnmp.UsmSecurityParameters{}, PDUType: gosnmp.GetRequest}
		report := a.answer(marshal(discovery))
		usm.AuthoritativeEngineID = engineID
		if err := usm.InitSecurityKeys(); err != nil {
			f.Fatal(err)
		}
		asked := &gosnmp.SnmpPacket{Version: gosnmp.Version3, MsgFlags: g.MsgFlags, SecurityModel: gosnmp.UserSecurityModel,
			SecurityParameters: usm, PDUType: gosnmp.GetRequest, Variables: query.Variables}
		if err := usm.InitPacket(asked); err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i+2), report, a.answer(marshal(asked)))
	}
	f.Fuzz(func(t *testing.T, user uint8, first, second []byte) {
		d := &dialogue{o: Options{Outcome: fakeOutcome}.withDefaults(), ctx: t.Context(), addr: device}
		d.o.SNMP = users[int(user)%len(users)]
		s := &snmpConn{conn: newConn(d.ctx, &replies{list: [][]byte{first, second, second, first}}), d: d}
		defer s.Close()
		g, err := d.o.SNMP.client(d.ctx, s, d.o.Timeout)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]string{}
		r := s.get(g, systemObjects, values)
		if s.sent > maxSNMPSent || r.outcome == inventory.OutcomeUnknown || r.outcome != inventory.OutcomeAnswered && len(values) > 0 {
			t.Errorf("%d datagrams, %+v, %v", s.sent, r, values)
		}
		for _, v := range values {
			checkText(t, v)
		}
	})
}

// replies is a connection on which one datagram comes for each that is sent,
// until there are no more.
type replies struct {
	net.Conn
	list [][]byte
	due  bool
}

func (r *replies) Write(b []byte) (int, error) {
	r.due = true
	return len(b), nil
}

func (r *replies) Read(b []byte) (int, error) {
	if !r.due || len(r.list) == 0 {
		return 0, os.ErrDeadlineExceeded
	}
	n := copy(b, r.list[0])
	r.list, r.due = r.list[1:], false
	return n, nil
}

func (r *replies) SetDeadline(time.Time) error { return nil }
func (r *replies) Close() error                { return nil }
