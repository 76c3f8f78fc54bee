package report

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"smbready/assess"
	"smbready/inventory"
)

// Widest cells of a row, in columns.
const (
	maxZoned  = 54 // an IPv6 address with a zone; only a made-up zone is longer
	maxName   = 40
	maxDevice = 48
	maxDetail = 40

	maxSiteColumn = 24
)

// row is what a table shows of a host, safe for a terminal. It is all that is
// kept of the host.
type row struct {
	address string
	name    string
	kind    string // its class, where that is known
	device  string
	answer  string // what came instead of SMB
	smb1    string
	smb2    string
	guest   string // what becomes of guests
	fault   string // what went wrong on our side
	site    string
	notes   []string
	apart   bool // more was seen under its address or name, and kept apart
	at      netip.Addr
}

func newRow(h *inventory.Host, a *assess.Assessment) *row {
	r := &row{
		address: clip(Escape(firstOf(addressWords(h), "no address")), maxZoned),
		name:    clip(Escape(hostName(h)), maxName),
		device:  clip(Escape(deviceWords(&a.Device)), maxDevice),
		smb1:    clip(Escape(smb1Words(h.SMB1)), maxDetail),
		smb2:    clip(Escape(smb2Words(h.SMB2)), maxDetail),
		fault:   clip(Escape(h.Error), maxProse),
		site:    clip(Escape(h.Site), maxSiteColumn),
		notes:   newNotes(h, a),
		apart:   len(apartWords(h.Joins)) > 0,
		at:      h.Address,
	}
	if h.State != inventory.StateSMB {
		r.answer = clip(Escape(stateWords(h)), maxDetail)
	}
	if a.Device.Class != assess.ClassUnknown {
		r.kind = a.Device.Class.String()
	}
	if g := a.Policies.ClientAlways.Guest; g != nil {
		r.guest = guestWords(g)
	}
	return r
}

// addressWords returns the address of a host, or "" if only its name is known.
func addressWords(h *inventory.Host) string {
	if !h.Address.IsValid() {
		return ""
	}
	return h.Address.String()
}

// hostName returns the best name of a host: the one by which the user asked for
// it, its own, the first that the DNS gives for its address, or else one by which
// it went as a client.
func hostName(h *inventory.Host) string {
	name := firstOf(h.Target, h.Names.DNS, h.Names.NetBIOS)
	if name == "" && h.Clues != nil {
		name = firstOf(h.Clues.Reverse...)
	}
	if name == "" && h.Client != nil {
		name = firstOf(h.Client.Names...)
	}
	return name
}

func firstOf(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return ""
}

// deviceWords says what a device is: its class, then vendor and model, or else
// the operating system, where that does not say the class again.
func deviceWords(d *assess.Device) string {
	what := strings.TrimSpace(d.Vendor + " " + d.Model)
	if startsWithWord(d.Model, d.Vendor) {
		what = d.Model
	}
	if d.Model == "" && d.OS != "" {
		what = d.OS
	}
	class := d.Class.String()
	family, _, _ := strings.Cut(class, "-")
	switch {
	case what == "":
		return class
	case d.Class == assess.ClassUnknown || strings.HasPrefix(strings.ToLower(what), family):
		return what
	}
	return class + ", " + what
}

// startsWithWord reports whether text begins with word, in any case, and not
// only with letters of a longer one.
func startsWithWord(text, word string) bool {
	if len(text) < len(word) || !strings.EqualFold(text[:len(word)], word) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(text[len(word):])
	return len(text) == len(word) || !unicode.IsLetter(next) && !unicode.IsDigit(next)
}

// smb1Words gives dialect and signing of SMB1. NT LM 0.12 is the dialect of
// nearly every SMB1 server and is called NT1 for short, as Samba does.
func smb1Words(s *inventory.SMB1) string {
	switch {
	case s == nil:
		return ""
	case s.Dialect == "":
		return "no dialect"
	case s.Dialect == "NT LM 0.12":
		return "NT1 " + s.Signing.String()
	}
	return s.Dialect + " " + s.Signing.String()
}

// smb2Words gives dialects and signing of SMB2: the range when all dialects
// were asked for, else the highest.
func smb2Words(s *inventory.SMB2) string {
	switch {
	case s == nil:
		return ""
	case len(s.Dialects) == 0:
		return "? " + s.Signing.String()
	case s.DialectsComplete && len(s.Dialects) > 1:
		return s.Dialects[0] + "-" + s.MaxDialect() + " " + s.Signing.String()
	}
	return s.MaxDialect() + " " + s.Signing.String()
}

func stateWords(h *inventory.Host) string {
	if h.Detail == "" || h.Detail == h.State.String() {
		return h.State.String()
	}
	return h.State.String() + ", " + h.Detail
}
