package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"smbready/inventory"
)

// Import stores a run from JSON lines and returns its id. The lines are kept as
// they are, with fields that this version does not know; lines of a type that it
// does not know are passed over, as inventory.Reader does. Of two lines of one
// host the later one counts. A last line that was cut off, and a summary after
// which more hosts follow, make a run that did not end. Any other line that is
// not of the format is an inventory.LineError, and nothing is stored.
//
// A run that is there already is an error unless it is the same, or it is there
// because its recording broke off: then what the file has more is added.
func (s *Store) Import(ctx context.Context, r io.Reader) (string, error) {
	f := &lineReader{r: bufio.NewReaderSize(r, 64<<10)}
	head, err := f.head()
	if err != nil {
		return "", err
	}
	i := &importing{store: s, file: f, id: head.run.ID}
	if err := i.begin(ctx, head); err != nil {
		return "", err
	}
	return i.id, i.run(ctx)
}

// importing is one import on its way.
type importing struct {
	store    *Store
	file     *lineReader
	id       string
	target   string // the run that lines go to
	compare  bool   // that is one to be compared with the one that is there
	fresh    bool   // that was not there before
	recorder *Recorder
	summary  []byte
}

// begin chooses where the lines go.
func (i *importing) begin(ctx context.Context, head headLine) error {
	n := newRun{id: i.id, stage: stageImporting, run: head.run, header: head.text}
	i.target, i.fresh = i.id, true
	if err := i.store.checkRunID(i.id); err != nil {
		return err
	}
	if err := i.store.clear(ctx); err != nil {
		return err
	}
	info, err := i.store.run(ctx, i.id)
	switch {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return err
	case info.Running:
		return i.store.errorf(ErrRunning, "run %s is being written by another smbready: wait until that ends", i.id)
	case info.stage == stageImporting: // an import that broke off
		if err := i.store.Delete(ctx, i.id); err != nil {
			return err
		}
	case info.Complete():
		i.compare, i.target = true, "~"+rand.Text()
		n.id, n.stage = i.target, stageDeleting
	default:
		return i.goOn(ctx, head)
	}
	i.recorder, err = i.store.begin(ctx, n)
	return err
}

// goOn lets the lines go to a run that is there and did not end.
func (i *importing) goOn(ctx context.Context, head headLine) error {
	i.fresh = false
	same := false
	err := i.store.read(ctx, func(tx *sql.Tx) error {
		var header []byte
		err := tx.QueryRowContext(ctx, "SELECT header FROM runs WHERE id = $1", i.id).Scan(&header)
		same = bytes.Equal(header, head.text)
		return err
	})
	if err != nil {
		return err
	}
	if !same {
		return i.exists()
	}
	owner, err := i.store.take(ctx, i.id)
	if err != nil {
		return err
	}
	info, err := i.store.run(ctx, i.id)
	if err != nil {
		i.store.release(i.id, owner)
		return err
	}
	i.recorder = i.store.newRecorder(i.id, owner)
	i.recorder.number, i.recorder.ranges, i.recorder.counted = info.batch, info.Done, info.Counted
	go i.recorder.write()
	return nil
}

func (i *importing) exists() error {
	return i.store.errorf(ErrExists, "there is another run %s already, and its lines differ (what scan and report write with -f json has verdicts besides): if the file is the right one, runs import --replace puts it in the place of that", i.id)
}

// run stores the lines. What was begun here is removed again if it fails.
func (i *importing) run(ctx context.Context) error {
	err := i.lines(ctx)
	if err == nil {
		err = i.recorder.end(i.summary)
	} else {
		i.recorder.end(nil)
	}
	if err == nil && i.compare {
		err = i.compareRuns(ctx)
	}
	if i.compare || err != nil && i.fresh {
		// Also when the import was interrupted. What is left of it is hidden, or
		// stands there as unfinished.
		err = errors.Join(err, i.store.remove(context.WithoutCancel(ctx), i.target))
	}
	return err
}

// lines passes the lines to the recorder.
func (i *importing) lines(ctx context.Context) error {
	for ctx.Err() == nil {
		l, err := i.file.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF): // a crash left it so
			i.summary = nil
			return nil
		case err != nil:
			return err
		case l.host != nil:
			i.summary = nil
			if err := i.recorder.Line(l.host, l.text); err != nil {
				return err
			}
		case l.summary:
			i.summary = bytes.Clone(l.text)
		case l.run != nil && l.run.ID != i.id:
			return &inventory.LineError{Line: i.file.line, Err: errors.New("a second run begins here; a file holds one run")}
		}
	}
	return ctx.Err()
}

