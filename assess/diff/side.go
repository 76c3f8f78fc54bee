package diff

import (
	"cmp"
	"net/netip"

	"smbready/inventory"
)

// Side is one of the two runs.
type Side struct {
	Keys []Key // of its hosts, in the order of address and identity, none twice

	scope, excluded ranges
	unfinished      bool
	fromFiles       bool
	gentle          bool
	port            uint16 // at which it asked first; 0 is not known
	unlisted        bool   // some addresses that gave no answer are not listed
	unanswered      bool   // some addresses gave no answer, or were not asked
}

// NewSide returns a side of a run of which the hosts have these keys. unfinished
// says that the run did not reach its end.
func NewSide(keys []Key, header *inventory.Run, summary *inventory.Summary, unfinished bool) *Side {
	s := &Side{Keys: keys, scope: readRanges(header.Scope), excluded: readRanges(header.Excluded),
		unfinished: unfinished || summary.Probed < header.Targets, fromFiles: len(header.Inputs) > 0, gentle: header.Gentle}
	var dark, untold uint64
	for i := range keys {
		k := &keys[i]
		switch k.silence {
		case Untold:
			untold++
		case Dark:
			dark++
		}
		if s.port == 0 && k.port != sessionPort {
			s.port = k.port
		}
	}
	told := summary.SMB + summary.Open + summary.Closed + summary.Filtered + summary.Unreachable
	s.unlisted = summary.Filtered+summary.Unreachable > dark || summary.Probed > told+untold
	s.unanswered = s.unfinished || s.unlisted || dark+untold > 0 || summary.Skipped > 0
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
	case !s.askedAt(k.port):
		return PortNotAsked
	}
	return Unlisted
}

// askedAt reports whether an address that is not listed was asked at a port. A scan asks
// what refuses at port 139 too, unless it is gentle.
func (s *Side) askedAt(port uint16) bool {
	const direct = 445 // where nothing tells of another
	switch {
	case s.gentle:
		return false
	case port == 0, port == sessionPort:
		return true
	}
	return port == cmp.Or(s.port, direct)
}

// settles reports whether a cause says that the device is not there any more.
func settles(c Cause) bool { return c == Refused || c == Unlisted || c == Replaced }

// surely returns the cause as far as the run can stand by it: one that did not get an
// answer from all of its scope cannot tell whether the device is elsewhere, be it that it
// has another address or that names and cards were not told this time.
func (s *Side) surely(c Cause) Cause {
	switch {
	case !s.unanswered && !s.fromFiles || !settles(c):
		return c
	case c == Replaced:
		return ReplacedHere
	}
	return RefusedHere
}

// group returns the end of the keys from i on that have an address.
func group(keys []Key, i int, a netip.Addr) int {
	for i < len(keys) && keys[i].Address == a {
		i++
	}
	return i
}
