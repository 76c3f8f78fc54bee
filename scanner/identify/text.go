package identify

import (
	"strings"
	"unicode/utf8"
)

// maxText is the longest text that is kept, in bytes. A DNS name is at most 255
// long, and sysDescr of SNMP too.
const maxText = 256

// text makes what a host says fit to be kept: valid UTF-8, cut to maxText bytes,
// without the padding that devices put around it. Control characters stay:
// whoever shows the text escapes them.
func text(s string) string {
	if len(s) > 4*maxText { // padding is not worth more
		s = s[:4*maxText]
	}
	s = strings.ToValidUTF8(strings.Trim(s, "\x00 \t\r\n"), string(utf8.RuneError))
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
