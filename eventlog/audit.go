package eventlog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"smbready/inventory"
)

// What is not in a log says something only where it would have been there. For
// that three things have to be known of one computer: that auditing of signing
// was on, from when to when; that the file holds all its audit events of that
// time, and all of it could be read; and that the device had a session there
// meanwhile. Where any is in doubt, nothing is said. How long is long enough is not decided here.

// maxLogs bounds the computers whose logs are told apart, and the signs that
// auditing was on or off, per computer.
const (
	maxLogs     = 10_000
	maxSigns    = 1000
	maxSessions = 64 // computers with which a device had sessions
)

// session is that a device had sessions with a computer.
type session struct {
	computer    string
	proof       string
	first, last time.Time
	count       int
	origin      int
}

// addSession notes a session at some time.
func (d *device) addSession(s session) {
	if s.first.IsZero() {
		return
	}
	for i := range d.sessions {
		if o := &d.sessions[i]; o.computer == s.computer && o.origin == s.origin && o.proof == s.proof {
			o.first, o.last, o.count = earlier(o.first, s.first), later(o.last, s.last), o.count+s.count
			return
		}
	}
	if len(d.sessions) < maxSessions {
		d.sessions = append(d.sessions, s)
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// addSigning notes that a computer's log says that the device does not sign.
func (d *device) addSigning(computer string) {
	switch {
	case slices.Contains(d.signing, computer):
	case len(d.signing) >= maxSessions:
		d.signingAll = true
	default:
		d.signing = append(d.signing, computer)
	}
}

// stretch is the part of an audit log that one file holds.
type stretch struct {
	first, last time.Time // of all events of the log
	on, until   time.Time // the first and the last of signing: auditing of it was on
	id          int       // of the first event
	mixed       bool      // there are events of other numbers
	noSigning   bool      // there are events 3021
	whole       bool      // the form is one in which a log is saved as it is
}

// complete reports whether the file is likely to hold all events of signing by
// SMB2 clients in its part of the log: a choice by number that has some of them
// has all, and a log that is saved as it is and has several numbers is no choice.
func (s *stretch) complete() bool { return s.noSigning || s.whole && s.mixed }

// auditLog is what is known of auditing on one computer.
type auditLog struct {
	computer          string
	files             map[int]*stretch
	signs             []sign // of its configuration
	byName, byAddress bool   // how its events of signing name the clients
	crowded           bool   // there may have been more signs than are kept
	windows           []audited
}

// sign is that auditing was on or off at some time.
type sign struct {
	when time.Time
	on   bool
}

// auditLogs are the computers', by name in lower case.
type auditLogs struct {
	logs    map[string]*auditLog
	configs map[string][]sign    // what the configuration of a computer said
	found   map[string]*auditLog // what find answered
	lossy   map[int]bool         // files of which something could not be read: what is missing there may be lost
}

func newAuditLogs() *auditLogs {
	return &auditLogs{logs: map[string]*auditLog{}, configs: map[string][]sign{}, lossy: map[int]bool{}}
}

// configured takes in that auditing was on or off at some time. It reports false
// when there is no room.
func (a *auditLogs) configured(computer string, g sign) bool {
	key := strings.ToLower(computer)
	list, found := a.configs[key]
	if key == "" || !found && len(a.configs) >= maxLogs || len(list) >= maxSigns {
		return false
	}
	a.configs[key] = append(list, g)
	return true
}

// log returns the log of a computer, or nil when it is not named or there are
// too many.
func (a *auditLogs) log(computer string) *auditLog {
	key := strings.ToLower(computer)
	l := a.logs[key]
	if l == nil && key != "" && len(a.logs) < maxLogs {
		l = &auditLog{computer: computer, files: map[int]*stretch{}}
		a.logs[key] = l
	}
	return l
}

// event takes in an event of the audit log of a server.
func (l *auditLog) event(origin, id int, when time.Time, whole bool, client peer) {
	signing := id == eventNoSigning || id == eventNoSigningSMB1
	l.byAddress = l.byAddress || signing && (client.address.IsValid() || !client.known()) // it may be anybody
	l.byName = l.byName || signing && !client.address.IsValid()
	if when.IsZero() {
		return
	}
	s := l.files[origin]
	if s == nil {
		s = &stretch{first: when, last: when, id: id, whole: whole}
		l.files[origin] = s
	}
	s.first, s.last = earlier(s.first, when), later(s.last, when)
	s.mixed = s.mixed || id != s.id
	s.noSigning = s.noSigning || id == eventNoSigning
	if !signing {
		return
	}
	if s.on.IsZero() {
		s.on = when
	}
	s.on, s.until = earlier(s.on, when), later(s.until, when)
}

// audited is when auditing was on, as far as one file shows.
type audited struct {
	from, to time.Time
	proof    string
}

// settle works out when auditing was demonstrably on while a file has all of it.
func (l *auditLog) settle(lossy map[int]bool) {
	l.windows = nil
	if l.crowded {
		return
	}
	for origin, s := range l.files {
		if w, ok := l.window(s); ok && s.complete() && !lossy[origin] {
			l.windows = append(l.windows, w)
		}
	}
	slices.SortFunc(l.windows, func(a, b audited) int { return cmp.Or(a.from.Compare(b.from), a.to.Compare(b.to)) })
}

// window returns the longest time in one file's part of the log between two
// signs that auditing was on, with none in between that it was off.
func (l *auditLog) window(s *stretch) (_ audited, ok bool) {
	signs := slices.Clone(l.signs)
	if !s.on.IsZero() {
		signs = append(signs, sign{s.on, true}, sign{s.until, true})
	}
	slices.SortStableFunc(signs, func(a, b sign) int { return a.when.Compare(b.when) })
	best, start, configured := audited{}, time.Time{}, 0
	for _, g := range signs {
		switch from, to := later(start, s.first), earlier(g.when, s.last); {
		case !g.on:
			start = time.Time{}
		case start.IsZero():
			start = g.when
		case to.Sub(from) > best.to.Sub(best.from):
			best.from, best.to = from, to
		}
	}
	for _, g := range l.signs {
		if g.on {
			configured++
		}
	}
	best.proof = proof(s, configured)
	return best, best.to.After(best.from)
}

func proof(s *stretch, configured int) string {
	var parts []string
	if !s.on.IsZero() {
		parts = append(parts, "its log shows that other devices do not sign (events 3021, 3027)")
	}
	if configured > 0 {
		parts = append(parts, fmt.Sprintf("its configuration showed auditing of signing on (%d times)", configured))
	}
	return strings.Join(parts, "; ")
}

// find returns the log of a computer that a session names, which may leave out
// the domain. Where several would do, none does.
func (a *auditLogs) find(computer string) *auditLog {
	key := strings.ToLower(computer)
	l, known := a.found[key]
	if !known {
		l = a.search(key)
		a.found[key] = l
	}
	return l
}

func (a *auditLogs) search(key string) (found *auditLog) {
	if l := a.logs[key]; l != nil {
		return l
	}
	for name, l := range a.logs {
		if !sameComputer(name, key) {
			continue
		}
		if found != nil {
			return nil
		}
		found = l
	}
	return found
}

// settle prepares for silence, when all files are read.
func (a *auditLogs) settle() {
	a.found = map[string]*auditLog{}
	for _, l := range a.logs {
		l.signs = nil
	}
	for computer, signs := range a.configs {
		if l := a.find(computer); l != nil {
			l.signs = append(l.signs, signs...)
			l.crowded = l.crowded || len(signs) >= maxSigns // one that it was off may be missing
		}
	}
	for _, l := range a.logs {
		l.settle(a.lossy)
	}
}

// sameComputer reports whether two names in lower case can be one computer's:
// one of them is the first part of the other.
func sameComputer(a, b string) bool {
	if a == b {
		return true
	}
	x, domainA, _ := strings.Cut(a, ".")
	y, domainB, _ := strings.Cut(b, ".")
	return x == y && x != "" && (domainA == "" || domainB == "")
}

// silence returns that computers would have noted if the device did not sign,
// and noted nothing.
func (a *auditLogs) silence(d *device, origins []string) (list []inventory.Contact) {
	if d.signingAll {
		return nil
	}
	for _, s := range d.sessions {
		l := a.find(s.computer)
		if l == nil || d.noted(l.computer) || l.hides(d) {
			continue
		}
		for _, w := range l.windows {
			at, last, in := s.within(w)
			if !in {
				continue
			}
			list = append(list, inventory.Contact{Source: inventory.SourceEvents, Origin: origins[s.origin], Peer: l.computer, First: at, Last: last, Count: 1,
				Audit: &inventory.Audit{Server: l.computer, From: w.from, To: w.to, Proof: w.proof + "; the device's session: " + s.proof}})
		}
	}
	return list
}

// noted reports whether the computer's log says that the device does not sign.
func (d *device) noted(computer string) bool {
	return slices.ContainsFunc(d.signing, func(c string) bool { return sameComputer(strings.ToLower(c), strings.ToLower(computer)) })
}

// hides reports whether the device could stand among the log's events of signing
// under another name: they name some clients by name and others by address.
func (l *auditLog) hides(d *device) bool {
	if d.key.address.IsValid() {
		return l.byName
	}
	return l.byAddress
}

// within returns the first and the last of the sessions that are known to lie in
// the time.
func (s *session) within(w audited) (at, last time.Time, in bool) {
	for _, t := range []time.Time{s.first, s.last} {
		if t.Before(w.from) || t.After(w.to) {
			continue
		}
		if !in {
			at = t
		}
		last, in = t, true
	}
	return at, last, in
}
