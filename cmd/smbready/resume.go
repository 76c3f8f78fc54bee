package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"smbready/inventory"
	"smbready/scanner"
	"smbready/store"
)

// resumed is a run that goes on.
type resumed struct {
	storing *storing
}

// resume goes on with a stored scan that did not end.
func (a *app) resume(ctx context.Context, f *scanFlags, args []string, cmd *cobra.Command) error {
	if err := checkResumeFlags(cmd.Flags(), args); err != nil {
		return err
	}
	if err := f.output.check(); err != nil {
		return err
	}
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	st, err := a.openStoreToRead(ctx, f.store.db)
	if err != nil {
		return err
	}
	s := &storing{app: a, store: st, name: st.Name(), flags: f.store, quiet: f.quiet, resumable: true, silent: f.scheduled}
	defer s.close()
	j, err := a.resumedJob(ctx, s, f, cmd)
	if err != nil {
		return err
	}
	defer s.to.Close(nil) // in case it does not even begin; closed already it does nothing
	if f.guest && !f.quiet {
		a.ui.say("%s", guestNotice)
	}
	if !f.quiet {
		a.ui.say("going on with %s: %d of %s are done", s.run, scanner.Covered(j.options.Done, j.targets.Len()), addresses(j.targets.Len()))
	}
	return a.record(ctx, j)
}

// resumedJob returns the job that a run was, with what is done of it. The run is
// this process's own from then on.
func (a *app) resumedJob(ctx context.Context, s *storing, f *scanFlags, cmd *cobra.Command) (job, error) {
	info, err := s.store.Find(ctx, f.resume)
	if err != nil {
		return job{}, err
	}
	s.run = info.Header.ID
	if err := resumable(&info); err != nil {
		return job{}, err
	}
	kept, err := readScan(info.Scan)
	if err == nil {
		err = kept.setFlags(cmd.Flags())
	}
	if err != nil {
		return job{}, fmt.Errorf("run %s cannot go on: %w", s.run, err)
	}
	o, err := f.options(cmd)
	if err != nil {
		return job{}, err
	}
	if err := kept.Targets.Check(f.allowPublic); err != nil {
		return job{}, err
	}
	if err := s.enter(ctx, &info.Header); err != nil {
		return job{}, err
	}
	to, info, err := s.store.Resume(context.WithoutCancel(ctx), s.run)
	if err != nil {
		return job{}, err
	}
	s.to = to
	for _, r := range info.Done {
		o.Done = append(o.Done, scanner.Range{First: r.First, Last: r.Last})
	}
	o.Counted = counts(info.Counted)
	return job{targets: kept.Targets, options: o, outputs: []output{f.output}, header: &info.Header, all: f.all, quiet: f.quiet, store: f.store,
		scan: info.Scan, resumed: &resumed{s}, silent: f.scheduled}, nil
}

// counts returns a summary's counts alone.
func counts(s inventory.Summary) inventory.Summary {
	return inventory.Summary{Probed: s.Probed, SMB: s.SMB, Open: s.Open, Closed: s.Closed, Filtered: s.Filtered, Unreachable: s.Unreachable,
		Connections: s.Connections}
}

// resumable says why a run cannot go on.
func resumable(info *store.RunInfo) error {
	id := info.Header.ID
	switch {
	case stateOf(info) == runComplete:
		return hintError{fmt.Errorf("run %s is complete: there is nothing left to ask", id), "to read it: smbready report " + id}
	case info.Scan == nil:
		return fmt.Errorf("run %s cannot go on: it was read from files, or made by verify, listen or import; only a scan can", id)
	}
	return nil
}

// copyTo writes the hosts that are stored to the file that the report is made
// from.
func (r *resumed) copyTo(ctx context.Context, to *inventory.Recorder) error {
	c := &lineCopier{to: to}
	err := r.storing.store.Export(ctx, r.storing.run, c)
	if err == nil && len(c.rest) > 0 {
		err = errors.New("the store ends within a line")
	}
	return err
}

// lineCopier hands the lines of hosts on, and leaves out head and summary. A
// part of a line waits for its end.
type lineCopier struct {
	to   *inventory.Recorder
	rest []byte
}

// frameStart is how the lines of a run begin that are not a host's.
var frameStarts = [][]byte{[]byte(`{"type":"run"`), []byte(`{"type":"summary"`)}

func (c *lineCopier) Write(b []byte) (int, error) {
	n := len(b)
	for {
		part, after, whole := bytes.Cut(b, []byte{'\n'})
		if !whole {
			c.rest = append(c.rest, part...)
			return n, nil
		}
		line := slices.Concat(c.rest, part, []byte{'\n'})
		c.rest, b = c.rest[:0], after
		if slices.ContainsFunc(frameStarts, func(start []byte) bool { return bytes.HasPrefix(line, start) }) {
			continue
		}
		if err := c.to.Line(line); err != nil {
			return n, err
		}
	}
}

// askedSections are the sections of scan's flags that say what is asked, which
// a scan that goes on takes from where it began.
var askedSections = []string{"Targets", "What is asked", servicesSection}

const servicesSection = "Other services, of hosts that are alive"

// checkResumeFlags refuses flags that would make another scan of it.
func checkResumeFlags(fl *pflag.FlagSet, args []string) error {
	const hint = "with --resume only flags of pace and of the report are given anew; for another scan leave out --resume"
	if len(args) > 0 {
		return hintError{usagef("--resume scans the targets that the run began with, and %q is one more", args[0]), hint}
	}
	var wrong []string
	fl.Visit(func(f *pflag.Flag) {
		if isAsked(f) && f.Name != "allow-public" && f.Name != "snmp" {
			wrong = append(wrong, "--"+f.Name)
		}
	})
	if len(wrong) > 0 {
		return hintError{usagef("%s cannot be given with --resume, which asks what the run began with", strings.Join(wrong, ", ")), hint}
	}
	return nil
}

// isAsked reports whether a flag says what is asked, of whom, or in which order.
func isAsked(f *pflag.Flag) bool {
	section := f.Annotations[sectionMark]
	return len(section) == 1 && slices.Contains(askedSections, section[0]) || f.Name == "seed" || f.Name == "all"
}
