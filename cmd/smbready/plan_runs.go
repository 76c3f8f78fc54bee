package main

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"smbready/assess/plan"
	"smbready/inventory"
	"smbready/report"
	"smbready/store"
)

// rollout writes the plan of a rollout.
func (a *app) rollout(ctx context.Context, f *planFlags, names []string) error {
	format, err := f.checkPlan()
	if err != nil {
		return err
	}
	if err := f.isNot(slices.Concat(names, f.since, []string{f.sites, f.exceptions})); err != nil {
		return err
	}
	o, names, err := a.planOptions(ctx, f, names)
	if err != nil {
		return err
	}
	runs, done, err := a.planRuns(ctx, f, names)
	defer done()
	if err != nil {
		return err
	}
	since, doneSince, err := a.planRuns(ctx, f, f.since)
	defer doneSince()
	if err != nil {
		return err
	}
	p, err := report.NewRolloutPlan(runs, since, o)
	var same *plan.SameSiteError
	if errors.As(err, &same) {
		return hintError{usageError{err}, "make one run of them: smbready import A B -f json -o both.jsonl"}
	}
	if err != nil {
		return err
	}
	text := report.TextOptions{Verbose: f.verbose}
	if f.file == "" {
		text.Width, text.Color = a.ui.width, a.ui.colour
	}
	return a.planOutput(f, func(to *sink) error { return report.WritePlan(to, p, format, text) })
}

// planOptions reads sites and exceptions, from the store where no file is named,
// and finds the runs if none is named.
func (a *app) planOptions(ctx context.Context, f *planFlags, names []string) (plan.Options, []string, error) {
	o := plan.Options{Now: time.Now().UTC()}
	if f.sites != "" {
		sites, err := inventory.ReadSites(f.sites)
		if err != nil {
			return o, nil, usageError{err}
		}
		o.Sites, o.Exclude = sites.Sites, sites.Exclude
	}
	var err error
	if f.exceptions != "" {
		if o.Exceptions, err = readExceptions(f.exceptions); err != nil {
			return o, nil, err
		}
	}
	if len(names) > 0 && (f.exceptions != "" || dbName(f.db) == noStore) {
		return o, names, nil
	}
	found := names
	err = a.withStore(ctx, f.db, func(ctx context.Context, s *store.Store) (err error) {
		if f.exceptions == "" {
			if o.Exceptions, err = s.Exceptions(ctx); err != nil {
				return err
			}
		}
		if len(names) > 0 {
			return nil
		}
		if f.sites == "" {
			if o.Sites, err = s.Sites(ctx); err != nil {
				return err
			}
		}
		found, err = a.lastComplete(ctx, s, f)
		return err
	})
	return o, found, err
}

// lastComplete returns the last run of each site that reached its end. A run that
// names no site counts only where no run names one: what it tells of may be a site
// that another tells of.
func (a *app) lastComplete(ctx context.Context, s *store.Store, f *planFlags) ([]string, error) {
	infos, err := s.Runs(ctx, "")
	if err != nil {
		return nil, err
	}
	newest := map[string]*inventory.Run{} // by site
	for i := range infos {
		h := &infos[i].Header
		if before := newest[h.Site]; infos[i].Complete() && (before == nil || report.Observed(h).After(report.Observed(before))) {
			newest[h.Site] = h
		}
	}
	if len(newest) > 1 {
		delete(newest, "")
	}
	if len(newest) == 0 {
		return nil, hintError{usagef("no complete run is stored in %s, and none is named", s.Name()), `name a saved run, or scan first; "smbready runs list" shows the stored runs`}
	}
	var ids []string
	for _, site := range slices.Sorted(maps.Keys(newest)) {
		if !f.quiet {
			a.ui.say("%s: run %s", cmp.Or(site, "no site"), newest[site].ID)
		}
		ids = append(ids, newest[site].ID)
		f.newer[newest[site].ID] = laterThan(newest[site], infos)
	}
	return ids, nil
}

// laterThan lists the runs after a site's that may tell of it: of the site itself, or
// of several sites with something of its scope.
func laterThan(run *inventory.Run, infos []store.RunInfo) (ids []string) {
	for i := range infos {
		h := &infos[i].Header
		same := h.Site == run.Site
		if h.Site == "" {
			same = len(h.Scope) == 0 || slices.ContainsFunc(h.Scope, func(s string) bool { return slices.Contains(run.Scope, s) })
		}
		if same && h.ID != run.ID && h.Started.After(run.Started) {
			ids = append(ids, h.ID)
		}
	}
	return ids
}

// planRuns opens runs. The function that comes back closes all that were opened,
// after an error too.
func (a *app) planRuns(ctx context.Context, f *planFlags, names []string) (runs []report.NamedRun, done func(), err error) {
	var all []func()
	done = func() {
		for _, d := range all {
			d()
		}
	}
	for _, name := range names {
		r, d, err := a.openRun(ctx, f.db, name)
		if err != nil {
			return nil, done, err
		}
		all = append(all, d)
		r.Judge = f.judge
		runs = append(runs, report.NamedRun{Run: r, Name: name, Newer: f.newer[name]})
	}
	return runs, done, nil
}
