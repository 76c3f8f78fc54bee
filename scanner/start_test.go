package scanner

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
)

// TestFinishedAsItGoes: with a low rate hosts are finished in the order in which they
// are begun, so that most of what was asked is stored whenever the scan ends; and the
// whole takes no longer for it.
func TestFinishedAsItGoes(t *testing.T) {
	const rate, after = 20, 6 * time.Second
	dark := func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
		if network == "udp" {
			return refuseAll(ctx, network, addr)
		}
		return darkness(ctx, network, addr)
	}
	healthy, silent := map[netip.Addr]*smbtest.Device{}, map[netip.Addr]*smbtest.Device{}
	for i := range 256 {
		at := netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
		healthy[at], silent[at] = dual(0), dual(smbtest.FaultSilent)
	}
	for _, tt := range []struct {
		name     string
		dialects bool
		dial     DialFunc
		hosts    map[netip.Addr]*smbtest.Device
		finished float64       // hosts that can be finished after a while, of those that were begun
		longer   time.Duration // than all connections take at that rate
	}{
		{"refused", false, refuseAll, nil, 0.8, time.Second},
		{"healthy", false, nil, healthy, 0.8, time.Second},
		{"every dialect", true, nil, healthy, 0.5, 2 * time.Second},
		{"dark", false, dark, nil, 0.2, 6 * time.Second},
		{"silent", false, nil, silent, 0, 20 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			if tt.hosts != nil {
				n := smbtest.NewPipeNetwork(tt.hosts)
				defer n.Close()
				tt.dial = n.Dial
			}
			start := time.Now()
			var mu sync.Mutex
			begun, done := map[netip.Addr]bool{}, 0
			dial := func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
				if mu.Lock(); network == "tcp" && time.Since(start) < after {
					begun[addr.Addr()] = true
				}
				mu.Unlock()
				return tt.dial(ctx, network, addr)
			}
			sum, err := New(Options{Dial: dial, Rate: rate, Dialects: tt.dialects, ReadTimeout: 5 * time.Second, Seed: 3}).Run(t.Context(), targetsOf(t, "10.0.0.0/24"), func(*inventory.Host) error {
				if mu.Lock(); time.Since(start) < after {
					done++
				}
				mu.Unlock()
				return nil
			})
			took := time.Since(start)
			text := fmt.Sprintf("%s: %d of %d done after %v; %d connections took %v", tt.name, done, len(begun), after, sum.Connections, took)
			t.Log(text)
			if err != nil || float64(done) < tt.finished*float64(len(begun)) || took > time.Duration(sum.Connections)*time.Second/rate+tt.longer {
				t.Error(text, err)
			}
		})
	}
}
