package signing

import "smbready/smbproto"

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
func Sign(d smbproto.Dialect, key, message []byte) { AlgorithmOf(d).Sign(key, message) }

// Verify reports whether a message says that it is signed, and is so by this
// key, [MS-SMB2] 3.2.5.1.3. It leaves the message alone, unlike
// Algorithm.Verify: others may read it at the same time.
func Verify(d smbproto.Dialect, key, message []byte) bool {
	return AlgorithmOf(d).Verify(key, append([]byte{}, message...))
}
