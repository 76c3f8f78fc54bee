package diff

import "strings"

// Kind is what became of a device between two runs.
type Kind uint8

// Kinds. NotReached mirrors NotReachedBefore, and New mirrors Gone.
const (
	Same             Kind = iota // nothing that lasts has changed
	Changed                      // something has
	Moved                        // it has another address, and perhaps changed as well
	New                          // the old run asked for it, wherever the new one asked, and it was not there
	Gone                         // the new run asked for it, wherever the old one asked, and it was not there
	NotReached                   // the new run cannot tell whether it is still there
	NotReachedBefore             // the old run could not tell whether it was there
)

// Kinds lists the kinds in the order of reports.
var Kinds = [7]Kind{New, Gone, NotReached, Moved, Changed, NotReachedBefore, Same}

var kindNames = [7]string{"same", "changed", "moved", "new", "gone", "not-reached", "not-reached-before"}

func (k Kind) String() string { return kindNames[k] }

// MarshalText writes the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Direction says which way a verdict went.
type Direction uint8

// Directions. Neither worse nor better is what is only known less, or more: a
// verdict that became unknown was not seen to become bad.
const (
	Otherwise Direction = iota // other words, or another kind of the same
	Worse                      // it breaks, and did not or was not known to; or it was fine, and offers less signing
	Better                     // it broke, and does not any more; or it offers more signing, and is fine
	LessKnown                  // by what is known now it cannot be told, or is less sure
	MoreKnown                  // it can be told now, or is surer
)

// Directions lists the directions in the order of reports.
var Directions = [5]Direction{Worse, LessKnown, Better, MoreKnown, Otherwise}

var directionNames = [5]string{"other", "worse", "better", "less-known", "more-known"}

func (d Direction) String() string { return directionNames[d] }

// MarshalText writes the direction's name.
func (d Direction) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// By is what two sights of a device were matched by: a set.
type By uint8

// What a match rests on.
const (
	ByAddress  By = 1 << iota
	ByCard        // the network card's address
	ByGUID        // the server's random identifier
	ByName        // a short name
	ByFullName    // the full name of a member of a domain
	ByIdentity    // the name under which a run keeps a host that shares an address or has none
)

var byNames = [...]struct {
	by   By
	name string
}{{ByAddress, "address"}, {ByCard, "network card"}, {ByGUID, "server GUID"}, {ByFullName, "full name"}, {ByName, "name"}, {ByIdentity, "name in the run"}}

