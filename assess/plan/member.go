package plan

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	"smbready/assess"
	"smbready/inventory"
)

// member is a device while the plan is made: what was found on each of its
// paths, and by what it is known. Only one that was met at work keeps its host.
type member struct {
	device Device
	names  []string // all of them, lower case, short and full
	macs   []string // twelve digits each
	guids  []string // of it as a server, lower case; those alone that look random
	paths  []pathFinding
	seenBy seenBy
	serves bool // it speaks SMB as a server
	heard  bool // it was not asked: what is known of it is what it did as a client, and others with it

	fullNames  []string // by which it goes in its domain, lower case
	serials    []string // lower case
	guestAsked bool     // a guest check was made, or cannot be: another one tells no more
	asked      bool     // it answered a scan, or was to
	closed     bool     // it refused SMB
	refuses    bool     // likewise, and that leaves nothing open
	depth      depth
	marks      []string // identifiers of it as a server that other devices may have too

	first, last time.Time // when it was seen, at its several addresses; first is zero where that is not known
	clues       bool      // other services told of it
	stray       bool      // it was met, and nobody knows at which site

	met *inventory.Host // all of it as it was, where contacts or sessions were met; nil otherwise
}

// depth is how deep a scan asked a server, and what came of it.
type depth struct {
	logon, logonAsked bool // the start of a logon
	smb1, smb1Asked   bool // SMB1 beside SMB2
}

func depthOf(h *inventory.Host) depth {
	asked := func(steps ...inventory.Step) bool {
		return slices.ContainsFunc(h.Observations, func(o inventory.Observation) bool { return slices.Contains(steps, o.Step) })
	}
	d := depth{logon: h.NTLM != nil, smb1: h.SMB1 != nil && h.SMB2 != nil}
	d.logonAsked = d.logon || asked(inventory.StepSMB2SessionSetup, inventory.StepSMB1SessionSetup)
	d.smb1Asked = h.SMB1 != nil || h.SMB2 == nil || asked(inventory.StepSMB1Negotiate, inventory.StepMultiNegotiate)
	return d
}

// covers reports whether what came of what was asked before was asked again.
func (d depth) covers(was depth) bool {
	return (d.logonAsked || !was.logon) && (d.smb1Asked || !was.smb1)
}

// seenBy is what showed the device as a client.
type seenBy struct{ listener, captures, events, powershell bool }

func (s seenBy) any() bool { return s.listener || s.captures || s.events || s.powershell }

// pathFinding is what was found on one path.
type pathFinding struct {
	path    Path
	finding assess.Finding
}

func (p *pathFinding) status() Status { return statusOf(&p.finding) }

// policy returns the policy that concerns the path.
func (p *pathFinding) policy() assess.Policy {
	if p.path == AsClient {
		return assess.ServerAlways
	}
	return assess.ClientAlways
}

func newMember(h *inventory.Host, a *assess.Assessment) *member {
	m := &member{device: Device{Address: h.Address, Name: strings.Clone(bestName(h)), MAC: strings.Clone(h.Names.MAC), Kind: a.Device}, serves: h.State == inventory.StateSMB}
	m.device.Kind.Evidence = nil
	account := a.Policies.ClientAlways
	m.closed = h.State == inventory.StateClosed
	m.refuses = m.closed && account.Verdict == assess.NotApplicable
	guest := account.Guest
	account.Guest = nil
	m.paths = append(m.paths, pathFinding{WithAccount, account})
	if guest != nil && guest.Verdict != assess.NoChange { // an anonymous session is no way to files
		m.paths = append(m.paths, pathFinding{AsGuest, *guest})
	}
	m.paths = append(m.paths, pathFinding{AsClient, a.Policies.ServerAlways})
	for i := range m.paths {
		if f := &m.paths[i].finding; f.Verdict.Fine() {
			f.Evidence = nil // it is not shown
		}
	}
	m.know(h)
	return m
}

