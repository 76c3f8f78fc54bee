package eventlog

import (
	"strconv"
	"strings"
	"time"
)

// A time that the file does not tell for certain stays the zero time: which of
// 9/8/2025 is the month, and in which zone a clock without one stood, is not
// guessed. Options.Location settles the latter.

// filetimeEpoch is 1601-01-01 UTC in 100 ns before 1970, [MS-DTYP] 2.3.3.
const filetimeEpoch = 116444736000000000

// fromFiletime converts a FILETIME.
func fromFiletime(t uint64) time.Time {
	if t < filetimeEpoch || t > filetimeEpoch+1e18 { // up to 2286
		return time.Time{}
	}
	t -= filetimeEpoch
	return time.Unix(int64(t/1e7), int64(t%1e7)*100).UTC()
}

// zonedLayouts are those that name their zone; a fraction of a second is read
// with each.
var zonedLayouts = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST"}

// localLayouts name none, but leave no doubt about the day.
var localLayouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006/01/02 15:04:05", "2006/1/2 15:04:05", "2006/1/2 3:04:05 PM", "2.1.2006 15:04:05", "2.1.2006, 15:04:05"}

// parseTime reads the time of an event. A nil location leaves times without a
// zone unknown.
func parseTime(s string, local *time.Location) time.Time {
	const longest = 64
	s = strings.TrimSpace(s)
	if s == "" || len(s) > longest {
		return time.Time{}
	}
	if t, is := parseNumber(s); is {
		return t
	}
	if s[0] >= '0' && s[0] <= '9' && len(s) > 10 && (s[len(s)-1] == 'Z' || strings.ContainsAny(s[10:], "+-") || strings.HasSuffix(s, " UTC")) {
		return parseZoned(s)
	}
	if local == nil {
		return time.Time{}
	}
	for _, layout := range localLayouts {
		if t, err := time.ParseInLocation(layout, s, local); err == nil {
			return t.UTC()
		}
	}
	return parseSlashed(s, local)
}

func parseZoned(s string) time.Time {
	for _, layout := range zonedLayouts {
		if strings.HasSuffix(layout, "MST") && !strings.HasSuffix(s, " UTC") {
			continue
		}
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// parseNumber reads seconds or milliseconds since 1970, bare or as Windows
// PowerShell writes them in JSON: /Date(1699999999999)/.
func parseNumber(s string) (_ time.Time, is bool) {
	rest, date := strings.CutPrefix(strings.ReplaceAll(s, `\/`, "/"), "/Date(")
	if date {
		rest = strings.TrimSuffix(strings.TrimSuffix(rest, "/"), ")")
		if i := strings.LastIndexAny(rest, "+-"); i > 0 { // the zone in which it was shown
			rest = rest[:i]
		}
	}
	whole, fraction, _ := strings.Cut(rest, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || strings.Contains(fraction, ".") {
		return time.Time{}, date
	}
	switch {
	case date, len(whole) == 13:
		return inRange(time.UnixMilli(n)), true
	case len(whole) == 10:
		nanoseconds, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
		return inRange(time.Unix(n, nanoseconds)), true
	}
	return time.Time{}, false
}

// inRange drops what is no time of an event.
func inRange(t time.Time) time.Time {
	if t.Year() < 2000 || t.Year() > 2200 {
		return time.Time{}
	}
	return t.UTC()
}

// parseSlashed reads 13/9/2025 and 9/13/2025, of which only one part can be the
// month, and not 8/9/2025.
func parseSlashed(s string, local *time.Location) time.Time {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\u202f', '\u00a0': // narrow and wide no-break spaces, as newer Windows writes them
			return ' '
		case ',':
			return -1
		}
		return r
	}, s)
	date, clock, _ := strings.Cut(s, " ")
	parts := strings.Split(date, "/")
	if len(parts) != 3 {
		return time.Time{}
	}
	first, err1 := strconv.Atoi(parts[0])
	second, err2 := strconv.Atoi(parts[1])
	day, month := first, second
	switch {
	case err1 != nil || err2 != nil:
		return time.Time{}
	case second > 12:
		day, month = second, first
	case first <= 12 && first != second:
		return time.Time{}
	}
	s = parts[2] + "/" + strconv.Itoa(month) + "/" + strconv.Itoa(day) + " " + strings.TrimSpace(clock)
	for _, layout := range []string{"2006/1/2 15:04:05", "2006/1/2 3:04:05 PM"} {
		if t, err := time.ParseInLocation(layout, s, local); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
