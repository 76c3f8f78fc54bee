package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"smbready/inventory"
	"smbready/report"
	"smbready/store"
)

func (a *app) exceptionsCommand() *cobra.Command {
	var db string
	cmd := &cobra.Command{
		Use:   "exceptions",
		Short: "List, add, remove and import accepted exceptions",
		Long: `An exception is a device that somebody accepted to lose, or to take care of in
another way, when a policy is enforced, until a day. It never changes a verdict
and makes nothing ready; "smbready plan" counts it apart, and counts the device
again when that day is over.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return hintError{usagef("exceptions has no command %q", args[0]), seeHelp(cmd)}
		},
	}
	for _, sub := range []*cobra.Command{a.exceptionsListCommand(&db), a.exceptionsAddCommand(&db), a.exceptionsRemoveCommand(&db), a.exceptionsImportCommand(&db)} {
		sub.Flags().SortFlags = false
		dbFlag(sub.Flags(), &db)
		cmd.AddCommand(sub)
	}
	return cmd
}

func (a *app) exceptionsListCommand(db *string) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the exceptions, those that have expired too",
		Args:  exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := listFormat(format)
			if err != nil {
				return err
			}
			return a.withStore(cmd.Context(), *db, func(ctx context.Context, s *store.Store) error {
				list, err := s.Exceptions(ctx)
				if err != nil {
					return err
				}
				if len(list) == 0 && f == report.Text {
					a.ui.say("no exception is stored in %s", s.Name())
					return nil
				}
				return report.WriteExceptions(a.stdout, list, time.Now(), f)
			})
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text, csv or json")
	return cmd
}

func (a *app) exceptionsAddCommand(db *string) *cobra.Command {
	var e inventory.Exception
	var until, run string
	cmd := &cobra.Command{
		Use:   "add DEVICE",
		Short: "Accept an exception",
		Long: `Add accepts an exception of one device, by its address, its exact name or the
address of its network card (00:11:32:aa:bb:cc). The same device, site and
policy accepted again takes the place of what was there.

It is bound to the device that goes by that today: to its names, its network
card, its server GUID and its site, as the newest complete run of the store that
knows it has them. A device that has its address later, and is known to be
another one, is not accepted; nor is one of which the name alone is the same.

What the plan still holds against a device that was not seen again, or that has
another address now, is accepted as the run has it that found that: --run names
it, as the plan does.`,
		Example: `  smbready exceptions add 10.1.5.40 --policy client-always --until 2027-01-31 \
      --by "J. Doe" --why "replaced in January"`,
		Args: exactArgs(1, "one device"),
		RunE: func(cmd *cobra.Command, args []string) error {
			e.Device, e.Accepted = args[0], time.Now().UTC().Truncate(time.Second)
			if err := completeException(&e, until); err != nil {
				return hintError{err, seeHelp(cmd)}
			}
			return a.accept(cmd.Context(), acceptance{db: *db, run: run, list: []inventory.Exception{e}})
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&e.Policy, "policy", "", "the policy: client-always or server-always")
	fl.StringVar(&e.By, "by", "", "`who` accepted it")
	fl.StringVar(&e.Why, "why", "", "the reason, in `words`")
	fl.StringVar(&until, "until", "", "the last `day` on which it holds, such as 2027-03-31")
	fl.StringVar(&e.Site, "site", "", "only at the site of this `name`; without it, at that of the device")
	fl.StringVar(&e.ID, "id", "", "your own `number` for it, such as that of a change; without it one is made")
	fl.StringVar(&run, "run", "", "bind it to the device as this `run` saw it, a file or one of the store")
	return cmd
}

// completeException checks an exception that was given by flags.
func completeException(e *inventory.Exception, until string) error {
	if until != "" {
		day, err := inventory.ParseDay(until)
		if err != nil {
			return usagef("--until wants a day such as 2027-03-31, not %q", until)
		}
		e.Until = day
	}
	if err := e.Check(); err != nil {
		return usagef("the exception %v", err)
	}
	return nil
}

// acceptance is what is to be accepted.
type acceptance struct {
	db, run string
	list    []inventory.Exception
	again   bool // what the stored ones are bound to stays
}

// accept binds exceptions to devices and stores them.
func (a *app) accept(ctx context.Context, what acceptance) error {
	return a.withNewStore(ctx, what.db, func(ctx context.Context, s *store.Store) error {
		stored, err := s.Exceptions(ctx)
		if err != nil {
			return err
		}
		list := what.list
		if what.again {
			keepBound(list, stored)
		}
		words, err := a.bind(ctx, s, what.db, what.run, list)
		if err != nil {
			return err
		}
		if what.run != "" && !what.again && list[0].Seen == nil {
			return hintError{fmt.Errorf("nothing was accepted: %s", words[0]), "name another run, or leave out --run"}
		}
		if what.run == "" && !what.again {
			other, err := anotherThere(ctx, s, &list[0], planClock())
			if err != nil {
				return err
			}
			words[0] += other
		}
		for i := range list {
			list[i].Identify() // now that it is known at which site
		}
		if err := s.Accept(ctx, list...); err != nil {
			return err
		}
		for i := range list {
			a.ui.say("accepted %s: %s, %s, until %s", list[i].ID, list[i].Device, list[i].Policy, list[i].Until.Format(time.DateOnly))
			a.ui.say("%s: %s%s", list[i].ID, words[i], rebound(&list[i], stored))
		}
		return nil
	})
}

func (a *app) exceptionsRemoveCommand(db *string) *cobra.Command {
	return &cobra.Command{
		Use:   "remove ID",
		Short: "Remove an exception",
		Args:  exactArgs(1, `one id, as "smbready exceptions list" shows it`),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), *db, func(ctx context.Context, s *store.Store) error { return s.Revoke(ctx, args[0]) })
		},
	}
}

func (a *app) exceptionsImportCommand(db *string) *cobra.Command {
	var run string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Accept the exceptions of a file",
		Long: `Import accepts every exception of a YAML file, or none if anything is wrong in
it:

exceptions:
  - device: 10.1.5.40         # or an exact name, or 00:11:32:aa:bb:cc
    policy: client-always     # or server-always
    by: J. Doe
    why: replaced in January
    until: 2027-01-31         # the last day on which it holds
    site: HQ                  # may be left out, like id, accepted and seen
    seen:                     # what the device is
      names: [nas-01]
      macs: [00:11:32:aa:bb:cc]

Without seen, an exception is bound to its device as "exceptions add" binds it;
one that is imported again stays bound to what it was.`,
		Args: exactArgs(1, "one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := readExceptions(args[0])
			if err != nil {
				return err
			}
			return a.accept(cmd.Context(), acceptance{db: *db, run: run, list: list, again: true})
		},
	}
	cmd.Flags().StringVar(&run, "run", "", "bind them to devices as this `run` saw them, a file or one of the store")
	return cmd
}

// readExceptions reads a file of exceptions.
func readExceptions(name string) (list []inventory.Exception, err error) {
	err = readWhole(name, "exceptions", func(r io.Reader) error {
		list, err = inventory.ReadExceptions(name, r)
		return err
	})
	return list, err
}
