package capture

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"smbready/inventory"
	"smbready/smbproto"
)

// summary is what of a contact the tests below are about.
type summary struct {
	dialect, algorithm string
	as                 inventory.LogonKind
	user               string
	stage              inventory.Stage
	end                inventory.End
	requests, answers  inventory.Signatures
	encrypted          int
	data               bool
}

func summaryOf(c inventory.Contact) summary {
	s := summary{dialect: c.Dialect, algorithm: c.Algorithm, stage: c.Stage, end: c.End, requests: c.Requests, answers: c.Answers,
		encrypted: c.Encrypted, data: c.Data}
	if c.Logon != nil {
		s.as, s.user = c.Logon.As, c.Logon.User
	}
	return s
}

// whole is what scanToFolder shows.
var whole = summary{"3.1.1", "AES-GMAC", inventory.LogonAccount, "scanner", inventory.StageData, inventory.EndLogoff,
	inventory.Signatures{Signed: 4}, inventory.Signatures{Signed: 4}, 0, true}

// contact returns the one contact of the client, and checks that the server has
// the same, turned round.
func (r Result) contact(t *testing.T, client, server netip.Addr) inventory.Contact {
	t.Helper()
	c, s := r.host(t, client), r.host(t, server)
	if c.Client == nil || len(c.Client.Contacts) != 1 || len(s.Served) != 1 {
		t.Fatalf("client %+v, served %+v", c.Client, s.Served)
	}
	mine, theirs := c.Client.Contacts[0], s.Served[0]
	if mine.Peer != server.String() || theirs.Peer != client.String() || summaryOf(mine) != summaryOf(theirs) {
		t.Errorf("client says %+v, server %+v", mine, theirs)
	}
	if mine.Source != inventory.SourceCapture || mine.Origin != "test.pcap" {
		t.Errorf("from %s %s", mine.Source, mine.Origin)
	}
	return mine
}

func TestSession(t *testing.T) {
	r := read(t, pcap(t, layers.LinkTypeEthernet, scanToFolder(t, nil).shots...))
	c := r.contact(t, clientEnd.Addr(), serverEnd.Addr())
	if got := summaryOf(c); got != whole {
		t.Errorf("contact %+v, want %+v", got, whole)
	}
	if !slices.Equal(c.Offer.SMB2Dialects, []string{"2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"}) || *c.Offer.SecurityMode != 1 || *c.Offer.SetupSecurityMode != 1 {
		t.Errorf("offer %+v", c.Offer)
	}
	if l := c.Logon; !l.Granted || !l.SetupSigned || l.Mechanism != "NTLMv2" || l.Workstation != "COPIER7" || c.Demanded != inventory.SigningEnabled {
		t.Errorf("logon %+v, demanded %v", c.Logon, c.Demanded)
	}
	h := r.host(t, serverEnd.Addr())
	if s := h.SMB2; h.State != inventory.StateSMB || h.Port != 445 || s == nil || !s.FullOffer || !s.Offered || s.SigningAlgorithm != "AES-GMAC" ||
		!slices.Equal(s.Dialects, []string{"3.1.1"}) || s.DialectsComplete || len(s.Raw) == 0 {
		t.Errorf("server %+v, SMB2 %+v", h, s)
	}
	if h.Names.DNS != "fs01.example.net" || h.Names.MAC != "02:00:00:00:00:10" || h.OS.Build != "10.0.20348" || len(h.Quirks) != 0 {
		t.Errorf("names %+v, OS %+v, quirks %q", h.Names, h.OS, h.Quirks)
	}
	if c := r.host(t, clientEnd.Addr()); c.State != inventory.StateUnknown || c.Names.MAC != "02:00:00:00:00:20" || !c.Time.After(started) || c.Client.Signing != inventory.SigningEnabled {
		t.Errorf("client %+v", c)
	}
	if in := r.Input; in.Kind != "pcap" || in.Records != in.Used+5 || len(in.Unread) != 0 || in.Error != "" || !in.First.After(started) {
		t.Errorf("input %+v", in)
	}
}

