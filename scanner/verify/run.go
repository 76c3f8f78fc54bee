package verify

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"smbready/inventory"
)

// Options say how to verify.
type Options struct {
	Account     Credentials
	Workstation string        // name of this machine, as the host's log shows it
	Timeout     time.Duration // of one attempt; 0 means DefaultTimeout
	Delay       time.Duration // between two connections to a host; 0 means 250 ms, negative none
	Concurrency int           // hosts at a time, once the account is known to be good; 0 means 1
	KeepGoing   bool          // after a logon that failed: may lock the account out
	Tamper      bool          // try also whether a host looks at signatures
	Cost        *CostOptions  // measure that too
	Warn        func(string)  // takes what the user has to know at once
}

// DefaultTimeout of an attempt leaves room for hosts that hold back a logon:
// Windows Server 2025 takes two seconds after each that failed.
const DefaultTimeout = 20 * time.Second

const defaultDelay = 250 * time.Millisecond

// Stop is why a run ended before its last host.
type Stop struct {
	Host    *inventory.Host
	Session inventory.Session
	Left    int // hosts that were not tried
}

// Why says what the host made of the logon.
func (s *Stop) Why() string {
	switch s.Session.Result {
	case inventory.SessionLogonFailed:
		return fmt.Sprintf("the logon was refused (%s)", s.Session.Status)
	case inventory.SessionGuest, inventory.SessionNull:
		return "the account was let in only as a guest, which hides a wrong password"
	case inventory.SessionUnsigned, inventory.SessionBadSignature:
		return "the account was let in, but by no right signature, which hides a wrong password"
	}
	if s.Session.Status != "" {
		return fmt.Sprintf("the host did not look at the logon (%s), which may count as a failed one", s.Session.Status)
	}
	return "the logon got no clear answer, and may have failed"
}

// Run tries the account on each host, in order, and adds what came of it to the
// host's Sessions. Each host is handed to done when it is finished with, whether
// it was tried or not; done may be called from several goroutines at once.
//
// The account is tried on one host after the other until one shows, by a right
// signature, that it is good; then on several at once. An account without a
// domain is each host's own, so that no host shows anything of it for another.
// The first attempt that was or may have been a failed logon ends the run: the
// account has then cost one, whatever the number of hosts. KeepGoing lifts that.
//
// Credentials that cannot be sent as they are end it before anything is sent.
func Run(ctx context.Context, o Options, hosts []*inventory.Host, done func(*inventory.Host) error) (*Stop, error) {
	if err := o.Account.Valid(); err != nil {
		return nil, err
	}
	r := &runner{Options: o, done: done}
	if r.Timeout == 0 {
		r.Timeout = DefaultTimeout
	}
	if r.Delay == 0 {
		r.Delay = defaultDelay
	}
	if r.Concurrency < 1 || r.Cost != nil { // two measurements at a time would measure each other
		r.Concurrency = 1
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(r.Concurrency)
	for _, h := range hosts {
		if !r.knownGood() {
			if err := errors.Join(g.Wait(), r.host(ctx, h)); err != nil {
				return r.stop, err
			}
			g, gctx = errgroup.WithContext(ctx)
			g.SetLimit(r.Concurrency)
			continue
		}
		g.Go(func() error { return r.host(gctx, h) })
	}
	err := g.Wait()
	return r.stop, err
}

// runner is what the hosts of a run share.
type runner struct {
	Options
	done func(*inventory.Host) error

	mu   sync.Mutex // guards the rest
	good bool       // the account is known to be
	stop *Stop
}

func (r *runner) knownGood() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.good
}

// host tries one host, unless the run is over.
func (r *runner) host(ctx context.Context, h *inventory.Host) error {
	if r.wanted(ctx, h) {
		if err := r.verify(ctx, h); err != nil && ctx.Err() == nil {
			return err
		}
		if err := r.measure(ctx, h); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return r.done(h)
}

// wanted reports whether a host is to be tried. One that cannot be tried is
// told why.
func (r *runner) wanted(ctx context.Context, h *inventory.Host) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case ctx.Err() != nil, h.State != inventory.StateSMB:
		return false
	case r.stop != nil:
		r.stop.Left++
		h.Sessions = append(h.Sessions, inventory.Session{Time: time.Now().UTC().Truncate(time.Millisecond), Result: inventory.SessionNotTried,
			Detail: "the run had stopped, so that the account is not locked out"})
		return false
	case h.SMB2 == nil:
		h.Sessions = append(h.Sessions, notTried("it speaks only SMB1, in which no session is tried"))
		return false
	case h.SMB2.Port == netBIOSPort:
		h.Sessions = append(h.Sessions, notTried("it speaks SMB2 only over NetBIOS, where no session is tried"))
		return false
	}
	return true
}

