package report

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// SignatureName is what the signature of a manifest is called: the 64 bytes of an
// Ed25519 signature (RFC 8032) of the manifest as it is, byte for byte, and nothing
// else, as "openssl pkeyutl -sign -rawin" makes it.
const SignatureName = ManifestName + ".sig"

// Types of PEM blocks that keys of Ed25519 have.
const (
	privateBlock = "PRIVATE KEY" // PKCS#8
	publicBlock  = "PUBLIC KEY"  // SubjectPublicKeyInfo
)

// ParseSigningKey reads a private key of Ed25519 from PEM with PKCS#8, as "openssl
// genpkey -algorithm ed25519" writes it. An error says what is there instead, and
// never has anything of the key in it.
func ParseSigningKey(text []byte) (ed25519.PrivateKey, error) {
	block, err := onlyBlock(text)
	switch {
	case err != nil:
		return nil, err
	case strings.Contains(block.Type, "ENCRYPTED") || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return nil, errors.New("the key in it is encrypted; one without a password is wanted, such as openssl pkey -in FILE -out PLAIN makes")
	case block.Type == publicBlock:
		return nil, errors.New("it holds a public key; the private one signs")
	case block.Type != privateBlock:
		return nil, wrongBlock(block.Type, privateBlock)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the key in it is damaged, or of a kind that is not known; one of Ed25519 is wanted")
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, wrongKind(key)
	}
	return private, nil
}

// ParsePublicKey reads a public key of Ed25519 from PEM, as "openssl pkey -pubout"
// writes it. An error says what is there instead.
func ParsePublicKey(text []byte) (ed25519.PublicKey, error) {
	block, err := onlyBlock(text)
	switch {
	case err != nil:
		return nil, err
	case strings.HasSuffix(block.Type, privateBlock):
		return nil, errors.New("it holds a private key; the public one checks, such as openssl pkey -in FILE -pubout -out PUBLIC makes")
	case block.Type != publicBlock:
		return nil, wrongBlock(block.Type, publicBlock)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the key in it is damaged, or of a kind that is not known; one of Ed25519 is wanted")
	}
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, wrongKind(key)
	}
	return public, nil
}

// onlyBlock returns the block of PEM in a text that has one.
func onlyBlock(text []byte) (*pem.Block, error) {
	block, rest := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it holds no key in PEM, which begins with -----BEGIN")
	}
	if bytes.Contains(rest, []byte("-----BEGIN")) {
		return nil, errors.New("it holds more than one key or certificate")
	}
	return block, nil
}

func wrongBlock(got, want string) error {
	return fmt.Errorf("what is in it begins with BEGIN %s; BEGIN %s is wanted, with a key of Ed25519", clip(Escape(got), maxName), want)
}

func wrongKind(key any) error {
	kind := "of another kind"
	switch key.(type) {
	case *rsa.PrivateKey, *rsa.PublicKey:
		kind = "of RSA"
	case *ecdsa.PrivateKey, *ecdsa.PublicKey:
		kind = "of ECDSA"
	}
	return fmt.Errorf("the key in it is %s; one of Ed25519 is wanted", kind)
}

// EncodeKeys writes a pair of keys as the Parse functions read them.
func EncodeKeys(key ed25519.PrivateKey) (private, public []byte, err error) {
	inside, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	outside, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: inside}), pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: outside}), nil
}

// Fingerprint names a public key: the SHA-256 of its SubjectPublicKeyInfo (RFC 8410,
// section 4) in hexadecimal digits, as "openssl pkey -pubin -outform DER" and a
// sha256sum of that show it.
func Fingerprint(key ed25519.PublicKey) string {
	info, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic("report: " + err.Error()) // no key of this type fails
	}
	sum := sha256.Sum256(info)
	return hex.EncodeToString(sum[:])
}
