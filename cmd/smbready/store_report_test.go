package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smbready/internal/pgtest"
)

// TestReportsOfBothDatabases: the kind of store leaves no trace in a report.
func TestReportsOfBothDatabases(t *testing.T) {
	dbs := []string{filepath.Join(t.TempDir(), "a.db"), pgtest.Start(t)}
	file := filepath.Join(t.TempDir(), "site.jsonl")
	_, text, err := recordInto(t, &storing{to: &fakeStore{left: -1}}, output{format: "json", file: file})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, db := range dbs {
		inProcess(t, "runs", "import", file, "--db", db)
	}
	for _, args := range [][]string{
		{"report", "-f", "text"}, {"report", "-f", "text", "-v"}, {"report", "-f", "csv"}, {"report", "-f", "json"}, {"runs", "export"}, {"runs", "list", "-f", "json"},
	} {
		var first string
		for i, db := range dbs {
			got := inProcess(t, append(args, "--db", db)...)
			if i == 0 {
				first = got
			}
			if got != first || got == "" {
				t.Errorf("%s: PostgreSQL and SQLite differ:\n%s\n%s", strings.Join(args, " "), got, first)
			}
		}
		if args[0] == "report" {
			if got := inProcess(t, append([]string{"report", file}, args[1:]...)...); got != first && args[2] != "json" {
				t.Errorf("%s: the file and the store differ:\n%s\n%s", strings.Join(args, " "), got, first)
			}
		}
	}
}

// inProcess runs a command that must succeed, and returns what it writes.
func inProcess(t *testing.T, args ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	if code := run(t.Context(), args, os.Stdin, &out, &said); code != 0 {
		t.Fatalf("%v: code %d: %s", args, code, said.String())
	}
	return out.String()
}
