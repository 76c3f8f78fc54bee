package signing

import (
	"crypto/hmac"
	"crypto/sha256"

	"smbready/smbproto"
)

// Key returns the key that signs, [MS-SMB2] 3.2.5.3.1: the session key itself
// before SMB 3.0, and one derived from it since then; at 3.1.1 also from the
// pre-authentication hash.
func Key(d smbproto.Dialect, session, preauth []byte) []byte {
	switch {
	case d < smbproto.Dialect300:
		return append([]byte{}, session...)
	case d == smbproto.Dialect311:
		return derive(session, "SMBSigningKey\x00", preauth)
	}
	return derive(session, "SMB2AESCMAC\x00", []byte("SmbSign\x00"))
}

// CipherKeys returns the keys that encrypt what a client sends and what a server
// sends, with AES-128, [MS-SMB2] 3.2.5.3.1. Before SMB 3.0 there are none.
func CipherKeys(d smbproto.Dialect, session, preauth []byte) (client, server []byte) {
	switch {
	case d < smbproto.Dialect300:
		return nil, nil
	case d == smbproto.Dialect311:
		return derive(session, "SMBC2SCipherKey\x00", preauth), derive(session, "SMBS2CCipherKey\x00", preauth)
	}
	return derive(session, "SMB2AESCCM\x00", []byte("ServerIn \x00")), derive(session, "SMB2AESCCM\x00", []byte("ServerOut\x00"))
}

// derive is the key derivation of [SP800-108] in counter mode with HMAC-SHA256,
// for 128 bits, as [MS-SMB2] 3.1.4.2 wants it.
func derive(key []byte, label string, context []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte{0, 0, 0, 1})
	h.Write([]byte(label))
	h.Write([]byte{0})
	h.Write(context)
	h.Write([]byte{0, 0, 0, 8 * KeySize})
	return h.Sum(nil)[:KeySize]
}
