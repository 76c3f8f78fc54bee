package verify

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/smbproto"
)

// Ways in which FuzzGuard uses its bytes.
const (
	fuzzRaw    = iota // they are all that is sent
	fuzzFrame         // they are a message
	fuzzBody          // they stand behind the right header
	fuzzHeader        // they overwrite the start of the right answer
	fuzzWays
)

// fuzzEncrypts is added to the stage where the server encrypts.
const fuzzEncrypts = 128

// FuzzGuard plays a server that behaves up to a stage and sends the fuzzer's
// bytes there, with go-smb2 behind the guard. No panic may escape, no goroutine
// stay, and nothing but a right signature pass for one.
func FuzzGuard(f *testing.F) {
	valid := []byte("\xfeSMB@\x00" + strings.Repeat("\x00", 58))
	for _, stage := range []uint8{0, 1, 2, 3, fuzzEncrypts + 2, fuzzEncrypts + 3} {
		f.Add(stage, uint8(fuzzRaw), []byte{0, 0, 0, 0})                                  // empty frame: go-smb2 reads NextCommand at 20
		f.Add(stage, uint8(fuzzRaw), []byte{0, 0, 0, 8, 0xfe, 'S', 'M', 'B', 0, 0, 0, 0}) // shorter than a header
		f.Add(stage, uint8(fuzzRaw), []byte{0, 0xff, 0xff, 0xff})                         // allocated up front
		f.Add(stage, uint8(fuzzRaw), []byte{0x85, 0, 0, 0, 0x85, 0, 0, 0})                // keepalives
		f.Add(stage, uint8(fuzzFrame), valid)
		f.Add(stage, uint8(fuzzFrame), []byte("\xfdSMB"+strings.Repeat("\x01", 120))) // no decrypter
		f.Add(stage, uint8(fuzzBody), []byte{9, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})     // offset and length wrap in 16 bits
		f.Add(stage, uint8(fuzzBody), []byte{65, 0, 1, 0, 0x11, 3, 0xff, 0xff})       // contexts without end
		f.Add(stage, uint8(fuzzHeader), append(bytes.Clone(valid[:20]), 0xf8, 0xff))  // NextCommand
	}
	f.Fuzz(func(t *testing.T, stage, way uint8, data []byte) {
		want := smbtest.AccountStage(stage % fuzzEncrypts % 4)
		s := server()
		s.Encrypts = stage >= fuzzEncrypts
		changed, treeChanged := false, false
		s.Mangle = func(at smbtest.AccountStage, frame []byte) []byte {
			if at < want || changed {
				return frame
			}
			changed = true
			message := bytes.Clone(frame[frameHeader:])
			sent := fuzzed(frame, way%fuzzWays, data)
			treeChanged = at == smbtest.StageTree && !bytes.Contains(sent, message)
			return sent
		}
		var served sync.WaitGroup
		a := &attempt{timeout: 300 * time.Millisecond, account: Credentials{User: user, Password: smbtest.StagePassword},
			target: Target{Address: netip.MustParseAddrPort("127.0.0.1:445")},
			dial: func(context.Context, netip.AddrPort) (net.Conn, error) {
				ours, theirs := net.Pipe()
				served.Go(func() { s.ServeConn(hangingUp{theirs, &changed}) })
				return ours, nil
			}}
		a.prove(t.Context())
		served.Wait()
		r := a.result
		if r.Result == inventory.SessionSigned && r.Answers.Signed == 0 {
			t.Errorf("signed without a signature: %+v", r)
		}
		if treeChanged && provesAccount(r.Result) {
			t.Errorf("the answer to TREE_CONNECT was changed, and passes: %+v", r)
		}
	})
}

// fuzzed puts the fuzzer's bytes in a frame's place.
func fuzzed(frame []byte, way uint8, data []byte) []byte {
	switch way {
	case fuzzRaw:
		return append([]byte{}, data...)
	case fuzzFrame:
		return smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.Bytes(data))
	case fuzzBody:
		message := append(bytes.Clone(frame[frameHeader:frameHeader+headerSize]), data...)
		return smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.Bytes(message))
	}
	copy(frame[frameHeader:], data)
	return frame
}

// hangingUp is a connection that ends after the fuzzer's bytes, so that nobody
// waits for more.
type hangingUp struct {
	net.Conn
	changed *bool
}

func (c hangingUp) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if *c.changed {
		c.Conn.Close()
	}
	return n, err
}
