package eventlog

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of JSON.
const (
	maxDepth  = 32 // of what is looked at
	maxLevels = 8  // of objects around the events
	maxCached = 4096
)

// readJSON reads the objects of a file: lines of them, an array, several one
// after the other, or any of these within another object.
func (s *source) readJSON(in *bufio.Reader) error {
	sc := &jsonScanner{source: s, names: &jsonNames{cache: map[jsonName]place{}}}
	chunk := make([]byte, 256<<10)
	for {
		n, err := in.Read(chunk)
		sc.feed(chunk[:n])
		switch {
		case errors.Is(err, io.EOF):
			sc.end()
			return nil
		case err != nil:
			return err
		}
	}
}

// jsonScanner finds objects in a stream, and hands each to the parser. One that
// is not an event may hold some; it and one that is too long are entered.
type jsonScanner struct {
	source  *source
	names   *jsonNames
	level   int
	depth   int // of brackets within the object
	quoted  bool
	escaped bool
	newline bool   // the last byte was one
	buf     []byte // the object so far
	skip    bool   // it is too long, and not looked at
	inner   *jsonScanner
	record  record
}

// feed takes in a part of the stream. It returns at the end of the object around
// it, with how much it took.
func (j *jsonScanner) feed(part []byte) (taken int, ended bool) {
	start := 0 // of the object's part in this one
	for i := 0; i < len(part); i++ {
		if j.inner != nil {
			n, ended := j.inner.feed(part[i:])
			if i, start = i+n, i+n; !ended {
				return len(part), false
			}
			j.inner, j.depth = nil, 0
			i--
			continue
		}
		c := part[i]
		if j.newline && c == '{' && j.depth > 0 { // an object at the start of a line: the one before has no end
			j.broken()
		}
		j.newline = c == '\n'
		switch {
		case j.quoted:
			i = j.text(part, i)
		case c == '"':
			j.quoted = true
		case c == '{' || c == '[' && j.depth > 0:
			if j.depth == 0 {
				start, j.buf = i, j.buf[:0]
			}
			j.depth++
		case c == '}' && j.depth == 0 && j.level > 0:
			return i + 1, true
		case (c == '}' || c == ']') && j.depth > 0:
			if j.depth--; j.depth == 0 {
				j.object(part[start : i+1])
			}
		}
	}
	if j.depth > 0 {
		j.keep(part[start:])
	}
	return len(part), false
}

// text passes over a string. A line that ends within one shows that its quote is
// not closed.
func (j *jsonScanner) text(part []byte, i int) int {
	if j.escaped {
		j.escaped = false
		return i
	}
	k := bytes.IndexAny(part[i:], "\"\\\n")
	if k < 0 {
		return len(part) - 1
	}
	switch i += k; part[i] {
	case '"':
		j.quoted = false
	case '\\':
		j.escaped = true
	default:
		j.newline = true
		j.broken()
	}
	return i
}

// broken gives up an object that has no end.
func (j *jsonScanner) broken() {
	if j.depth > 0 {
		j.source.count(reasonObject, 1)
	}
	j.depth, j.quoted, j.escaped, j.skip, j.buf = 0, false, false, false, j.buf[:0]
}

// keep keeps the part of an object that goes on in the next part of the stream.
func (j *jsonScanner) keep(part []byte) {
	switch {
	case j.skip:
	case len(j.buf)+len(part) <= maxRow:
		j.buf = append(j.buf, part...)
	case j.level < maxLevels:
		inner := &jsonScanner{source: j.source, names: j.names, level: j.level + 1}
		held := append(j.buf, part...)
		j.buf, j.quoted, j.escaped = nil, false, false
		if _, ended := inner.feed(held[1:]); !ended {
			j.inner = inner
			return
		}
		j.broken() // its brackets do not match
	default:
		j.source.count(reasonLongObject, 1)
		j.skip, j.buf = true, nil
	}
}

// object takes in the last part of an object.
func (j *jsonScanner) object(last []byte) {
	whole := last
	if len(j.buf) > 0 {
		j.buf = append(j.buf, last...)
		whole, j.buf = j.buf, j.buf[:0]
	}
	if j.skip {
		j.skip = false
		return
	}
	j.record.reset()
	p := jsonParser{s: utf8Of(whole), record: &j.record, names: j.names}
	if !p.object("", 0) {
		j.source.count(reasonObject, 1)
		return
	}
	if p.lists && j.level < maxLevels && !j.record.tells() {
		inner := &jsonScanner{source: j.source, names: j.names, level: j.level + 1}
		inner.feed(bytes.Clone(whole[1 : len(whole)-1]))
		return
	}
	j.source.take(&j.record)
}

