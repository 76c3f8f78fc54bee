package schedule

import (
	"time"

	"smbready/inventory"
)

// opening is the time from one instant to another, the second not included.
type opening struct{ from, until time.Time }

// windowOn returns the opening of a window on the day that wall lies in; ok is
// false if it does not open then, or has no length because the clocks pass over
// all of it.
func windowOn(w inventory.Window, wall time.Time, zone *time.Location) (o opening, ok bool) {
	midnight := wall.Truncate(day)
	if !w.Days.Has(midnight.Weekday()) {
		return o, false
	}
	open := midnight.Add(w.Open)
	o = opening{instant(open, zone), instant(open.Add(w.Length()), zone)}
	return o, o.from.Before(o.until)
}

// openAt returns when windows that are open at an instant will be shut, those
// that follow each other without a gap taken as one; the zero time if it is
// never. ok is false when none is open.
func openAt(t time.Time, windows []inventory.Window, zone *time.Location) (until time.Time, ok bool) {
	if len(windows) == 0 {
		return time.Time{}, true
	}
	until = t
	// More than a week of openings that follow each other is all of the time.
	for limit := t.Add(8 * day); ; {
		end, open := latestEnd(until, windows, zone)
		if !open {
			return until, until.After(t)
		}
		if until = end; until.After(limit) {
			return time.Time{}, true
		}
	}
}

// latestEnd returns the latest end of the windows that are open at an instant.
func latestEnd(t time.Time, windows []inventory.Window, zone *time.Location) (end time.Time, open bool) {
	today := wallOf(t, zone)
	for _, w := range windows {
		for _, shift := range []time.Duration{-day, 0} {
			o, ok := windowOn(w, today.Add(shift), zone)
			if ok && !t.Before(o.from) && t.Before(o.until) && o.until.After(end) {
				end, open = o.until, true
			}
		}
	}
	return end, open
}

// openFrom returns the first instant at or after t at which a window is open; the
// zero time if there is none within a fortnight, which only a window of minutes
// on the day of a clock change can bring about.
func openFrom(t time.Time, windows []inventory.Window, zone *time.Location) time.Time {
	if _, ok := openAt(t, windows, zone); ok {
		return t
	}
	today := wallOf(t, zone)
	for shift := -day; shift <= 15*day; shift += day {
		var first time.Time
		for _, w := range windows {
			o, ok := windowOn(w, today.Add(shift), zone)
			if ok && !o.from.Before(t) && (first.IsZero() || o.from.Before(first)) {
				first = o.from
			}
		}
		if !first.IsZero() {
			return first
		}
	}
	return time.Time{}
}
