package verify

import (
	"context"
	"net"
	"net/netip"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// Attempt is one attempt at a session, and what it may have cost.
type Attempt struct {
	Session inventory.Session `json:"session"`

	// Risked says that the host got a proof of the password and did not show, by
	// a right signature, that it took it as that of the account: it may have
	// counted a failed logon.
	Risked bool `json:"risked,omitempty"`
}

// proof is the whole procedure for one host.
type proof struct {
	target      Target
	account     Credentials
	workstation string
	known       bool // the account is known to be good: an attempt without an outcome may be made again
	tamper      bool // try also whether the host looks at signatures
	timeout     time.Duration
	delay       time.Duration // between two connections
	dial        func(ctx context.Context, addr netip.AddrPort) (net.Conn, error)
}

// lower are the dialects that are offered alone when a session at all dialects
// fails: some hosts get the key of 3.1.1 wrong, some that of 3.x.
var lower = []smbproto.Dialect{smbproto.Dialect302, smbproto.Dialect210}

// run makes the attempts and hands each to emit as soon as it is over.
func (p *proof) run(ctx context.Context, emit func(Attempt)) {
	first := p.attempt(0)
	risked := first.prove(ctx)
	if p.tamper && first.result.Result == inventory.SessionSigned && p.pause(ctx) {
		first.result.Tamper = p.control(ctx, first.guard.w.facts().dialect)
	}
	p.tell(emit, first, risked)
	before := first
	for _, dialect := range lower {
		if !p.again(before) || !p.pause(ctx) {
			return
		}
		if f := first.guard.w.facts(); f.dialect != 0 && dialect >= f.dialect {
			continue
		}
		before = p.attempt(dialect)
		risked = before.prove(ctx)
		p.tell(emit, before, risked)
	}
}

// tell hands an attempt on, with what is known of the account by then.
func (p *proof) tell(emit func(Attempt), a *attempt, risked bool) {
	p.known = p.known || a.result.AccountGood
	a.result.AccountGood = p.known
	emit(Attempt{a.result, risked})
}

func (p *proof) attempt(offered smbproto.Dialect) *attempt {
	return &attempt{target: p.target, account: p.account, workstation: p.workstation, offered: offered, timeout: p.timeout, dial: p.dial}
}

// again reports whether an attempt failed in a way that may be the fault of its
// dialect. Once the password was proven to the host, that cannot be told from a
// failed logon, unless the account is known to be good; and a host that could not
// look at the logon will not be better at it for an older dialect.
func (p *proof) again(a *attempt) bool {
	switch a.result.Result {
	case inventory.SessionUnsigned, inventory.SessionBadSignature, inventory.SessionNegotiateFailed, inventory.SessionBroken:
	default:
		return false
	}
	if a.guard == nil || !a.authSent {
		return true
	}
	return p.known && !cannotCheck(a.guard.w.facts().setup.status)
}

// control sends a request with a wrong signature: whether the host looks at
// signatures at all shows only then, [MS-SMB2] 3.3.5.2.4.
func (p *proof) control(ctx context.Context, dialect smbproto.Dialect) inventory.Tamper {
	a := p.attempt(dialect)
	a.tamper = true
	a.prove(ctx)
	if a.guard == nil {
		return inventory.TamperUnknown
	}
	f := a.guard.w.facts()
	switch {
	case !f.loggedOn || f.guest() || f.lastCommand == smbproto.SMB2CommandSessionSetup || ctx.Err() != nil:
		return inventory.TamperUnknown // the request was not sent
	case f.answered[commandTreeConnect] && !failed(f.tree.status):
		return inventory.TamperAccepted
	case f.answered[commandTreeConnect], !a.silent: // silence is no refusal
		return inventory.TamperRefused
	}
	return inventory.TamperUnknown
}

// pause leaves the host in peace between two connections. It reports whether
// the run goes on.
func (p *proof) pause(ctx context.Context) bool {
	t := time.NewTimer(p.delay)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
