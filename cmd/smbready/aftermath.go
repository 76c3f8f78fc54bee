package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	todo      chan schedule.Event
	done      chan struct{}
	metrics   siteMetrics

	// What follows is read once all is done.
	worse  bool // something is, in one of the runs
	failed []error
}

// aftermathRoom is how many events wait at most. Beyond that scans do wait.
const aftermathRoom = 1000

// failureEvery is how often a site is told that fails again and again.
const failureEvery = 24 * time.Hour

// newAftermath begins to work. End it with wait.
func newAftermath(ctx context.Context, r *siteRunner, sites []inventory.Site, notifiers []notify.Notifier) *aftermath {
	m := &aftermath{app: r.app, runner: r, sites: sites, flags: r.flags, notifiers: notifiers,
		todo: make(chan schedule.Event, aftermathRoom), done: make(chan struct{}), metrics: newSiteMetrics(r, sites)}
	go m.work(ctx)
	return m
}

// add takes note of what happened to a site.
func (m *aftermath) add(e schedule.Event) {
	switch e.Kind {
	case schedule.EventDone, schedule.EventFailed, schedule.EventStopped:
		m.todo <- e
	}
}

// wait waits until all that was added is done, and returns what failed.
func (m *aftermath) wait() error {
	close(m.todo)
	<-m.done
	return errors.Join(m.failed...)
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
	if err == nil {
		return
	}
	if m.failed = append(m.failed, err); !m.flags.once {
		m.failed = m.failed[:0]
		m.app.ui.say("%s", oneLine(err.Error()))
	}
}

// after does what follows an event.
func (m *aftermath) after(ctx context.Context, e schedule.Event) error {
	site := e.Job.Site.Name
	switch e.Kind {
	case schedule.EventDone:
		m.metrics.failed[site] = false
		clearFailure(m.runner.failureFile(site))
		return m.complete(ctx, site)
	case schedule.EventFailed:
		m.metrics.failed[site] = true
		if !noteFailure(m.runner.failureFile(site), time.Now()) {
			return nil
		}
		if err := tellAll(ctx, m.notifiers, failureMessage(site, e.Err, e.Retry)); err != nil {
			return fmt.Errorf("site %q: that the scan failed could not be told: %w", site, err)
		}
	}
	return nil
}

// complete compares a run with the last complete one, and tells.
func (m *aftermath) complete(ctx context.Context, site string) error {
	id := m.runner.madeAt(site)
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

// noteFailure leaves the sign, and reports whether it is time to tell: where no sign
// can be left it always is.
func noteFailure(name string, now time.Time) bool {
	if info, err := os.Lstat(name); err == nil {
		if age := now.Sub(info.ModTime()); age >= 0 && age < failureEvery {
			return false
		}
		os.Remove(name)
	}
	if f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		f.Close()
	}
	return true
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
