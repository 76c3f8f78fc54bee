package inventory

import (
	"cmp"
	"slices"
	"time"
)

// part is what a source saw of one device at an address.
type part struct {
	host   *Host
	shared bool // others used the address while the source looked
}

// source tells what saw a part: where a scan and others were put together already,
// a scan did not see what was split off again.
func (p *part) source(whole Source) Source {
	if whole != SourceScan || p.host.serves() || p.host.Client == nil || len(p.host.Client.Contacts) == 0 {
		return whole
	}
	return p.host.Client.Contacts[0].Source
}

// split takes apart what a source keeps under one address and what may still be of
// several devices: clients that went by different names, and those with more than
// a lease between them. What is known of the address as a server stands with the
// client of the same name, if it can.
func split(h *Host) []part {
	if h.Client == nil || !h.Address.IsValid() {
		return []part{{h, false}}
	}
	groups := byWorkstation(h.Client.Contacts)
	main := h.clientItself(groups)
	shared := len(groups) > 1
	if len(groups) == 0 || !shared && main == 0 && len(runs(groups[0].contacts)) == 1 {
		return []part{{h, false}}
	}
	var parts []part
	if main < 0 {
		server := *h
		server.Client = nil
		parts = append(parts, part{&server, shared})
	}
	for i, g := range groups {
		list := runs(g.contacts)
		for k, contacts := range list {
			last := k == len(list)-1
			parts = append(parts, part{h.clientPart(contacts, i == main && last, last, shared), shared})
		}
	}
	return parts
}

// clientPart returns a host with some of the contacts of a client: itself with what
// else is known of it, or another at the same address. What was left out for want
// of room may be of any device, and is missing from the last of each.
func (h *Host) clientPart(contacts []Contact, itself, last, shared bool) *Host {
	p := &Host{Address: h.Address, Site: h.Site, Names: Names{MAC: h.Names.MAC}}
	if itself {
		*p = *h
	}
	p.Client = new(Client)
	for _, c := range contacts {
		p.Client.Add(c)
	}
	if itself && !shared {
		for _, n := range h.Client.Names {
			p.Client.Names = insertBounded(p.Client.Names, n)
		}
	}
	if last {
		p.Client.More += h.Client.More
	}
	if !p.serves() || p.Time.IsZero() {
		p.Time = cmp.Or(p.Client.LastSeen, h.Time)
	}
	return p
}

// workstation is the contacts of a client by one name.
type workstation struct {
	name     string // short, or "" where they tell none
	contacts []Contact
}

// byWorkstation sorts contacts by the name that the client gave. Those without one
// are of the same client where there is but one, and else of any of them: they
// stay together.
func byWorkstation(contacts []Contact) []workstation {
	var named []workstation
	var others []Contact
	for _, c := range contacts {
		name := ""
		if c.Logon != nil {
			name, _ = shortName(c.Logon.Workstation)
		}
		if name == "" {
			others = append(others, c)
			continue
		}
		i := slices.IndexFunc(named, func(w workstation) bool { return w.name == name || cutNames(name)(w.name) })
		if i < 0 {
			i, named = len(named), append(named, workstation{name: name})
		}
		named[i].contacts = append(named[i].contacts, c)
	}
	switch {
	case len(others) == 0:
	case len(named) == 1:
		named[0].contacts = append(named[0].contacts, others...)
	default:
		named = append(named, workstation{contacts: others})
	}
	return named
}

// clientItself returns which of several clients goes by the names of the host, or
// -1 for none. What is no server is one of them in any case.
func (h *Host) clientItself(groups []workstation) int {
	own := *h
	own.Client = nil
	id := identify(&own)
	for i, g := range groups {
		o := identity{names: []string{g.name}}
		if agreed, _ := id.common(&o); g.name != "" && agreed {
			return i
		}
	}
	switch {
	case !h.serves():
		return max(len(groups)-1, 0)
	case len(groups) == 1 && (groups[0].name == "" || len(id.names) == 0):
		return 0
	}
	return -1
}

// runs sorts contacts by time and cuts them where nothing was seen for longer than
// a lease. Those of which the time is not known stand with the last.
func runs(contacts []Contact) [][]Contact {
	slices.SortStableFunc(contacts, func(a, b Contact) int {
		if a.First.IsZero() != b.First.IsZero() {
			return cmp.Compare(zeroLast(a.First), zeroLast(b.First))
		}
		return a.First.Compare(b.First)
	})
	var list [][]Contact
	var last time.Time
	start := 0
	for i, c := range contacts {
		if i > start && !c.First.IsZero() && !last.IsZero() && c.First.Sub(last) > lease {
			list = append(list, contacts[start:i:i])
			start = i
		}
		last = later(last, c.Last)
	}
	return append(list, contacts[start:])
}

func zeroLast(t time.Time) int {
	if t.IsZero() {
		return 1
	}
	return 0
}
