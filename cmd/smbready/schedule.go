package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"smbready/inventory"
	"smbready/schedule"
	"smbready/store"
)

// scheduleFlags are the flags of schedule.
type scheduleFlags struct {
	sites, db   string
	once, quiet bool
	port        uint16
}

func (a *app) scheduleCommand() *cobra.Command {
	var f scheduleFlags
	cmd := &cobra.Command{
		Use:   "schedule --sites FILE",
		Short: "Scan each site of a sites file when it is due",
		Long: `Schedule scans the sites of a sites file when their schedules say so, each within
its window, one site at a time, and stores the runs. What the end of a window
cuts off goes on in the next one, and so does what a restart cut off. A time that
was missed is made up for or skipped, as catch_up says.

It runs until it is stopped; with --once it scans what is due now, and ends: for
cron, systemd timers and the Windows Task Scheduler. It reads the sites file once.`,
		Example: `  smbready sites check sites.yaml
  smbready schedule --sites sites.yaml
  smbready schedule --sites sites.yaml --once --quiet`,
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.schedule(cmd.Context(), &f) },
	}
	section(cmd.Flags(), "Flags", func(fl *pflag.FlagSet) {
		fl.SortFlags = false
		fl.StringVar(&f.sites, "sites", "", "the sites `file`")
		fl.BoolVar(&f.once, "once", false, "scan what is due now, and end")
		fl.Uint16Var(&f.port, "port", smbPort, "TCP port (`N`) of SMB")
		dbFlag(fl, &f.db)
		fl.BoolVarP(&f.quiet, "quiet", "q", false, "say what failed, and nothing else")
	})
	cmd.MarkFlagFilename("sites", "yaml", "yml")
	return cmd
}

func (a *app) schedule(ctx context.Context, f *scheduleFlags) error {
	if f.sites == "" {
		return hintError{usagef("schedule wants --sites FILE"), `"smbready sites init" writes an example`}
	}
	sites, err := readSites(f.sites)
	if err != nil {
		return err
	}
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	st, err := a.openStore(ctx, f.db)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := st.PutSites(ctx, sites.Sites); err != nil {
		return err
	}
	l := schedule.Loop{Sites: sites.Sites, Runner: &siteRunner{a, st, f, sites.Exclude}, Tell: func(e schedule.Event) { a.tellSchedule(e, f.quiet) }}
	if f.once {
		err = l.Once(ctx)
	} else {
		err = l.Run(ctx)
	}
	if ctx.Err() != nil {
		a.exit = exitInterrupted
		return nil
	}
	return err
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
	}
}

// siteRunner scans sites for the schedule.
type siteRunner struct {
	app     *app
	store   *store.Store
	flags   *scheduleFlags
	exclude []string // at any site
}

// History returns the scans of a site as it is now. One of other targets, or with
// other exclusions, neither serves for it nor goes on: it would ask what must not
// be contacted any more.
func (r *siteRunner) History(ctx context.Context, site *inventory.Site) (h schedule.History, err error) {
	runs, err := r.store.Runs(ctx, site.Name)
	if err != nil {
		return h, err
	}
	for _, info := range runs {
		if info.Scan == nil || !slices.Equal(info.Header.Scope, site.Targets) || !slices.Equal(info.Header.Excluded, slices.Concat(r.exclude, site.Exclude)) {
			continue
		}
		run := schedule.Run{Started: info.Header.Started, Ended: info.Updated, Complete: info.Complete()}
		if info.Summary != nil {
			run.Ended = info.Summary.Finished
		}
		if kept, err := readScan(info.Scan); err == nil && kept.Scheduled {
			run.ID = info.Header.ID // what somebody began and stopped by hand is theirs
		}
		h.Runs = append(h.Runs, run)
	}
	return h, nil
}

// Scan makes a run of a site, or goes on with one.
func (r *siteRunner) Scan(ctx context.Context, job schedule.Job) error {
	name, err := r.lockName(job.Site.Name)
	if err != nil {
		return err
	}
	release, err := schedule.Lock(name)
	if err != nil {
		return err
	}
	defer release()
	args := r.args(&job)
	sub := &app{stdin: r.app.stdin, stdout: io.Discard, stderr: r.app.stderr, ui: newUI(io.Discard, r.app.stderr)}
	root := sub.rootCommand()
	root.SetArgs(args)
	err = root.ExecuteContext(ctx)
	switch {
	case errors.Is(err, store.ErrRunning):
		return schedule.ErrBusy
	case err != nil:
		return err
	case sub.exit != 0:
		return errors.Join(ctx.Err(), errors.New("the scan did not reach its end"))
	}
	return nil
}

// args are those of the scan. It is the one that a user would begin.
func (r *siteRunner) args(job *schedule.Job) []string {
	args := []string{"scan", "--db=" + r.flags.db, "--db-required", "--format=json", "--quiet", "--scheduled"}
	if job.Resume != "" {
		return append(args, "--resume="+job.Resume)
	}
	args = append(args, "--sites="+r.flags.sites, "--site="+oneOfList(job.Site.Name), "--port="+strconv.Itoa(int(r.flags.port)))
	if job.Site.Gentle {
		args = append(args, "--gentle")
	}
	if job.Site.Rate > 0 {
		args = append(args, "--rate="+strconv.FormatFloat(job.Site.Rate, 'g', -1, 64))
	}
	return args
}

// oneOfList quotes a name for a flag that takes a list with commas.
func oneOfList(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// lockName is the file that keeps two processes of this machine from one site: in
// the folder of the store, or of the user's own where that is a server. A folder
// that everybody writes to would let anybody stop the scans.
func (r *siteRunner) lockName(site string) (string, error) {
	folder, err := r.store.Folder()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(r.store.Name() + "\n" + site))
	return filepath.Join(folder, fmt.Sprintf("smbready-schedule-%x.lock", sum[:8])), nil
}
