package scanner

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"unicode"

	"go4.org/netipx"
)

// TargetError says which entry of a target list is wrong, and where it stands.
type TargetError struct {
	Source string // file name, empty on the command line
	Line   int
	Text   string
	Err    error
}

func (e *TargetError) Error() string {
	where := ""
	if e.Source != "" {
		where = fmt.Sprintf("%s:%d: ", e.Source, e.Line)
	}
	return fmt.Sprintf("%s%q %v", where, e.Text, e.Err)
}

func (e *TargetError) Unwrap() error { return e.Err }

// Entry is one word of a target list, and where it stands.
type Entry struct {
	Source string
	Line   int
	Text   string
}

// List is a list of targets as the user gave them: CIDRs, ranges, addresses and
// host names.
type List []Entry

// NewList returns the entries of command line arguments. An argument @FILE
// stands for the lines of a file, and - for those of standard input, if there
// is one.
func NewList(args []string, stdin io.Reader) (List, error) {
	var list List
	for _, arg := range args {
		switch {
		case arg == "-":
			if stdin == nil {
				return nil, errors.New(`"-" stands for standard input, which cannot be used here`)
			}
			l, err := readList("standard input", stdin)
			if err != nil {
				return nil, err
			}
			list = append(list, l...)
		case strings.HasPrefix(arg, "@"):
			l, err := readListFile(arg[1:])
			if err != nil {
				return nil, err
			}
			list = append(list, l...)
		default:
			list = append(list, words("", 0, arg)...)
		}
	}
	return list, nil
}

func readListFile(path string) (List, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the target list: %w", err)
	}
	defer f.Close()
	return readList(path, f)
}

// maxListLine bounds a line of a list, in bytes. Exports put a whole network
// into one.
const maxListLine = 16 << 20

// readList reads a list: entries separated by blanks or commas, # to the end of
// the line is a comment. A byte order mark, which Windows editors write, is
// passed over.
func readList(source string, r io.Reader) (List, error) {
	var list List
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxListLine)
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if n == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		if strings.ContainsRune(text, 0) {
			return nil, fmt.Errorf("%s:%d: not plain text; save the list as UTF-8", source, n)
		}
		text, _, _ = strings.Cut(text, "#")
		list = append(list, words(source, n, text)...)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	return list, nil
}

func words(source string, line int, text string) List {
	var list List
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		list = append(list, Entry{source, line, w})
	}
	return list
}

// parser turns entries into addresses.
type parser struct {
	ctx      context.Context
	resolver Resolver
	skipBad  bool
	skipped  []error
	names    map[netip.Addr]string
}

// targets returns the addresses of a list.
func (p *parser) targets(list List) (*netipx.IPSet, error) { return p.set(list, p.skipBad, p.names) }

// excluded returns the addresses of a list of what must not be contacted. A bad
// entry is always an error: passed over, it would be contacted.
func (p *parser) excluded(list List) (*netipx.IPSet, error) {
	return p.set(list, false, map[netip.Addr]string{})
}

func (p *parser) set(list List, skipBad bool, names map[netip.Addr]string) (*netipx.IPSet, error) {
	var b netipx.IPSetBuilder
	for _, e := range list {
		if err := p.entry(&b, e.Text, names); err != nil {
			bad := &TargetError{e.Source, e.Line, e.Text, err}
			if !skipBad || p.ctx.Err() != nil {
				return nil, bad
			}
			p.skipped = append(p.skipped, bad)
		}
	}
	return b.IPSet()
}

// entry adds one entry's addresses, and to names those of a host name.
func (p *parser) entry(b *netipx.IPSetBuilder, text string, names map[netip.Addr]string) error {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		if prefix.Addr().Is4In6() { // or an exclusion of the same IPv4 addresses would miss it
			return errors.New("is an IPv4 network in IPv6 form: write it like 10.1.0.0/16")
		}
		b.AddPrefix(prefix.Masked())
		return nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		if a.Zone() != "" {
			return errors.New("has a zone; a link-local address cannot be scanned")
		}
		if a.Is6() && a.IsLinkLocalUnicast() {
			return errors.New("is a link-local address, which cannot be scanned")
		}
		b.Add(a.Unmap())
		return nil
	}
	if r, ok, err := parseRange(text); ok {
		if err == nil {
			b.AddRange(r)
		}
		return err
	}
	if err := checkName(text); err != nil {
		return err
	}
	return p.lookUp(b, text, names)
}

// parseRange reads FIRST-LAST, where LAST may be the last number only. ok says
// whether text has that form at all: host names have dashes too.
func parseRange(text string) (r netipx.IPRange, ok bool, err error) {
	first, last, dash := strings.Cut(text, "-")
	from, err := netip.ParseAddr(first)
	if !dash || err != nil || from.Zone() != "" {
		return r, false, nil
	}
	to, err := netip.ParseAddr(last)
	if n, numErr := strconv.ParseUint(last, 10, 8); err != nil && numErr == nil && from.Is4() {
		b := from.As4()
		b[3] = byte(n)
		to, err = netip.AddrFrom4(b), nil
	}
	if err != nil {
		return r, true, errors.New("is not a range: write 10.0.0.1-10.0.0.9 or 10.0.0.1-9")
	}
	r = netipx.IPRangeFrom(from.Unmap(), to.Unmap())
	if !r.IsValid() {
		return r, true, errors.New("is not a range: the first address comes after the last")
	}
	return r, true, nil
}

// checkName refuses what looks like a mistyped address, so that it does not go
// to the DNS.
func checkName(text string) error {
	switch {
	case strings.Contains(text, "/"):
		return errors.New("is not a network: write it like 10.1.0.0/16 or fd00:1::/120")
	case strings.Trim(text, "0123456789.-*") == "":
		return errors.New("is not an address: write it like 10.1.2.3, 10.1.2.0/24 or 10.1.2.3-40")
	case strings.Contains(text, ":"):
		return errors.New("is not an address; a port is given with --port")
	case strings.HasPrefix(text, "-"), len(text) > 253, strings.ContainsFunc(text, notInName):
		return errors.New("is neither an address nor a host name")
	}
	return nil
}

// notInName reports a character that no host name has. Letters of all scripts
// pass.
func notInName(r rune) bool {
	return !unicode.In(r, unicode.Letter, unicode.Mark, unicode.Digit) && !strings.ContainsRune("-._", r)
}

// lookUp adds all addresses of a host name.
func (p *parser) lookUp(b *netipx.IPSetBuilder, name string, names map[netip.Addr]string) error {
	addrs, err := p.resolver.LookupNetIP(p.ctx, "ip", name)
	if err != nil {
		return fmt.Errorf("cannot be found in the DNS: check the spelling (%w)", err)
	}
	if len(addrs) == 0 {
		return errors.New("has no address in the DNS")
	}
	for _, a := range addrs {
		a = a.Unmap().WithZone("")
		if names[a] == "" {
			names[a] = name
		}
		b.Add(a)
	}
	return nil
}
