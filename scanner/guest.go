package scanner

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// The guest check logs on as a user that does not exist, to see whether the
// host lets strangers in as guests: [MS-SMB2] 3.3.5.5.3, [MS-CIFS] 2.2.4.53.2.
// It goes on from the challenge that a scan asks for anyway, so it costs no
// connection. The user is random, so no account can be locked out, and the
// responses to the challenge are random too, because there is no password.

// GuestUser begins the name by which the guest check logs on, so that an
// administrator who meets it in an event log can tell where it comes from.
const GuestUser = "smbready-"

// guestSuffix is how many random letters follow. A Windows account name has at
// most 20 characters.
const guestSuffix = 11

// guestWait is the least time that a host has for this answer. Windows 11 24H2
// and Server 2025 wait two seconds after each failed logon.
const guestWait = 10 * time.Second

func guestUser() string { return GuestUser + strings.ToLower(rand.Text()[:guestSuffix]) }

// wantsGuestCheck reports whether the host is still to be asked.
func (p *probe) wantsGuestCheck() bool {
	return p.s.opts.GuestCheck && p.host.Guest == inventory.GuestUnknown && !p.guestAsked
}

// logon returns the AUTHENTICATE message of a user that does not exist, wrapped
// as the challenge was. It names the server itself as the domain, so that no
// domain controller is asked.
func logon(challenge []byte) ([]byte, bool) {
	raw := smbproto.FindNTLMChallenge(challenge)
	server, err := smbproto.ParseNTLMChallenge(raw)
	if err != nil {
		return nil, false
	}
	domain := server.NbComputerName
	if domain == "" {
		domain = server.TargetName
	}
	m := smbproto.NTLMAuthenticate{
		Flags:  server.Flags&ntlmOffered&^smbproto.NTLMKeyExchange | smbproto.NTLMVersionFlag,
		Domain: limit(domain), User: guestUser(), Workstation: workstation, Version: clientVersion,
	}
	token := m.Append(nil, make([]byte, 24), ntResponse(server.Timestamp, smbproto.TargetInfoOf(raw)))
	if spnego, err := smbproto.ParseSPNEGO(challenge); err == nil && !spnego.Raw {
		token = smbproto.SPNEGO{Response: true, State: -1, Token: token}.Append(nil)
	}
	return token, true
}

// workstation is the name that we give ourselves.
const workstation = "SMBREADY"

// maxTargetInfo is how much target information is repeated, in bytes. That of a
// real server has a few hundred.
const maxTargetInfo = 4096

// ntResponse returns a well-formed response that no password stands behind, of
// NTLM version 2 where the server gave its target information.
func ntResponse(now smbproto.Filetime, targetInfo []byte) []byte {
	var random [24]byte
	rand.Read(random[:]) // never fails, see its documentation
	if len(targetInfo) == 0 || len(targetInfo) > maxTargetInfo {
		return random[:]
	}
	if now == 0 {
		now = smbproto.NewFiletime(time.Now())
	}
	return smbproto.NTLMv2Response([16]byte(random[:16]), [8]byte(random[16:]), now, targetInfo)
}

// guest2 goes on from an SMB2 challenge.
func (p *probe) guest2(c *conn, dialect smbproto.Dialect, challenge smbproto.SMB2SessionSetupResponse) {
	token, ok := logon(challenge.SecurityBuffer)
	if !ok {
		return
	}
	p.guestAsked = true
	m := smbproto.SMB2SessionSetupRequest{
		Header:         smbproto.SMB2Header{MessageID: 2, Credits: 1, SessionID: challenge.Header.SessionID},
		SecurityMode:   smbproto.SMB2SigningEnabled,
		Capabilities:   smbproto.CapDFS,
		SecurityBuffer: token,
	}
	if dialect >= smbproto.Dialect210 {
		m.Header.CreditCharge = 1
	}
	p.guestStep(c, m, func(payload []byte) (smbproto.Status, inventory.Guest, error) {
		a, err := smbproto.ParseSMB2SessionSetupResponse(payload)
		switch {
		case err == nil && a.Header.MessageID != 2:
			return 0, inventory.GuestUnknown, errWrongNumber
		case a.SessionFlags&smbproto.SessionFlagGuest != 0:
			return a.Header.Status, inventory.GuestGranted, err
		case a.SessionFlags&smbproto.SessionFlagNull != 0:
			return a.Header.Status, inventory.GuestNull, err
		}
		return a.Header.Status, inventory.GuestUnknown, err
	})
}

