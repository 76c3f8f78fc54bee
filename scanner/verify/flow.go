package verify

import (
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"time"

	"smbready/smbproto"
)

// stall is how long a measurement waits for a host that brings nothing forward:
// that neither takes a request nor gives a final answer.
const stall = 30 * time.Second

// least is what a host has to take and to give in one message, in bytes: no
// server of note has less, and a file in grains would be a flood.
const least = 64 << 10

// slack is how many requests a transfer may take that carry no data, with much
// to spare.
const slack = 64

// Places in an answer, in bytes, and how much of it is looked at.
const (
	sizesAt      = headerSize + 32 // MaxReadSize and MaxWriteSize, [MS-SMB2] 2.2.4
	shareFlagsAt = headerSize + 4  // [MS-SMB2] 2.2.10
	countAt      = headerSize + 4  // of READ and of WRITE, [MS-SMB2] 2.2.20 and 2.2.22
	maxHead      = sizesAt + 8
)

const commandCancel = 12 // has no answer, [MS-SMB2] 2.2.30

// flow is the connection of a measurement, below the guard. It ends when
// nothing moves any more, and when a host wants its file in grains.
type flow struct {
	net.Conn
	abandon func(error) // ends what waits for something else than the connection

	head []byte // of the message that is coming in, NetBIOS header and all; of Read only
	rest int    // bytes of that message behind its head

	mu      sync.Mutex // guards what follows
	open    map[uint64]bool
	left    int         // requests that may still go out
	watch   *time.Timer // runs out when nothing moves; nil when nothing has to
	sending bool
	err     error // why it was ended
}

func newFlow(c net.Conn, abandon func(error)) *flow {
	return &flow{Conn: c, abandon: abandon, open: map[uint64]bool{}, left: slack}
}

// begin starts a part of a measurement in which something has to move, and in
// which up to so many requests may go out; end ends it.
func (f *flow) begin(requests int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = requests
	f.watch = time.AfterFunc(stall, f.stalled)
}

func (f *flow) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watch != nil {
		f.watch.Stop()
		f.watch = nil
	}
}

// stalled ends the connection. A request that waits for credits is not with the
// connection, and has to be ended otherwise.
func (f *flow) stalled() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watch == nil {
		return
	}
	idle := len(f.open) == 0 && !f.sending
	f.fail(fmt.Errorf("nothing came of the host for %v", stall))
	if idle {
		f.err = fmt.Errorf("the host granted no further request for %v", stall)
		f.abandon(f.err)
	}
}

// fail ends the connection, with f.mu held. It is not closed: that is for those
// who opened it.
func (f *flow) fail(why error) {
	if f.err == nil {
		f.err = why
	}
	f.Conn.SetDeadline(time.Unix(1, 0))
}

// moved notes that something came of the host, with f.mu held.
func (f *flow) moved() {
	if f.watch != nil && f.err == nil {
		f.watch.Reset(stall)
	}
}

// reason returns why the flow was ended, if it was.
func (f *flow) reason() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// unanswered reports whether the host still owes an answer.
func (f *flow) unanswered() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.open) > 0
}

// Write sends one whole frame, as the guard has it.
func (f *flow) Write(frame []byte) (int, error) {
	if err := f.depart(frame); err != nil {
		return 0, err
	}
	n, err := f.Conn.Write(frame)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sending = false
	if err != nil {
		f.fail(err) // part of a frame is out: what followed would be taken for the rest of it
		return n, err
	}
	f.moved()
	return n, nil
}

// depart notes that a request is about to be sent.
func (f *flow) depart(frame []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil && f.left == 0 {
		f.fail(misbehaves("it takes or gives so little at a time that the file would be too many requests"))
	}
	if f.err != nil {
		return f.err
	}
	f.left--
	f.sending = true
	if h, err := smbproto.ParseSMB2Header(frame[min(frameHeader, len(frame)):]); err == nil && h.Command != commandCancel {
		f.open[h.MessageID] = true
	}
	return nil
}

// Read reads, and looks at the head of each message.
func (f *flow) Read(p []byte) (int, error) {
	if err := f.reason(); err != nil {
		return 0, err
	}
	n, err := f.Conn.Read(p)
	if bad := f.look(p[:n]); bad != nil {
		return 0, bad
	}
	if why := f.reason(); why != nil && err != nil {
		err = why
	}
	return n, err
}

// look follows the frames in what has come.
func (f *flow) look(p []byte) error {
	for len(p) > 0 {
		if f.rest > 0 {
			k := min(f.rest, len(p))
			f.rest -= k
			p = p[k:]
		} else {
			p = f.collect(p)
		}
		if n, whole := f.length(); whole && f.rest == 0 {
			if len(f.head) < min(frameHeader+n, frameHeader+maxHead) {
				continue
			}
			if err := f.arrived(f.head[frameHeader:]); err != nil {
				return err
			}
			f.head = f.head[:0]
		}
	}
	return nil
}

// length returns what the message's header declares, once it is there.
func (f *flow) length() (n int, known bool) {
	if len(f.head) < frameHeader {
		return 0, false
	}
	return int(binary.BigEndian.Uint32(f.head) & maxOutgoing), true
}

// collect takes what belongs to the message's head from p, and returns the rest.
func (f *flow) collect(p []byte) []byte {
	want := frameHeader
	n, known := f.length()
	if known {
		want += min(n, maxHead)
	}
	k := min(want-len(f.head), len(p))
	f.head = append(f.head, p[:k]...)
	if known && len(f.head) == want {
		f.rest = n - (want - frameHeader)
	}
	return p[k:]
}

// arrived judges a message of which all has come. The head may be short: what is
// wrong with it the guard says.
func (f *flow) arrived(head []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.judge(head)
	if err != nil {
		f.fail(err)
	}
	return err
}

func (f *flow) judge(head []byte) error {
	if smbproto.ProtocolOf(head) == smbproto.ProtocolEncrypted {
		return errEncrypted
	}
	h, err := smbproto.ParseSMB2Header(head)
	if err != nil || h.Status == smbproto.StatusPending || !f.open[h.MessageID] {
		return nil // brings nothing forward
	}
	delete(f.open, h.MessageID)
	f.moved()
	if h.Status != smbproto.StatusSuccess {
		return nil
	}
	switch h.Command {
	case smbproto.SMB2CommandNegotiate:
		return checkSizes(head)
	case commandTreeConnect:
		if number(head, shareFlagsAt)&shareEncrypted != 0 {
			return errEncrypted
		}
	case commandRead, commandWrite:
		if number(head, countAt) == 0 {
			return misbehaves("it says that all went well, and moved 0 bytes")
		}
	}
	return nil
}

// checkSizes refuses a host that takes or gives less than least at once.
func checkSizes(head []byte) error {
	read, write := number(head, sizesAt), number(head, sizesAt+4)
	if min(read, write) < least {
		return fmt.Errorf("it reads %d and writes %d bytes at once: below %d nothing is measured, so as not to flood it", read, write, least)
	}
	return nil
}

// number returns 32 bits of a head; 0 behind its end.
func number(head []byte, at int) uint32 {
	if len(head) < at+4 {
		return 0
	}
	return binary.LittleEndian.Uint32(head[at:])
}
