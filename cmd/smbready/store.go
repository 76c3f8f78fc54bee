package main

import (
	"context"
	"fmt"
	"os"

	"smbready/report"
)

// openRun opens a run by the name of its file, or by its name in the store db;
// see store.Find. Call the function that it returns when done with the run.
func (a *app) openRun(ctx context.Context, db, name string) (*report.Run, func(), error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read %s: %w", name, reason(err))
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("cannot read %s: it is not a file", name)
	}
	if err == nil {
		var run *report.Run
		if run, err = report.Open(f, info.Size()); err == nil {
			return run, func() { f.Close() }, nil
		}
		err = fmt.Errorf("%s: %w", name, err)
	}
	f.Close()
	return nil, nil, err
}