// guest1 goes on from an SMB1 challenge with extended security.
func (p *probe) guest1(c *conn, sessionKey uint32, challenge smbproto.SMB1SessionSetupResponse) {
	token, ok := logon(challenge.SecurityBlob)
	if !ok {
		return
	}
	m := sessionSetup1(sessionKey, token)
	m.Header.MID, m.Header.UID = 2, challenge.Header.UID
	p.guestAsk1(c, m)
}

// guest1Old logs on without extended security, where passwords are at least not
// sent in clear text and users are known at all.
func (p *probe) guest1Old(c *conn, n smbproto.SMB1NegotiateResponse) {
	const want = smbproto.SMB1UserSecurity | smbproto.SMB1EncryptPasswords
	if n.WordCount != 17 || n.SecurityMode&want != want || n.ChallengeLength != 8 {
		return
	}
	var random [48]byte
	rand.Read(random[:]) // never fails, see its documentation
	m := smbproto.SMB1Logon{SMB1SessionSetupRequest: sessionSetup1(n.SessionKey, nil), OEMResponse: random[:24], UnicodeResponse: random[24:]}
	m.Header.MID, m.Header.Flags2 = 1, sessionSetupFlags2&^smbproto.Flags2ExtendedSecurity
	if n.Capabilities&smbproto.CapUnicode == 0 {
		m.Header.Flags2 &^= smbproto.Flags2Unicode
	}
	m.Account, m.PrimaryDomain = guestUser(), limit(n.Domain)
	p.guestAsk1(c, m)
}

func (p *probe) guestAsk1(c *conn, m smbproto.Appender) {
	p.guestAsked = true
	p.guestStep(c, m, func(payload []byte) (smbproto.Status, inventory.Guest, error) {
		a, err := smbproto.ParseSMB1SessionSetupResponse(payload)
		switch {
		case err == nil && !a.Header.NTStatus() && a.Header.Status == dosBadPassword:
			return smbproto.StatusLogonFailure, inventory.GuestUnknown, nil
		case a.Action&smbproto.ActionGuest != 0:
			return a.Header.Status, inventory.GuestGranted, err
		}
		return a.Header.Status, inventory.GuestUnknown, err
	})
}

// guestStep sends the logon and notes what came of it. read returns the status
// of the answer and what its flags say.
func (p *probe) guestStep(c *conn, m smbproto.Appender, read func([]byte) (smbproto.Status, inventory.Guest, error)) {
	started := time.Now()
	r := c.exchangeWithin(max(guestWait, p.s.opts.ReadTimeout), m)
	if r.outcome != inventory.OutcomeAnswered {
		p.observe(inventory.StepGuestCheck, c.port, r, "", started)
		return
	}
	status, guest, err := read(r.payload)
	text := ""
	switch {
	case err != nil:
		r.outcome, r.detail = inventory.OutcomeMalformed, err.Error()
	case status == smbproto.StatusSuccess && guest == inventory.GuestUnknown:
		// No key can come of a password that nobody has, whatever the flags say.
		p.quirk("lets in a user that does not exist without calling it a guest")
		p.host.Guest = inventory.GuestGranted
	case status == smbproto.StatusSuccess:
		p.host.Guest = guest
	case refusesLogon(status):
		p.host.Guest = inventory.GuestDenied
		r.outcome, text = inventory.OutcomeErrorStatus, status.String()
	default:
		r.outcome, text = inventory.OutcomeErrorStatus, status.String()
	}
	p.observe(inventory.StepGuestCheck, c.port, r, text, started)
}

// dosBadPassword is ERRSRV/ERRbadpw, a class and a code, which servers without
// NTSTATUS answer, [MS-CIFS] 2.2.2.4.
const dosBadPassword = 0x0002_0002

// refusals are the statuses that turn down a user who is not known, [MS-ERREF]
// 2.3.1. Others say nothing about guests: STATUS_ACCESS_DENIED, for one, may be
// about the name by which the server was called.
var refusals = []smbproto.Status{
	smbproto.StatusLogonFailure, smbproto.StatusNoSuchUser, smbproto.StatusWrongPassword, smbproto.StatusAccountRestriction,
	smbproto.StatusAccountDisabled, smbproto.StatusLogonTypeNotGranted,
}

func refusesLogon(s smbproto.Status) bool { return slices.Contains(refusals, s) }
