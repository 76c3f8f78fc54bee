package inventory

import (
	"slices"
	"strings"
	"unicode/utf8"

	"smbready/smbproto"
)

// Bounds of what a client says of itself.
const (
	maxText     = 256 // bytes
	maxDialects = 32
)

// clip cuts a string from the network, which is valid UTF-8, at maxText.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// AddSMB1 takes in an SMB1 NEGOTIATE request.
func (o *Offer) AddSMB1(m smbproto.SMB1NegotiateRequest) {
	o.SMB1Dialects = nil
	for _, d := range m.Dialects[:min(len(m.Dialects), maxDialects)] {
		o.SMB1Dialects = append(o.SMB1Dialects, clip(d))
	}
	flags := m.Header.Flags2
	o.Flags2 = &flags
}

// AddSMB1Setup takes in an SMB1 SESSION_SETUP_ANDX request. Of several the first
// counts for the names, and any for signing: what a client ever asked for stays.
func (o *Offer) AddSMB1Setup(m smbproto.SMB1SessionSetupRequest) {
	flags := m.Header.Flags2
	if o.SetupFlags2 != nil {
		flags |= *o.SetupFlags2 & (smbproto.Flags2SecuritySignature | smbproto.Flags2SignatureRequired)
	}
	o.SetupFlags2 = &flags
	if o.NativeOS == "" {
		o.NativeOS = clip(m.NativeOS)
	}
	if o.NativeLANManager == "" {
		o.NativeLANManager = clip(m.NativeLANManager)
	}
}

// AddSMB2 takes in an SMB2 NEGOTIATE request.
func (o *Offer) AddSMB2(m smbproto.SMB2NegotiateRequest) {
	o.SMB2Dialects = nil
	dialects := slices.Clone(m.Dialects[:min(len(m.Dialects), maxDialects)])
	slices.Sort(dialects)
	for _, d := range slices.Compact(dialects) {
		o.SMB2Dialects = append(o.SMB2Dialects, d.String())
	}
	mode := uint16(m.SecurityMode)
	o.SecurityMode = &mode
	if m.ClientGUID != (smbproto.GUID{}) {
		o.ClientGUID = m.ClientGUID.Hex()
	}
	o.Algorithms = algorithms(m.Contexts, smbproto.ContextSigning, smbproto.SigningName)
	o.Ciphers = algorithms(m.Contexts, smbproto.ContextEncryption, smbproto.CipherName)
}

// algorithms returns the names in a context of a 3.1.1 offer.
func algorithms(contexts []smbproto.NegotiateContext, t smbproto.ContextType, name func(uint16) string) (names []string) {
	c, found := smbproto.FindContext(contexts, t)
	if !found {
		return nil
	}
	ids, err := c.Algorithms()
	if err != nil {
		return nil
	}
	for _, id := range ids[:min(len(ids), maxDialects)] {
		names = append(names, name(id))
	}
	return names
}

// AddSMB2Setup takes in an SMB2 SESSION_SETUP request.
func (o *Offer) AddSMB2Setup(m smbproto.SMB2SessionSetupRequest) {
	mode := uint16(m.SecurityMode)
	if o.SetupSecurityMode != nil {
		mode |= *o.SetupSecurityMode
	}
	o.SetupSecurityMode = &mode
}

// SMB2 reports whether the client offered any dialect of SMB2, by either form.
func (o *Offer) SMB2() bool {
	return len(o.SMB2Dialects) > 0 || slices.Contains(o.SMB1Dialects, smbproto.DialectSMB2002) ||
		slices.Contains(o.SMB1Dialects, smbproto.DialectSMB2Any)
}

// SMB1Only reports whether the client offered SMB1 and nothing of SMB2.
func (o *Offer) SMB1Only() bool { return len(o.SMB1Dialects) > 0 && !o.SMB2() }

// Dialects returns what was offered under the field's usual names, lowest first:
// "NT LM 0.12" for SMB1, or the last older string where that is not among them,
// then SMB2's.
func (o *Offer) Dialects() []string {
	var list []string
	old := ""
	for _, d := range o.SMB1Dialects {
		if d != smbproto.DialectSMB2002 && d != smbproto.DialectSMB2Any && old != smbproto.DialectNTLM012 {
			old = d
		}
	}
	if old != "" {
		list = append(list, old)
	}
	if slices.Contains(o.SMB1Dialects, smbproto.DialectSMB2002) && !slices.Contains(o.SMB2Dialects, smbproto.Dialect202.String()) {
		list = append(list, smbproto.Dialect202.String())
	}
	return append(list, o.SMB2Dialects...)
}

