package smbproto

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// FrameType is the type of a NetBIOS session service packet, [RFC 1002] 4.3.1.
// On port 445 only FrameMessage is used, [MS-SMB2] 2.1.
type FrameType uint8

// Frame types.
const (
	FrameMessage   FrameType = 0x00
	FrameRequest   FrameType = 0x81
	FramePositive  FrameType = 0x82
	FrameNegative  FrameType = 0x83
	FrameRetarget  FrameType = 0x84
	FrameKeepalive FrameType = 0x85
)

// MaxFrame is the longest payload that a FrameReader accepts. Answers before
// authentication are a few hundred bytes; 64 KiB leaves room for odd ones.
const MaxFrame = 64 << 10

// frameHeader is the length of the NetBIOS session service header.
const frameHeader = 4

// ErrNotNBSS reports bytes that are not NetBIOS session service framing.
var ErrNotNBSS = errors.New("not NetBIOS session framing")

// ErrFrameTooLong reports a declared length above MaxFrame.
var ErrFrameTooLong = errors.New("frame too long")

// Appender is a message that can write itself.
type Appender interface{ Append(b []byte) []byte }

// AppendFrame appends m as the payload of a frame.
func AppendFrame(b []byte, t FrameType, m Appender) []byte {
	start := len(b)
	b = append(b, byte(t), 0, 0, 0)
	if m != nil {
		b = m.Append(b)
	}
	n := len(b) - start - frameHeader
	b[start+1], b[start+2], b[start+3] = byte(n>>16), byte(n>>8), byte(n)
	return b
}

// Bytes is a payload that is already encoded.
type Bytes []byte

// Append appends the bytes.
func (p Bytes) Append(b []byte) []byte { return append(b, p...) }

// Frame is a NetBIOS session service packet.
type Frame struct {
	Type    FrameType
	Payload []byte
}

// FrameReader reads frames from a stream. It keeps what it has read of an
// unfinished frame, so that a caller can tell silence from half an answer.
type FrameReader struct {
	r          io.Reader
	buf        []byte
	start, end int
}

// NewFrameReader returns a FrameReader that reads from r and uses buf while
// frames fit into it.
func NewFrameReader(r io.Reader, buf []byte) *FrameReader {
	return &FrameReader{r: r, buf: buf[:cap(buf)]}
}

// Next returns the next frame. Its payload is valid until the next call. It
// returns ErrNotNBSS or ErrFrameTooLong as soon as the header shows it, io.EOF
// at the end between frames, io.ErrUnexpectedEOF within one, and otherwise
// the stream's error.
func (f *FrameReader) Next() (Frame, error) {
	if err := f.fill(frameHeader); err != nil {
		if f.end > f.start && !knownFrameType(f.buf[f.start]) {
			return Frame{}, ErrNotNBSS
		}
		return Frame{}, err
	}
	h := f.buf[f.start:f.end]
	if !knownFrameType(h[0]) {
		return Frame{}, ErrNotNBSS
	}
	// 17 bits by [RFC 1002], 24 bits on port 445: read as 24, and capped.
	n := int(binary.BigEndian.Uint32(h) & 0xffffff)
	if n > MaxFrame {
		return Frame{}, ErrFrameTooLong
	}
	if err := f.fill(frameHeader + n); err != nil {
		return Frame{}, err
	}
	payload := f.buf[f.start+frameHeader : f.start+frameHeader+n]
	t := FrameType(f.buf[f.start])
	f.start += frameHeader + n
	return Frame{t, payload}, nil
}

// Buffered returns the bytes read that no frame has taken.
func (f *FrameReader) Buffered() []byte { return f.buf[f.start:f.end] }

