package diff

import (
	"net/netip"

	"smbready/inventory"
)

// Side is one of the two runs.
type Side struct {
	Keys []Key // of its hosts, in the order of address and identity, none twice

	scope, excluded ranges
	unfinished      bool
	fromFiles       bool
	unlisted        bool // some addresses that gave no answer are not listed
}

// NewSide returns a side of a run of which the hosts have these keys. unfinished
// says that the run did not reach its end.
func NewSide(keys []Key, header *inventory.Run, summary *inventory.Summary, unfinished bool) *Side {
	s := &Side{Keys: keys, scope: readRanges(header.Scope), excluded: readRanges(header.Excluded),
		unfinished: unfinished || summary.Probed < header.Targets, fromFiles: len(header.Inputs) > 0}
	var listed uint64
	for i := range keys {
		if p := keys[i].presence; p == silent || p == dim && keys[i].Address.IsValid() {
			listed++
		}
	}
	s.unlisted = summary.Filtered+summary.Unreachable > listed
	return s
}

// absent says why a device is not among the hosts of this run, where its address is
// not.
func (s *Side) absent(k *Key) Cause {
	switch {
	case s.fromFiles || k.presence == heard:
		return OtherSource
	case !k.Address.IsValid():
		return ScopeOpen
	case s.excluded.holds(k.Address):
		return Excluded
	case !s.scope.holds(k.Address) && s.scope.open, s.excluded.open, len(s.scope.list) == 0:
		return ScopeOpen
	case !s.scope.holds(k.Address):
		return OutOfScope
	case s.unfinished:
		return Unfinished
	case s.unlisted:
		return PerhapsDark
	}
	return Unlisted
}

// settles reports whether a cause says that the device is not there any more. A
// run that did not see all of its scope cannot tell whether it is elsewhere.
func (s *Side) settles(c Cause) bool {
	return (c == Refused || c == Unlisted || c == Replaced) && !s.unfinished && !s.fromFiles
}

// group returns the end of the keys from i on that have an address.
func group(keys []Key, i int, a netip.Addr) int {
	for i < len(keys) && keys[i].Address == a {
		i++
	}
	return i
}
