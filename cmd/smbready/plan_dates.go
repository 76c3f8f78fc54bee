package main

import (
	"slices"
	"time"

	"smbready/assess/plan"
	"smbready/inventory"
	"smbready/store"
)

// latestOf returns when the last of what a run tells of was seen. A scan that did not end
// yet was at work when something of it was stored last.
func latestOf(i *store.RunInfo) time.Time {
	last := plan.Latest(&i.Header, i.Summary)
	if i.Summary == nil && i.Scan != nil && i.Updated.After(last) {
		return i.Updated
	}
	return last
}

// placeOf returns the time by which a run is newer than another: the end of a scan, which
// may have been resumed long after it began; of an import, that of the oldest scan in it, or
// when the oldest of what else it tells of was seen.
func placeOf(i *store.RunInfo) (place time.Time) {
	if len(i.Header.Inputs) == 0 {
		return latestOf(i)
	}
	for _, in := range i.Header.Inputs {
		at := in.First
		if in.Kind == "run" && in.Last.After(at) {
			at = in.Last
		}
		if place.IsZero() || !at.IsZero() && at.Before(place) {
			place = at
		}
	}
	return place
}

// ofLate reports whether what a run tells of, as far as that is known, is so late that it
// is looked through. A scan that was made here is so by its date or by its place among the
// others: its clock may have been slow.
func (c *runChoice) ofLate(i *store.RunInfo) bool {
	last := latestOf(i)
	if i.Summary == nil && i.Updated.After(last) {
		last = i.Updated
	}
	return c.o.Now.Sub(last) <= plan.RecallFor || c.slow(i)
}

// slow reports whether a scan is dated too long ago to be looked through, and began here
// after others that are of late.
func (c *runChoice) slow(i *store.RunInfo) bool {
	return i.Scan != nil && c.o.Now.Sub(latestOf(i)) > plan.RecallFor && c.o.Now.Sub(i.Began) <= plan.RecallFor && !inventory.Future(i.Began, c.o.Now)
}

// sortRuns sorts runs by what they tell of, the latest first.
func sortRuns(list []*store.RunInfo) {
	slices.SortStableFunc(list, func(a, b *store.RunInfo) int { return placeOf(b).Compare(placeOf(a)) })
}

// aheadOf returns the scans that are dated after one of the same site that began later here,
// as the store's order tells: the clock was set back between. Some hours are of no account:
// several machines may scan a site, each by its own clock.
func (c *runChoice) aheadOf() map[*store.RunInfo]string {
	const tolerance = 6 * time.Hour
	ahead := map[*store.RunInfo]string{}
	earliest := map[string]*inventory.Run{} // by site, of those that began later
	for i := range c.infos {
		h := &c.infos[i].Header
		if c.infos[i].Scan == nil || c.infos[i].Damaged != nil {
			continue
		}
		for _, site := range c.sitesOf(h) {
			if e := earliest[site]; e == nil || h.Started.Before(e.Started) {
				earliest[site] = h
			}
			if e := earliest[site]; h.Started.Sub(e.Started) > tolerance {
				ahead[&c.infos[i]] = e.ID
			}
		}
	}
	return ahead
}

// madeBefore reports whether a run is not newer than that of a site: what was imported, or
// did not end, began before that did; a scan did not end later.
func (c *runChoice) madeBefore(i, rests *store.RunInfo) bool {
	h, scan := &i.Header, len(i.Header.Inputs) == 0
	after := (!scan || i.Summary == nil) && h.Started.After(plan.Taken(&rests.Header)) || scan && latestOf(i).After(placeOf(rests))
	return !h.Started.IsZero() && !after
}
