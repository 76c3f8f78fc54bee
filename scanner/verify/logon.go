package verify

import (
	"smbready/internal/signing"
	"smbready/inventory"
	"smbready/smbproto"
)

// logonCheck reckons whether the answer that ends a logon is signed rightly:
// go-smb2 looks at signatures only after it, but at 3.1.1 a client has to refuse
// a wrong one, [MS-SMB2] 3.2.5.3.1.
type logonCheck struct {
	user  string
	hash  [16]byte // of the password
	armed bool     // these two are known

	preauth      signing.Preauth
	challenge    [8]byte
	authenticate []byte // our AUTHENTICATE message; nil before it, and where it stands in no token that can be read
}

func newLogonCheck(c Credentials) logonCheck {
	return logonCheck{user: c.User, hash: signing.NTHash(string(c.Password)), armed: true}
}

// request takes a SESSION_SETUP request of ours.
func (l *logonCheck) request(b []byte) {
	m, err := smbproto.ParseSMB2SessionSetupRequest(b)
	if err != nil {
		return
	}
	if s, err := smbproto.ParseSPNEGO(m.SecurityBuffer); err == nil {
		l.authenticate = append([]byte{}, s.Token...)
	}
}

// check looks at a signed answer that ends the logon. It cannot tell where the
// session key cannot be reckoned.
func (l *logonCheck) check(d smbproto.Dialect, answer []byte) inventory.Check {
	if !l.armed {
		return inventory.CheckUnknown
	}
	key, ok := signing.SessionKey(l.authenticate, l.challenge, l.user, l.hash)
	switch {
	case !ok:
		return inventory.CheckUnknown
	case signing.Verify(d, signing.Key(d, key, l.preauth.Sum()), answer):
		return inventory.CheckRight
	}
	return inventory.CheckWrong
}
