package verify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
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

// CostOptions say how to measure what signing costs.
type CostOptions struct {
	Share           string `json:"share"` // its name, and a folder in it if need be: scans or scans\2026
	Bytes           int64  `json:"bytes"` // of the test file
	Rounds          int    `json:"rounds"`
	UnsignedAsGuest bool   `json:"unsigned_as_guest,omitempty"` // a guest's session, which is never signed, is the other side
}

// chunk is what is written or read at once, in bytes: as much as go-smb2 asks
// of a host that allows it.
const chunk = 1 << 20

// slowest is the transfer that is still waited for, in bytes a second.
const slowest = 1 << 20

// limit is the time that a measurement may take.
func (o *CostOptions) limit() time.Duration {
	bytes := o.Bytes * int64(o.Rounds) * 4
	return min(time.Minute+time.Duration(bytes/slowest)*time.Second, longest)
}

// longest is the time that no measurement exceeds.
const longest = 4 * time.Hour

// noUnsigned is why there is nothing to compare with.
const noUnsigned = "an account's session is always signed here; a guest's never is, and was not asked for"

// errEncrypted is why nothing can be said of signing.
var errEncrypted = errors.New("it is encrypted, which takes the place of signing")

// meter measures at one host. It has one session at a time, and so one file.
type meter struct {
	job    *job
	cost   inventory.Cost
	report func(line)
	dial   func(context.Context, netip.AddrPort) (net.Conn, error)
	block  []byte // random, what is written
	at     *side  // the session that there is, if any

	// What to offer a host that was seen to require signing; see open.
	dialect smbproto.Dialect
	hide    bool
}

func (j *job) meter(report func(line)) *meter {
	m := &meter{job: j, report: report, dial: dialSystem, block: make([]byte, chunk),
		cost: inventory.Cost{Share: j.Cost.Share, Bytes: j.Cost.Bytes}}
	rand.Read(m.block)
	return m
}

// measure measures and reports what it found, whole or not.
func (m *meter) measure(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, m.job.costLimit())
	defer cancel()
	err := m.run(limited)
	switch {
	case ctx.Err() != nil:
		err = errors.New("interrupted")
	case limited.Err() != nil:
		err = fmt.Errorf("it did not end within %v", m.job.costLimit())
	}
	if err != nil {
		m.cost.Error = err.Error()
	}
	m.report(line{Cost: &m.cost})
}

func (m *meter) run(ctx context.Context) (err error) {
	defer func() {
		if endErr := m.leave(); err == nil {
			err = endErr
		}
	}()
	if !m.job.Cost.UnsignedAsGuest {
		m.cost.Unsigned = noUnsigned
	}
	for round := range m.job.Cost.Rounds {
		if err := m.round(ctx, round+1); err != nil {
			return err
		}
	}
	return nil
}

// leave ends the session that there is.
func (m *meter) leave() error {
	s := m.at
	m.at = nil
	return s.end(m)
}

// round transfers the file both ways on both sides. Which side begins changes
// from round to round, so that neither has the warmer caches.
func (m *meter) round(ctx context.Context, round int) error {
	for _, guest := range []bool{round%2 == 0, round%2 != 0} {
		if guest && m.cost.Unsigned != "" {
			continue
		}
		if err := m.enter(ctx, guest); err != nil {
			if guest && round == 1 && ctx.Err() == nil {
				m.cost.Unsigned = "no guest's session could be had: " + shorten(err.Error())
				continue
			}
			return err
		}
		for _, direction := range []string{"write", "read"} {
			run, err := m.at.transfer(ctx, m, direction)
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round, direction, err)
			}
			run.Round = round
			m.cost.Runs = append(m.cost.Runs, run)
		}
	}
	return nil
}

// enter has a session of one side. Where there are two sides, each transfer has
// a session of its own, and the one before is over: a device may have room for
// few, and no side is to have the warmer one.
func (m *meter) enter(ctx context.Context, guest bool) error {
	if m.at != nil && !m.job.Cost.UnsignedAsGuest {
		return nil
	}
	if err := m.leave(); err != nil {
		return err
	}
	m.at = m.newSide(guest)
	if err := m.open(ctx, m.at); err != nil {
		return err
	}
	if f := m.at.attempt.guard.w.facts(); !guest {
		m.cost.Dialect, m.cost.Algorithm = f.dialect.String(), algorithm(f.dialect)
	}
	return nil
}

