package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"smbready/inventory"
	"smbready/report"
	"smbready/scanner"
)

// job is one run to make, and the reports to make of it.
type job struct {
	targets *scanner.Targets // of a scan
	options scanner.Options  // of a scan
	outputs []output
	header  *inventory.Run
	all     bool // list dark and closed addresses
	quiet   bool
	silent  bool // how it ended is said by the schedule that began it
	trial   bool // nothing is worth keeping when it fails

	store   storeFlags
	sites   []inventory.Site // of the sites file of a scan, to be stored with it
	scan    json.RawMessage  // what is needed to go on with the run; nil where that cannot be
	resumed *resumed         // the run goes on; nil for a new one

	produce func(context.Context, keeper) (inventory.Summary, error) // makes the run where it is no scan; it closes the keeper
	done    func(inventory.Summary)                                  // says how a run ended that is no scan

	through func(keeper) keeper // what the hosts pass through on their way into the file; nil: nothing
}

// keeper takes what a scan finds, as it finds it.
type keeper interface {
	Host(*inventory.Host) error
	Close(*inventory.Summary) error
}

// record makes a run and reports it. JSON lines of a scan are written while the scan
// runs; the other formats are sorted, and made at its end from a file that the
// scan is kept in, which the store gets too. Should anything fail, or the program
// be killed, what was scanned is in that file.
func (a *app) record(ctx context.Context, j job) error {
	signal.Ignore(syscall.SIGPIPE) // the end of a reader of stdout must not be the end of what was scanned
	sinks, err := a.openAll(j.outputs)
	if err != nil {
		return err
	}
	defer sinks.discard()
	header := j.describe()
	a.made = header.ID
	to, err := a.startStoring(ctx, &j, header)
	if err != nil {
		return err
	}
	defer to.close()
	if a.recording != nil {
		a.recording(header.ID) // now that it is in the store
	}
	if j.streams() {
		return a.stream(ctx, j, sinks[0], header, to)
	}
	return a.viaFile(ctx, j, sinks, header, to)
}

// streams reports whether the output can be written while the scan runs.
func (j *job) streams() bool {
	return len(j.outputs) == 1 && j.outputs[0].format == string(report.JSON) && j.through == nil && j.produce == nil && j.resumed == nil
}

// startStoring begins to store a run, or goes on with one.
func (a *app) startStoring(ctx context.Context, j *job, header *inventory.Run) (*storing, error) {
	if j.resumed != nil {
		return j.resumed.storing, nil
	}
	return a.storing(ctx, j, header)
}

// viaFile keeps a run in a file, and makes the reports from it.
func (a *app) viaFile(ctx context.Context, j job, sinks sinks, header *inventory.Run, to *storing) error {
	f, err := os.CreateTemp("", "smbready-*.jsonl")
	if err != nil {
		to.notBegun(ctx, j.resumed)
		return hintError{fmt.Errorf("cannot keep the run in %s: %w", os.TempDir(), reason(err)), moreRoom}
	}
	defer f.Close()
	recorder, err := inventory.NewRecorder(&sink{w: f, name: f.Name()}, header)
	if err == nil && j.resumed != nil {
		if err = j.resumed.copyTo(ctx, recorder); err != nil {
			recorder.End()
		}
	}
	if err != nil {
		to.notBegun(ctx, j.resumed)
		os.Remove(f.Name())
		return hintError{err, moreRoom}
	}
	sum, scanErr := a.produceInto(ctx, &j, recorder, to)
	if scanErr != nil && j.trial {
		to.takeBack(ctx)
		f.Close()
		os.Remove(f.Name())
		return scanErr
	}
	if to.on() && to.failure() == nil {
		for i := range j.outputs {
			a.addHistory(ctx, to.store, &j.outputs[i], header)
		}
	}
	if sum.Interrupted {
		a.leaveUnnoted(sinks...)
	}
	failed, err := a.renderAll(sinks, j, f)
	if err := errors.Join(scanErr, err); err != nil && !j.trial {
		to.quiet = false // the store may have more than the file
		to.tell(f.Name(), sum.Interrupted)
		return hintError{err, keptHint(f.Name())}
	}
	f.Close()
	if to.failure() == nil {
		os.Remove(f.Name())
	}
	if err != nil {
		to.tell(f.Name(), sum.Interrupted)
		return err
	}
	a.finish(j, sum, failed)
	to.tell(f.Name(), sum.Interrupted)
	return scanErr
}

// produceInto makes the run, and hands it to the file and to the store.
func (a *app) produceInto(ctx context.Context, j *job, recorder *inventory.Recorder, to *storing) (inventory.Summary, error) {
	var k keeper = recorder
	if to.on() {
		k = &paired{file: recorder, lines: recorder, to: to}
	}
	if j.through != nil {
		k = j.through(k)
	}
	if j.produce != nil {
		return j.produce(ctx, k)
	}
	return a.scanInto(ctx, k, *j)
}

const moreRoom = "set TMPDIR (on Windows TMP) to a folder with room"

func keptHint(name string) string { return "what was scanned is kept: smbready report " + name }

