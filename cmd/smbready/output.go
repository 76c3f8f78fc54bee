package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"smbready/assess"
	"smbready/inventory"
	"smbready/report"
)

// output says what is written, where, and which verdicts make the program fail.
type output struct {
	format  string // of file
	file    string // empty for standard output
	files   []string
	more    []output // further files, each in a format of its own
	sums    bool     // note the files' hashes in a manifest beside them
	signKey string   // file of the key that signs the manifest; empty for none
	signer  *signer  // that key, once check has read it
	site    string   // the only one that is reported; empty for all
	failOn  []string
	quiet   bool
	verbose bool

	fingerprints, oui string // files
	judge             assess.Judge
	history           []report.HistoryPoint // of earlier runs and this one, for a page of HTML
}

func (o *output) flags(fl *pflag.FlagSet) {
	fl.StringVarP(&o.format, "format", "f", "", "text, csv, json (JSON lines, which report reads again), html, xlsx or markdown; without it by the ending of --output, or text")
	fl.StringArrayVarP(&o.files, "output", "o", nil, "write to `file` instead of standard output; complete, or not at all. Several are written in one go, each in the format of its ending")
	fl.BoolVar(&o.sums, "manifest", false, "note the SHA-256 of what --output writes in SHA256SUMS beside it, so that it can be shown later what was reviewed")
	fl.StringVar(&o.signKey, "sign-key", "", "sign that SHA256SUMS with the Ed25519 key in `file` (PEM, which only you may read); the signature is SHA256SUMS.sig")
	fl.StringSliceVar(&o.failOn, "fail-on", nil, "exit with 3 if a host has this `[POLICY=]VERDICT`; both always policies without POLICY")
	fl.StringVar(&o.fingerprints, "fingerprints", "", "recognise devices by the rules in `file` too, before the built-in ones")
	fl.StringVar(&o.oui, "oui", "", "take the makers of network cards from `file`, such as the IEEE's oui.csv, instead of the built-in list")
	fl.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no notes")
	fl.BoolVarP(&o.verbose, "verbose", "v", false, "list every host in the text report")
}

// reviewFlags are those of the command that reports what is there already.
func (o *output) reviewFlags(fl *pflag.FlagSet) {
	fl.StringVar(&o.site, "site", "", "report the devices of this `site` of the run alone")
}

// endings are the file names that say which format is meant.
var endings = map[string]report.Format{".csv": report.CSV, ".json": report.JSON, ".jsonl": report.JSON, ".txt": report.Text, ".log": report.Text,
	".html": report.HTML, ".htm": report.HTML, ".xlsx": report.XLSX, ".md": report.Markdown, ".markdown": report.Markdown}

// check refuses what cannot be meant, before anything is sent. Without -f the
// ending of the file's name says the format.
func (o *output) check() error {
	if err := o.checkFiles(); err != nil {
		return err
	}
	for _, part := range o.parts() {
		f, err := report.ParseFormat(part.format)
		switch {
		case err != nil:
			return usageError{err}
		case f == report.JSON && o.site != "":
			return usagef("--site: JSON lines hold an entire run; choose another format")
		}
	}
	for _, condition := range o.failOn {
		if _, err := parseCondition(condition); err != nil {
			return err
		}
	}
	if err := o.loadSigner(); err != nil {
		return err
	}
	return o.loadJudge()
}

