package notify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Secret is a key or a password. It prints as dots.
type Secret []byte

func (Secret) String() string               { return "***" }
func (Secret) GoString() string             { return "***" }
func (Secret) Format(f fmt.State, _ rune)   { io.WriteString(f, "***") }
func (Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }

// maxSecret bounds a secret, in bytes.
const maxSecret = 4096

// ReadSecret reads a secret, such as from a file: all of it but one line break at
// its end. Its errors quote nothing.
func ReadSecret(r io.Reader) (Secret, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	if err != nil {
		return nil, err
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff")) // as Notepad saves it
	b = bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	switch {
	case len(b) == 0:
		return nil, errors.New("the secret is empty")
	case len(b) > maxSecret:
		return nil, fmt.Errorf("the secret is longer than %d bytes", maxSecret)
	case bytes.ContainsAny(b, "\r\n\x00"):
		return nil, errors.New("the secret is not one line")
	}
	return b, nil
}

// SecretFrom returns the secret that an environment variable holds.
func SecretFrom(variable string) (Secret, error) {
	text, set := os.LookupEnv(variable)
	if !set {
		return nil, fmt.Errorf("%s is not set", variable)
	}
	s, err := ReadSecret(bytes.NewReader([]byte(text)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	return s, nil
}
