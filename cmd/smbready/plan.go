package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"smbready/assess"
	"smbready/inventory"
	"smbready/report"
	"smbready/store"
)

// maxAuditDays is a year, for which no log is kept.
const maxAuditDays = 366

// planFlags are the flags of plan, as they were given.
type planFlags struct {
	output     // its format is one of a plan
	db         string
	sites      string   // a file
	exceptions string   // a file
	since      []string // runs
	settings   string
	policies   []string
	audit      bool
	days       int
	daysGiven  bool

	damaged map[string]error // runs that turned out to be while they were read, by id
}

func (a *app) planCommand() *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan [RUN...]",
		Short: "Plan the rollout, and print the settings to roll out",
		Long: `Plan tells for each of the two "always" policies and each site what would break
and what it takes to put that right, what is not known and what settles it,
which exceptions were accepted, how many devices are ready, and whether the next
wave (pilot device, pilot site, all) may begin. A run is a saved file or the
name of a stored one, each of other sites; without any, it is the last complete
run of each site in the store, compared with the one before it. What was not
ready in another run of late, and was not seen again or not asked as much since,
speaks against going ahead for 60 days.
Exceptions are those of the store, see "smbready exceptions".

With --settings it prints the settings to roll out, and with --audit-setup how
to have Windows note before who does not sign. It changes nothing and contacts
nobody.`,
		Example: `  smbready plan --sites sites.yaml
  smbready plan hq.jsonl mill.jsonl --exceptions exceptions.yaml
  smbready plan hq.jsonl --since october.jsonl
  smbready plan hq.jsonl -f csv -o plan.csv
  smbready plan -o plan.html
  smbready plan --settings powershell --policy client-always > signing.ps1
  smbready plan --settings intune --policy client-always -f json
  smbready plan --audit-setup --days 45 > audit.txt`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.daysGiven = cmd.Flags().Changed("days")
			if (f.audit || f.settings != "") && len(args) > 0 {
				return hintError{usagef("%q with --audit-setup or --settings wants no arguments", cmd.CommandPath()), seeHelp(cmd)}
			}
			return a.plan(cmd, &f, args)
		},
	}
	cmd.Flags().SortFlags = false
	section(cmd.Flags(), "Flags", func(fl *pflag.FlagSet) {
		fl.SortFlags = false
		fl.StringVar(&f.sites, "sites", "", "the sites `file`: owners, waves, and sites that no run tells of")
		fl.StringVar(&f.exceptions, "exceptions", "", "take exceptions from `file` instead of the store")
		fl.StringSliceVar(&f.since, "since", nil, "tell what changed since these `runs`, one of each site")
		fl.StringVarP(&f.format, "format", "f", "", "text, markdown, csv, json or html; without it by the ending of --output, or text")
		fl.StringVarP(&f.file, "output", "o", "", "write to `file` instead of standard output; complete, or not at all")
		fl.StringVar(&f.fingerprints, "fingerprints", "", "recognise devices by the rules in `file` too, before the built-in ones")
		fl.StringVar(&f.oui, "oui", "", "take the makers of network cards from `file`, such as the IEEE's oui.csv, instead of the built-in list")
		dbFlag(fl, &f.db)
		fl.BoolVarP(&f.quiet, "quiet", "q", false, "no notes")
		fl.BoolVarP(&f.verbose, "verbose", "v", false, "list every device in the text, and unfold the lists of the page")
	})
	section(cmd.Flags(), "Settings", func(fl *pflag.FlagSet) {
		fl.SortFlags = false
		fl.StringVar(&f.settings, "settings", "", "print the settings of this `kind`: intune, gpo, powershell or registry")
		fl.StringSliceVar(&f.policies, "policy", nil, "only those of these `policies`; without it both always policies")
		fl.BoolVar(&f.audit, "audit-setup", false, "print how to audit SMB signing; with --settings, the settings that do")
		fl.IntVar(&f.days, "days", report.EnoughDays, fmt.Sprintf("audit for `N` days; silence counts from %d on", report.EnoughDays))
	})
	return cmd
}

// plan does what the flags ask for.
func (a *app) plan(cmd *cobra.Command, f *planFlags, names []string) error {
	switch {
	case f.daysGiven && (!f.audit || f.settings != ""):
		return usagef("--days goes with --audit-setup alone")
	case len(f.policies) > 0 && f.settings == "":
		return usagef("--policy goes with --settings")
	case f.settings != "":
		return a.planSettings(f)
	case f.audit && (f.days < 1 || f.days > maxAuditDays):
		return usagef("--days wants a number from 1 to %d", maxAuditDays)
	case f.audit:
		if format, err := f.printed(".txt"); err != nil {
			return err
		} else if format != report.Text {
			return usagef("how to audit is written as text, not as %s", format)
		}
		return a.planOutput(f, func(to *sink) error { return report.WriteAuditSetup(to, f.days) })
	}
	if err := a.rollout(cmd.Context(), f, names); err != nil || f.quiet || len(names) > 0 {
		return err
	}
	return a.tellUnseen(cmd.Context(), f)
}

