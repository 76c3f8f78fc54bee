package signing

import "crypto/sha512"

// Preauth is the pre-authentication integrity hash of SMB 3.1.1, [MS-SMB2]
// 3.1.4.4.2 and 3.2.5.3.1: SHA-512 over the NEGOTIATE messages and all those of
// SESSION_SETUP but the last answer, in the order in which they were sent. The
// zero value is the hash before the first.
type Preauth struct{ hash [sha512.Size]byte }

// Add adds a whole message, from its SMB2 header on.
func (p *Preauth) Add(message []byte) {
	h := sha512.New()
	h.Write(p.hash[:])
	h.Write(message)
	h.Sum(p.hash[:0])
}

// Sum returns the hash of what was added.
func (p *Preauth) Sum() []byte { return append([]byte{}, p.hash[:]...) }
