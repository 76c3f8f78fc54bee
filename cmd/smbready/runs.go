package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smbready/assess/plan"
	"smbready/inventory"
	"smbready/report"
	"smbready/store"
)

func (a *app) runsCommand() *cobra.Command {
	var db string
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List, show, delete, export, import and prune stored runs",
		Long: `Runs are stored by scan, verify, listen and import. A run is named by its id,
by the beginning of it, by last for the latest one, or by last:SITE for the
latest one of a site.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return hintError{usagef("runs has no command %q", args[0]), seeHelp(cmd)}
		},
	}
	for _, sub := range []*cobra.Command{a.runsListCommand(&db), a.runsShowCommand(&db), a.runsDeleteCommand(&db), a.runsExportCommand(&db),
		a.runsImportCommand(&db), a.runsPruneCommand(&db)} {
		sub.Flags().SortFlags = false
		dbFlag(sub.Flags(), &db)
		cmd.AddCommand(sub)
	}
	return cmd
}

// withStore opens the store, which has to be there, for one command that can be
// interrupted.
func (a *app) withStore(ctx context.Context, db string, use func(context.Context, *store.Store) error) error {
	return a.withStoreOf(ctx, db, a.openStoreToRead, use)
}

// withNewStore is withStore for a command that makes the store if it is not there.
func (a *app) withNewStore(ctx context.Context, db string, use func(context.Context, *store.Store) error) error {
	return a.withStoreOf(ctx, db, a.openStore, use)
}

func (a *app) withStoreOf(ctx context.Context, db string, open func(context.Context, string) (*store.Store, error), use func(context.Context, *store.Store) error) error {
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	s, err := open(ctx, db)
	if err != nil {
		return err
	}
	return errors.Join(use(ctx, s), s.Close())
}

func (a *app) runsListCommand(db *string) *cobra.Command {
	var format, site string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the stored runs, the latest first",
		Example: "  smbready runs list\n  smbready runs list --site HQ -f csv",
		Args:    exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := listFormat(format)
			if err != nil {
				return err
			}
			return a.withStore(cmd.Context(), *db, func(ctx context.Context, s *store.Store) error { return a.listRuns(ctx, s, site, f) })
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text, csv or json")
	cmd.Flags().StringVar(&site, "site", "", "only runs of the site of this `name`")
	return cmd
}

// listFormat is one of the formats that a list has.
func listFormat(name string) (report.Format, error) {
	switch f := report.Format(name); f {
	case report.Text, report.CSV, report.JSON:
		return f, nil
	}
	return "", usagef("unknown format %q: choose text, csv or json", name)
}

func (a *app) listRuns(ctx context.Context, s *store.Store, site string, format report.Format) error {
	infos, err := s.Runs(ctx, site)
	if err != nil {
		return err
	}
	var rows []runRow
	for i := range infos {
		rows = append(rows, newRunRow(&infos[i]))
	}
	if len(rows) == 0 && format == report.Text {
		of := ""
		if site != "" {
			of = fmt.Sprintf(" of site %q", site)
		}
		a.ui.say("no run%s is stored in %s", of, s.Name())
		return nil
	}
	return writeRuns(a.stdout, format, rows, a.ui.width)
}

func (a *app) runsShowCommand(db *string) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "show [RUN]",
		Short: "Show what a stored run is",
		Args:  atMostOneArg("one run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := listFormat(format)
			if err != nil {
				return err
			}
			return a.withStore(cmd.Context(), *db, func(ctx context.Context, s *store.Store) error {
				info, err := findAny(ctx, s, append(args, lastRun)[0])
				if err == nil && info.Damaged == nil {
					info, err = wholly(ctx, s, info)
				}
				if err != nil {
					return err
				}
				if f == report.Text {
					return writeRun(a.stdout, &info)
				}
				return writeRuns(a.stdout, f, []runRow{newRunRow(&info)}, 0)
			})
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text, csv or json")
	return cmd
}

// findAny is store.Find, which also finds a damaged run by its id.
func findAny(ctx context.Context, s *store.Store, name string) (store.RunInfo, error) {
	info, err := s.Find(ctx, name)
	if info.Damaged != nil {
		return info, nil
	}
	return info, err
}

// wholly reads all of a run, and returns it as damaged if that cannot be.
func wholly(ctx context.Context, s *store.Store, info store.RunInfo) (store.RunInfo, error) {
	read, err := s.Check(ctx, info.Header.ID)
	if read.Damaged != nil {
		return read, nil
	}
	return info, err
}

func (a *app) runsDeleteCommand(db *string) *cobra.Command {
	return &cobra.Command{
		Use:   "delete RUN...",
		Short: "Remove stored runs, for good",
		Args:  someArgs("one run or more"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), *db, func(ctx context.Context, s *store.Store) error { return a.deleteRuns(ctx, s, args) })
		},
	}
}

func someArgs(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return hintError{usagef("%q wants %s", cmd.CommandPath(), what), seeHelp(cmd)}
		}
		return nil
	}
}

// deleteRuns removes runs, none of them if one cannot be found.
func (a *app) deleteRuns(ctx context.Context, s *store.Store, names []string) error {
	var infos []store.RunInfo
	seen := map[string]bool{}
	for _, name := range names {
		info, err := findAny(ctx, s, name)
		switch {
		case err != nil:
			return err
		case info.Only != "":
			return hintError{usagef("%s is run %s, which is of more sites than %q", name, info.Header.ID, info.Only), "to remove it for all of them, name it by its id"}
		}
		if !seen[info.Header.ID] {
			infos = append(infos, info)
		}
		seen[info.Header.ID] = true
	}
	for i := range infos {
		if err := s.Delete(ctx, infos[i].Header.ID); err != nil {
			return err
		}
		if err := a.removed("removed", &infos[i]); err != nil {
			return err
		}
	}
	return nil
}

// removed says which run was removed, or would be.
func (a *app) removed(what string, info *store.RunInfo) error {
	row := newRunRow(info)
	state := row.State
	if state != runDamaged { // of that nobody can tell
		state += ", " + plural(row.Hosts, "host")
	}
	_, err := fmt.Fprintf(a.stdout, "%s %s (site %s, started %s, %s)\n", what, report.Escape(row.ID), report.Escape(orDash(strings.Join(row.sites(), ", "))),
		orDash(timeField(row.Started)), state)
	return err
}

func (a *app) runsExportCommand(db *string) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:     "export [RUN]",
		Short:   "Write a stored run as JSON lines, its facts as they were stored",
		Example: "  smbready runs export last -o run.jsonl",
		Args:    atMostOneArg("one run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), *db, func(ctx context.Context, s *store.Store) error {
				return a.exportRun(ctx, s, append(args, lastRun)[0], &o)
			})
		},
	}
	cmd.Flags().StringVarP(&o.file, "output", "o", "", "write to `file` instead of standard output; complete, or not at all")
	return cmd
}

func (a *app) exportRun(ctx context.Context, s *store.Store, name string, o *output) error {
	info, err := s.Find(ctx, name)
	if err != nil {
		return err
	}
	if info.Only != "" {
		a.ui.say("run %s is of more sites than %q, and all of them are in what is written", info.Header.ID, info.Only)
	}
	to, err := o.open(a.stdout)
	if err != nil {
		return err
	}
	defer to.discard()
	if err := s.Export(ctx, info.Header.ID, to); err != nil {
		return err
	}
	return to.commit()
}

func (a *app) runsImportCommand(db *string) *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "Bring saved runs into the store, as they are",
		Long: `Import stores runs that scan, verify, listen or import wrote with -f json, or
that runs export wrote, under their own ids. To put several sources together
into one run, see "smbready import".`,
		Args: someArgs("one file or more"),
		RunE: func(cmd *cobra.Command, args []string) error {
			names, err := a.expand(args)
			if err != nil {
				return err
			}
			return a.withNewStore(cmd.Context(), *db, func(ctx context.Context, s *store.Store) error {
				for _, name := range names {
					if err := a.importRun(ctx, s, name, replace); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "remove a stored run of the same id first")
	return cmd
}

func (a *app) importRun(ctx context.Context, s *store.Store, name string, replace bool) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", name, reason(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("cannot read %s: it is not a file", name)
	}
	if replace {
		if err := a.makeRoom(ctx, s, f); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	id, err := s.Import(ctx, f)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s is stored as %s\n", report.Escape(name), report.Escape(id))
	return err
}

// makeRoom removes the stored run that a file holds, after it has read the file
// to its end: what cannot be stored must cost nothing.
func (a *app) makeRoom(ctx context.Context, s *store.Store, f *os.File) error {
	id := ""
	r := inventory.NewReader(f)
	for {
		l, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if l.Run != nil {
			id = l.Run.ID
		}
	}
	if err := storable(ctx, f); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	info, err := findAny(ctx, s, id)
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && info.Header.ID != id:
		return nil
	case err != nil:
		return err
	}
	if err := s.Delete(ctx, id); err != nil {
		return err
	}
	return a.removed("replaced", &info)
}

// storable stores the run of a file where it harms nobody, and says why it cannot
// be stored.
func storable(ctx context.Context, f *os.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "smbready-")
	if err != nil {
		return hintError{fmt.Errorf("cannot try it in %s: %w", os.TempDir(), reason(err)), moreRoom}
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(ctx, filepath.Join(dir, "try.db"))
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Import(ctx, f)
	return err
}

func (a *app) runsPruneCommand(db *string) *cobra.Command {
	var keep string
	var dry bool
	cmd := &cobra.Command{
		Use:   "prune --keep TIME",
		Short: "Remove runs that are older than that",
		Long: `Prune removes runs that began and ended longer ago than --keep says. It leaves
the latest complete run of each site, what is being written, and what is
damaged.`,
		Example: "  smbready runs prune --keep 90d --dry-run",
		Args:    exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := parseDays(keep)
			if err != nil {
				return err
			}
			if d < plan.RecallFor {
				return hintError{usagef("--keep %s: the plan looks for devices that were not seen again in the runs of %d days", keep, int(plan.RecallFor.Hours())/24),
					"keep them as long at least, or remove single runs with \"smbready runs delete\""}
			}
			return a.withStore(cmd.Context(), *db, func(ctx context.Context, s *store.Store) error { return a.pruneRuns(ctx, s, d, dry) })
		},
	}
	cmd.Flags().StringVar(&keep, "keep", "", "keep runs that began or ended within this `time`, such as 90d or 12w; 60d at least")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would be removed; remove nothing")
	return cmd
}

func (a *app) pruneRuns(ctx context.Context, s *store.Store, keep time.Duration, dry bool) error {
	infos, err := s.Prune(ctx, keep, time.Now(), dry)
	what := "removed"
	if dry {
		what = "would remove"
	}
	for i := range infos {
		if err := a.removed(what, &infos[i]); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if len(infos) == 0 {
		a.ui.say("no run is older than that, but for those that are always kept")
	}
	return a.sayDamaged(ctx, s)
}

// sayDamaged names the damaged runs, of which nobody can tell whether they are
// needed.
func (a *app) sayDamaged(ctx context.Context, s *store.Store) error {
	infos, err := s.Runs(ctx, "")
	if err != nil {
		return err
	}
	for i := range infos {
		if infos[i].Damaged != nil {
			a.ui.say("run %s is damaged, and stays: runs show tells why, runs delete removes it", infos[i].Header.ID)
		}
	}
	return nil
}

// parseDays reads a duration that may be in days or weeks.
func parseDays(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	bad := hintError{usagef("--keep wants a time, such as 90d, 12w or 36h, not %q", text), "one day is the least"}
	unit := time.Duration(0)
	if number, ok := strings.CutSuffix(text, "d"); ok {
		text, unit = number, day
	} else if number, ok := strings.CutSuffix(text, "w"); ok {
		text, unit = number, 7*day
	}
	if unit == 0 {
		d, err := time.ParseDuration(text)
		if err != nil || d < day {
			return 0, bad
		}
		return d, nil
	}
	const most = 100 * 365 // days, which a Duration holds
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == 0 || n > most {
		return 0, bad
	}
	return min(time.Duration(n)*unit, most*day), nil
}
