package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"smbready/report"
	"smbready/scanner"
)

// What goes to the terminal:
//
//   - stdout is the answer and nothing else; all else goes to stderr.
//   - Messages start with "smbready: " and are lower case, without a full stop.
//     An error says what happened; a hint, on the next line, what to do.
//   - Nothing that came from the network is printed unescaped.
//   - Colours only on a terminal, never as the only carrier of meaning, and not
//     at all with NO_COLOR set.
//   - Errors leave the program here, with their exit code.

// Exit codes.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitFailOn      = 3
	exitInterrupted = 130
)

// usageError is a mistake on the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// hintError is an error together with what to do about it.
type hintError struct {
	error
	hint string
}

func (e hintError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// ui writes messages.
type ui struct {
	stderr   io.Writer
	terminal bool // stderr is one
	colour   bool // stdout is a terminal that shows colours
	width    int  // of stdout, 0 when it is not a terminal
}

func newUI(stdout, stderr io.Writer) *ui {
	u := &ui{stderr: stderr}
	if f, ok := stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		u.terminal = enableEscapes(f)
	}
	if f, ok := stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		u.width = 80
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			u.width = w
		}
		u.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && enableEscapes(f)
	}
	return u
}

// say writes a message.
func (u *ui) say(format string, args ...any) {
	fmt.Fprintf(u.stderr, "smbready: %s\n", report.Escape(fmt.Sprintf(format, args...)))
}

// fail writes an error and its hint, and returns the exit code.
func (u *ui) fail(err error) int {
	u.say("%v", err)
	var hint hintError
	if errors.As(err, &hint) {
		u.say("%s", hint.hint)
	}
	var usage usageError
	var target *scanner.TargetError
	switch {
	case errors.As(err, &usage), errors.As(err, &target):
		return exitUsage
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailed
}

// flagError turns a mistyped flag into a usage error with the nearest flag that
// exists.
func flagError(cmd *cobra.Command, err error) error {
	hint := fmt.Sprintf("see %q", cmd.CommandPath()+" --help")
	if name, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		if near := nearestFlag(cmd.Flags(), name); near != "" {
			hint = fmt.Sprintf("did you mean --%s? (%s)", near, hint)
		}
	}
	return hintError{usageError{err}, hint}
}

// nearestFlag returns the flag that differs from name by at most two letters.
func nearestFlag(flags *pflag.FlagSet, name string) string {
	best, distance := "", 3
	flags.VisitAll(func(f *pflag.Flag) {
		if d := editDistance(name, f.Name); d < distance && !f.Hidden {
			best, distance = f.Name, d
		}
	})
	return best
}

// editDistance counts the letters to insert, delete or replace.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// exactArgs wants n arguments and says so in a usage error.
func exactArgs(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return hintError{usagef("%s wants %s", cmd.CommandPath(), what), fmt.Sprintf("see %q", cmd.CommandPath()+" --help")}
		}
		return nil
	}
}
