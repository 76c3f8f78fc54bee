package report

import (
	"fmt"
	"strings"
	"time"

	"smbready/assess"
)

// summaryIndent is where the text of the summary's facts begins.
const summaryIndent = 11

// maxSite keeps the title within the narrowest layout.
const maxSite = 36

// summary writes the first page: what was looked at, and what came out.
func (p *page) summary(r *Run, report *textReport) {
	t := &report.tally
	title := "SMB signing readiness"
	if r.Header.Site != "" {
		title += ": " + clip(Escape(r.Header.Site), maxSite)
	}
	p.title(title)
	p.blank()
	for _, f := range report.head(r) {
		p.para(summaryIndent, "  "+f.name, f.value)
	}
	p.blank()
	p.answer(clientAnswer(r, t))
	p.blank()
	p.answer(serverAnswer(r, t))
}

// head returns what the first page says of the run. A field without a name goes on
// with what the one before it is about. The values are bounded, and not escaped.
func (t *textReport) head(r *Run) []field {
	fields := origin(r)
	add := func(name, value string) {
		if value != "" {
			fields = append(fields, field{name, value})
		}
	}
	if r.onlySite != "" {
		add("Part", clip("Site "+r.siteWords(), maxProse))
	}
	if n := t.joined.Surplus(); n > 0 {
		add("Devices", devices(t.tally.Hosts-n)+" at "+count(t.tally.Hosts, "address", "addresses")+
			": some answer at more than one. Each address is judged, and counted below, by itself.")
	}
	if t.apart > 0 {
		add("Records", count(t.apart, "record may be of a device that has another one, too", "records may be of devices that have another one, too")+
			": what joins them is not sure, so each is judged by itself. A device is as good as the worst of its records.")
	}
	if r.Replaced > 0 {
		add("Note", fmt.Sprintf("%s replaced by a later one of the same address: a run that was resumed has such lines, and so has one that was edited.", count(r.Replaced, "line was", "lines were")))
	}
	add("Error", clip(r.Summary.Error, maxProse))
	add("Missing", notReached(r))
	return fields
}

// origin says where the run comes from: a scan, a listener, or files.
func origin(r *Run) (fields []field) {
	if len(r.Header.Scope) > 0 || len(r.Header.Inputs) == 0 {
		fields = append(fields, field{"Scope", scopeWords(r)})
	}
	made := "Scanned"
	if len(r.Header.Inputs) > 0 {
		made = "Made"
	}
	fields = append(append(fields, field{made, whenWords(r)}), inputFields(r.Header.Inputs)...)
	if len(r.Header.Inputs) == 0 || r.Summary.Probed > 0 {
		fields = append(fields, field{"Asked", askedWords(r)})
	}
	return fields
}

func scopeWords(r *Run) string {
	words := strings.Join(r.Header.Scope, ", ")
	if words == "" {
		words = "not recorded"
	}
	words = clip(words, maxProse/2)
	if len(r.Header.Excluded) > 0 {
		words += "; never contacted: " + clip(strings.Join(r.Header.Excluded, ", "), maxProse/2)
	}
	return words
}

func whenWords(r *Run) string {
	const layout = "2006-01-02 15:04"
	started, finished := r.Header.Started.UTC(), r.Summary.Finished.UTC()
	words := "time not recorded"
	switch {
	case started.IsZero():
	case finished.IsZero():
		words = started.Format(layout) + " UTC, no end recorded"
	case started.Truncate(24 * time.Hour).Equal(finished.Truncate(24 * time.Hour)):
		words = started.Format(layout) + " to " + finished.Format("15:04") + " UTC"
	default:
		words = started.Format(layout) + " to " + finished.Format(layout) + " UTC"
	}
	if r.Header.Tool != "" {
		words += ", by " + clip(r.Header.Tool, maxName)
	}
	return words
}

func askedWords(r *Run) string {
	s := &r.Summary
	words := count(s.Probed, "address", "addresses")
	switch {
	case s.Finished.IsZero() && r.Header.Targets > 0:
		words = "not recorded, of " + thousands(r.Header.Targets) + "; the file has the answers of " + words
	case s.Finished.IsZero():
		words = "not recorded; the file has the answers of " + words
	case r.Header.Targets > s.Probed:
		words += " of " + thousands(r.Header.Targets)
	}
	parts := []string{count(s.SMB, "speaks SMB", "speak SMB")}
	add := func(n uint64, one, many string) {
		if n > 0 {
			parts = append(parts, count(n, one, many))
		}
	}
	add(s.Open, "has the port open but gave no SMB answer", "have the port open but gave no SMB answer")
	add(s.Closed, "refused the connection", "refused the connection")
	add(s.Filtered, "did not answer", "did not answer")
	add(s.Unreachable, "could not be reached", "could not be reached")
	return words + ": " + strings.Join(parts, ", ") + besides(r)
}

