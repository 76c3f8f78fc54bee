package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"smbready/report"
)

// maxAuditDays is a year, for which no log is kept.
const maxAuditDays = 366

func (a *app) planCommand() *cobra.Command {
	var audit bool
	var days int
	cmd := &cobra.Command{
		Use:   "plan --audit-setup",
		Short: "Print how to have Windows note which devices do not sign",
		Long: `Plan --audit-setup prints how to switch on auditing of SMB signing on Windows
servers and clients, by PowerShell, Group Policy, Intune or the registry; how to
check it and switch it off again; how to collect what was noted, and what that
shows and does not show. It changes nothing and contacts nobody.`,
		Example: `  smbready plan --audit-setup
  smbready plan --audit-setup --days 45 > audit.txt`,
		Args: argsWithin(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			switch {
			case !audit:
				return hintError{usagef("plan wants --audit-setup: how to audit SMB signing is all that it prints today"), `see "smbready plan --help"`}
			case days < 1 || days > maxAuditDays:
				return usagef("--days wants a number from 1 to %d", maxAuditDays)
			}
			return report.WriteAuditSetup(a.stdout, days)
		},
	}
	section(cmd.Flags(), "Flags", func(fl *pflag.FlagSet) {
		fl.SortFlags = false
		fl.BoolVar(&audit, "audit-setup", false, "print how to audit SMB signing")
		fl.IntVar(&days, "days", report.EnoughDays, fmt.Sprintf("audit for `N` days; silence counts from %d on", report.EnoughDays))
	})
	return cmd
}
