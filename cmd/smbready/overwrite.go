package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"smbready/inventory"
)

// checkOutput refuses an --output that would take the place of what the command reads,
// or of its store, before it does anything.
func checkOutput(cmd *cobra.Command, args []string) error {
	files := outputFiles(cmd.Flags())
	if len(files) == 0 {
		return nil
	}
	o := output{}
	for _, name := range files {
		o.more = append(o.more, output{file: name})
	}
	if err := o.isNot(filesRead(cmd, args)); err != nil {
		return err
	}
	db := ""
	if f := cmd.Flags().Lookup("db"); f != nil {
		db = f.Value.String()
	}
	path := storeFile(dbName(db))
	for _, name := range files {
		switch {
		case path == "":
		case samePlace(name, path):
			return hintError{usagef("%s is the store: it would be lost", name), otherOutput}
		case slices.ContainsFunc(sidesOf(path), func(side string) bool { return samePlace(name, side) }):
			return hintError{usagef("%s belongs to the store %s: it would be lost", name, path), otherOutput}
		}
	}
	return nil
}

const otherOutput = "name another file with -o"

// outputFiles are the files that --output names.
func outputFiles(fl *pflag.FlagSet) []string {
	f := fl.Lookup("output")
	if f == nil || f.Value.String() == "" {
		return nil
	}
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{f.Value.String()}
}

// filesRead names the files that a command may read, by its arguments and by its flags,
// which say so in their help. Some of the names may be of no file.
func filesRead(cmd *cobra.Command, args []string) (names []string) {
	targets := cmd.Flags().Lookup("exclude") != nil // its arguments are targets, which are files with an @ alone
	for _, arg := range args {
		if list, ok := strings.CutPrefix(arg, "@"); ok || !targets {
			names = append(names, arg, list)
		}
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		what, _ := pflag.UnquoteUsage(f)
		switch {
		case f.Name == "output":
		case f.Name == "sites":
			if names = append(names, values...); isRegular(values[0]) { // what a pipe has is there once
				names = append(names, listsOf(values[0])...)
			}
		case what == "file" || f.Name == "since":
			names = append(names, values...)
		case f.Name == "exclude":
			names = append(names, listFiles(values)...)
		}
	})
	return names
}

// listsOf names the lists of targets that a sites file names. What is wrong with that
// file is said when it is read.
func listsOf(file string) []string {
	sites, err := inventory.ReadSites(file)
	if err != nil {
		return nil
	}
	names := listFiles(sites.Exclude)
	for _, site := range sites.Sites {
		names = append(append(names, listFiles(site.Targets)...), listFiles(site.Exclude)...)
	}
	return names
}

func listFiles(targets []string) (names []string) {
	for _, t := range targets {
		if name, ok := strings.CutPrefix(t, "@"); ok {
			names = append(names, name)
		}
	}
	return names
}

func isRegular(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// sqliteSides are the endings of the files that belong to one of SQLite.
var sqliteSides = []string{"-wal", "-shm", "-journal", "-lock"}

func sidesOf(path string) (list []string) {
	for _, side := range sqliteSides {
		list = append(list, path+side)
	}
	return list
}

// samePlace reports whether two names are of one file, which need not be there yet.
func samePlace(a, b string) bool {
	one, err := os.Stat(a)
	two, other := os.Stat(b)
	if err == nil && other == nil {
		return os.SameFile(one, two)
	}
	return realPath(a) == realPath(b)
}

// realPath is the path of a file as the system has it, also of one that is not there.
func realPath(name string) string {
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		return real
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err != nil {
		return name
	}
	return filepath.Join(folder, filepath.Base(name))
}

// isNot refuses to write over a file that is to be read: it would be lost.
func (o *output) isNot(names []string) error {
	for _, part := range o.parts() {
		to, err := os.Stat(part.file)
		if part.file == "" || err != nil {
			continue
		}
		for _, name := range names {
			if from, err := os.Stat(name); err == nil && os.SameFile(from, to) && to.Mode().IsRegular() {
				return hintError{usagef("%s is to be read and to be written: it would be lost", part.file), otherOutput}
			}
		}
	}
	return nil
}

// mayReplace refuses to put a file in the place of one that is no report: whatever the
// command reads, a mistyped name must not cost a store or a key. Nor must it cost what
// was reviewed.
func (s *sink) mayReplace() error {
	if s.final == "" {
		return nil // no file
	}
	is, err := irreplaceable(s.final)
	if err != nil {
		return hintError{fmt.Errorf("cannot write %s: what is there cannot be looked at: %w", s.name, reason(err)), otherOutput}
	}
	if is != "" {
		return hintError{usagef("%s is %s: it would be lost", s.name, is), otherOutput}
	}
	if s.sums {
		return nil // notesOf looks
	}
	return checkNoted(s.final)
}

var (
	scheduleFile = regexp.MustCompile(`^smbready-schedule-[0-9a-f]{16}\.`) // which it keeps beside its store
	sqliteStart  = []byte("SQLite format 3\x00")
	pemStart     = []byte("-----BEGIN ")
	privateKey   = regexp.MustCompile(`(?m)^-----BEGIN [A-Z0-9 ]*PRIVATE KEY`)
)

// irreplaceable says what a file is that no report may take the place of; empty where it
// may, or there is none.
func irreplaceable(name string) (string, error) {
	start, err := beginning(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	switch {
	case err != nil:
		return "", err
	case bytes.HasPrefix(start, sqliteStart):
		return "an SQLite database", nil
	case privateKey.Match(start):
		return "a private key", nil
	case bytes.HasPrefix(start, pemStart):
		return "a key or a certificate", nil
	case scheduleFile.MatchString(filepath.Base(name)):
		return "what the schedule notes of a site", nil
	}
	for _, side := range sqliteSides {
		path, ok := strings.CutSuffix(name, side)
		if !ok {
			continue
		}
		if start, err := beginning(path); err == nil && bytes.HasPrefix(start, sqliteStart) {
			return "of the SQLite database " + path, nil
		}
	}
	return "", nil
}

// beginning reads the first bytes of a file, nothing of what is none.
func beginning(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxKeyFile))
}
