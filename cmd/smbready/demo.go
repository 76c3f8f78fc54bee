package main

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"smbready/internal/smbtest"
	"smbready/inventory"
	"smbready/scanner"
)

// demoFile is the CSV that demo leaves behind unless told otherwise.
const demoFile = "smbready-demo.csv"

func (a *app) demoCommand() *cobra.Command {
	var csv string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Scan a simulated site on this machine: what to run first",
		Long: `Demo starts a small simulated site on this machine, scans it over real TCP and
UDP connections, prints the report and writes it as CSV too.

The site's addresses (10.20.30.0/27) are made up: every connection goes to
127.0.0.1, and nothing leaves this machine.`,
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), csv, quiet) },
	}
	cmd.Flags().StringVarP(&csv, "output", "o", demoFile, "write the CSV to `file`")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "no progress and no notes")
	return cmd
}

func (a *app) demo(ctx context.Context, csv string, quiet bool) error {
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	site := smbtest.Site()
	network, err := smbtest.NewNetwork(site)
	if err != nil {
		return err
	}
	defer network.Close()
	var addresses []netip.Addr
	for addr := range site {
		addresses = append(addresses, addr)
	}
	slices.SortFunc(addresses, netip.Addr.Compare)
	var list []string
	for _, addr := range addresses {
		list = append(list, addr.String())
	}
	targets, err := scanner.NewList(list, nil)
	if err != nil {
		return err
	}
	resolved, err := scanner.Resolve(ctx, scanner.Selection{Groups: []scanner.Group{{Targets: targets, Site: "demo"}}})
	if err != nil {
		return err
	}
	err = a.record(ctx, job{
		targets: resolved,
		options: scanner.Options{Seed: 1, GuestCheck: true, Dial: network.Dial, ConnectTimeout: time.Second, ReadTimeout: time.Second},
		outputs: []output{{format: "csv", file: csv}, {format: "text"}}, // the text last, in case its reader stops early
		header:  &inventory.Run{Site: "demo", Scope: []string{"10.20.30.1-10.20.30.21"}},
		all:     true,
		quiet:   quiet,
		trial:   true,
		store:   storeFlags{db: noStore},
	})
	if errors.Is(err, syscall.EPIPE) {
		return nil // whoever tries "demo | head" has seen enough
	}
	return err
}
