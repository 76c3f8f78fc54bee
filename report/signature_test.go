package report

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

// The keys of RFC 8410, section 10.
const (
	rfcPrivate = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n"
	rfcPublic  = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"
)

// TestKeys reads and writes the keys of the RFC, whatever stands around them.
func TestKeys(t *testing.T) {
	private, err := ParseSigningKey([]byte("\ufeffa comment\r\n" + strings.ReplaceAll(rfcPrivate, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParsePublicKey([]byte(rfcPublic))
	if err != nil {
		t.Fatal(err)
	}
	if !public.Equal(private.Public()) {
		t.Error("the two are no pair")
	}
	one, other, err := EncodeKeys(private)
	if err != nil || string(one) != rfcPrivate || string(other) != rfcPublic {
		t.Errorf("%s%s%v", one, other, err)
	}
	// Of what openssl writes with -outform DER, by sha256sum.
	if got, want := Fingerprint(public), "a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f"; got != want {
		t.Errorf("fingerprint %s, want %s", got, want)
	}
}

// TestKeyErrors: what is no key of Ed25519 is told apart, and never quoted.
func TestKeyErrors(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curveInside, _ := x509.MarshalPKCS8PrivateKey(curve)
	curveOutside, _ := x509.MarshalPKIXPublicKey(curve.Public())
	block := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	secret := []byte("this is the secret")
	for name, tt := range map[string]struct{ text, private, public string }{
		"empty":         {"", "holds no key in PEM", "holds no key in PEM"},
		"raw":           {string(secret), "holds no key in PEM", "holds no key in PEM"},
		"cut off":       {rfcPrivate[:60], "holds no key in PEM", "holds no key in PEM"},
		"damaged":       {block("PRIVATE KEY", secret), "damaged, or of a kind", "private key; the public one"},
		"damaged half":  {block("PUBLIC KEY", secret), "public key; the private one", "damaged, or of a kind"},
		"encrypted":     {block("ENCRYPTED PRIVATE KEY", secret), "is encrypted", "private key; the public one"},
		"old encrypted": {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\ndGhpcyBpcyB0aGUgc2VjcmV0\n-----END RSA PRIVATE KEY-----\n", "is encrypted", "private key; the public one"},
		"ssh":           {block("OPENSSH PRIVATE KEY", secret), "BEGIN OPENSSH PRIVATE KEY; BEGIN PRIVATE KEY is wanted", "private key; the public one"},
		"certificate":   {block("CERTIFICATE", secret), "begins with BEGIN CERTIFICATE", "begins with BEGIN CERTIFICATE"},
		"curve":         {block("PRIVATE KEY", curveInside), "of ECDSA; one of Ed25519", "private key; the public one"},
		"curve half":    {block("PUBLIC KEY", curveOutside), "public key; the private one", "of ECDSA; one of Ed25519"},
		"two":           {rfcPrivate + rfcPrivate, "more than one", "more than one"},
		"hostile name":  {block("\x1b[31m", secret), `\x1b[31m`, `\x1b[31m`},
	} {
		_, inErr := ParseSigningKey([]byte(tt.text))
		_, outErr := ParsePublicKey([]byte(tt.text))
		for _, c := range []struct {
			err  error
			want string
		}{{inErr, tt.private}, {outErr, tt.public}} {
			if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("%s: %v, want %s", name, c.err, c.want)
				continue
			}
			if strings.Contains(c.err.Error(), "secret") || strings.Contains(c.err.Error(), "dGhpcyBp") {
				t.Errorf("%s: %v quotes the key", name, c.err)
			}
		}
	}
}

// FuzzParseKeys: no text stops the program, and a key that is read can sign.
func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(rfcPrivate))
	f.Add([]byte(rfcPublic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if key, err := ParseSigningKey(b); err == nil && !ed25519.Verify(key.Public().(ed25519.PublicKey), b, ed25519.Sign(key, b)) {
			t.Error("its signature is wrong")
		}
		if key, err := ParsePublicKey(b); err == nil {
			_ = ed25519.Verify(key, b, bytes.Repeat([]byte{1}, ed25519.SignatureSize))
		}
	})
}
