package report

import (
	_ "embed"
	"io"
	"strconv"
	"strings"
)

//go:embed audit_setup.txt
var auditSetup string

// EnoughDays is for how long a server's audit log has to be silent about a
// client before that counts as evidence at all: a month, so that what runs once
// a month has run.
const EnoughDays = 30

// WriteAuditSetup writes how to have Windows note which devices do not sign, for
// some days, and how to collect what it noted. Its facts are Microsoft's, where
// no doubt is noted: the pages on SMB signing and encryption auditing of Windows
// Server 2025, KB5066913, and the policy providers LanmanServer and
// LanmanWorkstation.
func WriteAuditSetup(w io.Writer, days int) error {
	text := strings.ReplaceAll(auditSetup, "{days}", strconv.Itoa(days))
	note := ""
	if days < EnoughDays {
		note = "\n   " + strconv.Itoa(days) + " days find devices that break, but silence for less than " + strconv.Itoa(EnoughDays) + " days is\n   not taken for evidence."
	}
	_, err := io.WriteString(w, strings.ReplaceAll(text, "{note}", note))
	return err
}
