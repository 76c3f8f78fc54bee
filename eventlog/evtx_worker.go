package eventlog

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"

	"www.velocidex.com/golang/evtx"
)

// WorkerCommand is the hidden command under which a program calls itself to
// parse chunks; it has to call Work then, and exit with what that returns.
const WorkerCommand = "__eventlog-worker"

// Limits of a worker's memory. A sound chunk takes a few MiB.
const (
	softMemory = 128 << 20 // bytes
	hardMemory = 384 << 20 // bytes; beyond, the worker ends itself
)

// Exit codes of a worker that took too much memory, or that hangs and that nobody
// ended: its parent is gone.
const (
	exitMemory = 3
	exitOrphan = 4
)

// orphanTime is how long a worker hangs on one chunk before it ends itself.
// Whoever started it does so earlier, if it is still there.
const orphanTime = 3 * DefaultChunkTime

// answer is what a worker says of a chunk.
type answer struct {
	Records int         `json:"records"`           // that were parsed
	Damaged int         `json:"damaged,omitempty"` // of these, those that have no number or no log
	Events  []wireEvent `json:"events,omitempty"`  // of the providers
}

// wireEvent is a record on its way from a worker.
type wireEvent struct {
	Filetime   uint64          `json:"t"`
	Values     map[slot]string `json:"v"`
	Properties []string        `json:"p,omitempty"`
}

// to fills a record.
func (e *wireEvent) to(r *record) {
	r.reset()
	for s, v := range e.Values {
		if s < slots {
			r.set(place{slot: s}, v)
		}
	}
	if t := fromFiletime(e.Filetime); !t.IsZero() {
		r.values[slotTime] = t.Format(time.RFC3339Nano)
	}
	for _, v := range e.Properties {
		r.property(v)
	}
}

// Work parses the chunks that come on stdin, answers each with a line of JSON on
// stdout, and returns the exit code. It ends when stdin does.
func Work(stdin io.Reader, stdout io.Writer) int {
	debug.SetMemoryLimit(softMemory)
	debug.SetTraceback("none")
	stop := make(chan struct{})
	defer close(stop)
	go watchMemory(stop)
	out := bufio.NewWriter(stdout)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	b := make([]byte, chunkSize)
	for {
		switch _, err := io.ReadFull(stdin, b); {
		case errors.Is(err, io.EOF):
			return 0
		case err != nil:
			return 1
		}
		alarm := time.AfterFunc(orphanTime, func() { os.Exit(exitOrphan) })
		a, err := parseChunk(b)
		alarm.Stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		if err := errors.Join(enc.Encode(a), out.Flush()); err != nil {
			return 1
		}
	}
}

// watchMemory ends the process when it takes too much.
func watchMemory(stop <-chan struct{}) {
	const interval = 20 * time.Millisecond
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	for tick := time.Tick(interval); ; {
		select {
		case <-stop:
			return
		case <-tick:
		}
		metrics.Read(sample)
		if sample[0].Value.Uint64()+sample[1].Value.Uint64() > hardMemory {
			os.Exit(exitMemory)
		}
	}
}

// parseChunk parses one chunk.
func parseChunk(b []byte) (a answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("the parser fell over")
		}
	}()
	records := walkRecords(b)
	b = bytes.Clone(b)
	// The parser goes by these numbers alone, which the file can lie about.
	binary.LittleEndian.PutUint64(b[8:], 1)
	binary.LittleEndian.PutUint64(b[16:], uint64(records))
	c, err := evtx.NewChunk(bytes.NewReader(b), 0)
	if err != nil {
		return answer{}, err
	}
	list, err := c.Parse(0)
	if err != nil {
		return answer{}, err
	}
	var r record
	for _, parsed := range list {
		a.Records++
		r.reset()
		w := walker{record: &r}
		w.walk("", "", parsed.Event, 0)
		id, err := strconv.Atoi(r.values[slotID])
		switch channel := r.values[slotChannel]; {
		case err != nil || channel == "" && r.values[slotProvider] == "":
			a.Damaged++
		default:
			if _, _, ours := kindOf(id, channel, r.values[slotProvider]); ours {
				a.Events = append(a.Events, toWire(&r, parsed.Header.FileTime))
			}
		}
	}
	return a, nil
}

func toWire(r *record, filetime uint64) wireEvent {
	w := wireEvent{Filetime: filetime, Values: map[slot]string{}, Properties: append([]string(nil), r.properties...)}
	for s, v := range r.values {
		if v != "" && slot(s) != slotTime {
			w.Values[slot(s)] = strings.ToValidUTF8(v, "�")
		}
	}
	return w
}

// dict is how the parser returns elements and their attributes.
type dict interface {
	Keys() []string
	Get(string) (any, bool)
}

// walker fills a record from a parsed event.
type walker struct {
	record *record
	nodes  int
}

// walk takes in a value by its name and the one above. The name of an element's
// own text is "Value".
func (w *walker) walk(above, name string, v any, depth int) {
	if w.nodes++; w.nodes > maxElements || depth > maxNesting {
		return
	}
	switch v := v.(type) {
	case dict:
		if plain(name) == "data" && w.named(v) {
			return
		}
		for _, key := range v.Keys() {
			value, _ := v.Get(key)
			w.walk(name, key, value, depth+1)
		}
	case []any:
		for _, item := range v {
			w.walk(above, name, item, depth+1)
		}
	default:
		value := valueText(v)
		if plain(name) == "data" {
			w.record.property(value)
			return
		}
		w.record.set(locate(plain(above), plain(name)), value)
	}
}

// named takes in a Data element with a name.
func (w *walker) named(d dict) bool {
	name, _ := d.Get("Name")
	text, is := name.(string)
	if !is {
		return false
	}
	value, _ := d.Get("Value")
	w.record.field(text, valueText(value))
	return true
}

// valueText returns a value as Windows would write it.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimRight(v, "\x00")
	case []byte:
		return hex.EncodeToString(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
