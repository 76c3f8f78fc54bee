package identify

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gosnmp/gosnmp"
)

// Secret is a text that is never shown, however it is printed.
type Secret string

const hidden = "(hidden)"

// String returns a placeholder.
func (Secret) String() string { return hidden }

// Format writes a placeholder, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// MarshalText returns a placeholder.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// SNMPOptions say as whom to ask: with a community, or as a user of version 3.
type SNMPOptions struct {
	Version      string // "1", "2c" or "3"; "" means 3 with a User, else 2c
	Community    Secret // of versions 1 and 2c
	User         string // of version 3, [RFC 3414] 2.1
	Auth         string // "MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"; "" means no authentication
	AuthPassword Secret
	Priv         string // "DES", "AES", "AES192", "AES256", "AES192C", "AES256C"; "" means no encryption
	PrivPassword Secret
}

var authProtocols = map[string]gosnmp.SnmpV3AuthProtocol{
	"": gosnmp.NoAuth, "MD5": gosnmp.MD5, "SHA": gosnmp.SHA, "SHA224": gosnmp.SHA224,
	"SHA256": gosnmp.SHA256, "SHA384": gosnmp.SHA384, "SHA512": gosnmp.SHA512,
}

// privProtocols are the ways to encrypt. The ones in C extend the key as Cisco
// does.
var privProtocols = map[string]gosnmp.SnmpV3PrivProtocol{
	"": gosnmp.NoPriv, "DES": gosnmp.DES, "AES": gosnmp.AES, "AES192": gosnmp.AES192,
	"AES256": gosnmp.AES256, "AES192C": gosnmp.AES192C, "AES256C": gosnmp.AES256C,
}

// Bounds on what a user gives, in bytes.
const (
	maxSNMPFile  = 16 << 10
	maxCommunity = 127 // the length is one byte in what package gosnmp writes
	maxUser      = 32  // [RFC 3414] 5, usmUserName
	minPassword  = 8   // [RFC 3414] 11.2
)

// LoadSNMP reads options from lines "key = value"; name is that of the source,
// for errors. Empty lines and lines that begin with # are passed over. The keys are
// version, community, user, auth, auth_password, priv and priv_password. A value
// may stand in double quotes, which keep blanks at its ends. No error quotes
// anything of the source: a secret might stand in any place.
func LoadSNMP(r io.Reader, name string) (*SNMPOptions, error) {
	o := &SNMPOptions{}
	seen := map[string]bool{}
	in := &io.LimitedReader{R: r, N: maxSNMPFile + 1}
	lines := bufio.NewScanner(in)
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := o.set(line, seen); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", name, n, err)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) || in.N <= 0 {
		return nil, fmt.Errorf("%s: longer than %d bytes: not SNMP options", name, maxSNMPFile)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return o, nil
}

var errKey = errors.New("unknown key: there are version, community, user, auth, auth_password, priv and priv_password")

// set takes in one line.
func (o *SNMPOptions) set(line string, seen map[string]bool) error {
	key, value, ok := strings.Cut(line, "=")
	if !ok {
		return errors.New(`no "key = value"`)
	}
	key, value = strings.TrimSpace(key), unquoteValue(strings.TrimSpace(value))
	if seen[key] {
		return errors.New("the key was given before")
	}
	seen[key] = true
	if value == "" {
		return errors.New("no value")
	}
	switch key {
	case "version":
		o.Version = strings.ToLower(value)
	case "community":
		o.Community = Secret(value)
	case "user":
		o.User = value
	case "auth":
		o.Auth = protocol(value)
	case "auth_password":
		o.AuthPassword = Secret(value)
	case "priv":
		o.Priv = protocol(value)
	case "priv_password":
		o.PrivPassword = Secret(value)
	default:
		return errKey
	}
	return o.checkNames()
}

// protocol returns the name of a protocol as SNMPOptions has it: manuals write
// SHA-256, and SHA1 or AES128 for the first of their kind.
func protocol(name string) string {
	name = strings.ReplaceAll(strings.ToUpper(name), "-", "")
	switch name {
	case "SHA1":
		return "SHA"
	case "AES128":
		return "AES"
	}
	return name
}

func unquoteValue(v string) string {
	if len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"' {
		return v[1 : len(v)-1]
	}
	return v
}

// checkNames checks what can be checked of a part of the options.
func (o *SNMPOptions) checkNames() error {
	_, auth := authProtocols[o.Auth]
	_, priv := privProtocols[o.Priv]
	switch {
	case !slices.Contains([]string{"", "1", "2c", "3"}, o.Version):
		return errors.New("unknown version: choose 1, 2c or 3")
	case !auth:
		return errors.New("unknown auth: choose MD5, SHA, SHA224, SHA256, SHA384 or SHA512")
	case !priv:
		return errors.New("unknown priv: choose DES, AES, AES192, AES256, AES192C or AES256C")
	}
	return nil
}

// Check reports what is missing or contradicts itself. Its errors hold no
// secret.
func (o *SNMPOptions) Check() error {
	if err := o.checkNames(); err != nil {
		return err
	}
	if o.version() == gosnmp.Version3 {
		return o.checkUser()
	}
	switch {
	case o.Community == "":
		return errors.New("no community")
	case len(o.Community) > maxCommunity:
		return fmt.Errorf("the community is longer than %d bytes", maxCommunity)
	case o.User != "" || o.Auth != "" || o.Priv != "" || o.AuthPassword != "" || o.PrivPassword != "":
		return errors.New("a user belongs to version 3, a community to 1 and 2c")
	}
	return nil
}

func (o *SNMPOptions) checkUser() error {
	switch {
	case o.User == "":
		return errors.New("no user")
	case len(o.User) > maxUser:
		return fmt.Errorf("the user is longer than %d bytes", maxUser)
	case o.Community != "":
		return errors.New("a community belongs to versions 1 and 2c")
	case o.Priv != "" && o.Auth == "":
		return errors.New("priv needs auth")
	case o.Auth == "" && o.AuthPassword != "", o.Priv == "" && o.PrivPassword != "":
		return errors.New("a password without its protocol: give auth, or priv")
	case o.Auth != "" && len(o.AuthPassword) < minPassword, o.Priv != "" && len(o.PrivPassword) < minPassword:
		return fmt.Errorf("a password is missing, or shorter than %d bytes", minPassword)
	}
	return nil
}

func (o *SNMPOptions) version() gosnmp.SnmpVersion {
	switch {
	case o.Version == "1":
		return gosnmp.Version1
	case o.Version == "3", o.Version == "" && o.User != "":
		return gosnmp.Version3
	}
	return gosnmp.Version2c
}

// apply makes a client ask as the options say.
func (o *SNMPOptions) apply(g *gosnmp.GoSNMP) error {
	if err := o.Check(); err != nil {
		return err
	}
	g.Version = o.version()
	g.Community = string(o.Community)
	if g.Version != gosnmp.Version3 {
		return nil
	}
	g.SecurityModel = gosnmp.UserSecurityModel
	switch {
	case o.Priv != "":
		g.MsgFlags = gosnmp.AuthPriv
	case o.Auth != "":
		g.MsgFlags = gosnmp.AuthNoPriv
	}
	g.SecurityParameters = &gosnmp.UsmSecurityParameters{
		UserName:                 o.User,
		AuthenticationProtocol:   authProtocols[o.Auth],
		AuthenticationPassphrase: string(o.AuthPassword),
		PrivacyProtocol:          privProtocols[o.Priv],
		PrivacyPassphrase:        string(o.PrivPassword),
	}
	return nil
}
