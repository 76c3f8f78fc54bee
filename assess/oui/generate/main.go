// Command generate makes the built-in table from CSV files of the registry
// (https://standards-oui.ieee.org/), which are public:
//
//	go run ./generate -o registry.gz oui.csv mam.csv oui36.csv iab.csv
//
// The table in the tree has 24-bit blocks of March 2026, from oui.csv of the Go
// module github.com/endobit/oui v0.7.0, and the smaller blocks of August 2022,
// from Debian's package ieee-data 20220827.1.
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"os"

	"smbready/assess/oui"
)

func main() {
	out := flag.String("o", "registry.gz", "write the table to `FILE`")
	flag.Parse()
	if err := run(*out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(out string, files []string) error {
	if len(files) == 0 {
		return errors.New("name the CSV files of the registry")
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	table, err := read(files)
	if err != nil {
		return err
	}
	if _, err := table.WriteTo(z); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	fmt.Printf("%d prefixes in %d bytes\n", table.Len(), packed.Len())
	return os.WriteFile(out, packed.Bytes(), 0o644)
}

// read loads the files as one: of a prefix in two of them the later one counts.
func read(files []string) (*oui.Table, error) {
	var tables []*oui.Table
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		t, err := oui.Load(name, bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return oui.Merge(tables...), nil
}
