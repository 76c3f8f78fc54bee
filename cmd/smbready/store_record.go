package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"smbready/inventory"
	"smbready/store"
)

// storeFlags are the flags of a command that stores what it finds.
type storeFlags struct {
	db       string
	required bool
}

func (f *storeFlags) flags(fl *pflag.FlagSet) {
	dbFlag(fl, &f.db)
	fl.BoolVar(&f.required, "db-required", false, "stop if the store fails in the middle, instead of going on with a file alone")
}

// lineStore takes the lines of a run: a store.Recorder, or a fake.
type lineStore interface {
	Line(h *inventory.Host, line []byte) error
	Done(position uint64, counted inventory.Summary, h *inventory.Host, line []byte) error
	Close(sum *inventory.Summary) error
}

// storing is a run on its way into a store. Without one it does nothing. A store
// that fails does not end a scan of many hours, unless the user wants that: the
// file that the report is made from has everything, and is kept.
type storing struct {
	app       *app
	store     *store.Store
	to        lineStore // nil: nothing is stored
	run       string
	name      string // of the store
	flags     storeFlags
	quiet     bool
	resumable bool
	silent    bool   // the schedule goes on with the run by itself
	leave     func() // the sites, for other processes; nil where there is none

	mu  sync.Mutex // guards err
	err error      // why nothing more is stored
}

// storing begins to store a run. Scan is what will be needed to go on with it,
// nil for a run that cannot be resumed. A store that cannot be opened is an error
// before anything is sent.
func (a *app) storing(ctx context.Context, j *job, header *inventory.Run) (*storing, error) {
	s, err := a.openStoring(ctx, j.store, j.quiet)
	if err != nil || s.store == nil {
		return s, err
	}
	s.run, s.resumable, s.silent = header.ID, j.scan != nil, j.silent
	if err := s.enter(ctx, header); err != nil {
		s.close()
		return nil, err
	}
	to, err := s.store.Begin(context.WithoutCancel(ctx), header, j.scan) // the end of an interrupted run is stored too
	if err != nil {
		s.close()
		return nil, withoutStore(err)
	}
	s.to = to
	if err := s.fail(keepSites(ctx, s.store, j.sites)); err != nil {
		s.takeBack(ctx)
		s.close()
		return nil, err
	}
	return s, nil
}

// keepSites stores the sites of a file, each in place of what was known of it. The
// sites of other files stay: a plan must not forget them.
func keepSites(ctx context.Context, st *store.Store, sites []inventory.Site) error {
	if len(sites) == 0 {
		return nil
	}
	return st.ChangeSites(ctx, func(known []inventory.Site) ([]inventory.Site, error) {
		for _, site := range sites {
			at := slices.IndexFunc(known, func(k inventory.Site) bool { return k.Name == site.Name })
			if at < 0 {
				known = append(known, site)
				continue
			}
			known[at] = site
		}
		return known, nil
	})
}

// openStoring opens the store for a run that is to come.
func (a *app) openStoring(ctx context.Context, f storeFlags, quiet bool) (*storing, error) {
	s := &storing{app: a, flags: f, quiet: quiet}
	if dbName(f.db) == noStore {
		return s, nil
	}
	st, err := a.openStore(ctx, f.db)
	if err != nil {
		return nil, withoutStore(err)
	}
	s.store, s.name = st, st.Name()
	return s, nil
}

// withoutStore adds how to do without the store, in case that is the trouble.
func withoutStore(err error) error {
	const hint = "--db none does without a store"
	var hinted hintError
	if errors.As(err, &hinted) {
		return err
	}
	return hintError{fmt.Errorf("cannot store the run: %w", err), hint}
}

// on reports whether the run is stored.
func (s *storing) on() bool { return s.to != nil }

// line stores a host of a run that has no positions.
func (s *storing) line(h *inventory.Host, line []byte) error {
	if s.to == nil || s.failure() != nil {
		return nil
	}
	return s.fail(s.to.Line(h, line))
}

// done stores that a position is done, and the host that is listed for it.
func (s *storing) done(position uint64, counted inventory.Summary, h *inventory.Host, line []byte) error {
	if s.failure() != nil {
		return nil
	}
	return s.fail(s.to.Done(position, counted, h, line))
}

// end stores how the run ended.
func (s *storing) end(sum *inventory.Summary) error {
	if s.to == nil {
		return nil
	}
	err := s.to.Close(sum)
	if s.failure() != nil {
		return nil // which is said already
	}
	return s.fail(err)
}

func (s *storing) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// fail notes that the store failed, and says so at once. It returns an error
// only if the run is to end with it.
func (s *storing) fail(err error) error {
	if err == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flags.required {
		s.err = err
		return fmt.Errorf("cannot store the run: %w", err)
	}
	if s.err == nil {
		s.err = err
		s.app.ui.say("the store failed: %s", oneLine(err.Error()))
		s.app.ui.say("it goes on without the store; what is found is kept in a file")
	}
	return nil
}

