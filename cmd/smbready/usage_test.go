package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"smbready/scanner/verify"
)

// TestHelpWidth reads the help of every command: a narrow terminal breaks longer lines
// where it will.
func TestHelpWidth(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		var out bytes.Buffer
		args := append(strings.Fields(cmd.CommandPath())[1:], "--help")
		if code := run(t.Context(), args, strings.NewReader(""), &out, &out); code != 0 {
			t.Errorf("%s: exit code %d", cmd.CommandPath(), code)
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpWidth {
				t.Errorf("%s: %d columns: %s", cmd.CommandPath(), n, line)
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, ui: newUI(io.Discard, io.Discard)}
	walk(a.rootCommand())
}

// TestEnvironmentHelp looks for every variable of this program's own in its help.
func TestEnvironmentHelp(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{verify.SecretVariable}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") {
			names = append(names, regexp.MustCompile(`"SMBREADY_[A-Z_]+\w"`).FindAllString(string(text), -1)...)
		}
	}
	if len(names) < 8 {
		t.Errorf("only %q were found", names)
	}
	for _, name := range names {
		if name = strings.Trim(name, `"`); !regexp.MustCompile(`\b` + name + `\b`).MatchString(environment) {
			t.Errorf("%s is missing", name)
		}
	}
}
