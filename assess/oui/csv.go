package oui

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// csvHeader begins the registry's CSV files.
const csvHeader = "Registry,Assignment,Organization Name"

// unassigned are names of the registry that are no maker's: a block that is
// divided into smaller ones, and a maker who does not want to be known.
var unassigned = map[string]bool{"IEEE Registration Authority": true, "Private": true, "": true}

// lineReader hands out a line at a time and refuses one that is too long.
type lineReader struct {
	in   *bufio.Reader
	rest []byte
}

func (l *lineReader) Read(b []byte) (int, error) {
	if len(l.rest) == 0 {
		line, err := l.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return 0, fmt.Errorf("longer than %d bytes", maxLine)
		}
		if len(line) == 0 {
			return 0, err
		}
		l.rest = line
	}
	n := copy(b, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// readCSV reads the registry's own form. An assignment has 6, 7 or 9 digits,
// whatever registry it says it is of.
func (u *builder) readCSV(name string, in *bufio.Reader) error {
	r := csv.NewReader(&lineReader{in: in})
	r.ReuseRecord, r.FieldsPerRecord = true, -1
	for first := true; ; first = false {
		fields, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return csvError(name, r, err)
		case first:
			continue
		}
		line, _ := r.FieldPos(0)
		if len(fields) < 3 {
			return fmt.Errorf("%s:%d: registry, assignment and organisation are due", name, line)
		}
		if unassigned[fields[2]] {
			continue
		}
		if err := u.add(fields[1], fields[2]); err != nil {
			return fmt.Errorf("%s:%d: %w", name, line, err)
		}
	}
}

// csvError words what was wrong, with the line where the record began.
func csvError(name string, r *csv.Reader, err error) error {
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return fmt.Errorf("%s:%d: %w", name, bad.StartLine, bad.Err)
	}
	return fmt.Errorf("%s: after %d bytes: %w", name, r.InputOffset(), err)
}
