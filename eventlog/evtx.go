package eventlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"time"
)

// The EVTX format has no specification of its maker's; this follows the
// documentation of the libevtx project, sections 2 (file header) and 3 (chunk).
const (
	fileMagic   = "ElfFile\x00"
	chunkMagic  = "ElfChnk\x00"
	recordMagic = 0x2a2a

	fileHeaderSize  = 4096
	chunkSize       = 64 << 10
	chunkHeaderSize = 512
	recordHeader    = 24 // magic, size, number, time
	recordTrailer   = 4  // the size again
)

// DefaultChunkTime is how long one chunk may take to read. The slowest of those
// that are sound take a few hundredths of a second.
const DefaultChunkTime = 10 * time.Second

// Bounds of what damaged chunks may cost.
const (
	maxFallen = 100 // workers that fell over
	maxSlow   = 5   // or were ended
	maxAtOnce = 4   // workers
)

// errWorker is why an EVTX file is not read further.
var errWorker = errors.New("reading EVTX files is not possible here: there is no worker to read them")

// chunk is one chunk of a file, or what can be told of it without parsing.
type chunk struct {
	data    []byte
	records int // by their headers
	answer  answer
	failure reason // why it was not read, if err is set
	err     error
	done    chan struct{}
}

// readEVTX reads the chunks of a file: each is parsed by a worker of its own
// process, since the parser can hang or fall over on a damaged one.
func (s *source) readEVTX() error {
	start, parts, dirty, err := s.fileHeader()
	if err != nil {
		return err
	}
	if s.reader.options.Worker == nil {
		return errWorker
	}
	p := newPool(s.ctx, &s.reader.options, min(runtime.GOMAXPROCS(0), maxAtOnce))
	defer p.close()
	var waiting []*chunk
	for offset := start; offset < s.file.Size && s.ctx.Err() == nil && p.err() == nil; offset += chunkSize {
		c := s.chunk(offset, dirty)
		if c == nil {
			s.gaps = s.gaps || (offset-start)/chunkSize < parts
			continue
		}
		p.give(c)
		if waiting = append(waiting, c); len(waiting) > 2*maxAtOnce {
			s.takeChunk(waiting[0])
			waiting = waiting[1:]
		}
	}
	for _, c := range waiting {
		s.takeChunk(c)
	}
	if err := p.err(); err != nil {
		return err
	}
	if there := (s.file.Size - start) / chunkSize; there < parts || (s.file.Size-start)%chunkSize != 0 {
		return fmt.Errorf("the file is cut off: %d of its %d parts are whole", max(there, 0), max(parts, there+1))
	}
	return nil
}

// fileHeader reads where the chunks begin, how many there are, and whether the
// log was open when the file was copied.
func (s *source) fileHeader() (start, chunks int64, dirty bool, err error) {
	const isDirty = 1
	b := make([]byte, 128)
	if _, err := s.file.Data.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, false, err
	}
	if major := binary.LittleEndian.Uint16(b[38:]); major != 3 {
		return 0, 0, false, fmt.Errorf("version %d of EVTX is not known", major)
	}
	start = int64(binary.LittleEndian.Uint16(b[40:]))
	if start < int64(len(b)) || start > s.file.Size {
		start = fileHeaderSize
	}
	return start, int64(binary.LittleEndian.Uint16(b[42:])), binary.LittleEndian.Uint32(b[120:])&isDirty != 0, nil
}

// chunk reads a chunk. It returns nil for one that is empty, or damaged: those
// are counted.
func (s *source) chunk(offset int64, dirty bool) *chunk {
	c := &chunk{data: make([]byte, chunkSize), done: make(chan struct{})}
	n, err := s.file.Data.ReadAt(c.data, offset)
	if n < chunkSize && (err == nil || errors.Is(err, io.EOF)) {
		clear(c.data[n:])
	} else if n < chunkSize {
		s.count(reasonChunk, 1)
		return nil
	}
	c.records = walkRecords(c.data)
	switch {
	case allZero(c.data): // the log has room left
		return nil
	case string(c.data[:len(chunkMagic)]) != chunkMagic:
		s.count(reasonChunk, uint64(max(c.records, 1)))
		return nil
	case n < chunkSize: // cut off: the parser reads what is there
		s.count(reasonChunk, 1)
	case !dirty && !checksumsRight(c.data):
		s.count(reasonChecksum, uint64(max(c.records, 1)))
		return nil
	}
	if c.records == 0 {
		return nil
	}
	return c
}

// walkRecords counts the records of a chunk by their headers, up to the first
// that is none.
func walkRecords(b []byte) (n int) {
	for at := chunkHeaderSize; at+recordHeader+recordTrailer <= len(b); n++ {
		size := int(binary.LittleEndian.Uint32(b[at+4:]))
		if binary.LittleEndian.Uint32(b[at:]) != recordMagic || size < recordHeader+recordTrailer || size > len(b)-at {
			break
		}
		at += size
	}
	return n
}

// checksumsRight reports whether the checksums of a chunk's header and of its
// records are right: CRC-32 of bytes 0 to 119 and 128 to 511, and of those from
// 512 to the end of the last record.
func checksumsRight(b []byte) bool {
	end := int(binary.LittleEndian.Uint32(b[48:]))
	if end < chunkHeaderSize || end > len(b) {
		return false
	}
	header := crc32.Update(crc32.ChecksumIEEE(b[:120]), crc32.IEEETable, b[128:chunkHeaderSize])
	return header == binary.LittleEndian.Uint32(b[124:]) && crc32.ChecksumIEEE(b[chunkHeaderSize:end]) == binary.LittleEndian.Uint32(b[52:])
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// takeChunk waits for a chunk, and takes in its events.
func (s *source) takeChunk(c *chunk) {
	<-c.done
	if c.err != nil {
		s.count(c.failure, uint64(c.records))
		return
	}
	a := &c.answer
	if lost := c.records - a.Records; lost > 0 {
		s.count(reasonRecord, uint64(lost))
	}
	if a.Damaged > 0 {
		s.count(reasonRecord, uint64(a.Damaged))
	}
	s.input.Records += uint64(max(a.Records-a.Damaged-len(a.Events), 0))
	var r record
	for i := range a.Events {
		a.Events[i].to(&r)
		s.take(&r)
	}
}
