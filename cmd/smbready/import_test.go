package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportDamagedGzip shows that damage in a compressed capture costs what comes
// after it, and is said.
func TestImportDamagedGzip(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("testdata", "scan-to-folder.pcap.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		edit func([]byte) []byte
		said string
	}{
		{"whole", func(b []byte) []byte { return b }, ""},
		{"checksum", func(b []byte) []byte { b[len(b)-6] ^= 0xff; return b }, "ends in the middle"},
		{"cut off", func(b []byte) []byte { return b[:len(b)-400] }, "ends in the middle"},
		{"rubbish behind", func(b []byte) []byte { return append(b, "rubbish behind"...) }, "ends in the middle"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a.pcap.gz")
			if err := os.WriteFile(file, test.edit(bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, said bytes.Buffer
			if code := run(context.Background(), []string{"import", file, "-f", "csv", "--db", "none"}, nil, &out, &said); code != 0 {
				t.Fatalf("code %d: %s", code, said.String())
			}
			if !strings.Contains(out.String(), "\n10.1.0.20,") || !strings.Contains(said.String(), test.said) || test.said == "" && said.Len() > 0 {
				t.Errorf("it says %q and writes\n%s", said.String(), out.String())
			}
		})
	}
}
