package scanner

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
)

// refuseAll is a network without a host.
func refuseAll(context.Context, string, netip.AddrPort) (net.Conn, error) {
	return nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
}

// darkness is a network in which no answer comes.
func darkness(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	<-ctx.Done()
	return nil, &net.OpError{Op: "dial", Net: network, Err: ctx.Err()}
}

func ignore(*inventory.Host) error { return nil }

func TestRunSummary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := smbtest.Site()
		n := smbtest.NewPipeNetwork(site)
		defer n.Close()
		var mu sync.Mutex
		seen := map[netip.Addr]inventory.State{}
		s := New(Options{Dial: n.Dial, Seed: 7})
		sum, err := s.Run(t.Context(), targetsOf(t, "10.20.30.0/27"), func(h *inventory.Host) error {
			mu.Lock()
			defer mu.Unlock()
			if _, twice := seen[h.Address]; twice {
				t.Errorf("%s emitted twice", h.Address)
			}
			seen[h.Address] = h.State
			checkSane(t, h)
			return nil
		})
		if err != nil || sum.Interrupted || sum.Error != "" || sum.Finished.IsZero() {
			t.Errorf("%+v, %v", sum, err)
		}
		counted := inventory.Summary{}
		for _, state := range seen {
			counted.Count(state)
		}
		if len(seen) != 32 || sum.Probed != 32 || counted.SMB != sum.SMB || counted.Closed != sum.Closed || counted.Open != sum.Open || sum.SMB != 17 {
			t.Errorf("%d hosts, %+v, counted %+v", len(seen), sum, counted)
		}
		dials := 0
		for addr, st := range n.Stats() {
			dials += st.Dials
			if st.MaxConns > 1 || st.Datagrams > 1 {
				t.Errorf("%s: %+v", addr, st)
			}
		}
		if p := s.Progress(); p.Connections != uint64(dials) || p.Probed != 32 {
			t.Errorf("%d dials, %+v", dials, p)
		}
	})
}

// TestExcludedIsLeftAlone checks the promise that counts most: an excluded
// address is sent nothing at all.
func TestExcludedIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := smbtest.NewPipeNetwork(smbtest.Site())
		defer n.Close()
		exclude := parseList(t, "10.20.30.3", "10.20.30.8-11")
		targets, err := Resolve(t.Context(), Selection{Groups: []Group{{Targets: parseList(t, "10.20.30.0/27")}}, Exclude: exclude})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(Options{Dial: n.Dial}).Run(t.Context(), targets, ignore); err != nil {
			t.Fatal(err)
		}
		stats := n.Stats()
		for _, addr := range []string{"10.20.30.3", "10.20.30.8", "10.20.30.9", "10.20.30.10", "10.20.30.11"} {
			if s, touched := stats[netip.MustParseAddr(addr)]; touched {
				t.Errorf("%s was sent something: %+v", addr, s)
			}
		}
		if len(stats) != 27 {
			t.Errorf("%d addresses were asked, want 27", len(stats))
		}
	})
}

func parseList(t testing.TB, words ...string) List {
	t.Helper()
	list, err := NewList(words, nil)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// shortOf fails with err the first n times, and always if n is negative.
func shortOf(n int64, err error, dial DialFunc) DialFunc {
	left := &atomic.Int64{}
	left.Store(n)
	return func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
		if network == "tcp" && (n < 0 || left.Add(-1) >= 0) {
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("socket", err)}
		}
		return dial(ctx, network, addr)
	}
}

// TestShortageThatEnds checks that a lack of our own is waited out, at no cost
// for the host.
func TestShortageThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: dual(0)})
		defer n.Close()
		h := runOne(t, Options{Dial: shortOf(7, syscall.EMFILE, n.Dial), HostTimeout: time.Second})
		want := strings.TrimSuffix(healthy, ", "+named) // the datagram's socket was given back
		if text := trail(h); text != want {
			t.Errorf("got %s, want %s", text, want)
		}
	})
}

