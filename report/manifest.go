package report

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// ManifestName is what a manifest is called.
const ManifestName = "SHA256SUMS"

// MaxManifestBytes bounds a manifest that is read.
const MaxManifestBytes = 8 << 20

const (
	maxManifest     = 10_000 // files
	maxManifestLine = 4096   // bytes
)

// Manifest is the hashes of files in one folder, in the form that sha256sum writes
// and reads (GNU coreutils, "sha2 utilities"): one line for each, of the hash, two
// spaces and the name.
type Manifest struct{ files []manifestFile }

type manifestFile struct {
	name string
	sum  [sha256.Size]byte
}

// Sum hashes what r has.
func Sum(r io.Reader) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	if _, err = io.Copy(h, r); err == nil {
		h.Sum(sum[:0])
	}
	return sum, err
}

// Set notes the hash of a file, in place of the one that was noted before. A name
// that is not that of a file in the manifest's own folder is an error.
func (m *Manifest) Set(name string, sum [sha256.Size]byte) error {
	if err := checkManifestName(name); err != nil {
		return err
	}
	at, found := m.find(name)
	switch {
	case found:
		m.files[at].sum = sum
	case len(m.files) == maxManifest:
		return fmt.Errorf("a manifest has no room for more than %d files", maxManifest)
	default:
		m.files = slices.Insert(m.files, at, manifestFile{name, sum})
	}
	return nil
}

// Names lists the files, sorted.
func (m *Manifest) Names() []string {
	names := make([]string, len(m.files))
	for i, f := range m.files {
		names[i] = f.name
	}
	return names
}

// Sum returns the hash that is noted for a file.
func (m *Manifest) Sum(name string) (sum [sha256.Size]byte, ok bool) {
	if at, found := m.find(name); found {
		return m.files[at].sum, true
	}
	return sum, false
}

// find returns where a file stands, or would stand.
func (m *Manifest) find(name string) (int, bool) {
	return slices.BinarySearchFunc(m.files, name, func(f manifestFile, name string) int { return cmp.Compare(f.name, name) })
}

// WriteTo writes the manifest.
func (m *Manifest) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	for _, f := range m.files {
		fmt.Fprintf(&b, "%x  %s\n", f.sum, f.name)
	}
	return b.WriteTo(w)
}

// ReadManifest reads a manifest. Lines that begin with # and empty lines count for
// nothing. An error names the line: a line that is not of the form, a name that leads
// out of the folder, a file that is named twice.
func ReadManifest(r io.Reader) (*Manifest, error) {
	m := new(Manifest)
	lines := bufio.NewScanner(io.LimitReader(r, MaxManifestBytes+1))
	lines.Buffer(nil, maxManifestLine)
	n, size := 0, 0
	for lines.Scan() {
		n++
		size += len(lines.Bytes()) + 1
		if size > MaxManifestBytes {
			return nil, fmt.Errorf("longer than %d bytes", MaxManifestBytes)
		}
		if err := m.addLine(lines.Text()); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d: longer than %d bytes", n+1, maxManifestLine)
	case err != nil:
		return nil, err
	case len(m.files) == 0:
		return nil, errors.New("it names no file")
	}
	return m, nil
}

// addLine takes in a line. sha256sum writes two spaces for text and " *" for binary;
// here they are the same.
func (m *Manifest) addLine(line string) error {
	line = strings.TrimSuffix(line, "\r")
	if line == "" || line[0] == '#' {
		return nil
	}
	const digits = 2 * sha256.Size
	if len(line) < digits+3 || line[digits] != ' ' || line[digits+1] != ' ' && line[digits+1] != '*' {
		return errors.New(`not of the form "HASH  NAME"`)
	}
	var f manifestFile
	if _, err := hex.Decode(f.sum[:], []byte(line[:digits])); err != nil {
		return errors.New("the hash is not of 64 hexadecimal digits")
	}
	f.name = line[digits+2:]
	if _, twice := m.Sum(f.name); twice {
		return fmt.Errorf("%s is named twice", Escape(f.name))
	}
	return m.Set(f.name, f.sum)
}

// checkManifestName refuses what could name a file elsewhere, on any system, and what
// could pass for another name.
func checkManifestName(name string) error {
	switch {
	case name == "" || name == "." || name == ".." || len(name) > maxManifestLine/2 || strings.ContainsAny(name, `/\:`+"\x00"):
		return fmt.Errorf("%q is not the name of a file in the same folder", Escape(name))
	case !utf8.ValidString(name) || Escape(name) != name:
		return fmt.Errorf("%q has characters that cannot be seen", Escape(name))
	}
	return nil
}
