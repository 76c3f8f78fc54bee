package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// ErrNotCapture reports a file that is neither pcap nor pcapng.
var ErrNotCapture = errors.New("neither a pcap nor a pcapng file")

// Lengths, in bytes.
const (
	bufferSize = 512 << 10 // of the file; a block of pcapng has to fit
	maxPacket  = 256 << 10 // that is looked at: tcpdump's longest
	maxSkip    = 16 << 20  // a record that says it is longer is damage
)

// packet is one packet of a file. Its data is valid until the next is read.
type packet struct {
	time   time.Time // the zero time: the file does not say
	link   layers.LinkType
	data   []byte // what was captured
	length int    // on the wire
}

// file is a capture file.
type file interface {
	// next reads the next packet. It returns io.EOF at the end, a *damageError
	// where the file cannot be read on, and else the error of the reader.
	next(p *packet) error
}

// damageError says why a file cannot be read on.
type damageError struct{ what string }

func (e *damageError) Error() string { return e.what }

func damaged(format string, a ...any) error { return &damageError{fmt.Sprintf(format, a...)} }

// cutOff is the damage of a file that ends too early; other errors are the
// reader's own.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("the file ends in the middle of a packet")
	}
	return err
}

// openFile tells what a file is by its first bytes, and reads its head.
func openFile(r io.Reader, u *unread) (f file, kind string, err error) {
	b := bufio.NewReaderSize(r, bufferSize)
	magic, err := b.Peek(4)
	switch {
	case errors.Is(err, io.EOF):
		return nil, "", ErrNotCapture
	case err != nil:
		return nil, "", err
	case binary.BigEndian.Uint32(magic) == blockSection:
		f, err = newPcapng(b, u)
		return f, "pcapng", err
	}
	switch binary.BigEndian.Uint32(magic) {
	case 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1:
		f, err = newPcap(b, u)
		return f, "pcap", err
	}
	return nil, "", ErrNotCapture
}

// pcapFile reads pcap, of either byte order, with micro- or nanoseconds.
type pcapFile struct {
	b      *bufio.Reader // from which r reads, so that a record can be skipped
	r      *pcapgo.Reader
	unread *unread
}

func newPcap(b *bufio.Reader, u *unread) (*pcapFile, error) {
	r, err := pcapgo.NewReader(b)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("%w: it ends within its header", ErrNotCapture)
	case err != nil:
		return nil, fmt.Errorf("%w: %v", ErrNotCapture, err)
	}
	r.SetSnaplen(maxPacket) // the library allocates no more than that for a packet
	return &pcapFile{b, r, u}, nil
}

func (f *pcapFile) next(p *packet) error {
	for {
		data, ci, err := f.r.ZeroCopyReadPacketData()
		switch {
		case err == nil:
			*p = packet{sane(ci.Timestamp), f.r.LinkType(), data, ci.Length}
			return nil
		case errors.Is(err, io.EOF) && ci.CaptureLength == 0:
			return io.EOF
		case ci.CaptureLength <= maxPacket && ci.CaptureLength <= ci.Length, ci.CaptureLength == 0:
			return cutOff(err)
		case ci.CaptureLength > maxSkip:
			return damaged("a packet says that it is %d bytes long", ci.CaptureLength)
		}
		// Only its header has been read.
		f.unread.add("packets with an impossible length", 1)
		if _, err := f.b.Discard(ci.CaptureLength); err != nil {
			return cutOff(err)
		}
	}
}

// sane returns t, or the zero time for what RFC 3339 cannot write.
func sane(t time.Time) time.Time {
	if t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}