// AddToken takes in the security buffer of a SESSION_SETUP request: what of an
// NTLM message tells about the client. Responses are not read. It reports
// whether the buffer holds credentials, or the lack of any: an NTLM AUTHENTICATE
// or a Kerberos ticket.
func (l *Logon) AddToken(token []byte) (whole bool) {
	if raw := smbproto.FindNTLMNegotiate(token); raw != nil {
		if m, err := smbproto.ParseNTLMNegotiate(raw); err == nil {
			l.setName(&l.Workstation, m.Workstation)
			l.setName(&l.Domain, m.Domain)
			l.setVersion(m.Version)
		}
		return false
	}
	if raw := smbproto.FindNTLMAuthenticate(token); raw != nil {
		m, err := smbproto.ParseNTLMAuthenticate(raw)
		if err != nil {
			return false
		}
		l.addAuthenticate(m)
		return true
	}
	t, err := smbproto.ParseSPNEGO(token)
	if err != nil || len(t.Mechanisms) == 0 || len(t.Token) == 0 {
		return false
	}
	if first := t.Mechanisms[0]; first != smbproto.MechKerberos && first != smbproto.MechMSKerberos {
		return false
	}
	l.As, l.Mechanism = LogonAccount, "Kerberos"
	return true
}

// ntlmv1Length is the length of an NTLMv1 or LM response, in bytes, [MS-NLMP]
// 2.2.2.6; that of NTLMv2 is longer.
const ntlmv1Length = 24

// addAuthenticate takes in an AUTHENTICATE message. The last counts.
func (l *Logon) addAuthenticate(m smbproto.NTLMAuthenticate) {
	l.User, l.Domain = clip(m.User), clip(m.Domain)
	l.setName(&l.Workstation, m.Workstation)
	l.setVersion(m.Version)
	switch {
	case m.NTResponseLength > ntlmv1Length:
		l.As, l.Mechanism = LogonAccount, "NTLMv2"
	case m.NTResponseLength > 0:
		l.As, l.Mechanism = LogonAccount, "NTLMv1"
	case m.User == "":
		l.As, l.Mechanism = LogonAnonymous, ""
	case m.LMResponseLength > 1:
		l.As, l.Mechanism = LogonAccount, "LM"
	default:
		l.As, l.Mechanism = LogonAccount, ""
	}
	l.setGuest()
}

// namesOfGuest are accounts that are another word for none.
var namesOfGuest = []string{"guest", "gast", "invité", "invitado", "ospite"}

// IsGuestName reports whether an account, with its domain or without, is called as
// that for guests: who logs on to it gets no key to sign with.
func IsGuestName(user string) bool {
	if i := strings.LastIndexByte(user, '\\'); i >= 0 {
		user = user[i+1:]
	}
	user, _, _ = strings.Cut(user, "@")
	return slices.ContainsFunc(namesOfGuest, func(g string) bool { return strings.EqualFold(g, user) })
}

// setGuest makes a logon with the account for guests one of a guest.
func (l *Logon) setGuest() {
	if l.As == LogonAccount && IsGuestName(l.User) {
		l.As = LogonGuest
	}
}

// AddSMB1Logon takes in a SESSION_SETUP_ANDX request without extended security.
// Passwords in clear text are told by the server's SecurityMode, not by this.
func (l *Logon) AddSMB1Logon(m smbproto.SMB1SessionSetupRequest) {
	l.User, l.Domain = clip(m.Account), clip(m.PrimaryDomain)
	switch {
	case m.UnicodeLength > ntlmv1Length:
		l.As, l.Mechanism = LogonAccount, "NTLMv2"
	case m.UnicodeLength == ntlmv1Length:
		l.As, l.Mechanism = LogonAccount, "NTLMv1"
	case m.OEMLength == ntlmv1Length:
		l.As, l.Mechanism = LogonAccount, "LM"
	case m.Account == "" && m.OEMLength <= 1 && m.UnicodeLength <= 2: // a terminator counts as a password
		l.As, l.Mechanism = LogonAnonymous, ""
	default:
		l.As, l.Mechanism = LogonAccount, ""
	}
	l.setGuest()
}

func (l *Logon) setName(name *string, value string) {
	if *name == "" {
		*name = clip(value)
	}
}

func (l *Logon) setVersion(v smbproto.NTLMVersion) {
	if v != (smbproto.NTLMVersion{}) {
		l.Version = v.String()
	}
}
