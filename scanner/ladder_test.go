package scanner

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/smbproto"
)

// TestCost holds what a probe costs an ordinary device against what the
// documentation promises.
func TestCost(t *testing.T) {
	only1, only2, dark := without2(0), without1(0), dual(0)
	dark.Filtered = true
	tests := []struct {
		name      string
		device    *smbtest.Device
		o         Options
		dials     int
		datagrams int
	}{
		{"both protocols", dual(0), Options{}, 2, 1},
		{"SMB2 only", only2, Options{}, 2, 1},
		{"SMB1 only", only1, Options{}, 3, 1},
		{"dark", dark, Options{}, 1, 1},
		{"negotiate, both", dual(0), Options{Depth: DepthNegotiate}, 1, 0},
		{"negotiate, SMB2 only", only2, Options{Depth: DepthNegotiate}, 1, 0},
		{"negotiate, SMB1 only", only1, Options{Depth: DepthNegotiate}, 3, 0},
		{"gentle, both", dual(0), Options{Gentle: true}, 1, 1},
		{"gentle, SMB1 only", only1, Options{Gentle: true}, 1, 1},
		{"gentle, reset", dual(smbtest.FaultCloseOnData), Options{Gentle: true}, 1, 1},
		{"gentle, silent", dual(smbtest.FaultSilent), Options{Gentle: true}, 1, 1},
		{"gentle, everything else asked for", dual(0), Options{Gentle: true, Depth: DepthFull, Dialects: true}, 1, 1},
		{"gentle, closed", &smbtest.Device{Ports: []uint16{139}, NodeStatus: &smbtest.NodeStatus{}}, Options{Gentle: true}, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := probeOne(t, tt.device, tt.o)
			if got.stats.Dials != tt.dials || got.stats.Datagrams != tt.datagrams {
				t.Errorf("%d connections and %d datagrams, want %d and %d: %s", got.stats.Dials, got.stats.Datagrams,
					tt.dials, tt.datagrams, trail(&got.Host))
			}
			checkGentle(t, got)
		})
	}
}

