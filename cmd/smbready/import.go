package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smbready/inventory"
	"smbready/report"
	"smbready/store"
)

func (a *app) importCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "Judge captures, Windows events and saved runs together",
		Long: `Import reads what shows devices as SMB clients, puts it together with what scans
and listeners found, and judges and reports it as one run. Nothing is sent.

It takes, told apart by content:
  packet captures (pcap, pcapng, also compressed with gzip)
  Windows event logs: EVTX as saved, or exported as CSV, JSON or XML
  the output of Get-SmbSession, Get-SmbConnection and Get-SmbServerConfiguration
  as CSV or JSON
  runs of smbready: scan, verify, listen or import with -f json

What several files say of one device stands in one place, joined by address,
name and network card; an address that has changed hands is not joined, and the
report says why. "smbready plan --audit-setup" tells how to have Windows write
such events.

The run is of the site that --site names, or else of that of the first run among
the files. One that names another is refused with --site: what was seen at one
site must not come to count at another.

The run that this makes is stored under a name of its own; to bring a saved run
into the store as it is, see "smbready runs import".`,
		Example: `  smbready import copiers.pcapng
  smbready import run.jsonl canary.jsonl monday.pcap fs01-audit.evtx
  smbready import fs01-audit.evtx sessions.csv --site HQ
  smbready import run.jsonl fs01-audit.evtx -f json -o all.jsonl`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return hintError{usagef("import wants one file or more"), `see "smbready import --help" for what it reads`}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f.siteGiven = cmd.Flags().Changed("site")
			return a.importFiles(cmd.Context(), args, f)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&f.ofSite, "site", "", "the run is of the site of this `name`")
	f.output.flags(cmd.Flags())
	f.store.flags(cmd.Flags())
	return cmd
}

// importFlags are the flags of import, as they were given.
type importFlags struct {
	output
	store     storeFlags
	ofSite    string // the site that the run gets; empty for that of the files
	siteGiven bool
}

// importFiles is the import command.
func (a *app) importFiles(ctx context.Context, names []string, f importFlags) error {
	if err := f.output.check(); err != nil {
		return err
	}
	if f.siteGiven {
		if err := inventory.CheckSiteName(f.ofSite); err != nil {
			return usageError{fmt.Errorf("--site: %w", err)}
		}
	}
	o := f.output // as check has it
	names, err := a.expand(names)
	if err != nil {
		return err
	}
	if err := o.isNot(names); err != nil {
		return err
	}
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	if f.siteGiven && !f.quiet {
		a.tellNewSite(ctx, &f)
	}
	im := &importer{app: a, quiet: o.quiet, site: f.ofSite, header: &inventory.Run{Site: f.ofSite}, seen: map[string]string{}}
	if err := im.read(ctx, names); err != nil {
		return err
	}
	if im.interrupted {
		ctx = context.WithoutCancel(ctx) // what was read is put together and reported
	}
	j := job{outputs: []output{o}, header: im.header, quiet: o.quiet, trial: true, produce: im.produce, done: im.finish(o), store: f.store}
	err = a.record(ctx, j)
	if errors.Is(err, context.Canceled) {
		a.exit = exitInterrupted
		a.ui.say("interrupted; nothing was written")
		return nil
	}
	return err
}

// tellNewSite says that a site is none of those that the store knows: it may be a slip. A
// store that cannot be read says so when the run is stored.
func (a *app) tellNewSite(ctx context.Context, f *importFlags) {
	if dbName(f.store.db) == noStore {
		return
	}
	var known []string
	a.withStore(ctx, f.store.db, func(ctx context.Context, s *store.Store) error {
		sites, err := s.Sites(ctx)
		for _, site := range sites {
			known = append(known, site.Name)
		}
		return err
	})
	if len(known) > 0 && !slices.Contains(known, f.ofSite) {
		a.ui.say("the store knows no site %q, only %s; the run gets that site all the same", f.ofSite, shortList(known, ", ", listWidth))
	}
}

// expand resolves patterns, which the shells of Windows leave to the program. A
// pattern without a file is passed over as long as there are others.
func (a *app) expand(names []string) ([]string, error) {
	var list, nothing []string
	for _, name := range names {
		if _, err := os.Lstat(name); err == nil || !strings.ContainsAny(name, "*?[") {
			list = append(list, name)
			continue
		}
		found, err := filepath.Glob(name)
		if err != nil || len(found) == 0 {
			nothing = append(nothing, name)
		}
		list = append(list, found...)
	}
	if len(list) == 0 {
		return nil, usagef("no file matches %s", strings.Join(nothing, ", "))
	}
	for _, name := range nothing {
		a.ui.say("no file matches %s", name)
	}
	return list, nil
}

