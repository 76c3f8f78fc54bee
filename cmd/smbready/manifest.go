package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"smbready/report"
)

// checkManifest makes sure, before anything is sent, that the hash of the file can be
// noted beside it.
func (s *sink) checkManifest() error {
	if s.final == "" {
		return usagef("--manifest is about files, and %s is none", s.name)
	}
	name := filepath.Base(s.final)
	if name == report.ManifestName {
		return hintError{usagef("the manifest itself is called %s", name), "name another file with -o"}
	}
	m, err := readManifestBeside(s.final)
	if err != nil {
		return hintError{err, "move it away, or leave out --manifest"}
	}
	if err := m.Set(name, [sha256.Size]byte{}); err != nil {
		return usageError{fmt.Errorf("--manifest: %w", err)}
	}
	return nil
}

// manifestBeside names the manifest of the folder that a file is in.
func manifestBeside(file string) string {
	return filepath.Join(filepath.Dir(file), report.ManifestName)
}

// readManifestBeside reads the manifest of the folder that a file is in. Where there is
// none it is empty.
func readManifestBeside(file string) (*report.Manifest, error) {
	name := manifestBeside(file)
	m, err := readManifest(name)
	if errors.Is(err, fs.ErrNotExist) {
		return new(report.Manifest), nil
	}
	return m, err
}

func readManifest(name string) (*report.Manifest, error) {
	f, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := report.ReadManifest(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// openRegular opens a file that is one: a pipe would keep the program waiting.
func openRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, reason(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("cannot read %s: it is not a file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, reason(err))
	}
	return f, nil
}

// addToManifest notes the hash of a file in the manifest beside it. The manifest has
// its old content or its new one at any time; of two programs that note something in
// the same moment, one may be lost.
func addToManifest(file string) error {
	m, err := readManifestBeside(file)
	if err != nil {
		return err
	}
	sum, err := sumFile(file)
	if err == nil {
		err = m.Set(filepath.Base(file), sum)
	}
	if err != nil {
		return fmt.Errorf("cannot note %s in the manifest: %w", file, err)
	}
	name := manifestBeside(file)
	out, err := (&output{file: name}).openOne(nil)
	if err != nil {
		return err
	}
	defer out.discard()
	if _, err := m.WriteTo(out); err != nil {
		return err
	}
	return out.commit()
}

func sumFile(name string) (sum [sha256.Size]byte, err error) {
	f, err := openRegular(name)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	return report.Sum(f)
}

// verifyManifest says of each file of a manifest whether it is what it was. The files
// are those in the manifest's folder.
func (a *app) verifyManifest(name string, others []string) error {
	if len(others) > 0 {
		return usagef("--verify-manifest reads no run, and %q is named", others[0])
	}
	m, err := readManifest(name)
	if err != nil {
		return err
	}
	bad := 0
	for _, file := range m.Names() {
		want, _ := m.Sum(file)
		got, err := sumFile(filepath.Join(filepath.Dir(name), file))
		words := "OK"
		switch {
		case err != nil:
			words, bad = "not read: "+err.Error(), bad+1
		case got != want:
			words, bad = "CHANGED", bad+1
		}
		if _, err := fmt.Fprintf(a.stdout, "%s: %s\n", file, report.Escape(words)); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d files are not what %s says", bad, len(m.Names()), name)
	}
	return nil
}
