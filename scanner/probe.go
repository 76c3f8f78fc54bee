package scanner

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// probe is the dialogue with one host.
type probe struct {
	s           *Scanner
	ctx         context.Context // ends with the run
	buffers     *buffers
	target      inventory.Target
	deadline    time.Time // of the host's budget
	connections int
	starting    bool          // its first connection has not had its turn, and others wait for that
	dialled     atomic.Uint64 // TCP connections tried, as the summary counts them
	roundTrip   time.Duration // of the last TCP connect
	silent      bool          // it has let one question go without an answer
	foreign     bool          // what it said is not even framed like SMB
	status      *nodeStatus
	multiOnly   bool                 // it speaks SMB2 only after a multi-protocol NEGOTIATE
	guestAsked  bool                 // its one logon of a user that does not exist is done
	called      smbproto.NetBIOSName // under which it granted a session
	host        inventory.Host
}

// runGuarded runs the probe. A mistake of ours that panics costs this host's
// result, which says so, and not the hours of a run.
func (p *probe) runGuarded() (err error) {
	defer func() {
		if r := recover(); r != nil {
			p.host = inventory.Host{Address: p.target.Address, Target: p.target.Name, Site: p.target.Site, Time: p.host.Time,
				Error: fmt.Sprintf("internal error, please report it: %v", r)}
		}
	}()
	return p.run()
}

// usualSteps is how many observations an ordinary host makes.
const usualSteps = 5

// run asks the host everything that the options allow, least intrusive first.
// Its error is a fault of ours or the end of the run; whatever the host does is
// in p.host.
func (p *probe) run() error {
	p.host.Address, p.host.Target, p.host.Site = p.target.Address, p.target.Name, p.target.Site
	p.host.Time = time.Now().UTC().Truncate(time.Millisecond)
	p.host.Observations = make([]inventory.Observation, 0, usualSteps)
	p.status = p.askNodeStatus()
	defer p.giveBackNodeStatus()
	if err := p.direct(); err != nil {
		return err
	}
	p.readNodeStatus()
	p.giveBackNodeStatus()
	if err := p.askAgain(); err != nil {
		return err
	}
	if p.wantsSession() {
		if err := p.session(); err != nil {
			return err
		}
	}
	p.conclude()
	return p.identity()
}

// askAgain repeats the question whose connection gave no answer although the
// host is alive: its SYNs may have been lost, and are worth a second try.
func (p *probe) askAgain() error {
	o := p.host.Observations
	switch {
	case p.s.opts.Gentle || len(o) == 0 || !p.alive():
		return nil
	case o[0].Outcome == inventory.OutcomeFiltered:
		return p.direct()
	case p.host.SMB2 != nil && p.last(inventory.StepSMB1Negotiate) == inventory.OutcomeFiltered:
		return p.smb1(p.open, p.s.opts.Port)
	}
	return nil
}

// last returns the outcome of a step when it was last taken.
func (p *probe) last(step inventory.Step) (outcome inventory.Outcome) {
	for _, o := range p.host.Observations {
		if o.Step == step {
			outcome = o.Outcome
		}
	}
	return outcome
}

// direct asks on the direct TCP port.
func (p *probe) direct() error { return p.ladder(p.s.opts.Port, p.open) }

// opener connects and gets the connection to where SMB can be spoken.
type opener func(port uint16) (*conn, inventory.Outcome, error)

// ladder asks on one port: SMB2, SMB2 without 3.1.1 where that offer was not
// liked, SMB1 alone, and both at once where neither answered.
func (p *probe) ladder(port uint16, open opener) error {
	first, err := p.smb2(open, port, inventory.StepSMB2Negotiate)
	if err != nil || !reached(first) || p.s.opts.Gentle {
		return err
	}
	if dislikes311(first) {
		if _, err := p.smb2(open, port, inventory.StepSMB2NegotiateOld); err != nil {
			return err
		}
	}
	if p.foreign || first == inventory.OutcomeTooLong {
		return nil
	}
	if p.host.SMB2 == nil || p.s.opts.Depth != DepthNegotiate {
		if err := p.older(open, port); err != nil {
			return err
		}
	}
	if first == inventory.OutcomeSilent && p.host.SMB2 == nil && p.host.SMB1 != nil { // it may just have woken up
		if _, err := p.smb2(open, port, inventory.StepSMB2Negotiate); err != nil {
			return err
		}
	}
	// What takes SMB2 only after SMB1 refuses every offer, whatever it speaks.
	if p.host.SMB2 != nil && p.host.SMB2.Port == port && p.s.opts.Dialects && !p.multiOnly {
		return p.dialects(open, port)
	}
	return nil
}

// older asks SMB1 alone, and both protocols at once where neither has chosen a
// dialect.
func (p *probe) older(open opener, port uint16) error {
	if err := p.smb1(open, port); err != nil {
		return err
	}
	if p.host.SMB2 != nil || p.host.SMB1 != nil && p.host.SMB1.Dialect != "" {
		return nil
	}
	return p.multi(open, port)
}

