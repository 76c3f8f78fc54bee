package smbtest

import (
	"crypto/aes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"strings"
	"unicode/utf16"

	"smbready/smbproto"
)

// integrity is the pre-authentication hash of 3.1.1, [MS-SMB2] 3.1.4.4.2 in
// connection with 3.3.5.4: over all that was said up to the last logon message.
type integrity struct{ hash [sha512.Size]byte }

func (i *integrity) add(message []byte) {
	i.hash = sha512.Sum512(append(i.hash[:], message...))
}

// checkNTLMv2 checks an AUTHENTICATE message, [MS-NLMP] 3.3.2, and returns the
// session key.
func checkNTLMv2(m []byte, challenge [8]byte, user string, hash [16]byte) (key []byte, ok bool) {
	response, domain, name, sealed := ntlmField(m, 20), ntlmField(m, 28), ntlmField(m, 36), ntlmField(m, 52)
	if len(response) < 16 || len(m) < 64 || string(name) != string(utf16LE(user)) {
		return nil, false
	}
	owner := macMD5(hash[:], append(utf16LE(strings.ToUpper(user)), domain...))
	proof := macMD5(owner, append(challenge[:], response[16:]...))
	if !hmac.Equal(proof, response[:16]) {
		return nil, false
	}
	key = macMD5(owner, proof)
	if binary.LittleEndian.Uint32(m[60:])&smbproto.NTLMKeyExchange != 0 {
		c, err := rc4.NewCipher(key)
		if err != nil || len(sealed) != 16 {
			return nil, false
		}
		key = make([]byte, 16)
		c.XORKeyStream(key, sealed)
	}
	return key, true
}

// ntlmField returns what a length and an offset at a place in a message point
// at.
func ntlmField(m []byte, at int) []byte {
	if len(m) < at+8 {
		return nil
	}
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

func macMD5(key, message []byte) []byte {
	h := hmac.New(md5.New, key)
	h.Write(message)
	return h.Sum(nil)
}

// signingKey derives the key that signs, [MS-SMB2] 3.3.5.5.3.
func signingKey(d smbproto.Dialect, session, preauth []byte) []byte {
	switch {
	case d < smbproto.Dialect300:
		return session
	case d == smbproto.Dialect311:
		return derive(session, "SMBSigningKey\x00", preauth)
	}
	return derive(session, "SMB2AESCMAC\x00", []byte("SmbSign\x00"))
}

// derive is the key derivation of [SP800-108] in counter mode, for 128 bits.
func derive(key []byte, label string, context []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte{0, 0, 0, 1})
	h.Write([]byte(label))
	h.Write([]byte{0})
	h.Write(context)
	h.Write([]byte{0, 0, 0, 128})
	return h.Sum(nil)[:16]
}

// Where a header has its flags and its signature.
const (
	flagsAt     = 16
	signatureAt = 48
)

// sign signs a message in place, [MS-SMB2] 3.1.4.1.
func sign(d smbproto.Dialect, key, b []byte) {
	b[flagsAt] |= smbproto.SMB2FlagSigned
	clear(b[signatureAt:smb2Header])
	copy(b[signatureAt:smb2Header], signature(d, key, b))
}

// signedRightly checks a message's signature.
func signedRightly(d smbproto.Dialect, key, b []byte) bool {
	copied := append([]byte{}, b...)
	sign(d, key, copied)
	return b[flagsAt]&smbproto.SMB2FlagSigned != 0 && string(copied) == string(b)
}

func signature(d smbproto.Dialect, key, b []byte) []byte {
	if d < smbproto.Dialect300 {
		var h hash.Hash = hmac.New(sha256.New, key)
		h.Write(b)
		return h.Sum(nil)[:16]
	}
	return cmac(key, b)
}

// cmac is AES-CMAC, [RFC 4493].
func cmac(key, message []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // keys have 16 bytes
	}
	var zero, k1, k2, x, last [16]byte
	block.Encrypt(zero[:], zero[:])
	double(&k1, &zero)
	double(&k2, &k1)
	for len(message) > 16 {
		xor(&x, message[:16])
		block.Encrypt(x[:], x[:])
		message = message[16:]
	}
	n := copy(last[:], message)
	pad := &k1
	if n < 16 {
		last[n], pad = 0x80, &k2
	}
	xor(&x, last[:])
	xor(&x, pad[:])
	block.Encrypt(x[:], x[:])
	return x[:]
}

// double multiplies by two in the field of [RFC 4493] 2.3.
func double(to, from *[16]byte) {
	carry := byte(0)
	for i := 15; i >= 0; i-- {
		to[i], carry = from[i]<<1|carry, from[i]>>7
	}
	if carry != 0 {
		to[15] ^= 0x87
	}
}

func xor(x *[16]byte, b []byte) {
	for i := range x {
		x[i] ^= b[i]
	}
}
