package smbtest

import (
	"context"
	"io"
	"net"
	"slices"
	"time"

	"smbready/smbproto"
)

// conversation is a device's side of one connection.
type conversation struct {
	d           *Device
	names       names
	ctx         context.Context // of the whole network: ends pauses
	conn        net.Conn
	overNetBIOS bool
	in          *smbproto.FrameReader
	record      func(Kind, []byte)

	granted  bool // a NetBIOS session
	smb1     bool // SMB1 is negotiated
	dialect  smbproto.Dialect
	exchange []turn // what is left of the recorded one
	chosen   bool   // that exchange was
}

// reply is what a device does about a request.
type reply struct {
	frame []byte // with its NetBIOS header; nil: nothing is sent
	end   ending
}

// ending is what becomes of the connection after a reply.
type ending uint8

const (
	stay ending = iota
	hangUp
	reset
)

// message returns the reply that carries m.
func message(m smbproto.Appender) reply {
	return reply{frame: smbproto.AppendFrame(nil, smbproto.FrameMessage, m)}
}

func (c *conversation) run() {
	b := behaviours[c.d.Fault]
	if b.first && c.d.FaultOn == KindAny {
		c.deliver(b.act(c, smbproto.Frame{}, reply{}))
		return
	}
	if c.d.Replay != nil && !c.deliver(c.replayOpening()) {
		return
	}
	for range maxRequests {
		f, err := c.in.Next()
		if err != nil {
			return
		}
		kind := kindOf(f)
		c.record(kind, slices.Clone(f.Payload))
		r := c.answer(kind, f)
		if c.d.faulty(kind) && b.act != nil {
			r = b.act(c, f, r)
		}
		if !c.deliver(r) {
			return
		}
	}
}

// answer returns what the device says to a request when nothing is wrong.
func (c *conversation) answer(kind Kind, f smbproto.Frame) reply {
	switch {
	case c.d.Replay != nil:
		return c.replay(f)
	case c.d.accepts() == AcceptAlways:
		return reply{frame: smbproto.AppendFrame(nil, smbproto.FramePositive, nil)}
	case kind == KindKeepalive:
		return reply{}
	case kind == KindSessionRequest:
		return c.sessionRequest(f.Payload)
	case c.overNetBIOS && !c.granted && c.d.accepts() != AcceptAny:
		return refuseSession(smbproto.RefusedUnspecified) // as Windows does
	}
	switch kind {
	case KindSMB1Negotiate:
		return c.smb1Negotiate(f.Payload)
	case KindSMB1SessionSetup:
		return c.smb1SessionSetup(f.Payload)
	case KindSMB2Negotiate:
		return c.smb2Negotiate(f.Payload)
	case KindSMB2SessionSetup:
		return c.smb2SessionSetup(f.Payload)
	}
	return c.otherRequest(f.Payload)
}

// otherRequest answers commands that nobody may send without a session.
func (c *conversation) otherRequest(b []byte) reply {
	h, err := smbproto.ParseSMB2Header(b)
	if err != nil || c.dialect == 0 {
		return reply{end: hangUp}
	}
	return message(smbproto.SMB2Error{Header: smb2Answer(h, smbproto.StatusUserSessionDeleted)})
}

// deliver sends a reply and reports whether the connection goes on.
func (c *conversation) deliver(r reply) bool {
	if r.frame != nil && !c.write(r.frame) {
		return false
	}
	if tcp, ok := c.conn.(interface{ SetLinger(int) error }); ok && r.end == reset {
		tcp.SetLinger(0) // closing then sends RST instead of FIN
	}
	return r.end == stay
}

func (c *conversation) write(b []byte) bool {
	_, err := c.conn.Write(b)
	return err == nil
}

// pause waits for the device's delay, or for d if it has none. It reports
// whether the network is still there.
func (c *conversation) pause(d time.Duration) bool {
	if c.d.Delay > 0 {
		d = c.d.Delay
	}
	return c.wait(d)
}

// wait is pause without the device having a say.
func (c *conversation) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.ctx.Done():
		return false
	}
}

// hold says nothing more until the client is gone.
func (c *conversation) hold() reply {
	for range maxRequests {
		f, err := c.in.Next()
		if err != nil {
			break
		}
		c.record(kindOf(f), slices.Clone(f.Payload))
	}
	io.CopyN(io.Discard, c.conn, maxDiscard)
	return reply{end: hangUp}
}

// speakFirst runs speak while the client's requests are taken in, and then
// waits for the client to go. Both may start to talk at once, and a pipe would
// block them otherwise.
func (c *conversation) speakFirst(speak func()) reply {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		c.hold()
	}()
	speak()
	<-gone
	return reply{end: hangUp}
}
