package store

import (
	"crypto/sha256"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hostKey is what tells the hosts of a run apart.
type hostKey struct {
	address  netip.Addr
	identity string
}

// maxKeyText bounds free text in a key, in bytes: the index of PostgreSQL takes
// rows of up to a third of its 8 KiB page.
const maxKeyText = 512

// appendAddress appends an address so that bytes sort as netip.Addr.Compare
// does: none, IPv4, IPv6, IPv6 with a zone.
func appendAddress(b []byte, a netip.Addr) []byte {
	switch {
	case !a.IsValid():
		return b
	case a.Is4():
		octets := a.As4()
		return append(append(b, '4'), octets[:]...)
	}
	octets := a.As16()
	return appendText(append(append(b, '6'), octets[:]...), a.Zone())
}

// appendText appends free text. A longer one than fits is cut and told apart by
// a hash.
func appendText(b []byte, s string) []byte {
	if len(s) <= maxKeyText {
		return append(b, s...)
	}
	hash := sha256.Sum256([]byte(s))
	return append(append(b, s[:maxKeyText]...), hash[:]...)
}

// maxName bounds the names of runs, sites and exceptions, in bytes.
const maxName = 200

// checkName fails for a name that a person could not type or read.
func (s *Store) checkName(what, name string) error {
	if len(name) > maxName {
		return s.errorf(ErrValue, "%s is longer than %d bytes", what, maxName)
	}
	if !utf8.ValidString(name) {
		return s.errorf(ErrValue, "%s %q is not valid UTF-8", what, name)
	}
	for _, r := range name {
		if unicode.IsControl(r) {
			return s.errorf(ErrValue, "%s %q has control characters", what, name)
		}
	}
	return nil
}

// checkID is checkName for what must not be empty.
func (s *Store) checkID(what, id string) error {
	if id == "" {
		return s.errorf(ErrValue, "%s is empty", what)
	}
	return s.checkName(what, id)
}

// RunPrefix stands before the id of a stored run, or its beginning, where a name could
// be that of a file as well.
const RunPrefix = "run:"

// checkRunID refuses an id that commands take for something else, or that nobody can
// type; it may come from a file.
func (s *Store) checkRunID(id string) error {
	if err := s.checkID("the id of the run", id); err != nil {
		return err
	}
	const last = "last" // or what begins so, which a name cut short would be
	odd := func(r rune) bool { return strings.ContainsRune(`/\`, r) || unicode.IsSpace(r) || !unicode.IsPrint(r) }
	switch {
	case id == "none", strings.HasPrefix(id, last), strings.HasPrefix(id, RunPrefix), strings.HasPrefix(id, "-"), strings.HasPrefix(id, "@"):
		return s.errorf(ErrValue, "%q cannot be the id of a run: commands take it for something else", id)
	case strings.HasPrefix(id, "."), strings.ContainsFunc(id, odd):
		return s.errorf(ErrValue, "%q cannot be the id of a run: it has a slash, a blank or what cannot be printed, or begins with a dot", id)
	}
	return nil
}
