//go:build lab && linux

package lab

import (
	"testing"
	"time"
)

// A machine that stands still for longer, as virtual ones do, makes deadlines
// expire that the network kept; what a scan says then is not the scan's doing.
const longestPause = 700 * time.Millisecond

// undisturbed runs a scan, and runs it again, a few times at most, if the
// machine stood still meanwhile.
func undisturbed(t *testing.T, scan func()) {
	t.Helper()
	for tries := 1; ; tries++ {
		pauses := watchPauses()
		scan()
		pause := pauses()
		if pause < longestPause || tries == 4 {
			return
		}
		t.Logf("the machine stood still for %v: scanning again", pause)
	}
}

// watchPauses begins to watch for times at which this machine ran nothing. The
// function that it returns ends that and tells the longest one.
func watchPauses() (stop func() time.Duration) {
	const tick = 20 * time.Millisecond
	done, longest := make(chan struct{}), make(chan time.Duration)
	go func() {
		var pause time.Duration
		for last := time.Now(); ; last = time.Now() {
			select {
			case <-done:
				longest <- pause
				return
			case <-time.After(tick):
				pause = max(pause, time.Since(last)-tick)
			}
		}
	}()
	return func() time.Duration {
		close(done)
		return <-longest
	}
}