// TestGentleKinds checks that a gentle probe says nothing but NEGOTIATE.
func TestGentleKinds(t *testing.T) {
	got := probeOne(t, dual(0), Options{Gentle: true})
	kinds := got.stats.Kinds()
	slices.Sort(kinds)
	if want := []smbtest.Kind{smbtest.KindSMB2Negotiate, smbtest.KindNodeStatus}; !slices.Equal(kinds, want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
	if got.SMB2 == nil || got.SMB2.Signing != inventory.SigningEnabled || got.Names.NetBIOS != "FS" {
		t.Errorf("got %+v, %+v", got.SMB2, got.Names)
	}
}

// session139 returns a device on port 139 only.
func session139(n *smbtest.NetBIOS) *smbtest.Device {
	d := dual(0)
	d.Ports, d.NetBIOS = []uint16{139}, n
	return d
}

// sessionCase is a device that is asked on port 139, or for a good reason is not.
type sessionCase struct {
	name   string
	device *smbtest.Device
	gentle bool
	trail  string
	dials  []uint16
}

func sessionCases() []sessionCase {
	const (
		refused = "smb2-negotiate refused, node-status answered"
		asked   = ", smb2-negotiate answered@139, smb2-session-setup answered@139, smb1-negotiate answered@139, smb1-session-setup answered@139"
		denied  = ", netbios-session session-refused@139"
	)
	dark, full := dual(0), dual(0)
	dark.Filtered, full.Ports = true, []uint16{445, 139}
	nameless := session139(&smbtest.NetBIOS{Accept: smbtest.AcceptOwn})
	nameless.NodeStatus = nil
	retarget := session139(&smbtest.NetBIOS{Retarget: netip.MustParseAddrPort("10.9.9.9:139")})
	silent := session139(nil)
	silent.Fault, silent.FaultOn = smbtest.FaultSilent, smbtest.KindSessionRequest
	return []sessionCase{
		{"usual name", session139(nil), false, refused + asked, []uint16{445, 139, 139}},
		{"own name only", session139(&smbtest.NetBIOS{Accept: smbtest.AcceptOwn}), false, refused + denied + asked, []uint16{445, 139, 139, 139}},
		{"no name to fall back to", nameless, false, "smb2-negotiate refused, node-status silent" + denied, []uint16{445, 139}},
		{"no name accepted", session139(&smbtest.NetBIOS{Accept: smbtest.AcceptNothing}), false, refused + denied + denied, []uint16{445, 139, 139}},
		{"retarget is not followed", retarget, false, refused + denied + denied, []uint16{445, 139, 139}},
		{"silent to the session request", silent, false, refused + ", netbios-session silent@139", []uint16{445, 139}},
		{"gentle", session139(nil), true, refused, []uint16{445}},
		{"445 answers", full, false, healthy, []uint16{445, 445}},
		{"dark", dark, false, "smb2-negotiate filtered, node-status silent", []uint16{445}},
	}
}

func TestSessionPort(t *testing.T) {
	for _, tt := range sessionCases() {
		t.Run(tt.name, func(t *testing.T) {
			got := probeOne(t, tt.device, Options{Gentle: tt.gentle})
			if text, dials := trail(&got.Host), got.ports(); text != tt.trail || !slices.Equal(dials, tt.dials) {
				t.Errorf("got %v\n%s\nwant %v\n%s", dials, text, tt.dials, tt.trail)
			}
			checkSane(t, &got.Host)
			checkGentle(t, got)
		})
	}
}

// ports returns the ports that were dialled, in order.
func (f *found) ports() (list []uint16) {
	for _, d := range f.dials {
		list = append(list, d.port)
	}
	return list
}

// TestFullDepth checks that everything is asked, and that the direct port's
// answers count.
func TestFullDepth(t *testing.T) {
	d := dual(0)
	d.Ports = []uint16{445, 139}
	got := probeOne(t, d, Options{Depth: DepthFull})
	if want := []uint16{445, 445, 445, 445, 445, 445, 139, 139}; !slices.Equal(got.ports(), want) {
		t.Errorf("dials %v, want %v", got.ports(), want)
	}
	if got.SMB2.Port != 445 || got.SMB1.Port != 445 || !got.SMB2.DialectsComplete || len(got.SMB2.Dialects) != 5 {
		t.Errorf("%+v", got.SMB2)
	}
	checkGentle(t, got)
}

// TestSessionPortIPv6 checks that NetBIOS is not tried where it cannot be.
func TestSessionPortIPv6(t *testing.T) {
	addr := netip.MustParseAddr("fd00::5")
	d := session139(nil)
	synctest.Test(t, func(t *testing.T) {
		n := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{addr: d})
		defer n.Close()
		_, err := New(Options{Dial: n.Dial, Depth: DepthFull}).Run(t.Context(), targetsOf(t, addr.String()), func(h *inventory.Host) error {
			if text := trail(h); text != "smb2-negotiate refused" || h.State != inventory.StateClosed {
				t.Errorf("%s: %s", h.State, text)
			}
			return nil
		})
		if s := n.Stats()[addr]; err != nil || s.Dials != 1 || s.Datagrams != 0 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestRefusedSessionIsOpen(t *testing.T) {
	got := probeOne(t, session139(&smbtest.NetBIOS{Accept: smbtest.AcceptNothing}), Options{})
	if got.State != inventory.StateOpen || got.Detail != "session-refused" || got.Port != 139 {
		t.Errorf("got %s %s on %d", got.State, got.Detail, got.Port)
	}
}

// offeredTo returns the dialects of the SMB2 offers that reached a device.
func offeredTo(t *testing.T, s smbtest.Stats) [][]smbproto.Dialect {
	t.Helper()
	var list [][]smbproto.Dialect
	for _, r := range s.Requests {
		if r.Kind != smbtest.KindSMB2Negotiate {
			continue
		}
		m, err := smbproto.ParseSMB2NegotiateRequest(r.Message)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m.Dialects)
	}
	return list
}

func TestDialectLadder(t *testing.T) {
	all := smbproto.Dialects
	unoffering := unoffered(smbproto.Dialect300)
	tests := []struct {
		name     string
		device   *smbtest.Device
		offers   int
		want     string
		complete bool
	}{
		{"all", dialects2(all...), 5, "2.0.2 2.1 3.0 3.0.2 3.1.1", true},
		{"2.0.2 only", dialects2(smbproto.Dialect202), 1, "2.0.2", true},
		{"2.1 only", dialects2(smbproto.Dialect210), 2, "2.1", true},
		{"3.0 and later", dialects2(smbproto.Dialect300, smbproto.Dialect302, smbproto.Dialect311), 4, "3.0 3.0.2 3.1.1", true},
		{"3.1.1 only", dialects2(smbproto.Dialect311), 2, "3.1.1", true},
		{"old and new", dialects2(smbproto.Dialect202, smbproto.Dialect311), 2, "2.0.2 3.1.1", true},
		{"dies of offers without 2.0.2", fragile(), 5, "2.0.2 2.1 3.0 3.0.2 3.1.1", true},
		{"dislikes 3.1.1", dislikes(smbtest.RefuseClose), 5, "2.0.2 2.1 3.0 3.0.2", true},
		{"always 3.0", unoffering, 2, "3.0", true},
		{"wildcard", unoffered(smbproto.DialectWildcard), 1, "", false},
	}
	for _, tt := range tests {
		for _, depth := range []Depth{DepthIdentify, DepthNegotiate} {
			t.Run(tt.name+" "+depth.String(), func(t *testing.T) {
				got := probeOne(t, tt.device, Options{Dialects: true, Depth: depth})
				if text := strings.Join(got.SMB2.Dialects, " "); text != tt.want || got.SMB2.DialectsComplete != tt.complete {
					t.Errorf("got %q, complete %t: %s", text, got.SMB2.DialectsComplete, trail(&got.Host))
				}
				offers := offeredTo(t, got.stats)
				if len(offers) != tt.offers {
					t.Errorf("%d offers, want %d: %v", len(offers), tt.offers, offers)
				}
				for _, offer := range offers {
					if offer[0] != smbproto.Dialect202 {
						t.Errorf("an offer without 2.0.2: %v", offer)
					}
				}
				checkSane(t, &got.Host)
				checkGentle(t, got)
			})
		}
	}
}

func fragile() *smbtest.Device {
	d := dual(0)
	d.SMB2.OnWithout202 = smbtest.RefuseReset
	return d
}

// after returns a dial function that hands over to another device after n
// connections: a device that changes its mind.
func after(n int, one, two DialFunc) DialFunc {
	return func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
		if network == "tcp" {
			n--
		}
		if n < 0 {
			return two(ctx, network, addr)
		}
		return one(ctx, network, addr)
	}
}

// TestDialectLadderInterrupted checks that silence in the middle is not taken
// for a refusal.
func TestDialectLadderInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: dual(0)})
		dead := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: dual(smbtest.FaultSilent)})
		defer n.Close()
		defer dead.Close()
		h := runOne(t, Options{Dialects: true, Dial: after(3, n.Dial, dead.Dial)})
		if text := strings.Join(h.SMB2.Dialects, " "); text != "3.0.2 3.1.1" || h.SMB2.DialectsComplete {
			t.Errorf("got %q, complete %t", text, h.SMB2.DialectsComplete)
		}
	})
}