// importer reads files and puts together what they say.
type importer struct {
	app         *app
	quiet       bool
	site        string // of all that is read; empty for that of the files
	merger      inventory.Merger
	header      *inventory.Run
	sum         inventory.Summary
	events      eventFiles
	files       int               // that were read
	seen        map[string]string // runs by their id, to the file that they were read from
	listeners   []netip.Addr      // of this tool
	interrupted bool              // by the user
	incomplete  bool              // a run that was read did not reach its end
}

// read takes in the files. A file that cannot be read at all is an error: a
// report that quietly lacks it would say less than the user believes.
func (im *importer) read(ctx context.Context, names []string) error {
	for _, name := range names {
		err := im.file(ctx, name)
		switch {
		case ctx.Err() != nil:
			im.interrupted = true
			im.app.ui.say("interrupted while reading %s; the report covers what was read before", name)
			return im.finishEvents()
		case err != nil:
			return err
		}
		im.files++
	}
	return im.finishEvents()
}

// file takes in one file.
func (im *importer) file(ctx context.Context, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", name, reason(err))
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("cannot read %s: %w", name, reason(err))
	case info.IsDir():
		return usagef("%s is a folder; name the files in it, such as %s", name, filepath.Join(name, "*"))
	case !info.Mode().IsRegular():
		return usagef("cannot read %s: it is not a file", name)
	case info.Size() == 0: // as a command leaves one that found nothing
		im.input(inventory.Input{Name: filepath.Base(name), Kind: "file", Error: "it is empty"})
		return nil
	}
	kind, err := recognise(f)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", name, reason(err))
	}
	progress := im.app.startReading(name, info.Size(), im.quiet)
	defer progress.stop()
	switch kind {
	case fileCapture:
		err = im.capture(ctx, name, progress.reader(f))
	case fileCaptureGzip:
		err = im.captureGzip(ctx, name, progress.reader(f))
	case fileRun:
		err = im.run(name, progress.reader(f))
	case fileEvents:
		err = im.addEvents(ctx, name, f)
	default:
		return hintError{usagef("%s is of no kind that import reads", name), `see "smbready import --help" for the kinds`}
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return err
}

// input notes what was read of a file.
func (im *importer) input(in inventory.Input) {
	im.header.Inputs = append(im.header.Inputs, in)
	switch {
	case in.Error != "":
		im.app.ui.say("%s: %s", in.Name, in.Error)
	case in.Used == 0:
		im.note("%s: nothing in it tells of SMB", in.Name)
	}
}

// note says what is worth a word and no cause for doubt.
func (im *importer) note(format string, args ...any) {
	if !im.quiet {
		im.app.ui.say(format, args...)
	}
}

// add takes in what a file says of hosts.
func (im *importer) add(source inventory.Source, origin string, hosts []*inventory.Host) {
	for _, h := range hosts {
		im.merger.Add(source, origin, h)
	}
}

// run takes in a run of this tool.
func (im *importer) run(name string, f io.Reader) error {
	in := inventory.Input{Source: inventory.SourceScan, Name: filepath.Base(name), Kind: "run"}
	id, ended := "", false
	r := inventory.NewReader(f)
	for {
		l, err := r.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			in.Error = cutShort(ended, err)
			break
		}
		switch {
		case err != nil:
			return err
		case l.Run != nil:
			if before, twice := im.seen[l.Run.ID]; twice && l.Run.ID != "" {
				im.app.ui.say("%s is the run that %s holds, and is not read twice", in.Name, before)
				return nil
			}
			if err := im.checkSites(append([]string{l.Run.Site}, l.Run.Sites...)...); err != nil {
				return err
			}
			id = l.Run.ID
			im.takeHeader(l.Run)
			if l.Run.Site != "" && l.Run.Site != im.header.Site {
				im.note("%s is of site %q: its devices stay there, and the run goes by site %q", in.Name, l.Run.Site, im.header.Site)
			}
			in.First = l.Run.Started
		case l.Host != nil:
			if err := im.checkSites(l.Host.Site); err != nil {
				return err
			}
			in.Records++
			in.Used++
			in.Last = later(in.Last, l.Host.Time)
			im.merger.Add(sourceOf(l.Host), in.Name, l.Host)
		case l.Summary != nil:
			ended = !l.Summary.Interrupted && l.Summary.Error == ""
			im.takeSummary(l.Summary)
			in.Last = later(in.Last, l.Summary.Finished)
		}
	}
	im.incomplete = im.incomplete || !ended
	if ended { // what a killed program left may come again, whole
		im.seen[id] = in.Name
	}
	im.input(in)
	return nil
}

