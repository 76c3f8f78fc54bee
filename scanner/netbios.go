package scanner

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net"
	"net/netip"
	"time"
	"unicode/utf8"

	"smbready/inventory"
	"smbready/smbproto"
)

// The answer to the node status query has this long to arrive, counted from the
// query, and four round trips more, up to the longer time. It travels beside
// the TCP probes, so an ordinary host is never waited for.
const (
	maxStray          = 16 // datagrams that are no answer to ours
	nodeStatusWait    = 250 * time.Millisecond
	maxNodeStatusWait = time.Second
)

// maxNetBIOSName is the length of a NetBIOS name without its suffix.
const maxNetBIOSName = 15

// nodeStatus is a query on its way.
type nodeStatus struct {
	c    net.Conn
	id   uint16
	sent time.Time
}

// giveBackNodeStatus gives the query's socket back.
func (p *probe) giveBackNodeStatus() {
	if p.status != nil {
		p.status.c.Close()
		p.status = nil
	}
}

// askNodeStatus sends the one datagram of a probe and does not wait. A machine
// that cannot send it goes without: it is a source of names, not of verdicts.
func (p *probe) askNodeStatus() *nodeStatus {
	if p.s.opts.Depth == DepthNegotiate && !p.s.opts.Gentle || p.target.Address.Is6() || p.s.broadcasts[p.target.Address] {
		return nil
	}
	ctx, cancel := context.WithTimeout(p.ctx, maxNodeStatusWait)
	defer cancel()
	c, err := p.s.dial(ctx, "udp", netip.AddrPortFrom(p.target.Address, p.s.opts.NodeStatusPort))
	if err != nil {
		return nil
	}
	var id [2]byte
	rand.Read(id[:]) // never fails, see its documentation
	n := &nodeStatus{c: c, id: binary.BigEndian.Uint16(id[:]), sent: time.Now()}
	p.buffers.out = smbproto.NodeStatusRequest{ID: n.id, Name: smbproto.NetBIOSName{Name: "*"}}.Append(p.buffers.out[:0])
	if _, err := c.Write(p.buffers.out); err != nil {
		c.Close()
		return nil
	}
	return n
}

// readNodeStatus takes the answer. A host that gave no sign of life on TCP is
// not waited for: what it had to say has arrived by now.
func (p *probe) readNodeStatus() {
	n := p.status
	if n == nil {
		return
	}
	deadline := n.sent.Add(min(nodeStatusWait+4*p.roundTrip, maxNodeStatusWait))
	if soonest := time.Now().Add(time.Millisecond); !p.alive() || deadline.Before(soonest) {
		deadline = soonest
	}
	stop := context.AfterFunc(p.ctx, func() { n.c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	n.c.SetReadDeadline(deadline)
	if p.ctx.Err() != nil { // the hook may have run just before
		return
	}
	r := result{outcome: inventory.OutcomeSilent}
	for range maxStray {
		k, err := n.c.Read(p.buffers.in[:])
		if err != nil {
			if isRefused(err) || isReset(err) { // ICMP port unreachable; Windows calls it a reset
				r.outcome = inventory.OutcomeRefused
			}
			break
		}
		m, err := smbproto.ParseNodeStatusResponse(p.buffers.in[:k])
		if err != nil || m.ID != n.id {
			continue // anybody can send it in the host's name
		}
		r = result{outcome: inventory.OutcomeAnswered}
		p.nodeNames(m)
		break
	}
	p.observe(inventory.StepNodeStatus, p.s.opts.NodeStatusPort, r, "", n.sent)
}

// session asks on the NetBIOS session port.
func (p *probe) session() error { return p.ladder(p.s.opts.SessionPort, p.openSession) }

// openSession connects to the session port and requests a session with the name
// that any server takes, or, where that is not present, with the name that the
// node status told. A retarget is never followed: it leaves the scope of the
// scan. Where no session is granted the outcome is unknown: how it went is
// observed already, and SMB was not asked.
func (p *probe) openSession(port uint16) (*conn, inventory.Outcome, error) {
	names := []smbproto.NetBIOSName{smbproto.AnyServer}
	if p.called.Name != "" {
		names[0] = p.called
	} else if own := p.host.Names.NetBIOS; own != "" && utf8.RuneCountInString(own) <= maxNetBIOSName {
		names = append(names, smbproto.NetBIOSName{Name: own, Suffix: smbproto.SuffixFileServer})
	}
	for _, called := range names {
		c, outcome, err := p.open(port)
		if err != nil || c == nil {
			return nil, outcome, err
		}
		started := time.Now()
		r := c.request(called)
		if r.outcome == inventory.OutcomeAnswered {
			p.called = called
			return c, r.outcome, nil
		}
		c.close()
		p.observe(inventory.StepNetBIOSSession, port, r, "", started)
		if r.outcome != inventory.OutcomeSessionRefused {
			break
		}
	}
	return nil, inventory.OutcomeUnknown, p.ctx.Err()
}

// request asks for a NetBIOS session.
func (c *conn) request(called smbproto.NetBIOSName) result {
	f, r := c.roundTrip(c.p.s.opts.ReadTimeout, smbproto.FrameRequest, smbproto.SessionRequest{Called: called, Calling: smbproto.NetBIOSName{Name: "SMBREADY"}})
	if r.outcome != inventory.OutcomeAnswered {
		return r
	}
	switch f.Type {
	case smbproto.FramePositive:
		return r
	case smbproto.FrameNegative:
		return result{outcome: inventory.OutcomeSessionRefused, detail: refusal(f.Payload)}
	case smbproto.FrameRetarget:
		return result{outcome: inventory.OutcomeSessionRefused, detail: "redirects to another address, which is not followed"}
	}
	return result{outcome: inventory.OutcomeMalformed, detail: "neither grants nor refuses the session"}
}
