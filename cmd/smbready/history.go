package main

import (
	"context"
	"slices"

	"smbready/inventory"
	"smbready/report"
	"smbready/store"
)

// Bounds of the progress over runs: each of them is read and judged by the rules
// of today.
const (
	maxHistoryRuns  = 60 // of one site: more than a year of a run a week
	maxHistorySites = 20
	maxHistoryHosts = 1_000_000 // of all of them
)

// wantsHistory reports whether one of the outputs shows progress over runs.
func (o *output) wantsHistory() bool {
	return slices.ContainsFunc(o.parts(), func(p output) bool { return p.format == string(report.HTML) })
}

// addHistory has a report of a stored run show the complete runs before it. A
// report without them is better than none.
func (a *app) addHistory(ctx context.Context, st *store.Store, o *output, run *inventory.Run) {
	if !o.wantsHistory() {
		return
	}
	points, err := a.history(ctx, st, o, run)
	if err != nil {
		a.ui.say("the report is without progress over runs: %s", oneLine(err.Error()))
		return
	}
	o.history = points
}

// history counts the verdicts of a run and of the complete ones before it, site by
// site.
func (a *app) history(ctx context.Context, st *store.Store, o *output, run *inventory.Run) (points []report.HistoryPoint, err error) {
	room := uint64(maxHistoryHosts)
	for _, site := range historySites(o, run) {
		infos, err := st.Runs(ctx, site)
		if err != nil {
			return nil, err
		}
		for _, info := range runsUpTo(infos, run, site) {
			if info.Hosts > room {
				break // of the others, which are older, nothing is shown
			}
			room -= info.Hosts
			p, err := a.historyPoint(ctx, st, o, &info.Header, site)
			if info.Spoil(err) {
				if info.Header.ID == run.ID {
					return nil, nil // of which there is no report either
				}
				a.ui.say("run %s is damaged, and is not in the progress over runs: runs show tells why", info.Header.ID)
				continue
			}
			if err != nil {
				return nil, err
			}
			points = append(points, p)
		}
	}
	return points, nil
}

// historySites are the sites that a report tells of; "" where it names none.
func historySites(o *output, run *inventory.Run) []string {
	switch {
	case o.site != "":
		return []string{o.site}
	case len(run.Sites) > 0:
		return run.Sites[:min(len(run.Sites), maxHistorySites)]
	}
	return []string{run.Site}
}

// runsUpTo returns a run and the complete scans before it, the latest first. Where
// there is no site those of the same targets belong together.
func runsUpTo(infos []store.RunInfo, run *inventory.Run, site string) (list []*store.RunInfo) {
	for i := range infos {
		h := &infos[i].Header
		before := infos[i].Complete() && !infos[i].Future && len(h.Inputs) == 0 && h.Started.Before(run.Started)
		if site == "" {
			before = before && h.Site == "" && len(h.Sites) == 0 && slices.Equal(h.Scope, run.Scope)
		}
		if (before || h.ID == run.ID) && len(list) < maxHistoryRuns {
			list = append(list, &infos[i])
		}
	}
	return list
}

func (a *app) historyPoint(ctx context.Context, st *store.Store, o *output, h *inventory.Run, site string) (p report.HistoryPoint, err error) {
	r, done, err := openStored(ctx, st, h.ID)
	if err != nil {
		return p, err
	}
	defer done()
	r.Judge = o.judge
	if h.Site != site {
		if err := r.OnlySite(site); err != nil {
			return p, err
		}
	}
	return report.NewHistoryPoint(r)
}
