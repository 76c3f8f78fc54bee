package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"smbready/inventory"
	"smbready/scanner"
	"smbready/scanner/verify"
)

// verifyFlags are the flags of verify, as they were given.
type verifyFlags struct {
	scanFlags
	login       loginFlags
	allowMany   bool
	lockoutSafe bool
	tamper      bool
	atOnce      int
	timeout     time.Duration
	share, size string
	rounds      int
	asGuest     bool
}

const verifyExamples = `  smbready verify fs01.example.com scanner7 --user "PLANT\smbtest"
  smbready verify @devices.txt --credentials account.txt -f csv -o proven.csv
  smbready verify nas3 --user smbtest --measure-cost scans`

func (a *app) verifyCommand() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify HOST...",
		Short: "Log on to hosts with an account, and prove that they sign",
		Long: `Verify scans each host and then does what a client does that requires signing:
it logs on with an account and connects to IPC$. Whether the answer is signed,
and rightly, proves what a scan only expects. Hosts are given as to scan.

Each host logs an ordinary logon (on Windows event 4624; 4625 when it fails).
The account is tried on the first host alone, until a right signature shows that
it is good. The first logon that fails ends the run: it never costs the account
more than one. So name a host first where the account works, and the account
with its domain: without one each host has an account of that name for itself,
and a doubt at any of them ends the run. Make an account for this that may log
on and nothing else: a host that is not what it seems can pass a logon on to
another one, or try passwords on it at leisure.

The account comes from --user and the password from a prompt; or both from the
variables SMBREADY_USER, SMBREADY_PASSWORD and SMBREADY_DOMAIN, from a file that
only you can read (--credentials), with lines such as user = PLANT\smbtest and
password = "...", or from the keyring of this system (--keyring). An account is
DOMAIN\user, user@domain or user. The password is neither shown nor kept.`,
		Example: verifyExamples,
		RunE:    func(cmd *cobra.Command, args []string) error { return a.verify(cmd.Context(), &f, args, cmd) },
	}
	cmd.SetFlagErrorFunc(verifyFlagError)
	fl := cmd.Flags()
	fl.SortFlags = false
	section(fl, "Account", func(fl *pflag.FlagSet) {
		f.login.flags(fl)
		fl.BoolVar(&f.lockoutSafe, "account-lockout-safe", true, "stop at the first logon that failed, or may have; with =false each host may cost one")
		fl.IntVar(&f.atOnce, "concurrency", 1, "log on to at most `N` hosts at a time, once the account is known to work; more than 1 wants --account-lockout-safe=false")
	})
	section(fl, "What is tried", f.trialFlags)
	section(fl, "Targets", f.targetFlags)
	section(fl, "Store", f.store.flags)
	section(fl, "Report", f.output.flags)
	return cmd
}

// trialFlags are the flags that say what is tried besides the signed session.
func (f *verifyFlags) trialFlags(fl *pflag.FlagSet) {
	fl.BoolVar(&f.tamper, "tamper", false, "see also whether a host refuses a wrong signature, with one more logon")
	fl.BoolVar(&f.guest, "guest-check", false, "log on once at each host as a user that does not exist, too, to see who admits guests")
	fl.StringVar(&f.share, "measure-cost", "", "measure what signing costs, with a test file on this `share` of each host, which is removed again")
	fl.StringVar(&f.size, "size", "64MiB", "`size` of that file")
	fl.IntVar(&f.rounds, "rounds", 5, "write and read it `N` times")
	fl.BoolVar(&f.asGuest, "unsigned-as-guest", false, "compare with a guest's session, where the share lets guests write; each round then logs on once with the account and once as a guest")
}

// targetFlags are the flags that say whom to ask and how long to wait.
func (f *verifyFlags) targetFlags(fl *pflag.FlagSet) {
	fl.StringSliceVar(&f.exclude, "exclude", nil, "never contact these `targets`")
	fl.StringSliceVar(&f.excludeFiles, "exclude-file", nil, "never contact the targets listed in `file`")
	fl.BoolVar(&f.allowPublic, "allow-public", false, "log on to public addresses too, which are refused otherwise")
	fl.BoolVar(&f.allowMany, "allow-many", false, fmt.Sprintf("log on to more than %d addresses", verifyAtMost))
	fl.DurationVar(&f.timeout, "timeout", verify.DefaultTimeout, "wait so long for each session")
	fl.DurationVar(&f.connect, "connect-timeout", scanner.DefaultConnectTimeout(), "wait so long for a connection of the scan")
	fl.DurationVar(&f.read, "read-timeout", 5*time.Second, "wait so long for an answer to the scan")
	fl.DurationVar(&f.gap, "host-delay", 250*time.Millisecond, "pause so long between two connections to a host")
	fl.Uint16Var(&f.port, "port", smbPort, "TCP port (`N`) of SMB")
}

// verifyAtMost is the number of addresses up to which nobody has to say that
// they mean it.
const verifyAtMost = 1024

