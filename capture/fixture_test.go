package capture

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"smbready/inventory"
	"smbready/smbproto"
)

// A fixture is a capture that a test makes: the packets are encoded by gopacket,
// so that they do not share the decoder's mistakes.

var (
	started   = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	clientEnd = netip.MustParseAddrPort("10.1.0.20:49152")
	serverEnd = netip.MustParseAddrPort("10.1.0.10:445")
	clientMAC = net.HardwareAddr{0x02, 0, 0, 0, 0, 0x20}
	serverMAC = net.HardwareAddr{0x02, 0, 0, 0, 0, 0x10}
)

// shot is one packet: as it goes into the file.
type shot struct {
	data []byte
	full int // on the wire, where that is more
}

// dialogue makes the packets of one connection.
type dialogue struct {
	t              testing.TB
	client, server netip.AddrPort
	seq            [2]uint32 // of the client, of the server
	segment        int       // the longest payload of a packet; 0: no limit
	wrap           func(ip []gopacket.SerializableLayer) []gopacket.SerializableLayer
	shots          []shot
}

func newDialogue(t testing.TB) *dialogue {
	return &dialogue{t: t, client: clientEnd, server: serverEnd, seq: [2]uint32{0xfffffff0, 5000}} // the first wraps around soon
}

// packet adds a packet of a side: 0 is the client.
func (d *dialogue) packet(side int, flags string, payload []byte) {
	from, to, fromMAC, toMAC := d.client, d.server, clientMAC, serverMAC
	if side == 1 {
		from, to, fromMAC, toMAC = to, from, toMAC, fromMAC
	}
	tcp := &layers.TCP{SrcPort: layers.TCPPort(from.Port()), DstPort: layers.TCPPort(to.Port()), Seq: d.seq[side], Ack: d.seq[1-side], Window: 64240}
	for _, f := range flags {
		switch f {
		case 'S':
			tcp.SYN = true
		case 'A':
			tcp.ACK = true
		case 'F':
			tcp.FIN = true
		case 'R':
			tcp.RST = true
		}
	}
	d.seq[side] += uint32(len(payload))
	if tcp.SYN || tcp.FIN {
		d.seq[side]++
	}
	var ip gopacket.SerializableLayer
	ether := &layers.Ethernet{SrcMAC: fromMAC, DstMAC: toMAC, EthernetType: layers.EthernetTypeIPv4}
	if from.Addr().Is4() {
		v4 := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice()}
		tcp.SetNetworkLayerForChecksum(v4)
		ip = v4
	} else {
		v6 := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolTCP, SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice()}
		tcp.SetNetworkLayerForChecksum(v6)
		ip, ether.EthernetType = v6, layers.EthernetTypeIPv6
	}
	stack := []gopacket.SerializableLayer{ether, ip, tcp, gopacket.Payload(payload)}
	if d.wrap != nil {
		stack = d.wrap(stack)
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, stack...); err != nil {
		d.t.Fatal(err)
	}
	d.shots = append(d.shots, shot{data: b.Bytes()})
}

// open is the handshake.
func (d *dialogue) open() *dialogue {
	d.packet(0, "S", nil)
	d.packet(1, "SA", nil)
	d.packet(0, "A", nil)
	return d
}

// close closes the connection, the given side first.
func (d *dialogue) close(side int) *dialogue {
	d.packet(side, "FA", nil)
	d.packet(1-side, "FA", nil)
	return d
}

// say adds messages of a side, framed, each in packets of its own.
func (d *dialogue) say(side int, messages ...smbproto.Appender) *dialogue {
	for _, m := range messages {
		d.raw(side, smbproto.AppendFrame(nil, smbproto.FrameMessage, m))
	}
	return d
}

// raw adds bytes of a side.
func (d *dialogue) raw(side int, b []byte) *dialogue {
	for len(b) > 0 {
		n := len(b)
		if d.segment > 0 {
			n = min(n, d.segment)
		}
		d.packet(side, "A", b[:n])
		b = b[n:]
	}
	return d
}

