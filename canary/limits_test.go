package canary

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// TestFaults sends what no client should, and checks how it is recorded: as an
// end, or, where nothing of SMB came, as a connection that says nothing.
func TestFaults(t *testing.T) {
	negotiate := smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.SMB2NegotiateRequest{Dialects: []smbproto.Dialect{smbproto.Dialect302}})
	header := func(change func([]byte)) []byte {
		b := smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.SMB2Plain{Header: smbproto.SMB2Header{Command: smbproto.SMB2CommandEcho, MessageID: 1}})
		change(b[4:])
		return b
	}
	for _, tt := range []struct {
		name  string
		bytes string
		end   inventory.End // EndUnknown: nothing is recorded
	}{
		{"nothing", "", inventory.EndUnknown},
		{"HTTP", "GET / HTTP/1.1\r\n\r\n", inventory.EndUnknown},
		{"a length of 16 MiB", "\x00\xff\xff\xff\xfeSMB", inventory.EndUnknown},
		{"half a header", "\x00\x00", inventory.EndUnknown},
		{"half a message", string(negotiate[:40]), inventory.EndUnknown},
		{"a frame of nothing, twice", "\x00\x00\x00\x00\x00\x00\x00\x00", inventory.EndUnknown},
		{"a frame of garbage", "\x00\x00\x00\x08garbage!", inventory.EndUnknown},
		{"a NetBIOS answer", "\x82\x00\x00\x00", inventory.EndUnknown},
		{"NEGOTIATE and no more", string(negotiate), inventory.EndClientClosed},
		{"NEGOTIATE, then half a message", string(negotiate) + string(negotiate[:20]), inventory.EndClientClosed},
		{"NEGOTIATE, then 16 MiB", string(negotiate) + "\x00\xff\xff\xff", inventory.EndLimit},
		{"NEGOTIATE, then garbage", string(negotiate) + "\x00\x00\x00\x04\xfeSM!", inventory.EndMalformed},
		{"NEGOTIATE, then HTTP", string(negotiate) + "GET", inventory.EndMalformed},
		{"two NEGOTIATEs", string(negotiate) + string(negotiate), inventory.EndServerClosed},
		{"NEGOTIATE, then SMB1", string(negotiate) + "\x00\x00\x00\x04\xffSMB", inventory.EndMalformed},
		{"NEGOTIATE, then an encrypted message", string(negotiate) + "\x00\x00\x00\x04\xfdSMB", inventory.EndServerClosed},
		{"an answer", string(negotiate) + string(header(func(b []byte) { b[16] |= 1 })), inventory.EndMalformed},
		{"NextCommand past the end", string(negotiate) + string(header(func(b []byte) { b[20] = 200 })), inventory.EndMalformed},
		{"NextCommand in the header", string(negotiate) + string(header(func(b []byte) { b[20] = 8 })), inventory.EndMalformed},
		{"a number far ahead", string(negotiate) + string(header(func(b []byte) { b[28] = 200 })), inventory.EndMalformed},
		{"a charge of 65535", string(negotiate) + string(header(func(b []byte) { b[6], b[7] = 255, 255 })), inventory.EndMalformed},
		{"no dialect", string(smbproto.AppendFrame(nil, 0, smbproto.SMB2NegotiateRequest{})), inventory.EndClientClosed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := listen(t, nil)
			c := b.dial().(*net.TCPConn)
			if _, err := io.WriteString(c, tt.bytes); err != nil {
				t.Fatal(err)
			}
			c.CloseWrite()
			io.Copy(io.Discard, c)
			c.Close()
			if tt.end == inventory.EndUnknown {
				if totals := b.stop(); totals.Recorded != 0 || totals.NotSMB != 1 || len(b.hosts) != 0 {
					t.Errorf("totals %+v, %d hosts", totals, len(b.hosts))
				}
				return
			}
			if c := b.contact(); c.End != tt.end || c.Stage != inventory.StageNegotiate {
				t.Errorf("end %v at %v, want %v", c.End, c.Stage, tt.end)
			}
		})
	}
}

