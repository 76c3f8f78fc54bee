package schedule

import (
	"fmt"
	"testing"
	"time"

	"smbready/inventory"
)

func window(t *testing.T, texts ...string) (list []inventory.Window) {
	t.Helper()
	for _, text := range texts {
		w, err := inventory.ParseWindow(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, w)
	}
	return list
}

// berlin puts the clocks forward on 2026-03-29 at 02:00 and back on 2026-10-25
// at 03:00.
var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

// at reads a time in Berlin, or one in UTC with Z behind it.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	if u, err := time.Parse("2006-01-02 15:04Z", text); err == nil {
		return u
	}
	l, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDecide(t *testing.T) {
	type run struct {
		id, started, ended string
		complete           bool
	}
	nightly := inventory.Site{Name: "HQ", TimeZone: "Europe/Berlin", Schedule: "0 2 * * *"}
	skip := nightly
	skip.CatchUp = inventory.CatchUpSkip
	windowed := nightly
	windowed.Schedule, windowed.Windows = "0 14 * * Sun", window(t, "Mon-Fri 20:00-06:00")
	windowedSkip := windowed
	windowedSkip.CatchUp = inventory.CatchUpSkip
	weekend := nightly
	weekend.Schedule, weekend.Windows = "0 3 * * Sat", window(t, "Fri 20:00-24:00", "Sat,Sun", "Mon 00:00-05:00")
	hourly := nightly
	hourly.Schedule = "0 * * * *"
	always := nightly
	always.Windows = window(t, "00:00-24:00")
	done := func(started, ended string) run { return run{"a", started, ended, true} }
	open := func(started, ended string) run { return run{"u", started, ended, false} }
	tests := []struct {
		name  string
		site  inventory.Site
		runs  []run
		since string
		now   string
		want  string // "due TICK until UNTIL", "resume ID until UNTIL" or "REASON next NEXT"
	}{
		{"no schedule", inventory.Site{Name: "HQ"}, nil, "", "2026-11-23 09:00", "no-schedule next -"},
		{"before its time", nightly, []run{done("2026-11-23 02:00", "2026-11-23 02:10")}, "", "2026-11-24 01:59", "not-yet next 24 02:00"},
		{"its time", nightly, []run{done("2026-11-23 02:00", "2026-11-23 02:10")}, "", "2026-11-24 02:00", "scheduled due 24 02:00 until -"},
		{"served", nightly, []run{done("2026-11-24 02:00", "2026-11-24 02:10")}, "", "2026-11-24 02:11", "not-yet next 25 02:00"},
		{"served by a run of somebody else's that was under way", nightly, []run{done("2026-11-24 01:30", "2026-11-24 02:10")}, "", "2026-11-24 02:11", "not-yet next 25 02:00"},
		{"never scanned, in time", nightly, nil, "", "2026-11-24 02:20", "scheduled due 24 02:00 until -"},
		{"never scanned, later", nightly, nil, "", "2026-11-24 09:00", "not-yet next 25 02:00"},
		{"never scanned, missed since it is watched", nightly, nil, "2026-11-23 22:00", "2026-11-24 09:00", "missed due 24 02:00 until -"},
		{"never scanned, its time was before it was watched", nightly, nil, "2026-11-24 08:00", "2026-11-24 09:00", "not-yet next 25 02:00"},
		{"missed one", nightly, []run{done("2026-11-22 02:00", "2026-11-22 02:10")}, "", "2026-11-23 09:00", "missed due 23 02:00 until -"},
		{"missed many, made up for by one", nightly, []run{done("2026-11-01 02:00", "2026-11-01 02:10")}, "", "2026-11-23 09:00", "missed due 23 02:00 until -"},
		{"missed one, skipped", skip, []run{done("2026-11-22 02:00", "2026-11-22 02:10")}, "", "2026-11-23 09:00", "skipped next 24 02:00"},
		{"skip, but in time", skip, []run{done("2026-11-22 02:00", "2026-11-22 02:10")}, "", "2026-11-23 02:59", "scheduled due 23 02:00 until -"},

		{"outside its window", windowed, []run{done("2026-11-16 20:00", "2026-11-16 20:30")}, "", "2026-11-22 14:00", "window next 23 20:00"},
		{"its window opens", windowed, []run{done("2026-11-16 20:00", "2026-11-16 20:30")}, "", "2026-11-23 20:00", "scheduled due 22 14:00 until 24 06:00"},
		{"after midnight", windowed, []run{done("2026-11-16 20:00", "2026-11-16 20:30")}, "", "2026-11-24 05:59", "scheduled due 22 14:00 until 24 06:00"},
		{"its window has ended", windowed, []run{done("2026-11-16 20:00", "2026-11-16 20:30")}, "", "2026-11-24 06:00", "window next 24 20:00"},
		{"made up for in the next window", windowed, []run{done("2026-11-16 20:00", "2026-11-16 20:30")}, "", "2026-11-24 21:00", "missed due 22 14:00 until 25 06:00"},
		{"its window has ended, skipped", windowedSkip, []run{done("2026-11-16 20:00", "2026-11-16 20:30")}, "", "2026-11-24 06:00", "skipped next 30 20:00"},
		{"in its window, nobody was there before", windowedSkip, nil, "", "2026-11-24 05:00", "scheduled due 22 14:00 until 24 06:00"},
		{"windows that follow each other are one", weekend, nil, "", "2026-11-21 03:00", "scheduled due 21 03:00 until 23 05:00"},
		{"a window without end", always, []run{done("2026-11-22 02:00", "2026-11-22 02:10")}, "", "2026-11-23 02:00", "scheduled due 23 02:00 until -"},

		{"unfinished goes on", windowed, []run{open("2026-11-23 20:00", "2026-11-24 06:00")}, "", "2026-11-24 20:00", "unfinished resume u until 25 06:00"},
		{"unfinished waits for the window", windowed, []run{open("2026-11-23 20:00", "2026-11-24 06:00")}, "", "2026-11-24 06:00", "unfinished next 24 20:00"},
		{"unfinished goes before a new time", nightly, []run{open("2026-11-22 02:00", "2026-11-22 06:00")}, "", "2026-11-24 02:00", "unfinished resume u until -"},
		{"unfinished, but one was completed since", nightly, []run{open("2026-11-22 02:00", "2026-11-22 06:00"), done("2026-11-23 02:00", "2026-11-23 03:00")}, "",
			"2026-11-23 09:00", "not-yet next 24 02:00"},
		{"unfinished and too old", nightly, []run{open("2026-11-01 02:00", "2026-11-02 06:00"), done("2026-10-31 02:00", "2026-10-31 03:00")}, "",
			"2026-11-23 09:00", "missed due 23 02:00 until -"},
		{"unfinished and cannot go on", nightly, []run{{"", "2026-11-23 02:00", "2026-11-23 02:01", false}, done("2026-11-22 02:00", "2026-11-22 03:00")}, "",
			"2026-11-23 02:30", "scheduled due 23 02:00 until -"},
		{"skip does not skip what is unfinished", skip, []run{open("2026-11-22 02:00", "2026-11-22 06:00")}, "", "2026-11-23 09:00", "unfinished resume u until -"},

		{"clock back by an hour", nightly, []run{done("2026-11-24 02:00", "2026-11-24 02:20")}, "", "2026-11-24 01:20", "not-yet next 24 02:00"},
		{"clock back by an hour, the same time again", nightly, []run{done("2026-11-24 02:00", "2026-11-24 02:20")}, "", "2026-11-24 02:00", "not-yet next 25 02:00"},
		{"a clock that was years ahead", nightly, []run{done("2031-11-24 02:00", "2031-11-24 02:20"), done("2026-11-23 02:00", "2026-11-23 02:20")}, "",
			"2026-11-24 02:00", "scheduled due 24 02:00 until -"},
		{"a clock that went back while it ran", nightly, []run{done("2026-11-24 02:00", "2026-11-24 01:20")}, "", "2026-11-24 02:30", "not-yet next 25 02:00"},
		{"a clock that went ahead while it ran", nightly, []run{done("2026-11-23 02:00", "2031-11-24 01:20")}, "", "2026-11-24 02:30", "scheduled due 24 02:00 until -"},

		{"spring: 02:00 comes at 03:00", nightly, []run{done("2026-03-28 02:00", "2026-03-28 02:10")}, "", "2026-03-29 01:00Z", "scheduled due 29 03:00 until -"},
		{"spring: not before", nightly, []run{done("2026-03-28 02:00", "2026-03-28 02:10")}, "", "2026-03-29 00:59Z", "not-yet next 29 03:00"},
		{"spring: not again", nightly, []run{done("2026-03-29 03:00", "2026-03-29 03:10")}, "", "2026-03-29 03:11", "not-yet next 30 02:00"},
		{"autumn: the first 02:00", nightly, []run{done("2026-10-24 02:00", "2026-10-24 02:10")}, "", "2026-10-25 00:00Z", "scheduled due 25 02:00 until -"},
		{"autumn: not the second 02:00", nightly, []run{{"a", "2026-10-25 00:00Z", "2026-10-25 00:10Z", true}}, "", "2026-10-25 01:00Z", "not-yet next 26 02:00"},
		{"autumn: a short run of each hour, in the hour that comes again", hourly, []run{{"a", "2026-10-25 00:00Z", "2026-10-25 00:10Z", true}}, "", "2026-10-25 01:10Z", "not-yet next 25 03:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := History{since: at(t, tt.since)}
			for _, r := range tt.runs {
				h.Runs = append(h.Runs, Run{r.id, at(t, r.started), at(t, r.ended), r.complete})
			}
			d, err := Decide(&tt.site, h, at(t, tt.now))
			if err != nil || d.Site != "HQ" {
				t.Fatalf("%+v, %v", d, err)
			}
			if got := decisionText(d); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func decisionText(d Decision) string {
	short := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.In(berlin).Format("02 15:04")
	}
	switch {
	case d.Due && d.Resume != "":
		return fmt.Sprintf("%s resume %s until %s", d.Reason, d.Resume, short(d.Until))
	case d.Due:
		return fmt.Sprintf("%s due %s until %s", d.Reason, short(d.Tick), short(d.Until))
	}
	return fmt.Sprintf("%s next %s", d.Reason, short(d.Next))
}

// TestEveryDay walks through a year, minute by minute around each change of the
// clocks, in zones that have unusual ones: a nightly scan is made once a day.
func TestEveryDay(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago", "Asia/Beirut", "Antarctica/Troll", "UTC"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, cron := range []string{"30 2 * * *", "0 0 * * *"} {
			site := inventory.Site{Name: name, TimeZone: name, Schedule: cron}
			now := time.Date(2026, 1, 1, 12, 0, 0, 0, zone)
			h := History{Runs: []Run{{Started: now, Ended: now, Complete: true}}}
			days := map[string]int{}
			for now.Year() == 2026 {
				d, err := Decide(&site, h, now)
				if err != nil {
					t.Fatal(err)
				}
				if !d.Due {
					if !d.Next.After(now) {
						t.Fatalf("%s %s at %s: next %s", name, cron, now, d.Next)
					}
					now = d.Next
					continue
				}
				days[now.Add(-time.Minute).Format(time.DateOnly)]++ // midnight that is passed over is that day's
				h.Runs = []Run{{Started: now, Ended: now.Add(time.Minute), Complete: true}}
				now = now.Add(10 * time.Minute)
			}
			if len(days) < 363 {
				t.Errorf("%s %s: scanned on %d days", name, cron, len(days))
			}
			for day, n := range days {
				if n > 1 && cron != "0 0 * * *" {
					t.Errorf("%s %s: %d times on %s", name, cron, n, day)
				}
			}
		}
	}
}

