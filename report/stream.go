package report

import (
	"errors"
	"io"
	"sync"

	"smbready/assess"
	"smbready/inventory"
)

// Stream writes the JSON form of a run while it happens: a host is judged and
// written as it comes, in no order. Host may be called from many goroutines at
// once.
type Stream struct {
	// Judge judges the hosts. Its zero value uses the built-in data; another one
	// is set before the first host.
	Judge assess.Judge

	recorder *inventory.Recorder
	mu       sync.Mutex // guards tally
	tally    Tally
}

// NewStream writes the first line to w.
func NewStream(w io.Writer, header *inventory.Run) (*Stream, error) {
	r, err := inventory.NewRecorder(w, header)
	if err != nil {
		return nil, err
	}
	return &Stream{recorder: r}, nil
}

// Host writes a host.
func (s *Stream) Host(h *inventory.Host) error {
	a := s.Judge.Assess(h)
	s.mu.Lock()
	s.tally.Add(&a)
	s.mu.Unlock()
	return encodeHost(h, &a, nil, s.recorder.Line)
}

// Close writes the summary. It does not close the underlying writer.
func (s *Stream) Close(sum *inventory.Summary) error {
	t := s.Tally()
	return errors.Join(encodeLine(jsonSummary(sum, &t), s.recorder.Line), s.recorder.End())
}

// Tally returns the verdicts so far.
func (s *Stream) Tally() Tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tally
}
