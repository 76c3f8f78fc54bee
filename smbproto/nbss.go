package smbproto

import (
	"encoding/binary"
	"errors"
	"io"
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

// MaxFrame is the longest payload that a FrameReader accepts, in bytes. Answers before
// authentication are a few hundred bytes; 64 KiB leaves room for odd ones.
const MaxFrame = 64 << 10

// maxIdleReads is how often in a row a stream may return neither bytes nor an
// error.
const maxIdleReads = 100

// frameHeader is the length of the NetBIOS session service header, in bytes.
const frameHeader = 4

// ErrNotNBSS reports bytes that are not NetBIOS session service framing.
var ErrNotNBSS = errors.New("not NetBIOS session framing")

// ErrFrameTooLong reports a declared length above MaxFrame.
var ErrFrameTooLong = errors.New("frame too long")

// Appender is a message that can write itself.
type Appender interface{ Append(b []byte) []byte }

// AppendFrame appends a frame with m as its payload; a nil m is an empty one.
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

// Frame is a NetBIOS session service packet, [RFC 1002] 4.3.1.
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
	if err := f.fill(1); err != nil {
		return Frame{}, err
	}
	if !knownFrameType(f.buf[f.start]) {
		return Frame{}, ErrNotNBSS
	}
	if err := f.fill(frameHeader); err != nil {
		return Frame{}, err
	}
	// 17 bits by [RFC 1002] 4.3.1, 24 bits by [MS-SMB2] 2.1: read as 24, and
	// capped.
	n := int(binary.BigEndian.Uint32(f.buf[f.start:]) & 0xffffff)
	if n > MaxFrame {
		return Frame{}, ErrFrameTooLong
	}
	if err := f.fill(frameHeader + n); err != nil {
		return Frame{}, err
	}
	t, end := FrameType(f.buf[f.start]), f.start+frameHeader+n
	payload := f.buf[f.start+frameHeader : end : end]
	f.start = end
	return Frame{t, payload}, nil
}

// Buffered returns the bytes read that no frame has taken.
func (f *FrameReader) Buffered() []byte { return f.buf[f.start:f.end] }

// fill reads until n bytes are buffered. The buffer grows as bytes arrive, not
// by what a header declares. A stream that keeps returning nothing, which
// io.Reader discourages, is given up with io.ErrNoProgress.
func (f *FrameReader) fill(n int) error {
	for idle := 0; f.end-f.start < n; {
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
		if idle++; k > 0 {
			idle = 0
		}
		if idle == maxIdleReads {
			return io.ErrNoProgress
		}
	}
	return nil
}

// makeRoom moves what is held to the start of the buffer, or doubles it.
func (f *FrameReader) makeRoom() {
	held := f.buf[f.start:f.end]
	if f.start == 0 {
		f.buf = make([]byte, max(512, 2*len(f.buf)))
	}
	f.end = copy(f.buf, held)
	f.start = 0
}

func knownFrameType(b byte) bool { return b == 0 || b >= 0x81 && b <= 0x85 }
