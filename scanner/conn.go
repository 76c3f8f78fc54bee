package scanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// maxBefore is how many keepalives and interim answers may come before an
// answer.
const maxBefore = 3

// protocolSize is the length of the bytes that tell SMB's version.
const protocolSize = 4

// maxSample is how much of another protocol's answer is kept, in bytes.
const maxSample = 64

// buffers are what one probe reads into and writes from.
type buffers struct {
	in  [4096]byte
	out []byte
}

// conn is one TCP connection to a host.
type conn struct {
	p      *probe
	c      net.Conn
	frames *smbproto.FrameReader
	port   uint16
	cut    time.Duration // by how much the host's budget shortens the wait for an answer
	stop   func() bool   // undoes the hook on the run's context
}

// result is how an exchange went. Payload is set for an SMB message only.
type result struct {
	outcome inventory.Outcome
	detail  string
	payload []byte
}

// open connects to a port of the host. Local trouble, such as a lack of file
// descriptors, is waited out, and ends the run if it stays.
func (p *probe) open(port uint16) (*conn, inventory.Outcome, error) {
	if !time.Now().Before(p.deadline) || p.connections >= p.s.opts.maxConnections() {
		return nil, inventory.OutcomeBudget, nil
	}
	if err := p.pace(); err != nil {
		return nil, 0, err
	}
	for attempt := 0; ; attempt++ {
		left := time.Until(p.deadline)
		if left <= 0 {
			return nil, inventory.OutcomeBudget, nil
		}
		ctx, cancel := context.WithTimeout(p.ctx, min(left, p.s.opts.ConnectTimeout))
		p.countConnection()
		started := time.Now()
		c, err := p.s.dial(ctx, "tcp", netip.AddrPortFrom(p.target.Address, port))
		cancel()
		if err == nil {
			p.roundTrip = time.Since(started)
			return p.newConn(c, port), inventory.OutcomeAnswered, nil
		}
		if p.ctx.Err() != nil {
			return nil, 0, p.ctx.Err()
		}
		if took := time.Since(started); attempt == 0 && took > 2*p.s.opts.ConnectTimeout {
			p.deadline = p.deadline.Add(took) // this machine stood still: that says nothing about the host
			continue
		}
		if !p.localTrouble(err) {
			outcome := dialOutcome(err)
			if outcome == inventory.OutcomeFiltered && p.spent(p.s.opts.ConnectTimeout-left) {
				outcome = inventory.OutcomeBudget
			}
			return nil, outcome, nil
		}
		if err := p.waitOutShortage(attempt, err); err != nil {
			return nil, 0, err
		}
	}
}

// countConnection counts a TCP connection that is tried.
func (p *probe) countConnection() {
	p.s.connections.Add(1)
	p.dialled.Add(1)
}

// spent reports whether the host's budget is to blame for a wait that ended
// short of its full time. A first connection has the whole budget, so that its
// failure is the host's.
func (p *probe) spent(short time.Duration) bool { return short > 0 && p.connections > 1 }

// localTrouble reports an error that says nothing about the host. Without an
// IPv6 address of our own every IPv6 target lacks a source; without a source in
// IPv4 all ephemeral ports are in use.
func (p *probe) localTrouble(err error) bool {
	return isShortage(err) || p.target.Address.Is4() && isNoSource(err)
}

// waitOutShortage waits for other probes to give back what is lacking here.
func (p *probe) waitOutShortage(attempt int, err error) error {
	const patience = 8 // 50 ms, 100 ms, … 6.4 s: some 13 s in all
	if attempt == patience {
		return fmt.Errorf("this machine cannot open more connections (%w): use a lower --concurrency, or raise the limit of open files", err)
	}
	p.giveBackNodeStatus() // its socket may be what is lacking; the host's names are worth less than its answer
	p.s.datagrams.close()
	p.deadline = p.deadline.Add(50 * time.Millisecond << attempt) // not the host's fault
	return sleep(p.ctx, 50*time.Millisecond<<attempt)
}