// TestForms reads the same session in other forms of packets.
func TestForms(t *testing.T) {
	six := func(d *dialogue) {
		d.client, d.server = netip.MustParseAddrPort("[2001:db8::20]:49152"), netip.MustParseAddrPort("[2001:db8::10]:445")
	}
	outer := func(proto layers.IPProtocol) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{&layers.Ethernet{SrcMAC: clientMAC, DstMAC: serverMAC, EthernetType: layers.EthernetTypeIPv4},
			&layers.IPv4{Version: 4, TTL: 64, Protocol: proto, SrcIP: []byte{192, 0, 2, 1}, DstIP: []byte{192, 0, 2, 2}}}
	}
	wrap := func(f func(s []gopacket.SerializableLayer) []gopacket.SerializableLayer) func(*dialogue) {
		return func(d *dialogue) { d.wrap = f }
	}
	table := []struct {
		name string
		link layers.LinkType
		edit func(*dialogue)
		mac  string // of the server
	}{
		{"tiny segments", layers.LinkTypeEthernet, func(d *dialogue) { d.segment = 97 }, "02:00:00:00:00:10"},
		{"IPv6", layers.LinkTypeEthernet, six, "02:00:00:00:00:10"},
		{"IPv6 with extension headers", layers.LinkTypeEthernet, func(d *dialogue) {
			six(d)
			d.wrap = func(s []gopacket.SerializableLayer) []gopacket.SerializableLayer {
				ip := s[1].(*layers.IPv6)
				ip.NextHeader = layers.IPProtocolIPv6HopByHop
				extension := gopacket.Payload{byte(layers.IPProtocolIPv6Destination), 0, 1, 4, 0, 0, 0, 0, byte(layers.IPProtocolTCP), 0, 1, 4, 0, 0, 0, 0}
				return append(s[:2:2], append([]gopacket.SerializableLayer{extension}, s[2:]...)...)
			}
		}, "02:00:00:00:00:10"},
		{"two VLAN tags", layers.LinkTypeEthernet, wrap(func(s []gopacket.SerializableLayer) []gopacket.SerializableLayer {
			e := *s[0].(*layers.Ethernet)
			e.EthernetType = layers.EthernetTypeQinQ
			return append([]gopacket.SerializableLayer{&e, &layers.Dot1Q{VLANIdentifier: 9, Type: layers.EthernetTypeDot1Q},
				&layers.Dot1Q{VLANIdentifier: 12, Type: layers.EthernetTypeIPv4}}, s[1:]...)
		}), "02:00:00:00:00:10"},
		{"raw IP", layers.LinkTypeRaw, wrap(func(s []gopacket.SerializableLayer) []gopacket.SerializableLayer { return s[1:] }), ""},
		{"BSD loopback", layers.LinkTypeNull, wrap(func(s []gopacket.SerializableLayer) []gopacket.SerializableLayer {
			return append([]gopacket.SerializableLayer{gopacket.Payload{2, 0, 0, 0}}, s[1:]...)
		}), ""},
		{"Linux cooked", layers.LinkTypeLinuxSLL, wrap(func(s []gopacket.SerializableLayer) []gopacket.SerializableLayer {
			head := append(gopacket.Payload{0, 0, 0, 1, 0, 6}, s[0].(*layers.Ethernet).SrcMAC...)
			return append([]gopacket.SerializableLayer{append(head, 0, 0, 8, 0)}, s[1:]...)
		}), "02:00:00:00:00:10"},
		{"Linux cooked 2", layers.LinkTypeLinuxSLL2, wrap(func(s []gopacket.SerializableLayer) []gopacket.SerializableLayer {
			head := append(gopacket.Payload{8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6}, s[0].(*layers.Ethernet).SrcMAC...)
			return append([]gopacket.SerializableLayer{append(head, 0, 0)}, s[1:]...)
		}), "02:00:00:00:00:10"},
		{"MPLS", layers.LinkTypeEthernet, wrap(func(s []gopacket.SerializableLayer) []gopacket.SerializableLayer {
			e := *s[0].(*layers.Ethernet)
			e.EthernetType = layers.EthernetTypeMPLSUnicast
			return append([]gopacket.SerializableLayer{&e, &layers.MPLS{Label: 5}, &layers.MPLS{Label: 6, StackBottom: true}}, s[1:]...)
		}), "02:00:00:00:00:10"},
		{"IP in IP", layers.LinkTypeEthernet, wrap(func(s []gopacket.SerializableLayer) []gopacket.SerializableLayer {
			return append(outer(layers.IPProtocolIPv4), s[1:]...)
		}), ""},
		{"GRE", layers.LinkTypeEthernet, wrap(func(s []gopacket.SerializableLayer) []gopacket.SerializableLayer {
			return append(append(outer(layers.IPProtocolGRE), &layers.GRE{Protocol: layers.EthernetTypeIPv4, KeyPresent: true, Key: 9}), s[1:]...)
		}), ""},
		{"ERSPAN II", layers.LinkTypeEthernet, wrap(func(s []gopacket.SerializableLayer) []gopacket.SerializableLayer {
			return append(append(outer(layers.IPProtocolGRE), &layers.GRE{Protocol: layers.EthernetTypeERSPAN, SeqPresent: true}, &layers.ERSPANII{Version: 1}), s...)
		}), "02:00:00:00:00:10"},
		{"VXLAN", layers.LinkTypeEthernet, wrap(func(s []gopacket.SerializableLayer) []gopacket.SerializableLayer {
			o := outer(layers.IPProtocolUDP)
			udp := &layers.UDP{SrcPort: 55555, DstPort: 4789}
			udp.SetNetworkLayerForChecksum(o[1].(*layers.IPv4))
			return append(append(o, udp, &layers.VXLAN{ValidIDFlag: true, VNI: 7}), s...)
		}), "02:00:00:00:00:10"},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			d := scanToFolder(t, row.edit)
			r := read(t, pcap(t, row.link, d.shots...))
			if got := summaryOf(r.contact(t, d.client.Addr(), d.server.Addr())); got != whole {
				t.Errorf("contact %+v, want %+v", got, whole)
			}
			if mac := r.host(t, d.server.Addr()).Names.MAC; mac != row.mac {
				t.Errorf("MAC %q, want %q", mac, row.mac)
			}
			if len(r.Input.Unread) != 0 {
				t.Errorf("unread %+v", r.Input.Unread)
			}
		})
	}
}