// checkSites refuses what was seen at another site than the one that the run is to get.
func (im *importer) checkSites(sites ...string) error {
	for _, site := range sites {
		if im.site != "" && site != "" && site != im.site {
			return hintError{usagef("it is of site %q, not of %q", site, im.site), "import it by itself, or leave out --site: it keeps its own"}
		}
	}
	return nil
}

// cutShort says why a run is not whole.
func cutShort(ended bool, err error) string {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF): // a crash cut it off
		return "it ends in the middle of a line; what comes before was read"
	case !ended:
		return "the run did not reach its end: hosts may be missing"
	}
	return ""
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// takeHeader unites what several runs set out to do.
func (im *importer) takeHeader(r *inventory.Run) {
	h := im.header
	for _, s := range r.Scope {
		if !slices.Contains(h.Scope, s) {
			h.Scope = append(h.Scope, s)
		}
	}
	for _, s := range r.Excluded {
		if !slices.Contains(h.Excluded, s) {
			h.Excluded = append(h.Excluded, s)
		}
	}
	h.GuestCheck = h.GuestCheck || r.GuestCheck
	h.Site = cmp.Or(h.Site, r.Site)
	h.Targets += r.Targets
	for _, in := range r.Inputs {
		h.Inputs = append(h.Inputs, in)
		if listener, err := netip.ParseAddrPort(strings.Split(in.Name, ",")[0]); err == nil && in.Kind == "listener" {
			im.listeners = append(im.listeners, listener.Addr())
		}
	}
}

// takeSummary adds up how several runs ended.
func (im *importer) takeSummary(s *inventory.Summary) {
	im.sum.Probed += s.Probed
	im.sum.SMB += s.SMB
	im.sum.Open += s.Open
	im.sum.Closed += s.Closed
	im.sum.Filtered += s.Filtered
	im.sum.Unreachable += s.Unreachable
	im.sum.Skipped += s.Skipped
	im.sum.Connections += s.Connections
}

// sourceOf tells what saw a host of a saved run.
func sourceOf(h *inventory.Host) inventory.Source {
	switch {
	case len(h.Joins) > 0:
		return h.Joins[0].Source
	case h.State != inventory.StateUnknown || len(h.Observations) > 0 || len(h.Sessions) > 0:
		return inventory.SourceScan
	case h.Client != nil && len(h.Client.Sources) > 0:
		return h.Client.Sources[0]
	case len(h.Served) > 0:
		return h.Served[0].Source
	}
	return inventory.SourceScan
}

// produce hands on what was put together.
func (im *importer) produce(ctx context.Context, k keeper) (inventory.Summary, error) {
	hosts, err := im.merger.Hosts(ctx)
	if err != nil {
		return im.sum, errors.Join(err, k.Close(&im.sum))
	}
	for _, h := range hosts {
		if im.isListener(h) {
			im.note("%s is where this tool listened, and is left out", h.Address)
			continue
		}
		h.Site = cmp.Or(h.Site, im.site)
		if err := k.Host(h); err != nil {
			return im.sum, errors.Join(err, k.Close(&im.sum))
		}
	}
	im.sum.Finished = time.Now().UTC().Truncate(time.Millisecond)
	im.sum.Interrupted = im.interrupted || im.incomplete
	return im.sum, k.Close(&im.sum)
}

// isListener reports whether a host is our own listener, as a capture saw it: it
// is no server of the site.
func (im *importer) isListener(h *inventory.Host) bool {
	return slices.Contains(im.listeners, h.Address) && h.Client == nil && len(h.Observations) == 0 && len(h.Sessions) == 0
}

// finish says how the import ended.
func (im *importer) finish(o output) func(inventory.Summary) {
	return func(sum inventory.Summary) {
		diverted := sum.Interrupted && o.format == string(report.CSV) // which is told already
		if o.file != "" && !o.quiet && !diverted {
			im.app.ui.say("%s read; %s in %s", files(im.files), o.formats(), o.names())
		}
		if im.interrupted {
			im.app.exit = exitInterrupted
		}
	}
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}
