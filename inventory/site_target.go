package inventory

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
	"go4.org/netipx"
)

// targets reads a list of targets and checks each, those in files (@FILE) too if
// there is one who reads them.
func (r *sitesReader) targets(n *yaml.Node, what string) siteList {
	list := r.list(n, what)
	for i, text := range list.texts {
		for _, word := range targetWords(text) {
			_, _, err := parseTarget(word)
			if strings.HasPrefix(word, "@") && word != text {
				err = errors.New("names a list, which is an entry of its own")
			}
			if err != nil {
				r.add(list.lines[i], "%s %s", quoted(word), err)
			} else if path, ok := strings.CutPrefix(word, "@"); ok {
				r.readList(list.lines[i], path)
			}
		}
	}
	return list
}

// targetWords splits an entry of a list, which may hold several targets. The name
// of a list may have blanks and commas, and is an entry of its own.
func targetWords(text string) []string {
	if strings.HasPrefix(text, "@") {
		return []string{text}
	}
	return SplitTargets(text)
}

// span is the addresses from one to another, both included and both of one
// family.
type span struct{ from, to netip.Addr }

// parseTarget is readTarget for a sites file. A network with bits set behind its
// prefix is refused there: 10.1.2.0/16 may be a wrong length as well as a wrong
// address, and the two are 65,280 devices apart.
func parseTarget(text string) (s span, name string, err error) {
	if p, err := netip.ParsePrefix(text); err == nil && p != p.Masked() && !p.Addr().Is4In6() {
		return s, "", fmt.Errorf("does not begin where its network does: write %s, or another length", p.Masked())
	}
	return readTarget(text)
}

// readTarget is ReadTarget for an entry of a sites file, which may name a list: of
// @FILE there is neither a span nor a name.
func readTarget(text string) (s span, name string, err error) {
	if text == "-" {
		return s, "", errors.New("stands for standard input, which cannot be used here")
	}
	if strings.HasPrefix(text, "@") {
		return s, "", nil
	}
	r, name, err := ReadTarget(text)
	return span{r.From(), r.To()}, name, err
}

// SplitTargets splits a line of targets, which are apart by blanks or commas.
func SplitTargets(line string) []string {
	return strings.FieldsFunc(line, func(c rune) bool { return c == ',' || unicode.IsSpace(c) })
}

// ReadTarget reads a network, a range or an address as the addresses from one to
// another, and anything else as a host name, folded so that names can be compared.
func ReadTarget(text string) (r netipx.IPRange, name string, err error) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		if prefix.Addr().Is4In6() { // or an exclusion of the same IPv4 addresses would miss it
			return r, "", errors.New("is an IPv4 network in IPv6 form: write it like 10.1.0.0/16")
		}
		return netipx.RangeOfPrefix(prefix.Masked()), "", nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		switch {
		case a.Zone() != "":
			return r, "", errors.New("has a zone; a link-local address cannot be scanned")
		case a.Is6() && a.IsLinkLocalUnicast():
			return r, "", errors.New("is a link-local address, which cannot be scanned")
		}
		return netipx.IPRangeFrom(a.Unmap(), a.Unmap()), "", nil
	}
	if r, ok, err := parseRange(text); ok {
		return r, "", err
	}
	if err := checkHostName(text); err != nil {
		return r, "", err
	}
	return r, strings.TrimSuffix(strings.ToLower(text), "."), nil
}

// parseRange reads FIRST-LAST, where LAST may be the last number only. ok says
// whether it has that form: host names have dashes too.
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
	from, to = from.Unmap(), to.Unmap()
	switch {
	case err != nil || from.BitLen() != to.BitLen() || to.Zone() != "":
		return r, true, errors.New("is not a range: write 10.0.0.1-10.0.0.9 or 10.0.0.1-9")
	case to.Less(from):
		return r, true, errors.New("is not a range: the first address comes after the last")
	}
	return netipx.IPRangeFrom(from, to), true, nil
}

// checkHostName refuses what looks like a mistyped address, so that it does not go to
// the DNS.
func checkHostName(text string) error {
	switch {
	case strings.Contains(text, "/"):
		return errors.New("is not a network: write it like 10.1.0.0/16 or fd00:1::/120")
	case strings.Trim(text, "0123456789.-*") == "":
		return errors.New("is not an address: write it like 10.1.2.3, 10.1.2.0/24 or 10.1.2.3-40")
	case strings.Contains(text, ":"):
		return errors.New("is not an address; a port is given with --port")
	case strings.HasPrefix(text, "-"), len(text) > 253, strings.ContainsFunc(text, notInHostName):
		return errors.New("is neither an address nor a host name")
	}
	return nil
}

// notInHostName reports a character that no host name has. Letters of all scripts
// pass.
func notInHostName(c rune) bool {
	return !unicode.In(c, unicode.Letter, unicode.Mark, unicode.Digit) && !strings.ContainsRune("-._", c)
}
