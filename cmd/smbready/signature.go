package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"smbready/report"
)

// signer signs manifests.
type signer struct{ key ed25519.PrivateKey }

// String keeps the key out of every message.
func (*signer) String() string { return "signer" }

func (s *signer) public() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) }

// maxKeyFile bounds a file of a key, in bytes.
const maxKeyFile = 64 << 10

// loadSigner reads the key that signs, before anything is sent.
func (o *output) loadSigner() error {
	if o.signKey == "" {
		return nil
	}
	f, err := openRegular(o.signKey)
	if err != nil {
		return hintError{usageError{err}, "smbready report --new-sign-key FILE makes a key"}
	}
	defer f.Close()
	key, err := readKey(f, report.ParseSigningKey)
	if err != nil { // first: a public key need not be private
		return usageError{fmt.Errorf("%s: %w", o.signKey, err)}
	}
	if err := private(f); err != nil {
		return hintError{usageError{fmt.Errorf("%s is not used: %w", o.signKey, err)}, privateHint(o.signKey)}
	}
	o.signer = &signer{key}
	return nil
}

// readPublicKey reads the key that checks a signature.
func readPublicKey(name string) (ed25519.PublicKey, error) {
	f, err := openRegular(name)
	if err != nil {
		return nil, usageError{err}
	}
	defer f.Close()
	key, err := readKey(f, report.ParsePublicKey)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", name, err)}
	}
	return key, nil
}

// readKey reads a key. Its errors quote nothing of the file.
func readKey[K any](f *os.File, parse func([]byte) (K, error)) (key K, err error) {
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	switch {
	case err != nil:
		return key, reason(err)
	case len(text) > maxKeyFile:
		return key, fmt.Errorf("longer than a key of %d bytes", maxKeyFile)
	}
	return parse(text)
}

// newSignKey makes a pair of keys, where openssl is not at hand: the private one in a
// file of that name, and the public one beside it. It replaces no file.
func (a *app) newSignKey(name string) error {
	end := filepath.Ext(name)
	publicName := strings.TrimSuffix(name, end) + ".pub" + end
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	private, public, err := report.EncodeKeys(key)
	if err != nil {
		return err
	}
	if err := createPrivate(name, private); err != nil {
		return err
	}
	if err := createNew(publicName, public, 0o666, nil); err != nil {
		os.Remove(name) // which nobody can have used
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s: the private key, which signs; keep it to yourself\n%s: the public key, for whoever is to check\nfingerprint %s\n",
		report.Escape(name), report.Escape(publicName), report.Fingerprint(key.Public().(ed25519.PublicKey)))
	return err
}

// createPrivate writes a new file that nobody else may read. One that others could
// read, as a folder of Windows may will it, is taken away before anything is in it.
func createPrivate(name string, content []byte) error {
	return createNew(name, content, 0o600, func(f *os.File) error {
		if err := private(f); err != nil {
			return hintError{fmt.Errorf("%s is not written: %w", name, err), "name a file in a folder that only you may read"}
		}
		return nil
	})
}

// createNew writes a file that was not there; check may refuse it while it is empty.
func createNew(name string, content []byte, mode fs.FileMode, check func(*os.File) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return hintError{usagef("%s is there already, and a key is not replaced", name), "name another file"}
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, reason(err))
	}
	if check != nil {
		err = check(f)
	}
	if err == nil {
		if _, err = f.Write(content); err == nil {
			err = f.Sync()
		}
		if err != nil {
			err = fmt.Errorf("cannot write %s: %w", name, reason(err))
		}
	}
	if closeErr := f.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("cannot write %s: %w", name, reason(closeErr))
	}
	if err != nil {
		os.Remove(name)
	}
	return err
}
