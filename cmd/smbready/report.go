package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"smbready/inventory"
)

func (a *app) reportCommand() *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:     "report FILE",
		Short:   "Judge a saved run again and report it",
		Long:    "Report reads a run that scan wrote with -f json, judges it by the rules of this\nversion, and writes it in any format.",
		Example: "  smbready scan 10.1.0.0/16 -f json -o run.jsonl\n  smbready report run.jsonl\n  smbready report run.jsonl -f csv -o site.csv",
		Args:    exactArgs(1, "one file: a run that scan wrote with -f json"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.reportFile(args[0], o) },
	}
	cmd.Flags().SortFlags = false
	o.flags(cmd.Flags())
	return cmd
}

func (a *app) reportFile(name string, o output) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := o.isNot([]string{name}); err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", name, reason(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("cannot read %s: it is not a file", name)
	}
	to, err := o.open(a.stdout)
	if err != nil {
		return err
	}
	defer to.discard()
	r, err := a.render(o, f, to)
	var bad *inventory.LineError
	if errors.As(err, &bad) {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err != nil {
		return err
	}
	if err := to.commit(); err != nil {
		return err
	}
	switch {
	case r.failed:
		a.exit = exitFailOn
	case r.incomplete && len(o.failOn) > 0:
		return errors.New("the run is incomplete: that --fail-on is not met says nothing")
	}
	return nil
}
