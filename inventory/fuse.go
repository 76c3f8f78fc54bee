package inventory

import "slices"

// maxQuirks bounds the quirks of a host that several sources saw.
const maxQuirks = 32

// fuse adds what another observation of the same host tells. What is known
// already stays; only contacts of clients add up. Of a host that goes by other
// names no name is taken (loose).
func (h *Host) fuse(o *Host, source Source, loose bool) {
	if o.Client != nil {
		h.fuseClient(o.Client)
	}
	h.ServedMore += o.ServedMore
	for _, c := range o.Served {
		var left int
		h.Served, left = AddContact(h.Served, c)
		h.ServedMore += left
	}
	h.fuseServer(o, source)
	if !loose {
		h.Names.fuse(&o.Names)
		fillIn(&h.Target, o.Target)
	}
	for _, q := range o.Quirks {
		if len(h.Quirks) < maxQuirks && !slices.Contains(h.Quirks, q) {
			h.Quirks = append(h.Quirks, q)
		}
	}
	fillIn(&h.Site, o.Site)
	fillIn(&h.Error, o.Error)
	if h.Time.IsZero() {
		h.Time = o.Time
	}
}

// fuseClient adds what was seen of a host as a client.
func (h *Host) fuseClient(o *Client) {
	if h.Client == nil {
		h.Client = new(Client)
	}
	c := h.Client
	for _, contact := range o.Contacts {
		c.Add(contact)
	}
	for _, s := range o.Sources {
		c.Sources = insert(c.Sources, s)
	}
	for _, n := range o.Names {
		c.Names = insertBounded(c.Names, n)
	}
	for _, a := range o.Accounts {
		c.Accounts = insertBounded(c.Accounts, a)
	}
	c.Dialects = mergeDialects(c.Dialects, o.Dialects)
	if o.Signing != SigningUnknown && (c.Signing == SigningUnknown || o.Signing < c.Signing) {
		c.Signing = o.Signing
	}
	c.FirstSeen, c.LastSeen = earlier(c.FirstSeen, o.FirstSeen), later(c.LastSeen, o.LastSeen)
	c.More += o.More
}

// fuseServer takes what another source saw of a host as a server, where nothing
// is known of that yet. What a scan was told stands whole: to mix in an answer
// that somebody else was given some other day would describe a server that never
// was. But a host that gave a scan no SMB answer, and others one, has a firewall
// in between, and is judged by what it answered.
func (h *Host) fuseServer(o *Host, source Source) {
	if h.State == StateSMB || o.State != StateSMB {
		if h.sameServer(o) {
			h.fuseLogons(o)
		}
		h.fuseClues(o)
		return
	}
	if h.State != StateUnknown && source != SourceScan {
		h.quirk("gave a scan no SMB answer (" + h.State.String() + "), but others one")
	}
	h.State, h.Detail, h.Port = o.State, o.Detail, o.Port
	h.SMB1, h.SMB2, h.NTLM, h.OS = o.SMB1, o.SMB2, o.NTLM, o.OS
	h.Observations = append(h.Observations, o.Observations...)
	h.fuseLogons(o)
	h.fuseClues(o)
}

// sameServer reports whether another scan, not long before or after, asked the very
// same server: an address or a name does not say that it has not been replaced or
// set up anew.
func (h *Host) sameServer(o *Host) bool {
	a, b := identify(h), identify(o)
	same := a.compare(&b)
	return !same.never && (same.by == "network card" || same.by == "server GUID") &&
		!h.Time.IsZero() && !o.Time.IsZero() && h.Time.Sub(o.Time).Abs() <= lease
}

// fuseLogons takes what only logons tell, where it is not known.
func (h *Host) fuseLogons(o *Host) {
	if h.Guest == GuestUnknown {
		h.Guest = o.Guest
	}
	if len(h.Sessions) == 0 {
		h.Sessions = o.Sessions
	}
}

// fuseClues takes what words a verdict and never changes one.
func (h *Host) fuseClues(o *Host) {
	if h.Cost == nil {
		h.Cost = o.Cost
	}
	if h.Clues == nil {
		h.Clues = o.Clues
	}
}

func (h *Host) quirk(text string) {
	if len(h.Quirks) < maxQuirks && !slices.Contains(h.Quirks, text) {
		h.Quirks = append(h.Quirks, text)
	}
}

// fuse takes the names that are not known yet.
func (n *Names) fuse(o *Names) {
	fillIn(&n.NetBIOS, o.NetBIOS)
	fillIn(&n.DNS, o.DNS)
	fillIn(&n.Domain, o.Domain)
	fillIn(&n.Workgroup, o.Workgroup)
	fillIn(&n.Forest, o.Forest)
	fillIn(&n.MAC, o.MAC)
	if len(n.Node) == 0 {
		n.Node = o.Node
	}
}

func fillIn(to *string, value string) {
	if *to == "" {
		*to = value
	}
}