// TestDamage reads the same session with packets missing, late, cut or changed.
func TestDamage(t *testing.T) {
	const gaps = "holes in connections: packets are missing"
	shots := scanToFolder(t, func(d *dialogue) { d.segment = 1460 }).shots
	first := slices.IndexFunc(shots, func(s shot) bool { return len(s.data) == 54+1460 }) // of the large WRITE
	table := []struct {
		name   string
		edit   func() []shot
		want   func(*summary)
		unread string
	}{
		{"neighbours swapped", func() []shot {
			for i := 3; i+1 < len(shots)-2; i += 2 {
				shots[i], shots[i+1] = shots[i+1], shots[i]
			}
			return shots
		}, nil, ""},
		{"far out of order", func() []shot {
			return slices.Insert(slices.Delete(slices.Clone(shots), first, first+1), first+60, shots[first])
		}, nil, ""},
		{"everything twice", func() []shot {
			var twice []shot
			for _, s := range shots {
				twice = append(twice, s, s)
			}
			return twice
		}, nil, ""},
		{"data missing", func() []shot { return slices.Delete(shots, first+3, first+40) }, nil, ""},
		{"head of the WRITE missing", func() []shot { return slices.Delete(shots, first, first+1) },
			func(s *summary) { s.requests.Signed-- }, gaps},
		{"cut to 128 bytes", func() []shot {
			for i := range shots {
				shots[i].full = len(shots[i].data)
				shots[i].data = shots[i].data[:min(128, shots[i].full)]
			}
			return shots
		}, func(s *summary) { // what the trees are is cut off too
			s.as, s.user, s.dialect, s.algorithm = inventory.LogonUnknown, "", "", ""
			s.stage, s.data = inventory.StageTreeConnect, false
		}, "messages that were not captured whole"},
		{"cut to 96 bytes", func() []shot {
			for i := range shots {
				shots[i].full = len(shots[i].data)
				shots[i].data = shots[i].data[:min(96, shots[i].full)]
			}
			return shots
		}, func(s *summary) { *s = summary{} }, "messages that were not captured whole"},
		{"client alone", func() []shot { return side(shots, clientMAC) },
			func(s *summary) { // nothing tells which number the tree has, nor what became of the WRITEs
				s.answers, s.dialect, s.algorithm = inventory.Signatures{}, "", ""
				s.stage, s.data = inventory.StageTreeConnect, false
			}, ""},
		{"server alone", func() []shot { return side(shots, serverMAC) },
			func(s *summary) {
				s.requests, s.as, s.user, s.end = inventory.Signatures{}, inventory.LogonUnknown, "", inventory.EndUnknown
				s.data = false
			}, ""},
		{"begun after the logon", func() []shot { return shots[slices.IndexFunc(shots, isTree):] },
			func(s *summary) { s.as, s.user, s.dialect, s.algorithm = inventory.LogonUnknown, "", "", "" }, ""},
		{"begun within the WRITE", func() []shot { return shots[first+5:] }, func(s *summary) {
			s.as, s.user, s.dialect, s.algorithm = inventory.LogonUnknown, "", "", ""
			s.requests.Signed, s.answers.Signed = 1, 2
			s.stage, s.data = inventory.StageLoggedOn, false
		}, ""},
		{"another text repeated", func() []shot {
			other := shot{data: bytes.Clone(shots[first].data)}
			other.data[len(other.data)-1]++
			return slices.Insert(slices.Clone(shots), first+1, other)
		}, nil, "repeated TCP data that differs from the first"},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			saved := slices.Clone(shots)
			defer func() { shots = saved }()
			want := whole
			if row.want != nil {
				row.want(&want)
			}
			r := read(t, pcap(t, layers.LinkTypeEthernet, row.edit()...))
			if want == (summary{}) {
				if len(r.Hosts) > 0 || r.count(row.unread) == 0 {
					t.Errorf("%d hosts, unread %+v", len(r.Hosts), r.Input.Unread)
				}
				return
			}
			if got := summaryOf(r.contact(t, clientEnd.Addr(), serverEnd.Addr())); got != want {
				t.Errorf("contact %+v, want %+v", got, want)
			}
			if row.unread != "" && r.count(row.unread) == 0 || row.unread == "" && len(r.Input.Unread) > 0 {
				t.Errorf("unread %+v, want %q", r.Input.Unread, row.unread)
			}
		})
	}
}

