package smbproto

import (
	"encoding/binary"
	"fmt"
)

var le = binary.LittleEndian

// ParseError says which field of which message could not be read, where, and
// why.
type ParseError struct {
	Message string // such as "SMB2 NEGOTIATE response"
	Field   string // such as "SecurityBuffer"
	Offset  int    // from the start of the message
	Reason  string
}

// Error returns, for example, "SMB2 header: NextCommand at offset 20: 65 in a
// message of 64".
func (e *ParseError) Error() string {
	return fmt.Sprintf("%s: %s at offset %d: %s", e.Message, e.Field, e.Offset, e.Reason)
}

// reader is the only code that follows lengths and offsets from the wire. Its
// error is sticky: after the first one every read returns zero, and the caller
// checks once, at the end.
type reader struct {
	b       []byte
	off     int
	base    int // offset of b in the message, for errors
	message string
	err     error
}

// fail records the first error. off counts from the start of r.b.
func (r *reader) fail(field string, off int, reason string) {
	if r.err == nil {
		r.err = &ParseError{r.message, field, r.base + off, reason}
	}
}

// take returns the next n bytes.
func (r *reader) take(n int, field string) []byte {
	b := r.slice(uint64(r.off), uint64(n), field)
	if b != nil {
		r.off += n
	}
	return b
}

// sub returns a reader of the next n bytes, which inherits the error.
func (r *reader) sub(n int, field string) reader {
	off := r.off
	b := r.take(n, field)
	return reader{b: b, base: r.base + off, message: r.message, err: r.err}
}

// slice returns n bytes at an absolute offset, or nil. Arguments are as wide as
// a sum of two of them can get, so that no addition wraps.
func (r *reader) slice(off, n uint64, field string) []byte {
	if r.err != nil {
		return nil
	}
	if end := off + n; end > uint64(len(r.b)) || end < off {
		r.fail(field, int(min(off, 1<<31-1)), fmt.Sprintf("wants %d bytes of %d", n, len(r.b)))
		return nil
	}
	return r.b[off : off+n : off+n]
}

func (r *reader) skip(n int, field string) { r.take(n, field) }

func (r *reader) u8(field string) uint8 {
	if b := r.take(1, field); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u16(field string) uint16 {
	if b := r.take(2, field); b != nil {
		return le.Uint16(b)
	}
	return 0
}

func (r *reader) u32(field string) uint32 {
	if b := r.take(4, field); b != nil {
		return le.Uint32(b)
	}
	return 0
}

func (r *reader) u64(field string) uint64 {
	if b := r.take(8, field); b != nil {
		return le.Uint64(b)
	}
	return 0
}

func (r *reader) guid(field string) (g GUID) {
	copy(g[:], r.take(16, field))
	return g
}

// be16 reads a big-endian number, as NetBIOS over TCP has them.
func (r *reader) be16(field string) uint16 {
	if b := r.take(2, field); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// rest returns all bytes that are left.
func (r *reader) rest() []byte {
	if r.err != nil {
		return nil
	}
	return r.take(len(r.b)-r.off, "rest")
}
