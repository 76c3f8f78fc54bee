package report

import (
	"slices"
	"strconv"
	"strings"

	"smbready/inventory"
)

// How many of a kind are quoted of what other services say of a host.
const (
	maxTitles   = 2
	maxServices = 4
	maxPorts    = 16
)

// clueWords quotes the best that other services say of a host. The words are
// bounded, and safe for a terminal.
func clueWords(c *inventory.Clues, separator string) string {
	if c == nil {
		return ""
	}
	var q quotes
	if s := c.SNMP; s != nil {
		q.add("SNMP", firstOf(s.Printer, s.PrinterName, s.SysDescr, s.SysName))
	}
	for _, w := range c.HTTP {
		if q.kinds["web page"] < maxTitles {
			q.add("web page", w.Title)
		}
	}
	for _, s := range c.Services {
		if q.kinds["service"] < maxServices {
			q.add("service", strings.TrimSpace(s.Type+" "+firstOf(s.Text["ty"], s.Name)))
		}
	}
	if len(c.Open) > 0 {
		q.parts = append(q.parts, portWords(c.Open))
	}
	return strings.Join(q.parts, separator)
}

// quotes collects what is quoted, each thing once.
type quotes struct {
	parts []string
	kinds map[string]int
}

func (q *quotes) add(kind, words string) {
	words = strings.Join(strings.Fields(words), " ")
	part := kind + ` "` + clip(Escape(words), maxQuote) + `"`
	if words == "" || slices.Contains(q.parts, part) {
		return
	}
	if q.kinds == nil {
		q.kinds = map[string]int{}
	}
	q.kinds[kind]++
	q.parts = append(q.parts, part)
}

// portWords lists TCP ports that took a connection.
func portWords(ports []uint16) string {
	shown := ports[:min(len(ports), maxPorts)]
	words := make([]string, len(shown))
	for i, n := range shown {
		words[i] = strconv.Itoa(int(n))
	}
	list := "open ports "
	if len(ports) == 1 {
		list = "open port "
	}
	list += strings.Join(words, " ")
	if more := len(ports) - len(shown); more > 0 {
		list += " and " + count(more, "more", "more")
	}
	return list
}
