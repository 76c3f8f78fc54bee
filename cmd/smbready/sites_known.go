package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"smbready/inventory"
	"smbready/report"
	"smbready/store"
)

func (a *app) sitesListCommand() *cobra.Command {
	var db string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the sites that the store knows",
		Long: `List tells which sites the store knows, from the sites files that scans were
made by: plan looks for all of them where no --sites says otherwise.`,
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withStore(cmd.Context(), db, a.listSites)
		},
	}
	dbFlag(cmd.Flags(), &db)
	return cmd
}

func (a *app) listSites(ctx context.Context, s *store.Store) error {
	sites, err := s.Sites(ctx)
	if err != nil {
		return err
	}
	if len(sites) == 0 {
		a.ui.say("no site is known in %s", s.Name())
		return nil
	}
	t := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "SITE\tTARGETS")
	for _, site := range sites {
		fmt.Fprintf(t, "%s\t%s\n", report.Escape(site.Name), report.Escape(strings.Join(site.Targets, ", ")))
	}
	return t.Flush()
}

func (a *app) sitesForgetCommand() *cobra.Command {
	var db string
	cmd := &cobra.Command{
		Use:   "forget SITE...",
		Short: "Have the store forget sites that are no more",
		Long: `Forget takes sites out of those that the store knows, such as one that was
closed or has another name now. Their runs stay; "smbready runs delete" removes
them. A site that is scanned by a sites file is known again.`,
		Example: `  smbready sites forget "Old mill"`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return hintError{usagef("%q wants the names of sites", cmd.CommandPath()), seeHelp(cmd)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), db, func(ctx context.Context, s *store.Store) error { return a.forgetSites(ctx, s, args) })
		},
	}
	dbFlag(cmd.Flags(), &db)
	return cmd
}

// forgetSites forgets all of the sites, or none if one is not known.
func (a *app) forgetSites(ctx context.Context, s *store.Store, names []string) error {
	err := s.ChangeSites(ctx, func(sites []inventory.Site) ([]inventory.Site, error) {
		for _, name := range names {
			i := slices.IndexFunc(sites, func(site inventory.Site) bool { return site.Name == name })
			if i < 0 {
				return nil, hintError{fmt.Errorf("no site %q is known in %s", name, s.Name()), `"smbready sites list" shows the known ones`}
			}
			sites = slices.Delete(sites, i, i+1)
		}
		return sites, nil
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		a.ui.say("site %q is forgotten; its runs stay", name)
	}
	return nil
}
