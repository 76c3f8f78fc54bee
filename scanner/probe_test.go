package scanner

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/smbproto"
)

var hostAddr = netip.MustParseAddr("10.0.0.5")

// found is what a test learns from probing one device.
type found struct {
	inventory.Host
	stats smbtest.Stats
	took  time.Duration
	dials []dialled
}

// dialled is one TCP connect.
type dialled struct {
	port uint16
	at   time.Duration // since the start
}

// probeOne probes a device over pipes, in a bubble where waiting costs nothing.
func probeOne(t *testing.T, d *smbtest.Device, o Options) (f found) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: d})
		defer n.Close()
		f = probeIn(t, n, o)
	})
	return f
}

// probeTCP probes a device over loopback, where a reset is one.
func probeTCP(t *testing.T, d *smbtest.Device, o Options) found {
	t.Helper()
	n, err := smbtest.NewNetwork(map[netip.Addr]*smbtest.Device{hostAddr: d})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	o.HostDelay = -1
	return probeIn(t, n, o)
}

func probeIn(t *testing.T, n *smbtest.Network, o Options) (f found) {
	t.Helper()
	start := time.Now()
	o.Dial = recordDials(n.Dial, start, &f.dials)
	sum, err := New(o).Run(t.Context(), targetsOf(t, hostAddr.String()), func(h *inventory.Host) error {
		f.Host = *h
		return nil
	})
	if err != nil || sum.Probed != 1 || sum.Interrupted {
		t.Fatalf("%+v, %v", sum, err)
	}
	f.took = time.Since(start)
	f.stats = n.Stats()[hostAddr]
	return f
}

// targetsOf resolves a list that needs no name server.
func targetsOf(t testing.TB, words ...string) *Targets {
	t.Helper()
	list, err := NewList(words, nil)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := Resolve(t.Context(), Selection{Groups: []Group{{Targets: list}}})
	if err != nil {
		t.Fatal(err)
	}
	return targets
}

// trail returns a host's observations as "step outcome" joined by commas; "@"
// and a port where it is not the direct one.
func trail(h *inventory.Host) string {
	var list []string
	for _, o := range h.Observations {
		text := fmt.Sprintf("%s %s", o.Step, o.Outcome)
		if o.Port == 139 {
			text += "@139"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// facts1 and facts2 return a protocol's facts in short.
func facts1(h *inventory.Host) string {
	if h.SMB1 == nil {
		return ""
	}
	return fmt.Sprintf("%s %s", h.SMB1.Dialect, h.SMB1.Signing)
}

func facts2(h *inventory.Host) string {
	if h.SMB2 == nil {
		return ""
	}
	return fmt.Sprintf("%s %s", strings.Join(h.SMB2.Dialects, "+"), h.SMB2.Signing)
}

// dual returns a healthy server of both protocols, with a fault.
func dual(f smbtest.Fault) *smbtest.Device {
	return &smbtest.Device{
		Name: "FS", Workgroup: "PLANT", DNSName: "fs.plant.example", DNSDomain: "plant.example",
		NTLM: &smbtest.NTLM{Version: smbproto.NTLMVersion{Major: 10, Build: 20348, Revision: 15}, Tree: "plant.example"},
		SMB2: &smbtest.SMB2{SecurityMode: smbproto.SMB2SigningEnabled, GUID: smbproto.GUID{1, 2, 3},
			Ciphers: []uint16{smbproto.CipherAES128GCM}, Signing: []uint16{smbproto.SigningAESGMAC}},
		SMB1: &smbtest.SMB1{SecurityMode: smbproto.SMB1UserSecurity | smbproto.SMB1EncryptPasswords | smbproto.SMB1SignaturesEnabled,
			MaxMpx: 50, MaxVcs: 1, MaxBuffer: 16644, MaxRaw: 65536, Capabilities: 0xf3fd, Flags: smbproto.SMB1FlagCaseInsensitive,
			Flags2: smbproto.Flags2LongNames | smbproto.Flags2NTStatus | smbproto.Flags2Unicode | smbproto.Flags2ExtendedSecurity,
			GUID:   smbproto.GUID{1, 2, 3}, NativeOS: "Windows Server", NativeLANManager: "LAN Manager"},
		NodeStatus: &smbtest.NodeStatus{MAC: [6]byte{0, 0x15, 0x5d, 0x0a, 0x2c, 0xff}},
		Fault:      f,
	}
}

// recordDials notes the TCP connects that pass through a DialFunc. It is for
// one host, which is dialled by one goroutine.
func recordDials(dial DialFunc, start time.Time, list *[]dialled) DialFunc {
	return func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
		if network == "tcp" {
			*list = append(*list, dialled{addr.Port(), time.Since(start)})
		}
		return dial(ctx, network, addr)
	}
}

// texts returns the texts that a host has chosen.
func texts(h *inventory.Host) []string {
	n := h.Names
	list := []string{n.NetBIOS, n.DNS, n.Domain, n.Workgroup, n.Forest, n.MAC, h.OS.Build, h.OS.Name}
	list = append(list, h.Quirks...)
	for _, row := range n.Node {
		list = append(list, row.Name)
	}
	for _, o := range h.Observations {
		list = append(list, o.Detail, o.Status)
	}
	if h.SMB1 != nil {
		list = append(list, h.SMB1.Dialect, h.SMB1.NativeOS, h.SMB1.NativeLANManager)
	}
	if h.SMB2 != nil {
		list = append(append(list, h.SMB2.Dialects...), h.SMB2.Mechanisms...)
	}
	if h.NTLM != nil {
		list = append(list, h.NTLM.TargetName, h.NTLM.Version)
	}
	return list
}
