package schedule

import "time"

// Clock tells the time. It may jump, in both directions.
type Clock interface {
	Now() time.Time
	// After returns a channel on which something comes when d has passed, or
	// somewhat later.
	After(d time.Duration) <-chan time.Time
}

// systemClock is the clock of this machine. Its times are without what Go adds
// to measure by, since that goes on when the clock jumps, and stops while the
// machine sleeps.
type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now().Round(0) }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }
