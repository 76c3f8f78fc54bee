package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/pflag"

	"smbready/scanner"
)

// scanFormat is the version of keptScan.
const scanFormat = 1

// keptScan is what is stored of a scan so that it can go on: the addresses that
// its targets were, and its flags. Of a file with secrets it says that one was given.
type keptScan struct {
	Version int               `json:"version"`
	Order   int               `json:"order"` // scanner.OrderVersion
	Targets *scanner.Targets  `json:"targets"`
	Flags   map[string]string `json:"flags"`

	Scheduled bool `json:"scheduled,omitempty"` // begun by schedule, which goes on with no other
}

// askedFlags are kept where they were given: given by themselves they mean more
// than their value.
var askedFlags = []string{"dialects", "guest-check", "gentle", "identify", "reverse-dns", "mdns", "http", "service-ports"}

// describeScan returns what is needed to go on with a scan.
func describeScan(j *job, f *scanFlags, fl *pflag.FlagSet) (json.RawMessage, error) {
	o := j.options
	flags := map[string]string{
		"port":            strconv.Itoa(int(o.Port)),
		"depth":           o.Depth.String(),
		"all":             strconv.FormatBool(j.all),
		"rate":            strconv.FormatFloat(o.Rate, 'g', -1, 64),
		"concurrency":     strconv.Itoa(o.Concurrency),
		"connect-timeout": o.ConnectTimeout.String(),
		"read-timeout":    o.ReadTimeout.String(),
		"host-timeout":    o.HostTimeout.String(),
		"host-delay":      max(o.HostDelay, 0).String(),
		"seed":            strconv.FormatInt(o.Seed, 10),
	}
	for _, name := range askedFlags {
		if fl.Changed(name) {
			flags[name] = fl.Lookup(name).Value.String()
		}
	}
	if f.identity.snmp != "" {
		flags["snmp"] = "given"
	}
	return json.Marshal(keptScan{scanFormat, scanner.OrderVersion, j.targets, flags, f.scheduled})
}

// readScan reads what describeScan wrote.
func readScan(b json.RawMessage) (*keptScan, error) {
	var head struct {
		Version int `json:"version"`
		Order   int `json:"order"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("what is stored of its targets is damaged: %v", err)
	}
	if head.Version > scanFormat || head.Order > scanner.OrderVersion {
		return nil, errors.New("it was begun by a newer smbready: update")
	}
	if head.Version != scanFormat || head.Order != scanner.OrderVersion {
		return nil, errors.New("it was begun by another version of smbready, which visits the targets in another order: scan again")
	}
	s := keptScan{Targets: new(scanner.Targets)}
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("what is stored of its targets is damaged: %v", err)
	}
	if s.Targets == nil || s.Targets.Len() == 0 {
		return nil, errors.New("what is stored of it has no targets")
	}
	return &s, nil
}

// setFlags sets the flags that the scan began with, but for those that were
// given anew. The command checks their values as if the user had given them.
func (s *keptScan) setFlags(fl *pflag.FlagSet) error {
	for _, name := range slices.Sorted(maps.Keys(s.Flags)) {
		f := fl.Lookup(name)
		if f == nil || !mayBeKept(name) {
			return fmt.Errorf("it was begun with --%s, which this version does not know there", name)
		}
		if name == "snmp" && !f.Changed { // a store that others write must not name the file of a secret
			return errors.New("it asks SNMP: give --snmp again")
		}
		if f.Changed {
			continue
		}
		if err := fl.Set(name, s.Flags[name]); err != nil {
			return fmt.Errorf("it was begun with a --%s that cannot be read: %v", name, err)
		}
	}
	if s.Flags["snmp"] == "" && fl.Changed("snmp") {
		return errors.New("it does not ask SNMP: leave --snmp out")
	}
	seed, err := strconv.ParseInt(cmp.Or(s.Flags["seed"], "0"), 10, 64)
	if err != nil || seed == 0 { // a random one would ask some addresses twice, and others never
		return errors.New("the order of its targets is not stored")
	}
	return nil
}

// mayBeKept reports whether a flag is one that describeScan keeps.
func mayBeKept(name string) bool {
	switch name {
	case "port", "depth", "all", "rate", "concurrency", "connect-timeout", "read-timeout", "host-timeout", "host-delay", "seed", "snmp":
		return true
	}
	return slices.Contains(askedFlags, name)
}

// Interface check: targets are kept as JSON.
var _ json.Marshaler = (*scanner.Targets)(nil)
