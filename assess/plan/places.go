package plan

import (
	"slices"

	"smbready/assess"
)

// places are the devices at each address.
type places map[string][]*member

func placesOf(list []*member) places {
	at := places{}
	for _, m := range list {
		for _, a := range addressesOf(m) {
			at[a] = append(at[a], m)
		}
	}
	return at
}

// refuse reports whether each address of a device refuses SMB.
func (at places) refuse(m *member) bool {
	addresses := addressesOf(m)
	return len(addresses) > 0 && !slices.ContainsFunc(addresses, func(a string) bool {
		return len(at[a]) == 0 || slices.ContainsFunc(at[a], func(n *member) bool { return !n.refuses })
	})
}

// inPlaceOf returns the device that stands where one stood and cannot be the same.
// There has to be one at each of its addresses, and nothing besides that it may be, nor
// anything that only got its address: what takes its place has its name, or is of its kind.
func (at places) inPlaceOf(m *member) (by *member) {
	for _, a := range addressesOf(m) {
		if len(at[a]) == 0 {
			return nil
		}
		for _, n := range at[a] {
			if !contradicts(m, n) || !mayFollow(m, n) {
				return nil
			}
			if by == nil {
				by = n
			}
		}
	}
	return by
}

// mayFollow reports whether one may have been put where another stood. Computers that
// people work at get each other's addresses every day, whatever their kind.
func mayFollow(m, n *member) bool {
	kind := m.device.Kind.Class
	lent := kind == assess.ClassUnknown || kind == assess.WindowsClient || kind == assess.MacOS
	return commonName(m.names, n.names) || !lent && kind == n.device.Kind.Class
}

// mayBe returns what is today where something was of which nothing but the address is
// known, and whether it may be the same: it is not known to be of another kind. It is nil
// where that is seen again itself, or nothing is there.
func (at places) mayBe(r *remembered) (there *Device, same bool) {
	if r.here != nil || !r.bare() {
		return nil, false
	}
	for _, a := range addressesOf(r.member) {
		for _, n := range at[a] {
			if kindsAgree(r.member, n) {
				return &n.device, true
			}
			there = &n.device
		}
	}
	return there, false
}
