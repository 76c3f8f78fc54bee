package canary

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"time"

	"smbready/inventory"
)

// clients holds what is known of each client. A hostile one cannot make it grow
// without end, nor a line of the record longer than it may be.
type clients struct {
	most     int
	contacts int // that are held, of all clients
	bytes    int // that they take in lines
	recorded int // bytes of lines, about
	byAddr   map[netip.Addr]*client
}

// client is what is known of an address.
type client struct {
	host  inventory.Host
	bytes int       // that its contacts take in a line
	fresh bool      // something was seen of it that is not recorded yet, other than that it came again
	again bool      // it came again
	lines int       // by which it was recorded
	last  time.Time // that it was
}

// Bounds of what is held, in contacts of all clients, in bytes of them, and in
// bytes of the contacts of one, as they stand in a line: a line must stay under
// 1 MiB to be read again.
const (
	maxContacts     = 16384
	maxBytes        = 48 << 20
	maxContactBytes = 256 << 10
)

// Bounds of what is recorded before the end. A line has all that is known of a
// client, so that a client that always does something new would fill the disk.
const (
	firstLines  = 8 // that a client gets at once
	lineEvery   = 30 * time.Second
	maxRecorded = 64 << 20 // bytes of lines of all clients
	lineFixed   = 1 << 10  // bytes of a line beside the contacts, about
)

func newClients(most int) *clients { return &clients{most: most, byAddr: map[netip.Addr]*client{}} }

// add takes in a connection, and returns the client that it is of. It returns
// nil where there is no room for another client.
func (l *clients) add(addr netip.Addr, contact *inventory.Contact) *client {
	c := l.byAddr[addr]
	if c == nil {
		if len(l.byAddr) >= l.most || l.bytes >= maxBytes {
			return nil
		}
		c = &client{host: inventory.Host{Address: addr, Client: new(inventory.Client)}}
		l.byAddr[addr] = c
	}
	h := &c.host
	h.Time = contact.Last
	if contact.Logon != nil && h.Names.NetBIOS == "" && isNetBIOS(contact.Logon.Workstation) {
		h.Names.NetBIOS = contact.Logon.Workstation
	}
	l.merge(c, contact)
	return c
}

// merge adds a contact to a client, or counts it where there is no room.
func (l *clients) merge(c *client, contact *inventory.Contact) {
	known, size := len(c.host.Client.Contacts), lineBytes(contact)
	if known > 0 && (l.contacts >= maxContacts || l.bytes+size > maxBytes || c.bytes+size > maxContactBytes) && !c.knows(contact) {
		c.host.Client.More += contact.Times()
		c.host.Client.LastSeen = contact.Last
		c.again = true
		return
	}
	c.host.Client.Add(*contact)
	if len(c.host.Client.Contacts) > known {
		l.contacts++
		l.bytes += size
		c.bytes += size
		c.fresh = true
	}
	c.again = true
}

// knows reports whether a contact is like one that is held, so that it takes no
// room.
func (c *client) knows(contact *inventory.Contact) bool {
	list := slices.Clone(c.host.Client.Contacts)
	merged, left := inventory.AddContact(list, *contact)
	return left == 0 && len(merged) == len(list)
}

// lineBytes is how long a contact is in a line. One that cannot be written would
// be longer than any.
func lineBytes(c *inventory.Contact) int {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(c); err != nil {
		return maxContactBytes + 1
	}
	return b.Len()
}

// isNetBIOS reports whether a workstation's name can be a NetBIOS name.
func isNetBIOS(name string) bool {
	const longest = 15
	if name == "" || len(name) > longest {
		return false
	}
	for _, r := range name {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return true
}

// due returns the clients that are to be recorded at a time: at the end all of
// which something is not recorded yet.
func (l *clients) due(t time.Time, end bool) (list []*inventory.Host) {
	for _, c := range l.byAddr {
		size := c.bytes + lineFixed
		if !end && (!c.due(t) || l.recorded+size > maxRecorded) || !c.fresh && !c.again {
			continue
		}
		c.fresh, c.again, c.last = false, false, t
		c.lines++
		l.recorded += size
		list = append(list, copyOf(&c.host))
	}
	slices.SortFunc(list, func(a, b *inventory.Host) int { return a.Address.Compare(b.Address) })
	return list
}

// due reports whether a client may be recorded at a time: with something new at
// once, as long as it had few lines, and otherwise now and then.
func (c *client) due(t time.Time) bool {
	return c.fresh && c.lines < firstLines || t.Sub(c.last) >= lineEvery
}

// copyOf returns a host that does not change when its client comes again. What
// its contacts point at never does.
func copyOf(h *inventory.Host) *inventory.Host {
	host, c := *h, *h.Client
	c.Sources, c.Dialects = slices.Clone(c.Sources), slices.Clone(c.Dialects)
	c.Names, c.Accounts = slices.Clone(c.Names), slices.Clone(c.Accounts)
	c.Contacts = slices.Clone(c.Contacts)
	host.Client = &c
	return &host
}

// finish takes in what a connection showed.
func (s *server) finish(addr netip.Addr, r *record) {
	contact := r.close()
	if s.count(addr, contact, r) && s.options.Seen != nil {
		s.telling.Lock()
		defer s.telling.Unlock()
		s.options.Seen(addr, contact)
	}
}

// count counts a connection, and reports whether it showed something new.
func (s *server) count(addr netip.Addr, contact *inventory.Contact, r *record) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.fault {
		s.totals.Faults++
	}
	if !r.spoke() {
		s.totals.NotSMB++
		return false
	}
	was := s.clients.contacts
	if s.clients.add(addr, contact) == nil {
		s.totals.Unlisted++
		return false
	}
	s.totals.Recorded++
	return s.clients.contacts > was
}

// recordEvery is how often it is looked for clients to record.
const recordEvery = time.Second

// writeNowAndThen records what is due until the listener ends.
func (s *server) writeNowAndThen() {
	tick := time.NewTicker(recordEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case t := <-tick.C:
			s.write(t, false)
		}
	}
}

// write records the clients that are due.
func (s *server) write(t time.Time, end bool) {
	s.mu.Lock()
	due := s.clients.due(t, end)
	s.mu.Unlock()
	for _, h := range due {
		if err := s.options.Record(h); err != nil {
			s.fail(err)
			return
		}
	}
}
