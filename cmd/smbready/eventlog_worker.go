package main

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"smbready/eventlog"
)

// eventWorkerCommand is how a file of events calls this program to parse it.
func (a *app) eventWorkerCommand() *cobra.Command {
	return &cobra.Command{Use: eventlog.WorkerCommand, Hidden: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			a.exit = eventlog.Work(a.stdin, a.stdout)
			return nil
		}}
}

// eventWorker returns this program, ready to be started as a worker. What
// parses a hostile file has no need of passwords.
func eventWorker(ctx context.Context) *exec.Cmd {
	program, err := os.Executable()
	cmd := exec.CommandContext(ctx, program, eventlog.WorkerCommand)
	cmd.Args[0] = os.Args[0]
	if err != nil {
		cmd.Err = err
	}
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "SMBREADY_") })
	return cmd
}
