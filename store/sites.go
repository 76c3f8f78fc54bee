package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"smbready/inventory"
)

// PutSites keeps the sites of a sites file as they are now, in place of those
// that were kept before.
func (s *Store) PutSites(ctx context.Context, sites []inventory.Site) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM sites"); err != nil {
			return err
		}
		for i, site := range sites {
			b, err := json.Marshal(site)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "INSERT INTO sites (position, site) VALUES ($1, $2)", i, b); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sites lists the sites as they were last kept.
func (s *Store) Sites(ctx context.Context) (sites []inventory.Site, err error) {
	return values[inventory.Site](ctx, s, "sites", "SELECT site FROM sites ORDER BY position")
}

// values reads the rows of a query for one column of JSON.
func values[T any](ctx context.Context, s *Store, what, query string) (list []T, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var b sql.RawBytes
			var v T
			if err := rows.Scan(&b); err != nil {
				return err
			}
			if err := json.Unmarshal(b, &v); err != nil {
				return s.errorf(ErrDamaged, "the %s in it cannot be read (%v): bring the store back from a backup", what, err)
			}
			list = append(list, v)
		}
		return rows.Err()
	})
	return list, err
}
