package identify

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLoadSNMP(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     SNMPOptions
	}{
		{"community", "community = public", SNMPOptions{Community: "public"}},
		{"comments and blanks", "\ufeff# SNMP\r\n\r\n version=1\r\n  community =\"a b \" \r\n", SNMPOptions{Version: "1", Community: "a b "}},
		{"equals sign and quotation marks", "community = a=b\"#c", SNMPOptions{Community: `a=b"#c`}},
		{"user", "user = monitor", SNMPOptions{User: "monitor"}},
		{"all of version 3", "version = 3\nuser = monitor\nauth = sha-256\nauth_password = 12345678\npriv = aes128\npriv_password = abcdefgh\n",
			SNMPOptions{Version: "3", User: "monitor", Auth: "SHA256", AuthPassword: "12345678", Priv: "AES", PrivPassword: "abcdefgh"}},
		{"old name", "user = a\nauth = sha1\nauth_password = 12345678", SNMPOptions{User: "a", Auth: "SHA", AuthPassword: "12345678"}},
	} {
		got, err := LoadSNMP(strings.NewReader(c.in), "snmp.conf")
		if err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s: got %#v, %v", c.name, got, err)
		}
	}
}

// TestLoadSNMPErrors has the secret in every place, and in no error.
func TestLoadSNMPErrors(t *testing.T) {
	const secret = "s3cret-password"
	for _, c := range []struct{ in, want string }{
		{"", "snmp.conf: no community"},
		{secret, `snmp.conf, line 1: no "key = value"`},
		{secret + "=x", "snmp.conf, line 1: unknown key: there are version, community, user, auth, auth_password, priv and priv_password"},
		{"\ncommunity = " + secret + "\ncommunity = x", "snmp.conf, line 3: the key was given before"},
		{"community = " + secret + "\nversion =", "snmp.conf, line 2: no value"},
		{"community = \"\"", "snmp.conf, line 1: no value"},
		{"version = " + secret, "snmp.conf, line 1: unknown version: choose 1, 2c or 3"},
		{"user = a\nauth = " + secret, "snmp.conf, line 2: unknown auth: choose MD5, SHA, SHA224, SHA256, SHA384 or SHA512"},
		{"priv = " + secret, "snmp.conf, line 1: unknown priv: choose DES, AES, AES192, AES256, AES192C or AES256C"},
		{"community = " + strings.Repeat(secret, 10), "snmp.conf: the community is longer than 127 bytes"},
		{"user = " + strings.Repeat(secret, 10), "snmp.conf: the user is longer than 32 bytes"},
		{"version = 2c\nuser = a", "snmp.conf: no community"},
		{"version = 2c\ncommunity = a\nuser = a", "snmp.conf: a user belongs to version 3, a community to 1 and 2c"},
		{"version = 3\ncommunity = " + secret, "snmp.conf: no user"},
		{"user = a\ncommunity = " + secret, "snmp.conf: a community belongs to versions 1 and 2c"},
		{"user = a\nauth_password = " + secret, "snmp.conf: a password without its protocol: give auth, or priv"},
		{"user = a\nauth = SHA\nauth_password = " + secret[:7], "snmp.conf: a password is missing, or shorter than 8 bytes"},
		{"user = a\nauth = SHA", "snmp.conf: a password is missing, or shorter than 8 bytes"},
		{"user = a\npriv = AES\npriv_password = " + secret, "snmp.conf: priv needs auth"},
		{"community = " + strings.Repeat(secret, 10000), "snmp.conf: longer than 16384 bytes: not SNMP options"},
		{strings.Repeat("\n", 20000), "snmp.conf: longer than 16384 bytes: not SNMP options"},
	} {
		o, err := LoadSNMP(strings.NewReader(c.in), "snmp.conf")
		if o != nil || err == nil || err.Error() != c.want {
			t.Errorf("%.60q: got %v, want %s", c.in, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), secret[:7]) {
			t.Errorf("%.60q: the secret is in %q", c.in, err)
		}
	}
	broken := errors.New("broken")
	if _, err := LoadSNMP(iotest.ErrReader(broken), "x"); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestSecret prints options in every way that a log might.
func TestSecret(t *testing.T) {
	o := SNMPOptions{Community: "s3cret", AuthPassword: "s3cret", PrivPassword: "s3cret"}
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(o), fmt.Sprintf("%+v", &o), fmt.Sprintf("%#v", o), fmt.Sprintf("%s %q %x", o, o, o), string(b),
		fmt.Sprint(Options{SNMP: &o}), fmt.Sprintf("%x %d", o.Community, o.Community), o.Community.String()} {
		if strings.Contains(s, "s3cret") || strings.Contains(s, fmt.Sprintf("%x", "s3cret")) {
			t.Errorf("the secret is in %q", s)
		}
	}
}
