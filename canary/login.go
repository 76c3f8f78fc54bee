package canary

import (
	"crypto/rand"
	"slices"
	"strings"

	"smbready/internal/signing"
	"smbready/inventory"
	"smbready/smbproto"
)

// login is the server's side of a logon with extended security, of either
// protocol: NTLMSSP, with SPNEGO around it or raw.
type login struct {
	*record
	account    Account
	name       string               // of the listener
	challenge  [8]byte              // of this connection
	raw        bool                 // the client sends no SPNEGO
	mechanisms []smbproto.Mechanism // that the client offered
	mic        bool                 // the client has sent a signature of them
	key        []byte               // the session key, once a logon was granted
}

// newLogin returns the logon of a connection, with a challenge of its own.
func newLogin(c *conn) *login {
	l := &login{record: c.record, account: c.options.Account, name: c.options.Name}
	rand.Read(l.challenge[:]) // never fails
	return l
}

// hintName is what Windows and Samba put into their offers.
const hintName = "not_defined_in_RFC4178@please_ignore"

// offerToken is the token of a NEGOTIATE answer: NTLM and nothing else.
func offerToken() []byte {
	return smbproto.SPNEGO{Mechanisms: []smbproto.Mechanism{smbproto.MechNTLMSSP}, HintName: hintName}.Append(nil)
}

// negState of a NegTokenResp, [RFC 4178] 4.2.2.
const (
	acceptCompleted  = 0
	acceptIncomplete = 1
)

// step takes in the security buffer of a SESSION_SETUP request, and returns that
// of the answer with its status: StatusMoreProcessingRequired, StatusSuccess, or
// why the client is not let in. After success the session key is in l.key.
func (l *login) step(token []byte) (answer []byte, status smbproto.Status) {
	l.reached(inventory.StageSessionSetup)
	before := *l.logon()
	if done(before) {
		*l.logon() = inventory.Logon{} // another one begins, perhaps of somebody else
	}
	if l.logon().AddToken(token) {
		l.reached(inventory.StageLoggedOn)
	}
	if t, err := smbproto.ParseSPNEGO(token); err == nil {
		l.raw, l.mic = t.Raw, len(t.MIC) > 0
		if !t.Response {
			l.mechanisms = t.Mechanisms
		}
	}
	if m := smbproto.FindNTLMAuthenticate(token); m != nil {
		answer, status = l.authenticate(m)
	} else if m := smbproto.FindNTLMNegotiate(token); m != nil {
		answer, status = l.ask(m)
	} else if slices.Contains(l.mechanisms, smbproto.MechNTLMSSP) {
		answer, status = l.suggest()
	} else {
		status = smbproto.StatusLogonFailure
	}
	if status != smbproto.StatusMoreProcessingRequired {
		l.logon().Status = statusText(status)
	}
	l.compare(before, status)
	return answer, status
}

// compare settles which of two logons counts: a logon that was granted is not
// forgotten for one that was refused, nor one that was refused to an account for
// one without an account, nor either for one that has only begun. What is
// forgotten is told in a remark.
func (l *login) compare(before inventory.Logon, status smbproto.Status) {
	now := l.logon()
	if !done(before) {
		return
	}
	if before.Workstation != "" && now.Workstation != "" && !strings.EqualFold(before.Workstation, now.Workstation) {
		l.quirk("logged on under the names of two workstations: " + quote(before.Workstation) + " and " + quote(now.Workstation))
	}
	switch {
	case status == smbproto.StatusMoreProcessingRequired:
		*now = before
	case status == smbproto.StatusSuccess && !before.Granted:
		l.quirk("tried another logon before the one that was granted: as " + asText(before) + ", refused")
	case status == smbproto.StatusSuccess:
		now.SetupSigned = before.SetupSigned
		if before.Mechanism != now.Mechanism {
			l.quirk("was let in twice: at first as " + asText(before))
		}
	case before.Granted:
		l.quirk("tried another logon beside the one that was granted: as " + asText(*now) + ", refused")
		*now = before
	case before.As == inventory.LogonAccount && now.As != inventory.LogonAccount:
		l.quirk("then tried to log on without an account: as " + asText(*now) + ", refused")
		*now = before
	case before.As != now.As || before.User != now.User:
		l.quirk("tried another logon before: as " + asText(before) + ", refused")
	}
}

