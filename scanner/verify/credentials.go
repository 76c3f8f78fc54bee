package verify

import (
	"fmt"
	"strings"
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
	Domain   string // "" is left to the host
	Password Secret
}

// Account returns the account as an administrator writes it.
func (c Credentials) Account() string {
	if c.Domain == "" {
		return c.User
	}
	return c.Domain + `\` + c.User
}

// ParseAccount reads an account in one of the forms DOMAIN\user, user@domain
// and user. The form user@domain goes to the host as it is, without a domain,
// as [MS-NLMP] 3.3.2 has it for user principal names.
func ParseAccount(text string) (user, domain string, err error) {
	domain, user, split := strings.Cut(text, `\`)
	if !split {
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
