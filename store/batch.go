package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"

	"smbready/inventory"
)

// How much a batch has before it is committed without waiting for the next
// second.
const (
	batchLines     = 500
	batchBytes     = 4 << 20
	batchPositions = 1 << 16
)

// batch is what waits to be committed.
type batch struct {
	text      []byte // the lines, one after the other
	lines     []heldLine
	positions []uint64
	counted   inventory.Summary
}

// heldLine says of whom a line in a batch's text is.
type heldLine struct {
	hostKey
	time     int64
	from, to int
}

func (b *batch) add(h *inventory.Host, line []byte) {
	from := len(b.text)
	b.text = append(b.text, line...)
	b.lines = append(b.lines, heldLine{hostKey{h.Address, h.Identity}, h.Time.UnixMicro(), from, len(b.text)})
}

func (b *batch) empty() bool { return len(b.lines) == 0 && len(b.positions) == 0 }

// exceeds reports whether a batch has more than n times what is committed at
// once.
func (b *batch) exceeds(n int) bool {
	return len(b.lines) >= n*batchLines || len(b.text) >= n*batchBytes || len(b.positions) >= n*batchPositions
}

// reset empties a batch and keeps its memory.
func (b *batch) reset() {
	b.text, b.lines, b.positions, b.counted = b.text[:0], b.lines[:0], b.positions[:0], inventory.Summary{}
}

// row is a line as it goes into the table.
type row struct {
	address, identity []byte
	time              int64
	line              []byte
}

// rows returns the lines in the order of the table, of those of one host the
// last.
func (b *batch) rows() []row {
	last := make(map[hostKey]int, len(b.lines))
	for i, l := range b.lines {
		last[l.hostKey] = i
	}
	rows := make([]row, 0, len(last))
	var keys []byte
	for i, l := range b.lines {
		if last[l.hostKey] != i {
			continue
		}
		from := len(keys)
		keys = appendAddress(keys, l.address)
		middle := len(keys)
		keys = appendText(keys, l.identity)
		// Empty is not NULL.
		rows = append(rows, row{append([]byte{}, keys[from:middle]...), append([]byte{}, keys[middle:]...), l.time, b.text[l.from:l.to]})
	}
	slices.SortFunc(rows, func(x, y row) int {
		return cmp.Or(bytes.Compare(x.address, y.address), bytes.Compare(x.identity, y.identity))
	})
	return rows
}

// insert stores rows and returns how many of them are of new hosts.
func insert(ctx context.Context, tx *sql.Tx, id string, rows []row) (added int64, err error) {
	const together = 64 // rows in one statement
	for size := together; len(rows) > 0; {
		if len(rows) < size {
			size /= 2 // there are few different statements, so that they stay prepared
			continue
		}
		n, err := insertTogether(ctx, tx, id, rows[:size])
		if err != nil {
			return 0, err
		}
		added, rows = added+n, rows[size:]
	}
	return added, nil
}

func insertTogether(ctx context.Context, tx *sql.Tx, id string, rows []row) (int64, error) {
	args := make([]any, 1, 1+4*len(rows))
	args[0] = id
	for _, r := range rows {
		args = append(args, r.address, r.identity, r.time, r.line)
	}
	res, err := tx.ExecContext(ctx, insertText(len(rows)), args...)
	if err != nil {
		return 0, err
	}
	added, err := res.RowsAffected()
	if err != nil || added == int64(len(rows)) {
		return added, err
	}
	for _, r := range rows { // some are there already: a later line replaces them
		_, err := tx.ExecContext(ctx, "UPDATE hosts SET time = $1, line = $2 WHERE run = $3 AND address = $4 AND identity = $5", r.time, r.line, id, r.address, r.identity)
		if err != nil {
			return 0, err
		}
	}
	return added, nil
}

// insertTexts holds statements by their number of rows.
var insertTexts sync.Map

func insertText(rows int) string {
	if text, ok := insertTexts.Load(rows); ok {
		return text.(string)
	}
	var b strings.Builder
	b.WriteString("INSERT INTO hosts (run, address, identity, time, line) VALUES ")
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		n := 4*i + 2
		fmt.Fprintf(&b, "($1,$%d,$%d,$%d,$%d)", n, n+1, n+2, n+3)
	}
	b.WriteString(" ON CONFLICT (run, address, identity) DO NOTHING")
	insertTexts.Store(rows, b.String())
	return b.String()
}

// addCounts adds the counts of a summary to another.
func addCounts(to *inventory.Summary, s *inventory.Summary) {
	to.Probed += s.Probed
	to.SMB += s.SMB
	to.Open += s.Open
	to.Closed += s.Closed
	to.Filtered += s.Filtered
	to.Unreachable += s.Unreachable
	to.Skipped += s.Skipped
	to.Connections += s.Connections
}
