package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"time"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

const sqliteDialect = "sqlite3"

// readers is how many reads of a SQLite file may go on at once.
const readers = 4

// file is a store in a SQLite file.
//
// The file is in WAL mode, in which reading and writing do not wait for each
// other, and synchronous=FULL, in which a commit is on the disk before it
// returns (https://sqlite.org/pragma.html#pragma_synchronous). This process
// never opens the file itself: closing it would drop SQLite's locks
// (https://sqlite.org/howtocorrupt.html section 2.2).
type file struct {
	path   string
	opened os.FileInfo // as which it was opened
	busy   time.Duration
}

// connectSQLite makes the file if it is not there, so that nobody else may read
// it.
func connectSQLite(path string, p pace) (*Store, error) {
	path, err := filepath.Abs(path) // also a name with a meaning for SQLite, such as :memory:, is a file's
	if err != nil {
		return nil, &Error{Kind: ErrName, Text: err.Error(), cause: err}
	}
	f := &file{path: path, busy: p.busy}
	if err := f.create(); err != nil {
		return nil, err
	}
	s := &Store{engine: f, pace: p}
	if s.db, err = sql.Open("sqlite", f.url("&_txlock=immediate&_pragma=synchronous(full)&_pragma=foreign_keys(1)&_pragma=cache_size(-16000)")); err != nil {
		return nil, s.fault(err)
	}
	if s.reads, err = sql.Open("sqlite", f.url("&_pragma=query_only(1)")); err != nil {
		s.db.Close()
		return nil, s.fault(err)
	}
	s.db.SetMaxOpenConns(1) // one writer
	s.reads.SetMaxOpenConns(readers)
	return s, nil
}

// create makes an empty file and keeps its identity.
func (f *file) create() error {
	made, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case err == nil:
		made.Close()
	case errors.Is(err, fs.ErrExist):
	case errors.Is(err, fs.ErrNotExist) && !isFolder(filepath.Dir(f.path)):
		return f.errorf(ErrName, err, "there is no folder %s: make it, or name another store with --db", filepath.Dir(f.path))
	default:
		return f.errorf(ErrReadOnly, err, "it cannot be made (%v): name another store with --db, or keep nothing with --db none", reason(err))
	}
	if f.opened, err = os.Stat(f.path); err != nil {
		return f.errorf(ErrReadOnly, err, "it cannot be looked at (%v)", reason(err))
	}
	if !f.opened.Mode().IsRegular() {
		return f.errorf(ErrName, nil, "this is not a file: name one with --db FILE")
	}
	os.SameFile(f.opened, f.opened) // Windows finds out which file it is no earlier
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// checkThere fails where there is no file, or nothing in it.
func checkThere(path string) error {
	if path == "" {
		return nil // a server, or no name, which connecting finds out
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	f := &file{path: path}
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return f.errorf(ErrAbsent, nil, "there is no such store yet: smbready scan makes one; or name another with --db")
	case err == nil && info.Mode().IsRegular() && info.Size() == 0:
		return f.errorf(ErrAbsent, nil, "the file is empty: if it was a store, bring it back from a backup; smbready scan makes a new one of it")
	}
	return nil
}

// reason returns what the system said, without the path.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func (f *file) errorf(kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Store: f.path, Text: fmt.Sprintf(format, args...), cause: cause}
}

// url returns the file's name for SQLite. It must exist (mode=rw): a file that
// was removed is not made anew in silence.
func (f *file) url(options string) string {
	return sqliteURL(f.path, f.busy) + options
}

func sqliteURL(path string, busy time.Duration) string {
	path = filepath.ToSlash(path)
	if runtime.GOOS == "windows" {
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path}
	return fmt.Sprintf("%s?mode=rw&_error_rc=1&_pragma=busy_timeout(%d)", u.String(), busy.Milliseconds())
}

func (f *file) name() string             { return f.path }
func (f *file) dialect() string          { return sqliteDialect }
func (f *file) snapshot() *sql.TxOptions { return &sql.TxOptions{ReadOnly: true} }

func (f *file) tables() string {
	return `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'`
}

