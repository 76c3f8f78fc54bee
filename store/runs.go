package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	Began   time.Time          // by the order of the store: of a scan made here, no earlier than of any before it; zero if that is no date
	Future  bool               // it says that it began more than a day after now, by the clock of the database
	Only    string             // the site that was asked for by last:SITE, where the run is of several; empty otherwise

	// Damaged says why what is stored of the run cannot be read; nil if it can. Of
	// such a run nothing is set but what can be relied on: the id, whether it is
	// running, and the header; if that is the damage, it has no more than the site
	// and about when the run began.
	Damaged error

	batch int64
	stage string
	head  bool // the header could be read
}

// Complete reports whether the run reached its end. One that is damaged did not,
// as far as can be told.
func (i *RunInfo) Complete() bool {
	return i.Summary != nil && !i.Summary.Interrupted && i.Summary.Error == ""
}

// sites lists the sites that the run is of; one that names none is of the site "".
func (i *RunInfo) sites() []string {
	if i.Header.Site == "" && len(i.Header.Sites) > 0 {
		return i.Header.Sites
	}
	return append([]string{i.Header.Site}, i.Header.Sites...)
}

// mayBeOf reports whether a run is of a site, or may be, since it cannot be read.
// Any is of the site "".
func (i *RunInfo) mayBeOf(site string) bool {
	return site == "" || i.Header.IsOf(site) || !i.head && i.Header.Site == ""
}

const runColumns = "SELECT r.id, r.stage, r.site, r.began, r.header, r.summary, r.scan, p.batch, p.hosts, p.done, p.counted, p.owner, p.beat, p.updated, p.beaten, " + now

// runTables has each run, also one that lost its progress: that is damaged.
const runTables = " FROM runs r LEFT JOIN progress p ON p.run = r.id WHERE r.stage <> '" + stageDeleting + "'"

// ofSite chooses the runs that may be of a site, or all for "", the latest first.
// The column is empty for a run of several sites.
const ofSite = " AND (r.site IN ($1, '') OR $1 = '') ORDER BY r.began DESC, r.id"

// Find returns the run that a name means: an id, the unambiguous beginning of
// one, also with RunPrefix, "last" for the run that began last, or "last:SITE". One that is dated in the
// future is the last only where all are. Of a damaged run that is named by its id
// it returns what can be told, with an error of the kind ErrDamaged; the last one is
// never looked for behind a damaged one.
func (s *Store) Find(ctx context.Context, name string) (RunInfo, error) {
	if name == "" {
		return RunInfo{}, s.errorf(ErrNotFound, "a run needs a name: an id, the beginning of one, last or last:SITE")
	}
	if !validText(name) {
		return RunInfo{}, s.errorf(ErrNotFound, "there is no run %q", name)
	}
	if site, hasSite := strings.CutPrefix(name, "last:"); hasSite && site != "" {
		return s.last(ctx, site)
	} else if name == "last" {
		return s.last(ctx, "")
	}
	name = strings.TrimPrefix(name, RunPrefix)
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

// last returns the run of a site, or of any for "", that began last.
func (s *Store) last(ctx context.Context, site string) (RunInfo, error) {
	var last *RunInfo
	err := s.eachRun(ctx, func(i *RunInfo) bool {
		if i.mayBeOf(site) && (last == nil || !i.Future) {
			last = i
		}
		return last == nil || last.Future
	}, runColumns+runTables+ofSite, site)
	switch {
	case err != nil:
		return RunInfo{}, err
	case last == nil && site != "":
		return RunInfo{}, s.errorf(ErrNotFound, "there is no run of site %q yet", site)
	case last == nil:
		return RunInfo{}, s.errorf(ErrNotFound, "there is no run yet: smbready scan makes one")
	case last.Damaged != nil:
		return RunInfo{}, s.errorf(ErrDamaged, "what is stored of the latest run, %q, cannot be read (%v): bring the store back from a backup, remove that run by its id with smbready runs delete, or name an older one by its id",
			last.Header.ID, last.Damaged)
	}
	if len(last.Header.Sites) > 0 {
		last.Only = site
	}
	return *last, nil
}

// run returns the run of an id. Of a damaged one it returns what can be told, and
// an error.
func (s *Store) run(ctx context.Context, id string) (RunInfo, error) {
	if !validText(id) {
		return RunInfo{}, s.errorf(ErrNotFound, "there is no run %q", id)
	}
	var found *RunInfo
	err := s.eachRun(ctx, func(i *RunInfo) bool {
		found = i
		return false
	}, runColumns+runTables+" AND r.id = $1", id)
	switch {
	case err != nil:
		return RunInfo{}, err
	case found == nil:
		return RunInfo{}, s.errorf(ErrNotFound, "there is no run %q: runs list shows all", id)
	case found.Damaged != nil:
		return *found, s.damaged(id, found.Damaged)
	}
	return *found, nil
}

func (s *Store) damaged(id string, err error) error {
	text := fmt.Sprintf("what is stored of run %q cannot be read (%v): bring the store back from a backup, or remove the run with smbready runs delete", id, err)
	return &Error{Kind: ErrDamaged, Store: s.Name(), Text: text, Run: id, cause: err}
}

// Check reads all that is stored of a run, which Find does not, and returns what Find
// does.
func (s *Store) Check(ctx context.Context, id string) (RunInfo, error) {
	info, err := s.run(ctx, id)
	if err != nil {
		return info, err
	}
	err = s.Export(ctx, id, io.Discard)
	info.Spoil(err)
	return info, err
}

// Spoil makes a run a damaged one, as Find returns it, if that is what the error of
// reading it says.
func (i *RunInfo) Spoil(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Kind != ErrDamaged || e.Run != i.Header.ID {
		return false
	}
	why := err
	if e.cause != nil {
		why = e.cause
	}
	*i = *i.damaged(&runRow{}, why)
	return true
}

// Runs lists the runs, the latest first; of one site unless it is empty. A damaged
// run is in the list with its Damaged set, also when it cannot be told which site
// it is of. A run that is being deleted is not there any more.
func (s *Store) Runs(ctx context.Context, site string) (list []RunInfo, err error) {
	if !validText(site) {
		return nil, nil
	}
	err = s.eachRun(ctx, func(i *RunInfo) bool {
		if i.mayBeOf(site) {
			list = append(list, *i)
		}
		return true
	}, runColumns+runTables+ofSite, site)
	return list, err
}

// eachRun hands the runs of a query to a function, until that returns false.
func (s *Store) eachRun(ctx context.Context, use func(*RunInfo) (more bool), query string, args ...any) error {
	return s.read(ctx, func(tx *sql.Tx) error {
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
			if !use(info) {
				return nil
			}
		}
		return rows.Err()
	})
}

