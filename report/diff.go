package report

import (
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"sync"

	"smbready/assess"
	delta "smbready/assess/diff"
	"smbready/inventory"
)

// Diff is what changed between two runs on disk. Of their hosts only short keys are
// held in memory; two hosts that are one device are read and judged when they are
// written, both by the rules of today.
type Diff struct {
	Old, New *Run

	keys  [2][]delta.Key // of the old and the new run
	pairs []delta.Pair
}

// NewDiff matches the devices of two runs. It reads each once. Both runs are
// judged by the Judge of the new one.
func NewDiff(old, new *Run) (*Diff, error) {
	d := &Diff{Old: old, New: new}
	keyer := delta.NewKeyer()
	var sides [2]*delta.Side
	for i, r := range []*Run{old, new} {
		keys, err := diffKeys(r, keyer)
		if err != nil {
			return nil, &DiffError{i == 1, err}
		}
		d.keys[i] = keys
		sides[i] = delta.NewSide(keys, &r.Header, &r.Summary, r.Interrupted)
		sides[i].OneSite = r.onlySite != ""
	}
	d.pairs = delta.Match(sides[0], sides[1])
	return d, nil
}

// DiffError says in which of the two runs something could not be read.
type DiffError struct {
	New bool // in the new one
	Err error
}

func (e *DiffError) Error() string {
	if e.New {
		return "the new run: " + e.Err.Error()
	}
	return "the old run: " + e.Err.Error()
}

func (e *DiffError) Unwrap() error { return e.Err }

// diffKeys reads the keys of a run's hosts.
func diffKeys(r *Run, keyer *delta.Keyer) ([]delta.Key, error) {
	keys := make([]delta.Key, 0, r.Len())
	err := linesInOrder(r, func(e entry, line []byte) (delta.Key, error) { return diffKey(e, line, keyer) }, func(k delta.Key) error {
		keys = append(keys, k)
		return nil
	})
	return keys, err
}

// diffPart is what of a host's line tells which device it is of.
type diffPart struct {
	Address  netip.Addr      `json:"address"`
	Identity string          `json:"identity"`
	Target   string          `json:"target"`
	Port     uint16          `json:"port"`
	State    inventory.State `json:"state"`
	Names    inventory.Names `json:"names"`
	SMB1     *struct{}       `json:"smb1"`
	SMB2     *struct {
		ServerGUID string `json:"server_guid"`
	} `json:"smb2"`
	NTLM     *struct{}  `json:"ntlm"`
	Clues    *struct{}  `json:"clues"`
	Client   *struct{}  `json:"client"`
	Sessions []struct{} `json:"sessions"`
	Served   []struct{} `json:"served"`

	Observations json.RawMessage `json:"observations"` // decoded only of what refused
}

// lastingBuffers is memory for what lasts of lines, which is used again.
var lastingBuffers = sync.Pool{New: func() any { return new([]byte) }}

// diffKey decodes of a line only what tells which device it is of. What lasts of
// the line, which is shorter, does for that.
func diffKey(e entry, line []byte, keyer *delta.Keyer) (delta.Key, error) {
	buf := lastingBuffers.Get().(*[]byte)
	defer lastingBuffers.Put(buf)
	lasting := delta.Lasting((*buf)[:0], line)
	*buf = lasting
	var part diffPart
	if err := json.Unmarshal(lasting, &part); err != nil {
		part = diffPart{} // not as it was written
		if err := json.Unmarshal(line, &part); err != nil {
			return delta.Key{}, &inventory.LineError{Line: int(e.line), Err: err}
		}
	}
	if part.Address != e.address || part.Identity != e.identity {
		return delta.Key{}, &inventory.LineError{Line: int(e.line), Err: errors.New("the address is ambiguous")}
	}
	h := &inventory.Host{Address: part.Address, Identity: part.Identity, Target: part.Target, Port: part.Port, State: part.State, Names: part.Names,
		Sessions: make([]inventory.Session, len(part.Sessions)), Served: make([]inventory.Contact, len(part.Served))}
	if part.State == inventory.StateClosed && len(part.Observations) > 0 {
		if err := json.Unmarshal(part.Observations, &h.Observations); err != nil {
			return delta.Key{}, &inventory.LineError{Line: int(e.line), Err: err}
		}
	}
	if part.SMB1 != nil {
		h.SMB1 = new(inventory.SMB1)
	}
	if part.SMB2 != nil {
		h.SMB2 = &inventory.SMB2{ServerGUID: part.SMB2.ServerGUID}
	}
	if part.NTLM != nil {
		h.NTLM = new(inventory.NTLM)
	}
	if part.Clues != nil {
		h.Clues = new(inventory.Clues)
	}
	if part.Client != nil {
		h.Client = new(inventory.Client)
	}
	return keyer.Key(h, keyer.Hash(lasting)), nil
}

// device reads and compares the hosts of a pair. It reads into buf, and returns it
// grown to what that took.
func (d *Diff) device(p delta.Pair, buf []byte) (*delta.Device, []byte, error) {
	var hosts [2]*inventory.Host
	for i, index := range []int32{p.Old, p.New} {
		if index == delta.None {
			continue
		}
		var err error
		if hosts[i], buf, err = d.run(i).host(index, buf); err != nil {
			return nil, buf, &DiffError{i == 1, err}
		}
	}
	return delta.Compare(p, hosts[0], hosts[1], d.assess), buf, nil
}

func (d *Diff) assess(h *inventory.Host) assess.Assessment { return d.New.Judge.Assess(h) }

func (d *Diff) run(i int) *Run {
	if i == 0 {
		return d.Old
	}
	return d.New
}

// host reads one host.
func (r *Run) host(index int32, buf []byte) (*inventory.Host, []byte, error) {
	e := r.index[index]
	n := int(e.length)
	buf = slices.Grow(buf[:0], 3*n) // an emptied number is a zero, and no line is of numbers alone
	line := buf[:n]
	if err := r.line(e, line); err != nil {
		return nil, buf, err
	}
	h, err := decodeHost(e, delta.WithoutRaw(buf[n:n], line))
	return h, buf, err
}

// also returns the address at which a device answers besides, where a pair says so.
func (d *Diff) also(p *delta.Pair) netip.Addr {
	switch {
	case p.Also == delta.None:
		return netip.Addr{}
	case p.Old == delta.None:
		return d.keys[0][p.Also].Address
	}
	return d.keys[1][p.Also].Address
}

// site returns the site of a device: of the host, or else of its run.
func (d *Diff) site(c *delta.Device) string {
	site := ""
	if c.After != nil {
		site = firstOf(c.After.Host.Site, d.New.Header.Site)
	}
	if site == "" && c.Before != nil {
		site = firstOf(c.Before.Host.Site, d.Old.Header.Site)
	}
	return site
}