// side is one session and its file.
type side struct {
	guest   bool // it should be a guest's session, which is not signed
	account Credentials
	delay   time.Duration // before each connection
	attempt *attempt
	flow    *flow
	ctx     context.Context // of the session, which the flow may end
	cancel  context.CancelCauseFunc
	session *smb2.Session
	share   *smb2.Share
	file    string // in the share; "" before it is asked for
	created bool
	pending bool // its creation was asked for and never answered
}

// newSide returns a side that has yet to log on: with the account, or as a guest
// by the name of nobody.
func (m *meter) newSide(guest bool) *side {
	s := &side{guest: guest, account: m.job.account(), delay: m.job.Delay}
	if guest {
		s.account = Credentials{User: "smbready-guest-" + strings.ToLower(rand.Text()[:10]), Password: "none"}
	}
	return s
}

// open logs on and connects to the share. What came about of the side has to
// end even after an error.
func (m *meter) open(ctx context.Context, s *side) error {
	err := s.connect(ctx, m)
	if err == nil && !m.hide && s.attempt.guard.w.facts().demands {
		// go-smb2 takes interim answers for forgeries where signing is required,
		// and a host that writes to a disk sends them. It is not told so then,
		// which 3.1.1 does not allow; 3.0.2 signs by the same algorithm.
		m.dialect, m.hide = min(s.attempt.guard.w.facts().dialect, smbproto.Dialect302), true
		s.disconnect()
		err = s.connect(ctx, m)
	}
	if err != nil {
		return s.because(err)
	}
	name, _ := m.place()
	s.flow.begin(slack)
	defer s.flow.end()
	return s.because(caught(func() (err error) {
		s.share, err = s.session.Mount(`\\` + m.job.target().server() + `\` + name)
		if err == nil {
			s.share = s.share.WithContext(s.ctx) // which it does not take over
		}
		return err
	}))
}

// connect logs on, some time after the connection before.
func (s *side) connect(ctx context.Context, m *meter) (err error) {
	if err := wait(ctx, s.delay); err != nil {
		return err
	}
	ctx, s.cancel = context.WithCancelCause(ctx)
	s.ctx = ctx
	s.attempt = &attempt{target: m.job.target(), account: s.account, workstation: m.job.Workstation, offered: m.dialect,
		optional: true, passInterim: true, hideDemand: m.hide, limit: maxTransferFrame, dial: s.dialer(m)}
	logonCtx, cancel := context.WithTimeout(ctx, m.job.Timeout)
	defer cancel()
	s.session, err = s.attempt.logOn(logonCtx)
	if s.attempt.guard == nil {
		return err
	}
	f := s.attempt.guard.w.facts()
	if !s.guest && f.authSent && ctx.Err() == nil && (err != nil || f.guest()) {
		m.tell(s.attempt, &f, err)
	}
	switch {
	case err != nil:
		return err
	case s.guest && !f.guest():
		return errors.New("the host made an account's session of it")
	case !s.guest && f.guest():
		return errors.New("the host let the account in only as a guest, whose session is never signed")
	case f.flags&smbproto.SessionFlagEncrypt != 0:
		return errEncrypted
	}
	s.session = s.session.WithContext(ctx)
	end, _ := ctx.Deadline()
	return s.attempt.guard.SetDeadline(end)
}

// dialer returns what dials for an attempt.
func (s *side) dialer(m *meter) func(context.Context, netip.AddrPort) (net.Conn, error) {
	return func(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
		c, err := m.dial(ctx, addr)
		if err != nil {
			return nil, err
		}
		s.flow = newFlow(c, s.cancel)
		return s.flow, nil
	}
}

// tell reports a logon with the account that did not come out as it did before:
// it may have been counted as a failed one.
func (m *meter) tell(a *attempt, f *facts, err error) {
	a.judge(f, ends{logon: err})
	m.report(line{Attempt: &Attempt{Session: a.result, Risked: f.authSent && !a.result.AccountGood}})
}

// because returns why a step failed: where the flow was ended, that is the cause
// and the rest a consequence.
func (s *side) because(err error) error {
	if err == nil || s.flow == nil {
		return err
	}
	return cmp.Or(s.flow.reason(), err)
}

// wait waits, unless there is no more time.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// place splits the share's name from the folder in it.
func (m *meter) place() (share, folder string) {
	share, folder, _ = strings.Cut(strings.Trim(strings.ReplaceAll(m.job.Cost.Share, "/", `\`), `\`), `\`)
	return share, folder
}

// create chooses the file's name, which nobody else has and everybody
// understands.
func (s *side) create(m *meter) string {
	_, folder := m.place()
	name := fmt.Sprintf("smbready-signing-cost-%s-%s.tmp", time.Now().UTC().Format("20060102T150405Z"), rand.Text()[:10])
	if folder != "" {
		name = folder + `\` + name
	}
	return name
}

// path is the file's full name.
func (s *side) path(m *meter) string {
	share, _ := m.place()
	return `\\` + m.job.target().server() + `\` + share + `\` + s.file
}

// transfer moves the file once and says what that took.
func (s *side) transfer(ctx context.Context, m *meter, direction string) (inventory.CostRun, error) {
	flags := os.O_RDONLY
	if direction == "write" {
		flags = os.O_WRONLY | os.O_TRUNC
		if s.file == "" {
			s.file, flags = s.create(m), os.O_WRONLY|os.O_CREATE|os.O_EXCL
			m.report(line{File: &testFile{Path: s.path(m)}})
		}
	}
	before := s.attempt.guard.w.facts()
	cpu, started := cpuTime(), time.Now()
	err := s.because(s.moveWatched(ctx, m, flags))
	run := inventory.CostRun{Direction: direction, Seconds: time.Since(started).Seconds(), CPUSeconds: (cpuTime() - cpu).Seconds()}
	if err != nil {
		if flags&os.O_CREATE != 0 && !s.created {
			s.notCreated(m, err)
		}
		return run, err
	}
	after := s.attempt.guard.w.facts()
	run.Signed = after.requests.Signed > before.requests.Signed && after.answers.Signed > before.answers.Signed
	unsigned := after.requests.Unsigned - before.requests.Unsigned + after.answers.Unsigned - before.answers.Unsigned
	switch {
	case s.guest:
		return run, nil
	case unsigned > 0:
		return run, fmt.Errorf("%d messages of it were not signed", unsigned)
	case !run.Signed:
		return run, errors.New("no message of it was seen to be signed")
	}
	return run, nil
}

// notCreated draws from an error what it says of a file that was to be created.
func (s *side) notCreated(m *meter, err error) {
	if saysStatus(err) {
		m.report(line{File: &testFile{Path: s.path(m), Gone: true}}) // it was never there
		s.file = ""
		return
	}
	s.pending = s.flow.unanswered()
}

// moveWatched moves the file, in no more requests than that should take, and as
// long as something moves.
func (s *side) moveWatched(ctx context.Context, m *meter, flags int) error {
	s.flow.begin(2*int(m.cost.Bytes/least) + slack)
	defer s.flow.end()
	return caught(func() error { return s.move(ctx, m, flags) })
}

// move writes the file or reads it, and closes it.
func (s *side) move(ctx context.Context, m *meter, flags int) (err error) {
	f, err := s.share.OpenFile(s.file, flags, 0o600)
	if err != nil {
		return err
	}
	s.created = true
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	buf := make([]byte, chunk)
	for at := int64(0); at < m.cost.Bytes && err == nil; at += chunk {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := buf[:min(chunk, m.cost.Bytes-at)]
		if flags == os.O_RDONLY {
			err = m.readBack(f, part, at)
		} else {
			_, err = f.WriteAt(m.content(part, at), at)
		}
	}
	return err
}

// content fills part with what stands at an offset of the file.
func (m *meter) content(part []byte, at int64) []byte {
	var stamp [8]byte
	binary.LittleEndian.PutUint64(stamp[:], uint64(at))
	copy(part, m.block)
	copy(part, stamp[:])
	return part
}

// readBack reads a part and compares it with what was written.
func (m *meter) readBack(f *smb2.File, part []byte, at int64) error {
	if _, err := f.ReadAt(part, at); err != nil {
		return err
	}
	want := m.content(make([]byte, 0, 8)[:min(8, len(part))], at)
	if !bytes.Equal(part[:len(want)], want) || !bytes.Equal(part[len(want):], m.block[len(want):len(part)]) {
		return fmt.Errorf("what was read at offset %d is not what was written there", at)
	}
	return nil
}

// end removes the file, whatever has happened, and logs off. Its error says
// that the file may be there still.
func (s *side) end(m *meter) error {
	if s == nil || s.attempt == nil || s.attempt.guard == nil {
		return nil
	}
	defer s.disconnect()
	if s.file == "" {
		return nil
	}
	note := &testFile{Path: s.path(m), Gone: true}
	err := s.remove(m)
	missing := errors.Is(err, os.ErrNotExist)
	switch {
	case err == nil, missing && !s.pending:
		err = nil
	case missing:
		note.Gone, note.Why = false, "the host never answered its creation and does not have it yet: it may still appear"
	default:
		note.Gone, note.Why = false, err.Error()
	}
	m.report(line{File: note})
	s.file, s.pending, s.created = "", false, false
	if err != nil {
		return fmt.Errorf("the test file could not be removed: %w", err)
	}
	return nil
}

// How long a try to remove the file may take: over its own connection, and over
// another one; how long parting may, and the pause between two tries.
const (
	removal = 4 * time.Second
	renewal = 8 * time.Second
	parting = 2 * time.Second
	respite = 500 * time.Millisecond
)

// remove removes the file, over a new connection if the old one is of no use.
// The time for that is its own: the measurement's may be over.
func (s *side) remove(m *meter) error {
	ctx, cancel := context.WithTimeout(context.Background(), removal)
	defer cancel()
	s.attempt.guard.SetDeadline(time.Now().Add(removal))
	s.flow.begin(slack)
	defer s.flow.end()
	err := caught(func() error { return s.share.WithContext(ctx).Remove(s.file) })
	if err == nil || errors.Is(err, os.ErrNotExist) && !s.pending {
		return err
	}
	s.attempt.guard.Close() // with it the host closes the file, which may be open still
	return s.removeAnew(m, err)
}

// removeAnew removes the file over a new connection. The delay before that is a
// short one: a file that stays behind is the greater evil.
func (s *side) removeAnew(m *meter, before error) error {
	ctx, cancel := context.WithTimeout(context.Background(), renewal)
	defer cancel()
	again := &side{guest: s.guest, account: s.account, delay: min(s.delay, time.Second)}
	err := m.open(ctx, again)
	defer again.disconnect()
	if err != nil {
		return fmt.Errorf("%w; and a new session could not be had: %v", before, err)
	}
	for {
		err := caught(func() error { return again.share.Remove(s.file) })
		if err == nil || !s.mayChange(err) || wait(ctx, respite) != nil {
			return err
		}
	}
}

// mayChange reports whether another try to remove the file may do better: when
// the host has yet to notice that the connection before is closed, or to create
// the file.
func (s *side) mayChange(err error) bool {
	var status *smb2.ResponseError
	if errors.As(err, &status) {
		return status.Code == statusSharingViolation || status.Code == statusDeletePending
	}
	return s.pending && errors.Is(err, os.ErrNotExist)
}

// Statuses of a file that is still open, [MS-ERREF] 2.3.1.
const (
	statusSharingViolation = 0xc0000043
	statusDeletePending    = 0xc0000056
)

// disconnect logs off and closes the connection.
func (s *side) disconnect() {
	if s.attempt == nil || s.attempt.guard == nil {
		return
	}
	s.attempt.guard.SetDeadline(time.Now().Add(parting))
	if s.session != nil {
		ctx, cancel := context.WithTimeout(context.Background(), parting)
		defer cancel()
		caught(s.session.WithContext(ctx).Logoff)
	}
	s.attempt.guard.Close()
	s.cancel(nil)
}
