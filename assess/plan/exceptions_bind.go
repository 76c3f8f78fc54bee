package plan

import (
	"net/netip"
	"slices"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// maxSighted is how many hosts of a run are looked at for one exception. More are
// no one device.
const maxSighted = 16

// Binder finds out what devices exceptions are of that do not say so, from runs, the
// newest first. An exception is bound to the device that the first run with one tells
// of. Of each run call Begin, Add with its hosts, and End.
type Binder struct {
	list  []inventory.Exception
	binds []Binding
	open  map[string][]int // exceptions that are not settled, by what they call the device
	run   inventory.Run
	found map[int][]*inventory.Host // of the present run, by exception
}

// Binding is what became of the search for the device of an exception.
type Binding struct {
	Seen    *inventory.SeenDevice // nil: nothing is known of it
	Several string                // the run that knows several devices by what it names; Seen is nil
}

// NewBinder returns a Binder for the exceptions that do not tell what was seen.
func NewBinder(list []inventory.Exception) *Binder {
	b := &Binder{list: list, binds: make([]Binding, len(list)), open: map[string][]int{}}
	for i := range list {
		if list[i].Seen == nil {
			key := exceptionKey(list[i].Device)
			b.open[key] = append(b.open[key], i)
		}
	}
	return b
}

// Done reports whether nothing is left to find.
func (b *Binder) Done() bool { return len(b.open) == 0 }

// Addresses returns the addresses of all exceptions that are left, also as IPv6 writes
// them, if an address is what each of them names.
func (b *Binder) Addresses() (list []netip.Addr, all bool) {
	for key := range b.open {
		a, err := netip.ParseAddr(key)
		if err != nil {
			return nil, false
		}
		list = append(list, a)
		if a.Is4() {
			list = append(list, netip.AddrFrom16(a.As16()))
		}
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return list, true
}

// Wants reports whether a run may tell of the site of an exception that is left.
func (b *Binder) Wants(h *inventory.Run) bool {
	for _, list := range b.open {
		for _, i := range list {
			if site := b.list[i].Site; site == "" || h.IsOf(site) || h.Site == "" && len(h.Sites) == 0 {
				return true
			}
		}
	}
	return false
}

// Begin begins with the hosts of a run.
func (b *Binder) Begin(h *inventory.Run) { b.run, b.found = *h, map[int][]*inventory.Host{} }

// Add takes in a host of the run. An address of which nothing is known but that it
// gave no answer, or refused, is no device.
func (b *Binder) Add(h *inventory.Host) error {
	if dark(h) || h.State == inventory.StateClosed && bare(h) {
		return nil
	}
	m := &member{device: Device{Address: h.Address}}
	m.know(h)
	site := h.Site
	if site == "" {
		site = b.run.Site
	}
	for _, key := range m.keys() {
		for _, i := range b.open[key] {
			if e := &b.list[i]; e.Site != "" && e.Site != site || len(b.found[i]) > maxSighted {
				continue
			}
			slim := traitsHost(h)
			slim.Site = site
			b.found[i] = append(b.found[i], slim)
		}
	}
	return nil
}

// traitsHost returns of a host only what tells which device it is.
func traitsHost(h *inventory.Host) *inventory.Host {
	n := &h.Names
	slim := &inventory.Host{Address: h.Address, Target: h.Target, State: h.State,
		Names: inventory.Names{NetBIOS: n.NetBIOS, DNS: n.DNS, Domain: n.Domain, MAC: n.MAC}}
	if h.SMB2 != nil {
		slim.SMB2 = &inventory.SMB2{ServerGUID: h.SMB2.ServerGUID}
	}
	if h.Client != nil {
		slim.Client = &inventory.Client{Names: h.Client.Names}
	}
	return slim
}

// End settles the exceptions of whose device the run told.
func (b *Binder) End() {
	for key, list := range b.open {
		left := slices.DeleteFunc(list, func(i int) bool { return len(b.found[i]) > 0 })
		if b.open[key] = left; len(left) == 0 {
			delete(b.open, key)
		}
	}
	for i, hosts := range b.found {
		if !oneDevice(hosts) {
			b.binds[i].Several = b.run.ID
			continue
		}
		seen := &inventory.SeenDevice{Run: b.run.ID, Date: dayOf(&b.run)}
		for _, h := range hosts {
			seen.Note(h)
		}
		b.binds[i].Seen = seen
	}
	b.found = nil
}

// dayOf returns the day of which a run tells, or the zero time.
func dayOf(h *inventory.Run) time.Time {
	taken := Taken(h).UTC()
	if taken.IsZero() {
		return time.Time{}
	}
	return time.Date(taken.Year(), taken.Month(), taken.Day(), 0, 0, 0, 0, time.UTC)
}

// Bindings returns what was found, in the order of the exceptions.
func (b *Binder) Bindings() []Binding { return b.binds }

// oneDevice reports whether hosts are one device of one site, at as many addresses.
func oneDevice(hosts []*inventory.Host) bool {
	if len(hosts) == 1 {
		return true
	}
	var j assess.Joiner
	for _, h := range hosts {
		if h.Site != hosts[0].Site {
			return false // machines are cloned, and sites may use the same addresses
		}
		j.Add(h)
	}
	also := j.Join().Also(hosts[0].Address)
	for _, h := range hosts[1:] {
		if !slices.Contains(also, h.Address) {
			return false
		}
	}
	return len(hosts) <= maxSighted
}
