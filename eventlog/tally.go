package eventlog

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"smbready/inventory"
)

// Bounds of what is kept of all files together.
const (
	maxHosts  = 100_000
	maxTotals = 400_000 // of all hosts; a host has at most inventory.MaxContacts in each role
	maxFields = 16
)

// hostKey is a device as the events name it: by address, or else by a name in
// lower case.
type hostKey struct {
	address netip.Addr
	name    string
}

// contactKey is what makes events alike.
type contactKey struct {
	origin   int // file
	served   bool
	id       int    // 0 for the row of a cmdlet
	channel  string // or the cmdlet
	computer string
	user     string
	required byte // 0 not told, 'y', 'n'

	dialect   string // of a cmdlet's row, as what follows
	signed    bool
	encrypted bool
	data      bool
}

// total is how often something was seen, and when.
type total struct {
	key         contactKey
	kind        kind
	first, last time.Time
	count       int
	fields      map[string]string
}

func (t *total) add(when time.Time, n int) {
	t.count += n
	if when.IsZero() {
		return
	}
	if t.first.IsZero() || when.Before(t.first) {
		t.first = when
	}
	if when.After(t.last) {
		t.last = when
	}
}

// device is what was seen of one device.
type device struct {
	key        hostKey
	name       string   // as first written
	names      []string // under which it went as a client, beside the one above
	totals     []*total
	more       [2]int // events beyond the bounds, as a client and as a server
	sessions   []session
	signing    []string // computers that noted that it does not sign
	signingAll bool     // and too many to list
}

// tally counts what was seen, by device.
type tally struct {
	devices map[hostKey]*device
	index   map[totalKey]*total
	totals  int
}

type totalKey struct {
	host    hostKey
	contact contactKey
}

func newTally() *tally {
	return &tally{devices: map[hostKey]*device{}, index: map[totalKey]*total{}}
}

// device returns the device, or nil when there are too many.
func (t *tally) device(p peer) *device {
	key := hostKey{address: p.address}
	if !p.address.IsValid() {
		key.name = strings.ToLower(p.name)
	}
	d := t.devices[key]
	if d == nil && len(t.devices) < maxHosts {
		d = &device{key: key, name: p.name}
		t.devices[key] = d
	}
	return d
}

// add counts something about a device, and returns its total, or nil when that
// is only counted with what was left out.
func (t *tally) add(d *device, key contactKey, k kind, when time.Time) *total {
	full := totalKey{d.key, key}
	sum := t.index[full]
	if sum == nil {
		if !t.room(d, key.served, k.weight) {
			d.more[role(key.served)]++
			return nil
		}
		sum = &total{key: key, kind: k}
		d.totals = append(d.totals, sum)
		t.index[full] = sum
		t.totals++
	}
	sum.add(when, 1)
	return sum
}

func role(served bool) int {
	if served {
		return 1
	}
	return 0
}

// room makes room for a total of some weight: where a device has as many as can
// be kept, one that matters less has to go.
func (t *tally) room(d *device, served bool, weight int) bool {
	n, least := 0, -1
	for i, sum := range d.totals {
		if sum.key.served != served {
			continue
		}
		n++
		if least < 0 || sum.kind.weight < d.totals[least].kind.weight {
			least = i
		}
	}
	if n < inventory.MaxContacts && t.totals < maxTotals {
		return true
	}
	if least < 0 || d.totals[least].kind.weight >= weight {
		return false
	}
	gone := d.totals[least]
	d.more[role(served)] += gone.count
	delete(t.index, totalKey{d.key, gone.key})
	d.totals = slices.Delete(d.totals, least, least+1)
	t.totals--
	return true
}

// remember keeps what else an event says. Where events that are counted together
// differ, each value is kept while there is room.
func (t *total) remember(name, value string) {
	value = text(value)
	if value == "" {
		return
	}
	old, found := t.fields[name]
	switch {
	case !found && len(t.fields) >= maxFields, found && (old == value || len(old)+len("; ")+len(value) > maxText):
	case !found:
		if t.fields == nil {
			t.fields = map[string]string{}
		}
		t.fields[name] = value
	case !slices.Contains(strings.Split(old, "; "), value):
		t.fields[name] = old + "; " + value
	}
}

