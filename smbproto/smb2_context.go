package smbproto

import "fmt"

// ContextType is the type of a negotiate context, [MS-SMB2] 2.2.3.1.
type ContextType uint16

// Negotiate context types.
const (
	ContextPreauthIntegrity ContextType = 1
	ContextEncryption       ContextType = 2
	ContextCompression      ContextType = 3
	ContextNetname          ContextType = 5
	ContextTransport        ContextType = 6
	ContextRDMATransform    ContextType = 7
	ContextSigning          ContextType = 8
)

// maxContexts bounds the contexts of a message; eight types are defined.
const maxContexts = 16

// NegotiateContext is one negotiate context of a 3.1.1 NEGOTIATE.
type NegotiateContext struct {
	Type ContextType
	Data []byte
}

// Hash algorithms, ciphers, signing and compression algorithms of the contexts.
const (
	HashSHA512 = 0x0001

	CipherAES128CCM = 0x0001
	CipherAES128GCM = 0x0002
	CipherAES256CCM = 0x0003
	CipherAES256GCM = 0x0004

	SigningHMACSHA256 = 0x0000
	SigningAESCMAC    = 0x0001
	SigningAESGMAC    = 0x0002

	CompressionLZNT1   = 0x0001
	CompressionLZ77    = 0x0002
	CompressionHuffman = 0x0003
	CompressionPattern = 0x0004
)

// PreauthIntegrity returns a SMB2_PREAUTH_INTEGRITY_CAPABILITIES context that
// offers or selects SHA-512, [MS-SMB2] 2.2.3.1.1.
func PreauthIntegrity(salt []byte) NegotiateContext {
	d := le.AppendUint16(make([]byte, 0, 6+len(salt)), 1)
	d = le.AppendUint16(d, uint16(len(salt)))
	d = le.AppendUint16(d, HashSHA512)
	return NegotiateContext{ContextPreauthIntegrity, append(d, salt...)}
}

// Encryption returns a SMB2_ENCRYPTION_CAPABILITIES context, [MS-SMB2] 2.2.3.1.2.
func Encryption(ciphers ...uint16) NegotiateContext {
	return NegotiateContext{ContextEncryption, appendCounted(nil, ciphers)}
}

// Signing returns a SMB2_SIGNING_CAPABILITIES context, [MS-SMB2] 2.2.3.1.7.
func Signing(algorithms ...uint16) NegotiateContext {
	return NegotiateContext{ContextSigning, appendCounted(nil, algorithms)}
}

// Compression returns a SMB2_COMPRESSION_CAPABILITIES context without chaining,
// [MS-SMB2] 2.2.3.1.3.
func Compression(algorithms ...uint16) NegotiateContext {
	d := le.AppendUint16(nil, uint16(len(algorithms)))
	d = append(d, 0, 0, 0, 0, 0, 0) // Padding, Flags
	for _, a := range algorithms {
		d = le.AppendUint16(d, a)
	}
	return NegotiateContext{ContextCompression, d}
}

// Netname returns a SMB2_NETNAME_NEGOTIATE_CONTEXT_ID context: the name by which
// the client calls the server, [MS-SMB2] 2.2.3.1.4.
func Netname(name string) NegotiateContext {
	return NegotiateContext{ContextNetname, appendUTF16(nil, name)}
}

func appendCounted(b []byte, values []uint16) []byte {
	b = le.AppendUint16(b, uint16(len(values)))
	for _, v := range values {
		b = le.AppendUint16(b, v)
	}
	return b
}

// Algorithms returns the algorithm identifiers of a context: hashes, ciphers,
// signing or compression algorithms. An answer carries exactly one. Other types
// have none.
func (c NegotiateContext) Algorithms() ([]uint16, error) {
	r := reader{b: c.Data, message: "SMB2 negotiate context"}
	n := int(r.u16("count"))
	switch c.Type {
	case ContextPreauthIntegrity:
		r.skip(2, "SaltLength")
	case ContextCompression:
		r.skip(6, "Flags")
	case ContextEncryption, ContextSigning:
	default:
		return nil, nil
	}
	raw := r.take(2*n, "algorithms")
	ids := make([]uint16, 0, len(raw)/2)
	for ; len(raw) > 0; raw = raw[2:] {
		ids = append(ids, le.Uint16(raw))
	}
	return ids, r.err
}

// Text returns the name in a netname context.
func (c NegotiateContext) Text() string { return decodeUTF16(c.Data) }

// FindContext returns the first context of a type.
func FindContext(contexts []NegotiateContext, t ContextType) (NegotiateContext, bool) {
	for _, c := range contexts {
		if c.Type == t {
			return c, true
		}
	}
	return NegotiateContext{}, false
}

// HashName returns a preauthentication hash's usual name, such as "SHA-512", or
// its number.
func HashName(id uint16) string {
	if id == HashSHA512 {
		return "SHA-512"
	}
	return fmt.Sprintf("0x%04x", id)
}

// CipherName returns a cipher's usual name, such as "AES-128-GCM", or its number.
func CipherName(id uint16) string {
	switch id {
	case CipherAES128CCM:
		return "AES-128-CCM"
	case CipherAES128GCM:
		return "AES-128-GCM"
	case CipherAES256CCM:
		return "AES-256-CCM"
	case CipherAES256GCM:
		return "AES-256-GCM"
	}
	return fmt.Sprintf("0x%04x", id)
}

// SigningName returns a signing algorithm's usual name, such as "AES-GMAC", or
// its number.
func SigningName(id uint16) string {
	switch id {
	case SigningHMACSHA256:
		return "HMAC-SHA256"
	case SigningAESCMAC:
		return "AES-CMAC"
	case SigningAESGMAC:
		return "AES-GMAC"
	}
	return fmt.Sprintf("0x%04x", id)
}

// contexts reads the negotiate contexts at an absolute offset, which must lie
// behind the fixed part. Each starts at a multiple of 8 from the first,
// [MS-SMB2] 2.2.3.1.
func (r *reader) contexts(offset uint32, count uint16, fixed int) []NegotiateContext {
	if r.err != nil || count == 0 {
		return nil
	}
	off := uint64(offset)
	switch {
	case count > maxContexts:
		r.fail("NegotiateContextCount", r.off, fmt.Sprintf("%d, more than %d", count, maxContexts))
		return nil
	case off < uint64(fixed):
		r.fail("NegotiateContextOffset", int(off), "points into the fixed part")
		return nil
	}
	list := make([]NegotiateContext, 0, count)
	for range count {
		h := r.slice(off, 8, "NegotiateContext")
		if h == nil {
			return nil
		}
		n := uint64(le.Uint16(h[2:]))
		data := r.slice(off+8, n, "NegotiateContext data")
		if r.err != nil {
			return nil
		}
		list = append(list, NegotiateContext{ContextType(le.Uint16(h)), data})
		off += (8 + n + 7) &^ 7
	}
	return list
}

// appendContexts appends contexts, each but the last padded to 8 bytes.
func appendContexts(b []byte, start int, contexts []NegotiateContext) []byte {
	for i, c := range contexts {
		if i > 0 {
			b = pad8(b, start)
		}
		b = le.AppendUint16(b, uint16(c.Type))
		b = le.AppendUint16(b, uint16(len(c.Data)))
		b = append(append(b, 0, 0, 0, 0), c.Data...)
	}
	return b
}

// pad8 pads a message that starts at start to a multiple of 8 bytes.
func pad8(b []byte, start int) []byte {
	for (len(b)-start)%8 != 0 {
		b = append(b, 0)
	}
	return b
}
