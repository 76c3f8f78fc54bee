package scanner

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// offers are the parts of our requests that are the same for every host.
type offers struct {
	clientGUID smbproto.GUID
	contexts   []smbproto.NegotiateContext // of 3.1.1, without the server's name
	token      []byte                      // SPNEGO token with the NTLMSSP NEGOTIATE message
}

// clientVersion is that of Windows 11 23H2. No server tells this build, whose
// base is 22621, so an echo of our own message is not taken for a Windows.
var clientVersion = smbproto.NTLMVersion{Major: 10, Build: 22631, Revision: 15}

// ntlmOffered are the NTLM flags of a current Windows client.
const ntlmOffered = smbproto.NTLMUnicode | smbproto.NTLMOEM | smbproto.NTLMRequestTarget | smbproto.NTLMSign | smbproto.NTLMNTLM |
	smbproto.NTLMAlwaysSign | smbproto.NTLMExtendedSession | smbproto.NTLMTargetInfo | smbproto.NTLMVersionFlag |
	smbproto.NTLM128 | smbproto.NTLMKeyExchange

// clientCapabilities are those of a current Windows client.
const clientCapabilities = smbproto.CapDFS | smbproto.CapLeasing | smbproto.CapLargeMTU | smbproto.CapMultiChannel |
	smbproto.CapPersistentHandles | smbproto.CapDirectoryLeasing | smbproto.CapEncryption

func newOffers(guid smbproto.GUID) offers {
	salt := make([]byte, 32)
	rand.Read(salt) // never fails, see its documentation
	ntlm := smbproto.NTLMNegotiate{Flags: ntlmOffered, Version: clientVersion}
	token := smbproto.SPNEGO{Mechanisms: []smbproto.Mechanism{smbproto.MechNTLMSSP}, Token: ntlm.Append(nil)}
	return offers{
		clientGUID: guid,
		contexts: []smbproto.NegotiateContext{
			smbproto.PreauthIntegrity(salt),
			smbproto.Encryption(smbproto.CipherAES128GCM, smbproto.CipherAES128CCM, smbproto.CipherAES256GCM, smbproto.CipherAES256CCM),
			smbproto.Compression(smbproto.CompressionLZ77, smbproto.CompressionHuffman, smbproto.CompressionLZNT1),
			smbproto.Signing(smbproto.SigningAESGMAC, smbproto.SigningAESCMAC, smbproto.SigningHMACSHA256),
		},
		token: token.Append(nil),
	}
}

// negotiate returns the NEGOTIATE request that offers dialects.
func (o *offers) negotiate(dialects []smbproto.Dialect, server string) smbproto.SMB2NegotiateRequest {
	m := smbproto.SMB2NegotiateRequest{
		Header:       smbproto.SMB2Header{Credits: 1},
		SecurityMode: smbproto.SMB2SigningEnabled,
		Capabilities: clientCapabilities,
		ClientGUID:   o.clientGUID,
		Dialects:     dialects,
	}
	if slices.Contains(dialects, smbproto.Dialect311) {
		m.Contexts = append(slices.Clip(o.contexts), smbproto.Netname(server))
	}
	if dialects[len(dialects)-1] == smbproto.Dialect202 { // which has no capabilities, MS-SMB2 2.2.3
		m.Capabilities = 0
	}
	return m
}

// serverName is the name by which we call the host.
func (p *probe) serverName() string {
	if p.target.Name != "" {
		return p.target.Name
	}
	return p.target.Address.String()
}

