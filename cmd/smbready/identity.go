package main

import (
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"smbready/scanner/identify"
)

// identityFlags say what a scan asks of services other than SMB.
type identityFlags struct {
	level                      string
	reverse, mdns, http, ports bool
	snmp                       string
}

func (f *identityFlags) flags(fl *pflag.FlagSet) {
	fl.StringVar(&f.level, "identify", "off", "ask other services what a host is (`level`): off, basic (reverse DNS, mDNS) or full (all of the next four)")
	fl.BoolVar(&f.reverse, "reverse-dns", false, "ask the DNS for the names of addresses")
	fl.BoolVar(&f.mdns, "mdns", false, "ask hosts which services they announce (UDP 5353)")
	fl.BoolVar(&f.http, "http", false, "ask hosts for their web page's title, server and certificate")
	fl.BoolVar(&f.ports, "service-ports", false, "see which ports of printers, controllers, DICOM and NAS take a connection; nothing is sent to them")
	fl.StringVar(&f.snmp, "snmp", "", "ask SNMP agents with the community or user in `file`; \"env\" takes the community in "+communityVariable)
}

// options turns the flags into what is asked, nil for nothing. A flag of its own
// goes before the level, with =false too.
func (f *identityFlags) options(fl *pflag.FlagSet) (*identify.Options, error) {
	basic, full := f.level == "basic" || f.level == "full", f.level == "full"
	if !full && !basic && f.level != "off" && f.level != "" {
		return nil, usagef("--identify wants off, basic or full, not %q", f.level)
	}
	given := func(name string, value, level bool) bool {
		if fl.Changed(name) {
			return value
		}
		return level
	}
	o := identify.Options{ReverseDNS: given("reverse-dns", f.reverse, basic), MDNS: given("mdns", f.mdns, basic),
		HTTP: given("http", f.http, full), Ports: given("service-ports", f.ports, full)}
	if f.snmp != "" {
		var err error
		if o.SNMP, err = readSNMP(f.snmp); err != nil {
			return nil, err
		}
	}
	if !o.ReverseDNS && !o.MDNS && !o.HTTP && !o.Ports && o.SNMP == nil {
		return nil, nil
	}
	return &o, nil
}

// communityVariable holds an SNMP community: an argument could be seen by every
// user of this machine.
const communityVariable = "SMBREADY_SNMP_COMMUNITY"

// readSNMP reads the options in a file, or the community in the environment.
func readSNMP(name string) (*identify.SNMPOptions, error) {
	const help = "a file has lines such as community = public, or version, user, auth, auth_password, priv and priv_password"
	if name == "env" {
		o := &identify.SNMPOptions{Community: identify.Secret(os.Getenv(communityVariable))}
		if err := o.Check(); err != nil {
			return nil, hintError{usagef("--snmp env: %s: %v", communityVariable, err), "set " + communityVariable + " to the community, or give a file"}
		}
		return o, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, hintError{usageError{fmt.Errorf("cannot read the SNMP options in %s: %w", name, reason(err))}, help}
	}
	defer f.Close()
	if err := private(f); err != nil {
		return nil, hintError{usageError{fmt.Errorf("%s is not read: %w", name, err)}, privateHint(name)}
	}
	o, err := identify.LoadSNMP(f, name)
	if err != nil {
		return nil, hintError{usageError{err}, help}
	}
	return o, nil
}