// stream runs a scan and writes it as JSON lines while it runs.
func (a *app) stream(ctx context.Context, j job, out *sink, header *inventory.Run, to *storing) error {
	s, err := report.NewStream(out, header)
	if err != nil {
		to.notBegun(ctx, nil)
		return err
	}
	s.Judge = j.outputs[0].judge
	var k keeper = s
	if to.on() {
		k = &paired{file: s, to: to}
	}
	sum, err := a.scanInto(ctx, k, j)
	if err == nil && sum.Interrupted {
		a.leaveUnnoted(out)
	}
	if err == nil {
		err = out.commit()
	}
	where := out.name
	if where == "" {
		where = "what was written to standard output"
	}
	if err != nil && out.keep() {
		where = out.file.Name()
		err = hintError{err, keptHint(where)}
	}
	if err != nil {
		to.quiet = false
		to.tell(where, sum.Interrupted)
		return err
	}
	t := s.Tally()
	a.finish(j, sum, j.outputs[0].meets(&t))
	to.tell(where, sum.Interrupted)
	return nil
}

// sinks are where the reports of a job go.
type sinks []*sink

func (a *app) openAll(outputs []output) (list sinks, err error) {
	for _, o := range outputs {
		s, err := o.open(a.stdout)
		if err != nil {
			list.discard()
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func (list sinks) discard() {
	for _, s := range list {
		s.discard()
	}
}

// leaveUnnoted keeps the reports of a scan that was cut off out of the manifest: the
// reports of the whole are to get their names.
func (a *app) leaveUnnoted(list ...*sink) {
	said := false
	for _, s := range list {
		for _, part := range append([]*sink{s}, s.more...) {
			if part.sums && !said {
				said = true
				a.ui.say("the run is incomplete: its reports are not noted in SHA256SUMS")
			}
			part.sums = false
		}
	}
}

// renderAll writes all reports of a recorded run and gives the files their
// names. It returns whether a --fail-on condition is met.
func (a *app) renderAll(list sinks, j job, f *os.File) (failed bool, err error) {
	for i, s := range list {
		r, err := a.render(j.outputs[i], f, s)
		if err == nil {
			err = s.commit()
		}
		if err != nil {
			return false, err
		}
		failed = failed || r.failed
	}
	return failed, nil
}

// finish says how a run ended and sets the exit code.
func (a *app) finish(j job, sum inventory.Summary, failed bool) {
	if j.produce != nil {
		if failed {
			a.exit = exitFailOn
		}
		j.done(sum)
		return
	}
	for _, o := range j.outputs {
		if o.file != "" && !j.quiet && !(sum.Interrupted && o.format == string(report.CSV)) {
			a.ui.say("%s asked, %d speak SMB; %s in %s", addresses(sum.Probed), sum.SMB, o.formats(), o.names())
		}
	}
	switch {
	case sum.Error != "": // which is told at the end
	case sum.Interrupted:
		if !j.silent {
			a.ui.say("interrupted after %d of %s; the report covers those", sum.Probed, addresses(j.targets.Len()))
		}
		a.exit = exitInterrupted
	case failed:
		a.exit = exitFailOn
	}
}

// describe completes the run's first line, which a run that goes on has.
func (j *job) describe() *inventory.Run {
	h := j.header
	if j.resumed != nil {
		return h
	}
	h.Version, h.Tool, h.Started = inventory.FormatVersion, "smbready "+toolVersion(), time.Now().UTC().Truncate(time.Millisecond)
	h.ID = h.Started.Format("20060102T150405Z") + "-" + rand.Text()[:6]
	if j.produce != nil {
		return h
	}
	h.Depth, h.Gentle, h.Targets, h.Seed = j.options.Depth.String(), j.options.Gentle, j.targets.Len(), j.options.Seed
	h.GuestCheck, h.Services = j.options.GuestCheck, serviceNames(j.options.Identify)
	return h
}

// scanInto runs the scan and hands what it finds to k.
func (a *app) scanInto(ctx context.Context, k keeper, j job) (inventory.Summary, error) {
	take := func(host *inventory.Host) error {
		if !j.all && !j.listed(host) {
			return nil
		}
		return k.Host(host)
	}
	if p, ok := k.(placer); ok {
		take = func(*inventory.Host) error { return nil }
		j.options.OnDone = func(position uint64, host *inventory.Host, counted inventory.Summary) error {
			if !j.all && !j.listed(host) {
				host = nil
			}
			return p.Done(position, host, counted)
		}
	}
	s := scanner.New(j.options)
	bar := a.startProgress(s, j)
	services := newServiceTally()
	sum, err := s.Run(ctx, j.targets, func(host *inventory.Host) error {
		if j.options.Identify != nil {
			services.add(host)
		}
		return take(host)
	})
	bar.stop()
	if text := services.String(); text != "" && !j.quiet {
		a.ui.say("%s", text)
	}
	sum.Skipped = uint64(len(j.targets.Skipped()))
	if closeErr := k.Close(&sum); err == nil {
		err = closeErr
	}
	return sum, err
}

// listed reports whether a host is worth a line: it answered something, or its
// refusal leaves open what it serves, because not all ports were asked.
func (j *job) listed(h *inventory.Host) bool {
	if h.Clues != nil {
		return true // a printer, perhaps, that is nobody's server and somebody's client
	}
	switch h.State {
	case inventory.StateClosed:
		return j.options.Gentle || j.options.Port != smbPort || len(h.Names.Node) > 0
	case inventory.StateFiltered, inventory.StateUnreachable:
		return len(h.Names.Node) > 0
	}
	return true
}
