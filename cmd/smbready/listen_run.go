package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"smbready/canary"
	"smbready/inventory"
	"smbready/scanner/verify"
)

// listening is one run of a listener, and the report on it.
type listening struct {
	app      *app
	flags    *listenFlags
	options  canary.Options
	address  netip.Addr
	password string

	totals canary.Totals
	pace   pace
	mu     sync.Mutex // guards what follows
	hosts  map[netip.Addr]*inventory.Host
	lost   bool // they are in memory alone: the file could not be written
}

// run listens, and reports what it saw. What was recorded is in a file within
// seconds, in which a later line of a client replaces an earlier one: it is for
// the case that the program is killed, and its loss does not end the listener.
// The report is made from memory, with each client once, and says at its head
// how many connections there were.
func (l *listening) run(ctx context.Context) error {
	verify.ForbidCore()            // the password is in this process too
	signal.Ignore(syscall.SIGPIPE) // the end of a reader of stdout must not be the end of what was seen
	sinks, err := l.app.openAll([]output{l.flags.output})
	if err != nil {
		return err
	}
	defer sinks.discard()
	to, err := l.app.openStoring(ctx, l.flags.store, l.flags.quiet)
	if err != nil {
		return err
	}
	defer to.close()
	listeners, err := bind(ctx, l.flags.places(l.address))
	if err != nil {
		return err
	}
	j := job{header: &inventory.Run{}, produce: func(context.Context, keeper) (s inventory.Summary, err error) { return s, nil }, outputs: []output{l.flags.output}}
	header := j.describe()
	header.Inputs = []inventory.Input{l.input(listeners)}
	kept, keepErr := l.keep(ctx, header, listeners)
	if kept == "" {
		return keepErr
	}
	run, reportErr := l.wholeRun(header)
	stored := reportErr == nil && to.whole(ctx, header.ID, bytes.NewReader(run))
	if reportErr == nil {
		reportErr = l.report(sinks[0], run)
	}
	err = errors.Join(keepErr, reportErr)
	switch {
	case reportErr != nil && !l.lost:
		return hintError{err, "what was recorded is kept: smbready report " + kept}
	case reportErr != nil:
		return hintError{err, "what was recorded up to then is kept: smbready report " + kept}
	}
	if stored {
		os.Remove(kept)
	} else {
		l.app.ui.say("what was recorded is kept: smbready runs import %s", kept)
	}
	if err != nil {
		return hintError{err, "the report has all that was seen: it was made from memory"}
	}
	return nil
}

// input is what the head of the run says of the listeners.
func (l *listening) input(listeners []canary.Listener) inventory.Input {
	var names []string
	for _, at := range listeners {
		names = append(names, at.Addr().String())
	}
	return inventory.Input{Source: inventory.SourceCanary, Kind: "listener", Name: strings.Join(names, ", "), First: time.Now().UTC().Truncate(time.Millisecond)}
}

// keep listens, and records what it sees. It returns the file that this is in,
// or "" where there is none.
func (l *listening) keep(ctx context.Context, header *inventory.Run, listeners []canary.Listener) (string, error) {
	defer closeAll(listeners)
	f, err := os.CreateTemp("", "smbready-*.jsonl")
	if err != nil {
		return "", hintError{fmt.Errorf("cannot keep the run in %s: %w", os.TempDir(), reason(err)), moreRoom}
	}
	defer f.Close()
	recorder, err := inventory.NewRecorder(&sink{w: f, name: f.Name()}, header)
	if err != nil {
		os.Remove(f.Name())
		return "", hintError{err, moreRoom}
	}
	l.hosts = map[netip.Addr]*inventory.Host{}
	o := l.options
	o.Record = func(h *inventory.Host) error { l.record(recorder, h); return nil }
	if !l.flags.quiet {
		o.Seen, o.TurnedAway = l.tell, l.turnedAway
	}
	l.announce(listeners)
	ctx, cancel := context.WithTimeout(ctx, l.flags.duration)
	defer cancel()
	totals, err := canary.Serve(ctx, o, listeners...)
	l.tellLeft()
	in := &header.Inputs[0]
	l.count(in, totals)
	if err != nil {
		in.Error = oneLine(err.Error())
	}
	if l.lost { // of which there is no summary
		return f.Name(), errors.Join(err, recorder.End())
	}
	return f.Name(), errors.Join(err, recorder.Close(l.summary()))
}

// record takes in a client. Where the file cannot be written it is in memory
// alone from then on: the disk is full, perhaps by those who are listened to.
func (l *listening) record(file *inventory.Recorder, h *inventory.Host) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hosts[h.Address] = h
	if l.lost {
		return
	}
	if err := file.Host(h); err != nil {
		l.lost = true
		l.app.ui.say("%s", oneLine(err.Error()))
		l.app.ui.say("it goes on listening, and makes its report from memory: end it with Ctrl-C, and do not kill it")
	}
}

func closeAll(listeners []canary.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}

