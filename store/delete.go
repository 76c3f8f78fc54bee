package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Delete removes a run, unless another process is writing it, and gives back its
// space.
func (s *Store) Delete(ctx context.Context, id string) error {
	if !validText(id) {
		return s.errorf(ErrNotFound, "there is no run %q", id)
	}
	owner, err := s.take(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound) && s.withoutProgress(ctx, id): // nobody can be writing it
	case err != nil:
		return err
	default:
		if err := s.hide(ctx, id, owner); err != nil {
			s.release(id, owner)
			return err
		}
		forget(owner)
	}
	if err := s.remove(ctx, id); err != nil {
		return err
	}
	return s.fault(s.engine.compact(ctx, s.db))
}

// withoutProgress reports whether a run that has no progress is there all the same.
func (s *Store) withoutProgress(ctx context.Context, id string) bool {
	info, err := s.run(ctx, id)
	return errors.Is(err, ErrDamaged) && info.Damaged != nil
}

// hide takes a run out of sight: what follows takes several transactions.
func (s *Store) hide(ctx context.Context, id, owner string) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, "UPDATE progress SET owner = '', beat = beat + 1 WHERE run = $1 AND owner = $2", id, owner))
		switch {
		case err != nil:
			return err
		case n == 0:
			return s.errorf(ErrRunning, "another smbready took over run %s just now: wait until that ends", id)
		}
		n, err = affected(tx.ExecContext(ctx, "UPDATE runs SET stage = $1 WHERE id = $2 AND stage <> $1", stageDeleting, id))
		if err == nil && n == 0 {
			err = s.errorf(ErrNotFound, "there is no run %q", id)
		}
		return err
	})
}

// remove removes the rows of a run, in parts so that others can write in
// between.
func (s *Store) remove(ctx context.Context, id string) error {
	const together = 1000 // hosts
	for more := true; more; {
		err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, "UPDATE runs SET stage = $1 WHERE id = $2 AND stage <> $1", stageDeleting, id); err != nil {
				return err
			}
			n, err := affected(tx.ExecContext(ctx, "DELETE FROM hosts WHERE run = $1 AND address IN (SELECT address FROM hosts WHERE run = $1 ORDER BY address LIMIT $2)", id, together))
			if more = n > 0; err != nil || more {
				return err
			}
			_, err = tx.ExecContext(ctx, "DELETE FROM runs WHERE id = $1", id)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// clear removes what is left of runs whose deletion broke off. One that lost its progress
// nobody is writing.
func (s *Store) clear(ctx context.Context) error {
	type leftover struct{ id, owner, beaten, clock string }
	var left []leftover
	err := s.read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT r.id, COALESCE(p.owner, ''), COALESCE(p.beaten, ''), "+now+" FROM runs r LEFT JOIN progress p ON p.run = r.id WHERE r.stage = $1", stageDeleting)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l leftover
			if err := rows.Scan(&l.id, &l.owner, &l.beaten, &l.clock); err != nil {
				return err
			}
			left = append(left, l)
		}
		return rows.Err()
	})
	for _, l := range left {
		o := ownership{owner: l.owner, age: parseNow(l.clock).Sub(parseNow(l.beaten))}
		if o.inUse(s.pace.stale) { // a file that is being compared
			continue
		}
		err = errors.Join(err, s.remove(ctx, l.id))
	}
	return err
}

// Prune removes the runs that began and ended longer ago than keep, and returns
// which; a dry run only tells. It never removes one that has not ended, the latest
// complete one of a site, or one that is damaged. After an error it returns those
// that it did remove.
func (s *Store) Prune(ctx context.Context, keep time.Duration, now time.Time, dryRun bool) ([]RunInfo, error) {
	runs, err := s.Runs(ctx, "")
	if err != nil {
		return nil, err
	}
	old := prunable(runs, now.Add(-keep))
	if dryRun {
		return old, nil
	}
	if err := s.clear(ctx); err != nil {
		return nil, err
	}
	for i, r := range old {
		if err := s.Delete(ctx, r.Header.ID); err != nil {
			return old[:i], err
		}
	}
	return old, nil
}

// prunable returns those of the runs, the latest first, that began and ended before a
// time and are not needed any more: a listener may run for weeks. One that is dated in the future does not stand for
// the latest of a site: its time is not known.
func prunable(runs []RunInfo, before time.Time) (old []RunInfo) {
	seen := map[string]bool{} // sites whose latest complete run was seen
	for i := range runs {
		r, latest := &runs[i], false
		for _, site := range r.sites() {
			if r.Complete() && !r.Future && !seen[site] {
				seen[site], latest = true, true
			}
		}
		if r.Summary != nil && !r.Running && !latest && r.Header.Started.Before(before) && r.Summary.Finished.Before(before) {
			old = append(old, *r)
		}
	}
	return old
}