// pcap writes packets, a millisecond apart.
func pcap(t testing.TB, link layers.LinkType, shots ...shot) []byte {
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(65536, link); err != nil {
		t.Fatal(err)
	}
	for i, s := range shots {
		ci := gopacket.CaptureInfo{Timestamp: started.Add(time.Duration(i) * time.Millisecond), CaptureLength: len(s.data), Length: max(s.full, len(s.data))}
		if err := w.WritePacket(ci, s.data); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// read reads a file, and checks what is so of any.
func read(t testing.TB, b []byte) Result {
	t.Helper()
	r, err := Read(t.Context(), bytes.NewReader(b), Options{Name: "test.pcap"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// host returns the host of an address, or fails.
func (r Result) host(t testing.TB, a netip.Addr) *inventory.Host {
	t.Helper()
	for _, h := range r.Hosts {
		if h.Address == a {
			return h
		}
	}
	t.Fatalf("no host %v in %d; input %+v", a, len(r.Hosts), r.Input)
	return nil
}

// count returns how often something could not be read.
func (r Result) count(reason string) uint64 {
	for _, u := range r.Input.Unread {
		if u.Reason == reason {
			return u.Count
		}
	}
	return 0
}

// Messages of an ordinary session, as a current Windows client has it.

const sessionID = 0x0000_4000_0000_0019

var (
	offered = []smbproto.NegotiateContext{smbproto.PreauthIntegrity(make([]byte, 32)),
		smbproto.Encryption(smbproto.CipherAES128GCM, smbproto.CipherAES128CCM), smbproto.Signing(smbproto.SigningAESGMAC, smbproto.SigningAESCMAC)}
	selectedContexts = []smbproto.NegotiateContext{smbproto.PreauthIntegrity(make([]byte, 32)), smbproto.Signing(smbproto.SigningAESGMAC)}
	offer            = smbproto.SMB2NegotiateRequest{SecurityMode: smbproto.SMB2SigningEnabled, ClientGUID: smbproto.GUID{1, 2, 3}, Dialects: smbproto.Dialects, Contexts: offered}
	choice           = smbproto.SMB2NegotiateResponse{SecurityMode: smbproto.SMB2SigningEnabled, Dialect: smbproto.Dialect311, ServerGUID: smbproto.GUID{9},
		MaxRead: 1 << 20, MaxWrite: 1 << 20, MaxTransact: 1 << 20, Contexts: selectedContexts}
)

// header2 returns the header of a message of the session.
func header2(command uint16, id uint64, flags uint32) smbproto.SMB2Header {
	h := smbproto.SMB2Header{Command: command, MessageID: id, Flags: flags, SessionID: sessionID, TreeID: 7, Credits: 1}
	if flags&smbproto.SMB2FlagSigned != 0 {
		h.Signature = [16]byte{1, 2, 3}
	}
	return h
}

const (
	signedFlag = smbproto.SMB2FlagSigned
	response   = smbproto.SMB2FlagResponse
)

// plain2 is a message of any command, with n bytes behind its header.
func plain2(h smbproto.SMB2Header, n int) smbproto.Bytes {
	b := smbproto.SMB2Error{Header: h}.Append(nil)[:smb2Header]
	return append(b, make([]byte, n)...)
}

// logon2 is the two legs of an NTLM logon that ends with these flags.
func (d *dialogue) logon2(user string, flags uint16, headerFlags uint32) *dialogue {
	first := smbproto.NTLMNegotiate{Flags: smbproto.NTLMUnicode | smbproto.NTLMNTLM}
	challenge := smbproto.NTLMChallenge{Flags: smbproto.NTLMUnicode | smbproto.NTLMTargetInfo, TargetName: "FS01", NbComputerName: "FS01", DNSComputerName: "fs01.example.net",
		NbDomainName: "EXAMPLE", HasVersion: true, Version: smbproto.NTLMVersion{Major: 10, Build: 20348, Revision: 15}}
	challenge.Flags |= smbproto.NTLMVersionFlag
	last := smbproto.NTLMAuthenticate{Flags: smbproto.NTLMUnicode, User: user, Domain: "EXAMPLE", Workstation: "COPIER7"}
	h := header2(smbproto.SMB2CommandSessionSetup, 1, 0)
	h.SessionID = 0
	d.say(0, smbproto.SMB2SessionSetupRequest{Header: h, SecurityMode: 1, SecurityBuffer: first.Append(nil)})
	h = header2(smbproto.SMB2CommandSessionSetup, 1, response)
	h.Status = smbproto.StatusMoreProcessingRequired
	d.say(1, smbproto.SMB2SessionSetupResponse{Header: h, SecurityBuffer: challenge.Append(nil)})
	d.say(0, smbproto.SMB2SessionSetupRequest{Header: header2(smbproto.SMB2CommandSessionSetup, 2, 0), SecurityMode: 1,
		SecurityBuffer: last.Append(nil, make([]byte, 24), make([]byte, 64))})
	d.say(1, smbproto.SMB2SessionSetupResponse{Header: header2(smbproto.SMB2CommandSessionSetup, 2, response|headerFlags), SessionFlags: flags})
	return d
}

// tree connects to a share.
func (d *dialogue) tree(path string, flags uint32) *dialogue {
	d.say(0, smbproto.SMB2TreeConnectRequest{Header: header2(smbproto.SMB2CommandTreeConnect, 3, flags), Path: path})
	d.say(1, smbproto.SMB2TreeConnectResponse{Header: header2(smbproto.SMB2CommandTreeConnect, 3, response|flags), ShareType: smbproto.ShareDisk})
	return d
}

// write writes n bytes to a file, and is answered.
func (d *dialogue) write(id uint64, n int, flags uint32) *dialogue {
	d.say(0, plain2(header2(smbproto.SMB2CommandWrite, id, flags), n))
	d.say(1, plain2(header2(smbproto.SMB2CommandWrite, id, response|flags), 16))
	return d
}

// scanToFolder is the whole of an ordinary connection: a signed scan to a folder.
func scanToFolder(t testing.TB, edit func(*dialogue)) *dialogue {
	d := newDialogue(t)
	if edit != nil {
		edit(d)
	}
	d.open().say(0, offer).say(1, choice).logon2("scanner", 0, signedFlag).tree(`\\fs01\scans`, signedFlag)
	d.say(0, plain2(header2(smbproto.SMB2CommandCreate, 4, signedFlag), 60))
	d.say(1, plain2(header2(smbproto.SMB2CommandCreate, 4, response|signedFlag), 88))
	d.write(5, 100_000, signedFlag).write(6, 3000, signedFlag)
	return d.say(0, plain2(header2(smbproto.SMB2CommandLogoff, 7, signedFlag), 4)).say(1, plain2(header2(smbproto.SMB2CommandLogoff, 7, response|signedFlag), 4)).close(0)
}
