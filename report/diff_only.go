package report

import (
	"fmt"
	"strings"

	delta "smbready/assess/diff"
)

// DiffWords are the words by which devices are picked: what became of a device, and
// which way its verdicts went.
var DiffWords = []string{"worse", "less-known", "new", "gone", "not-reached", "moved", "better", "more-known", "changed", "other", "not-reached-before", "same"}

// DiffOnly picks devices by such words. Its zero value picks all but those in which
// nothing changed.
type DiffOnly struct{ words map[string]bool }

// ParseDiffOnly reads words. Its error lists the choices.
func ParseDiffOnly(list []string) (DiffOnly, error) {
	var o DiffOnly
	for _, text := range list {
		word := ""
		for _, w := range DiffWords {
			if text == w {
				word = w
			}
		}
		if word == "" {
			return o, fmt.Errorf("unknown change %q; the changes are %s", text, strings.Join(DiffWords, ", "))
		}
		if o.words == nil {
			o.words = map[string]bool{}
		}
		o.words[word] = true
	}
	return o, nil
}

// same reports whether devices are wanted in which nothing changed.
func (o DiffOnly) same() bool { return o.words["same"] }

// picks reports whether a device is wanted.
func (o DiffOnly) picks(c *delta.Device) bool {
	if o.words == nil {
		return c.Kind != delta.Same
	}
	if o.words[c.Kind.String()] || o.words["worse"] && c.Worse() {
		return true
	}
	for _, way := range delta.Directions {
		if c.Went(way) && o.words[way.String()] {
			return true
		}
	}
	return false
}
