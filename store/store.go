package store

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"smbready/inventory"
)

// Store holds runs. Its methods may be called from many goroutines at once.
type Store struct{}

// Open opens a store, makes it if it is not there, and brings its schema up to
// date. The name is empty for the user's own SQLite file, the path of one
// (also sqlite:PATH), or a PostgreSQL URL (postgres://...).
func Open(ctx context.Context, name string) (*Store, error) { return nil, errTodo }

// Close closes the store.
func (s *Store) Close() error { return errTodo }

// Name says which store it is, without a password.
func (s *Store) Name() string { return "" }

// RunInfo describes a stored run.
type RunInfo struct {
	Header  inventory.Run
	Summary *inventory.Summary // nil while it has not ended
	Hosts   uint64             // lines that are stored
	Probed  uint64             // targets that are done, dark ones too
	Updated time.Time          // when something was last committed
	Scan    json.RawMessage    // what a resumed scan needs; nil for an import
	Done    []Range            // positions of the scan's order that are done; filled by Find and Resume only
}

// Range is a range of positions, First and Last included.
type Range struct{ First, Last uint64 }

// Begin begins a run. Scan is what will be needed to resume it; nil for a run
// that cannot be.
func (s *Store) Begin(ctx context.Context, run *inventory.Run, scan json.RawMessage) (*Recorder, error) {
	return nil, errTodo
}

// Resume goes on with a run that did not end. It fails when another process is
// at it.
func (s *Store) Resume(ctx context.Context, id string) (*Recorder, RunInfo, error) {
	return nil, RunInfo{}, errTodo
}

// Find returns the run that a name means: an id, the unambiguous beginning of
// one, "last" for the run that began last, or "last:SITE".
func (s *Store) Find(ctx context.Context, name string) (RunInfo, error) { return RunInfo{}, errTodo }

// Runs lists the runs, the latest first; of one site unless it is empty.
func (s *Store) Runs(ctx context.Context, site string) ([]RunInfo, error) { return nil, errTodo }

// Export writes a run as JSON lines: its head, the hosts by address, and the
// summary if it ended.
func (s *Store) Export(ctx context.Context, id string, w io.Writer) error { return errTodo }

// Import stores a run from JSON lines and returns its id. A run that is there
// already is an error unless it is the same.
func (s *Store) Import(ctx context.Context, r io.Reader) (string, error) { return "", errTodo }

// Delete removes a run.
func (s *Store) Delete(ctx context.Context, id string) error { return errTodo }

// Recorder stores a run as it happens, in batches. Its methods may be called
// from many goroutines at once. After an error nothing more is stored, and every
// later call returns that error.
type Recorder struct{}

// Line stores the line of a host, encoded by inventory.Writer with its newline.
func (r *Recorder) Line(h *inventory.Host, line []byte) error { return errTodo }

// Done notes that a position of the scan's order is done. It is committed no
// earlier than the lines that came before it.
func (r *Recorder) Done(position uint64) error { return errTodo }

// Close commits what is left, with the summary; nil leaves the run unfinished.
func (r *Recorder) Close(sum *inventory.Summary) error { return errTodo }

// Exceptions lists what was accepted, also what has expired.
func (s *Store) Exceptions(ctx context.Context) ([]inventory.Exception, error) { return nil, errTodo }

// Accept stores an exception; one of the same ID is replaced.
func (s *Store) Accept(ctx context.Context, e inventory.Exception) error { return errTodo }

// Revoke removes an exception.
func (s *Store) Revoke(ctx context.Context, id string) error { return errTodo }

// PutSites keeps the sites of a sites file as they are now.
func (s *Store) PutSites(ctx context.Context, sites []inventory.Site) error { return errTodo }

// Sites lists the sites as they were last kept.
func (s *Store) Sites(ctx context.Context) ([]inventory.Site, error) { return nil, errTodo }

var errTodo = errors.New("store: not there yet")
