package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// wide holds the characters that take two columns of a terminal: East Asian
// wide and full-width forms and emoji, coarsely. Too wide only costs a little
// room.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0xa4cf, Stride: 1}, {Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, {Lo: 0xff00, Hi: 0xff60, Stride: 1},
		{Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0x1f000, Hi: 0x1faff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1}},
}

// width returns the columns that s takes. Combining marks count as one, so that
// a name made of them cannot outgrow its column.
func width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r >= 0x1100 && unicode.Is(wide, r) {
		return 2
	}
	return 1
}

// clip shortens s to at most limit columns; an ellipsis shows that it did.
func clip(s string, limit int) string {
	if len(s) <= limit || width(s) <= limit {
		return s
	}
	return s[:prefix(s, limit-1)] + "…"
}

// prefix returns the length in bytes of the longest beginning of s that takes
// at most limit columns.
func prefix(s string, limit int) int {
	n := 0
	for i, r := range s {
		if n += runeWidth(r); n > limit {
			return i
		}
	}
	return len(s)
}

// pad fills s up with spaces to n columns.
func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-width(s))) }

func firstRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// wrap breaks text into lines of at most limit columns, between words where it
// can. A limit of 0 means one line.
func wrap(text string, limit int) []string {
	words := wordsOf(text)
	if limit <= 0 {
		return []string{strings.Join(words, " ")}
	}
	var lines []string
	line, used := "", 0
	for _, word := range words {
		n := width(word)
		if used > 0 && used+1+n > limit {
			lines, line, used = append(lines, line), "", 0
		}
		for n > limit { // nowhere to break it
			head := word[:max(prefix(word, limit), len(firstRune(word)))]
			lines, word, n = append(lines, head), word[len(head):], n-width(head)
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+n
	}
	return append(lines, line)
}

// wordsOf returns what may stand on lines of its own: a percent sign stays with
// its number.
func wordsOf(text string) []string {
	words := strings.Fields(text)
	kept := words[:0]
	for _, w := range words {
		if n := len(kept); n > 0 && strings.TrimRight(w, ".,;)") == "%" && endsInDigit(kept[n-1]) {
			kept[n-1] += " " + w
			continue
		}
		kept = append(kept, w)
	}
	return kept
}

func endsInDigit(s string) bool { return s != "" && s[len(s)-1] >= '0' && s[len(s)-1] <= '9' }

// Wrap breaks text into lines of at most width columns.
func Wrap(text string, width int) string { return strings.Join(wrap(text, width), "\n") }
