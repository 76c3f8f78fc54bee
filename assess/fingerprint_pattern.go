package assess

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// pattern is a text that a rule looks for. Case does not count. Three
// characters are special: * at the beginning or the end stands for any text, #
// for one hexadecimal digit and ? for one letter or digit. A pattern between
// slashes is a regular expression of RE2 that may match anywhere.
type pattern struct {
	lead, trail bool   // a * at the beginning, at the end
	mask        string // what stands between
	hex         bool   // mask has a #
	re          *regexp.Regexp
	must        string // a text that every match of re has, if there is one
}

// Bounds of patterns: what a rule file may ask for, and how much of a text from
// the network is looked at.
const (
	maxPattern     = 400  // bytes
	maxExpression  = 4000 // operations of a regular expression, with repeats written out
	maxMatchedText = 1024 // bytes
)

func parsePattern(s string) (pattern, error) {
	switch {
	case s == "":
		return pattern{}, errors.New("an empty text would never match")
	case len(s) > maxPattern:
		return pattern{}, fmt.Errorf("longer than %d bytes", maxPattern)
	case len(s) > 2 && s[0] == '/' && s[len(s)-1] == '/':
		return parseExpression(s[1 : len(s)-1])
	}
	p := pattern{mask: s}
	p.mask, p.lead = strings.CutPrefix(p.mask, "*")
	p.mask, p.trail = strings.CutSuffix(p.mask, "*")
	if strings.Contains(p.mask, "*") {
		return pattern{}, errors.New("* may only be the first and the last character; write /…/ for more")
	}
	p.hex = strings.Contains(p.mask, "#")
	return p, nil
}

func parseExpression(s string) (pattern, error) {
	tree, err := syntax.Parse("(?i)"+s, syntax.Perl)
	if err != nil {
		return pattern{}, expressionError(err)
	}
	if operations(tree.Simplify(), maxExpression) <= 0 {
		return pattern{}, errors.New("the regular expression is too large")
	}
	re, err := regexp.Compile("(?i)" + s)
	if err != nil {
		return pattern{}, expressionError(err)
	}
	if re.MatchString("") {
		return pattern{}, errors.New("the regular expression would match any text")
	}
	return pattern{re: re, must: requiredText(tree)}, nil
}

// expressionError says what is wrong with an expression, without the flag that
// was put in front of it.
func expressionError(err error) error {
	var bad *syntax.Error
	if errors.As(err, &bad) {
		return fmt.Errorf("bad regular expression: %s: %q", bad.Code, strings.TrimPrefix(bad.Expr, "(?i)"))
	}
	return err
}

// operations returns what is left of budget after counting the nodes of a
// simplified expression, which shares what repeats; it stops at 0.
func operations(re *syntax.Regexp, budget int) int {
	budget -= 1 + len(re.Rune)/2
	for _, sub := range re.Sub {
		if budget <= 0 {
			break
		}
		budget = operations(sub, budget)
	}
	return budget
}

// requiredText returns the longest text that stands in every match of re, for a
// quick look before the expression is tried; "" if it finds none.
func requiredText(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return asciiOnly(string(re.Rune))
	case syntax.OpCapture, syntax.OpPlus:
		return requiredText(re.Sub[0])
	case syntax.OpConcat:
		best := ""
		for _, sub := range re.Sub {
			if s := requiredText(sub); len(s) > len(best) {
				best = s
			}
		}
		return best
	}
	return ""
}

// asciiOnly returns s, or "" if letters beyond ASCII fold to some of it: K and S
// have such relatives, so a text with them is no safe requirement either.
func asciiOnly(s string) string {
	best := ""
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r >= 0x80 || strings.ContainsRune("kKsS", r) }) {
		if len(part) > len(best) {
			best = part
		}
	}
	return best
}

// match reports whether text fits. For a regular expression with groups that
// are wanted, groups holds the text's parts afterwards.
func (p *pattern) match(text string) bool {
	if p.re != nil {
		text = text[:min(len(text), maxMatchedText)]
		return containsFold(text, p.must) && p.re.MatchString(text)
	}
	n := len(p.mask)
	switch {
	case len(text) < n || text == "":
		return false
	case p.lead && p.trail:
		return containsMask(text[:min(len(text), maxMatchedText)], p.mask)
	case p.lead:
		return matchMask(text[len(text)-n:], p.mask)
	case p.trail:
		return matchMask(text[:n], p.mask)
	}
	return len(text) == n && matchMask(text, p.mask)
}

// mayStart reports whether a text that fits may begin with c.
func (p *pattern) mayStart(c byte) bool {
	return p.re != nil || p.lead || p.mask == "" || matchMask(string([]byte{c}), p.mask[:1])
}

// matchMask compares texts of one length.
func matchMask(text, mask string) bool {
	for i := 0; i < len(mask); i++ {
		c, m := text[i], mask[i]
		switch {
		case c == m && m != '#' && m != '?':
		case m == '#' && isHex(c):
		case m == '?' && isAlnum(c):
		case lower(c) == lower(m) && c != m:
		default:
			return false
		}
	}
	return true
}

func containsMask(text, mask string) bool {
	for i := 0; i+len(mask) <= len(text); i++ {
		if matchMask(text[i:i+len(mask)], mask) {
			return true
		}
	}
	return false
}

// containsFold reports whether text has part in it, in any case of ASCII.
func containsFold(text, part string) bool {
	for i := 0; i+len(part) <= len(text); i++ {
		if equalFold(text[i:i+len(part)], part) {
			return true
		}
	}
	return false
}

func equalFold(a, b string) bool {
	for i := 0; i < len(a); i++ {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

func isHex(c byte) bool { _, ok := hexDigit(c); return ok }

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}
