package assess

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// conditions reads the mapping under when or given, in the order of the file.
func (f *fingerprintFile) conditions(rule, n *yaml.Node, r *fingerprint, what string) ([]condition, error) {
	switch {
	case n == nil:
		return nil, f.wrong(rule, r.name, "has no %s", what)
	case n.Kind != yaml.MappingNode || len(n.Content) == 0:
		return nil, f.wrong(n, r.name, "%s has no condition", what)
	}
	if _, err := f.fields(n, r.name, what, slices.Sorted(maps.Keys(conditionKeys))); err != nil {
		return nil, err
	}
	var list []condition
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i].Value, n.Content[i+1]
		key := conditionKeys[name]
		if !key.record {
			c := condition{key: key}
			if err := f.values(value, r, name, &c); err != nil {
				return nil, err
			}
			list = append(list, c)
			continue
		}
		records, err := f.records(value, r, name, key)
		if err != nil {
			return nil, err
		}
		list = append(list, records...)
	}
	return list, nil
}

// records reads the conditions on a TXT record: a mapping of its keys, which
// are lower case in the facts.
func (f *fingerprintFile) records(n *yaml.Node, r *fingerprint, name string, key *conditionKey) ([]condition, error) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		return nil, f.wrong(n, r.name, "%s: keys of the TXT record are due, each with its value", name)
	}
	if _, err := f.fields(n, r.name, name, nil); err != nil {
		return nil, err
	}
	var list []condition
	for i := 0; i+1 < len(n.Content); i += 2 {
		c := condition{key: key, label: strings.ToLower(n.Content[i].Value)}
		if c.label == "" {
			return nil, f.wrong(n.Content[i], r.name, "%s: a key is empty", name)
		}
		if err := f.values(n.Content[i+1], r, name, &c); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// values reads a value or a list of them.
func (f *fingerprintFile) values(n *yaml.Node, r *fingerprint, name string, c *condition) error {
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	switch {
	case len(list) == 0:
		return f.wrong(n, r.name, "%s is empty and would never hold", name)
	case len(list) > maxValues:
		return f.wrong(n, r.name, "%s has %d values; %d are the most", name, len(list), maxValues)
	}
	for _, v := range list {
		if v.Kind != yaml.ScalarNode || v.Anchor != "" || v.Tag == "!!null" {
			return f.wrong(v, r.name, "%s: a value or a list of values is due", name)
		}
		if err := f.value(v, r, name, c); err != nil {
			return err
		}
	}
	return nil
}

func (f *fingerprintFile) value(v *yaml.Node, r *fingerprint, name string, c *condition) error {
	switch {
	case c.key.number != nil || c.key.ports:
		bits := 32
		if c.key.ports {
			bits = 16
		}
		n, err := strconv.ParseUint(v.Value, 0, bits)
		if err != nil || c.key.ports && n == 0 {
			return f.wrong(v, r.name, "%s: %q is no number of %d bits", name, clipName(v.Value), bits)
		}
		c.numbers = append(c.numbers, uint32(n))
		return nil
	case c.key.of != nil && !slices.Contains(c.key.of, v.Value):
		return f.wrong(v, r.name, "%s: %q is none of %s", name, clipName(v.Value), strings.Join(c.key.of, ", "))
	case c.key.card:
		return f.card(v, r, name, c)
	}
	p, err := parsePattern(v.Value)
	if err != nil {
		return f.wrong(v, r.name, "%s: %v", name, err)
	}
	if p.re != nil {
		if f.expressions++; f.expressions > maxExpressions {
			return f.wrong(v, r.name, "more than %d regular expressions in the file", maxExpressions)
		}
	}
	c.texts = append(c.texts, p)
	return nil
}

// card reads the prefix of a network address.
func (f *fingerprintFile) card(v *yaml.Node, r *fingerprint, name string, c *condition) error {
	var digits []byte
	for i := range len(v.Value) {
		switch b := v.Value[i]; {
		case b == ':' || b == '-' || b == '.':
		case isHex(b):
			digits = append(digits, b)
		default:
			return f.wrong(v, r.name, "%s: %q is no prefix of 6, 7 or 9 hexadecimal digits", name, clipName(v.Value))
		}
	}
	if !slices.Contains(cardPrefixes[:], len(digits)) {
		return f.wrong(v, r.name, "%s: %q is no prefix of 6, 7 or 9 hexadecimal digits", name, clipName(v.Value))
	}
	c.texts = append(c.texts, pattern{mask: strings.ToUpper(string(digits)), trail: true})
	return nil
}
