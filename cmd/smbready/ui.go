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
		u.width = defaultColumns
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			u.width = w
		}
		u.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && enableEscapes(f)
	}
	return u
}

// columns returns the width of the terminal that stderr is, now: it may have been
// resized.
func (u *ui) columns() int {
	if f, ok := u.stderr.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return defaultColumns
}

// defaultColumns is the width of a terminal that does not tell its own.
const defaultColumns = 80

// say writes a message.
func (u *ui) say(format string, args ...any) {
	fmt.Fprintf(u.stderr, "smbready: %s\n", report.Escape(fmt.Sprintf(format, args...)))
}

// fail writes an error and its hint, and returns the exit code.
func (u *ui) fail(err error) int {
	u.say("%s", oneLine(err.Error()))
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

// oneLine puts a message of several lines, as joined errors and parsers make
// them, into one.
func oneLine(s string) string {
	text := ""
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		switch {
		case text == "" || line == "":
			text += line
		case strings.HasSuffix(text, ":"):
			text += " " + line
		default:
			text += "; " + line
		}
	}
	return text
}

// flagError turns a mistyped flag into a usage error with the nearest flag that
// exists, and a bad value into one that says what is wanted.
func flagError(cmd *cobra.Command, err error) error {
	hint := seeHelp(cmd)
	var unknown *pflag.NotExistError
	var value *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		if near := nearestFlag(cmd.Flags(), unknown.GetSpecifiedName()); near != "" {
			hint = fmt.Sprintf("did you mean --%s? (%s)", near, hint)
		}
	case errors.As(err, &value) && wanted[value.GetFlag().Value.Type()] != "":
		f := value.GetFlag()
		err = fmt.Errorf("--%s wants %s, not %q", f.Name, wanted[f.Value.Type()], value.GetValue())
	}
	return hintError{usageError{err}, hint}
}

// wanted says what a flag's type takes.
var wanted = map[string]string{
	"bool":     "true or false",
	"duration": "a time with its unit, such as 500ms, 5s or 2m",
	"float64":  "a number",
	"int":      "a whole number",
	"int64":    "a whole number",
	"uint16":   "a port from 1 to 65535",
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
func exactArgs(n int, what string) cobra.PositionalArgs { return argsWithin(n, n, what) }

func atMostOneArg(what string) cobra.PositionalArgs { return argsWithin(0, 1, what) }

func argsWithin(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return hintError{usagef("%q wants %s", cmd.CommandPath(), what), seeHelp(cmd)}
		}
		return nil
	}
}

func seeHelp(cmd *cobra.Command) string { return fmt.Sprintf("see %q", cmd.CommandPath()+" --help") }
