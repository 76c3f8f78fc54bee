package capture

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"

	"smbready/inventory"
	"smbready/smbproto"
)

// ledger keeps the facts: of servers by address, and contacts, of which those
// that are alike are counted in one.
type ledger struct {
	origin      string
	maxHosts    int
	maxContacts int
	hosts       map[netip.Addr]*host
	entries     []*entry
	byLikeness  map[likeness]*entry
	offers      map[string]*inventory.Offer // each once: a client makes the same offer again and again
	cards       cards
	unread      *unread
}

// host is what is known of an address.
type host struct {
	facts            inventory.Host
	last             time.Time
	smb2             *inventory.SMB2
	rank2            int
	dialects         []smbproto.Dialect // that it selected in SMB2
	said             [2]inventory.Signing
	smb1             *inventory.SMB1
	rank1            int
	refusal1         *inventory.SMB1 // of every SMB1 dialect
	asked2           bool            // SMB2 was offered to it beside SMB1
	nativeOS         string
	nativeLANManager string
	served           bool   // it answered as a server of SMB
	port             uint16 // on which it did
	used             bool   // as either end of SMB
	clientMore       int    // contacts for which there was no room
	servedMore       int
}

// entry is a contact and its two ends.
type entry struct {
	client, server netip.Addr
	contact        inventory.Contact
}

// likeness is what contacts that are counted in one have in common.
type likeness struct {
	client, server     netip.Addr
	port               uint16
	offer              *inventory.Offer
	dialect, algorithm string
	demanded           inventory.Signing
	logon              inventory.Logon
	tried              bool
	stage              inventory.Stage
	end                inventory.End
	requests, answers  inventory.Signatures // whether there are any
	failed             int                  // its class
	encrypted, data    bool
	quirks             string
}

func newLedger(o Options, u *unread) *ledger {
	return &ledger{origin: inventory.Clip(o.Name), maxHosts: o.MaxHosts, maxContacts: o.MaxContacts, hosts: map[netip.Addr]*host{},
		byLikeness: map[likeness]*entry{}, offers: map[string]*inventory.Offer{}, cards: newCards(), unread: u}
}

// host returns the host of an address, or nil where there are too many.
func (l *ledger) host(a netip.Addr) *host {
	h := l.hosts[a]
	if h == nil {
		if len(l.hosts) >= l.maxHosts {
			l.unread.add("facts of hosts beyond the limit", 1)
			return nil
		}
		h = &host{facts: inventory.Host{Address: a}}
		l.hosts[a] = h
	}
	return h
}

// quirk notes how a host deviates from the specification.
func (h *host) quirk(text string) {
	const maxQuirks = 16
	if !slices.Contains(h.facts.Quirks, text) && len(h.facts.Quirks) < maxQuirks {
		h.facts.Quirks = append(h.facts.Quirks, text)
	}
}

func (h *host) seenAt(t time.Time) {
	if t.After(h.last) {
		h.last = t
	}
}

// answered says that the host answered as a server.
func (h *host) answered(port uint16) {
	h.served, h.used = true, true
	if h.port == 0 || port == directPort {
		h.port = port
	}
}

// contact takes in a contact, which stands for one session or one connection.
func (l *ledger) contact(client, server netip.Addr, c inventory.Contact) {
	a, b := l.host(client), l.host(server)
	c.Source, c.Origin = inventory.SourceCapture, l.origin
	k := likeness{client: client, server: server, port: c.Port, dialect: c.Dialect, algorithm: c.Algorithm, demanded: c.Demanded,
		stage: c.Stage, end: c.End, requests: some(c.Requests), answers: some(c.Answers), failed: c.FailureClass(),
		encrypted: c.Encrypted > 0, data: c.Data, quirks: strings.Join(c.Quirks, "\n")}
	if c.Logon != nil {
		k.logon, k.tried = *c.Logon, true
	}
	var known bool
	if c.Offer, known = l.offer(c.Offer); known {
		k.offer = c.Offer
		if e := l.byLikeness[k]; e != nil {
			e.add(&c)
			return
		}
	}
	if len(l.entries) >= l.maxContacts || !known || a == nil || b == nil {
		l.unread.add("contacts beyond the limit", 1)
		leaveOut(a, b)
		return
	}
	a.used, b.used = true, true
	e := &entry{client, server, c}
	l.entries = append(l.entries, e)
	l.byLikeness[k] = e
}

// leaveOut counts a contact that is not kept with its ends.
func leaveOut(client, server *host) {
	if client != nil {
		client.used = true
		client.clientMore++
	}
	if server != nil {
		server.used = true
		server.servedMore++
	}
}

