package verify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/hirochachacha/go-smb2"

	"smbready/inventory"
	"smbready/smbproto"
)

// Stages of an attempt, as inventory.Session names them.
const (
	stageConnect   = "connect"
	stageNegotiate = "negotiate"
	stageSetup     = "session-setup"
	stageTree      = "tree-connect"
	stageDone      = "done"
)

// Target is the host to log on to.
type Target struct {
	Address netip.AddrPort
	Name    string // by which the user calls it; "" for none
}

// server is the host's name in share paths and in the name of its service.
func (t Target) server() string {
	a := t.Address.Addr()
	switch {
	case t.Name != "":
		return t.Name
	case a.Is6() && !a.Is4In6(): // a colon cannot be in a path, [MS-DTYP] 2.2.57
		return strings.NewReplacer(":", "-", "%", "s").Replace(a.String()) + ".ipv6-literal.net"
	}
	return a.Unmap().String()
}

// attempt is one connection with one logon.
type attempt struct {
	target      Target
	account     Credentials
	workstation string
	offered     smbproto.Dialect // the only dialect to offer; 0 for all
	timeout     time.Duration
	dial        func(ctx context.Context, addr netip.AddrPort) (net.Conn, error)

	tamper      bool // TREE_CONNECT goes out with a wrong signature
	passInterim bool
	hideDemand  bool
	optional    bool // signing is offered, not demanded
	limit       int

	guard    *guard
	result   inventory.Session
	authSent bool // the proof of the password went out
	silent   bool // it ended because time was up
}

// prove makes the attempt and judges it. It reports whether the host may have
// counted a failed logon: it got a proof of the password, and showed by no right
// signature that it took it. A host that lets anybody in shows nothing.
func (a *attempt) prove(ctx context.Context) (risked bool) {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	session, err := a.logOn(ctx)
	if a.guard == nil {
		a.unreachable(err)
		return false
	}
	defer a.guard.Close()
	e := ends{logon: err}
	if f := a.guard.w.facts(); err == nil && !f.guest() {
		e.mounted = true
		e.mount, e.parting = a.mount(ctx, session)
	}
	f := a.guard.w.facts()
	a.judge(&f, e)
	a.authSent = f.authSent
	return f.authSent && !a.result.AccountGood
}

// ends is how the steps of an attempt ended, by go-smb2's errors.
type ends struct {
	logon   error
	mounted bool // the connection to IPC$ was tried
	mount   error
	parting error // of the disconnection or the logoff
}

// last is the error that a result rests on.
func (e *ends) last() error {
	if e.mounted {
		return e.mount
	}
	return e.logon
}

// connect opens the connection that the guard watches.
func (a *attempt) connect(ctx context.Context) error {
	a.result = inventory.Session{Time: time.Now().UTC().Truncate(time.Millisecond), Stage: stageConnect}
	if a.offered != 0 {
		a.result.Offered = a.offered.String()
	}
	dial := a.dial
	if dial == nil {
		dial = dialSystem
	}
	c, err := dial(ctx, a.target.Address)
	if err != nil {
		return err
	}
	if end, ok := ctx.Deadline(); ok {
		c.SetDeadline(end)
	}
	a.guard = newGuard(c)
	a.guard.w.logon = newLogonCheck(a.account)
	a.guard.tamper, a.guard.passInterim, a.guard.hideDemand = a.tamper, a.passInterim, a.hideDemand
	if a.limit > 0 {
		a.guard.limit = a.limit
	}
	return nil
}

func dialSystem(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{KeepAlive: -1}
	return d.DialContext(ctx, "tcp", addr.String())
}

// logOn negotiates and logs on. When it fails, the guard knows how far it came;
// without a guard there was no connection.
func (a *attempt) logOn(ctx context.Context) (s *smb2.Session, err error) {
	if err := a.connect(ctx); err != nil {
		return nil, err
	}
	d := smb2.Dialer{
		Negotiator: smb2.Negotiator{RequireMessageSigning: !a.optional, SpecifiedDialect: uint16(a.offered)},
		Initiator: &smb2.NTLMInitiator{User: a.account.User, Password: string(a.account.Password), Domain: a.account.Domain,
			Workstation: a.workstation, TargetSPN: "cifs/" + a.target.server()},
	}
	err = caught(func() error {
		s, err = d.DialContext(ctx, a.guard)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.WithContext(ctx), nil
}

// mount connects to IPC$, disconnects and logs off.
func (a *attempt) mount(ctx context.Context, s *smb2.Session) (err, parting error) {
	var share *smb2.Share
	err = caught(func() (err error) {
		share, err = s.Mount(`\\` + a.target.server() + `\IPC$`)
		return err
	})
	if err == nil {
		a.guard.w.mu.Lock()
		a.guard.w.proven = true
		a.guard.w.mu.Unlock()
	}
	parting = caught(func() error {
		if err == nil {
			if err := share.WithContext(ctx).Umount(); err != nil {
				return err
			}
		}
		return s.Logoff()
	})
	return err, parting
}

// panicked is a panic of go-smb2 in one of our own goroutines.
type panicked struct{ value any }

func (p *panicked) Error() string {
	return fmt.Sprintf("the SMB client fell over its answer: %v", p.value)
}

// caught runs f and turns a panic into an error.
func caught(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &panicked{r}
		}
	}()
	return f()
}

