package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// connections is how many of them a process has to a PostgreSQL server at most.
const connections = 8

// server is a store on a PostgreSQL server.
type server struct {
	config *pgx.ConnConfig
	retry  time.Duration
}

func connectPostgres(config *pgx.ConnConfig, p pace) (*Store, error) {
	const connectTimeout = 10 * time.Second
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	config.RuntimeParams["timezone"] = "UTC" // of the texts that the server's clock is read as
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "smbready"
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(connections)
	return &Store{engine: &server{config: config, retry: p.retry}, db: db, reads: db, pace: p}, nil
}

func (v *server) name() string {
	return fmt.Sprintf("postgres://%s@%s:%d/%s", v.config.User, v.config.Host, v.config.Port, v.config.Database)
}

func (v *server) dialect() string { return "postgres" }

func (v *server) tables() string {
	return `SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = ANY (current_schemas(false))`
}

// lock takes a lock of the server's, which drops it when the connection ends.
func (v *server) lock(ctx context.Context, db *sql.DB) (func(), error) {
	const key = 0x736d627265616479 // "smbready"
	ctx, cancel := context.WithTimeout(ctx, v.retry)
	defer cancel()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(key)); err != nil {
		conn.Close()
		return nil, err
	}
	return func() {
		conn.ExecContext(context.Background(), "SELECT pg_advisory_unlock($1)", int64(key))
		conn.Close()
	}, nil
}

func (v *server) prepare(context.Context, *sql.DB) error { return nil }
func (v *server) present() error                         { return nil }
func (v *server) compact(context.Context, *sql.DB) error { return nil } // the server does

func (v *server) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// fault puts the server's error codes into words, PostgreSQL 15 appendix A, and
// what happens to connections.
func (v *server) fault(err error) *Error {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return v.faultOfServer(pe)
	}
	var ce *pgconn.ConnectError
	switch {
	case errors.As(err, &ce):
		return v.errorf(ErrUnreachable, "no server answers at %s:%d: check that it runs and that no firewall is between; what was committed is safe", v.config.Host, v.config.Port)
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, sql.ErrTxDone):
		return nil
	case errors.Is(err, sql.ErrConnDone), errors.Is(err, driver.ErrBadConn), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), v.network(err):
		return v.errorf(ErrUnreachable, "the connection to the server broke off: check that it runs; what was committed is safe")
	}
	return nil
}

// network reports whether an error came from a connection.
func (v *server) network(err error) bool {
	var timeout interface{ Timeout() bool } // every net.Error
	return errors.As(err, &timeout) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

func (v *server) errorf(kind error, format string, args ...any) *Error {
	return &Error{Kind: kind, Store: v.name(), Text: fmt.Sprintf(format, args...)}
}

func (v *server) faultOfServer(e *pgconn.PgError) *Error {
	class := e.Code[:min(2, len(e.Code))]
	switch {
	case class == "28":
		return v.errorf(ErrPassword, "the server does not let %q in: check the password (PGPASSWORD, ~/.pgpass or in the address) and the server's pg_hba.conf", v.config.User)
	case e.Code == "3D000":
		return v.errorf(ErrName, "the server has no database %q: make it (createdb), or name another store with --db", v.config.Database)
	case e.Code == "42501":
		return v.errorf(ErrReadOnly, "%q may not do that there: grant it the right to make tables in its schema and to write to them", v.config.User)
	case e.Code == "25006":
		return v.errorf(ErrReadOnly, "the server only reads (a standby?): name the one that writes")
	case e.Code == "53100":
		return v.errorf(ErrFull, "no space is left on the server: make room there (remove other files first, since removing runs needs some too; then smbready runs prune); what was committed is safe")
	case e.Code == "42P01", e.Code == "42703":
		return v.errorf(ErrDamaged, partMissing, v.scrub(e.Message))
	case e.Code == "55P03":
		return v.errorf(ErrLocked, "another process locks it: wait until that is done")
	case class == "08", class == "57", class == "53", class == "40":
		return v.errorf(ErrUnreachable, "the server cannot serve us now (%s): check that it runs and has connections left; what was committed is safe", e.Code)
	case class == "XX", class == "58":
		return v.errorf(ErrDamaged, "the server reports damage (%s): see its log", e.Code)
	}
	return v.errorf(nil, "the server says: %s (%s)", v.scrub(e.Message), e.Code)
}

// scrub takes the password out of a text, in case that a server repeats it.
func (v *server) scrub(text string) string {
	if v.config.Password == "" {
		return text
	}
	return strings.ReplaceAll(text, v.config.Password, "***")
}
