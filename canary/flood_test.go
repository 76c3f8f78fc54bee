package canary

import (
	"context"
	"io"
	"math"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// TestFewLines: a client that does something new each second is recorded at once
// at first, then now and then, and at the end.
func TestFewLines(t *testing.T) {
	l, start, lines := newClients(1), time.Now(), 0
	addr := netip.MustParseAddr("10.1.2.7")
	const seconds = 600
	for i := range seconds {
		l.add(addr, &inventory.Contact{Source: inventory.SourceCanary, Origin: strings.Repeat("x", i%60)})
		lines += len(l.due(start.Add(time.Duration(i)*time.Second), false))
	}
	if most := firstLines + seconds/30 + 1; lines < firstLines || lines > most {
		t.Errorf("%d lines, want %d at most", lines, most)
	}
	if n := len(l.due(start.Add(seconds*time.Second), true)); n != 1 {
		t.Errorf("%d lines at the end", n)
	}
}

// TestRecordedBytes: many clients cannot fill the disk either, and at the end
// nothing is missing.
func TestRecordedBytes(t *testing.T) {
	l := newClients(maxRecorded)
	const clients, size = 200, 30 << 10
	text := strings.Repeat("x", size)
	bytes := 0
	for second := range firstLines {
		for i := range clients {
			addr := netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
			l.add(addr, &inventory.Contact{Source: inventory.SourceCanary, Origin: text, Port: uint16(second)})
		}
		for _, h := range l.due(time.Now(), false) {
			bytes += len(h.Client.Contacts) * size
		}
	}
	if bytes > maxRecorded || bytes < maxRecorded/2 {
		t.Errorf("%d bytes recorded", bytes)
	}
	if n := len(l.due(time.Now(), true)); n != clients {
		t.Errorf("%d clients at the end", n)
	}
}

// TestMakesRoom: connections that idle make room for one that comes to work, and
// who had to go is told.
func TestMakesRoom(t *testing.T) {
	var told atomic.Int32
	b := listen(t, func(o *Options) {
		o.Limits.Connections = 2
		o.TurnedAway = func(netip.Addr) { told.Add(1) }
	})
	silent := b.peer()
	silent.c.Write([]byte("\x00"))
	met := b.peer()
	met.negotiate([]smbproto.Dialect{smbproto.Dialect302})
	device := b.ready(smbproto.Dialect302)
	silent.closed()
	other := b.ready(smbproto.Dialect302)
	met.closed()
	b.peer().closed() // nobody idles
	for _, p := range []*peer{device, other} {
		if status := p.connect(testShare, p.signed); status != smbproto.StatusSuccess {
			t.Errorf("who was at work: %v", status)
		}
		p.hangUp()
	}
	evicted := 0
	for _, c := range b.contacts(2) {
		if c.End == inventory.EndLimit && c.Stage == inventory.StageNegotiate && len(c.Quirks) == 1 {
			evicted++
		}
	}
	totals := b.stop()
	if evicted != 1 || totals.Evicted != 2 || totals.Busy != 1 || totals.NotSMB != 1 || totals.Recorded != 3 {
		t.Errorf("%d contacts made room; totals %+v", evicted, totals)
	}
	if list := totals.TurnedAway; len(list) != 1 || list[0] != (TurnedAway{b.addr.Addr(), 1, 1}) || told.Load() != 1 {
		t.Errorf("turned away: %+v, told %d times", list, told.Load())
	}
}

// TestTurnedAway: the clients that are named for being turned away are bounded.
func TestTurnedAway(t *testing.T) {
	s := new(server)
	for i := range 100 {
		s.turnAway(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 1, 0)
	}
	if n := len(s.totals.TurnedAway); n != maxTurnedAway {
		t.Errorf("%d clients are named", n)
	}
}

// TestFirstMessage: who connects and says nothing is not waited for as long as
// one who is at work.
func TestFirstMessage(t *testing.T) {
	b := listen(t, func(o *Options) { o.Limits.First = 30 * time.Millisecond })
	p := b.peer()
	p.negotiate([]smbproto.Dialect{smbproto.Dialect302})
	time.Sleep(60 * time.Millisecond)
	start := time.Now()
	b.peer().closed()
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("it took %v", d)
	}
	if status := p.logon(testUser, testPassword); status != smbproto.StatusSuccess {
		t.Errorf("who was at work: %v", status)
	}
	p.hangUp()
	b.contact()
}

