package identify

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"smbready/inventory"
)

// record returns a record for a message: a PTR, or a TXT where there are texts.
func record(owner, to string, texts ...string) dnsmessage.Resource {
	r := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(owner), Class: dnsmessage.ClassINET, TTL: 10}}
	if len(texts) > 0 {
		r.Body = &dnsmessage.TXTResource{TXT: texts}
	} else {
		r.Body = &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName(to)}
	}
	return r
}

// message packs an answer.
func message(id uint16, answers, additionals []dnsmessage.Resource) []byte {
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: id, Response: true, Authoritative: true}, Answers: answers, Additionals: additionals}
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

// responder answers each query with what reply makes of its questions.
func responder(reply func(m dnsmessage.Message) [][]byte) func(net.Conn) {
	return func(c net.Conn) {
		b := make([]byte, maxDatagram)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(b[:n]) != nil {
				panic("a query that cannot be read")
			}
			for _, datagram := range reply(m) {
				if _, err := c.Write(datagram); err != nil {
					return
				}
			}
		}
	}
}

const printer = "HP LaserJet M404 \\\"<1>"

// copier announces a printer service with its text, an SMB service whose text
// has to be asked for, and a type that is of no interest.
func copier(m dnsmessage.Message) [][]byte {
	var answers, additionals []dnsmessage.Resource
	for _, q := range m.Questions {
		if q.Class != unicastIN {
			panic("not a question for a unicast answer")
		}
		switch name := q.Name.String(); {
		case name == enumeration:
			answers = append(answers, record(name, "_ipp._tcp.local."), record(name, "_SMB._tcp.local."), record(name, "_ssh._tcp.local."), record(name, "_nfs._tcp.local."))
		case name == "_ipp._tcp.local.":
			answers = append(answers, record(name, printer+"._ipp._tcp.local."))
			additionals = append(additionals, record(printer+"._ipp._tcp.local.", "", "TY=HP M404", "ty=second", "usb_MFG=HP", "note=", "rp=ipp/print", "novalue"))
		case name == "_smb._tcp.local.":
			answers = append(answers, record(name, "box._smb._tcp.local."))
		case name == "box._smb._tcp.local." && q.Type == dnsmessage.TypeTXT:
			answers = append(answers, record(name, "", "model=Xserve"))
		}
	}
	return [][]byte{message(0xffff^m.ID, nil, nil), message(m.ID, answers, additionals)}
}

func TestMDNS(t *testing.T) {
	full := []inventory.Service{
		{Type: "_ipp._tcp", Name: printer, Text: map[string]string{"ty": "HP M404", "usb_mfg": "HP"}},
		{Type: "_smb._tcp", Name: "box", Text: map[string]string{"model": "Xserve"}},
		{Type: "_nfs._tcp"},
	}
	for _, c := range []struct {
		name  string
		serve func(net.Conn)
		want  []inventory.Service
		trail string
	}{
		{"copier", responder(copier), full, "answered, answered, answered"},
		{"with the ID of a multicast answer", responder(func(m dnsmessage.Message) [][]byte {
			return [][]byte{message(0, []dnsmessage.Resource{record(enumeration, "_ipp._tcp.local.")}, nil)}
		}), []inventory.Service{{Type: "_ipp._tcp"}}, "answered, answered"},
		{"nothing of interest", responder(func(m dnsmessage.Message) [][]byte { return [][]byte{message(m.ID, nil, nil)} }), nil, "answered"},
		{"silent", silent, nil, "silent"},
		{"garbage", says("garbage"), nil, "malformed (not a DNS message)"},
		{"echo", func(c net.Conn) {
			b := make([]byte, 512)
			n, _ := c.Read(b)
			c.Write(b[:n])
			silent(c)
		}, nil, "silent"},
		{"error", responder(func(m dnsmessage.Message) [][]byte {
			b := message(m.ID, nil, nil)
			b[3] |= 5
			return [][]byte{b}
		}), nil, "error-status"},
		{"strays without end", endless("", "x"), nil, "malformed (not a DNS message)"},
		{"others' answers without end", func(c net.Conn) {
			says()(c)
			for {
				if _, err := c.Write(message(0xffff, nil, nil)[:12]); err != nil {
					return
				}
			}
		}, nil, "malformed (no answer among its datagrams)"},
		{"a name with a dot in its label", responder(func(m dnsmessage.Message) [][]byte {
			b := message(m.ID, []dnsmessage.Resource{record("_smb._tcp.local.", "aXb._smb._tcp.local."), record(enumeration, "_ipp._tcp.local.")}, nil)
			b[strings.Index(string(b), "aXb")+1] = '.'
			return [][]byte{b}
		}), []inventory.Service{{Type: "_ipp._tcp"}}, "answered, answered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakes{udp: map[uint16]func(net.Conn){portMDNS: c.serve}}
				clues, got := f.ask(t, func(o *Options) { o.MDNS = true })
				time.Sleep(time.Second)
				if want := "mdns@5353 " + strings.ReplaceAll(c.trail, ", ", ", mdns@5353 "); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
				if (clues == nil) != (c.want == nil) || clues != nil && !reflect.DeepEqual(clues.Services, c.want) {
					t.Errorf("got %+v, want %+v", clues, c.want)
				}
			})
		})
	}
}

