package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"smbready/inventory"
)

// fakeRunner scans nothing: each site takes as long as it is told. It keeps the
// runs as a store would.
type fakeRunner struct {
	mu     sync.Mutex
	takes  map[string]time.Duration // that a site needs in all
	left   map[string]time.Duration // of an unfinished run
	runs   map[string][]Run
	fail   map[string][]error // of the next scans
	lost   bool               // nothing is recorded
	broken error              // of History
	now    func() time.Time

	at, most int // scans under way, now and at most
	twice    bool
	busy     map[string]bool
}

func newFakeRunner(now func() time.Time) *fakeRunner {
	return &fakeRunner{takes: map[string]time.Duration{}, left: map[string]time.Duration{}, runs: map[string][]Run{}, fail: map[string][]error{},
		busy: map[string]bool{}, now: now}
}

func (f *fakeRunner) History(ctx context.Context, site *inventory.Site) (History, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return History{Runs: slices.Clone(f.runs[site.Name])}, f.broken
}

func (f *fakeRunner) Scan(ctx context.Context, job Job) error {
	site := job.Site.Name
	f.mu.Lock()
	if f.at++; f.at > f.most {
		f.most = f.at
	}
	f.twice = f.twice || f.busy[site]
	f.busy[site] = true
	needs := f.takes[site]
	if job.Resume == "" {
		f.keep(site, Run{ID: fmt.Sprintf("%s-%d", site, len(f.runs[site])), Started: f.now()})
	} else {
		needs = f.left[site]
	}
	var err error
	if list := f.fail[site]; len(list) > 0 {
		err, f.fail[site] = list[0], list[1:]
	}
	f.mu.Unlock()

	begun := time.Now()
	if err == nil {
		select {
		case <-time.After(needs):
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at--
	f.busy[site] = false
	f.left[site] = needs - time.Since(begun)
	if list := f.runs[site]; len(list) > 0 && !f.lost {
		list[len(list)-1].Ended, list[len(list)-1].Complete = f.now(), err == nil
	}
	return err
}

func (f *fakeRunner) keep(site string, r Run) {
	if !f.lost {
		f.runs[site] = append(f.runs[site], r)
	}
}

// jumpy is a clock that can be set, in a bubble of synctest.
type jumpy struct{ ahead atomic.Int64 } // nanoseconds

func (j *jumpy) Now() time.Time                         { return time.Now().Round(0).Add(time.Duration(j.ahead.Load())) }
func (j *jumpy) After(d time.Duration) <-chan time.Time { return time.After(d) }

// diary notes what happens, with the time.
type diary struct {
	lines []string
	idle  []string // what was said to be next
	now   func() time.Time
}

var eventNames = map[EventKind]string{EventBegun: "begun", EventDone: "done", EventStopped: "stopped", EventBusy: "busy", EventFailed: "failed"}

func (d *diary) tell(e Event) {
	if e.Kind == EventIdle {
		d.idle = append(d.idle, fmt.Sprintf("%s next %s %s", d.now().UTC().Format("02 15:04"), e.Job.Site.Name, e.Next.UTC().Format("02 15:04")))
		return
	}
	line := fmt.Sprintf("%s %s %s", d.now().UTC().Format("02 15:04"), e.Job.Site.Name, eventNames[e.Kind])
	if e.Kind == EventBegun && e.Job.Resume != "" {
		line += " again"
	}
	if !e.Retry.IsZero() {
		line += ", retry " + e.Retry.UTC().Format("02 15:04")
	}
	d.lines = append(d.lines, line)
}

// play has sites scanned for a time, in a bubble whose clock begins on Saturday,
// 2000-01-01 00:00 UTC, and holds what happened against want.
func play(t *testing.T, sites []inventory.Site, length time.Duration, prepare func(*fakeRunner, *Loop, *jumpy), want string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		clock := &jumpy{}
		d := &diary{now: clock.Now}
		runner := newFakeRunner(clock.Now)
		l := &Loop{Sites: sites, Runner: runner, Clock: clock, Tell: d.tell}
		if prepare != nil {
			prepare(runner, l, clock)
		}
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		if err := l.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run: %v", err)
		}
		if got := strings.Join(d.lines, "\n"); got != strings.TrimSpace(want) {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if runner.twice || runner.at != 0 || runner.most > 1 {
			t.Errorf("twice at once: %v, still at it: %d, at most %d at a time", runner.twice, runner.at, runner.most)
		}
	})
}

func daily(name, cron string, windows ...inventory.Window) inventory.Site {
	return inventory.Site{Name: name, TimeZone: "UTC", Schedule: cron, Windows: windows}
}

