package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Store holds runs. Its methods may be called from many goroutines at once.
// Their errors are of type *Error, whose text begins with the store's name and
// says what to do, or come from the context or from the reader or writer that
// was given.
type Store struct {
	engine engine
	db     *sql.DB // writes, one at a time in SQLite
	reads  *sql.DB // reads, which in SQLite need not wait for writes; the same as db otherwise
	pace   pace

	existing bool // it is not made where it is not there
}

// engine is what differs between the databases.
type engine interface {
	// name is what the store is called, without a password.
	name() string
	// tables lists the names of the tables that are there.
	tables() string
	// dialect is what goose calls the database.
	dialect() string
	// lock keeps other processes from changing the schema until unlock is called.
	lock(ctx context.Context, db *sql.DB) (unlock func(), err error)
	// lockSites keeps other processes from sites until unlock is called, or returns
	// errHeld.
	lockSites(ctx context.Context, sites []string) (unlock func(), err error)
	// prepare prepares an empty database for its first tables.
	prepare(ctx context.Context, db *sql.DB) error
	// present fails when the database is not there any more.
	present() error
	// compact gives back the space of what was deleted.
	compact(ctx context.Context, db *sql.DB) error
	// fault puts an error into words; nil means that it is none of the engine's.
	fault(err error) *Error
	// snapshot returns the options of a transaction that sees one state.
	snapshot() *sql.TxOptions
}

// pace is how long things may take.
type pace struct {
	commit time.Duration // between two batches, at most
	retry  time.Duration // until a database that does not answer is given up
	beat   time.Duration // between two signs of life
	stale  time.Duration // without a sign of life: the writer is gone
	busy   time.Duration // for a lock of SQLite
}

var usualPace = pace{commit: time.Second, retry: 30 * time.Second, beat: 5 * time.Second, stale: 20 * time.Second, busy: 10 * time.Second}

// Open opens a store, makes it if it is not there, and brings its schema up to
// date. The name is empty for the user's own SQLite file, the path of one
// (also sqlite:PATH), or a PostgreSQL URL (postgres://...).
func Open(ctx context.Context, name string) (*Store, error) { return open(ctx, name, usualPace) }

// OpenExisting is Open for whoever only reads: a store that is not there is an error of
// the kind ErrAbsent, and is not made.
func OpenExisting(ctx context.Context, name string) (*Store, error) {
	if err := checkThere(File(name)); err != nil {
		return nil, err
	}
	s, err := connect(name, usualPace)
	if err != nil {
		return nil, err
	}
	s.existing = true
	return s.ready(ctx)
}

func open(ctx context.Context, name string, p pace) (*Store, error) {
	s, err := connect(name, p)
	if err != nil {
		return nil, err
	}
	return s.ready(ctx)
}

// ready brings the schema up to date. It closes a store with which that fails.
func (s *Store) ready(ctx context.Context) (*Store, error) {
	if err := s.migrate(ctx); err != nil {
		err = s.fault(err)
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close closes the store. Recorders have to be closed before.
func (s *Store) Close() error {
	if s.reads == s.db {
		return s.db.Close()
	}
	return errors.Join(s.reads.Close(), s.db.Close())
}

// Name says which store it is, without a password.
func (s *Store) Name() string { return s.engine.name() }

// write runs fn in a transaction that writes. Its error is put into words.
func (s *Store) write(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error {
	return s.fault(s.writeOnce(ctx, fn))
}

func (s *Store) writeOnce(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error {
	if err := s.engine.present(); err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after a commit
	if err := fn(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return s.engine.present() // else what was committed went into a file that has no name any more
}

// persist is write that tries again for a while when the database is away. fn
// must find out by itself whether it was committed before.
func (s *Store) persist(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error {
	const firstPause, longestPause = 20 * time.Millisecond, time.Second
	deadline := time.Now().Add(s.pace.retry)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		attempt, cancel := context.WithTimeout(ctx, s.pace.retry)
		err := s.write(attempt, fn)
		cancel()
		if err == nil || !passing(err) || ctx.Err() != nil || time.Now().Add(pause).After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// read runs fn in a transaction that sees one state of the store.
func (s *Store) read(ctx context.Context, fn func(tx *sql.Tx) error) error {
	if err := s.engine.present(); err != nil {
		return err
	}
	tx, err := s.reads.BeginTx(ctx, s.engine.snapshot())
	if err != nil {
		return s.fault(err)
	}
	defer tx.Rollback() // there is nothing to commit
	return s.fault(fn(tx))
}
