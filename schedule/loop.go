package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"smbready/inventory"
)

// Runner scans sites. Its methods are called from several goroutines at once,
// but never for the same site.
type Runner interface {
	// History returns what is known of a site's past. What Scan did before it
	// returned must be in it. It is given up after half a minute.
	History(ctx context.Context, site *inventory.Site) (History, error)
	// Scan makes or resumes a run and returns nil when it is complete. When ctx is
	// done it returns soon, with what was asked stored as an unfinished run;
	// context.Cause tells ErrWindow from an interruption. It returns ErrBusy,
	// without a packet sent, if the site is being scanned by another process.
	Scan(ctx context.Context, job Job) error
}

// Job is a scan to be made.
type Job struct {
	Site   inventory.Site
	Resume string // the run to go on with; empty for a new one

	tick  time.Time // the scheduled time; zero for a run that goes on
	until time.Time // the end of the window, where ctx ends; zero if there is none
}

// Errors by which Loop and Runner understand each other.
var (
	ErrWindow = errors.New("the scan window has ended")
	ErrBusy   = errors.New("the site is being scanned by another process")
)

// EventKind says what happened to a site.
type EventKind uint8

// Kinds of events.
const (
	EventBegun   EventKind = iota + 1 // a scan begins or goes on
	EventDone                         // it is complete
	EventStopped                      // the window has ended; it goes on in the next
	EventBusy                         // another process is at it
	EventFailed                       // Err says why; it is tried again later
	EventIdle                         // nothing is due; Job is the next one, at Next
)

// Event is something to tell the user.
type Event struct {
	Kind  EventKind
	Job   Job
	Err   error
	Retry time.Time // after EventFailed and EventBusy: when at the earliest
	Next  time.Time // after EventIdle: when Job is due; zero, without a site, if nothing ever is
}

// Waits of a Loop.
const (
	pollEvery  = time.Minute // at most, so that a clock that jumps or a machine that slept is noticed
	firstRetry = 10 * time.Minute
	lastRetry  = 6 * time.Hour

	historyTimeout = 30 * time.Second // meanwhile no window is shut
)

// Loop has sites scanned when they are due, one at a time. A site
// that waits for others until it is late counts as missed.
type Loop struct {
	Sites  []inventory.Site
	Runner Runner
	Clock  Clock       // nil is that of this machine
	Tell   func(Event) // called for one event at a time; may be nil

	since   time.Time // when Run began: times from then on are missed, at sites without a complete run too
	tables  map[string]*timetable
	running map[string]*running
	resting map[string]rest
	done    chan finished
	served  map[string]Run       // the last run that was made here
	waiting map[string]time.Time // scheduled times that came and found no room
	idle    Event                // the last one of that kind that was told
}

// running is a scan that is under way.
type running struct {
	job    Job
	begun  time.Time
	cancel context.CancelCauseFunc
	ctx    context.Context
}

// finished is the end of a scan.
type finished struct {
	site string
	err  error
}

// rest is a pause of a site after a failure.
type rest struct {
	from, until time.Time
	failures    int
}

// Run scans what is due, when it is due, until ctx is done; then it waits for
// the scans that are under way to stop, and returns the error of ctx.
func (l *Loop) Run(ctx context.Context) error {
	l.prepare()
	l.since = l.Clock.Now()
	for ctx.Err() == nil {
		now := l.Clock.Now()
		l.shut(now)
		l.await(ctx, l.round(ctx, now, l.Sites, nil))
	}
	return errors.Join(ctx.Err(), l.drain())
}

