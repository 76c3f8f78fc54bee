package eventlog

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Families of a SOCKADDR as Windows numbers them, ws2def.h.
const (
	familyIPv4 = 2
	familyIPv6 = 23
)

// maxText bounds a text from a file that is kept, in bytes.
const maxText = 256

// peer is the other end as an event names it: an address, a name, or neither.
type peer struct {
	address netip.Addr
	name    string
}

func (p peer) known() bool { return p.address.IsValid() || p.name != "" }

// parsePeer reads what an event says of the other end: `\\10.1.2.3`,
// "10.1.2.3:51234", "[fe80::1%4]:445", a name, or a SOCKADDR in hexadecimal.
// The zone of an address means something on the computer that wrote the event
// only, and is left out.
func parsePeer(s string) peer {
	s = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(strings.Trim(s, "\x00")), `\/`))
	if i := strings.IndexByte(s, '\\'); i >= 0 { // \\server\share
		s = s[:i]
	}
	if a := parseAddress(s); a.IsValid() {
		return peer{address: a}
	}
	if a, is := parseSockaddr(s); is {
		return peer{address: a}
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return peer{} // no device's
	}
	if name := strings.TrimSuffix(s, "."); properName(name) {
		return peer{name: name}
	}
	return peer{}
}

// parseAddress reads an address in text, with a port or without.
func parseAddress(s string) netip.Addr {
	const longest = 64 // "[", 39 of IPv6, "%" and a zone, "]:65535"
	if len(s) < 2 || len(s) > longest || !strings.ContainsAny(s, ".:") {
		return netip.Addr{}
	}
	if end := strings.IndexByte(s, ']'); s[0] == '[' && end > 0 && (end == len(s)-1 || s[end+1] == ':') {
		return usable(s[1:end])
	}
	if a := usable(s); a.IsValid() {
		return a
	}
	if host, port, found := strings.Cut(s, ":"); found {
		if _, err := strconv.ParseUint(port, 10, 16); err == nil {
			return usable(host)
		}
	}
	return netip.Addr{}
}

func usable(s string) netip.Addr {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	a = a.Unmap().WithZone("")
	if a.IsUnspecified() || a.IsMulticast() {
		return netip.Addr{}
	}
	return a
}

// parseSockaddr reads a SOCKADDR in hexadecimal, or as decimal bytes with blanks
// or commas between, as PowerShell joins them. It reports whether the text is
// one, though its address may be none that can be used.
func parseSockaddr(s string) (_ netip.Addr, is bool) {
	b := sockaddrBytes(s)
	if len(b) != 16 && len(b) != 28 && len(b) != 128 { // sockaddr_in, sockaddr_in6, sockaddr_storage
		return netip.Addr{}, false
	}
	a := netip.Addr{}
	switch family := binary.LittleEndian.Uint16(b); {
	case family == familyIPv4:
		a = netip.AddrFrom4([4]byte(b[4:8]))
	case family == familyIPv6 && len(b) >= 28:
		a = netip.AddrFrom16([16]byte(b[8:24])).Unmap()
	default:
		return netip.Addr{}, false
	}
	if a.IsUnspecified() || a.IsMulticast() {
		return netip.Addr{}, true
	}
	return a, true
}

func sockaddrBytes(s string) []byte {
	const longest = 4 * 128 // decimal bytes and what is between them
	if len(s) < 32 || len(s) > longest+2 {
		return nil
	}
	if b, err := hex.DecodeString(strings.TrimPrefix(strings.TrimPrefix(s, "0x"), "0X")); err == nil {
		return b
	}
	var b []byte
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == ',' }) {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return nil
		}
		b = append(b, byte(n))
	}
	return b
}

// properName reports whether a text can be a name of a computer: what stands
// for "none" in the forms that are read is not.
func properName(s string) bool {
	if s == "" || len(s) > maxText || !utf8.ValidString(s) || strings.ContainsFunc(s, notOfName) {
		return false
	}
	switch strings.ToLower(s) {
	case "-", "n/a", "null", "none", "unknown", "(null)", "system.byte[]", "localhost":
		return false
	}
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

func notOfName(r rune) bool {
	return r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`<>"|?*;,[]{}`, r)
}

// onlyAddress returns the address that stands in a text, if there is one and no
// other. Words are not read.
func onlyAddress(text string) netip.Addr {
	const most = 8 << 10 // bytes; a rendered event has a few hundred
	found := netip.Addr{}
	text = text[:min(len(text), most)]
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return !strings.ContainsRune("0123456789abcdefABCDEF.:%[]", r)
	}) {
		a := parseAddress(strings.TrimRight(part, ".:"))
		switch {
		case !a.IsValid() || a == found:
		case found.IsValid():
			return netip.Addr{}
		default:
			found = a
		}
	}
	return found
}

// text makes a text from a file fit to be kept.
func text(s string) string {
	s = strings.TrimSpace(strings.Trim(s, "\x00"))
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "�")
}
