package assess

import (
	"slices"
	"strconv"
	"strings"
)

// A fingerprint is a rule by which devices are recognised: when all of its
// conditions hold, it votes for a class. The rules stand in fingerprints.yaml,
// which explains their form, and in files of the user's.
type fingerprint struct {
	name   string
	line   int
	when   []condition // the marks
	given  []condition // what else has to hold, without being a mark
	marks  kinds       // what when looks at
	needs  kinds       // what has to be known for all conditions
	class  Class
	weight weight
	vendor string
	model  string // may hold $1 to $9, parts of the text
	os     string // may hold the same and $0, the whole text
	says   string // the evidence in words; may hold the same
}

// weight is how much a mark says. One strong mark or two medium ones from
// different sources decide a class; a weak one only stands in the evidence.
type weight uint8

const (
	weak weight = iota
	medium
	strong
)

var weightNames = [...]string{"weak", "medium", "strong"}

// condition asks for one fact: any of these texts or numbers.
type condition struct {
	key     *conditionKey
	texts   []pattern
	numbers []uint32
	label   string // the key of a TXT record
}

// Fingerprints are rules, ready for use.
type Fingerprints struct {
	rules  []fingerprint // of the user's file first
	groups []group
}

// Len returns the number of rules.
func (p *Fingerprints) Len() int { return len(p.rules) }

// group holds the rules that look at the same kinds of marks. Only the first of
// them that fits votes, so that the rules of the user, and the more special
// ones, stand first.
type group struct {
	kinds kinds
	rules []*fingerprint
	cards map[string]*fingerprint // by prefix, when the network card is all they look at

	// starts holds the rules by the first byte of a text that may fit them, when
	// one text is all they look at. key is where it stands.
	starts *[256][]*fingerprint
	key    *conditionKey
}

// compile sorts the rules into groups.
func (p *Fingerprints) compile() {
	at := map[kinds]int{}
	for i := range p.rules {
		r := &p.rules[i]
		k := r.marks
		n, ok := at[k]
		if !ok {
			n = len(p.groups)
			at[k] = n
			p.groups = append(p.groups, group{kinds: k})
		}
		p.groups[n].add(r)
	}
	for i := range p.groups {
		p.groups[i].index()
	}
}

// index sorts the rules by first bytes, so that a name that fits none of dozens
// of rules is compared with a few. A group of a few rules needs no index.
func (g *group) index() {
	if len(g.rules) < 4 {
		return
	}
	key := g.rules[0].when[0].key
	for _, r := range g.rules {
		if len(r.when) != 1 || r.when[0].key != key || key.text == nil && key.list == nil {
			return
		}
	}
	g.key, g.starts = key, new([256][]*fingerprint)
	for c := range 256 {
		for _, r := range g.rules {
			if slices.ContainsFunc(r.when[0].texts, func(p pattern) bool { return p.mayStart(byte(c)) }) {
				g.starts[c] = append(g.starts[c], r)
			}
		}
	}
}

// candidates returns the rules that may fit.
func (g *group) candidates(s *subject) []*fingerprint {
	if g.starts == nil {
		return g.rules
	}
	text := ""
	switch {
	case g.key.text != nil:
		text = g.key.text(s)
	case len(s.names) == 1:
		text = s.names[0]
	default:
		return g.rules
	}
	if text == "" {
		return nil
	}
	return g.starts[text[0]]
}

func (g *group) add(r *fingerprint) {
	if g.kinds != kindCard.set() || len(r.when) != 1 || len(r.given) > 0 {
		g.rules = append(g.rules, r)
		return
	}
	if g.cards == nil {
		g.cards = map[string]*fingerprint{}
	}
	for i := range r.when[0].texts {
		if prefix := strings.ToUpper(r.when[0].texts[i].mask); g.cards[prefix] == nil {
			g.cards[prefix] = r
		}
	}
}

// matched is a rule that fits, and the text in which it found its mark.
type matched struct {
	rule *fingerprint
	text string
	by   *pattern // what text fits; nil for numbers
}

// vote lets the first rule of each group that fits vote.
func (p *Fingerprints) vote(s *subject, b *ballot) {
	for i := range p.groups {
		g := &p.groups[i]
		if g.kinds&^s.has != 0 {
			continue
		}
		if m, ok := g.first(s); ok {
			b.mark(s, &m)
		}
	}
}

