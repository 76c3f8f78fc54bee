package report

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"smbready/assess"
	"smbready/inventory"
)

// WriteJSON writes a run as JSON lines: the facts as they were stored, and to
// each host what it is and the finding for each policy. The result is itself a
// run: Open reads it back with equal facts and judges them anew.
func WriteJSON(w io.Writer, r *Run) error {
	buf := bufio.NewWriterSize(w, 64<<10)
	out := inventory.NewWriter(jsonEscaper{buf})
	if _, err := out.Write(inventory.Line{Run: &r.Header}); err != nil {
		return fmt.Errorf("writing the run: %w", err)
	}
	joined, err := r.join()
	if err != nil {
		return err
	}
	var tally Tally
	item := func(h *inventory.Host) (jsonHost, error) { return r.jsonHost(h, joined) }
	err = inOrder(r, item, func(l jsonHost) error {
		tally.Add(l.assessment)
		_, err := buf.Write(l.line)
		return err
	})
	if err != nil {
		return err
	}
	summary := r.Summary
	summary.Interrupted = r.Interrupted
	if _, err = out.WriteValue(jsonSummary(&summary, &tally)); err != nil {
		return err
	}
	return buf.Flush()
}

// jsonSummary is the summary line.
func jsonSummary(s *inventory.Summary, t *Tally) any {
	return struct {
		Type string `json:"type"`
		*inventory.Summary
		Verdicts map[string]verdictCounts `json:"verdicts"`
		Guest    verdictCounts            `json:"guest_verdicts"` // the guest path of client-always
		Rules    string                   `json:"rules"`          // by which the hosts were judged
	}{"summary", s, t.always(), t.guestCounts(), assess.RulesVersion()}
}

// jsonHost is a host line, ready to be written.
type jsonHost struct {
	line       []byte
	assessment *assess.Assessment
}

func (r *Run) jsonHost(h *inventory.Host, joined *assess.Joined) (jsonHost, error) {
	a := r.judge(h)
	var line []byte
	err := encodeHost(h, &a, joined.Also(h.Address), func(b []byte) error {
		line = slices.Clone(b)
		return nil
	})
	return jsonHost{line, &a}, err
}

// jsonDevice is a device with its other addresses, which only a run that is
// complete can tell.
type jsonDevice struct {
	*assess.Device
	Also []netip.Addr `json:"also,omitempty"`
}

// encodeHost hands the line of a host to use.
func encodeHost(h *inventory.Host, a *assess.Assessment, also []netip.Addr, use func([]byte) error) error {
	return encodeLine(struct {
		Type string `json:"type"`
		*inventory.Host
		Device   jsonDevice       `json:"device"`
		Policies *assess.Findings `json:"policies"`
	}{"host", h, jsonDevice{&a.Device, also}, &a.Policies}, use)
}

// lineBuffer encodes lines into memory that is used again.
type lineBuffer struct {
	bytes.Buffer
	lines *inventory.Writer
}

var lineBuffers = sync.Pool{New: func() any {
	b := new(lineBuffer)
	b.lines = inventory.NewWriter(&b.Buffer)
	return b
}}

// encodeLine hands the line of v, with its newline, to use, which must not keep
// it.
func encodeLine(v any, use func([]byte) error) error {
	b := lineBuffers.Get().(*lineBuffer)
	defer lineBuffers.Put(b)
	b.Reset()
	if _, err := b.lines.WriteValue(v); err != nil {
		return err
	}
	return use(escapeJSON(b.Bytes()))
}

// verdictCounts holds every verdict, so that a reader finds a zero and not a
// gap.
type verdictCounts map[string]int

func (t *Tally) always() map[string]verdictCounts {
	all := map[string]verdictCounts{}
	for _, p := range []assess.Policy{assess.ClientAlways, assess.ServerAlways} {
		counts := verdictCounts{}
		for _, v := range assess.Verdicts {
			counts[v.String()] = t.Count(p, v)
		}
		all[p.String()] = counts
	}
	return all
}

func (t *Tally) guestCounts() verdictCounts {
	counts := verdictCounts{}
	for _, v := range assess.Verdicts {
		counts[v.String()] = t.Guest(v)
	}
	return counts
}

// jsonEscaper escapes what encoding/json lets through and a terminal should
// not see: DEL, C1 controls, direction marks, zero widths. In JSON such a
// character stands in a string, so \u is always right. Each Write must be of
// whole characters.
type jsonEscaper struct{ w io.Writer }

func (e jsonEscaper) Write(b []byte) (int, error) {
	if _, err := e.w.Write(escapeJSON(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

func escapeJSON(b []byte) []byte {
	if !slices.ContainsFunc(b, func(c byte) bool { return c > '~' }) {
		return b // encoding/json escapes what comes before the space
	}
	out := make([]byte, 0, len(b)+64)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case !invisibleInJSON(r):
			out = append(out, b[:n]...)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[n:]
	}
	return out
}

// invisibleInJSON is about the text between the JSON syntax; the newline that
// ends a line is syntax.
func invisibleInJSON(r rune) bool { return r != '\n' && !visible(r) }
