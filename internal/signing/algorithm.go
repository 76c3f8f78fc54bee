package signing

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"smbready/smbproto"
)

// Algorithm is how messages are signed: one of smbproto.SigningHMACSHA256,
// SigningAESCMAC and SigningAESGMAC, [MS-SMB2] 2.2.3.1.7.
type Algorithm uint16

// AlgorithmOf returns how messages are signed at a dialect where nothing else
// was negotiated, [MS-SMB2] 3.1.4.1.
func AlgorithmOf(d smbproto.Dialect) Algorithm {
	if d < smbproto.Dialect300 {
		return smbproto.SigningHMACSHA256
	}
	return smbproto.SigningAESCMAC
}

// String returns the algorithm's usual name, such as "AES-CMAC".
func (a Algorithm) String() string { return smbproto.SigningName(uint16(a)) }

// Known reports whether messages can be signed with the algorithm here.
func (a Algorithm) Known() bool { return a <= smbproto.SigningAESGMAC }

// Sign signs a message in place. A message without a whole header, a key of
// another size, or an algorithm that is not known leaves it as it is.
func (a Algorithm) Sign(key, message []byte) {
	if len(message) < headerSize || len(key) != KeySize || !a.Known() {
		return
	}
	flags := message[flagsAt:]
	binary.LittleEndian.PutUint32(flags, binary.LittleEndian.Uint32(flags)|smbproto.SMB2FlagSigned)
	clear(message[signatureAt:headerSize])
	copy(message[signatureAt:headerSize], a.signature(key, message))
}

// Verify reports whether a message says that it is signed, and is so by this
// key, [MS-SMB2] 3.2.5.1.3 and 3.3.5.2.4. It writes to the message while it
// does, and leaves it as it was.
func (a Algorithm) Verify(key, message []byte) bool {
	if len(message) < headerSize || len(key) != KeySize || !a.Known() ||
		binary.LittleEndian.Uint32(message[flagsAt:])&smbproto.SMB2FlagSigned == 0 {
		return false
	}
	was := [headerSize - signatureAt]byte(message[signatureAt:headerSize])
	clear(message[signatureAt:headerSize])
	right := hmac.Equal(a.signature(key, message), was[:])
	copy(message[signatureAt:headerSize], was[:])
	return right
}

// signature computes the signature of a message whose own is zero.
func (a Algorithm) signature(key, message []byte) []byte {
	switch a {
	case smbproto.SigningHMACSHA256:
		h := hmac.New(sha256.New, key)
		h.Write(message)
		return h.Sum(nil)[:16]
	case smbproto.SigningAESGMAC:
		return gmac(key, message)
	}
	return cmac(key, message)
}

// Where an SMB2 header has its command and its message's number, in bytes.
const (
	commandAt   = 12
	messageIDAt = 24
)

// gmac is AES-128-GMAC, [RFC 4543], with the nonce of [MS-SMB2] 3.1.4.1: the
// message's number, one bit for a server's and one for CANCEL.
func gmac(key, message []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // keys have 16 bytes
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	nonce := make([]byte, gcm.NonceSize())
	copy(nonce, message[messageIDAt:messageIDAt+8])
	if binary.LittleEndian.Uint32(message[flagsAt:])&smbproto.SMB2FlagResponse != 0 {
		nonce[8] |= 1
	}
	if binary.LittleEndian.Uint16(message[commandAt:]) == smbproto.SMB2CommandCancel {
		nonce[8] |= 2
	}
	return gcm.Seal(nil, nonce, nil, message)
}
