package verify

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Secret is text that is not for anyone's eyes: however it is printed or
// encoded, it does not appear.
type Secret string

const secretText = "[secret]"

// Format prints no secret, whatever the verb.
func (Secret) Format(s fmt.State, _ rune) { fmt.Fprint(s, secretText) }

// MarshalText encodes no secret.
func (Secret) MarshalText() ([]byte, error) { return []byte(secretText), nil }

// Credentials are an account and its password.
type Credentials struct {
	User     string
	Domain   string // "" and "." mean the host's own accounts
	Password Secret
}

// Account returns the account as an administrator writes it.
func (c Credentials) Account() string {
	if c.Domain == "" {
		return c.User
	}
	return c.Domain + `\` + c.User
}

// Valid reports why credentials cannot be sent as they are. Its error does not
// quote the password.
func (c Credentials) Valid() error {
	switch {
	case c.User == "":
		return errors.New("there is no user")
	case !utf8.ValidString(string(c.Password)):
		return errors.New("the password is not valid UTF-8: another one would be sent, and fail")
	case !utf8.ValidString(c.User), !utf8.ValidString(c.Domain):
		return errors.New("the account is not valid UTF-8")
	}
	return nil
}

// shared reports whether an account is the same one on every host. Without a
// domain each host looks among its own.
func (c Credentials) shared() bool { return c.Domain != "" && c.Domain != "." }

// ParseAccount reads an account in one of the forms DOMAIN\user, user@domain
// and user. The form user@domain is taken apart at its last "@": without a domain
// go-smb2 would fill in the one that the host claims to be of.
func ParseAccount(text string) (user, domain string, err error) {
	domain, user, split := strings.Cut(text, `\`)
	if at := strings.LastIndex(text, "@"); !split && at >= 0 {
		user, domain, split = text[:at], text[at+1:], true
	} else if !split {
		user, domain = text, ""
	}
	switch {
	case user == "", strings.Contains(user, `\`), split && domain == "":
		return "", "", fmt.Errorf(`%q is no account: write DOMAIN\user, user@domain or user`, text)
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }):
		return "", "", fmt.Errorf("%q is no account: it has control characters", text)
	}
	return user, domain, nil
}
