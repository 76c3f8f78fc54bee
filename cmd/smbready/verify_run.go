package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"smbready/inventory"
	"smbready/scanner/verify"
)

// verification is a scan whose hosts are then logged on to.
type verification struct {
	app     *app
	job     job
	options verify.Options
	named   []string // the targets as the user gave them, in his order
	ctx     context.Context
	keep    keeper

	mu    sync.Mutex
	hosts []*inventory.Host
	stop  *verify.Stop
}

// Host keeps a host until all are scanned.
func (v *verification) Host(h *inventory.Host) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hosts = append(v.hosts, h)
	return nil
}

// Close logs on to the hosts, and hands them on.
func (v *verification) Close(sum *inventory.Summary) error {
	v.order()
	done := 0
	v.options.Warn = func(text string) { v.app.ui.say("%s", text) }
	stop, err := verify.Run(v.ctx, v.options, v.hosts, func(h *inventory.Host) error {
		v.mu.Lock()
		defer v.mu.Unlock()
		done++
		v.progress(h, done)
		return v.keep.Host(h)
	})
	v.stop = stop
	if v.ctx.Err() != nil || stop != nil {
		sum.Interrupted = true
	}
	if stop != nil {
		sum.Error = v.stopText()
	}
	if err != nil && v.ctx.Err() == nil {
		sum.Error = err.Error()
	} else {
		err = nil
	}
	return errors.Join(err, v.keep.Close(sum))
}

// order puts the hosts that the user named first, in his order: the first of
// them decides whether the account is good. Those of a range or a file follow by
// address.
func (v *verification) order() {
	place := make(map[string]int, 2*len(v.named))
	for i, name := range v.named {
		if addr, err := netip.ParseAddr(name); err == nil {
			name = addr.String() // however it was written
		}
		if _, twice := place[name]; !twice {
			place[name] = i
		}
	}
	rank := func(h *inventory.Host) int {
		for _, name := range []string{h.Target, h.Address.String()} {
			if i, named := place[name]; named {
				return i
			}
		}
		return len(v.named)
	}
	slices.SortFunc(v.hosts, func(a, b *inventory.Host) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Address.Compare(b.Address))
	})
}

// progress says what came of a host.
func (v *verification) progress(h *inventory.Host, done int) {
	if v.job.quiet || len(h.Sessions) == 0 || h.Sessions[len(h.Sessions)-1].Result == inventory.SessionNotTried {
		return
	}
	last := h.Sessions[len(h.Sessions)-1]
	v.app.ui.say("%d of %d: %s: %v", done, len(v.hosts), hostName(h), last.Result)
}

// hostName is what a line calls a host.
func hostName(h *inventory.Host) string {
	if h.Target != "" {
		return fmt.Sprintf("%s (%s)", h.Target, h.Address)
	}
	return h.Address.String()
}

// recordVerified runs a verification and reports it.
func (a *app) recordVerified(ctx context.Context, v *verification) error {
	v.ctx = ctx
	v.job.through = func(k keeper) keeper {
		v.keep = k
		return v
	}
	if err := a.record(ctx, v.job); err != nil {
		return err
	}
	return v.stopped()
}

// stopped returns the error of a run that ended before its last host, or that
// did not measure what it was to.
func (v *verification) stopped() error {
	if v.ctx.Err() != nil {
		return nil // which is said already
	}
	if v.stop == nil {
		return errors.Join(v.untried(), v.unmeasured())
	}
	return hintError{errors.New(v.stopText()), "check the account, and name a host first where it is known to work; --account-lockout-safe=false goes on regardless"}
}

// stopText says where the run stopped, and why.
func (v *verification) stopText() string {
	text := fmt.Sprintf("stopped at %s: %s", hostName(v.stop.Host), v.stop.Why())
	if n := uint64(v.stop.Left); n > 0 {
		text += fmt.Sprintf("; %s not tried, so that the account is not locked out", addresses(n))
	}
	return text
}

// untried returns an error when not one session could be tried, and says of how
// many hosts that is true otherwise.
func (v *verification) untried() error {
	n := 0
	for _, h := range v.hosts {
		if !slices.ContainsFunc(h.Sessions, func(s inventory.Session) bool { return s.Stage != "" && s.Stage != "connect" }) {
			n++
		}
	}
	switch {
	case n == 0:
		return nil
	case n < len(v.hosts):
		if !v.job.quiet {
			v.app.ui.say("no session could be tried on %d of %s", n, addresses(uint64(len(v.hosts))))
		}
		return nil
	}
	return fmt.Errorf("no session could be tried: nothing is proven of %s", addresses(uint64(n)))
}

// unmeasured returns an error when a measurement was asked for and not made.
func (v *verification) unmeasured() error {
	if v.options.Cost == nil {
		return nil
	}
	for _, h := range v.hosts {
		if h.Cost == nil || h.Cost.Error != "" {
			return fmt.Errorf("what signing costs at %s was not measured to its end; the report says more", hostName(h))
		}
	}
	return nil
}
