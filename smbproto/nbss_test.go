package smbproto

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestFrameReader(t *testing.T) {
	stream := wire(
		"00 000003 616263", // message
		"85 000000",        // keepalive
		"82 000000",        // positive session response
		"83 000001 8f",     // negative one, unspecified
		"00 000000",        // message without payload
		"84 000006 0a000001 008b",
	)
	want := []Frame{
		{FrameMessage, []byte("abc")},
		{FrameKeepalive, nil},
		{FramePositive, nil},
		{FrameNegative, []byte{RefusedUnspecified}},
		{FrameMessage, nil},
		{FrameRetarget, []byte{10, 0, 0, 1, 0, 139}},
	}
	readers := map[string]func() io.Reader{
		"whole":    func() io.Reader { return bytes.NewReader(stream) },
		"one byte": func() io.Reader { return iotest.OneByteReader(bytes.NewReader(stream)) },
		"halves":   func() io.Reader { return iotest.HalfReader(bytes.NewReader(stream)) },
		"data err": func() io.Reader { return iotest.DataErrReader(bytes.NewReader(stream)) },
	}
	for name, open := range readers {
		for _, size := range []int{0, 1, 4, 7, 4096} {
			f := NewFrameReader(open(), make([]byte, size))
			for i, w := range want {
				got, err := f.Next()
				if err != nil {
					t.Fatalf("%s, buffer of %d: frame %d: %v", name, size, i, err)
				}
				if got.Type != w.Type || !bytes.Equal(got.Payload, w.Payload) {
					t.Errorf("%s, buffer of %d: frame %d = %v, want %v", name, size, i, got, w)
				}
				if cap(got.Payload) != len(got.Payload) {
					t.Errorf("%s: payload of %d has room for %d", name, len(got.Payload), cap(got.Payload))
				}
			}
			if _, err := f.Next(); err != io.EOF {
				t.Errorf("%s, buffer of %d: at the end: %v, want EOF", name, size, err)
			}
		}
	}
}

func TestFrameReaderErrors(t *testing.T) {
	broken := errors.New("broken")
	tests := []struct {
		name     string
		stream   string // hexadecimal
		then     error
		want     error
		buffered int
	}{
		{"end at once", "", io.EOF, io.EOF, 0},
		{"reset at once", "", broken, broken, 0},
		{"end in the header", "0000", io.EOF, io.ErrUnexpectedEOF, 2},
		{"reset in the header", "0000", broken, broken, 2},
		{"end behind the header", "00000004", io.EOF, io.ErrUnexpectedEOF, 4},
		{"end in the payload", "00000004 ff", io.EOF, io.ErrUnexpectedEOF, 5},
		{"reset in the payload", "00000004 ff", broken, broken, 5},
		{"longest and a byte", "00 010001", io.EOF, ErrFrameTooLong, 4},
		{"24 bits of length", "00 ffffff", io.EOF, ErrFrameTooLong, 4},
		{"HTTP", "48545450 2f312e31", io.EOF, ErrNotNBSS, 8},
		{"one byte of a banner, then silence", "48", broken, ErrNotNBSS, 1},
		{"unknown type", "86 000000", io.EOF, ErrNotNBSS, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := wire(tt.stream)
			f := NewFrameReader(io.MultiReader(bytes.NewReader(b), iotest.ErrReader(tt.then)), make([]byte, 16))
			if _, err := f.Next(); err != tt.want {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if got := f.Buffered(); !bytes.Equal(got, b[:tt.buffered]) {
				t.Errorf("buffered %x, want %x", got, b[:tt.buffered])
			}
		})
	}
}

// TestFrameReaderLongest reads a frame of the greatest length behind another,
// with a buffer that is much too small for it.
func TestFrameReaderLongest(t *testing.T) {
	payload := bytes.Repeat([]byte{0x5a}, MaxFrame)
	stream := AppendFrame(nil, FrameKeepalive, nil)
	stream = AppendFrame(stream, FrameMessage, Bytes(payload))
	stream = AppendFrame(stream, FrameMessage, Bytes("next"))
	f := NewFrameReader(iotest.HalfReader(bytes.NewReader(stream)), make([]byte, 8))
	for _, want := range [][]byte{nil, payload, []byte("next")} {
		got, err := f.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Payload, want) {
			t.Errorf("payload of %d bytes, want %d", len(got.Payload), len(want))
		}
	}
	if limit := 4 * MaxFrame; len(f.buf) > limit {
		t.Errorf("buffer of %d bytes, want at most %d", len(f.buf), limit)
	}
}

// TestFrameReaderDeclared checks that a declared length alone costs no memory.
func TestFrameReaderDeclared(t *testing.T) {
	f := NewFrameReader(bytes.NewReader(wire("00 010000 ff")), nil)
	if _, err := f.Next(); err != io.ErrUnexpectedEOF {
		t.Errorf("error %v, want %v", err, io.ErrUnexpectedEOF)
	}
	if len(f.buf) > 1024 {
		t.Errorf("buffer of %d bytes for 5 that came", len(f.buf))
	}
}

// idle is a stream that never says anything.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestFrameReaderIdle(t *testing.T) {
	if _, err := NewFrameReader(idle{}, nil).Next(); err != io.ErrNoProgress {
		t.Errorf("error %v, want %v", err, io.ErrNoProgress)
	}
}

func TestAppendFrame(t *testing.T) {
	b := AppendFrame([]byte("before"), FrameMessage, Bytes(make([]byte, 0x012345)))
	if want := wire("00 012345"); !bytes.Equal(b[6:10], want) || len(b) != 10+0x012345 {
		t.Errorf("header %x and %d bytes, want %x", b[6:10], len(b), want)
	}
}