// verifyWorkerCommand is how verify calls this program for one host.
func (a *app) verifyWorkerCommand() *cobra.Command {
	return &cobra.Command{Use: verify.WorkerCommand, Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.exit = verify.Work(cmd.Context(), a.stdin, a.stdout)
			return nil
		}}
}

// verifyFlagError says why there is no flag for the password.
func verifyFlagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && (unknown.GetSpecifiedName() == "password" || unknown.GetSpecifiedName() == "pass") {
		return hintError{usagef("there is no --%s: everybody on this machine can read a command line, and the shell keeps it", unknown.GetSpecifiedName()),
			"leave it out to be asked, or see --credentials and --keyring in " + `"smbready verify --help"`}
	}
	return flagError(cmd, err)
}

// defaults fills in what a scan has flags for and verify has not.
func (f *verifyFlags) defaults() {
	f.depth, f.rate, f.host = scanner.DepthIdentify.String(), 100, 15*time.Second
	f.scanFlags.concurrency = 32
}

// verify is the verify command.
func (a *app) verify(ctx context.Context, f *verifyFlags, args []string, cmd *cobra.Command) error {
	f.defaults()
	scan, err := f.scanFlags.options(cmd)
	if err != nil {
		return err
	}
	if err := f.output.check(); err != nil {
		return err
	}
	options, err := f.verifyOptions(cmd.Flags())
	if err != nil {
		return err
	}
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	targets, scope, err := a.targets(ctx, &f.scanFlags, args)
	if err != nil {
		return err
	}
	if targets.Len() > verifyAtMost && !f.allowMany {
		return hintError{usagef("that would log on to %s", addresses(targets.Len())), "name fewer, or add --allow-many"}
	}
	if options.Account, err = f.login.credentials(ctx, a); err != nil {
		return err
	}
	if !f.quiet {
		a.explainLogon(options, targets.Len(), f.guest)
	}
	header := &inventory.Run{Scope: scope.targets, Excluded: scope.excluded}
	j := job{targets: targets, options: scan, outputs: []output{f.output}, header: header, all: true, quiet: f.quiet, store: f.store}
	return a.recordVerified(ctx, &verification{app: a, job: j, options: options, named: args})
}

// verifyOptions turns the flags into options.
func (f *verifyFlags) verifyOptions(fl *pflag.FlagSet) (verify.Options, error) {
	o := verify.Options{Timeout: f.timeout, Delay: f.gap, Concurrency: f.atOnce, KeepGoing: !f.lockoutSafe, Tamper: f.tamper,
		Workstation: workstation()}
	switch {
	case f.atOnce < 1:
		return o, usagef("--concurrency wants at least 1")
	case f.atOnce > 1 && f.lockoutSafe:
		return o, hintError{usagef("--concurrency above 1 may cost the account as many failed logons"), "add --account-lockout-safe=false if it can take that"}
	case f.timeout <= 0:
		return o, usagef("--timeout wants a time above 0")
	}
	if f.share == "" {
		for _, name := range []string{"size", "rounds", "unsigned-as-guest"} {
			if fl.Changed(name) {
				return o, usagef("--%s wants --measure-cost SHARE", name)
			}
		}
		return o, nil
	}
	if strings.ContainsAny(f.share, `\/`) {
		return o, usagef("--measure-cost wants the name of a share, such as scans, and not a path")
	}
	size, err := parseSize(f.size)
	switch {
	case err != nil:
		return o, usageError{err}
	case f.rounds < 1 || f.rounds > maxRounds:
		return o, usagef("--rounds wants a number from 1 to %d", maxRounds)
	}
	o.Cost = &verify.CostOptions{Share: f.share, Bytes: size, Rounds: f.rounds, UnsignedAsGuest: f.asGuest}
	return o, nil
}

// maxRounds bounds what is written to other people's disks.
const maxRounds = 100

// workstation returns this machine's name, as far as a logon can carry it.
func workstation() string {
	const longest = 15 // of a NetBIOS name
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name[:min(len(name), longest)]
}

// explainLogon says what is about to happen, before it does.
func (a *app) explainLogon(o verify.Options, n uint64, guestCheck bool) {
	a.ui.say("scans %s, then logs on to each host that speaks SMB2 as %s; each logs that (on Windows event 4624; 4625 if it fails)", addresses(n), o.Account.Account())
	a.ui.say("use an account without rights: a hostile host can misuse what it is sent at a logon, though it is not the password")
	if o.KeepGoing {
		a.ui.say("a logon that fails does not end the run: the account may be locked out")
	}
	if guestCheck {
		a.ui.say("%s", guestNotice)
	}
	if o.Cost != nil {
		a.ui.say("writes a test file of %s to the share %s, reads it back, and removes it, %d times", sizeText(o.Cost.Bytes), o.Cost.Share, o.Cost.Rounds)
		if !o.Cost.UnsignedAsGuest {
			a.ui.say("an account's session is always signed here, so only the signed speed is measured; see --unsigned-as-guest for a comparison")
		}
	}
}