// know notes by what the device is known, and what showed it as a client.
func (m *member) know(h *inventory.Host) {
	names := []string{h.Target, h.Names.DNS, h.Names.NetBIOS}
	if h.Client != nil {
		names = append(names, h.Client.Names...)
		for _, s := range h.Client.Sources {
			m.seenBy.note(s)
		}
	}
	for _, n := range names {
		for _, form := range nameForms(n) {
			if !slices.Contains(m.names, form) {
				m.names = append(m.names, strings.Clone(form))
			}
		}
	}
	if mac, ok := card(h.Names.MAC); ok {
		m.macs = append(m.macs, mac)
	}
	m.identify(h)
	m.heard = h.State == inventory.StateUnknown && (h.Client != nil || len(h.Served) > 0)
	m.asked, m.clues = h.State != inventory.StateUnknown, h.Clues != nil
	m.first, m.last = h.Time, h.Time
	m.depth = depthOf(h)
	if c := h.Client; c != nil && len(c.Contacts)+c.More > 0 || len(h.Served)+h.ServedMore+len(h.Sessions) > 0 {
		m.met = h
	}
}

// identify notes what is meant to be of one device alone.
func (m *member) identify(h *inventory.Host) {
	keys := assess.KeysOf(h)
	if keys.GUID != "" {
		m.guids = append(m.guids, strings.Clone(keys.GUID))
	} else if h.SMB2 != nil && strings.Trim(h.SMB2.ServerGUID, "0-") != "" {
		m.marks = append(m.marks, strings.ToLower(h.SMB2.ServerGUID))
	}
	if full := keys.FullName(); full != "" {
		m.fullNames = append(m.fullNames, strings.Clone(full))
	}
	if h.Clues == nil || h.Clues.SNMP == nil {
		return
	}
	if serial := strings.ToLower(strings.TrimSpace(h.Clues.SNMP.Serial)); isSerial(serial) {
		m.serials = append(m.serials, serial)
	}
}

// isSerial reports whether a text can be the serial number of one device alone: words such
// as "not available", digits counted up and one character over and over stand where a maker
// put none.
func isSerial(s string) bool {
	const shortest, longest = 6, 64 // what is shorter may be the same on many devices
	const digits = "0123456789"
	letters := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	core := strings.Join(letters, "")
	return len(s) >= shortest && len(s) <= longest && strings.ContainsAny(s, digits) &&
		strings.Trim(core, core[:min(len(core), 1)]) != "" && !strings.Contains(digits+digits, core)
}

func (s *seenBy) note(source inventory.Source) {
	switch source {
	case inventory.SourceCanary:
		s.listener = true
	case inventory.SourceCapture:
		s.captures = true
	case inventory.SourceEvents:
		s.events = true
	case inventory.SourcePowerShell:
		s.powershell = true
	}
}

// nameForms returns a name and its first part, lower case. The digits of an
// address are no name.
func nameForms(name string) []string {
	name = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
	if _, err := netip.ParseAddr(name); name == "" || err == nil {
		return nil
	}
	short, _, full := strings.Cut(name, ".")
	if !full || short == "" {
		return []string{name}
	}
	return []string{name, short}
}

// cardSeparators are what stands between the digits of a card's address.
var cardSeparators = strings.NewReplacer(":", "", "-", "", ".", "")

// card returns the twelve digits of the address of a network card, lower case.
// Zeros, which Samba sends for want of an address, are none.
func card(mac string) (string, bool) {
	s := strings.ToLower(cardSeparators.Replace(mac))
	hex := strings.Trim(s, "0123456789abcdef") == ""
	return s, hex && len(s) == 12 && s != "000000000000"
}

// bestName returns the name to call a host by.
func bestName(h *inventory.Host) string {
	names := []string{h.Target, h.Names.DNS, h.Names.NetBIOS}
	if h.Clues != nil {
		names = append(names, h.Clues.Reverse...)
	}
	if h.Client != nil {
		names = append(names, h.Client.Names...)
	}
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return ""
}

