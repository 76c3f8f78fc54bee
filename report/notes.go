package report

import (
	"net/netip"
	"strings"

	"smbready/assess"
	"smbready/inventory"
)

// Widest parts of a note, in columns, and how many of a kind it quotes.
const (
	maxQuote    = 80
	maxNote     = 240
	maxSessions = 4
	maxAlso     = 8
)

// newNotes returns what is said of a host below its row: its sessions, and what
// other services say of it. They are safe for a terminal.
func newNotes(h *inventory.Host, a *assess.Assessment) []string {
	var notes []string
	for _, n := range []string{cardWords(&a.Device), guestNote(h, a), sessionWords(h), clueWords(h.Clues, ", "), apartNote(h)} {
		if n != "" {
			notes = append(notes, clip(Escape(n), maxNote))
		}
	}
	return notes
}

// apartNote says that the row may not be all that there is of a device.
func apartNote(h *inventory.Host) string {
	if len(apartWords(h.Joins)) == 0 {
		return ""
	}
	return "one of several records that may be of this device: see What was seen of clients"
}

// cardWords names the maker of the network card, unless the device's own words
// say it already.
func cardWords(d *assess.Device) string {
	first, _, _ := strings.Cut(d.Maker, " ")
	first = strings.ToLower(strings.Trim(first, ",."))
	if first == "" || strings.Contains(strings.ToLower(deviceWords(d)), first) {
		return ""
	}
	return "network card by " + clip(d.Maker, maxQuote)
}

// sessionWords tells of the attempts at a signed session, in order and in short;
// a section of their own tells the rest.
func sessionWords(h *inventory.Host) string {
	var parts []string
	for i := range h.Sessions {
		if i == maxSessions {
			parts = append(parts, "… and "+count(len(h.Sessions)-i, "more", "more"))
			break
		}
		parts = append(parts, oneSession(&h.Sessions[i]))
	}
	if len(parts) == 0 {
		return ""
	}
	return "session with an account: " + strings.Join(parts, "; ")
}

func oneSession(s *inventory.Session) string {
	words := strings.ReplaceAll(s.Result.String(), "-", " ")
	if assess.Verified(s) {
		words = "verified, " + words
	}
	if s.Dialect != "" {
		words += " at " + clip(s.Dialect, maxDialect)
	}
	if s.Algorithm != "" {
		words += " (" + clip(s.Algorithm, maxDialect) + ")"
	}
	if s.Tamper == inventory.TamperAccepted {
		words += ", but it accepts wrong signatures"
	}
	return words
}

// maxDialect is the widest word for a dialect or an algorithm.
const maxDialect = 12

// also words the other addresses of a device, at most maxAlso of them.
func also(others []netip.Addr) string {
	if len(others) == 0 {
		return ""
	}
	shown := others[:min(len(others), maxAlso)]
	words := "also at " + alsoWords(shown, ", ")
	if more := len(others) - len(shown); more > 0 {
		words += " and " + count(more, "other address", "other addresses")
	}
	return words
}
