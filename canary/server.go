package canary

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// Stage is how strict the listener is about signing.
type Stage uint8

// Stages.
const (
	StageObserve Stage = iota // signing is offered, and requests without it are served
	StageRequire              // signing is required, and requests without it are refused
)

// Signing returns what the listener's NEGOTIATE answers say of signing.
func (s Stage) Signing() inventory.Signing {
	if s == StageRequire {
		return inventory.SigningRequired
	}
	return inventory.SigningEnabled
}

// Options are the settings of a listener.
type Options struct {
	Account Account        // the only one that can log on
	Share   string         // the only one that is there, besides IPC$
	Stage   Stage          // default: StageObserve
	Name    string         // by which the listener goes, at most 15 letters; default: "SMBREADY"
	Allow   []netip.Prefix // clients; nil: all
	Limits  Limits

	// Record takes in a client as it is known by then: within a second after
	// something new was seen of it, if that does not happen too often, within half
	// a minute after anything was, and at the end; after many MiB at the end alone.
	// A later call for an address replaces an earlier one. It is called by one
	// goroutine at a time, and an error ends Serve.
	Record func(h *inventory.Host) error

	// Seen, if not nil, is told of a contact that differs from those before, when
	// it has ended. It is called by one goroutine at a time.
	Seen func(addr netip.Addr, c *inventory.Contact)

	// TurnedAway, if not nil, is told of a client that a connection was refused to,
	// or taken from before the logon, because there were too many: once for each
	// address in Totals.TurnedAway, by one goroutine at a time.
	TurnedAway func(addr netip.Addr)
}

// Limits bound what clients can take. The zero value of each means its default.
type Limits struct {
	Connections int           // at once; default 64
	PerClient   int           // connections of one address at once; default 8
	First       time.Duration // for the first message; default 5 s, and at most Idle
	Idle        time.Duration // for one message, from the end of the one before; default 30 s
	Lifetime    time.Duration // of a connection; default 5 minutes
	Frame       int           // bytes of a message; default 1 MiB and 4 KiB
	Written     uint64        // bytes of a connection that are taken; default 1 GiB
	Open        int           // files that a connection has open; default 128
	Clients     int           // addresses that are recorded; default 4096
}

// or returns v, or a default for zero.
func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func (l Limits) orDefault() Limits {
	return Limits{
		Connections: or(l.Connections, 64), PerClient: or(l.PerClient, 8),
		First: or(l.First, 5*time.Second), Idle: or(l.Idle, 30*time.Second), Lifetime: or(l.Lifetime, 5*time.Minute),
		Frame: or(l.Frame, maxData+4<<10), Written: or(l.Written, 1<<30), Open: or(l.Open, 128), Clients: or(l.Clients, 4096),
	}
}

// Listener is where clients connect.
type Listener struct {
	net.Listener
	NetBIOS bool // port 139: a session request comes first
}

// Totals count what became of connections.
type Totals struct {
	Connections uint64 // that were accepted by the operating system
	Recorded    uint64 // that spoke SMB, and are told in a contact
	Outside     uint64 // refused: the client's address is not allowed
	Busy        uint64 // refused: too many at once
	NotSMB      uint64 // that sent nothing of SMB, as a port scan does
	Unlisted    uint64 // that spoke SMB and are told in no contact, for want of room
	Faults      uint64 // that ended by a fault of the listener
	Evicted     uint64 // that were closed before the logon, to make room for others; these count above too

	TurnedAway []TurnedAway // for want of room, the first of them
}

// TurnedAway is a client that could not do its work because there were too many
// connections.
type TurnedAway struct {
	Address netip.Addr
	Refused uint64 // connections of it, as in Totals.Busy
	Evicted uint64 // as in Totals.Evicted, those that had said something
}

// maxTurnedAway bounds the clients that are named for being turned away.
const maxTurnedAway = 16

// Serve lets clients connect until ctx ends or a listener fails, and closes the
// listeners. It returns when every connection has ended and is recorded.
func Serve(ctx context.Context, o Options, listeners ...Listener) (Totals, error) {
	o.Limits = o.Limits.orDefault()
	o.Name = or(o.Name, "SMBREADY")
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &server{options: o, ctx: ctx, cancel: cancel, started: time.Now(), guid: newGUID(),
		atOnce: map[netip.Addr]int{}, clients: newClients(o.Limits.Clients)}
	defer context.AfterFunc(ctx, func() {
		for _, l := range listeners {
			l.Close()
		}
	})()
	for _, l := range listeners {
		s.accepting.Go(func() { s.accept(l) })
	}
	s.writing.Go(s.writeNowAndThen)
	s.accepting.Wait()
	s.serving.Wait()
	cancel(nil)
	s.writing.Wait()
	s.write(time.Now(), true)
	return s.totals, s.err
}

