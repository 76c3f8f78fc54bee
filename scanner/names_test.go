package scanner

import (
	"context"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/smbproto"
)

func TestNamesOfSMB2(t *testing.T) {
	got := probeOne(t, dual(0), Options{})
	want := inventory.Names{NetBIOS: "FS", DNS: "fs.plant.example", Domain: "plant.example", Workgroup: "PLANT", Forest: "plant.example",
		MAC: "00:15:5d:0a:2c:ff", Node: []inventory.NetBIOSName{{Name: "FS"}, {Name: "PLANT", Group: true}, {Name: "FS", Suffix: 0x20}}}
	if !reflect.DeepEqual(got.Names, want) {
		t.Errorf("names\n%+v\nwant\n%+v", got.Names, want)
	}
	if want := (inventory.OS{Build: "10.0.20348", Name: "Windows Server"}); got.OS != want {
		t.Errorf("OS %+v, want %+v", got.OS, want)
	}
	if n := got.NTLM; n == nil || n.Version != "10.0.20348" || n.Revision != 15 || n.TargetName != "PLANT" || !n.TargetInfo || n.Flags&smbproto.NTLMSign == 0 {
		t.Errorf("NTLM %+v", n)
	}
}

func TestFactsOfSMB2(t *testing.T) {
	got := probeOne(t, dual(0), Options{}).SMB2
	mode, caps := uint16(1), *got.Capabilities
	system, raw := got.SystemTime, got.Raw
	want := &inventory.SMB2{Port: 445, Dialects: []string{"3.1.1"}, Offered: true, FullOffer: true, Signing: inventory.SigningEnabled, SecurityMode: &mode,
		PreauthIntegrity: "SHA-512", SigningAlgorithm: "AES-GMAC", Cipher: "AES-128-GCM", Capabilities: &caps, MaxTransact: 8 << 20,
		MaxRead: 8 << 20, MaxWrite: 8 << 20, ServerGUID: "01020300000000000000000000000000", SystemTime: system, Mechanisms: []string{"NTLMSSP"}, Raw: raw}
	if !reflect.DeepEqual(got, want) || system.IsZero() {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if m, err := smbproto.ParseSMB2NegotiateResponse(raw); err != nil || m.Dialect != smbproto.Dialect311 {
		t.Errorf("the evidence is not the answer: %v", err)
	}
}

func TestFactsOfSMB1(t *testing.T) {
	got := probeOne(t, without2(0), Options{})
	mode, raw := uint16(7), got.SMB1.Raw
	want := &inventory.SMB1{Port: 445, Dialect: "NT LM 0.12", Signing: inventory.SigningEnabled, SecurityMode: &mode, WordCount: 17,
		ExtendedSecurity: true, Flags: 0x88, Flags2: got.SMB1.Flags2, MaxMpx: 50, MaxVcs: 1, MaxBuffer: 16644, MaxRaw: 65536,
		Capabilities: 0x8000f3fd, ServerGUID: "01020300000000000000000000000000", NativeOS: "Windows Server", NativeLANManager: "LAN Manager", Raw: raw}
	if !reflect.DeepEqual(got.SMB1, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got.SMB1, want)
	}
	if got.Names.DNS != "fs.plant.example" || got.OS.Name != "Windows Server" || got.NTLM == nil {
		t.Errorf("%+v, %+v", got.Names, got.OS)
	}
}

// TestNamesOfOldSMB1 has a device without NTLM, which tells its names in the
// NEGOTIATE itself.
func TestNamesOfOldSMB1(t *testing.T) {
	d := without2(0)
	d.NTLM, d.NodeStatus = nil, nil
	got := probeOne(t, d, Options{})
	if got.Names.NetBIOS != "FS" || got.Names.Workgroup != "PLANT" || got.SMB1.ExtendedSecurity || got.SMB1.NativeOS != "" {
		t.Errorf("%+v, %+v", got.Names, got.SMB1)
	}
	for _, k := range got.stats.Kinds() {
		if k == smbtest.KindSMB1SessionSetup {
			t.Error("a session setup without extended security is a logon")
		}
	}
}

func TestHostileNames(t *testing.T) {
	for _, f := range []smbtest.Fault{smbtest.FaultHostileNames, smbtest.FaultLongNames} {
		got := probeOne(t, dual(f), Options{})
		if got.Names.NetBIOS == "" || got.Names.DNS == "" || got.OS.Name == "" {
			t.Errorf("%s: nothing arrived: %+v", f, got.Names)
		}
		checkSane(t, &got.Host)
	}
}

func TestLimit(t *testing.T) {
	for _, unit := range []string{"a", "é", "€", "😀"} {
		for pad := range 4 {
			for n := maxName - 8; n < maxName+8; n++ {
				s := strings.Repeat("x", pad) + strings.Repeat(unit, n)
				got := limit(s)
				if len(got) > maxName || !utf8.ValidString(got) || !strings.HasPrefix(s, got) {
					t.Fatalf("limit(%q) = %q", s, got)
				}
				if len(s) > maxName && len(got) <= maxName-utf8.UTFMax || len(s) <= maxName && got != s {
					t.Fatalf("%d bytes of %d kept", len(got), len(s))
				}
			}
		}
	}
}

