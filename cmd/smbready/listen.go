package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"smbready/canary"
)

// listenFlags are the flags of listen, as they were given.
type listenFlags struct {
	output
	store        storeFlags
	address      string
	port         uint16
	netBIOS      uint16
	stage        string
	share, user  string
	passwordFile string
	duration     time.Duration
	allow        []string
	allowPublic  bool
}

const listenExamples = `  smbready listen --address 10.1.2.3                    scan to \\10.1.2.3\scans
  smbready listen --address 10.1.2.3 -f json -o canary.jsonl --for 8h
  smbready listen --address 10.1.2.3 --stage require    see who copes`

func (a *app) listenCommand() *cobra.Command {
	var f listenFlags
	cmd := &cobra.Command{
		Use:   "listen --address ADDRESS",
		Short: "Let devices scan to a folder, keep nothing, and see who signs",
		Long: `Listen is a file server for tests: point a copier's scan-to-folder at it, and it
records how the device goes about SMB as a client, which no scan can see. It has
one share and one account, which are made for it and end with it; the password
is made anew each time and shown at the start.

A device sees its job done, and nothing is stored: what it writes is counted and
thrown away. Recorded are its address and names, what it offers, how it logs on
and what it signs. Never kept or shown is what a logon proves a password with.
Every other account is refused, and so are guests.

With --stage observe, the default, a device that does not sign is served, and
recorded. With --stage require it is refused, as by a server with the policy
"Digitally sign communications (always)": use that to see for yourself.

It ends with Ctrl-C or after --for, which is as good, and makes its report. Port
445 wants the rights of an administrator, and a machine that serves no files
itself. Windows holds that port even without shares: use a Linux machine or a
virtual one, or disable the service LanmanServer (Server) and restart, for the
time of the test and where nobody needs its shares.`,
		Example: listenExamples,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return hintError{usagef("listen takes no arguments"), "say --address " + args[0] + " if that is where to listen"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listen(cmd.Context(), &f) },
	}
	cmd.SetFlagErrorFunc(listenFlagError)
	fl := cmd.Flags()
	fl.SortFlags = false
	section(fl, "Where and how long", f.placeFlags)
	section(fl, "What devices find", f.serverFlags)
	section(fl, "Report", func(fl *pflag.FlagSet) {
		f.output.flags(fl)
		dbFlag(fl, &f.store.db)
	})
	return cmd
}

func (f *listenFlags) placeFlags(fl *pflag.FlagSet) {
	fl.StringVar(&f.address, "address", "", "listen at this `address` of this machine, and at no other")
	fl.Uint16Var(&f.port, "port", smbPort, "TCP port (`N`) of SMB; 0 for none")
	fl.Uint16Var(&f.netBIOS, "netbios-port", netBIOSPort, "TCP port (`N`) of SMB over NetBIOS, for old devices; 0 for none")
	fl.DurationVar(&f.duration, "for", 30*time.Minute, "listen so long, unless Ctrl-C comes first")
	fl.StringSliceVar(&f.allow, "allow", nil, "let only clients of these `networks` connect; without it all that are private")
	fl.BoolVar(&f.allowPublic, "allow-public", false, "let clients with public addresses connect too")
}

func (f *listenFlags) serverFlags(fl *pflag.FlagSet) {
	fl.StringVar(&f.stage, "stage", "observe", "`stage` of strictness: observe serves who does not sign, require refuses")
	fl.StringVar(&f.share, "share", "scans", "`name` of the share")
	fl.StringVar(&f.user, "user", "smbready-test", "`name` of the account")
	fl.StringVar(&f.passwordFile, "password-file", "", "take the account's password from a `file` that only you can read, instead of making one")
}

// netBIOSPort is the port of SMB over NetBIOS.
const netBIOSPort = 139

