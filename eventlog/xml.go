package eventlog

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

var (
	elementStart = []byte("<Event")
	elementEnd   = []byte("</Event>")
)

// readXML reads the <Event> elements of a file, with a root around them or
// without. Each is parsed for itself, so that a damaged one costs itself only.
func (s *source) readXML(in *bufio.Reader) error {
	var buf []byte
	chunk := make([]byte, 256<<10)
	var r record
	for {
		n, err := in.Read(chunk)
		buf = s.elements(append(buf, chunk[:n]...), &r)
		if len(buf) > maxRow {
			s.count(reasonLongElement, 1)
			buf = resume(buf[len(elementStart):])
		}
		switch {
		case errors.Is(err, io.EOF):
			if len(buf) > 0 && startOf(buf) == 0 {
				s.count(reasonElement, 1)
			}
			return nil
		case err != nil:
			return err
		}
	}
}

// elements reads the whole elements at the start of a text, and returns the rest.
func (s *source) elements(buf []byte, r *record) []byte {
	rest := resume(buf)
	for {
		end := bytes.Index(rest, elementEnd)
		if end < 0 {
			break
		}
		end += len(elementEnd)
		element := rest[:end]
		rest = resume(rest[end:])
		for { // one that begins within another: the outer has no end
			i := startOf(element[1:])
			if i < 0 {
				break
			}
			s.count(reasonElement, 1)
			element = element[1+i:]
		}
		s.element(element, r)
	}
	return append(buf[:0], rest...)
}

func (s *source) element(element []byte, r *record) {
	if len(element) > maxRow {
		s.count(reasonLongElement, 1)
		return
	}
	r.reset()
	if err := parseXML([]byte(utf8Of(element)), r); err != nil {
		s.count(reasonElement, 1)
		return
	}
	s.take(r)
}

// resume returns a text from its first element on, or from where one may begin
// that is not all there yet.
func resume(b []byte) []byte {
	if i := startOf(b); i >= 0 {
		return b[i:]
	}
	return b[max(0, len(b)-len(elementStart)):]
}

// startOf returns where an <Event> begins, or -1. <Events> and <EventID> are
// others.
func startOf(b []byte) int {
	for from := 0; ; {
		i := bytes.Index(b[from:], elementStart)
		if i < 0 {
			return -1
		}
		if from += i + len(elementStart); from < len(b) && strings.IndexByte(" \t\r\n>/", b[from]) >= 0 {
			return from - len(elementStart)
		}
	}
}

// maxElements bounds the elements of one event, and maxNesting how deep they are
// looked at.
const (
	maxElements = 10_000
	maxNesting  = 16
)

// parseXML reads an event, or the part of one that an outer form holds. What
// comes before a fault is taken in.
func parseXML(b []byte, r *record) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	p := xmlParser{record: r}
	for range maxElements {
		t, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF) && p.depth == 0:
			return nil
		case err != nil:
			return err
		}
		if !p.token(t) {
			return errors.New("elements are not nested")
		}
	}
	return errors.New("too many elements")
}

// xmlParser keeps where the parser is.
type xmlParser struct {
	record *record
	depth  int
	names  [maxNesting]string // of the elements around
	data   string             // name of the current Data element
	text   []byte
	leaf   bool // nothing but text since the element began
}

// token takes in a token. It reports false when an end has no start.
func (p *xmlParser) token(t xml.Token) bool {
	switch t := t.(type) {
	case xml.StartElement:
		p.start(t)
	case xml.EndElement:
		if p.depth == 0 {
			return false
		}
		p.end()
	case xml.CharData:
		if p.leaf && len(p.text) < maxRow {
			p.text = append(p.text, t...)
		}
	}
	return true
}

func (p *xmlParser) start(t xml.StartElement) {
	name := plain(t.Name.Local)
	p.data, p.text, p.leaf = "", p.text[:0], true
	for _, a := range t.Attr {
		switch {
		case name == "data" && a.Name.Local == "Name":
			p.data = a.Value
		default:
			p.record.set(locate(name, plain(a.Name.Local)), a.Value)
		}
	}
	if p.depth < maxNesting {
		p.names[p.depth] = name
	}
	p.depth++
}

func (p *xmlParser) end() {
	p.depth--
	if p.leaf && p.depth < maxNesting {
		p.value(p.names[p.depth], strings.TrimSpace(string(p.text)))
	}
	p.leaf = false
}

// value takes in an element that holds nothing but text.
func (p *xmlParser) value(name, value string) {
	switch {
	case name == "data" && p.data != "":
		p.record.field(p.data, value)
	case name == "data":
		p.record.property(value)
	case p.depth > 0:
		p.record.set(locate(p.names[p.depth-1], name), value)
	default:
		p.record.set(locate("", name), value)
	}
}
