package eventlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"smbready/inventory"
)

// ErrFormat reports a file that holds no events in any form that is read.
var ErrFormat = errors.New("no Windows events: EVTX, XML, JSON and CSV are read")

// Options say how to read. The zero value reads everything but EVTX, and leaves
// times without a zone unknown.
type Options struct {
	// Location is the zone of times that name none, as in the CSV of Event
	// Viewer; nil leaves them unknown.
	Location *time.Location
	// Worker returns the program that reads the chunks of EVTX files, ready to be
	// started: this one, calling Work. Without it they are not read.
	Worker func(context.Context) *exec.Cmd
	// ChunkTime is how long one chunk of 64 KiB may take; 0 means DefaultChunkTime.
	ChunkTime time.Duration
}

// File is a file of events.
type File struct {
	Name string // without its folder
	Data io.ReaderAt
	Size int64 // bytes
}

// Result is what one file tells.
type Result struct {
	Hosts []*inventory.Host
	Input inventory.Input
}

// Read reads one file. Its error is ErrFormat, or that of the context; what
// else goes wrong stands in Input.
func Read(ctx context.Context, f File, o Options) (Result, error) {
	r := NewReader(o)
	input, err := r.Add(ctx, f)
	if err != nil {
		return Result{}, err
	}
	return Result{r.Hosts(), input}, nil
}

// Reader puts together what several files tell: a client's silence in one shows
// something only with its sessions in another.
type Reader struct {
	options Options
	tally   *tally
	logs    *auditLogs
	origins []string
}

// NewReader returns a Reader that has read nothing.
func NewReader(o Options) *Reader {
	if o.ChunkTime == 0 {
		o.ChunkTime = DefaultChunkTime
	}
	return &Reader{options: o, tally: newTally(), logs: newAuditLogs()}
}

// Add reads a file, and tells how much of it could be read. Its error is
// ErrFormat for what is no file of events, or that of the context, with what was
// read so far taken in.
func (r *Reader) Add(ctx context.Context, f File) (inventory.Input, error) {
	head := make([]byte, min(f.Size, sniffed))
	n, err := f.Data.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return inventory.Input{}, fmt.Errorf("reading %s: %w", f.Name, err)
	}
	form := recognise(head[:n])
	if form == formNone {
		return inventory.Input{}, ErrFormat
	}
	r.origins = append(r.origins, f.Name)
	s := &source{reader: r, ctx: ctx, origin: len(r.origins) - 1, form: form, file: f,
		input: inventory.Input{Source: inventory.SourceEvents, Name: f.Name, Kind: form.String()}}
	err = s.read()
	s.finish(err)
	return s.input, ctx.Err()
}

// Hosts returns what all files together tell, by address and then by name.
func (r *Reader) Hosts() []*inventory.Host { return r.tally.hosts(r.origins, r.logs) }

// source is one file while it is read.
type source struct {
	reader *Reader
	ctx    context.Context
	origin int
	form   form
	file   File
	input  inventory.Input
	unread [reasons]uint64
	rows   uint64 // of cmdlets
	gaps   bool   // parts of it are empty that should not be
	events uint64 // of the providers
}

// reason is why something could not be read.
type reason int

// Reasons.
const (
	reasonRow reason = iota
	reasonLongRow
	reasonObject
	reasonLongObject
	reasonElement
	reasonLongElement
	reasonNumber
	reasonProvider
	reasonProperties
	reasonPeer
	reasonSetting
	reasonTime
	reasonHosts
	reasonChunk
	reasonChecksum
	reasonChunkTime
	reasonChunkCrash
	reasonRecord
	reasons
)

var reasonTexts = [reasons]string{
	reasonRow:         "rows that are not CSV",
	reasonLongRow:     "rows of more than 1 MiB",
	reasonObject:      "objects that are not JSON",
	reasonLongObject:  "objects of more than 1 MiB",
	reasonElement:     "events that are not XML",
	reasonLongElement: "events of more than 1 MiB",
	reasonNumber:      "rows without an event's number, or what a cmdlet says of SMB",
	reasonProvider:    "events that name neither their log nor their provider",
	reasonProperties: "events whose values were not saved (Properties is only the name of a type): save them with " +
		"Get-WinEvent ... | ConvertTo-Json -Depth 5",
	reasonPeer:       "events that do not say which device they are about",
	reasonSetting:    "events 31018, which say that a computer lets itself be a guest, but not where",
	reasonTime:       "events whose time is not certain (no zone, or which number is the month): they count, without a time",
	reasonHosts:      "events of further devices, beyond 100000",
	reasonChunk:      "records in damaged parts of the file",
	reasonChecksum:   "records in parts of the file whose checksum is wrong",
	reasonChunkTime:  "records in parts of the file that took too long to read, or too much memory",
	reasonChunkCrash: "records in parts of the file at which the reader fell over",
	reasonRecord:     "records that are damaged",
}

