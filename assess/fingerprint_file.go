package assess

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// builtinFile holds the rules that come with the program, and in its head the
// description of the form.
//
//go:embed fingerprints.yaml
var builtinFile []byte

const builtinName = "fingerprints.yaml"

// builtinFingerprints are the rules of builtinFile. The first call reads them.
var builtinFingerprints = sync.OnceValue(func() *Fingerprints {
	p := new(Fingerprints)
	rules, err := readFingerprints(builtinName, bytes.NewReader(builtinFile))
	if err != nil {
		panic("assess: the built-in " + err.Error()) // a fault of the build, which a test finds
	}
	p.rules = rules
	p.compile()
	return p
})

// Bounds of a rule file.
const (
	maxFingerprintFile = 1 << 20 // bytes
	maxFingerprints    = 4000
	maxValues          = 400 // of one condition
	maxExpressions     = 1500
	maxFingerprintText = 200 // bytes of a name, a vendor, a model and so on
)

// LoadFingerprints reads a file of rules, called name in errors, in the form
// that assess/fingerprints.yaml explains. Its rules go before the built-in ones,
// and one of the same name takes a built-in one's place. The whole file is
// checked; an error names the line and the rule.
func LoadFingerprints(name string, r io.Reader) (*Fingerprints, error) {
	rules, err := readFingerprints(name, r)
	if err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for i := range rules {
		named[rules[i].name] = true
	}
	for _, b := range builtinFingerprints().rules {
		if !named[b.name] {
			rules = append(rules, b)
		}
	}
	p := &Fingerprints{rules: rules}
	p.compile()
	return p, nil
}

// fingerprintFile is a rule file while it is read.
type fingerprintFile struct {
	name        string
	lines       map[string]int // of each rule
	expressions int
}

// readFingerprints reads the rules of one file.
func readFingerprints(name string, r io.Reader) ([]fingerprint, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFingerprintFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxFingerprintFile {
		return nil, fmt.Errorf("%s: longer than %d KiB", name, maxFingerprintFile>>10)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	var doc, more yaml.Node
	if err := d.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, yamlError(name, err)
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s:%d: a second document (---); a file holds one", name, max(more.Line, 1))
	}
	f := &fingerprintFile{name: name, lines: map[string]int{}}
	return f.rules(&doc)
}

// yamlError words what YAML says: "yaml: line 3: mapping values are not allowed".
func yamlError(name string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		return fmt.Errorf("%s:%s", name, rest)
	}
	return fmt.Errorf("%s: %s", name, text)
}

// wrong is an error at a line, within a rule if its name is known.
func (f *fingerprintFile) wrong(n *yaml.Node, rule, format string, args ...any) error {
	where := ""
	if rule != "" {
		where = "rule " + strconv.Quote(rule) + ": "
	}
	return fmt.Errorf("%s:%d: %s%s", f.name, n.Line, where, fmt.Sprintf(format, args...))
}

func (f *fingerprintFile) rules(doc *yaml.Node) ([]fingerprint, error) {
	if len(doc.Content) != 1 {
		return nil, fmt.Errorf("%s: lists no rules", f.name)
	}
	top, err := f.fields(doc.Content[0], "", "a rule file", []string{"rules"})
	if err != nil {
		return nil, err
	}
	list := top["rules"]
	switch {
	case list == nil || list.Kind != yaml.SequenceNode || len(list.Content) == 0:
		return nil, fmt.Errorf("%s: lists no rules", f.name)
	case len(list.Content) > maxFingerprints:
		return nil, fmt.Errorf("%s: has %d rules; %d are the most", f.name, len(list.Content), maxFingerprints)
	}
	rules := make([]fingerprint, len(list.Content))
	for i, n := range list.Content {
		if err := f.rule(n, &rules[i]); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// fields returns the values of a mapping by key. A key that is not among the
// known ones, or occurs twice, is an error, and so are aliases and merges, by
// which a small file would grow without bound.
func (f *fingerprintFile) fields(n *yaml.Node, rule, what string, known []string) (map[string]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, f.wrong(n, rule, "%s is due, with a key and a value", what)
	}
	values := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case value.Kind == yaml.AliasNode || key.Kind == yaml.AliasNode || value.Anchor != "" || key.Anchor != "":
			return nil, f.wrong(key, rule, "anchors (&) and aliases (*) are not taken; write the value out, or in quotes")
		case known != nil && !slices.Contains(known, key.Value):
			return nil, f.wrong(key, rule, "%s has no %q; it has %s", what, key.Value, strings.Join(known, ", "))
		case values[key.Value] != nil:
			return nil, f.wrong(key, rule, "%q occurs twice", key.Value)
		}
		values[key.Value] = value
	}
	return values, nil
}

// ruleFields are what a rule has; note and source are for readers of the file.
var ruleFields = []string{"name", "when", "given", "class", "weight", "vendor", "model", "os", "says", "note", "source"}