// TestNumbers: numbers near the end of their range are used once too, and a
// NEGOTIATE cannot begin there.
func TestNumbers(t *testing.T) {
	u := numbers{low: math.MaxUint64 - 10}
	if u.take(math.MaxUint64-2, 5) {
		t.Error("numbers beyond the last one were taken")
	}
	if !u.take(math.MaxUint64-2, 2) || u.take(math.MaxUint64-2, 1) {
		t.Error("a number is to be used once")
	}
	b := listen(t, nil)
	p := b.peer()
	p.send(smbproto.SMB2NegotiateRequest{Header: smbproto.SMB2Header{MessageID: math.MaxUint64}, Dialects: smbproto.Dialects[:1]}.Append(nil))
	p.closed()
	if c := b.contact(); c.End != inventory.EndMalformed || c.Dialect != "" {
		t.Errorf("end %v, dialect %q", c.End, c.Dialect)
	}
}

// TestAttempts: logons are bounded in both protocols, and a chain has one.
func TestAttempts(t *testing.T) {
	b := listen(t, nil)
	c := b.smb1(plain)
	c.negotiate(smbproto.DialectNTLM012)
	setup := func() []byte {
		return smbproto.SMB1Logon{SMB1SessionSetupRequest: smbproto.SMB1SessionSetupRequest{Header: c.header(), Account: "x"}}.Append(nil)
	}
	for range maxAttempts + 1 {
		c.send(setup())
		c.receive()
	}
	if _, err := c.frames.Next(); err == nil {
		t.Error("the connection goes on")
	}
	if k := b.contact(); k.End != inventory.EndLimit {
		t.Errorf("end %v", k.End)
	}
}