// count puts what became of the connections into the head of the run.
func (l *listening) count(in *inventory.Input, t canary.Totals) {
	l.totals = t
	in.Records, in.Used = t.Connections, t.Recorded
	in.Last = time.Now().UTC().Truncate(time.Millisecond)
	others := t.Busy
	for _, a := range t.TurnedAway {
		in.Unread = append(in.Unread, inventory.Unread{Reason: turnedAwayText(a.Address), Count: a.Refused + a.Evicted})
		others -= a.Refused
	}
	for _, u := range []inventory.Unread{
		{Reason: "from an address that is not allowed", Count: t.Outside},
		{Reason: "too many at once, from other addresses", Count: others},
		{Reason: "nothing of SMB came", Count: t.NotSMB},
		{Reason: "of more clients than are recorded", Count: t.Unlisted},
	} {
		if u.Count > 0 {
			in.Unread = append(in.Unread, u)
		}
	}
}

func (l *listening) summary() *inventory.Summary {
	return &inventory.Summary{Connections: l.totals.Connections, Finished: time.Now().UTC().Truncate(time.Millisecond)}
}

// wholeRun returns the run as JSON lines.
func (l *listening) wholeRun(header *inventory.Run) ([]byte, error) {
	var b bytes.Buffer
	err := l.writeRun(&b, header)
	return b.Bytes(), err
}

// report writes the report of what was seen.
func (l *listening) report(to *sink, run []byte) error {
	r, err := l.app.renderRun(l.flags.output, bytes.NewReader(run), int64(len(run)), to)
	if err != nil {
		return err
	}
	if r.failed {
		l.app.exit = exitFailOn
	}
	if err := to.commit(); err != nil {
		return err
	}
	if !l.flags.quiet {
		l.finished()
	}
	return nil
}

// writeRun writes the run with each client once, and several clients behind one
// address apart.
func (l *listening) writeRun(to io.Writer, header *inventory.Run) error {
	var merger inventory.Merger
	for _, addr := range l.addresses() {
		merger.Add(inventory.SourceCanary, "", l.hosts[addr]) // each contact names the listener
	}
	hosts, err := merger.Hosts(context.Background())
	if err != nil {
		return err
	}
	lines := []inventory.Line{{Run: header}}
	for _, h := range hosts {
		lines = append(lines, inventory.Line{Host: h})
	}
	w := inventory.NewWriter(to)
	for _, line := range append(lines, inventory.Line{Summary: l.summary()}) {
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// addresses returns the clients' addresses in order.
func (l *listening) addresses() []netip.Addr {
	var list []netip.Addr
	for addr := range l.hosts {
		list = append(list, addr)
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return list
}

// finished says how it ended.
func (l *listening) finished() {
	text := fmt.Sprintf("%s from %s", plural(l.totals.Connections, "connection"), plural(uint64(len(l.hosts)), "client"))
	if o := l.flags.output; o.file != "" {
		text += fmt.Sprintf("; %s in %s", o.formats(), o.names())
	}
	l.app.ui.say("%s", text)
}

func plural(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// announce says how to point a device at the listener, and what becomes of what
// it sends.
func (l *listening) announce(listeners []canary.Listener) {
	say := l.app.ui.say
	say("listening at %s, for %s; Ctrl-C ends it and makes the report", listenersText(listeners), durationText(l.flags.duration))
	if l.options.Stage == canary.StageRequire {
		say("stage require: a device that does not sign, or signs wrongly, is refused, as by a server with the policy")
	} else {
		say("stage observe: a device that does not sign is served all the same, and recorded")
	}
	say("point a device at this folder, with this account:")
	say(`  folder    \\%s\%s`, uncHost(l.address), l.flags.share)
	say("  user      %s", l.flags.user)
	say("  password  %s", l.shownPassword())
	if l.flags.port != smbPort && l.flags.port != 0 {
		say("devices connect to port %d, and this is port %d: %s", smbPort, l.flags.port, sendOn(l.address))
	}
	if !l.flags.quiet {
		say("this account works nowhere else and ends with this program; for this test give the device no other")
		say("what devices write is counted and thrown away; recorded are their address and names, what they offer and what they sign, and never a password or what proves one")
	}
}

// shownPassword is the password, or where the user took it from.
func (l *listening) shownPassword() string {
	if l.flags.passwordFile != "" {
		return "the one in " + l.flags.passwordFile
	}
	return l.password
}

// sendOn says how devices come to a listener that is not at their port.
func sendOn(addr netip.Addr) string {
	return fmt.Sprintf("forward TCP port %d of %s to it (netsh interface portproxy, iptables)", smbPort, addr)
}

func listenersText(listeners []canary.Listener) string {
	var ports []string
	host := ""
	for _, l := range listeners {
		if at, ok := l.Addr().(*net.TCPAddr); ok {
			host = at.AddrPort().Addr().String()
			ports = append(ports, fmt.Sprint(at.Port))
		}
	}
	return fmt.Sprintf("%s, TCP port %s", host, strings.Join(ports, " and "))
}

// uncHost writes an address as the name of a server in a path: of IPv6 as
// Windows wants it, [MS-DTYP] 2.2.57.
func uncHost(addr netip.Addr) string {
	if addr.Is4() {
		return addr.String()
	}
	text := strings.NewReplacer(":", "-", "%", "s").Replace(addr.String())
	return text + ".ipv6-literal.net"
}