func TestShortageThatStays(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		target string
		ends   bool
	}{
		{"descriptors", syscall.EMFILE, "10.0.0.5", true},
		{"descriptors of the system", syscall.ENFILE, "10.0.0.5", true},
		{"buffers", syscall.ENOBUFS, "fd00::5", true},
		{"ports", syscall.EADDRNOTAVAIL, "10.0.0.5", runtime.GOOS != "windows"},
		{"no IPv6 of our own", syscall.EADDRNOTAVAIL, "fd00::5", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				sum, err := New(Options{Dial: shortOf(-1, tt.err, refuseAll)}).Run(t.Context(), targetsOf(t, tt.target), ignore)
				if !tt.ends {
					if err != nil || sum.Unreachable != 1 {
						t.Errorf("%+v, %v", sum, err)
					}
					return
				}
				if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), "--concurrency") || !strings.Contains(err.Error(), "open files") {
					t.Errorf("error %v", err)
				}
				if !sum.Interrupted || sum.Probed != 0 || sum.Error != err.Error() {
					t.Errorf("%+v", sum)
				}
				if took := time.Since(start); took < 10*time.Second || took > 20*time.Second {
					t.Errorf("gave up after %v", took)
				}
			})
		})
	}
}

// TestCancel cancels a run in the middle of silent and dark hosts.
func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{
			netip.MustParseAddr("10.0.0.1"): dual(smbtest.FaultSilent),
			netip.MustParseAddr("10.0.0.2"): dual(smbtest.FaultDrip),
			netip.MustParseAddr("10.0.0.3"): dual(0),
			netip.MustParseAddr("10.0.0.4"): {Filtered: true},
		})
		defer n.Close()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(1100*time.Millisecond, cancel)
		start := time.Now()
		var mu sync.Mutex
		var hosts []string
		sum, err := New(Options{Dial: n.Dial}).Run(ctx, targetsOf(t, "10.0.0.1-4"), func(h *inventory.Host) error {
			mu.Lock()
			defer mu.Unlock()
			hosts = append(hosts, h.Address.String())
			return nil
		})
		if took := time.Since(start); took > 1200*time.Millisecond {
			t.Errorf("took %v", took)
		}
		if err != nil || !sum.Interrupted || sum.Probed != 1 || sum.Error != "" || fmt.Sprint(hosts) != "[10.0.0.3]" {
			t.Errorf("%+v, %v, hosts %v", sum, err, hosts)
		}
	})
}

// TestCancelAtOnce checks that a run that is canceled before it begins sends
// nothing.
func TestCancelAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := New(Options{Dial: func(context.Context, string, netip.AddrPort) (net.Conn, error) {
		t.Error("dialled")
		return nil, net.ErrClosed
	}})
	sum, err := s.Run(ctx, targetsOf(t, "10.0.0.0/8"), ignore)
	if err != nil || !sum.Interrupted || sum.Probed != 0 {
		t.Errorf("%+v, %v", sum, err)
	}
}

// TestCancelWhenDone checks that a run which has asked everybody is whole.
func TestCancelWhenDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		sum, err := New(Options{Dial: refuseAll}).Run(ctx, targetsOf(t, "10.0.0.1"), func(*inventory.Host) error {
			cancel()
			return nil
		})
		if err != nil || sum.Interrupted || sum.Probed != 1 {
			t.Errorf("%+v, %v", sum, err)
		}
	})
}

// TestDeadline gives the run a deadline that comes before its turn in the rate.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		sum, err := New(Options{Dial: refuseAll, Rate: 1, Depth: DepthNegotiate, Gentle: true}).Run(ctx, targetsOf(t, "10.0.0.0/24"), ignore)
		if err != nil || !sum.Interrupted || sum.Error != "" || time.Since(start) != 10*time.Second || sum.Probed < 10 || sum.Probed > 11 {
			t.Errorf("%+v, %v after %v", sum, err, time.Since(start))
		}
	})
}

func TestEmitErrorEndsTheRun(t *testing.T) {
	for _, cause := range []error{errors.New("disk full"), context.DeadlineExceeded, fmt.Errorf("store: %w", context.Canceled)} {
		synctest.Test(t, func(t *testing.T) {
			var calls atomic.Int64
			o := Options{Dial: refuseAll, Concurrency: 4}
			sum, err := New(o).Run(t.Context(), targetsOf(t, "10.0.0.0/16"), func(*inventory.Host) error {
				calls.Add(1)
				return cause
			})
			if err != cause || sum.Error != cause.Error() || !sum.Interrupted {
				t.Errorf("%+v, %v", sum, err)
			}
			if n := calls.Load(); n < 1 || n > 8 {
				t.Errorf("%d hosts after the failure", n)
			}
		})
	}
}

