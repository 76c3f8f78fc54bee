package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"smbready/inventory"
	"smbready/scanner"
	"smbready/schedule"
)

// scanFlags are the flags of scan, as they were given.
type scanFlags struct {
	output
	store                    storeFlags
	resume                   string
	identity                 identityFlags
	exclude, excludeFiles    []string
	sitesFile                string
	sites                    []string
	depth                    string
	dialects, gentle, guest  bool
	allowPublic, skipBad     bool
	all, dryRun              bool
	scheduled, ignoreWindow  bool
	seed                     int64
	port                     uint16
	rate                     float64
	concurrency              int
	connect, read, host, gap time.Duration
}

const scanExamples = `  smbready scan 10.1.0.0/16
  smbready scan 10.1.0.0/16 10.2.3.4-40 files.example.com fd00:1::/120
  smbready scan @targets.txt --exclude 10.1.9.0/24 -f csv -o site.csv
  smbready scan --sites sites.yaml --site HQ -f json -o hq.jsonl
  smbready scan 10.1.0.0/16 --guest-check --identify basic
  smbready scan 10.7.0.0/24 --gentle    where controllers or medical devices are
  smbready scan 10.0.0.0/8 --dry-run    what would be contacted, and how long
  smbready scan --resume last           go on with a scan that was interrupted`

func (a *app) scanCommand() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan TARGET...",
		Short: "Ask hosts of a network how they speak SMB, and judge the answers",
		Long: `Scan asks every target how it negotiates SMB and reports who would break.

A target is a network (10.1.0.0/16), a range (10.1.2.3-10.1.2.40 or
10.1.2.3-40), an address, a host name (all of its addresses), @FILE for a list
of those, or - for a list on standard input. A list has its entries apart by
blanks, commas or new lines; # starts a comment. A sites file (--sites) looks
like this:

  exclude: [10.1.9.0/24]
  sites:
    - name: HQ
      targets: [10.1.0.0/16]
      exclude: [10.1.8.7]

Nothing is logged on to and no credential is sent, but for --guest-check. A
host sees one connection at a time; an ordinary one sees two in all, and one
datagram to UDP port 137, unless --identify or its like ask for more.

What is found is stored while the scan runs. A scan that was interrupted,
killed or cut off goes on with --resume RUN: the same targets in the same
order, and no address that is done is asked again. Flags of pace and of the
report may be given anew; "smbready runs list" shows the runs.`,
		Example: scanExamples,
		RunE:    func(cmd *cobra.Command, args []string) error { return a.scan(cmd.Context(), &f, args, cmd) },
	}
	f.define(cmd)
	return cmd
}

// define adds the flags to the command.
func (f *scanFlags) define(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.SortFlags = false
	section(fl, "Targets", f.targetFlags)
	section(fl, "What is asked", f.questionFlags)
	section(fl, servicesSection, f.identity.flags)
	section(fl, "Pace", f.paceFlags)
	section(fl, "Store", func(fl *pflag.FlagSet) {
		fl.StringVar(&f.resume, "resume", "", "go on with the `RUN` of that name, or last, which did not end")
		f.store.flags(fl)
	})
	section(fl, "Report", func(fl *pflag.FlagSet) {
		fl.BoolVar(&f.all, "all", false, "list and judge dark and closed addresses too (always so for up to 32 targets)")
		f.output.flags(fl)
	})
	fl.BoolVar(&f.scheduled, "scheduled", false, "")
	fl.MarkHidden("scheduled")
	cmd.MarkFlagFilename("sites", "yaml", "yml")
}

func (f *scanFlags) targetFlags(fl *pflag.FlagSet) {
	fl.StringSliceVar(&f.exclude, "exclude", nil, "never contact these `targets`")
	fl.StringSliceVar(&f.excludeFiles, "exclude-file", nil, "never contact the targets listed in `file`")
	fl.StringVar(&f.sitesFile, "sites", "", "scan the sites of a YAML `file`")
	fl.StringSliceVar(&f.sites, "site", nil, "only the sites of these `names`")
	fl.BoolVar(&f.ignoreWindow, "ignore-window", false, "scan sites outside their windows too")
	fl.BoolVar(&f.allowPublic, "allow-public", false, "scan public addresses too, which are refused otherwise")
	fl.BoolVar(&f.skipBad, "skip-bad", false, "pass over targets that cannot be read or found, and count them")
	fl.Uint16Var(&f.port, "port", smbPort, "TCP port (`N`) of SMB")
}

