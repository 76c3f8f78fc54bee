package canary

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// handler answers the messages of one protocol on one connection.
type handler interface {
	// handle answers a message, which begins with its protocol's header and is
	// valid until handle returns.
	handle(b []byte) reply
}

// reply is what becomes of a message.
type reply struct {
	message []byte        // the answer without its framing; nil: none
	end     inventory.End // why the connection ends after it; EndUnknown: it goes on
}

// conn is a connection. One goroutine serves it, so that nothing in it needs a
// lock.
type conn struct {
	*record
	options *Options
	server  *server
	net     net.Conn
	frames  *frames
	netBIOS bool      // port 139
	until   time.Time // the end of its lifetime
	share   *share    // what this client has created

	first    smbproto.Protocol // of the first message
	smb1     handler           // nil before the first message for it
	smb2     *smb2
	attempts int // of logons

	client  netip.Addr
	stage   atomic.Uint32 // inventory.Stage that was reached with the last message
	evicted atomic.Bool   // the connection ends to make room for another
}

// serve plays a connection to its end, and records it.
func (s *server) serve(c *conn) {
	stop := context.AfterFunc(s.ctx, c.interrupt)
	c.guarded()
	stop()
	c.net.Close()
	s.leave(c)
	s.finish(c.client, c.record)
}

// interrupt ends what the connection is waiting for.
func (c *conn) interrupt() { c.net.SetDeadline(time.Unix(1, 0)) }

// came returns how far the client has come. Like evict it is for goroutines other
// than the connection's own.
func (c *conn) came() inventory.Stage { return inventory.Stage(c.stage.Load()) }

// evict ends the connection to make room for another.
func (c *conn) evict() {
	c.evicted.Store(true)
	c.interrupt()
}

func (s *server) newConn(nc net.Conn, netBIOS bool) *conn {
	l := s.options.Limits
	local := addrPort(nc.LocalAddr())
	return &conn{record: newRecord(local, s.options.Stage), options: &s.options, server: s, net: nc, client: remoteAddr(nc), netBIOS: netBIOS,
		frames: &frames{r: nc, limit: l.Frame}, until: time.Now().Add(l.Lifetime), share: newShare(l)}
}

// guarded is run, but that a fault of ours ends the connection and not the
// program. Its text is not kept: it might hold what came from the client.
func (c *conn) guarded() {
	defer func() {
		if recover() != nil {
			c.fault = true
			c.ended(inventory.EndServerClosed)
			c.quirk("a fault of the listener ended the connection")
		}
	}()
	c.run()
}

// run answers message after message.
func (c *conn) run() {
	for {
		f, err := c.next()
		if err != nil {
			c.ended(c.endOf(err))
			return
		}
		r, ok := c.frame(f)
		c.stage.Store(uint32(c.contact.Stage)) // before the client hears of it, and goes on
		if len(r.message) > 0 || ok {
			if err := c.send(r, f); err != nil {
				c.ended(c.endOf(err))
				return
			}
		}
		if r.end != inventory.EndUnknown {
			c.ended(r.end)
			return
		}
	}
}

// next waits for the next frame, for as long as a client may take over one.
func (c *conn) next() (smbproto.Frame, error) {
	if err := c.extend(); err != nil {
		return smbproto.Frame{}, err
	}
	return c.frames.next()
}

// errEvicted ends a connection that has made room for another.
var errEvicted = errors.New("the connection has made room for another")

// errLifetime ends a connection that has lasted as long as one may.
var errLifetime = errors.New("the connection has lasted as long as one may")

// extend gives the client time for a message. The end of the listener, or of the
// connection, is looked for afterwards: it may have come in between.
func (c *conn) extend() error {
	now := time.Now()
	if !now.Before(c.until) {
		return errLifetime
	}
	deadline := now.Add(c.patience())
	if deadline.After(c.until) {
		deadline = c.until
	}
	if err := c.net.SetDeadline(deadline); err != nil {
		return err
	}
	if c.evicted.Load() {
		return errEvicted
	}
	return c.server.ctx.Err()
}

// patience is how long the client may take over the next message.
func (c *conn) patience() time.Duration {
	l := c.options.Limits
	if c.first == smbproto.ProtocolUnknown {
		return min(l.First, l.Idle)
	}
	return l.Idle
}

