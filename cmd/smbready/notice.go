package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"smbready/schedule/notify"
)

// Variables of the environment that hold what an argument must not: every user of
// this machine could see it.
const (
	webhookVariable       = "SMBREADY_WEBHOOK" // a URL may be a key by itself
	webhookSecretVariable = "SMBREADY_WEBHOOK_SECRET"
	mailPasswordVariable  = "SMBREADY_MAIL_PASSWORD"
)

// mailTLSPort is the port where a mail server begins with TLS (RFC 8314 section 7.3).
const mailTLSPort = "465"

// noticeFlags say who is told what came of a scheduled run, and when.
type noticeFlags struct {
	on                             string
	webhook                        string
	mailServer, mailFrom, mailUser string
	mailTo                         []string
	command                        []string
}

// Values of --notify.
const (
	noticeAlways  = "always"
	noticeChange  = "change"
	noticeWorse   = "worse"
	noticeFailure = "failure"
)

var noticeWords = []string{noticeAlways, noticeChange, noticeWorse, noticeFailure}

func (f *noticeFlags) flags(cmd *cobra.Command) {
	section(cmd.Flags(), "Notification", func(fl *pflag.FlagSet) {
		fl.SortFlags = false
		fl.StringVar(&f.on, "notify", noticeChange, "tell `when`: always, change (something is not as it was), worse (a device is, or a new one would break) or failure; a scan that fails is told in each case, once a day")
		fl.StringVar(&f.webhook, "webhook", "", "post JSON to this `URL`, or to that in "+webhookVariable+"; signed with the key in "+webhookSecretVariable+", if there is one")
		fl.StringSliceVar(&f.mailTo, "mail-to", nil, "send mail to these `addresses`")
		fl.StringVar(&f.mailFrom, "mail-from", "", "`address` that mail comes from")
		fl.StringVar(&f.mailServer, "mail-server", "", "`HOST:PORT` of the mail server; never without TLS, which port "+mailTLSPort+" begins with")
		fl.StringVar(&f.mailUser, "mail-user", "", "log on at the mail server as this `user`, with the password in "+mailPasswordVariable)
		fl.StringArrayVar(&f.command, "command", nil, "run this `program` with the JSON on its standard input; again for each of its arguments")
	})
}

// notifiers are the ways in which is told, checked before anything is scanned. A command
// learns which store the runs are in.
func (f *noticeFlags) notifiers(db string) (list []notify.Notifier, err error) {
	if !slices.Contains(noticeWords, f.on) {
		return nil, usagef("--notify: %q is none of %s", f.on, strings.Join(noticeWords, ", "))
	}
	for _, make := range []func() (notify.Notifier, error){f.webhookNotifier, f.mailNotifier, func() (notify.Notifier, error) { return f.commandNotifier(db) }} {
		n, err := make()
		if err != nil {
			return nil, usageError{err}
		}
		if n != nil {
			list = append(list, n)
		}
	}
	return list, nil
}

func (f *noticeFlags) webhookNotifier() (notify.Notifier, error) {
	address := cmp.Or(f.webhook, os.Getenv(webhookVariable))
	if address == "" {
		return nil, nil
	}
	w := &notify.Webhook{URL: address, Plain: isLocal(address)}
	var err error
	if w.Secret, err = optionalSecret(webhookSecretVariable); err != nil {
		return nil, err
	}
	if err := w.Check(); err != nil {
		return nil, fmt.Errorf("--webhook: %w", err)
	}
	return w, nil
}

// isLocal reports whether a URL leads to this machine: nobody is on the way there.
func isLocal(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback() || u.Hostname() == "localhost"
}

func (f *noticeFlags) mailNotifier() (notify.Notifier, error) {
	if len(f.mailTo) == 0 && f.mailFrom == "" && f.mailServer == "" && f.mailUser == "" {
		return nil, nil
	}
	if len(f.mailTo) == 0 || f.mailFrom == "" || f.mailServer == "" {
		return nil, errors.New("mail wants --mail-to, --mail-from and --mail-server")
	}
	_, port, _ := net.SplitHostPort(f.mailServer)
	m := &notify.Mail{Server: f.mailServer, From: f.mailFrom, To: f.mailTo, User: f.mailUser, TLS: port == mailTLSPort}
	var err error
	if f.mailUser != "" {
		if m.Password, err = notify.SecretFrom(mailPasswordVariable); err != nil {
			return nil, fmt.Errorf("--mail-user wants its password: %w", err)
		}
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	return m, nil
}

func (f *noticeFlags) commandNotifier(db string) (notify.Notifier, error) {
	if len(f.command) == 0 {
		return nil, nil
	}
	c := &notify.Command{Args: f.command}
	if name := openName(dbName(db)); name != "" {
		c.Env = []string{dbVariable + "=" + name}
	}
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("--command: %w", err)
	}
	return c, nil
}

// optionalSecret returns the secret of a variable, none where it is not set.
func optionalSecret(variable string) (notify.Secret, error) {
	if _, set := os.LookupEnv(variable); !set {
		return nil, nil
	}
	return notify.SecretFrom(variable)
}

// wanted reports whether what came of a run is to be told.
func (f *noticeFlags) wanted(o *outcome) bool {
	switch f.on {
	case noticeAlways:
		return true
	case noticeChange:
		return o.changed
	case noticeWorse:
		return o.worse
	}
	return false
}

// tellAll tells a message in all ways at once, and returns what failed.
func tellAll(ctx context.Context, list []notify.Notifier, m notify.Message) error {
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	failed := make([]error, len(list))
	var wg sync.WaitGroup
	for i, n := range list {
		wg.Go(func() { failed[i] = n.Notify(ctx, m) })
	}
	wg.Wait()
	return errors.Join(failed...)
}
