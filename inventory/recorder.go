package inventory

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync"
	"time"
)

// flushEvery is how much of a run may be lost when the process is killed.
const flushEvery = time.Second

// Recorder writes a run as it happens. What it was given is with the operating
// system within a second, whatever ends the process. Its methods may be called
// from many goroutines at once.
type Recorder struct {
	encoders sync.Pool
	mu       sync.Mutex // guards w and err
	w        *bufio.Writer
	err      error
	stop     chan struct{}
	stopped  sync.WaitGroup
}

// encoder encodes one line outside of the lock.
type encoder struct {
	buf   bytes.Buffer
	lines *Writer
}

// NewRecorder writes the run's first line to w and returns a Recorder for the
// rest. Close it.
func NewRecorder(w io.Writer, run *Run) (*Recorder, error) {
	r := &Recorder{w: bufio.NewWriterSize(w, 64<<10), stop: make(chan struct{})}
	r.encoders.New = func() any {
		e := new(encoder)
		e.lines = NewWriter(&e.buf)
		return e
	}
	if err := r.write(Line{Run: run}); err != nil {
		return nil, err
	}
	if err := r.flush(); err != nil {
		return nil, err
	}
	r.stopped.Go(r.flushNowAndThen)
	return r, nil
}

// Host records a host.
func (r *Recorder) Host(h *Host) error { return r.write(Line{Host: h}) }

// Close records the summary and ends the recording. It does not close the
// underlying writer.
func (r *Recorder) Close(s *Summary) error {
	return errors.Join(r.write(Line{Summary: s}), r.End())
}

// End ends the recording without a summary, for a caller that has recorded a
// line of its own.
func (r *Recorder) End() error {
	close(r.stop)
	r.stopped.Wait()
	return r.flush()
}

func (r *Recorder) write(l Line) error {
	e := r.encoders.Get().(*encoder)
	defer r.encoders.Put(e)
	e.buf.Reset()
	if _, err := e.lines.Write(l); err != nil {
		return err
	}
	return r.Line(e.buf.Bytes())
}

// Line records a line that is already encoded, with its newline.
func (r *Recorder) Line(b []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		_, r.err = r.w.Write(b)
	}
	return r.err
}

func (r *Recorder) flush() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = r.w.Flush()
	}
	return r.err
}

// flushNowAndThen keeps its error for the next caller of write.
func (r *Recorder) flushNowAndThen() {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-r.stop:
			return
		case <-tick.C:
			r.flush()
		}
	}
}
