package canary

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"smbready/smbproto"
)

// frameHeader is the size of a NetBIOS session service header, in bytes.
const frameHeader = 4

// frames reads frames whose payload is as long as a write is. Its buffer grows
// with what arrives, not by what a header declares.
type frames struct {
	r     io.Reader
	limit int // bytes of a payload
	buf   bytes.Buffer
}

// next returns the next frame. Its payload is valid until the next call.
// Errors are those of smbproto.FrameReader.
func (f *frames) next() (smbproto.Frame, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(f.r, header[:1]); err != nil {
		return smbproto.Frame{}, err
	}
	t := smbproto.FrameType(header[0])
	if t != smbproto.FrameMessage && (t < smbproto.FrameRequest || t > smbproto.FrameKeepalive) {
		return smbproto.Frame{}, smbproto.ErrNotNBSS
	}
	if _, err := io.ReadFull(f.r, header[1:]); err != nil {
		return smbproto.Frame{}, whole(err)
	}
	n := int(binary.BigEndian.Uint32(header[:]) & 0xffffff)
	if n > f.limit {
		return smbproto.Frame{}, smbproto.ErrFrameTooLong
	}
	f.buf.Reset()
	if _, err := io.CopyN(&f.buf, f.r, int64(n)); err != nil {
		return smbproto.Frame{}, whole(err)
	}
	return smbproto.Frame{Type: t, Payload: f.buf.Bytes()}, nil
}

// whole turns an end within a frame into an error of its own.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