// runOne probes one address with the given options.
func runOne(t *testing.T, o Options) *inventory.Host {
	t.Helper()
	var host *inventory.Host
	sum, err := New(o).Run(t.Context(), targetsOf(t, hostAddr.String()), func(h *inventory.Host) error {
		host = h
		return nil
	})
	if err != nil || sum.Probed != 1 {
		t.Fatalf("%+v, %v", sum, err)
	}
	return host
}

// onlyMulti plays a server that answers SMB2 only after an SMB1 NEGOTIATE that
// offers it, as the first ones did.
func onlyMulti(revision smbproto.Dialect, follow bool) DialFunc {
	return serve(func(k smbtest.Kind, request []byte) smbproto.Appender {
		answer := smbproto.SMB2NegotiateResponse{SecurityMode: smbproto.SMB2SigningEnabled, Dialect: revision}
		switch m, _ := smbproto.ParseSMB1NegotiateRequest(request); {
		case slices.Contains(m.Dialects, smbproto.DialectSMB2Any):
			return answer
		case k == smbtest.KindSMB2Negotiate && follow && messageID(request) == 1:
			answer.Header.MessageID, answer.Dialect, answer.SecurityMode = 1, smbproto.Dialect302, 3
			return answer
		case k == smbtest.KindSMB1Negotiate:
			return smbproto.SMB1NegotiateResponse{Header: reply1, WordCount: 1, DialectIndex: smbproto.NoDialect}
		}
		return nil
	})
}

