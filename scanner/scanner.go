package scanner

import (
	"context"
	"crypto/rand"
	"errors"
	"math"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"smbready/inventory"
	"smbready/smbproto"
)

// Scanner probes targets. It is made for one run.
type Scanner struct {
	opts       Options
	dial       DialFunc
	limiter    *rate.Limiter
	starts     chan struct{} // has one for each host that is about to begin; nil without a rate
	offers     offers
	broadcasts map[netip.Addr]bool // of our own networks: never sent a datagram
	datagrams  datagrams

	connections atomic.Uint64
	mu          sync.Mutex // guards summary
	summary     inventory.Summary
}

// New returns a Scanner with the given options.
func New(o Options) *Scanner {
	s := &Scanner{opts: o.withDefaults(), dial: o.Dial, limiter: rate.NewLimiter(rate.Inf, 1), summary: o.Counted}
	if s.dial == nil {
		s.dial = s.dialSystem
		s.broadcasts = ownBroadcasts()
	}
	if o.Rate > 0 {
		burst := max(1, int(min(o.Rate/100, math.MaxInt32)))
		s.limiter = rate.NewLimiter(rate.Limit(o.Rate), burst)
		s.starts = make(chan struct{}, min(burst, s.opts.Concurrency))
	}
	var guid smbproto.GUID
	rand.Read(guid[:]) // never fails, see its documentation
	s.offers = newOffers(guid)
	return s
}

// EmitFunc takes a host that was probed. It is called from many goroutines at
// once; an error from it ends the run.
type EmitFunc func(*inventory.Host) error

// Run probes every target once, but for those that Options.Done names, and hands
// each result to emit, the dark and the closed ones too. It returns when all is
// done, when ctx is canceled (the summary then says interrupted), or with an
// error when this machine cannot go on: out of file descriptors, or emit failed.
// The summary tells in any case what was done, Options.Counted included.
func (s *Scanner) Run(ctx context.Context, targets *Targets, emit EmitFunc) (inventory.Summary, error) {
	done := normal(s.opts.Done, targets.Len())
	left := targets.Len() - covered(done)
	g, gctx := errgroup.WithContext(ctx)
	work := make(chan task)
	for range min(s.opts.workers(), left) {
		g.Go(func() error { return s.work(gctx, work, emit) })
	}
	order := newPermutation(targets.Len(), s.opts.Seed)
	for i := range positions(done, targets.Len()) {
		select {
		case work <- task{i, targets.At(order.at(i))}:
			continue
		case <-gctx.Done():
		}
		break
	}
	close(work)
	err := g.Wait()
	s.datagrams.close()
	sum := s.Progress()
	sum.Finished = time.Now().UTC()
	sum.Interrupted, sum.Error = sum.Probed-s.opts.Counted.Probed < left || err != nil, ""
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // the caller knows that it canceled
	}
	if err != nil {
		sum.Error = err.Error()
	}
	return sum, err
}

// task is a target and its position in the order.
type task struct {
	position uint64
	target   inventory.Target
}

// work probes the targets that come, until there are no more. A worker stays
// for the whole run: its stack and its buffers have grown to what a probe needs.
func (s *Scanner) work(ctx context.Context, tasks <-chan task, emit EmitFunc) error {
	b := new(buffers)
	for t := range tasks {
		if ctx.Err() != nil {
			return nil
		}
		if err := s.host(ctx, b, t, emit); err != nil {
			return err
		}
	}
	return nil
}

// host probes one target. A host whose probe was cut short by the end of the
// run is not reported: half its facts would look like all of them.
func (s *Scanner) host(ctx context.Context, b *buffers, t task, emit EmitFunc) error {
	if err := s.awaitStart(ctx); err != nil {
		return err
	}
	p := &probe{s: s, ctx: ctx, buffers: b, target: t.target, deadline: time.Now().Add(s.opts.HostTimeout), starting: s.starts != nil}
	defer p.started()
	if err := p.runGuarded(); err != nil {
		return err
	}
	s.mu.Lock()
	s.summary.Count(p.host.State)
	s.mu.Unlock()
	if err := emit(&p.host); err != nil || s.opts.OnDone == nil {
		return err
	}
	counted := inventory.Summary{Connections: p.dialled.Load()}
	counted.Count(p.host.State)
	return s.opts.OnDone(t.position, &p.host, counted)
}

// awaitStart waits until the hosts that are begun leave the rate room for one more,
// so that those are soon done, and stored, and not behind all that are to come.
func (s *Scanner) awaitStart(ctx context.Context) error {
	if s.starts == nil {
		return nil
	}
	select {
	case s.starts <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		over := -s.limiter.Tokens() - s.opts.ahead() // connections that are waited for, beyond those that may be
		if over <= 0 {
			return nil
		}
		if err := sleep(ctx, time.Duration(over/s.opts.Rate*float64(time.Second))+time.Microsecond); err != nil {
			<-s.starts
			return err
		}
	}
}

// started lets the next host begin, once this one has its first turn.
func (p *probe) started() {
	if p.starting {
		p.starting = false
		<-p.s.starts
	}
}

// Progress returns the counts so far. It may be called while Run runs.
func (s *Scanner) Progress() inventory.Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.summary
	sum.Connections += s.connections.Load()
	return sum
}

// dialSystem dials with the operating system. Keepalives are of no use on
// connections that live for milliseconds. Dialer.DialTCP would spare the text
// form, but binds a local port first even for no local address, and a port that
// is bound cannot be shared between destinations.
func (s *Scanner) dialSystem(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	if network == "udp" {
		return s.datagrams.dial(addr)
	}
	d := net.Dialer{KeepAlive: -1}
	return d.DialContext(ctx, network, addr.String())
}

// ownBroadcasts returns the broadcast addresses of this machine's networks. Go
// allows broadcasts on every UDP socket, and one question must not be put to a
// whole network.
func ownBroadcasts() map[netip.Addr]bool {
	list := map[netip.Addr]bool{}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return list // no interface can be read: the kernel decides alone
	}
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok || n.IP.To4() == nil || len(n.Mask) != net.IPv4len {
			continue
		}
		var last [4]byte
		for i, b := range n.IP.To4() {
			last[i] = b | ^n.Mask[i]
		}
		if ones, _ := n.Mask.Size(); ones < 31 {
			list[netip.AddrFrom4(last)] = true
		}
	}
	return list
}
