// Package oui tells who makes a network card, by the first digits of its
// address. The built-in table is that of the IEEE registration authority: blocks
// of 24 bits (MA-L), 28 bits (MA-M) and 36 bits (MA-S and the older IAB).
package oui

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:generate go run ./generate -o registry.gz oui.csv mam.csv oui36.csv iab.csv

// registry is the built-in table: compressed lines of a maker, a tab, and the
// prefixes it has, as WriteTo writes them.
//
//go:embed registry.gz
var registry []byte

// Table maps prefixes of network addresses to makers. The zero value knows
// none.
type Table struct {
	keys   []uint64 // sorted; see key
	makers []string // of the same index
}

// key packs a prefix: its digits, left-aligned in 36 bits, then its number of
// digits in the lowest byte.
func key(digits uint64, n int) uint64 { return digits<<(4*(9-n))<<8 | uint64(n) }

// Len returns the number of prefixes.
func (t *Table) Len() int { return len(t.keys) }

// lengths are those of the registry's blocks, in hexadecimal digits, longest
// first.
var lengths = [...]int{9, 7, 6}

// Lookup returns the maker of the card with this address, or "" when the
// registry does not say: the address is not whole, is not of a single card, was
// made up locally (bit 0x02 of the first byte), or is all zero, which Samba
// sends for want of one. Digits may be separated by ":", "-" or ".".
func (t *Table) Lookup(address string) string {
	digits, n := parseDigits(address)
	if n != 12 || digits == 0 || digits>>40&0x03 != 0 {
		return ""
	}
	for _, n := range lengths {
		if i, ok := slices.BinarySearch(t.keys, key(digits>>(4*(12-n)), n)); ok {
			return t.makers[i]
		}
	}
	return ""
}

// parseDigits reads hexadecimal digits. It returns n = 0 if anything else but a
// separator is in s, or more than 12.
func parseDigits(s string) (digits uint64, n int) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == ':' || c == '-' || c == '.':
			continue
		case n == 12:
			return 0, 0
		case c >= '0' && c <= '9':
			digits = digits<<4 | uint64(c-'0')
		case c >= 'a' && c <= 'f':
			digits = digits<<4 | uint64(c-'a'+10)
		case c >= 'A' && c <= 'F':
			digits = digits<<4 | uint64(c-'A'+10)
		default:
			return 0, 0
		}
		n++
	}
	return digits, n
}

// Builtin returns the built-in table. The first call unpacks it.
var Builtin = sync.OnceValue(func() *Table {
	t, err := unpack(registry)
	if err != nil {
		panic("oui: the built-in table: " + err.Error()) // a fault of the build, which a test finds
	}
	return t
})

func unpack(b []byte) (*Table, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxFile))
	if err != nil {
		return nil, err
	}
	u := builder{entries: make([]entry, 0, len(text)/20)}
	for line := range strings.Lines(string(text)) {
		maker, prefixes, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		for p := range strings.SplitSeq(prefixes, " ") {
			digits, n := parseDigits(p)
			if !slices.Contains(lengths[:], n) {
				return nil, fmt.Errorf("bad prefix %q", p)
			}
			u.entries = append(u.entries, entry{key(digits, n), maker})
		}
	}
	return u.table(), nil
}

// WriteTo writes the table in the form of the built-in one, before compression.
func (t *Table) WriteTo(w io.Writer) (int64, error) {
	prefixes := map[string][]string{}
	for i, k := range t.keys {
		n := int(k & 0xff)
		text := fmt.Sprintf("%0*X", n, k>>8>>(4*(9-n)))
		prefixes[t.makers[i]] = append(prefixes[t.makers[i]], text)
	}
	makers := make([]string, 0, len(prefixes))
	for m := range prefixes {
		makers = append(makers, m)
	}
	slices.Sort(makers)
	var b bytes.Buffer
	for _, m := range makers {
		fmt.Fprintf(&b, "%s\t%s\n", m, strings.Join(prefixes[m], " "))
	}
	return b.WriteTo(w)
}

// Merge returns the prefixes of all tables. Of one that is in several the last
// counts.
func Merge(tables ...*Table) *Table {
	var u builder
	for _, t := range tables {
		for i, k := range t.keys {
			u.entries = append(u.entries, entry{k, t.makers[i]})
		}
	}
	return u.table()
}

