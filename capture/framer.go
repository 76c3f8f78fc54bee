package capture

import (
	"encoding/binary"

	"smbready/smbproto"
)

var le = binary.LittleEndian

// How much of a message is kept, in bytes, with its framing. Large ones are data,
// of which the header tells everything.
const (
	frameHeader = 4 // NetBIOS session service, [RFC 1002] 4.3.1 and [MS-SMB2] 2.1
	headLength  = frameHeader + 64 + 4
	maxKept     = 16 << 10
)

// Lengths of headers, in bytes: [MS-CIFS] 2.2.3.1, [MS-SMB2] 2.2.1.
const (
	smb1Header = 32
	smb2Header = 64
)

// framer cuts one direction of a connection into messages. It gives on the head
// of each as soon as that is complete, and skips the rest by its length.
type framer struct {
	fromClient bool
	synced     bool   // it knows where in a frame it is
	head       []byte // of the frame that is not complete
	skip       int    // bytes that are left of the frame before
	frames     int    // that were found
	broken     int    // times that it lost its place
	unread     int    // messages of which not even the header came
	passed     bool   // something went by while it had no place
	take       func(f frame)
	expect     func(m []byte, logon bool) bool // whether the connection can go on with a message, of which m is the head
	budget     *budget
}

// frame is a frame of the NetBIOS session service, and of its payload the head.
type frame struct {
	fromClient bool
	kind       smbproto.FrameType
	head       []byte // of the payload; valid until take returns
	length     int    // of the payload, in bytes
}

// budget bounds what all streams hold together, in bytes.
type budget struct{ left int }

// take reports whether n bytes may be held.
func (b *budget) take(n int) bool {
	if n > b.left {
		return false
	}
	b.left -= n
	return true
}

func (b *budget) giveBack(n int) { b.left += n }

// write takes in what comes next. start says that b begins as a TCP segment does:
// only there a framer that lost its place, or came in the middle, looks for a
// message. Files can hold messages too, and those must not be taken for real.
func (f *framer) write(b []byte, start bool) {
	if !f.synced {
		if !start || !f.begins(b) {
			f.passed = true
			return
		}
		f.synced, f.skip = true, 0
	}
	for len(b) > 0 && f.synced {
		if f.skip > 0 {
			n := min(f.skip, len(b))
			f.skip, b = f.skip-n, b[n:]
			continue
		}
		if len(f.head) > 0 {
			b = f.goOn(b)
			continue
		}
		want, ok := wanted(b)
		switch {
		case !ok:
			f.lost()
		case want > len(b):
			f.hold(b)
			return
		default:
			f.deliver(b[:want])
			b = b[want:]
		}
	}
}

// goOn adds to a head that is held, and returns what is left of b.
func (f *framer) goOn(b []byte) []byte {
	for {
		want, ok := wanted(f.head)
		if !ok {
			f.lost()
			return nil
		}
		if want == len(f.head) {
			f.deliver(f.head)
			f.release()
			return b
		}
		n := min(want-len(f.head), len(b))
		if n == 0 {
			return nil
		}
		if !f.hold(b[:n]) {
			return nil
		}
		b = b[n:]
	}
}

// hold keeps the beginning of a frame.
func (f *framer) hold(b []byte) bool {
	if !f.budget.take(len(b)) {
		f.lost()
		return false
	}
	f.head = append(f.head, b...)
	return true
}

func (f *framer) release() {
	f.budget.giveBack(len(f.head))
	f.head = f.head[:0]
	if cap(f.head) > 1024 {
		f.head = nil
	}
}

// lost says that the place of the next frame is not known.
func (f *framer) lost() {
	f.broken++
	f.synced, f.skip = false, 0
	f.release()
}

// deliver gives on a frame of which b is what is wanted, or what there is.
func (f *framer) deliver(b []byte) {
	length := frameLength(b)
	f.skip = frameHeader + length - len(b)
	f.frames++
	f.take(frame{f.fromClient, smbproto.FrameType(b[0]), b[frameHeader:], length})
}

// lose says that n bytes are missing. Within what is skipped anyway that is no
// loss; a head is given on as far as it goes.
func (f *framer) lose(n int) {
	if n == 0 {
		return
	}
	if !f.synced {
		f.passed = true
		return
	}
	k := min(f.skip, n)
	f.skip, n = f.skip-k, n-k
	if n == 0 {
		return
	}
	left := -1
	if len(f.head) >= frameHeader {
		left = frameHeader + frameLength(f.head) - len(f.head) - n
		f.flush()
	}
	if left < 0 {
		f.lost()
		return
	}
	f.release()
	f.skip = left
}