// unreachable notes that there was no connection.
func (a *attempt) unreachable(err error) {
	a.result.Result, a.result.Detail = inventory.SessionUnreachable, err.Error()
}

// judge says what came of the attempt. It looks at what the witness saw; of
// go-smb2's errors only the kind counts, which tells whether a signature was
// found right.
func (a *attempt) judge(f *facts, e ends) {
	r := &a.result
	a.record(f, e.mounted, e.last())
	if e.logon != nil || f.guest() {
		r.Result = logonResult(f, e.logon)
	} else {
		r.Result = treeResult(f, e.mount)
		r.Encrypted = f.encrypted && !f.answered[commandTreeConnect] && provesAccount(r.Result)
	}
	r.AccountGood = provesAccount(r.Result) || f.setupSignature == inventory.CheckRight
	if provesAccount(r.Result) && (wrongBelow311(f) || wrongParting(f, e.parting)) {
		r.Result = inventory.SessionBadSignature
	}
	var fell *panicked
	switch err := e.last(); {
	case f.misbehaviour != "" && !settled(r.Result):
		r.Result = inventory.SessionBroken
	case r.Result == inventory.SessionBroken && f.encrypted && r.Misbehaviour == "":
		r.Misbehaviour = "an encrypted message that nobody can read"
	case f.notSupported != "":
		r.Result, r.Detail = inventory.SessionNotSupported, f.notSupported
	case errors.As(err, &fell) && r.Misbehaviour == "":
		r.Misbehaviour = fell.Error()
	}
	if settled(r.Result) {
		r.Stage, r.Status = stageDone, ""
	}
}

// record notes the facts that a result rests on.
func (a *attempt) record(f *facts, mounted bool, err error) {
	r := &a.result
	r.Stage = stageOf(f, mounted)
	if f.dialect != 0 {
		r.Dialect = f.dialect.String()
	}
	r.SetupSigned = f.setup.signed && f.setup.stamped
	r.SetupSignature = f.setupSignature
	r.RequestsSent, r.Answers = f.requests, f.answers
	if f.loggedOn {
		r.SessionFlags = &f.flags
	}
	if f.answers.Signed > 0 {
		r.Algorithm = algorithm(f.dialect)
	}
	r.Misbehaviour = f.misbehaviour
	if f.status != 0 {
		r.Status = f.status.String()
	}
	if err != nil {
		r.Detail = err.Error()
	}
	var late *smb2.ContextError
	a.silent = f.late || errors.As(err, &late) && late.Timeout()
}

// wrongBelow311 reports whether the answer to the logon was signed wrongly at a
// dialect at which it need not be signed at all, but a client that looks at the
// signature refuses a wrong one, [MS-SMB2] 3.2.5.3.1. At 3.1.1 it is told apart.
func wrongBelow311(f *facts) bool {
	return f.setupSignature == inventory.CheckWrong && f.dialect < smbproto.Dialect311
}

// wrongParting reports whether an answer that came after IPC$ was connected has
// a wrong signature: go-smb2 refused it, and for nothing else.
func wrongParting(f *facts, err error) bool {
	p := f.parting
	return err != nil && !saysStatus(err) && !transportError(err) && p.signed && p.stamped && !p.odd
}

// settled reports whether IPC$ was reached: what happens later is no matter.
func settled(r inventory.SessionResult) bool {
	return r == inventory.SessionSigned || r == inventory.SessionEncrypted
}

// stageOf returns how far an attempt came.
func stageOf(f *facts, mounted bool) string {
	switch {
	case mounted:
		return stageTree
	case f.answered[smbproto.SMB2CommandNegotiate] && !failed(f.negotiate.status):
		return stageSetup
	}
	return stageNegotiate
}

