package inventory

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mappingKind is a kind of mapping in a sites file: the keys that it may have,
// and what people write instead of them.
type mappingKind struct {
	name    string
	keys    []string
	meaning map[string]string
}

var sitesKind = &mappingKind{"a sites file", []string{"exclude", "sites"},
	map[string]string{"excludes": "exclude", "excluded": "exclude", "site": "sites"}}

var siteKind = &mappingKind{"a site",
	[]string{"name", "targets", "exclude", "gentle", "owner", "tags", "wave", "time_zone", "window", "schedule", "rate", "catch_up"},
	map[string]string{"networks": "targets", "cidr": "targets", "cidrs": "targets", "hosts": "targets", "subnets": "targets", "excluded": "exclude",
		"tz": "time_zone", "timezone": "time_zone", "zone": "time_zone", "windows": "window", "hours": "window", "scan_window": "window",
		"cron": "schedule", "missed": "catch_up", "contact": "owner", "labels": "tags"}}

// siteField is a key of a mapping with its value.
type siteField struct {
	key   string
	line  int
	value *yaml.Node
}

// maxMerges bounds how deep mappings are merged into each other by <<.
const maxMerges = 8

// mapping returns the fields of a mapping: each key once, only those that it may
// have, and those merged in by << where it has not its own.
func (r *sitesReader) mapping(n *yaml.Node, kind *mappingKind) []siteField {
	return r.merged(n, kind, maxMerges)
}

func (r *sitesReader) merged(n *yaml.Node, kind *mappingKind, depth int) (fields []siteField) {
	n = plain(n)
	if n.Kind != yaml.MappingNode {
		r.add(n.Line, "has %s where %s with its keys is due", nodeText(n), kind.name)
		return nil
	}
	own := map[string]int{}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content) && r.more < maxMore; i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Tag == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if r.known(key, kind, own) {
			own[key.Value] = key.Line
			fields = append(fields, siteField{key.Value, key.Line, value})
		}
	}
	for _, m := range merges {
		fields = r.merge(fields, m, kind, depth)
	}
	return fields
}

// merge adds what << brings in. The fields that are there already stand.
func (r *sitesReader) merge(fields []siteField, from *yaml.Node, kind *mappingKind, depth int) []siteField {
	if depth == 0 {
		r.add(from.Line, "merges (<<) too deep")
		return fields
	}
	list := []*yaml.Node{from}
	if from = plain(from); from.Kind == yaml.SequenceNode {
		list = from.Content
	}
	for _, m := range list {
		if r.values += 1 + len(plain(m).Content); r.values > maxSiteValues {
			r.add(m.Line, "has more than %d values", maxSiteValues)
			return fields
		}
		for _, f := range r.merged(m, kind, depth-1) {
			if !slices.ContainsFunc(fields, func(have siteField) bool { return have.key == f.key }) {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// known reports whether a key may stand there, and was not there before.
func (r *sitesReader) known(key *yaml.Node, kind *mappingKind, before map[string]int) bool {
	switch line, twice := before[key.Value]; {
	case key.Kind != yaml.ScalarNode:
		r.add(key.Line, "has %s where a key of %s is due", nodeText(key), kind.name)
		return false
	case !slices.Contains(kind.keys, key.Value):
		r.add(key.Line, "%q is not a key of %s%s", key.Value, kind.name, kind.suggest(key.Value))
		return false
	case twice:
		r.add(key.Line, "%s is given twice, first in line %d", key.Value, line)
		return false
	}
	return true
}

// suggest says which key was probably meant, or which there are.
func (k *mappingKind) suggest(word string) string {
	folded := strings.ReplaceAll(strings.ToLower(word), "-", "_")
	if slices.Contains(k.keys, folded) {
		return "; did you mean " + folded + "?"
	}
	if key := k.meaning[folded]; key != "" {
		return "; did you mean " + key + "?"
	}
	return cmp.Or(meant(word, k.keys), ": it has "+strings.Join(k.keys, ", "))
}

// sequence returns the items of a list; none where nothing is written.
func (r *sitesReader) sequence(n *yaml.Node, what string) []*yaml.Node {
	n = plain(n)
	switch {
	case isNull(n):
		return nil
	case n.Kind != yaml.SequenceNode:
		r.add(n.Line, "%s has %s where a list is due: write %s: [...]", what, nodeText(n), what)
		return nil
	}
	if r.values += len(n.Content); r.values > maxSiteValues {
		r.add(n.Line, "has more than %d values", maxSiteValues)
		return nil
	}
	return n.Content
}

// scalar returns a single value; ok is false, and it is noted, if it is none.
func (r *sitesReader) scalar(n *yaml.Node, what string) (text string, ok bool) {
	n = plain(n)
	switch {
	case isNull(n):
		return "", true
	case n.Kind != yaml.ScalarNode:
		r.add(n.Line, "%s has %s where one value is due", what, nodeText(n))
		return "", false
	}
	return n.Value, true
}

// list returns a list of texts.
func (r *sitesReader) list(n *yaml.Node, what string) (list siteList) {
	for _, item := range r.sequence(n, what) {
		text, ok := r.scalar(item, what)
		switch {
		case ok && strings.TrimSpace(text) == "":
			r.add(item.Line, "%s has an empty entry", what)
		case ok:
			list.texts, list.lines = append(list.texts, text), append(list.lines, item.Line)
		}
	}
	return list
}

// plain returns the node that an alias stands for. An alias never stands for
// another one.
func plain(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// nodeText says what stands at a place, for errors.
func nodeText(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if isNull(n) {
			return "nothing"
		}
		return quoted(n.Value)
	}
	return "something else"
}
