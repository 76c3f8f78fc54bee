package signing

import (
	"crypto/md5"
	"crypto/rc4"
	"encoding/binary"

	"smbready/smbproto"
)

// ServerMIC returns the first signature that NTLMSSP makes on a server's side,
// [MS-NLMP] 3.4.4.2: as a mechListMIC it shows a client that nobody changed what
// the two agreed on. It returns nil without extended session security, where
// none is wanted.
func ServerMIC(session []byte, flags uint32, message []byte) []byte {
	if flags&smbproto.NTLMExtendedSession == 0 || len(session) != KeySize {
		return nil
	}
	const sequence = 0
	signed := binary.LittleEndian.AppendUint32(nil, sequence)
	sum := macMD5(magic(session, "session key to server-to-client signing key magic constant\x00"), append(signed, message...))[:8]
	if flags&smbproto.NTLMKeyExchange != 0 {
		c, err := rc4.NewCipher(magic(weakened(session, flags), "session key to server-to-client sealing key magic constant\x00"))
		if err != nil {
			return nil // keys have 16 bytes
		}
		c.XORKeyStream(sum, sum)
	}
	const version = 1
	mic := binary.LittleEndian.AppendUint32(nil, version)
	return binary.LittleEndian.AppendUint32(append(mic, sum...), sequence)
}

// magic makes one key of another, [MS-NLMP] 3.4.5.2 and 3.4.5.3.
func magic(key []byte, constant string) []byte {
	sum := md5.Sum(append(key[:len(key):len(key)], constant...))
	return sum[:]
}

// NTLM56 is the flag of keys of 56 bits, [MS-NLMP] 2.2.2.5.
const NTLM56 = 0x80000000

// weakened cuts a key to what the flags allow for sealing, [MS-NLMP] 3.4.5.3.
func weakened(key []byte, flags uint32) []byte {
	switch {
	case flags&smbproto.NTLM128 != 0:
		return key
	case flags&NTLM56 != 0:
		return key[:7]
	}
	return key[:5]
}
