package eventlog

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"
	"unicode/utf8"

	"smbready/inventory"
)

// fuzzForm reads a text in one form, whatever it is, and looks at what comes of
// it.
func fuzzForm(f *testing.F, form form) {
	for _, row := range eventRows {
		row.sample.computer, row.sample.when = sampleServer, sampleTime
		for _, b := range row.sample.forms() {
			if recognise(b) == form {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(Options{Location: time.UTC})
		r.origins = []string{"x"}
		s := &source{reader: r, ctx: context.Background(), form: form, file: File{"x", bytes.NewReader(b), int64(len(b))}, input: inventory.Input{Name: "x"}}
		s.finish(s.read())
		checkHosts(t, r.Hosts())
		if s.input.Used > s.input.Records {
			t.Errorf("%d used of %d", s.input.Used, s.input.Records)
		}
	})
}

// checkHosts holds what must be true of any facts.
func checkHosts(t *testing.T, hosts []*inventory.Host) {
	for _, h := range hosts {
		if h.Address.IsValid() == (h.Target != "") || !utf8.ValidString(h.Target) {
			t.Errorf("device %v %q", h.Address, h.Target)
		}
		if h.Client == nil && len(h.Served) == 0 {
			t.Errorf("%v has no contact", h)
		}
		for _, c := range h.Served {
			if c.Event != nil && c.Event.ID == 0 || c.Times() < 1 || c.Last.Before(c.First) || !utf8.ValidString(c.Peer) {
				t.Errorf("contact %+v", c)
			}
		}
	}
}

func FuzzCSV(f *testing.F)  { fuzzForm(f, formCSV) }
func FuzzJSON(f *testing.F) { fuzzForm(f, formJSON) }
func FuzzXML(f *testing.F)  { fuzzForm(f, formXML) }

// FuzzEVTX is for what is read of a file before the parser has it.
func FuzzEVTX(f *testing.F) {
	whole := encodeEVTX(fromClient(1))
	f.Add(whole)
	f.Add(whole[:fileHeaderSize+100])
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(Options{})
		s := &source{reader: r, ctx: context.Background(), form: formEVTX, file: File{"x", bytes.NewReader(b), int64(len(b))}}
		start, _, dirty, err := s.fileHeader()
		if err != nil {
			return
		}
		for at := start; at < int64(len(b)); at += chunkSize {
			if c := s.chunk(at, dirty); c != nil && (c.records < 1 || c.records > chunkSize/recordHeader) {
				t.Errorf("%d records", c.records)
			}
		}
	})
}

// FuzzAnswer is for what a worker says, whose mind a chunk may have turned.
func FuzzAnswer(f *testing.F) {
	f.Add(`{"records":1,"events":[{"t":134338482151234567,"v":{"1":"3021","2":"Microsoft-Windows-SMBServer/Audit","11":"10.1.2.3"},"p":["x"]}]}` + "\n")
	f.Add(`{"records":-1,"damaged":-9,"events":[{"v":{"255":"x","0":"y"}}]}` + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		w := worker{stdin: nowhere{}, out: bufio.NewReader(bytes.NewReader([]byte(text)))}
		c := &chunk{records: 3, done: make(chan struct{})}
		if w.ask(c) != nil {
			return
		}
		close(c.done)
		r := NewReader(Options{})
		r.origins = []string{"x"}
		s := &source{reader: r, ctx: context.Background(), form: formEVTX}
		s.takeChunk(c)
		s.finish(nil)
		checkHosts(t, r.Hosts())
	})
}

type nowhere struct{}

func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) Close() error                { return nil }

// FuzzRecognise is for the head of any file.
func FuzzRecognise(f *testing.F) {
	f.Add([]byte(csvHeader + csvGood))
	f.Add([]byte(jsonGood))
	f.Add([]byte("\xff\xfe<\x00E\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := Read(context.Background(), File{"x", bytes.NewReader(b), int64(len(b))}, Options{})
		if Recognise(b) != (err == nil) && !errors.Is(err, io.EOF) {
			t.Errorf("recognised %v, read with %v", Recognise(b), err)
		}
	})
}

// FuzzPeer is for addresses and times.
func FuzzPeer(f *testing.F) {
	for _, s := range []string{`\\10.1.2.3`, "[fe80::1%4]:445", "020001bd0a0102030000000000000000", "/Date(1789374615123)/", "14.9.2026 10:30:15", "9/14/2026 10:30:15 AM"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p := parsePeer(s); p.address.IsValid() && (p.address.Zone() != "" || p.address.Is4In6() || p.name != "") || len(p.name) > maxText {
			t.Errorf("%q: %+v", s, p)
		}
		onlyAddress(s)
		if at := parseTime(s, time.UTC); !at.IsZero() && at.Location() != time.UTC {
			t.Errorf("%q: %v", s, at)
		}
	})
}
