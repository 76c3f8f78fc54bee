package verify

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
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
	return min(time.Minute+time.Duration(bytes/slowest)*time.Second, 4*time.Hour)
}

// noUnsigned is why there is nothing to compare with.
const noUnsigned = "an account's session is always signed here; a guest's never is, and was not asked for"

// meter measures at one host.
type meter struct {
	job     *job
	cost    inventory.Cost
	report  func(line)
	block   []byte // random, what is written
	signed  *side
	guest   *side
	limited context.Context // until the measurement has to be over, interrupted or not
}

// measure measures and reports what it found, whole or not.
func (j *job) measure(ctx context.Context, report func(line)) {
	o := j.Cost
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.limit())
	defer cancel()
	m := &meter{job: j, report: report, block: make([]byte, chunk), limited: limited,
		cost: inventory.Cost{Share: o.Share, Bytes: o.Bytes}}
	rand.Read(m.block)
	err := m.run(ctx)
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	if err != nil {
		m.cost.Error = redact(shorten(err.Error()), j.Password)
	}
	report(line{Cost: &m.cost})
}

func (m *meter) run(ctx context.Context) (err error) {
	m.signed, err = m.open(ctx, m.job.account())
	defer m.signed.end(m)
	if err != nil {
		return err
	}
	f := m.signed.attempt.guard.w.facts()
	m.cost.Dialect, m.cost.Algorithm = f.dialect.String(), algorithm(f.dialect)
	m.cost.Unsigned = noUnsigned
	if m.job.Cost.UnsignedAsGuest {
		m.guest, err = m.openGuest(ctx)
		defer m.guest.end(m)
		if m.cost.Unsigned = ""; err != nil {
			m.cost.Unsigned = "no guest's session could be had: " + shorten(err.Error())
			m.guest.end(m)
			m.guest = nil
		}
	}
	for round := range m.job.Cost.Rounds {
		if err := m.round(ctx, round+1); err != nil {
			return err
		}
	}
	return nil
}

// round transfers the file both ways on both sides. Which side begins changes
// from round to round, so that neither has the warmer caches.
func (m *meter) round(ctx context.Context, round int) error {
	sides := []*side{m.signed, m.guest}
	if round%2 == 0 {
		sides[0], sides[1] = sides[1], sides[0]
	}
	for _, s := range sides {
		if s == nil {
			continue
		}
		for _, direction := range []string{"write", "read"} {
			run, err := s.transfer(ctx, m, direction)
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round, direction, err)
			}
			run.Round = round
			m.cost.Runs = append(m.cost.Runs, run)
		}
	}
	return nil
}

// side is one session and its file.
type side struct {
	attempt *attempt
	session *smb2.Session
	share   *smb2.Share
	file    string // in the share; "" before it is asked for
	created bool
	account Credentials
}