// done reports whether a logon came to its end, either way.
func done(l inventory.Logon) bool { return l.Granted || l.Status != "" }

// asText is a logon in words.
func asText(l inventory.Logon) string {
	if l.Mechanism == "" {
		return l.As.String()
	}
	return l.As.String() + " with " + l.Mechanism
}

// statusText is the status of a logon as the facts have it.
func statusText(s smbproto.Status) string {
	if s == smbproto.StatusSuccess {
		return ""
	}
	return s.String()
}

// Flags of a challenge, [MS-NLMP] 2.2.2.5: those of ours, and those of the
// client's that are repeated.
const (
	challengeFlags = smbproto.NTLMRequestTarget | smbproto.NTLMNTLM | smbproto.NTLMTargetInfo | smbproto.NTLMTargetTypeServer
	repeatedFlags  = smbproto.NTLMUnicode | smbproto.NTLMSign | smbproto.NTLMAlwaysSign | smbproto.NTLMExtendedSession |
		smbproto.NTLMVersionFlag | smbproto.NTLM128 | smbproto.NTLMKeyExchange | ntlmSeal | signing.NTLM56
	ntlmSeal = 0x00000020
)

// challengeVersion is what Samba's servers say of themselves.
var challengeVersion = smbproto.NTLMVersion{Major: 6, Minor: 1, Revision: 15}

// ask answers a NEGOTIATE message of NTLMSSP with the challenge.
func (l *login) ask(negotiate []byte) ([]byte, smbproto.Status) {
	client, err := smbproto.ParseNTLMNegotiate(negotiate)
	if err != nil {
		l.quirk("sent an NTLM NEGOTIATE that cannot be read")
	}
	m := smbproto.NTLMChallenge{Flags: challengeFlags | client.Flags&repeatedFlags, TargetName: l.name, ServerChallenge: l.challenge,
		NbComputerName: l.name, NbDomainName: l.name, DNSComputerName: l.name, Timestamp: smbproto.NewFiletime(now())}
	if m.Flags&smbproto.NTLMUnicode == 0 {
		m.Flags |= smbproto.NTLMOEM
	}
	if m.HasVersion = m.Flags&smbproto.NTLMVersionFlag != 0; m.HasVersion {
		m.Version = challengeVersion
	}
	return l.wrap(m.Append(nil)), smbproto.StatusMoreProcessingRequired
}

// suggest asks a client that began with another mechanism for NTLM, which it
// offered too.
func (l *login) suggest() ([]byte, smbproto.Status) {
	l.quirk("began to log on with " + quote(l.mechanisms[0].String()) + ", which is not to be had here")
	return l.wrap(nil), smbproto.StatusMoreProcessingRequired
}

// wrap puts an answer into SPNEGO, for a client that uses it.
func (l *login) wrap(token []byte) []byte {
	if l.raw {
		return token
	}
	return smbproto.SPNEGO{Response: true, State: acceptIncomplete, Mechanisms: []smbproto.Mechanism{smbproto.MechNTLMSSP}, Token: token}.Append(nil)
}

// authenticate judges an AUTHENTICATE message.
func (l *login) authenticate(m []byte) ([]byte, smbproto.Status) {
	key, ok := signing.Authenticate(m, l.challenge, l.account.user, l.account.hash)
	if !l.judge(ok) {
		return nil, smbproto.StatusLogonFailure
	}
	l.key = key
	return l.complete(m), smbproto.StatusSuccess
}

// complete is the last token of a logon. Who has signed the list of mechanisms
// is sent a signature too, and fails without it: [RFC 4178] 5.
func (l *login) complete(m []byte) []byte {
	if l.raw {
		return nil
	}
	s := smbproto.SPNEGO{Response: true, State: acceptCompleted}
	if a, err := smbproto.ParseNTLMAuthenticate(m); err == nil && l.mic {
		s.MIC = signing.ServerMIC(l.key, a.Flags, smbproto.SPNEGO{Mechanisms: l.mechanisms}.MechList())
	}
	return s.Append(nil)
}

// judge records a whole logon, and returns whether it is granted: the
// listener's own account alone is let in.
func (l *login) judge(ok bool) bool {
	logon := l.logon()
	if logon.As == inventory.LogonGuest && ok { // the listener's own account is called so
		logon.As = inventory.LogonAccount
	}
	logon.KnownKey, logon.Granted = ok, ok
	return ok
}