func TestLoop(t *testing.T) {
	night := window(t, "22:00-02:00")
	hq := daily("HQ", "0 3 * * *")
	tests := []struct {
		name    string
		sites   []inventory.Site
		length  time.Duration
		prepare func(*fakeRunner, *Loop, *jumpy)
		want    string
	}{
		{"once a day", []inventory.Site{hq}, 60 * time.Hour, nil, `
01 03:00 HQ begun
01 03:00 HQ done
02 03:00 HQ begun
02 03:00 HQ done
03 03:00 HQ begun
03 03:00 HQ done`},
		{"the window cuts it off, and it goes on", []inventory.Site{daily("HQ", "0 22 * * Sat", night...)}, 90 * time.Hour,
			func(f *fakeRunner, _ *Loop, _ *jumpy) { f.takes["HQ"] = 9 * time.Hour }, `
01 22:00 HQ begun
02 02:00 HQ stopped
02 22:00 HQ begun again
03 02:00 HQ stopped
03 22:00 HQ begun again
03 23:00 HQ done`},
		{"its time comes while it runs", []inventory.Site{hq}, 70 * time.Hour,
			func(f *fakeRunner, _ *Loop, _ *jumpy) { f.takes["HQ"] = 30 * time.Hour }, `
01 03:00 HQ begun
02 09:00 HQ done
03 03:00 HQ begun`},
		{"one after the other", []inventory.Site{daily("A", "0 3 * * *"), daily("B", "30 2 * * *"), daily("C", "0 4 * * *")}, 20 * time.Hour,
			func(f *fakeRunner, _ *Loop, _ *jumpy) {
				f.takes = map[string]time.Duration{"A": time.Hour, "B": 2 * time.Hour, "C": time.Hour}
			}, `
01 02:30 B begun
01 04:30 B done
01 04:30 A begun
01 05:30 A done
01 05:30 C begun
01 06:30 C done`},
		{"failures are tried again, ever later", []inventory.Site{hq}, 12 * time.Hour,
			func(f *fakeRunner, _ *Loop, _ *jumpy) {
				boom := errors.New("disk full")
				f.fail["HQ"] = []error{boom, boom, boom}
			}, `
01 03:00 HQ begun
01 03:00 HQ failed, retry 01 03:10
01 03:10 HQ begun again
01 03:10 HQ failed, retry 01 03:30
01 03:30 HQ begun again
01 03:30 HQ failed, retry 01 04:10
01 04:10 HQ begun again
01 04:10 HQ done`},
		{"another process is at it", []inventory.Site{hq}, 6 * time.Hour,
			func(f *fakeRunner, _ *Loop, _ *jumpy) { f.fail["HQ"] = []error{ErrBusy} }, `
01 03:00 HQ begun
01 03:00 HQ busy, retry 01 03:01
01 03:01 HQ begun again
01 03:01 HQ done`},
		{"a run that is not recorded is not made again and again", []inventory.Site{hq}, 30 * time.Hour,
			func(f *fakeRunner, _ *Loop, _ *jumpy) { f.lost = true }, `
01 03:00 HQ begun
01 03:00 HQ done
02 03:00 HQ begun
02 03:00 HQ done`},
		{"the past is not known", []inventory.Site{hq}, 3*time.Hour + 5*time.Minute,
			func(f *fakeRunner, _ *Loop, _ *jumpy) {
				f.broken = errors.New("no database")
				time.AfterFunc(2*time.Hour, func() { f.mu.Lock(); f.broken = nil; f.mu.Unlock() })
			}, `
01 00:00 HQ failed, retry 01 00:10
01 00:10 HQ failed, retry 01 00:30
01 00:30 HQ failed, retry 01 01:10
01 01:10 HQ failed, retry 01 02:30
01 03:00 HQ begun
01 03:00 HQ done`},
		{"the clock jumps back by two hours", []inventory.Site{hq}, 32 * time.Hour,
			func(_ *fakeRunner, _ *Loop, c *jumpy) {
				time.AfterFunc(3*time.Hour+30*time.Minute, func() { c.ahead.Store(int64(-2 * time.Hour)) })
			}, `
01 03:00 HQ begun
01 03:00 HQ done
02 03:00 HQ begun
02 03:00 HQ done`},
		{"the clock jumps over its time", []inventory.Site{hq}, 4 * time.Hour,
			func(_ *fakeRunner, _ *Loop, c *jumpy) {
				time.AfterFunc(time.Hour-30*time.Second, func() { c.ahead.Store(int64(10 * time.Hour)) })
			}, `
01 11:00 HQ begun
01 11:00 HQ done`},
		{"the clock jumps out of the window", []inventory.Site{daily("HQ", "0 22 * * Sat", night...)}, 30 * time.Hour,
			func(f *fakeRunner, _ *Loop, c *jumpy) {
				f.takes["HQ"] = 3 * time.Hour
				time.AfterFunc(23*time.Hour+30*time.Second, func() { c.ahead.Store(int64(-2 * time.Hour)) })
			}, `
01 22:00 HQ begun
01 21:01 HQ stopped
01 22:00 HQ begun again
01 23:59 HQ done`},
		{"the end comes while it runs", []inventory.Site{hq}, 4 * time.Hour,
			func(f *fakeRunner, _ *Loop, _ *jumpy) { f.takes["HQ"] = 9 * time.Hour }, `
01 03:00 HQ begun`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { play(t, tt.sites, tt.length, tt.prepare, tt.want) })
	}
}