// contact turns a total into a fact.
func (t *total) contact(origins []string) inventory.Contact {
	k := t.key
	c := inventory.Contact{Source: inventory.SourceEvents, Origin: origins[k.origin], Peer: k.computer, First: t.first, Last: t.last, Count: t.count}
	c.Logon = t.logon()
	if k.id == 0 {
		t.fromRow(&c)
		return c
	}
	c.Event = &inventory.Event{Channel: k.channel, ID: k.id, Server: k.computer, Fields: t.fields}
	if k.required != 0 && (k.id == eventNoSigning || k.id == eventNoSigningSMB1) {
		required := k.required == 'y'
		c.Event.Required = &required
	}
	return c
}

// logon returns as whom somebody was there, if that is told.
func (t *total) logon() *inventory.Logon {
	if t.key.user == "" && !t.kind.guest {
		return nil
	}
	l := &inventory.Logon{User: t.key.user}
	if domain, user, found := strings.Cut(t.key.user, `\`); found {
		l.Domain, l.User = domain, user
	}
	switch {
	case t.kind.guest:
		l.As, l.Granted = inventory.LogonGuest, t.kind.granted
	case t.key.id == 0: // a session that a cmdlet lists
		l.As, l.Granted = logonAs(l.User), true
	}
	return l
}

// logonAs tells by its name whether an account is one.
func logonAs(user string) inventory.LogonKind {
	switch {
	case inventory.IsGuestName(user):
		return inventory.LogonGuest
	case strings.EqualFold(user, "anonymous logon"):
		return inventory.LogonAnonymous
	}
	return inventory.LogonAccount
}

// fromRow adds what the row of a cmdlet says. A connection that is signed was
// signed both ways, [MS-SMB2] 3.2.4.1.1 and 3.3.4.1.1.
func (t *total) fromRow(c *inventory.Contact) {
	c.Source, c.Dialect, c.Data = inventory.SourcePowerShell, t.key.dialect, t.key.data
	if t.key.signed {
		c.Requests.Signed, c.Answers.Signed = t.count, t.count
	}
	if t.key.encrypted {
		c.Encrypted = t.count
	}
}

// hosts returns the facts, by address and then by name.
func (t *tally) hosts(origins []string, logs *auditLogs) []*inventory.Host {
	logs.settle()
	list := make([]*inventory.Host, 0, len(t.devices))
	for _, d := range t.devices {
		list = append(list, d.host(origins, logs))
	}
	slices.SortFunc(list, func(a, b *inventory.Host) int {
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.Target, b.Target))
	})
	return list
}

// host turns what was seen of one device into facts, what matters most first.
func (d *device) host(origins []string, logs *auditLogs) *inventory.Host {
	h := &inventory.Host{Address: d.key.address}
	if !h.Address.IsValid() {
		h.Target = d.name
	}
	slices.SortFunc(d.totals, compareTotals)
	for _, sum := range d.totals {
		c := sum.contact(origins)
		if sum.last.After(h.Time) {
			h.Time = sum.last
		}
		if !sum.key.served {
			d.client(h).Add(c)
			continue
		}
		list, left := inventory.AddContact(h.Served, c)
		h.Served, h.ServedMore = list, h.ServedMore+left
	}
	for _, c := range logs.silence(d, origins) {
		d.client(h).Add(c)
	}
	if d.more[0] > 0 {
		d.client(h).More += d.more[0]
	}
	h.ServedMore += d.more[1]
	return h
}

// client returns the host's role as a client, which it has from now on.
func (d *device) client(h *inventory.Host) *inventory.Client {
	if h.Client == nil {
		h.Client = &inventory.Client{Names: d.names}
	}
	return h.Client
}

func compareTotals(a, b *total) int {
	x, y := a.key, b.key
	return cmp.Or(cmp.Compare(b.kind.weight, a.kind.weight), cmp.Compare(x.id, y.id), cmp.Compare(x.channel, y.channel), cmp.Compare(x.computer, y.computer),
		cmp.Compare(x.user, y.user), cmp.Compare(x.required, y.required), cmp.Compare(x.origin, y.origin), cmp.Compare(x.dialect, y.dialect),
		a.first.Compare(b.first), cmp.Compare(b.count, a.count))
}