// runRow is a row of runColumns.
type runRow struct {
	id, stage, site                      string
	began, batch, hosts, beat            int64
	header, summary, scan, done, counted []byte
	owner, updated, beaten, clock        string
}

// scanRun reads a row of runColumns. It fails when the database does; a row that
// is wrong is a damaged run.
func (s *Store) scanRun(rows *sql.Rows) (*RunInfo, error) {
	var r runRow
	err := rows.Scan(&r.id, &r.stage, &r.site, &r.began, &r.header, &r.summary, &r.scan, &r.batch, &r.hosts, &r.done, &r.counted,
		&r.owner, &r.beat, &r.updated, &r.beaten, &r.clock)
	if err != nil {
		return s.oddRow(rows, err)
	}
	clock := parseNow(r.clock)
	o := ownership{owner: r.owner, beat: r.beat, age: clock.Sub(parseNow(r.beaten))}
	i := &RunInfo{Running: o.inUse(s.pace.stale), Updated: parseNow(r.updated), Began: r.start(), stage: r.stage}
	if err := i.parse(&r); err != nil {
		return i.damaged(&r, err), nil
	}
	i.Future = !clock.IsZero() && inventory.Future(i.Header.Started, clock)
	return i, nil
}

// oddRow describes a run of which a column holds no value, or one of another type,
// which SQLite allows. It fails when not even the id can be read.
func (s *Store) oddRow(rows *sql.Rows, err error) (*RunInfo, error) {
	names, failed := rows.Columns()
	if failed != nil {
		return nil, err
	}
	var r runRow
	values := make([]any, len(names))
	columns := []any{&r.id}
	for i := 1; i < len(names); i++ {
		columns = append(columns, &values[i])
	}
	if rows.Scan(columns...) != nil {
		return nil, err
	}
	const site, began = 2, 3
	r.site, _ = values[site].(string)
	r.began, _ = values[began].(int64)
	return new(RunInfo).damaged(&r, errors.New("a value is missing, or of the wrong type")), nil
}

// damaged is what is left of a run when a part of it cannot be read.
func (i *RunInfo) damaged(r *runRow, why error) *RunInfo {
	d := &RunInfo{Header: i.Header, Running: i.Running, Updated: i.Updated, Damaged: why, batch: i.batch, stage: i.stage, head: i.head}
	if !d.head {
		d.Header = inventory.Run{ID: r.id, Site: r.site, Started: r.start()}
	}
	return d
}

// start returns about when the run began, or the zero time if that is no date.
func (r *runRow) start() time.Time {
	t := time.UnixMicro(r.began).UTC()
	if t.Year() < 1970 || t.Year() > 9999 { // which RFC 3339 cannot say
		return time.Time{}
	}
	return t
}

// parse reads what is stored of a run.
func (i *RunInfo) parse(r *runRow) error {
	if err := i.parseHeader(r); err != nil {
		return err
	}
	if r.hosts < 0 {
		return errors.New("its number of hosts is less than none")
	}
	i.batch, i.Hosts = r.batch, uint64(r.hosts)
	if r.scan != nil {
		i.Scan = r.scan
	}
	if err := i.parseEnd(r); err != nil {
		return err
	}
	var err error
	i.Done, err = parseRanges(r.done)
	return err
}

func (i *RunInfo) parseHeader(r *runRow) error {
	l, err := parseFrame(r.header)
	switch {
	case err != nil || l.Run == nil:
		return fmt.Errorf("its head: %w", orNotRight(err))
	case l.Run.ID != r.id:
		return errors.New("its head is of another run")
	}
	i.Header, i.head = *l.Run, true
	return nil
}

// parseEnd reads how far a run came.
func (i *RunInfo) parseEnd(r *runRow) error {
	if r.summary != nil {
		l, err := parseFrame(r.summary)
		if err != nil || l.Summary == nil {
			return fmt.Errorf("its summary: %w", orNotRight(err))
		}
		i.Summary = l.Summary
	}
	if err := json.Unmarshal(r.counted, &i.Counted); err != nil {
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
