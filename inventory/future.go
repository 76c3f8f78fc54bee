package inventory

import "time"

// Future reports whether a time lies so far after now that a clock must have been
// wrong: clocks of two machines, and zones that are mistaken, differ by less.
func Future(t, now time.Time) bool { return t.After(now.Add(day)) }