// TestRestart ends the program in the middle of a run: the next one goes on.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runner := newFakeRunner(time.Now)
		runner.takes["HQ"] = 5 * time.Hour
		d := &diary{now: time.Now}
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Hour)
			l := &Loop{Sites: []inventory.Site{daily("HQ", "0 3 * * *")}, Runner: runner, Tell: d.tell}
			l.Run(ctx)
			cancel()
		}
		const want = "01 03:00 HQ begun\n01 05:00 HQ begun again\n01 08:00 HQ done"
		if got := strings.Join(d.lines, "\n"); got != want || len(runner.runs["HQ"]) != 1 {
			t.Errorf("got %s\n%v", got, runner.runs)
		}
	})
}

// TestIdle: what is next is told at the start, and when it is something else.
func TestIdle(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		sites      []inventory.Site
		fail       error
	}{
		{"at the start, and after each scan", "01 00:00 next A 01 02:30\n01 02:30 next B 01 03:00\n01 04:00 next A 02 02:30", []inventory.Site{daily("B", "0 3 * * *"), daily("A", "30 2 * * *")}, nil},
		{"one waits for its window", "01 00:00 next A 01 22:00", []inventory.Site{daily("A", "30 2 * * *", window(t, "22:00-23:00")...), daily("Never", "")}, nil},
		{"something is due at the start", "01 01:00 next A 02 00:00", []inventory.Site{daily("A", "0 0 * * *")}, nil},
		{"one that failed is tried again before", "01 00:00 next A 01 02:30", []inventory.Site{daily("A", "30 2 * * *"), daily("B", "0 21 * * *")}, errors.New("disk full")},
		{"nothing ever", "01 00:00 next  01 00:00", []inventory.Site{daily("Never", "")}, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			runner := newFakeRunner(time.Now)
			runner.takes["B"], runner.takes["A"] = time.Hour, 0
			if tt.name == "something is due at the start" {
				runner.takes["A"] = time.Hour
			}
			runner.fail["A"] = slices.Repeat([]error{tt.fail}, 9)
			d := &diary{now: time.Now}
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Hour)
			defer cancel()
			(&Loop{Sites: tt.sites, Runner: runner, Tell: d.tell}).Run(ctx)
			if got := strings.Join(d.idle, "\n"); got != tt.want {
				t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
			}
		})
	}
}

func TestOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runner := newFakeRunner(time.Now)
		runner.takes = map[string]time.Duration{"A": time.Hour, "B": time.Hour, "Night": 9 * time.Hour}
		d := &diary{now: time.Now}
		sites := []inventory.Site{daily("A", "0 3 * * *"), daily("B", "30 2 * * *"), daily("Later", "0 20 * * *"), daily("Never", ""),
			daily("Night", "0 1 * * *", window(t, "00:00-06:00")...)}
		once := func() error {
			return (&Loop{Sites: sites, Runner: runner, Tell: d.tell}).Once(t.Context())
		}
		if err := once(); err != nil || len(d.lines) > 0 || !slices.Equal(d.idle, []string{"01 00:00 next Night 01 01:00"}) {
			t.Errorf("nothing is due: %v, %v, %v", err, d.lines, d.idle)
		}
		d.idle = nil
		time.Sleep(3*time.Hour + 10*time.Minute)
		runner.fail["B"] = []error{errors.New("disk full")}
		err := once()
		if err == nil || err.Error() != `site "B": disk full` {
			t.Errorf("got %v", err)
		}
		// What found no room is made up for, late as it is.
		const want = `01 03:10 Night begun
01 06:00 Night stopped
01 06:00 B begun
01 06:00 B failed, retry 01 06:10
01 06:00 A begun
01 07:00 A done`
		if got := strings.Join(d.lines, "\n"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if len(d.idle) > 0 {
			t.Errorf("there was something to do, and yet: %v", d.idle)
		}
		runner.broken = errors.New("no database")
		if err := once(); err == nil || !strings.Contains(err.Error(), `site "A": what was scanned before is not known: no database`) {
			t.Errorf("got %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := (&Loop{Sites: sites, Runner: runner}).Once(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted: %v", err)
		}
	})
}
