package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"smbready/inventory"
	"smbready/smbproto"
)

// held returns how many bytes are on the heap.
func held() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// flood is a pcap file that is made while it is read: n packets.
type flood struct {
	n, at  int
	packet func(i int) []byte // without the header of the file
	buffer bytes.Buffer
	peak   uint64
}

func (f *flood) Read(b []byte) (int, error) {
	for f.buffer.Len() == 0 {
		if f.at == 0 {
			head := make([]byte, 24)
			binary.LittleEndian.PutUint32(head, 0xa1b2c3d4)
			head[4], head[6], head[20] = 2, 4, byte(layers.LinkTypeRaw)
			f.buffer.Write(head)
		}
		if f.at == f.n {
			return 0, io.EOF
		}
		if f.at%10_000 == 9_999 {
			f.peak = max(f.peak, held())
		}
		p := f.packet(f.at)
		head := make([]byte, 16)
		binary.LittleEndian.PutUint32(head, uint32(f.at))
		binary.LittleEndian.PutUint32(head[8:], uint32(len(p)))
		binary.LittleEndian.PutUint32(head[12:], uint32(len(p)))
		f.buffer.Write(head)
		f.buffer.Write(p)
		f.at++
	}
	return f.buffer.Read(b)
}

// rawTCP is an IPv4 packet from a client, by its number, to a server's port 445.
func rawTCP(client, server uint32, port uint16, seq uint32, flags byte, payload []byte) []byte {
	b := make([]byte, 40, 40+len(payload))
	b[0], b[8], b[9], b[32], b[33] = 0x45, 64, 6, 0x50, flags
	be.PutUint16(b[2:], uint16(40+len(payload)))
	be.PutUint32(b[12:], 0x0a000000+client)
	be.PutUint32(b[16:], server)
	be.PutUint16(b[20:], port)
	be.PutUint16(b[22:], 445)
	be.PutUint32(b[24:], seq)
	return append(b, payload...)
}

// TestFlood reads what is made to fill memory: more of everything than the bounds
// allow.
func TestFlood(t *testing.T) {
	const n = 40_000
	bounds := Options{MaxConnections: 10_000, MaxHosts: 15_000, MaxContacts: 15_000}
	negotiate := smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.SMB2NegotiateRequest{SecurityMode: 1, Dialects: []smbproto.Dialect{0x202}})
	half := slices.Clone(negotiate[:70])
	many := func(i int) smbproto.SMB2NegotiateRequest {
		return smbproto.SMB2NegotiateRequest{ClientGUID: smbproto.GUID{byte(i), byte(i >> 8), byte(i >> 16), 1}, Dialects: []smbproto.Dialect{0x202}}
	}
	table := []struct {
		name   string
		packet func(i int) []byte
		check  func(t *testing.T, r Result)
	}{
		{"connections without a word", func(i int) []byte { return rawTCP(uint32(i), 0x0b000001, 1000, 1, flagSYN, nil) }, nil},
		{"connections of as many clients", func(i int) []byte { return rawTCP(uint32(i), 0x0b000001, 1000, 1, flagACK, negotiate) }, func(t *testing.T, r Result) {
			server := r.Hosts[len(r.Hosts)-1]
			if len(r.Hosts) > bounds.MaxHosts || len(server.Served) != inventory.MaxContacts || len(server.Served)+server.ServedMore != n {
				t.Errorf("%d hosts, the last with %d contacts and %d more", len(r.Hosts), len(server.Served), server.ServedMore)
			}
		}},
		{"connections of one client", func(i int) []byte {
			return rawTCP(1, 0x0b000000+uint32(i>>16), uint16(i), 1, flagACK, negotiate)
		}, nil},
		{"as many offers", func(i int) []byte {
			return rawTCP(uint32(i%5), 0x0b000001, uint16(i), 1, flagACK, smbproto.AppendFrame(nil, smbproto.FrameMessage, many(i)))
		}, nil},
		{"half messages", func(i int) []byte { return rawTCP(uint32(i), 0x0b000001, 1000, 1, flagACK, half) }, nil},
		{"segments far ahead", func(i int) []byte {
			if i < 1000 {
				return rawTCP(uint32(i), 0x0b000001, 1000, 0, flagSYN, nil)
			}
			return rawTCP(uint32(i%1000), 0x0b000001, 1000, uint32(2+3*(i/1000)), flagACK, []byte{1, 2})
		}, nil},
		{"tiny segments of a long message", func(i int) []byte {
			if i == 0 {
				return rawTCP(1, 0x0b000001, 1000, 1, flagACK, negotiate)
			}
			return rawTCP(1, 0x0b000001, 1000, uint32(len(negotiate)+i), flagACK, []byte{byte(i)})
		}, nil},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			before := held()
			f := &flood{n: n, packet: row.packet}
			r, err := Read(t.Context(), f, bounds)
			if err != nil || r.Input.Records != uint64(n) {
				t.Fatalf("%v after %d packets", err, r.Input.Records)
			}
			const limit = 64 << 20
			if f.peak > before+limit {
				t.Errorf("%d MB of memory", (f.peak-before)>>20)
			}
			if row.check != nil {
				row.check(t, r)
			}
		})
	}
}

