package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"smbready/inventory"
	"smbready/report"
	"smbready/scanner"
	"smbready/schedule"
)

func (a *app) sitesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sites",
		Short: "Check a sites file, begin one, or tell which sites are known",
		Long: `A sites file names the locations of a network: what is to be scanned at each and
what never, when, how fast, how often, and who answers for the devices there.
Scan takes it with --sites.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return hintError{usagef("sites has no command %q", args[0]), seeHelp(cmd)}
		},
	}
	cmd.AddCommand(a.sitesCheckCommand(), a.sitesInitCommand(), a.sitesListCommand(), a.sitesForgetCommand())
	return cmd
}

func (a *app) sitesCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Tell what a sites file says, or everything that is wrong with it",
		Long: `Check reads a sites file and prints its sites: how many addresses each has, when
it would be scanned next and when it may be. Everything that is wrong is told at
once, with its line, and so is what is wrong with the lists of targets that it
names (@FILE), and which sites a scan would refuse, as those with public
addresses. Nothing is contacted and no name is looked up.`,
		Example: "  smbready sites check sites.yaml",
		Args:    exactArgs(1, "one sites file"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.checkSites(args[0], time.Now()) },
	}
}

// readSites reads a sites file and the lists of targets that it names, as a scan
// would, without the DNS. What is wrong with either is a usage error.
func readSites(name string) (inventory.Sites, error) {
	sites, err := inventory.ReadSitesAndLists(name, readTargetList)
	if err != nil {
		return sites, usageError{err}
	}
	return sites, nil
}

// readTargetList reads a list of targets as a scan does.
func readTargetList(path string) ([]inventory.ListEntry, error) {
	return scanner.NewList([]string{"@" + path}, nil)
}

// checkSites prints the sites of a file, or each problem on a line of its own.
func (a *app) checkSites(name string, now time.Time) error {
	sites, err := readSites(name)
	var bad *inventory.SitesError
	if errors.As(err, &bad) {
		for _, p := range bad.Problems {
			a.ui.say("%s: %s", bad.File, p)
		}
		return usagef("%s: %s; nothing can be scanned with it", bad.File, plural(uint64(len(bad.Problems)+bad.More), "mistake"))
	}
	if err != nil {
		return err
	}
	if err := writeSites(a.stdout, sites, now); err != nil {
		return err
	}
	refused, err := a.tellRefused(name, &sites)
	if err == nil && refused > 0 {
		return usagef("%s: %s cannot be scanned like that", name, plural(uint64(refused), "site"))
	}
	return err
}

// tellRefused says which sites a scan would refuse, and counts those where it surely
// would; names are not looked up.
func (a *app) tellRefused(file string, sites *inventory.Sites) (refused int, err error) {
	for i := range sites.Sites {
		s := &sites.Sites[i]
		t, err := knownTargets(sites, s)
		var target *scanner.TargetError
		switch {
		case errors.As(err, &target):
			refused++
			a.ui.say("%s: site %q: %v", file, s.Name, err)
			continue
		case err != nil:
			return refused, err
		case t == nil || !errors.As(t.Check(false), &target):
		case s.Schedule == "":
			a.ui.say("%s: site %q: %s is a public address: if it is yours, scan the site with --allow-public", file, s.Name, target.Text)
		default:
			refused++
			a.ui.say("%s: site %q: %s is a public address, which the schedule never scans", file, s.Name, target.Text)
			a.ui.say("if it is yours, leave out the schedule and have cron or a timer run: %s", byHand(file, s))
		}
	}
	return refused, nil
}

// byHand is the command that scans a site of public addresses.
func byHand(file string, s *inventory.Site) string {
	command := fmt.Sprintf("smbready scan --sites %s --site %s --allow-public", argument(file), siteArgument(s.Name))
	if s.Gentle {
		command += " --gentle"
	}
	return command
}

// siteArgument writes the name of a site for a flag that takes several, in a command that
// is shown.
func siteArgument(name string) string {
	if strings.ContainsAny(name, `,"`) {
		name = oneOfList(name)
	}
	return argument(name)
}

