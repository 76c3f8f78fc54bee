package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"smbready/inventory"
)

// ChangeSites hands the sites that are kept to a function, and keeps what it returns in
// their place, unless that is an error. Nobody else changes them meanwhile.
func (s *Store) ChangeSites(ctx context.Context, change func([]inventory.Site) ([]inventory.Site, error)) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE "+versionTable+" SET is_applied = is_applied"); err != nil { // one after the other
			return err
		}
		known, err := valuesIn[inventory.Site](ctx, s, tx, "sites", sitesQuery)
		if err != nil {
			return err
		}
		sites, err := change(known)
		if err != nil {
			return err
		}
		return putSites(ctx, tx, sites)
	})
}

func putSites(ctx context.Context, tx *sql.Tx, sites []inventory.Site) error {
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
}

const sitesQuery = "SELECT site FROM sites ORDER BY position"

// Sites lists the sites as they were last kept.
func (s *Store) Sites(ctx context.Context) (sites []inventory.Site, err error) {
	return values[inventory.Site](ctx, s, "sites", sitesQuery)
}

// values reads the rows of a query for one column of JSON.
func values[T any](ctx context.Context, s *Store, what, query string) (list []T, err error) {
	err = s.read(ctx, func(tx *sql.Tx) (err error) {
		list, err = valuesIn[T](ctx, s, tx, what, query)
		return err
	})
	return list, err
}

func valuesIn[T any](ctx context.Context, s *Store, tx *sql.Tx, what, query string) (list []T, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var b sql.RawBytes
		var v T
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(b, &v); err != nil {
			return nil, s.errorf(ErrDamaged, "the %s in it cannot be read (%v): bring the store back from a backup", what, err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}
