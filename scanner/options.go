package scanner

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/netip"
	"runtime"
	"time"

	"smbready/inventory"
	"smbready/scanner/identify"
	"smbready/smbproto"
)

// Depth is how much a scan asks.
type Depth uint8

// Depths. A live, ordinary host costs one TCP connection at DepthNegotiate and
// two at DepthIdentify, plus one datagram.
const (
	DepthIdentify  Depth = iota // both protocols and the names: the default
	DepthNegotiate              // only whether and how it signs: stops at the first protocol that answers
	DepthFull                   // every SMB2 dialect, and port 139 as well
)

var depthNames = [...]string{"identify", "negotiate", "full"}

func (d Depth) String() string { return depthNames[d] }

// ParseDepth returns the depth of that name.
func ParseDepth(name string) (Depth, error) {
	for i, n := range depthNames {
		if n == name {
			return Depth(i), nil
		}
	}
	return 0, fmt.Errorf("unknown depth %q: choose negotiate, identify or full", name)
}

// DialFunc opens a connection; network is "tcp" or "udp".
type DialFunc func(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error)

// Options say how to scan. The zero value scans at DepthIdentify with the
// defaults below.
type Options struct {
	Depth    Depth
	Dialects bool // find every SMB2 dialect by descending offers, one connection each
	Gentle   bool // node status and one SMB2 NEGOTIATE, nothing else

	// GuestCheck logs on once at each host as a user that does not exist. It
	// wants a Depth at which logons are begun, and no Gentle.
	GuestCheck bool

	// Identify says what to ask of services other than SMB, of hosts that are
	// alive; nil asks nothing. Its Pace, Dial and Outcome are the scanner's.
	Identify *identify.Options

	Port           uint16 // direct TCP; 0 means 445
	SessionPort    uint16 // NetBIOS session service; 0 means 139
	NodeStatusPort uint16 // NetBIOS name service; 0 means 137

	ConnectTimeout time.Duration // for a TCP connection; 0 means DefaultConnectTimeout
	ReadTimeout    time.Duration // for each answer; 0 means 5 s
	HostTimeout    time.Duration // for all that is asked of a host; 0 means 15 s
	HostDelay      time.Duration // between two connections to a host; 0 means 250 ms, negative none

	Rate        float64 // connections a second over all hosts; 0 means no limit
	Concurrency int     // hosts at a time; 0 means 256
	Seed        int64   // of the shuffled order

	// Of a scan that goes on where an earlier one ended: the positions of the
	// shuffled order that are done, which are passed over, and what was counted
	// there. OnDone is told of each further one; nil for nobody.
	Done    []Range
	Counted inventory.Summary
	OnDone  DoneFunc

	Dial DialFunc // nil means the operating system
}

// Defaults of Options.
const (
	defaultReadTimeout = 5 * time.Second  // a printer that wakes up needs four
	defaultHostTimeout = 15 * time.Second // three steps without an answer
	defaultHostDelay   = 250 * time.Millisecond
	defaultConcurrency = 256
)

// DefaultConnectTimeout covers one lost SYN, which is sent again after a
// second. Windows tells of a refusal only after it has tried three times,
// which takes two seconds.
func DefaultConnectTimeout() time.Duration {
	if runtime.GOOS == "windows" {
		return 3 * time.Second
	}
	return 2 * time.Second
}

// A host that refuses, resets or stays silent is asked in every form there is,
// but not without end: such devices are the fragile ones.
const maxConnections = 6

// maxConnections is the number of TCP connections that one host may cost.
func (o Options) maxConnections() int {
	n := maxConnections
	if o.Dialects {
		n += len(smbproto.Dialects)
	}
	if o.Depth == DepthFull {
		n += maxConnections // port 139 as well
	}
	return n
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func (o Options) withDefaults() Options {
	o.Port = orDefault(o.Port, 445)
	o.SessionPort = orDefault(o.SessionPort, 139)
	o.NodeStatusPort = orDefault(o.NodeStatusPort, 137)
	o.ConnectTimeout = orDefault(o.ConnectTimeout, DefaultConnectTimeout())
	o.ReadTimeout = orDefault(o.ReadTimeout, defaultReadTimeout)
	o.HostTimeout = orDefault(o.HostTimeout, defaultHostTimeout)
	o.HostDelay = orDefault(o.HostDelay, defaultHostDelay)
	o.Concurrency = orDefault(o.Concurrency, defaultConcurrency)
	if o.Depth == DepthFull {
		o.Dialects = true
	}
	return o
}

// workers is how many hosts are asked at a time. Under a low rate more than can
// be kept busy would only stand in line.
func (o Options) workers() uint64 {
	n := uint64(o.Concurrency)
	if o.Rate > 0 {
		longest := (o.ConnectTimeout + o.ReadTimeout).Seconds() // of one connection
		n = min(n, uint64(math.Ceil(min(o.Rate*longest, float64(n)))))
	}
	return max(n, 1)
}

// ahead is how many connections may wait for their turn when a further host begins:
// those of a quarter of a second, so that no turn is lost when this machine is slow.
func (o Options) ahead() float64 { return max(o.Rate/4, 1) }

// Estimate returns how long a scan of n targets takes if none of them answers,
// which is the slowest a scan of an ordinary network gets.
func (o Options) Estimate(n uint64) time.Duration {
	o = o.withDefaults()
	slots := float64(n) * o.ConnectTimeout.Seconds() / float64(min(uint64(o.Concurrency), max(n, 1)))
	paced := 0.0
	if o.Rate > 0 {
		paced = float64(n) / o.Rate
	}
	const longest = 100 * 365 * 24 * time.Hour // a Duration holds no more than three times that
	return time.Duration(min(max(slots, paced)*float64(time.Second), float64(longest)))
}
