package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"smbready/inventory"
)

// maxLine bounds a line with its newline, in bytes, as inventory.Reader does.
const maxLine = 1 << 20

// Recorder stores a run as it happens, in batches. Its methods may be called
// from many goroutines at once, and wait when the database cannot keep up. After
// an error nothing more is stored, and every later call returns that error; what
// was committed before stays, and can be resumed.
type Recorder struct {
	store *Store
	id    string
	owner string

	mu      sync.Mutex
	room    *sync.Cond // pending was taken, or the recording ended
	pending *batch
	closing *ending
	err     error
	ended   chan struct{} // the writer ended

	wake chan struct{} // a batch is full, or the recording closes

	// The writer's own.
	spare   *batch
	number  int64 // of the last batch
	ranges  []Range
	counted inventory.Summary
	beaten  time.Time // by this process's monotonic clock
}

// ending is how a recording ends.
type ending struct {
	summary []byte // nil: it did not
}

// newRecorder starts the writer of a run that this process owns.
func (s *Store) newRecorder(id, owner string) *Recorder {
	r := &Recorder{store: s, id: id, owner: owner, pending: new(batch), spare: new(batch),
		ended: make(chan struct{}), wake: make(chan struct{}, 1), beaten: time.Now()}
	r.room = sync.NewCond(&r.mu)
	return r
}

// ID returns the id of the run.
func (r *Recorder) ID() string { return r.id }

// Err returns why nothing more is stored, or nil.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Line stores the line of a host, encoded by inventory.Writer with its newline.
// A second line of the same address and identity replaces the first. The line is
// the caller's again afterwards.
func (r *Recorder) Line(h *inventory.Host, line []byte) error {
	return r.add(h, line, func(*batch) {})
}

// Done notes that a position of the scan's order is done, together with what that
// adds to the counts of the summary and with the line of the host that was found
// there, if any: h and line are nil otherwise. All of it is committed at once,
// and no earlier than what came before.
func (r *Recorder) Done(position uint64, counted inventory.Summary, h *inventory.Host, line []byte) error {
	return r.add(h, line, func(b *batch) {
		b.positions = append(b.positions, position)
		addCounts(&b.counted, &counted)
	})
}

func (r *Recorder) add(h *inventory.Host, line []byte, also func(*batch)) error {
	line, bad := r.checkLine(h, line)
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.pending.exceeds(2) && r.err == nil && r.closing == nil {
		r.room.Wait()
	}
	if r.err == nil && r.closing == nil {
		r.err = bad
	}
	switch {
	case r.err != nil:
		return r.err
	case r.closing != nil:
		return errClosed
	}
	if h != nil {
		r.pending.add(h, line)
	}
	also(r.pending)
	if r.pending.exceeds(1) {
		r.rouse()
	}
	return nil
}

// checkLine returns a line without its newline, and what is wrong with it.
func (r *Recorder) checkLine(h *inventory.Host, line []byte) ([]byte, error) {
	line = bytes.TrimSuffix(line, []byte{'\n'})
	switch {
	case h == nil:
		return nil, nil
	case len(line) >= maxLine, bytes.IndexByte(line, '\n') >= 0:
		return nil, r.store.errorf(ErrValue, "what was given for %v is not a line of a run", h.Address)
	case !h.Address.IsValid() && h.Identity == "":
		return nil, r.store.errorf(ErrValue, "a host has neither an address nor an identity")
	}
	return line, nil
}

// rouse wakes the writer, if it sleeps.
func (r *Recorder) rouse() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Close commits what is left, with the summary; nil leaves the run unfinished. A
// run whose summary says that it was interrupted, or why it ended early, can be
// resumed all the same. Whatever happens, this process gives the run up.
func (r *Recorder) Close(sum *inventory.Summary) error {
	var line []byte
	if sum != nil {
		var err error
		if line, err = encode(inventory.Line{Summary: sum}); err != nil {
			r.end(nil)
			return err
		}
	}
	return r.end(line)
}

func (r *Recorder) end(summary []byte) error {
	r.mu.Lock()
	if r.closing == nil {
		r.closing = &ending{summary}
		r.room.Broadcast()
		r.rouse()
	}
	r.mu.Unlock()
	<-r.ended
	return r.Err()
}

// encode returns a line without its newline.
func encode(l inventory.Line) ([]byte, error) {
	var b bytes.Buffer
	_, err := inventory.NewWriter(&b).Write(l)
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), err
}

// write commits batches until the recording ends.
func (r *Recorder) write() {
	defer close(r.ended)
	tick := time.NewTicker(r.store.pace.commit)
	defer tick.Stop()
	for {
		select {
		case <-r.wake:
		case <-tick.C:
		}
		b, end := r.take()
		err := r.commit(b, end)
		if err == nil && end == nil {
			continue
		}
		r.finish(err)
		return
	}
}

