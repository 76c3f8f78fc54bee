package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"smbready/report"
	"smbready/store"
)

// dbVariable names the store where --db does not. It can hold a password, which
// an argument must not: every user of this machine could see it.
const dbVariable = "SMBREADY_DB"

// noStore is the name of no store at all.
const noStore = "none"

// lastRun is the name of the run that began last.
const lastRun = "last"

// dbFlag adds the flag that says which store runs are in.
func dbFlag(fl *pflag.FlagSet, db *string) {
	fl.StringVar(db, "db", "", "the `store` that runs are in: an SQLite file, postgres://USER@HOST/DATABASE, or none; without it "+dbVariable+", or a file of your own")
}

// dbName returns the store that --db or the environment names; "" is the user's
// own.
func dbName(db string) string { return cmp.Or(db, os.Getenv(dbVariable)) }

// storeFile is the path of a store that is a file; empty for a server, and for none.
func storeFile(name string) string {
	if name == noStore {
		return ""
	}
	return store.File(name)
}

// openName is the name of a store for other programs, wherever they run and without a
// password; empty where there is none.
func openName(name string) string {
	if path := storeFile(name); path != "" {
		if abs, err := filepath.Abs(path); err == nil {
			return abs
		}
		return path
	}
	u, err := url.Parse(name)
	if err != nil {
		return ""
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	for _, secret := range []string{"password", "sslpassword"} {
		q.Del(secret)
	}
	if u.RawQuery != "" {
		u.RawQuery = q.Encode()
	}
	return u.String()
}

// openStore opens the store that --db or the environment names.
func (a *app) openStore(ctx context.Context, db string) (*store.Store, error) {
	name := dbName(db)
	if name == noStore {
		return nil, hintError{usagef("this needs a store, and --db none is none"), "leave out --db none, or unset " + dbVariable}
	}
	return store.Open(ctx, name)
}

// openStoreToRead is openStore for a command that has nothing to put into a store: one
// that is not there is not made.
func (a *app) openStoreToRead(ctx context.Context, db string) (*store.Store, error) {
	name := dbName(db)
	if name == noStore {
		return a.openStore(ctx, db)
	}
	return store.OpenExisting(ctx, name)
}

// openRun opens a run by the name of its file, or by its name in the store db;
// see store.Find. A name that is both is refused. Call the function that it returns
// when done with the run.
func (a *app) openRun(ctx context.Context, db, name string) (*report.Run, func(), error) {
	f, done, err := a.openRunFile(ctx, db, name)
	if err != nil {
		return nil, nil, err
	}
	run, err := readRun(f)
	if err == nil {
		err = onlyLastOf(run, name)
	}
	if err != nil {
		done()
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return run, done, nil
}

// openStored opens a run of a store by its id. What the store says is never looked for
// among files: one that goes by that name would stand for the run.
func openStored(ctx context.Context, s *store.Store, id string) (*report.Run, func(), error) {
	f, done, err := exported(ctx, s, id)
	if err != nil {
		return nil, nil, err
	}
	run, err := readRun(f)
	if err != nil {
		done()
		return nil, nil, fmt.Errorf("run %s: %w", id, err)
	}
	return run, done, nil
}

func readRun(f *os.File) (*report.Run, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return report.Open(f, info.Size())
}

// onlyLastOf leaves of a run of several sites the one that last:SITE names.
func onlyLastOf(run *report.Run, name string) error {
	site, ofSite := strings.CutPrefix(name, lastRun+":")
	if !ofSite || run.Header.Site == site || !run.Header.IsOf(site) {
		return nil
	}
	return run.OnlySite(site)
}

// openRunFile is openRun for a caller that wants the JSON lines. Those of a
// stored run are in a file without a name, so that reports do not depend on the
// kind of store.
func (a *app) openRunFile(ctx context.Context, db, name string) (*os.File, func(), error) {
	return a.openRunWith(ctx, db, name, func(*store.Store, *store.RunInfo) error { return nil })
}

// openRunWith is openRunFile which, where the run is a stored one, lets stored look at
// it before.
func (a *app) openRunWith(ctx context.Context, db, name string, stored func(*store.Store, *store.RunInfo) error) (*os.File, func(), error) {
	kind, err := whatIs(name)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("cannot read %s: %w", name, reason(err))
	case !ofStore(name) && (looksLikeFile(name) || dbName(db) == noStore):
		return openNamed(name)
	}
	s, info, err := a.findStored(ctx, db, name)
	none := errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrAbsent)
	switch {
	case kind == aFile && none:
		return openNamed(name)
	case kind == aFolder && none:
		return nil, nil, fmt.Errorf("cannot read %s: it is not a file, and no stored run is called that", name)
	case kind == aFile && err != nil:
		return nil, nil, hintError{err, "for the file of that name: ." + string(filepath.Separator) + name}
	case err != nil:
		return nil, nil, notFound(name, err)
	}
	defer s.Close()
	if kind == aFile {
		return nil, nil, hintError{usagef("%s is a file here, and a run of the store %s", name, s.Name()),
			fmt.Sprintf("the file is .%c%s, and the run %s%s", filepath.Separator, name, store.RunPrefix, info.Header.ID)}
	}
	if err := stored(s, &info); err != nil {
		return nil, nil, err
	}
	return exported(ctx, s, info.Header.ID)
}

