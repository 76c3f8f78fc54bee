package store

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
)

// Export writes a run as JSON lines: its head, the hosts by address, and the
// summary if it ended. Of a run that is being written it is what was committed at
// one moment. The lines are those that were stored, byte for byte.
func (s *Store) Export(ctx context.Context, id string, w io.Writer) error {
	if !validText(id) {
		return s.errorf(ErrNotFound, "there is no run %q", id)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	err := s.read(ctx, func(tx *sql.Tx) error { return s.export(ctx, tx, id, out) })
	if failed := out.Flush(); failed != nil { // not the store's fault
		return failed
	}
	return err
}

// errOutput stops an export whose output fails; the buffer keeps the reason.
var errOutput = errors.New("store: the output fails")

func (s *Store) export(ctx context.Context, tx *sql.Tx, id string, out *bufio.Writer) error {
	var header, summary []byte
	var hosts int64
	err := tx.QueryRowContext(ctx, "SELECT r.header, r.summary, p.hosts FROM runs r JOIN progress p ON p.run = r.id WHERE r.id = $1 AND r.stage <> $2", id, stageDeleting).
		Scan(&header, &summary, &hosts)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return s.errorf(ErrNotFound, "there is no run %q: runs list shows all", id)
	case err != nil:
		return err
	}
	writeLine(out, header)
	n, err := s.exportHosts(ctx, tx, id, out)
	if err != nil {
		return err
	}
	if n != hosts { // a report without them would call a site ready that is not
		return s.damaged(id, fmt.Errorf("it has %d of its %d hosts", n, hosts))
	}
	if summary != nil {
		writeLine(out, summary)
	}
	return nil
}

// exportHosts returns how many it wrote. What cannot be read is damage, which is found
// when all is written.
func (s *Store) exportHosts(ctx context.Context, tx *sql.Tx, id string, out *bufio.Writer) (n int64, err error) {
	check := newHostCheck()
	n, err = eachHostLine(ctx, tx, id, func(address, identity, line []byte) error {
		check.add(address, identity, line)
		return writeLine(out, line)
	})
	if host, why := check.wait(); err == nil && why != nil {
		err = s.damaged(id, fmt.Errorf("host %d of it: %w", host, why))
	}
	return n, err
}

// eachHostLine hands on the rows of the hosts of a run, and returns how many there are.
func eachHostLine(ctx context.Context, tx *sql.Tx, id string, use func(address, identity, line []byte) error) (n int64, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT address, identity, line FROM hosts WHERE run = $1 ORDER BY address, identity", id)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var address, identity, line sql.RawBytes
		if err := rows.Scan(&address, &identity, &line); err != nil {
			return n, err
		}
		if use(address, identity, line) != nil {
			return n, errOutput
		}
		n++
	}
	return n, rows.Err()
}

// writeLine writes a line with its newline. The error of an earlier one stays
// with the writer.
func writeLine(out *bufio.Writer, line []byte) error {
	out.Write(line)
	return out.WriteByte('\n')
}
