package verify

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"smbready/internal/signing"
	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/smbproto"
)

// shareServer is a share of files behind an account's server: that has the
// logons, and this has what is done in the share.
type shareServer struct {
	account func(connection int) *smbtest.AccountServer // counted from 1
	react   func(*shareRequest) reaction                // nil: as it should
	sizes   []uint32                                    // MaxReadSize and MaxWriteSize that it declares
	flags   uint32                                      // of the share

	mu          sync.Mutex
	files       map[string][]byte
	logons      map[string]int // AUTHENTICATE messages by their user
	requests    int            // in the share
	connections []time.Time
	open, most  int // connections at a time
	served      sync.WaitGroup
}

// shareRequest is what was asked, and of whom.
type shareRequest struct {
	connection int
	number     int // of its command on that connection, from 1
	header     smbproto.SMB2Header
	name       string // that CREATE asks for
	server     *shareServer
}

// reaction changes an answer.
type reaction struct {
	status   smbproto.Status
	body     []byte // instead of the right one
	silent   bool
	hangUp   bool
	unsigned bool
	undone   bool // nothing is done
	after    time.Duration
	credits  func(uint16) uint16
}

func newShareServer() *shareServer {
	s := server()
	s.Dialects = []smbproto.Dialect{smbproto.Dialect302}
	s.MapToGuest = true
	return &shareServer{account: func(int) *smbtest.AccountServer { return s }, files: map[string][]byte{}, logons: map[string]int{}}
}

// listen puts the share at a loopback address, as a scan would have found it.
func (s *shareServer) listen(t *testing.T) *inventory.Host {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.served.Go(func() { s.serve(c) })
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-accepted
		s.served.Wait()
	})
	at := netip.MustParseAddrPort(l.Addr().String())
	return &inventory.Host{Address: at.Addr(), Port: at.Port(), State: inventory.StateSMB, SMB2: &inventory.SMB2{Port: at.Port()}}
}

// left lists the files.
func (s *shareServer) left() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.files {
		names = append(names, name)
	}
	return names
}

func (s *shareServer) serve(c net.Conn) {
	s.mu.Lock()
	s.connections = append(s.connections, time.Now())
	s.open++
	s.most = max(s.most, s.open)
	n := len(s.connections)
	s.mu.Unlock()
	ours, theirs := net.Pipe()
	s.served.Go(func() { s.account(n).ServeConn(theirs) })
	p := &sharePeer{s: s, number: n, dialect: smbproto.Dialect302, seen: map[uint16]int{}, opened: map[uint64]string{}}
	p.relay(c, ours)
	ours.Close()
	s.mu.Lock()
	s.open--
	s.mu.Unlock()
	c.Close()
}

// sharePeer is one connection.
type sharePeer struct {
	s         *shareServer
	number    int
	dialect   smbproto.Dialect
	challenge [8]byte
	key       []byte // nil for guests
	seen      map[uint16]int
	opened    map[uint64]string
	handles   uint64
}

func readFrame(r io.Reader) ([]byte, error) {
	head := make([]byte, frameHeader)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	b := make([]byte, frameHeader+int(binary.BigEndian.Uint32(head)&maxOutgoing))
	copy(b, head)
	_, err := io.ReadFull(r, b[frameHeader:])
	return b, err
}

func (p *sharePeer) relay(c, account net.Conn) {
	for {
		frame, err := readFrame(c)
		if err != nil {
			return
		}
		h, err := smbproto.ParseSMB2Header(frame[frameHeader:])
		if err != nil {
			return
		}
		var answer []byte
		switch h.Command {
		case commandCreate, commandClose, commandRead, commandWrite, commandSetInfo:
			var on bool
			if answer, on = p.act(frame[frameHeader:], h); !on {
				return
			}
		default:
			p.observe(frame[frameHeader:], h)
			if _, err := account.Write(frame); err != nil {
				return
			}
			if answer, err = readFrame(account); err != nil {
				return
			}
			answer = p.adapt(answer[frameHeader:], h)
		}
		if answer == nil {
			continue
		}
		if _, err := c.Write(smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.Bytes(answer))); err != nil {
			return
		}
	}
}

// observe takes the session key from a logon.
func (p *sharePeer) observe(b []byte, h smbproto.SMB2Header) {
	if h.Command != smbproto.SMB2CommandSessionSetup {
		return
	}
	m, err := smbproto.ParseSMB2SessionSetupRequest(b)
	if err != nil {
		return
	}
	token, err := smbproto.ParseSPNEGO(m.SecurityBuffer)
	if err != nil || len(token.Token) < 64 || token.Token[8] != 3 {
		return
	}
	at := int(binary.LittleEndian.Uint32(token.Token[40:]))
	name := text16(token.Token[at : at+int(binary.LittleEndian.Uint16(token.Token[36:]))])
	p.s.mu.Lock()
	p.s.logons[name]++
	p.s.mu.Unlock()
	account := p.s.account(p.number)
	if key, ok := signing.SessionKey(token.Token, p.challenge, account.User, account.NTHash); ok {
		p.key = signing.Key(p.dialect, key, nil)
	}
}

func text16(b []byte) string {
	var units []uint16
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, binary.LittleEndian.Uint16(b[i:]))
	}
	return string(utf16.Decode(units))
}