// flush gives on a head that will not become complete, if its header is whole.
func (f *framer) flush() {
	least := frameHeader + smb1Header
	if len(f.head) > frameHeader && f.head[frameHeader] != 0xff {
		least = frameHeader + smb2Header
	}
	switch {
	case len(f.head) < frameHeader || f.head[0] != byte(smbproto.FrameMessage):
	case len(f.head) < least:
		f.unread++
	default:
		f.deliver(f.head)
		f.skip = 0
	}
}

// end gives on what is left, and forgets it.
func (f *framer) end() {
	f.flush()
	f.release()
	f.synced = false
}

// frameLength reads the length of a frame's payload: 17 bits by [RFC 1002] 4.3.1,
// 24 by [MS-SMB2] 2.1, read as 24.
func frameLength(b []byte) int { return int(be.Uint32(b) & 0xffffff) }

// wanted returns how many bytes of a frame, of which b is the beginning, are
// wanted at least; when b has them, the next call may want more or is content.
// It reports false for what is no frame.
func wanted(b []byte) (n int, ok bool) {
	if len(b) == 0 {
		return 1, true
	}
	if b[0] != 0 && (b[0] < 0x81 || b[0] > 0x85) {
		return 0, false
	}
	if len(b) < frameHeader {
		return frameHeader, true
	}
	total := frameHeader + frameLength(b)
	if b[0] != 0 { // of the session service itself: names, or nothing
		return min(total, headLength), total <= 1024
	}
	if total == frameHeader {
		return total, true
	}
	least := min(total, headLength)
	if len(b) < least {
		if len(b) >= frameHeader+4 && smbproto.ProtocolOf(b[frameHeader:]) == smbproto.ProtocolUnknown {
			return 0, false
		}
		return least, true
	}
	switch smbproto.ProtocolOf(b[frameHeader:]) {
	case smbproto.ProtocolUnknown:
		return 0, false
	case smbproto.ProtocolSMB1:
		if isTransfer1(b[frameHeader+4]) {
			return least, true
		}
	case smbproto.ProtocolSMB2:
		if len(b) >= frameHeader+smb2Header && !tells2(le.Uint16(b[frameHeader+12:])) && le.Uint32(b[frameHeader+20:]) == 0 {
			return least, true
		}
	case smbproto.ProtocolEncrypted:
		return least, true
	}
	return min(total, maxKept), true
}

// tells2 reports whether more than the header of an SMB2 message is read.
func tells2(command uint16) bool {
	return command == smbproto.SMB2CommandNegotiate || command == smbproto.SMB2CommandSessionSetup ||
		command == smbproto.SMB2CommandTreeConnect
}

// begins reports whether b, the beginning of a segment, can be that of a message
// of this direction, and not the content of a file.
func (f *framer) begins(b []byte) bool {
	const nameLength, twoNames = 0x20, 68 // of a session request without scopes, [RFC 1002] 4.3.2
	switch {
	case len(b) < frameHeader+smb1Header:
		return false
	case b[0] == byte(smbproto.FrameRequest):
		return f.fromClient && frameLength(b) == twoNames && b[frameHeader] == nameLength
	case b[0] != 0:
		return false
	}
	m, length := b[frameHeader:], frameLength(b)
	switch smbproto.ProtocolOf(m) {
	case smbproto.ProtocolSMB1:
		return length > smb1Header && (m[9]&smbproto.SMB1FlagReply == 0) == f.fromClient &&
			f.expect(m, m[4] == smbproto.SMB1CommandNegotiate || m[4] == smbproto.SMB1CommandSessionSetup)
	case smbproto.ProtocolSMB2:
		return length > smb2Header && len(m) >= smb2Header && le.Uint16(m[4:]) == smb2Header &&
			(le.Uint32(m[16:])&smbproto.SMB2FlagResponse == 0) == f.fromClient && f.expect(m, le.Uint16(m[12:]) <= smbproto.SMB2CommandSessionSetup)
	case smbproto.ProtocolEncrypted, smbproto.ProtocolCompressed:
		return length > smb2Header && len(m) >= smb2Header && f.expect(m, false)
	}
	return false
}