// lock takes the lock of an empty database beside the store's, which the
// operating system drops when the process ends. The store's own will not do: the
// steps of a migration are transactions of their own. It stays there, empty: it
// cannot be removed without taking it from under somebody who waits for it.
func (f *file) lock(ctx context.Context, _ *sql.DB) (func(), error) {
	path := f.path + "-lock"
	made, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, f.errorf(ErrReadOnly, err, "its folder cannot be written to (%v): name another store with --db", reason(err))
	}
	made.Close()
	db, err := sql.Open("sqlite", sqliteURL(path, f.busy)+"&_txlock=exclusive")
	if err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		db.Close()
		return nil, err
	}
	return func() {
		tx.Rollback()
		db.Close()
	}, nil
}

// prepare chooses what is kept in the file itself; the order matters, since the
// first page is written with the second.
func (f *file) prepare(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, "PRAGMA auto_vacuum = INCREMENTAL"); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	return err
}

// present compares the file of that name with the one that was opened.
func (f *file) present() error {
	now, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f.removed()
	case err != nil:
		return f.errorf(ErrDisk, err, "it cannot be looked at any more (%v): check the disk", reason(err))
	case !os.SameFile(now, f.opened):
		return f.errorf(ErrRemoved, nil, "another file was put in its place while it was in use: what was stored since then is not in it")
	}
	return nil
}

func (f *file) removed() *Error {
	return f.errorf(ErrRemoved, nil, "the file was removed while it was in use, with everything that was stored in it: bring it back from a backup, or name another store with --db")
}

// compact gives free pages back to the file system.
func (f *file) compact(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "PRAGMA incremental_vacuum")
	if err != nil {
		return err
	}
	for rows.Next() { // each step frees a page
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	// Others may be reading: then the file shrinks with a later checkpoint.
	_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// fault puts SQLite's result codes into words, https://sqlite.org/rescode.html.
func (f *file) fault(err error) *Error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	const primary = 0xff
	switch e.Code() {
	case codes.SQLITE_READONLY_DBMOVED:
		return f.removed()
	case codes.SQLITE_IOERR_SHMSIZE:
		return f.full()
	}
	switch e.Code() & primary {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED, codes.SQLITE_PROTOCOL:
		return f.errorf(ErrLocked, nil, "another process kept it locked for longer than %v: wait until that is done, or name another store with --db", f.busy)
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_CANTOPEN:
		return f.readOnly()
	case codes.SQLITE_CORRUPT:
		return f.errorf(ErrDamaged, nil, "the file is damaged: put it aside and bring it back from a backup, or name another store with --db")
	case codes.SQLITE_NOTADB:
		return f.errorf(ErrDamaged, nil, "this is no store, or the beginning of it is damaged: name another with --db, or, if it was one, bring it back from a backup")
	case codes.SQLITE_FULL:
		return f.full()
	case codes.SQLITE_IOERR:
		return f.ioError(e)
	}
	if m := noSuch.FindStringSubmatch(e.Error()); m != nil {
		return f.errorf(ErrDamaged, nil, partMissing, m[0])
	}
	return f.errorf(nil, nil, "the database says: %v", e)
}

// noSuch finds in the words of SQLite, which has no code for it, what of the schema is
// missing.
var noSuch = regexp.MustCompile(`no such (table|column): [\w.]+`)

func (f *file) full() *Error {
	return f.errorf(ErrFull, nil, "no space is left in %s: make room there (remove other files first, since removing runs needs some too; then smbready runs prune), or name another store with --db; what was committed is safe", filepath.Dir(f.path))
}

// readOnly says why a file cannot be opened or written to.
func (f *file) readOnly() *Error {
	if err := f.present(); err != nil {
		return err.(*Error)
	}
	return f.errorf(ErrReadOnly, nil, "the file or its folder cannot be written to: mend the permissions of both (a store is read with a file beside it), or name another store with --db")
}

func (f *file) ioError(e *sqlite.Error) *Error {
	if err := f.present(); err != nil {
		return err.(*Error)
	}
	return f.errorf(ErrDisk, nil, "the disk reports an error (code %d): check the disk of %s; what was committed before is in the file", e.Code(), filepath.Dir(f.path))
}