// netBIOSPort wants a session request first, which go-smb2 does not make.
const netBIOSPort = 139

func notTried(why string) inventory.Session {
	return inventory.Session{Time: time.Now().UTC().Truncate(time.Millisecond), Result: inventory.SessionNotSupported, Detail: why}
}

// verify tries one host in a worker.
func (r *runner) verify(ctx context.Context, h *inventory.Host) error {
	p := r.process(h, r.knownGood())
	p.limit = time.Duration(len(lower)+2) * (r.Timeout + max(0, r.Delay))
	p.report = func(l line) {
		if l.Attempt != nil && len(h.Sessions) <= len(lower) {
			h.Sessions = append(h.Sessions, l.Attempt.Session)
			r.learn(h, l.Attempt)
		}
	}
	before := time.Now()
	started, err := p.run(ctx)
	switch {
	case err == nil:
		return nil
	case !started:
		return fmt.Errorf("cannot start this program a second time: %w", err)
	case ctx.Err() == nil:
		a := crashed(before, err.Error())
		h.Sessions = append(h.Sessions, a.Session)
		r.learn(h, &a)
	}
	return nil
}

func (r *runner) process(h *inventory.Host, known bool) *process {
	a := r.Account
	return &process{job: job{Address: netip.AddrPortFrom(h.Address, h.SMB2.Port), Name: h.Target, User: a.User, Domain: a.Domain,
		Password: string(a.Password), Workstation: r.Workstation, Known: known, Tamper: r.Tamper, Timeout: r.Timeout, Delay: max(0, r.Delay)}}
}

// learn draws from an attempt what it says of the account.
func (r *runner) learn(h *inventory.Host, a *Attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.Session.AccountGood && r.Account.shared() {
		r.good = true
	}
	if r.stop == nil && !r.KeepGoing && mayHaveFailed(a, r.good) {
		r.stop = &Stop{Host: h, Session: a.Session}
	}
}

// provesAccount reports whether a result rests on a key that only the right
// password gives.
func provesAccount(s inventory.SessionResult) bool {
	return s == inventory.SessionSigned || s == inventory.SessionEncrypted || s == inventory.SessionAccessDenied
}

// mayHaveFailed reports whether an attempt was a failed logon, or, of an account
// that is not known to be good, may have been one.
func mayHaveFailed(a *Attempt, good bool) bool {
	switch a.Session.Result {
	case inventory.SessionLogonFailed:
		return a.Risked
	case inventory.SessionGuest, inventory.SessionNull, inventory.SessionBroken, inventory.SessionUnknown,
		inventory.SessionUnsigned, inventory.SessionBadSignature:
		return a.Risked && !good && !a.Session.AccountGood
	}
	return false
}

// measure measures the cost of signing at one host, where a session with the
// account was seen to work, in a run that has not stopped.
func (r *runner) measure(ctx context.Context, h *inventory.Host) error {
	works := slices.ContainsFunc(h.Sessions, func(s inventory.Session) bool { return provesAccount(s.Result) })
	if r.Cost == nil || !works || r.stopped() {
		return nil
	}
	p := r.process(h, true)
	p.job.Cost = r.Cost
	p.limit = p.job.costLimit() + grace // it ends by itself before
	var files leftFiles
	p.report = func(l line) {
		switch {
		case l.Cost != nil:
			h.Cost = l.Cost
		case l.File != nil:
			files.note(*l.File)
		case l.Attempt != nil: // a logon that the host did not take this time
			r.learn(h, l.Attempt)
		}
	}
	started, err := p.run(ctx)
	if r.Warn != nil {
		files.each(r.Warn)
	}
	if err != nil && !started {
		return fmt.Errorf("cannot start this program a second time: %w", err)
	}
	if err != nil && ctx.Err() == nil {
		if h.Cost == nil {
			h.Cost = &inventory.Cost{Share: r.Cost.Share, Bytes: r.Cost.Bytes}
		}
		h.Cost.Error = shorten(err.Error())
	}
	return nil
}

// stopped reports whether the run is over for the account's sake.
func (r *runner) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stop != nil
}

// leftFiles are the test files that were not seen to be removed.
type leftFiles []testFile

func (l *leftFiles) note(f testFile) {
	*l = slices.DeleteFunc(*l, func(other testFile) bool { return other.Path == f.Path })
	if !f.Gone {
		*l = append(*l, f)
	}
}

// each tells of every file by its full path.
func (l leftFiles) each(warn func(string)) {
	for _, f := range l {
		why := f.Why
		if why == "" {
			why = "the measurement was cut off"
		}
		warn(fmt.Sprintf("the test file could not be removed, please do: %s (%s)", f.Path, why))
	}
}