func some(s inventory.Signatures) inventory.Signatures {
	return inventory.Signatures{Signed: min(s.Signed, 1), Unsigned: min(s.Unsigned, 1)}
}

// offer returns the one copy of an offer; it reports false where there are too
// many.
func (l *ledger) offer(o *inventory.Offer) (*inventory.Offer, bool) {
	if o == nil {
		return nil, true
	}
	text, err := json.Marshal(o)
	if err != nil {
		return nil, false
	}
	if one := l.offers[string(text)]; one != nil {
		return one, true
	}
	if len(l.offers) >= l.maxContacts {
		return nil, false
	}
	l.offers[string(text)] = o
	return o, true
}

// add counts a contact that is alike.
func (e *entry) add(c *inventory.Contact) {
	d := &e.contact
	if d.First.IsZero() || !c.First.IsZero() && c.First.Before(d.First) {
		d.First = c.First
	}
	if c.Last.After(d.Last) {
		d.Last = c.Last
	}
	d.Count = d.Times() + 1
	d.Requests.Signed += c.Requests.Signed
	d.Requests.Unsigned += c.Requests.Unsigned
	d.Answers.Signed += c.Answers.Signed
	d.Answers.Unsigned += c.Answers.Unsigned
	d.Failed += c.Failed
	d.Encrypted += c.Encrypted
}

// finish returns the hosts, by address.
func (l *ledger) finish(names bool) []*inventory.Host {
	slices.SortStableFunc(l.entries, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), a.contact.First.Compare(b.contact.First))
	})
	for _, e := range l.entries {
		l.spread(e)
	}
	var list []*inventory.Host
	for a, h := range l.hosts {
		if !h.used && !names {
			continue
		}
		f := h.finish()
		if mac, ok := l.cards.of(a); ok && f.Names.MAC == "" {
			f.Names.MAC = inventory.MACText(mac)
		}
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b *inventory.Host) int { return a.Address.Compare(b.Address) })
	return list
}

// weight is how much a contact tells, where a host has more than are kept: what
// speaks against a client or a server first.
func (e *entry) weight() int {
	c := &e.contact
	switch {
	case c.Failed > 0, c.End == inventory.EndServerRefused, c.Requests.Unsigned > 0 && c.Data:
		return 3
	case c.Logon != nil && (c.Logon.As == inventory.LogonGuest || c.Logon.As == inventory.LogonAnonymous):
		return 2
	case c.Requests != inventory.Signatures{}, c.Encrypted > 0:
		return 1
	}
	return 0
}

// spread puts a contact to both ends. No two entries are alike, so that those for
// which there is no room need not be compared.
func (l *ledger) spread(e *entry) {
	a, b := &l.hosts[e.client].facts, &l.hosts[e.server].facts
	c := e.contact
	if a.Client == nil {
		a.Client = new(inventory.Client)
	}
	c.Peer = e.server.String()
	a.Client.Add(c)
	c.Peer = e.client.String()
	if len(b.Served) >= inventory.MaxContacts {
		b.ServedMore += c.Times()
		return
	}
	var left int
	b.Served, left = inventory.AddContact(b.Served, c)
	b.ServedMore += left
}

// finish puts together what is known of a host.
func (h *host) finish() *inventory.Host {
	f := &h.facts
	f.Time = h.last
	if h.served {
		f.State, f.Port = inventory.StateSMB, h.port
	}
	f.SMB2, f.SMB1 = h.smb2, h.smb1
	if f.SMB1 != nil {
		f.SMB1.SMB2NotAsked = !h.asked2
	}
	if f.SMB2 != nil {
		h.setDialects()
	}
	if f.SMB1 == nil && f.SMB2 == nil { // beside SMB2 a refusal only says that SMB1 is off
		f.SMB1 = h.refusal1
	}
	if f.SMB1 != nil && f.SMB1.Dialect != "" {
		f.SMB1.NativeOS, f.SMB1.NativeLANManager = h.nativeOS, h.nativeLANManager
	}
	inventory.SetName(&f.OS.Name, h.nativeOS)
	if h.clientMore > 0 {
		if f.Client == nil {
			f.Client = &inventory.Client{Sources: []inventory.Source{inventory.SourceCapture}}
		}
		f.Client.More += h.clientMore
	}
	f.ServedMore += h.servedMore
	return f
}

// setDialects lists the SMB2 dialects that the host selected, to whomever.
func (h *host) setDialects() {
	slices.Sort(h.dialects)
	h.smb2.Dialects = []string{}
	for _, d := range slices.Compact(h.dialects) {
		h.smb2.Dialects = append(h.smb2.Dialects, d.String())
	}
}