// Once scans what is due now and returns when that has ended, with the errors of
// those that failed. For timers of the system.
func (l *Loop) Once(ctx context.Context) error {
	l.prepare()
	pending := map[string]bool{}
	for _, site := range l.Sites {
		pending[site.Name] = true
	}
	var failed []error
	for ctx.Err() == nil && (len(pending) > 0 || len(l.running) > 0) {
		now := l.Clock.Now()
		l.shut(now)
		sites := slices.DeleteFunc(slices.Clone(l.Sites), func(s inventory.Site) bool { return !pending[s.Name] })
		wait := l.round(ctx, now, sites, func(site string, err error) {
			delete(pending, site)
			failed = append(failed, err)
		})
		if len(l.running) > 0 {
			failed = append(failed, l.await(ctx, wait))
		}
	}
	return errors.Join(append(failed, ctx.Err(), l.drain())...)
}

func (l *Loop) prepare() {
	if l.Clock == nil {
		l.Clock = systemClock{}
	}
	l.running, l.resting, l.served = map[string]*running{}, map[string]rest{}, map[string]Run{}
	l.tables, l.waiting, l.idle = map[string]*timetable{}, map[string]time.Time{}, Event{}
	l.done = make(chan finished)
}

// round begins what is due, as far as there is room, and returns how long to
// wait for the next round. Decided, if not nil, is told of each site that was
// begun, that is not due or of which that cannot be known.
func (l *Loop) round(ctx context.Context, now time.Time, sites []inventory.Site, decided func(string, error)) time.Duration {
	wait := pollEvery
	var due []Job
	idle, settled := Event{Kind: EventIdle}, true
	for i := range sites {
		site := &sites[i]
		if l.running[site.Name] != nil || l.rests(site.Name, now) {
			settled = false
			continue
		}
		d, err := l.decide(ctx, site, now)
		if err != nil && ctx.Err() == nil {
			err = l.failed(Job{Site: *site}, now, err)
		}
		if d.Due && err == nil {
			due = append(due, Job{*site, d.Resume, d.Tick, d.Until})
			continue
		}
		if !d.Next.IsZero() {
			wait = min(wait, max(d.Next.Sub(now), 0))
			idle = earlier(idle, Event{Kind: EventIdle, Job: Job{Site: *site}, Next: d.Next})
		}
		settled = settled && err == nil
		if decided != nil {
			decided(site.Name, err)
		}
	}
	// What goes on has no tick and comes first, then what has waited longest.
	slices.SortStableFunc(due, func(a, b Job) int { return a.tick.Compare(b.tick) })
	for _, job := range due {
		if len(l.running) > 0 {
			l.waiting[job.Site.Name] = job.tick
			continue
		}
		delete(l.waiting, job.Site.Name)
		l.begin(ctx, job, now)
		if decided != nil {
			decided(job.Site.Name, nil)
		}
	}
	if settled && len(due)+len(l.running) == 0 {
		l.tellIdle(idle)
	}
	for _, r := range l.running {
		if !r.job.until.IsZero() {
			wait = min(wait, max(r.job.until.Sub(now), 0))
		}
	}
	return max(wait, time.Millisecond)
}

// decide decides about a site by what the Runner knows and by what was done
// here: a scan that was made is not made again because it was not recorded.
func (l *Loop) decide(ctx context.Context, site *inventory.Site, now time.Time) (Decision, error) {
	t, err := l.table(site)
	if err != nil {
		return Decision{}, err
	}
	limited, cancel := context.WithTimeout(ctx, historyTimeout)
	defer cancel()
	h, err := l.Runner.History(limited, site)
	if err != nil {
		return Decision{}, fmt.Errorf("what was scanned before is not known: %w", err)
	}
	h.since = l.since
	if tick := l.waiting[site.Name]; !tick.IsZero() && (h.since.IsZero() || h.since.After(tick)) {
		h.since = tick.Add(-1) // it has not been missed, and will not be
	}
	if r, ok := l.served[site.Name]; ok {
		h.Runs = append(slices.Clone(h.Runs), r)
	}
	return t.decide(h, now), nil
}

// table returns a site's timetable, read once.
func (l *Loop) table(site *inventory.Site) (*timetable, error) {
	if t := l.tables[site.Name]; t != nil {
		return t, nil
	}
	t, err := newTimetable(site)
	if err == nil {
		l.tables[site.Name] = t
	}
	return t, err
}

