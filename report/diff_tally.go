package report

import (
	"maps"
	"slices"

	"smbready/assess"
	delta "smbready/assess/diff"
)

// DiffTally counts devices by what became of them. A device may be both moved and
// worse, and better by one policy and worse by another.
type DiffTally struct {
	Devices int
	Worse   int // as Device.Worse has it

	kinds  [len(delta.Kinds)]int
	ways   [len(delta.Directions)]int
	paths  [len(diffPaths)][len(delta.Directions)]int
	causes map[delta.Cause]int
	sites  map[string]*diffSite
}

// diffSite counts the devices of a site.
type diffSite struct {
	worse int
	kinds [len(delta.Kinds)]int
	ways  [len(delta.Directions)]int
}

// maxDiffSites bounds the sites that are told apart: their names come from files.
const maxDiffSites = 1000

// otherSites stands for those beyond that.
const otherSites = "other sites"

// diffPath is a policy with a path: that with an account, or that of a guest.
type diffPath struct {
	policy assess.Policy
	guest  bool
}

var diffPaths = [...]diffPath{{assess.ClientAlways, false}, {assess.ClientAlways, true}, {assess.ClientIfServerAgrees, false},
	{assess.ServerAlways, false}, {assess.ServerIfClientAgrees, false}}

func (p diffPath) String() string {
	if p.guest {
		return p.policy.String() + ", as guest"
	}
	return p.policy.String()
}

// key is the name of a path for other tools.
func (p diffPath) key() string {
	if p.guest {
		return p.policy.String() + "-guest"
	}
	return p.policy.String()
}

// of returns the finding of a path, or nil where there is none.
func (p diffPath) of(s *delta.Sight) *assess.Finding {
	if s == nil {
		return nil
	}
	f := s.Assessment.Policies.Of(p.policy)
	if p.guest {
		return f.Guest
	}
	return f
}

// diffCounted is what a tally takes of a device.
type diffCounted struct {
	kind  delta.Kind
	cause delta.Cause
	worse bool
	ways  uint8
	paths [len(diffPaths)]delta.Direction
	went  [len(diffPaths)]bool
	site  string
}

func (d *Diff) counted(c *delta.Device) diffCounted {
	n := diffCounted{kind: c.Kind, cause: c.Cause, worse: c.Worse(), site: d.site(c)}
	for _, way := range delta.Directions {
		if c.Went(way) {
			n.ways |= 1 << way
		}
	}
	for i := range c.Verdicts {
		v := &c.Verdicts[i]
		at := slices.Index(diffPaths[:], diffPath{v.Policy, v.Guest})
		n.paths[at], n.went[at] = v.Direction, true
	}
	return n
}

func (t *DiffTally) add(n *diffCounted) {
	t.Devices++
	t.kinds[n.kind]++
	if n.kind == delta.Same {
		return
	}
	if t.causes == nil {
		t.causes, t.sites = map[delta.Cause]int{}, map[string]*diffSite{}
	}
	t.causes[n.cause]++
	s := t.site(n.site)
	s.kinds[n.kind]++
	if n.worse {
		t.Worse++
		s.worse++
	}
	for _, way := range delta.Directions {
		if n.ways&(1<<way) != 0 {
			t.ways[way]++
			s.ways[way]++
		}
	}
	for i, went := range n.went {
		if went {
			t.paths[i][n.paths[i]]++
		}
	}
}

func (t *DiffTally) site(name string) *diffSite {
	s := t.sites[name]
	if s == nil && len(t.sites) >= maxDiffSites {
		name = otherSites
		s = t.sites[name]
	}
	if s == nil {
		s = new(diffSite)
		t.sites[name] = s
	}
	return s
}

// siteNames returns the names of the sites in order.
func (t *DiffTally) siteNames() []string { return slices.Sorted(maps.Keys(t.sites)) }

// Kind returns the number of devices of a kind.
func (t *DiffTally) Kind(k delta.Kind) int { return t.kinds[k] }

// Went returns the number of devices with a verdict that went this way.
func (t *DiffTally) Went(way delta.Direction) int { return t.ways[way] }

// diffCounts names counts, in the order of DiffWords, without "other".
func diffCounts(worse int, kinds [len(delta.Kinds)]int, ways [len(delta.Directions)]int) []labelledCount {
	return []labelledCount{{"worse", worse}, {"less known", ways[delta.LessKnown]}, {"new", kinds[delta.New]}, {"gone", kinds[delta.Gone]},
		{"not reached", kinds[delta.NotReached]}, {"moved", kinds[delta.Moved]}, {"better", ways[delta.Better]}, {"more known", ways[delta.MoreKnown]},
		{"changed", kinds[delta.Changed]}, {"not reached before", kinds[delta.NotReachedBefore]}}
}

// labelledCount is a number and what it counts.
type labelledCount struct {
	label string
	n     int
}

func (t *DiffTally) counts() []labelledCount {
	return append(diffCounts(t.Worse, t.kinds, t.ways), labelledCount{"same", t.kinds[delta.Same]})
}

func (s *diffSite) counts() []labelledCount { return diffCounts(s.worse, s.kinds, s.ways) }