// TestMDNSBounds floods us with instances and counts what we ask.
func TestMDNSBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queries := 0
		f := &fakes{udp: map[uint16]func(net.Conn){portMDNS: responder(func(m dnsmessage.Message) [][]byte {
			queries++
			answers := []dnsmessage.Resource{record(enumeration, "_ipp._tcp.local."), record(enumeration, "_smb._tcp.local.")}
			for i := range 100 {
				answers = append(answers, record("_ipp._tcp.local.", fmt.Sprintf("%d-%d._ipp._tcp.local.", queries, i)))
			}
			return [][]byte{message(m.ID, answers, nil)}
		})}}
		paced := 0
		clues, _ := f.ask(t, func(o *Options) {
			o.MDNS = true
			o.Pace = func(context.Context) error { paced++; return nil }
		})
		if queries != 2+maxTexts || paced != queries {
			t.Errorf("%d queries, %d times at our pace", queries, paced)
		}
		if n := len(clues.Services); n != maxInstances+1 {
			t.Errorf("%d services kept", n)
		}
	})
}

// TestHostileMessages are messages that must not be read, or not to the end.
func TestHostileMessages(t *testing.T) {
	head := "1234" + "8400" + "0000" + "%04x" + "0000" + "0000"
	for _, c := range []struct {
		name string
		hex  string
		bad  bool
	}{
		{"short header", "1234840000", true},
		{"a name that points to itself", fmt.Sprintf(head, 1) + "c00c" + "000c00010000000a0002c00c", false},
		{"names that point to each other", fmt.Sprintf(head, 1) + "c00ec00c" + "000c00010000000a0002c00c", true},
		{"a pointer behind the end", fmt.Sprintf(head, 1) + "c0ff" + "000c00010000000a0002c00c", false},
		{"more records than there are", fmt.Sprintf(head, 65535), true},
		{"data behind the end", fmt.Sprintf(head, 1) + "00" + "001000010000000affff03", true},
		{"a text longer than its record", fmt.Sprintf(head, 1) + "00" + "001000010000000a0002ff61", false},
		{"a label longer than the message", fmt.Sprintf(head, 1) + "3f61", true},
	} {
		b, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		var s services
		if err := s.read(b, 0x1234); (err != nil) != c.bad {
			t.Errorf("%s: %v", c.name, err)
		}
		if len(s.types)+len(s.instances) > 0 {
			t.Errorf("%s: learned %+v", c.name, s)
		}
	}
}
