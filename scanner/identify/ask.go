package identify

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"reflect"
	"time"

	"smbready/inventory"
)

// dialogue is all that is asked of one host.
type dialogue struct {
	o     Options
	ctx   context.Context
	addr  netip.Addr
	clues inventory.Clues
	trail []inventory.Observation
}

// Ask puts the questions to a host, and returns what it said and how each
// question ended, in their order. The clues are nil when there are none. A
// question that fails is an observation; the error is that of ctx or of Pace,
// and what was learned until then comes with it.
func (o *Options) Ask(ctx context.Context, a netip.Addr) (*inventory.Clues, []inventory.Observation, error) {
	d := &dialogue{o: o.withDefaults(), ctx: ctx, addr: a}
	err := d.run()
	if reflect.ValueOf(d.clues).IsZero() {
		return nil, d.trail, err
	}
	return &d.clues, d.trail, err
}

func (d *dialogue) run() error {
	for _, q := range []struct {
		wanted bool
		step   inventory.Step
		port   uint16
		ask    func() error
	}{
		{d.o.ReverseDNS, inventory.StepReverseDNS, portDNS, d.reverse},
		{d.o.Ports, inventory.StepTCPConnect, 0, d.ports},
		{d.o.HTTP, inventory.StepHTTP, portHTTP, d.http},
		{d.o.MDNS, inventory.StepMDNS, portMDNS, d.mdns},
		{d.o.SNMP != nil, inventory.StepSNMP, portSNMP, d.snmp},
	} {
		if !q.wanted || q.step != inventory.StepTCPConnect && d.fragile() {
			continue
		}
		if err := d.guarded(q.step, q.port, q.ask); err != nil {
			return err
		}
	}
	return nil
}

// guarded asks a question. A mistake of ours that panics costs the answer to
// this question, which says so, and not the host's result. The panic is not
// quoted: it may hold what was sent, secrets included.
func (d *dialogue) guarded(step inventory.Step, port uint16, ask func() error) (err error) {
	started := time.Now()
	defer func() {
		if r := recover(); r != nil {
			d.observe(step, port, result{detail: "internal error, please report it"}, started)
		}
	}()
	return ask()
}

// result is how a question went.
type result struct {
	outcome inventory.Outcome
	detail  string // in our own words
}

var answered = result{outcome: inventory.OutcomeAnswered}

func (d *dialogue) observe(step inventory.Step, port uint16, r result, started time.Time) {
	d.trail = append(d.trail, inventory.Observation{Step: step, Port: port, Outcome: r.outcome, Detail: r.detail,
		Millis: time.Since(started).Milliseconds()})
}

// open waits for its turn and connects. The time it returns is that of the
// first packet. A nil connection comes with the result of the attempt; the error is
// the end of everything.
func (d *dialogue) open(network string, port uint16) (*conn, time.Time, result, error) {
	if err := d.pace(); err != nil {
		return nil, time.Time{}, result{}, err
	}
	started := time.Now()
	ctx, cancel := context.WithTimeout(d.ctx, d.o.Timeout)
	defer cancel()
	c, err := d.o.Dial(ctx, network, netip.AddrPortFrom(d.addr, port))
	if err == nil {
		return newConn(d.ctx, c), started, answered, nil
	}
	if d.ctx.Err() != nil {
		return nil, started, result{}, d.ctx.Err()
	}
	return nil, started, result{outcome: d.o.Outcome(err)}, nil
}

func (d *dialogue) pace() error {
	if err := d.o.Pace(d.ctx); err != nil {
		return err
	}
	return d.ctx.Err()
}

// failure names the way in which an answer failed to come; begun says that some
// of it did.
func (d *dialogue) failure(err error, begun bool) result {
	switch {
	case isTimeout(err) && begun:
		return result{outcome: inventory.OutcomeTimeout}
	case isTimeout(err):
		return result{outcome: inventory.OutcomeSilent}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF) && begun:
		return result{outcome: inventory.OutcomeMalformed, detail: "closed in the middle of an answer"}
	case errors.Is(err, io.EOF):
		return result{outcome: inventory.OutcomeClosedAfterNegotiate}
	}
	switch outcome := d.o.Outcome(err); outcome {
	case inventory.OutcomeRefused, inventory.OutcomeProhibited: // ICMP in answer to a datagram
		return result{outcome: outcome}
	}
	return result{outcome: inventory.OutcomeResetAfterNegotiate}
}

// conn is a connection that ends with the run.
type conn struct {
	net.Conn
	ctx  context.Context
	stop func() bool // undoes the hook on the run's context
	got  int         // bytes that were read
}

func newConn(ctx context.Context, c net.Conn) *conn {
	// The end of the run must not wait for a silent host.
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	return &conn{Conn: c, ctx: ctx, stop: stop}
}

// allow gives all that follows so much time.
func (c *conn) allow(timeout time.Duration) {
	c.Conn.SetDeadline(time.Now().Add(timeout))
	if c.ctx.Err() != nil { // the hook may have run just before
		c.Conn.SetDeadline(time.Unix(1, 0))
	}
}

// Read reads, and counts what came.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.got += n
	return n, err
}

// Close ends the connection with a FIN, as a client does that is done.
func (c *conn) Close() error {
	c.stop()
	return c.Conn.Close()
}
