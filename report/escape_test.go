package report

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{`CORP\user`, `CORP\user`},
		{"Büro 3, 東京", "Büro 3, 東京"},
		{"\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"a\nb\rc\td\x00", `a\nb\rc\td\x00`},
		{"\x7f\u0085\u009b", `\x7f\u0085\u009b`},
		{"\u202eevil\u2066x\u2069\u200e\u200f", `\u202eevil\u2066x\u2069\u200e\u200f`},
		{"a\u200bb\ufeffc\u00add\u3164", `a\u200bb\ufeffc\u00add\u3164`},
		{"\u2028\u2029\u00a0", `\u2028\u2029\u00a0`},
		{"\U000e0041", `\U000e0041`},
		{"ok\xff\xfe", `ok\xff\xfe`},
		{"e\u0301", "e\u0301"},
		{"e\u0301\u0301\u0301\u0301", "e\u0301\u0301\u0301" + `\u0301`},
	} {
		if got := Escape(tt.in); got != tt.want {
			t.Errorf("Escape(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

// mustBeVisible fails if s has a character that a terminal would obey or not
// show. Newlines are part of the layout.
func mustBeVisible(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("invalid UTF-8 in %.200q", s)
	}
	bad := func(r rune) bool {
		return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r))
	}
	if i := strings.IndexFunc(s, bad); i >= 0 {
		t.Fatalf("invisible character at %d: %.200q", i, s[max(0, i-50):])
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"plain", "\x1b]0;t\x07", "\u202e\u2069", "\xff\xc0\x80", "\u200b\ufe0f", "a\u0301\u0301\u0301\u0301", "東京東京", "\U000e0001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Escape(s)
		mustBeVisible(t, strings.ReplaceAll(got, "\n", "\x00"))
		if again := Escape(got); again != got {
			t.Errorf("escaped twice: %q, then %q", got, again)
		}
		for _, n := range []int{1, 2, 10} {
			if clipped := clip(got, n); width(clipped) > n {
				t.Errorf("clip(%q, %d) = %q", got, n, clipped)
			}
			for _, l := range wrap(got, n+1) {
				if width(l) > n+1 {
					t.Errorf("wrap(%q, %d) has %q", got, n+1, l)
				}
			}
		}
	})
}
