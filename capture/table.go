package capture

import (
	"bytes"
	"hash/maphash"
	"time"

	"smbready/inventory"
)

// flow names a connection by its two ends, the lesser first, so that both
// directions have one name.
type flow struct{ a, b endpoint }

func flowOf(s *segment) (f flow, reversed bool) {
	order := bytes.Compare(s.from.address[:], s.to.address[:])
	if order == 0 {
		order = int(s.from.port) - int(s.to.port)
	}
	if order > 0 {
		return flow{s.to, s.from}, true
	}
	return flow{s.from, s.to}, false
}

// connection is a TCP connection to a server's SMB port.
type connection struct {
	flow         flow
	serverIsA    bool
	newer, older *connection // in the table, by use
	streams      [2]stream   // of the client, of the server
	talk         *conversation
	whole        bool // its SYN was seen
	isn          uint32
	first, last  time.Time
	lastFrom     [2]time.Time // of the client, of the server
	firstToClose inventory.End
	over         bool
}

func (c *connection) client() endpoint {
	if c.serverIsA {
		return c.flow.b
	}
	return c.flow.a
}

func (c *connection) server() endpoint {
	if c.serverIsA {
		return c.flow.a
	}
	return c.flow.b
}

// table holds the connections that are going on, and of those that are over
// enough to tell late segments. The one that was not used for longest goes first.
type table struct {
	ledger         *ledger
	ports          []uint16
	max            int
	byFlow         map[flow]*connection
	newest, oldest *connection
	spare          *connection // one that can be used again
	budget         budget
	seed           maphash.Seed
	cutShort       uint64 // connections that went for want of room
	gaps, clashes  uint64
	broken, alien  uint64
	unread         uint64 // messages of which not even the header came
}

func newTable(l *ledger, o Options) *table {
	return &table{ledger: l, ports: o.Ports, max: o.MaxConnections, byFlow: map[flow]*connection{},
		budget: budget{maxHeldInAll}, seed: maphash.MakeSeed()}
}

// maxHeldInAll bounds what all streams hold, in bytes.
const maxHeldInAll = 32 << 20

// isPort reports whether servers of SMB listen on a port.
func (t *table) isPort(port uint16) bool {
	for _, p := range t.ports {
		if p == port {
			return true
		}
	}
	return false
}

// segment takes in a TCP segment. It reports whether it told something.
func (t *table) segment(s *segment, at time.Time) bool {
	toServer, fromServer := t.isPort(s.to.port), t.isPort(s.from.port)
	if !toServer && !fromServer {
		return false
	}
	f, reversed := flowOf(s)
	c := t.byFlow[f]
	opens := s.flags&(flagSYN|flagACK|flagRST) == flagSYN
	if c != nil && opens && !c.sameStart(s, reversed) { // the port is used again
		t.finish(c)
		t.remove(c)
		c = nil
	}
	if c == nil {
		if !opens && len(s.payload) == 0 {
			return false
		}
		// Where both ports are SMB's the first segment tells: it is the client's.
		c = t.add(f, toServer == reversed)
		if toServer && fromServer && s.flags&(flagSYN|flagACK) == flagSYN|flagACK {
			c.serverIsA = !c.serverIsA
		}
		if opens {
			c.whole, c.isn = true, s.seq
		}
	}
	t.touch(c)
	if c.over {
		return false
	}
	return t.pass(c, s, reversed, at)
}

// sameStart reports whether a SYN is the one that the connection began with.
func (c *connection) sameStart(s *segment, reversed bool) bool {
	return !c.over && c.whole && s.seq == c.isn && reversed == c.serverIsA
}

// pass hands a segment to the stream of its direction.
func (t *table) pass(c *connection, s *segment, reversed bool, at time.Time) bool {
	side := 0
	if reversed != c.serverIsA { // from a to b, and a is the server, or the reverse
		side = 1
	}
	st := &c.streams[side]
	c.seen(side, at)
	if s.flags&flagSYN != 0 {
		if !st.known {
			st.begin(s.seq)
		}
		return false
	}
	before := st.framer.frames
	if n := len(s.payload) + s.missing; n > 0 {
		st.segment(s.seq, s.payload, s.missing)
	}
	if s.flags&(flagFIN|flagRST) != 0 {
		c.closing(side, s)
	}
	if s.flags&flagRST != 0 || c.streams[0].done() && c.streams[1].done() {
		t.finish(c)
	}
	return len(s.payload) > 0 && (st.framer.synced || st.framer.frames > before)
}