// side keeps the packets of one sender.
func side(shots []shot, mac []byte) (list []shot) {
	for _, s := range shots {
		if bytes.Equal(s.data[6:12], mac) {
			list = append(list, s)
		}
	}
	return list
}

// isTree tells the TREE_CONNECT request of an Ethernet packet.
func isTree(s shot) bool {
	const header = 54 + frameHeader
	return len(s.data) > header+smb2Header && s.data[header+12] == smbproto.SMB2CommandTreeConnect && s.data[header+16]&response == 0
}

// TestMeanings reads connections that say something else.
func TestMeanings(t *testing.T) {
	none := smbproto.SMB2NegotiateResponse{Header: smbproto.SMB2Header{Status: smbproto.StatusNotSupported}}
	transform := make(smbproto.Bytes, 52+200)
	copy(transform, "\xfdSMB")
	le.PutUint64(transform[44:], sessionID)
	pending := header2(smbproto.SMB2CommandWrite, 5, response|smbproto.SMB2FlagAsync)
	pending.Status = smbproto.StatusPending
	denied := header2(smbproto.SMB2CommandTreeConnect, 3, response)
	denied.Status = smbproto.StatusAccessDenied
	badSignature := denied
	badSignature.Status = smbproto.StatusInvalidSignature
	demanding := choice
	demanding.SecurityMode = 3
	begin := func() *dialogue { return newDialogue(t).open().say(0, offer).say(1, choice) }
	table := []struct {
		name string
		d    *dialogue
		want summary
	}{
		{"guest", begin().logon2("nobody", smbproto.SessionFlagGuest, 0).tree(`\\fs01\public`, 0).write(4, 100, 0),
			summary{dialect: "3.1.1", as: inventory.LogonGuest, user: "nobody", stage: inventory.StageData,
				requests: inventory.Signatures{Unsigned: 2}, answers: inventory.Signatures{Unsigned: 2}, data: true}},
		{"null session to IPC$", begin().logon2("", smbproto.SessionFlagNull, 0).tree(`\\fs01\ipc$`, 0).write(4, 100, 0),
			summary{dialect: "3.1.1", as: inventory.LogonAnonymous, stage: inventory.StageTreeConnect,
				requests: inventory.Signatures{Unsigned: 2}, answers: inventory.Signatures{Unsigned: 2}}},
		{"encrypted", begin().logon2("scanner", smbproto.SessionFlagEncrypt, signedFlag).say(0, transform, transform).say(1, transform),
			summary{dialect: "3.1.1", as: inventory.LogonAccount, user: "scanner", stage: inventory.StageLoggedOn, encrypted: 3}},
		{"interim answers do not count", begin().logon2("scanner", 0, signedFlag).tree(`\\fs01\scans`, signedFlag).say(0, plain2(header2(smbproto.SMB2CommandWrite, 5, signedFlag), 100)).
			say(1, plain2(pending, 8), plain2(header2(smbproto.SMB2CommandWrite, 5, response|signedFlag|smbproto.SMB2FlagAsync), 16)),
			summary{dialect: "3.1.1", algorithm: "AES-GMAC", as: inventory.LogonAccount, user: "scanner", stage: inventory.StageData,
				requests: inventory.Signatures{Signed: 2}, answers: inventory.Signatures{Signed: 2}, data: true}},
		{"a flag without a signature", begin().logon2("scanner", 0, 0).say(0, plain2(smbproto.SMB2Header{Command: smbproto.SMB2CommandWrite, Flags: signedFlag, SessionID: sessionID}, 10)),
			summary{dialect: "3.1.1", as: inventory.LogonAccount, user: "scanner", stage: inventory.StageLoggedOn, requests: inventory.Signatures{Unsigned: 1}}},
		{"refused for want of a signature", begin().logon2("scanner", 0, 0).
			say(0, smbproto.SMB2TreeConnectRequest{Header: header2(smbproto.SMB2CommandTreeConnect, 3, 0), Path: `\\fs01\scans`}).say(1, plain2(badSignature, 9)).close(0),
			summary{dialect: "3.1.1", as: inventory.LogonAccount, user: "scanner", stage: inventory.StageTreeConnect, end: inventory.EndServerRefused,
				requests: inventory.Signatures{Unsigned: 1}, answers: inventory.Signatures{Unsigned: 1}}},
		{"refused where signing is demanded", newDialogue(t).open().say(0, offer).say(1, demanding).logon2("scanner", 0, 0).
			say(0, smbproto.SMB2TreeConnectRequest{Header: header2(smbproto.SMB2CommandTreeConnect, 3, 0), Path: `\\fs01\scans`}).say(1, plain2(denied, 9)).close(0),
			summary{dialect: "3.1.1", as: inventory.LogonAccount, user: "scanner", stage: inventory.StageTreeConnect, end: inventory.EndServerRefused,
				requests: inventory.Signatures{Unsigned: 1}, answers: inventory.Signatures{Unsigned: 1}}},
		{"denied and closed by the server", begin().logon2("scanner", 0, 0).
			say(0, smbproto.SMB2TreeConnectRequest{Header: header2(smbproto.SMB2CommandTreeConnect, 3, 0), Path: `\\fs01\scans`}).say(1, plain2(denied, 9)).close(1),
			summary{dialect: "3.1.1", as: inventory.LogonAccount, user: "scanner", stage: inventory.StageTreeConnect, end: inventory.EndServerClosed,
				requests: inventory.Signatures{Unsigned: 1}, answers: inventory.Signatures{Unsigned: 1}}},
		{"closed by the server, idle", begin().logon2("scanner", 0, signedFlag).close(1),
			summary{dialect: "3.1.1", as: inventory.LogonAccount, user: "scanner", stage: inventory.StageLoggedOn}},
		{"gives up after NEGOTIATE", begin().close(0), summary{dialect: "3.1.1", as: inventory.LogonNone, stage: inventory.StageNegotiate, end: inventory.EndClientClosed}},
		{"no dialect in common", newDialogue(t).open().say(0, offer).say(1, none).close(1),
			summary{as: inventory.LogonNone, stage: inventory.StageNegotiate, end: inventory.EndServerClosed}},
		{"a chain", begin().logon2("scanner", 0, signedFlag).tree(`\\fs01\scans`, signedFlag).say(0, chain(0)).say(1, chain(response)),
			summary{dialect: "3.1.1", algorithm: "AES-GMAC", as: inventory.LogonAccount, user: "scanner", stage: inventory.StageData,
				requests: inventory.Signatures{Signed: 3}, answers: inventory.Signatures{Signed: 3}, data: true}},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			r := read(t, pcap(t, layers.LinkTypeEthernet, row.d.shots...))
			c := r.contact(t, clientEnd.Addr(), serverEnd.Addr())
			if got := summaryOf(c); got != row.want {
				t.Errorf("contact %+v, want %+v", got, row.want)
			}
			if failed := strings.Contains(row.name, "refused") || strings.Contains(row.name, "denied"); failed != (c.Failed == 1) {
				t.Errorf("%d answers failed", c.Failed)
			}
		})
	}
}

