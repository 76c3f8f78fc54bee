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

// planClock is the clock by which runs age and exceptions expire. A test that tells
// of a day long ago sets it.
var planClock = time.Now

// planOptions reads sites and exceptions, from the store where no file is named,
// and finds the runs if none is named.
func (a *app) planOptions(ctx context.Context, f *planFlags, names []string) (plan.Options, []string, error) {
	o := plan.Options{Now: planClock().UTC()}
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
		if f.sites == "" {
			o.Stored = true
			if o.Known, err = s.Sites(ctx); err != nil {
				return err
			}
		}
		if len(names) > 0 {
			return nil
		}
		if f.sites == "" {
			o.Sites = o.Known
		}
		found, err = a.lastComplete(ctx, s, f, &o)
		return err
	})
	return o, found, err
}

// lastComplete returns the run of each site that the plan rests on, and tells of
// those that are newer. Where no earlier runs are named, what changed is told since
// the run of the site before.
func (a *app) lastComplete(ctx context.Context, s *store.Store, f *planFlags, o *plan.Options) ([]string, error) {
	infos, err := s.Runs(ctx, "")
	if err != nil {
		return nil, err
	}
	c := chooseRuns(infos, o)
	if len(c.run) == 0 {
		return nil, hintError{usagef("no complete run is stored in %s, and none is named", s.Name()), `name a saved run, or scan first; "smbready runs list" shows the stored runs`}
	}
	o.PassedOver = c.passedOver()
	sinceGiven := len(f.since) > 0
	var ids []string
	for _, site := range slices.Sorted(maps.Keys(c.run)) {
		ids = append(ids, c.run[site].ID)
		words := ""
		if before := c.before[site]; before != nil && !sinceGiven {
			f.since = append(f.since, before.ID)
			words = ", compared with " + before.ID
		}
		if !f.quiet {
			a.ui.say("%s: run %s%s", cmp.Or(site, "no site"), c.run[site].ID, words)
		}
	}
	for _, p := range o.PassedOver {
		if !f.quiet {
			a.ui.say("%s: a newer run, %s, is passed over: it %s", cmp.Or(p.Site, "no site"), p.Run, p.Why)
		}
	}
	return ids, nil
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
		runs = append(runs, report.NamedRun{Run: r, Name: name})
	}
	return runs, done, nil
}
