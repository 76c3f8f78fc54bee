package capture

import (
	"slices"

	"smbready/inventory"
	"smbready/smbproto"
)

// directPort is that of SMB without NetBIOS, [MS-SMB2] 2.1.
const directPort = 445

// What servers answer becomes facts of theirs as it does in a scan. Clients ask in
// their own ways, though: of several answers the one to the best question counts.

// negotiated2 takes in an SMB2 NEGOTIATE response. request is nil where it was not
// seen.
func (h *host) negotiated2(m smbproto.SMB2NegotiateResponse, port uint16, request *smbproto.SMB2NegotiateRequest, raw []byte) {
	f, quirks := inventory.NewSMB2(m, port, request, raw)
	for _, q := range quirks {
		h.quirk(q)
	}
	h.answered(port)
	h.saidOf(0, f.Signing, "SMB2")
	known := slices.Contains(smbproto.Dialects, m.Dialect)
	if known && !slices.Contains(h.dialects, m.Dialect) {
		h.dialects = append(h.dialects, m.Dialect)
	}
	f.FullOffer = request != nil && offersAll(request)
	f.DialectsComplete = f.FullOffer && m.Dialect == smbproto.Dialect202 // the lowest there is: nothing left to find
	rank := 1
	for i, v := range []bool{known, port == directPort, f.FullOffer} { // in ascending weight
		if v {
			rank += 10 << i
		}
	}
	if known {
		rank += slices.Index(smbproto.Dialects, m.Dialect)
	}
	if rank > h.rank2 {
		complete := h.smb2 != nil && h.smb2.DialectsComplete
		h.smb2, h.rank2 = f, rank
		h.smb2.DialectsComplete = f.DialectsComplete || complete
	}
}

// offersAll reports whether an offer is of 2.0.2 to 3.1.1, as current Windows
// makes it.
func offersAll(m *smbproto.SMB2NegotiateRequest) bool {
	for _, d := range smbproto.Dialects {
		if !slices.Contains(m.Dialects, d) {
			return false
		}
	}
	return true
}

// saidOf notes what a host says of signing in a protocol, and whether it says
// different things to different clients.
func (h *host) saidOf(protocol int, s inventory.Signing, name string) {
	if before := h.said[protocol]; before != inventory.SigningUnknown && before != s {
		h.quirk("says different things of signing in " + name + " at different times")
	}
	h.said[protocol] = s
}

// negotiated1 takes in an SMB1 NEGOTIATE response.
func (h *host) negotiated1(m smbproto.SMB1NegotiateResponse, port uint16, offered []string, raw []byte) {
	h.answered(port)
	h.asked2 = h.asked2 || slices.Contains(offered, smbproto.DialectSMB2002) || slices.Contains(offered, smbproto.DialectSMB2Any)
	if m.DialectIndex == smbproto.NoDialect {
		if h.refusal1 == nil {
			h.refusal1 = inventory.NewSMB1Refusal(m, port, raw)
		}
		return
	}
	if offered != nil && int(m.DialectIndex) >= len(offered) {
		h.quirk("selected an SMB1 dialect beyond those offered")
		return
	}
	const ntLM012 = 17 // words, which no other dialect has
	if offered == nil && m.WordCount != ntLM012 {
		return // which of the older ones it is cannot be told
	}
	h.saidOf(1, inventory.SigningOfSMB1(m), "SMB1")
	rank := int(m.WordCount) + 1
	if offered != nil {
		rank += 100
	}
	if port == directPort {
		rank += 200
	}
	if rank > h.rank1 {
		h.smb1, h.rank1 = inventory.NewSMB1(m, port, offered, raw), rank
		inventory.SetName(&h.smb1.Dialect, smbproto.DialectNTLM012)
	}
	if !m.ExtendedSecurity() {
		h.facts.Names.AddSMB1(m)
	}
}

// setUp1 takes in what an SMB1 SESSION_SETUP_ANDX response says of its sender.
func (h *host) setUp1(m smbproto.SMB1SessionSetupResponse) {
	inventory.SetName(&h.nativeOS, m.NativeOS)
	inventory.SetName(&h.nativeLANManager, m.NativeLANManager)
	inventory.SetName(&h.facts.Names.Workgroup, m.PrimaryDomain)
}