// TestLies reads lengths that lie. They must not make it allocate, nor end it.
func TestLies(t *testing.T) {
	good := scanToFolder(t, nil).shots
	file := pcap(t, layers.LinkTypeEthernet, good...)
	edit := func(change func(b []byte) []byte) []byte { return change(bytes.Clone(file)) }
	record := func(captured, full uint32) []byte {
		b := make([]byte, 16)
		le.PutUint32(b[8:], captured)
		le.PutUint32(b[12:], full)
		return b
	}
	insert := func(b []byte, more ...[]byte) []byte {
		return slices.Concat(append([][]byte{b[:24]}, append(more, b[24:])...)...)
	}
	table := []struct {
		name         string
		file         []byte
		error, hosts bool // whether the Input has an error, and whether the hosts are found
	}{
		{"snap length of 4 GiB", edit(func(b []byte) []byte { le.PutUint32(b[16:], 1<<32-1); return b }), false, true},
		{"packet of 4 GiB", edit(func(b []byte) []byte { return insert(b, record(1<<32-1, 1<<32-1)) }), true, false},
		{"packet of 1 MiB", edit(func(b []byte) []byte { return insert(b, record(1<<20, 1<<20), make([]byte, 1<<20)) }), false, true},
		{"longer than it was", edit(func(b []byte) []byte { return insert(b, record(10, 9), make([]byte, 10)) }), false, true},
		{"empty packets", edit(func(b []byte) []byte { return insert(b, record(0, 0), record(0, 1500)) }), false, true},
		{"pcapng block of 4 GiB", slices.Concat(pcapng(t, good, 1), []byte{6, 0, 0, 0, 0xfc, 0xff, 0xff, 0xff, 1, 1, 1, 1}), true, true},
		{"pcapng block of 4 bytes", slices.Concat(pcapng(t, good, 1), []byte{6, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0}), true, true},
		{"pcapng block that ends otherwise", slices.Concat(pcapng(t, good, 1), []byte{9, 0, 0, 0, 12, 0, 0, 0, 16, 0, 0, 0}), true, true},
		{"pcapng packet longer than its block", slices.Concat(pcapng(t, good, 1), epb(0, 500, 8)), false, true},
		{"pcapng packet of an unknown interface", slices.Concat(pcapng(t, good, 1), epb(7, 8, 8)), false, true},
		{"pcapng decryption secrets", slices.Concat(pcapng(t, good, 1), block(10, make([]byte, 1<<20))), false, true},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			r := read(t, row.file)
			if got := r.Input.Error != ""; got != row.error {
				t.Errorf("error %q", r.Input.Error)
			}
			if got := len(r.Hosts) == 2; got != row.hosts {
				t.Errorf("%d hosts", len(r.Hosts))
			}
		})
	}
}

// block is a pcapng block.
func block(kind uint32, body []byte) []byte {
	b := le.AppendUint32(le.AppendUint32(nil, kind), uint32(len(body)+12))
	return le.AppendUint32(append(b, body...), uint32(len(body)+12))
}

// epb is an Enhanced Packet Block that says its packet is captured bytes long, and
// has n.
func epb(number, captured uint32, n int) []byte {
	b := make([]byte, 20+n)
	le.PutUint32(b, number)
	le.PutUint32(b[12:], captured)
	le.PutUint32(b[16:], captured)
	return block(6, b)
}

