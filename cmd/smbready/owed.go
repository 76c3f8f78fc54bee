package main

import (
	"slices"
	"strings"
	"time"
)

// owedFile keeps the runs of a site's schedule that nobody was told of yet: what
// comes between the end of a run and its message, such as the end of the machine,
// must not take the message away. Where it cannot be kept the name is empty, and
// what is owed ends with the program.
type owedFile string

// owedRun is a run that is to be told.
type owedRun struct {
	id    string
	tried time.Time // the last time that it was; zero: never
}

const (
	maxOwed   = 20 // runs of a site
	owedAgain = time.Hour
)

// ripe reports whether it is time to tell of the run. A clock that was put back
// must not put that off.
func (o *owedRun) ripe(now time.Time) bool {
	since := now.Sub(o.tried)
	return since < 0 || since >= owedAgain
}

// list returns the runs, the oldest first.
func (f owedFile) list() (list []owedRun) {
	b, err := readBounded(string(f), maxMarker)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		id, tried, _ := strings.Cut(strings.TrimSpace(line), " ")
		if id == "" || len(list) == maxOwed {
			continue
		}
		o := owedRun{id: id}
		o.tried, _ = time.Parse(time.RFC3339, tried) // without one it was never tried
		list = append(list, o)
	}
	return list
}

// put notes a run as owed, with when it was last tried to tell it.
func (f owedFile) put(id string, tried time.Time) {
	list := slices.DeleteFunc(f.list(), func(o owedRun) bool { return o.id == id })
	list = append(list, owedRun{id, tried})
	f.write(list[max(0, len(list)-maxOwed):])
}

// remove takes a run out that was told, or never will be.
func (f owedFile) remove(id string) {
	list := f.list()
	if rest := slices.DeleteFunc(slices.Clone(list), func(o owedRun) bool { return o.id == id }); len(rest) < len(list) {
		f.write(rest)
	}
}

func (f owedFile) write(list []owedRun) {
	if len(list) == 0 {
		removeMarker(string(f))
		return
	}
	var text strings.Builder
	for _, o := range list {
		text.WriteString(o.id)
		if !o.tried.IsZero() {
			text.WriteString(" " + o.tried.UTC().Format(time.RFC3339))
		}
		text.WriteByte('\n')
	}
	leaveMarker(string(f), text.String())
}
