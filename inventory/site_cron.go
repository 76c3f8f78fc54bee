package inventory

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/adhocore/gronx"
)

// Cron is a schedule: the five fields minute, hour, day of the month, month and
// day of the week, as crontab(5) has them, or @hourly, @daily, @weekly,
// @monthly, @yearly. Days may also be L (the last of the month), 15W (the
// working day nearest to the 15th), 1#2 (the second Monday) and 5L (the last
// Friday). Where both fields of days are limited, either will do.
//
// It knows nothing of time zones: it is asked, and answers, in the time that
// clocks on the wall show, written as if it were UTC. Which instant that is, and
// what becomes of an hour that comes twice or not at all, is for others to say.
type Cron struct{ expression string }

// cronField is one of the five, and what may stand there.
type cronField struct {
	name     string
	min, max int
	names    string // three letters each, from min on
}

var cronFields = [5]cronField{
	{"minute", 0, 59, ""},
	{"hour", 0, 23, ""},
	{"day of the month", 1, 31, ""},
	{"month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
	{"day of the week", 0, 7, "SUNMONTUEWEDTHUFRISAT"},
}

// cronWords are the expressions that have a name.
var cronWords = map[string]string{
	"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
	"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}

// maxCron bounds an expression, in bytes: each search for a time reads all of it
// many times.
const maxCron = 200

// ParseCron reads a cron expression. It is stricter than cron: a field that can
// never come true, a step longer than its range and a day such as 31 February
// are errors.
func ParseCron(text string) (Cron, error) {
	if len(text) > maxCron {
		return Cron{}, fmt.Errorf("schedule %s is longer than %d characters", quoted(text), maxCron)
	}
	if strings.HasPrefix(text, "@") {
		word, ok := cronWords[strings.ToLower(text)]
		if !ok {
			return Cron{}, fmt.Errorf("schedule %q is not known: write @hourly, @daily, @weekly, @monthly, @yearly or five fields", text)
		}
		text = word
	}
	fields := strings.Fields(text)
	if len(fields) != len(cronFields) {
		return Cron{}, fmt.Errorf("schedule %q has %d fields: write minute, hour, day of the month, month, day of the week, as in %q", text, len(fields), "30 2 * * Sun")
	}
	for i, f := range cronFields {
		for item := range strings.SplitSeq(fields[i], ",") {
			if err := f.check(item); err != nil {
				return Cron{}, fmt.Errorf("schedule %q: %s %q %w", text, f.name, item, err)
			}
		}
	}
	c := Cron{strings.Join(fields, " ")}
	if c.Next(cronProbe).IsZero() {
		return Cron{}, fmt.Errorf("schedule %q never comes: there is no such day", text)
	}
	return c, nil
}

// cronProbe is where the search for a first time begins: within eight years of
// it there is a 29 February.
var cronProbe = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// check checks one item of a field's list.
func (f cronField) check(item string) error {
	switch f.name {
	case "day of the month":
		if day, ok := strings.CutSuffix(strings.ToUpper(item), "W"); ok {
			_, err := f.number(day)
			return err
		}
		if strings.EqualFold(item, "L") {
			return nil
		}
	case "day of the week":
		if day, ok := strings.CutSuffix(strings.ToUpper(item), "L"); ok && day != "" {
			_, err := f.number(day)
			return err
		}
		if day, nth, ok := strings.Cut(item, "#"); ok {
			if n, ok := digits(nth, 5); !ok || n == 0 {
				return errors.New("is not 1#1 to 7#5")
			}
			_, err := f.number(day)
			return err
		}
	}
	base, step, hasStep := strings.Cut(item, "/")
	span, err := f.span(base)
	if err != nil || !hasStep {
		return err
	}
	if n, ok := digits(step, 99); !ok || n == 0 {
		return errors.New("has no step after /: write it like */15")
	} else if n > span {
		return fmt.Errorf("has a step longer than its range, which has %d", span+1)
	}
	return nil
}

// span checks what stands before a step and returns how far it reaches.
func (f cronField) span(base string) (int, error) {
	if base == "*" {
		return f.max - f.min, nil
	}
	first, last, isRange := strings.Cut(base, "-")
	from, err := f.number(first)
	if err != nil || !isRange {
		return f.max - from, err
	}
	to, err := f.number(last)
	if err != nil {
		return 0, err
	}
	if f.max == 7 && to == 0 {
		return 0, errors.New("ends on a Sunday that begins the week: write 7 for that at its end")
	}
	if to < from {
		return 0, errors.New("runs backwards: write two ranges with a comma between them")
	}
	return to - from, nil
}

// number reads a number or a name.
func (f cronField) number(text string) (int, error) {
	if i := strings.Index(f.names, strings.ToUpper(text)); len(text) == 3 && i >= 0 && i%3 == 0 {
		return f.min + i/3, nil
	}
	if n, ok := digits(text, f.max); ok && n >= f.min {
		return n, nil
	}
	wants := strconv.Itoa(f.min) + " to " + strconv.Itoa(f.max)
	if f.names != "" {
		wants += " or " + f.names[:3] + " to " + f.names[len(f.names)-3:]
	}
	return 0, fmt.Errorf("is not within %s", wants)
}

// Next returns the first time after wall, and the zero time if there is none.
func (c Cron) Next(wall time.Time) time.Time {
	// The reference time is passed over by the library only if it is due itself.
	next, err := gronx.NextTickAfter(c.expression, wall.Truncate(time.Minute).Add(time.Minute), true)
	if err != nil {
		return time.Time{} // with an error comes a time that means nothing
	}
	return next
}

// Last returns the last time at or before wall, and the zero time if there is
// none.
func (c Cron) Last(wall time.Time) time.Time {
	last, err := gronx.PrevTickBefore(c.expression, wall.Truncate(time.Minute), true)
	if err != nil {
		return time.Time{}
	}
	return last
}