// TestInstant holds the instant of each quarter of an hour of days with a change
// of the clocks against a search through all instants.
func TestInstant(t *testing.T) {
	for _, tt := range []struct{ zone, day string }{
		{"Europe/Berlin", "2026-03-29"}, {"Europe/Berlin", "2026-10-25"}, {"Australia/Lord_Howe", "2026-04-05"}, {"Australia/Lord_Howe", "2026-10-04"},
		{"Asia/Beirut", "2026-03-29"}, {"America/Santiago", "2026-04-05"}, {"America/Santiago", "2026-09-06"}, {"Antarctica/Troll", "2026-03-29"}, {"Pacific/Apia", "2011-12-30"},
		{"Africa/Casablanca", "2026-03-22"}, {"UTC", "2026-03-22"},
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		midnight, err := time.Parse(time.DateOnly, tt.day)
		if err != nil {
			t.Fatal(err)
		}
		for wall := midnight.Add(-6 * time.Hour); wall.Before(midnight.Add(30 * time.Hour)); wall = wall.Add(15 * time.Minute) {
			want := time.Time{}
			for u := wall.Add(-40 * time.Hour); ; u = u.Add(15 * time.Minute) {
				if !wallOf(u, zone).Before(wall) {
					want = u
					break
				}
			}
			if got := instant(wall, zone); !got.Equal(want) {
				t.Errorf("%s, wall %s: %s, want %s", tt.zone, wall, got.UTC(), want)
			}
		}
	}
}
