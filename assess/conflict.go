package assess

import (
	"slices"
	"time"

	"smbready/inventory"
)

// What all contacts of a client come to. Evidence is never averaged: the worst
// that is proven stands; else what is proven to work, unless something was seen
// to break and is strong; else bad news stands where it is surer than the good,
// and what contradicts it is listed; and where the good is as sure as the bad,
// nothing is known. Bad news that a later trial of the same program overtook is
// listed only.

// client is the weighed evidence about a host as a client.
type client struct {
	signs
	present  uint64 // the sights that contacts show, one bit each
	decides  sight  // sightNone: nothing was concluded
	conflict bool   // sights contradict each other, and none of them goes before
	left     bool   // it decides that it works, but contacts were left out
	kept     bool   // there are contacts
	shutOut  bool   // our listener refused the account with which it came
	guestIn  bool   // it came as a guest, and nothing says that it was refused
	by1      uint64 // the sights of contacts over SMB1, of a client that is not shut out by it
	maybe1   uint64 // the sights of contacts that may have been over SMB1
	smb1     bool   // SMB1 alone was offered
	spoke2   bool   // SMB2 was spoken
}

// weighContacts reads all contacts of a client. Their order does not matter.
func weighContacts(c *inventory.Client) (w client) {
	if c == nil || len(c.Contacts) == 0 {
		return w
	}
	w.kept, w.signs = true, signsOf(c.Contacts)
	proofs := w.proofs(c.Contacts)
	for i := range c.Contacts {
		w.take(&c.Contacts[i], proofs)
	}
	w.decide()
	w.left = c.More > 0 && w.decides != sightNone && !w.conflict && sightRules[w.decides].verdict.Fine()
	return w
}

// take adds what one contact shows, but for what proofs have overtaken.
func (w *client) take(c *inventory.Contact, proofs []*inventory.Contact) {
	stands := func(s sight) uint64 {
		if overtaken(c, s, proofs) {
			return 0
		}
		return s.bit()
	}
	for _, s := range w.sights(c) {
		w.present |= stands(s)
		w.guestIn = w.guestIn || s == sightGuest && (c.Event != nil || c.Logon == nil || c.Logon.Status == "")
	}
	p := protocolOf(c)
	if p == protocol1 && w.served1(c) {
		w.by1 |= stands(w.sight(c))
	}
	if contactDialect(c) == noDialect {
		w.maybe1 |= stands(w.sight(c))
	}
	w.smb1 = w.smb1 || w.only1(c)
	w.shutOut = w.shutOut || shutOut(c)
	w.spoke2 = w.spoke2 || p == protocol2 && contactDialect(c) != noDialect
}

// served1 reports whether a contact over SMB1 tells what "if client agrees" does:
// the client has SMB2 or a server for SMB1, so that it is not shut out anyway, and
// it is known how it logged on, or that it did not come to that.
func (w *client) served1(c *inventory.Contact) bool {
	return (c.Offer != nil && c.Offer.SMB2() || w.atWork1) && (modernLogon(c) || withoutAccount(c) || c.Stage == inventory.StageNegotiate)
}

func (s sight) bit() uint64 {
	if s == sightNone {
		return 0
	}
	return 1 << s
}

func (w *client) has(s sight) bool { return w.present&s.bit() != 0 }

// decide chooses the sight that stands.
func (w *client) decide() {
	bad, open, fine := w.surest(badVerdict), w.surest(func(v Verdict) bool { return v == Unknown }), w.surest(Verdict.Fine)
	switch {
	case proven(bad):
		w.decides = bad
	case proven(fine) && w.seenToBreak():
		w.decides, w.conflict = bad, true
	case proven(fine):
		w.decides = fine
	case bad != sightNone && fine != sightNone && !outweighs(bad, fine):
		w.decides, w.conflict = bad, true
	case bad != sightNone:
		w.decides = bad
	case open != sightNone:
		w.decides = open
	default:
		w.decides = fine
	}
}

// seenToBreak reports whether bad news is there that a proof does not silence:
// another program, or the same one at another time, may be what breaks. A guest's
// logon that was refused does not count beside one with an account; Windows tries
// some. Nor does a hang-up, which is how programs ask before they begin.
func (w *client) seenToBreak() bool {
	for s := sightNone + 1; s < sightCount; s++ {
		if !w.has(s) || !badVerdict(sightRules[s].verdict) || s == sightGuest && !w.guestIn || s == sightLeavesPerhaps {
			continue
		}
		if c := sightRules[s].confidence; c >= Strong || c == Likely && !s.says() {
			return true
		}
	}
	return false
}