// open logs on and connects to the share. The side is there even after an
// error: what came about of it has to end.
func (m *meter) open(ctx context.Context, account Credentials) (*side, error) {
	s := &side{account: account}
	err := s.connect(ctx, m, 0, false)
	if err == nil && s.attempt.guard.w.facts().demands {
		// go-smb2 takes interim answers for forgeries where signing is required,
		// and a host that writes to a disk sends them. It is not told so then,
		// which 3.1.1 does not allow; 3.0.2 signs by the same algorithm.
		dialect := min(s.attempt.guard.w.facts().dialect, smbproto.Dialect302)
		s.disconnect()
		err = s.connect(ctx, m, dialect, true)
	}
	if err != nil {
		return s, err
	}
	name, _ := m.place()
	return s, caught(func() (err error) {
		s.share, err = s.session.Mount(`\\` + m.job.target().server() + `\` + name)
		if err == nil {
			s.share = s.share.WithContext(ctx)
		}
		return err
	})
}

// connect logs on.
func (s *side) connect(ctx context.Context, m *meter, dialect smbproto.Dialect, hide bool) (err error) {
	s.attempt = &attempt{target: m.job.target(), account: s.account, workstation: m.job.Workstation, offered: dialect,
		optional: true, passInterim: true, hideDemand: hide, limit: maxTransferFrame}
	logonCtx, cancel := context.WithTimeout(ctx, m.job.Timeout)
	defer cancel()
	if s.session, err = s.attempt.logOn(logonCtx); err != nil {
		return err
	}
	if end, ok := m.limited.Deadline(); ok {
		s.attempt.guard.SetDeadline(end)
	}
	s.session = s.session.WithContext(ctx)
	f := s.attempt.guard.w.facts()
	if f.flags&smbproto.SessionFlagEncrypt != 0 {
		return errors.New("the session is encrypted, which takes the place of signing")
	}
	return nil
}

// openGuest has a guest's session, by the name of nobody.
func (m *meter) openGuest(ctx context.Context) (*side, error) {
	s, err := m.open(ctx, Credentials{User: "smbready-guest-" + strings.ToLower(rand.Text()[:10]), Password: "none"})
	if err != nil {
		return s, err
	}
	if f := s.attempt.guard.w.facts(); !f.guest() {
		return s, errors.New("the host made an account's session of it")
	}
	return s, nil
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
	err := caught(func() error { return s.move(ctx, m, flags) })
	run := inventory.CostRun{Direction: direction, Seconds: time.Since(started).Seconds(), CPUSeconds: (cpuTime() - cpu).Seconds()}
	if flags&os.O_CREATE != 0 && err != nil && saysStatus(err) && !s.created {
		m.report(line{File: &testFile{Path: s.path(m), Gone: true}}) // it was never there
		s.file = ""
	}
	if err != nil {
		return run, err
	}
	after := s.attempt.guard.w.facts()
	run.Signed = after.requests.Signed > before.requests.Signed && after.answers.Signed > before.answers.Signed
	unsigned := after.requests.Unsigned - before.requests.Unsigned + after.answers.Unsigned - before.answers.Unsigned
	switch {
	case after.encrypted:
		return run, errors.New("the share is encrypted, which takes the place of signing")
	case run.Signed && unsigned > 0:
		return run, fmt.Errorf("%d messages of it were not signed", unsigned)
	}
	return run, nil
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

// end removes the file, whatever has happened, and logs off.
func (s *side) end(m *meter) {
	if s == nil || s.attempt == nil || s.attempt.guard == nil {
		return
	}
	if s.file != "" {
		note := &testFile{Path: s.path(m), Gone: true}
		if err := s.remove(m); err != nil && !errors.Is(err, os.ErrNotExist) {
			note.Gone, note.Why = false, redact(shorten(err.Error()), m.job.Password)
		}
		m.report(line{File: note})
		s.file = ""
	}
	s.disconnect()
}

// removal bounds each try to remove the file.
const removal = 4 * time.Second

// remove removes the file, over a new connection if the old one is of no use.
func (s *side) remove(m *meter) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(m.limited), removal)
	defer cancel()
	s.attempt.guard.SetDeadline(time.Now().Add(removal))
	err := caught(func() error { return s.share.WithContext(ctx).Remove(s.file) })
	if err == nil || errors.Is(err, os.ErrNotExist) {
		return err
	}
	s.attempt.guard.Close()
	ctx, cancel = context.WithTimeout(context.WithoutCancel(m.limited), removal)
	defer cancel()
	again, openErr := m.open(ctx, s.account)
	defer again.disconnect()
	if openErr != nil {
		return fmt.Errorf("%w; and a new session could not be had: %v", err, openErr)
	}
	return caught(func() error { return again.share.Remove(s.file) })
}

// disconnect logs off and closes the connection.
func (s *side) disconnect() {
	if s == nil || s.attempt == nil || s.attempt.guard == nil {
		return
	}
	s.attempt.guard.SetDeadline(time.Now().Add(removal))
	if s.session != nil {
		ctx, cancel := context.WithTimeout(context.Background(), removal)
		defer cancel()
		caught(s.session.WithContext(ctx).Logoff)
	}
	s.attempt.guard.Close()
}
