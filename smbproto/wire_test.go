package smbproto

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// wire joins fragments of a message: hexadecimal digits, or bytes as they are.
func wire(fragments ...any) []byte {
	var b []byte
	for _, f := range fragments {
		switch f := f.(type) {
		case string:
			raw, err := hex.DecodeString(strings.ReplaceAll(f, " ", ""))
			if err != nil {
				panic(err)
			}
			b = append(b, raw...)
		case []byte:
			b = append(b, f...)
		}
	}
	return b
}

// utf16Text returns s as UTF-16 without a terminator.
func utf16Text(s string) []byte { return appendUTF16(nil, s) }

// patched returns a copy of b in which bytes have been overwritten at an offset.
func patched(b []byte, off int, with string) []byte {
	b = bytes.Clone(b)
	copy(b[off:], wire(with))
	return b
}

// row is a message in both of its forms.
type row[M Appender] struct {
	name string
	b    []byte
	m    M
}

// checkBothWays parses the bytes and encodes the message of every row, and cuts
// the bytes everywhere: that must neither panic nor make a message of more than
// was there.
func checkBothWays[M Appender](t *testing.T, parse func([]byte) (M, error), rows []row[M]) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			m, err := parse(r.b)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := fmt.Sprintf("%+v", m), fmt.Sprintf("%+v", r.m); got != want {
				t.Errorf("parsed:\n%s, want\n%s", got, want)
			}
			if got := r.m.Append([]byte{0xaa}); !bytes.Equal(got[1:], r.b) {
				t.Errorf("encoded:\n%x, want\n%x", got[1:], r.b)
			}
			for n := range r.b {
				_, _ = parse(slices.Clip(r.b[:n]))
			}
		})
	}
}

// badRow is a message that must be refused for one of its fields.
type badRow struct {
	name   string
	b      []byte
	field  string
	offset int // from the start of the message
}

// checkRefused checks that the errors name the message, the field and its offset.
func checkRefused[M any](t *testing.T, parse func([]byte) (M, error), rows []badRow) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, err := parse(r.b)
			var e *ParseError
			if !errors.As(err, &e) {
				t.Fatalf("error %v, want a *ParseError", err)
			}
			if e.Field != r.field || e.Offset != r.offset || e.Message == "" || e.Reason == "" {
				t.Errorf("error %q, want field %q at offset %d", e, r.field, r.offset)
			}
		})
	}
}
