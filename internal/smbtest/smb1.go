package smbtest

import (
	"crypto/sha256"
	"slices"
	"time"

	"smbready/smbproto"
)

// SMB1 is how a device speaks SMB1. Its numbers are sent as they are, zero
// too: printers are told apart by them.
type SMB1 struct {
	Dialects         []string // best first; nil: NT LM 0.12
	SecurityMode     smbproto.SMB1SecurityMode
	MaxMpx, MaxVcs   uint16
	MaxBuffer        uint32
	MaxRaw           uint32
	RawMode          uint16 // with 13 words
	Capabilities     uint32 // with 17 words, without CapExtendedSecurity
	Flags            uint8
	Flags2           uint16 // of Unicode, NT status and extended security only what the client has too
	GUID             smbproto.GUID
	Mechanisms       []smbproto.Mechanism
	NativeOS         string
	NativeLANManager string
	NoNames          bool // NEGOTIATE without domain and server name
	Guest            bool // who cannot log on becomes a guest
}

// smb1UID is the id of every session.
const smb1UID = 0x0800

// flags2Shared are the bits of Flags2 that take effect when both sides set them.
const flags2Shared = smbproto.Flags2NTStatus | smbproto.Flags2Unicode | smbproto.Flags2ExtendedSecurity

// answer returns the header of an answer to h.
func (s *SMB1) answer(h smbproto.SMB1Header, status smbproto.Status) smbproto.SMB1Header {
	h.Status = status
	h.Flags = s.Flags | smbproto.SMB1FlagReply
	h.Flags2 = s.Flags2 &^ (flags2Shared &^ h.Flags2)
	h.Signature = [8]byte{}
	return h
}

// smb1Off answers for devices without SMB1.
var smb1Off = SMB1{Flags: smbproto.SMB1FlagCaseInsensitive, Flags2: smbproto.Flags2LongNames | flags2Shared}

// choose returns the best common dialect and its place in the offer.
func (s *SMB1) choose(offered []string) (dialect string, index int) {
	known := s.Dialects
	if known == nil {
		known = []string{smbproto.DialectNTLM012}
	}
	for _, d := range known {
		if i := slices.Index(offered, d); i >= 0 {
			return d, i
		}
	}
	return "", smbproto.NoDialect
}

// wordCount returns the form in which a dialect is answered, [MS-CIFS] 2.2.4.52.2.
func wordCount(dialect string) uint8 {
	switch dialect {
	case "", smbproto.DialectCore:
		return 1
	case smbproto.DialectNTLM012, smbproto.DialectNTLANMAN10:
		return 17
	}
	return 13
}

func (c *conversation) smb1Negotiate(b []byte) reply {
	req, err := smbproto.ParseSMB1NegotiateRequest(b)
	if err != nil || c.smb1 || c.dialect != 0 {
		return reply{end: hangUp}
	}
	if d := c.multiProtocol(req.Dialects); d != 0 {
		c.dialect = d
		return message(c.smb2NegotiateAnswer(smbproto.SMB2Header{}, d, 0))
	}
	if c.d.SMB1 == nil {
		return refuseSMB1(c.d.SMB1Off, req.Header)
	}
	dialect, index := c.d.SMB1.choose(req.Dialects)
	if dialect == "" {
		return refuseSMB1(RefuseNoDialect, req.Header)
	}
	c.smb1 = true
	answer := c.smb1NegotiateAnswer(req.Header, dialect)
	answer.DialectIndex = uint16(index)
	return message(answer)
}

// multiProtocol returns the SMB2 dialect that answers an SMB1 NEGOTIATE,
// [MS-SMB2] 3.3.5.3, or 0.
func (c *conversation) multiProtocol(offered []string) smbproto.Dialect {
	if c.d.SMB2 == nil {
		return 0
	}
	known := c.d.SMB2.dialects()
	switch {
	case slices.Contains(offered, smbproto.DialectSMB2Any) && slices.Max(known) > smbproto.Dialect202:
		return smbproto.DialectWildcard
	case slices.Contains(offered, smbproto.DialectSMB2002) && slices.Contains(known, smbproto.Dialect202):
		return smbproto.Dialect202
	}
	return 0
}

