package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"smbready/inventory"
	"smbready/schedule"
	"smbready/schedule/notify"
)

// aftermath is what follows the scans of a schedule: each is compared with the last
// complete run, whoever is to know is told, and the metrics are renewed. It works
// beside the scans, which never wait for it to end.
type aftermath struct {
	app       *app
	runner    *siteRunner
	sites     []inventory.Site
	flags     *scheduleFlags
	notifiers []notify.Notifier
	todo      chan happened
	done      chan struct{}
	stop      context.CancelFunc
	metrics   siteMetrics

	// What follows is read once all is done.
	worse  bool // something is, in one of the runs
	failed int  // messages and files that did not succeed
}

// happened is an event, and the run that it is about as it was then.
type happened struct {
	schedule.Event
	run string
}

// aftermathRoom is how many events wait at most. Beyond that nobody is told.
const aftermathRoom = 1000

// tellTimeout bounds how long it is tried to tell a message, in all ways together.
const tellTimeout = 2 * time.Minute

// failureEvery is how often a site is told that fails again and again.
const failureEvery = 24 * time.Hour

// newAftermath begins to work. End it with wait.
func newAftermath(ctx context.Context, r *siteRunner, sites []inventory.Site, notifiers []notify.Notifier) *aftermath {
	m := &aftermath{app: r.app, runner: r, sites: sites, flags: r.flags, notifiers: notifiers,
		todo: make(chan happened, aftermathRoom), done: make(chan struct{}), metrics: newSiteMetrics(r, sites)}
	outliving, stop := outlive(ctx, afterStop)
	m.stop = stop
	go m.work(outliving)
	return m
}

// afterStop is how long after the end of the schedule it is tried to tell what its
// last scan found: nobody would be told of it later.
const afterStop = 15 * time.Second

// outlive returns a context that is done some time after another is.
func outlive(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return longer, func() { stop(); cancel() }
}

// add takes note of what happened to a site.
func (m *aftermath) add(e schedule.Event) {
	switch e.Kind {
	case schedule.EventDone, schedule.EventFailed, schedule.EventStopped:
		h := happened{e, m.runner.madeAt(e.Job.Site.Name)}
		select {
		case m.todo <- h:
		default: // the scans do not wait
			m.app.ui.say("site %q: too much waits to be told; nobody is told of this: %s", e.Job.Site.Name, h.run)
		}
	}
}

// wait waits until all that was added is done, and returns how many of it failed.
func (m *aftermath) wait() (failed int) {
	close(m.todo)
	<-m.done
	m.stop()
	return m.failed
}

func (m *aftermath) work(ctx context.Context) {
	defer close(m.done)
	if !m.flags.once && m.flags.metrics != "" { // of before, so that what is missing is seen
		m.note(m.metrics.write(ctx, m.flags.metrics))
	}
	for e := range m.todo {
		m.note(m.after(ctx, e))
		if len(m.todo) == 0 && m.flags.metrics != "" {
			m.note(m.metrics.write(ctx, m.flags.metrics))
		}
	}
}

// note says what failed, at once: a schedule may run for months.
func (m *aftermath) note(err error) {
	if err != nil {
		m.failed++
		m.app.ui.say("%s", oneLine(err.Error()))
	}
}

// after does what follows an event.
func (m *aftermath) after(ctx context.Context, e happened) error {
	site := e.Job.Site.Name
	switch e.Kind {
	case schedule.EventDone:
		m.metrics.failed[site] = false
		clearFailure(m.runner.failureFile(site))
		return m.complete(ctx, site, e.run)
	case schedule.EventFailed:
		m.metrics.failed[site] = true
		return m.failure(ctx, site, e)
	}
	return nil
}

// failure tells that a scan failed, unless that was told of late.
func (m *aftermath) failure(ctx context.Context, site string, e happened) error {
	sign := m.runner.failureFile(site)
	if toldOfLate(sign, time.Now()) {
		return nil
	}
	err := tellAll(ctx, m.notifiers, failureMessage(site, e.Err, e.Retry))
	noteFailure(sign, err == nil)
	if err != nil {
		return fmt.Errorf("site %q: that the scan failed could not be told: %w", site, err)
	}
	return nil
}

// complete compares a run with the last complete one, and tells.
func (m *aftermath) complete(ctx context.Context, site, id string) error {
	o, err := m.runner.outcomeOf(ctx, site, id)
	if err != nil {
		return fmt.Errorf("site %q: what changed in run %s is not known, and nobody was told: %w", site, id, err)
	}
	m.worse = m.worse || o.worse
	m.metrics.points[id] = o.point
	if !m.flags.quiet {
		m.app.ui.say("site %q: %s", site, o.words())
	}
	if !m.flags.notice.wanted(o) {
		return nil
	}
	if err := tellAll(ctx, m.notifiers, o.message()); err != nil {
		return fmt.Errorf("site %q: what came of run %s could not be told: %w", site, id, err)
	}
	return nil
}

// failureFile is the sign that a site's last scan failed, and since when that is
// known; it outlives the program.
func (r *siteRunner) failureFile(site string) string {
	name, err := r.siteFile(site, "failed")
	if err != nil {
		return ""
	}
	return name
}

// toldOfLate reports whether it was told within a day that a site fails: what the
// sign holds. Where no sign can be left it never was.
func toldOfLate(name string, now time.Time) bool {
	b, err := os.ReadFile(name)
	if err != nil {
		return false
	}
	told, err := time.Parse(time.RFC3339, strings.TrimSpace(string(b)))
	age := now.Sub(told)
	return err == nil && age >= 0 && age < failureEvery
}

// noteFailure leaves the sign, and in it the time if it was told. A sign that cannot be
// left has it told again, which is no harm.
func noteFailure(name string, told bool) {
	text := ""
	if told {
		text = time.Now().UTC().Format(time.RFC3339) + "\n"
	}
	os.Remove(name) // what it leads to is not written to
	if f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		io.WriteString(f, text)
		f.Close()
	}
}

// clearFailure takes the sign away; where there is none there is nothing to do.
func clearFailure(name string) { os.Remove(name) }

// hasFailed reports whether the sign is there.
func hasFailed(name string) bool {
	_, err := os.Lstat(name)
	return name != "" && err == nil
}

// siteFile names a file that belongs to a site of this store, in the folder of the
// store, or of the user's own where that is a server. In a folder that everybody
// writes to others could put it there.
func (r *siteRunner) siteFile(site, ending string) (string, error) {
	folder, err := r.store.Folder()
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, fmt.Sprintf("smbready-schedule-%s.%s", siteKey(r.store.Name(), site), ending)), nil
}
