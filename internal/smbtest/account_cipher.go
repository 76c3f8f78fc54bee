package smbtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/binary"
	"errors"

	"smbready/internal/signing"
	"smbready/smbproto"
)

// A SMB2 TRANSFORM_HEADER, [MS-SMB2] 2.2.41: where its fields are, in bytes.
const (
	transformSignatureAt = 4
	transformNonceAt     = 20
	transformSizeAt      = 36
	transformFlagsAt     = 42
	transformSessionAt   = 44
	transformHeader      = 52
)

// ciphers returns what opens a client's messages and what seals a server's, or
// nil before SMB 3.0.
func ciphers(d smbproto.Dialect, session, preauth []byte) (in, out cipher.AEAD) {
	client, server := signing.CipherKeys(d, session, preauth)
	if client == nil {
		return nil, nil
	}
	return newAEAD(d, client), newAEAD(d, server)
}

// newAEAD panics where a key has another size than 16 bytes, which no key has.
func newAEAD(d smbproto.Dialect, key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	if d != smbproto.Dialect311 {
		return ccm{block}
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}

// seal encrypts a message, [MS-SMB2] 3.1.4.3.
func seal(a cipher.AEAD, message []byte) []byte {
	if a == nil || message == nil {
		return nil
	}
	header := make([]byte, transformHeader)
	copy(header, "\xfdSMB")
	copy(header[transformNonceAt:], message[24:32]) // MessageId: no two answers have the same
	binary.LittleEndian.PutUint32(header[transformSizeAt:], uint32(len(message)))
	header[transformFlagsAt] = 1
	binary.LittleEndian.PutUint64(header[transformSessionAt:], smb2SessionID)
	sealed := a.Seal(nil, header[transformNonceAt:transformNonceAt+a.NonceSize()], message, header[transformNonceAt:])
	copy(header[transformSignatureAt:], sealed[len(message):])
	return append(header, sealed[:len(message)]...)
}

// unseal decrypts a message, or returns nil.
func unseal(a cipher.AEAD, b []byte) []byte {
	if a == nil || len(b) < transformHeader {
		return nil
	}
	sealed := append(b[transformHeader:len(b):len(b)], b[transformSignatureAt:transformNonceAt]...)
	message, err := a.Open(nil, b[transformNonceAt:transformNonceAt+a.NonceSize()], sealed, b[transformNonceAt:transformHeader])
	if err != nil {
		return nil
	}
	return message
}

// ccm is AES-CCM, [RFC 3610], with nonces of 11 bytes and tags of 16, as SMB 3.0
// has it.
type ccm struct{ block cipher.Block }

func (ccm) NonceSize() int { return 11 }
func (ccm) Overhead() int  { return 16 }

// Seal appends the encrypted message and its tag.
func (c ccm) Seal(dst, nonce, plain, extra []byte) []byte {
	out := make([]byte, len(plain))
	stream, mask := c.stream(nonce)
	stream.XORKeyStream(out, plain)
	return append(append(dst, out...), c.tag(nonce, plain, extra, mask)...)
}

// Open appends the decrypted message, if its tag is right.
func (c ccm) Open(dst, nonce, sealed, extra []byte) ([]byte, error) {
	n := len(sealed) - c.Overhead()
	if n < 0 {
		return nil, errors.New("shorter than a tag")
	}
	plain := make([]byte, n)
	stream, mask := c.stream(nonce)
	stream.XORKeyStream(plain, sealed[:n])
	if !hmac.Equal(c.tag(nonce, plain, extra, mask), sealed[n:]) {
		return nil, errors.New("wrong tag")
	}
	return append(dst, plain...), nil
}

// stream returns the key stream, without its first block, which masks the tag.
func (c ccm) stream(nonce []byte) (s cipher.Stream, mask []byte) {
	var first [16]byte
	first[0] = 3 // the length takes four bytes
	copy(first[1:], nonce)
	s, mask = cipher.NewCTR(c.block, first[:]), make([]byte, 16)
	s.XORKeyStream(mask, mask)
	return s, mask
}

// tag returns the CBC-MAC of [RFC 3610] 2.2, masked.
func (c ccm) tag(nonce, plain, extra, mask []byte) []byte {
	blocks := append([]byte{0x7b}, nonce...) // extra data, a tag of 16, a length of four bytes
	blocks = binary.BigEndian.AppendUint32(blocks, uint32(len(plain)))
	blocks = binary.BigEndian.AppendUint16(blocks, uint16(len(extra)))
	blocks = padded(append(blocks, extra...))
	blocks = padded(append(blocks, plain...))
	x := make([]byte, 16)
	for ; len(blocks) > 0; blocks = blocks[16:] {
		for i := range x {
			x[i] ^= blocks[i]
		}
		c.block.Encrypt(x, x)
	}
	for i := range x {
		x[i] ^= mask[i]
	}
	return x
}

// padded fills up to a whole block.
func padded(b []byte) []byte { return append(b, make([]byte, (16-len(b)%16)%16)...) }