// knownTargets resolves a site as a scan does, but for its host names; nil where there is
// nothing else.
func knownTargets(sites *inventory.Sites, s *inventory.Site) (*scanner.Targets, error) {
	var lists [3]scanner.List
	for i, list := range [][]string{s.Targets, s.Exclude, sites.Exclude} {
		l, err := scanner.NewList(list, nil)
		if err != nil {
			return nil, err
		}
		lists[i] = l.Known()
	}
	t, err := scanner.Resolve(context.Background(), scanner.Selection{AllowPublic: true, Exclude: lists[2],
		Groups: []scanner.Group{{Site: s.Name, Targets: lists[0], Exclude: lists[1]}}})
	if errors.Is(err, scanner.ErrNoTargets) {
		return nil, nil
	}
	return t, err
}

// writeSites writes the table of sites check.
func writeSites(w io.Writer, sites inventory.Sites, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SITE\tADDRESSES\tNEXT RUN\tWINDOW\tWAVE\tOWNER")
	var total uint64
	for i := range sites.Sites {
		s := &sites.Sites[i]
		next, err := nextText(s, now)
		if err != nil {
			return err
		}
		n, more := sites.Addresses(*s)
		if total += n; total < n {
			total = math.MaxUint64
		}
		name := s.Name
		if s.Gentle {
			name += " (gentle)"
		}
		row := []string{name, countText(n, more), next, windowText(s), orDash(s.Wave), orDash(s.Owner)}
		for j := range row {
			row[j] = report.Escape(row[j])
		}
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s, %s\n", plural(uint64(len(sites.Sites)), "site"), totalText(total))
	return err
}

// countText is a number of addresses, and that there are names or lists besides.
func countText(n uint64, more bool) string {
	switch text := strconv.FormatUint(n, 10); {
	case n == math.MaxUint64:
		return "more than 10^19"
	case more && n == 0:
		return "by name"
	case more:
		return text + " and names"
	default:
		return text
	}
}

func totalText(n uint64) string {
	if n == math.MaxUint64 {
		return "more than 10^19 addresses"
	}
	return addresses(n)
}

// nextText is when a site would be scanned next, if it never was before.
func nextText(s *inventory.Site, now time.Time) (string, error) {
	d, err := schedule.Decide(s, schedule.History{}, now)
	switch {
	case err != nil:
		return "", err
	case d.Reason == schedule.ReasonNoSchedule:
		return "-", nil
	case d.Due:
		return "now", nil
	case d.Next.IsZero():
		return "never", nil
	}
	return d.Next.Format("Mon 2006-01-02 15:04 MST"), nil
}

func windowText(s *inventory.Site) string {
	var parts []string
	for _, w := range s.Windows {
		parts = append(parts, w.String())
	}
	if len(parts) == 0 {
		return "any time"
	}
	return strings.Join(parts, "; ")
}

func (a *app) sitesInitCommand() *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:     "init",
		Short:   "Write an example of a sites file, with every key explained",
		Example: "  smbready sites init -o sites.yaml\n  smbready sites check sites.yaml",
		Args:    exactArgs(0, "no arguments"),
		RunE:    func(*cobra.Command, []string) error { return a.initSites(&o) },
	}
	cmd.Flags().StringVarP(&o.file, "output", "o", "", "write to `file`, which must not be there yet, instead of standard output")
	return cmd
}

// initSites writes the example. It never takes the place of a file: that would
// be somebody's work.
func (a *app) initSites(o *output) error {
	if info, err := os.Lstat(o.file); o.file != "" && err == nil && info.Mode().Type()&(fs.ModeDevice|fs.ModeNamedPipe) == 0 {
		return hintError{usagef("%s is there already", o.file), "name a new file with -o, or check that one with \"smbready sites check\""}
	}
	to, err := o.openOne(a.stdout)
	if err != nil {
		return err
	}
	defer to.discard()
	if _, err := io.WriteString(to, inventory.ExampleSites); err != nil {
		return err
	}
	return to.commit()
}