// smb2 asks SMB2 on a fresh connection and, if it negotiates, goes on to the
// first leg of SESSION_SETUP. It returns how the negotiation went.
func (p *probe) smb2(open opener, port uint16, step inventory.Step) (inventory.Outcome, error) {
	started := time.Now()
	c, outcome, err := open(port)
	if err != nil {
		return 0, err
	}
	if c == nil {
		p.unconnected(step, port, outcome, started)
		return outcome, nil
	}
	defer c.close()
	dialects := smbproto.Dialects
	if step == inventory.StepSMB2NegotiateOld {
		dialects = dialects[:len(dialects)-1]
	}
	m, r, status := p.negotiate2(c, dialects)
	p.observe(step, port, r, status, started)
	if r.outcome != inventory.OutcomeAnswered {
		return r.outcome, p.ctx.Err()
	}
	if p.host.SMB2 != nil { // found on the direct port, whose answer counts
		return r.outcome, p.ctx.Err()
	}
	p.smb2Facts(m, port, dialects, r.payload)
	p.host.SMB2.FullOffer = step == inventory.StepSMB2Negotiate
	if step == inventory.StepSMB2NegotiateOld {
		p.quirk("does not accept an offer that includes 3.1.1")
	}
	if p.s.opts.Depth != DepthNegotiate && !p.s.opts.Gentle {
		p.smb2SessionSetup(c, m)
	}
	return r.outcome, p.ctx.Err()
}

// negotiate2 sends an SMB2 NEGOTIATE and parses what comes back, whatever
// protocol it is of.
func (p *probe) negotiate2(c *conn, dialects []smbproto.Dialect) (m smbproto.SMB2NegotiateResponse, r result, status string) {
	r = c.exchange(p.s.offers.negotiate(dialects, p.serverName()))
	if r.outcome != inventory.OutcomeAnswered {
		return m, r, ""
	}
	switch protocol := smbproto.ProtocolOf(r.payload); protocol {
	case smbproto.ProtocolSMB2:
		return p.parseNegotiate2(r, 0)
	case smbproto.ProtocolSMB1:
		p.quirk("answers SMB2 NEGOTIATE with an SMB1 message")
		r.outcome, r.detail = inventory.OutcomeMalformed, "an SMB1 message where SMB2 was asked"
	default:
		r.outcome, r.detail = inventory.OutcomeMalformed, protocol.String()+" before any session"
	}
	return m, r, ""
}

// parseNegotiate2 parses a response to the request of the given number.
func (p *probe) parseNegotiate2(r result, id uint64) (smbproto.SMB2NegotiateResponse, result, string) {
	m, err := smbproto.ParseSMB2NegotiateResponse(r.payload)
	switch {
	case err != nil:
		r.outcome, r.detail = inventory.OutcomeMalformed, err.Error()
	case m.Header.MessageID != id:
		r.outcome, r.detail = inventory.OutcomeMalformed, errWrongNumber.Error()
	case m.Header.Status != smbproto.StatusSuccess:
		r.outcome = inventory.OutcomeErrorStatus
		return m, r, m.Header.Status.String()
	}
	return m, r, ""
}

// smb2Facts turns a NEGOTIATE response to an offer of ours into the facts of the
// host.
func (p *probe) smb2Facts(m smbproto.SMB2NegotiateResponse, port uint16, offered []smbproto.Dialect, raw []byte) {
	request := &smbproto.SMB2NegotiateRequest{Dialects: offered, Contexts: p.s.offers.contexts}
	f, quirks := inventory.NewSMB2(m, port, request, raw)
	if m.Dialect == smbproto.Dialect202 { // the lowest there is: nothing left to find
		f.DialectsComplete = true
	}
	for _, q := range quirks {
		p.quirk(q)
	}
	p.host.SMB2 = f
}

// smb2SessionSetup asks for the NTLM challenge, which tells names and build,
// and stops there: no credential is sent. A server that offers only other
// mechanisms is left alone.
func (p *probe) smb2SessionSetup(c *conn, n smbproto.SMB2NegotiateResponse) {
	if mechs := p.host.SMB2.Mechanisms; len(mechs) > 0 && !slices.Contains(mechs, smbproto.MechNTLMSSP.String()) {
		return
	}
	m := smbproto.SMB2SessionSetupRequest{
		Header:         smbproto.SMB2Header{MessageID: 1, Credits: 1},
		SecurityMode:   smbproto.SMB2SigningEnabled,
		Capabilities:   smbproto.CapDFS,
		SecurityBuffer: p.s.offers.token,
	}
	if n.Dialect >= smbproto.Dialect210 && n.Dialect != smbproto.DialectWildcard {
		m.Header.CreditCharge = 1
	}
	started := time.Now()
	r := c.exchange(m)
	var challenge smbproto.SMB2SessionSetupResponse
	status := ""
	if r.outcome == inventory.OutcomeAnswered {
		challenge, r, status = p.readSessionSetup2(r)
	}
	p.observe(inventory.StepSMB2SessionSetup, c.port, r, status, started)
	if p.wantsGuestCheck() && status == "" && challenge.Header.Status == smbproto.StatusMoreProcessingRequired {
		p.guest2(c, n.Dialect, challenge)
	}
}

