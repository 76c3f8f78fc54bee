package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"

	"smbready/inventory"
)

// Stages of a run besides the usual one, which is "".
const (
	stageImporting = "importing" // what there is of it is not all of the file
	stageDeleting  = "deleting"  // nobody is to see it any more
)

// Begin begins a run. Scan is what will be needed to resume it; nil for a run
// that cannot be. The recording goes on when ctx ends: Close ends it.
func (s *Store) Begin(ctx context.Context, run *inventory.Run, scan json.RawMessage) (*Recorder, error) {
	header, err := encode(inventory.Line{Run: run})
	if err != nil {
		return nil, err
	}
	return s.begin(ctx, newRun{id: run.ID, run: run, header: header, scan: scan})
}

// newRun is a run that begins.
type newRun struct {
	id     string // in the store
	stage  string
	run    *inventory.Run
	header []byte // its line
	scan   []byte
}

// begin stores the head of a run and starts its recording.
func (s *Store) begin(ctx context.Context, n newRun) (*Recorder, error) {
	if err := s.checkRunID(n.id); err != nil {
		return nil, err
	}
	if err := s.checkName("the site", n.run.Site); err != nil {
		return nil, err
	}
	p := newProcess(rand.Text())
	live.Store(p.token, true)
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.insertRun(ctx, tx, n, p.String()) })
	if err != nil {
		live.Delete(p.token)
		return nil, err
	}
	r := s.newRecorder(n.id, p.String())
	go r.write()
	return r, nil
}

// insertRun stores the head. A run that begins here is later than all others,
// whatever the clock says; an imported one is as late as it says itself.
func (s *Store) insertRun(ctx context.Context, tx *sql.Tx, n newRun, owner string) error {
	began := n.run.Started.UnixMicro()
	if n.stage == "" {
		var last sql.NullInt64
		if err := tx.QueryRowContext(ctx, "SELECT MAX(CAST(began AS BIGINT)) FROM runs").Scan(&last); err != nil {
			return err
		}
		if last.Valid {
			began = max(began, last.Int64+1)
		}
	}
	var scan any // NULL
	if n.scan != nil {
		scan = n.scan
	}
	added, err := affected(tx.ExecContext(ctx, "INSERT INTO runs (id, site, began, stage, header, scan) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
		n.id, n.run.Site, began, n.stage, n.header, scan))
	switch {
	case err != nil:
		return err
	case added == 0:
		return s.errorf(ErrExists, "there is a run %s already: runs show tells of it, runs delete removes it", n.id)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO progress (run, batch, hosts, done, counted, updated, owner, beat, beaten) VALUES ($1, 0, 0, $2, $3, "+now+", $4, 0, "+now+")",
		n.id, []byte{}, []byte("{}"), owner)
	return err
}

// Resume goes on with a run that did not reach its end. It fails when another
// process is at it, which may take as long to find out as that may be silent.
func (s *Store) Resume(ctx context.Context, id string) (*Recorder, RunInfo, error) {
	info, err := s.run(ctx, id)
	switch {
	case err != nil:
		return nil, RunInfo{}, err
	case info.Complete():
		return nil, info, s.errorf(ErrComplete, "run %s is complete: there is nothing to resume", id)
	case info.Scan == nil:
		return nil, info, s.errorf(ErrNoScan, "run %s cannot be resumed: it is not a scan that was stored here (an import, a listener?)", id)
	}
	owner, err := s.take(ctx, id)
	if err != nil {
		return nil, info, err
	}
	r := s.newRecorder(id, owner)
	if info, err = s.reopen(ctx, r); err != nil {
		s.release(id, owner)
		return nil, info, err
	}
	go r.write()
	return r, info, nil
}

// reopen reads how far a run got that is ours now, and takes back its end.
func (s *Store) reopen(ctx context.Context, r *Recorder) (RunInfo, error) {
	if err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE runs SET summary = NULL WHERE id = $1", r.id)
		return err
	}); err != nil {
		return RunInfo{}, err
	}
	info, err := s.run(ctx, r.id)
	r.number, r.ranges, r.counted = info.batch, info.Done, info.Counted
	return info, err
}
