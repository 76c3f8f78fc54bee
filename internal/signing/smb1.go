package signing

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/binary"
)

// Where an SMB1 header has its Flags2 and its signature, and its size, in bytes,
// [MS-CIFS] 2.2.3.1.
const (
	smb1Flags2At    = 10
	smb1SignatureAt = 14
	smb1SignedAt    = smb1SignatureAt + SMB1SignatureSize
	smb1HeaderSize  = 32
)

// SMB1SignatureSize is the size of an SMB1 signature, in bytes.
const SMB1SignatureSize = 8

// smb1FlagSigned is SMB_FLAGS2_SMB_SECURITY_SIGNATURE.
const smb1FlagSigned = 0x0004

// SMB1Key returns the key that signs SMB1: the session key alone after a logon
// with extended security, [MS-SMB] 3.2.5.3, and with the response to the
// challenge behind it after one without, [MS-CIFS] 3.1.4.1.
func SMB1Key(session, response []byte) []byte {
	return append(append(make([]byte, 0, len(session)+len(response)), session...), response...)
}

// SignSMB1 signs a message in place, [MS-CIFS] 3.1.4.1: with the first half of an
// MD5 hash over the key and the message, in which the sequence number stands
// where the signature will. The request that completes the logon has the number
// 0 and its answer 1, and each later request is two beyond the one before. A
// message without a whole header, or an empty key, is left as it is.
func SignSMB1(key []byte, sequence uint32, message []byte) {
	if len(message) < smb1HeaderSize || len(key) == 0 {
		return
	}
	flags := message[smb1Flags2At:]
	binary.LittleEndian.PutUint16(flags, binary.LittleEndian.Uint16(flags)|smb1FlagSigned)
	copy(message[smb1SignatureAt:smb1SignedAt], smb1Signature(key, sequence, message))
}

// VerifySMB1 reports whether a message is signed by this key and with this
// sequence number, [MS-CIFS] 3.2.5.1 and 3.3.5.1. Whether its Flags2 say so does
// not count: Samba's clients sign without saying it where they sign only for a
// server that requires it (4.17 with its default of "client signing").
func VerifySMB1(key []byte, sequence uint32, message []byte) bool {
	if len(message) < smb1HeaderSize || len(key) == 0 {
		return false
	}
	return hmac.Equal(smb1Signature(key, sequence, message), message[smb1SignatureAt:smb1SignedAt])
}

// smb1Signature reckons a signature; what stands in its place does not count.
func smb1Signature(key []byte, sequence uint32, message []byte) []byte {
	var number [SMB1SignatureSize]byte
	binary.LittleEndian.PutUint32(number[:], sequence)
	h := md5.New()
	h.Write(key)
	h.Write(message[:smb1SignatureAt])
	h.Write(number[:])
	h.Write(message[smb1SignedAt:])
	return h.Sum(nil)[:SMB1SignatureSize]
}
