package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// app is what the commands share: where they read and write, and what they
// leave behind.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	ui             *ui
	exit           int             // code to exit with when a command ended without an error
	made           string          // the run that was recorded last
	recording      func(id string) // if not nil, is told of a run that has begun
}

// run is the whole program: it never exits by itself.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, ui: newUI(stdout, stderr)}
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		return a.ui.fail(err)
	}
	return a.exit
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "smbready",
		Short: "Learn which devices break before SMB signing is made mandatory",
		Long: `smbready asks the devices on your own network how they speak SMB, and tells for
each of the four Windows signing policies whether the device would break, why,
how sure that is, and what to do about it.

A scan logs on nowhere unless told to, sends no credentials and changes nothing.
An ordinary host sees two short connections and one datagram.`,
		Example: `  smbready demo                                  try it on a simulated site
  smbready scan 10.1.0.0/16                      scan, and read the report
  smbready scan 10.1.0.0/16 -f csv -o site.csv   the same, for change review
  smbready scan @targets.txt --exclude 10.1.9.0/24 -f json -o run.jsonl
  smbready report run.jsonl                      judge a saved run again
  smbready verify fs01 --user "PLANT\smbtest"    prove it, with an account`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,

		PersistentPreRunE: checkOutput,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownCommand(cmd, args[0])
		},
	}
	root.Version = toolVersion()
	root.SetVersionTemplate(versionText())
	root.Flags().Bool("version", false, "print the version")
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(writeUsage)
	root.SetHelpCommand(helpCommand())
	root.AddCommand(a.scanCommand(), a.verifyCommand(), a.verifyWorkerCommand(), a.listenCommand(), a.importCommand(), a.eventWorkerCommand(), a.reportCommand(), a.diffCommand(), a.runsCommand(), a.sitesCommand(), a.scheduleCommand(), a.explainCommand(), a.planCommand(), a.exceptionsCommand(), a.demoCommand(), a.versionCommand(), a.completionCommand())
	return root
}

// helpCommand is cobra's own, except that a command that does not exist is an
// error.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			found, _, err := root.Find(args)
			if err != nil || found == root && len(args) > 0 {
				return unknownCommand(root, args[0])
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

func unknownCommand(root *cobra.Command, name string) error {
	hint := `see "smbready --help"`
	if near := root.SuggestionsFor(name); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q? (%s)", "smbready "+near[0], hint)
	}
	return hintError{usagef("there is no command %q", name), hint}
}
