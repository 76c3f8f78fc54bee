package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"smbready/inventory"
	"smbready/schedule"
	"smbready/store"
)

// siteRunner scans sites for the schedule.
type siteRunner struct {
	app     *app
	store   *store.Store
	flags   *scheduleFlags
	exclude []string // at any site

	mu   sync.Mutex
	made map[string]string // the run that was made last, by site
}

// History returns the scans of a site as it is now. One of other targets, or with
// other exclusions, neither serves for it nor goes on: it would ask what must not
// be contacted any more.
func (r *siteRunner) History(ctx context.Context, site *inventory.Site) (h schedule.History, err error) {
	runs, err := r.store.Runs(ctx, site.Name)
	if err != nil {
		return h, err
	}
	for _, info := range runs {
		if info.Scan == nil || info.Future || !slices.Equal(info.Header.Scope, site.Targets) || !slices.Equal(info.Header.Excluded, slices.Concat(r.exclude, site.Exclude)) {
			continue
		}
		run := schedule.Run{Started: info.Header.Started, Ended: info.Updated, Complete: info.Complete()}
		if info.Summary != nil {
			run.Ended = info.Summary.Finished
		}
		if kept, err := readScan(info.Scan); err == nil && kept.Scheduled {
			run.ID = info.Header.ID // what somebody began and stopped by hand is theirs
		}
		h.Runs = append(h.Runs, run)
	}
	return h, nil
}

// Scan makes a run of a site, or goes on with one.
func (r *siteRunner) Scan(ctx context.Context, job schedule.Job) error {
	args := r.args(&job)
	sub := &app{stdin: r.app.stdin, stdout: io.Discard, stderr: r.app.stderr, ui: newUI(io.Discard, r.app.stderr),
		recording: func(id string) { r.owe(job.Site.Name, id, time.Time{}) }}
	root := sub.rootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	r.mu.Lock()
	r.made[job.Site.Name] = sub.made
	r.mu.Unlock()
	switch {
	case errors.Is(err, store.ErrRunning):
		return schedule.ErrBusy
	case err != nil:
		return err
	case sub.exit != 0:
		return errors.Join(ctx.Err(), errors.New("the scan did not reach its end"))
	}
	return nil
}

// owe notes that a run is to be told, with when that was last tried.
func (r *siteRunner) owe(site, id string, tried time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.owedFile(site).put(id, tried)
}

// settle notes that a run was told, or will not be.
func (r *siteRunner) settle(site, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.owedFile(site).remove(id)
}

// owedAt returns the runs of a site that are to be told.
func (r *siteRunner) owedAt(site string) []owedRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.owedFile(site).list()
}

func (r *siteRunner) owedFile(site string) owedFile { return owedFile(r.siteFile(site, "owed")) }

// failureFile is the marker that a site's last scan failed, and since when that is
// known.
func (r *siteRunner) failureFile(site string) string { return r.siteFile(site, "failed") }

// siteFile names a marker of a site of this store, in the folder of the store, or of
// the user's own where that is a server; empty where there is none. In a folder that
// everybody writes to others could put it there.
func (r *siteRunner) siteFile(site, ending string) string {
	folder, err := r.store.Folder()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, fmt.Sprintf("smbready-schedule-%s.%s", siteKey(r.store.Name(), site), ending))
}

// madeAt returns the run that was made last at a site.
func (r *siteRunner) madeAt(site string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.made[site]
}

// args are those of the scan. It is the one that a user would begin.
func (r *siteRunner) args(job *schedule.Job) []string {
	args := []string{"scan", "--db=" + r.flags.db, "--db-required", "--format=json", "--quiet", "--scheduled"}
	if job.Resume != "" {
		return append(args, "--resume="+job.Resume)
	}
	args = append(args, "--sites="+r.flags.sites, "--site="+oneOfList(job.Site.Name), "--port="+strconv.Itoa(int(r.flags.port)))
	if job.Site.Gentle {
		args = append(args, "--gentle")
	}
	if job.Site.Rate > 0 {
		args = append(args, "--rate="+strconv.FormatFloat(job.Site.Rate, 'g', -1, 64))
	}
	return args
}

// oneOfList quotes a name for a flag that takes a list with commas.
func oneOfList(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// siteKey tells the files of a site of one store from those of another.
func siteKey(store, site string) string {
	sum := sha256.Sum256([]byte(store + "\n" + site))
	return hex.EncodeToString(sum[:8])
}