// TestPatience: a client that sends byte by byte, and one that goes silent, have
// their time and no more.
func TestPatience(t *testing.T) {
	negotiate := smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.SMB2NegotiateRequest{Dialects: smbproto.Dialects[:4]})
	b := listen(t, func(o *Options) { o.Limits.Idle = 50 * time.Millisecond })
	slow := b.dial()
	for _, x := range negotiate { // a write fails once the listener has hung up
		if _, err := slow.Write([]byte{x}); err != nil {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	io.Copy(io.Discard, slow)
	silent := b.dial()
	silent.Write(negotiate)
	io.Copy(io.Discard, silent)
	c := b.contact()
	if totals := b.stop(); c.End != inventory.EndTimeout || totals.NotSMB != 1 {
		t.Errorf("end %v, totals %+v", c.End, totals)
	}
}

// TestLifetime: a client that is busy for ever is not served for ever.
func TestLifetime(t *testing.T) {
	b := listen(t, func(o *Options) { o.Limits.Lifetime = 100 * time.Millisecond })
	p := b.peer()
	p.negotiate([]smbproto.Dialect{smbproto.Dialect202})
	for {
		echo := smbproto.SMB2Plain{Header: p.header()}
		echo.Header.Command = smbproto.SMB2CommandEcho
		if _, err := p.c.Write(smbproto.AppendFrame(nil, smbproto.FrameMessage, echo)); err != nil {
			break
		}
		if _, err := (&frames{r: p.c, limit: 1 << 10}).next(); err != nil {
			break
		}
	}
	if c := b.contact(); c.End != inventory.EndLimit {
		t.Errorf("end %v", c.End)
	}
}

// TestTooMany: connections beyond the limits are closed and counted, and those
// that are there are not disturbed.
func TestTooMany(t *testing.T) {
	b := listen(t, func(o *Options) { o.Limits.PerClient = 3 })
	var held []*peer
	for range 3 {
		p := b.peer()
		p.negotiate([]smbproto.Dialect{smbproto.Dialect302})
		held = append(held, p)
	}
	for range 5 {
		b.peer().closed()
	}
	if status := held[0].logon(testUser, testPassword); status != smbproto.StatusSuccess {
		t.Errorf("who was there first: %v", status)
	}
	for _, p := range held {
		p.hangUp()
	}
	b.contacts(2)
	if totals := b.stop(); totals.Busy != 5 || totals.Connections != 8 || totals.Recorded != 3 {
		t.Errorf("totals %+v", totals)
	}
}

// TestThousands: a flood of connections is served, counted in one contact, and
// leaves nothing behind.
func TestThousands(t *testing.T) {
	b := listen(t, nil)
	negotiate := smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.SMB2NegotiateRequest{Dialects: []smbproto.Dialect{smbproto.Dialect302}})
	const each = 300
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range each {
				c, err := net.Dial("tcp", b.addr.String())
				if err != nil {
					t.Error(err)
					return
				}
				c.Write(negotiate)
				c.Read(make([]byte, 512))
				c.Close()
			}
		})
	}
	all.Wait()
	b.contacts(1)
	totals := b.stop()
	if totals.Connections != 4*each || totals.Recorded+totals.Busy != 4*each || totals.Busy > each {
		t.Errorf("totals %+v", totals)
	}
}

