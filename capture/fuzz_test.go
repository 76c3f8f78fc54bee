package capture

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gopacket/gopacket/layers"

	"smbready/inventory"
	"smbready/smbproto"
)

// checkResult holds what is so of every capture.
func checkResult(t *testing.T, r Result) {
	t.Helper()
	if len(r.Input.Unread) > maxReasons || r.Input.Used > r.Input.Records {
		t.Fatalf("input %+v", r.Input)
	}
	for i, h := range r.Hosts {
		if i > 0 && !r.Hosts[i-1].Address.Less(h.Address) {
			t.Fatalf("%v behind %v", h.Address, r.Hosts[i-1].Address)
		}
		text, err := json.Marshal(h)
		if err != nil || !utf8.Valid(text) {
			t.Fatalf("%v: %v", h.Address, err)
		}
		contacts := h.Served
		if h.Client != nil {
			contacts = append(contacts[:len(contacts):len(contacts)], h.Client.Contacts...)
		}
		if len(h.Served) > inventory.MaxContacts || len(contacts) > 2*inventory.MaxContacts {
			t.Fatalf("%v: %d contacts", h.Address, len(contacts))
		}
		if (h.SMB1 != nil || h.SMB2 != nil) && h.State != inventory.StateSMB {
			t.Fatalf("%v: %v", h.Address, h.State)
		}
		for _, c := range contacts {
			if c.Requests.Signed > 0 && c.Stage < inventory.StageUnknown || c.Signature != inventory.CheckUnknown || c.Source != inventory.SourceCapture {
				t.Fatalf("%+v", c)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	small := newDialogue(f).open().say(0, offer).say(1, choice).logon2("scanner", 0, signedFlag).write(5, 30, signedFlag).close(0)
	file := pcap(f, layers.LinkTypeEthernet, small.shots...)
	f.Add(file)
	for _, n := range []int{3, 24, 30, 40, 200, len(file) / 2, len(file) - 1} {
		f.Add(file[:n])
	}
	f.Add(swapped(file))
	section := block(blockSection, []byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	next := block(blockInterface, []byte{1, 0, 0, 0, 0, 0, 4, 0, optionResolution, 0, 1, 0, 0x8a, 0, 0, 0, 0, 0, 0, 0})
	packet := epb(0, 100, 100)
	copy(packet[28:], small.shots[3].data)
	f.Add(bytes.Join([][]byte{section, next, packet, block(blockSimple, append([]byte{60, 0, 0, 0}, make([]byte, 60)...)), epb(0, 9, 8)}, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Read(context.Background(), bytes.NewReader(b), Options{MaxConnections: 16, MaxHosts: 16, MaxContacts: 16, Names: true})
		if err != nil && len(r.Hosts) > 0 {
			t.Fatal(err)
		}
		checkResult(t, r)
	})
}

// FuzzPacket takes packets apart, of every kind of link.
func FuzzPacket(f *testing.F) {
	for _, s := range scanToFolder(f, nil).shots[:6] {
		f.Add(uint16(1), s.data, 0)
	}
	f.Add(uint16(101), []byte{0x45, 0, 0, 40, 0, 0, 0x20, 0, 64, 6}, 9)
	f.Fuzz(func(t *testing.T, link uint16, b []byte, more int) {
		d := decoder{onIP: func([6]byte, [16]byte, uint8) {}}
		if d.decode(&packet{link: layers.LinkType(link), data: b, length: len(b) + min(max(more, 0), 1<<30)}) && d.reason != "" {
			t.Fatal(d.reason)
		}
		if d.missing < 0 || len(d.payload) > len(b) {
			t.Fatalf("%d missing", d.missing)
		}
		if n, ok := parseOwnName(b); ok && len(n.addresses) == 0 {
			t.Fatalf("%+v", n)
		}
	})
}

// FuzzStream cuts both directions of a connection into segments as the fuzzer
// says: some are left out, some come again, some overlap, and some come early or
// are cut.
func FuzzStream(f *testing.F) {
	join := func(messages ...smbproto.Appender) (b []byte) {
		for _, m := range messages {
			b = smbproto.AppendFrame(b, smbproto.FrameMessage, m)
		}
		return b
	}
	f.Add(join(offer, plain2(header2(smbproto.SMB2CommandWrite, 2, signedFlag), 500)), join(choice), []byte{0, 1, 2, 3, 100, 7, 200})
	f.Add(join(offer, plain2(header2(smbproto.SMB2CommandWrite, 2, 0), 900)), join(choice), []byte{0, 0, 0x83, 0x81, 0x85, 0x8f, 0x8a, 0x66, 0x71, 0xa5, 3, 3})
	f.Add(join(smbproto.SMB1NegotiateRequest{Dialects: []string{smbproto.DialectNTLM012}}), join(smbproto.SMB1NegotiateResponse{Header: smbproto.SMB1Header{Flags: 0x80}, WordCount: 17}), []byte{9})
	f.Add(join(chain(0)), join(chain(response)), []byte{255, 255, 1})
	f.Fuzz(func(t *testing.T, client, server, cuts []byte) {
		u := new(unread)
		l := newLedger(Options{}.withDefaults(), u)
		tb := newTable(l, Options{}.withDefaults())
		a, b := endpoint{port: 50000}, endpoint{port: directPort}
		a.address[15], b.address[15] = 1, 2
		at := [2]int{}
		data := [2][]byte{client, server}
		for i, c := range cuts {
			side := i % 2
			n := min(int(c%32)*16+1, len(data[side])-at[side])
			s := segment{from: a, to: b, seq: uint32(at[side] + 1), flags: flagACK, payload: data[side][at[side] : at[side]+n]}
			if side == 1 {
				s.from, s.to = b, a
			}
			switch c >> 5 {
			case 1: // left out
			case 2: // comes again
				tb.segment(&s, time.Time{})
				continue
			case 3: // overlaps what was before
				back := min(at[side], int(c))
				s.seq -= uint32(back)
				s.payload = data[side][at[side]-back : at[side]+n]
				tb.segment(&s, time.Time{})
			case 4: // comes early, and later in its turn
				ahead := min(at[side]+n, len(data[side]))
				early := s
				early.seq, early.payload = uint32(ahead+1), data[side][ahead:min(ahead+n/2, len(data[side]))]
				tb.segment(&early, time.Time{})
				continue
			case 5: // was not captured whole
				s.missing, s.payload = n-n/3, s.payload[:n/3]
				tb.segment(&s, time.Time{})
			case 7:
				s.flags |= flagFIN
				fallthrough
			default:
				tb.segment(&s, time.Time{})
			}
			at[side] += n
		}
		tb.finishAll()
		if tb.budget.left != maxHeldInAll {
			t.Fatalf("%d bytes are still held", maxHeldInAll-tb.budget.left)
		}
		checkResult(t, Result{Hosts: l.finish(true), Input: inventory.Input{Unread: *u}})
		if h := l.hosts[netip.AddrFrom16(b.address).Unmap()]; h != nil && h.facts.ServedMore < 0 {
			t.Fatal(h)
		}
	})
}
