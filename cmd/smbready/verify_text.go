package main

import (
	"fmt"
	"io"
	"strings"

	"smbready/inventory"
	"smbready/report"
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