var reply1 = smbproto.SMB1Header{Flags: smbproto.SMB1FlagReply, Flags2: smbproto.Flags2NTStatus}

func messageID(b []byte) uint64 {
	h, _ := smbproto.ParseSMB2Header(b)
	return h.MessageID
}

// serve returns a DialFunc to a server that answers each message, or hangs up
// where the answer is nil.
func serve(answer func(smbtest.Kind, []byte) smbproto.Appender) DialFunc {
	return func(_ context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
		if network != "tcp" || addr.Port() != 445 {
			return nil, syscall.ECONNREFUSED
		}
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			frames := smbproto.NewFrameReader(server, nil)
			for {
				f, err := frames.Next()
				if err != nil {
					return
				}
				m := answer(kindOf(f.Payload), f.Payload)
				if m == nil {
					return
				}
				server.Write(smbproto.AppendFrame(nil, smbproto.FrameMessage, m))
			}
		}()
		return client, nil
	}
}

func kindOf(b []byte) smbtest.Kind {
	if smbproto.ProtocolOf(b) == smbproto.ProtocolSMB1 {
		if h, _ := smbproto.ParseSMB1Header(b); h.Command == smbproto.SMB1CommandSessionSetup {
			return smbtest.KindSMB1SessionSetup
		}
		return smbtest.KindSMB1Negotiate
	}
	if h, _ := smbproto.ParseSMB2Header(b); h.Command == smbproto.SMB2CommandSessionSetup {
		return smbtest.KindSMB2SessionSetup
	}
	return smbtest.KindSMB2Negotiate
}

func TestMultiProtocol(t *testing.T) {
	const asked = "smb2-negotiate closed-after-negotiate, smb2-negotiate-old closed-after-negotiate, smb1-negotiate no-dialect, multi-negotiate answered"
	tests := []struct {
		name     string
		revision smbproto.Dialect
		follow   bool
		want     string
		required bool
	}{
		{"2.0.2", smbproto.Dialect202, false, "2.0.2 enabled", false},
		{"wildcard", smbproto.DialectWildcard, true, "3.0.2 required", true},
		{"wildcard that leads nowhere", smbproto.DialectWildcard, false, " enabled", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := runOne(t, Options{Dial: onlyMulti(tt.revision, tt.follow), Dialects: true})
				if text := trail(h); text != asked || facts2(h) != tt.want || h.SMB1 != nil {
					t.Errorf("got %s\n%s", facts2(h), text)
				}
				if !h.SMB2.Offered || h.SMB2.DialectsComplete != (tt.revision == smbproto.Dialect202) || len(h.Quirks) != 1 {
					t.Errorf("got %+v, quirks %q", h.SMB2, h.Quirks)
				}
			})
		})
	}
}

// TestMultiProtocolKeepsSMB1 checks that a server which takes SMB1 only in
// company is found as what it is.
func TestMultiProtocolKeepsSMB1(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := runOne(t, Options{Dial: serve(func(k smbtest.Kind, request []byte) smbproto.Appender {
			m, _ := smbproto.ParseSMB1NegotiateRequest(request)
			if !slices.Contains(m.Dialects, smbproto.DialectSMB2Any) {
				return nil
			}
			return smbproto.SMB1NegotiateResponse{Header: reply1, WordCount: 17, DialectIndex: 8, SecurityMode: 3}
		})})
		if facts1(h) != "NT LM 0.12 disabled" || h.SMB2 != nil {
			t.Errorf("SMB1 %q, SMB2 %q", facts1(h), facts2(h))
		}
	})
}

