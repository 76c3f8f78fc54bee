package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"smbready/inventory"
	"smbready/schedule"
	"smbready/schedule/notify"
)

// scheduleFlags are the flags of schedule.
type scheduleFlags struct {
	sites, db             string
	once, quiet, exitCode bool
	port                  uint16
	metrics               string // a file; empty for none
	notice                noticeFlags
}

func (a *app) scheduleCommand() *cobra.Command {
	var f scheduleFlags
	cmd := &cobra.Command{
		Use:   "schedule --sites FILE",
		Short: "Scan each site of a sites file when it is due",
		Long: `Schedule scans the sites of a sites file when their schedules say so, each
within its window, one site at a time, and stores the runs. What the end of a
window cuts off goes on in the next one, and so does what a restart cut off. A
time that was missed is made up for or skipped, as catch_up says.

After each run it tells what changed since the last complete one: on standard
error, to a webhook, by mail or to a command, and as metrics in a file.

It runs until it is stopped; with --once it scans what is due now, and ends:
for cron, systemd timers and the Windows Task Scheduler. It reads the sites
file once.`,
		Example: `  smbready sites check sites.yaml
  smbready schedule --sites sites.yaml
  smbready schedule --sites sites.yaml --once --quiet --exit-code
  smbready schedule --sites sites.yaml --notify worse --command ./ticket.sh
  smbready schedule --sites sites.yaml --mail-server mail.example.com:587 \
      --mail-from smbready@example.com --mail-to it@example.com`,
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.schedule(cmd.Context(), &f) },
	}
	cmd.Flags().SortFlags = false
	section(cmd.Flags(), "Flags", func(fl *pflag.FlagSet) {
		fl.SortFlags = false
		fl.StringVar(&f.sites, "sites", "", "the sites `file`")
		fl.BoolVar(&f.once, "once", false, "scan what is due now, and end")
		fl.Uint16Var(&f.port, "port", smbPort, "TCP port (`N`) of SMB")
		dbFlag(fl, &f.db)
		fl.BoolVar(&f.exitCode, "exit-code", false, "with --once: exit with 3 if something is worse than in the last complete run, or would break in a first one")
		fl.StringVar(&f.metrics, "metrics", "", "write metrics of all sites to `file` after each run, in the text format of Prometheus")
		fl.BoolVarP(&f.quiet, "quiet", "q", false, "say what failed, and nothing else")
	})
	f.notice.flags(cmd)
	cmd.MarkFlagFilename("sites", "yaml", "yml")
	return cmd
}

func (a *app) schedule(ctx context.Context, f *scheduleFlags) error {
	if f.sites == "" {
		return hintError{usagef("schedule wants --sites FILE"), `"smbready sites init" writes an example`}
	}
	if f.exitCode && !f.once {
		return usagef("--exit-code goes with --once")
	}
	if f.metrics != "" {
		if err := notify.CheckMetrics(f.metrics); err != nil {
			return usageError{fmt.Errorf("--metrics: %w", err)}
		}
	}
	notifiers, err := f.notice.notifiers(f.db)
	if err != nil {
		return err
	}
	sites, err := readSites(f.sites)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(sites.Sites, func(s inventory.Site) bool { return s.Schedule != "" }) {
		return hintError{usagef("%s: no site has a schedule, so nothing would ever be scanned", f.sites), `give one a schedule and a time_zone ("smbready sites init" shows how), or scan now with "smbready scan --sites"`}
	}
	if !f.quiet {
		if _, err := a.tellRefused(f.sites, &sites); err != nil {
			return err
		}
	}
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	st, err := a.openStore(ctx, f.db)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := keepSites(ctx, st, sites.Defined()); err != nil {
		return err
	}
	r := &siteRunner{app: a, store: st, flags: f, exclude: sites.Exclude, made: map[string]string{}}
	after := newAftermath(ctx, r, sites.Sites, notifiers)
	failed := 0 // attempts
	l := schedule.Loop{Sites: sites.Sites, Runner: r, Tell: func(e schedule.Event) {
		if a.tellSchedule(e, f.quiet); e.Kind == schedule.EventFailed {
			failed++
		}
		after.add(e)
	}}
	if f.once {
		err = l.Once(ctx)
	} else {
		err = l.Run(ctx)
	}
	untold := after.wait()
	switch {
	case ctx.Err() != nil:
		if !f.quiet {
			a.ui.say("stopped; what was begun goes on when it is started again")
		}
		a.exit = exitInterrupted
		return nil
	case failed+untold > 0: // each is said already
		return endedWith(failed, untold)
	case err == nil && f.exitCode && after.worse:
		a.exit = exitFailOn
	}
	return err
}

// endedWith puts into words that scans failed, and that what came of some was not told.
func endedWith(failed, untold int) error {
	var parts []string
	if failed > 0 {
		parts = append(parts, plural(uint64(failed), "scan")+" failed")
	}
	if untold > 0 {
		parts = append(parts, plural(uint64(untold), "message")+" could not be sent or written")
	}
	return fmt.Errorf("%s: see above", strings.Join(parts, " and "))
}

// tellSchedule says what happened to a site.
func (a *app) tellSchedule(e schedule.Event, quiet bool) {
	name := e.Job.Site.Name
	switch {
	case e.Kind == schedule.EventFailed:
		a.ui.say("site %q: %v; it is tried again at %s", name, e.Err, e.Retry.Format(time.RFC3339))
	case e.Kind == schedule.EventBusy:
		a.ui.say("site %q: another smbready is at it", name)
	case quiet:
	case e.Kind == schedule.EventBegun && e.Job.Resume != "":
		a.ui.say("site %q: run %s goes on", name, e.Job.Resume)
	case e.Kind == schedule.EventBegun:
		a.ui.say("site %q: the scan begins", name)
	case e.Kind == schedule.EventDone:
		a.ui.say("site %q: the scan is complete", name)
	case e.Kind == schedule.EventStopped:
		a.ui.say("site %q: its window has ended; the scan goes on in the next", name)
	case e.Kind == schedule.EventIdle && e.Next.IsZero():
		a.ui.say("nothing is due, and nothing will be as far as can be told: see smbready sites check")
	case e.Kind == schedule.EventIdle:
		a.ui.say("nothing is due; next: site %q at %s", name, e.Next.Format("Mon 2006-01-02 15:04 MST"))
	}
}
