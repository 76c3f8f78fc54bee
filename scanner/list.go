package scanner

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"

	"go4.org/netipx"

	"smbready/inventory"
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

// List is a list of targets as the user gave them: CIDRs, ranges, addresses and
// host names.
type List []inventory.ListEntry

// Known returns the entries of which the addresses are known without the DNS, or that
// cannot be read: all but host names.
func (l List) Known() List {
	return slices.DeleteFunc(slices.Clone(l), func(e inventory.ListEntry) bool {
		_, name, err := inventory.ReadTarget(e.Text)
		return err == nil && name != ""
	})
}

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
	for _, w := range inventory.SplitTargets(text) {
		list = append(list, inventory.ListEntry{Source: source, Line: line, Text: w})
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
	r, name, err := inventory.ReadTarget(text)
	switch {
	case err != nil:
		return err
	case name != "":
		return p.lookUp(b, text, names)
	}
	b.AddRange(r)
	return nil
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