func (g *group) first(s *subject) (matched, bool) {
	for _, r := range g.candidates(s) {
		if m, ok := r.match(s); ok {
			return m, true
		}
	}
	if g.cards == nil {
		return matched{}, false
	}
	for _, n := range cardPrefixes {
		if r := g.cards[string(s.card[:n])]; r != nil {
			return matched{rule: r, text: s.Names.MAC}, true
		}
	}
	return matched{}, false
}

// cardPrefixes are the lengths of prefixes that are registered, in digits,
// longest first.
var cardPrefixes = [...]int{9, 7, 6}

func (r *fingerprint) match(s *subject) (matched, bool) {
	if r.needs&^s.has != 0 {
		return matched{}, false
	}
	m := matched{rule: r}
	for i := range r.when {
		text, by, ok := r.when[i].holds(s)
		if !ok {
			return matched{}, false
		}
		if m.by == nil || m.by.re == nil && by != nil && by.re != nil {
			m.text, m.by = text, by
			if shown := r.when[i].key.shown; shown != nil {
				m.text = shown(s)
			}
		}
	}
	for i := range r.given {
		if _, _, ok := r.given[i].holds(s); !ok {
			return matched{}, false
		}
	}
	return m, true
}

// holds reports whether the condition holds, and for texts which one fits what.
func (c *condition) holds(s *subject) (text string, by *pattern, ok bool) {
	switch {
	case c.key.number != nil:
		n, known := c.key.number(s)
		return "", nil, known && slices.Contains(c.numbers, n)
	case c.key.ports:
		for _, n := range c.numbers {
			if !slices.Contains(s.Clues.Open, uint16(n)) {
				return "", nil, false
			}
		}
		return "", nil, true
	case c.key.text != nil:
		return c.fits(c.key.text(s))
	case c.key.list != nil:
		return c.fitsAny(c.key.list(s))
	}
	return c.fitsEach(s)
}

func (c *condition) fitsEach(s *subject) (text string, by *pattern, ok bool) {
	c.key.each(s, c.label, func(t string) bool {
		text, by, ok = c.fits(t)
		return !ok
	})
	return text, by, ok
}

func (c *condition) fitsAny(list []string) (text string, by *pattern, ok bool) {
	for _, t := range list {
		if text, by, ok = c.fits(t); ok {
			break
		}
	}
	return text, by, ok
}

// fits reports whether a text fits any of the condition's.
func (c *condition) fits(text string) (string, *pattern, bool) {
	if text == "" {
		return "", nil, false
	}
	for i := range c.texts {
		if c.texts[i].match(text) {
			return text, &c.texts[i], true
		}
	}
	return "", nil, false
}

// expand puts the matched text and its parts in the place of $0 to $9.
func (m *matched) expand(template string) string {
	if !strings.Contains(template, "$") {
		return template
	}
	if before, ok := strings.CutSuffix(template, "$0"); ok && !strings.Contains(before, "$") {
		return tidy(before + m.text)
	}
	parts := []string{m.text}
	if m.by != nil && m.by.re != nil {
		parts = m.by.re.FindStringSubmatch(m.text[:min(len(m.text), maxMatchedText)])
		if len(parts) > 0 {
			parts[0] = m.text
		}
	}
	var b strings.Builder
	for i := 0; i < len(template); i++ {
		if template[i] != '$' || i+1 == len(template) {
			b.WriteByte(template[i])
			continue
		}
		i++
		if n := int(template[i] - '0'); n < len(parts) {
			b.WriteString(parts[n])
		}
	}
	return tidy(b.String())
}

// evidence words the mark.
func (m *matched) evidence() string {
	r := m.rule
	key := r.when[0].key
	switch {
	case r.says != "":
		return m.expand(r.says)
	case key.card:
		return "network card of " + r.vendor
	case key.kind == kindName:
		return "name " + tidy(m.text) + " in the style of " + r.vendor
	case key.ports:
		return key.label + " " + portList(r.when[0].numbers)
	case key.number != nil:
		return key.label + " of " + strings.TrimSpace(r.vendor+" "+firstOf(r.model, r.os, r.name))
	}
	return tidy(key.label + " " + m.text)
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

func portList(ports []uint32) string {
	var list []string
	for _, n := range ports {
		list = append(list, strconv.Itoa(int(n)))
	}
	return strings.Join(list, ", ")
}

// maxWords bounds what of a text from the network becomes part of a device's
// description, in bytes.
const maxWords = 200

// tidy cuts a text that is too long, and the blanks around it.
func tidy(s string) string {
	if len(s) > maxWords {
		s = strings.ToValidUTF8(s[:maxWords], "") + "…"
	}
	return strings.TrimSpace(s)
}
