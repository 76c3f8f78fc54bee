package report

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func markdownOf(t testing.TB, r *Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteMarkdown(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestQuoted(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", "-"}, {" \t", "`\\t`"}, {"fs1.corp", "`fs1.corp`"}, {"a`b``c", "`a\\x60b\\x60\\x60c`"}, {"a|b", "`a\\x7cb`"},
		{"@all #1 [x](http://y)", "`@all #1 [x](http://y)`"}, {"a\nb", "`a\\nb`"}, {"\u202ex", "`\\u202ex`"}, {"<b>", "`<b>`"},
	} {
		if got := Quoted(tt.in); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestMarked(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"plain words, 3 of 4.", "plain words, 3 of 4."}, {"a*b_c", `a\*b\_c`}, {"[x](y)", `\[x\](y)`}, {"<b>&", `\<b\>\&`}, {"a|b", `a\|b`},
		{"- item", `\- item`}, {"# head", `\# head`}, {"mail x@y", "mail x(at)y"}, {"see https://x", `see https:\/\/x`}, {"a\nb", `a\\nb`}, {"`x`", "\\`x\\`"},
	} {
		if got := Marked(tt.in); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.in, got, tt.want)
		}
	}
}

// FuzzQuoted: what is quoted is one piece of code, of one line, that ends no cell.
func FuzzQuoted(f *testing.F) {
	for _, s := range append(hostile, "`", "``|`", "|", "a\n|b|") {
		f.Add(s[:min(len(s), 200)])
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Quoted(s)
		mustBeVisible(t, got)
		if got == "-" {
			return
		}
		if inner := got[1 : len(got)-1]; got[0] != '`' || got[len(got)-1] != '`' || inner == "" || strings.ContainsAny(inner, "`|\n") {
			t.Errorf("%q: %s", s, got)
		}
		if m := Marked(s); strings.ContainsAny(m, "\n@") {
			t.Errorf("%q: %s", s, m)
		}
	})
}

// TestMarkdownShort: a ticket stays short, and says what it left out.
func TestMarkdownShort(t *testing.T) {
	r := manyHosts(t, 3000)
	r.judge = arbitrary
	text := markdownOf(t, r)
	if n := strings.Count(text, "\n"); n > 200 {
		t.Errorf("%d lines", n)
	}
	if !strings.Contains(text, " left out here") {
		t.Error("it does not say what it left out")
	}
}

// TestMarkdownHostile: what a device says adds no line and no cell.
func TestMarkdownHostile(t *testing.T) {
	page := func(text string) string {
		a, b := server("10.0.0.1", "A"), server("10.0.0.2", text)
		a.SMB2.Dialects = nil
		fill(reflect.ValueOf(&b.Names).Elem(), text)
		a.Site, b.Site = text, "HQ"
		r := runOf(t, a, b)
		r.judge = arbitrary
		r.Header.Site, r.Header.Scope, r.Header.ID, r.Header.Tool = text, []string{text}, text, text
		return markdownOf(t, r)
	}
	want := page("harmless")
	for _, text := range append(hostile, "x | y\n| z |", "`|`", "@all") {
		got := page(text)
		mustBeVisible(t, got)
		if strings.Count(got, "\n") != strings.Count(want, "\n") || strings.Count(got, "|") != strings.Count(want, "|") {
			t.Errorf("%.60q:\n%s", text, got)
		}
	}
}
