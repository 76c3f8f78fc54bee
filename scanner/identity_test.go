package scanner

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/scanner/identify"
)

// reverseName is a resolver that knows one name.
type reverseName string

func (n reverseName) LookupAddr(context.Context, string) ([]string, error) {
	return []string{string(n)}, nil
}

// TestIdentity asks the services of hosts that are alive, one connection at a
// time and at the pace of the scan, and leaves alone those that are dark.
func TestIdentity(t *testing.T) {
	all := &identify.Options{ReverseDNS: true, Ports: true, Resolver: reverseName("copier.example.")}
	closed := &smbtest.Device{Ports: []uint16{9100}}
	dark := dual(0)
	dark.Filtered = true
	tests := []struct {
		name   string
		device *smbtest.Device
		o      Options
		names  string
		open   []uint16
	}{
		{"a server", dual(0), Options{Identify: all}, "copier.example", nil},
		{"no server, and a printer's port", closed, Options{Identify: all}, "copier.example", []uint16{9100}},
		{"dark", dark, Options{Identify: all}, "", nil},
		{"gentle", dual(0), Options{Identify: all, Gentle: true}, "", nil},
		{"not asked for", dual(0), Options{}, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := probeOne(t, tt.device, tt.o)
			clues := got.Clues
			if clues == nil {
				clues = &inventory.Clues{}
			}
			if names := strings.Join(clues.Reverse, " "); names != tt.names || !slices.Equal(clues.Open, tt.open) {
				t.Errorf("names %q, open %v, want %q, %v: %s", names, clues.Open, tt.names, tt.open, trail(&got.Host))
			}
			checkGentle(t, got)
			for i := 1; i < len(got.dials); i++ {
				if gap := got.dials[i].at - got.dials[i-1].at; gap < defaultHostDelay {
					t.Errorf("connections to %d and %d within %s", got.dials[i-1].port, got.dials[i].port, gap)
				}
			}
			for _, r := range got.stats.Requests {
				if r.Port == 9100 {
					t.Errorf("%x reached a port that prints", r.Message)
				}
			}
		})
	}
}

// TestIdentityEnds shows that a service that never answers costs its own time,
// and that the end of the run is not waited for.
func TestIdentityEnds(t *testing.T) {
	d := dual(0)
	n := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: d})
	defer n.Close()
	ctx, cancel := context.WithCancel(t.Context())
	o := Options{Identify: &identify.Options{MDNS: true}, HostDelay: -1}
	o.Dial = func(dialCtx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
		if addr.Port() == 5353 {
			time.AfterFunc(10*time.Millisecond, cancel)
			c, _ := net.Pipe()
			return c, nil
		}
		return n.Dial(dialCtx, network, addr)
	}
	started := time.Now()
	sum, err := New(o).Run(ctx, targetsOf(t, hostAddr.String()), func(*inventory.Host) error { return nil })
	if err != nil || !sum.Interrupted || time.Since(started) > 2*time.Second {
		t.Errorf("%+v, %v after %s", sum, err, time.Since(started))
	}
}
