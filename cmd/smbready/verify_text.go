package main

import (
	"fmt"
	"io"
	"strings"

	"smbready/inventory"
	"smbready/report"
	"smbready/scanner/verify"
)

// resultWords say what came of a session, to someone who knows no protocol.
var resultWords = map[inventory.SessionResult]string{
	inventory.SessionSigned:          "works signed: the signature was right",
	inventory.SessionEncrypted:       "works encrypted, which stands for signing",
	inventory.SessionUnsigned:        "does not sign: a client that requires signing is cut off",
	inventory.SessionBadSignature:    "signs wrongly: a client that requires signing is cut off",
	inventory.SessionGuest:           "let the account in as guest, whose session cannot be signed",
	inventory.SessionNull:            "let the account in as nobody, whose session cannot be signed",
	inventory.SessionAccessDenied:    "signs rightly, and refuses IPC$ to the account",
	inventory.SessionLogonFailed:     "refused the logon: nothing is proven",
	inventory.SessionNegotiateFailed: "found no common dialect: nothing is proven",
	inventory.SessionBroken:          "broke off: nothing is proven",
	inventory.SessionUnreachable:     "could not be reached: nothing is proven",
	inventory.SessionNotSupported:    "cannot be tried by this tool: nothing is proven",
}

// writeSessions writes the sections that follow the report.
func writeSessions(w io.Writer, hosts []*inventory.Host) error {
	var b strings.Builder
	for _, h := range hosts {
		for i := range h.Sessions {
			if b.Len() == 0 {
				b.WriteString("\nSessions that were tried\n========================\n\n")
			}
			sessionText(&b, h, &h.Sessions[i])
		}
	}
	for _, h := range hosts {
		if h.Cost != nil {
			costText(&b, h)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// sessionText writes what one session showed.
func sessionText(b *strings.Builder, h *inventory.Host, s *inventory.Session) {
	words := resultWords[s.Result]
	if words == "" {
		words = "ended in a way that is not understood: nothing is proven"
	}
	how := ""
	if s.Dialect != "" {
		how = " at " + s.Dialect
	}
	fmt.Fprintf(b, "  %s%s: %s\n", report.Escape(hostName(h)), how, words)
	for _, more := range []struct{ label, text string }{
		{"It said", s.Status}, {"It misbehaved", s.Misbehaviour}, {"In detail", detail(s)}, {"Signed by", s.Algorithm}, {"A wrong signature", tamperWords(s.Tamper)},
	} {
		if more.text != "" {
			fmt.Fprintf(b, "    %-17s  %s\n", more.label, report.Escape(more.text))
		}
	}
}

// detail leaves out what another line says better.
func detail(s *inventory.Session) string {
	if s.Misbehaviour != "" || s.Status != "" {
		return ""
	}
	return s.Detail
}

func tamperWords(t inventory.Tamper) string {
	switch t {
	case inventory.TamperRefused:
		return "was refused"
	case inventory.TamperAccepted:
		return "was accepted: the host does not look at signatures"
	}
	return ""
}

// costText writes what signing cost at a host, and what that does not say.
func costText(b *strings.Builder, h *inventory.Host) {
	c := h.Cost
	title := "What signing costs: " + report.Escape(hostName(h))
	fmt.Fprintf(b, "\n%s\n%s\n\n", title, strings.Repeat("=", len([]rune(title))))
	fmt.Fprintf(b, "  %s on the share %s, SMB %s, signed by %s\n", sizeText(c.Bytes), report.Escape(c.Share), orDash(c.Dialect), orDash(c.Algorithm))
	if c.Error != "" {
		fmt.Fprintf(b, "  It ended early: %s\n", report.Escape(c.Error))
	}
	for _, s := range verify.Summarize(c) {
		b.WriteString(directionText(s))
	}
	if c.Unsigned != "" {
		fmt.Fprintf(b, "  No unsigned side: %s.\n", report.Escape(c.Unsigned))
	}
	b.WriteString(costLimits)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// directionText writes the figures of one direction.
func directionText(s verify.CostSummary) string {
	var b strings.Builder
	for _, side := range []struct {
		name string
		verify.CostSide
	}{{"signed", s.Signed}, {"unsigned", s.Unsigned}} {
		if side.Runs > 0 {
			fmt.Fprintf(&b, "  %-5s  %-8s  %7.1f MiB/s (%.1f to %.1f, %d runs), %.2f s of CPU per GiB here\n",
				s.Direction, side.name, side.Median, side.Least, side.Most, side.Runs, side.CPUPerGiB)
		}
	}
	if s.Ratio.Pairs > 0 {
		fmt.Fprintf(&b, "  %-5s  signed at %.0f %% of the unsigned speed (%.0f to %.0f %% over %d pairs)\n",
			s.Direction, 100*s.Ratio.Median, 100*s.Ratio.Least, 100*s.Ratio.Most, s.Ratio.Pairs)
	}
	return b.String()
}

// costLimits says what the figures do not.
const costLimits = `
  This is one client and one stream, with the CPU of this machine. Signing here is HMAC-SHA256 or
  AES-CMAC, reckoned by a library that is slower at it than Windows; that alone can halve a speed.
  Windows 11 and Server 2022 and later sign by AES-GMAC among themselves, which costs less still and
  is not measured here. A file that was just written is read from the host's memory, not from its
  disk. Administrators are commonly told 1 to 15 %, depending on all of these: take the figures here
  as an upper bound on a fast network, and compare hosts by them rather than clients.
`
