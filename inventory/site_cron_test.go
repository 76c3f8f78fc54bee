package inventory

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/adhocore/gronx"
)

func TestParseCron(t *testing.T) {
	good := map[string]string{
		"30 2 * * Sun": "30 2 * * Sun", "*/15 8-18/2 1,15 JAN-mar 1-5": "*/15 8-18/2 1,15 JAN-mar 1-5", "  0  2\t* * * ": "0 2 * * *",
		"@daily": "0 0 * * *", "@Weekly": "0 0 * * 0", "0 0 L * *": "0 0 L * *", "0 0 15W * *": "0 0 15W * *", "0 0 * * 1#2": "0 0 * * 1#2",
		"0 0 * * 5L": "0 0 * * 5L", "0 0 29 2 *": "0 0 29 2 *", "0 0 * * 5-7": "0 0 * * 5-7", "5/20 * * * *": "5/20 * * * *", "0 6 * * Sun#1": "0 6 * * Sun#1",
	}
	for text, want := range good {
		if c, err := ParseCron(text); err != nil || c.expression != want {
			t.Errorf("%q: %q, %v", text, c, err)
		}
	}
	bad := map[string]string{
		"":                  `has 0 fields`,
		"0 2 * *":           `has 4 fields`,
		"0 0 2 * * *":       `has 6 fields`,
		"0 2 * * * 2027":    `has 6 fields`,
		"@dayly":            `is not known`,
		"@everysecond":      `is not known`,
		"60 * * * *":        `minute "60" is not within 0 to 59`,
		"0 24 * * *":        `hour "24" is not within 0 to 23`,
		"0 0 0 * *":         `day of the month "0" is not within 1 to 31`,
		"0 0 * 13 *":        `month "13" is not within 1 to 12 or JAN to DEC`,
		"0 0 * * 8":         `day of the week "8" is not within 0 to 7 or SUN to SAT`,
		"0 0 * * Sunday":    `day of the week "Sunday" is not within`,
		"0 0 * * AYM":       `day of the week "AYM" is not within`,
		"*/0 * * * *":       `has no step after /`,
		"*/60 * * * *":      `has a step longer than its range, which has 60`,
		"5,99 * * * *":      `minute "99" is not within`,
		"5, * * * *":        `minute "" is not within`,
		"1-2-3 * * * *":     `minute "1-2-3" is not within`,
		"-1 * * * *":        `minute "-1" is not within`,
		"9-5 * * * *":       `runs backwards`,
		"0 0 * * 5-0":       `ends on a Sunday that begins the week`,
		"0 0 31 2 *":        `never comes`,
		"0 0 30 FEB *":      `never comes`,
		"0 0 32W * *":       `day of the month "32W" is not within`,
		"0 0 * * 1#6":       `is not 1#1 to 7#5`,
		"0 0 * * L":         `day of the week "L" is not within`,
		"? * * * *":         `minute "?" is not within`,
		"TZ=UTC 0 2 * * *":  `has 6 fields`,
		"０ 2 * * *":         `is not within`,
		"0 2 * * 1\x00":     `is not within`,
		"000 2 * * *":       `is not within`,
		"1/2/3 * * * *":     `has no step after /`,
		"1-100000000 * * *": `has 4 fields`,
	}
	for text, want := range bad {
		if _, err := ParseCron(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestCronTimes holds the search for the next and the last time against a walk
// through the minutes.
func TestCronTimes(t *testing.T) {
	fields := [5][]string{
		{"0", "30", "*/20", "5,55", "*", "10-20/5"},
		{"2", "*", "*/6", "22-23", "0", "1,13"},
		{"*", "*", "*", "1", "31", "L", "15W", "*/10", "10-12"},
		{"*", "*", "*", "2", "JAN,JUL", "*/3"},
		{"*", "*", "*", "0", "7", "Mon-Fri", "1#2", "5L", "5-7", "*/2"},
	}
	random := rand.New(rand.NewPCG(1, 2))
	library := gronx.New()
	isDue := func(segments []string, m time.Time) bool {
		library.C.SetRef(m)
		due, err := library.SegmentsDue(segments)
		return due && err == nil
	}
	for range 40 {
		var parts []string
		for _, f := range fields {
			parts = append(parts, f[random.IntN(len(f))])
		}
		c, err := ParseCron(strings.Join(parts, " "))
		if err != nil {
			continue // 31 February
		}
		start := time.Date(2026, time.Month(1+random.IntN(12)), 1+random.IntN(28), random.IntN(24), random.IntN(60), random.IntN(60), 0, time.UTC)
		next, last := c.Next(start), c.Last(start)
		segments, err := gronx.Segments(c.expression)
		if err != nil {
			t.Fatal(err)
		}
		const days = 32
		for m, i := start.Truncate(time.Minute).Add(time.Minute), 0; i < days*24*60; m, i = m.Add(time.Minute), i+1 {
			if isDue(segments, m) {
				if !next.Equal(m) {
					t.Errorf("%s after %s: %s, want %s", c, start, next, m)
				}
				break
			} else if !next.After(m) {
				t.Errorf("%s after %s: %s, which is not due", c, start, next)
				break
			}
		}
		for m, i := start.Truncate(time.Minute), 0; i < days*24*60; m, i = m.Add(-time.Minute), i+1 {
			if isDue(segments, m) {
				if !last.Equal(m) {
					t.Errorf("%s up to %s: %s, want %s", c, start, last, m)
				}
				break
			} else if !last.Before(m) {
				t.Errorf("%s up to %s: %s, which is not due", c, start, last)
				break
			}
		}
	}
}

// TestCronDays has the times of days that are not found by counting.
func TestCronDays(t *testing.T) {
	at := func(text string) time.Time {
		w, err := time.Parse("2006-01-02 15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	for _, tt := range []struct{ cron, from, next, last string }{
		{"0 0 29 2 *", "2026-03-01 00:00", "2028-02-29 00:00", "2024-02-29 00:00"},
		{"0 0 29 2 *", "2096-03-01 00:00", "2104-02-29 00:00", "2096-02-29 00:00"},
		{"30 2 L * *", "2026-02-10 12:00", "2026-02-28 02:30", "2026-01-31 02:30"},
		{"0 0 * * Sun#1", "2026-11-02 00:00", "2026-12-06 00:00", "2026-11-01 00:00"},
		{"0 0 * * 7#1", "2026-11-02 00:00", "2026-12-06 00:00", "2026-11-01 00:00"},
		{"0 0 * * Fri#5", "2026-11-02 00:00", "2027-01-29 00:00", "2026-10-30 00:00"},
		{"0 0 13 * Fri", "2026-11-02 00:00", "2026-11-06 00:00", "2026-10-30 00:00"}, // either will do
		{"59 23 31 12 *", "2026-11-02 00:00", "2026-12-31 23:59", "2025-12-31 23:59"},
		{"* * * * *", "2026-11-02 00:00", "2026-11-02 00:01", "2026-11-02 00:00"},
	} {
		c, err := ParseCron(tt.cron)
		if err != nil {
			t.Fatal(err)
		}
		if next, last := c.Next(at(tt.from)), c.Last(at(tt.from)); !next.Equal(at(tt.next)) || !last.Equal(at(tt.last)) {
			t.Errorf("%s from %s: %s and %s, want %s and %s", tt.cron, tt.from, next, last, tt.next, tt.last)
		}
	}
}

// FuzzParseCron: what is taken comes, and is due when it is said to come.
func FuzzParseCron(f *testing.F) {
	for _, text := range []string{"30 2 * * Sun", "*/15 8-18/2 1,15 JAN-mar 1-5", "@weekly", "0 0 29 2 5#5", "0 0 31W 4 *", "0 0 L * 5L"} {
		f.Add(text)
	}
	from := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCron(text)
		if err != nil {
			return
		}
		next, last := c.Next(from), c.Last(from)
		for _, m := range []time.Time{next, last} {
			if due, err := gronx.New().IsDue(c.expression, m); !m.IsZero() && (!due || err != nil) {
				t.Errorf("%q: %s is not due (%v)", text, m, err)
			}
		}
		if !next.After(from) || last.After(from) {
			t.Errorf("%q: next %s, last %s", text, next, last)
		}
	})
}
