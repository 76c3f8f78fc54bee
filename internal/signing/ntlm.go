package signing

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 [MS-NLMP] has no other hash for a password
)

// KeySize is the size of session keys and of those that sign, in bytes.
const KeySize = 16

// NTHash returns the hash of a password that stands for it in NTLM: NTOWFv1,
// [MS-NLMP] 3.3.1.
func NTHash(password string) (hash [16]byte) {
	h := md4.New()
	h.Write(utf16LE(password))
	h.Sum(hash[:0])
	return hash
}

// Where an AUTHENTICATE message has its fields, [MS-NLMP] 2.2.1.3.
const (
	lmResponseAt = 12
	ntResponseAt = 20
	domainAt     = 28
	userAt       = 36
	sessionKeyAt = 52
	flagsAtNTLM  = 60
	fixedNTLM    = 64
)

// proofSize is the size of NTProofStr, with which an NTLMv2 response begins.
const proofSize = 16

// SessionKey checks the NTLMv2 response of an AUTHENTICATE message and returns
// the session key (ExportedSessionKey) that it agrees on, [MS-NLMP] 3.3.2 and
// 3.4. It reports false for a message of another user or with another password,
// for one without an NTLMv2 response, and for one that is not well-formed.
func SessionKey(authenticate []byte, challenge [8]byte, user string, hash [16]byte) (key []byte, ok bool) {
	if len(authenticate) < fixedNTLM {
		return nil, false
	}
	response, sealed := ntlmField(authenticate, ntResponseAt), ntlmField(authenticate, sessionKeyAt)
	if len(response) < proofSize || string(ntlmField(authenticate, userAt)) != string(utf16LE(user)) {
		return nil, false
	}
	owner := macMD5(hash[:], utf16LE(strings.ToUpper(user)), ntlmField(authenticate, domainAt))
	proof := macMD5(owner, challenge[:], response[proofSize:])
	if !hmac.Equal(proof, response[:proofSize]) {
		return nil, false
	}
	return exported(macMD5(owner, proof), binary.LittleEndian.Uint32(authenticate[flagsAtNTLM:]), sealed)
}

// ntlmField returns what a length and an offset at a place in a message point
// at, or nil if that is not in it.
func ntlmField(m []byte, at int) []byte {
	n, off := uint64(binary.LittleEndian.Uint16(m[at:])), uint64(binary.LittleEndian.Uint32(m[at+4:]))
	if off+n > uint64(len(m)) {
		return nil
	}
	return m[off : off+n : off+n]
}

func utf16LE(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func macMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