func (l *Loop) begin(ctx context.Context, job Job, now time.Time) {
	ctx, cancel := context.WithCancelCause(ctx)
	l.running[job.Site.Name] = &running{job, now, cancel, ctx}
	l.tell(Event{Kind: EventBegun, Job: job})
	go func() {
		err := l.Runner.Scan(ctx, job)
		l.done <- finished{job.Site.Name, err}
	}()
}

// shut stops the scans whose window is no longer open. By the clock as it is
// now: it may have been put forward or back.
func (l *Loop) shut(now time.Time) {
	for _, r := range l.running {
		t, err := l.table(&r.job.Site)
		if err != nil {
			continue // it was begun with the same
		}
		until, open := t.open(now)
		if r.job.until = until; !open {
			r.job.until = time.Time{}
			r.cancel(ErrWindow)
		}
	}
}

// await waits until there is something to do. It returns the error of a scan
// that failed meanwhile.
func (l *Loop) await(ctx context.Context, wait time.Duration) error {
	select {
	case f := <-l.done:
		return l.finish(f)
	case <-l.Clock.After(wait):
	case <-ctx.Done():
	}
	return nil
}

// drain waits for the scans that are under way.
func (l *Loop) drain() error {
	var failed []error
	for len(l.running) > 0 {
		failed = append(failed, l.finish(<-l.done))
	}
	return errors.Join(failed...)
}

// finish takes note of the end of a scan.
func (l *Loop) finish(f finished) error {
	r, now := l.running[f.site], l.Clock.Now()
	delete(l.running, f.site)
	cause := context.Cause(r.ctx)
	r.cancel(nil)
	switch {
	case f.err == nil:
		delete(l.resting, f.site)
		l.served[f.site] = Run{Started: r.begun, Ended: now, Complete: true}
		l.tell(Event{Kind: EventDone, Job: r.job})
	case errors.Is(f.err, ErrBusy):
		l.resting[f.site] = rest{from: now, until: now.Add(pollEvery)}
		l.tell(Event{Kind: EventBusy, Job: r.job, Err: f.err, Retry: now.Add(pollEvery)})
	case errors.Is(cause, ErrWindow):
		l.tell(Event{Kind: EventStopped, Job: r.job, Err: f.err})
	case cause != nil: // the program is to end, which is no failure
	default:
		return l.failed(r.job, now, f.err)
	}
	return nil
}

// failed has a site rest, each time twice as long, and returns the error.
func (l *Loop) failed(job Job, now time.Time, err error) error {
	before := l.resting[job.Site.Name].failures
	pause := min(firstRetry<<min(before, 10), lastRetry)
	l.resting[job.Site.Name] = rest{now, now.Add(pause), before + 1}
	l.tell(Event{Kind: EventFailed, Job: job, Err: err, Retry: now.Add(pause)})
	return fmt.Errorf("site %q: %w", job.Site.Name, err)
}

// rests reports whether a site is not to be tried yet. A clock that was put back
// ends the pause.
func (l *Loop) rests(site string, now time.Time) bool {
	r, ok := l.resting[site]
	return ok && now.Before(r.until) && !now.Before(r.from)
}

// earlier returns the one of two idle events whose job is due first; a has been
// there before, and may have none.
func earlier(a, b Event) Event {
	if !a.Next.IsZero() && !b.Next.Before(a.Next) {
		return a
	}
	return b
}

// tellIdle says what is next, once.
func (l *Loop) tellIdle(e Event) {
	before := l.idle
	if before.Kind == e.Kind && before.Job.Site.Name == e.Job.Site.Name && before.Next.Equal(e.Next) {
		return
	}
	l.idle = e
	l.tell(e)
}

func (l *Loop) tell(e Event) {
	if l.Tell != nil {
		l.Tell(e)
	}
}
