package diff

import (
	"cmp"
	"net/netip"

	"smbready/inventory"
)

// Side is one of the two runs.
type Side struct {
	Keys    []Key // of its hosts, in the order of address and identity, none twice
	OneSite bool  // the hosts are those of one site alone, of a run that asked more

	scope, excluded inventory.Area
	unfinished      bool
	fromFiles       bool
	gentle          bool
	depth           string
	port            uint16 // at which it asked first; 0 is not known
	unlisted        bool   // some addresses that gave no answer are not listed
	unanswered      bool   // some addresses gave no answer, or were not asked
}

// NewSide returns a side of a run of which the hosts have these keys. unfinished
// says that the run did not reach its end.
func NewSide(keys []Key, header *inventory.Run, summary *inventory.Summary, unfinished bool) *Side {
	s := &Side{Keys: keys, scope: inventory.ParseArea(header.Scope), excluded: inventory.ParseArea(header.Excluded),
		unfinished: unfinished || summary.Probed < header.Targets, fromFiles: len(header.Inputs) > 0, gentle: header.Gentle, depth: header.Depth}
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
	case s.excluded.Has(k.Address):
		return Excluded
	case !s.scope.Has(k.Address) && s.scope.Open(), s.excluded.Open(), !s.scope.Known():
		return ScopeOpen
	case !s.scope.Has(k.Address):
		return OutOfScope
	case s.OneSite:
		return OtherSite
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

// unsure are the causes that stand for one that settles, where it was refused and where
// another device was, when something keeps the run from standing by it.
type unsure struct{ refused, replaced Cause }

func (u unsure) of(c Cause) Cause {
	if c == Replaced {
		return u.replaced
	}
	return u.refused
}

// surely returns the cause as far as this run can stand by it: whether the device k of
// the other run is at another address it cannot tell if it did not get an answer from
// all of its scope, if it did not ask all that the other did, or if it asked less of
// each and may not know the device again. covers is of the method of that name.
func (s *Side) surely(c Cause, k *Key, other *Side, covers bool) Cause {
	switch {
	case !settles(c):
		return c
	case s.OneSite:
		return OtherSite
	case s.unanswered || s.fromFiles:
		return unsure{RefusedHere, ReplacedHere}.of(c)
	case !covers:
		return unsure{RefusedNarrow, ReplacedNarrow}.of(c)
	case s.asksLess(other) || !s.askedAt(k.port):
		return unsure{RefusedShallow, ReplacedShallow}.of(c)
	}
	return c
}

// covers reports whether the run was to ask for every address that the other one was to
// ask for, as far as both say so: a device may have gone to one of those.
func (s *Side) covers(other *Side) bool {
	if other.fromFiles || other.scope.Open() || !other.scope.Known() || s.excluded.Open() {
		return false
	}
	asked, reach := other.scope.Without(other.excluded), s.scope.Without(s.excluded)
	return !asked.Without(reach).Known()
}

// asksLess reports whether the run asks less of each address than the other one, so that
// it knows fewer names and cards: a gentle one, and one that only negotiates.
func (s *Side) asksLess(other *Side) bool {
	const negotiate = "negotiate" // the depth at which no name is asked for
	return s.gentle || s.depth == negotiate && (other.depth != negotiate || other.gentle)
}

// group returns the end of the keys from i on that have an address.
func group(keys []Key, i int, a netip.Addr) int {
	for i < len(keys) && keys[i].Address == a {
		i++
	}
	return i
}
