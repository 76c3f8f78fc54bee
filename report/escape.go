package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks a letter may carry. Two occur in
// Vietnamese, three in pointed Hebrew.
const maxMarks = 3

// Escape makes text from the network safe to show: control characters, escape
// sequences, characters that change the direction of writing, and everything
// else that has no shape of its own are written out (\x1b, \u202e), and so are
// bytes that are not UTF-8 (\xff) and marks piled up on one letter, which would
// spill over other lines. Backslashes stay as they are, because
// DOMAIN\user is common; the result is for reading, not for decoding.
func Escape(s string) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	marks := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		marks++
		if !unicode.Is(unicode.M, r) {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case visible(r) && marks <= maxMarks:
			b.WriteRune(r)
		default:
			b.WriteString(escapeRune(r))
		}
		i += n
	}
	return b.String()
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func escapeRune(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r <= 0x7f:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	default:
		return fmt.Sprintf(`\u%04x`, r)
	}
}

// visible reports whether r takes up its place in a line and nothing else.
// unicode.IsPrint excludes controls, formats (direction marks, zero widths,
// tags) and all spaces but the plain one; blank lists what it lets through.
func visible(r rune) bool { return unicode.IsPrint(r) && !unicode.Is(blank, r) }

// blank holds the letters, marks and symbols that show nothing: the combining
// grapheme joiner, Hangul fillers, inherent Khmer vowels, Mongolian and other
// variation selectors, and the empty Braille pattern.
var blank = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x034f, Hi: 0x034f, Stride: 1}, {Lo: 0x115f, Hi: 0x1160, Stride: 1}, {Lo: 0x17b4, Hi: 0x17b5, Stride: 1},
		{Lo: 0x180b, Hi: 0x180f, Stride: 1}, {Lo: 0x2800, Hi: 0x2800, Stride: 1}, {Lo: 0x3164, Hi: 0x3164, Stride: 1},
		{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1}, {Lo: 0xffa0, Hi: 0xffa0, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0xe0100, Hi: 0xe01ef, Stride: 1}},
}
