package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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

// openStore opens the store that --db or the environment names.
func (a *app) openStore(ctx context.Context, db string) (*store.Store, error) {
	name := dbName(db)
	if name == noStore {
		return nil, hintError{usagef("this needs a store, and --db none is none"), "leave out --db none, or unset " + dbVariable}
	}
	return store.Open(ctx, name)
}

// openRun opens a run by the name of its file, or by its name in the store db;
// see store.Find. A file that exists goes first. Call the function that it
// returns when done with the run.
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
	if f, err := os.Open(name); err == nil {
		if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
			f.Close()
			return nil, nil, fmt.Errorf("cannot read %s: it is not a file", name)
		}
		return f, func() { f.Close() }, nil
	} else if !errors.Is(err, fs.ErrNotExist) || looksLikeFile(name) || dbName(db) == noStore {
		return nil, nil, fmt.Errorf("cannot read %s: %w", name, reason(err))
	}
	s, err := a.openStore(ctx, db)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	info, err := s.Find(ctx, name)
	if err != nil {
		return nil, nil, notFound(name, err)
	}
	if err := stored(s, &info); err != nil {
		return nil, nil, err
	}
	return exported(ctx, s, info.Header.ID)
}

// looksLikeFile reports whether a name can be nothing but that of a file.
func looksLikeFile(name string) bool {
	return strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".json")
}

// notFound says that a name is not that of a file either.
func notFound(name string, err error) error {
	if !errors.Is(err, store.ErrNotFound) || name == lastRun || strings.HasPrefix(name, lastRun+":") {
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
