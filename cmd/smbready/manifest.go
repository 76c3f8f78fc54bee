package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"smbready/report"
)

// checkManifest makes sure, before anything is sent, that the hash of the file can be
// noted beside it.
func (s *sink) checkManifest() error {
	if s.final == "" {
		return usagef("--manifest is about files, and %s is none", s.name)
	}
	n, err := openNotes(s.final, s.sign)
	if err != nil {
		return err
	}
	return n.check(s.final)
}

// notes are a manifest that files of its folder are to be noted in.
type notes struct {
	name  string // of the manifest
	sign  *signer
	was   *report.Manifest
	files []string // to be noted
}

// notesOf opens the manifest of each folder that files are to be noted in, and makes
// sure that they can be: since the beginning of a scan another program may have noted
// something, and the file of an incomplete run has a name of its own.
func notesOf(sinks []*sink) (list []*notes, err error) {
	byName := map[string]*notes{}
	for _, s := range sinks {
		if s.file == nil || !s.sums || s.final == "" {
			continue
		}
		n := byName[manifestBeside(s.final)]
		if n == nil {
			if n, err = openNotes(s.final, s.sign); err != nil {
				return nil, err
			}
			byName[n.name] = n
			list = append(list, n)
		}
		if err := n.check(s.final); err != nil {
			return nil, err
		}
		n.files = append(n.files, s.final)
	}
	return list, nil
}

// openNotes reads the manifest of the folder that a file is in, and holds it against
// its signature. Where there is none it is empty.
func openNotes(file string, sign *signer) (*notes, error) {
	n := &notes{name: manifestBeside(file), sign: sign}
	text, there, err := n.read()
	if err != nil {
		return nil, hintError{err, "move it away, or leave out --manifest"}
	}
	return n, n.checkSignature(text, there)
}

// read reads what the manifest notes already, and reports whether there is one.
func (n *notes) read() (text []byte, there bool, err error) {
	n.was = new(report.Manifest)
	text, err = readBounded(n.name, report.MaxManifestBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if n.was, err = report.ReadManifest(bytes.NewReader(text)); err != nil {
		return text, true, fmt.Errorf("%s: %w", n.name, err)
	}
	return text, true, nil
}

// checkNoted refuses to write a file, which is not to be noted, in the place of one that
// is. In a manifest that others made, in a form that is not known, that may be any line
// that has its name.
func checkNoted(file string) error {
	n := &notes{name: manifestBeside(file)}
	if err := n.checkName(file); err != nil {
		return err
	}
	if text, _, err := n.read(); err != nil {
		_, gone := os.Stat(file)
		if errors.Is(gone, fs.ErrNotExist) || text != nil && !bytes.Contains(bytes.ToLower(text), bytes.ToLower([]byte(filepath.Base(file)))) {
			return nil
		}
		return hintError{usageError{fmt.Errorf("whether %s was reviewed is not known: %w", file, err)}, "write under another name with -o, or move that manifest away"}
	}
	return n.checkNew(file)
}

// checkSignature refuses what would leave a signature beside a manifest that it is not
// of, and what would sign what somebody else noted.
func (n *notes) checkSignature(text []byte, there bool) error {
	name := signatureOf(n.name)
	info, err := os.Lstat(name)
	signed := err == nil
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("cannot read %s: %w", name, reason(err))
	case signed && !there:
		return hintError{usagef("there is %s, and no %s that it is of", name, report.ManifestName), "move it away"}
	case signed && n.sign == nil:
		return hintError{usagef("%s is signed: noting more in it would make %s wrong", n.name, report.SignatureName),
			"name the key with --sign-key, or write to another folder"}
	case n.sign == nil || !there:
		return nil
	case !signed:
		return hintError{usagef("%s is not signed: a signature now would vouch for what it notes already", n.name),
			"write to another folder, or move it away"}
	case !info.Mode().IsRegular():
		return usagef("%s is not a file", name)
	}
	if err := verifySignature(name, text, n.sign.public()); err != nil {
		return hintError{usageError{err}, "another key signed it, or it was changed since: write to another folder, or move both away"}
	}
	return nil
}