// chain is a CREATE and a WRITE in one frame.
func chain(flags uint32) smbproto.Bytes {
	first := plain2(header2(smbproto.SMB2CommandCreate, 4, flags|signedFlag), 64)
	le.PutUint32(first[20:], uint32(len(first)))
	second := header2(smbproto.SMB2CommandWrite, 5, flags|signedFlag|smbproto.SMB2FlagRelated)
	if flags == 0 {
		second.SessionID, second.TreeID = ^uint64(0), ^uint32(0)
	}
	return append(first, plain2(second, 40)...)
}

// TestFiles reads the same packets out of other forms of files.
func TestFiles(t *testing.T) {
	shots := scanToFolder(t, nil).shots
	little := pcap(t, layers.LinkTypeEthernet, shots...)
	nano := bytes.Clone(little)
	copy(nano, []byte{0x4d, 0x3c, 0xb2, 0xa1})
	table := []struct {
		name, kind string
		file       []byte
	}{
		{"pcap", "pcap", little},
		{"pcap with nanoseconds", "pcap", nano},
		{"pcap in the other byte order", "pcap", swapped(little)},
		{"pcapng", "pcapng", pcapng(t, shots, 1)},
		{"pcapng with two interfaces", "pcapng", pcapng(t, shots, 2)},
		{"pcapng in two sections", "pcapng", append(pcapng(t, shots[:9], 1), pcapng(t, shots[9:], 1)...)},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			r := read(t, row.file)
			if got := summaryOf(r.contact(t, clientEnd.Addr(), serverEnd.Addr())); got != whole {
				t.Errorf("contact %+v, want %+v", got, whole)
			}
			if r.Input.Kind != row.kind || r.Input.Error != "" || len(r.Input.Unread) > 0 || r.Input.Records != uint64(len(shots)) {
				t.Errorf("input %+v", r.Input)
			}
			if y := r.Input.First.Year(); y != 2026 {
				t.Errorf("in %d", y)
			}
			for n := range row.file { // cut off anywhere, it tells something or is no capture
				if n%1009 == 0 || n < 100 {
					cut, err := Read(t.Context(), bytes.NewReader(row.file[:n]), Options{})
					if err != nil && !errors.Is(err, ErrNotCapture) || err == nil && cut.Input.Records > r.Input.Records {
						t.Fatalf("cut to %d bytes: %v, %+v", n, err, cut.Input)
					}
				}
			}
		})
	}
}

