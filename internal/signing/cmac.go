package signing

import "crypto/aes"

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
