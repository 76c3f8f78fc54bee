package diff

import (
	"bytes"
	"hash/maphash"
)

// volatile are the fields of a host's line that differ between two scans of a host
// in which nothing changed: times, and the raw answer, which holds one.
var volatile = [][]byte{[]byte(`"time":"`), []byte(`"ms":`), []byte(`"system_time":"`), []byte(`"boot_time":"`), []byte(`"raw":"`)}

// Lasting appends to buf what lasts of the line of a host: the line with the values
// of these fields emptied, which stays JSON if the line is as inventory.Writer
// writes it. Two hosts of which the same lasts differ in nothing that Compare looks
// at.
//
// A quotation mark within a text has a backslash before it in JSON, so that a name
// in quotation marks after a comma or a brace is one of a field.
func Lasting(buf, line []byte) []byte { return without(buf, line, volatile) }

// WithoutRaw appends the line of a host to buf with the raw answers emptied, which
// are a third of it, and evidence that nothing is judged by.
func WithoutRaw(buf, line []byte) []byte { return without(buf, line, volatile[rawField:]) }

// rawField is where that field stands in volatile.
const rawField = 4

// without appends a line with the values of some fields emptied.
func without(buf, line []byte, fields [][]byte) []byte {
	rest := bytes.TrimRight(line, "\r\n")
	for from := 0; ; {
		at := bytes.IndexByte(rest[from:], '"')
		if at < 0 {
			return append(buf, rest...)
		}
		at += from
		name := fieldAt(rest, at, fields)
		if name == nil {
			from = at + 1
			continue
		}
		buf = append(buf, rest[:at+len(name)]...)
		if rest, from = rest[at+len(name):], 0; name[len(name)-1] == '"' {
			rest = pastText(rest)
		} else {
			buf, rest = append(buf, '0'), bytes.TrimLeft(rest, "-+.eE0123456789")
		}
	}
}

// fieldAt returns the one of the fields that begins at a quotation mark, or nil.
func fieldAt(b []byte, at int, fields [][]byte) []byte {
	if at == 0 || b[at-1] != ',' && b[at-1] != '{' {
		return nil
	}
	for _, name := range fields {
		if bytes.HasPrefix(b[at:], name) {
			return name
		}
	}
	return nil
}

// pastText returns what is left of a text of which nothing else counts: what begins
// with its closing quotation mark. Neither a time nor base64 holds one, or a
// backslash; what does counts in full.
func pastText(b []byte) []byte {
	end := bytes.IndexByte(b, '"')
	if end < 0 || bytes.IndexByte(b[:end], '\\') >= 0 {
		return b
	}
	return b[end:]
}

// Hash returns a hash of what lasts of a line, never 0.
func (k *Keyer) Hash(lasting []byte) uint64 { return max(1, maphash.Bytes(k.seed, lasting)) }