// adapt makes the answers of the account's server those of a share.
func (p *sharePeer) adapt(b []byte, h smbproto.SMB2Header) []byte {
	switch h.Command {
	case smbproto.SMB2CommandNegotiate:
		if m, err := smbproto.ParseSMB2NegotiateResponse(b); err == nil {
			p.dialect = m.Dialect
		}
		for i, n := range p.s.sizes {
			binary.LittleEndian.PutUint32(b[headerSize+32+4*i:], n)
		}
	case smbproto.SMB2CommandSessionSetup:
		if m, err := smbproto.ParseSMB2SessionSetupResponse(b); err == nil {
			if c, err := smbproto.ParseNTLMChallenge(smbproto.FindNTLMChallenge(m.SecurityBuffer)); err == nil {
				p.challenge = c.ServerChallenge
			}
		}
	case commandTreeConnect:
		if p.s.flags != 0 && len(b) >= headerSize+8 {
			binary.LittleEndian.PutUint32(b[headerSize+4:], p.s.flags)
			p.sign(b)
		}
	}
	return b
}

func (p *sharePeer) sign(b []byte) {
	if p.key != nil {
		signing.Sign(p.dialect, p.key, b)
	}
}

// act does what is asked in the share, and reports whether to go on.
func (p *sharePeer) act(b []byte, h smbproto.SMB2Header) (answer []byte, on bool) {
	p.seen[h.Command]++
	r := &shareRequest{connection: p.number, number: p.seen[h.Command], header: h, server: p.s}
	body := b[headerSize:]
	if h.Command == commandCreate {
		at := int(binary.LittleEndian.Uint16(body[44:]))
		r.name = text16(b[at : at+int(binary.LittleEndian.Uint16(body[46:]))])
	}
	var change reaction
	if p.s.react != nil {
		change = p.s.react(r)
	}
	time.Sleep(change.after)
	p.s.mu.Lock()
	p.s.requests++
	var status smbproto.Status
	var result []byte
	if status = change.status; status == 0 && !change.undone {
		status, result = p.do(b, h, r.name)
	}
	p.s.mu.Unlock()
	if change.body != nil {
		result = change.body
	}
	switch {
	case change.hangUp:
		return nil, false
	case change.silent:
		return nil, true
	}
	return p.reply(b, status, result, &change), true
}

func (p *sharePeer) reply(request []byte, status smbproto.Status, result []byte, change *reaction) []byte {
	answer := append([]byte{}, request[:headerSize]...)
	answer[16] = smbproto.SMB2FlagResponse
	binary.LittleEndian.PutUint32(answer[8:], uint32(status))
	if change.credits != nil {
		binary.LittleEndian.PutUint16(answer[14:], change.credits(binary.LittleEndian.Uint16(request[14:])))
	}
	if result == nil {
		result = []byte{9, 0, 0, 0, 0, 0, 0, 0, 0}
	}
	answer = append(answer, result...)
	clear(answer[signatureStart:headerSize])
	if !change.unsigned {
		p.sign(answer)
	}
	return answer
}

// Statuses of the share.
const (
	statusNameNotFound  smbproto.Status = 0xc0000034
	statusNameCollision smbproto.Status = 0xc0000035
)

// do does what is asked, with the files locked.
func (p *sharePeer) do(b []byte, h smbproto.SMB2Header, name string) (smbproto.Status, []byte) {
	body := b[headerSize:]
	le := binary.LittleEndian
	switch h.Command {
	case commandCreate:
		return p.create(name, le.Uint32(body[36:]))
	case commandClose:
		return 0, append([]byte{60}, make([]byte, 59)...)
	case commandSetInfo: // only to remove
		delete(p.s.files, p.opened[le.Uint64(body[16:])])
		return 0, []byte{2, 0}
	case commandWrite:
		file, at, n := p.opened[le.Uint64(body[16:])], int(le.Uint64(body[8:])), int(le.Uint32(body[4:]))
		data := b[le.Uint16(body[2:]):][:n]
		content, there := p.s.files[file]
		if !there {
			return statusNameNotFound, nil
		}
		if len(content) < at+n {
			content = append(content, make([]byte, at+n-len(content))...)
		}
		copy(content[at:], data)
		p.s.files[file] = content
		return 0, counted(uint32(n))
	}
	file, at, n := p.opened[le.Uint64(body[16:])], int(le.Uint64(body[8:])), int(le.Uint32(body[4:]))
	data := p.s.files[file][at:][:n]
	answer := []byte{17, 0, headerSize + 16, 0}
	answer = append(le.AppendUint32(answer, uint32(n)), make([]byte, 8)...)
	return 0, append(answer, data...)
}

// counted is the body of a WRITE answer.
func counted(n uint32) []byte {
	return append(binary.LittleEndian.AppendUint32([]byte{17, 0, 0, 0}, n), make([]byte, 8)...)
}

func (p *sharePeer) create(name string, disposition uint32) (smbproto.Status, []byte) {
	const open, create, overwrite = 1, 2, 4
	_, there := p.s.files[name]
	switch {
	case disposition == create && there:
		return statusNameCollision, nil
	case (disposition == open || disposition == overwrite) && !there:
		return statusNameNotFound, nil
	case disposition != open:
		p.s.files[name] = nil
	}
	p.handles++
	p.opened[p.handles] = name
	answer := append([]byte{89}, make([]byte, 87)...)
	binary.LittleEndian.PutUint64(answer[64:], p.handles)
	return 0, answer
}
