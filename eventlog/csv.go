package eventlog

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	maxRow     = 1 << 20 // bytes of one row, object or element
	maxColumns = 512
	// maxRewinds bounds how often rows are read again of which a quote, never
	// closed, made one.
	maxRewinds = 16
)

var errLong = errors.New("longer than 1 MiB")

// csvReader reads rows of CSV as [RFC 4180] has them, and as programs write them:
// a quote within a bare cell stands for itself, and what follows a closing
// quote is part of the cell.
type csvReader struct {
	in    *bufio.Reader
	comma byte
	raw   []byte // the row as it stands
	mark  int    // where its first line ends
	buf   []byte // its cells, one after the other
	ends  []int  // where each ends
	cells []string

	left int // rewinds
}

// next reads a row. After an error other than io.EOF, which costs one line, it
// can be called again.
func (c *csvReader) next() error {
	c.raw, c.mark = c.raw[:0], 0
	for {
		err := c.line()
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case len(c.raw) == 0:
			return io.EOF
		case !c.split(): // a quote is open
			if err == nil && len(c.raw) <= maxRow {
				continue
			}
			return c.rewind()
		case len(c.raw) > maxRow:
			return errLong
		}
		c.toCells()
		return nil
	}
}

// line adds a line to the row. Of one that is too long the rest is passed over.
func (c *csvReader) line() error {
	for {
		part, err := c.in.ReadSlice('\n')
		if room := 2*maxRow - len(c.raw); len(part) > room {
			part = part[:max(room, 0)]
		}
		c.raw = append(c.raw, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if c.mark == 0 {
			c.mark = len(c.raw)
		}
		return err
	}
}

// rewind gives up the first line of a row whose quote is never closed, and lets
// the others be read again.
func (c *csvReader) rewind() error {
	rest := c.raw[c.mark:]
	if len(rest) > 0 && c.left == 0 {
		return errLong
	}
	if len(rest) > 0 {
		c.left--
		c.in = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(bytes.Clone(rest)), c.in), c.in.Size())
	}
	return errQuote
}

var errQuote = errors.New("a quote is not closed")

// split cuts the row into cells. It reports false while a quote is open.
func (c *csvReader) split() bool {
	c.buf, c.ends = c.buf[:0], c.ends[:0]
	row := bytes.TrimRight(c.raw, "\r\n")
	for len(c.ends) < maxColumns {
		if len(row) > 0 && row[0] == '"' {
			rest, closed := c.quoted(row[1:])
			if !closed {
				return false
			}
			row = rest
		}
		i := bytes.IndexByte(row, c.comma)
		if i < 0 {
			c.buf = append(c.buf, row...)
			c.ends = append(c.ends, len(c.buf))
			return true
		}
		c.buf = append(c.buf, row[:i]...)
		c.ends = append(c.ends, len(c.buf))
		row = row[i+1:]
	}
	return true
}

// quoted takes in a cell to its closing quote.
func (c *csvReader) quoted(row []byte) (rest []byte, closed bool) {
	for {
		i := bytes.IndexByte(row, '"')
		if i < 0 {
			return nil, false
		}
		c.buf = append(c.buf, row[:i]...)
		if i+1 >= len(row) || row[i+1] != '"' {
			return row[i+1:], true
		}
		c.buf = append(c.buf, '"')
		row = row[i+2:]
	}
}

// toCells makes strings of the cells: one allocation, if the row is UTF-8.
func (c *csvReader) toCells() {
	c.cells = c.cells[:0]
	valid, all, start := utf8.Valid(c.buf), "", 0
	if valid {
		all = string(c.buf)
	}
	for _, end := range c.ends {
		if valid {
			c.cells = append(c.cells, all[start:end])
		} else {
			c.cells = append(c.cells, utf8Of(c.buf[start:end]))
		}
		start = end
	}
}

// header reads the row of names, past what Export-Csv and Excel put before it.
func (c *csvReader) header() (columns []place, err error) {
	c.left = maxRewinds
	for range 4 {
		line, _ := c.in.Peek(min(sniffed, c.in.Size()))
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
		}
		c.comma = delimiter(line)
		if err := c.next(); err != nil {
			return nil, err
		}
		first := strings.TrimSpace(c.cells[0])
		if len(first) > 0 && !strings.HasPrefix(first, "#TYPE") && !strings.HasPrefix(strings.ToLower(first), "sep=") {
			break
		}
	}
	return columnsOf(c.cells), nil
}

// delimiter returns what separates the names of a header, if there are several.
func delimiter(line []byte) byte {
	best, most, quoted := byte(','), 0, false
	counts := map[byte]int{}
	for _, b := range line {
		switch {
		case b == '"':
			quoted = !quoted
		case !quoted:
			counts[b]++
		}
	}
	for _, b := range []byte{',', ';', '\t', '|'} {
		if counts[b] > most {
			best, most = b, counts[b]
		}
	}
	return best
}

// viewer are the columns of Event Viewer, whose names are in the language of its
// user; the sixth has none.
var viewer = []place{{}, {slotTime, 0}, {slotProvider, 0}, {slotID, 0}, {}, {slotMessage, 0}}

// columnsOf tells what columns mean by their names, or that there are five of
// unknown names, as Event Viewer has.
func columnsOf(names []string) []place {
	columns := make([]place, len(names))
	known, logs := false, false
	for i, name := range names {
		columns[i] = locatePath("", strings.TrimSpace(name))
		switch columns[i].slot {
		case slotID, slotClientComputerName, slotServerName, slotAuditSigning, slotXML:
			known = true
		case slotChannel:
			logs = true
		}
	}
	if len(names) == len(viewer)-1 && (!known || columns[3].slot == slotID && !logs) {
		return viewer
	}
	return columns
}

// readCSV reads rows under a header.
func (s *source) readCSV(in *bufio.Reader) error {
	c := &csvReader{in: in}
	columns, err := c.header()
	if err != nil {
		return err
	}
	var r record
	for {
		switch err := c.next(); {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errLong):
			s.count(reasonLongRow, 1)
		case errors.Is(err, errQuote):
			s.count(reasonRow, 1)
		case err != nil:
			return err
		case len(c.cells) > 1 || len(columns) == 1:
			r.reset()
			for i, cell := range c.cells[:min(len(c.cells), len(columns))] {
				r.set(columns[i], cell)
			}
			s.take(&r)
		}
	}
}
