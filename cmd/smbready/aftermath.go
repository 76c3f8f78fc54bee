package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"smbready/inventory"
	"smbready/schedule"
	"smbready/schedule/notify"
	"smbready/store"
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
	caughtUp  map[string]bool // runs that were told before their event came to it

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

// newAftermath begins to work. End it with wait.
func newAftermath(ctx context.Context, r *siteRunner, sites []inventory.Site, notifiers []notify.Notifier) *aftermath {
	m := &aftermath{app: r.app, runner: r, sites: sites, flags: r.flags, notifiers: notifiers,
		todo: make(chan happened, aftermathRoom), done: make(chan struct{}), metrics: newSiteMetrics(r, sites), caughtUp: map[string]bool{}}
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
	for i := range m.sites {
		m.note(m.catchUp(ctx, m.sites[i].Name, ""))
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
		removeMarker(m.runner.failureFile(site))
		err := m.catchUp(ctx, site, e.run)
		if m.caughtUp[e.run] {
			return err
		}
		return errors.Join(err, m.complete(ctx, site, e.run))
	case schedule.EventFailed:
		m.metrics.failed[site] = true
		return m.failure(ctx, site, e)
	}
	return nil
}

// failure tells that a scan failed, unless that was told of late.
func (m *aftermath) failure(ctx context.Context, site string, e happened) error {
	marker := m.runner.failureFile(site)
	if toldOfLate(marker, time.Now()) {
		return nil
	}
	err := tellAll(ctx, m.notifiers, failureMessage(site, e.Err, e.Retry))
	noteFailure(marker, err == nil)
	if err != nil {
		return fmt.Errorf("site %q: that the scan failed could not be told: %w", site, err)
	}
	return nil
}

// catchUp tells of the runs of a site that are owed, but for the newest: because the
// program ended before it could, or because it failed then.
func (m *aftermath) catchUp(ctx context.Context, site, newest string) error {
	owed := m.runner.owedAt(site)
	if len(owed) == 0 {
		return nil
	}
	infos, err := m.runner.store.Runs(ctx, site)
	if err != nil {
		return fmt.Errorf("site %q: whether runs are still to be told is not known: %w", site, err)
	}
	var failed []error
	for _, run := range owed {
		if run.id == newest || !run.ripe(time.Now()) {
			continue
		}
		i := slices.IndexFunc(infos, func(info store.RunInfo) bool { return info.Header.ID == run.id })
		switch {
		case i < 0: // deleted
			m.runner.settle(site, run.id)
		case !infos[i].Complete(): // it may go on, and is owed again then
			if time.Since(infos[i].Header.Started) > owedFor {
				m.runner.settle(site, run.id)
			}
		case time.Since(infos[i].Summary.Finished) > owedFor:
			m.runner.settle(site, run.id)
			failed = append(failed, fmt.Errorf("site %q: nobody was told of run %s, and it is too old by now: see smbready report %s", site, run.id, run.id))
		default:
			m.app.ui.say("site %q: run %s is still to be told", site, run.id)
			m.caughtUp[run.id] = true
			failed = append(failed, m.complete(ctx, site, run.id))
		}
	}
	return errors.Join(failed...)
}

// owedFor is how long it is tried to tell of a run.
const owedFor = 7 * 24 * time.Hour

// complete compares a run with the last complete one, and tells. What could not be told,
// or not be read, is still owed then.
func (m *aftermath) complete(ctx context.Context, site, id string) error {
	m.runner.owe(site, id, time.Now()) // another smbready that starts now leaves it to this one
	err := m.compareAndTell(ctx, site, id)
	switch {
	case ctx.Err() != nil:
		m.runner.owe(site, id, time.Time{})
	case err == nil:
		m.runner.settle(site, id)
	}
	return err
}

func (m *aftermath) compareAndTell(ctx context.Context, site, id string) error {
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