// reached reports whether a connection stood, so that asking again makes sense.
func reached(o inventory.Outcome) bool {
	switch o {
	case inventory.OutcomeRefused, inventory.OutcomeFiltered, inventory.OutcomeProhibited, inventory.OutcomeUnreachable,
		inventory.OutcomeBudget, inventory.OutcomeUnknown:
		return false
	}
	return true
}

// dislikes311 reports whether a server may only have stumbled over the 3.1.1
// offer: some reset or close the connection, ksmbd answers any trouble with
// STATUS_INSUFFICIENT_RESOURCES.
func dislikes311(o inventory.Outcome) bool {
	return o == inventory.OutcomeResetAfterNegotiate || o == inventory.OutcomeClosedAfterNegotiate || o == inventory.OutcomeErrorStatus
}

// wantsSession reports whether the NetBIOS session port is worth asking: when
// the direct port is closed or dead, when a filtered host answered on UDP, or
// when everything is to be asked.
func (p *probe) wantsSession() bool {
	if p.s.opts.Gentle || p.target.Address.Is6() { // NetBIOS knows no IPv6
		return false
	}
	if p.s.opts.Depth == DepthFull {
		return p.alive()
	}
	if p.host.SMB1 != nil || p.host.SMB2 != nil {
		return false
	}
	return p.alive() || p.saw(inventory.OutcomeProhibited)
}

// alive reports whether the host gave any sign of life.
func (p *probe) alive() bool {
	return slices.ContainsFunc(p.host.Observations, func(o inventory.Observation) bool {
		if o.Step == inventory.StepNodeStatus && o.Outcome == inventory.OutcomeSilent {
			return false // nothing stands behind a datagram without an answer
		}
		return o.Outcome == inventory.OutcomeRefused || reached(o.Outcome)
	})
}

func (p *probe) saw(outcome inventory.Outcome) bool {
	return slices.ContainsFunc(p.host.Observations, func(o inventory.Observation) bool { return o.Outcome == outcome })
}

// unconnected observes a step for which no connection came about. An unknown
// outcome says that a step before it is observed instead.
func (p *probe) unconnected(step inventory.Step, port uint16, outcome inventory.Outcome, started time.Time) {
	if outcome != inventory.OutcomeUnknown {
		p.observe(step, port, result{outcome: outcome}, "", started)
	}
}

// observe adds a step to the trail of evidence.
func (p *probe) observe(step inventory.Step, port uint16, r result, status string, started time.Time) {
	p.host.Observations = append(p.host.Observations, inventory.Observation{Step: step, Port: port, Outcome: r.outcome,
		Status: status, Detail: r.detail, Millis: time.Since(started).Milliseconds()})
}

// quirk notes a deviation, once.
func (p *probe) quirk(text string) {
	if !slices.Contains(p.host.Quirks, text) {
		p.host.Quirks = append(p.host.Quirks, text)
	}
}

// tellingFirst orders outcomes by how much they tell about a host that does
// not speak SMB. What leaves a question open comes before what answers it:
// "something else is there" and "closed" are only said when nothing else was
// seen on any port.
var tellingFirst = []inventory.Outcome{
	inventory.OutcomeErrorStatus, inventory.OutcomeNoDialect, inventory.OutcomeMalformed, inventory.OutcomeTooLong,
	inventory.OutcomeSessionRefused, inventory.OutcomeTimeout, inventory.OutcomeResetAfterNegotiate, inventory.OutcomeClosedAfterNegotiate,
	inventory.OutcomeResetOnConnect, inventory.OutcomeSilent, inventory.OutcomeNotSMB, inventory.OutcomeProhibited,
	inventory.OutcomeFiltered, inventory.OutcomeUnreachable, inventory.OutcomeBudget, inventory.OutcomeRefused,
}

// conclude derives the host's state from its observations.
func (p *probe) conclude() {
	h := &p.host
	switch {
	case h.SMB2 != nil:
		h.State, h.Port = inventory.StateSMB, h.SMB2.Port
		return
	case h.SMB1 != nil:
		h.State, h.Port = inventory.StateSMB, h.SMB1.Port
		return
	}
	for _, outcome := range tellingFirst {
		for _, o := range h.Observations {
			if o.Outcome == outcome && o.Step != inventory.StepNodeStatus {
				h.State, h.Detail, h.Port = stateOf(outcome), outcome.String(), o.Port
				return
			}
		}
	}
}

// stateOf returns the state of a port at which the most telling outcome was o.
func stateOf(o inventory.Outcome) inventory.State {
	switch o {
	case inventory.OutcomeRefused:
		return inventory.StateClosed
	case inventory.OutcomeFiltered, inventory.OutcomeProhibited:
		return inventory.StateFiltered
	case inventory.OutcomeUnreachable:
		return inventory.StateUnreachable
	case inventory.OutcomeUnknown, inventory.OutcomeBudget:
		return inventory.StateUnknown
	}
	return inventory.StateOpen
}
