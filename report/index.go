package report

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"smbready/inventory"
)

// maxLine bounds a line, as inventory.Reader does.
const maxLine = 1 << 20

// hostStart is how every host line of inventory.Writer begins. Such a line can
// be indexed without decoding it, which is most of the cost of a large run.
var (
	hostStart    = []byte(`{"type":"host","address":"`)
	identityNext = []byte(`,"identity":`)
)

// entry says where the line of a host is.
type entry struct {
	address  netip.Addr
	identity string // of a host that shares its address, or has none
	offset   int64
	length   int32
	line     int32
}

// compare orders by address.
func (e *entry) compare(f *entry) int {
	return cmp.Or(e.address.Compare(f.address), strings.Compare(e.identity, f.identity))
}

// indexer passes over a run once.
type indexer struct {
	r       *bufio.Reader
	offset  int64
	line    int
	header  *inventory.Run
	summary inventory.Summary
	ended   bool // the last thing seen was a summary
	entries []entry
	hosts   int // lines
}

func newIndexer(r io.Reader) *indexer {
	return &indexer{r: bufio.NewReaderSize(r, maxLine+1)}
}

// scan reads to the end. Errors in the first line mean that the file is of
// another kind, which is worth saying in so many words.
func (x *indexer) scan() error {
	for {
		err := x.next()
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) && x.header == nil:
			return errors.New("not a smbready run: the file is empty")
		case errors.Is(err, io.EOF):
			return nil
		case x.header == nil && !errors.Is(err, inventory.ErrVersion):
			return fmt.Errorf("not a smbready run: %w", &inventory.LineError{Line: x.line, Err: err})
		default:
			return &inventory.LineError{Line: x.line, Err: err}
		}
	}
}

// next takes in one line. It returns io.EOF after the last one.
func (x *indexer) next() error {
	b, err := x.r.ReadSlice('\n')
	if len(b) == 0 {
		return err
	}
	x.line++
	at := x.offset
	x.offset += int64(len(b))
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return fmt.Errorf("longer than %d bytes", maxLine)
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case len(bytes.TrimSpace(b)) == 0:
		return nil
	case err != nil && !json.Valid(b):
		return x.cutOff()
	}
	return x.add(b, at)
}

// cutOff handles a last line that lacks its end. The next read finds the end of
// the file.
func (x *indexer) cutOff() error {
	if x.header == nil {
		return errors.New("the file ends within the line")
	}
	x.ended = false
	return nil
}

// add takes in a whole line that begins at offset at.
func (x *indexer) add(b []byte, at int64) error {
	if address, ok := plainHost(b); ok && x.header != nil {
		return x.addHost(address, "", b, at)
	}
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return err
	}
	if x.header == nil && head.Type != "run" {
		return errors.New("the first line is not the head of a run")
	}
	switch head.Type {
	case "run", "summary":
		return x.addFrame(b)
	case "host":
		var host struct {
			Address  netip.Addr `json:"address"`
			Identity string     `json:"identity"`
		}
		if err := json.Unmarshal(b, &host); err != nil {
			return err
		}
		return x.addHost(host.Address, host.Identity, b, at)
	}
	return nil // of a later version
}

// addHost indexes a host line. Only its syntax is checked here; a field of the
// wrong type is found, and the line named, when the host is read.
func (x *indexer) addHost(address netip.Addr, identity string, b []byte, at int64) error {
	if !address.IsValid() && identity == "" {
		return errors.New("a host without an address")
	}
	x.hosts++
	x.entries = append(x.entries, entry{address, identity, at, int32(len(b)), int32(x.line)})
	x.ended = false
	return nil
}

// addFrame takes in the head or the summary of a run. A run that was resumed
// may have several of either; the first head and the last summary count.
func (x *indexer) addFrame(b []byte) error {
	l, err := inventory.NewReader(bytes.NewReader(b)).Next()
	if err != nil {
		var le *inventory.LineError
		if errors.As(err, &le) {
			err = le.Err
		}
		return err
	}
	switch {
	case l.Summary != nil:
		x.summary, x.ended = *l.Summary, true
	case x.header == nil:
		x.header = l.Run
	case x.header.ID != l.Run.ID:
		return errors.New("a second run begins here; a file holds one run")
	}
	return nil
}

// sorted returns the index in address order, with the last line of each host.
func (x *indexer) sorted() []entry {
	slices.SortStableFunc(x.entries, func(a, b entry) int { return a.compare(&b) })
	kept := x.entries[:0]
	for i, e := range x.entries {
		if i+1 < len(x.entries) && x.entries[i+1].compare(&e) == 0 {
			continue
		}
		kept = append(kept, e)
	}
	return kept
}

// plainHost returns the address of a valid line that begins as inventory.Writer
// begins host lines. An IPv6 zone is free text and takes the long way, and so
// does a host with an identity.
func plainHost(b []byte) (netip.Addr, bool) {
	rest, ok := bytes.CutPrefix(b, hostStart)
	if !ok {
		return netip.Addr{}, false
	}
	text, rest, _ := bytes.Cut(rest, []byte{'"'})
	if bytes.IndexByte(text, '%') >= 0 || bytes.HasPrefix(rest, identityNext) || !json.Valid(b) {
		return netip.Addr{}, false
	}
	address, err := netip.ParseAddr(string(text))
	return address, err == nil
}
