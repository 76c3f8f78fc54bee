package eventlog

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// decode returns a text in UTF-8, from UTF-8 or UTF-16 with a byte order mark or
// without. What is not UTF-8 is left as it is; see utf8Of.
func decode(r io.Reader) *bufio.Reader {
	const size = 256 << 10
	in := bufio.NewReaderSize(r, size)
	head, _ := in.Peek(sniffed)
	order, mark := byteOrder(head)
	in.Discard(mark)
	if order == nil {
		return in
	}
	return bufio.NewReaderSize(&utf16Reader{in: in, order: order}, size)
}

// byteOrder tells UTF-16 from UTF-8, and how long the mark is. Nil is UTF-8, or
// an older encoding of one byte.
func byteOrder(head []byte) (order binary.ByteOrder, mark int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return nil, 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return binary.LittleEndian, 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return binary.BigEndian, 2
	case len(head) >= 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return binary.LittleEndian, 0
	case len(head) >= 4 && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return binary.BigEndian, 0
	}
	return nil, 0
}

// utf16Reader reads UTF-16 as UTF-8. Halves of pairs that stand alone become
// U+FFFD, and so does half a unit at the end.
type utf16Reader struct {
	in    *bufio.Reader
	order binary.ByteOrder
	high  rune   // the first half of a pair, waiting for the second
	out   []byte // what is left of the last batch
	batch []byte
	units []byte
	err   error
}

func (u *utf16Reader) Read(b []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.fill()
	}
	n := copy(b, u.out)
	u.out = u.out[n:]
	return n, nil
}

func (u *utf16Reader) fill() {
	const size = 64 << 10
	if u.units == nil {
		u.units = make([]byte, size)
	}
	n, err := io.ReadFull(u.in, u.units)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	u.err, u.batch = err, u.batch[:0]
	for i := 0; i+1 < n; i += 2 {
		u.unit(rune(u.order.Uint16(u.units[i:])))
	}
	if n%2 == 1 || err != nil && u.high != 0 {
		u.high, u.batch = 0, utf8.AppendRune(u.batch, utf8.RuneError)
	}
	u.out = u.batch
}

func (u *utf16Reader) unit(r rune) {
	if u.high != 0 {
		pair := utf16.DecodeRune(u.high, r)
		u.high, u.batch = 0, utf8.AppendRune(u.batch, pair)
		if pair != utf8.RuneError {
			return
		}
	}
	if utf16.IsSurrogate(r) && r < 0xdc00 {
		u.high = r
		return
	}
	u.batch = utf8.AppendRune(u.batch, r) // a second half alone becomes U+FFFD
}

// windows1252 are the letters of 0x80 to 0x9f in Windows-1252; the rest is that
// of Latin-1. Those that are not defined are left out.
var windows1252 = [32]rune{'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0, 0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ'}

// utf8Of returns a row or an object as valid UTF-8: one that is not is taken for
// Windows-1252.
func utf8Of(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	out := make([]byte, 0, len(b)+len(b)/8)
	for _, c := range b {
		switch {
		case c < 0x80 || c >= 0xa0:
			out = utf8.AppendRune(out, rune(c))
		case windows1252[c-0x80] != 0:
			out = utf8.AppendRune(out, windows1252[c-0x80])
		default:
			out = utf8.AppendRune(out, utf8.RuneError)
		}
	}
	return string(out)
}