// findStored opens the store and finds a run in it. Close the store unless it fails.
func (a *app) findStored(ctx context.Context, db, name string) (*store.Store, store.RunInfo, error) {
	s, err := a.openStoreToRead(ctx, db)
	if err != nil {
		return nil, store.RunInfo{}, err
	}
	info, err := s.Find(ctx, name)
	if err != nil {
		return nil, info, errors.Join(err, s.Close())
	}
	return s, info, nil
}

// namedKind is what goes by a name in the file system.
type namedKind int

const (
	nothing namedKind = iota
	aFile
	aFolder // or something else that no run can be read from
)

// whatIs looks a name up among the files, unless it is one of the store's alone.
func whatIs(name string) (namedKind, error) {
	if ofStore(name) {
		return nothing, nil
	}
	switch info, err := os.Stat(name); {
	case errors.Is(err, fs.ErrNotExist):
		return nothing, nil
	case err != nil:
		return nothing, err
	case info.Mode().IsRegular():
		return aFile, nil
	}
	return aFolder, nil
}

// openNamed opens a file that was named.
func openNamed(name string) (*os.File, func(), error) {
	f, err := openRegular(name)
	if err != nil {
		return nil, nil, err
	}
	return f, func() { f.Close() }, nil
}

// ofStore reports whether a name can be nothing but that of a stored run.
func ofStore(name string) bool {
	return name == lastRun || strings.HasPrefix(name, lastRun+":") || strings.HasPrefix(name, store.RunPrefix)
}

// looksLikeFile reports whether a name can be nothing but that of a file.
func looksLikeFile(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".json")
}

// notFound says that a name is not that of a file either.
func notFound(name string, err error) error {
	if !errors.Is(err, store.ErrNotFound) || ofStore(name) {
		return err
	}
	return fmt.Errorf("%w, and no file is called that", err)
}

// exported writes a stored run to a temporary file, which is gone with the
// function that comes back with it, or with the program.
func exported(ctx context.Context, s *store.Store, id string) (*os.File, func(), error) {
	f, err := os.CreateTemp("", "smbready-*.jsonl")
	if err != nil {
		return nil, nil, hintError{fmt.Errorf("cannot read the run into %s: %w", os.TempDir(), reason(err)), moreRoom}
	}
	gone := os.Remove(f.Name()) == nil // not so on Windows, while it is open
	done := func() {
		f.Close()
		if !gone {
			os.Remove(f.Name())
		}
	}
	to := &sink{w: f, name: f.Name()}
	if err = s.Export(ctx, id, to); err == nil {
		return f, done, nil
	}
	done()
	return nil, nil, err
}