// TestSMB1ChainOfLogons: a chain that repeats a logon that is granted has one.
func TestSMB1ChainOfLogons(t *testing.T) {
	b := listen(t, nil)
	c := b.smb1(plain)
	m := c.negotiate(smbproto.DialectNTLM012)
	response, _ := ntlmv2(testUser, "", testPassword, m.Challenge)
	logon := smbproto.SMB1Logon{SMB1SessionSetupRequest: smbproto.SMB1SessionSetupRequest{Header: c.header(), Account: testUser}, UnicodeResponse: response}
	chain, err := smbproto.ParseSMB1Message(logon.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	chain.Blocks = append(chain.Blocks, chain.Blocks[0], chain.Blocks[0])
	c.send(chain.Append(nil))
	if answer, _ := c.receive(); answer.Header.Status != smbproto.StatusInvalidParameter || len(answer.Blocks) != 2 {
		t.Errorf("%v, %d blocks", answer.Header.Status, len(answer.Blocks))
	}
	c.c.Close()
	if k := b.contact(); !k.Logon.Granted || len(k.Quirks) != 1 {
		t.Errorf("logon %+v, quirks %q", k.Logon, k.Quirks)
	}
}

// TestListings: one frame has few listings of a folder, and names have an end.
func TestListings(t *testing.T) {
	b := listen(t, nil)
	p := b.ready(smbproto.Dialect302)
	p.connect(testShare, p.signed)
	if _, status := p.open(strings.Repeat("x", 300), smbproto.FileCreate, 0, p.signed); status != smbproto.StatusObjectNameInvalid {
		t.Errorf("a long name: %v", status)
	}
	id, _ := p.open("", smbproto.FileOpen, smbproto.CreateDirectory, p.signed)
	var list []smbproto.Appender
	for range maxListings + 2 {
		list = append(list, smbproto.SMB2QueryDirectoryRequest{Header: p.header(), FileID: id, Class: 37, Flags: smbproto.DirectoryRestart, Pattern: "*", MaxOutput: 1000})
	}
	for range 2 { // the bound is of a frame
		for i, status := range p.apart(p.exchange(p.compound(list...))) {
			if want := i < maxListings; (status == smbproto.StatusSuccess) != want {
				t.Errorf("listing %d: %v", i, status)
			}
		}
		for i := range list {
			q := list[i].(smbproto.SMB2QueryDirectoryRequest)
			q.Header = p.header()
			list[i] = q
		}
	}
	p.hangUp()
	b.contact()
}

// TestEndInFrame: the end of the listener ends a frame of many messages.
func TestEndInFrame(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &server{options: Options{Limits: Limits{}.orDefault()}, ctx: ctx}
	c := s.newConn(&tape{}, false)
	echo := smbproto.SMB2NegotiateRequest{Dialects: smbproto.Dialects[:1]}.Append(nil)
	cancel()
	if r := newSMB2(c).handle(echo); len(r.message) > 0 || r.end != inventory.EndUnknown {
		t.Errorf("answered %x, end %v", r.message, r.end)
	}
}

// nobody is an AUTHENTICATE message without name and password.
func nobody(workstation string) []byte {
	return smbproto.NTLMAuthenticate{Flags: peerFlags, Workstation: workstation}.Append(nil, []byte{0}, nil)
}

// TestAccountKept: an attempt without an account, which many clients make after
// one with an account was refused, does not hide that one.
func TestAccountKept(t *testing.T) {
	for _, dialects := range [][]smbproto.Dialect{nil, smbproto.Dialects} {
		b := listen(t, nil)
		if dialects == nil {
			c := b.smb1(plain)
			c.logon(testUser, "other")
			c.send(smbproto.SMB1Logon{SMB1SessionSetupRequest: smbproto.SMB1SessionSetupRequest{Header: c.header()}}.Append(nil))
			c.receive()
			c.c.Close()
		} else {
			p := b.peer()
			p.negotiate(dialects)
			p.logon(testUser, "other")
			p.ask()
			p.authenticate(nobody("PEER"), make([]byte, 16))
			p.ask() // and one that has only begun
			p.hangUp()
		}
		c := b.contact()
		if l := c.Logon; l.As != inventory.LogonAccount || l.User != testUser || l.Mechanism != "NTLMv2" || l.Status != "STATUS_LOGON_FAILURE" || l.Granted {
			t.Errorf("logon %+v", l)
		}
		if len(c.Quirks) != 1 || c.Quirks[0] != "then tried to log on without an account: as anonymous, refused" {
			t.Errorf("quirks %q", c.Quirks)
		}
	}
}

// TestGuestThenNobody: of two attempts without an account the last counts, and the
// first is told.
func TestGuestThenNobody(t *testing.T) {
	b := listen(t, nil)
	p := b.peer()
	p.negotiate(smbproto.Dialects)
	p.logon("guest", "")
	for range 2 {
		p.ask()
		p.authenticate(nobody("PEER"), make([]byte, 16))
	}
	p.hangUp()
	c := b.contact()
	if c.Logon.As != inventory.LogonAnonymous || len(c.Quirks) != 1 || c.Quirks[0] != "tried another logon before: as guest with NTLMv2, refused" {
		t.Errorf("logon %+v, quirks %q", c.Logon, c.Quirks)
	}
}

// TestNTLMv1BesideNTLMv2: that a client was let in with NTLMv1 before stays known.
func TestNTLMv1BesideNTLMv2(t *testing.T) {
	b := listen(t, nil)
	p := b.peer()
	p.negotiate([]smbproto.Dialect{smbproto.Dialect202})
	p.ask()
	token, session := p.ntlmv1(testPassword)
	if status := p.authenticate(token, session); status != smbproto.StatusSuccess {
		t.Fatal(status)
	}
	p.session, p.key = 0, nil
	if status := p.logon(testUser, testPassword); status != smbproto.StatusSuccess {
		t.Fatal(status)
	}
	p.hangUp()
	c := b.contact()
	if l := c.Logon; l.Mechanism != "NTLMv2" || !l.Granted || !l.SetupSigned {
		t.Errorf("logon %+v", l)
	}
	if len(c.Quirks) != 1 || c.Quirks[0] != "was let in twice: at first as account with NTLMv1" {
		t.Errorf("quirks %q", c.Quirks)
	}
}

// TestTwoWorkstations: two devices behind one address are told apart by their
// names, be it in one connection or in two.
func TestTwoWorkstations(t *testing.T) {
	b := listen(t, nil)
	for _, names := range [][]string{{"COPIER7"}, {"COPIER8"}, {"COPIER7", "COPIER8"}, {"COPIER7", "copier7"}} {
		p := b.peer()
		p.negotiate(smbproto.Dialects)
		for _, name := range names {
			p.ask()
			p.authenticate(nobody(name), make([]byte, 16))
		}
		p.hangUp()
		io.Copy(io.Discard, p.c)
	}
	list := b.contacts(4)
	if len(list) != 4 {
		t.Fatalf("%d contacts", len(list))
	}
	told := 0
	for _, c := range list {
		if c.Offer.ClientGUID == "" || c.Logon.Workstation == "" || c.Times() != 1 {
			t.Errorf("%+v, %+v", c.Offer, c.Logon)
		}
		told += len(c.Quirks)
	}
	if told != 1 {
		t.Errorf("%d remarks", told)
	}
}