// fill reads until n bytes are buffered. The buffer grows as bytes arrive, not
// by what a header declares.
func (f *FrameReader) fill(n int) error {
	for f.end-f.start < n {
		if f.end == len(f.buf) {
			f.makeRoom()
		}
		k, err := f.r.Read(f.buf[f.end:])
		f.end += k
		if err != nil && f.end-f.start < n {
			if errors.Is(err, io.EOF) && f.end > f.start {
				return io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

func (f *FrameReader) makeRoom() {
	held := f.buf[f.start:f.end]
	if f.start == 0 {
		f.buf = make([]byte, max(512, 2*len(f.buf)))
	}
	f.end = copy(f.buf, held)
	f.start = 0
}

func knownFrameType(b byte) bool { return b == 0 || b >= 0x81 && b <= 0x85 }

// SessionRequest asks a NetBIOS name for a session, [RFC 1002] 4.3.2.
type SessionRequest struct {
	Called, Calling NetBIOSName
}

// Append appends the two encoded names: 68 bytes.
func (m SessionRequest) Append(b []byte) []byte {
	return m.Calling.appendEncoded(m.Called.appendEncoded(b))
}

// ParseSessionRequest parses the payload of a session request.
func ParseSessionRequest(b []byte) (SessionRequest, error) {
	r := reader{b: b, message: "NetBIOS session request"}
	var m SessionRequest
	m.Called = r.netBIOSName("called name")
	m.Calling = r.netBIOSName("calling name")
	return m, r.err
}

// Session refusal codes, [RFC 1002] 4.3.4.
const (
	RefusedNotListening        = 0x80 // not listening on the called name
	RefusedNotListeningCalling = 0x81 // not listening for the calling name
	RefusedNotPresent          = 0x82 // called name not present
	RefusedResources           = 0x83 // insufficient resources
	RefusedUnspecified         = 0x8f
)

// RefusalText returns a session refusal code in words.
func RefusalText(code byte) string {
	switch code {
	case RefusedNotListening:
		return "not listening on called name"
	case RefusedNotListeningCalling:
		return "not listening for calling name"
	case RefusedNotPresent:
		return "called name not present"
	case RefusedResources:
		return "insufficient resources"
	}
	return fmt.Sprintf("code 0x%02x", code)
}

// NetBIOSName is a NetBIOS name: up to 15 characters and a suffix that tells
// the service.
type NetBIOSName struct {
	Name   string
	Suffix uint8
}

// Suffixes of NetBIOS names.
const (
	SuffixWorkstation      = 0x00 // also the domain, as a group name
	SuffixDomainMaster     = 0x1b
	SuffixDomainController = 0x1c
	SuffixFileServer       = 0x20
)

// AnyServer is the name under which most servers accept a session.
var AnyServer = NetBIOSName{"*SMBSERVER", SuffixFileServer}

// appendEncoded appends the first-level encoding, [RFC 1001] 14.1: each nibble
// becomes a letter from 'A' on.
func (n NetBIOSName) appendEncoded(b []byte) []byte {
	var raw [16]byte
	pad := byte(' ')
	if n.Name == "*" { // the wildcard of a node status query is padded with zeros
		pad = 0
	}
	for i := range raw {
		raw[i] = pad
	}
	copy(raw[:15], n.Name)
	raw[15] = n.Suffix
	b = append(b, 32)
	for _, c := range raw {
		b = append(b, 'A'+c>>4, 'A'+c&0xf)
	}
	return append(b, 0)
}

// netBIOSName reads an encoded name, with or without a scope.
func (r *reader) netBIOSName(field string) NetBIOSName {
	if n := r.u8(field); r.err == nil && n != 32 {
		r.fail(field, r.off-1, fmt.Sprintf("encoded length %d, not 32", n))
	}
	enc := r.take(32, field)
	if enc == nil {
		return NetBIOSName{}
	}
	var raw [16]byte
	for i := range raw {
		high, low := enc[2*i]-'A', enc[2*i+1]-'A'
		if high > 15 || low > 15 {
			r.fail(field, r.off-32, "not a first-level encoding")
			return NetBIOSName{}
		}
		raw[i] = high<<4 | low
	}
	for { // scope labels, up to the root
		n := r.u8(field)
		if n == 0 || r.err != nil {
			break
		}
		r.skip(int(n), field)
	}
	return NetBIOSName{strings.TrimRight(decodeOEM(raw[:15]), " \x00"), raw[15]}
}