// check makes sure that a file can be noted. One that is noted already was reviewed
// as it is, and is not written again.
func (n *notes) check(file string) error {
	if err := n.checkName(file); err != nil {
		return err
	}
	if err := n.checkNew(file); err != nil {
		return err
	}
	if err := n.was.Set(filepath.Base(file), [sha256.Size]byte{}); err != nil {
		return usageError{fmt.Errorf("--manifest: %w", err)}
	}
	return nil
}

// checkName refuses the manifest itself.
func (n *notes) checkName(file string) error {
	name := filepath.Base(file)
	if strings.EqualFold(name, report.ManifestName) || strings.EqualFold(name, report.SignatureName) {
		return hintError{usagef("the manifest itself is called %s, and its signature %s", report.ManifestName, report.SignatureName), otherOutput}
	}
	return nil
}

// checkNew refuses a file that is noted.
func (n *notes) checkNew(file string) error {
	other := n.noted(file)
	if other == "" {
		return nil
	}
	hint := "write under another name with -o, or take its line out of " + n.name
	if _, err := os.Lstat(signatureOf(n.name)); err == nil || n.sign != nil {
		hint = "write under another name with -o"
	}
	return hintError{usagef("%s notes %s already: what was reviewed would be lost", n.name, other), hint}
}

// noted returns the noted name that a file has, empty for none. On many systems
// Report.csv and report.csv are one file.
func (n *notes) noted(file string) string {
	for _, name := range n.was.Names() {
		if name == filepath.Base(file) {
			return name
		}
		if !strings.EqualFold(name, filepath.Base(file)) {
			continue
		}
		there, err := os.Stat(filepath.Join(filepath.Dir(file), name))
		if here, hereErr := os.Stat(file); err == nil && hereErr == nil && os.SameFile(there, here) {
			return name
		}
	}
	return ""
}

// write notes the hashes of the files, which are there now. The manifest has its old
// content or its new one at any time, and no signature that is not of it; of two
// programs that note something in the same moment, one may be lost, and where they
// sign, the signature may turn out wrong.
func (n *notes) write() error {
	for _, file := range n.files {
		sum, err := sumFile(file)
		if err == nil {
			err = n.was.Set(filepath.Base(file), sum)
		}
		if err != nil {
			return fmt.Errorf("cannot note %s in the manifest: %w", file, err)
		}
	}
	var text bytes.Buffer
	if _, err := n.was.WriteTo(&text); err != nil {
		return err
	}
	manifest, err := prepared(n.name, text.Bytes())
	if err != nil {
		return err
	}
	defer manifest.discard()
	if n.sign == nil {
		return manifest.commit()
	}
	signature, err := prepared(signatureOf(n.name), ed25519.Sign(n.sign.key, text.Bytes()))
	if err != nil {
		return err
	}
	defer signature.discard()
	// The old signature goes first: it is not of the manifest that comes.
	if err := os.Remove(signatureOf(n.name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot replace %s: %w", signatureOf(n.name), reason(err))
	}
	if err := manifest.commit(); err != nil {
		return err
	}
	return signature.commit()
}

// prepared writes what is to be a file; commit gives it its name.
func prepared(name string, content []byte) (*sink, error) {
	s, err := (&output{file: name}).openOne(nil)
	if err != nil {
		return nil, err
	}
	s.own = true
	if _, err := s.Write(content); err != nil {
		s.discard()
		return nil, err
	}
	return s, nil
}

// manifestBeside names the manifest of the folder that a file is in.
func manifestBeside(file string) string {
	return filepath.Join(filepath.Dir(file), report.ManifestName)
}

// signatureOf names the signature of a manifest.
func signatureOf(manifest string) string { return manifest + ".sig" }

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

// readBounded reads a file of most bytes at most.
func readBounded(name string, most int64) ([]byte, error) {
	f, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", name, reason(err))
	case int64(len(b)) > most:
		return nil, fmt.Errorf("%s: longer than %d bytes", name, most)
	}
	return b, nil
}

func sumFile(name string) (sum [sha256.Size]byte, err error) {
	f, err := openRegular(name)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	return report.Sum(f)
}
