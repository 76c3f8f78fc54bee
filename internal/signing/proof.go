package signing

import (
	"crypto/des"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"strings"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 [MS-NLMP] has no other hash for a key

	"smbready/smbproto"
)

// Proof is what a client proves with that it knows a password: the responses of
// an AUTHENTICATE message, or of an SMB1 logon without extended security.
type Proof struct {
	User, Domain string  // as the client sent them
	LM, NT       []byte  // the responses
	Challenge    [8]byte // the server's
	Extended     bool    // NTLM2 session security was agreed on, [MS-NLMP] 2.2.2.5 flag P
}

// v1Size is the size of an NTLMv1 response, in bytes; that of NTLMv2 is longer.
const v1Size = 24

// Key returns the session base key, or with NTLM2 session security the key
// exchange key, that the proof agrees on, [MS-NLMP] 3.3 and 3.4.5.1. It reports
// false for a proof of another user or with another password, and for a response
// of LAN Manager alone. Upper and lower case of the user's name are the same, as
// on Windows.
func (p Proof) Key(user string, hash [16]byte) (key []byte, ok bool) {
	switch {
	case !strings.EqualFold(p.User, user):
		return nil, false
	case len(p.NT) > v1Size:
		return p.v2(hash)
	case len(p.NT) == v1Size:
		return p.v1(hash)
	}
	return nil, false
}

// v2 checks an NTLMv2 response, [MS-NLMP] 3.3.2. Clients do not agree on the
// domain that goes into it: as sent, in upper case, or none, as Samba's server
// tries too.
func (p Proof) v2(hash [16]byte) ([]byte, bool) {
	proof, blob := p.NT[:proofSize], p.NT[proofSize:]
	for _, domain := range []string{p.Domain, strings.ToUpper(p.Domain), ""} {
		owner := macMD5(hash[:], utf16LE(strings.ToUpper(p.User)), utf16LE(domain))
		if hmac.Equal(macMD5(owner, p.Challenge[:], blob), proof) {
			return macMD5(owner, proof), true
		}
	}
	return nil, false
}

// v1 checks an NTLMv1 response, [MS-NLMP] 3.3.1.
func (p Proof) v1(hash [16]byte) ([]byte, bool) {
	challenge := p.Challenge[:]
	extended := p.Extended && len(p.LM) >= 8
	if extended {
		sum := md5.Sum(append(challenge[:len(challenge):len(challenge)], p.LM[:8]...))
		challenge = sum[:8]
	}
	if !hmac.Equal(desL(hash, challenge), p.NT) {
		return nil, false
	}
	h := md4.New()
	h.Write(hash[:])
	base := h.Sum(nil)
	if extended {
		return macMD5(base, p.Challenge[:], p.LM[:8]), true
	}
	return base, true
}

// desL encrypts a challenge of eight bytes with the three DES keys that a hash
// makes, [MS-NLMP] 6.
func desL(hash [16]byte, challenge []byte) []byte {
	keys := append(hash[:len(hash):len(hash)], 0, 0, 0, 0, 0)
	var out []byte
	for ; len(keys) > 0; keys = keys[7:] {
		block, err := des.NewCipher(spread(keys[:7]))
		if err != nil {
			panic(err) // keys have 8 bytes
		}
		var part [8]byte
		block.Encrypt(part[:], challenge)
		out = append(out, part[:]...)
	}
	return out
}

// spread makes a DES key of seven bytes: seven bits in each of eight bytes, with
// room for the parity, which nobody checks.
func spread(b []byte) []byte {
	key := make([]byte, 8)
	var bits uint64
	for _, x := range b {
		bits = bits<<8 | uint64(x)
	}
	for i := range key {
		key[i] = byte(bits>>(49-7*i)) << 1
	}
	return key
}

// Authenticate checks the response of an AUTHENTICATE message, be it NTLMv2 or
// NTLMv1, and returns the session key (ExportedSessionKey) that it agrees on,
// [MS-NLMP] 3.2.5.1.2. It reports false where Proof.Key does, and for a message
// that is not well-formed.
func Authenticate(message []byte, challenge [8]byte, user string, hash [16]byte) (key []byte, ok bool) {
	m, err := smbproto.ParseNTLMAuthenticate(message)
	if err != nil || len(message) < fixedNTLM {
		return nil, false
	}
	p := Proof{User: m.User, Domain: m.Domain, LM: ntlmField(message, lmResponseAt), NT: ntlmField(message, ntResponseAt),
		Challenge: challenge, Extended: m.Flags&smbproto.NTLMExtendedSession != 0}
	if key, ok = p.Key(user, hash); !ok {
		return nil, false
	}
	return exported(key, m.Flags, ntlmField(message, sessionKeyAt))
}

// exported returns the session key that a client has sealed with the one that
// its response gives, or that one where it has not.
func exported(key []byte, flags uint32, sealed []byte) ([]byte, bool) {
	if flags&smbproto.NTLMKeyExchange == 0 {
		return key, true
	}
	c, err := rc4.NewCipher(key)
	if err != nil || len(sealed) != KeySize {
		return nil, false
	}
	key = make([]byte, KeySize)
	c.XORKeyStream(key, sealed)
	return key, true
}
