package main

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"smbready/assess/plan"
	"smbready/inventory"
	"smbready/report"
	"smbready/store"
)

// rollout writes the plan of a rollout. A run in which a host turns out to be damaged is
// from then on one that is damaged as a whole, and the plan is made anew: that it cannot
// be looked through speaks against.
func (a *app) rollout(ctx context.Context, f *planFlags, names []string) error {
	f.damaged = map[string]error{}
	for {
		err := a.makePlan(ctx, f, names)
		var damage *store.Error
		if !errors.As(err, &damage) || damage.Run == "" || f.damaged[damage.Run] != nil {
			return err
		}
		f.damaged[damage.Run] = err
	}
}

func (a *app) makePlan(ctx context.Context, f *planFlags, names []string) error {
	format, err := f.checkPlan()
	if err != nil {
		return err
	}
	if err := f.isNot(slices.Concat(names, f.since, []string{f.sites, f.exceptions})); err != nil {
		return err
	}
	named, doneNamed, err := a.planRuns(ctx, f, namedRuns(names))
	defer doneNamed()
	if err != nil {
		return err
	}
	o, from, err := a.planOptions(ctx, f, named)
	if err != nil {
		return err
	}
	runs, done, err := a.planRuns(ctx, f, from.runs)
	defer done()
	if err != nil {
		return err
	}
	runs = append(named, runs...)
	since, doneSince, err := a.planRuns(ctx, f, from.since)
	defer doneSince()
	if err != nil {
		return err
	}
	p, err := report.NewRolloutPlan(runs, since, a.earlierRuns(ctx, f, from.earlier), o)
	var same *plan.SameSiteError
	if errors.As(err, &same) {
		return hintError{usageError{err}, "make one run of them: smbready import A B -f json -o both.jsonl"}
	}
	if err != nil {
		return err
	}
	if from.tell != nil && !f.quiet {
		from.tell()
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

// planFrom is what a plan is made from.
type planFrom struct {
	tell    func()   // says which runs were chosen
	runs    []runUse // besides those that were named
	since   []runUse // runs that it is compared with
	earlier []runUse // those looked through besides, the oldest first
}

// namedRuns are runs that the user named: all of each.
func namedRuns(names []string) (list []runUse) {
	for _, name := range names {
		list = append(list, runUse{name: name})
	}
	return list
}

// planOptions reads sites and exceptions, from the store where no file is named,
// and finds the runs if none is named, and those to look through in any case.
func (a *app) planOptions(ctx context.Context, f *planFlags, named []report.NamedRun) (plan.Options, planFrom, error) {
	o, from := plan.Options{Now: planClock().UTC()}, planFrom{since: namedRuns(f.since)}
	if f.sites != "" {
		sites, err := inventory.ReadSites(f.sites)
		if err != nil {
			return o, from, usageError{err}
		}
		o.Sites, o.Exclude = sites.Sites, sites.Exclude
	}
	var err error
	if f.exceptions != "" {
		if o.Exceptions, err = readExceptions(f.exceptions); err != nil {
			return o, from, err
		}
	}
	if len(named) > 0 && dbName(f.db) == noStore {
		o.NoStore = true
		return o, from, nil
	}
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
		if len(named) > 0 {
			return f.besidesNamed(ctx, s, &o, &from, named)
		}
		if f.sites == "" {
			o.Sites = o.Known
		}
		return a.lastComplete(ctx, s, f, &o, &from)
	})
	if len(named) > 0 && errors.Is(err, store.ErrAbsent) {
		if f.exceptions == "" && !f.quiet {
			a.ui.say("no exceptions are known: %v", err)
		}
		o.NoStore, err = true, nil
	}
	return o, from, err
}

// storedRuns lists the runs of the store. One that was found to be damaged while it was
// read is so.
func (f *planFlags) storedRuns(ctx context.Context, s *store.Store) ([]store.RunInfo, error) {
	infos, err := s.Runs(ctx, "")
	for i := range infos {
		infos[i].Spoil(f.damaged[infos[i].Header.ID])
	}
	return infos, err
}

// besidesNamed finds the runs of the store that are looked through besides those that the
// user named, and tells of those that are newer.
func (f *planFlags) besidesNamed(ctx context.Context, s *store.Store, o *plan.Options, from *planFrom, named []report.NamedRun) error {
	infos, err := f.storedRuns(ctx, s)
	if err != nil {
		return err
	}
	c := chooseNamed(infos, o, named)
	for i := range named {
		named[i].Ahead = c.ahead[c.stored(named[i].Run)] != ""
	}
	o.PassedOver, from.earlier = c.passedOver(), c.recalled()
	return nil
}

