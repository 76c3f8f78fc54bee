package capture

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"smbready/inventory"
	"smbready/smbproto"
)

// header1 returns the header of an SMB1 message: of a server with reply.
func header1(command uint8, mid uint16, flags2 uint16, reply bool) smbproto.SMB1Header {
	h := smbproto.SMB1Header{Command: command, Flags2: flags2 | smbproto.Flags2NTStatus, PID: 7, MID: mid, UID: 2048, TID: 1}
	if reply {
		h.Flags = smbproto.SMB1FlagReply
	}
	return h
}

// plain1 is a message of any command without words, with a signature or what stands
// there instead.
func plain1(h smbproto.SMB1Header, signature string) smbproto.Bytes {
	copy(h.Signature[:], signature)
	b := smbproto.SMB1Message{Header: h, Blocks: []smbproto.SMB1Block{{Command: h.Command, Words: make([]byte, 24)}}}.Append(nil)
	return b
}

// TestSMB1 reads a copier that speaks nothing newer.
func TestSMB1(t *testing.T) {
	const signs = smbproto.Flags2SecuritySignature
	dialects := []string{smbproto.DialectLANMAN21, smbproto.DialectNTLM012}
	table := []struct {
		name     string
		mode     smbproto.SMB1SecurityMode
		flags2   uint16 // of the client from SESSION_SETUP on
		marks    string // its signatures
		share    string
		service  string
		action   uint16
		want     summary
		demanded inventory.Signing
	}{
		{"signed", 0x0f, signs, "signature", `\\FS01\SCANS`, "A:", 0, summary{algorithm: "MD5", as: inventory.LogonAccount, data: true,
			requests: inventory.Signatures{Signed: 2}, answers: inventory.Signatures{Signed: 2}}, inventory.SigningRequired},
		{"not signed, although required", 0x0f, 0, "", `\\FS01\SCANS`, "A:", 0, summary{as: inventory.LogonAccount, data: true,
			requests: inventory.Signatures{Unsigned: 2}, answers: inventory.Signatures{Unsigned: 2}}, inventory.SigningRequired},
		{"a placeholder is no signature", 0x07, signs, "BSRSPYL ", `\\FS01\SCANS`, "A:", 0, summary{as: inventory.LogonAccount, data: true,
			requests: inventory.Signatures{Unsigned: 2}, answers: inventory.Signatures{Unsigned: 2}}, inventory.SigningEnabled},
		{"guest in IPC$", 0x03, 0, "", `\\FS01\IPC$`, "?????", smbproto.ActionGuest, summary{as: inventory.LogonGuest, stage: inventory.StageTreeConnect,
			requests: inventory.Signatures{Unsigned: 2}, answers: inventory.Signatures{Unsigned: 2}}, inventory.SigningDisabled},
		{"password in clear text", 0x01, 0, "", `\\FS01\SCANS`, "A:", 0, summary{as: inventory.LogonAccount, data: true,
			requests: inventory.Signatures{Unsigned: 2}, answers: inventory.Signatures{Unsigned: 2}}, inventory.SigningDisabled},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			row.want.dialect, row.want.user = smbproto.DialectNTLM012, "scanner"
			if row.want.stage == inventory.StageUnknown {
				row.want.stage = inventory.StageData
			}
			setup := smbproto.SMB1Logon{SMB1SessionSetupRequest: smbproto.SMB1SessionSetupRequest{Header: header1(0x73, 2, row.flags2, false), Account: "scanner",
				NativeOS: "VxWorks", NativeLANManager: "NQ 4.32"}, OEMResponse: make([]byte, 24), UnicodeResponse: make([]byte, 24)}
			setup.Header.UID = 0
			tree := smbproto.SMB1TreeConnectRequest{Header: header1(0x75, 3, row.flags2, false), Path: row.share, Service: row.service}
			copy(tree.Header.Signature[:], row.marks)
			connected := smbproto.SMB1TreeConnectResponse{Header: header1(0x75, 3, row.flags2, true), Service: "A:"}
			copy(connected.Header.Signature[:], row.marks)
			d := newDialogue(t).open().say(0, smbproto.SMB1NegotiateRequest{Header: header1(0x72, 1, 0, false), Dialects: dialects})
			d.say(1, smbproto.SMB1NegotiateResponse{Header: header1(0x72, 1, 0, true), WordCount: 17, DialectIndex: 1, SecurityMode: row.mode, ChallengeLength: 8, Challenge: make([]byte, 8), Domain: "EXAMPLE", Server: "FS01"})
			d.say(0, setup).say(1, smbproto.SMB1SessionSetupResponse{Header: header1(0x73, 2, row.flags2, true), WordCount: 3, Action: row.action, NativeOS: "Windows 5.1"})
			d.say(0, tree).say(1, connected)
			d.say(0, plain1(header1(smbproto.SMB1CommandWriteAndX, 4, row.flags2, false), row.marks)).say(1, plain1(header1(smbproto.SMB1CommandWriteAndX, 4, row.flags2, true), row.marks))
			r := read(t, pcap(t, layers.LinkTypeEthernet, d.shots...))
			c := r.contact(t, clientEnd.Addr(), serverEnd.Addr())
			if got := summaryOf(c); got != row.want {
				t.Errorf("contact %+v, want %+v", got, row.want)
			}
			if c.Demanded != row.demanded || !slices.Equal(c.Offer.SMB1Dialects, dialects) || c.Offer.NativeLANManager != "NQ 4.32" || *c.Offer.SetupFlags2&signs != row.flags2 {
				t.Errorf("demanded %v, offer %+v", c.Demanded, c.Offer)
			}
			if clear := row.mode&smbproto.SMB1EncryptPasswords == 0; clear != (c.Logon.Mechanism == "plaintext") {
				t.Errorf("mechanism %q", c.Logon.Mechanism)
			}
			h := r.host(t, serverEnd.Addr())
			if h.SMB1.Dialect != smbproto.DialectNTLM012 || h.SMB1.Signing != row.demanded || h.SMB1.NativeOS != "Windows 5.1" || h.Names.NetBIOS != "FS01" || h.Names.Workgroup != "EXAMPLE" {
				t.Errorf("SMB1 %+v, names %+v", h.SMB1, h.Names)
			}
		})
	}
}

