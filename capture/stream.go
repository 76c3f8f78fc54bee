package capture

import (
	"bytes"
	"hash/maphash"
	"slices"
)

// Bounds of what is held of one direction while a segment before it is missing.
const (
	maxHeld   = 1 << 20 // bytes
	maxChunks = 256
	maxJump   = 16 << 20 // in sequence numbers; what is further off is another connection
)

// chunk is a segment that came before its turn.
type chunk struct {
	seq     uint32
	data    []byte
	missing int  // bytes behind data that were not captured
	start   bool // data begins as the segment did
}

func (c *chunk) size() int   { return len(c.data) + c.missing }
func (c *chunk) end() uint32 { return c.seq + uint32(c.size()) }

// behind returns what of a chunk is not before a sequence number.
func (c chunk) behind(seq uint32) chunk {
	n := int(int32(seq - c.seq))
	if n <= 0 {
		return c
	}
	cut := min(n, len(c.data))
	return chunk{c.seq + uint32(n), c.data[cut:], max(c.missing-(n-cut), 0), false}
}

// before returns what of a chunk is before a sequence number.
func (c chunk) before(seq uint32) chunk {
	n := max(int(int32(seq-c.seq)), 0)
	if n >= c.size() {
		return c
	}
	cut := min(n, len(c.data))
	return chunk{c.seq, c.data[:cut], n - cut, c.start}
}

// sent is a segment that was taken in: enough to tell a repetition that differs.
type sent struct {
	seq, n, hash uint32
}

// stream puts the segments of one direction in order, [RFC 9293] 3.4. What comes
// first counts.
type stream struct {
	framer framer
	known  bool   // next is known
	next   uint32 // sequence number that is due
	closed bool   // a FIN came
	fin    uint32 // its sequence number
	chunks []chunk
	held   int // bytes in chunks
	last   [4]sent
	at     uint8 // in last
	gaps   int
	clash  int // repetitions that differ from what came first
	seed   maphash.Seed
}

// begin says that a SYN with this sequence number came: the stream is known from
// its first byte on.
func (s *stream) begin(seq uint32) {
	s.known, s.next = true, seq+1
	s.framer.synced = true
}

// segment takes in a segment.
func (s *stream) segment(seq uint32, data []byte, missing int) {
	if !s.known {
		s.known, s.next = true, seq
	}
	c := chunk{seq, data, missing, true}
	distance := int(int32(seq - s.next))
	if distance > maxJump || distance < -maxJump {
		s.drain()
		s.gaps++
		s.framer.lost()
		s.next, distance = seq, 0
	}
	hash := uint32(maphash.Bytes(s.seed, data))
	switch {
	case distance < 0:
		s.compare(seq, uint32(len(data)), hash)
	case distance > 0 && s.framer.synced && distance > s.framer.skip:
		s.hold(c)
		return
	}
	if int32(c.end()-s.next) <= 0 {
		return
	}
	s.last[s.at] = sent{seq, uint32(len(data)), hash}
	s.at = (s.at + 1) % uint8(len(s.last))
	if len(s.chunks) > 0 && int32(c.end()-s.chunks[0].seq) > 0 { // what it overlaps came first
		s.hold(c.behind(s.next))
	} else {
		s.deliver(c)
	}
	s.advance()
}

// compare counts a repetition that differs.
func (s *stream) compare(seq, n, hash uint32) {
	for _, l := range s.last {
		if l.n == n && n > 0 && l.seq == seq && l.hash != hash {
			s.clash++
			return
		}
	}
}

// deliver gives on what of a chunk is not known yet. What is missing before it is
// lost.
func (s *stream) deliver(c chunk) {
	if lost := int(int32(c.seq - s.next)); lost > 0 {
		if s.framer.synced && lost > s.framer.skip {
			s.gaps++
		}
		s.framer.lose(lost)
		s.next = c.seq
	}
	if c = c.behind(s.next); c.size() <= 0 {
		return
	}
	s.next = c.end()
	s.framer.write(c.data, c.start)
	s.framer.lose(c.missing)
}

// advance gives on the chunks whose turn it is: also one before which only data
// is missing that would have been skipped.
func (s *stream) advance() {
	n := 0
	for ; n < len(s.chunks); n++ {
		c := s.chunks[n]
		distance := int(int32(c.seq - s.next))
		if distance > 0 && s.framer.synced && distance > s.framer.skip {
			break
		}
		s.forget(&c)
		s.deliver(c)
	}
	s.chunks = slices.Delete(s.chunks, 0, n)
}

// forget takes a chunk out of the reckoning.
func (s *stream) forget(c *chunk) {
	s.held -= len(c.data)
	s.framer.budget.giveBack(len(c.data))
}

// hold keeps a segment that came before its turn, and gives up what is missing
// before it when there are too many. Of those that overlap the first counts.
func (s *stream) hold(c chunk) {
	for i := range s.chunks {
		if c.size() == 0 {
			return
		}
		h := &s.chunks[i]
		if int32(c.end()-h.seq) <= 0 { // all of it is before h
			s.insert(i, c)
			return
		}
		if int32(h.end()-c.seq) <= 0 { // all of it is behind h
			continue
		}
		s.clash += contradiction(h, &c)
		if int32(h.seq-c.seq) > 0 {
			rest := c.behind(h.end())
			s.insert(i, c.before(h.seq))
			s.hold(rest)
			return
		}
		c = c.behind(h.end())
	}
	if c.size() > 0 {
		s.insert(len(s.chunks), c)
	}
}

// insert keeps a chunk at a place among the others.
func (s *stream) insert(i int, c chunk) {
	if !s.framer.budget.take(len(c.data)) {
		s.drain()
		s.deliver(c)
		return
	}
	c.data = bytes.Clone(c.data)
	s.held += len(c.data)
	s.chunks = slices.Insert(s.chunks, i, c)
	for s.held > maxHeld || len(s.chunks) > maxChunks {
		s.giveUp()
	}
}

// contradiction is 1 when two chunks overlap and have other bytes there.
func contradiction(a, b *chunk) int {
	if int32(a.seq-b.seq) > 0 {
		a, b = b, a
	}
	offset := int(b.seq - a.seq)
	if offset >= len(a.data) {
		return 0
	}
	n := min(len(a.data)-offset, len(b.data))
	if bytes.Equal(a.data[offset:offset+n], b.data[:n]) {
		return 0
	}
	return 1
}

// giveUp takes what is missing before the first chunk for lost, and goes on there.
func (s *stream) giveUp() {
	if len(s.chunks) == 0 {
		return
	}
	c := s.chunks[0]
	s.chunks = slices.Delete(s.chunks, 0, 1)
	s.forget(&c)
	s.deliver(c)
	s.advance()
}

// drain gives on all that is held.
func (s *stream) drain() {
	for len(s.chunks) > 0 {
		s.giveUp()
	}
	s.chunks = nil
}

// end gives on what is left.
func (s *stream) end() {
	s.drain()
	s.framer.end()
}

// done reports whether all came that the sender had to send.
func (s *stream) done() bool { return s.closed && int32(s.next-s.fin) >= 0 }