// TestNoGoroutineLeft runs over TCP, where sockets and hooks are real.
func TestNoGoroutineLeft(t *testing.T) {
	site := map[netip.Addr]*smbtest.Device{}
	for i, f := range append(smbtest.Faults(), smbtest.FaultNone) {
		d := dual(f)
		d.Delay = time.Millisecond
		site[netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)})] = d
	}
	before := runtime.NumGoroutine()
	n, err := smbtest.NewNetwork(site)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Dial: n.Dial, HostDelay: -1, ReadTimeout: 100 * time.Millisecond, HostTimeout: time.Second, ConnectTimeout: 200 * time.Millisecond}
	for range 2 {
		if _, err := New(o).Run(t.Context(), targetsOf(t, "10.0.0.0/26"), ignore); err != nil {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := New(o).Run(ctx, targetsOf(t, "10.0.0.0/26"), ignore); err != nil {
		t.Error(err)
	}
	n.Close()
	waitForGoroutines(t, before)
}

// waitForGoroutines waits until no more than n goroutines are left.
func waitForGoroutines(t *testing.T, n int) {
	t.Helper()
	for range 100 {
		if runtime.NumGoroutine() <= n {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	stacks := make([]byte, 64<<10)
	t.Errorf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), n, stacks[:runtime.Stack(stacks, true)])
}

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		perSecond := map[int]int{}
		dial := func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
			if network == "tcp" {
				mu.Lock()
				perSecond[int(time.Since(start)/time.Second)]++
				mu.Unlock()
			}
			return refuseAll(ctx, network, addr)
		}
		_, err := New(Options{Dial: dial, Rate: 500, Depth: DepthNegotiate, Gentle: true}).Run(t.Context(), targetsOf(t, "10.0.0.0/20"), ignore)
		if took := time.Since(start); err != nil || took < 8*time.Second || took > 8300*time.Millisecond {
			t.Errorf("4096 connections at 500 a second took %v, %v", took, err)
		}
		for second, n := range perSecond {
			if n > 505 {
				t.Errorf("%d connections in second %d", n, second)
			}
		}
	})
}

// TestSlowRateCostsNoBudget checks that waiting for our own pace is not held
// against the host.
func TestSlowRateCostsNoBudget(t *testing.T) {
	for _, o := range []Options{{Rate: 0.02}, {HostDelay: time.Minute}} {
		got := probeOne(t, dual(0), o)
		if text := trail(&got.Host); text != strings.Replace(healthy, "node-status answered", "node-status silent", 1) && text != healthy {
			t.Errorf("%+v: %s", o, text)
		}
	}
}

func TestConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		dial := func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
			if network == "udp" {
				return refuseAll(ctx, network, addr)
			}
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			return darkness(ctx, network, addr)
		}
		start := time.Now()
		sum, err := New(Options{Dial: dial, Concurrency: 64, ConnectTimeout: 2 * time.Second}).Run(t.Context(), targetsOf(t, "10.0.0.0/24"), ignore)
		if err != nil || sum.Filtered != 256 || most.Load() != 64 {
			t.Errorf("%+v, %v, %d at a time", sum, err, most.Load())
		}
		estimate := Options{Concurrency: 64, ConnectTimeout: 2 * time.Second}.Estimate(256)
		if took := time.Since(start); took < estimate || took > estimate+100*time.Millisecond {
			t.Errorf("took %v, estimated %v", took, estimate)
		}
	})
}

// TestBudget checks that a budget that runs out is not told as the host's fault.
func TestBudget(t *testing.T) {
	late := dual(smbtest.FaultLate)
	got := probeOne(t, late, Options{HostTimeout: 9 * time.Second})
	want := answered2 + ", smb1-negotiate budget, " + named
	if text := trail(&got.Host); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	// The first connection has all of it: what fails there is the host's.
	dark := &smbtest.Device{Filtered: true}
	if got := probeOne(t, dark, Options{HostTimeout: time.Second}); got.State != inventory.StateFiltered || got.took > 1100*time.Millisecond {
		t.Errorf("%s %s after %v", got.State, got.Detail, got.took)
	}
	got = probeOne(t, dual(smbtest.FaultSilent), Options{HostTimeout: time.Second})
	if got.State != inventory.StateOpen || got.Detail != "silent" {
		t.Errorf("%s %s", got.State, got.Detail)
	}
}

