package inventory

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds of single values.
const (
	maxSiteName = 64    // characters of a name or a tag
	maxOwner    = 200   // characters
	maxRate     = 10000 // connections a second; more than a network of devices should see
	maxWindows  = 50
	maxQuoted   = 80 // characters of a value that an error shows
)

// quoted returns a value for an error, cut if it is long.
func quoted(text string) string {
	if runes := []rune(text); len(runes) > maxQuoted {
		text = string(runes[:maxQuoted]) + "..."
	}
	return strconv.Quote(text)
}

// field reads one key of a site.
func (r *sitesReader) field(site *siteEntry, f siteField) {
	switch f.key {
	case "targets":
		site.targets = r.targets(f.value, "targets")
		return
	case "exclude":
		site.exclude = r.targets(f.value, "exclude")
		return
	case "tags":
		site.Tags = r.tags(f)
		return
	case "window":
		site.Windows = r.windows(f)
		return
	}
	text, ok := r.scalar(f.value, f.key)
	if !ok {
		return
	}
	if text == "" && f.key != "name" { // a key without a value, as a template has it
		if f.key == "schedule" || f.key == "time_zone" || f.key == "rate" || f.key == "catch_up" || f.key == "wave" || f.key == "gentle" {
			r.add(f.line, "%s has no value: write one, or leave it out", f.key)
		}
		return
	}
	switch f.key {
	case "name":
		site.Name = r.word(f, text, maxSiteName)
	case "owner":
		site.Owner = r.word(f, text, maxOwner)
	case "gentle":
		site.Gentle = r.yes(f, text)
	case "wave":
		site.Wave = r.wave(f, text)
	case "time_zone":
		site.TimeZone = r.zone(f, text)
	case "schedule":
		site.Schedule = r.cron(f, text)
	case "rate":
		site.Rate = r.rate(f, text)
	case "catch_up":
		site.CatchUp = r.catchUp(f, text)
	}
}

// word reads a text of one line.
func (r *sitesReader) word(f siteField, text string, most int) string {
	if fault := wordFault(text, most); fault != "" {
		r.add(f.line, "%s %s %s", f.key, quoted(text), fault)
		return ""
	}
	return text
}

// wordFault says what is wrong with a text of one line; empty if nothing is.
func wordFault(text string, most int) string {
	switch {
	case strings.TrimSpace(text) != text:
		return "has blanks around it"
	case len([]rune(text)) > most:
		return fmt.Sprintf("is longer than %d characters", most)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }):
		return "has characters that cannot be printed"
	}
	return ""
}

// CheckSiteName refuses what a sites file could not call a site.
func CheckSiteName(name string) error {
	if name == "" {
		return errors.New("a site has a name")
	}
	if fault := wordFault(name, maxSiteName); fault != "" {
		return fmt.Errorf("%s %s", quoted(name), fault)
	}
	return nil
}

// yes reads a truth value, in the words that YAML has had for it.
func (r *sitesReader) yes(f siteField, text string) bool {
	switch strings.ToLower(text) {
	case "true", "yes", "on":
		return true
	case "false", "no", "off":
	default:
		r.add(f.line, "%s %s is neither true nor false", f.key, quoted(text))
	}
	return false
}

var waves = []string{"pilot-device", "pilot-site", "all"}

// wave reads a wave of the rollout: one that has a name, or a number from 1 on.
func (r *sitesReader) wave(f siteField, text string) string {
	if n, err := strconv.ParseUint(text, 10, 16); slices.Contains(waves, text) || err == nil && n > 0 && text[0] != '0' {
		return text
	}
	r.add(f.line, "wave %s is not pilot-device, pilot-site, all or a number from 1 on%s", quoted(text), meant(text, waves))
	return ""
}

func (r *sitesReader) zone(f siteField, text string) string {
	if _, err := loadZone(text); err != nil {
		r.add(f.line, "%s", err.Error())
		return ""
	}
	return text
}

func (r *sitesReader) cron(f siteField, text string) string {
	if _, err := ParseCron(text); err != nil {
		r.add(f.line, "%s", err.Error())
		return ""
	}
	return text
}

func (r *sitesReader) rate(f siteField, text string) float64 {
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || !(rate > 0) || math.IsInf(rate, 0) || rate > maxRate {
		r.add(f.line, "rate %s is not a number of connections a second, above 0 and up to %d", quoted(text), maxRate)
		return 0
	}
	return rate
}

func (r *sitesReader) catchUp(f siteField, text string) CatchUp {
	i := slices.Index(catchUpNames, text)
	if i < 0 {
		r.add(f.line, "catch_up %s is neither run nor skip%s", quoted(text), meant(text, catchUpNames))
		return CatchUpRun
	}
	return CatchUp(i)
}

// tags reads the tags: each once.
func (r *sitesReader) tags(f siteField) []string {
	list := r.list(f.value, "tags")
	for i, tag := range list.texts {
		r.word(siteField{key: "tag", line: list.lines[i]}, tag, maxSiteName)
		if slices.Contains(list.texts[:min(i, maxSiteName)], tag) {
			r.add(list.lines[i], "tag %s is given twice", quoted(tag))
		}
	}
	return list.texts
}

// windows reads one window or a list of them.
func (r *sitesReader) windows(f siteField) (windows []Window) {
	items := []*yaml.Node{f.value}
	if n := plain(f.value); n.Kind == yaml.SequenceNode {
		items = r.sequence(n, f.key)
	}
	if len(items) == 0 || len(items) > maxWindows {
		r.add(f.line, "window wants 1 to %d entries, or is left out for any time", maxWindows)
		return nil
	}
	for _, item := range items {
		text, ok := r.scalar(item, f.key)
		if !ok {
			continue
		}
		if len(text) > maxQuoted {
			r.add(item.Line, "window %s is not days and hours", quoted(text))
			continue
		}
		w, err := ParseWindow(text)
		if err != nil {
			r.add(item.Line, "%s", err.Error())
			continue
		}
		windows = append(windows, w)
	}
	return windows
}