// besides says what was asked for beyond the questions of every scan.
func besides(r *Run) string {
	words := ""
	if r.Header.GuestCheck {
		words += "; guest check made"
	}
	if list := r.Header.Services; len(list) > 0 {
		words += "; also asked: " + clip(strings.Join(list, ", "), maxProse/3)
	}
	return words
}

// notReached says what the report is silent about.
func notReached(r *Run) string {
	var parts []string
	if r.Interrupted {
		part := "The scan was interrupted, so this report is incomplete."
		if r.Summary.Error != "" {
			part = "The scan ended early, by that error, so this report is incomplete."
		}
		parts = append(parts, part)
	}
	if n := r.unasked(); n > 0 {
		parts = append(parts, count(n, "address was", "addresses were")+" not asked.")
	}
	if n := r.Summary.Filtered + r.Summary.Unreachable; n > 0 {
		parts = append(parts, count(n, "address", "addresses")+
			" gave no answer: a device there that was off, asleep or behind a firewall has not been judged.")
	}
	if n := r.Summary.Skipped; n > 0 {
		parts = append(parts, count(n, "line", "lines")+" of the target list could not be read and "+
			does(int(n), "was", "were")+" passed over.")
	}
	if n := unread(r.Header.Inputs); n > 0 {
		parts = append(parts, count(n, "input", "inputs")+" could not be read in full.")
	}
	return strings.Join(parts, " ")
}

// answer is the answer for one policy, for someone who reads no further.
type answer struct {
	verdict assess.Verdict // chooses the colour
	heading string
	points  []string
}

func (p *page) answer(a answer) {
	p.heading(verdictColor(a.verdict), a.heading)
	for _, point := range a.points {
		p.para(4, "  -", point)
	}
}

// clientAnswer sums up client-always. Its order is that of severity: good news
// is told only when there is no other.
func clientAnswer(r *Run, t *Tally) answer {
	of := func(v assess.Verdict) int { return t.Count(assess.ClientAlways, v) }
	a := answer{points: clientPoints(r, t)}
	switch {
	case of(assess.Breaks) > 0:
		a.verdict, a.heading = assess.Breaks, "NOT READY"
	case t.GuestOnly > 0:
		a.verdict, a.heading = assess.Breaks, "NOT READY FOR GUESTS"
	case of(assess.Unknown) > 0 || r.Interrupted:
		a.heading = "NOT YET KNOWN"
	case of(assess.Works)+of(assess.NoChange) > 0:
		a.verdict, a.heading = assess.Works, "NOTHING FOUND THAT WOULD NEWLY BREAK"
	case of(assess.AlreadyBroken) > 0:
		a.heading = "NOTHING FOUND THAT WOULD NEWLY BREAK"
	default:
		a.heading = "NOTHING TO JUDGE"
		a.points = []string{"No device that serves files over SMB was found. That is no proof that there is none."}
	}
	a.heading = "Signing required on our clients (client-always): " + a.heading
	return a
}

// sure ends a sentence about all devices with a verdict by saying how sure it is.
func (t *Tally) sure(p assess.Policy, v assess.Verdict) string {
	words, _ := t.confidence[p][v].words()
	return " (confidence: " + words + ")."
}

// clientPoints says everything that is not zero, worst first.
func clientPoints(r *Run, t *Tally) []string {
	of := func(v assess.Verdict) int { return t.Count(assess.ClientAlways, v) }
	var points []string
	add := func(n int, one, many string) {
		if n > 0 {
			points = append(points, fmt.Sprintf(does(n, one, many), devices(n)))
		}
	}
	breaks := "%s would stop working" + t.sure(assess.ClientAlways, assess.Breaks)
	add(of(assess.Breaks), breaks, breaks)
	if of(assess.Breaks) == 0 && r.Interrupted {
		points = append(points, "No device was found that would newly break, but the scan did not reach its end.")
	}
	points = append(points, guestBreaks(t)...)
	add(of(assess.AlreadyBroken), brokenMeaning.one+".", brokenMeaning.many+".")
	add(of(assess.Unknown), unknownMeaning.one+".", unknownMeaning.many+".")
	works := "%s should go on working for users with an account" + t.sure(assess.ClientAlways, assess.Works)
	add(of(assess.Works), works, works)
	add(of(assess.NoChange), "On %s the setting has no effect.", "On %s the setting has no effect.")
	return append(points, guestPoints(r, t)...)
}