// TestOutside: a client that is not allowed gets nothing.
func TestOutside(t *testing.T) {
	b := listen(t, func(o *Options) { o.Allow = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	b.peer().closed()
	if totals := b.stop(); totals.Outside != 1 || totals.Recorded != 0 {
		t.Errorf("totals %+v", totals)
	}
}

// TestWriteLimit: what is written is counted, in all files together, and more is
// refused as by a disk that is full.
func TestWriteLimit(t *testing.T) {
	b := listen(t, func(o *Options) { o.Limits.Written = 10 })
	p := b.ready(smbproto.Dialect302)
	p.connect(testShare, p.signed)
	write := func(id smbproto.FileID, offset uint64, n int) smbproto.Status {
		return p.status(p.signed(smbproto.SMB2WriteRequest{Header: p.header(), FileID: id, Offset: offset, Data: make([]byte, n)}.Append(nil)))
	}
	first, _ := p.open("a", smbproto.FileCreate, 0, p.signed)
	second, _ := p.open("b", smbproto.FileCreate, 0, p.signed)
	for i, tt := range []struct {
		id     smbproto.FileID
		offset uint64
		n      int
		want   smbproto.Status
	}{
		{first, 0, 6, smbproto.StatusSuccess},
		{second, 0, 4, smbproto.StatusSuccess},
		{second, 4, 1, smbproto.StatusDiskFull},
		{first, 1 << 40, 0, smbproto.StatusDiskFull},
		{first, 1<<64 - 2, 5, smbproto.StatusDiskFull},
		{smbproto.FileID{9: 9}, 0, 1, smbproto.StatusFileClosed},
	} {
		if got := write(tt.id, tt.offset, tt.n); got != tt.want {
			t.Errorf("write %d: %v, want %v", i, got, tt.want)
		}
	}
	p.hangUp()
	if c := b.contact(); !c.Data || len(c.Quirks) != 1 {
		t.Errorf("data %v, quirks %q", c.Data, c.Quirks)
	}
}

// TestOpenLimit: files and names are bounded.
func TestOpenLimit(t *testing.T) {
	b := listen(t, func(o *Options) { o.Limits.Open = 4 })
	p := b.ready(smbproto.Dialect302)
	p.connect(testShare, p.signed)
	for i := range 6 {
		want := smbproto.StatusSuccess
		if i >= 4 {
			want = smbproto.StatusTooManyOpenedFiles
		}
		if _, got := p.open("a"+string(rune('0'+i)), smbproto.FileCreate, 0, p.signed); got != want {
			t.Errorf("file %d: %v, want %v", i, got, want)
		}
	}
	p.hangUp()
	b.contact()
	s := newShare(Limits{}.orDefault())
	for i := range 2 * maxNodes {
		f, _, status := s.create(strings.Repeat("x", i+1), smbproto.FileCreate, wantsFile)
		if (status == smbproto.StatusSuccess) != (i < maxNodes-1) {
			t.Fatalf("name %d: %v", i, status)
		}
		if f != nil {
			s.close(f)
		}
	}
}

// TestManyClients: more clients than are recorded are counted, and what one
// client can make the record hold is bounded, so that its line can be read again.
func TestManyClients(t *testing.T) {
	l := newClients(2)
	contact := func(i int) *inventory.Contact {
		text := strings.Repeat("\x01", 200) + strings.Repeat("y", i%50)
		o := &inventory.Offer{NativeOS: text, NativeLANManager: text}
		for range 32 {
			o.SMB1Dialects = append(o.SMB1Dialects, text)
		}
		return &inventory.Contact{Source: inventory.SourceCanary, Offer: o, Stage: inventory.StageNegotiate, Last: now()}
	}
	for i := range 200 {
		if c := l.add(netip.AddrFrom4([4]byte{10, 0, 0, byte(i % 3)}), contact(i)); (c == nil) != (i%3 == 2) {
			t.Fatalf("client %d: %v", i, c)
		}
	}
	for _, h := range l.due(time.Now(), true) {
		size := 0
		for _, c := range h.Client.Contacts {
			size += lineBytes(&c)
		}
		times := h.Client.More
		for _, c := range h.Client.Contacts {
			times += c.Times()
		}
		if size > maxContactBytes || times != 67 {
			t.Errorf("%v: %d bytes, %d contacts and %d more, %d in all", h.Address, size, len(h.Client.Contacts), h.Client.More, times)
		}
	}
	if len(l.due(time.Now(), true)) != 0 {
		t.Error("what was recorded is due again")
	}
}

// TestSessionRequest: port 139 begins with a session request, and old clients
// then get small messages.
func TestSessionRequest(t *testing.T) {
	b := listen(t, nil, true)
	p := b.peer()
	name := smbproto.NetBIOSName{Name: "ANY", Suffix: 0x20}
	p.c.Write(smbproto.AppendFrame(nil, smbproto.FrameRequest, smbproto.SessionRequest{Called: name, Calling: name}))
	answer := make([]byte, 4)
	if _, err := io.ReadFull(p.c, answer); err != nil || string(answer) != "\x82\x00\x00\x00" {
		t.Fatalf("%x, %v", answer, err)
	}
	r, err := smbproto.ParseSMB2NegotiateResponse(p.exchange(smbproto.SMB2NegotiateRequest{Header: p.header(), Dialects: []smbproto.Dialect{smbproto.Dialect210}}.Append(nil)))
	if err != nil || r.MaxWrite != maxSmall || r.Capabilities != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	p.hangUp()
	b.contact()
}

// faulty is a handler with a fault of ours.
type faulty struct{}

func (faulty) handle([]byte) reply { panic("secret of " + testPassword) }

// TestFault: a fault ends its connection and not the listener, and is counted; what
// it says is not kept.
func TestFault(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	s := &server{options: Options{Limits: Limits{}.orDefault()}, ctx: t.Context()}
	c := s.newConn(near, false)
	c.smb1 = faulty{}
	go far.Write(smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.SMB1NegotiateRequest{Dialects: []string{smbproto.DialectNTLM012}}))
	c.guarded()
	contact := c.record.close()
	if !c.fault || contact.End != inventory.EndServerClosed || len(contact.Quirks) != 1 || strings.Contains(contact.Quirks[0], testPassword) {
		t.Errorf("fault %v, end %v, quirks %q", c.fault, contact.End, contact.Quirks)
	}
}

// TestRecordFails: a record that cannot be written ends the listener with its
// error.
func TestRecordFails(t *testing.T) {
	before := runtime.NumGoroutine()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	done := make(chan error, 1)
	go func() {
		_, err := Serve(t.Context(), Options{Account: NewAccount("u", "p"), Share: testShare, Record: func(*inventory.Host) error { return full }}, Listener{Listener: l})
		done <- err
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c.Write(smbproto.AppendFrame(nil, smbproto.FrameMessage, smbproto.SMB2NegotiateRequest{Dialects: smbproto.Dialects[:1]}))
	c.Read(make([]byte, 100))
	c.Close()
	if err := <-done; !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	noMoreGoroutines(t, before)
}

// TestStopped: the end of the listener ends connections, and blames no client.
func TestStopped(t *testing.T) {
	b := listen(t, nil)
	p := b.ready(smbproto.Dialect302)
	p.connect(testShare, p.signed)
	b.stop()
	h := b.hosts[b.addr.Addr()]
	if h == nil || len(h.Client.Contacts) != 1 {
		t.Fatalf("%+v", h)
	}
	if c := h.Client.Contacts[0]; c.End != inventory.EndUnknown || c.Signature != inventory.CheckRight {
		t.Errorf("end %v, signature %v", c.End, c.Signature)
	}
	if h.Names.NetBIOS != "PEER" || h.Client.Accounts[0] != `DOMAIN\`+testUser {
		t.Errorf("names %+v, accounts %q", h.Names, h.Client.Accounts)
	}
}