// listenFlagError says why there is no flag for the password, and what a time to
// listen looks like.
func listenFlagError(cmd *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	if errors.As(err, &value) && value.GetFlag().Name == "for" {
		return hintError{usagef("--for wants a time with its unit, such as 30m or 8h, not %q", value.GetValue()), seeHelp(cmd)}
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && slices.Contains([]string{"password", "pass"}, unknown.GetSpecifiedName()) {
		return hintError{usagef("there is no --password: everybody on this machine can read a command line, and the shell keeps it"),
			"leave it out for a password that is made anew, or see --password-file"}
	}
	return flagError(cmd, err)
}

// listen is the listen command.
func (a *app) listen(ctx context.Context, f *listenFlags) error {
	if err := f.output.check(); err != nil {
		return err
	}
	address, err := f.listenAddress()
	if err != nil {
		return err
	}
	o, password, err := f.options()
	if err != nil {
		return err
	}
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	l := &listening{app: a, flags: f, options: o, address: address, password: password}
	return l.run(ctx)
}

// options turns the flags into those of a listener, and returns the password of
// its account.
func (f *listenFlags) options() (o canary.Options, password string, err error) {
	if err := f.checkNames(); err != nil {
		return o, "", err
	}
	switch f.stage {
	case "observe":
		o.Stage = canary.StageObserve
	case "require":
		o.Stage = canary.StageRequire
	default:
		return o, "", usagef("--stage wants observe or require, not %q", f.stage)
	}
	if o.Allow, err = f.allowed(); err != nil {
		return o, "", err
	}
	password = canary.NewPassword()
	if f.passwordFile != "" {
		if password, err = readPassword(f.passwordFile); err != nil {
			return o, "", err
		}
	}
	o.Share, o.Account = f.share, canary.NewAccount(f.user, password)
	return o, password, nil
}

// Bounds of names, in bytes, that old devices can take.
const (
	maxShareName = 15
	maxUserName  = 20
)

// checkNames refuses what a device could not be told.
func (f *listenFlags) checkNames() error {
	switch {
	case f.duration <= 0:
		return usagef("--for wants a time above 0")
	case f.port == 0 && f.netBIOS == 0:
		return usagef("--port and --netbios-port are both 0: there is nothing to listen on")
	case f.port == f.netBIOS:
		return usagef("--port and --netbios-port are the same")
	case !plainName(f.share, maxShareName) || strings.EqualFold(f.share, "IPC$"):
		return usagef("--share wants a name of up to %d letters, digits, hyphens and underscores", maxShareName)
	case !plainName(f.user, maxUserName):
		return usagef("--user wants a name of up to %d letters, digits, hyphens and underscores", maxUserName)
	}
	return nil
}

// plainName reports whether every device can be given a name.
func plainName(name string, most int) bool {
	if name == "" || len(name) > most {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	})
}

// nearNetworks are where clients may be unless more is allowed: private, shared
// (RFC 6598), link-local, loopback and unique local addresses.
var nearNetworks = []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
	"::1/128", "fc00::/7", "fe80::/10"}

// allowed returns the networks whose clients may connect; nil for all.
func (f *listenFlags) allowed() ([]netip.Prefix, error) {
	names := f.allow
	switch {
	case len(names) > 0 && f.allowPublic:
		return nil, usagef("--allow names the networks already: leave out --allow-public")
	case f.allowPublic:
		return nil, nil
	case len(names) == 0:
		names = nearNetworks
	}
	var list []netip.Prefix
	for _, name := range names {
		p, err := netip.ParsePrefix(name)
		if err != nil {
			addr, addrErr := netip.ParseAddr(name)
			if addrErr != nil {
				return nil, hintError{usagef("--allow: %q is no network", name), "write it as 10.1.0.0/16 or 10.1.2.7"}
			}
			p = netip.PrefixFrom(addr.WithZone(""), addr.BitLen())
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// maxPassword bounds a password, in bytes.
const maxPassword = 127

// readPassword reads a password from the first line of a file. Its errors never
// quote it.
func readPassword(name string) (string, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() { // to open a pipe might last for ever
		return "", hintError{usagef("%s is not read: it is not a file", name), "put the password into a file that only you can read, and name that"}
	}
	f, err := os.Open(name)
	if err != nil {
		return "", usageError{fmt.Errorf("cannot read %s: %w", name, reason(err))}
	}
	defer f.Close()
	if err := private(f); err != nil {
		return "", hintError{usageError{fmt.Errorf("%s is not read: %w", name, err)}, privateHint(name)}
	}
	b, err := io.ReadAll(io.LimitReader(f, maxPassword+3)) // one more than there may be, and the end of a line
	if err != nil {
		return "", usageError{fmt.Errorf("cannot read %s: %w", name, reason(err))}
	}
	password := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(string(b), "\ufeff"), "\n"), "\r")
	switch {
	case password == "":
		return "", usagef("%s is empty", name)
	case len(password) > maxPassword:
		return "", usagef("%s is longer than a password of %d bytes", name, maxPassword)
	case strings.ContainsAny(password, "\r\n\x00") || !utf8.ValidString(password):
		return "", hintError{usagef("%s is not one line of text", name), "put the password into it, and nothing else, and save it as UTF-8"}
	}
	return password, nil
}
