package report

import (
	"io"
	"sync"

	"smbready/assess"
	"smbready/inventory"
)

// Stream writes the JSON form of a run while it happens: a host is judged and
// written as it comes, in no order. Host may be called from many goroutines at
// once.
type Stream struct {
	recorder *inventory.Recorder
	run      Run        // only to judge with
	mu       sync.Mutex // guards tally
	tally    Tally
}

// NewStream writes the first line to w.
func NewStream(w io.Writer, header *inventory.Run) (*Stream, error) {
	r, err := inventory.NewRecorder(w, header)
	if err != nil {
		return nil, err
	}
	return &Stream{recorder: r, run: Run{judge: assess.Assess}}, nil
}

// Host writes a host.
func (s *Stream) Host(h *inventory.Host) error {
	l, err := s.run.jsonHost(h)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.tally.Add(l.assessment)
	s.mu.Unlock()
	return s.recorder.Line(l.line)
}

// Close writes the summary. It does not close the underlying writer.
func (s *Stream) Close(sum *inventory.Summary) error {
	line, err := jsonLine(jsonSummary(sum, &s.tally))
	if err == nil {
		err = s.recorder.Line(line)
	}
	if endErr := s.recorder.End(); err == nil {
		err = endErr
	}
	return err
}

// Tally returns the verdicts so far.
func (s *Stream) Tally() Tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tally
}
