package assess

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"go/scanner"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var updateVersion = flag.Bool("update", false, "write the version of the rules anew")

// TestRulesVersion: whoever changes what hosts are judged by changes the version
// of the rules with it.
func TestRulesVersion(t *testing.T) {
	want := hashSources(t)
	if want == sourcesHash {
		return
	}
	if !*updateVersion {
		t.Fatalf("the rules, or what they rest on, have changed: run go test ./assess -run RulesVersion -update (sources %s, version.go has %s)", want, sourcesHash)
	}
	b, err := os.ReadFile("version.go")
	if err != nil {
		t.Fatal(err)
	}
	b = regexp.MustCompile(`rulesDate   = "[^"]*"`).ReplaceAll(b, []byte(`rulesDate   = "`+time.Now().UTC().Format(time.DateOnly)+`"`))
	b = regexp.MustCompile(`sourcesHash = "[^"]*"`).ReplaceAll(b, []byte(`sourcesHash = "`+want+`"`))
	if err := os.WriteFile("version.go", b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRulesVersionForm(t *testing.T) {
	if v := RulesVersion(); !regexp.MustCompile(`^20\d\d-\d\d-\d\d-[0-9a-f]{8}$`).MatchString(v) || v != RulesVersion() {
		t.Error(v)
	}
}

// unjudging are the sources that judge no host: they join, explain or choose hosts
// that were judged.
var unjudging = []string{"version.go", "doc.go", "join.go", "explain.go", "candidates.go"}

// hashSources hashes the rules, what they call and what they are looked up in.
func hashSources(t *testing.T) string {
	h := sha256.New()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d sources, %v", len(files), err)
	}
	for _, name := range append(files, "fingerprints.yaml", "oui/registry.gz") {
		if strings.HasSuffix(name, "_test.go") || slices.Contains(unjudging, name) {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		writeFields(h, filepath.ToSlash(name))
		switch filepath.Ext(name) {
		case ".go":
			writeTokens(h, b)
		case ".yaml":
			writeFields(h, string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))))
		default:
			writeFields(h, string(b))
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// writeTokens writes what the compiler sees of a source: no comments, no layout.
func writeTokens(w io.Writer, source []byte) {
	var s scanner.Scanner
	files := token.NewFileSet()
	s.Init(files.AddFile("", files.Base(), len(source)), source, nil, 0)
	for {
		_, kind, text := s.Scan()
		if kind == token.EOF {
			return
		}
		if kind == token.SEMICOLON {
			text = ";"
		}
		writeFields(w, kind, text)
	}
}