// TestNames reads what hosts say of their own names.
func TestNames(t *testing.T) {
	datagram := func(from string, payload []byte) shot {
		ip := &layers.IPv4{Version: 4, TTL: 128, Protocol: layers.IPProtocolUDP, SrcIP: netip.MustParseAddr(from).AsSlice(), DstIP: []byte{10, 1, 0, 255}}
		udp := &layers.UDP{SrcPort: 137, DstPort: 137}
		udp.SetNetworkLayerForChecksum(ip)
		b := gopacket.NewSerializeBuffer()
		err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
			&layers.Ethernet{SrcMAC: clientMAC, DstMAC: serverMAC, EthernetType: layers.EthernetTypeIPv4}, ip, udp, gopacket.Payload(payload))
		if err != nil {
			t.Fatal(err)
		}
		return shot{data: b.Bytes()}
	}
	// A registration, [RFC 1002] 4.2.2: the question, and an address for it.
	registration := func(name string, flags uint16, address ...byte) []byte {
		b := smbproto.NodeStatusRequest{ID: 7, Name: smbproto.NetBIOSName{Name: name}}.Append(nil)
		b[2], b[3], b[11] = 0x29, 0x10, 1
		be.PutUint16(b[len(b)-4:], nbnsTypeNB)
		b = append(b, 0xc0, 12, 0, 0x20, 0, 1, 0, 4, 0x93, 0xe0, 0, 6)
		return append(be.AppendUint16(b, flags), address...)
	}
	status := smbproto.NodeStatusResponse{Name: smbproto.NetBIOSName{Name: "*"}, UnitID: [6]byte{0, 0x80, 0x77, 1, 2, 3},
		Names: []smbproto.NodeName{{NetBIOSName: smbproto.NetBIOSName{Name: "BRN0080770102"}, Flags: 0x0400}}}
	file := pcap(t, layers.LinkTypeEthernet,
		datagram("10.1.0.20", registration("COPIER7", 0, 10, 1, 0, 20)),
		datagram("10.1.0.20", registration("SCANNERS", 0x8000, 10, 1, 0, 20)),
		datagram("10.1.0.21", registration("LIAR", 0, 10, 1, 0, 99)),
		datagram("10.1.0.22", status.Append(nil)))
	r, err := Read(t.Context(), bytes.NewReader(file), Options{Names: true})
	if err != nil || len(r.Hosts) != 2 || r.Input.Used != 3 {
		t.Fatalf("%v, %d hosts, %+v", err, len(r.Hosts), r.Input)
	}
	if n := r.host(t, netip.MustParseAddr("10.1.0.20")).Names; n.NetBIOS != "COPIER7" || n.Workgroup != "SCANNERS" || n.Node != nil {
		t.Errorf("registered %+v", n)
	}
	if n := r.host(t, netip.MustParseAddr("10.1.0.22")).Names; n.NetBIOS != "BRN0080770102" || n.MAC != "00:80:77:01:02:03" || len(n.Node) != 1 {
		t.Errorf("node status %+v", n)
	}
	if r := read(t, file); len(r.Hosts) != 0 {
		t.Errorf("%d hosts of which only names are known", len(r.Hosts))
	}
}
