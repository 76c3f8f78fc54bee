//go:build bench && linux

package lab

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"smbready/internal/pgtest"
	"smbready/inventory"
	"smbready/store"
)

const (
	storedHosts = 50_000
	storedLine  = 3500 // bytes, as a default scan leaves
	scanRate    = 2800 // hosts a second that a default scan does on two busy cores
)

// TestStoreBench measures what storing costs: the processor time of a host, its
// share of what a scan has for a host, and the reading.
func TestStoreBench(t *testing.T) {
	fmt.Printf("\nstoring %d hosts of %d bytes in shuffled order\n", storedHosts, storedLine)
	benchStore(t, "SQLite", filepath.Join(t.TempDir(), "x.db"))
	t.Run("PostgreSQL", func(t *testing.T) { benchStore(t, "PostgreSQL", pgtest.Start(t)) })
}

func processorTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// storedHost returns host i of a shuffled order.
func storedHost(i int) (*inventory.Host, []byte) {
	n := i * 7919 % storedHosts // a prime, so each comes once
	h := &inventory.Host{Address: netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), State: inventory.StateSMB, Time: time.Unix(1764000000, 0)}
	var b bytes.Buffer
	w := inventory.NewWriter(&b)
	for len(h.Observations) < 20 {
		h.Observations = append(h.Observations, inventory.Observation{Step: inventory.StepSMB2Negotiate, Port: 445, Millis: int64(i % 97)})
	}
	w.Write(inventory.Line{Host: h})
	h.Error = strings.Repeat(fmt.Sprintf("%x ", i*i), storedLine)[:max(0, storedLine-b.Len()-11)]
	b.Reset()
	w.Write(inventory.Line{Host: h})
	return h, b.Bytes()
}

func benchStore(t *testing.T, title, name string) {
	ctx := context.Background()
	s, err := store.Open(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	hosts, lines := make([]*inventory.Host, storedHosts), make([][]byte, storedHosts)
	for i := range hosts {
		hosts[i], lines[i] = storedHost(i)
	}
	r, err := s.Begin(ctx, &inventory.Run{Version: 1, ID: "bench", Started: time.Now()}, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	began, used := time.Now(), processorTime()
	var wg sync.WaitGroup
	const writers = 8
	for w := range writers {
		wg.Go(func() {
			for i := w; i < storedHosts; i += writers {
				if err := r.Done(uint64(i), inventory.Summary{Probed: 1, SMB: 1}, hosts[i], lines[i]); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := r.Close(&inventory.Summary{Probed: storedHosts}); err != nil {
		t.Fatal(err)
	}
	wall, used := time.Since(began), processorTime()-used
	each := used / storedHosts
	share := each.Seconds() * scanRate / float64(min(2, runtime.NumCPU()))
	fmt.Printf("  %-10s %8.0f hosts/s, %v of processor time a host here: %.1f %% of two cores at %d hosts/s\n", title, storedHosts/wall.Seconds(), each.Round(time.Microsecond), 100*share, scanRate)

	began = time.Now()
	if err := s.Export(ctx, "bench", io.Discard); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("  %-10s %8.0f hosts/s exported", title, storedHosts/time.Since(began).Seconds())
	began = time.Now()
	if err := s.Delete(ctx, "bench"); err != nil {
		t.Fatal(err)
	}
	fmt.Printf(", %.0f hosts/s deleted\n", storedHosts/time.Since(began).Seconds())
}