// TestChains reads chains that go nowhere.
func TestChains(t *testing.T) {
	for _, next := range []uint32{0, 1, 8, 63, 64, 65, 72, 1 << 16, 1 << 31, ^uint32(0)} {
		m := plain2(header2(smbproto.SMB2CommandWrite, 5, 0), 4096)
		for at := 0; at+smb2Header <= len(m); at += smb2Header {
			copy(m[at:], plain2(header2(smbproto.SMB2CommandWrite, uint64(at), 0), 0))
			le.PutUint32(m[at+20:], next)
		}
		r := read(t, pcap(t, layers.LinkTypeEthernet, newDialogue(t).open().say(0, m).shots...))
		c := r.contact(t, clientEnd.Addr(), serverEnd.Addr())
		if most := len(m) / smb2Header; c.Requests.Unsigned < 1 || c.Requests.Unsigned > most {
			t.Errorf("NextCommand %d: %+v", next, c.Requests)
		}
	}
}

// TestBounds keeps the bounds that the options set.
func TestBounds(t *testing.T) {
	var shots []shot
	for i := range 30 {
		d := newDialogue(t)
		d.client = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, 1, byte(i)}), 50000)
		shots = append(shots, d.open().say(0, offer).say(1, choice).shots...)
	}
	file := pcap(t, layers.LinkTypeEthernet, shots...)
	for _, o := range []Options{{MaxHosts: 5}, {MaxContacts: 5}, {MaxConnections: 5}} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			r, err := Read(t.Context(), bytes.NewReader(file), o)
			if err != nil || len(r.Input.Unread) == 0 {
				t.Errorf("%v, input %+v", err, r.Input)
			}
			if o.MaxHosts > 0 && len(r.Hosts) > 5 {
				t.Errorf("%d hosts", len(r.Hosts))
			}
			server := r.host(t, serverEnd.Addr())
			if n := len(server.Served) + server.ServedMore; n != 30 {
				t.Errorf("%d contacts in all", n)
			}
		})
	}
}

// TestPortAgain uses the same ports for two connections.
func TestPortAgain(t *testing.T) {
	first := scanToFolder(t, nil).shots
	second := scanToFolder(t, func(d *dialogue) { d.seq = [2]uint32{77, 99} }).shots
	r := read(t, pcap(t, layers.LinkTypeEthernet, append(first[:len(first)-2], second...)...)) // the first is never closed
	c := r.contact(t, clientEnd.Addr(), serverEnd.Addr())
	if c.Count != 2 || c.Requests.Signed != 8 || c.Last.Sub(c.First) < time.Millisecond {
		t.Errorf("%+v", c)
	}
}

// TestEmbedded copies a capture through a share: the messages in the file are not
// messages of the connection, not even when packets are missing.
func TestEmbedded(t *testing.T) {
	inner := smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.SMB2NegotiateRequest{SecurityMode: 2, Dialects: []smbproto.Dialect{0x311}})
	d := newDialogue(t).open().say(0, offer).say(1, choice).logon2("scanner", 0, 0).tree(`\\fs01\scans`, 0).
		say(0, plain2(header2(smbproto.SMB2CommandCreate, 4, 0), 60)).say(1, plain2(header2(smbproto.SMB2CommandCreate, 4, response), 88))
	m := plain2(header2(smbproto.SMB2CommandWrite, 5, 0), 0)
	for range 500 {
		m = append(append(m, 0x55), inner...)
	}
	d.segment = 1460
	before := len(d.shots)
	d.say(0, m)
	d.shots = slices.Delete(d.shots, before, before+1) // the head of the WRITE
	begun := d.shots[before-2:]                        // with CREATE, so that nothing is known of the tree
	r := read(t, pcap(t, layers.LinkTypeEthernet, begun...))
	if c := r.contact(t, clientEnd.Addr(), serverEnd.Addr()); c.Offer != nil || c.Requests.Unsigned != 1 {
		t.Errorf("begun in the middle: %+v, offer %+v", c, c.Offer)
	}
	r = read(t, pcap(t, layers.LinkTypeEthernet, d.shots...))
	c := r.contact(t, clientEnd.Addr(), serverEnd.Addr())
	if *c.Offer.SecurityMode != 1 || len(c.Offer.SMB2Dialects) != 5 || c.Requests.Unsigned != 2 {
		t.Errorf("%+v, offer %+v", c, c.Offer)
	}
}
