package diff

import (
	"smbready/assess"
	"smbready/inventory"
)

// Sight is a device as one run saw it, judged by the rules of today.
type Sight struct {
	Host       *inventory.Host
	Assessment *assess.Assessment
}

// Device is what became of a device.
type Device struct {
	Pair
	Before, After *Sight // nil where that run has it not
	Verdicts      []Verdict
	Facts         []Fact
	OldAlone      Unasked // what only the old run asked of it
	NewAlone      Unasked // what only the new run asked of it
	directions    uint8   // a set, one bit for each Direction of the verdicts
}

// Verdict is a finding that changed. A guest path that one of the runs does not
// have is NotApplicable there.
type Verdict struct {
	Policy    assess.Policy
	Guest     bool
	Old, New  *assess.Finding
	Direction Direction
}

// Fact is something observed that changed. Neither value is empty: what is known of
// one run alone is no change.
type Fact struct{ Name, Old, New string }

// Judge judges a host.
type Judge func(*inventory.Host) assess.Assessment

// Compare says what became of a device that has these hosts, of which one may be
// nil.
//
// Direction is told by what both runs asked. A verdict that differs only because one of them
// asked more is less known, or more; only where the one that asked more is the new
// run, and finds that it breaks, is it worse.
func Compare(p Pair, old, new *inventory.Host, judge Judge) *Device {
	d := &Device{Pair: p, Before: sight(old, judge), After: sight(new, judge)}
	if d.Before == nil || d.After == nil || p.Kind == NotReached || p.Kind == NotReachedBefore {
		return d
	}
	o, n, oldAlone, newAlone := level(old, new)
	d.OldAlone, d.NewAlone = oldAlone, newAlone
	levelOld, levelNew := d.Before, d.After
	if o != old {
		levelOld = sight(o, judge)
	}
	if n != new {
		levelNew = sight(n, judge)
	}
	d.verdicts(levelOld.Assessment, levelNew.Assessment)
	d.Facts = facts(levelOld, levelNew)
	if d.Kind == Same && len(d.Verdicts)+len(d.Facts) > 0 {
		d.Kind = Changed
	}
	return d
}

func sight(h *inventory.Host, judge Judge) *Sight {
	if h == nil {
		return nil
	}
	a := judge(h)
	return &Sight{h, &a}
}

// verdicts compares the findings of each policy and path.
func (d *Device) verdicts(levelOld, levelNew *assess.Assessment) {
	for _, p := range assess.Policies {
		old, new := d.Before.Assessment.Policies.Of(p), d.After.Assessment.Policies.Of(p)
		lo, ln := levelOld.Policies.Of(p), levelNew.Policies.Of(p)
		d.verdict(Verdict{Policy: p, Old: old, New: new}, lo, ln)
		if p == assess.ClientAlways && (old.Guest != nil || new.Guest != nil) {
			d.verdict(Verdict{Policy: p, Guest: true, Old: guest(old), New: guest(new)}, guest(lo), guest(ln))
		}
	}
}

// noGuests stands for a guest path that is not there.
var noGuests = &assess.Finding{Verdict: assess.NotApplicable, Reason: "no-guest-path", Why: "No guest path is known of."}

func guest(f *assess.Finding) *assess.Finding {
	if f.Guest == nil {
		return noGuests
	}
	return f.Guest
}

// verdict takes in one finding, if it changed.
func (d *Device) verdict(v Verdict, levelOld, levelNew *assess.Finding) {
	if sameFinding(v.Old, v.New) || v.Guest && (v.Old == noGuests && v.New.Verdict == assess.Unknown || v.New == noGuests && v.Old.Verdict == assess.Unknown) {
		return // a server that came or went has a guest path or has none, which the other findings tell
	}
	v.Direction = d.direction(v.Old, v.New, levelOld, levelNew)
	d.Verdicts = append(d.Verdicts, v)
	d.directions |= 1 << v.Direction
}

func sameFinding(a, b *assess.Finding) bool {
	return a.Verdict == b.Verdict && a.Confidence == b.Confidence && a.Reason == b.Reason
}

// direction says which way a finding went.
func (d *Device) direction(old, new, levelOld, levelNew *assess.Finding) Direction {
	if sameFinding(levelOld, levelNew) { // only what was asked differs
		switch {
		case d.NewAlone == 0:
			return LessKnown
		case badNews(old.Verdict, new.Verdict):
			return Worse
		case d.OldAlone == 0:
			return MoreKnown
		}
		return Otherwise
	}
	way := directionOf(levelOld, levelNew)
	switch {
	case badNews(old.Verdict, new.Verdict):
		return Worse
	case bad(old.Verdict) && !bad(new.Verdict) && way != Better:
		return LessKnown
	case way == Better && !bad(old.Verdict), way == Worse:
		return Otherwise // a proof that only one of the runs has says otherwise
	}
	return way
}

// directionOf compares two findings that rest on the same questions.
func directionOf(old, new *assess.Finding) Direction {
	switch {
	case badNews(old.Verdict, new.Verdict):
		return Worse
	case bad(old.Verdict) && new.Verdict.Fine():
		return Better
	case old.Verdict != assess.Unknown && new.Verdict == assess.Unknown:
		return LessKnown
	case old.Verdict == assess.Unknown && new.Verdict.Fine():
		return MoreKnown
	case old.Verdict != new.Verdict:
		return Otherwise
	case new.Confidence < old.Confidence:
		return LessKnown
	case new.Confidence > old.Confidence:
		return MoreKnown
	}
	return Otherwise
}

// bad reports whether a verdict is one that somebody must act upon.
func bad(v assess.Verdict) bool { return v == assess.Breaks || v == assess.AlreadyBroken }

// badNews reports whether a verdict is bad and was less so. What fails today
// already cannot be broken by a policy; that it can again is bad news.
func badNews(old, new assess.Verdict) bool {
	return bad(new) && !bad(old) || new == assess.Breaks && old == assess.AlreadyBroken
}

// Went reports whether a verdict of the device went this way.
func (d *Device) Went(way Direction) bool { return d.directions&(1<<way) != 0 }

// Worse reports whether somebody must act: a verdict is worse, or a device that the
// old run does not know would break, be it new or not reached before.
func (d *Device) Worse() bool {
	unknownBefore := d.After != nil && (d.Before == nil || d.Kind == NotReachedBefore)
	return d.Went(Worse) || unknownBefore && d.After.Assessment.Worst() == assess.Breaks
}

// Seen returns the device as the new run saw it, or else the old one. It is never
// nil.
func (d *Device) Seen() *Sight {
	if d.After != nil && d.Kind != NotReached {
		return d.After
	}
	if d.Before != nil {
		return d.Before
	}
	return d.After
}