func (f *scanFlags) questionFlags(fl *pflag.FlagSet) {
	fl.BoolVar(&f.dryRun, "dry-run", false, "print what would be contacted and how long it takes; send nothing")
	fl.StringVar(&f.depth, "depth", "identify", "how much to ask (`level`): negotiate, identify or full")
	fl.BoolVar(&f.dialects, "dialects", false, "find every SMB2 dialect, at one connection each")
	fl.BoolVar(&f.guest, "guest-check", false, "log on once at each host as a user that does not exist, to see who admits guests")
	fl.BoolVar(&f.gentle, "gentle", false, "one NEGOTIATE and one datagram a host, slowly (--rate 5): for networks with controllers or medical devices")
}

func (f *scanFlags) paceFlags(fl *pflag.FlagSet) {
	fl.Float64Var(&f.rate, "rate", 1000, "at most `N` connections a second; 0 is no limit")
	fl.IntVar(&f.concurrency, "concurrency", 512, "at most `N` hosts at a time")
	fl.DurationVar(&f.connect, "connect-timeout", scanner.DefaultConnectTimeout(), "wait so long for a connection")
	fl.DurationVar(&f.read, "read-timeout", 5*time.Second, "wait so long for an answer")
	fl.DurationVar(&f.host, "host-timeout", 15*time.Second, "spend so long on a host in all")
	fl.DurationVar(&f.gap, "host-delay", 250*time.Millisecond, "pause so long between two connections to a host")
	fl.Int64Var(&f.seed, "seed", 0, "visit the targets in the order that `N` stands for; random without")
}

// smbPort is the port of SMB.
const smbPort = 445

// gentleRate and gentleConcurrency are what scan --gentle uses unless told
// otherwise.
const (
	gentleRate        = 5
	gentleConcurrency = 16
	gentleDelay       = time.Second
)

// options turns the flags into the scanner's options.
func (f *scanFlags) options(cmd *cobra.Command) (scanner.Options, error) {
	depth, err := scanner.ParseDepth(f.depth)
	if err != nil {
		return scanner.Options{}, usageError{err}
	}
	if f.gentle {
		setUnlessGiven(cmd, "rate", &f.rate, gentleRate)
		setUnlessGiven(cmd, "concurrency", &f.concurrency, gentleConcurrency)
		setUnlessGiven(cmd, "host-delay", &f.gap, gentleDelay)
	}
	if err := f.check(); err != nil {
		return scanner.Options{}, err
	}
	if f.gap == 0 {
		f.gap = -1 // none, not the default
	}
	if f.seed == 0 {
		f.seed = rand.Int64N(1<<53) + 1
	}
	if f.gentle && (f.dialects || depth == scanner.DepthFull) {
		return scanner.Options{}, hintError{usagef("--gentle asks nothing but one NEGOTIATE and the names"), "leave out --dialects and --depth full"}
	}
	if f.guest && (f.gentle || depth == scanner.DepthNegotiate) {
		return scanner.Options{}, hintError{usagef("--guest-check goes neither with --gentle nor with --depth negotiate, which begin no logon"), "scan again without one of them"}
	}
	services, err := f.identity.options(cmd.Flags())
	if err != nil {
		return scanner.Options{}, err
	}
	if services != nil && f.gentle {
		return scanner.Options{}, hintError{usagef("--gentle asks nothing but one NEGOTIATE and the names"), "leave out --identify and its like"}
	}
	return scanner.Options{Depth: depth, Identify: services, Dialects: f.dialects, Gentle: f.gentle, GuestCheck: f.guest, Port: f.port, ConnectTimeout: f.connect,
		ReadTimeout: f.read, HostTimeout: f.host, HostDelay: f.gap, Rate: f.rate, Concurrency: f.concurrency, Seed: f.seed}, nil
}

// check refuses numbers that cannot be meant.
func (f *scanFlags) check() error {
	for _, c := range []struct {
		bad         bool
		flag, wants string
	}{
		{!(f.rate >= 0) || math.IsInf(f.rate, 0), "rate", "a number of connections a second, or 0 for no limit"}, // NaN too
		{f.concurrency < 1, "concurrency", "at least 1"},
		{f.connect <= 0, "connect-timeout", "a time above 0"},
		{f.read <= 0, "read-timeout", "a time above 0"},
		{f.host <= 0, "host-timeout", "a time above 0"},
		{f.gap < 0, "host-delay", "a time, or 0 for no pause"},
		{f.port == 0, "port", "a port from 1 to 65535"},
	} {
		if c.bad {
			return usagef("--%s wants %s", c.flag, c.wants)
		}
	}
	if f.port >= firstRawPrint && f.port <= lastRawPrint {
		return usagef("--port %d is never contacted: what a printer receives there, it prints", f.port)
	}
	return nil
}

