//go:build lab && linux

package lab

import (
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// TestLab scans the lab in every way there is. After each scan all fields are
// held against the configurations, every server must still run, and the
// recorded traffic must be as gentle as promised.
func TestLab(t *testing.T) {
	requirePackages(t)
	binary := build(t)
	configs := prepare()
	n := newNetwork(t, configs)
	s := startServers(t, n, configs)
	before := s.running(t)
	t.Logf("%d addresses, %d server processes", len(configs), len(before))
	t.Run("recorder", s.testRecorder)
	for _, d := range []depth{standard, strangers, full, gentle} {
		t.Run(d.name, func(t *testing.T) { s.testScan(t, binary, before, d) })
	}
	t.Run("interrupt", func(t *testing.T) { s.testInterrupt(t, binary, before) })
	// The last one also shows that all of them can still be scanned.
	t.Run(negotiate.name, func(t *testing.T) { s.testScan(t, binary, before, negotiate) })
}

// logOn logs on to a server with a made-up account, as no scan may.
const logOn = `
import sys
from impacket.smbconnection import SMBConnection, SessionError
try:
    SMBConnection(sys.argv[1], sys.argv[1]).login("nobody-at-all", "wrong")
except SessionError:
    pass
`

// testRecorder shows that the recorder sees a logon when there is one. That it
// finds none in a scan means something only then.
func (s *servers) testRecorder(t *testing.T) {
	n := slices.IndexFunc(s.configs, func(c config) bool { return c.name == "modern-disabled" })
	addr := s.configs[n].addr
	recorder := s.network.record(t)
	if out, err := inside(s.network.client, "/usr/bin/python3", "-c", logOn, addr).CombinedOutput(); err != nil {
		t.Errorf("cannot log on: %v\n%s", err, out)
	}
	c := recorder.stop(t)[addr]
	if c == nil || c.TCP == 0 || c.NTLM[1] != 1 || c.NTLM[3] != 1 {
		t.Fatalf("the recorder saw %+v of a logon: it should have seen NTLM messages of types 1 and 3", c)
	}
}

// testScan scans at one depth.
func (s *servers) testScan(t *testing.T, binary string, before []process, d depth) {
	var r *result
	var seen traffic
	undisturbed(t, func() {
		recorder := s.network.record(t)
		r = s.network.scan(t, binary, s.configs, d)
		seen = recorder.stop(t)
	})
	same(t, "hosts", len(r.hosts), len(s.configs))
	same(t, "addresses asked", r.summary.Probed, uint64(len(s.configs)))
	same(t, "interrupted", r.summary.Interrupted, false)
	for i := range s.configs {
		c := &s.configs[i]
		t.Run(c.name, func(t *testing.T) {
			h := r.hosts[c.addr]
			if h == nil {
				t.Fatalf("%s is not in the result", c.addr)
			}
			e := c.expect(d)
			e.compare(t, h)
		})
	}
	t.Run("gentleness", func(t *testing.T) { s.testGentleness(t, seen, r, d) })
	t.Run("no server killed", func(t *testing.T) { s.survived(t, before) })
}

// testGentleness holds the recorded traffic against what the depth may cost.
func (s *servers) testGentleness(t *testing.T, seen traffic, r *result, d depth) {
	total := 0
	for i := range s.configs {
		c := &s.configs[i]
		got := seen[c.addr]
		if got == nil {
			t.Errorf("%s: the recorder saw nothing", c.name)
			continue
		}
		total += got.TCP
		if got.TCP > d.tcp || got.UDP > d.udp || got.AtOnce > 1 {
			t.Errorf("%s: %d connections, %d at once, and %d datagrams; allowed are %d, 1 and %d",
				c.name, got.TCP, got.AtOnce, got.UDP, d.tcp, d.udp)
		}
		if got.TCP > 1 && got.Gap < d.gap {
			t.Errorf("%s: two connections within %d ms; promised are %d ms", c.name, got.Gap, d.gap)
		}
		e := c.expect(d)
		for kind, count := range got.NTLM {
			if logon := kind == 3 && count == 1 && d.guests && e.guest; kind != 1 && !logon {
				t.Errorf("%s: %d NTLM messages of type %d were sent: only type 1 is without a credential", c.name, count, kind)
			}
		}
		if logon := d.logon && c.max != "LANMAN2" && e.state == "smb"; (got.NTLM[1] > 0) != logon {
			t.Errorf("%s: %d NTLM messages of type 1 were sent, logon asked for: %v", c.name, got.NTLM[1], logon)
		}
		delete(seen, c.addr)
	}
	same(t, "connections in the summary", r.summary.Connections, uint64(total))
	for addr, other := range seen {
		if other.TCP+other.UDP > 0 {
			t.Errorf("%s was contacted, which was no target", addr)
		}
	}
}

// testInterrupt stops a slow scan by Ctrl-C: it must end at once and keep what
// it has.
func (s *servers) testInterrupt(t *testing.T, binary string, before []process) {
	file := filepath.Join(t.TempDir(), "run.jsonl")
	args := []string{"scan", "--rate", "2", "--concurrency", "2", "--all", "-f", "json", "-o", file}
	for i := range s.configs {
		args = append(args, s.configs[i].addr)
	}
	cmd := inside(s.network.client, binary, args...)
	var pressed time.Time
	time.AfterFunc(6*time.Second, func() {
		pressed = time.Now()
		cmd.Process.Signal(syscall.SIGINT)
	})
	same(t, "exit code", runScan(t, cmd), 130)
	if took := time.Since(pressed); took > 2*time.Second {
		t.Errorf("it went on for %v after Ctrl-C", took)
	}
	r := readRun(t, file)
	same(t, "interrupted", r.summary.Interrupted, true)
	same(t, "hosts in the run", uint64(len(r.hosts)), r.summary.Probed)
	if found := len(r.hosts); found == 0 || found == len(s.configs) {
		t.Errorf("%d of %d hosts: it was not interrupted in the middle", found, len(s.configs))
	}
	for i := range s.configs {
		if c := &s.configs[i]; r.hosts[c.addr] != nil {
			e := c.expect(standard)
			t.Run(c.name, func(t *testing.T) { e.compare(t, r.hosts[c.addr]) })
		}
	}
	t.Run("no server killed", func(t *testing.T) { s.survived(t, before) })
}
