package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"smbready/inventory"
	"smbready/report"
	"smbready/store"
)

func (a *app) reportCommand() *cobra.Command {
	var o output
	var task manifestTask
	var db string
	cmd := &cobra.Command{
		Use:   "report [RUN]",
		Short: "Judge a stored run again and report it",
		Long: `Report reads a run, judges it by the rules of this version, and writes it in any
format. RUN is the name of a stored run or the beginning of it, last for the
latest one (so without RUN), last:SITE for the latest one of a site, or a file
that scan wrote with -f json. Where a name is both, ./NAME is the file and
run:NAME the stored run.`,
		Example: `  smbready report
  smbready report last:HQ -f csv -o hq.csv
  smbready report 20261101T0800
  smbready report run.jsonl
  smbready report -o site.html -o site.xlsx --manifest
  smbready report --verify-manifest SHA256SUMS
  smbready report --new-sign-key key.pem
  smbready report -o site.html --manifest --sign-key key.pem
  smbready report --verify-manifest SHA256SUMS --public-key key.pub.pem`,
		Args: atMostOneArg("one run: its name, last, last:SITE, or a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if task.asked() {
				return a.doManifest(task, args)
			}
			return a.reportRun(cmd.Context(), db, append(args, lastRun)[0], o)
		},
	}
	cmd.Flags().SortFlags = false
	o.flags(cmd.Flags())
	o.reviewFlags(cmd.Flags())
	task.flags(cmd.Flags())
	dbFlag(cmd.Flags(), &db)
	return cmd
}

func (a *app) reportRun(ctx context.Context, db, name string, o output) error {
	if err := o.check(); err != nil {
		return err
	}
	if site, ok := strings.CutPrefix(name, lastRun+":"); ok && o.site != "" && o.site != site {
		return hintError{usagef("%s and --site %s are two sites", name, o.site), "leave out --site, or name the run by its id"}
	}
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	f, done, err := a.openForReport(ctx, db, name, &o)
	if err != nil {
		return err
	}
	defer done()
	to, err := o.open(a.stdout)
	if err != nil {
		return err
	}
	defer to.discard()
	r, err := a.render(o, f, to)
	var bad *inventory.LineError
	if errors.As(err, &bad) {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err != nil {
		return err
	}
	if err := to.commit(); err != nil {
		return err
	}
	switch {
	case r.failed:
		a.exit = exitFailOn
	case r.incomplete && len(o.failOn) > 0:
		return errors.New("the run is incomplete: that --fail-on is not met says nothing")
	}
	return nil
}

// openForReport is openRunFile for a report: of a stored run, it shows the runs before
// it, and last:SITE of a run of several sites means that site alone.
func (a *app) openForReport(ctx context.Context, db, name string, o *output) (*os.File, func(), error) {
	return a.openRunWith(ctx, db, name, func(s *store.Store, info *store.RunInfo) error {
		if site := info.Only; site != "" && o.site == "" {
			if o.hasJSON() {
				return hintError{usagef("the last run of site %q is of other sites too, and JSON lines hold an entire run", site), "name the run: " + info.Header.ID}
			}
			o.site = site
		}
		a.addHistory(ctx, s, o, &info.Header)
		return nil
	})
}

func (o *output) hasJSON() bool {
	return slices.ContainsFunc(o.parts(), func(p output) bool { return p.format == string(report.JSON) })
}