func TestNodeStatusFaults(t *testing.T) {
	zero, cut := dual(0), dual(0)
	zero.NodeStatus = &smbtest.NodeStatus{}
	cut.NodeStatus = &smbtest.NodeStatus{Cut: 60}
	if got := probeOne(t, zero, Options{}); got.Names.MAC != "" || len(got.Names.Node) != 3 {
		t.Errorf("%+v", got.Names)
	}
	if got := probeOne(t, cut, Options{}); got.Names.MAC != "" || got.Names.NetBIOS != "FS" {
		t.Errorf("%+v", got.Names)
	}
}

// TestNodeStatusStrays has datagrams that are no answer to the question come
// first.
func TestNodeStatusStrays(t *testing.T) {
	tests := []struct {
		name    string
		strays  int
		outcome inventory.Outcome
	}{
		{"none", 0, inventory.OutcomeAnswered},
		{"some", 3, inventory.OutcomeAnswered},
		{"endless", 100, inventory.OutcomeSilent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: {Ports: []uint16{}}})
				defer n.Close()
				h := runOne(t, Options{Dial: func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
					if network == "tcp" {
						return n.Dial(ctx, network, addr)
					}
					client, server := net.Pipe()
					go answerAfterStrays(server, tt.strays)
					return client, nil
				}})
				o := h.Observations[1]
				if o.Step != inventory.StepNodeStatus || o.Outcome != tt.outcome {
					t.Errorf("got %+v", o)
				}
			})
		})
	}
}

func answerAfterStrays(c net.Conn, strays int) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	buf := make([]byte, 512)
	k, err := c.Read(buf)
	if err != nil {
		return
	}
	q, err := smbproto.ParseNodeStatusRequest(buf[:k])
	if err != nil {
		return
	}
	m := smbproto.NodeStatusResponse{ID: q.ID + 1, Name: q.Name, Names: []smbproto.NodeName{smbtest.Unique("LIAR", 0x20)}}
	for range strays {
		if _, err := c.Write(m.Append(nil)); err != nil {
			return
		}
	}
	m.ID, m.Names = q.ID, []smbproto.NodeName{smbtest.Unique("FS", 0x20)}
	c.Write(m.Append(nil))
}

// TestLostSYN has the direct port answer the second time only.
func TestLostSYN(t *testing.T) {
	dark := dual(0)
	dark.Filtered = true
	tests := []struct {
		name  string
		after int // connections that find the host dark
		trail string
	}{
		{"first", 1, "smb2-negotiate filtered, " + named + ", " + answered2 + ", " + answered1},
		{"both", 2, "smb2-negotiate filtered, " + named + ", smb2-negotiate filtered, smb2-negotiate refused@139"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				good := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: dual(0)})
				bad := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: dark})
				defer good.Close()
				defer bad.Close()
				tcp := after(tt.after, bad.Dial, good.Dial)
				h := runOne(t, Options{Dial: func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
					if network == "udp" || addr.Port() == 139 {
						return good.Dial(ctx, network, addr)
					}
					return tcp(ctx, network, addr)
				}})
				if text := trail(h); text != tt.trail {
					t.Errorf("got\n%s\nwant\n%s", text, tt.trail)
				}
			})
		})
	}
}

// TestLostSYNOfSMB1 has the connection of the SMB1 question lost.
func TestLostSYNOfSMB1(t *testing.T) {
	dark := dual(0)
	dark.Filtered = true
	synctest.Test(t, func(t *testing.T) {
		good := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: dual(0)})
		bad := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: dark})
		defer good.Close()
		defer bad.Close()
		connects := 0
		h := runOne(t, Options{Dial: func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
			if network == "tcp" {
				connects++
			}
			if connects == 2 {
				return bad.Dial(ctx, network, addr)
			}
			return good.Dial(ctx, network, addr)
		}})
		want := answered2 + ", smb1-negotiate filtered, " + named + ", " + answered1
		if text := trail(h); text != want || facts1(h) != full1 {
			t.Errorf("got\n%s\nwant\n%s", text, want)
		}
	})
}

// TestInterimOnly has an answer announced that never comes: not silence, which
// would count as a refusal of SMB2.
func TestInterimOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := runOne(t, Options{Dial: func(_ context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				frames := smbproto.NewFrameReader(server, nil)
				if _, err := frames.Next(); err != nil {
					return
				}
				server.Write(smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.SMB2Error{Header: smbproto.SMB2Header{
					Status: smbproto.StatusPending, Flags: smbproto.SMB2FlagResponse | smbproto.SMB2FlagAsync}}))
				frames.Next()
			}()
			return client, nil
		}})
		if o := h.Observations[0]; o.Outcome != inventory.OutcomeTimeout || h.Detail != "timeout" {
			t.Errorf("%s: %+v", h.Detail, o)
		}
	})
}