// end tells of an object that the file ends within.
func (j *jsonScanner) end() {
	if j.inner != nil {
		j.inner.end()
	}
	j.broken()
}

// jsonName is a name and the one above it, as they stand in the file.
type jsonName struct{ above, name string }

// jsonNames remembers what names mean.
type jsonNames struct{ cache map[jsonName]place }

func (n *jsonNames) place(above, name string) place {
	p, found := n.cache[jsonName{above, name}]
	if found || len(name) > maxPath {
		return p
	}
	p = locatePath(plain(above), name)
	if len(n.cache) < maxCached && len(above) <= maxPath {
		n.cache[jsonName{strings.Clone(above), strings.Clone(name)}] = p
	}
	return p
}

// jsonParser reads one object. It is lenient: what it passes over need not be
// JSON in every respect.
type jsonParser struct {
	s      string
	i      int
	record *record
	names  *jsonNames
	lists  bool // there are lists of objects, which may be events of their own
}

func (p *jsonParser) blank() {
	for p.i < len(p.s) && (p.s[p.i] == ' ' || p.s[p.i] == '\n' || p.s[p.i] == '\r' || p.s[p.i] == '\t') {
		p.i++
	}
}

// is passes over a byte, if it is next.
func (p *jsonParser) is(c byte) bool {
	p.blank()
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

// object reads an object, whose own name is above. It reports false for what is
// none.
func (p *jsonParser) object(above string, depth int) bool {
	if !p.is('{') {
		return false
	}
	if p.is('}') {
		return true
	}
	for {
		name, ok := p.text(true)
		if !ok || !p.is(':') || !p.value(above, name, depth) {
			return false
		}
		if p.is('}') {
			return true
		}
		if !p.is(',') {
			return false
		}
	}
}

// value reads the value of a name.
func (p *jsonParser) value(above, name string, depth int) bool {
	p.blank()
	if p.i >= len(p.s) {
		return false
	}
	switch p.s[p.i] {
	case '{':
		if depth >= maxDepth {
			return p.pass()
		}
		return p.object(name, depth+1)
	case '[':
		return p.list(above, name)
	}
	at := p.names.place(above, name)
	v, ok := p.scalar(at.slot != slotNone)
	if ok {
		p.record.set(at, v)
	}
	return ok
}

// scalar reads a string, a number or a word; null reads as "".
func (p *jsonParser) scalar(wanted bool) (string, bool) {
	p.blank()
	if p.i < len(p.s) && p.s[p.i] == '"' {
		return p.text(wanted)
	}
	start := p.i
	for p.i < len(p.s) && !strings.ContainsRune(",]}{[:\" \t\r\n", rune(p.s[p.i])) {
		p.i++
	}
	v := p.s[start:p.i]
	if v == "null" {
		return "", true
	}
	return v, v != ""
}

// text reads a string, and takes it apart if it is wanted.
func (p *jsonParser) text(wanted bool) (string, bool) {
	if !p.is('"') {
		return "", false
	}
	start, escapes := p.i, false
	for {
		k := strings.IndexAny(p.s[p.i:], `"\`)
		if k < 0 {
			return "", false
		}
		p.i += k
		if p.s[p.i] == '"' {
			break
		}
		escapes = true
		if p.i += 2; p.i > len(p.s) {
			return "", false
		}
	}
	v := p.s[start:p.i]
	p.i++
	if escapes && wanted {
		v = unescape(v)
	}
	return v, true
}

// unescape replaces the escapes of a string, [RFC 8259] 7.
func unescape(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 || i+1 >= len(s) {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		c := s[i+1]
		s = s[i+2:]
		switch c {
		case 'n', 'r', 't', 'b', 'f':
			b.WriteByte(' ')
		case 'u':
			var r rune
			r, s = unicodeEscape(s)
			b.WriteRune(r)
		default:
			b.WriteByte(c)
		}
	}
}

// unicodeEscape reads what follows \u, of which two may make one letter.
func unicodeEscape(s string) (rune, string) {
	r, rest := fourDigits(s)
	if !utf16.IsSurrogate(r) || !strings.HasPrefix(rest, `\u`) {
		return r, rest
	}
	low, after := fourDigits(rest[2:])
	if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
		return pair, after
	}
	return utf8.RuneError, rest
}

func fourDigits(s string) (rune, string) {
	if len(s) < 4 {
		return utf8.RuneError, ""
	}
	n, err := strconv.ParseUint(s[:4], 16, 16)
	if err != nil {
		return utf8.RuneError, s[4:]
	}
	return rune(n), s[4:]
}

// list reads a list: the values of an event, bytes, or else its first value.
func (p *jsonParser) list(above, name string) bool {
	at := p.names.place(above, name)
	if at.slot == slotProperty || len(name) == 4 && strings.EqualFold(name, "data") && strings.HasSuffix(strings.ToLower(above), "data") {
		return p.properties()
	}
	start := p.i
	if at.slot == slotNone {
		if next := strings.TrimLeft(p.s[p.i+1:], " \t\r\n"); strings.HasPrefix(next, "{") {
			p.lists = true
		}
		return p.pass()
	}
	if b, ok := p.bytes(); ok {
		p.record.set(at, hex.EncodeToString(b))
		return true
	}
	p.i = start + 1
	if p.blank(); p.i < len(p.s) && p.s[p.i] != '[' && p.s[p.i] != '{' && p.s[p.i] != ']' {
		if v, ok := p.scalar(true); ok {
			p.record.set(at, v)
		}
	}
	p.i = start
	return p.pass()
}

// bytes reads a list of numbers from 0 to 255, as PowerShell writes a binary
// value.
func (p *jsonParser) bytes() (b []byte, ok bool) {
	const most = 256
	if !p.is('[') {
		return nil, false
	}
	for len(b) < most {
		v, _ := p.scalar(true)
		n, err := strconv.ParseUint(v, 10, 8)
		if err != nil {
			return nil, false
		}
		b = append(b, byte(n))
		if p.is(']') {
			return b, len(b) >= 16
		}
		if !p.is(',') {
			return nil, false
		}
	}
	return nil, false
}

// properties reads the values of an event that have no names, or have them
// within: {"Value": 1}, 1, {"@Name": "ClientName", "#text": "SCAN7"}.
func (p *jsonParser) properties() bool {
	if !p.is('[') {
		return false
	}
	if p.is(']') {
		return true
	}
	for {
		if !p.property() {
			return false
		}
		if p.is(']') {
			return true
		}
		if !p.is(',') {
			return false
		}
	}
}

func (p *jsonParser) property() bool {
	p.blank()
	if p.i >= len(p.s) {
		return false
	}
	switch p.s[p.i] {
	case '{':
		return p.wrapped()
	case '[':
		p.record.property("")
		return p.pass()
	}
	v, ok := p.scalar(true)
	if ok {
		p.record.property(v)
	}
	return ok
}

// wrapped reads a value in an object.
func (p *jsonParser) wrapped() bool {
	p.i++
	name, value := "", ""
	for !p.is('}') {
		key, ok := p.text(true)
		if !ok || !p.is(':') {
			return false
		}
		v, ok := p.simple()
		if !ok {
			return false
		}
		switch plain(key) {
		case "name":
			name = v
		case "value", "text", "content":
			value = v
		}
		if !p.is(',') && (p.i >= len(p.s) || p.s[p.i] != '}') {
			return false
		}
	}
	if name != "" {
		p.record.field(name, value)
	} else {
		p.record.property(value)
	}
	return true
}

// simple reads any value as a text: bytes in hexadecimal, other lists and
// objects as "".
func (p *jsonParser) simple() (string, bool) {
	p.blank()
	if p.i >= len(p.s) {
		return "", false
	}
	start := p.i
	switch p.s[p.i] {
	case '[':
		if b, ok := p.bytes(); ok {
			return hex.EncodeToString(b), true
		}
		p.i = start
		return "", p.pass()
	case '{':
		return "", p.pass()
	}
	return p.scalar(true)
}

// pass passes over a list or an object, however deep, by its brackets.
func (p *jsonParser) pass() bool {
	depth := 0
	for ; p.i < len(p.s); p.i++ {
		switch p.s[p.i] {
		case '"':
			if _, ok := p.text(false); !ok {
				return false
			}
			p.i--
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				p.i++
				return true
			}
		}
	}
	return false
}