func (s *source) count(r reason, n uint64) { s.unread[r] += n }

// notLost are the reasons for which nothing of an audit log is missing.
var notLost = map[reason]bool{reasonPeer: true, reasonSetting: true, reasonTime: true}

// lossy reports whether something of the file could not be read that may have
// been an event of an audit log.
func (s *source) lossy() bool {
	for r, n := range s.unread {
		if n > 0 && !notLost[reason(r)] {
			return true
		}
	}
	return s.gaps
}

// finish writes down how reading went.
func (s *source) finish(err error) {
	for r, n := range s.unread {
		if n > 0 {
			s.input.Unread = append(s.input.Unread, inventory.Unread{Reason: reasonTexts[r], Count: n})
		}
	}
	slices.SortStableFunc(s.input.Unread, func(a, b inventory.Unread) int { return int(min(b.Count, 1<<30)) - int(min(a.Count, 1<<30)) })
	if s.rows > 0 && s.events == 0 {
		s.input.Source = inventory.SourcePowerShell
	}
	switch {
	case s.ctx.Err() != nil:
		s.input.Error = "interrupted"
	case err != nil:
		s.input.Error = text(err.Error())
	}
	if s.lossy() || s.input.Error != "" {
		s.reader.logs.lossy[s.origin] = true
	}
}

// read reads the file in its form.
func (s *source) read() error {
	if s.form == formEVTX {
		return s.readEVTX()
	}
	in := decode(&interruptible{s.ctx, io.NewSectionReader(s.file.Data, 0, s.file.Size)})
	switch s.form {
	case formXML:
		return s.readXML(in)
	case formJSON:
		return s.readJSON(in)
	}
	return s.readCSV(in)
}

// interruptible is a reader that ends with its context.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i *interruptible) Read(b []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(b)
}

// take takes in one record.
func (s *source) take(r *record) {
	s.input.Records++
	if xml := strings.TrimSpace(r.values[slotXML]); strings.HasPrefix(xml, "<") {
		parseXML([]byte(xml), r) // what can be read of it counts
	}
	if r.values[slotID] == "" {
		s.takeRow(r)
		return
	}
	id, err := strconv.Atoi(strings.TrimSpace(r.values[slotID]))
	if err != nil || id < 0 {
		s.count(reasonNumber, 1)
		return
	}
	channel, provider := strings.TrimSpace(r.values[slotChannel]), strings.TrimSpace(r.values[slotProvider])
	if channel == "" && provider == "" {
		s.count(reasonProvider, 1)
		return
	}
	if k, log, ours := kindOf(id, channel, provider); ours {
		s.takeEvent(r, event{id: id, kind: k, channel: log})
	}
}

// event is an event of the two providers.
type event struct {
	id       int
	kind     kind
	channel  string
	computer string
	when     time.Time
	peer     peer
	from     string // where the peer was found, when not in a field for it
}

// takeEvent takes in an event.
func (s *source) takeEvent(r *record, e event) {
	s.events++
	switch {
	case len(r.properties) == 1 && strings.HasPrefix(r.properties[0], "System."):
		s.count(reasonProperties, 1)
	case len(r.properties) > 0:
		e.kind.place(r)
	}
	if strings.HasSuffix(e.channel, "/"+logConnectivity) && e.kind.layouts == nil && r.values[slotSigningUsed] == "" {
		return // connections that failed, and the like
	}
	e.computer = text(r.values[slotComputer])
	e.when = s.time(r)
	e.find(r)
	s.noteAudit(&e)
	switch {
	case e.peer.address.IsLoopback():
		return // the computer with itself
	case !e.peer.known():
		s.countUnnamed(r, &e)
		return
	}
	s.used(e.when)
	d := s.reader.tally.device(e.peer)
	if d == nil {
		s.count(reasonHosts, 1)
		return
	}
	s.keep(d, r, &e)
}