// endOf returns how a connection ended that ended with an error of the network.
func (c *conn) endOf(err error) inventory.End {
	switch {
	case c.orderly:
		return inventory.EndLogoff // some reset the connection after it
	case c.server.ctx.Err() != nil:
		return inventory.EndUnknown // we left
	case c.evicted.Load():
		c.quirk("the listener closed the connection to make room for others")
		return inventory.EndLimit
	case errors.Is(err, errLifetime):
		return inventory.EndLimit
	case errors.Is(err, os.ErrDeadlineExceeded) && !time.Now().Before(c.until):
		return inventory.EndLimit
	case errors.Is(err, os.ErrDeadlineExceeded):
		return inventory.EndTimeout
	case errors.Is(err, smbproto.ErrFrameTooLong):
		return inventory.EndLimit
	case errors.Is(err, smbproto.ErrNotNBSS):
		return inventory.EndMalformed
	case isReset(err):
		return inventory.EndClientReset
	}
	return inventory.EndClientClosed
}

// frame answers a frame. It reports whether an answer without a payload is to
// be sent.
func (c *conn) frame(f smbproto.Frame) (r reply, empty bool) {
	switch {
	case f.Type == smbproto.FrameKeepalive:
		return reply{}, false
	case f.Type == smbproto.FrameRequest && c.first == smbproto.ProtocolUnknown:
		return c.sessionRequest(f.Payload)
	case f.Type != smbproto.FrameMessage:
		return reply{end: inventory.EndMalformed}, false
	case len(f.Payload) == 0:
		return reply{}, false // some send one to see whether the connection is there
	}
	return c.message(f.Payload), false
}

// sessionRequest answers a NetBIOS session request, [RFC 1002] 4.3.2: any name is
// taken for ours, as on Samba. On port 445 there is none, and nobody minds.
func (c *conn) sessionRequest(b []byte) (reply, bool) {
	if _, err := smbproto.ParseSessionRequest(b); err != nil {
		return reply{end: inventory.EndMalformed}, false
	}
	return reply{}, true
}

// send sends an answer: a message, or the positive answer to a session request.
func (c *conn) send(r reply, f smbproto.Frame) error {
	t := smbproto.FrameMessage
	if f.Type == smbproto.FrameRequest {
		t = smbproto.FramePositive
	}
	_, err := c.net.Write(smbproto.AppendFrame(nil, t, smbproto.Bytes(r.message)))
	return err
}

// message answers a message of either protocol.
func (c *conn) message(b []byte) reply {
	p := smbproto.ProtocolOf(b)
	if c.first == smbproto.ProtocolUnknown {
		c.first = p
	}
	switch {
	case p == smbproto.ProtocolSMB1 && c.smb2 == nil:
		return c.smb1Message(b)
	case p == smbproto.ProtocolSMB2 && c.smb1 == nil:
		if c.smb2 == nil {
			c.smb2 = newSMB2(c)
		}
		return c.smb2.handle(b)
	case p == smbproto.ProtocolEncrypted:
		c.contact.Encrypted++
		c.quirk("sent an encrypted message, which was not agreed on")
		return reply{end: inventory.EndServerClosed}
	}
	return reply{end: inventory.EndMalformed}
}

// smb1Message answers an SMB1 message. A NEGOTIATE that names SMB2 is answered
// in SMB2, [MS-SMB2] 3.3.5.3; all else is SMB1's.
func (c *conn) smb1Message(b []byte) reply {
	if c.smb1 == nil {
		if m, err := smbproto.ParseSMB1NegotiateRequest(b); err == nil && !m.Header.Reply() {
			c.reached(inventory.StageNegotiate)
			c.offer().AddSMB1(m)
			if d := multiProtocol(m.Dialects); d != 0 {
				c.smb2 = newSMB2(c)
				return c.smb2.multiProtocol(d)
			}
		}
		c.smb1 = newSMB1(c)
	}
	return c.smb1.handle(b)
}

// maxAttempts bounds the logons that a connection may try, in SESSION_SETUP
// requests.
const maxAttempts = 32

// attempt counts a SESSION_SETUP request, and reports whether there may be
// another.
func (c *conn) attempt() bool {
	c.attempts++
	return c.attempts <= maxAttempts
}

// multiProtocol returns the SMB2 dialect that answers an SMB1 NEGOTIATE, or 0.
// "SMB 2.???" wants another NEGOTIATE, and "SMB 2.002" alone is final, [MS-SMB2]
// 3.3.5.3.1 and 3.3.5.3.2.
func multiProtocol(dialects []string) smbproto.Dialect {
	switch {
	case slices.Contains(dialects, smbproto.DialectSMB2Any):
		return smbproto.DialectWildcard
	case slices.Contains(dialects, smbproto.DialectSMB2002):
		return smbproto.Dialect202
	}
	return 0
}
