package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"smbready/smbproto"
)

// Where an SMB2 header has its flags and its signature, and its size, in bytes,
// [MS-SMB2] 2.2.1.
const (
	flagsAt     = 16
	signatureAt = 48
	headerSize  = 64
)

// Sign signs a message in place, [MS-SMB2] 3.1.4.1: with HMAC-SHA256 before SMB
// 3.0, and with AES-128-CMAC since then, which is what 3.1.1 uses too where
// nothing else was negotiated. A message without a whole header, or a key of
// another size, is left as it is.
func Sign(d smbproto.Dialect, key, message []byte) {
	if len(message) < headerSize || len(key) != KeySize {
		return
	}
	flags := message[flagsAt:]
	binary.LittleEndian.PutUint32(flags, binary.LittleEndian.Uint32(flags)|smbproto.SMB2FlagSigned)
	clear(message[signatureAt:headerSize])
	copy(message[signatureAt:headerSize], signature(d, key, message))
}

// Verify reports whether a message says that it is signed, and is so by this
// key, [MS-SMB2] 3.2.5.1.3.
func Verify(d smbproto.Dialect, key, message []byte) bool {
	if len(message) < headerSize || len(key) != KeySize || binary.LittleEndian.Uint32(message[flagsAt:])&smbproto.SMB2FlagSigned == 0 {
		return false
	}
	unsigned := append([]byte{}, message...)
	clear(unsigned[signatureAt:headerSize])
	return hmac.Equal(signature(d, key, unsigned), message[signatureAt:headerSize])
}

func signature(d smbproto.Dialect, key, message []byte) []byte {
	if d < smbproto.Dialect300 {
		h := hmac.New(sha256.New, key)
		h.Write(message)
		return h.Sum(nil)[:16]
	}
	return cmac(key, message)
}