// lastComplete finds the run of each site that the plan rests on, and tells of those
// that are newer. Where no earlier runs are named, what changed is told since the run
// of the site before.
func (a *app) lastComplete(ctx context.Context, s *store.Store, f *planFlags, o *plan.Options, from *planFrom) error {
	infos, err := f.storedRuns(ctx, s)
	if err != nil {
		return err
	}
	c := chooseRuns(infos, o)
	o.PassedOver = c.passedOver()
	given := len(from.since) > 0
	from.tell = func() { a.tellChoice(c, given) }
	if len(c.run) == 0 {
		if !f.quiet {
			from.tell()
		}
		return hintError{usagef("no complete run is stored in %s, and none is named", s.Name()), `name a saved run, or scan first; "smbready runs list" shows the stored runs`}
	}
	from.runs, from.earlier = usesOf(c.run), c.recalled()
	if len(from.since) == 0 {
		from.since = usesOf(c.before)
	}
	return nil
}

// tellChoice says which runs were chosen, and which were not.
func (a *app) tellChoice(c *runChoice, sinceGiven bool) {
	for _, site := range slices.Sorted(maps.Keys(c.run)) {
		words := ""
		if before := c.before[site]; before != nil && !sinceGiven {
			words = ", compared with " + before.Header.ID
		}
		a.ui.say("%s: run %s%s", cmp.Or(site, "no site"), c.run[site].Header.ID, words)
	}
	for _, p := range c.o.PassedOver {
		if p.Earlier && p.Recalled {
			a.ui.say("%s: an earlier run, %s, is looked through: it %s", cmp.Or(p.Site, "no site"), p.Run, p.Why)
			continue
		}
		if p.Earlier {
			a.ui.say("%s: an earlier run, %s, cannot be looked through: it %s", cmp.Or(p.Site, "no site"), p.Run, p.Why)
			continue
		}
		a.ui.say("%s: a newer run, %s, is passed over: it %s", cmp.Or(p.Site, "no site"), p.Run, p.Why)
	}
}

// planRuns opens runs. The function that comes back closes all that were opened,
// after an error too.
func (a *app) planRuns(ctx context.Context, f *planFlags, uses []runUse) (runs []report.NamedRun, done func(), err error) {
	var all []func()
	done = func() {
		for _, d := range all {
			d()
		}
	}
	for _, u := range uses {
		r, d, err := a.planRun(ctx, f, u)
		if err != nil {
			return nil, done, err
		}
		all = append(all, d)
		runs = append(runs, r)
	}
	return runs, done, nil
}

func (a *app) planRun(ctx context.Context, f *planFlags, u runUse) (report.NamedRun, func(), error) {
	r, done, err := a.openUse(ctx, f.db, u)
	if err != nil {
		return report.NamedRun{}, nil, err
	}
	r.Judge = f.judge
	if site, ok := strings.CutPrefix(u.name, lastRun+":"); ok && slices.Contains(plan.SitesOf(&r.Header), site) {
		u.sites = []string{site}
	}
	return report.NamedRun{Run: r, Name: u.name, Sites: u.sites, Within: u.within, Except: u.except, Site: u.site, Ahead: u.ahead, Began: u.began}, done, nil
}

// openUse opens a run that was named, or that was found in the store.
func (a *app) openUse(ctx context.Context, db string, u runUse) (r *report.Run, done func(), err error) {
	if !u.id {
		return a.openRun(ctx, db, u.name)
	}
	err = a.withStore(ctx, db, func(ctx context.Context, s *store.Store) error {
		r, done, err = openStored(ctx, s, u.name)
		return err
	})
	if err != nil && done != nil {
		done()
	}
	return r, done, err
}

// earlierRuns opens other runs of the store, each when its turn comes. One that was
// deleted meanwhile is an error: what it tells of could be missed.
func (a *app) earlierRuns(ctx context.Context, f *planFlags, uses []runUse) report.Earlier {
	return func(use func(report.NamedRun) error) error {
		for _, u := range uses {
			r, done, err := a.planRun(ctx, f, u)
			if err != nil {
				return err
			}
			err = use(r)
			done()
			if err != nil {
				return err
			}
		}
		return nil
	}
}