// checkFiles makes an output of each file that is named.
func (o *output) checkFiles() error {
	switch {
	case len(o.files) > 1 && o.format != "":
		return usagef("-f is of one output; of several, the ending of each file says the format")
	case len(o.files) == 0 && o.file == "" && o.sums:
		return hintError{usagef("--manifest is about files"), "name them with -o"}
	case o.signKey != "" && !o.sums:
		return usagef("--sign-key signs what --manifest writes, and goes with it")
	}
	var all []output
	for _, name := range o.files {
		if name == "" {
			return usagef("-o wants the name of a file")
		}
		format, err := formatOf(name, o.format)
		if err != nil {
			return err
		}
		all = append(all, output{file: name, format: format})
	}
	seen := map[string]bool{}
	for _, part := range all {
		if seen[part.format] {
			return usagef("two outputs are %s; each wants a format of its own", part.format)
		}
		seen[part.format] = true
	}
	// JSON alone is written while a scan runs; with others it is made at its end, as they are.
	slices.SortStableFunc(all, func(a, b output) int { return cmp.Compare(jsonLast(a.format), jsonLast(b.format)) })
	if len(all) > 0 {
		o.file, o.format, o.more = all[0].file, all[0].format, all[1:]
		return nil
	}
	var err error
	o.format, err = formatOf(o.file, o.format)
	return err
}

func jsonLast(format string) int {
	if format == string(report.JSON) {
		return 1
	}
	return 0
}

// formatOf returns the format that was asked for, or else that of a file's name. A
// name without an ending is text, as is standard output; an ending that says nothing is
// a usage error: report.pdf would be no PDF.
func formatOf(name, asked string) (string, error) {
	end := strings.ToLower(filepath.Ext(name))
	f, known := endings[end]
	switch {
	case asked != "":
		return asked, nil
	case known:
		return string(f), nil
	case end == "" || end == "." || end == strings.ToLower(filepath.Base(name)): // the last is a hidden file
		return string(report.Text), nil
	}
	return "", hintError{usagef("%s: what is to be in a file that ends in %s is not known", name, end),
		"choose with -f, or one of " + strings.Join(slices.Sorted(maps.Keys(endings)), ", ")}
}

// parts returns each of the outputs by itself.
func (o *output) parts() []output {
	first := *o
	first.more = nil
	return append([]output{first}, o.more...)
}

// formats and names list what is written, for a message.
func (o *output) formats() string { return o.listed(func(p output) string { return p.format }) }
func (o *output) names() string   { return o.listed(func(p output) string { return p.file }) }

func (o *output) listed(what func(output) string) string {
	var list []string
	for _, p := range o.parts() {
		list = append(list, what(p))
	}
	return strings.Join(list, ", ")
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

// renderRun writes the reports of a run of size bytes.
func (a *app) renderRun(o output, from io.ReaderAt, size int64, to *sink) (r rendered, err error) {
	run, err := report.Open(from, size)
	if err != nil {
		return r, err
	}
	return a.renderOpen(o, run, to)
}

// renderOpen writes the reports of a run that is open.
func (a *app) renderOpen(o output, run *report.Run, to *sink) (r rendered, err error) {
	run.Judge, run.Tool = o.judge, "smbready "+toolVersion()
	if o.site != "" {
		if err := run.OnlySite(o.site); err != nil {
			return r, err
		}
	}
	r.incomplete = run.Interrupted
	for i, part := range o.parts() {
		if err := a.renderPart(o, part, run, to.part(i)); err != nil {
			return r, err
		}
	}
	if len(o.failOn) == 0 {
		return r, nil
	}
	var tally report.Tally
	err = run.Each(func(_ *inventory.Host, a *assess.Assessment) error {
		tally.Add(a)
		return nil
	})
	r.failed = err == nil && o.meets(&tally)
	return r, err
}

// renderPart writes one report of a run.
func (a *app) renderPart(o, part output, run *report.Run, to *sink) error {
	format, err := report.ParseFormat(part.format)
	if err != nil {
		return usageError{err}
	}
	if run.Interrupted && format == report.CSV && to.divert() {
		a.ui.say("the run is incomplete, which CSV cannot say: its rows are in %s, and %s is left as it was", to.final, to.name)
	}
	text := report.TextOptions{Verbose: o.verbose, History: o.history}
	if part.file == "" {
		text.Width, text.Color = a.ui.width, a.ui.colour
	}
	return report.Write(to, run, format, text)
}
