package verify

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"smbready/smbproto"
)

// Sizes, in bytes.
const (
	frameHeader    = 4
	headerSize     = 64 // of an SMB2 message, [MS-SMB2] 2.2.1
	transformSize  = 52 // of an SMB2 TRANSFORM_HEADER, [MS-SMB2] 2.2.41
	signatureStart = 48 // in the header
)

// Bounds of what a host may send.
const (
	maxProofFrame    = 1 << 20            // of a message while a session is proven
	maxTransferFrame = 1<<20 + 64<<10     // of one that carries the 1 MiB that go-smb2 reads at once
	maxKeepalives    = 3                  // between two messages
	maxInterim       = 16                 // STATUS_PENDING and notifications on a connection that proves
	maxParts         = 16                 // of a compounded answer
	firstRead        = 4 << 10            // what is allocated before anything has come
	maxOutgoing      = 0xffffff           // of a message of ours: 24 bits of length
	notification     = ^uint64(0)         // MessageId of a message that nobody asked for, [MS-SMB2] 2.2.23
	shareEncrypted   = uint32(0x00008000) // SMB2_SHAREFLAG_ENCRYPT_DATA, [MS-SMB2] 2.2.10
)

// Misbehaviour is what a host sent that no client may accept.
type Misbehaviour struct{ What string }

func (m *Misbehaviour) Error() string { return m.What }

func misbehaves(format string, args ...any) error { return &Misbehaviour{fmt.Sprintf(format, args...)} }

// notSupported is what a host wants that go-smb2 cannot do.
type notSupported struct{ what string }

func (n *notSupported) Error() string { return n.what }

// guard is a connection that passes on only what go-smb2 can read without
// falling over: go-smb2 parses in a goroutine of its own, so that a panic there
// could not be caught. The first message that is not well-formed ends the
// connection with an error that says what the host did.
type guard struct {
	net.Conn
	w *witness

	limit       int  // of a message, in bytes
	passInterim bool // go-smb2 sees STATUS_PENDING, which it takes only from hosts that do not require signing
	hideDemand  bool // go-smb2 does not see that the host requires signing, so that it does
	tamper      bool // the signature of TREE_CONNECT goes out wrong

	// Of Read, which one goroutine calls.
	buf   []byte
	ready []byte // what Read has yet to hand out
	err   error  // sticky
	idle  int    // keepalives since the last message

	// Of Write, which another one calls.
	out []byte // a frame that is not complete

	close    sync.Once
	closeErr error
}

func newGuard(c net.Conn) *guard { return &guard{Conn: c, w: newWitness(), limit: maxProofFrame} }

// Close closes the connection. It may be called more than once.
func (g *guard) Close() error {
	g.close.Do(func() { g.closeErr = g.Conn.Close() })
	return g.closeErr
}

// Read hands out checked frames, header and all.
func (g *guard) Read(p []byte) (int, error) {
	for len(g.ready) == 0 {
		if len(p) == 0 {
			return 0, nil
		}
		if g.err == nil {
			g.err = g.next()
		}
		if g.err != nil {
			g.note(g.err)
			return 0, g.err
		}
	}
	n := copy(p, g.ready)
	g.ready = g.ready[n:]
	return n, nil
}

// note remembers why the guard ended the connection.
func (g *guard) note(err error) {
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	var bad *Misbehaviour
	var beyond *notSupported
	switch {
	case g.w.proven:
	case errors.As(err, &bad):
		g.w.misbehaviour = bad.What
	case errors.As(err, &beyond):
		g.w.notSupported = beyond.what
	case errors.Is(err, os.ErrDeadlineExceeded):
		g.w.late = true
	}
}

// next reads one frame. What is not to be passed on leaves ready empty.
func (g *guard) next() error {
	n, err := g.frameLength()
	if err != nil || n < 0 {
		return err
	}
	if err := g.fill(frameHeader + n); err != nil {
		return err
	}
	g.idle = 0
	pass, err := g.w.admit(g.buf[frameHeader:frameHeader+n], g.passInterim)
	if err == nil && pass {
		if g.hideDemand {
			hideDemand(g.buf[frameHeader : frameHeader+n])
		}
		g.ready = g.buf[:frameHeader+n]
	}
	return err
}

// frameLength reads a frame's header. It returns -1 for a keepalive.
func (g *guard) frameLength() (int, error) {
	g.buf = g.buf[:0]
	if err := g.fill(frameHeader); err != nil {
		return 0, err
	}
	n := int(binary.BigEndian.Uint32(g.buf) & 0xffffff)
	switch kind := smbproto.FrameType(g.buf[0]); {
	case kind == smbproto.FrameKeepalive && n == 0:
		if g.idle++; g.idle > maxKeepalives {
			return 0, misbehaves("more than %d keepalives and no answer", maxKeepalives)
		}
		return -1, nil
	case kind != smbproto.FrameMessage:
		return 0, misbehaves("a frame of type 0x%02x, not a message", g.buf[0])
	case n < headerSize:
		return 0, misbehaves("a message of %d bytes: an SMB2 header has %d", n, headerSize)
	case n > g.limit:
		return 0, misbehaves("a message of %d bytes is declared", n)
	}
	return n, nil
}

// fill reads until n bytes are there. The buffer grows by what has come, not by
// what was declared.
func (g *guard) fill(n int) error {
	for len(g.buf) < n {
		if len(g.buf) == cap(g.buf) {
			g.buf = append(make([]byte, 0, max(firstRead, 2*cap(g.buf))), g.buf...)
		}
		k, err := g.Conn.Read(g.buf[len(g.buf):min(n, cap(g.buf))])
		g.buf = g.buf[:len(g.buf)+k]
		switch {
		case len(g.buf) >= n:
		case errors.Is(err, io.EOF) && len(g.buf) > 0:
			return misbehaves("the connection was closed within a message, after %d of %d bytes", len(g.buf), n)
		case err != nil:
			return err
		}
	}
	return nil
}

// Write sends whole frames: go-smb2 writes a header and a message apart, and
// some devices take the first segment for all.
func (g *guard) Write(p []byte) (int, error) {
	g.out = append(g.out, p...)
	for len(g.out) >= frameHeader {
		n := frameHeader + int(binary.BigEndian.Uint32(g.out)&maxOutgoing)
		if len(g.out) < n {
			break
		}
		if err := g.send(g.out[:n]); err != nil {
			return 0, err
		}
		g.out = append(g.out[:0], g.out[n:]...)
	}
	return len(p), nil
}

func (g *guard) send(frame []byte) error {
	message := frame[frameHeader:]
	if err := g.w.request(message); err != nil {
		return err
	}
	if g.tamper && isTreeConnect(message) {
		message[signatureStart] ^= 1
	}
	_, err := g.Conn.Write(frame)
	return err
}

func isTreeConnect(b []byte) bool {
	h, err := smbproto.ParseSMB2Header(b)
	return err == nil && h.Command == commandTreeConnect
}
