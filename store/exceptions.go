package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"smbready/inventory"
)

// Exceptions lists what was accepted, also what has expired, by id.
func (s *Store) Exceptions(ctx context.Context) ([]inventory.Exception, error) {
	list, err := values[inventory.Exception](ctx, s, "exceptions", "SELECT exception FROM exceptions")
	slices.SortFunc(list, func(a, b inventory.Exception) int { return strings.Compare(a.ID, b.ID) }) // databases order text in their own ways
	return list, err
}

// Accept stores exceptions, all of them or none; one of the same ID is replaced.
func (s *Store) Accept(ctx context.Context, list ...inventory.Exception) error {
	texts := make([][]byte, len(list))
	for i := range list {
		err := s.checkID("the id of the exception", list[i].ID)
		if err == nil {
			texts[i], err = json.Marshal(list[i])
		}
		if err != nil {
			return err
		}
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for i, text := range texts {
			_, err := tx.ExecContext(ctx, "INSERT INTO exceptions (id, exception) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET exception = excluded.exception", list[i].ID, text)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Revoke removes an exception.
func (s *Store) Revoke(ctx context.Context, id string) error {
	if !validText(id) {
		return s.noException(id)
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, "DELETE FROM exceptions WHERE id = $1", id))
		if err == nil && n == 0 {
			err = s.noException(id)
		}
		return err
	})
}

func (s *Store) noException(id string) error {
	return s.errorf(ErrNotFound, "there is no exception %q", id)
}

// EachHost hands on the hosts of a run, by address; where addresses are named, only
// those at one of them. An error of use stops it and comes back as it is.
func (s *Store) EachHost(ctx context.Context, run string, at []netip.Addr, use func(*inventory.Host) error) error {
	if !validText(run) {
		return s.errorf(ErrNotFound, "there is no run %q", run)
	}
	var refused error
	handOn := func(line []byte) error {
		l := textLine{text: line}
		if err := l.parseHost(); err != nil {
			return s.damaged(run, fmt.Errorf("a host: %w", err))
		}
		refused = use(l.host)
		return refused
	}
	err := s.read(ctx, func(tx *sql.Tx) error {
		const query = "SELECT line FROM hosts WHERE run = $1"
		if len(at) == 0 {
			return eachLine(ctx, tx, handOn, query+" ORDER BY address, identity", run)
		}
		for _, a := range at {
			if err := eachLine(ctx, tx, handOn, query+" AND address = $2 ORDER BY identity", run, appendAddress(nil, a)); err != nil {
				return err
			}
		}
		return nil
	})
	if refused != nil {
		return refused
	}
	return err
}

// eachLine hands on the lines of a query. A line is valid until the next one.
func eachLine(ctx context.Context, tx *sql.Tx, use func([]byte) error, query string, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var line sql.RawBytes
		if err := rows.Scan(&line); err != nil {
			return err
		}
		if err := use(line); err != nil {
			return err
		}
	}
	return rows.Err()
}
