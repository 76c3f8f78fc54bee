package scanner

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// identityTimeout is how long the questions about a host's identity may take in
// all, their pauses included. They do not count against its own time: what it
// speaks is known by then.
const identityTimeout = time.Minute

// identity asks what other services say of a host that is alive, where that is
// wanted. A printer without a server of its own is worth it too: it may be a
// client of somebody's folder.
func (p *probe) identity() error {
	if p.s.opts.Identify == nil || p.s.opts.Gentle || !p.alive() {
		return p.ctx.Err()
	}
	ctx, cancel := context.WithTimeout(p.ctx, identityTimeout)
	defer cancel()
	o := *p.s.opts.Identify
	o.Timeout = p.s.opts.ConnectTimeout // ten ports that are filtered cost it each
	o.Pace = func(context.Context) error { return p.pace() }
	o.Dial, o.Outcome = p.dialService, dialOutcome
	clues, trail, _ := o.Ask(ctx, p.target.Address) // its error is the end of ctx, and the run's is looked at below
	p.host.Clues = clues
	p.host.Observations = append(p.host.Observations, trail...)
	return p.ctx.Err()
}

// dialService dials like a probe. Datagrams go from a socket of their own, which
// learns that nobody listens.
func (p *probe) dialService(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	if network == "tcp" {
		p.countConnection()
	}
	if network == "tcp" || p.s.opts.Dial != nil {
		return p.s.dial(ctx, network, addr)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, addr.String())
}