func (f *fingerprintFile) rule(n *yaml.Node, r *fingerprint) error {
	name := ""
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "name" && n.Content[i+1].Kind == yaml.ScalarNode {
			name = n.Content[i+1].Value
		}
	}
	v, err := f.fields(n, clipName(name), "a rule", ruleFields)
	if err != nil {
		return err
	}
	r.line = n.Line
	if r.name, err = f.ruleName(n, name); err != nil {
		return err
	}
	for _, t := range []struct {
		key  string
		into *string
	}{{"vendor", &r.vendor}, {"model", &r.model}, {"os", &r.os}, {"says", &r.says}, {"note", new(string)}, {"source", new(string)}} {
		if err := f.words(v[t.key], r, t.key, t.into); err != nil {
			return err
		}
	}
	if err := f.meaning(n, v, r); err != nil {
		return err
	}
	if r.when, err = f.conditions(n, v["when"], r, "when"); err != nil {
		return err
	}
	if v["given"] != nil {
		if r.given, err = f.conditions(n, v["given"], r, "given"); err != nil {
			return err
		}
	}
	return f.finish(n, r)
}

func clipName(name string) string {
	if len(name) > maxFingerprintText {
		return strings.ToValidUTF8(name[:maxFingerprintText], "") + "…"
	}
	return name
}

func (f *fingerprintFile) ruleName(n *yaml.Node, name string) (string, error) {
	switch {
	case name == "":
		return "", f.wrong(n, "", "a rule has no name")
	case len(name) > maxFingerprintText:
		return "", f.wrong(n, clipName(name), "the name is longer than %d bytes", maxFingerprintText)
	case f.lines[name] != 0:
		return "", f.wrong(n, name, "the name occurs twice, the first time in line %d", f.lines[name])
	}
	f.lines[name] = n.Line
	return name, nil
}

// words reads a text of a rule. A note and a source may be long; nothing but
// the size of the file bounds them.
func (f *fingerprintFile) words(n *yaml.Node, r *fingerprint, key string, into *string) error {
	switch {
	case n == nil:
		return nil
	case n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "":
		return f.wrong(n, r.name, "%s is not a text", key)
	case key != "note" && key != "source" && len(n.Value) > maxFingerprintText:
		return f.wrong(n, r.name, "%s is longer than %d bytes", key, maxFingerprintText)
	}
	*into = n.Value
	return nil
}

// meaning reads the class and the weight.
func (f *fingerprintFile) meaning(rule *yaml.Node, v map[string]*yaml.Node, r *fingerprint) error {
	class, heft := v["class"], v["weight"]
	switch {
	case class == nil:
		return f.wrong(rule, r.name, "has no class")
	case heft == nil:
		return f.wrong(rule, r.name, "has no weight")
	}
	c := slices.Index(classNames[:], class.Value)
	if c < 0 {
		return f.wrong(class, r.name, "%q is no class; the classes are %s", class.Value, strings.Join(classNames[:], ", "))
	}
	w := slices.Index(weightNames[:], heft.Value)
	if w < 0 {
		return f.wrong(heft, r.name, "%q is no weight; the weights are %s", heft.Value, strings.Join(weightNames[:], ", "))
	}
	r.class, r.weight = Class(c), weight(w)
	return nil
}

// finish checks what concerns several parts of a rule.
func (f *fingerprintFile) finish(n *yaml.Node, r *fingerprint) error {
	for i := range r.when {
		r.marks |= r.when[i].key.kind.set()
	}
	r.needs = r.marks
	slices.SortStableFunc(r.when, func(a, b condition) int {
		switch {
		case a.key.rare == b.key.rare:
			return 0
		case a.key.rare:
			return -1
		}
		return 1
	})
	for i := range r.given {
		r.needs |= r.given[i].key.kind.set()
	}
	groups := r.groups()
	for _, t := range []string{r.model, r.os, r.says} {
		for i := 0; i < len(t); i++ {
			if t[i] != '$' {
				continue
			}
			i++
			if i == len(t) || t[i] < '0' || t[i] > '9' {
				return f.wrong(n, r.name, "%q: after $ a digit is due", t)
			}
			if part := int(t[i] - '0'); part > groups {
				return f.wrong(n, r.name, "%q: not every pattern of the rule has the group %d", t, part)
			}
		}
	}
	return nil
}

// groups returns how many groups the patterns have from which the rule's words
// are taken: the fewest of any.
func (r *fingerprint) groups() int {
	fewest := -1
	for i := range r.when {
		for j := range r.when[i].texts {
			if re := r.when[i].texts[j].re; re != nil && (fewest < 0 || re.NumSubexp() < fewest) {
				fewest = re.NumSubexp()
			}
		}
	}
	for i := range r.when {
		c := &r.when[i]
		mixed := slices.ContainsFunc(c.texts, func(p pattern) bool { return p.re != nil }) &&
			slices.ContainsFunc(c.texts, func(p pattern) bool { return p.re == nil })
		if mixed {
			return 0
		}
	}
	return max(fewest, 0)
}