// pace waits for the host's pause and for the global rate. Neither is the
// host's time.
func (p *probe) pace() error {
	started := time.Now()
	if p.connections > 0 && p.s.opts.HostDelay > 0 {
		if err := sleep(p.ctx, p.s.opts.HostDelay); err != nil {
			return err
		}
	}
	p.connections++
	// Not Wait, which fails at once where ctx has a deadline before our turn.
	wait := p.s.limiter.Reserve().Delay()
	p.started()
	if wait > 0 {
		if err := sleep(p.ctx, wait); err != nil {
			return err
		}
	}
	p.deadline = p.deadline.Add(time.Since(started))
	return p.ctx.Err()
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (p *probe) newConn(c net.Conn, port uint16) *conn {
	// The end of the run must not wait for a silent host.
	stop := context.AfterFunc(p.ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	return &conn{p: p, c: c, port: port, stop: stop, frames: smbproto.NewFrameReader(c, p.buffers.in[:])}
}

// close ends the connection with a FIN, as a client does that is done.
func (c *conn) close() {
	c.stop()
	c.c.Close()
}

// exchange sends a message and returns the SMB message that comes back.
func (c *conn) exchange(m smbproto.Appender) result {
	return c.exchangeWithin(c.p.s.opts.ReadTimeout, m)
}

// exchangeWithin is exchange with a time for the answer of its own.
func (c *conn) exchangeWithin(timeout time.Duration, m smbproto.Appender) result {
	f, r := c.roundTrip(timeout, smbproto.FrameMessage, m)
	if r.outcome != inventory.OutcomeAnswered {
		return r
	}
	switch {
	case f.Type == smbproto.FrameNegative:
		return result{outcome: inventory.OutcomeSessionRefused, detail: refusal(f.Payload)}
	case f.Type == smbproto.FrameMessage && len(f.Payload) < protocolSize: // too little to tell what protocol it is
		return result{outcome: inventory.OutcomeMalformed, detail: fmt.Sprintf("a message of %d bytes", len(f.Payload))}
	case f.Type != smbproto.FrameMessage:
		return result{outcome: inventory.OutcomeMalformed, detail: fmt.Sprintf("NetBIOS packet type 0x%02x where a message was due", uint8(f.Type))}
	case smbproto.ProtocolOf(f.Payload) == smbproto.ProtocolUnknown:
		return result{outcome: inventory.OutcomeNotSMB, detail: sample(f.Payload)}
	}
	r.payload = f.Payload
	return r
}

// roundTrip sends a frame and returns the first one that comes back and is
// neither a keepalive nor an interim answer.
func (c *conn) roundTrip(timeout time.Duration, t smbproto.FrameType, m smbproto.Appender) (smbproto.Frame, result) {
	var deadline time.Time
	deadline, c.cut = c.p.answerBy(timeout)
	c.c.SetDeadline(deadline)
	if c.p.ctx.Err() != nil { // the hook may have run just before
		c.c.SetDeadline(time.Unix(1, 0))
	}
	b := &c.p.buffers.out
	*b = smbproto.AppendFrame((*b)[:0], t, m)
	if _, err := c.c.Write(*b); err != nil {
		return smbproto.Frame{}, result{outcome: writeOutcome(err)}
	}
	interim := false
	for range maxBefore + 1 {
		f, err := c.frames.Next()
		switch {
		case err != nil:
			return f, c.readFailure(err, interim)
		case f.Type == smbproto.FrameKeepalive:
			c.p.quirk("sends keepalives before an answer")
		case isInterim(f):
			interim = true
		default:
			return f, result{outcome: inventory.OutcomeAnswered}
		}
	}
	return smbproto.Frame{}, result{outcome: inventory.OutcomeMalformed, detail: "only keepalives or interim answers"}
}

// isInterim reports an SMB2 message that only announces the answer, MS-SMB2
// 3.3.4.2.
func isInterim(f smbproto.Frame) bool {
	if f.Type != smbproto.FrameMessage || smbproto.ProtocolOf(f.Payload) != smbproto.ProtocolSMB2 {
		return false
	}
	h, err := smbproto.ParseSMB2Header(f.Payload)
	return err == nil && h.Response() && h.Status == smbproto.StatusPending
}

// answerBy returns the time by which an answer must be there, and by how much
// the host's budget cuts it short. A host that was silent once gets less: what
// had to wake up has had the time for it.
func (p *probe) answerBy(timeout time.Duration) (deadline time.Time, cut time.Duration) {
	if p.silent {
		timeout = min(timeout, max(timeout/4, time.Second/4))
	}
	deadline = time.Now().Add(timeout)
	if p.deadline.Before(deadline) {
		return p.deadline, deadline.Sub(p.deadline)
	}
	return deadline, 0
}

// readFailure names the way in which an answer failed to come; interim says
// that it was announced.
func (c *conn) readFailure(err error, interim bool) result {
	held := c.frames.Buffered()
	late := errors.Is(err, os.ErrDeadlineExceeded)
	switch {
	case errors.Is(err, smbproto.ErrNotNBSS):
		c.p.foreign = true
		return result{outcome: inventory.OutcomeNotSMB, detail: sample(held)}
	case errors.Is(err, smbproto.ErrFrameTooLong):
		return result{outcome: inventory.OutcomeTooLong, detail: sample(held)}
	case late && interim:
		return result{outcome: inventory.OutcomeTimeout, detail: "an answer was announced and did not come"}
	case late && len(held) == 0 && c.p.spent(c.cut):
		return result{outcome: inventory.OutcomeBudget}
	case late && len(held) == 0:
		c.p.silent = true
		return result{outcome: inventory.OutcomeSilent}
	case late:
		return result{outcome: inventory.OutcomeTimeout, detail: fmt.Sprintf("%d bytes of an answer came in time", len(held))}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return result{outcome: inventory.OutcomeMalformed, detail: fmt.Sprintf("closed after %d bytes of an answer", len(held))}
	case errors.Is(err, io.EOF):
		return result{outcome: inventory.OutcomeClosedAfterNegotiate}
	}
	return result{outcome: inventory.OutcomeResetAfterNegotiate, detail: resetDetail(err)}
}

// resetDetail is empty for an ordinary reset, and the error for anything rarer.
func resetDetail(err error) string {
	if isReset(err) {
		return ""
	}
	return err.Error()
}

func writeOutcome(err error) inventory.Outcome {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return inventory.OutcomeSilent
	}
	return inventory.OutcomeResetOnConnect
}

// dialOutcome names the way in which a connection failed. An ICMP message that
// the host cannot be reached reads as prohibited, as in nmap: routers and
// firewalls send it for addresses that exist.
func dialOutcome(err error) inventory.Outcome {
	var timeout interface{ Timeout() bool }
	switch {
	case isRefused(err):
		return inventory.OutcomeRefused
	case isHostUnreachable(err), isForbidden(err):
		return inventory.OutcomeProhibited
	case isNetUnreachable(err):
		return inventory.OutcomeUnreachable
	case isReset(err):
		return inventory.OutcomeResetOnConnect
	case isConnectTimeout(err), errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return inventory.OutcomeFiltered
	}
	return inventory.OutcomeUnreachable
}

// refusal returns the code of a negative session response in words.
func refusal(payload []byte) string {
	if len(payload) == 0 {
		return "no code"
	}
	return smbproto.RefusalText(payload[0])
}

// sample returns the start of foreign bytes as printable ASCII.
func sample(b []byte) string {
	b = b[:min(len(b), maxSample)]
	var s strings.Builder
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			c = '.'
		}
		s.WriteByte(c)
	}
	return s.String()
}
