package capture

import (
	"context"
	"errors"
	"io"
	"time"

	"smbready/inventory"
)

// Options say how a capture is read. The zero value is right for most.
type Options struct {
	Name           string   // of the file, for Contact.Origin and Input.Name
	Ports          []uint16 // of SMB servers; nil: 445 and 139
	MaxConnections int      // that are followed at a time; 0: 65,536
	MaxHosts       int      // 0: 100,000
	MaxContacts    int      // that differ; 0: 100,000
	Names          bool     // also hosts of which nothing but names is known
}

// defaults for Options.
const (
	defaultConnections = 1 << 16
	defaultHosts       = 100_000
	defaultContacts    = 100_000
)

var smbPorts = []uint16{directPort, 139}

func (o Options) withDefaults() Options {
	if len(o.Ports) == 0 {
		o.Ports = smbPorts
	}
	if o.MaxConnections <= 0 {
		o.MaxConnections = defaultConnections
	}
	if o.MaxHosts <= 0 {
		o.MaxHosts = defaultHosts
	}
	if o.MaxContacts <= 0 {
		o.MaxContacts = defaultContacts
	}
	return o
}

// Result is what a capture shows.
type Result struct {
	Hosts []*inventory.Host // both ends of SMB, by address
	Input inventory.Input
}

// Read reads a capture to its end. An error means that it is none at all
// (ErrNotCapture), that the reader failed, or that ctx ended; what was read
// before the latter two is in the Result. A file that is damaged is none: the
// Input says where it ended, and what could not be read.
func Read(ctx context.Context, r io.Reader, o Options) (Result, error) {
	o = o.withDefaults()
	in := &input{Input: inventory.Input{Source: inventory.SourceCapture, Name: inventory.Clip(o.Name)}}
	file, kind, err := openFile(r, &in.unread)
	in.Kind = kind
	if err != nil {
		return Result{Input: in.Input}, err
	}
	l := newLedger(o, &in.unread)
	x := &reading{input: in, ledger: l, table: newTable(l, o)}
	x.decoder.onIP = l.cards.saw
	err = x.read(ctx, file)
	x.finish()
	return Result{l.finish(o.Names), in.Input}, err
}

// input is the Input of a file that is being read.
type input struct {
	inventory.Input
	unread unread
}

// used notes a packet that told something.
func (in *input) used(at time.Time) {
	in.Used++
	if at.IsZero() {
		return
	}
	if in.First.IsZero() || at.Before(in.First) {
		in.First = at
	}
	if at.After(in.Last) {
		in.Last = at
	}
}

// reading is a file that is being read.
type reading struct {
	input   *input
	ledger  *ledger
	table   *table
	decoder decoder
}

// checkEvery is after how many packets the context is looked at.
const checkEvery = 1024

// read reads the packets.
func (x *reading) read(ctx context.Context, f file) error {
	var p packet
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			x.input.Error = "interrupted before its end"
			return ctx.Err()
		}
		err := f.next(&p)
		var damage *damageError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &damage):
			x.input.Error = damage.what
			return nil
		case err != nil:
			x.input.Error = "the file could not be read to its end"
			return err
		}
		x.input.Records++
		x.packet(&p)
	}
}

// packet takes in one packet.
func (x *reading) packet(p *packet) {
	d := &x.decoder
	if !d.decode(p) {
		if d.reason != "" {
			x.input.unread.add(d.reason, 1)
		}
		return
	}
	told := false
	if d.udp {
		told = x.ledger.datagram(&d.segment, p.time)
	} else {
		told = x.table.segment(&d.segment, p.time)
	}
	if told {
		x.input.used(p.time)
	}
}

// finish ends what is going on, and counts what was not read.
func (x *reading) finish() {
	t, u := x.table, &x.input.unread
	t.finishAll()
	u.add("holes in connections: packets are missing", t.gaps)
	u.add("connections in which the place of the next message was lost", t.broken)
	u.add(reasonCut, t.unread)
	u.add("repeated TCP data that differs from the first", t.clashes)
	u.add("connections to SMB ports that are not SMB", t.alien)
	u.add("connections that were given up for want of room", t.cutShort)
	x.input.Unread = *u
}
