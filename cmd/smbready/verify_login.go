package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"github.com/zalando/go-keyring"
	"golang.org/x/term"

	"smbready/scanner/verify"
)

// Where credentials come from: never from the command line, which every user of
// this machine can read.

// Environment variables of the account; verify.SecretVariable has the password.
const (
	userVariable   = "SMBREADY_USER"
	domainVariable = "SMBREADY_DOMAIN"
)

// keyringService is the name under which the system's keyring has passwords.
const keyringService = "smbready"

// loginFlags say where the credentials are.
type loginFlags struct {
	user    string
	file    string
	keyring bool
}

func (f *loginFlags) flags(fl *pflag.FlagSet) {
	fl.StringVarP(&f.user, "user", "u", "", "log on as this `account`: DOMAIN\\user, user@domain or user")
	fl.StringVar(&f.file, "credentials", "", "read user, password and domain from a `file` that only you can read")
	fl.BoolVar(&f.keyring, "keyring", false, "take the password of --user from this system's keyring, where it is kept for \"smbready\"")
}

// credentials returns the account to log on with.
func (f *loginFlags) credentials(ctx context.Context, a *app) (verify.Credentials, error) {
	if f.file != "" {
		if f.keyring || f.user != "" {
			return verify.Credentials{}, usagef("--credentials names the account: leave out --user and --keyring")
		}
		c, err := readCredentials(f.file)
		if err == nil {
			err = valid(c)
		}
		return c, err
	}
	account, domain := f.user, ""
	if account == "" {
		account, domain = os.Getenv(userVariable), os.Getenv(domainVariable)
	}
	if account == "" && !f.keyring {
		account = a.askAccount()
	}
	if account == "" {
		return verify.Credentials{}, hintError{usagef("no account is given"), `say --user "DOMAIN\user"; see "smbready verify --help" for other ways`}
	}
	c, err := newCredentials(account, domain)
	if err != nil {
		return c, usageError{err}
	}
	c.Password, err = f.password(ctx, a, account)
	if err == nil && c.Password == "" {
		err = usagef("the password is empty")
	}
	if err == nil {
		err = valid(c)
	}
	return c, err
}

// valid refuses credentials that cannot be sent as they are, before anything is.
func valid(c verify.Credentials) error {
	if err := c.Valid(); err != nil {
		return hintError{usageError{err}, "save the file, or set the terminal, as UTF-8"}
	}
	return nil
}

// newCredentials puts an account together. Its own domain goes before one that
// is given apart.
func newCredentials(account, domain string) (c verify.Credentials, err error) {
	c.User, c.Domain, err = verify.ParseAccount(account)
	if c.Domain == "" {
		c.Domain = domain
	}
	return c, err
}

// askAccount asks on a terminal for the account, and returns "" where there is
// none. It reads byte by byte: what follows the line is the password.
func (a *app) askAccount() string {
	in, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return ""
	}
	a.ui.say("account (DOMAIN\\user, user@domain or user): ")
	var line []byte
	for b := make([]byte, 1); len(line) < maxAccount; {
		if n, err := in.Read(b); n == 0 || err != nil || b[0] == '\n' {
			break
		}
		line = append(line, b[0])
	}
	return strings.TrimSpace(string(line))
}

// maxAccount bounds what is read as an account, in bytes.
const maxAccount = 512

// password finds the password of an account.
func (f *loginFlags) password(ctx context.Context, a *app, account string) (verify.Secret, error) {
	if f.keyring {
		secret, err := keyring.Get(keyringService, account)
		if err != nil {
			return "", hintError{fmt.Errorf("the keyring gives no password for %s: %w", account, err),
				fmt.Sprintf("keep one there for the service %q and this account, or leave out --keyring to be asked", keyringService)}
		}
		return verify.Secret(secret), nil
	}
	if secret, set := os.LookupEnv(verify.SecretVariable); set {
		return verify.Secret(secret), nil
	}
	in, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", hintError{usagef("there is no terminal to ask for the password"), fmt.Sprintf("set %s, or see --credentials and --keyring", verify.SecretVariable)}
	}
	a.ui.say("password of %s (nothing is shown): ", account)
	return askPassword(ctx, int(in.Fd()))
}

// askPassword reads a line from a terminal that does not show it, and gives the
// terminal back as it was, Ctrl-C or not.
func askPassword(ctx context.Context, terminal int) (verify.Secret, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	defer term.Restore(terminal, before)
	type answer struct {
		secret []byte
		err    error
	}
	answers := make(chan answer, 1)
	go func() { // which a terminal holds until a line ends, or the program does
		b, err := term.ReadPassword(terminal)
		answers <- answer{b, err}
	}()
	select {
	case got := <-answers:
		return verify.Secret(got.secret), got.err
	case <-ctx.Done():
		return "", fmt.Errorf("interrupted; nothing was sent (%w)", ctx.Err())
	}
}

// maxCredentials bounds a file of credentials, in bytes.
const maxCredentials = 64 << 10

// readCredentials reads lines such as "user = PLANT\smbtest". Its errors never
// quote a line.
func readCredentials(name string) (c verify.Credentials, err error) {
	f, err := os.Open(name)
	if err != nil {
		return c, usageError{fmt.Errorf("cannot read %s: %w", name, reason(err))}
	}
	defer f.Close()
	if err := private(f); err != nil {
		return c, hintError{usageError{fmt.Errorf("%s is not read: %w", name, err)}, privateHint(name)}
	}
	values, err := parseCredentials(io.LimitReader(f, maxCredentials))
	if err != nil {
		return c, usageError{fmt.Errorf("%s: %w", name, err)}
	}
	if c, err = newCredentials(values["user"], values["domain"]); err != nil {
		return c, usageError{fmt.Errorf("%s: %w", name, err)}
	}
	c.Password = verify.Secret(values["password"])
	return c, nil
}

// unquoted takes off the double quotes around a value.
func unquoted(value string) string {
	if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
		return value[1 : n-1]
	}
	return value
}

// parseCredentials reads the lines. Blanks around a value are no part of it; one
// that has them stands in double quotes, of which one pair is taken off.
func parseCredentials(r io.Reader) (map[string]string, error) {
	values := map[string]string{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if n == 1 {
			text = strings.TrimPrefix(text, "\ufeff") // as Notepad saves it
		}
		if t := strings.TrimSpace(text); t == "" || t[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		key = strings.ToLower(strings.TrimSpace(key))
		if !ok || key != "user" && key != "password" && key != "domain" {
			return nil, fmt.Errorf("line %d is none of user = ..., password = ..., domain = ... and # comment", n)
		}
		if _, twice := values[key]; twice {
			return nil, fmt.Errorf("line %d gives the %s a second time", n, key)
		}
		values[key] = unquoted(strings.TrimSpace(value))
	}
	if err := lines.Err(); err != nil {
		return nil, errors.New("a line is too long")
	}
	for _, key := range []string{"user", "password"} {
		if values[key] == "" {
			return nil, fmt.Errorf("there is no %s in it", key)
		}
	}
	return values, nil
}
