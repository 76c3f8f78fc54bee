package main

import (
	"context"
	"time"

	"smbready/inventory"
	"smbready/report"
	"smbready/schedule"
	"smbready/schedule/notify"
	"smbready/store"
)

// siteMetrics makes the metrics of the sites of a schedule.
type siteMetrics struct {
	runner *siteRunner
	sites  []inventory.Site
	points map[string]report.HistoryPoint // of runs that were judged already, by id
	failed map[string]bool                // sites whose last attempt is known
}

func newSiteMetrics(r *siteRunner, sites []inventory.Site) siteMetrics {
	return siteMetrics{r, sites, map[string]report.HistoryPoint{}, map[string]bool{}}
}

// write writes the metrics of all sites. A site that cannot be read fails all: a
// file that has less than before is taken for what is there.
func (m *siteMetrics) write(ctx context.Context, path string) error {
	var list []notify.SiteMetrics
	used := map[string]report.HistoryPoint{}
	for i := range m.sites {
		s, err := m.of(ctx, &m.sites[i], used)
		if err != nil {
			return err
		}
		list = append(list, s)
	}
	m.points = used
	return notify.WriteMetrics(path, toolVersion(), list)
}

// of returns the metrics of a site. Used takes in the run that they rest on.
func (m *siteMetrics) of(ctx context.Context, site *inventory.Site, used map[string]report.HistoryPoint) (notify.SiteMetrics, error) {
	s := notify.SiteMetrics{Site: site.Name}
	infos, err := m.runner.store.Runs(ctx, site.Name)
	if err != nil {
		return s, err
	}
	history, err := m.runner.History(ctx, site)
	if err != nil {
		return s, err
	}
	if d, err := schedule.Decide(site, history, time.Now()); err == nil {
		s.Next = d.Next
	}
	failed, known := m.failed[site.Name]
	s.Failed = failed || !known && hasFailed(m.runner.failureFile(site.Name))
	scans := scansOf(infos)
	if len(scans) == 0 {
		return s, nil
	}
	s.Started = scans[0].Header.Started
	if sum := scans[0].Summary; sum != nil {
		s.Ended = sum.Finished
	}
	for _, info := range scans {
		if !info.Complete() {
			continue
		}
		if err := m.addComplete(ctx, &s, info, used); !info.Spoil(err) {
			return s, err
		}
	}
	return s, nil
}

// scansOf leaves out what was read from captures or logs, what cannot be read, and
// what a wrong clock dated.
func scansOf(infos []store.RunInfo) (list []*store.RunInfo) {
	for i := range infos {
		if len(infos[i].Header.Inputs) == 0 && !infos[i].Future && infos[i].Damaged == nil {
			list = append(list, &infos[i])
		}
	}
	return list
}

// addComplete adds what the last complete run tells.
func (m *siteMetrics) addComplete(ctx context.Context, s *notify.SiteMetrics, info *store.RunInfo, used map[string]report.HistoryPoint) error {
	id, sum := info.Header.ID, info.Summary
	p, known := m.points[id]
	if !known || p.Site != s.Site {
		run, done, err := m.runner.openSiteRun(ctx, s.Site, id)
		if err != nil {
			return err
		}
		defer done()
		if p, err = report.NewHistoryPoint(run); err != nil {
			return err
		}
	}
	used[id] = p
	s.LastComplete, s.Verdicts = sum.Finished, unsigned(verdictCounts(&p))
	if info.Header.Site != s.Site {
		return nil // the counts are of several sites
	}
	s.Targets = info.Header.Targets
	s.States = map[string]uint64{"smb": sum.SMB, "open": sum.Open, "closed": sum.Closed, "filtered": sum.Filtered, "unreachable": sum.Unreachable}
	return nil
}

func unsigned(counts map[string]map[string]int) map[string]map[string]uint64 {
	all := map[string]map[string]uint64{}
	for policy, by := range counts {
		all[policy] = map[string]uint64{}
		for verdict, n := range by {
			all[policy][verdict] = uint64(n)
		}
	}
	return all
}