// refuseSMB1 turns a NEGOTIATE down.
func refuseSMB1(how Refusal, h smbproto.SMB1Header) reply {
	answer := smbproto.SMB1NegotiateResponse{Header: smb1Off.answer(h, smbproto.StatusSuccess)}
	if status, ok := how.status(); ok {
		answer.Header.Status = status
		return message(answer)
	}
	switch how {
	case RefuseNoDialect: // as Samba: an answer, and then the end
		answer.WordCount, answer.DialectIndex = 1, smbproto.NoDialect
		r := message(answer)
		r.end = hangUp
		return r
	case RefuseReset:
		return reply{end: reset}
	case RefuseSilently:
		return reply{}
	}
	return reply{end: hangUp}
}

func (c *conversation) smb1NegotiateAnswer(h smbproto.SMB1Header, dialect string) smbproto.SMB1NegotiateResponse {
	s := c.d.SMB1
	now := time.Now()
	m := smbproto.SMB1NegotiateResponse{
		Header: s.answer(h, smbproto.StatusSuccess), WordCount: wordCount(dialect), SecurityMode: s.SecurityMode,
		MaxMpx: s.MaxMpx, MaxVcs: s.MaxVcs, MaxBuffer: s.MaxBuffer, MaxRaw: s.MaxRaw, RawMode: s.RawMode,
		Capabilities: s.Capabilities, SystemTime: smbproto.NewFiletime(now),
	}
	m.Date, m.Time = dosTime(now)
	if m.WordCount == 17 && c.d.NTLM != nil && m.Header.Flags2&smbproto.Flags2ExtendedSecurity != 0 {
		m.Capabilities |= smbproto.CapExtendedSecurity
		m.ServerGUID, m.SecurityBlob = s.GUID, c.offer(s.Mechanisms)
		return m
	}
	m.Header.Flags2 &^= smbproto.Flags2ExtendedSecurity
	if s.SecurityMode&smbproto.SMB1EncryptPasswords != 0 {
		seed := sha256.Sum256([]byte(c.d.Name))
		m.Challenge, m.ChallengeLength = seed[:8], 8
	}
	if !s.NoNames && dialect != smbproto.DialectLANMAN10 && dialect != smbproto.DialectLM12X002 {
		m.Domain = c.names.workgroup
	}
	if !s.NoNames && m.WordCount == 17 {
		m.Server = c.names.netBIOS
	}
	return m
}

// dosTime returns the date and time as LAN Manager writes them, [MS-CIFS] 2.2.1.4.
func dosTime(t time.Time) (date, clock uint16) {
	date = uint16(t.Year()-1980)<<9 | uint16(t.Month())<<5 | uint16(t.Day())
	clock = uint16(t.Hour())<<11 | uint16(t.Minute())<<5 | uint16(t.Second()/2)
	return date, clock
}

func (c *conversation) smb1SessionSetup(b []byte) reply {
	req, err := smbproto.ParseSMB1SessionSetupRequest(b)
	if err != nil || !c.smb1 {
		return reply{end: hangUp}
	}
	s := c.d.SMB1
	m := smbproto.SMB1SessionSetupResponse{
		Header: s.answer(req.Header, smbproto.StatusSuccess), WordCount: 3,
		NativeOS: c.names.nativeOS, NativeLANManager: c.names.nativeLANManager, PrimaryDomain: c.names.workgroup,
	}
	m.Header.UID = smb1UID
	userLevel := s.SecurityMode&smbproto.SMB1UserSecurity != 0
	known := req.Account == "" || !userLevel // a null session, or no users at all
	if req.WordCount == 12 {
		m.WordCount, known = 4, false
		if t, ntlm := ntlmType(req.SecurityBlob); t == 1 && c.d.NTLM != nil {
			m.Header.Status = smbproto.StatusMoreProcessingRequired
			m.SecurityBlob = c.challenge(ntlm)
			return message(m)
		}
	}
	switch {
	case known:
	case s.Guest:
		m.Action = smbproto.ActionGuest
	default:
		m = smbproto.SMB1SessionSetupResponse{Header: s.answer(req.Header, smbproto.StatusLogonFailure)}
		if m.Header.Flags2&smbproto.Flags2NTStatus == 0 {
			m.Header.Status = dosBadPassword
		}
	}
	return message(m)
}

// dosBadPassword is ERRSRV/ERRbadpw, a class and a code, [MS-CIFS] 2.2.2.4.
const dosBadPassword = 0x0002_0002