// takeBack removes a run that is worth nothing.
func (s *storing) takeBack(ctx context.Context) {
	if s.to == nil {
		return
	}
	s.to.Close(nil)
	if err := s.store.Delete(context.WithoutCancel(ctx), s.run); err != nil && !errors.Is(err, store.ErrNotFound) {
		s.app.ui.say("the store keeps the beginning of run %s: %s", s.run, oneLine(err.Error()))
	}
}

// notBegun takes a run back that could not even begin. One that goes on stays as
// it was.
func (s *storing) notBegun(ctx context.Context, r *resumed) {
	if r == nil {
		s.takeBack(ctx)
	}
}

// tell says at the end where the run is. File is where it is beside the store,
// as a path or in words.
func (s *storing) tell(file string, interrupted bool) {
	switch {
	case s.to == nil:
	case s.failure() != nil && s.flags.required:
		s.tellResume()
	case s.failure() != nil:
		s.app.ui.say("not all of it is in the store; the run is in %s: smbready runs import --replace FILE brings it into the store", file)
	case interrupted && s.resumable && !s.silent:
		s.tellStored()
		s.tellResume()
	default:
		s.tellStored()
	}
}

func (s *storing) tellStored() {
	if !s.quiet {
		s.app.ui.say("stored as %s in %s", s.run, s.name)
	}
}

// tellResume says how to go on, with -q too: an interrupted scan is worth it.
func (s *storing) tellResume() {
	if s.resumable {
		s.app.ui.say("resume with: smbready scan --resume %s%s", s.run, s.dbArgument())
	}
}

// dbArgument repeats a --db that was given.
func (s *storing) dbArgument() string {
	if s.flags.db == "" {
		return ""
	}
	return " --db " + argument(s.name)
}

// argument writes an argument of a command that is shown, quoted where a shell would take
// it for something else.
func argument(text string) string {
	if strings.ContainsAny(text, " \t'\"$&;|<>*?()#") {
		return strconv.Quote(text)
	}
	return text
}

// whole stores a run that is complete, as JSON lines. It reports whether there is
// no need to keep them elsewhere.
func (s *storing) whole(ctx context.Context, run string, lines io.Reader) bool {
	if s.store == nil {
		return true
	}
	s.run = run
	if _, err := s.store.Import(context.WithoutCancel(ctx), lines); err != nil {
		s.app.ui.say("the store failed: %s", oneLine(err.Error()))
		return false
	}
	s.tellStored()
	return true
}

// enter keeps other processes from the sites of a scan: two would send a device more
// than one connection at a time.
func (s *storing) enter(ctx context.Context, run *inventory.Run) (err error) {
	sites := run.Sites
	if run.Site != "" {
		sites = []string{run.Site}
	}
	if s.resumable && len(sites) > 0 {
		s.leave, err = s.store.LockSite(context.WithoutCancel(ctx), sites...)
	}
	return err
}

// close closes the store.
func (s *storing) close() {
	if s.leave != nil {
		s.leave()
	}
	if s.store != nil {
		s.store.Close()
	}
}

// paired hands what is found to a file and to the store.
type paired struct {
	file  keeper
	lines *inventory.Recorder // the file, where it takes the lines of the store
	to    *storing
}

// placer is a keeper that wants to know which positions of the order are done.
// The host is nil where none is listed.
type placer interface {
	Done(position uint64, h *inventory.Host, counted inventory.Summary) error
}

// Host keeps a host of a run without positions.
func (p *paired) Host(h *inventory.Host) error {
	line, err := p.write(h)
	if err != nil {
		return err
	}
	return p.to.line(h, line)
}

// Done keeps what a position led to. A position whose host is in no file is
// never noted as done.
func (p *paired) Done(position uint64, h *inventory.Host, counted inventory.Summary) error {
	if h == nil {
		return p.to.done(position, counted, nil, nil)
	}
	line, err := p.write(h)
	if err != nil {
		return err
	}
	return p.to.done(position, counted, h, line)
}

// Close ends both.
func (p *paired) Close(sum *inventory.Summary) error {
	return errors.Join(p.file.Close(sum), p.to.end(sum))
}

// write writes a host to the file, and returns its line of facts.
func (p *paired) write(h *inventory.Host) ([]byte, error) {
	e := hostEncoders.Get().(*hostEncoder)
	defer hostEncoders.Put(e)
	e.buf.Reset()
	if _, err := e.lines.Write(inventory.Line{Host: h}); err != nil {
		return nil, err
	}
	line := bytes.Clone(e.buf.Bytes()) // the store keeps it for a moment
	if p.lines != nil {
		return line, p.lines.Line(line)
	}
	return line, p.file.Host(h)
}

// hostEncoder encodes lines into memory that is used again.
type hostEncoder struct {
	buf   bytes.Buffer
	lines *inventory.Writer
}

var hostEncoders = sync.Pool{New: func() any {
	e := new(hostEncoder)
	e.lines = inventory.NewWriter(&e.buf)
	return e
}}