// compareRuns compares the run that was read with the one that is there.
func (i *importing) compareRuns(ctx context.Context) error {
	var same int64
	err := i.store.read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT CASE WHEN
			(SELECT COUNT(*) FROM runs a JOIN runs b ON b.header = a.header AND (b.summary = a.summary OR b.summary IS NULL AND a.summary IS NULL) WHERE a.id = $1 AND b.id = $2) = 1
			AND (SELECT hosts FROM progress WHERE run = $1) = (SELECT hosts FROM progress WHERE run = $2)
			AND (SELECT hosts FROM progress WHERE run = $1) = (SELECT COUNT(*) FROM hosts a
				JOIN hosts b ON b.run = $2 AND b.address = a.address AND b.identity = a.identity WHERE a.run = $1 AND a.line = b.line)
			THEN 1 ELSE 0 END`, i.id, i.target).Scan(&same)
	})
	if err == nil && same == 0 {
		err = i.exists()
	}
	return err
}

// lineReader reads the lines of a run with their bytes, as inventory.Reader reads
// them.
type lineReader struct {
	r    *bufio.Reader
	line int
	text []byte // of a line that did not fit into the buffer of r
}

// textLine is a line and its bytes without the newline, which hold until the next
// one is read. Of a line of an unknown type nothing is set.
type textLine struct {
	text    []byte
	run     *inventory.Run
	host    *inventory.Host
	summary bool
}

// headLine is the first line.
type headLine struct {
	run  *inventory.Run
	text []byte
}

// head reads the first line. Errors there mean that the file is of another kind.
func (f *lineReader) head() (headLine, error) {
	l, err := f.next()
	switch {
	case errors.Is(err, io.EOF):
		return headLine{}, errors.New("not a smbready run: the file is empty")
	case errors.Is(err, inventory.ErrVersion):
		return headLine{}, err
	case err == nil && l.run == nil:
		err = &inventory.LineError{Line: f.line, Err: errors.New("the first line is not the head of a run")}
	}
	if err != nil {
		return headLine{}, fmt.Errorf("not a smbready run: %w", err)
	}
	return headLine{l.run, bytes.Clone(l.text)}, nil
}

// next returns the next line that is not blank, or io.EOF.
func (f *lineReader) next() (textLine, error) {
	for {
		text, err := f.read()
		if err != nil {
			return textLine{}, err
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		l, err := parseText(text)
		if err != nil {
			return textLine{}, &inventory.LineError{Line: f.line, Err: err}
		}
		return l, nil
	}
}

// read returns the bytes of a line. A last one that is no JSON was cut off.
func (f *lineReader) read() ([]byte, error) {
	f.line++
	f.text = f.text[:0]
	for {
		part, err := f.r.ReadSlice('\n')
		if len(f.text)+len(part) > maxLine {
			return nil, &inventory.LineError{Line: f.line, Err: fmt.Errorf("longer than %d bytes: not a run of smbready", maxLine)}
		}
		if err == nil && len(f.text) == 0 {
			return part[:len(part)-1], nil
		}
		f.text = append(f.text, part...)
		switch {
		case err == nil:
			return f.text[:len(f.text)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		case !errors.Is(err, io.EOF), len(f.text) == 0:
			return nil, err
		case json.Valid(f.text):
			return f.text, nil
		default:
			return nil, &inventory.LineError{Line: f.line, Err: io.ErrUnexpectedEOF}
		}
	}
}

// hostStart is how every host line of inventory.Writer begins.
var hostStart = []byte(`{"type":"host","address":"`)

func parseText(text []byte) (textLine, error) {
	l := textLine{text: text}
	kind := "host"
	if !bytes.HasPrefix(text, hostStart) {
		var head struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(text, &head); err != nil {
			return l, err
		}
		kind = head.Type
	}
	switch kind {
	case "host":
		return l, l.parseHost()
	case "run", "summary":
		frame, err := parseFrame(text)
		l.run, l.summary = frame.Run, frame.Summary != nil
		return l, err
	}
	return l, nil
}

// parseHost reads all of a host, so that what is stored can be read again.
func (l *textLine) parseHost() error {
	var h struct {
		Type string `json:"type"`
		inventory.Host
	}
	if err := json.Unmarshal(l.text, &h); err != nil {
		return err
	}
	switch {
	case h.Type != "host":
		return errors.New("two types in one line")
	case !h.Address.IsValid() && h.Identity == "":
		return errors.New("a host without an address")
	}
	l.host = &h.Host
	return nil
}