// Ports of raw printing, which nmap leaves alone too.
const (
	firstRawPrint = 9100
	lastRawPrint  = 9107
)

func setUnlessGiven[T any](cmd *cobra.Command, name string, v *T, value T) {
	if !cmd.Flags().Changed(name) {
		*v = value
	}
}

// scan is the scan command.
func (a *app) scan(ctx context.Context, f *scanFlags, args []string, cmd *cobra.Command) error {
	if cmd.Flags().Changed("resume") {
		return a.resume(ctx, f, args, cmd)
	}
	o, err := f.options(cmd)
	if err != nil {
		return err
	}
	if err := f.output.check(); err != nil {
		return err
	}
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	targets, scope, err := a.targets(ctx, f, args)
	if err != nil {
		return err
	}
	if scope.rate > 0 && !cmd.Flags().Changed("rate") && (o.Rate == 0 || scope.rate < o.Rate) {
		o.Rate = scope.rate
	}
	if !f.quiet {
		for _, bad := range targets.Skipped() {
			a.ui.say("skipped: %v", bad)
		}
	}
	if f.dryRun {
		return a.printPlan(targets, o)
	}
	if o.Gentle && !cmd.Flags().Changed("host-timeout") {
		o.HostTimeout = o.ConnectTimeout + o.ReadTimeout
	}
	if f.guest && !f.quiet {
		a.ui.say("%s", guestNotice)
	}
	j := job{targets: targets, options: o, outputs: []output{f.output}, all: f.all || targets.Len() <= listAllUpTo, quiet: f.quiet,
		header: &inventory.Run{Scope: scope.targets, Excluded: scope.excluded}, store: f.store}
	if j.silent = f.scheduled; !f.scheduled { // which has stored them
		j.sites = scope.defined
	}
	if j.header.Sites = scope.sites; len(scope.sites) == 1 {
		j.header.Site, j.header.Sites = scope.sites[0], nil
	}
	if j.scan, err = describeScan(&j, f, cmd.Flags()); err != nil {
		return err
	}
	return a.record(ctx, j)
}

// guestNotice says what a guest check leaves behind, before it begins.
const guestNotice = "--guest-check logs on once at each host that speaks SMB, as " + scanner.GuestUser + "… with a random ending, a user that does not exist: " +
	"Windows hosts log a failed logon (event 4625), and since Windows 11 24H2 take two seconds over it; no account can be locked out"

// listAllUpTo is the number of targets up to which each one is listed: whoever
// asks for a host by name wants to read what became of it.
const listAllUpTo = 32

// scope is what a scan covers, in the user's words.
type scope struct {
	targets, excluded []string
	sites             []string
	defined           []inventory.Site // all of the sites file
	rate              float64          // the smallest of the sites; 0: none has one
}

// targets resolves the arguments, the exclusions and the sites file.
func (a *app) targets(ctx context.Context, f *scanFlags, args []string) (*scanner.Targets, scope, error) {
	s := scope{targets: args, excluded: f.exclude}
	sel := scanner.Selection{AllowPublic: f.allowPublic, SkipBad: f.skipBad}
	var err error
	if f.sitesFile != "" {
		err = f.addSites(&sel, &s)
	} else if len(f.sites) > 0 {
		err = usagef("--site wants --sites FILE")
	}
	if err != nil {
		return nil, s, err
	}
	if len(args) > 0 {
		list, err := scanner.NewList(args, a.stdin)
		if err != nil {
			return nil, s, err
		}
		sel.Groups = append(sel.Groups, scanner.Group{Targets: list})
	}
	if len(sel.Groups) == 0 {
		return nil, s, hintError{usagef("no targets given"), `name a host, a network such as 10.1.0.0/16, or @FILE; see --help`}
	}
	for _, file := range f.excludeFiles {
		f.exclude = append(f.exclude, "@"+file)
	}
	list, err := scanner.NewList(f.exclude, a.stdin)
	if err != nil {
		return nil, s, err
	}
	sel.Exclude = append(sel.Exclude, list...)
	s.excluded = append(s.excluded, f.excludeFiles...)
	t, err := scanner.Resolve(ctx, sel)
	if errors.Is(err, scanner.ErrNoTargets) {
		err = hintError{usageError{err}, "the target list is empty, or everything in it is excluded"}
	}
	return t, s, err
}

