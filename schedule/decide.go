package schedule

import (
	"slices"
	"time"

	"smbready/inventory"
)

// Bounds of the rules; see the package comment.
const (
	// ResumeWithin is how long after its beginning an unfinished run still goes
	// on. What it saw at first would be too old beside what it sees at last.
	ResumeWithin = 14 * day
	// Grace is how late a scan may begin that is not caught up, where no window
	// says until when.
	Grace = time.Hour
)

// Run is a run of a site, as far as schedules care.
type Run struct {
	ID       string    // by which it can be resumed; empty if it cannot
	Started  time.Time // when it began
	Ended    time.Time // when it ended or, unfinished, was last written to; zero if that is not known
	Complete bool      // all targets were asked
}

// end returns when a run ended, as far as that is known.
func (r *Run) end() time.Time {
	if r.Ended.Before(r.Started) {
		return r.Started
	}
	return r.Ended
}

// History is what is known of a site's past.
type History struct {
	// Runs are the runs of the whole site, in any order: the latest complete one,
	// what came after it, and any number of others.
	Runs []Run

	// since is from when on times count as missed where there is no complete run
	// yet; zero: none does.
	since time.Time
}

// Reason says why a decision is what it is.
type Reason string

// Reasons.
const (
	ReasonNoSchedule Reason = "no-schedule" // the site is never scanned by itself
	ReasonScheduled  Reason = "scheduled"   // its time has come
	ReasonMissed     Reason = "missed"      // its time came when it could not run, and it is made up for
	ReasonUnfinished Reason = "unfinished"  // a run goes on
	ReasonWindow     Reason = "window"      // it would be due, and waits for the window
	ReasonNotYet     Reason = "not-yet"     // its time is to come
	ReasonSkipped    Reason = "skipped"     // its time was missed, and the next is waited for
)

// Decision says what is to be done about a site.
type Decision struct {
	Site   string
	Due    bool      // begin now, or go on with Resume
	Resume string    // the run to go on with; empty for a new one
	Tick   time.Time // the scheduled time that it is about; zero for one that goes on
	Until  time.Time // when due: the end of the window, where it must stop; zero if there is none
	Next   time.Time // when not due: the first time at which it will be; zero if never
	Reason Reason
}

// Decide says whether a site is due. Times are of the site's zone. An error is
// one of the site's zone or schedule, which a sites file that was read has not.
func Decide(site *inventory.Site, h History, now time.Time) (Decision, error) {
	t, err := newTimetable(site)
	if err != nil {
		return Decision{}, err
	}
	return t.decide(h, now), nil
}

// Open reports whether a site may be scanned at a time, and when its window ends;
// the zero time if it does not. Opens is when it may be scanned, if not then; the
// zero time if never.
func Open(site *inventory.Site, now time.Time) (until, opens time.Time, open bool, err error) {
	t, err := newTimetable(site)
	if err != nil {
		return until, opens, false, err
	}
	if until, open = t.open(now); !open {
		opens = t.start(now)
	}
	return until, opens, open, nil
}

// decide is Decide for a site whose times have been read.
func (tt *timetable) decide(h History, now time.Time) Decision {
	d := Decision{Site: tt.site, Reason: ReasonNoSchedule}
	if tt.never {
		return d
	}
	now = now.In(tt.zone)
	unfinished, served := review(h, now)
	if unfinished != nil {
		d.Resume, d.Reason = unfinished.ID, ReasonUnfinished
		return tt.whenOpen(d, now)
	}
	tick := tt.last(now)
	switch {
	case tick.IsZero() || !tick.After(served):
		d.Reason = ReasonNotYet
	case !tt.late(tick, now):
		d.Tick, d.Reason = tick, ReasonScheduled
		return tt.whenOpen(d, now)
	case tt.catchUp == inventory.CatchUpSkip:
		d.Reason = ReasonSkipped
	case served.IsZero() && (h.since.IsZero() || !tick.After(h.since)):
		d.Reason = ReasonNotYet // nobody was there to miss it
	default:
		d.Tick, d.Reason = tick, ReasonMissed
		return tt.whenOpen(d, now)
	}
	d.Tick = tt.next(now)
	d.Next = tt.start(d.Tick)
	return d
}

// whenOpen makes a decision due if the window is open, and has it wait
// otherwise.
func (tt *timetable) whenOpen(d Decision, now time.Time) Decision {
	if until, ok := tt.open(now); ok {
		d.Due, d.Until = true, until
		return d
	}
	d.Next = tt.start(now)
	if d.Resume == "" {
		d.Reason = ReasonWindow
	}
	return d
}

// late reports whether a scan of a scheduled time can no longer be said to begin
// in time: the window in which it was to begin has ended or, without windows, so
// has Grace.
func (tt *timetable) late(tick, now time.Time) bool {
	start := tt.start(tick)
	if start.IsZero() {
		return true
	}
	if until, _ := tt.open(start); !until.IsZero() {
		return !now.Before(until)
	}
	return now.Sub(start) > Grace // it is open all the time
}

// review goes through the past. It returns the run that is to go on, if there
// is one, and up to when scheduled times have been served.
func review(h History, now time.Time) (unfinished *Run, served time.Time) {
	var latest *Run
	runs := slices.Clone(h.Runs)
	for i := range runs {
		r := &runs[i]
		if inventory.Future(r.Started, now) {
			continue
		}
		if latest == nil || r.Started.After(latest.Started) {
			latest = r
		}
		if end := r.end(); r.Complete && end.After(served) {
			if served = end; inventory.Future(served, now) {
				served = r.Started // the clock was put back while it ran
			}
		}
	}
	if latest != nil && !latest.Complete && latest.ID != "" && now.Sub(latest.Started) < ResumeWithin {
		return latest, served
	}
	return nil, served
}
