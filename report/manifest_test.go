package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
)

func TestManifest(t *testing.T) {
	var m Manifest
	for _, name := range []string{"site.xlsx", "site.html", "a b.csv", "site.xlsx"} {
		sum, err := Sum(strings.NewReader(name))
		if err == nil {
			err = m.Set(name, sum)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	want := ""
	for _, name := range []string{"a b.csv", "site.html", "site.xlsx"} {
		want += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(name)), name)
	}
	if b.String() != want {
		t.Errorf("%s, want %s", b.String(), want)
	}
	back, err := ReadManifest(strings.NewReader("# of sha256sum --binary\r\n\r\n" + strings.ReplaceAll(strings.ReplaceAll(want, "  ", " *"), "\n", "\r\n")))
	if err != nil || strings.Join(back.Names(), "|") != "a b.csv|site.html|site.xlsx" {
		t.Errorf("%q, %v", back.Names(), err)
	}
}

func TestManifestErrors(t *testing.T) {
	sum := strings.Repeat("0a", 32)
	for _, tt := range []struct{ in, want string }{
		{"", "it names no file"},
		{"\n# x\n", "it names no file"},
		{"hello", `line 1: not of the form "HASH  NAME"`},
		{sum + " x", `line 1: not of the form "HASH  NAME"`},
		{sum + "\tx.csv", `line 1: not of the form "HASH  NAME"`},
		{strings.Repeat("zz", 32) + "  x", "line 1: the hash is not of 64 hexadecimal digits"},
		{sum + "  x\n" + sum + "  x\n", "line 2: x is named twice"},
		{sum + "  ../x", `line 1: "../x" is not the name of a file in the same folder`},
		{sum + "  /etc/passwd", `line 1: "/etc/passwd" is not the name of a file in the same folder`},
		{sum + `  ..\x`, `line 1: "..\\x" is not the name of a file in the same folder`},
		{sum + "  C:x", `line 1: "C:x" is not the name of a file in the same folder`},
		{sum + "  ..", `line 1: ".." is not the name of a file in the same folder`},
		{sum + "  x\u202egpj", `line 1: "x\\u202egpj" has characters that cannot be seen`},
		{sum + "  " + strings.Repeat("x", maxManifestLine), "line 1: longer than 4096 bytes"},
	} {
		if _, err := ReadManifest(strings.NewReader(tt.in)); err == nil || err.Error() != tt.want {
			t.Errorf("%.80q: %v, want %s", tt.in, err, tt.want)
		}
	}
	var many strings.Builder
	for i := range maxManifest + 1 {
		fmt.Fprintf(&many, "%s  f%d\n", sum, i)
	}
	if _, err := ReadManifest(strings.NewReader(many.String())); err == nil {
		t.Error("too many files are no error")
	}
}

// FuzzReadManifest: what is read is written as it was, and names nothing elsewhere.
func FuzzReadManifest(f *testing.F) {
	f.Add([]byte(strings.Repeat("0a", 32) + "  site.csv\n"))
	f.Add([]byte("# x\n" + strings.Repeat("0A", 32) + " *a\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ReadManifest(bytes.NewReader(b))
		if err != nil {
			return
		}
		for _, name := range m.Names() {
			if strings.ContainsAny(name, `/\`) || name == ".." {
				t.Errorf("it names %q", name)
			}
		}
		var first, second bytes.Buffer
		m.WriteTo(&first)
		again, err := ReadManifest(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		again.WriteTo(&second)
		if first.String() != second.String() {
			t.Errorf("%q, then %q", first.String(), second.String())
		}
	})
}
