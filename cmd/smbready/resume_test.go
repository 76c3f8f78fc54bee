package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"smbready/inventory"
	"smbready/scanner"
)

// parsed returns the scan command with its flags parsed, and those flags.
func parsed(t *testing.T, args ...string) (*cobra.Command, *scanFlags) {
	t.Helper()
	f := new(scanFlags)
	cmd := &cobra.Command{Use: "scan"}
	f.define(cmd)
	if err := cmd.Flags().Parse(args); err != nil {
		t.Fatal(err)
	}
	return cmd, f
}

// described returns what is stored of a scan with these flags.
func described(t *testing.T, args ...string) (json.RawMessage, scanner.Options) {
	t.Helper()
	cmd, f := parsed(t, args...)
	o, err := f.options(cmd)
	if err != nil {
		t.Fatal(err)
	}
	list, err := scanner.NewList([]string{"10.1.0.0/24"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	targets, err := scanner.Resolve(t.Context(), scanner.Selection{Groups: []scanner.Group{{Targets: list}}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := describeScan(&job{options: o, targets: targets, all: f.all}, f, cmd.Flags())
	if err != nil {
		t.Fatal(err)
	}
	return b, o
}

// TestKeptScan: a scan goes on with the options that it began with, whatever the
// defaults are by then, but for the pace that is given anew.
func TestKeptScan(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"--gentle"},
		{"--gentle", "--rate", "2", "--host-delay", "3s"},
		{"--depth", "full", "--seed", "-77", "--all"},
		{"--dialects", "--rate", "0", "--host-delay", "0", "--concurrency", "7"},
		{"--guest-check", "--port", "4450", "--read-timeout", "1234567ns"},
		{"--identify", "basic", "--reverse-dns=false", "--host-timeout", "1m"},
		{"--identify", "full", "--mdns=false", "--http"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			b, want := described(t, args...)
			kept, err := readScan(b)
			if err != nil {
				t.Fatal(err)
			}
			cmd, f := parsed(t, "--resume", "last")
			if err := kept.setFlags(cmd.Flags()); err != nil {
				t.Fatal(err)
			}
			got, err := f.options(cmd)
			if err != nil {
				t.Fatal(err)
			}
			if (got.Identify == nil) != (want.Identify == nil) {
				t.Fatalf("identify %+v, want %+v", got.Identify, want.Identify)
			}
			g, w := optionsText(t, got), optionsText(t, want)
			if g != w {
				t.Errorf("got  %s\nwant %s", g, w)
			}
			cmd, f = parsed(t, "--resume", "last", "--rate", "33", "--read-timeout", "9s")
			if err := kept.setFlags(cmd.Flags()); err != nil {
				t.Fatal(err)
			}
			if got, err = f.options(cmd); err != nil || got.Rate != 33 || got.ReadTimeout != 9*time.Second || got.Seed != want.Seed {
				t.Errorf("%v, rate %v, read %v", err, got.Rate, got.ReadTimeout)
			}
		})
	}
}

// optionsText writes out the options that count.
func optionsText(t *testing.T, o scanner.Options) string {
	t.Helper()
	services := ""
	if o.Identify != nil {
		services = strings.Join(serviceNames(o.Identify), " ")
	}
	b, err := json.Marshal(map[string]any{"depth": o.Depth, "dialects": o.Dialects, "gentle": o.Gentle, "guest": o.GuestCheck, "port": o.Port, "connect": o.ConnectTimeout,
		"read": o.ReadTimeout, "host": o.HostTimeout, "delay": max(o.HostDelay, 0), "rate": o.Rate, "at once": o.Concurrency, "seed": o.Seed, "services": services})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestKeptScanHostile(t *testing.T) {
	const targets = `"targets":{"sites":[{"ranges":["10.1.0.0/24"]}]}`
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", ``, "damaged"},
		{"another thing", `[]`, "damaged"},
		{"newer", `{"version":2,"order":1,` + targets + `}`, "newer smbready"},
		{"newer order", `{"version":1,"order":9,` + targets + `}`, "newer smbready"},
		{"older order", `{"version":1,"order":0,` + targets + `}`, "another order"},
		{"no targets", `{"version":1,"order":1,"flags":{"seed":"1"}}`, "no targets"},
		{"null targets", `{"version":1,"order":1,"targets":null,"flags":{"seed":"1"}}`, "no targets"},
		{"overlapping targets", `{"version":1,"order":1,"targets":{"sites":[{"ranges":["10.1.0.0/24","10.1.0.3"]}]}}`, "overlaps"},
		{"no seed", `{"version":1,"order":1,` + targets + `}`, "order of its targets"},
		{"a bad seed", `{"version":1,"order":1,` + targets + `,"flags":{"seed":"x"}}`, "cannot be read"},
		{"a flag of another kind", `{"version":1,"order":1,` + targets + `,"flags":{"seed":"1","output":"/etc/passwd"}}`, "does not know"},
		{"a flag that is none", `{"version":1,"order":1,` + targets + `,"flags":{"seed":"1","frobnicate":"1"}}`, "does not know"},
		{"allow-public", `{"version":1,"order":1,` + targets + `,"flags":{"seed":"1","allow-public":"true"}}`, "does not know"},
		{"a bad number", `{"version":1,"order":1,` + targets + `,"flags":{"seed":"1","rate":"fast"}}`, "cannot be read"},
		{"a printer's port", `{"version":1,"order":1,` + targets + `,"flags":{"seed":"1","port":"9100"}}`, "never contacted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd, f := parsed(t, "--resume", "x")
			kept, err := readScan(json.RawMessage(tt.in))
			if err == nil {
				err = kept.setFlags(cmd.Flags())
			}
			if err == nil {
				_, err = f.options(cmd)
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestResumeFlags: what is asked cannot be changed on the way; every flag of
// scan is either of that kind or may be given.
func TestResumeFlags(t *testing.T) {
	for _, args := range [][]string{{"--depth", "full"}, {"--exclude", "10.1.0.1"}, {"--sites", "x"}, {"--port", "446"}, {"--gentle"}, {"--seed", "3"},
		{"--all"}, {"--dry-run"}, {"--guest-check=false"}, {"--identify", "off"}} {
		cmd, _ := parsed(t, append(args, "--resume", "last")...)
		err := checkResumeFlags(cmd.Flags(), nil)
		if err == nil || !strings.Contains(err.Error(), args[0][:5]) {
			t.Errorf("%v: %v", args, err)
		}
	}
	cmd, _ := parsed(t, "--resume", "last", "--rate", "5", "-q", "-f", "csv", "-o", "x", "--allow-public", "--db", "x", "--host-timeout", "3s", "--snmp", "f")
	if err := checkResumeFlags(cmd.Flags(), nil); err != nil {
		t.Error(err)
	}
	if err := checkResumeFlags(cmd.Flags(), []string{"10.1.0.0/16"}); err == nil {
		t.Error("a further target passes")
	}
}

func FuzzKeptScan(f *testing.F) {
	f.Add([]byte(`{"version":1,"order":1,"targets":{"sites":[{"ranges":["10.1.0.0/24"]}]},"flags":{"seed":"7","rate":"10"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		kept, err := readScan(b)
		if err != nil {
			return
		}
		cmd, flags := parsed(t)
		if kept.setFlags(cmd.Flags()) == nil {
			flags.check()
		}
	})
}

func TestLineCopier(t *testing.T) {
	const run = `{"type":"run","version":1}` + "\n" + `{"type":"host","address":"10.0.0.1"}` + "\n" + `{"type":"host","address":"10.0.0.2"}` + "\n" + `{"type":"summary","probed":2}` + "\n"
	for size := 1; size < len(run); size++ {
		var b strings.Builder
		recorder, err := inventory.NewRecorder(&b, &inventory.Run{ID: "x"})
		if err != nil {
			t.Fatal(err)
		}
		c := &lineCopier{to: recorder}
		for at := 0; at < len(run); at += size {
			if n, err := c.Write([]byte(run[at:min(at+size, len(run))])); err != nil || n != min(size, len(run)-at) {
				t.Fatalf("%d, %v", n, err)
			}
		}
		recorder.End()
		_, hosts, _ := strings.Cut(b.String(), "\n")
		if want := strings.Join(strings.SplitAfter(run, "\n")[1:3], ""); hosts != want || len(c.rest) > 0 {
			t.Fatalf("pieces of %d: %q", size, hosts)
		}
	}
}

// TestResumeSecret: the file of a secret is named anew by whoever goes on, never by
// the store, which others may write; and nobody is asked who was not.
func TestResumeSecret(t *testing.T) {
	for _, tt := range []struct {
		kept, given string
		fine        bool
	}{{"given", "f", true}, {"given", "", false}, {"/etc/shadow", "", false}, {"", "f", false}, {"", "", true}} {
		kept := keptScan{Flags: map[string]string{"seed": "7"}}
		if tt.kept != "" {
			kept.Flags["snmp"] = tt.kept
		}
		args := []string{"--resume", "last"}
		if tt.given != "" {
			args = append(args, "--snmp", tt.given)
		}
		cmd, f := parsed(t, args...)
		if err := kept.setFlags(cmd.Flags()); (err == nil) != tt.fine {
			t.Errorf("kept %q, given %q: %v", tt.kept, tt.given, err)
		}
		if tt.fine && f.identity.snmp != tt.given {
			t.Errorf("kept %q, given %q: reads %q", tt.kept, tt.given, f.identity.snmp)
		}
	}
}
