package identify

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"smbready/inventory"
)

// defaultTimeout is enough for one lost SYN, which is sent again after a second.
const defaultTimeout = 3 * time.Second

// Resolver finds the names of an address; *net.Resolver is one.
type Resolver interface {
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// Options say what to ask. The zero value asks nothing.
type Options struct {
	ReverseDNS bool         // the names that the DNS has for the address
	Ports      bool         // which ports of printers, controllers, DICOM and NAS take a connection
	HTTP       bool         // GET / on 80 and 443, and on 8080, 5000 and 5001 where Ports found them open
	MDNS       bool         // DNS-SD of the host itself
	SNMP       *SNMPOptions // nil: not asked

	Timeout time.Duration // for a connection, and again for each answer; 0 means 3 s

	// Pace is called before every connection and every datagram, a lookup in
	// the DNS included. Its error ends everything. Nil means no pause.
	Pace func(ctx context.Context) error

	// Dial opens a connection; network is "tcp" or "udp". Nil means the
	// operating system.
	Dial func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)

	// Outcome names the way in which a connection failed: the numbers of such
	// errors differ between systems. Nil tells timeouts from the rest.
	Outcome func(err error) inventory.Outcome

	// Resolver is asked for reverse names. Nil means Go's own resolver with the
	// system's servers: the one of Windows does not keep to a deadline.
	Resolver Resolver
}

func (o Options) withDefaults() Options {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Pace == nil {
		o.Pace = func(ctx context.Context) error { return ctx.Err() }
	}
	if o.Dial == nil {
		o.Dial = dialSystem
	}
	if o.Outcome == nil {
		o.Outcome = coarseOutcome
	}
	if o.Resolver == nil {
		o.Resolver = &net.Resolver{PreferGo: true}
	}
	return o
}

func dialSystem(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{KeepAlive: -1}
	return d.DialContext(ctx, network, addr.String())
}

func coarseOutcome(err error) inventory.Outcome {
	if isTimeout(err) {
		return inventory.OutcomeFiltered
	}
	return inventory.OutcomeUnreachable
}

// isTimeout reports that a deadline of ours has passed.
func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}
