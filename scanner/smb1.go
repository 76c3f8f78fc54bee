package scanner

import (
	"slices"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// smb1Dialects are offered when SMB1 is asked alone: what Windows offers, and
// the names that some machine controllers and printers know instead.
var smb1Dialects = []string{smbproto.DialectCore, smbproto.DialectCorePlus, smbproto.DialectMSNet30, smbproto.DialectLANMAN10,
	smbproto.DialectWfW31a, smbproto.DialectLM12X002, smbproto.DialectLANMAN21, smbproto.DialectNTLANMAN10, smbproto.DialectNTLM012}

// multiDialects add the two names by which SMB1 leads to SMB2, MS-SMB2 3.2.4.2.2.1.
var multiDialects = append(slices.Clip(smb1Dialects), smbproto.DialectSMB2002, smbproto.DialectSMB2Any)

// Flags2 as Windows clients set them in both messages.
const (
	negotiateFlags2 = smbproto.Flags2Unicode | smbproto.Flags2NTStatus | smbproto.Flags2ExtendedSecurity | smbproto.Flags2IsLongName |
		smbproto.Flags2SignatureRequired | smbproto.Flags2ExtendedAttrs | smbproto.Flags2LongNames
	sessionSetupFlags2 = smbproto.Flags2Unicode | smbproto.Flags2NTStatus | smbproto.Flags2ExtendedSecurity |
		smbproto.Flags2SecuritySignature | smbproto.Flags2ExtendedAttrs | smbproto.Flags2LongNames
)

func smb1Header(flags2 uint16) smbproto.SMB1Header {
	return smbproto.SMB1Header{Flags: smbproto.SMB1FlagCanonical | smbproto.SMB1FlagCaseInsensitive, Flags2: flags2, PID: 0xfeff}
}

// smb1 asks SMB1 alone on a fresh connection and, where the answer allows it,
// goes on to the first leg of SESSION_SETUP_ANDX.
func (p *probe) smb1(open opener, port uint16) error {
	started := time.Now()
	c, outcome, err := open(port)
	if err != nil {
		return err
	}
	if c == nil {
		p.unconnected(inventory.StepSMB1Negotiate, port, outcome, started)
		return nil
	}
	defer c.close()
	r := c.exchange(smbproto.SMB1NegotiateRequest{Header: smb1Header(negotiateFlags2), Dialects: smb1Dialects})
	if r.outcome != inventory.OutcomeAnswered {
		p.observe(inventory.StepSMB1Negotiate, port, r, "", started)
		return p.ctx.Err()
	}
	m, r, status := p.parseNegotiate1(r, port)
	p.observe(inventory.StepSMB1Negotiate, port, r, status, started)
	switch {
	case p.host.SMB1 == nil || p.host.SMB1.Port != port || r.outcome != inventory.OutcomeAnswered || p.s.opts.Depth == DepthNegotiate:
	case m.ExtendedSecurity():
		p.smb1SessionSetup(c, m)
	case p.wantsGuestCheck1():
		p.guest1Old(c, m)
	}
	return p.ctx.Err()
}

// parseNegotiate1 reads the answer to an SMB1 NEGOTIATE and sets the facts.
func (p *probe) parseNegotiate1(r result, port uint16) (m smbproto.SMB1NegotiateResponse, _ result, status string) {
	if smbproto.ProtocolOf(r.payload) != smbproto.ProtocolSMB1 {
		p.quirk("answers SMB1 NEGOTIATE with an SMB2 message")
		r.outcome, r.detail = inventory.OutcomeMalformed, "another protocol where SMB1 was asked"
		return m, r, ""
	}
	m, err := smbproto.ParseSMB1NegotiateResponse(r.payload)
	switch {
	case err != nil:
		r.outcome, r.detail = inventory.OutcomeMalformed, err.Error()
		return m, r, ""
	case m.Header.Status != smbproto.StatusSuccess, m.WordCount == 0:
		r.outcome = inventory.OutcomeErrorStatus
		return m, r, status1(m.Header)
	case m.DialectIndex == smbproto.NoDialect:
		r.outcome = inventory.OutcomeNoDialect
		p.noDialect(m, port, r.payload)
		return m, r, ""
	case int(m.DialectIndex) >= len(smb1Dialects):
		r.outcome, r.detail = inventory.OutcomeMalformed, "selected a dialect beyond those offered"
		return m, r, ""
	}
	if p.host.SMB1 == nil { // else found on the direct port, whose answer counts
		p.host.SMB1 = inventory.NewSMB1(m, port, smb1Dialects, r.payload)
		p.host.Names.AddSMB1(m)
	}
	return m, r, ""
}

// status1 returns the status of an SMB1 message, which is an NTSTATUS only if
// Flags2 says so.
func status1(h smbproto.SMB1Header) string {
	if h.Flags2&smbproto.Flags2NTStatus == 0 && h.Status != 0 {
		return "DOS error"
	}
	return h.Status.String()
}

// noDialect notes a server that speaks SMB1 but accepts no dialect. Beside SMB2
// it only means that SMB1 is off.
func (p *probe) noDialect(m smbproto.SMB1NegotiateResponse, port uint16, raw []byte) {
	if p.host.SMB2 == nil && p.host.SMB1 == nil {
		p.host.SMB1 = inventory.NewSMB1Refusal(m, port, raw)
	}
}

// smb1SessionSetup asks for the NTLM challenge; the answer names the operating
// system. No credential is sent.
func (p *probe) smb1SessionSetup(c *conn, n smbproto.SMB1NegotiateResponse) {
	m := sessionSetup1(n.SessionKey, p.s.offers.token)
	m.Header.MID = 1
	started := time.Now()
	r := c.exchange(m)
	var challenge smbproto.SMB1SessionSetupResponse
	status := ""
	if r.outcome == inventory.OutcomeAnswered {
		challenge, r, status = p.readSessionSetup1(r)
	}
	p.observe(inventory.StepSMB1SessionSetup, c.port, r, status, started)
	if p.wantsGuestCheck1() && status == "" && challenge.Header.Status == smbproto.StatusMoreProcessingRequired {
		p.guest1(c, n.SessionKey, challenge)
	}
}

// wantsGuestCheck1 reports whether SMB1 is the way by which a guest would come:
// Windows uses SMB2 wherever it is spoken.
func (p *probe) wantsGuestCheck1() bool { return p.host.SMB2 == nil && p.wantsGuestCheck() }

// sessionSetup1 returns a SESSION_SETUP_ANDX request with a security blob.
func sessionSetup1(sessionKey uint32, blob []byte) smbproto.SMB1SessionSetupRequest {
	return smbproto.SMB1SessionSetupRequest{
		Header: smb1Header(sessionSetupFlags2), MaxBuffer: 4356, MaxMpx: 10, SessionKey: sessionKey,
		Capabilities: 0x000000d4, // Unicode, NT SMBs, NT status, level 2 oplocks; MS-CIFS 2.2.4.52.2
		SecurityBlob: blob,
	}
}

func (p *probe) readSessionSetup1(r result) (a smbproto.SMB1SessionSetupResponse, _ result, status string) {
	a, err := smbproto.ParseSMB1SessionSetupResponse(r.payload)
	if err != nil {
		r.outcome, r.detail = inventory.OutcomeMalformed, err.Error()
		return smbproto.SMB1SessionSetupResponse{}, r, ""
	}
	p.host.SMB1.NativeOS, p.host.SMB1.NativeLANManager = limit(a.NativeOS), limit(a.NativeLANManager)
	p.host.OS.Name = p.host.SMB1.NativeOS
	inventory.SetName(&p.host.Names.Workgroup, a.PrimaryDomain)
	if a.Header.Status != smbproto.StatusMoreProcessingRequired && a.Header.Status != smbproto.StatusSuccess {
		r.outcome = inventory.OutcomeErrorStatus
		return a, r, status1(a.Header)
	}
	if a.Header.Status == smbproto.StatusSuccess {
		p.grantedUnasked(false)
		return a, r, ""
	}
	r.detail = p.host.AddChallenge(a.SecurityBlob)
	return a, r, ""
}

// multi asks for both protocols at once, as Windows did while SMB1 was on: the
// last form for a server that liked neither alone.
func (p *probe) multi(open opener, port uint16) error {
	started := time.Now()
	c, outcome, err := open(port)
	if err != nil {
		return err
	}
	if c == nil {
		p.unconnected(inventory.StepMultiNegotiate, port, outcome, started)
		return nil
	}
	defer c.close()
	r := c.exchange(smbproto.SMB1NegotiateRequest{Header: smb1Header(negotiateFlags2), Dialects: multiDialects})
	status := ""
	if r.outcome == inventory.OutcomeAnswered {
		r, status = p.parseMulti(c, r)
	}
	p.observe(inventory.StepMultiNegotiate, port, r, status, started)
	return p.ctx.Err()
}

// parseMulti reads an answer of either protocol.
func (p *probe) parseMulti(c *conn, r result) (result, string) {
	if smbproto.ProtocolOf(r.payload) == smbproto.ProtocolSMB1 {
		_, r, status := p.parseNegotiate1(r, c.port)
		return r, status
	}
	m, r, status := p.parseNegotiate2(r, 0)
	if r.outcome != inventory.OutcomeAnswered {
		return r, status
	}
	p.quirk("speaks SMB2 only after a multi-protocol NEGOTIATE")
	p.multiOnly = true
	p.host.SMB1 = nil // at most that no dialect was chosen: SMB1 is off
	p.smb2Facts(m, c.port, []smbproto.Dialect{smbproto.Dialect202, smbproto.DialectWildcard}, r.payload)
	if m.Dialect == smbproto.DialectWildcard {
		p.followWildcard(c)
	}
	return r, status
}

// followWildcard asks for the dialect behind the wildcard revision, which only
// tells the security mode (MS-SMB2 3.3.5.3.1), with a second NEGOTIATE on the
// same connection.
func (p *probe) followWildcard(c *conn) {
	request := p.s.offers.negotiate(smbproto.Dialects, p.serverName())
	request.Header.MessageID = 1
	r := c.exchange(request)
	if r.outcome != inventory.OutcomeAnswered {
		return
	}
	if m, r, _ := p.parseNegotiate2(r, 1); r.outcome == inventory.OutcomeAnswered {
		p.smb2Facts(m, c.port, smbproto.Dialects, r.payload)
	}
}
