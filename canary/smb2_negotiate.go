package canary

import (
	"crypto/rand"
	"slices"

	"smbready/internal/signing"
	"smbready/inventory"
	"smbready/smbproto"
)

// maxSmall is the longest read or write where larger ones were not agreed on, in
// bytes.
const maxSmall = 64 << 10

// negotiate answers a NEGOTIATE. A second one ends the connection without an
// answer, [MS-SMB2] 3.3.5.4.
func (s *smb2) negotiate(r *request) answer {
	s.reached(inventory.StageNegotiate)
	m, err := smbproto.ParseSMB2NegotiateRequest(r.b)
	switch {
	case s.dialect != 0 && s.dialect != smbproto.DialectWildcard:
		s.quirk("sent a second NEGOTIATE")
		return answer{end: inventory.EndServerClosed}
	case err != nil:
		return answer{end: inventory.EndMalformed}
	case r.h.MessageID > 1: // it is the first message, or the second after an SMB1 NEGOTIATE
		s.quirk(misnumbered)
		return answer{end: inventory.EndMalformed}
	}
	s.offer().AddSMB2(m)
	if len(m.Dialects) == 0 {
		return s.refuse(r, smbproto.StatusInvalidParameter)
	}
	dialect := highest(m.Dialects)
	if dialect == 0 {
		return s.refuse(r, smbproto.StatusNotSupported)
	}
	response := s.negotiateResponse(r, dialect)
	if dialect == smbproto.Dialect311 {
		if status := checkPreauth(m.Contexts); status != smbproto.StatusSuccess {
			return s.refuse(r, status)
		}
		response.Contexts = []smbproto.NegotiateContext{smbproto.PreauthIntegrity(salt())}
		if a, ok := chooseSigning(m.Contexts); ok {
			s.algorithm = a
			response.Contexts = append(response.Contexts, smbproto.Signing(uint16(a)))
		}
	}
	s.offered, s.answered = m, response
	b := response.Append(nil)
	s.preauth.Add(r.b)
	s.preauth.Add(b)
	s.numbers = numbers{low: r.h.MessageID + 1}
	return answer{b: b}
}

// highest returns the highest dialect of an offer that is known here, or 0.
func highest(offered []smbproto.Dialect) (best smbproto.Dialect) {
	for _, d := range offered {
		if d > best && slices.Contains(smbproto.Dialects, d) {
			best = d
		}
	}
	return best
}

// multiProtocol answers an SMB1 NEGOTIATE in SMB2, with 2.0.2 or with the
// wildcard, [MS-SMB2] 3.3.5.3.
func (s *smb2) multiProtocol(d smbproto.Dialect) reply {
	r := &request{h: smbproto.SMB2Header{Command: smbproto.SMB2CommandNegotiate}}
	s.answered = s.negotiateResponse(r, d)
	s.numbers = numbers{low: 1}
	return reply{message: s.answered.Append(nil)}
}

// negotiateResponse selects a dialect, and answers without contexts.
func (s *smb2) negotiateResponse(r *request, d smbproto.Dialect) smbproto.SMB2NegotiateResponse {
	s.dialect, s.algorithm = d, signing.AlgorithmOf(d)
	if d != smbproto.DialectWildcard {
		s.contact.Dialect = d.String()
	}
	m := smbproto.SMB2NegotiateResponse{Header: s.header(r, smbproto.StatusSuccess), SecurityMode: smbproto.SMB2SigningEnabled, Dialect: d,
		ServerGUID: s.server.guid, MaxTransact: maxSmall, MaxRead: maxSmall, MaxWrite: maxSmall,
		SystemTime: smbproto.NewFiletime(now()), SecurityBuffer: offerToken()}
	if s.options.Stage == StageRequire {
		m.SecurityMode |= smbproto.SMB2SigningRequired
	}
	if d > smbproto.Dialect202 && !s.netBIOS {
		m.Capabilities = smbproto.CapLargeMTU
		m.MaxTransact, m.MaxRead, m.MaxWrite = maxData, maxData, maxData
	}
	return m
}

// checkPreauth checks the context that an offer of 3.1.1 must have, [MS-SMB2]
// 3.3.5.4.
func checkPreauth(contexts []smbproto.NegotiateContext) smbproto.Status {
	c, ok := smbproto.FindContext(contexts, smbproto.ContextPreauthIntegrity)
	hashes, err := c.Algorithms()
	switch {
	case !ok || err != nil || len(hashes) == 0:
		return smbproto.StatusInvalidParameter
	case !slices.Contains(hashes, smbproto.HashSHA512):
		return smbproto.StatusNoPreauthHashOverlap
	}
	return smbproto.StatusSuccess
}

// chooseSigning returns the algorithm that the client likes best of those that
// are known here, [MS-SMB2] 3.3.5.4. It reports false without a context, or
// without one in common.
func chooseSigning(contexts []smbproto.NegotiateContext) (signing.Algorithm, bool) {
	c, _ := smbproto.FindContext(contexts, smbproto.ContextSigning)
	ids, err := c.Algorithms()
	if err != nil {
		return 0, false
	}
	for _, id := range ids {
		if a := signing.Algorithm(id); a.Known() {
			return a, true
		}
	}
	return 0, false
}

// salt returns a salt for the preauthentication hash, of the size that Windows
// uses.
func salt() []byte {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return b
}
