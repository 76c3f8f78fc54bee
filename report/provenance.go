package report

import (
	"strings"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// maxProvenance bounds, in columns, what one field of the provenance says: a
// target list may have a million lines.
const maxProvenance = 4000

// field is a name and a value, as a report prints them.
type field struct{ name, value string }

// provenance returns what every report says of the run it was made of: scope,
// time, what was asked, what was not reached, and by which tool and rules. The
// names are fixed and unique; no value is empty. The values are escaped and bounded.
func (r *Run) provenance() []field {
	fields := []field{
		{"Run", firstOf(r.Header.ID, "without a name")},
		{"Site", r.siteWords()},
		{"Scope", firstOf(strings.Join(r.Header.Scope, ", "), "not recorded")},
		{"Never contacted", firstOf(strings.Join(r.Header.Excluded, ", "), "nothing was excluded")},
		{"Started", timeWords(r.Header.Started, "not recorded")},
		{"Finished", timeWords(r.Summary.Finished, "no end recorded")},
		{"Complete", r.completeWords()},
		{"Asked for", askedFor(&r.Header)},
		{"Targets", r.targetWords()},
		{"Asked", askedWords(r)},
		{"Not reached", firstOf(notReached(r), "nothing is known to be missing")},
		{"Read from", inputList(r.Header.Inputs)},
		{"Made by", firstOf(r.Header.Tool, "not recorded")},
		{"Judged by", r.rulesWords()},
	}
	for i := range fields {
		fields[i].value = clip(Escape(fields[i].value), maxProvenance)
	}
	return fields
}

// fieldOf returns the value of the field of that name.
func fieldOf(fields []field, name string) string {
	for _, f := range fields {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

func timeWords(t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return t.UTC().Format("2006-01-02 15:04:05") + " UTC"
}

// siteWords names the site of a run, and says when the report shows a part of it.
func (r *Run) siteWords() string {
	if r.onlySite != "" {
		return r.onlySite + " (this report shows this site alone; what was asked and not reached is told of the entire run)"
	}
	return firstOf(r.Header.Site, "as told of each device, or none")
}

func (r *Run) completeWords() string {
	switch {
	case r.Summary.Error != "":
		return "no: it ended early, by an error: " + r.Summary.Error
	case r.Summary.Finished.IsZero():
		return "no: it has no end; it was interrupted, or the file is damaged"
	case r.Interrupted:
		return "no: it was interrupted"
	}
	return "yes"
}

// askedFor says what was to be asked of each host.
func askedFor(h *inventory.Run) string {
	if len(h.Inputs) > 0 && h.Depth == "" {
		return "nothing: it was read from files, or heard"
	}
	parts := []string{"depth " + firstOf(h.Depth, "not recorded")}
	if h.Gentle {
		parts = append(parts, "gentle: one question on one connection and one datagram each")
	}
	if h.GuestCheck {
		parts = append(parts, "guest check")
	} else {
		parts = append(parts, "no guest check")
	}
	if len(h.Services) > 0 {
		parts = append(parts, "other services: "+strings.Join(h.Services, ", "))
	}
	return strings.Join(parts, "; ")
}

// targetWords says how many addresses were to be asked.
func (r *Run) targetWords() string {
	if r.Header.Targets == 0 {
		return "not recorded"
	}
	return count(r.Header.Targets, "address", "addresses")
}

// unasked returns how many addresses an interrupted scan did not come to, as far
// as that is known.
func (r *Run) unasked() uint64 {
	if !r.Interrupted || r.Summary.Finished.IsZero() || r.Header.Targets <= r.Summary.Probed {
		return 0
	}
	return r.Header.Targets - r.Summary.Probed
}

// unread returns how many inputs could not be read in full.
func unread(list []inventory.Input) (n int) {
	for i := range list {
		if list[i].Error != "" || len(list[i].Unread) > 0 {
			n++
		}
	}
	return n
}

func inputList(list []inventory.Input) string {
	if len(list) == 0 {
		return "no files"
	}
	var parts []string
	for i := range list[:min(len(list), maxInputs)] {
		parts = append(parts, clip(inputWords(&list[i]), maxProse))
	}
	if more := len(list) - maxInputs; more > 0 {
		parts = append(parts, "… and "+count(more, "more file", "more files"))
	}
	return strings.Join(parts, " | ")
}

// rulesWords names the rules, and what of the user's own they were used with.
func (r *Run) rulesWords() string {
	words := "rules " + assess.RulesVersion()
	if r.Tool != "" {
		words += " of " + r.Tool
	}
	if r.Judge.Fingerprints != nil {
		words += ", devices recognised by rules of your own too"
	}
	if r.Judge.OUI != nil {
		words += ", makers of network cards by a list of your own"
	}
	return words
}

// origins writes, at the end of the text, what its head does not say.
func (p *page) origins(r *Run) {
	p.blank()
	p.title("What this report rests on")
	fields := r.provenance()
	for _, name := range []string{"Run", "Site", "Complete", "Asked for", "Targets", "Made by", "Judged by"} {
		p.para(originIndent, "  "+name, clip(fieldOf(fields, name), maxProse))
	}
}

// originIndent is where the values of origins begin.
const originIndent = 13