// logonResult says what came of a logon that failed, or that made a guest.
func logonResult(f *facts, dialErr error) inventory.SessionResult {
	refused := f.answered[smbproto.SMB2CommandSessionSetup] && failed(f.setup.status)
	var internal *smb2.InternalError
	switch {
	case f.loggedOn && f.legs == 2 && f.flags&smbproto.SessionFlagNull != 0:
		return inventory.SessionNull
	case f.loggedOn && f.legs == 2 && f.flags&smbproto.SessionFlagGuest != 0:
		return inventory.SessionGuest
	case errors.As(dialErr, &internal):
		return inventory.SessionUnknown // a fault of ours
	case f.answered[smbproto.SMB2CommandNegotiate] && failed(f.negotiate.status):
		return inventory.SessionNegotiateFailed
	case refused && f.setup.status == smbproto.StatusNTLMBlocked:
		return inventory.SessionNotSupported
	case refused && cannotCheck(f.setup.status):
		return inventory.SessionBroken
	case refused && (f.authSent || refusesAccount(f.setup.status)):
		return inventory.SessionLogonFailed
	}
	return inventory.SessionBroken
}

// cannotCheck reports whether a status says that the host could not look at the
// logon, and so nothing of the account.
func cannotCheck(s smbproto.Status) bool {
	switch s {
	case smbproto.StatusNoLogonServers, smbproto.StatusInternalError, smbproto.StatusNetlogonNotStarted,
		smbproto.StatusInsufficientResources, smbproto.StatusRequestNotAccepted:
		return true
	}
	return false
}

// refusesAccount reports whether a status, given before any proof of a
// password, is about accounts all the same.
func refusesAccount(s smbproto.Status) bool {
	switch s {
	case smbproto.StatusLogonFailure, smbproto.StatusAccessDenied, smbproto.StatusLogonTypeNotGranted, smbproto.StatusAccountLockedOut,
		smbproto.StatusAccountDisabled, smbproto.StatusPasswordExpired, smbproto.StatusAccountRestriction, smbproto.StatusInvalidLogonHours,
		smbproto.StatusInvalidWorkstation, smbproto.StatusNoSuchUser, smbproto.StatusWrongPassword:
		return true
	}
	return false
}

// treeResult says what came of the connection to IPC$: the proof itself.
func treeResult(f *facts, err error) inventory.SessionResult {
	right := err == nil || saysStatus(err) // go-smb2 checks the signature before it looks at anything else
	sealed := (f.treeSealed || f.encrypted) && !f.answered[commandTreeConnect]
	switch t := f.tree; {
	case sealed && err == nil:
		return inventory.SessionEncrypted
	case sealed && right:
		return inventory.SessionAccessDenied
	case !f.answered[commandTreeConnect], !f.treeRequest.signed, !f.treeRequest.stamped:
		return inventory.SessionBroken
	case (!t.signed || !t.stamped) && blamesRequest(t.status):
		return inventory.SessionBroken
	case !t.signed || !t.stamped:
		return inventory.SessionUnsigned
	case err == nil:
		return inventory.SessionSigned
	case right && failed(t.status):
		return inventory.SessionAccessDenied
	case transportError(err), t.odd:
		return inventory.SessionBroken
	}
	return inventory.SessionBadSignature
}

// blamesRequest reports whether a status may mean that the host found our own
// signature wrong, or knows nothing of the session: it cannot sign that then,
// [MS-SMB2] 3.3.5.2.4 and 3.3.5.2.9.
func blamesRequest(s smbproto.Status) bool {
	switch s {
	case smbproto.StatusAccessDenied, smbproto.StatusUserSessionDeleted, smbproto.StatusNetworkSessionExpired, smbproto.StatusInvalidSignature:
		return true
	}
	return false
}

// saysStatus reports whether go-smb2's error stands for an NTSTATUS, which it
// reads only of an answer whose signature is right.
func saysStatus(err error) bool {
	var status *smb2.ResponseError
	return errors.As(err, &status) || errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrExist)
}

// transportError reports whether go-smb2 got no answer, or fell over it.
func transportError(err error) bool {
	var transport *smb2.TransportError
	var timeout *smb2.ContextError
	var fell *panicked
	var internal *smb2.InternalError
	return errors.As(err, &transport) || errors.As(err, &timeout) || errors.As(err, &fell) || errors.As(err, &internal)
}
