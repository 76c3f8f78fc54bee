//go:build lab && linux

package lab

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"smbready/inventory"
)

// depth is a way to scan: flags, what they make the scan ask, and what it may
// cost a host.
type depth struct {
	name  string
	flags []string

	smb1     bool // SMB1, where SMB2 did not answer
	both     bool // SMB1 beside SMB2 too
	logon    bool // the first leg of a logon, which tells names
	nodes    bool // the NetBIOS node status
	port139  bool // port 139, where 445 is closed
	dialects bool // every SMB2 dialect
	guests   bool // a logon of a user that does not exist

	tcp, udp int   // most connections and datagrams to a host
	gap      int64 // least time between connections to a host, in milliseconds
}

// The ways to scan.
var (
	standard  = depth{name: "default", smb1: true, both: true, logon: true, nodes: true, port139: true, tcp: 3, udp: 1, gap: 250}
	strangers = depth{name: "guest-check", flags: []string{"--guest-check"}, smb1: true, both: true, logon: true, nodes: true, port139: true, guests: true, tcp: 3, udp: 1, gap: 250}
	full      = depth{name: "full", flags: []string{"--depth", "full"}, smb1: true, both: true, logon: true, nodes: true, port139: true, dialects: true, tcp: 10, udp: 1, gap: 250}
	negotiate = depth{name: "negotiate", flags: []string{"--depth", "negotiate"}, smb1: true, port139: true, tcp: 3, udp: 0, gap: 250}
	gentle    = depth{name: "gentle", flags: []string{"--gentle"}, nodes: true, tcp: 1, udp: 1}
)

// result is a run that was read back.
type result struct {
	header  inventory.Run
	hosts   map[string]*judged
	summary inventory.Summary
}

// judged is a host line: the facts and the judgement.
type judged struct {
	inventory.Host
	Policies struct {
		ClientAlways struct {
			finding
			Guest *finding `json:"guest"`
		} `json:"client-always"`
		ClientIfServerAgrees finding `json:"client-if-server-agrees"`
		ServerAlways         finding `json:"server-always"`
	} `json:"policies"`
}

// scanTimeout ends a scan that does not end by itself.
const scanTimeout = 2 * time.Minute

// scan runs the program in the client's namespace, at a depth, against all
// configurations.
func (n *network) scan(t *testing.T, binary string, configs []config, d depth) *result {
	t.Helper()
	file := filepath.Join(t.TempDir(), "run.jsonl")
	args := append([]string{"scan", "--all", "-f", "json", "-o", file}, d.flags...)
	for i := range configs {
		args = append(args, configs[i].addr)
	}
	cmd := inside(n.client, binary, args...)
	if code := runScan(t, cmd); code != 0 {
		t.Fatalf("%s: exit code %d", cmd, code)
	}
	return readRun(t, file)
}

// runScan runs a scan to its end and returns its exit code.
func runScan(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	var messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &messages, &messages
	started := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	overdue := time.AfterFunc(scanTimeout, func() { cmd.Process.Kill() })
	defer overdue.Stop()
	err := cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	t.Logf("%v: %s", time.Since(started).Round(time.Millisecond), bytes.TrimSpace(messages.Bytes()))
	return cmd.ProcessState.ExitCode()
}

// readRun reads a run and makes sure that it is whole: the header first, each
// host once, the summary last.
func readRun(t *testing.T, file string) *result {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &result{hosts: map[string]*judged{}}
	if err := r.facts(inventory.NewReader(bytes.NewReader(b))); err != nil {
		t.Fatalf("%v\n%.2000s", err, b)
	}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		var h judged
		if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
		if h.Address.IsValid() {
			r.hosts[h.Address.String()] = &h
		}
	}
	return r
}

// facts reads the header and the summary, and checks the order of the lines.
func (r *result) facts(lines *inventory.Reader) error {
	for i, ended := 0, false; ; i++ {
		l, err := lines.Next()
		if errors.Is(err, io.EOF) && ended {
			return nil
		}
		switch {
		case err != nil:
			return fmt.Errorf("line %d: %w", i+1, err)
		case ended, (i == 0) != (l.Run != nil):
			return fmt.Errorf("line %d is out of order", i+1)
		case l.Run != nil:
			r.header = *l.Run
		case l.Summary != nil:
			r.summary, ended = *l.Summary, true
		case r.hosts[l.Host.Address.String()] != nil:
			return fmt.Errorf("%s is there twice", l.Host.Address)
		default:
			r.hosts[l.Host.Address.String()] = &judged{Host: *l.Host}
		}
	}
}