// addSites adds the sites of the sites file that were asked for.
func (f *scanFlags) addSites(sel *scanner.Selection, s *scope) error {
	file, err := inventory.ReadSites(f.sitesFile)
	if err != nil {
		return usageError{err}
	}
	picked, err := file.Pick(f.sites)
	if err != nil {
		return usageError{fmt.Errorf("%s: %w", f.sitesFile, err)}
	}
	if sel.Exclude, err = scanner.NewList(file.Exclude, nil); err != nil {
		return err
	}
	s.excluded = append(s.excluded, file.Exclude...)
	for _, site := range picked {
		if site.Gentle && !f.gentle {
			return hintError{usagef("site %q is marked gentle", site.Name), "scan it by itself with --gentle"}
		}
		targets, err := scanner.NewList(site.Targets, nil)
		if err != nil {
			return err
		}
		exclude, err := scanner.NewList(site.Exclude, nil)
		if err != nil {
			return err
		}
		if err := f.checkWindow(&site); err != nil {
			return err
		}
		if site.Rate > 0 && (s.rate == 0 || site.Rate < s.rate) {
			s.rate = site.Rate
		}
		sel.Groups = append(sel.Groups, scanner.Group{Site: site.Name, Targets: targets, Exclude: exclude})
		s.targets = append(s.targets, site.Targets...)
		s.excluded = append(s.excluded, site.Exclude...)
	}
	for _, site := range picked {
		s.sites = append(s.sites, site.Name)
	}
	s.defined = file.Defined()
	return nil
}

// checkWindow refuses a site outside its window, unless that is asked for. The
// schedule has looked already.
func (f *scanFlags) checkWindow(site *inventory.Site) error {
	if f.ignoreWindow || f.scheduled || f.dryRun {
		return nil
	}
	_, opens, open, err := schedule.Open(site, time.Now())
	if err != nil || open {
		return err
	}
	when := ""
	if !opens.IsZero() {
		when = "; it opens " + opens.Format("Mon 2006-01-02 15:04 MST")
	}
	return hintError{usagef("site %q may not be scanned now: its window is %s%s", site.Name, windowText(site), when), `wait for it, have "smbready schedule" scan it then, or scan now with --ignore-window`}
}

// describeLimit is how many ranges a dry run lists.
const describeLimit = 20

// printPlan is the answer of --dry-run.
func (a *app) printPlan(t *scanner.Targets, o scanner.Options) error {
	var b strings.Builder
	fmt.Fprintf(&b, "would contact %s:\n", addresses(t.Len()))
	for _, r := range t.Describe(describeLimit) {
		fmt.Fprintf(&b, "  %s\n", r)
	}
	pace := "as fast as the answers come"
	if o.Rate > 0 {
		pace = fmt.Sprintf("at most %g connections a second", o.Rate)
	}
	fmt.Fprintf(&b, "%s\n%s, at most %d hosts at a time\n", planPorts(o), pace, o.Concurrency)
	more := "two or three connections"
	switch {
	case o.Gentle:
		more = "one connection too"
	case o.Dialects || o.Depth == scanner.DepthFull:
		more = "two or three connections, and one for each dialect"
	}
	if o.Identify != nil && (o.Identify.Ports || o.Identify.HTTP) {
		more += ", and one for each port of the services"
	}
	fmt.Fprintf(&b, "about %s if nothing answers; a host that answers takes %s\nnothing was sent to these addresses\n",
		durationText(o.Estimate(t.Len())), more)
	_, err := io.WriteString(a.stdout, b.String())
	return err
}

// planPorts says which ports a scan contacts.
func planPorts(o scanner.Options) string {
	ports := fmt.Sprintf("on TCP port %d", o.Port)
	switch {
	case o.Gentle:
	case o.Depth == scanner.DepthFull:
		ports += ", and 139 of every host that is alive"
	default:
		ports += ", and 139 where that is closed or dead"
	}
	if o.Depth != scanner.DepthNegotiate || o.Gentle {
		ports += ", and with one datagram each to UDP port 137"
	}
	if o.GuestCheck {
		ports += "; one logon each of a user that does not exist"
	}
	if services := servicePorts(o.Identify); services != "" {
		ports += "; of hosts that are alive also " + services
	}
	return ports
}

func addresses(n uint64) string {
	if n == 1 {
		return "1 address"
	}
	return fmt.Sprintf("%d addresses", n)
}

// Interface check: the resolver of the operating system will do.
var _ scanner.Resolver = (*net.Resolver)(nil)
