package store

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
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
	n, err := exportHosts(ctx, tx, id, out)
	if err != nil {
		return err
	}
	if n != hosts { // a report without them would call a site ready that is not
		return s.errorf(ErrDamaged, "run %s has %d of its %d hosts: bring the store back from a backup, or scan again", id, n, hosts)
	}
	if summary != nil {
		writeLine(out, summary)
	}
	return nil
}

// exportHosts returns how many it wrote.
func exportHosts(ctx context.Context, tx *sql.Tx, id string, out *bufio.Writer) (n int64, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT line FROM hosts WHERE run = $1 ORDER BY address, identity", id)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var line sql.RawBytes
		if err := rows.Scan(&line); err != nil {
			return n, err
		}
		if writeLine(out, line) != nil {
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