// guestPoints says what is known of guests besides those who would be shut out.
func guestPoints(r *Run, t *Tally) []string {
	var points []string
	add := func(n int, one, many string) {
		if n > 0 {
			points = append(points, fmt.Sprintf(does(n, one, many), devices(n)))
		}
	}
	untested := "Whether guests are let in is not known of %s (scan --guest-check finds out). Guest sessions can never be signed."
	if r.Header.GuestCheck {
		untested = "Whether guests are let in is not known of %s: the guest check was not made there. Guest sessions can never be signed."
	}
	add(t.untested, untested, untested)
	unanswered := "The guest check gave no answer on %s."
	add(t.unanswered, unanswered, unanswered)
	unclear := "Whether guests are let in is not known of %s: what was recorded does not fit together."
	add(t.Guest(assess.Unknown)-t.untested-t.unanswered, unclear, unclear)
	add(t.Guest(assess.NoChange), "%s lets in anonymous users, who are not guests; that is seldom a way to files.",
		"%s let in anonymous users, who are not guests; that is seldom a way to files.")
	add(t.Guest(assess.NotApplicable), "%s lets in no guests.", "%s let in no guests.")
	return points
}

// serverAnswer sums up server-always, of which a scan sees little.
func serverAnswer(r *Run, t *Tally) answer {
	of := func(v assess.Verdict) int { return t.Count(assess.ServerAlways, v) }
	var a answer
	switch {
	case of(assess.Breaks) > 0:
		a.verdict, a.heading = assess.Breaks, "NOT READY"
	case of(assess.Unknown) == 0 && t.Hosts > 0 && !r.Interrupted:
		a.verdict, a.heading = assess.Works, "NOTHING FOUND THAT WOULD NEWLY BREAK"
	case len(r.Header.Inputs) > 0:
		a.heading = "NOT YET KNOWN"
	default:
		a.heading = "CANNOT BE TOLD FROM THIS SCAN"
	}
	a.heading = "Signing required on our servers (server-always): " + a.heading
	unseen := meaning{"%s could not be judged: a scan does not see what it does as a client",
		"%s could not be judged: a scan does not see what they do as clients"}
	if len(r.Header.Inputs) > 0 {
		unseen = meaning{"%s could not be judged: nothing that was seen of it as a client tells", "%s could not be judged: nothing that was seen of them as clients tells"}
	}
	add := func(v assess.Verdict, m meaning, end string) {
		if n := of(v); n > 0 {
			a.points = append(a.points, fmt.Sprintf(does(n, m.one, m.many), devices(n))+end)
		}
	}
	add(assess.Breaks, serverMeaning[assess.Breaks], t.sure(assess.ServerAlways, assess.Breaks))
	add(assess.AlreadyBroken, brokenMeaning, ".")
	add(assess.Unknown, unseen, ".")
	add(assess.Works, worksMeaning, t.sure(assess.ServerAlways, assess.Works))
	a.points = append(a.points, "Devices that only connect to servers, such as copiers that scan to a folder, may be missing from this report altogether.")
	return a
}

// matrix writes the counts of both policies.
func (p *page) matrix(t *Tally) {
	p.blank()
	const layout = "  %-16s %15s %16s"
	p.line(fmt.Sprintf(layout, "DEVICES", "client-always", "server-always"))
	for _, v := range assess.Verdicts {
		client, server := t.Count(assess.ClientAlways, v), t.Count(assess.ServerAlways, v)
		if client+server == 0 && v != assess.Breaks && v != assess.Unknown {
			continue
		}
		p.line(fmt.Sprintf(layout, verdictWords(v), thousands(client), thousands(server)))
	}
	p.line(fmt.Sprintf(layout, "all listed", thousands(t.Hosts), thousands(t.Hosts)))
}

func verdictWords(v assess.Verdict) string { return strings.ReplaceAll(v.String(), "-", " ") }
