package report

import (
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"sync"

	"smbready/assess"
	"smbready/inventory"
)

// Run is a run on disk. Only an index of its hosts is held in memory; a host is
// read and judged when it is asked for, so that an old run is judged by the
// rules of today.
type Run struct {
	Header inventory.Run

	// Summary is what the scan said at its end. If it never said it, the counts
	// are those of the hosts in the file, and Finished is zero.
	Summary inventory.Summary

	// Interrupted says that the scan did not reach its end, or that the end of
	// the file is missing: absence of a host means nothing then.
	Interrupted bool

	// Replaced is how many lines were passed over for a later one of the same
	// address.
	Replaced int

	// Tool is what makes the reports, such as "smbready 1.2"; empty where that is
	// not to be said.
	Tool string

	// Judge judges the hosts. Its zero value uses the built-in data; another one
	// is set before hosts are asked for.
	Judge assess.Judge

	file  io.ReaderAt
	index []entry // in address order
	judge func(*inventory.Host) assess.Assessment

	onlySite string // the site that OnlySite left; empty for all

	joinOnce sync.Once // guards what join finds out
	joined   *assess.Joined
	joinErr  error
}

// Open indexes the run in the first size bytes of f. The file must not change
// while the Run is in use.
//
// A last line that was cut off, as a crash leaves it, makes the run
// interrupted, and so does a missing summary. Any other line that is not of the
// format is an error that names the line. Of two lines for one address the
// later one counts.
func Open(f io.ReaderAt, size int64) (*Run, error) {
	x := newIndexer(io.NewSectionReader(f, 0, size))
	if err := x.scan(); err != nil {
		return nil, err
	}
	r := &Run{
		Header:  *x.header,
		Summary: x.summary,
		file:    f,
		index:   x.sorted(),
	}
	r.Replaced = x.hosts - len(r.index)
	r.judge = r.Judge.Assess
	r.Interrupted = !x.ended || x.summary.Interrupted || x.summary.Error != ""
	if x.ended {
		return r, nil
	}
	return r, r.recount()
}

// Len returns the number of hosts in the run.
func (r *Run) Len() int { return len(r.index) }

// Each calls fn with each host and its judgement, in address order, and stops
// at the first error. Hosts are read and judged ahead on all processors; fn is
// called by one goroutine at a time and may keep what it is given.
func (r *Run) Each(fn func(*inventory.Host, *assess.Assessment) error) error {
	judge := func(h *inventory.Host) (judged, error) {
		a := r.judge(h)
		return judged{host: h, assessment: &a}, nil
	}
	return inOrder(r, judge, func(j judged) error { return fn(j.host, j.assessment) })
}

// judged is a host with its judgement.
type judged struct {
	host       *inventory.Host
	assessment *assess.Assessment
	also       []netip.Addr // the other addresses of the device
}

// recount makes up for a missing summary: it counts the hosts that are there.
func (r *Run) recount() error {
	r.Summary = inventory.Summary{Interrupted: true}
	state := func(h *inventory.Host) (inventory.State, error) { return h.State, nil }
	return inOrder(r, state, func(s inventory.State) error {
		r.Summary.Count(s)
		return nil
	})
}

// line reads the line of a host into line, which is of the entry's length.
func (r *Run) line(e entry, line []byte) error {
	if n, err := r.file.ReadAt(line, e.offset); n < len(line) {
		if err == nil || errors.Is(err, io.EOF) {
			err = errors.New("the file became shorter while it was read")
		}
		return &inventory.LineError{Line: int(e.line), Err: err}
	}
	return nil
}

// decodeHost decodes the line of a host.
func decodeHost(e entry, line []byte) (*inventory.Host, error) {
	h := new(inventory.Host)
	if err := json.Unmarshal(line, h); err != nil {
		return nil, &inventory.LineError{Line: int(e.line), Err: err}
	}
	if h.Address != e.address || h.Identity != e.identity { // an address given twice in one line, or the file changed
		return nil, &inventory.LineError{Line: int(e.line), Err: errors.New("the address is ambiguous")}
	}
	return h, nil
}
