package inventory

import (
	"fmt"
	"strings"
	"time"
)

// Window is a span of each week in which a site may be scanned, in the time of
// the site's clocks. Written, it is "Mon-Fri 20:00-06:00", "Sat,Sun" or
// "22:00-05:00".
type Window struct {
	Days  Days          // on which it opens
	Open  time.Duration // after midnight
	Close time.Duration // after midnight; at or before Open it means the day after, and 24 h the end of the day
}

// Days is a set of days of the week: bit 1<<time.Monday is Monday.
type Days uint8

const everyDay Days = 1<<7 - 1

// Has reports whether a day is in the set.
func (d Days) Has(day time.Weekday) bool { return d&(1<<day) != 0 }

const day = 24 * time.Hour

// Length returns how long a window is open by the clock.
func (w Window) Length() time.Duration {
	if w.Close <= w.Open {
		return w.Close + day - w.Open
	}
	return w.Close - w.Open
}

// String returns the window as it is written in a sites file.
func (w Window) String() string {
	days := w.Days.String()
	if w.Open == 0 && w.Close == day {
		if days == "" {
			return "00:00-24:00"
		}
		return days
	}
	hours := clockText(w.Open) + "-" + clockText(w.Close)
	if days == "" {
		return hours
	}
	return days + " " + hours
}

func clockText(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// week is the days in the order of a working week.
var week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func shortDay(d time.Weekday) string { return d.String()[:3] }

// String returns the days such as "Mon-Fri,Sun", and "" for all of them.
func (d Days) String() string {
	if d == everyDay {
		return ""
	}
	var parts []string
	for i := 0; i < len(week); i++ {
		if !d.Has(week[i]) {
			continue
		}
		last := i
		for last+1 < len(week) && d.Has(week[last+1]) {
			last++
		}
		switch part := shortDay(week[i]); {
		case last == i:
			parts = append(parts, part)
		case last == i+1:
			parts = append(parts, part, shortDay(week[last]))
		default:
			parts = append(parts, part+"-"+shortDay(week[last]))
		}
		i = last
	}
	return strings.Join(parts, ",")
}

// MarshalText returns the window as it is written in a sites file.
func (w Window) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads a window as ParseWindow does.
func (w *Window) UnmarshalText(text []byte) error {
	parsed, err := ParseWindow(string(text))
	if err == nil {
		*w = parsed
	}
	return err
}

// ParseWindow reads a window: days, hours or both, such as
// "Mon-Fri 20:00-06:00". Without days it is every day, without hours the whole
// day. Hours that end before they begin end on the next day; the days are those
// on which the window opens.
func ParseWindow(text string) (Window, error) {
	w := Window{Days: everyDay, Close: day}
	words := strings.Fields(text)
	if len(words) == 0 || len(words) > 2 {
		return w, fmt.Errorf("window %q is not days and hours: write it like %q", text, "Mon-Fri 20:00-06:00")
	}
	var err error
	if !strings.Contains(words[0], ":") {
		if w.Days, err = parseDays(words[0]); err != nil || len(words) == 1 {
			return w, err
		}
		words = words[1:]
	}
	if len(words) > 1 {
		return w, fmt.Errorf("window %q has hours twice: write each window as an entry of a list", text)
	}
	w.Open, w.Close, err = parseHours(words[0])
	return w, err
}

// parseDays reads "Mon-Fri,Sun". A range may go over the end of a week.
func parseDays(text string) (Days, error) {
	var days Days
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		from, err := parseDay(first)
		if err != nil {
			return 0, err
		}
		to := from
		if isRange {
			if to, err = parseDay(last); err != nil {
				return 0, err
			}
		}
		for d := from; ; d = (d + 1) % 7 {
			days |= 1 << d
			if d == to {
				break
			}
		}
	}
	return days, nil
}

// parseDay reads the English name of a day, or its first three letters.
func parseDay(text string) (time.Weekday, error) {
	var names []string
	for _, d := range week {
		if strings.EqualFold(text, d.String()) || strings.EqualFold(text, shortDay(d)) {
			return d, nil
		}
		names = append(names, d.String())
	}
	for _, d := range week {
		names = append(names, shortDay(d))
	}
	return 0, fmt.Errorf("%q is not a day of the week: write Mon, Tue, Wed, Thu, Fri, Sat or Sun%s", text, meant(text, names))
}

// parseHours reads "20:00-06:00".
func parseHours(text string) (open, shut time.Duration, err error) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		return 0, 0, fmt.Errorf("hours %q have no end: write them like 20:00-06:00", text)
	}
	if open, err = parseClock(first); err != nil {
		return 0, 0, err
	}
	if shut, err = parseClock(last); err != nil {
		return 0, 0, err
	}
	switch {
	case open == day:
		return 0, 0, fmt.Errorf("hours %q begin at 24:00: write 00:00, and the day after", text)
	case open == shut:
		return 0, 0, fmt.Errorf("hours %q end where they begin: write 00:00-24:00 for a whole day", text)
	}
	return open, shut, nil
}

// parseClock reads HH:MM, up to 24:00.
func parseClock(text string) (time.Duration, error) {
	h, m, ok := strings.Cut(text, ":")
	hours, okHours := digits(h, 24)
	minutes, okMinutes := digits(m, 59)
	if !ok || !okHours || !okMinutes || len(m) != 2 || hours == 24 && minutes > 0 {
		return 0, fmt.Errorf("%q is not a time of day: write it like 06:30, from 00:00 to 24:00", text)
	}
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute, nil
}

// digits reads one or two digits that stand for a number up to most.
func digits(text string, most int) (int, bool) {
	if len(text) == 0 || len(text) > 2 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, n <= most
}