// proofs returns the contacts by which a client is proven to work where signing is
// demanded.
func (w *client) proofs(contacts []inventory.Contact) (list []*inventory.Contact) {
	for i := range contacts {
		c := &contacts[i]
		if s := w.sight(c); c.Demanded == inventory.SigningRequired && proven(s) && sightRules[s].verdict.Fine() {
			list = append(list, c)
		}
	}
	return list
}

// overtaken reports whether bad news is older than every proof of the same
// program, and there is one: the settings were changed since, and tried again.
func overtaken(c *inventory.Contact, s sight, proofs []*inventory.Contact) (yes bool) {
	if s == sightNone || !badVerdict(sightRules[s].verdict) {
		return false
	}
	for _, p := range proofs {
		if !triesAgain(p, c) {
			continue
		}
		if c.Last.IsZero() || p.First.IsZero() || !c.Last.Add(apart(p, c)).Before(p.First) {
			return false
		}
		yes = true
	}
	return yes
}

// triesAgain reports whether a proof is a test of what bad news tells of: at our
// listener, to which somebody pointed the device, by what goes by the same name
// and makes the same offer, or SMB2 where it was SMB1 alone. An event tells
// nothing of that, so that any such test may be. A guest at work is set up for
// each server apart, and no other server shows that it is not.
func triesAgain(p, bad *inventory.Contact) bool {
	switch {
	case p.Source != inventory.SourceCanary, withoutAccount(bad) && (bad.Data || bad.Source != inventory.SourceCanary):
		return false
	case bad.Event != nil:
		return true
	case family(bad) == protocol1 && family(p) == protocol2:
		return bad.Source == inventory.SourceCanary && workstation(p) != "" && workstation(p) == workstation(bad)
	}
	return sameCaller(p, bad) && family(p) == family(bad) && sameOffer(p.Offer, bad.Offer)
}

// sameCaller reports whether both contacts give the same workstation, or else the
// same account.
func sameCaller(a, b *inventory.Contact) bool {
	x, y := workstation(a), workstation(b)
	if x != "" || y != "" {
		return x == y
	}
	return a.Logon != nil && b.Logon != nil && a.Logon.User != "" && a.Logon.User == b.Logon.User
}

// sameOffer reports whether both offer the same dialects of SMB2.
func sameOffer(a, b *inventory.Offer) bool {
	return a != nil && b != nil && slices.Equal(a.SMB2Dialects, b.SMB2Dialects)
}

// apart is how much later a proof has to be than bad news to be a later one: the
// clocks of two sources differ, and an event stands for more than one moment.
func apart(p, bad *inventory.Contact) time.Duration {
	switch {
	case bad.Event != nil:
		return 24 * time.Hour
	case p.Source != bad.Source || p.Origin != bad.Origin:
		return time.Hour
	}
	return 0
}

// workstation is the name by which a client logged on, if it gave one.
func workstation(c *inventory.Contact) string {
	if c.Logon == nil {
		return ""
	}
	return c.Logon.Workstation
}

// family is SMB2 where that was offered, and SMB1 where that alone was.
func family(c *inventory.Contact) protocol {
	switch {
	case c.Offer != nil && c.Offer.SMB2():
		return protocol2
	case c.Offer != nil && c.Offer.SMB1Only():
		return protocol1
	}
	return protocolOf(c)
}

func badVerdict(v Verdict) bool { return v == Breaks || v == AlreadyBroken }

func proven(s sight) bool { return s != sightNone && sightRules[s].confidence == Proven }

// outweighs reports whether bad news stands against good news: it is surer, or
// it was seen to be done where the good was only said.
func outweighs(bad, fine sight) bool {
	return sightRules[bad].confidence > sightRules[fine].confidence || !bad.says() && fine.says() && !hint(bad)
}

// hint reports whether a sight is too weak to stand against what a client says.
func hint(s sight) bool { return sightRules[s].confidence <= Weak }

// surest returns the surest sight with such a verdict; of two that are equally
// sure, the worse, and then the one that is named first.
func (w *client) surest(is func(Verdict) bool) (best sight) {
	for s := sightNone + 1; s < sightCount; s++ {
		if !w.has(s) || !is(sightRules[s].verdict) {
			continue
		}
		if best == sightNone || surer(sightRules[s], sightRules[best]) {
			best = s
		}
	}
	return best
}

func surer(a, b *rule) bool {
	if a.confidence != b.confidence {
		return a.confidence > b.confidence
	}
	return a.verdict.Severity() < b.verdict.Severity()
}

// shows returns a predicate: that sight stands.
func shows(s sight) func(*facts) bool {
	return func(f *facts) bool { return f.client.decides == s && !f.client.conflict && !f.client.left }
}
