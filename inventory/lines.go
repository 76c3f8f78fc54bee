package inventory

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds one line of a run. The largest host this tool writes is a few
// KiB; a longer line is not ours.
const maxLine = 1 << 20

// ErrVersion reports a run that was written by a newer version of the format.
var ErrVersion = errors.New("the run was written by a newer smbready; please update")

// LineError says which line of a run could not be read, and why.
type LineError struct {
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// Line is one line of a run: exactly one field is set.
type Line struct {
	Run     *Run
	Host    *Host
	Summary *Summary
}

// Writer writes a run as JSON lines.
type Writer struct {
	w   io.Writer
	enc *json.Encoder
	buf bytes.Buffer
}

// NewWriter returns a Writer on w. Each line is one Write call.
func NewWriter(w io.Writer) *Writer {
	lw := &Writer{w: w}
	lw.enc = json.NewEncoder(&lw.buf)
	lw.enc.SetEscapeHTML(false)
	return lw
}

// Write writes one line; exactly one field of l must be set. It returns the
// number of bytes written, so that a caller can index the file.
func (w *Writer) Write(l Line) (int, error) {
	switch {
	case l.Run != nil:
		return w.WriteValue(struct {
			Type string `json:"type"`
			*Run
		}{"run", l.Run})
	case l.Host != nil:
		return w.WriteValue(struct {
			Type string `json:"type"`
			*Host
		}{"host", l.Host})
	case l.Summary != nil:
		return w.WriteValue(struct {
			Type string `json:"type"`
			*Summary
		}{"summary", l.Summary})
	}
	return 0, errors.New("inventory: empty line")
}

// WriteValue writes any value as one line. It lets a renderer add fields to a
// line; the value must have a "type" field.
func (w *Writer) WriteValue(v any) (int, error) {
	w.buf.Reset()
	if err := w.enc.Encode(v); err != nil {
		return 0, err
	}
	return w.w.Write(w.buf.Bytes())
}

// Reader reads a run from JSON lines.
type Reader struct {
	r    *bufio.Reader
	line int
}

// NewReader returns a Reader on r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 64<<10)} }

// Next returns the next line. It returns io.EOF at the end, io.ErrUnexpectedEOF
// in a LineError for a last line that was cut off, and a LineError for any
// other line that is not of the format; after a LineError of the latter kind
// the next call goes on with the following line. Lines of a type that this
// version does not know are passed over.
func (r *Reader) Next() (Line, error) {
	for {
		b, err := r.readLine()
		if err != nil {
			return Line{}, err
		}
		if len(bytes.TrimSpace(b)) == 0 {
			continue
		}
		l, err := parseLine(b)
		if err != nil {
			return Line{}, &LineError{r.line, err}
		}
		if l == (Line{}) {
			continue
		}
		return l, nil
	}
}

func (r *Reader) readLine() ([]byte, error) {
	r.line++
	var line []byte
	for {
		part, err := r.r.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			if err := r.skipLine(err); err != nil {
				return nil, err
			}
			return nil, &LineError{r.line, fmt.Errorf("longer than %d bytes: not a run of smbready", maxLine)}
		}
		if err == nil && line == nil {
			return part, nil
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) > 0:
			if json.Valid(line) { // only the final newline is missing
				return line, nil
			}
			return nil, &LineError{r.line, io.ErrUnexpectedEOF}
		default:
			return nil, err
		}
	}
}

// skipLine passes over the rest of a line, of which the last read ended with
// err.
func (r *Reader) skipLine(err error) error {
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.r.ReadSlice('\n')
	}
	if errors.Is(err, io.EOF) {
		return nil // the next read tells
	}
	return err
}

func parseLine(b []byte) (Line, error) {
	var head struct {
		Type    string `json:"type"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return Line{}, err
	}
	var l Line
	var into any
	switch head.Type {
	case "run":
		if head.Version > FormatVersion {
			return Line{}, ErrVersion
		}
		l.Run = new(Run)
		into = l.Run
	case "host":
		l.Host = new(Host)
		into = l.Host
	case "summary":
		l.Summary = new(Summary)
		into = l.Summary
	default:
		return Line{}, nil
	}
	return l, json.Unmarshal(b, into)
}
