package canary

import (
	"crypto/rand"

	"smbready/internal/signing"
)

// Account is the one that can log on: made for this listener, of use nowhere
// else, and thrown away with it. It is printed as its user's name.
type Account struct {
	user string
	hash [signing.KeySize]byte // NTHash of its password
}

// NewAccount returns an account. Upper and lower case of the user's name are the
// same.
func NewAccount(user, password string) Account {
	return Account{user: user, hash: signing.NTHash(password)}
}

// User returns the account's name.
func (a Account) User() string { return a.user }

// String returns the account's name, so that the hash is never printed.
func (a Account) String() string { return a.user }

// GoString does so for %#v.
func (a Account) GoString() string { return a.user }

// keypad holds letters and digits that are on the keypad of every copier, and
// that nobody takes for one another.
const keypad = "abcdefghijkmnpqrstuvwxyz23456789"

// passwordLength is the length of a password that is made here: 80 bits.
const passwordLength = 16

// NewPassword returns a random password for an account.
func NewPassword() string {
	b := make([]byte, passwordLength)
	rand.Read(b) // never fails
	for i := range b {
		b[i] = keypad[int(b[i])%len(keypad)]
	}
	return string(b)
}