func TestDialOutcome(t *testing.T) {
	tests := []struct {
		err  error
		want inventory.Outcome
	}{
		{syscall.ECONNREFUSED, inventory.OutcomeRefused},
		{syscall.EHOSTUNREACH, inventory.OutcomeProhibited},
		{syscall.EACCES, inventory.OutcomeProhibited},
		{syscall.ENETUNREACH, inventory.OutcomeUnreachable},
		{syscall.ECONNRESET, inventory.OutcomeResetOnConnect},
		{syscall.ETIMEDOUT, inventory.OutcomeFiltered},
		{context.DeadlineExceeded, inventory.OutcomeFiltered},
		{os.ErrDeadlineExceeded, inventory.OutcomeFiltered},
		{errors.New("something else"), inventory.OutcomeUnreachable},
	}
	if runtime.GOOS == "windows" {
		t.Skip("has other numbers")
	}
	for _, tt := range tests {
		err := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", tt.err)}
		if got := dialOutcome(err); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.err, got, tt.want)
		}
	}
}

func TestParseDepth(t *testing.T) {
	for _, d := range []Depth{DepthIdentify, DepthNegotiate, DepthFull} {
		if got, err := ParseDepth(d.String()); got != d || err != nil {
			t.Errorf("%s: %v, %v", d, got, err)
		}
	}
	if _, err := ParseDepth("deep"); err == nil || err.Error() != `unknown depth "deep": choose negotiate, identify or full` {
		t.Errorf("got %v", err)
	}
}

// TestBudgetOfConnect has a budget run out during a connect.
func TestBudgetOfConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: dual(smbtest.FaultLate)})
		dark := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: {Filtered: true}})
		defer late.Close()
		defer dark.Close()
		h := runOne(t, Options{Dial: after(1, late.Dial, dark.Dial), HostTimeout: 9 * time.Second})
		if text, want := trail(h), answered2+", smb1-negotiate budget, "+named; text != want {
			t.Errorf("got\n%s\nwant\n%s", text, want)
		}
	})
}

// TestCancelDuringNodeStatus cancels while the last answer of a host is waited
// for: its facts are not whole.
func TestCancelDuringNodeStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dual(0)
		d.NodeStatus = nil
		n := smbtest.NewPipeNetwork(map[netip.Addr]*smbtest.Device{hostAddr: d})
		defer n.Close()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		sum, err := New(Options{Dial: n.Dial, Gentle: true}).Run(ctx, targetsOf(t, hostAddr.String()), func(h *inventory.Host) error {
			t.Errorf("emitted: %s", trail(h))
			return nil
		})
		if err != nil || !sum.Interrupted || sum.Probed != 0 {
			t.Errorf("%+v, %v", sum, err)
		}
	})
}

// TestStandstill shows that a connect that took far longer than its timeout is
// tried again: this machine stood still, which says nothing about the host.
func TestStandstill(t *testing.T) {
	dials := 0
	o := Options{ConnectTimeout: 10 * time.Millisecond, Depth: DepthNegotiate, HostDelay: -1,
		Dial: func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
			if dials++; dials == 1 {
				time.Sleep(50 * time.Millisecond)
				return nil, context.DeadlineExceeded
			}
			return nil, syscall.ECONNREFUSED
		}}
	targets, err := Resolve(t.Context(), Selection{Groups: []Group{{Targets: List{{Text: "10.0.0.1"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := New(o).Run(t.Context(), targets, func(*inventory.Host) error { return nil })
	if err != nil || sum.Closed != 1 {
		t.Errorf("closed %d, error %v; want the refusal that followed the standstill", sum.Closed, err)
	}
}

// TestPanicCostsOneHost shows that a mistake of ours while probing one host
// leaves the others' results alone and is told.
func TestPanicCostsOneHost(t *testing.T) {
	o := Options{Depth: DepthNegotiate, Concurrency: 1, HostDelay: -1,
		Dial: func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
			if addr.Addr() == netip.MustParseAddr("10.0.0.2") {
				panic("boom")
			}
			return nil, syscall.ECONNREFUSED
		}}
	targets, err := Resolve(t.Context(), Selection{Groups: []Group{{Targets: List{{Text: "10.0.0.1-10.0.0.3"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	var faults []string
	sum, err := New(o).Run(t.Context(), targets, func(h *inventory.Host) error {
		if h.Error != "" {
			faults = append(faults, h.Address.String()+" "+h.State.String())
		}
		return nil
	})
	if err != nil || sum.Probed != 3 || sum.Closed != 2 || len(faults) != 1 || faults[0] != "10.0.0.2 unknown" {
		t.Errorf("probed %d, closed %d, faults %q, error %v", sum.Probed, sum.Closed, faults, err)
	}
}
