package smbproto

import (
	"fmt"
	"strings"
)

// NetBIOSName is a NetBIOS name: up to 15 characters and a suffix that tells
// the service, [RFC 1001] 14 and [MS-NBTE] 1.8.
type NetBIOSName struct {
	Name   string
	Suffix uint8
}

// Suffixes of NetBIOS names, [MS-NBTE] 1.8 and [MS-BRWS].
const (
	SuffixWorkstation      = 0x00 // also the domain, as a group name
	SuffixDomainMaster     = 0x1b
	SuffixDomainController = 0x1c
	SuffixFileServer       = 0x20
)

// AnyServer is the name under which most servers accept a session,
// [MS-SMB] 2.1.
var AnyServer = NetBIOSName{"*SMBSERVER", SuffixFileServer}

// netBIOSNameSize is the length of a name and its suffix, before encoding.
const netBIOSNameSize = 16

// appendRaw appends the 16 bytes of the name, padded with blanks, or with zeros
// after the wildcard of a node status query, [RFC 1002] 4.2.17.
func (n NetBIOSName) appendRaw(b []byte) []byte {
	pad := byte(' ')
	if n.Name == "*" {
		pad = 0
	}
	start := len(b)
	b = appendOEM(b, n.Name)
	for len(b) < start+netBIOSNameSize-1 {
		b = append(b, pad)
	}
	return append(b[:start+netBIOSNameSize-1], n.Suffix)
}

// parseRawName reads the 16 bytes of a name. Some nodes pad with zeros.
func parseRawName(raw []byte) NetBIOSName {
	last := netBIOSNameSize - 1
	return NetBIOSName{strings.TrimRight(decodeOEM(raw[:last]), " \x00"), raw[last]}
}

// appendEncoded appends the first-level encoding, [RFC 1001] 14.1: each nibble
// becomes a letter from 'A' on. It is one label of 32 bytes, without a scope.
func (n NetBIOSName) appendEncoded(b []byte) []byte {
	var raw [2 * netBIOSNameSize]byte
	b = append(b, 2*netBIOSNameSize)
	for _, c := range n.appendRaw(raw[:0]) {
		b = append(b, 'A'+c>>4, 'A'+c&0xf)
	}
	return append(b, 0)
}

// netBIOSName reads an encoded name, with or without a scope.
func (r *reader) netBIOSName(field string) NetBIOSName {
	if n := r.u8(field); r.err == nil && n != 2*netBIOSNameSize {
		r.fail(field, r.off-1, fmt.Sprintf("encoded length %d, not 32", n))
	}
	enc := r.take(2*netBIOSNameSize, field)
	if enc == nil {
		return NetBIOSName{}
	}
	var raw [netBIOSNameSize]byte
	for i := range raw {
		high, low := enc[2*i]-'A', enc[2*i+1]-'A'
		if high > 15 || low > 15 {
			r.fail(field, r.off-len(enc), "not a first-level encoding")
			return NetBIOSName{}
		}
		raw[i] = high<<4 | low
	}
	for { // scope labels, up to the root
		n := r.u8(field)
		if n == 0 || r.err != nil {
			break
		}
		r.skip(int(n), field)
	}
	return parseRawName(raw[:])
}
