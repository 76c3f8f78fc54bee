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
	notMetAgain   bool    // a verdict is fine only as what spoke against it was not met again
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
// run, and finds that it breaks, is it worse. What was bad in a contact or a session
// of the old run is better only if it was met again, see together; and a server that
// offers less signing than it did, see offeredWay, is not merely less known.
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
	d.verdicts(levelOld, levelNew, together(old, new, judge))
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

// verdicts compares the findings of each policy and path. together is the sight of
// together.
func (d *Device) verdicts(levelOld, levelNew, together *Sight) {
	offered := offeredWay(levelOld.Host, levelNew.Host)
	for _, p := range assess.Policies {
		old, new := d.Before.Assessment.Policies.Of(p), d.After.Assessment.Policies.Of(p)
		b := basis{old: levelOld.Assessment.Policies.Of(p), new: levelNew.Assessment.Policies.Of(p)}
		if together != nil {
			b.together = together.Assessment.Policies.Of(p)
		}
		if p == assess.ClientAlways || p == assess.ClientIfServerAgrees { // what a server offers
			b.offered = offered
		}
		d.verdict(Verdict{Policy: p, Old: old, New: new}, b)
		if p == assess.ClientAlways && (old.Guest != nil || new.Guest != nil) {
			d.verdict(Verdict{Policy: p, Guest: true, Old: guest(old), New: guest(new)}, b.guest())
		}
	}
	if d.notMetAgain { // not before: the directions are told by what was asked
		d.OldAlone |= BadNews
	}
}

// basis is what the direction of a finding is told by.
type basis struct {
	old, new *assess.Finding // of what both runs asked
	together *assess.Finding // of what either met, or nil: see together
	offered  Direction       // Worse where less signing is offered than was, Better where more is
}

func (b basis) guest() basis {
	g := basis{old: guest(b.old), new: guest(b.new)}
	if b.together != nil {
		g.together = guest(b.together)
	}
	return g
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
func (d *Device) verdict(v Verdict, b basis) {
	if sameFinding(v.Old, v.New) || v.Guest && (v.Old == noGuests && v.New.Verdict == assess.Unknown || v.New == noGuests && v.Old.Verdict == assess.Unknown) {
		return // a server that came or went has a guest path or has none, which the other findings tell
	}
	v.Direction = d.direction(v.Old, v.New, b)
	if goodNews(v.Direction) && v.New.Verdict.Fine() && b.together != nil && !b.together.Verdict.Fine() {
		v.Direction = Otherwise
		if bad(v.Old.Verdict) {
			v.Direction = LessKnown
		}
		d.notMetAgain = true
	}
	d.Verdicts = append(d.Verdicts, v)
	d.directions |= 1 << v.Direction
}

func sameFinding(a, b *assess.Finding) bool {
	return a.Verdict == b.Verdict && a.Confidence == b.Confidence && a.Reason == b.Reason
}

func goodNews(way Direction) bool { return way == Better || way == MoreKnown }

// direction says which way a finding went.
func (d *Device) direction(old, new *assess.Finding, b basis) Direction {
	if sameFinding(b.old, b.new) { // only what was asked differs
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
	if way := b.offeredWay(old, new); way != Otherwise {
		return way
	}
	way := directionOf(b.old, b.new)
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
