package plan

import (
	"slices"
	"strings"
	"time"

	"smbready/assess"
	"smbready/inventory"
)

// remembered is a device against which something was found that is not settled.
type remembered struct {
	*member // by which it is known, of all its sights
	sights  []sight
	again   string // the run that saw it last, where it was not asked as much; empty if none did
	refuses bool   // it was seen last, and refused SMB wherever it answered before
	first   int    // of the runs taken in, that in which something was found first
	bad     bool   // it would have broken, or failed already
	told    bool   // another service told of it
	lately  bool   // a run that is newer than that of today saw it

	here  *member // in the plan of today; nil where it is not in it
	by    *Device // that stands in its place since; nil if none is known to
	byRun string  // that showed it
}

// sight is what was found against a device on a path.
type sight struct {
	pathFinding
	was  *member // as it was then
	run  string
	seen time.Time
}

// note notes what a run found against the device. Where the same was found before, on
// no more, the later sight stands for both, with what was met in either.
func (r *remembered) note(n *member, run *Source) {
	r.told = r.told || n.clues
	for i := range n.paths {
		p := n.paths[i]
		if !n.isOpen(&p) {
			continue
		}
		was, seen := n, run.lastOn(n, p.path)
		r.bad = r.bad || p.status() != StatusUnknown
		r.sights = slices.DeleteFunc(r.sights, func(g sight) bool {
			same := g.path == p.path && g.finding.Reason == p.finding.Reason && n.tellsAsMuch(g.was, p.path)
			if same {
				was = was.metToo(g.was)
			}
			if same && g.seen.After(seen) {
				seen = g.seen
			}
			return same
		})
		r.sights = append(r.sights, sight{p, was, run.words(), seen})
	}
}

// lastOn returns when a run saw a device last on a path: at its last contact as a client,
// or else when it was asked.
func (s *Source) lastOn(m *member, path Path) time.Time {
	var last time.Time
	if path == AsClient && m.metOn(path) {
		for i := range m.met.Client.Contacts {
			if at := m.met.Client.Contacts[i].Last; at.After(last) {
				last = at
			}
		}
	}
	if last.IsZero() || last.After(s.latest()) {
		return s.until(m)
	}
	return last
}

// meet takes in a later sight of the device. What a run of other sites saw is surely of
// it only by what is of one device alone: sites may use the same addresses.
func (r *remembered) meet(n *member, run *Source, at places, judge func(*inventory.Host) assess.Assessment) {
	own := common(ownKeys(r.member), ownKeys(n))
	if own || !run.Elsewhere {
		r.sights = slices.DeleteFunc(r.sights, func(g sight) bool { return run.isSince(n, &g) && n.settles(g.was, g.path, judge) })
	}
	r.by, r.byRun, r.again = nil, "", ""
	r.refuses = n.refuses && own && !slices.ContainsFunc(r.sights, func(g sight) bool {
		return g.path != AsClient && !(run.isSince(n, &g) && at.refuse(g.was))
	})
	if len(r.sights) > 0 {
		r.again = run.words()
	}
	r.note(n, run)
	r.member = knownAs(n, r.member)
}

// isSince reports whether a run saw a device after an earlier sight of it. Contacts say
// themselves which of them were the last.
func (s *Source) isSince(n *member, g *sight) bool {
	return s.since(n).After(g.seen) || g.path == AsClient && g.was.metOn(g.path)
}

// heed takes in a sight of the device in a run that is dated too late: what speaks against
// it counts, and nothing else is known.
func (r *remembered) heed(n *member, run *Source) {
	r.refuses = r.refuses && !n.openOn(WithAccount) && !n.openOn(AsGuest)
	r.by, r.byRun = nil, ""
	r.note(n, run)
}

// placeKeys returns what is meant to be of a device alone, but for the identifier of its
// server, which clones share, with each of its addresses.
func placeKeys(m *member) (keys []string) {
	for _, a := range addressesOf(m) {
		for _, k := range ownKeys(m) {
			if !strings.HasPrefix(k, "guid ") {
				keys = append(keys, a+" "+k)
			}
		}
	}
	return keys
}

// knownAs returns a device as it is known now, and by what it was known before.
func knownAs(n, was *member) *member {
	m := *n
	for _, l := range []struct{ to, from *[]string }{{&m.names, &was.names}, {&m.macs, &was.macs}, {&m.guids, &was.guids},
		{&m.fullNames, &was.fullNames}, {&m.serials, &was.serials}, {&m.marks, &was.marks}} {
		for _, s := range *l.from {
			if !slices.Contains(*l.to, s) {
				*l.to = append(slices.Clip(*l.to), s)
			}
		}
	}
	return &m
}

// miss takes in that a run did not see the device. It is replaced only where the run had
// an answer from everywhere in the site: else it may have been given another address.
func (r *remembered) miss(at places, taken map[*member]bool, site *SitePlan, known func(*member) bool) {
	r.refuses = false
	n := at.inPlaceOf(r.member)
	switch {
	case n == nil:
		r.by, r.byRun = nil, ""
	case r.by == nil && site.answered() && !taken[n] && !known(n):
		r.by, r.byRun = &n.device, site.source.words()
	}
}
