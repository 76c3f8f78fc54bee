package main

import (
	"context"
	"errors"
	"fmt"
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
)

// listening is one run of a listener, and the report on it.
type listening struct {
	app      *app
	flags    *listenFlags
	options  canary.Options
	address  netip.Addr
	password string

	totals canary.Totals
	mu     sync.Mutex // guards hosts
	hosts  map[netip.Addr]*inventory.Host
}

// run listens, and reports what it saw. What was recorded is in a file within a
// second, in which a later line of a client replaces an earlier one; the report
// is made from a second one, which has each client once and says at its head
// how many connections there were.
func (l *listening) run(ctx context.Context) error {
	signal.Ignore(syscall.SIGPIPE) // the end of a reader of stdout must not be the end of what was seen
	sinks, err := l.app.openAll([]output{l.flags.output})
	if err != nil {
		return err
	}
	defer sinks.discard()
	listeners, err := bind(ctx, l.flags.places(l.address))
	if err != nil {
		return err
	}
	j := job{header: &inventory.Run{}, produce: func(context.Context, keeper) (s inventory.Summary, err error) { return s, nil }, outputs: []output{l.flags.output}}
	header := j.describe()
	header.Inputs = []inventory.Input{l.input(listeners)}
	kept, err := l.keep(ctx, header, listeners)
	if err == nil {
		err = l.report(sinks, j, header)
	}
	if kept == "" {
		return err
	}
	if err != nil {
		return hintError{err, keptHint(kept)}
	}
	os.Remove(kept)
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
	o.Record = func(h *inventory.Host) error {
		l.mu.Lock()
		l.hosts[h.Address] = h
		l.mu.Unlock()
		return recorder.Host(h)
	}
	if !l.flags.quiet {
		o.Seen = l.tell
	}
	l.announce(listeners)
	ctx, cancel := context.WithTimeout(ctx, l.flags.duration)
	defer cancel()
	totals, err := canary.Serve(ctx, o, listeners...)
	l.count(&header.Inputs[0], totals)
	return f.Name(), errors.Join(err, recorder.Close(l.summary()))
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
	for _, u := range []inventory.Unread{
		{Reason: "from an address that is not allowed", Count: t.Outside},
		{Reason: "too many at once", Count: t.Busy},
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

// report writes the reports of what was recorded.
func (l *listening) report(sinks sinks, j job, header *inventory.Run) error {
	f, err := os.CreateTemp("", "smbready-*.jsonl")
	if err != nil {
		return fmt.Errorf("cannot make the report in %s: %w", os.TempDir(), reason(err))
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := l.writeRun(&sink{w: f, name: f.Name()}, header); err != nil {
		return err
	}
	failed, err := l.app.renderAll(sinks, j, f)
	if err != nil {
		return err
	}
	if failed {
		l.app.exit = exitFailOn
	}
	if !l.flags.quiet {
		l.finished()
	}
	return nil
}

// writeRun writes the run with each client once.
func (l *listening) writeRun(to *sink, header *inventory.Run) error {
	recorder, err := inventory.NewRecorder(to, header)
	if err != nil {
		return err
	}
	for _, addr := range l.addresses() {
		if err := recorder.Host(l.hosts[addr]); err != nil {
			return errors.Join(err, recorder.End())
		}
	}
	return recorder.Close(l.summary())
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
		text += fmt.Sprintf("; %s in %s", o.format, o.file)
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
	say(`point a device at the folder \\%s\%s with user %s and password %s`, uncHost(l.address), l.flags.share, l.flags.user, l.shownPassword())
	if l.flags.port != smbPort && l.flags.port != 0 {
		say("devices connect to port %d, and this is port %d: have something send it on", smbPort, l.flags.port)
	}
	if !l.flags.quiet {
		say("this account works nowhere else and ends with this program; for this test give the device no other")
		say("what devices write is counted and thrown away; recorded are their address and names, what they offer and what they sign, and never a password or what proves one")
	}
}

// shownPassword is the password, or where the user took it from.
func (l *listening) shownPassword() string {
	if l.flags.passwordFile != "" {
		return "from " + l.flags.passwordFile
	}
	return l.password
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

// tell says what a contact showed, as it ends.
func (l *listening) tell(addr netip.Addr, c *inventory.Contact) {
	who := addr.String()
	if c.Logon != nil && c.Logon.Workstation != "" {
		who += " (" + c.Logon.Workstation + ")"
	}
	l.app.ui.say("%s: %s", who, strings.Join(contactFacts(c), "; "))
}

// contactFacts are the facts of a contact in words, without a verdict.
func contactFacts(c *inventory.Contact) []string {
	var facts []string
	if o := c.Offer; o != nil && len(o.Dialects()) > 0 {
		facts = append(facts, "offers "+strings.Join(o.Dialects(), " "))
	}
	if c.Dialect != "" {
		facts = append(facts, "speaks "+c.Dialect)
	}
	facts = append(facts, logonFact(c.Logon))
	if n := c.Requests; n.Signed+n.Unsigned > 0 {
		facts = append(facts, fmt.Sprintf("%d of %d requests signed, signatures %s", n.Signed, n.Signed+n.Unsigned, checkWords[c.Signature]))
	}
	facts = append(facts, "came to "+c.Stage.String())
	if c.End != inventory.EndUnknown {
		facts = append(facts, "ended by "+c.End.String())
	}
	return append(facts, c.Quirks...)
}

var checkWords = map[inventory.Check]string{
	inventory.CheckUnknown: "not seen", inventory.CheckRight: "right", inventory.CheckWrong: "WRONG",
}

// logonFact is how a client logged on, in words.
func logonFact(l *inventory.Logon) string {
	if l == nil || l.As == inventory.LogonNone || l.As == inventory.LogonUnknown {
		return "no logon"
	}
	text := "logon as " + l.As.String()
	if l.Mechanism != "" {
		text += " with " + l.Mechanism
	}
	if l.KnownKey {
		return text
	}
	if l.As == inventory.LogonAccount {
		text += ", which is not this listener's or has another password"
	}
	return text + ", refused"
}
