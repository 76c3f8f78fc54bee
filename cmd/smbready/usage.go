package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is where the lines of a flag's description end: a narrow terminal
// breaks longer ones in the middle of a column.
const helpWidth = 80

// environment says which variables are read; secrets stand there and never among the
// arguments.
const environment = `  SMBREADY_DB              the store, where --db names none
  SMBREADY_USER, SMBREADY_DOMAIN, SMBREADY_PASSWORD
                           the account of verify
  SMBREADY_SNMP_COMMUNITY  the community of --snmp env
  SMBREADY_WEBHOOK, SMBREADY_WEBHOOK_SECRET
                           where schedule posts what changed, and the key that
                           signs it
  SMBREADY_MAIL_PASSWORD   the password of schedule --mail-user
  PGPASSWORD               the password of a store on a PostgreSQL server
  TMPDIR (Windows: TMP)    the folder for facts while a command runs
  NO_COLOR                 if set, no colours
`

// writeUsage writes what --help shows below a command's description.
func writeUsage(cmd *cobra.Command) error {
	var b strings.Builder
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		line = cmd.CommandPath() + " COMMAND [flags]"
	}
	fmt.Fprintf(&b, "Usage:\n  %s\n", line)
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() || c.Name() == "help" {
				fmt.Fprintf(&b, "  %-11s %s\n", c.Name(), c.Short)
			}
		}
	}
	for _, s := range sections(cmd.LocalFlags()) {
		if text := s.flags.FlagUsagesWrapped(helpWidth); text != "" {
			fmt.Fprintf(&b, "\n%s:\n%s\n", s.title, strings.TrimRight(text, "\n"))
		}
	}
	if !cmd.HasParent() {
		b.WriteString("\nEnvironment:\n" + environment)
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nSee %q for the flags of a command.\n", cmd.CommandPath()+" COMMAND --help")
	}
	_, err := io.WriteString(cmd.OutOrStderr(), b.String())
	return err
}

// sectionMark is the annotation of a flag that says under which title it stands.
const sectionMark = "smbready_section"

// section adds the flags that define defines, under a title.
func section(to *pflag.FlagSet, title string, define func(*pflag.FlagSet)) {
	part := pflag.NewFlagSet(title, pflag.ContinueOnError)
	part.SortFlags = false
	define(part)
	part.VisitAll(func(f *pflag.Flag) { f.Annotations = map[string][]string{sectionMark: {title}} })
	to.AddFlagSet(part)
}

// flagSection is a part of the flags of a command.
type flagSection struct {
	title string
	flags *pflag.FlagSet
}

// sections returns the flags by their titles, in the order of the first of each.
func sections(all *pflag.FlagSet) (list []flagSection) {
	all.VisitAll(func(f *pflag.Flag) {
		title := "Flags"
		if mark := f.Annotations[sectionMark]; len(mark) > 0 {
			title = mark[0]
		}
		i := slices.IndexFunc(list, func(s flagSection) bool { return s.title == title })
		if i < 0 {
			i = len(list)
			part := pflag.NewFlagSet(title, pflag.ContinueOnError)
			part.SortFlags = false
			list = append(list, flagSection{title, part})
		}
		list[i].flags.AddFlag(f)
	})
	return list
}