// tellUnseen says of which sites no run is stored at all, and what makes one: the plan
// says only that nothing was seen of them.
func (a *app) tellUnseen(ctx context.Context, f *planFlags) error {
	return a.withStore(ctx, f.db, func(ctx context.Context, s *store.Store) error {
		infos, err := s.Runs(ctx, "")
		if err != nil {
			return err
		}
		sites, err := f.defined(ctx, s)
		if err != nil {
			return err
		}
		var unseen []string
		for _, site := range sites {
			if !slices.ContainsFunc(infos, func(i store.RunInfo) bool { return i.Header.IsOf(site.Name) }) {
				unseen = append(unseen, site.Name)
			}
		}
		file := argument(cmp.Or(f.sites, "FILE"))
		switch len(unseen) {
		case 0:
		case 1:
			a.ui.say("no run of site %q is stored: smbready scan --sites %s --site %s makes one", unseen[0], file, siteArgument(unseen[0]))
		default:
			a.ui.say("no run is stored of %d sites, %s: smbready scan --sites %s --site NAME makes one", len(unseen), shortList(unseen, ", ", listWidth), file)
		}
		return nil
	})
}

// defined returns the sites of the sites file, or else those that the store knows.
func (f *planFlags) defined(ctx context.Context, s *store.Store) ([]inventory.Site, error) {
	if f.sites == "" {
		return s.Sites(ctx)
	}
	sites, err := inventory.ReadSites(f.sites)
	return sites.Sites, err
}

// planOutput writes what write writes to where the user wants it.
func (a *app) planOutput(f *planFlags, write func(*sink) error) error {
	to, err := f.open(a.stdout)
	if err != nil {
		return err
	}
	defer to.discard()
	if err := write(to); err != nil {
		return err
	}
	return to.commit()
}

// planSettings prints settings.
func (a *app) planSettings(f *planFlags) error {
	kind, err := report.ParseSettingsKind(f.settings)
	if err != nil {
		return usageError{fmt.Errorf("--settings: %w", err)}
	}
	s := report.Settings{Kind: kind, Audit: f.audit}
	for _, name := range f.policies {
		p, ok := assess.ParsePolicy(name)
		if !ok {
			return usagef("--policy: unknown policy %q: choose client-always, client-if-server-agrees, server-always or server-if-client-agrees", name)
		}
		s.Policies = append(s.Policies, p)
	}
	format, err := f.printed(settingsEnding(kind))
	switch {
	case err != nil:
		return err
	case format == report.Text:
		return a.planOutput(f, func(to *sink) error { return report.WriteSettings(to, s) })
	case format != report.JSON || kind != report.SettingsIntune:
		return usagef("settings are written as text, not as %s; only those of intune are written as json, too", format)
	}
	return a.planOutput(f, func(to *sink) error {
		if err := report.WriteIntuneProfile(to, s); err != nil {
			return hintError{usageError{err}, "choose with --policy, such as --policy client-always"}
		}
		return nil
	})
}

// settingsEnding is the ending of the files that Windows takes settings of a kind from.
func settingsEnding(kind report.SettingsKind) string {
	switch kind {
	case report.SettingsPowerShell:
		return ".ps1"
	case report.SettingsRegistry:
		return ".reg"
	}
	return ".txt"
}

// printed returns the format of what is no plan: as it was asked for, or by the ending
// of the file's name, where own is one more that stands for text.
func (f *planFlags) printed(own string) (report.Format, error) {
	if f.format == "" && strings.EqualFold(filepath.Ext(f.file), own) {
		return report.Text, nil
	}
	name, err := formatOf(f.file, f.format)
	if err != nil {
		return "", hintError{err, "choose with -f, or name a file that ends in " + own}
	}
	return report.Format(name), nil
}

// checkPlan refuses what cannot be meant, before anything is read.
func (f *planFlags) checkPlan() (report.Format, error) {
	name, err := formatOf(f.file, f.format)
	if err != nil {
		return "", err
	}
	format, err := report.ParsePlanFormat(name)
	if err != nil {
		return format, usageError{err}
	}
	return format, f.loadJudge()
}
