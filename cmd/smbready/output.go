package main

import (
	"os"
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
}

func (o *output) flags(fl *pflag.FlagSet) {
	fl.StringVarP(&o.format, "format", "f", "text", "text, csv or json (JSON lines, which report reads again)")
	fl.StringVarP(&o.file, "output", "o", "", "write to `file` instead of standard output; complete, or not at all")
	fl.StringSliceVar(&o.failOn, "fail-on", nil, "exit with 3 if a host has this `[POLICY=]VERDICT`; both always policies without POLICY")
	fl.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no notes")
	fl.BoolVarP(&o.verbose, "verbose", "v", false, "list every host in the text report")
}

// check refuses what cannot be meant, before anything is sent.
func (o *output) check() error {
	if _, err := report.ParseFormat(o.format); err != nil {
		return usageError{err}
	}
	for _, condition := range o.failOn {
		if _, err := parseCondition(condition); err != nil {
			return err
		}
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

// render writes the report of a recorded run and returns whether a --fail-on
// condition is met.
func (a *app) render(o output, f *os.File, to *sink) (failed bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	run, err := report.Open(f, info.Size())
	if err != nil {
		return false, err
	}
	format, err := report.ParseFormat(o.format)
	if err != nil {
		return false, usageError{err}
	}
	text := report.TextOptions{Verbose: o.verbose}
	if o.file == "" {
		text.Width, text.Color = a.ui.width, a.ui.colour
	}
	if err := report.Write(to, run, format, text); err != nil {
		return false, err
	}
	if len(o.failOn) == 0 {
		return false, nil
	}
	var tally report.Tally
	err = run.Each(func(_ *inventory.Host, a *assess.Assessment) error {
		tally.Add(a)
		return nil
	})
	return err == nil && o.meets(&tally), err
}