// seen notes when something came from a side.
func (c *connection) seen(side int, at time.Time) {
	if at.IsZero() {
		return
	}
	if c.first.IsZero() || at.Before(c.first) {
		c.first = at
	}
	if at.After(c.last) {
		c.last = at
	}
	if at.After(c.lastFrom[side]) {
		c.lastFrom[side] = at
	}
}

// closing notes that a side closes or resets the connection. The first counts.
func (c *connection) closing(side int, s *segment) {
	st := &c.streams[side]
	if s.flags&flagFIN != 0 && !st.closed {
		st.closed, st.fin = true, s.seq+uint32(len(s.payload)+s.missing)
	}
	if c.firstToClose != inventory.EndUnknown {
		return
	}
	switch {
	case side == 1:
		c.firstToClose = inventory.EndServerClosed
	case s.flags&flagRST != 0:
		c.firstToClose = inventory.EndClientReset
	default:
		c.firstToClose = inventory.EndClientClosed
	}
}

// add makes room for a connection and adds it.
func (t *table) add(f flow, serverIsA bool) *connection {
	for len(t.byFlow) >= t.max {
		old := t.oldest
		if !old.over && old.talk != nil {
			t.cutShort++
		}
		t.finish(old)
		t.remove(old)
	}
	c := t.spare
	if t.spare = nil; c == nil {
		c = new(connection)
	}
	*c = connection{flow: f, serverIsA: serverIsA}
	for side := range c.streams {
		c.streams[side] = stream{seed: t.seed, framer: framer{fromClient: side == 0, budget: &t.budget,
			take: func(fr frame) { t.frame(c, fr) }, expect: func(m []byte, logon bool) bool { return c.expects(side, m, logon) }}}
	}
	t.byFlow[f] = c
	return c
}

// expects reports whether the connection can go on with a message where the place
// of the next is not known. A capture that is copied through a share holds messages
// too: with a logon nothing goes on that began in the middle.
func (c *connection) expects(side int, m []byte, logon bool) bool {
	switch {
	case c.talk != nil:
		return c.talk.expects(m, logon)
	case c.whole:
		return true
	}
	return !logon || !c.streams[side].framer.passed
}

// frame hands a frame to the conversation of its connection.
func (t *table) frame(c *connection, f frame) {
	if c.talk == nil {
		c.talk = newConversation(t.ledger, c.client(), c.server(), c.whole)
	}
	c.talk.frame(f)
}

// finish ends a connection: what was said in it goes to the ledger.
func (t *table) finish(c *connection) {
	if c.over {
		return
	}
	c.over = true
	frames := 0
	for i := range c.streams {
		s := &c.streams[i]
		s.end()
		t.gaps += uint64(s.gaps)
		t.unread += uint64(s.framer.unread)
		t.clashes += uint64(s.clash)
		if frames += s.framer.frames; s.framer.frames > 0 {
			t.broken += uint64(s.framer.broken)
		}
	}
	if frames == 0 && c.streams[0].framer.broken+c.streams[1].framer.broken > 0 {
		t.alien++
	}
	if c.talk != nil {
		c.talk.finish(c)
	}
	c.talk = nil
}

// finishAll ends all connections, the oldest first.
func (t *table) finishAll() {
	for t.oldest != nil {
		c := t.oldest
		t.finish(c)
		t.remove(c)
	}
}

// remove takes a connection out of the table.
func (t *table) remove(c *connection) {
	t.unlink(c)
	delete(t.byFlow, c.flow)
	t.spare = c
}

func (t *table) unlink(c *connection) {
	if c.newer != nil {
		c.newer.older = c.older
	} else if t.newest == c {
		t.newest = c.older
	}
	if c.older != nil {
		c.older.newer = c.newer
	} else if t.oldest == c {
		t.oldest = c.newer
	}
	c.newer, c.older = nil, nil
}

// touch says that a connection was used just now.
func (t *table) touch(c *connection) {
	if t.newest == c {
		return
	}
	t.unlink(c)
	c.older = t.newest
	if t.newest != nil {
		t.newest.newer = c
	}
	t.newest = c
	if t.oldest == nil {
		t.oldest = c
	}
}
