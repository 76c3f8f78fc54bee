package store

import (
	"context"
	"database/sql"
	"encoding/json"
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

// Accept stores an exception; one of the same ID is replaced.
func (s *Store) Accept(ctx context.Context, e inventory.Exception) error {
	if err := s.checkID("the id of the exception", e.ID); err != nil {
		return err
	}
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO exceptions (id, exception) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET exception = excluded.exception", e.ID, b)
		return err
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
