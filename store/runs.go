package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"smbready/inventory"
)

// RunInfo describes a stored run.
type RunInfo struct {
	Header  inventory.Run
	Summary *inventory.Summary // nil while it has not ended
	Hosts   uint64             // hosts whose lines are stored
	Probed  uint64             // targets that are done, dark ones too
	Counted inventory.Summary  // sum of what Recorder.Done was told
	Running bool               // another process writes it, or this one, as far as can be told without waiting
	Updated time.Time          // when something was last committed, by the clock of the database
	Scan    json.RawMessage    // what a resumed scan needs; nil for an import
	Done    []Range            // positions of the scan's order that are done

	batch int64
	stage string
}

// Complete reports whether the run reached its end.
func (i *RunInfo) Complete() bool {
	return i.Summary != nil && !i.Summary.Interrupted && i.Summary.Error == ""
}

const runColumns = "SELECT r.id, r.stage, r.header, r.summary, r.scan, p.batch, p.hosts, p.done, p.counted, p.owner, p.beat, p.updated, p.beaten, " + now

const runTables = " FROM runs r JOIN progress p ON p.run = r.id WHERE r.stage <> '" + stageDeleting + "'"

// Find returns the run that a name means: an id, the unambiguous beginning of
// one, "last" for the run that began last, or "last:SITE".
func (s *Store) Find(ctx context.Context, name string) (RunInfo, error) {
	if name == "" {
		return RunInfo{}, s.errorf(ErrNotFound, "a run needs a name: an id, the beginning of one, last or last:SITE")
	}
	if !validText(name) {
		return RunInfo{}, s.errorf(ErrNotFound, "there is no run %q", name)
	}
	if site, ofSite := strings.CutPrefix(name, "last:"); ofSite && site != "" {
		return s.last(ctx, site)
	} else if name == "last" {
		return s.last(ctx, "")
	}
	ids, err := s.beginningWith(ctx, name)
	switch {
	case err != nil:
		return RunInfo{}, err
	case len(ids) == 0:
		return RunInfo{}, s.errorf(ErrNotFound, "there is no run %q: runs list shows all", name)
	case len(ids) > 1 && ids[0] != name:
		return RunInfo{}, s.errorf(ErrAmbiguous, "several runs begin with %q, such as %s and %s: give more of the id", name, ids[0], ids[1])
	}
	return s.run(ctx, ids[0])
}

// validText reports whether a database takes a text as such.
func validText(s string) bool { return strings.ToValidUTF8(s, "") == s && !strings.Contains(s, "\x00") }

// beginningWith returns two of the ids that begin so, the shortest first.
func (s *Store) beginningWith(ctx context.Context, start string) (ids []string, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT id FROM runs WHERE substr(id, 1, length($1)) = $1 AND stage <> $2 ORDER BY length(id), id LIMIT 2", start, stageDeleting)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	return ids, err
}

// last returns the run that began last.
func (s *Store) last(ctx context.Context, site string) (RunInfo, error) {
	list, err := s.runs(ctx, runColumns+runTables+" AND (r.site = $1 OR $1 = '') ORDER BY r.began DESC, r.id LIMIT 1", site)
	switch {
	case err != nil:
		return RunInfo{}, err
	case len(list) == 0 && site != "":
		return RunInfo{}, s.errorf(ErrNotFound, "there is no run of site %q yet", site)
	case len(list) == 0:
		return RunInfo{}, s.errorf(ErrNotFound, "there is no run yet: smbready scan makes one")
	}
	return s.run(ctx, list[0].Header.ID)
}

// run returns the run of an id.
func (s *Store) run(ctx context.Context, id string) (RunInfo, error) {
	if !validText(id) {
		return RunInfo{}, s.errorf(ErrNotFound, "there is no run %q", id)
	}
	list, err := s.runs(ctx, runColumns+runTables+" AND r.id = $1", id)
	switch {
	case err != nil:
		return RunInfo{}, err
	case len(list) == 0:
		return RunInfo{}, s.errorf(ErrNotFound, "there is no run %q: runs list shows all", id)
	}
	return list[0], nil
}

func (s *Store) damaged(id string, err error) error {
	return s.errorf(ErrDamaged, "what is stored of run %q cannot be read (%v): bring the store back from a backup, or delete the run", id, err)
}

// Runs lists the runs, the latest first; of one site unless it is empty. A run
// that is being deleted is not there any more.
func (s *Store) Runs(ctx context.Context, site string) ([]RunInfo, error) {
	if !validText(site) {
		return nil, nil
	}
	return s.runs(ctx, runColumns+runTables+" AND (r.site = $1 OR $1 = '') ORDER BY r.began DESC, r.id", site)
}

// runs returns the runs of a query.
func (s *Store) runs(ctx context.Context, query string, args ...any) (list []RunInfo, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			info, err := s.scanRun(rows)
			if err != nil {
				return err
			}
			list = append(list, info)
		}
		return rows.Err()
	})
	return list, err
}

// scanRun reads a row of runColumns.
func (s *Store) scanRun(rows *sql.Rows) (RunInfo, error) {
	var i RunInfo
	var o ownership
	var id, updated, beaten, clock string
	var header, summary, scan, done, counted []byte
	var hosts int64
	if err := rows.Scan(&id, &i.stage, &header, &summary, &scan, &i.batch, &hosts, &done, &counted, &o.owner, &o.beat, &updated, &beaten, &clock); err != nil {
		return i, err
	}
	o.age = parseNow(clock).Sub(parseNow(beaten))
	i.Running, i.Updated, i.Hosts = o.inUse(s.pace.stale), parseNow(updated), uint64(hosts)
	if scan != nil {
		i.Scan = scan
	}
	err := i.parse(header, summary, counted)
	if err == nil {
		i.Done, err = parseRanges(done)
	}
	if err == nil && i.Header.ID != id {
		err = errors.New("its head is of another run")
	}
	if err != nil {
		return i, s.damaged(id, err)
	}
	return i, nil
}

// parse reads the lines of a run's frame.
func (i *RunInfo) parse(header, summary, counted []byte) error {
	l, err := parseFrame(header)
	if err != nil || l.Run == nil {
		return fmt.Errorf("its head: %w", orNotRight(err))
	}
	i.Header = *l.Run
	if summary != nil {
		l, err := parseFrame(summary)
		if err != nil || l.Summary == nil {
			return fmt.Errorf("its summary: %w", orNotRight(err))
		}
		i.Summary = l.Summary
	}
	if err := json.Unmarshal(counted, &i.Counted); err != nil {
		return fmt.Errorf("its counts: %w", err)
	}
	i.Probed = i.Counted.Probed
	if i.Probed == 0 && i.Summary != nil {
		i.Probed = i.Summary.Probed
	}
	return nil
}

func orNotRight(err error) error {
	if err == nil {
		return errors.New("another line stands there")
	}
	return err
}

// parseFrame reads the head or the summary of a run.
func parseFrame(line []byte) (inventory.Line, error) {
	l, err := inventory.NewReader(bytes.NewReader(line)).Next()
	var le *inventory.LineError
	if errors.As(err, &le) {
		err = le.Err
	}
	return l, err
}