// Bounds of a file, a line and a maker's name, in bytes. The registry has some
// 5 MB and 55,000 prefixes.
const (
	maxFile  = 32 << 20
	maxLine  = 4 << 10
	maxMaker = 120
)

// Load reads a table from r, called name in errors. It may be the registry's CSV
// file, which begins with the header "Registry,Assignment,Organization
// Name,Organization Address", or have on each line a prefix, a tab or blanks and
// the maker, as in "00:26:73 Ricoh"; lines that begin with # and empty ones are
// passed over. A prefix has 6, 7 or 9 hexadecimal digits. Errors name the line.
func Load(name string, r io.Reader) (*Table, error) {
	limited := &io.LimitedReader{R: r, N: maxFile + 1}
	in := bufio.NewReaderSize(limited, maxLine)
	head, err := in.Peek(len(csvHeader) + len(byteOrderMark))
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	var u builder
	if bytes.HasPrefix(bytes.TrimPrefix(head, []byte(byteOrderMark)), []byte(csvHeader)) {
		err = u.readCSV(name, in)
	} else {
		err = u.readPlain(name, in)
	}
	switch {
	case err != nil:
		return nil, err
	case limited.N <= 0:
		return nil, fmt.Errorf("%s: longer than %d MiB", name, maxFile>>20)
	case len(u.entries) == 0:
		return nil, fmt.Errorf("%s: lists no prefix", name)
	}
	return u.table(), nil
}

const byteOrderMark = "\ufeff"

// readPlain reads lines of a prefix and a maker.
func (u *builder) readPlain(name string, in *bufio.Reader) error {
	for line := 1; ; line++ {
		text, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("%s:%d: longer than %d bytes", name, line, maxLine)
		case err != nil && !errors.Is(err, io.EOF):
			return err
		}
		if bad := u.addPlain(strings.TrimSpace(strings.TrimPrefix(string(text), byteOrderMark))); bad != nil {
			return fmt.Errorf("%s:%d: %w", name, line, bad)
		}
		if err != nil {
			return nil
		}
	}
}

func (u *builder) addPlain(text string) error {
	if text == "" || text[0] == '#' {
		return nil
	}
	at := strings.IndexAny(text, "\t ")
	if at < 0 {
		return errors.New("a prefix and a maker are due, with a tab between them")
	}
	return u.add(text[:at], text[at:])
}

// entry is a prefix on its way into a table.
type entry struct {
	key   uint64
	maker string
}

// builder collects the entries of a table. Of a prefix that occurs twice the
// last entry counts.
type builder struct {
	entries []entry
	names   map[string]string // each maker once in memory
}

func (u *builder) add(prefix, maker string) error {
	digits, n := parseDigits(prefix)
	if !slices.Contains(lengths[:], n) {
		return fmt.Errorf("%s is no prefix of 6, 7 or 9 hexadecimal digits", strconv.Quote(clip(prefix)))
	}
	maker = clip(strings.Join(strings.Fields(strings.ToValidUTF8(maker, "\ufffd")), " "))
	if maker == "" {
		return errors.New("the prefix " + prefix + " has no maker")
	}
	if u.names == nil {
		u.names = map[string]string{}
	}
	if known, ok := u.names[maker]; ok {
		maker = known
	} else {
		u.names[maker] = maker
	}
	u.entries = append(u.entries, entry{key(digits, n), maker})
	return nil
}

func (u *builder) table() *Table {
	slices.SortStableFunc(u.entries, func(a, b entry) int {
		switch {
		case a.key < b.key:
			return -1
		case a.key > b.key:
			return 1
		}
		return 0
	})
	t := &Table{keys: make([]uint64, 0, len(u.entries)), makers: make([]string, 0, len(u.entries))}
	for i, e := range u.entries {
		if i+1 < len(u.entries) && u.entries[i+1].key == e.key {
			continue
		}
		t.keys, t.makers = append(t.keys, e.key), append(t.makers, e.maker)
	}
	return t
}

// clip cuts a text that is too long, between characters.
func clip(s string) string {
	if len(s) <= maxMaker {
		return s
	}
	return strings.ToValidUTF8(s[:maxMaker], "")
}
