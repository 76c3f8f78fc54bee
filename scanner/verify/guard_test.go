package verify

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"

	"smbready/smbproto"
)

// oneWay is a connection from which only reads matter.
type oneWay struct {
	net.Conn
	io.Reader
}

func (c oneWay) Read(b []byte) (int, error) { return c.Reader.Read(b) }

// asking returns a guard behind which questions with these MessageIds are open,
// all of the same command, in a session that has begun.
func asking(r io.Reader, command uint16, ids ...uint64) *guard {
	g := newGuard(oneWay{Reader: r})
	g.w.legs, g.w.loggedOn, g.w.sessionID, g.w.dialect = 2, true, 7, smbproto.Dialect302
	for _, id := range ids {
		g.w.asked[id] = command
	}
	return g
}

// reply is a well-formed answer to TREE_DISCONNECT.
func reply(id uint64) []byte {
	h := smbproto.SMB2Header{Command: commandTreeDisconnect, Flags: smbproto.SMB2FlagResponse, MessageID: id, SessionID: 7}
	return append(smbproto.SMB2Error{Header: h}.Append(nil)[:headerSize], 4, 0, 0, 0)
}

func framed(messages ...[]byte) []byte {
	var b []byte
	for _, m := range messages {
		b = smbproto.AppendFrame(b, smbproto.FrameMessage, smbproto.Bytes(m))
	}
	return b
}

// compounded joins messages by NextCommand, each padded to 8 bytes.
func compounded(messages ...[]byte) []byte {
	var b []byte
	for i, m := range messages {
		m = bytes.Clone(m)
		if i < len(messages)-1 {
			m = append(m, make([]byte, (8-len(m)%8)%8)...)
			binary.LittleEndian.PutUint32(m[20:], uint32(len(m)))
		}
		b = append(b, m...)
	}
	return b
}

func pendingReply(id uint64) []byte {
	b := reply(id)
	binary.LittleEndian.PutUint32(b[8:], uint32(smbproto.StatusPending))
	b[16] |= smbproto.SMB2FlagAsync
	return b
}

func noticed(command uint16) []byte {
	b := reply(notification)
	binary.LittleEndian.PutUint16(b[12:], command)
	return b
}

// TestGuardRead holds what comes out of a guard against what went in, read in
// large and in single bytes.
func TestGuardRead(t *testing.T) {
	two := compounded(reply(1), reply(2))
	for _, tt := range []struct {
		name     string
		in, want []byte
		says     string // of the error in the end; "" for io.EOF
	}{
		{"one", framed(reply(1)), framed(reply(1)), ""},
		{"two", framed(reply(1), reply(2)), framed(reply(1), reply(2)), ""},
		{"two in one", framed(two), framed(two), ""},
		{"interim, then final", framed(pendingReply(1), reply(1)), framed(reply(1)), ""},
		{"an oplock break", framed(noticed(commandOplockBreak), reply(1)), framed(reply(1)), ""},
		{"another notification", framed(noticed(commandRead)), nil, "answer to no question"},
		{"interim in a compound", framed(compounded(pendingReply(1), reply(2))), nil, "interim answer compounded"},
		{"interim behind another", framed(compounded(reply(2), pendingReply(1))), nil, "interim answer compounded"},
		{"the second in one is bad", framed(compounded(reply(1), reply(9))), nil, "MessageId 9"},
		{"too many in one", framed(compounded(bytes.Split(bytes.Repeat(append(reply(1), '|'), 40), []byte("|"))[:40]...)), nil, "not asked"},
		{"answered twice", framed(reply(1), reply(1)), framed(reply(1)), "MessageId 1"},
		{"within a header", framed(reply(1))[:3], nil, "after 3 of 4 bytes"},
		{"within a message", framed(reply(1))[:40], nil, "after 40 of 72 bytes"},
		{"compressed", framed(append([]byte{0xfc}, reply(1)[1:]...)), nil, "compressed"},
	} {
		for way, wrap := range map[string]func(io.Reader) io.Reader{"": func(r io.Reader) io.Reader { return r }, " one by one": iotest.OneByteReader, " with the end": iotest.DataErrReader} {
			t.Run(tt.name+way, func(t *testing.T) {
				got, err := io.ReadAll(asking(wrap(bytes.NewReader(tt.in)), commandTreeDisconnect, 1, 2))
				if !bytes.Equal(got, tt.want) {
					t.Errorf("got %x\nwant %x", got, tt.want)
				}
				var bad *Misbehaviour
				if (err == nil) != (tt.says == "") || err != nil && (!errors.As(err, &bad) || !strings.Contains(bad.What, tt.says)) {
					t.Errorf("got %v, want %q", err, tt.says)
				}
			})
		}
	}
}

// TestGuardAllocation shows that a declared length alone costs nothing.
func TestGuardAllocation(t *testing.T) {
	in := append([]byte{0, 0x0f, 0xff, 0xff}, make([]byte, 100)...)
	g := asking(bytes.NewReader(in), commandTreeDisconnect)
	if _, err := io.ReadAll(g); err == nil || cap(g.buf) > firstRead {
		t.Errorf("%v; %d bytes were allocated for 104", err, cap(g.buf))
	}
}

// TestGuardError shows that the first error stays: a caller that reads on gets
// no part of a message.
func TestGuardError(t *testing.T) {
	g := asking(bytes.NewReader(framed(reply(9), reply(1))), commandTreeDisconnect, 1)
	for range 3 {
		if n, err := g.Read(make([]byte, 10)); n != 0 || err == nil {
			t.Errorf("got %d bytes, %v", n, err)
		}
	}
}

// TestGuardWrite shows that a message leaves in one piece, however it was
// written.
func TestGuardWrite(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	g := newGuard(ours)
	request := smbproto.SMB2NegotiateRequest{Dialects: []smbproto.Dialect{smbproto.Dialect202}}.Append(nil)
	frame := framed(request)
	got := make(chan []byte, 1)
	go func() {
		defer theirs.Close()
		b := make([]byte, 4096)
		n, _ := theirs.Read(b)
		got <- b[:n]
	}()
	for _, part := range [][]byte{frame[:2], frame[2:4], frame[4:30], frame[30:]} {
		if n, err := g.Write(part); n != len(part) || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	}
	if b := <-got; !bytes.Equal(b, frame) {
		t.Errorf("got %x", b)
	}
	if len(g.w.offered) != 1 {
		t.Errorf("the request was not observed: %v", g.w.offered)
	}
	g.Close()
	if err := g.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}
