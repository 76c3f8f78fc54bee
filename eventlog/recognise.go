package eventlog

import (
	"bufio"
	"bytes"
	"strconv"
	"strings"
)

// form is how a file holds events.
type form uint8

const (
	formNone form = iota
	formEVTX
	formXML
	formJSON
	formCSV
)

var formNames = []string{"", "evtx", "xml", "json", "csv"}

func (f form) String() string { return formNames[f] }

// sniffed is how much of a file is looked at to recognise it, in bytes.
const sniffed = 8 << 10

// Recognise reports whether a file that begins so holds Windows events, or the
// output of one of the cmdlets, in a form that is read. The more of the file
// there is the better, up to 8 KiB.
func Recognise(head []byte) bool { return recognise(head) != formNone }

func recognise(head []byte) form {
	head = head[:min(len(head), sniffed)]
	if bytes.HasPrefix(head, []byte(fileMagic)) {
		return formEVTX
	}
	b := decoded(head)
	start := bytes.TrimLeft(b, " \t\r\n")
	switch {
	case len(start) == 0 || bytes.IndexByte(start[:min(len(start), 64)], 0) >= 0:
		return formNone
	case start[0] == '<':
		if startOf(start) >= 0 {
			return formXML
		}
		return formNone
	case start[0] == '{' || start[0] == '[':
		if !ownLine(start) && jsonNamesEvents(start) {
			return formJSON
		}
		return formNone
	case csvNamesEvents(start):
		return formCSV
	}
	return formNone
}

// ownLine reports whether a text is a run of this tool, which is read elsewhere.
func ownLine(b []byte) bool {
	for _, kind := range []string{"run", "host", "summary"} {
		if bytes.HasPrefix(b, []byte(`{"type":"`+kind+`"`)) {
			return true
		}
	}
	return false
}

// decoded returns the head of a text in UTF-8.
func decoded(head []byte) []byte {
	out := make([]byte, 0, 3*sniffed/2)
	in := decode(bytes.NewReader(head))
	for len(out) < cap(out) {
		n, err := in.Read(out[len(out):cap(out)])
		if out = out[:len(out)+n]; err != nil {
			break
		}
	}
	return out
}

// jsonNamesEvents reports whether the names in a text are those of events. The
// text may end anywhere.
func jsonNamesEvents(b []byte) bool {
	var seen [slots]bool
	rest, above := string(b), []string{""}
	last := ""
	for {
		i := strings.IndexAny(rest, "\"{}")
		if i < 0 {
			break
		}
		switch rest[i] {
		case '{':
			above, last = append(above, last), ""
		case '}':
			above, last = above[:max(1, len(above)-1)], ""
		default:
			p := jsonParser{s: rest[i:]}
			name, ok := p.text(true)
			if !ok {
				return namesEvents(&seen)
			}
			rest, i = p.s[p.i:], -1
			if p.is(':') {
				last = name
				seen[locatePath(plain(above[len(above)-1]), name).slot] = true
			}
		}
		rest = rest[i+1:]
	}
	return namesEvents(&seen)
}

// namesEvents reports whether names are those of events, or of a cmdlet's rows.
func namesEvents(seen *[slots]bool) bool {
	about := seen[slotChannel] || seen[slotProvider] || seen[slotComputer] || seen[slotTime]
	switch {
	case seen[slotID]:
		return about
	case seen[slotClientComputerName]:
		return seen[slotDialect] || seen[slotClientUserName] || seen[slotNumOpens]
	case seen[slotServerName]:
		return seen[slotShareName] && seen[slotDialect] || seen[slotSigned]
	case seen[slotAuditSigning]:
		return seen[slotRequireSignature]
	}
	return seen[slotXML] && about
}

// csvNamesEvents reports whether a header is that of events, or rows are those of
// Event Viewer.
func csvNamesEvents(b []byte) bool {
	c := &csvReader{in: bufio.NewReaderSize(bytes.NewReader(b), sniffed)}
	columns, err := c.header()
	if err != nil || len(columns) < 2 {
		return false
	}
	var seen [slots]bool
	if len(columns) == len(viewer) && &columns[0] == &viewer[0] {
		if c.next() != nil || len(c.cells) < len(viewer)-1 {
			return false
		}
		_, err := strconv.Atoi(c.cells[3])
		return err == nil && c.cells[2] != ""
	}
	for _, p := range columns {
		seen[p.slot] = true
	}
	return namesEvents(&seen)
}