// server is a running listener.
type server struct {
	options Options
	ctx     context.Context
	cancel  context.CancelCauseFunc
	started time.Time
	guid    smbproto.GUID

	accepting, serving, writing sync.WaitGroup

	mu      sync.Mutex // guards what follows
	open    int
	atOnce  map[netip.Addr]int
	conns   []*conn // oldest first
	totals  Totals
	clients *clients
	err     error

	telling sync.Mutex // held while Seen runs
}

// acceptPause is how long a listener waits after an error that may pass, such as
// too many open files.
const acceptPause = 100 * time.Millisecond

// accept takes connections until the listener is closed.
func (s *server) accept(l Listener) {
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			s.take(c, l.NetBIOS)
		case s.ctx.Err() != nil:
			return
		case errors.Is(err, net.ErrClosed):
			s.fail(err)
			return
		default:
			select {
			case <-s.ctx.Done():
			case <-time.After(acceptPause):
			}
		}
	}
}

// take serves a connection, or refuses it by closing it.
func (s *server) take(c net.Conn, netBIOS bool) {
	addr := remoteAddr(c)
	admitted, turned := s.admit(addr)
	if turned.IsValid() && s.options.TurnedAway != nil {
		s.serving.Go(func() {
			s.telling.Lock()
			defer s.telling.Unlock()
			s.options.TurnedAway(turned)
		})
	}
	if !admitted {
		c.Close()
		return
	}
	served := s.newConn(c, netBIOS)
	s.enter(served) // here, so that the oldest is the first
	s.serving.Go(func() {
		defer s.release(addr)
		s.serve(served)
	})
}

// admit counts a connection in, or out. Where there is no room it makes some, if
// another connection idles. It also returns the client that is turned away for
// the first time.
func (s *server) admit(addr netip.Addr) (admitted bool, turned netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals.Connections++
	l := s.options.Limits
	switch {
	case !s.options.allows(addr):
		s.totals.Outside++
		return false, netip.Addr{}
	case s.atOnce[addr] >= l.PerClient:
		s.totals.Busy++
		return false, s.turnAway(addr, 1, 0)
	case s.open >= l.Connections:
		idle := s.idle()
		if idle == nil || s.open >= 2*l.Connections { // so many are about to end
			s.totals.Busy++
			return false, s.turnAway(addr, 1, 0)
		}
		idle.evict()
		s.totals.Evicted++
		if idle.came() >= inventory.StageNegotiate { // else it may be a port scan
			turned = s.turnAway(idle.client, 0, 1)
		}
	}
	s.open++
	s.atOnce[addr]++
	return true, turned
}

// idle returns the oldest connection that has not begun to log on, or nil.
func (s *server) idle() *conn {
	for _, c := range s.conns {
		if c.came() < inventory.StageSessionSetup && !c.evicted.Load() {
			return c
		}
	}
	return nil
}

// turnAway counts a client that is turned away, and returns its address the first
// time.
func (s *server) turnAway(addr netip.Addr, refused, evicted uint64) (first netip.Addr) {
	list := &s.totals.TurnedAway
	i := slices.IndexFunc(*list, func(t TurnedAway) bool { return t.Address == addr })
	if i < 0 {
		if len(*list) >= maxTurnedAway {
			return netip.Addr{}
		}
		i, first = len(*list), addr
		*list = append(*list, TurnedAway{Address: addr})
	}
	(*list)[i].Refused += refused
	(*list)[i].Evicted += evicted
	return first
}

// enter puts a connection among those that are served, and leave takes it out.
func (s *server) enter(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, c)
}

func (s *server) leave(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = slices.DeleteFunc(s.conns, func(other *conn) bool { return other == c })
}

func (s *server) release(addr netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.atOnce[addr]--; s.atOnce[addr] == 0 {
		delete(s.atOnce, addr)
	}
}

// allows reports whether a client may connect.
func (o *Options) allows(addr netip.Addr) bool {
	if o.Allow == nil {
		return true
	}
	for _, p := range o.Allow {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// fail ends Serve with an error. The first counts.
func (s *server) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
		s.cancel(err)
	}
}

// remoteAddr returns the address of a connection's client, without a zone: what
// joins it with other sources is the address.
func remoteAddr(c net.Conn) netip.Addr { return addrPort(c.RemoteAddr()).Addr() }

// addrPort returns an address of a TCP connection; the zero value for another.
func addrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
}
