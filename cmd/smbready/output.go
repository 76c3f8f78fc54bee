package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"smbready/assess"
	"smbready/inventory"
	"smbready/report"
)

// output says what is written, where, and which verdicts make the program fail.
type output struct {
	format  string
	file    string
	failOn  []string
	quiet   bool
	verbose bool

	fingerprints, oui string // files
	judge             assess.Judge
}

func (o *output) flags(fl *pflag.FlagSet) {
	fl.StringVarP(&o.format, "format", "f", "", "text, csv or json (JSON lines, which report reads again); without it by the ending of --output, or text")
	fl.StringVarP(&o.file, "output", "o", "", "write to `file` instead of standard output; complete, or not at all")
	fl.StringSliceVar(&o.failOn, "fail-on", nil, "exit with 3 if a host has this `[POLICY=]VERDICT`; both always policies without POLICY")
	fl.StringVar(&o.fingerprints, "fingerprints", "", "recognise devices by the rules in `file` too, before the built-in ones")
	fl.StringVar(&o.oui, "oui", "", "take the makers of network cards from `file`, such as the IEEE's oui.csv, instead of the built-in list")
	fl.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no notes")
	fl.BoolVarP(&o.verbose, "verbose", "v", false, "list every host in the text report")
}

// endings are the file names that say which format is meant.
var endings = map[string]report.Format{".csv": report.CSV, ".json": report.JSON, ".jsonl": report.JSON, ".txt": report.Text}

// check refuses what cannot be meant, before anything is sent. Without -f the
// ending of the file's name says the format.
func (o *output) check() error {
	if o.format == "" {
		o.format = string(report.Text)
		if f, ok := endings[strings.ToLower(filepath.Ext(o.file))]; ok {
			o.format = string(f)
		}
	}
	if _, err := report.ParseFormat(o.format); err != nil {
		return usageError{err}
	}
	for _, condition := range o.failOn {
		if _, err := parseCondition(condition); err != nil {
			return err
		}
	}
	return o.loadJudge()
}

// isNot refuses to write over a file that is to be read: it would be lost.
func (o *output) isNot(names []string) error {
	to, err := os.Stat(o.file)
	if o.file == "" || err != nil {
		return nil
	}
	for _, name := range names {
		if from, err := os.Stat(name); err == nil && os.SameFile(from, to) {
			return hintError{usagef("%s is to be read and to be written: it would be lost", o.file), "name another file with -o"}
		}
	}
	return nil
}

// loadJudge reads the files by which devices are recognised.
func (o *output) loadJudge() error {
	err := readWhole(o.fingerprints, "the fingerprints", func(r io.Reader) (err error) {
		o.judge.Fingerprints, err = assess.LoadFingerprints(o.fingerprints, r)
		return err
	})
	if err != nil {
		return err
	}
	return readWhole(o.oui, "the list of makers", func(r io.Reader) (err error) {
		o.judge.OUI, err = assess.LoadOUI(o.oui, r)
		return err
	})
}

// readWhole reads a file of the user's, if one is named. What is wrong in it is
// a usage error; read names it and the line.
func readWhole(name, what string, read func(io.Reader) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return usageError{fmt.Errorf("cannot read %s in %s: %w", what, name, reason(err))}
	}
	defer f.Close()
	var path *fs.PathError
	switch err := read(f); {
	case errors.As(err, &path):
		return usageError{fmt.Errorf("cannot read %s in %s: %w", what, name, reason(path))}
	case err != nil:
		return usageError{err}
	}
	return nil
}

// condition is a verdict to fail on.
type condition struct {
	policies []assess.Policy
	verdict  assess.Verdict
}

func parseCondition(text string) (condition, error) {
	c := condition{policies: []assess.Policy{assess.ClientAlways, assess.ServerAlways}}
	name, verdict, named := strings.Cut(text, "=")
	if !named {
		verdict = text
	} else if p, ok := assess.ParsePolicy(name); ok {
		c.policies = []assess.Policy{p}
	} else {
		return c, usagef("--fail-on: unknown policy %q: choose client-always, client-if-server-agrees, server-always or server-if-client-agrees", name)
	}
	var ok bool
	if c.verdict, ok = assess.ParseVerdict(verdict); !ok {
		return c, usagef("--fail-on: unknown verdict %q: choose breaks, already-broken, unknown, works, no-change or not-applicable", verdict)
	}
	return c, nil
}

// meets reports whether one of the conditions is met. A guest path counts for
// its policy.
func (o *output) meets(t *report.Tally) bool {
	for _, text := range o.failOn {
		c, err := parseCondition(text)
		if err != nil {
			continue // check has refused it
		}
		for _, p := range c.policies {
			if t.Count(p, c.verdict) > 0 || p == assess.ClientAlways && c.verdict == assess.Breaks && t.Guest(assess.Breaks) > 0 {
				return true
			}
		}
	}
	return false
}

// rendered is what came of writing a report.
type rendered struct {
	failed     bool // a --fail-on condition is met
	incomplete bool // the run did not reach its end
}

// render writes the report of a recorded run.
func (a *app) render(o output, f *os.File, to *sink) (r rendered, err error) {
	info, err := f.Stat()
	if err != nil {
		return r, err
	}
	return a.renderRun(o, f, info.Size(), to)
}

// renderRun writes the report of a run of size bytes.
func (a *app) renderRun(o output, from io.ReaderAt, size int64, to *sink) (r rendered, err error) {
	run, err := report.Open(from, size)
	if err != nil {
		return r, err
	}
	run.Judge = o.judge
	format, err := report.ParseFormat(o.format)
	if err != nil {
		return r, usageError{err}
	}
	if r.incomplete = run.Interrupted; r.incomplete && format == report.CSV && to.divert() {
		a.ui.say("the run is incomplete, which CSV cannot say: its rows are in %s, and %s is left as it was", to.final, to.name)
	}
	text := report.TextOptions{Verbose: o.verbose}
	if o.file == "" {
		text.Width, text.Color = a.ui.width, a.ui.colour
	}
	if err := report.Write(to, run, format, text); err != nil || len(o.failOn) == 0 {
		return r, err
	}
	var tally report.Tally
	err = run.Each(func(_ *inventory.Host, a *assess.Assessment) error {
		tally.Add(a)
		return nil
	})
	r.failed = err == nil && o.meets(&tally)
	return r, err
}
