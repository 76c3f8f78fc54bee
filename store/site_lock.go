package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// LockSite makes this process the one that is at each of some sites, until release
// is called, and fails with ErrRunning at once when another one is at one of them,
// on whatever machine. The sign is gone with the process that has it, however that
// ends. It may be gone before: when a server or the way to it fails. Then the scan
// goes on, and what is stored is guarded as ever by who owns the run. Release may be
// called twice.
func (s *Store) LockSite(ctx context.Context, sites ...string) (release func(), err error) {
	sites = slices.Compact(slices.Sorted(slices.Values(sites)))
	for _, site := range sites {
		if err := s.checkID("the name of the site", site); err != nil {
			return nil, err
		}
	}
	unlock, err := s.engine.lockSites(ctx, sites)
	var held heldError
	switch {
	case errors.As(err, &held):
		return nil, s.errorf(ErrRunning, "another smbready is at site %q: wait until that ends, or stop it", string(held))
	case err != nil:
		return nil, s.fault(err)
	}
	return sync.OnceFunc(unlock), nil
}

// heldError is the name of a site at which another process is.
type heldError string

func (e heldError) Error() string { return "another process is at site " + string(e) }

// lockSites locks a file for each site.
func (f *file) lockSites(_ context.Context, sites []string) (func(), error) {
	var unlocks []func()
	unlock := func() {
		for _, u := range unlocks {
			u()
		}
	}
	for _, site := range sites {
		u, err := f.lockSite(site)
		if err != nil {
			unlock()
			return nil, err
		}
		unlocks = append(unlocks, u)
	}
	return unlock, nil
}

// lockSite locks a file in the folder of the store. The file stays there, and
// means nothing by itself: it cannot be removed without taking it from under
// somebody who has just opened it.
func (f *file) lockSite(site string) (func(), error) {
	path := f.siteFile(site)
	held, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|noFollow, 0o600)
	if err != nil {
		return nil, f.errorf(ErrReadOnly, err, "%s beside it cannot be opened or made (%v): mend the permissions of the file and its folder, or remove the file while no smbready runs", filepath.Base(path), reason(err))
	}
	if err := lockFile(held); err != nil {
		held.Close()
		if errors.Is(err, errHeld) {
			return nil, heldError(site)
		}
		return nil, f.errorf(ErrLocked, err, "%s cannot be locked (%v): does its file system know locks?", filepath.Base(path), reason(err))
	}
	return func() { held.Close() }, nil
}

// siteFile returns the path of a site's lock. It is the same whichever link the
// store was opened by.
func (f *file) siteFile(site string) string {
	path := f.path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	sum := sha256.Sum256([]byte(filepath.Base(path) + "\n" + site))
	return filepath.Join(filepath.Dir(path), fmt.Sprintf("smbready-schedule-%x.lock", sum[:8]))
}

// lockSites takes locks of the server's on a connection of its own, which last as
// long as that. A pooler between that gives the server's connection to others after
// each transaction takes the sense out of it.
func (v *server) lockSites(ctx context.Context, sites []string) (func(), error) {
	ctx, cancel := context.WithTimeout(ctx, v.retry)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, v.config)
	if err != nil {
		return nil, err
	}
	for _, site := range sites {
		held, err := tryLock(ctx, conn, site)
		if err == nil && !held {
			err = heldError(site)
		}
		if err != nil {
			closeConn(conn)
			return nil, err
		}
	}
	keepAlive(ctx, conn)
	return func() { closeConn(conn) }, nil
}

// tryLock tries to take the lock of a site, of the stores in a database this one.
func tryLock(ctx context.Context, conn *pgx.Conn, site string) (held bool, err error) {
	var schema string
	if err := conn.QueryRow(ctx, "SELECT COALESCE(current_schema(), '')").Scan(&schema); err != nil {
		return false, err
	}
	err = conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", siteKey(schema, site)).Scan(&held)
	return held, err
}

// siteKey returns the number of a site's lock. All locks of a database are in one
// space of numbers, other programs' too.
func siteKey(schema, site string) int64 {
	sum := sha256.Sum256([]byte("smbready site\n" + schema + "\n" + site))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// keepAlive asks the server to find out within a minute or so that a machine is
// gone, which takes hours otherwise, and not to end a session because it is idle. A
// server that does not know one of these goes by its own.
func keepAlive(ctx context.Context, conn *pgx.Conn) {
	for _, set := range []string{"SET tcp_keepalives_idle = 30", "SET tcp_keepalives_interval = 10", "SET tcp_keepalives_count = 3", "SET idle_session_timeout = 0"} {
		conn.Exec(ctx, set)
	}
}

// closeConn gives up the locks of a connection, before others can see that it is
// closed, and closes it.
func closeConn(conn *pgx.Conn) {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn.Exec(ctx, "SELECT pg_advisory_unlock_all()")
	conn.Close(ctx)
}
