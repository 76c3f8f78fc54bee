package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Bounds of a file of exceptions.
const (
	maxExceptionFile = 4 << 20 // bytes
	maxExceptions    = 20_000
)

// ReadExceptions reads a file of exceptions, called name in errors: YAML with
// the one key exceptions, a list. Of each, device, policy, by, why and until have
// to be there, and id, site, accepted and seen may be. A key that it does not know or
// that occurs twice, a day that is none, an exception that is there twice, an
// anchor and a second document are errors; they name the line.
func ReadExceptions(name string, r io.Reader) ([]Exception, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxExceptionFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxExceptionFile {
		return nil, fmt.Errorf("%s: longer than %d MiB", name, maxExceptionFile>>20)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	var doc, more yaml.Node
	if err := d.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, exceptionSyntax(name, err)
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s:%d: a second document (---); a file holds one", name, max(more.Line, 1))
	}
	f := &exceptionFile{name: name, lines: map[string]int{}}
	return f.read(&doc)
}

// exceptionSyntax words what YAML says: "yaml: line 3: did not find ...".
func exceptionSyntax(name string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		return fmt.Errorf("%s:%s", name, rest)
	}
	return fmt.Errorf("%s: %s", name, text)
}

// exceptionFile is a file of exceptions while it is read.
type exceptionFile struct {
	name  string
	lines map[string]int // of each exception, by its ID
}

func (f *exceptionFile) wrong(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", f.name, max(n.Line, 1), fmt.Sprintf(format, args...))
}

func (f *exceptionFile) read(doc *yaml.Node) ([]Exception, error) {
	if len(doc.Content) != 1 {
		return nil, fmt.Errorf("%s: lists no exceptions; a file that has none says \"exceptions: []\"", f.name)
	}
	top, err := f.mapping(doc.Content[0], "a file of exceptions", []string{"exceptions"})
	if err != nil {
		return nil, err
	}
	list := top["exceptions"]
	switch {
	case list == nil || list.Kind != yaml.SequenceNode:
		return nil, f.wrong(doc.Content[0], "under \"exceptions\" a list is due; a file that has none says \"exceptions: []\"")
	case len(list.Content) > maxExceptions:
		return nil, f.wrong(list, "%d exceptions; %d are the most", len(list.Content), maxExceptions)
	}
	all := make([]Exception, len(list.Content))
	for i, n := range list.Content {
		if err := f.exception(n, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// exceptionKeys are what an exception has.
var exceptionKeys = []string{"device", "policy", "by", "why", "until", "site", "id", "accepted", "seen"}

// mapping returns the values of a mapping by key. Anchors and aliases, by which
// a small file would grow without bound, are errors.
func (f *exceptionFile) mapping(n *yaml.Node, what string, known []string) (map[string]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, f.wrong(n, "%s is due, with keys and values", what)
	}
	values := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind == yaml.AliasNode || value.Kind == yaml.AliasNode || key.Anchor != "" || value.Anchor != "":
			return nil, f.wrong(key, "anchors (&) and aliases (*) are not taken; write the value out, or in quotes")
		case !slices.Contains(known, key.Value):
			return nil, f.wrong(key, "%s has no %q; it has %s", what, clip(key.Value), strings.Join(known, ", "))
		case values[key.Value] != nil:
			return nil, f.wrong(key, "%q occurs twice", key.Value)
		}
		values[key.Value] = value
	}
	return values, nil
}

func (f *exceptionFile) exception(n *yaml.Node, e *Exception) error {
	v, err := f.mapping(n, "an exception", exceptionKeys)
	if err != nil {
		return err
	}
	for _, t := range e.fields() {
		if err := f.text(v[t.key], t); err != nil {
			return err
		}
	}
	for _, d := range []struct {
		key  string
		into *time.Time
	}{{"until", &e.Until}, {"accepted", &e.Accepted}} {
		if err := f.day(v[d.key], d.key, d.into); err != nil {
			return err
		}
	}
	if v["seen"] != nil {
		if e.Seen, err = f.seen(v["seen"]); err != nil {
			return err
		}
	}
	if err := e.Check(); err != nil {
		return f.wrong(n, "the exception %s", err)
	}
	return f.once(n, e)
}

func (f *exceptionFile) text(n *yaml.Node, t exceptionField) error {
	if n == nil {
		return nil // Check says what has to be there
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return f.wrong(n, "%s is not a text", t.key)
	}
	*t.text = n.Value
	if err := t.check(); err != nil {
		return f.wrong(n, "the exception %s", err)
	}
	return nil
}

// seenKeys are what is known of the device of an exception.
var seenKeys = []string{"address", "names", "macs", "server_guids", "site", "run", "date"}

// seen reads what the device was when the exception was accepted.
func (f *exceptionFile) seen(n *yaml.Node) (*SeenDevice, error) {
	v, err := f.mapping(n, "what was seen of the device", seenKeys)
	if err != nil {
		return nil, err
	}
	d := new(SeenDevice)
	for _, l := range d.lists() {
		if err := f.seenList(v[l.key], l); err != nil {
			return nil, err
		}
	}
	if a := v["address"]; a != nil {
		if d.Address, err = netip.ParseAddr(a.Value); err != nil || a.Kind != yaml.ScalarNode {
			return nil, f.wrong(a, "address wants an address such as 10.1.2.3, not %q", clip(a.Value))
		}
	}
	for _, t := range d.texts() {
		n := v[t.key]
		if n == nil {
			continue
		}
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			return nil, f.wrong(n, "%s is not a text", t.key)
		}
		*t.text = n.Value
	}
	return d, f.day(v["date"], "date", &d.Date)
}

func (f *exceptionFile) seenList(n *yaml.Node, l seenList) error {
	switch {
	case n == nil:
		return nil
	case n.Kind != yaml.SequenceNode:
		return f.wrong(n, "%s wants a list, such as [A, B]", l.key)
	case len(n.Content) > maxSeen:
		return f.wrong(n, "%d %s; %d are the most", len(n.Content), l.key, maxSeen)
	}
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode || item.Tag == "!!null" || item.Anchor != "" {
			return f.wrong(item, "%s lists what is not a text", l.key)
		}
		if err := l.check(item.Value); err != nil {
			return f.wrong(item, "%s lists %s", l.key, err)
		}
		*l.list = append(*l.list, item.Value)
	}
	return nil
}

// day reads a date without a time, as ISO 8601 has it.
func (f *exceptionFile) day(n *yaml.Node, key string, into *time.Time) error {
	if n == nil {
		return nil
	}
	day, err := ParseDay(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		return f.wrong(n, "%s wants a day such as 2027-03-31, not %q", key, clip(n.Value))
	}
	*into = day
	return nil
}

// ParseDay reads a day such as 2027-03-31 and returns 00:00 UTC of it.
func ParseDay(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err == nil && day.Year() < 2000 {
		err = errors.New("long ago")
	}
	return day, err
}

// once gives an exception its ID and refuses one that is there already.
func (f *exceptionFile) once(n *yaml.Node, e *Exception) error {
	given := e.ID != ""
	e.Identify()
	if line := f.lines[e.ID]; line != 0 && given {
		return f.wrong(n, "the id %q occurs twice, the first time in line %d", e.ID, line)
	} else if line != 0 {
		return f.wrong(n, "the same device, site and policy as in line %d", line)
	}
	f.lines[e.ID] = n.Line
	return nil
}