// take takes what is pending, and how the recording is to end if it is.
func (r *Recorder) take() (*batch, *ending) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.pending
	r.spare.reset()
	r.pending, r.spare = r.spare, b
	r.room.Broadcast()
	return b, r.closing
}

// finish ends the recording. After an error the run is given up, if that can be
// written down; otherwise others find out that nobody writes it.
func (r *Recorder) finish(err error) {
	if err != nil {
		r.store.release(r.id, r.owner)
	}
	forget(r.owner)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
	r.room.Broadcast()
}

// commit commits a batch, or gives a sign of life when there is nothing to
// commit for a while. After a refused line nothing more is stored.
func (r *Recorder) commit(b *batch, end *ending) error {
	if err := r.Err(); err != nil {
		return err
	}
	if end == nil && b.empty() {
		if time.Since(r.beaten) < r.store.pace.beat {
			return nil
		}
		return r.beat()
	}
	ranges, counted := addPositions(r.ranges, b.positions), r.counted
	addCounts(&counted, &b.counted)
	c := commit{id: r.id, owner: r.owner, number: r.number + 1, rows: b.rows(), ranges: ranges, counted: counted, end: end}
	if err := r.store.persist(context.Background(), c.run); err != nil {
		return c.explain(r.store, err)
	}
	r.number, r.ranges, r.counted, r.beaten = c.number, ranges, counted, time.Now()
	return nil
}

// beat gives a sign of life.
func (r *Recorder) beat() error {
	c := commit{id: r.id, owner: r.owner, number: r.number}
	err := r.store.persist(context.Background(), func(ctx context.Context, tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, "UPDATE progress SET beat = beat + 1, beaten = "+now+" WHERE run = $1 AND owner = $2", r.id, r.owner))
		if err == nil && n == 0 {
			err = errTaken
		}
		return err
	})
	if err != nil {
		return c.explain(r.store, err)
	}
	r.beaten = time.Now()
	return nil
}

// errTaken reports that the run is not ours any more.
var errTaken = errors.New("store: the run has another owner")

// commit is one batch on its way.
type commit struct {
	id, owner string
	number    int64
	rows      []row
	ranges    []Range
	counted   inventory.Summary
	end       *ending
}

// run stores the batch, unless it finds that it is stored already: an attempt
// may have been committed although its answer was lost.
func (c *commit) run(ctx context.Context, tx *sql.Tx) error {
	counted, err := json.Marshal(c.counted)
	if err != nil {
		return err
	}
	owner := c.owner
	if c.end != nil {
		owner = ""
	}
	n, err := affected(tx.ExecContext(ctx, "UPDATE progress SET batch = $1, done = $2, counted = $3, owner = $4, beat = beat + 1, updated = "+now+", beaten = "+now+
		" WHERE run = $5 AND owner = $6 AND batch = $7", c.number, notNil(appendRanges(nil, c.ranges)), counted, owner, c.id, c.owner, c.number-1))
	switch {
	case err != nil:
		return err
	case n == 0:
		return c.already(ctx, tx, owner)
	}
	added, err := insert(ctx, tx, c.id, c.rows)
	if err != nil {
		return err
	}
	if added > 0 {
		if _, err := tx.ExecContext(ctx, "UPDATE progress SET hosts = hosts + $1 WHERE run = $2", added, c.id); err != nil {
			return err
		}
	}
	return c.endRun(ctx, tx)
}

// already fails unless this very batch is the last one that was committed.
func (c *commit) already(ctx context.Context, tx *sql.Tx, owner string) error {
	var last int64
	var by string
	err := tx.QueryRowContext(ctx, "SELECT batch, owner FROM progress WHERE run = $1", c.id).Scan(&last, &by)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return errTaken
	case err != nil:
		return err
	case last != c.number || by != owner:
		return errTaken
	}
	return nil
}

// endRun writes down the summary of a run that ended.
func (c *commit) endRun(ctx context.Context, tx *sql.Tx) error {
	if c.end == nil {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "UPDATE runs SET stage = '' WHERE id = $1 AND stage = $2", c.id, stageImporting); err != nil || c.end.summary == nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "UPDATE runs SET summary = $1 WHERE id = $2", c.end.summary, c.id)
	return err
}

// explain puts the loss of the run into words.
func (c *commit) explain(s *Store, err error) error {
	if !errors.Is(err, errTaken) {
		return err
	}
	return s.errorf(ErrTaken, "run %s was deleted, or another smbready took it over because this one gave no sign of life for a while: what comes from here on is not stored", c.id)
}

// affected returns how many rows a statement changed.
func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// notNil returns an empty value for none, which a database would take for NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