func TestSMB1Forms(t *testing.T) {
	const (
		user, crypt = smbproto.SMB1UserSecurity, smbproto.SMB1EncryptPasswords
		sign, must  = smbproto.SMB1SignaturesEnabled, smbproto.SMB1SignaturesRequired
	)
	tests := []struct {
		name string
		m    smbproto.SMB1NegotiateResponse
		want string
		mode int // -1: none
	}{
		{"core", smbproto.SMB1NegotiateResponse{WordCount: 1, DialectIndex: 0}, "PC NETWORK PROGRAM 1.0 disabled", -1},
		{"LAN Manager 1.0", smbproto.SMB1NegotiateResponse{WordCount: 13, DialectIndex: 3, SecurityMode: 3}, "LANMAN1.0 disabled", 3},
		{"LAN Manager with signing bits", smbproto.SMB1NegotiateResponse{WordCount: 13, DialectIndex: 6, SecurityMode: user | crypt | sign | must}, "LANMAN2.1 disabled", 15},
		{"NT, no signing", smbproto.SMB1NegotiateResponse{WordCount: 17, DialectIndex: 8, SecurityMode: user | crypt}, "NT LM 0.12 disabled", 3},
		{"NT, enabled", smbproto.SMB1NegotiateResponse{WordCount: 17, DialectIndex: 8, SecurityMode: user | crypt | sign}, "NT LM 0.12 enabled", 7},
		{"NT, required", smbproto.SMB1NegotiateResponse{WordCount: 17, DialectIndex: 8, SecurityMode: user | crypt | sign | must}, "NT LM 0.12 required", 15},
		{"NT, required but not enabled", smbproto.SMB1NegotiateResponse{WordCount: 17, DialectIndex: 8, SecurityMode: user | crypt | must}, "NT LM 0.12 disabled", 11},
		{"NT, enabled with clear passwords", smbproto.SMB1NegotiateResponse{WordCount: 17, DialectIndex: 8, SecurityMode: user | sign}, "NT LM 0.12 disabled", 5},
		{"another NT dialect", smbproto.SMB1NegotiateResponse{WordCount: 17, DialectIndex: 7, SecurityMode: 7}, "NT LANMAN 1.0 enabled", 7},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.m.Header = reply1
			h := runOne(t, Options{HostDelay: -1, Dial: serve(func(k smbtest.Kind, _ []byte) smbproto.Appender {
				if k == smbtest.KindSMB1Negotiate {
					return tt.m
				}
				return nil
			})})
			mode := -1
			if h.SMB1 != nil && h.SMB1.SecurityMode != nil {
				mode = int(*h.SMB1.SecurityMode)
			}
			if facts1(h) != tt.want || mode != tt.mode || h.SMB1.WordCount != tt.m.WordCount || h.State != inventory.StateSMB {
				t.Errorf("got %q, mode %d, %+v", facts1(h), mode, h.SMB1)
			}
		})
	}
}

func TestSMB1Errors(t *testing.T) {
	dos := reply1
	dos.Flags2, dos.Status = 0, 0x00020002
	nt := reply1
	nt.Status = smbproto.StatusNotSupported
	tests := []struct {
		name, detail string
		m            smbproto.SMB1NegotiateResponse
	}{
		{"no words", "error-status STATUS_SUCCESS", smbproto.SMB1NegotiateResponse{Header: reply1}},
		{"DOS error", "error-status DOS error", smbproto.SMB1NegotiateResponse{Header: dos}},
		{"status", "error-status STATUS_NOT_SUPPORTED", smbproto.SMB1NegotiateResponse{Header: nt}},
		{"index beyond the offer", "malformed ", smbproto.SMB1NegotiateResponse{Header: reply1, WordCount: 17, DialectIndex: 9}},
		{"word count of no form", "malformed ", smbproto.SMB1NegotiateResponse{Header: reply1, WordCount: 12}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := runOne(t, Options{HostDelay: -1, Dial: serve(func(k smbtest.Kind, _ []byte) smbproto.Appender {
				if k == smbtest.KindSMB1Negotiate {
					return tt.m
				}
				return nil
			})})
			i := slices.IndexFunc(h.Observations, func(o inventory.Observation) bool { return o.Step == inventory.StepSMB1Negotiate })
			if o := h.Observations[i]; o.Outcome.String()+" "+o.Status != tt.detail || h.State != inventory.StateOpen {
				t.Errorf("got %s %s, %s", o.Outcome, o.Status, h.State)
			}
		})
	}
}
