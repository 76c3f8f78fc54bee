package schedule

import "time"

// A wall time is what the clocks of a place show, written as if it were UTC, so
// that it can be counted with and has no hour that is missing or doubled.

// wallOf returns what clocks show at an instant.
func wallOf(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// instant returns when clocks show a wall time: the first time if they do so
// twice, and if they pass over it the moment when they are put forward. It never
// decreases as wall grows.
func instant(wall time.Time, zone *time.Location) time.Time {
	// What was in force a day before, and will be a day after, holds all that can
	// be in force at that time.
	_, before := wall.Add(-day).In(zone).Zone()
	_, after := wall.Add(day).In(zone).Zone()
	first := wall.Add(-time.Duration(max(before, after)) * time.Second)
	second := wall.Add(-time.Duration(min(before, after)) * time.Second)
	for _, t := range []time.Time{first, second} {
		if wallOf(t, zone).Equal(wall) {
			return t.In(zone)
		}
	}
	start, _ := second.In(zone).ZoneBounds()
	return start
}

// latestWall returns the latest that clocks have shown up to an instant: later
// than what they show in the hour after they were put back.
func latestWall(t time.Time, zone *time.Location) time.Time {
	latest := wallOf(t, zone)
	if start, _ := t.In(zone).ZoneBounds(); !start.IsZero() {
		if before := wallOf(start.Add(-1), zone); before.After(latest) {
			return before
		}
	}
	return latest
}

const day = 24 * time.Hour
