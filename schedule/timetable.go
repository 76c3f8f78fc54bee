package schedule

import (
	"fmt"
	"time"

	"smbready/inventory"
)

// timetable is what a site says of times, ready for use.
type timetable struct {
	site    string // its name
	catchUp inventory.CatchUp
	cron    inventory.Cron
	never   bool // it has no schedule
	zone    *time.Location
	windows []inventory.Window
}

func newTimetable(site *inventory.Site) (*timetable, error) {
	t := &timetable{site: site.Name, catchUp: site.CatchUp, windows: site.Windows, never: site.Schedule == ""}
	var err error
	if t.zone, err = site.Zone(); err != nil {
		return nil, fmt.Errorf("site %q: %w", site.Name, err)
	}
	if t.never {
		return t, nil
	}
	if t.cron, err = inventory.ParseCron(site.Schedule); err != nil {
		return nil, fmt.Errorf("site %q: %w", site.Name, err)
	}
	return t, nil
}

// next returns the first scheduled time after t; the zero time if there is none.
func (tt *timetable) next(t time.Time) time.Time {
	if tt.never {
		return time.Time{}
	}
	for wall := tt.cron.Next(wallOf(t, tt.zone)); !wall.IsZero(); wall = tt.cron.Next(wall) {
		// In the hour that comes twice, the times have come the first time.
		if at := instant(wall, tt.zone); at.After(t) {
			return at
		}
	}
	return time.Time{}
}

// last returns the last scheduled time at or before t; the zero time if there is
// none.
func (tt *timetable) last(t time.Time) time.Time {
	if tt.never {
		return time.Time{}
	}
	for wall := tt.cron.Last(latestWall(t, tt.zone)); !wall.IsZero(); wall = tt.cron.Last(wall.Add(-time.Minute)) {
		if at := instant(wall, tt.zone); !at.After(t) {
			return at
		}
	}
	return time.Time{}
}

// open returns when the window that is open at t will be shut; see openAt.
func (tt *timetable) open(t time.Time) (until time.Time, ok bool) {
	return openAt(t, tt.windows, tt.zone)
}

// start returns the first instant at or after t at which a scan may begin.
func (tt *timetable) start(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return openFrom(t, tt.windows, tt.zone)
}
