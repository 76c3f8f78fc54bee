package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"time"
)

// now is the database's own clock, in UTC: '2026-11-23 09:41:42' and perhaps more.
const now = "CAST(CURRENT_TIMESTAMP AS TEXT)"

// parseNow reads the database's clock; the zero time for what is none.
func parseNow(s string) time.Time {
	t, err := time.Parse(time.DateTime, s[:min(len(s), len(time.DateTime))])
	if err != nil {
		return time.Time{}
	}
	return t
}

// ownership is who writes a run, and how lively.
type ownership struct {
	owner string
	beat  int64
	age   time.Duration // of the last sign of life, by the database's clock
}

// inUse is what can be told of it without waiting.
func (o ownership) inUse(stale time.Duration) bool {
	p, ok := parseProcess(o.owner)
	return ok && p.fate() != fateGone && o.fresh(stale)
}

// fresh reports whether the last sign of life is recent.
func (o ownership) fresh(stale time.Duration) bool {
	const clockStep = time.Second // of the database's clock
	return o.age < stale+clockStep
}

// ownership reads who writes a run.
func (s *Store) ownership(ctx context.Context, id string) (ownership, error) {
	var o ownership
	var beaten, clock string
	if err := s.engine.present(); err != nil {
		return o, err
	}
	err := s.reads.QueryRowContext(ctx, "SELECT owner, CAST(beat AS BIGINT), beaten, "+now+" FROM progress WHERE run = $1", id).Scan(&o.owner, &o.beat, &beaten, &clock)
	if errors.Is(err, sql.ErrNoRows) {
		return o, s.errorf(ErrNotFound, "there is no run %q", id)
	}
	o.age = parseNow(clock).Sub(parseNow(beaten))
	return o, s.fault(err)
}

// take makes this process the owner of a run, unless another one is at it, and
// returns the token. An owner that is not known to be gone is watched for as long
// as it may be silent.
func (s *Store) take(ctx context.Context, id string) (owner string, err error) {
	// A server may commit the last batch of a process that is gone just now: then
	// the run has changed under our hands, and is looked at again.
	const attempts = 5
	for range attempts {
		var o ownership
		if o, err = s.ownership(ctx, id); err != nil {
			return "", err
		}
		if err = s.mayTake(ctx, id, o); err != nil {
			return "", err
		}
		if owner, err = s.takeFrom(ctx, id, o); !errors.Is(err, ErrRunning) {
			return owner, err
		}
	}
	return "", err
}

// mayTake fails while the owner of a run is at it.
func (s *Store) mayTake(ctx context.Context, id string, o ownership) error {
	p, ok := parseProcess(o.owner)
	switch fate := p.fate(); {
	case !ok, fate == fateGone:
		return nil
	case fate == fateAlive && o.fresh(s.pace.stale):
		return s.running(id, o)
	}
	return s.watch(ctx, id, o)
}

func (s *Store) running(id string, o ownership) error {
	p, _ := parseProcess(o.owner)
	return s.errorf(ErrRunning, "run %s is being written by another smbready (process %d): wait until that ends, or stop it", id, p.pid)
}

// watch waits until an owner has missed its signs of life, and fails if one
// comes. By the database's clock it may have missed most of them already; one
// more is waited for, since clocks can jump.
func (s *Store) watch(ctx context.Context, id string, o ownership) error {
	wait := s.pace.stale - max(o.age, 0)
	wait = max(wait, s.pace.beat+s.pace.beat/2)
	for end := time.Now().Add(wait); time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.pace.beat / 10):
		}
		seen, err := s.ownership(ctx, id)
		switch {
		case err != nil:
			return err
		case seen.owner == "":
			return nil
		case seen.beat != o.beat || seen.owner != o.owner:
			return s.running(id, seen)
		}
	}
	return nil
}

// takeFrom writes down the new owner, if nothing has changed meanwhile.
func (s *Store) takeFrom(ctx context.Context, id string, o ownership) (string, error) {
	p := newProcess(rand.Text())
	owner := p.String()
	live.Store(p.token, true)
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE progress SET owner = $1, beat = beat + 1, beaten = "+now+
			" WHERE run = $2 AND (owner = $3 AND beat = $4 OR owner = '')", owner, id, o.owner, o.beat)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return s.errorf(ErrRunning, "another smbready took over run %s just now: wait until that ends", id)
	})
	if err != nil {
		live.Delete(p.token)
		return "", err
	}
	return owner, nil
}

// release gives up the ownership of a run, where it is still ours.
func (s *Store) release(id, owner string) error {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	forget(owner)
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE progress SET owner = '' WHERE run = $1 AND owner = $2", id, owner)
		return err
	})
}

// forget notes that a recording of this process ended.
func forget(owner string) {
	if p, ok := parseProcess(owner); ok {
		live.Delete(p.token)
	}
}
