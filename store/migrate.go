package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"github.com/pressly/goose/v3"
)

// migrations are the steps that lead from an empty database to the schema of
// this version. One that was published is never changed; a new one is added.
//
//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is where goose notes which migrations were done.
const versionTable = "smbready_schema"

// ownTables are the other tables of the schema.
var ownTables = []string{"runs", "progress", "hosts", "sites", "exceptions"}

// migrate brings the schema up to date, once, whoever else tries to at the same
// time.
func (s *Store) migrate(ctx context.Context) error {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.Dialect(s.engine.dialect()), s.db, folder,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	known := provider.ListSources()
	latest := known[len(known)-1].Version
	if version, err := s.version(ctx); err != nil || version == latest {
		return err
	} else if version > latest {
		return s.newer(version, latest)
	} else if version == 0 && s.existing {
		return s.errorf(ErrAbsent, "there is no store in it yet: smbready scan makes one; or name another with --db")
	}
	return s.migrateLocked(ctx, provider, latest)
}

func (s *Store) newer(version, latest int64) error {
	return s.errorf(ErrNewer, "this store was made by a newer smbready (schema %d, this one knows %d): update, or name another store with --db", version, latest)
}

// migrateLocked is the part of migrate that one process at a time does. What
// another did before is seen and left alone.
func (s *Store) migrateLocked(ctx context.Context, provider *goose.Provider, latest int64) error {
	unlock, err := s.engine.lock(ctx, s.db)
	if err != nil {
		return err
	}
	defer unlock()
	version, err := s.version(ctx)
	switch {
	case err != nil:
		return err
	case version > latest:
		return s.newer(version, latest)
	case version == 0:
		if err := s.engine.prepare(ctx, s.db); err != nil {
			return err
		}
	}
	_, err = provider.Up(ctx)
	return err
}

// version returns the version of the schema, or 0 when there is none yet.
func (s *Store) version(ctx context.Context) (int64, error) {
	tables, err := list(ctx, s.db, s.engine.tables())
	if err != nil {
		return 0, err
	}
	if !slices.Contains(tables, versionTable) {
		for _, t := range tables {
			if s.engine.dialect() == sqliteDialect || slices.Contains(ownTables, t) {
				return 0, s.errorf(ErrNotStore, "this is a database of something else (it has a table %q): name another store with --db", t)
			}
		}
		return 0, nil
	}
	var version sql.NullInt64
	err = s.db.QueryRowContext(ctx, "SELECT MAX(version_id) FROM "+versionTable).Scan(&version)
	if err == nil && !version.Valid { // where goose made it, it has a row
		err = s.errorf(ErrDamaged, "%s", fmt.Sprintf(partMissing, "what version of a store it is"))
	}
	return version.Int64, err
}

// list returns the rows of a query for one text.
func list(ctx context.Context, db *sql.DB, query string) ([]string, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var texts []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}
