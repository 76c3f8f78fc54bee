package store

import (
	"context"
	"errors"
	"fmt"
)

// What can go wrong, to be asked for with errors.Is.
var (
	ErrName        = errors.New("not the name of a store")
	ErrAbsent      = errors.New("there is no store yet")
	ErrNewer       = errors.New("the store was made by a newer smbready")
	ErrNotStore    = errors.New("a database of something else")
	ErrDamaged     = errors.New("the store is damaged")
	ErrLocked      = errors.New("the store is locked")
	ErrReadOnly    = errors.New("the store cannot be written to")
	ErrRemoved     = errors.New("the store was removed")
	ErrFull        = errors.New("no space is left")
	ErrDisk        = errors.New("the disk reports an error")
	ErrUnreachable = errors.New("the store cannot be reached")
	ErrPassword    = errors.New("the store does not let us in")
	ErrNotFound    = errors.New("there is no such run")
	ErrAmbiguous   = errors.New("several runs go by that name")
	ErrExists      = errors.New("the run is there already")
	ErrRunning     = errors.New("the run is being written")
	ErrTaken       = errors.New("another process took over the run")
	ErrComplete    = errors.New("the run is complete")
	ErrNoScan      = errors.New("the run cannot be resumed")
	ErrValue       = errors.New("a value that the store cannot keep")
)

// errClosed reports a call of a Recorder that was closed.
var errClosed = errors.New("store: the run was closed already")

// partMissing says that not all of a store is there.
const partMissing = "the store is damaged, a part of it is missing (%s): put it aside and bring it back from a backup, or name another with --db"

// Error says what happened to which store, and what to do about it. It never
// holds a password.
type Error struct {
	Kind  error  // one of this package's variables; nil if nothing is known of it
	Store string // its name
	Text  string // what happened, and what to do
	Run   string // the id of the run that is damaged, where one alone is
	cause error  // not printed: a driver's text may hold anything
}

func (e *Error) Error() string {
	if e.Store == "" {
		return e.Text
	}
	return e.Store + ": " + e.Text
}

// Unwrap returns the kind and, if there is one, the error of the driver below.
func (e *Error) Unwrap() []error {
	var list []error
	for _, err := range []error{e.Kind, e.cause} {
		if err != nil {
			list = append(list, err)
		}
	}
	return list
}

// errorf returns an Error about this store.
func (s *Store) errorf(kind error, format string, args ...any) error {
	return &Error{Kind: kind, Store: s.Name(), Text: fmt.Sprintf(format, args...)}
}

// fault puts an error of the database into words. What is in words already, and
// the end of a context, stays as it is.
func (s *Store) fault(err error) error {
	var e *Error
	switch {
	case err == nil, errors.As(err, &e), errors.Is(err, errClosed), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: ErrUnreachable, Store: s.Name(), Text: "it gave no answer in time; nothing that was committed is lost", cause: err}
	}
	if e := s.engine.fault(err); e != nil {
		e.Store, e.cause = s.Name(), err
		return e
	}
	return err
}

// passing reports whether an error may go away by itself.
func passing(err error) bool {
	var p interface{ passing() bool }
	return errors.Is(err, ErrUnreachable) || errors.Is(err, ErrLocked) || errors.As(err, &p) && p.passing()
}