// errWrongNumber says what is wrong with an answer that a client drops.
var errWrongNumber = errors.New("answers a message that was not sent")

func (p *probe) readSessionSetup2(r result) (a smbproto.SMB2SessionSetupResponse, _ result, status string) {
	a, err := smbproto.ParseSMB2SessionSetupResponse(r.payload)
	if err == nil && a.Header.MessageID != 1 {
		err = errWrongNumber
	}
	switch {
	case err != nil:
		r.outcome, r.detail = inventory.OutcomeMalformed, err.Error()
		return smbproto.SMB2SessionSetupResponse{}, r, ""
	case a.Header.Status == smbproto.StatusMoreProcessingRequired:
		r.detail = p.host.AddChallenge(a.SecurityBuffer)
	case a.Header.Status == smbproto.StatusSuccess:
		p.grantedUnasked(a.SessionFlags&smbproto.SessionFlagNull != 0)
	default:
		r.outcome = inventory.OutcomeErrorStatus
		return a, r, a.Header.Status.String()
	}
	return a, r, ""
}

// grantedUnasked notes a session that was granted before any credential was
// sent. No key can exist for it, so it is a guest's or nobody's.
func (p *probe) grantedUnasked(null bool) {
	p.quirk("grants a session before any credential is sent")
	p.host.Guest = inventory.GuestGranted
	if null {
		p.host.Guest = inventory.GuestNull
	}
}

// dialects finds every dialect by descending offers: everything below the last
// answer, until none is left or the server refuses. No offer leaves out the old
// dialects, of which a real server dies.
func (p *probe) dialects(open opener, port uint16) error {
	f := p.host.SMB2
	for !f.DialectsComplete && len(f.Dialects) > 0 {
		lowest, ok := parseDialect(f.Dialects[0])
		below := slices.DeleteFunc(slices.Clone(smbproto.Dialects), func(d smbproto.Dialect) bool { return d >= lowest })
		if !ok || len(below) == 0 {
			break
		}
		m, outcome, err := p.offer(open, port, below)
		switch {
		case err != nil:
			return err
		case outcome == inventory.OutcomeErrorStatus, outcome == inventory.OutcomeClosedAfterNegotiate, outcome == inventory.OutcomeResetAfterNegotiate:
			f.DialectsComplete = true // refused: there is nothing below
		case outcome != inventory.OutcomeAnswered:
			return nil // not known whether there is more
		case !slices.Contains(below, m.Dialect):
			p.quirk("selected dialect " + m.Dialect.String() + ", which was not offered")
			f.DialectsComplete = true
		default:
			f.Dialects = slices.Insert(f.Dialects, 0, m.Dialect.String())
			f.DialectsComplete = m.Dialect == smbproto.Dialect202
		}
	}
	return nil
}

func parseDialect(name string) (smbproto.Dialect, bool) {
	for _, d := range smbproto.Dialects {
		if d.String() == name {
			return d, true
		}
	}
	return 0, false
}

// offer asks for one of the given dialects on a fresh connection.
func (p *probe) offer(open opener, port uint16, dialects []smbproto.Dialect) (m smbproto.SMB2NegotiateResponse, o inventory.Outcome, err error) {
	started := time.Now()
	c, outcome, err := open(port)
	if err != nil {
		return m, outcome, err
	}
	if c == nil {
		p.unconnected(inventory.StepSMB2Dialect, port, outcome, started)
		return m, outcome, nil
	}
	defer c.close()
	m, r, status := p.negotiate2(c, dialects)
	if r.outcome == inventory.OutcomeAnswered {
		r.detail = fmt.Sprintf("%s of up to %s", m.Dialect, dialects[len(dialects)-1])
	}
	p.observe(inventory.StepSMB2Dialect, port, r, status, started)
	return m, r.outcome, p.ctx.Err()
}
