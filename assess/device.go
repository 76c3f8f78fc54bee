package assess

import (
	"slices"
	"strings"
	"sync"
)

// classify says what a host is taken to be. Marks vote; one strong vote or two
// medium ones of different sources make a class. A product (a printer, say) goes
// before the platform it is built on (Samba, say), and where two classes are
// equally likely the class stays unknown and the evidence tells why. With clues,
// what other services of the host say counts too.
func classify(f *facts, rules *Fingerprints, clues bool) Device {
	if blank(f, clues) {
		return Device{Era: era(f)}
	}
	r := recognitions.Get().(*recognition)
	defer recognitions.Put(r)
	*r = recognition{}
	s, b := &r.subject, &r.ballot
	s.look(f, clues)
	rules.vote(s, b)
	b.byWindows(f)
	if f.runs.honeypot {
		b.add(vote{weight: strong, kinds: kindSMB1.set(), evidence: "SMB1 numbers of the Dionaea honeypot"})
	}
	if f.runs.controller {
		b.add(vote{class: DomainController, weight: strong, kinds: kindName.set() | kindSigning.set(),
			evidence: "domain controller names (NetBIOS suffix 1B or 1C) and required signing"})
	}
	return b.device(f)
}

// recognition is the memory of one classification, which is used again: most
// of a large scan would else be spent on it.
type recognition struct {
	subject subject
	ballot  ballot
}

var recognitions = sync.Pool{New: func() any { return new(recognition) }}

// blank reports whether nothing is known by which a device is recognised, which
// is so of most addresses of a network.
func blank(f *facts, clues bool) bool {
	return f.SMB1 == nil && f.SMB2 == nil && f.NTLM == nil && f.OS.Build == "" && !f.named() && f.Names.DNS == "" &&
		(!clues || f.Clues == nil && f.Client == nil)
}

// vote is a mark: what it speaks for and how loudly.
type vote struct {
	class         Class
	weight        weight
	kinds         kinds // what it is taken from
	evidence      string
	vendor, model string
}

// ballot collects the votes. What an earlier mark says of the system is kept.
type ballot struct {
	votes       []vote
	space       [4]vote // for votes
	os, support string
	guessed     bool   // client and server share the Windows build
	card        string // the vendor of the network card, by a rule
}

func (b *ballot) add(v vote) {
	if b.votes == nil {
		b.votes = b.space[:0]
	}
	b.votes = append(b.votes, v)
}

// has reports whether there is a vote of this weight for a class.
func (b *ballot) has(c Class, w weight) bool {
	return slices.ContainsFunc(b.votes, func(v vote) bool { return v.class == c && v.weight == w })
}

// mark takes in a rule that fits. A default name that ends in the host's own
// network address was made by the device itself, and counts one step more.
func (b *ballot) mark(s *subject, m *matched) {
	r := m.rule
	v := vote{class: r.class, weight: r.weight, kinds: r.marks, evidence: m.evidence(), vendor: r.vendor, model: m.expand(r.model)}
	if m.by != nil && m.by.hex && v.weight < strong && v.kinds&kindName.set() != 0 && endsInCard(m.text, s) {
		v.weight++
	}
	if v.kinds&kindCard.set() != 0 && r.class != ClassUnknown {
		b.card = r.vendor
	}
	if b.os == "" && r.os != "" {
		b.os = m.expand(r.os)
	}
	b.add(v)
}

// endsInCard reports whether the last six digits of name are those of the
// network address.
func endsInCard(name string, s *subject) bool {
	return s.has&kindCard.set() != 0 && len(name) >= 6 && strings.EqualFold(name[len(name)-6:], string(s.card[6:]))
}

// tally is what the votes for a class come to: how many of each weight have a
// source that no other vote for the class has.
type tally struct{ strong, medium int }

func (t tally) score() int { return 2*t.strong + t.medium }

// decides reports whether the votes make a class.
func (t tally) decides() bool { return t.strong > 0 || t.medium > 1 }

// count counts the votes for a class: the strong ones first, and of one weight
// those first that rest on one source alone, since they exclude fewer others.
func (b *ballot) count(c Class) tally {
	var t tally
	var used kinds
	for _, w := range [...]weight{strong, medium} {
		n := 0
		for _, alone := range [...]bool{true, false} {
			for i := range b.votes {
				v := &b.votes[i]
				if v.class != c || v.weight != w || (v.kinds&(v.kinds-1) == 0) != alone || v.kinds.sources()&used != 0 {
					continue
				}
				used |= v.kinds.sources()
				n++
			}
		}
		if w == strong {
			t.strong = n
		} else {
			t.medium = n
		}
	}
	return t
}

