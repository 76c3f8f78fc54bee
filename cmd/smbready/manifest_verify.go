package main

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"smbready/report"
)

// manifestTask is what is to be checked, or made for it, instead of reporting a run.
type manifestTask struct {
	manifest  string // to check
	publicKey string // file of the key that its signature must be of; empty for none
	newKey    string // file of a key to make
}

func (t *manifestTask) flags(fl *pflag.FlagSet) {
	fl.StringVar(&t.manifest, "verify-manifest", "", "report nothing, and check whether the files that `file`, a SHA256SUMS, names are what they were")
	fl.StringVar(&t.publicKey, "public-key", "", "with --verify-manifest: check first that SHA256SUMS.sig is its signature by the key whose public half is in `file` (PEM)")
	fl.StringVar(&t.newKey, "new-sign-key", "", "report nothing, and make a key for --sign-key in `file`, with its public half beside it")
}

// asked reports whether anything is to be checked or made.
func (t *manifestTask) asked() bool { return *t != manifestTask{} }

// doManifest checks a manifest or makes a key, as it was asked.
func (a *app) doManifest(t manifestTask, others []string) error {
	switch {
	case t.newKey != "" && (t.manifest != "" || t.publicKey != ""):
		return usagef("--new-sign-key makes a key and checks nothing")
	case t.newKey != "" && len(others) > 0:
		return usagef("--new-sign-key reads no run, and %q is named", others[0])
	case t.newKey != "":
		return a.newSignKey(t.newKey)
	case t.manifest == "":
		return hintError{usagef("--public-key is for a manifest that is checked"), "name it with --verify-manifest"}
	case len(others) > 0:
		return usagef("--verify-manifest reads no run, and %q is named", others[0])
	}
	text, err := readBounded(t.manifest, report.MaxManifestBytes)
	if err != nil {
		return err
	}
	if err := a.checkSigned(t, text); err != nil {
		return err
	}
	m, err := report.ReadManifest(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s: %w", t.manifest, err)
	}
	return a.checkNoted(t.manifest, m)
}

// checkSigned says whose the signature of a manifest is. Without a key it says that
// nobody looked.
func (a *app) checkSigned(t manifestTask, text []byte) error {
	name := signatureOf(t.manifest)
	if t.publicKey == "" {
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		_, err := fmt.Fprintf(a.stdout, "%s: NOT CHECKED: name the key of whoever should have signed with --public-key\n", report.Escape(filepath.Base(name)))
		return err
	}
	key, err := readPublicKey(t.publicKey)
	if err != nil {
		return err
	}
	if err := verifySignature(name, text, key); err != nil {
		return hintError{err, "nothing that it notes was checked: it may have been written by anybody"}
	}
	_, err = fmt.Fprintf(a.stdout, "%s: OK, signed with the key %s\n", report.Escape(filepath.Base(name)), report.Fingerprint(key))
	return err
}

// verifySignature makes sure that a file is the signature of a text.
func verifySignature(name string, text []byte, key ed25519.PublicKey) error {
	signature, err := readBounded(name, ed25519.SignatureSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the manifest is not signed: there is no %s", name)
	case err != nil:
		return err
	case len(signature) != ed25519.SignatureSize:
		return fmt.Errorf("%s is no signature, which has %d bytes", name, ed25519.SignatureSize)
	case !ed25519.Verify(key, text, signature):
		return fmt.Errorf("%s is not the signature of the manifest by the key %s", name, report.Fingerprint(key))
	}
	return nil
}

// checkNoted says of each file of a manifest whether it is what it was. The files
// are those in the manifest's folder.
func (a *app) checkNoted(name string, m *report.Manifest) error {
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
