package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplaceLate: what came to stand at an output's name while a scan ran is not lost
// either.
func TestReplaceLate(t *testing.T) {
	for _, tt := range []struct{ name, content, want string }{
		{"a store", "SQLite format 3\x00...", "an SQLite database"},
		{"a key", "Bag Attributes\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "a private key"},
		{"a certificate", "-----BEGIN CERTIFICATE-----\n", "a key or a certificate"},
		{"a report", "address,name\n", ""},
		{"one that speaks of keys", "note -----BEGIN PRIVATE KEY-----\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "site.csv")
			s, err := (&output{file: file}).open(nil)
			if err != nil {
				t.Fatal(err)
			}
			defer s.discard()
			s.Write([]byte("new"))
			if err := os.WriteFile(file, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			err = s.commit()
			now, readErr := os.ReadFile(file)
			if readErr != nil {
				t.Fatal(readErr)
			}
			if tt.want == "" && (err != nil || string(now) != "new") {
				t.Errorf("%v, %q", err, now)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || string(now) != tt.content) {
				t.Errorf("%v, %q; want %q", err, now, tt.want)
			}
		})
	}
}