// product tells the classes that say what a device is for; the others say
// what it is built on.
func product(c Class) bool {
	switch c {
	case Printer, NAS, IndustrialController, Medical, DomainController, StorageAppliance, NetworkDevice:
		return true
	}
	return false
}

// choose returns the winning class and its votes.
func (b *ballot) choose() (Class, tally) {
	best, bestScore, bestTally, tie := ClassUnknown, 0, tally{}, false
	for c := Printer; c <= Embedded; c++ {
		if !b.names(c) {
			continue
		}
		t := b.count(c)
		if !t.decides() {
			continue
		}
		score := t.score()
		if product(c) {
			score += 100
		}
		switch {
		case score > bestScore:
			best, bestScore, bestTally, tie = c, score, t, false
		case score == bestScore:
			tie = true
		}
	}
	if tie {
		return ClassUnknown, tally{}
	}
	return best, bestTally
}

// names reports whether any vote is for a class.
func (b *ballot) names(c Class) bool {
	for i := range b.votes {
		if b.votes[i].class == c {
			return true
		}
	}
	return false
}

func (b *ballot) device(f *facts) Device {
	c, t := b.choose()
	d := Device{Class: c, OS: b.os, Support: b.support, Era: era(f)}
	if len(b.votes) > 0 {
		d.Evidence = make([]string, len(b.votes))
		for i := range b.votes {
			d.Evidence[i] = b.votes[i].evidence
		}
	}
	switch {
	case c == ClassUnknown:
		d.Vendor = b.card
		return d
	case b.guessed && (c == WindowsClient || c == WindowsServer) && t.score() < 3:
		d.Confidence = Weak
	case t.strong > 0:
		d.Confidence = Strong
	default:
		d.Confidence = Likely
	}
	d.Vendor, d.Model = b.maker(c)
	return d
}

// maker returns who makes a device of this class, by the heaviest mark that
// says so, and the model by the heaviest that does not contradict it. Of marks
// of one weight the network card comes last, since many devices have a part of
// another maker's.
func (b *ballot) maker(c Class) (vendor, model string) {
	vendor = b.heaviest(c, func(v *vote) string { return v.vendor })
	model = b.heaviest(c, func(v *vote) string {
		if v.vendor != vendor && v.vendor != "" {
			return ""
		}
		return v.model
	})
	return vendor, model
}

// heaviest returns the first text that is not empty.
func (b *ballot) heaviest(c Class, of func(*vote) string) string {
	for w := int(strong); w >= 0; w-- {
		for _, card := range [...]bool{false, true} {
			for i := range b.votes {
				v := &b.votes[i]
				if v.class != c || int(v.weight) != w || (v.kinds == kindCard.set()) != card {
					continue
				}
				if s := of(v); s != "" {
					return s
				}
			}
		}
	}
	return ""
}

func era(f *facts) string {
	switch {
	case f.dialect != noDialect:
		return eras[f.dialect]
	case f.old() != notOld:
		return eraOld
	case f.SMB1 != nil && ntlmDialect(f.SMB1.Dialect):
		return eraNTLM
	}
	return ""
}

// eras words the age of the newest SMB2 dialect.
var eras = [...]string{
	dialect202: "2006: SMB 2.0.2 (Windows Vista, Server 2008)",
	dialect210: "2009: SMB 2.1 (Windows 7, Server 2008 R2)",
	dialect300: "2012: SMB 3.0 (Windows 8, Server 2012)",
	dialect302: "2013: SMB 3.0.2 (Windows 8.1, Server 2012 R2)",
	dialect311: "2015: SMB 3.1.1 (Windows 10, Server 2016)",
}

const (
	eraOld  = "1980s to 1990s: SMB1 before NT, core or LAN Manager; SMB1 has been off by default since 2017 (Windows 10 1709)"
	eraNTLM = "1996: SMB1, NT LM 0.12 (Windows NT 4.0); SMB1 has been off by default since 2017 (Windows 10 1709)"
)

// macDigits reads the twelve hexadecimal digits of a network address, upper
// case; digits may be separated by ":", "-" or ".". An address of zeros, which
// Samba sends for want of one, is none.
func macDigits(mac string, digits *[12]byte) bool {
	n := 0
	for i := 0; i < len(mac); i++ {
		c := mac[i]
		switch {
		case c == ':' || c == '-' || c == '.':
			continue
		case !isHex(c) || n == len(digits):
			return false
		case c >= 'a':
			c -= 'a' - 'A'
		}
		digits[n] = c
		n++
	}
	return n == len(digits)
}
