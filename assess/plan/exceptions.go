package plan

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// Use says what became of an exception.
type Use string

// Uses.
const (
	InForce   Use = "in-force"   // a device needs it, and it holds
	Lapsed    Use = "expired"    // a device needs it, and it holds no longer: the device is back among the others
	NotYet    Use = "not-yet"    // it was accepted for a time to come
	NotNeeded Use = "not-needed" // the device is ready without it, or not concerned
	NoDevice  Use = "no-device"  // no device is known by what it names
	Ambiguous Use = "ambiguous"  // several devices are, and it is used for none

	// OtherDevice: what goes by it now is not the device that was accepted, and it is
	// used for none.
	OtherDevice Use = "other-device"
)

// ExceptionUse is an exception and what became of it.
type ExceptionUse struct {
	inventory.Exception
	Use     Use       `json:"use"`
	Over    bool      `json:"over"` // its last day is over
	Devices []*Device `json:"devices,omitempty"`

	// Other says of OtherDevice by what the first of the devices is known to be
	// another one. It may hold text from the network.
	Other string `json:"other,omitempty"`

	// AddressAlone says of InForce and NotYet that nothing but an address binds it, or
	// that nothing else could be compared this time: what has that address is taken for
	// the device that was accepted.
	AddressAlone bool `json:"address_alone,omitempty"`

	// Dark says of InForce that its device was not seen again, and is remembered; and of
	// OtherDevice that it holds to one that is.
	Dark bool `json:"not_seen_again,omitempty"`
}

// exceptionIndex finds the exceptions to devices.
type exceptionIndex struct {
	now     time.Time
	list    []ExceptionUse
	devices [][]*member       // that each names, and may be the one that was accepted
	others  [][]*member       // that go by what it names, and are not
	why     []string          // the first of those is not
	byKey   map[string][]int  // by what it calls the device
	named   map[*member][]int // the exceptions that name a device
}

func newExceptionIndex(list []inventory.Exception, now time.Time) *exceptionIndex {
	x := &exceptionIndex{now: now, list: []ExceptionUse{}, byKey: map[string][]int{}, named: map[*member][]int{},
		devices: make([][]*member, len(list)), others: make([][]*member, len(list)), why: make([]string, len(list))}
	for i, e := range list {
		x.list = append(x.list, ExceptionUse{Exception: e, Over: e.Expired(now)})
		key := exceptionKey(e.Device)
		x.byKey[key] = append(x.byKey[key], i)
	}
	return x
}

// NamesCard reports whether an exception calls its device by its network card.
func NamesCard(device string) bool {
	_, ok := cardNamed(strings.TrimSpace(device))
	return ok
}

// cardNamed returns the digits of a card. Digits alone may be a name.
func cardNamed(device string) (string, bool) {
	mac, ok := card(device)
	return mac, ok && strings.ContainsAny(device, ":-.")
}

// exceptionKey returns what an exception calls its device in one form: an
// address, the digits of a card, or a name.
func exceptionKey(device string) string {
	device = strings.TrimSpace(device)
	if a, err := netip.ParseAddr(device); err == nil {
		return a.Unmap().String()
	}
	if mac, ok := cardNamed(device); ok {
		return "card " + mac
	}
	return "name " + strings.ToLower(strings.TrimSuffix(device, "."))
}

// keys returns by what exceptions may call a device.
func (m *member) keys() []string {
	var keys []string
	for _, a := range append([]netip.Addr{m.device.Address}, m.device.Also...) {
		if a.IsValid() {
			keys = append(keys, a.Unmap().String())
		}
	}
	for _, mac := range m.macs {
		keys = append(keys, "card "+mac)
	}
	for _, n := range m.names {
		keys = append(keys, "name "+n)
	}
	return keys
}

// match finds the exceptions to the devices of a site.
func (x *exceptionIndex) match(site string, devices []*member) {
	if len(x.list) == 0 {
		return
	}
	for _, m := range devices {
		for _, key := range m.keys() {
			for _, i := range x.byKey[key] {
				e := &x.list[i]
				if at := e.At(); at != "" && at != site || isLast(x.devices[i], m) || isLast(x.others[i], m) {
					continue
				}
				if why := otherThan(&e.Exception, m); why != "" {
					x.others[i], x.why[i] = append(x.others[i], m), cmp.Or(x.why[i], why)
					continue
				}
				x.devices[i] = append(x.devices[i], m)
				x.named[m] = append(x.named[m], i)
			}
		}
	}
}

// isLast reports whether a device was added last: it may go by one thing twice.
func isLast(list []*member, m *member) bool { return len(list) > 0 && list[len(list)-1] == m }

// exceptionsOf is what was accepted of a device for a policy.
type exceptionsOf struct {
	holds   *inventory.Exception
	place   int // of that in the list
	expired []inventory.Exception
}

// of returns the exceptions to a device. One that names several devices is used
// for none: what was accepted for one device must not hide another.
func (x *exceptionIndex) of(m *member, policy assess.Policy) (found exceptionsOf) {
	for _, i := range x.named[m] {
		e := &x.list[i]
		switch {
		case e.Policy != policy.String() || len(x.devices[i]) > 1:
		case e.Over:
			found.expired = append(found.expired, e.Exception)
		case !e.Accepted.After(x.now):
			found.holds, found.place = &e.Exception, i
		}
	}
	return found
}

// ofThere returns where the exception stands that calls a device by its address, or by the
// name that is all that is known of it, and holds today, if nothing else goes by that but
// what has it now; -1 for none.
func (x *exceptionIndex) ofThere(m *member, there *Device, policy assess.Policy) int {
	for _, i := range x.named[m] {
		e := &x.list[i]
		if e.Policy != policy.String() || e.Over || e.Accepted.After(x.now) {
			continue
		}
		byAddress := there != nil && namesAddress(&e.Exception)
		other := slices.ContainsFunc(x.devices[i], func(o *member) bool {
			return o != m && (byAddress && o.device.Address != there.Address || sameNameAlone(&e.Exception, o))
		})
		if (byAddress || sameNameAlone(&e.Exception, m)) && !other {
			return i
		}
	}
	return -1
}

// uses says what became of each exception, once all sites are matched.
func (x *exceptionIndex) uses() []ExceptionUse {
	for i := range x.list {
		e := &x.list[i]
		e.Use = x.use(e, x.devices[i])
		shown := x.devices[i]
		if len(shown) == 0 && len(x.others[i]) > 0 {
			shown, e.Use, e.Other = x.others[i], OtherDevice, x.why[i]
		}
		if e.Use == InForce || e.Use == NotYet {
			e.AddressAlone = addressAlone(&e.Exception, shown[0])
		}
		for _, m := range shown {
			e.Devices = append(e.Devices, &m.device)
		}
	}
	return x.list
}

func (x *exceptionIndex) use(e *ExceptionUse, devices []*member) Use {
	policy, _ := assess.ParsePolicy(e.Policy)
	switch {
	case len(devices) == 0:
		return NoDevice
	case len(devices) > 1:
		return Ambiguous
	}
	if s := devices[0].status(policy); s == Ready || s == NotConcerned {
		return NotNeeded
	}
	switch {
	case e.Over:
		return Lapsed
	case e.Accepted.After(x.now):
		return NotYet
	}
	return InForce
}