// merge takes in another address of the same device. Of each path the worse
// finding stays; of two that are alike, the one that is less sure.
func (m *member) merge(o *member) {
	m.device.Also = append(m.device.Also, o.device.Address)
	if m.device.Name == "" {
		m.device.Name = o.device.Name
	}
	if m.device.MAC == "" {
		m.device.MAC = o.device.MAC
	}
	m.names = append(m.names, o.names...)
	m.macs = append(m.macs, o.macs...)
	m.guids = append(m.guids, o.guids...)
	m.fullNames = append(m.fullNames, o.fullNames...)
	m.serials = append(m.serials, o.serials...)
	m.marks = append(m.marks, o.marks...)
	m.heard, m.asked, m.clues = m.heard && o.heard, m.asked || o.asked, m.clues || o.clues
	m.closed, m.refuses = m.closed || o.closed, m.refuses && o.refuses
	if o.first.Before(m.first) {
		m.first = o.first
	}
	if o.last.After(m.last) {
		m.last = o.last
	}
	m.guestAsked = m.guestAsked && o.guestAsked
	m.depth = depth{m.depth.logon || o.depth.logon, m.depth.logonAsked && o.depth.logonAsked, m.depth.smb1 || o.depth.smb1, m.depth.smb1Asked && o.depth.smb1Asked}
	m.met = metTogether(m.met, o.met)
	m.seenBy.listener = m.seenBy.listener || o.seenBy.listener
	m.seenBy.captures = m.seenBy.captures || o.seenBy.captures
	m.seenBy.events = m.seenBy.events || o.seenBy.events
	m.seenBy.powershell = m.seenBy.powershell || o.seenBy.powershell
	for i := range o.paths {
		m.worsen(&o.paths[i])
	}
}

func (m *member) worsen(p *pathFinding) {
	i := slices.IndexFunc(m.paths, func(q pathFinding) bool { return q.path == p.path })
	if i < 0 {
		m.paths = append(m.paths, *p)
		return
	}
	mine, theirs := m.paths[i].status().severity(), p.status().severity()
	if theirs < mine || theirs == mine && p.finding.Confidence < m.paths[i].finding.Confidence {
		m.paths[i] = *p
	}
}

// status returns what a policy does to the device: the worst over its paths.
func (m *member) status(policy assess.Policy) Status {
	worst := NotConcerned
	for i := range m.paths {
		if p := &m.paths[i]; p.policy() == policy && p.status().severity() < worst.severity() {
			worst = p.status()
		}
	}
	return worst
}

// statusOf returns what was found on a path.
func (m *member) statusOf(path Path) Status {
	for i := range m.paths {
		if m.paths[i].path == path {
			return m.paths[i].status()
		}
	}
	return NotConcerned
}

// worst returns the finding that makes the status of the device.
func (m *member) worst(policy assess.Policy) *pathFinding {
	for i := range m.paths {
		if p := &m.paths[i]; p.policy() == policy && p.status() == m.status(policy) {
			return p
		}
	}
	return nil
}

func (e *Evidence) add(m *member, s Status) {
	if !m.seenBy.any() {
		return
	}
	e.Devices++
	if s == Ready {
		e.Ready++
	}
	for _, k := range []struct {
		seen bool
		n    *int
	}{{m.seenBy.listener, &e.Listener}, {m.seenBy.captures, &e.Captures}, {m.seenBy.events, &e.Events}, {m.seenBy.powershell, &e.PowerShell}} {
		if k.seen {
			*k.n++
		}
	}
}

// metTogether returns what was met at two addresses of one device.
func metTogether(a, b *inventory.Host) *inventory.Host {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	h := *a
	h.Client = clientTogether(a.Client, b.Client)
	h.Served, h.ServedMore = slices.Concat(a.Served, b.Served), a.ServedMore+b.ServedMore
	h.Sessions = slices.Concat(a.Sessions, b.Sessions)
	return &h
}
