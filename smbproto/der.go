package smbproto

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// DER tags of SPNEGO, RFC 4178 4.2.
const (
	derOctetString = 0x04
	derOID         = 0x06
	derEnumerated  = 0x0a
	derGeneral     = 0x1b
	derSequence    = 0x30
	derApplication = 0x60
	derContext0    = 0xa0 // [0]; [1] to [4] follow
)

// maxOID bounds an object identifier, in bytes.
const maxOID = 32

// der reads one element and returns its tag and a reader of its content. Longer
// forms of a length than needed are accepted, as servers send them.
func (r *reader) der(field string) (tag byte, content reader) {
	tag = r.u8(field)
	n := uint64(r.u8(field))
	if n >= 0x80 {
		size := int(n & 0x7f)
		if size == 0 || size > 4 {
			r.fail(field, r.off-1, fmt.Sprintf("length of %d bytes, not 1 to 4", size))
		}
		n = 0
		for range min(size, 4) {
			n = n<<8 | uint64(r.u8(field))
		}
	}
	start := r.off
	b := r.slice(uint64(start), n, field)
	r.off += len(b)
	return tag, reader{b: b, base: r.base + start, message: r.message, err: r.err}
}

// derWant reads one element, which must have the given tag.
func (r *reader) derWant(want byte, field string) reader {
	start := r.off
	tag, content := r.der(field)
	if r.err == nil && tag != want {
		r.fail(field, start, fmt.Sprintf("tag 0x%02x, not 0x%02x", tag, want))
		content.b, content.err = nil, r.err
	}
	return content
}

// oid reads an object identifier. Known ones cost no allocation.
func (r *reader) oid(field string) Mechanism {
	content := r.derWant(derOID, field)
	if content.err != nil {
		return ""
	}
	for _, m := range encodedMechs {
		if bytes.Equal(content.b, m.oid) {
			return m.mechanism
		}
	}
	if n := len(content.b); n == 0 || n > maxOID || content.b[n-1] >= 0x80 {
		r.fail(field, r.off-n, fmt.Sprintf("object identifier of %d bytes, or cut off", n))
		return ""
	}
	return decodeOID(content.b)
}

// decodeOID returns an object identifier in dotted form, [X.690] 8.19. Numbers
// of more than 64 bits wrap: they name nothing.
func decodeOID(b []byte) Mechanism {
	var text []byte
	value := uint64(0)
	for _, c := range b {
		if value = value<<7 | uint64(c&0x7f); c >= 0x80 {
			continue
		}
		if text == nil { // the first number holds two
			root := min(value/40, 2)
			text = strconv.AppendUint(text, root, 10)
			value -= root * 40
		}
		text = strconv.AppendUint(append(text, '.'), value, 10)
		value = 0
	}
	return Mechanism(text)
}

// encodeOID is the reverse of decodeOID. Text that is no object identifier
// becomes an empty one.
func encodeOID(m Mechanism) []byte {
	for _, known := range encodedMechs {
		if m == known.mechanism {
			return known.oid
		}
	}
	var b []byte
	first, rest, _ := strings.Cut(string(m), ".")
	root, err := strconv.ParseUint(first, 10, 8)
	for i := 0; rest != "" && err == nil; i++ {
		var number string
		var value uint64
		number, rest, _ = strings.Cut(rest, ".")
		value, err = strconv.ParseUint(number, 10, 64)
		if i == 0 {
			value += root * 40
		}
		b = appendBase128(b, value)
	}
	if err != nil {
		return nil
	}
	return b
}

// appendBase128 appends a number of an object identifier, its highest bits
// first; all bytes but the last have their top bit set.
func appendBase128(b []byte, value uint64) []byte {
	shift := 0
	for value>>shift >= 0x80 {
		shift += 7
	}
	for ; shift > 0; shift -= 7 {
		b = append(b, 0x80|byte(value>>shift))
	}
	return append(b, byte(value&0x7f))
}

// derElement returns an element with its length in the shortest form.
func derElement(tag byte, content []byte) []byte {
	n := len(content)
	b := make([]byte, 0, n+5)
	switch {
	case n < 0x80:
		b = append(b, tag, byte(n))
	case n < 0x100:
		b = append(b, tag, 0x81, byte(n))
	case n < 0x10000:
		b = append(b, tag, 0x82, byte(n>>8), byte(n))
	default:
		b = append(b, tag, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, content...)
}