// find finds the device that the event is about: by address, or else by name.
func (e *event) find(r *record) {
	fields := []slot{slotClientAddress, slotClientName}
	if e.kind.client {
		fields = []slot{slotServerName, slotAddress} // clients tell apart servers by the name they were given
	}
	for _, f := range fields {
		p := parsePeer(r.values[f])
		if p.address.IsValid() && (!e.peer.known() || !e.kind.client) || !e.peer.known() {
			e.peer = p
		}
		if e.peer.address.IsValid() {
			return
		}
	}
	if e.peer.known() {
		return
	}
	if a := onlyAddress(strings.Join(r.properties, "\n")); a.IsValid() {
		e.peer, e.from = peer{address: a}, "the only address among its values, which have no names"
	} else if a := onlyAddress(r.values[slotMessage]); a.IsValid() {
		e.peer, e.from = peer{address: a}, "the only address in its text"
	}
}

// countUnnamed counts an event that is about no device, where it should be.
func (s *source) countUnnamed(r *record, e *event) {
	switch {
	case e.id == eventGuestEnabled:
		s.count(reasonSetting, 1)
	case e.kind.layouts == nil: // one that may well be about none
	case len(r.properties) == 1 && strings.HasPrefix(r.properties[0], "System."): // counted already
	default:
		s.count(reasonPeer, 1)
	}
}

// fieldFrom is the name under which it is kept where the device was found in an
// event, when not in a field for it. Windows has no such field.
const fieldFrom = "(device found in)"

// keep adds the event to what is known of the device.
func (s *source) keep(d *device, r *record, e *event) {
	key := contactKey{origin: s.origin, served: e.kind.client, id: e.id, channel: e.channel, computer: e.computer, user: text(r.values[slotUserName])}
	if required, told := parseBool(r.values[slotServerRequiresSigning]); told {
		key.required = map[bool]byte{true: 'y', false: 'n'}[required]
	}
	if name := text(r.values[slotClientName]); !e.kind.client && d.key.address.IsValid() {
		d.addName(name)
	}
	total := s.reader.tally.add(d, key, e.kind, e.when)
	if total == nil {
		return
	}
	for f := slotServerRequiresSigning; f < slotFields; f++ {
		if r.values[f] != "" {
			total.remember(slotNames[f], r.values[f])
		}
	}
	total.remember(fieldFrom, e.from)
}

// maxNames bounds the names of a client.
const maxNames = 16

// addName notes a name under which the device went.
func (d *device) addName(name string) {
	if len(d.names) >= maxNames || name == "" {
		return
	}
	p := parsePeer(name)
	if i, found := slices.BinarySearch(d.names, p.name); p.name != "" && !found {
		d.names = slices.Insert(d.names, i, p.name)
	}
}

// noteAudit takes in what the event says of auditing on its computer.
func (s *source) noteAudit(e *event) {
	if e.kind.client || e.computer == "" {
		return
	}
	if e.channel == channels[logAudit][0] {
		if l := s.reader.logs.log(e.computer); l != nil {
			l.event(s.origin, e.id, e.when, s.form == formEVTX, e.peer)
		}
	}
	if !e.peer.known() || e.peer.address.IsLoopback() {
		return
	}
	d := s.reader.tally.device(e.peer)
	switch {
	case d == nil:
	case e.id == eventNoSigning, e.id == eventNoSigningSMB1:
		d.addSigning(e.computer)
	case e.kind.session:
		d.addSession(session{computer: e.computer, proof: "event " + strconv.Itoa(e.id), first: e.when, last: e.when, count: 1, origin: s.origin})
	}
}

// time returns when the record was made, and counts it where that is not
// certain.
func (s *source) time(r *record) time.Time {
	value := r.values[slotTime]
	t := parseTime(value, s.reader.options.Location)
	if t.IsZero() && value != "" {
		s.count(reasonTime, 1)
	}
	return t
}

// used counts a record that told something.
func (s *source) used(when time.Time) {
	s.input.Used++
	if when.IsZero() {
		return
	}
	if s.input.First.IsZero() || when.Before(s.input.First) {
		s.input.First = when
	}
	s.input.Last = later(s.input.Last, when)
}

// parseBool reads what Windows and collectors write for a BOOLEAN.
func parseBool(s string) (value, told bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "1", "0x1", "yes":
		return true, true
	case "false", "0", "0x0", "no":
		return false, true
	}
	return false, false
}
