package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"smbready/report"
)

// diffFlags are the flags of diff, as they were given.
type diffFlags struct {
	output   // its format is one of a diff
	db       string
	only     []string
	exitCode bool
}

func (a *app) diffCommand() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Tell what changed between two runs, device by device",
		Long: `Diff compares two runs, saved files or runs of the store, and tells which
devices are worse or better for each policy, new, gone or moved, and what else
changed in them. Both runs are judged by the rules of this version.

A device is matched by its address and what it says of itself; one that moved
by its network card and name, its full name in a domain or its server GUID;
never by one weak sign. It is gone only if the new run reached its end, was not
gentle, asked for its address and wherever else the old run was to ask, and had
an answer or a refusal from every one: at one that kept silent, or was out of
scope, it may be now. A device that was dark, out of scope or excluded was not
reached. What was not asked this time, or not met again, makes a device less
known, neither worse nor better; a server that takes back its offer to sign is
worse.`,
		Example: `  smbready diff 20261001 last                    two runs of the store
  smbready diff october.jsonl november.jsonl    two files
  smbready diff october.jsonl november.jsonl -f csv -o changes.csv
  smbready diff october.jsonl november.jsonl --only worse,new --exit-code`,
		Args: exactArgs(2, "two runs: the old one and the new one"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.diffRuns(cmd.Context(), &f, args[0], args[1]) },
	}
	section(cmd.Flags(), "Flags", func(fl *pflag.FlagSet) {
		fl.SortFlags = false
		fl.StringVarP(&f.format, "format", "f", "", "text, csv, json (JSON lines), markdown (for a ticket) or html; without it by the ending of --output, or text")
		fl.StringVarP(&f.file, "output", "o", "", "write to `file` instead of standard output; complete, or not at all")
		fl.StringSliceVar(&f.only, "only", nil, "list only devices with these `changes`: "+strings.Join(report.DiffWords, ", "))
		fl.BoolVar(&f.exitCode, "exit-code", false, "exit with 3 if something is worse: a verdict, or a device that was not known and would break")
		fl.StringVar(&f.fingerprints, "fingerprints", "", "recognise devices by the rules in `file` too, before the built-in ones")
		fl.StringVar(&f.oui, "oui", "", "take the makers of network cards from `file`, such as the IEEE's oui.csv, instead of the built-in list")
		dbFlag(fl, &f.db)
		fl.BoolVarP(&f.verbose, "verbose", "v", false, "list every device in text and html")
	})
	return cmd
}

// check refuses what cannot be meant, before anything is read.
func (f *diffFlags) check() (o report.DiffOptions, err error) {
	if f.format, err = formatOf(f.file, f.format); err != nil {
		return o, err
	}
	if _, err := report.ParseDiffFormat(f.format); err != nil {
		return o, usageError{err}
	}
	if o.Only, err = report.ParseDiffOnly(f.only); err != nil {
		return o, usageError{fmt.Errorf("--only: %w", err)}
	}
	o.Verbose = f.verbose
	return o, f.loadJudge()
}

// diffRuns is the diff command.
func (a *app) diffRuns(ctx context.Context, f *diffFlags, oldName, newName string) error {
	o, err := f.check()
	if err != nil {
		return err
	}
	old, new, done, err := a.openBoth(ctx, f.db, oldName, newName)
	if err != nil {
		return err
	}
	defer done()
	new.Judge = f.judge
	if f.file == "" {
		o.Width, o.Color = a.ui.width, a.ui.colour
	}
	tally, err := a.writeDiff(f, o, old, new)
	var bad *report.DiffError
	if errors.As(err, &bad) {
		name := oldName
		if bad.New {
			name = newName
		}
		return fmt.Errorf("%s: %w", name, bad.Err)
	}
	if err != nil {
		return err
	}
	switch {
	case !f.exitCode:
	case tally.Worse > 0:
		a.exit = exitFailOn
	case new.Interrupted:
		return errors.New("the new run is incomplete: that nothing is worse in it says nothing")
	}
	return nil
}

// openBoth opens two runs at once: to index a large one takes a processor for a
// while.
func (a *app) openBoth(ctx context.Context, db, oldName, newName string) (old, new *report.Run, done func(), err error) {
	type opened struct {
		run  *report.Run
		done func()
		err  error
	}
	var runs [2]opened
	var wg sync.WaitGroup
	for i, name := range []string{oldName, newName} {
		wg.Go(func() { runs[i].run, runs[i].done, runs[i].err = a.openRun(ctx, db, name) })
	}
	wg.Wait()
	done = func() {
		for _, r := range runs {
			if r.done != nil {
				r.done()
			}
		}
	}
	for _, r := range runs {
		if r.err != nil {
			done()
			return nil, nil, nil, r.err
		}
	}
	return runs[0].run, runs[1].run, done, nil
}

// writeDiff compares two runs and writes what changed.
func (a *app) writeDiff(f *diffFlags, o report.DiffOptions, old, new *report.Run) (*report.DiffTally, error) {
	to, err := f.open(a.stdout)
	if err != nil {
		return nil, err
	}
	defer to.discard()
	d, err := report.NewDiff(old, new)
	if err != nil {
		return nil, err
	}
	format, err := report.ParseDiffFormat(f.format)
	if err != nil {
		return nil, usageError{err}
	}
	tally, err := d.Write(to, format, o)
	if err != nil {
		return nil, err
	}
	return tally, to.commit()
}
