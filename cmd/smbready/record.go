package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"smbready/inventory"
	"smbready/scanner"
)

// job is one scan to run, and the reports to make of it.
type job struct {
	targets *scanner.Targets
	options scanner.Options
	outputs []output
	header  *inventory.Run
	all     bool // list dark and closed addresses
	quiet   bool
}

// record runs a scan and reports it. The scan goes into a file of its own as it
// happens; should anything fail after it, or the program be killed, that file
// is left and can be reported later.
func (a *app) record(ctx context.Context, j job) error {
	sinks, err := a.openAll(j.outputs)
	if err != nil {
		return err
	}
	defer sinks.discard()
	f, err := os.CreateTemp("", "smbready-*.jsonl")
	if err != nil {
		return hintError{fmt.Errorf("cannot keep the run: %w", err), "set TMPDIR (on Windows TMP) to a folder with room"}
	}
	defer f.Close()
	sum, err := a.scanInto(ctx, f, j)
	if err != nil && sum.Probed == 0 {
		os.Remove(f.Name())
		return err
	}
	failed, reportErr := a.renderAll(sinks, j.outputs, f)
	if reportErr != nil {
		return hintError{reportErr, fmt.Sprintf("the scan is kept: smbready report %s", f.Name())}
	}
	f.Close()
	os.Remove(f.Name())
	a.finish(j, sum, failed)
	return err
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

// renderAll writes all reports of a recorded run and gives the files their
// names. It returns whether a --fail-on condition is met.
func (a *app) renderAll(list sinks, outputs []output, f *os.File) (failed bool, err error) {
	for i, s := range list {
		met, err := a.render(outputs[i], f, s)
		if err == nil {
			err = s.commit()
		}
		if err != nil {
			return false, err
		}
		failed = failed || met
	}
	return failed, nil
}

// finish says how a scan ended and sets the exit code.
func (a *app) finish(j job, sum inventory.Summary, failed bool) {
	for _, o := range j.outputs {
		if o.file != "" && !j.quiet {
			a.ui.say("%d addresses asked, %d speak SMB; %s in %s", sum.Probed, sum.SMB, o.format, o.file)
		}
	}
	switch {
	case sum.Interrupted:
		a.ui.say("interrupted after %d of %d addresses; the report covers those", sum.Probed, j.targets.Len())
		a.exit = exitInterrupted
	case failed:
		a.exit = exitFailOn
	}
}

// scanInto runs the scan and writes it to f.
func (a *app) scanInto(ctx context.Context, f *os.File, j job) (inventory.Summary, error) {
	h := j.header
	h.Version, h.Tool, h.Started = inventory.FormatVersion, "smbready "+toolVersion(), time.Now().UTC().Truncate(time.Millisecond)
	h.ID = h.Started.Format("20060102T150405Z") + "-" + rand.Text()[:6]
	h.Depth, h.Gentle, h.Targets, h.Seed = j.options.Depth.String(), j.options.Gentle, j.targets.Len(), j.options.Seed
	rec, err := inventory.NewRecorder(f, h)
	if err != nil {
		return inventory.Summary{}, err
	}
	s := scanner.New(j.options)
	bar := a.startProgress(s, j)
	sum, err := s.Run(ctx, j.targets, func(host *inventory.Host) error {
		if !j.all && !listed(host) {
			return nil
		}
		return rec.Host(host)
	})
	bar.stop()
	sum.Skipped = uint64(len(j.targets.Skipped()))
	if closeErr := rec.Close(&sum); err == nil && closeErr != nil {
		err = fmt.Errorf("cannot keep the run: %w", closeErr)
	}
	return sum, err
}

// listed reports whether a host is worth a line: it answered something.
func listed(h *inventory.Host) bool {
	switch h.State {
	case inventory.StateClosed, inventory.StateFiltered, inventory.StateUnreachable:
		return len(h.Names.Node) > 0
	}
	return true
}