// swapped turns the byte order of a pcap file's headers.
func swapped(b []byte) []byte {
	b = bytes.Clone(b)
	turn := func(at int, sizes ...int) int {
		for _, n := range sizes {
			slices.Reverse(b[at : at+n])
			at += n
		}
		return at
	}
	for at := turn(0, 4, 2, 2, 4, 4, 4, 4); at < len(b); {
		n := int(le.Uint32(b[at+8:]))
		at = turn(at, 4, 4, 4, 4) + n
	}
	return b
}

// pcapng writes packets, by turns to several interfaces of different resolution.
func pcapng(t *testing.T, shots []shot, interfaces int) []byte {
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriterInterface(&b, pcapgo.NgInterface{LinkType: layers.LinkTypeEthernet, TimestampResolution: 9}, pcapgo.DefaultNgWriterOptions)
	if err != nil {
		t.Fatal(err)
	}
	for range interfaces - 1 {
		if _, err := w.AddInterface(pcapgo.NgInterface{LinkType: layers.LinkTypeEthernet, TimestampResolution: 6}); err != nil {
			t.Fatal(err)
		}
	}
	for i, s := range shots {
		ci := gopacket.CaptureInfo{Timestamp: started, CaptureLength: len(s.data), Length: len(s.data), InterfaceIndex: i % interfaces}
		if err := w.WritePacket(ci, s.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestErrors tells what is no capture from what is damaged, and both from a reader
// that fails.
func TestErrors(t *testing.T) {
	file := pcap(t, layers.LinkTypeEthernet, scanToFolder(t, nil).shots...)
	for _, b := range []string{"", "a", "hello, this is a text", "\x0a\x0d\x0d\x0a", string(file[:20])} {
		if _, err := Read(t.Context(), strings.NewReader(b), Options{}); !errors.Is(err, ErrNotCapture) {
			t.Errorf("%q: %v", b, err)
		}
	}
	failure := errors.New("disk on fire")
	r, err := Read(t.Context(), io.MultiReader(bytes.NewReader(file[:5000]), iotest.ErrReader(failure)), Options{})
	if !errors.Is(err, failure) || r.Input.Records == 0 || r.Input.Error == "" {
		t.Errorf("failing reader: %v, %+v", err, r.Input)
	}
	if r := read(t, file[:5000]); r.Input.Error == "" || len(r.Hosts) != 2 {
		t.Errorf("cut off: %+v, %d hosts", r.Input, len(r.Hosts))
	}
	if r, err := Read(t.Context(), iotest.OneByteReader(bytes.NewReader(file)), Options{}); err != nil || len(r.Hosts) != 2 {
		t.Errorf("one byte at a time: %v, %d hosts", err, len(r.Hosts))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, bytes.NewReader(file), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