// String lists what agrees, such as "address and name".
func (b By) String() string {
	if b == ByAddress {
		return "address alone"
	}
	var list []string
	for _, n := range byNames {
		if b&n.by != 0 {
			list = append(list, n.name)
		}
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// MarshalText writes what agrees.
func (b By) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// Cause is why a device of one run has no match in the other.
type Cause uint8

// Causes. Only Refused, Unlisted and Replaced say that it is not there any more.
const (
	NoCause         Cause = iota
	OutOfScope            // the other run was not to ask for its address
	Excluded              // the other run was never to contact its address
	ScopeOpen             // what the other run asked for is not recorded in full
	OtherSource           // the other run was read from files, or it was known as a client only, which a scan does not see
	Unfinished            // the other run did not reach its end
	Dark                  // its address did not answer
	PerhapsDark           // addresses that did not answer were not listed, and its own may be one
	Refused               // its address refused the connection
	Unlisted              // its address is not listed, and each one that was silent is
	Replaced              // another device has its address
	ElsewhereToo          // the same device still answers at another address
	Untold                // what is at its address was not settled: the time for it ran out
	PortNotAsked          // its address refused, but perhaps not at the port at which it answered
	RefusedHere           // as Refused and Unlisted, but it may be at an address that gave no answer or was not asked
	ReplacedHere          // as Replaced, but likewise
	RefusedNarrow         // as Refused and Unlisted, but it may be at an address that only its own run was to ask for
	ReplacedNarrow        // as Replaced, but likewise
	RefusedShallow        // as Refused and Unlisted, but the other run asked less, and may not know it again elsewhere
	ReplacedShallow       // as Replaced, but likewise
	OtherSite             // of the other run one site alone is looked at, and it may be at another
	Unnamed               // it refused in its own run too, and was known by names that it did not tell in the other
)

var causeNames = [...]string{"", "out-of-scope", "excluded", "scope-not-recorded", "other-source", "unfinished", "dark", "perhaps-dark", "refused",
	"refused-unlisted", "replaced", "elsewhere-too", "untold", "port-not-asked", "refused-perhaps-elsewhere", "replaced-perhaps-elsewhere",
	"refused-perhaps-out-of-scope", "replaced-perhaps-out-of-scope", "refused-less-asked", "replaced-less-asked", "other-site", "unnamed"}

// away reports whether the other run had an answer from the address of a device, and it
// was not there: it is gone, or at an address that is not known.
func (c Cause) away() bool {
	switch c {
	case Refused, Unlisted, Replaced, RefusedHere, ReplacedHere, RefusedNarrow, ReplacedNarrow, RefusedShallow, ReplacedShallow:
		return true
	}
	return false
}

func (c Cause) String() string { return causeNames[c] }

// MarshalText writes the cause's name.
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Words says the cause as a sentence about a run, "new" or "old".
func (c Cause) Words(run string) string {
	switch c {
	case OutOfScope:
		return "its address is outside the scope of the " + run + " run"
	case Excluded:
		return "the " + run + " run was never to contact its address"
	case ScopeOpen:
		return "whether the " + run + " run asked for it is not recorded: its scope or its exclusions name hosts or lists"
	case OtherSource:
		return "the " + run + " run cannot tell: it is of other sources, and their silence says nothing"
	case Unfinished:
		return "the " + run + " run did not reach its end"
	case Dark:
		return "its address gave no answer in the " + run + " run: off, asleep or behind a firewall"
	case PerhapsDark:
		return "the " + run + " run does not list its address, and some of those not listed gave no answer; scan --all lists each"
	case Refused, Unlisted:
		return "its address refused connections to SMB in the " + run + " run, and it was not found elsewhere: it was away, or SMB was switched off"
	case Replaced:
		return "another device has its address in the " + run + " run, and it was not found elsewhere"
	case Untold:
		return "what is at its address was not settled in the " + run + " run: the time for it ran out, or the scan failed there"
	case PortNotAsked:
		return "its address refused connections in the " + run + " run, but that run may not have asked there at the port at which it answers; a gentle scan asks at one only"
	case RefusedHere:
		return "its address refused connections to SMB in the " + run + " run, but not every address gave an answer: it may have another one"
	case ReplacedHere:
		return "another device has its address in the " + run + " run, but not every address gave an answer: it may have another one"
	case RefusedNarrow:
		return "its address refused connections to SMB in the " + run + " run, " + narrowWords(run)
	case ReplacedNarrow:
		return "another device has its address in the " + run + " run, " + narrowWords(run)
	case RefusedShallow:
		return "its address refused connections to SMB in the " + run + " run, " + shallowWords
	case ReplacedShallow:
		return "another device has its address in the " + run + " run, " + shallowWords
	case OtherSite:
		return "of the " + run + " run one site alone is looked at: it may be at another"
	case Unnamed:
		return "its address refused connections to SMB in both runs, and no name was told there in the " + run + " run"
	case ElsewhereToo:
		return "in the " + run + " run the same device answers at another of its addresses, not at this one"
	}
	return ""
}

// narrowWords go on from what a run found at an address.
func narrowWords(run string) string {
	other := "old"
	if run == other {
		other = "new"
	}
	return "but that run was not to ask everywhere the " + other + " run was: it may be at an address out of scope"
}

const shallowWords = "but that run asked less: it may be at another address and not be known again there"
