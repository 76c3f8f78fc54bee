package smbproto

import (
	"bytes"
	"strings"
	"testing"
)

func TestDecodeUTF16(t *testing.T) {
	for _, tt := range []struct{ b, want string }{
		{"", ""},
		{"4100", "A"},
		{"3cd8 fcdf", "🏼"},
		{"3cd8", "\ufffd"},            // high surrogate at the end
		{"3cd8 4100", "\ufffdA"},      // high surrogate alone
		{"fcdf 4100", "\ufffdA"},      // low surrogate alone
		{"3cd8 3cd8 fcdf", "\ufffd🏼"}, // two high ones
		{"4100 42", "A\ufffd"},        // odd byte
		{"fffe", "\ufeff"},            // a byte order mark is text
		{"0000 4100", "\x00A"},        // counted text may hold zeros
	} {
		if got := decodeUTF16(wire(tt.b)); got != tt.want {
			t.Errorf("decodeUTF16(%s) = %q, want %q", tt.b, got, tt.want)
		}
	}
}

func TestAppendUTF16(t *testing.T) {
	if got, want := appendUTF16(nil, "Aä🏼\xff"), wire("4100 e400 3cd8 fcdf fdff"); !bytes.Equal(got, want) {
		t.Errorf("encoded %x, want %x", got, want)
	}
}

// TestOEM decodes and encodes every byte.
func TestOEM(t *testing.T) {
	var all []byte
	for c := range 256 {
		all = append(all, byte(c))
	}
	text := decodeOEM(all)
	if got := appendOEM(nil, text); !bytes.Equal(got, all) {
		t.Errorf("encoded %x", got)
	}
	if got := decodeOEM(wire("80 9a ff")); got != "ÇÜ\u00a0" {
		t.Errorf("decoded %q", got)
	}
	if got := string(appendOEM(nil, "жA\xff")); got != "?A?" {
		t.Errorf("encoded %q, want question marks", got)
	}
}

func TestTextIsCut(t *testing.T) {
	if got := decodeOEM(bytes.Repeat([]byte{0x9a}, 100_000)); got != strings.Repeat("Ü", maxText) {
		t.Errorf("OEM text of %d bytes", len(got))
	}
	if got := decodeUTF16(bytes.Repeat(wire("3404"), 50_000)); got != strings.Repeat("д", maxText) {
		t.Errorf("UTF-16 text of %d bytes", len(got))
	}
}

func TestCutText(t *testing.T) {
	for _, tt := range []struct {
		b       string
		unicode bool
		text    string
		rest    string
	}{
		{"", false, "", ""},
		{"", true, "", ""},
		{"4142 00 43", false, "AB", "43"},
		{"4142", false, "AB", ""},
		{"00", false, "", ""},
		{"4100 0000 42", true, "A", "42"},
		{"4100", true, "A", ""},
		{"4100 00", true, "A", ""},
		{"4100 42", true, "A\ufffd", ""},
		{"0041 0000", true, "\u4100", ""}, // zeros that are not aligned end nothing
		{"00", true, "", ""},
	} {
		text, rest := cutText(wire(tt.b), tt.unicode)
		if text != tt.text || !bytes.Equal(rest, wire(tt.rest)) {
			t.Errorf("cutText(%s, %v) = %q, %x; want %q, %s", tt.b, tt.unicode, text, rest, tt.text, tt.rest)
		}
	}
}
